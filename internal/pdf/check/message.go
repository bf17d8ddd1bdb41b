package check

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
)

// Object identifiers, DER.
var (
	oidData        = []byte{6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 1}
	oidSignedData  = []byte{6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 2}
	oidContentType = []byte{6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 3}
	oidDigest      = []byte{6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 4}
	oidSigningCert = []byte{6, 11, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 16, 2, 47}
)

// Algorithms with their parameters: absent, but NULL for RSA (RFC 5754).
var (
	algSHA256 = []byte{0x30, 11, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1}
	algECDSA  = []byte{0x30, 10, 6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2}
	algRSA    = []byte{0x30, 13, 6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1, 5, 0}
)

const (
	maxMessage      = 32 << 10 // DER; ours have 1.5 to 4 KB
	maxCertificates = 6        // leaf, CA, root; a chain from outside may be longer
	minRSA, maxRSA  = 2048, 4096
)

// message is a CMS SignedData (RFC 5652) by one signer, as far as it matters.
type message struct {
	certificates []*x509.Certificate // as they stand
	leaf         *x509.Certificate   // that the signer names
	attributes   []byte              // signed, as the SET OF that the signature is over
	document     []byte              // message-digest
	certHash     []byte              // ESS signing-certificate-v2 (RFC 5035)
	algorithm    []byte
	signature    []byte
}

// parseMessage reads the digits of a signature. Nothing is accepted that
// package cms does not write: no other attribute, no revocation list, no second
// signer, and in particular nothing that the signature would not cover.
func parseMessage(digits []byte) (*message, error) {
	b, err := decodeHex(digits)
	if err != nil {
		return nil, err
	}
	outer := newReader(b)
	info := outer.in(tagSequence)
	info.expect(oidSignedData)
	explicit := info.in(tagContext0)
	info.end()
	data := explicit.in(tagSequence)
	explicit.end()
	data.expect([]byte{tagInteger, 1, 1})
	algorithms := data.in(tagSet)
	algorithms.expect(algSHA256)
	algorithms.end()
	content := data.in(tagSequence)
	content.expect(oidData) // and no content: the signature is detached
	content.end()
	certificates := data.in(tagContext0)
	signers := data.in(tagSet)
	data.end()
	m := &message{}
	issuer, serial := m.signer(signers)
	signers.end()
	if *outer.bad {
		return nil, errors.New("signature is not a CMS message as ours are")
	}
	if len(bytes.Trim(outer.rest, "\x00")) > 0 {
		return nil, errors.New("something is hidden behind the signature")
	}
	return m, m.find(certificates, issuer, serial)
}

// signer reads the one SignerInfo.
func (m *message) signer(signers *reader) (issuer, serial []byte) {
	s := signers.in(tagSequence)
	s.expect([]byte{tagInteger, 1, 1})
	id := s.in(tagSequence)
	issuer, _ = id.whole(tagSequence)
	serial = id.content(tagInteger)
	id.end()
	s.expect(algSHA256)
	element, content := s.whole(tagContext0)
	m.algorithm, _ = s.whole(tagSequence)
	m.signature = s.content(tagOctets)
	s.end() // so there are no unsigned attributes
	if *s.bad {
		return nil, nil
	}
	// In the message the set is [0] IMPLICIT; what is signed is a SET OF.
	m.attributes = bytes.Clone(element)
	m.attributes[0] = tagSet
	m.attribute(&reader{rest: content, bad: s.bad})
	return issuer, serial
}

// attribute reads the three signed attributes, which DER has in ascending order.
func (m *message) attribute(set *reader) {
	seen := 0
	for last := []byte(nil); set.more(); seen++ {
		element, content := set.whole(tagSequence)
		if bytes.Compare(last, element) >= 0 {
			*set.bad = true
		}
		last = element
		a := &reader{rest: content, bad: set.bad}
		switch {
		case bytes.HasPrefix(content, oidContentType):
			a.expect(oidContentType)
			value := a.in(tagSet)
			value.expect(oidData)
			value.end()
		case bytes.HasPrefix(content, oidDigest):
			a.expect(oidDigest)
			once(a, m.document)
			m.document = a.only(tagSet).content(tagOctets)
		case bytes.HasPrefix(content, oidSigningCert):
			a.expect(oidSigningCert)
			once(a, m.certHash)
			// SigningCertificateV2, its list, the first ESSCertIDv2: SHA-256 by default.
			m.certHash = a.only(tagSet).only(tagSequence).only(tagSequence).only(tagSequence).content(tagOctets)
		default:
			*set.bad = true
		}
		a.end()
	}
	if seen != 3 || len(m.document) != sha256.Size || len(m.certHash) != sha256.Size {
		*set.bad = true
	}
}

// once says that this is the first attribute of its kind.
func once(a *reader, value []byte) {
	if value != nil {
		*a.bad = true
	}
}

// only is in for an element that holds exactly one other.
func (r *reader) only(tag byte) *reader {
	inner := r.in(tag)
	if head, length, ok := header(inner.rest); !ok || head+length != len(inner.rest) {
		*r.bad = true
	}
	return inner
}

// find reads the certificates and finds the signer's among them.
func (m *message) find(certificates *reader, issuer, serial []byte) error {
	for certificates.more() {
		raw, _ := certificates.whole(tagSequence)
		c, err := x509.ParseCertificate(raw)
		if err != nil || len(m.certificates) == maxCertificates {
			return errors.New("signature brings certificates that cannot be read")
		}
		m.certificates = append(m.certificates, c)
		if bytes.Equal(c.RawIssuer, issuer) && bytes.Equal(c.SerialNumber.Bytes(), bytes.TrimLeft(serial, "\x00")) {
			if m.leaf != nil {
				return errors.New("signature brings the signer's certificate twice")
			}
			m.leaf = c
		}
	}
	if *certificates.bad || m.leaf == nil {
		return errors.New("signature does not bring the signer's certificate")
	}
	return nil
}

// covers reports whether the message is the named signer's over a document with
// this SHA-256. Whether the signer is one of ours is another question.
func (m *message) covers(document [sha256.Size]byte) error {
	if !bytes.Equal(m.document, document[:]) {
		return errors.New("file is not the one that was signed")
	}
	return m.genuine()
}

// genuine reports whether the named signer signed the message, of whatever
// document it is.
func (m *message) genuine() error {
	if hash := sha256.Sum256(m.leaf.Raw); !bytes.Equal(m.certHash, hash[:]) {
		return errors.New("signature was made with another certificate")
	}
	signed := sha256.Sum256(m.attributes)
	switch key := m.leaf.PublicKey.(type) {
	case *ecdsa.PublicKey:
		if key.Curve == elliptic.P256() && bytes.Equal(m.algorithm, algECDSA) && ecdsa.VerifyASN1(key, signed[:], m.signature) {
			return nil
		}
	case *rsa.PublicKey:
		if n := key.N.BitLen(); n >= minRSA && n <= maxRSA && bytes.Equal(m.algorithm, algRSA) &&
			rsa.VerifyPKCS1v15(key, crypto.SHA256, signed[:], m.signature) == nil {
			return nil
		}
	}
	return errors.New("signature does not fit its certificate")
}

// decodeHex reads the digits as we write them, in upper case: only one spelling
// of a signature is ours.
func decodeHex(digits []byte) ([]byte, error) {
	if len(digits)%2 != 0 || len(digits) > 2*maxMessage {
		return nil, errors.New("signature has an impossible length")
	}
	b := make([]byte, len(digits)/2)
	for i, d := range digits {
		switch {
		case d >= '0' && d <= '9':
			d -= '0'
		case d >= 'A' && d <= 'F':
			d -= 'A' - 10
		default:
			return nil, errors.New("signature is not written in digits")
		}
		b[i/2] = b[i/2]<<4 | d
	}
	return b, nil
}
