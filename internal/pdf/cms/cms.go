// Package cms makes the detached signature that a PDF carries: a CMS
// SignedData (RFC 5652) with the signed attributes of PAdES baseline B-B (ETSI
// EN 319 142-1): content-type, message-digest and ESS signing-certificate-v2
// (RFC 5035), and no signing-time, which stands in the PDF. Everything but the
// digest and the signature value is fixed by the chain of certificates.
package cms

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
)

// Object identifiers, DER.
var (
	oidData        = []byte{6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 1}
	oidSignedData  = []byte{6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 2}
	oidContentType = []byte{6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 3}
	oidDigest      = []byte{6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 4}
	oidSigningCert = []byte{6, 11, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 16, 2, 47}
	oidSHA256      = []byte{6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1}
	oidECDSASHA256 = []byte{6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2}
	oidRSA         = []byte{6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1}
)

const (
	tagInteger  = 0x02
	tagOctets   = 0x04
	tagSequence = 0x30
	tagSet      = 0x31
	tagContext0 = 0xA0
)

// maxECDSA is the longest DER signature over P-256: two integers of 33 bytes.
const maxECDSA = 72

// Sealer makes signatures of one chain. Safe for concurrent use.
type Sealer struct {
	public     crypto.PublicKey
	attributes []byte // as a SET OF, with zeros for the digest
	digestAt   int
	outer      []byte // fields of SignedData before the signer
	signer     []byte // fields of SignerInfo before the attributes
	algorithm  []byte
	longest    int // bytes of a signature value
	size       int
}

// New prepares signatures by the first certificate of the chain; the others
// are its issuers and travel along. Keys: ECDSA P-256, RSA.
func New(chain []*x509.Certificate) (*Sealer, error) {
	if len(chain) == 0 {
		return nil, errors.New("no signing certificate")
	}
	leaf := chain[0]
	s := &Sealer{public: leaf.PublicKey}
	switch key := leaf.PublicKey.(type) {
	case *ecdsa.PublicKey:
		if key.Curve != elliptic.P256() {
			return nil, fmt.Errorf("signing key is on curve %s, want P-256", key.Curve.Params().Name)
		}
		s.algorithm, s.longest = der(tagSequence, oidECDSASHA256), maxECDSA
	case *rsa.PublicKey:
		s.algorithm, s.longest = der(tagSequence, oidRSA, []byte{5, 0}), key.Size()
	default:
		return nil, fmt.Errorf("signing key is a %T, want ECDSA or RSA", leaf.PublicKey)
	}
	s.attributes, s.digestAt = attributes(leaf)
	sha := der(tagSequence, oidSHA256) // parameters absent, RFC 5754
	var certificates [][]byte
	for _, c := range chain {
		certificates = append(certificates, c.Raw)
	}
	s.outer = bytes.Join([][]byte{
		der(tagInteger, []byte{1}),
		der(tagSet, sha),
		der(tagSequence, oidData),
		der(tagContext0, ordered(certificates)...),
	}, nil)
	s.signer = bytes.Join([][]byte{
		der(tagInteger, []byte{1}),
		der(tagSequence, leaf.RawIssuer, der(tagInteger, integer(leaf.SerialNumber.Bytes()))),
		sha,
	}, nil)
	der, err := s.AppendSeal(nil, [sha256.Size]byte{}, make([]byte, s.longest))
	s.size = len(der)
	return s, err
}

// attributes returns the signed attributes and where the digest goes.
func attributes(leaf *x509.Certificate) ([]byte, int) {
	hash := sha256.Sum256(leaf.Raw)
	certID := der(tagSequence, der(tagOctets, hash[:])) // SHA-256 is the default
	all := der(tagSet, ordered([][]byte{
		der(tagSequence, oidContentType, der(tagSet, oidData)),
		der(tagSequence, oidDigest, der(tagSet, der(tagOctets, make([]byte, sha256.Size)))),
		der(tagSequence, oidSigningCert, der(tagSet, der(tagSequence, der(tagSequence, certID)))),
	})...)
	const heads = 4 // of the set and the octets, two bytes each
	return all, bytes.Index(all, oidDigest) + len(oidDigest) + heads
}

// Size is the most bytes that Seal returns.
func (s *Sealer) Size() int {
	return s.size
}

// Digest is what the key signs: the SHA-256 of the signed attributes over a
// document whose SHA-256 is given.
func (s *Sealer) Digest(document [sha256.Size]byte) [sha256.Size]byte {
	var room [maxAttributes]byte
	a := append(room[:0], s.attributes...)
	copy(a[s.digestAt:], document[:])
	return sha256.Sum256(a)
}

// maxAttributes is the size of the usual attributes; longer ones are put on the
// heap.
const maxAttributes = 256

// Check reports whether value is the chain's signature of a Digest.
func (s *Sealer) Check(digest [sha256.Size]byte, value []byte) error {
	switch key := s.public.(type) {
	case *ecdsa.PublicKey:
		if !ecdsa.VerifyASN1(key, digest[:], value) {
			return errors.New("signature does not verify")
		}
	case *rsa.PublicKey:
		if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], value); err != nil {
			return fmt.Errorf("verify signature: %w", err)
		}
	}
	return nil
}

// AppendSeal appends the DER of the SignedData with a signature value of Digest.
func (s *Sealer) AppendSeal(o []byte, document [sha256.Size]byte, value []byte) ([]byte, error) {
	if len(value) > s.longest {
		return nil, fmt.Errorf("signature value has %d bytes, at most %d fit", len(value), s.longest)
	}
	// From the inside out: how long each part is.
	signer := len(s.signer) + len(s.attributes) + len(s.algorithm) + headSize(len(value)) + len(value)
	signers := headSize(signer) + signer
	data := len(s.outer) + headSize(signers) + signers
	content := headSize(data) + data
	o = appendHead(o, tagSequence, len(oidSignedData)+headSize(content)+content)
	o = appendHead(append(o, oidSignedData...), tagContext0, content)
	o = append(appendHead(o, tagSequence, data), s.outer...)
	o = appendHead(appendHead(o, tagSet, signers), tagSequence, signer)
	o = append(o, s.signer...)
	at := len(o)
	o = append(o, s.attributes...)
	o[at] = tagContext0 // in the SignerInfo the set is [0] IMPLICIT; signed it is a SET OF
	copy(o[at+s.digestAt:], document[:])
	o = append(o, s.algorithm...)
	return append(appendHead(o, tagOctets, len(value)), value...), nil
}

// Seal is AppendSeal in new memory.
func (s *Sealer) Seal(document [sha256.Size]byte, value []byte) ([]byte, error) {
	return s.AppendSeal(nil, document, value)
}

// ordered sorts the members of a SET OF as DER asks.
func ordered(members [][]byte) [][]byte {
	slices.SortFunc(members, bytes.Compare)
	return members
}

// integer is an unsigned number as the content of a DER INTEGER.
func integer(b []byte) []byte {
	if len(b) == 0 || b[0]&0x80 != 0 {
		return append([]byte{0}, b...)
	}
	return b
}

func der(tag byte, parts ...[]byte) []byte {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	o := appendHead(make([]byte, 0, n+5), tag, n)
	for _, p := range parts {
		o = append(o, p...)
	}
	return o
}

// appendHead writes tag and length of n bytes of content.
func appendHead(o []byte, tag byte, n int) []byte {
	switch {
	case n < 1<<7:
		return append(o, tag, byte(n))
	case n < 1<<8:
		return append(o, tag, 0x81, byte(n))
	case n < 1<<16:
		return append(o, tag, 0x82, byte(n>>8), byte(n))
	}
	return append(o, tag, 0x83, byte(n>>16), byte(n>>8), byte(n))
}

// headSize is the length of what appendHead writes.
func headSize(n int) int {
	switch {
	case n < 1<<7:
		return 2
	case n < 1<<8:
		return 3
	case n < 1<<16:
		return 4
	}
	return 5
}
