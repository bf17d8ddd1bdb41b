// Package verify answers, without a network and without a server, whether a
// certificate of a Passmuster registry holds: from the text of its QR code, from
// its PDF, or from its credential (VC-JWT). It is for those who build the check
// into something of their own: a gate, a hospital's system, an application.
//
// It needs three things. The registry's root key, pinned once by a way that is
// trusted (https://HOST/pki/root.pem, compared by telephone, or shipped with the
// program). The trust list (https://HOST/trust), good for 30 days, and the offline
// bundle (https://HOST/bundle), good for 24 hours or, as a camp's pack, for 14
// days. Both are signed, so it does not matter who carried them. The package
// fetches nothing, stores nothing and reads no clock: the program does.
//
//	root, err := verify.ParseRoot(pem)
//	list, err := verify.OpenTrustList(trust, root, memory, now)
//	bundle, err := verify.OpenBundle(pack, list, memory, now)
//	memory = memory.With(list, bundle) // and store it
//	answer := verify.Verifier{List: list, Bundle: bundle, Memory: memory}.QR(text, now)
//	if answer.Verdict == verify.Yes { … answer.Credential.Course … }
//
// It promises that no check which failed, is missing or is too old ever gives a
// Yes, and that none gives a No without evidence: what lies between is CannotTell.
// The same evidence gives the same answer, with the same codes, as in the
// registry's own program and in its module for browsers; docs/trust.md and
// docs/verdicts.md are the specification, docs/vectors the test vectors.
//
// A Yes speaks about the course that the answer names, about nobody's identity and
// about no other skill. Compare name and face.
package verify

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"time"

	"github.com/passmuster/passmuster/internal/record"
	"github.com/passmuster/passmuster/internal/record/cose"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/trust"
)

// Limits of what is looked at, in bytes.
const (
	MaxPDF       = 5 << 20
	MaxTrustList = 1 << 20
	MaxBundle    = 64 << 20
)

// Refusal is every error of this package. Its code is stable and named in
// docs/qr.md ("record.…", "code.…") or docs/trust.md ("trust.…", "bundle.…").
type Refusal struct {
	Code string
}

func (r *Refusal) Error() string { return "verify: " + r.Code }

// CodeOf returns the code of a Refusal, "" for any other error.
func CodeOf(err error) string {
	var r *Refusal
	if errors.As(err, &r) {
		return r.Code
	}
	return ""
}

// refuse keeps of an error the code alone.
func refuse(err error) error {
	var inner *registry.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &inner):
		return &Refusal{Code: inner.Code}
	}
	return &Refusal{Code: "trust.malformed"}
}

// ParseRoot reads a registry's root key: its root certificate in PEM or DER
// (/pki/root.pem), or the key itself as 65 bytes (SEC 1 §2.3.3, uncompressed).
// Whose root it is, no program can tell: compare its Thumbprint with the one that
// the registry has published.
func ParseRoot(b []byte) (*ecdsa.PublicKey, error) {
	if block, _ := pem.Decode(b); block != nil {
		b = block.Bytes
	}
	if key, err := cose.ParsePoint(b); err == nil {
		return key, nil
	}
	cert, err := x509.ParseCertificate(b)
	if err != nil {
		return nil, &Refusal{Code: "trust.root"}
	}
	key, ok := cert.PublicKey.(*ecdsa.PublicKey)
	if !ok {
		return nil, &Refusal{Code: "trust.root"}
	}
	if _, err := cose.Point(key); err != nil { // another curve
		return nil, &Refusal{Code: "trust.root"}
	}
	return key, nil
}

// Thumbprint is the name of a key that people compare: RFC 7638, SHA-256, in
// base64url. "" for a key that is not on P-256.
func Thumbprint(key *ecdsa.PublicKey) string {
	sum, err := cose.Thumbprint(key)
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Scan is what the text of a QR code says before anything is checked.
type Scan struct {
	Origin string // "https://verify.example"; a trust list says whether it speaks for it
	Code   string // the 16 characters of the verification code
	Record []byte // as signed; nil: a link alone; empty: there was one, and it is damaged
}

// ParseQR reads the text of a QR code, in any case. It refuses what is no link to
// a certificate ("record.scan"), an unprotected link to a public host
// ("record.scan_http") and a code with a wrong check character ("code.mistyped").
// With "record.digits" the scan is returned too: the code can still be looked up.
func ParseQR(text string) (Scan, error) {
	s, err := record.ParseScan(text)
	return Scan{Origin: s.Origin, Code: string(s.Code), Record: s.Record}, refuse(err)
}

// ParseCode reads a verification code as people type it: any case, spaces and
// hyphens anywhere, O for 0, I and L for 1. It refuses as "code.mistyped" what
// cannot be one, without asking anybody.
func ParseCode(text string) (string, error) {
	code, err := registry.ParseCode(text)
	return string(code), refuse(err)
}

// Verifier answers from what it holds. List and Bundle may be nil or out of date:
// the answer then says so. A Verifier is not changed by its methods and can be
// used by many goroutines at once.
type Verifier struct {
	List   *TrustList
	Bundle *Bundle
	Memory Memory
}

// QR answers for the text of a QR code. What is no link to a certificate is
// CannotTell, with the code of ParseQR's refusal as the reason.
func (v Verifier) QR(text string, at time.Time) Answer {
	scan, err := record.ParseScan(text)
	if err != nil && scan.Code == "" {
		return unreadable(CodeOf(refuse(err)), at)
	}
	return v.answer(trust.Offline(scan, v.list(), v.bundle(), v.Memory.seen(v.Bundle), at))
}

// Code answers for a code that was typed. Without the record of the QR code it can
// be a No, if the bundle has the code as revoked, but never a Yes.
func (v Verifier) Code(text string, at time.Time) Answer {
	code, err := registry.ParseCode(text)
	if err != nil {
		return unreadable(CodeOf(refuse(err)), at)
	}
	return v.answer(trust.Offline(record.Scan{Code: code}, v.list(), v.bundle(), v.Memory.seen(v.Bundle), at))
}

// PDF answers for the bytes of a certificate's file: it must be, to the byte, one
// that the registry signed, and what is attached to it must say what its QR code
// says. A file that was printed to PDF or photographed is CannotTell, not a
// forgery ("pdf.unsigned", "pdf.not_pdf").
func (v Verifier) PDF(file []byte, at time.Time) Answer {
	return v.answer(trust.OfflineFile(file, v.list(), v.bundle(), v.Memory.seen(v.Bundle), at))
}

// Credential answers for a credential of the registry as VC-JWT: credential.jwt,
// which is attached to a certificate, or what GET /credentials/{code} gives as
// application/jwt.
func (v Verifier) Credential(jwt string, at time.Time) Answer {
	return v.answer(trust.OfflineCredential(jwt, v.list(), v.bundle(), v.Memory.seen(v.Bundle), at))
}

func (v Verifier) list() *trust.VerifiedList {
	if v.List == nil {
		return nil
	}
	return v.List.list
}

// bundle is that of the list's own registry: a bundle is believed by the list that
// it was opened with, so one of another root counts as none.
func (v Verifier) bundle() *trust.VerifiedBundle {
	if v.Bundle == nil || v.List == nil || !v.Bundle.root.Equal(v.List.list.Root) {
		return nil
	}
	return v.Bundle.bundle
}
