package keys

import (
	"bytes"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
)

const (
	metadataFile   = "keys.json"
	metadataFormat = 2
	plainFormat    = 1 // without a certificate from outside: earlier programs read it
	maxMetadata    = 16 << 20
)

// metadata is keys.json: everything about the keys that is not secret.
type metadata struct {
	Format       int     `json:"v"`
	Revision     int     `json:"revision"` // counts the changes
	Demo         bool    `json:"demo"`
	Sealed       bool    `json:"sealed"`
	Organization string  `json:"organization"`
	PublicURL    string  `json:"public_url"`
	DocumentAlg  string  `json:"document_alg"`
	Keys         []entry `json:"keys"`
}

type entry struct {
	KID           string    `json:"kid"`
	COSEKID       string    `json:"cose_kid,omitempty"` // hex
	Use           Use       `json:"use"`
	Issuer        string    `json:"issuer,omitempty"`
	Alg           string    `json:"alg"`
	Public        []byte    `json:"public,omitempty"`      // SubjectPublicKeyInfo, DER
	Certificate   []byte    `json:"certificate,omitempty"` // DER
	Issuers       [][]byte  `json:"issuers,omitempty"`     // DER, of a certificate from outside; see Key.Issuers
	Parent        string    `json:"parent,omitempty"`      // kid of the key that signed Certificate
	CRL           string    `json:"crl,omitempty"`         // file name of a CA's revocation list
	Statement     []byte    `json:"statement,omitempty"`   // the root's word on the key
	File          string    `json:"file"`
	SignFrom      time.Time `json:"sign_from"`
	SignUntil     time.Time `json:"sign_until,omitzero"`
	VerifyUntil   time.Time `json:"verify_until,omitzero"`
	CompromisedAt time.Time `json:"compromised_at,omitzero"`
}

func (m metadata) encode() ([]byte, error) {
	m.Format = max(m.Format, plainFormat)
	if slices.ContainsFunc(m.Keys, entry.external) { // an earlier program would take it for our own and renew it
		m.Format = max(m.Format, metadataFormat)
	}
	b, err := json.MarshalIndent(m, "", "  ")
	return append(b, '\n'), err
}

func (m metadata) clone() metadata {
	m.Keys = slices.Clone(m.Keys)
	return m
}

func decodeMetadata(b []byte) (metadata, error) {
	var m metadata
	d := json.NewDecoder(bytes.NewReader(b))
	if err := d.Decode(&m); err != nil {
		return m, damaged(metadataFile, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return m, damaged(metadataFile, fmt.Errorf("text after the document"))
	}
	if m.Format > metadataFormat {
		return m, registry.Fail(registry.Unavailable, "keys.newer", m.Format, metadataFormat)
	}
	if m.Format < plainFormat || len(m.Keys) == 0 {
		return m, damaged(metadataFile, fmt.Errorf("format %d, %d keys", m.Format, len(m.Keys)))
	}
	return m, nil
}

// key checks the entry and returns its public description.
func (e entry) key() (Key, error) {
	k := Key{KID: e.KID, Use: e.Use, Issuer: e.Issuer, Alg: e.Alg, SignFrom: e.SignFrom,
		SignUntil: e.SignUntil, VerifyUntil: e.VerifyUntil, CompromisedAt: e.CompromisedAt}
	if e.File == "" || e.File != filepath.Base(e.File) || strings.ContainsAny(e.File, `/\`) || strings.HasPrefix(e.File, ".") {
		return k, fmt.Errorf("file name %q", e.File)
	}
	if e.Use == IDHMAC {
		return k, nil
	}
	if _, known := terms[e.Use]; !known {
		return k, fmt.Errorf("use %q", e.Use)
	}
	var err error
	if k.Public, err = x509.ParsePKIXPublicKey(e.Public); err != nil {
		return k, err
	}
	sum, err := thumb(k.Public)
	if err != nil {
		return k, err
	}
	copy(k.COSEKID[:], sum[:])
	if kid, err := Thumbprint(k.Public); err != nil || kid != e.KID || hex.EncodeToString(k.COSEKID[:]) != e.COSEKID {
		return k, fmt.Errorf("kid %q does not belong to the key", e.KID)
	}
	if len(e.Certificate) > 0 {
		if k.Certificate, err = x509.ParseCertificate(e.Certificate); err != nil {
			return k, err
		}
	}
	for _, der := range e.Issuers {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return k, err
		}
		k.Issuers = append(k.Issuers, c)
	}
	if k.External() && (e.Use != PDFSigner || k.Certificate == nil || len(k.Issuers) >= maxChain) {
		return k, fmt.Errorf("issuers beside a %s key", e.Use)
	}
	return k, nil
}

func (e entry) external() bool { return len(e.Issuers) > 0 }

// damaged is the refusal for a file that cannot be what it should be.
func damaged(file string, cause error) error {
	return fmt.Errorf("%w: %v", registry.Fail(registry.Unavailable, "keys.damaged", file), cause)
}
