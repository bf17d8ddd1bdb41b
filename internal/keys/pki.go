package keys

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/big"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
)

const (
	// FirstCRL is the file name, under /pki/, of the first PDF CA's revocation
	// list. A later CA has a list of its own, see CRLFiles.
	FirstCRL = "issuer.crl"

	crlLife    = 7 * day
	maxX509    = 64        // ub-common-name, ub-organization-name (RFC 5280 App. A.1)
	clockDrift = time.Hour // certificates begin this much earlier, for verifiers whose clock is behind
)

// certify gives an entry its X.509 certificate, if its use has one.
func (c *change) certify(e *entry, key crypto.Signer) error {
	if e.Use != Root && e.Use != PDFCA && e.Use != PDFSigner {
		if parent := terms[e.Use].parent; parent != "" { // the publisher: the root must be there for its statement
			_, _, err := c.parentOf(e.Use, e.SignFrom)
			return err
		}
		return nil
	}
	t, err := c.template(e)
	if err != nil {
		return err
	}
	parent, parentKey := t, key
	if e.Use != Root {
		p, k, err := c.parentOf(e.Use, e.SignFrom)
		if err != nil {
			return err
		}
		if parent, err = x509.ParseCertificate(p.Certificate); err != nil {
			return damaged(metadataFile, err)
		}
		e.Parent, parentKey = p.KID, k
		if t.NotAfter.After(parent.NotAfter) {
			t.NotAfter = parent.NotAfter
		}
		if url := c.meta.PublicURL; url != "" && e.Use == PDFSigner {
			t.CRLDistributionPoints = []string{url + "/pki/" + p.CRL}
		}
	}
	e.VerifyUntil = t.NotAfter
	if e.Certificate, err = x509.CreateCertificate(rand.Reader, t, parent, key.Public(), parentKey); err != nil {
		return fmt.Errorf("certify %s key: %w", e.Use, err)
	}
	return nil
}

// template says what the certificate of the entry asserts (RFC 5280; key usage
// of the document signer as PAdES wants it, EN 319 412-2 §4.3.2: content
// commitment).
func (c *change) template(e *entry) (*x509.Certificate, error) {
	serial := make([]byte, 16)
	if _, err := rand.Read(serial); err != nil {
		return nil, fmt.Errorf("make serial number: %w", err)
	}
	serial[0] = serial[0]&0x7f | 0x40 // positive, always 16 bytes
	t := &x509.Certificate{
		SerialNumber:          new(big.Int).SetBytes(serial),
		NotBefore:             e.SignFrom.Add(-clockDrift),
		NotAfter:              e.SignUntil.Add(terms[e.Use].after),
		BasicConstraintsValid: true,
	}
	suffix := ""
	switch e.Use {
	case Root:
		suffix, t.IsCA, t.MaxPathLen = " Root CA", true, 1
		t.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	case PDFCA:
		suffix, t.IsCA, t.MaxPathLenZero = " Document CA", true, true
		t.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
		e.CRL = FirstCRL
		if c.latest(PDFCA, "") != nil {
			suffix, e.CRL = suffix+" "+e.COSEKID, "issuer-"+e.COSEKID+".crl"
		}
	case PDFSigner:
		t.KeyUsage = x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment
	}
	org := c.meta.Organization
	if org == "" {
		org = "Passmuster"
	}
	if c.meta.Demo {
		org = "DEMO " + org
	}
	t.Subject = pkix.Name{CommonName: fit(org, suffix), Organization: []string{fit(org, "")}}
	return t, nil
}

// fit cuts a name so that it and the suffix keep to the length that X.509
// allows, in characters.
func fit(name, suffix string) string {
	r := []rune(name)
	return string(r[:min(len(r), maxX509-len(suffix))]) + suffix
}

// PDFSigner returns the key that signs certificates now, with its chain: leaf,
// CA, root. It renews itself from the CA 30 days before the leaf stops signing;
// the leaf stays good for years after. A certificate from outside (Import) signs
// to its own end, then "keys.external_ended".
func (r *Ring) PDFSigner(now time.Time) (crypto.Signer, []*x509.Certificate, error) {
	if err := r.renewCA(now); err != nil {
		return nil, nil, err
	}
	k, s, err := r.signing(PDFSigner, "", now)
	if err != nil {
		return nil, nil, err
	}
	st := r.seen()
	for up, ok := k, true; ok; up, ok = st.find(st.meta.entry(up.KID).Parent) {
		if !up.CompromisedAt.IsZero() {
			return nil, nil, registry.Fail(registry.Unavailable, "keys.compromised", up.Use)
		}
	}
	return s, st.chain(k), nil
}

// renewCA renews the PDF CA in good time if the root is at hand; if it is not,
// the CA serves to its end.
func (r *Ring) renewCA(now time.Time) error {
	s, err := r.fresh()
	if err != nil {
		return err
	}
	if k, ok := s.latest(PDFSigner); ok && k.External() {
		return nil // the CA has nothing to sign
	}
	if ca, ok := s.signs(PDFCA, "", now); (!ok || due(ca, now)) && s.renewable(PDFCA, "", now) {
		return r.renew(PDFCA, "", now)
	}
	return nil
}

// chain returns the certificate of the key and those above it.
func (s *state) chain(k Key) []*x509.Certificate {
	if k.External() {
		return append([]*x509.Certificate{k.Certificate}, k.Issuers...)
	}
	var chain []*x509.Certificate
	for ok := true; ok && k.Certificate != nil && len(chain) < 3; {
		chain = append(chain, k.Certificate)
		k, ok = s.find(s.meta.entry(k.KID).Parent)
	}
	return chain
}

// ChainHash names a chain in a snapshot: hex SHA-256 of its certificates, DER,
// leaf first.
func ChainHash(chain []*x509.Certificate) string {
	sum := ChainSum(chain)
	return hex.EncodeToString(sum[:])
}

// ChainSum is ChainHash as bytes: the trust list names a chain by it.
func ChainSum(chain []*x509.Certificate) (sum [sha256.Size]byte) {
	h := sha256.New()
	for _, c := range chain {
		h.Write(c.Raw)
	}
	h.Sum(sum[:0])
	return sum
}

// Chain finds the chain that a snapshot names, to build its file again.
func (r *Ring) Chain(hash string) ([]*x509.Certificate, bool) {
	s := r.current()
	for _, k := range s.keys {
		if k.Use != PDFSigner {
			continue
		}
		if chain := s.chain(k); ChainHash(chain) == hash {
			return chain, true
		}
	}
	return nil, false
}

// Outside is a chain from outside that signs or signed documents.
type Outside struct {
	Chain         []*x509.Certificate // leaf first
	CompromisedAt time.Time           // zero: never
}

// Outsides lists the chains from outside, old ones included, oldest first. What
// they signed is the registry's because it says so, not because of their root.
func (r *Ring) Outsides() []Outside {
	s := r.current()
	var list []Outside
	for _, k := range s.keys {
		if k.External() {
			list = append(list, Outside{s.chain(k), k.CompromisedAt})
		}
	}
	return list
}

// DocumentChainPEM returns the chain that signs documents at the time, leaf
// first; the last one, where it is self-signed, is what a viewer has to trust.
func (r *Ring) DocumentChainPEM(now time.Time) []byte {
	s := r.current()
	k, ok := s.signs(PDFSigner, "", now)
	if !ok {
		return nil
	}
	var out []byte
	for _, c := range s.chain(k) {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return out
}

// RootPEM returns the root certificate, for verifiers to trust.
func (r *Ring) RootPEM() []byte {
	for _, k := range r.current().keys {
		if k.Use == Root {
			return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: k.Certificate.Raw})
		}
	}
	return nil
}

// CRLFiles names the revocation lists, one for each PDF CA that there ever was.
func (r *Ring) CRLFiles() []string {
	var files []string
	for _, e := range r.current().meta.Keys {
		if e.Use == PDFCA {
			files = append(files, e.CRL)
		}
	}
	return files
}

// CRL makes the revocation list of the first PDF CA, FirstCRL.
func (r *Ring) CRL(now time.Time) ([]byte, error) { return r.CRLFile(FirstCRL, now) }

// CRLFile makes a revocation list (RFC 5280 §5), DER, good for 7 days, of the
// document signers that were compromised. Its number is its time, so a later
// list always has the higher one. Refusals: keys.unknown, keys.absent.
func (r *Ring) CRLFile(file string, now time.Time) ([]byte, error) {
	s, err := r.fresh()
	if err != nil {
		return nil, err
	}
	for i, e := range s.meta.Keys {
		if e.Use != PDFCA || e.CRL != file {
			continue
		}
		key := s.secrets[e.KID]
		if key == nil {
			return nil, absent(PDFCA, e.File)
		}
		return s.crl(s.keys[i].Certificate, e.KID, signer{key}, now.UTC().Truncate(time.Second))
	}
	return nil, registry.Fail(registry.NotFound, "keys.unknown", file)
}

func (s *state) crl(ca *x509.Certificate, kid string, by crypto.Signer, now time.Time) ([]byte, error) {
	t := &x509.RevocationList{Number: big.NewInt(now.Unix()), ThisUpdate: now, NextUpdate: now.Add(crlLife)}
	for i, e := range s.meta.Keys {
		if e.Parent != kid || e.CompromisedAt.IsZero() || now.Before(e.CompromisedAt) {
			continue
		}
		t.RevokedCertificateEntries = append(t.RevokedCertificateEntries, x509.RevocationListEntry{
			SerialNumber: s.keys[i].Certificate.SerialNumber, RevocationTime: e.CompromisedAt, ReasonCode: 1}) // keyCompromise, RFC 5280 §5.3.1
	}
	der, err := x509.CreateRevocationList(rand.Reader, t, ca, by)
	if err != nil {
		return nil, fmt.Errorf("sign revocation list: %w", err)
	}
	return der, nil
}
