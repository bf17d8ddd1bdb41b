package check_test

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/pdf/check"
)

// public is a public CA of three steps, with our certificate and one of
// somebody else by the same issuing CA.
type public struct {
	root, policy, issuing, ours, theirs *x509.Certificate
	issuingKey, key, theirKey           crypto.Signer
}

func newPublic(t *testing.T, key crypto.Signer) *public {
	rootKey, policyKey := ecKey(t), ecKey(t)
	p := &public{issuingKey: rsaKey(t, 2048), key: key, theirKey: ecKey(t)}
	p.root = certify(t, "DEMO Public Root", 1, caUse, nil, rootKey.Public(), rootKey)
	p.policy = certify(t, "DEMO Public Policy CA", 2, caUse, p.root, policyKey.Public(), rootKey)
	p.issuing = certify(t, "DEMO Public Issuing CA", 3, caUse, p.policy, p.issuingKey.Public(), policyKey)
	p.ours = certify(t, "DEMO Federation", 4, leafUse, p.issuing, key.Public(), p.issuingKey)
	p.theirs = certify(t, "DEMO Federation", 5, leafUse, p.issuing, p.theirKey.Public(), p.issuingKey)
	return p
}

func (p *public) letter() letter {
	return letter{key: p.key, leaf: p.ours, hashed: p.ours, certificates: []*x509.Certificate{p.ours, p.issuing, p.policy, p.root}, signers: 1}
}

func signerOf(chain ...*x509.Certificate) check.Signer {
	h := sha256.New()
	for _, c := range chain {
		h.Write(c.Raw)
	}
	return check.Signer{Chain: [32]byte(h.Sum(nil))}
}

func TestASignerOfAPublicCAIsBelievedByNameAlone(t *testing.T) {
	registry := newPKI(t, ecKey(t))
	for name, key := range map[string]crypto.Signer{"P-256": ecKey(t), "RSA-2048": rsaKey(t, 2048), "RSA-4096": rsaKey(t, 4096)} {
		t.Run(name, func(t *testing.T) {
			p := newPublic(t, key)
			named := signerOf(p.ours, p.issuing, p.policy, p.root)
			s, err := check.File(seal(t, newDraft().file(), p.letter()), registry.public(), signerOf(p.root), named)
			if err != nil || len(s.Chain) != 4 || !s.Chain[0].Equal(p.ours) || !s.CompromisedAt.IsZero() {
				t.Fatalf("File = %+v, %v; want it accepted with its chain", s, err)
			}
			if _, err := check.File(registry.original(t), registry.public(), named); err != nil {
				t.Errorf("beside it the registry's own chain: %v", err)
			}
			named.CompromisedAt = time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
			if s, err = check.File(seal(t, newDraft().file(), p.letter()), registry.public(), named); err != nil || !s.CompromisedAt.Equal(named.CompromisedAt) {
				t.Errorf("of a compromised key: %+v, %v; want it said", s, err)
			}
		})
	}
}

func TestWhatAPublicCAIssuesToOthersProvesNothing(t *testing.T) {
	registry, p := newPKI(t, ecKey(t)), newPublic(t, ecKey(t))
	named := signerOf(p.ours, p.issuing, p.policy, p.root)
	theirs, sameName, shorter, longer, stranger := p.letter(), p.letter(), p.letter(), p.letter(), p.letter()
	theirs.key, theirs.leaf, theirs.hashed, theirs.certificates[0] = p.theirKey, p.theirs, p.theirs, p.theirs
	again := certify(t, "DEMO Federation", 4, leafUse, p.issuing, p.theirKey.Public(), p.issuingKey) // even our serial number
	sameName.key, sameName.leaf, sameName.hashed, sameName.certificates[0] = p.theirKey, again, again, again
	shorter.certificates = shorter.certificates[:3]
	longer.certificates = append(longer.certificates, p.theirs)
	stranger.certificates[3] = certify(t, "DEMO Public Root", 1, caUse, nil, p.theirKey.Public(), p.theirKey)
	damaged := seal(t, newDraft().file(), p.letter())
	damaged[100] ^= 1
	whole := seal(t, newDraft().file(), p.letter())
	for name, c := range map[string]struct {
		file    []byte
		signers []check.Signer
		want    check.Fault
	}{
		"somebody else's certificate by the same CA":    {seal(t, newDraft().file(), theirs), []check.Signer{named}, check.Chain},
		"with our name and serial number too":           {seal(t, newDraft().file(), sameName), []check.Signer{named}, check.Chain},
		"our certificate, nobody vouches for it":        {whole, nil, check.Chain},
		"our certificate, another one is vouched for":   {whole, []check.Signer{signerOf(p.theirs, p.issuing, p.policy, p.root)}, check.Chain},
		"our certificate, the CA alone is vouched for":  {whole, []check.Signer{signerOf(p.issuing, p.policy, p.root), signerOf(p.root)}, check.Chain},
		"the root left out":                             {seal(t, newDraft().file(), shorter), []check.Signer{named}, check.Chain},
		"a stranger among the certificates":             {seal(t, newDraft().file(), longer), []check.Signer{named}, check.Chain},
		"another root of the same name":                 {seal(t, newDraft().file(), stranger), []check.Signer{named}, check.Chain},
		"a changed byte":                                {damaged, []check.Signer{named}, check.Altered},
		"bytes added behind what our certificate signs": {append(whole[:len(whole):len(whole)], "\n% more\n"...), []check.Signer{named}, check.Appended},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := check.File(c.file, registry.public(), c.signers...)
			if s != nil || check.FaultOf(err) != c.want {
				t.Errorf("File = %v, %v; want %s", s, err, c.want)
			}
		})
	}
}
