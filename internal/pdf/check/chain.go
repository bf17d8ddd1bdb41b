package check

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"time"
)

// Signer signs for the registry under a CA of somebody else, and is believed
// because the registry names the chain, to the byte: what else that CA, or its
// root, certifies proves nothing here.
type Signer struct {
	Chain         [sha256.Size]byte // of its certificate and those above it, DER, leaf first
	CompromisedAt time.Time         // zero: never
}

// named finds the signer whose chain the message brings, all of it and nothing else.
func (m *message) named(signers []Signer) (chain []*x509.Certificate, by Signer, found bool) {
	chain = []*x509.Certificate{m.leaf}
	for up := m.issuerOf(m.leaf); up != nil && len(chain) < len(m.certificates); up = m.issuerOf(up) {
		chain = append(chain, up)
	}
	if len(chain) != len(m.certificates) {
		return nil, by, false
	}
	h := sha256.New()
	for _, c := range chain {
		h.Write(c.Raw)
	}
	sum := [sha256.Size]byte(h.Sum(nil))
	for _, s := range signers {
		if s.Chain == sum {
			return chain, s, true
		}
	}
	return nil, by, false
}

// chain orders the certificates, leaf first, and reports whether they lead to
// the root key: the root certifies a CA, the CA certifies the leaf, and nothing
// else is among them. Names and key ids lead nowhere by themselves. The terms of
// CA and root are not held against a file: it was signed within the leaf's.
func (m *message) chain(root *ecdsa.PublicKey) ([]*x509.Certificate, error) {
	if root == nil {
		return nil, errors.New("no root key to check against")
	}
	ca := m.issuerOf(m.leaf)
	if ca == nil {
		return nil, errors.New("signature does not bring the certificate's issuer")
	}
	chain := []*x509.Certificate{m.leaf, ca}
	anchor := &x509.Certificate{
		Version: 3, BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageCertSign,
		PublicKeyAlgorithm: x509.ECDSA, PublicKey: root,
	}
	if top := m.issuerOf(ca); top != nil {
		if !root.Equal(top.PublicKey) || !certifies(anchor, top) || !mayCertify(top) {
			return nil, errors.New("root certificate is not ours")
		}
		chain = append(chain, top)
	}
	// From the top down: a key certifies only after it was certified itself.
	switch {
	case len(chain) != len(m.certificates):
		return nil, errors.New("signature brings certificates that do not belong to it")
	case bytes.Equal(ca.RawSubject, ca.RawIssuer):
		return nil, errors.New("root signs no documents itself")
	case !certifies(anchor, ca) || !mayCertify(ca):
		return nil, errors.New("CA is not certified by our root")
	case !certifies(ca, m.leaf) || !maySign(m.leaf):
		return nil, errors.New("signer is not certified by our CA")
	}
	return chain, nil
}

// issuerOf finds another certificate with the name of c's issuer.
func (m *message) issuerOf(c *x509.Certificate) *x509.Certificate {
	for _, other := range m.certificates {
		if other != c && other != m.leaf && bytes.Equal(other.RawSubject, c.RawIssuer) {
			return other
		}
	}
	return nil
}

func certifies(parent, c *x509.Certificate) bool {
	return parent.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
}

func mayCertify(c *x509.Certificate) bool {
	return c.Version == 3 && c.BasicConstraintsValid && c.IsCA && c.KeyUsage&x509.KeyUsageCertSign != 0 &&
		len(c.UnhandledCriticalExtensions) == 0
}

func maySign(c *x509.Certificate) bool {
	const use = x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment
	return c.Version == 3 && !c.IsCA && c.KeyUsage&use != 0 && c.KeyUsage&x509.KeyUsageCertSign == 0 &&
		len(c.UnhandledCriticalExtensions) == 0
}
