package bench

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"

	"github.com/passmuster/passmuster/internal/badge"
	"github.com/passmuster/passmuster/internal/certificate"
	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/mint"
	"github.com/passmuster/passmuster/internal/pdf/check"
	"github.com/passmuster/passmuster/internal/record"
	"github.com/passmuster/passmuster/internal/registry"
)

// engine makes certificates as an issuing run does, with keys of its own that
// are a secret to nobody.
type engine struct {
	key     *ecdsa.PrivateKey // of records, tokens and files alike
	keys    mint.Keys
	root    *ecdsa.PublicKey
	chain   []*x509.Certificate // leaf, CA
	designs map[string]*certificate.Template
}

func newEngine() (*engine, error) {
	e := &engine{designs: map[string]*certificate.Template{}}
	if err := e.certify(); err != nil {
		return nil, err
	}
	kid, err := keys.Thumbprint(&e.key.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("name key: %w", err)
	}
	thumb, err := base64.RawURLEncoding.DecodeString(kid)
	if err != nil {
		return nil, fmt.Errorf("name key: %w", err)
	}
	e.keys = mint.Keys{KID: kid, COSEKID: [4]byte(thumb), Record: e.key, Document: e.key}
	press, err := certificate.NewPress(e.chain)
	if err != nil {
		return nil, err
	}
	for _, langs := range [][]string{{"zh", "en"}, {"ru", "en"}, {"en"}} {
		if e.designs[langs[0]], err = press.Template(certificate.Look{Kind: registry.Competence, Langs: langs, Words: words(), Names: signatories()}); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// certify makes root, CA and signing certificate.
func (e *engine) certify() error {
	names := [3]string{"DEMO root", "DEMO document CA", "DEMO registry"}
	var private [3]*ecdsa.PrivateKey
	var issued [3]*x509.Certificate
	for i, name := range names {
		key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), append(make([]byte, 31), byte(i+1)))
		if err != nil {
			return fmt.Errorf("make key: %w", err)
		}
		c := &x509.Certificate{SerialNumber: big.NewInt(int64(i + 1)), Subject: pkix.Name{CommonName: name, Organization: []string{"DEMO"}},
			NotBefore: day.AddDate(-1, 0, 0), NotAfter: day.AddDate(20, 0, 0), BasicConstraintsValid: true, IsCA: i < 2,
			KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign}
		if !c.IsCA {
			c.KeyUsage = x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment
			c.CRLDistributionPoints = []string{origin + "/pki/issuer.crl"}
		}
		parent, by := c, key
		if i > 0 {
			parent, by = issued[i-1], private[i-1]
		}
		der, err := x509.CreateCertificate(nil, c, parent, key.Public(), by)
		if err != nil {
			return fmt.Errorf("make certificate: %w", err)
		}
		if issued[i], err = x509.ParseCertificate(der); err != nil {
			return fmt.Errorf("make certificate: %w", err)
		}
		private[i] = key
	}
	e.root, e.key, e.chain = &private[0].PublicKey, private[2], []*x509.Certificate{issued[2], issued[1]}
	return nil
}

// prepare completes snapshots with what an intent knows of keys and design.
func (e *engine) prepare(people []registry.Snapshot) {
	chain := keys.ChainHash(e.chain)
	hashes := map[string]string{}
	for lang, t := range e.designs {
		hashes[lang] = t.PrefixSHA256()
	}
	for i := range people {
		s := &people[i]
		s.RecordKey, s.Template = e.keys.KID, e.designs[s.Languages[0]].ID()
		s.Hashes = registry.SnapshotHashes{Prefix: hashes[s.Languages[0]], Chain: chain}
	}
}

// make makes the three signatures of a snapshot and the whole file, over the
// memory of an earlier one, as a run does.
func (e *engine) make(m *mint.Mint, out *mint.Signed, s *registry.Snapshot) error {
	return m.SignTo(out, e.designs[s.Languages[0]], s, e.keys)
}

// one makes a single certificate.
func (e *engine) one(s *registry.Snapshot) (*mint.Signed, error) {
	out := &mint.Signed{}
	return out, e.make(&mint.Mint{}, out, s)
}

// verify checks each of the three signatures once.
func (e *engine) verify(m *mint.Mint, s *registry.Snapshot, signed *mint.Signed) error {
	return m.Verify(e.designs[s.Languages[0]], signed, &e.key.PublicKey)
}

// check reads a certificate as a stranger would: the strict check of the file,
// then the signatures of what is in it.
func (e *engine) check(s *registry.Snapshot, made *mint.Signed) error {
	signed, err := check.File(made.File.Bytes(), e.root)
	if err != nil {
		return fmt.Errorf("check file of %s: %w", s.Number, err)
	}
	if signed.Link != made.QR || !bytes.Equal(signed.Attachment, made.Token) || signed.SHA256 != made.File.SHA256 {
		return fmt.Errorf("check file of %s: it holds another's record", s.Number)
	}
	scan, err := record.ParseScan(made.QR)
	if err != nil {
		return fmt.Errorf("check code of %s: %w", s.Number, err)
	}
	message, err := record.Parse(scan.Record)
	if err != nil {
		return fmt.Errorf("check record of %s: %w", s.Number, err)
	}
	if claims := message.Claims(); claims.Name != s.Name || scan.Code != s.Code {
		return fmt.Errorf("check record of %s: it is another's", s.Number)
	}
	if err := message.Verify(&e.key.PublicKey, s.Code); err != nil {
		return fmt.Errorf("check record of %s: %w", s.Number, err)
	}
	if _, err := badge.Verify(string(made.Token), func(string) (*ecdsa.PublicKey, error) { return &e.key.PublicKey, nil }); err != nil {
		return fmt.Errorf("check token of %s: %w", s.Number, err)
	}
	return nil
}

// bare makes n signatures of a digest and nothing else.
func (e *engine) bare(n int) error {
	digest := sha256.Sum256([]byte("bare"))
	for i := range n {
		digest[0] = byte(i)
		if _, err := e.key.Sign(nil, digest[:], crypto.SHA256); err != nil {
			return fmt.Errorf("sign: %w", err)
		}
	}
	return nil
}

// secrets are key and chain as PEM, for the peers.
func (e *engine) secrets() (key, chain string, err error) {
	der, err := x509.MarshalPKCS8PrivateKey(e.key)
	if err != nil {
		return "", "", fmt.Errorf("write key: %w", err)
	}
	for _, c := range e.chain {
		chain += string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), chain, nil
}
