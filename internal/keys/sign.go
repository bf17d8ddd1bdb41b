package keys

import (
	"crypto"
	"errors"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
)

// Record returns the key that signs the issuer's QR records and badges now. A
// key about to end gets a successor 30 days ahead, so that verifiers know the
// new key before anything is signed with it. Refusals: keys.no_issuer (see
// EnsureIssuer), keys.compromised, keys.absent.
func (r *Ring) Record(issuer string, now time.Time) (Key, crypto.Signer, error) {
	return r.signing(Record, issuer, now)
}

// Token returns the key that signs access tokens now.
func (r *Ring) Token(now time.Time) (Key, crypto.Signer, error) {
	return r.signing(Token, "", now)
}

// Publisher returns the key that signs trust list, bundle and status lists now.
// It renews itself from the root when less than 30 days are left and the root
// is present; without the root it signs to its end, then "keys.root_absent".
func (r *Ring) Publisher(now time.Time) (Key, crypto.Signer, error) {
	return r.signing(Publisher, "", now)
}

// Root returns the root key, or "keys.root_absent" while its file is kept
// elsewhere.
func (r *Ring) Root() (Key, crypto.Signer, error) {
	s, err := r.fresh()
	if err != nil {
		return Key{}, nil, err
	}
	for i, k := range s.keys {
		if k.Use != Root {
			continue
		}
		if !k.CompromisedAt.IsZero() {
			return Key{}, nil, registry.Fail(registry.Unavailable, "keys.compromised", Root)
		}
		if s.secrets[k.KID] == nil {
			return Key{}, nil, absent(Root, s.meta.Keys[i].File)
		}
		return k, signer{s.secrets[k.KID]}, nil
	}
	return Key{}, nil, registry.Fail(registry.Unavailable, "keys.no_key", Root)
}

// EnsureIssuer returns the record key of the issuer, and makes one if it never
// had any.
func (r *Ring) EnsureIssuer(issuer string, now time.Time) (Key, error) {
	k, _, err := r.Record(issuer, now)
	if !errors.Is(err, registry.NotFound) {
		return k, err
	}
	err = r.update(func(c *change) error {
		if c.latest(Record, issuer) != nil {
			return nil // another process was faster
		}
		_, err := c.add(Record, issuer, now.UTC().Truncate(time.Second))
		return err
	})
	if err != nil {
		return Key{}, err
	}
	k, _, err = r.Record(issuer, now)
	return k, err
}

// Statement returns the root's word on a key: bytes in the caller's format,
// made by sign once, while the root is present, and kept with the key. So the
// trust list can be renewed for the life of the publisher key while the root is
// offline. Refusals: keys.unknown, keys.root_absent.
func (r *Ring) Statement(kid string, sign func(subject, root Key, by crypto.Signer) ([]byte, error)) ([]byte, error) {
	s, err := r.fresh()
	if err != nil {
		return nil, err
	}
	subject, found := s.find(kid)
	if !found {
		return nil, registry.Fail(registry.NotFound, "keys.unknown", kid)
	}
	if b := s.meta.entry(kid).Statement; len(b) > 0 {
		return b, nil
	}
	root, by, err := r.Root()
	if err != nil {
		return nil, err
	}
	statement, err := sign(subject, root, by)
	if err != nil {
		return nil, err
	}
	err = r.update(func(c *change) error {
		c.meta.entry(kid).Statement = statement
		return nil
	})
	return statement, err
}

// signing returns the key of the use and issuer that signs now, renewed when
// it is time.
func (r *Ring) signing(use Use, issuer string, now time.Time) (Key, crypto.Signer, error) {
	s, err := r.fresh()
	if err != nil {
		return Key{}, nil, err
	}
	k, ok := s.signs(use, issuer, now)
	if !ok || due(k, now) && s.renewable(use, issuer, now) {
		if err := r.renew(use, issuer, now); err == nil {
			s = r.seen()
			k, ok = s.signs(use, issuer, now)
		} else if !ok {
			return Key{}, nil, err
		} // else the key serves to its end: the root is offline, or the directory is mounted read-only
	}
	if !ok {
		return Key{}, nil, registry.Fail(registry.Unavailable, "keys.no_key", use)
	}
	if s.secrets[k.KID] == nil {
		return Key{}, nil, absent(use, s.meta.entry(k.KID).File)
	}
	return k, signer{s.secrets[k.KID]}, nil
}

func due(k Key, now time.Time) bool { return k.SignUntil.Sub(now) < lead }

// signs returns the key of the use and issuer that signs at the time; of
// several, the newest.
func (s *state) signs(use Use, issuer string, now time.Time) (found Key, ok bool) {
	for _, k := range s.keys {
		if k.Use == use && k.Issuer == issuer && k.Status(now) == Signing && (!ok || !k.SignFrom.Before(found.SignFrom)) {
			found, ok = k, true
		}
	}
	return found, ok
}

// latest returns the newest key of a use that has no issuers, whatever its state.
func (s *state) latest(use Use) (found Key, ok bool) {
	for _, k := range s.keys {
		if k.Use == use && (!ok || !k.SignFrom.Before(found.SignFrom)) {
			found, ok = k, true
		}
	}
	return found, ok
}

// renewable reports whether a successor is wanted and can be made here: none is
// announced, and the key that must certify it is present.
func (s *state) renewable(use Use, issuer string, now time.Time) bool {
	for _, k := range s.keys {
		if k.Use == use && k.Issuer == issuer && k.Status(now) == Pending {
			return false
		}
	}
	if last, ok := s.latest(use); ok && last.External() {
		return false
	}
	parent, needed := terms[use].parent, terms[use].parent != ""
	if !needed {
		return true
	}
	k, ok := s.signs(parent, "", now)
	return ok && k.Present
}

// renew makes the next key of the use and issuer. It never replaces a
// compromised key: that is a person's decision (Rotate).
func (r *Ring) renew(use Use, issuer string, now time.Time) error {
	return r.update(func(c *change) error {
		last := c.latest(use, issuer)
		switch {
		case last == nil && use == Record:
			return registry.Fail(registry.NotFound, "keys.no_issuer", issuer)
		case last == nil:
			return registry.Fail(registry.Unavailable, "keys.no_key", use)
		case !last.CompromisedAt.IsZero():
			return registry.Fail(registry.Unavailable, "keys.compromised", use)
		case last.external():
			return ended(last)
		case now.Before(last.SignFrom) && c.newest(use, issuer, now) == nil:
			return registry.Fail(registry.Unavailable, "keys.not_yet", use, last.SignFrom.Format(time.RFC3339))
		case now.Before(last.SignUntil) && last.SignUntil.Sub(now) >= lead:
			return nil // another process was faster
		}
		return c.succeed(last, now)
	})
}

// ended is the refusal for a certificate from outside whose time is over.
func ended(e *entry) error {
	return registry.Fail(registry.Unavailable, "keys.external_ended", e.SignUntil.UTC().Format(time.RFC3339))
}

// succeed adds the successor of a key. A record key is followed at its end,
// every other key at once.
func (c *change) succeed(last *entry, now time.Time) error {
	from := now.UTC().Truncate(time.Second)
	if last.Use == Record && now.Before(last.SignUntil) {
		from = last.SignUntil
	} else {
		last.end(from)
	}
	_, err := c.add(last.Use, last.Issuer, from)
	return err
}

// end lets the key sign no more from the time on. The certificate of a document
// signer keeps its own end, and what a record key signed counts for ever.
func (e *entry) end(at time.Time) {
	if !at.Before(e.SignUntil) {
		return
	}
	e.SignUntil = at
	if e.SignFrom.After(at) { // announced, will never sign
		e.SignFrom = at
	}
	if len(e.Certificate) == 0 && !e.VerifyUntil.IsZero() {
		e.VerifyUntil = at.Add(terms[e.Use].after)
	}
}

// latest returns the newest key of the use and issuer, whatever its state.
func (c *change) latest(use Use, issuer string) *entry {
	var found *entry
	for i := range c.meta.Keys {
		e := &c.meta.Keys[i]
		if e.Use == use && e.Issuer == issuer && (found == nil || !e.SignFrom.Before(found.SignFrom)) {
			found = e
		}
	}
	return found
}

// entry returns the entry of the kid, which the caller knows to exist.
func (m *metadata) entry(kid string) *entry {
	for i := range m.Keys {
		if m.Keys[i].KID == kid {
			return &m.Keys[i]
		}
	}
	return &entry{}
}
