// Package trust is what a verifier without a network holds: the signed list of
// who may issue (the trust list) and the signed state of what was issued (the
// offline bundle), and the verdict that follows from both. A verifier pins one
// root key. Nothing here turns a missing, old or broken check into a yes, and
// nothing turns it into a no. docs/trust.md is the specification,
// docs/vectors/trust.json its test vectors.
package trust

import (
	"crypto"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"time"

	"github.com/passmuster/passmuster/internal/record/cose"
	"github.com/passmuster/passmuster/internal/registry"
)

// Longest lives of what is signed (docs/trust.md), kept by writers and
// readers alike.
const (
	PublisherLife = 90 * 24 * time.Hour
	ListLife      = 30 * 24 * time.Hour
	GeneralLife   = 24 * time.Hour
	CampLife      = 14 * 24 * time.Hour
)

// ClockSkew is how far a device's clock may be behind the newest signed time
// before it is said to be wrong: clocks of phones differ by minutes.
const ClockSkew = 5 * time.Minute

// Seen is what a verifier remembers of the past, so that nobody can make it
// forget: the highest numbers and the newest signed time that it has verified.
// The zero Seen remembers nothing.
type Seen struct {
	Publishers uint64
	List       uint64
	Bundle     uint64 // of the same kind and event as the bundle to be read
	Newest     time.Time
}

// With adds what was verified now; either may be nil.
func (s Seen) With(l *VerifiedList, b *VerifiedBundle) Seen {
	if l != nil {
		s.Publishers, s.List = max(s.Publishers, l.Publishers.Number), max(s.List, l.Number)
		s.Newest = later(s.Newest, l.IssuedAt)
	}
	if b != nil {
		s.Bundle, s.Newest = max(s.Bundle, b.Number), later(s.Newest, b.IssuedAt)
	}
	return s
}

// clockBehind reports whether now is before a time that somebody has signed.
func (s Seen) clockBehind(now time.Time) bool { return now.Before(s.Newest.Add(-ClockSkew)) }

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// document is one kind of signed document: its area in the catalogue, its
// external data (so that one is never taken for another), its size at most.
type document struct {
	area     string
	external string
	limits   cose.Limits
}

var (
	publishersDoc = document{"trust", "passmuster publishers v1", cose.Limits{Bytes: 64 << 10, Items: 256}}
	listDoc       = document{"trust", "passmuster trust list v1", cose.Limits{Bytes: 1 << 20, Items: 8192}}
	bundleDoc     = document{"bundle", "passmuster bundle v1", cose.Limits{Bytes: 64 << 20, Items: maxExceptions}}
)

func (d document) fail(kind registry.Kind, what string, args ...any) error {
	return fmt.Errorf("read %s: %w", d.external, registry.Fail(kind, d.area+"."+what, args...))
}

// sign encodes payload and signs it.
func (d document) sign(payload any, key crypto.Signer) ([]byte, error) {
	b, err := cose.Encode(payload)
	if err != nil {
		return nil, fmt.Errorf("sign %s: %w", d.external, err)
	}
	pub, _ := key.Public().(*ecdsa.PublicKey)
	kid, err := cose.KID(pub)
	if err != nil {
		return nil, fmt.Errorf("sign %s: %w", d.external, err)
	}
	msg, err := cose.Sign(b, kid, []byte(d.external), key)
	if err != nil {
		return nil, fmt.Errorf("sign %s: %w", d.external, err)
	}
	if len(msg) > d.limits.Bytes {
		return nil, fmt.Errorf("sign %s: %d bytes, at most %d", d.external, len(msg), d.limits.Bytes)
	}
	return msg, nil
}

// parse reads the message, not yet its payload.
func (d document) parse(b []byte) (*cose.Message, error) {
	msg, err := cose.Parse(b, d.limits.Bytes)
	if err != nil {
		return nil, d.refuse(err)
	}
	return msg, nil
}

// decode reads the payload of a message into v.
func (d document) decode(msg *cose.Message, v any) error {
	if err := cose.Decode(msg.Payload, v, d.limits); err != nil {
		return d.refuse(err)
	}
	return nil
}

func (d document) verify(msg *cose.Message, key *ecdsa.PublicKey) error {
	if err := msg.Verify(key, []byte(d.external)); err != nil {
		return d.fail(registry.Invalid, "signature")
	}
	return nil
}

// refuse turns a decoder's error into a refusal that people can read.
func (d document) refuse(err error) error {
	what := "malformed"
	if errors.Is(err, cose.ErrUnknown) {
		what = "newer"
	}
	return fmt.Errorf("%w (%v)", d.fail(registry.Invalid, what), err)
}

// wrong says that a signed document contradicts itself: it would be malformed
// whoever signed it. Writers get the same refusal before they sign.
func (d document) wrong(what string) error {
	return fmt.Errorf("%w (%s)", d.fail(registry.Invalid, "malformed"), what)
}

// Times are signed as whole seconds since 1970; 0 is never a time of ours, and
// nil is no time.

func seconds(t time.Time) uint64 { return uint64(max(t.Unix(), 0)) }

func instant(s uint64) time.Time { return time.Unix(int64(min(s, maxSeconds)), 0).UTC() }

// maxSeconds is the year 9999: what comes later cannot be written as a date.
const maxSeconds = 253402300799

func optSeconds(t time.Time) *uint64 {
	if t.IsZero() {
		return nil
	}
	s := seconds(t)
	return &s
}

func optInstant(s *uint64) time.Time {
	if s == nil {
		return time.Time{}
	}
	return instant(*s)
}
