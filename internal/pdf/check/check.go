// Package check decides whether a PDF is, byte for byte, a certificate as this
// registry signed it. It knows one shape of file only, the one that package pdf
// writes, and refuses everything else: a reader that guesses what a damaged or
// clever file could mean is what signature forgeries live on.
//
// It is made for hostile input. The file's structure is read only after a
// signature by our own chain over the whole of it was found good, so what a
// stranger can reach is the search for the signature, the DER of it and the
// certificates in it; all of them are bounded and take time linear in the size.
//
// It promises that the page, the texts and the attachment are those that were
// signed. It does not know what became of the certificate since: who wants that
// asks the registry, with the attachment and with SHA256.
package check

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
)

// MaxFile is the largest file that is looked at, in bytes.
const MaxFile = 5 << 20

// Signed is what an intact file holds.
type Signed struct {
	Chain      []*x509.Certificate // leaf first, as embedded; the last is the CA, or the root if it is embedded
	Attachment []byte              // credential.jwt
	Link       string              // what the page's QR code says, from the document information; "" where it is not there
	SHA256     [sha256.Size]byte   // of the whole file
	SignedAt   time.Time           // claimed by the signer (/M), UTC
	// CompromisedAt is since when somebody else may have signed with the key of a
	// Signer; zero: never. Whoever has the key can also claim another SignedAt, so
	// such a file is genuine only if the registry knows its SHA256.
	CompromisedAt time.Time
}

// Fault is why a file is refused. It is the code of the refusal, and of the
// reason in an answer.
type Fault string

// The faults.
const (
	TooLarge  Fault = "pdf.too_large" // over MaxFile
	NotPDF    Fault = "pdf.not_pdf"   // another kind of file
	Unsigned  Fault = "pdf.unsigned"  // no signature at all: printed to PDF, scanned, a screenshot
	Altered   Fault = "pdf.altered"   // a signer of ours signed something else than this file is
	Appended  Fault = "pdf.appended"  // ours and intact, but bytes were added behind it
	Structure Fault = "pdf.structure" // signed in another way than ours, or in a way that cannot be read: anybody's
	Unlike    Fault = "pdf.unlike"    // a signer of ours signed all of it, and it is no certificate
	Chain     Fault = "pdf.chain"     // built like ours, signed by somebody else
)

// File checks the bytes of a file against the registry's root key, and against
// the signers under other roots that it vouches for. Every error is a
// *registry.Error with a Fault as its code, wrapped in a line for the log that
// repeats nothing of the file.
func File(b []byte, root *ecdsa.PublicKey, vouched ...Signer) (*Signed, error) {
	if len(b) > MaxFile {
		return nil, refuse(TooLarge, errors.New("file is over the limit"))
	}
	if fault := kind(b); fault != "" {
		return nil, refuse(fault, errors.New("file is not a signed PDF"))
	}
	trusted := trusted{root, vouched}
	at, m, err := signature(b)
	if err != nil {
		return nil, refuse(trusted.unread(b), err)
	}
	revision := b[:at.end]
	chain, by, ours := trusted.chain(m)
	if err := m.covers(at.digest(revision)); err != nil {
		if ours == nil {
			return nil, refuse(Altered, err)
		}
		return nil, refuse(trusted.unread(b), err)
	}
	if ours != nil && len(revision) == len(b) {
		return nil, refuse(Chain, ours)
	}
	if ours != nil { // a stranger's, with more behind it
		return nil, refuse(trusted.unread(b), ours)
	}
	if len(revision) != len(b) {
		return nil, refuse(Appended, fmt.Errorf("signature ends at byte %d of %d", len(revision), len(b)))
	}
	s, err := read(b, at)
	if err != nil {
		return nil, refuse(Unlike, err)
	}
	if t := s.SignedAt; t.Before(chain[0].NotBefore) || t.After(chain[0].NotAfter) {
		return nil, refuse(Chain, errors.New("signed outside of the certificate's term"))
	}
	s.Chain, s.SHA256, s.CompromisedAt = chain, sha256.Sum256(b), by.CompromisedAt
	return s, nil
}

// FaultOf returns why File refused, or "" for any other error.
func FaultOf(err error) Fault {
	var refusal *registry.Error
	if !errors.As(err, &refusal) {
		return ""
	}
	switch f := Fault(refusal.Code); f {
	case TooLarge, NotPDF, Unsigned, Altered, Appended, Structure, Unlike, Chain:
		return f
	}
	return ""
}

func refuse(f Fault, why error) error {
	kind := registry.Invalid
	var args []any
	if f == TooLarge {
		kind, args = registry.TooLarge, []any{MaxFile >> 20}
	}
	return fmt.Errorf("check PDF: %w: %w", why, registry.Fail(kind, string(f), args...))
}

const magic = "%PDF-"

// headroom is how deep readers look for the header.
const headroom = 1024

// kind tells apart what needs no closer look. An empty answer means that there
// is, or was, a signature.
func kind(b []byte) Fault {
	switch {
	case !bytes.Contains(b[:min(len(b), headroom)], []byte(magic)):
		return NotPDF
	case !wasSigned(b):
		return Unsigned
	}
	return ""
}

// signature reads the signature of a file that is written as ours are.
func signature(b []byte) (at place, m *message, err error) {
	if !bytes.HasPrefix(b, []byte(magic)) { // readers skip what was put before the header
		return at, nil, errors.New("file does not begin with its header")
	}
	if at, err = locate(b); err != nil {
		return at, nil, err
	}
	m, err = parseMessage(b[at.open+1 : at.close])
	return at, m, err
}

// wasSigned looks for the traces that a signature leaves even where part of it
// is gone. It decides only how the refusal is worded.
func wasSigned(b []byte) bool {
	for _, trace := range []string{"/ByteRange", "/DocMDP", "ETSI.CAdES.detached", "adbe.pkcs7.", "Adobe.PPKLite"} {
		if bytes.Contains(b, []byte(trace)) {
			return true
		}
	}
	return false
}
