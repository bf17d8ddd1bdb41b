// Package keys holds the private keys of a registry: it makes them, keeps them
// in a directory outside the database, renews and rotates them, and hands out
// signers. It signs what it is given and never parses a document.
//
// It promises that a private key never leaves the directory but through a
// sealed backup, that an interrupted change leaves the state before it, and
// that who may sign when is decided by the time that the caller passes in.
// docs/keys.md draws the hierarchy and tells what a lost or stolen key means.
package keys

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"time"
)

// Use says what a key is for. No key ever serves two uses.
type Use string

// The uses of keys (docs/keys.md).
const (
	Root      Use = "root"       // anchors trust: certifies the PDF CA and the publisher; may be offline
	PDFCA     Use = "pdf_ca"     // issues the document-signing certificate, signs its revocation list
	PDFSigner Use = "pdf_signer" // signs certificates (PAdES)
	Publisher Use = "publisher"  // signs trust list, offline bundle, status lists, checkpoints
	Record    Use = "record"     // one per issuer: signs the QR record (COSE) and the badge (VC-JWT)
	Token     Use = "token"      // signs access tokens
	IDHMAC    Use = "id_hmac"    // keyed hash of personal ids; the one secret without a public half
)

// Algorithms of keys, by their JOSE names (RFC 7518 §3.1, RFC 8037).
const (
	ES256 = "ES256"
	RS256 = "RS256"
	EdDSA = "EdDSA"
	HS256 = "HS256"
)

// Key describes one key and holds nothing secret. A zero time means "no such
// moment": no end, not compromised.
type Key struct {
	KID           string  // RFC 7638 thumbprint of the public key, base64url; random for IDHMAC
	COSEKID       [4]byte // first 4 bytes of the thumbprint, unique in the ring
	Use           Use
	Issuer        string // organization code, for Record only
	Alg           string
	Public        crypto.PublicKey // nil for IDHMAC
	Certificate   *x509.Certificate
	Issuers       []*x509.Certificate // of a certificate from outside, from the one that signed it upwards; empty: the registry's own
	SignFrom      time.Time           // inclusive
	SignUntil     time.Time           // exclusive: no signature is made from here on
	VerifyUntil   time.Time           // exclusive: no signature counts from here on
	CompromisedAt time.Time           // signatures from here on are worthless
	Present       bool                // the private half is in the directory
}

// States of a key, see Key.Status.
const (
	Pending     = "pending"     // announced, does not sign yet
	Signing     = "signing"     // may sign
	VerifyOnly  = "verify_only" // its signatures count, it makes no more
	Ended       = "ended"       // its signatures no longer count
	Compromised = "compromised" // somebody else may have signed with it
)

// Status reports the state of the key at the time.
func (k Key) Status(now time.Time) string {
	switch {
	case !k.CompromisedAt.IsZero():
		return Compromised
	case now.Before(k.SignFrom):
		return Pending
	case !k.VerifyUntil.IsZero() && !now.Before(k.VerifyUntil):
		return Ended
	case !k.SignUntil.IsZero() && !now.Before(k.SignUntil):
		return VerifyOnly
	}
	return Signing
}

// MarshalJSON writes the public facts of the key; the public key as the DER of
// its SubjectPublicKeyInfo in base64 (RFC 5280 §4.1.2.7).
func (k Key) MarshalJSON() ([]byte, error) {
	v := struct {
		KID           string     `json:"kid"`
		COSEKID       string     `json:"cose_kid,omitempty"`
		Use           Use        `json:"use"`
		Issuer        string     `json:"issuer,omitempty"`
		Alg           string     `json:"alg"`
		Public        []byte     `json:"public,omitempty"`
		SignFrom      time.Time  `json:"sign_from"`
		SignUntil     time.Time  `json:"sign_until,omitzero"`
		VerifyUntil   time.Time  `json:"verify_until,omitzero"`
		CompromisedAt time.Time  `json:"compromised_at,omitzero"`
		Present       bool       `json:"private_present"`
		Certificate   *shownCert `json:"certificate,omitempty"`
	}{k.KID, "", k.Use, k.Issuer, k.Alg, nil, k.SignFrom, k.SignUntil, k.VerifyUntil, k.CompromisedAt, k.Present, k.shownCert()}
	if k.Public != nil {
		v.COSEKID = hex.EncodeToString(k.COSEKID[:])
		der, err := x509.MarshalPKIXPublicKey(k.Public)
		if err != nil {
			return nil, err
		}
		v.Public = der
	}
	return json.Marshal(v)
}

// shownCert is what a list says of a key's certificate.
type shownCert struct {
	Subject  string    `json:"subject"`
	Issuer   string    `json:"issuer"`
	NotAfter time.Time `json:"not_after"`
	SHA256   string    `json:"sha256"`
	External bool      `json:"external"` // issued by somebody else's CA
}

func (k Key) shownCert() *shownCert {
	if k.Certificate == nil {
		return nil
	}
	sum := sha256.Sum256(k.Certificate.Raw)
	return &shownCert{k.Certificate.Subject.String(), k.Certificate.Issuer.String(), k.Certificate.NotAfter.UTC(), hex.EncodeToString(sum[:]), k.External()}
}

// External reports whether the certificate comes from a CA of somebody else. It
// is never renewed here.
func (k Key) External() bool { return len(k.Issuers) > 0 }

// EndsSoon reports whether the key signs now, for less than 30 days, and does
// not renew itself.
func (k Key) EndsSoon(now time.Time) bool {
	return k.External() && k.Status(now) == Signing && due(k, now)
}

const (
	day  = 24 * time.Hour
	year = 365 * day
	lead = 30 * day // a key is renewed when this little is left
)

// terms say how long a key of a use signs, how much longer its signatures
// count, and which key must be at hand to make one. Signatures of record keys
// count for ever.
var terms = map[Use]struct {
	signs, after time.Duration
	parent       Use
}{
	Root:      {signs: 25 * year},
	PDFCA:     {signs: 14 * year, after: leafLife, parent: Root},
	PDFSigner: {signs: year, after: leafLife - year, parent: PDFCA},
	Publisher: {signs: 90 * day, after: 14 * day, parent: Root}, // 14 days: the longest camp pack
	Record:    {signs: 2 * year},
	Token:     {signs: year, after: day},
}

// leafLife is the life of a document-signing certificate. It signs for one
// year of it, so that each PDF can be checked for five years at least.
const leafLife = 6 * year
