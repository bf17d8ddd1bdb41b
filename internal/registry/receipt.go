package registry

import (
	"crypto/sha256"
	"encoding/base64"
	"time"
)

// Receipt is what the registry signs about one check (docs/receipts.md): what
// was asked, as a hash, and what it answered then. It holds no more of a person
// than the page of the answer shows.
type Receipt struct {
	Issuer     string    `json:"iss"` // origin of the registry
	IssuedAt   int64     `json:"iat"` // of the answer; seconds since 1970
	ExpiresAt  int64     `json:"exp"` // from here on the signature proves nothing
	ID         string    `json:"jti"`
	Number     Number    `json:"sub,omitempty"`         // of the certificate; none where nothing was found
	CodeHash   string    `json:"code_sha256,omitempty"` // of the code that was asked about
	FileHash   string    `json:"file_sha256,omitempty"` // of the file that was shown
	Status     Status    `json:"status"`
	Verdict    Verdict   `json:"verdict"`
	Reasons    []string  `json:"reasons"`
	Credential *Received `json:"credential,omitempty"`
}

// Received is what a receipt repeats of a certificate.
type Received struct {
	Kind              CredentialKind `json:"kind"`
	Name              string         `json:"name"`
	LatinName         string         `json:"latin_name,omitempty"`
	Course            CourseName     `json:"course"`
	Issuer            Text           `json:"issuer"`
	Base              string         `json:"base"`
	PracticalAssessed bool           `json:"practical_assessed"`
	IssuedOn          Date           `json:"issued_on"`
	ValidFrom         Date           `json:"valid_from"`
	ValidUntil        *Date          `json:"valid_until"`
	SupersededBy      *Number        `json:"superseded_by,omitempty"`
	Demo              bool           `json:"demo,omitempty"`
}

// At is when the registry answered so.
func (r Receipt) At() time.Time { return time.Unix(r.IssuedAt, 0).UTC() }

// Subject is what a receipt is about: the code, the file, or both.
type Subject struct {
	Code Code
	File *[sha256.Size]byte
}

// NewReceipt writes an answer down, for what was asked. It has no issuer, no
// time and no id yet. Of an answer that could not be checked there is none: it
// would prove nothing, and could be taken for something.
func NewReceipt(a Answer, asked Subject) (Receipt, error) {
	if a.Verdict == CannotTell || a.Status.Verdict() != a.Verdict {
		return Receipt{}, Fail(Unavailable, "receipt.nothing")
	}
	r := Receipt{Status: a.Status, Verdict: a.Verdict, Reasons: []string{}}
	for _, reason := range a.Reasons {
		r.Reasons = append(r.Reasons, reason.Code)
	}
	if asked.Code != "" {
		r.CodeHash = hashText(sha256.Sum256([]byte(asked.Code)))
	}
	if asked.File != nil {
		r.FileHash = hashText(*asked.File)
	}
	if s := a.Credential; s != nil {
		r.Number = s.Number
		r.Credential = &Received{Kind: s.Kind, Name: s.Name, LatinName: s.LatinName, Course: s.Course, Issuer: s.Issuer.Name, Base: s.Base.Code,
			PracticalAssessed: s.PracticalAssessed, IssuedOn: s.IssuedOn, ValidFrom: s.ValidFrom, ValidUntil: s.ValidUntil, SupersededBy: s.SupersededBy, Demo: s.Demo}
	}
	return r, nil
}

// hashText is a SHA-256 as RFC 7515 writes bytes.
func hashText(sum [sha256.Size]byte) string { return base64.RawURLEncoding.EncodeToString(sum[:]) }

// About reports whether the receipt is about the code.
func (r Receipt) About(code Code) bool {
	return r.CodeHash == hashText(sha256.Sum256([]byte(code)))
}

// ReceiptCheck is what an answer says of a receipt that was shown: whether the
// registry gave it, and what it says. The answer around it is that of now.
type ReceiptCheck struct {
	Genuine Check    `json:"genuine"`
	Said    *Receipt `json:"said,omitempty"` // only of a genuine one
}
