package certificate

import (
	"crypto"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/passmuster/passmuster/internal/pdf"
	"github.com/passmuster/passmuster/internal/registry"
)

// Input is what one certificate is made from.
type Input struct {
	Snapshot registry.Snapshot
	QR       string // the full text of the code: link and record
	JWT      []byte // the VC-JWT, attached as credential.jwt
}

// File is a signed certificate: the shared first part and its own second.
type File struct {
	Prefix    []byte // read only, shared by all files of the template
	Suffix    []byte
	Signature []byte // the signature's value: ECDSA in DER, or RSA
	SHA256    [sha256.Size]byte
}

// Bytes returns the whole file in new memory.
func (f *File) Bytes() []byte {
	return append(append(make([]byte, 0, len(f.Prefix)+len(f.Suffix)), f.Prefix...), f.Suffix...)
}

// WriteTo writes the whole file.
func (f *File) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(f.Prefix)
	if err != nil {
		return int64(n), fmt.Errorf("write certificate: %w", err)
	}
	m, err := w.Write(f.Suffix)
	if err != nil {
		return int64(n + m), fmt.Errorf("write certificate: %w", err)
	}
	return int64(n + m), nil
}

// Sign makes the certificate and signs it; key must be that of the chain. An
// ECDSA key signs deterministically (RFC 6979), so signing again gives the
// same file. The signature is verified once before it is given away.
func (t *Template) Sign(in Input, key crypto.Signer) (*File, error) {
	u, err := t.unsigned(in)
	if err != nil {
		return nil, err
	}
	digest := t.sealer.Digest(u.Digest)
	value, err := key.Sign(nil, digest[:], crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("sign certificate %s: %w", in.Snapshot.Number, err)
	}
	return t.seal(u, value)
}

// Rebuild makes the same file as Sign did from the signature's value, without
// the key. It fails where the value does not fit, so what it returns verifies.
func (t *Template) Rebuild(in Input, signature []byte) (*File, error) {
	u, err := t.unsigned(in)
	if err != nil {
		return nil, err
	}
	return t.seal(u, signature)
}

// unsigned writes the file with room for the signature.
func (t *Template) unsigned(in Input) (*pdf.Unsigned, error) {
	if t.sealer == nil {
		return nil, errors.New("sign certificate: the press has no signing chain")
	}
	if len(in.JWT) == 0 {
		return nil, errors.New("sign certificate: no credential to attach")
	}
	if err := t.cover(in.Snapshot); err != nil {
		return nil, err
	}
	page, err := t.draw(in)
	if err != nil {
		return nil, refuse(err)
	}
	s := in.Snapshot
	u, err := page.Finish(pdf.Meta{
		Title:    fields{"number": string(s.Number), "name": s.Name}.fill(t.form.Title),
		Author:   s.Issuer.Name.In(t.form.Langs...),
		At:       s.IssuedAt,
		ID:       s.Subject + "/" + string(s.Number),
		Link:     in.QR,
		Attached: pdf.Attached{MIME: "application/jwt", Relationship: "Source", Data: in.JWT},
	}, t.sealer.Size())
	if err != nil {
		return nil, refuse(err)
	}
	return u, nil
}

func (t *Template) seal(u *pdf.Unsigned, value []byte) (*File, error) {
	if err := t.sealer.Check(u.Digest, value); err != nil {
		return nil, fmt.Errorf("check certificate's signature: %w", err)
	}
	der, err := t.sealer.Seal(u.Digest, value)
	if err != nil {
		return nil, fmt.Errorf("seal certificate: %w", err)
	}
	f := &File{Prefix: t.base.Prefix, Suffix: u.Seal(der), Signature: value}
	f.SHA256, err = u.FileSHA256(f.Suffix)
	return f, err
}
