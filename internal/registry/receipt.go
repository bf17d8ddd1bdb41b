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
	TextHash   string    `json:"text_sha256,omitempty"` // of the QR text or the credential that was shown
	PairHash   string    `json:"pair_sha256,omitempty"` // of the number and the name that were asked about, see Pair
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

// Subject is what a receipt is about: what was asked, and the SHA-256 of what
// was shown, as it came.
type Subject struct {
	Code Code
	File *[sha256.Size]byte
	Text *[sha256.Size]byte
	Pair *[sha256.Size]byte // see Pair
}

// Pair is the SHA-256 of a question by number and name: number, line feed, name
// key, in UTF-8. However the two are typed, the same question has the same.
func Pair(n Number, name string) *[sha256.Size]byte {
	return SumOf([]byte(string(n) + "\n" + NameKey(name)))
}

// SumOf is the SHA-256 of what was shown.
func SumOf(b []byte) *[sha256.Size]byte {
	sum := sha256.Sum256(b)
	return &sum
}

// NewReceipt writes an answer down, for what was asked. It has no issuer, no
// time and no id yet. Of an answer that could not be checked there is none: it
// would prove nothing, and could be taken for something. Where what was shown
// is altered, the receipt is about that alone, by its SHA-256: a forgery that
// names a certificate says nothing of it, nor of its holder.
func NewReceipt(a Answer, asked Subject) (Receipt, error) {
	if a.Verdict == CannotTell || a.Status.Verdict() != a.Verdict {
		return Receipt{}, Fail(Unavailable, "receipt.nothing")
	}
	r := Receipt{Status: a.Status, Verdict: a.Verdict, Reasons: []string{}}
	for _, reason := range a.Reasons {
		r.Reasons = append(r.Reasons, reason.Code)
	}
	if asked.File != nil {
		r.FileHash = hashText(*asked.File)
	}
	if asked.Text != nil {
		r.TextHash = hashText(*asked.Text)
	}
	if a.Status == StatusAltered {
		r.Reasons = r.Reasons[:min(len(r.Reasons), 1)] // the others tell of the certificate
		return r, nil
	}
	if asked.Code != "" {
		r.CodeHash = hashText(sha256.Sum256([]byte(asked.Code)))
	}
	if asked.Pair != nil {
		r.PairHash = hashText(*asked.Pair)
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
