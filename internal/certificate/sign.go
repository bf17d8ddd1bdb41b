package certificate

import (
	"crypto"
	"crypto/sha256"
	"fmt"
	"io"

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

// Sign makes the certificate and signs it; key must be that of the chain. The
// signature is verified once before it is given away. For many certificates of
// a class a Sheet does the common part once.
func (t *Template) Sign(in Input, key crypto.Signer) (*File, error) {
	sheet, err := t.Sheet(&in.Snapshot)
	if err != nil {
		return nil, err
	}
	f := &File{}
	var signed [sha256.Size]byte
	if err := sheet.Sign(f, &signed, &in.Snapshot, in.QR, in.JWT, key); err != nil {
		return nil, err
	}
	return f, t.Verify(signed, f.Signature)
}

// Rebuild makes the same file as Sign did from the signature's value, without
// the key. It fails where the value does not fit, so what it returns verifies.
func (t *Template) Rebuild(in Input, signature []byte) (*File, error) {
	sheet, err := t.Sheet(&in.Snapshot)
	if err != nil {
		return nil, err
	}
	f := &File{}
	return f, sheet.Rebuild(f, &in.Snapshot, in.QR, in.JWT, signature)
}
