// Package cose is the one profile of COSE_Sign1 (RFC 9052 §4.2) that this
// registry writes and reads: tagged, ES256, algorithm and key id in the
// protected header, nothing in the unprotected one, and everything in one
// canonical form. A signature never crosses from one use to another, because
// each use has its own external data.
package cose

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/passmuster/passmuster/internal/ecsig"
)

const (
	tagSign1 = 0xd2 // tag 18 (COSE_Sign1), first byte of every message
	algES256 = -7   // ECDSA on P-256 with SHA-256 (RFC 9053 §2.1)
	noHeader = 0xa0 // the empty unprotected header
	halfSize = 32   // bytes of r and of s

	// SignatureSize is the length of r followed by s.
	SignatureSize = 2 * halfSize
)

// ErrSignature says that a message is not what the key signed.
var ErrSignature = errors.New("signature does not match")

// header is the protected header. Anything else in it, crit above all, makes
// the message one of an unknown shape.
type header struct {
	Alg int    `cbor:"1,keyasint"`
	KID []byte `cbor:"4,keyasint"`
}

// Message is a parsed COSE_Sign1. That it parses says nothing about who wrote it.
type Message struct {
	KID       [4]byte // names the key, see KID
	Payload   []byte
	Signature []byte // r, s, each 32 bytes big endian
	protected []byte
}

// Sign makes a message over payload. The external data (RFC 9052 §4.3) are
// signed with it but not carried. key is a P-256 key; crypto keys of the
// standard library sign deterministically (RFC 6979).
func Sign(payload []byte, kid [4]byte, external []byte, key crypto.Signer) ([]byte, error) {
	var digest [sha256.Size]byte
	var sig [ecsig.Size]byte
	return AppendSigned(nil, nil, &digest, &sig, payload, kid, external, key)
}

// AppendSigned is Sign to the end of o. It leaves the digest that was signed and
// the signature in the caller's memory; small is memory to work in.
func AppendSigned(o, small []byte, digest *[sha256.Size]byte, sig *[ecsig.Size]byte, payload []byte, kid [4]byte, external []byte, key crypto.Signer) ([]byte, error) {
	*digest = sha256.Sum256(appendStructure(small[:0], kid, external, payload))
	if err := ecsig.SignTo(sig, digest[:], key); err != nil {
		return nil, err
	}
	return appendMessage(o, payload, kid, sig[:]), nil
}

// Assemble puts a message together from its parts: with a stored signature,
// the same bytes that Sign returned.
func Assemble(payload []byte, kid [4]byte, signature []byte) ([]byte, error) {
	if err := checkSignature(signature); err != nil {
		return nil, err
	}
	return appendMessage(nil, payload, kid, signature), nil
}

// appendMessage writes the tagged array of RFC 9052 §4.2.
func appendMessage(o, payload []byte, kid [4]byte, signature []byte) []byte {
	o = AppendHead(append(o, tagSign1), MajorArray, 4)
	o = append(appendProtected(o, kid), noHeader)
	o = append(AppendHead(o, MajorBytes, uint64(len(payload))), payload...)
	return append(AppendHead(o, MajorBytes, uint64(len(signature))), signature...)
}

// appendStructure writes the Sig_structure of RFC 9052 §4.4.
func appendStructure(o []byte, kid [4]byte, external, payload []byte) []byte {
	o = AppendText(AppendHead(o, MajorArray, 4), "Signature1")
	o = appendProtected(o, kid)
	o = append(AppendHead(o, MajorBytes, uint64(len(external))), external...)
	return append(AppendHead(o, MajorBytes, uint64(len(payload))), payload...)
}

// appendProtected writes the protected header, a map in a byte string.
func appendProtected(o []byte, kid [4]byte) []byte {
	o = AppendHead(o, MajorBytes, protectedSize)
	o = AppendHead(o, MajorMap, 2)
	o = AppendInt(AppendInt(o, 1), algES256)
	return append(AppendHead(AppendInt(o, 4), MajorBytes, uint64(len(kid))), kid[:]...)
}

// protectedSize is the length of {1: -7, 4: h'........'}.
const protectedSize = 9

// Parse reads a message of at most size bytes. Errors are ErrMalformed or
// ErrUnknown (an algorithm or header that a later version may have).
func Parse(b []byte, size int) (*Message, error) {
	if len(b) > size {
		return nil, fmt.Errorf("parse message: %d bytes, at most %d: %w", len(b), size, ErrMalformed)
	}
	if len(b) == 0 || b[0] != tagSign1 {
		return nil, fmt.Errorf("parse message: no COSE_Sign1 tag: %w", ErrMalformed)
	}
	var e envelope
	if err := Decode(b[1:], &e, Limits{Bytes: size}); err != nil {
		return nil, fmt.Errorf("parse message: %w", err)
	}
	var h header
	if err := Decode(e.Protected, &h, Limits{Bytes: 256}); err != nil {
		return nil, fmt.Errorf("parse protected header: %w", err)
	}
	if h.Alg != algES256 || len(h.KID) != 4 {
		return nil, fmt.Errorf("parse protected header: not ES256 with a key id of 4 bytes: %w", ErrUnknown)
	}
	if err := checkSignature(e.Signature); err != nil {
		return nil, fmt.Errorf("parse message: %w", err)
	}
	return &Message{KID: [4]byte(h.KID), Payload: e.Payload, Signature: e.Signature, protected: e.Protected}, nil
}

// Verify checks the signature by pub over the message and the external data;
// the error is ErrSignature. Of the two values (r, s) and (r, n-s), which are
// equally good to ECDSA, either passes: what a message is about is decided by
// what it says, never by its bytes.
func (m *Message) Verify(pub *ecdsa.PublicKey, external []byte) error {
	if pub == nil || pub.Curve != elliptic.P256() || checkSignature(m.Signature) != nil {
		return ErrSignature
	}
	digest, err := digest(m.protected, external, m.Payload)
	if err != nil {
		return err
	}
	if !ecsig.Verify(pub, digest, m.Signature) {
		return ErrSignature
	}
	return nil
}

// envelope is the COSE_Sign1 array. An empty struct is the empty map, so a
// header there is a field that nobody knows.
type envelope struct {
	_           struct{} `cbor:",toarray"`
	Protected   []byte
	Unprotected struct{}
	Payload     []byte
	Signature   []byte
}

// digest hashes the Sig_structure of RFC 9052 §4.4.
func digest(protected, external, payload []byte) ([]byte, error) {
	b, err := Encode([]any{"Signature1", protected, external, payload})
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(b)
	return sum[:], nil
}

// checkSignature refuses r and s outside of 1..n-1.
func checkSignature(sig []byte) error {
	if len(sig) != SignatureSize {
		return fmt.Errorf("signature of %d bytes: %w", len(sig), ErrMalformed)
	}
	order := elliptic.P256().Params().N.Bytes()
	zero := make([]byte, halfSize)
	for _, half := range [][]byte{sig[:halfSize], sig[halfSize:]} {
		if bytes.Equal(half, zero) || bytes.Compare(half, order) >= 0 {
			return fmt.Errorf("signature out of range: %w", ErrMalformed)
		}
	}
	return nil
}
