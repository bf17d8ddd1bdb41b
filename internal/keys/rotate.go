package keys

import (
	"time"

	"github.com/passmuster/passmuster/internal/registry"
)

// Rotate replaces the signing key of a use (and, for Record, of an issuer) at
// once. What the old key signed stays valid; a compromised key is replaced the
// same way. A new PDF CA brings a new document signer and a revocation list of
// its own, unless a certificate from outside signs documents. A new document
// signer is always certified by the registry itself. Root and id key cannot be rotated ("keys.fixed"): verifiers hold
// the one, stored hashes need the other.
func (r *Ring) Rotate(use Use, issuer string, now time.Time) (Key, error) {
	if _, known := terms[use]; !known || use == Root {
		return Key{}, registry.Fail(registry.Invalid, "keys.fixed", use)
	}
	now = now.UTC().Truncate(time.Second)
	var kid string
	err := r.update(func(c *change) error {
		if use == Record && c.latest(use, issuer) == nil {
			return registry.Fail(registry.NotFound, "keys.no_issuer", issuer)
		}
		e, err := c.replace(use, issuer, now)
		if err != nil {
			return err
		}
		kid = e.KID
		if last := c.latest(PDFSigner, ""); use == PDFCA && (last == nil || !last.external()) {
			_, err = c.replace(PDFSigner, "", now)
		}
		return err
	})
	if err != nil {
		return Key{}, err
	}
	k, _ := r.seen().find(kid)
	return k, nil
}

// replace ends every key of the use and issuer now and adds a new one.
func (c *change) replace(use Use, issuer string, now time.Time) (*entry, error) {
	for i := range c.meta.Keys {
		if e := &c.meta.Keys[i]; e.Use == use && e.Issuer == issuer {
			e.end(now)
		}
	}
	return c.add(use, issuer, now)
}

// MarkCompromised notes that somebody else may sign with the key since the
// time. It never signs again; the trust list tells verifiers, and for a
// document signer the CRL. Of two marks the earlier time counts.
func (r *Ring) MarkCompromised(kid string, at time.Time) error {
	return r.update(func(c *change) error {
		e := c.meta.entry(kid)
		if e.KID == "" {
			return registry.Fail(registry.NotFound, "keys.unknown", kid)
		}
		if e.Use == IDHMAC {
			return registry.Fail(registry.Invalid, "keys.fixed", e.Use)
		}
		at = at.UTC().Truncate(time.Second)
		if e.CompromisedAt.IsZero() || at.Before(e.CompromisedAt) {
			e.CompromisedAt = at
		}
		if e.Use == Publisher {
			return c.forgetStatements(at)
		}
		return nil
	})
}

// forgetStatements makes the root speak again about the publishers, where it is
// present: its last word may still name the compromised one.
func (c *change) forgetStatements(at time.Time) error {
	if _, _, err := c.parentOf(Publisher, at); err != nil {
		return nil // the root is away: it has to be brought before the next list
	}
	for i := range c.meta.Keys {
		if c.meta.Keys[i].Use == Publisher {
			c.meta.Keys[i].Statement = nil
		}
	}
	return nil
}

// SetDocumentKey says what kind of key signs documents from the next rotation
// on: P-256, or RSA-2048. It changes nothing until then.
func (r *Ring) SetDocumentKey(rsa bool) error {
	alg := ES256
	if rsa {
		alg = RS256
	}
	if s, err := r.fresh(); err != nil || s.meta.DocumentAlg == alg {
		return err
	}
	return r.update(func(c *change) error {
		c.meta.DocumentAlg = alg
		return nil
	})
}

// SetPublicURL changes the origin that certificates made from now on point to.
func (r *Ring) SetPublicURL(url string) error {
	return r.update(func(c *change) error {
		c.meta.PublicURL = trimURL(url)
		return nil
	})
}
