package keys

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
)

// Import makes a candidate the document signer from now on, to the end of its
// leaf. The signers before it sign no more; what they signed stays valid. It is
// never renewed by itself. A candidate that signed here before takes up its work
// again. Refusals: keyfile.demo, keyfile.again (its key is known with another
// certificate, or signs now), keys.compromised.
func (r *Ring) Import(c *Candidate, now time.Time) (Key, error) {
	now = now.UTC().Truncate(time.Second)
	var kid string
	err := r.update(func(ch *change) error {
		e, err := ch.admit(c, now)
		if err != nil {
			return err
		}
		kid = e.KID
		return ch.seat(e, c, now)
	})
	if err != nil {
		return Key{}, err
	}
	k, _ := r.seen().find(kid)
	return k, nil
}

// Admits says whether Import would take the candidate, and changes nothing.
func (r *Ring) Admits(c *Candidate, now time.Time) error {
	s, err := r.fresh()
	if err != nil {
		return err
	}
	_, err = (&change{meta: s.meta.clone()}).admit(c, now.UTC().Truncate(time.Second))
	return err
}

// admit returns the entry that the candidate will have.
func (c *change) admit(in *Candidate, now time.Time) (entry, error) {
	leaf := in.Chain[0]
	if c.meta.Demo && !strings.Contains(leaf.Subject.String(), "DEMO") {
		return entry{}, unfit("demo", nameOf(leaf))
	}
	sum, err := thumb(leaf.PublicKey)
	if err != nil {
		return entry{}, err
	}
	e := entry{KID: base64.RawURLEncoding.EncodeToString(sum[:]), COSEKID: hex.EncodeToString(sum[:4]), Use: PDFSigner, Alg: in.Alg,
		Certificate: leaf.Raw, SignFrom: now, SignUntil: in.Until, VerifyUntil: in.Until}
	e.File = fmt.Sprintf("%s-%s.key", PDFSigner, e.COSEKID)
	if e.Public, err = x509.MarshalPKIXPublicKey(leaf.PublicKey); err != nil {
		return entry{}, fmt.Errorf("import key: %w", err)
	}
	for _, up := range in.Chain[1:] {
		e.Issuers = append(e.Issuers, up.Raw)
	}
	at := slices.IndexFunc(c.meta.Keys, func(o entry) bool { return o.COSEKID == e.COSEKID })
	if at < 0 {
		return e, nil
	}
	switch old := c.meta.Keys[at]; {
	case !old.CompromisedAt.IsZero():
		return entry{}, registry.Fail(registry.Conflict, "keys.compromised", old.Use)
	case !old.same(e) || old.signs(now):
		return entry{}, registry.Fail(registry.Conflict, "keyfile.again", nameOf(leaf), old.Use)
	}
	return e, nil
}

// same reports whether two entries have the same key under the same chain.
func (e entry) same(o entry) bool {
	return e.KID == o.KID && bytes.Equal(e.Certificate, o.Certificate) && slices.EqualFunc(e.Issuers, o.Issuers, bytes.Equal)
}

// seat ends the signers before and puts the entry last.
func (c *change) seat(e entry, in *Candidate, now time.Time) error {
	der, err := x509.MarshalPKCS8PrivateKey(in.key)
	if err != nil {
		return fmt.Errorf("import key: %w", err)
	}
	c.meta.Keys = slices.DeleteFunc(c.meta.Keys, func(o entry) bool { return o.KID == e.KID })
	for i := range c.meta.Keys {
		if o := &c.meta.Keys[i]; o.Use == PDFSigner {
			o.end(now)
		}
	}
	c.files[e.File] = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	c.secrets[e.KID] = in.key
	c.meta.Keys = append(c.meta.Keys, e)
	return nil
}

// SHA256 is the fingerprint of the leaf, as viewers show it, in hex.
func (c *Candidate) SHA256() string {
	sum := sha256.Sum256(c.Chain[0].Raw)
	return hex.EncodeToString(sum[:])
}

// EndsSoon reports whether less than 30 days of the candidate are left.
func (c *Candidate) EndsSoon(now time.Time) bool { return c.Until.Sub(now) < lead }
