package trust

import (
	"crypto"
	"crypto/ecdsa"
	"time"

	"github.com/passmuster/passmuster/internal/record/cose"
	"github.com/passmuster/passmuster/internal/registry"
)

// Publishers is the root's statement on who may sign lists and bundles. It is
// signed by the root, so that a stolen publisher key cannot take itself off it.
type Publishers struct {
	Number   uint64 // grows with each statement
	IssuedAt time.Time
	Keys     []PublisherKey
	Revoked  []RevokedKey
}

// PublisherKey may sign documents whose issue time is in [From, Until).
type PublisherKey struct {
	Public      *ecdsa.PublicKey
	From, Until time.Time // at most PublisherLife apart
}

// RevokedKey is a publisher key that is not to be believed any more.
type RevokedKey struct {
	Thumbprint [32]byte // RFC 7638
	At         time.Time
}

type wirePublishers struct {
	Number   uint64          `cbor:"1,keyasint"`
	IssuedAt uint64          `cbor:"2,keyasint"`
	Keys     []wirePublisher `cbor:"3,keyasint"`
	Revoked  []wireRevoked   `cbor:"4,keyasint"`
}

type wirePublisher struct {
	_           struct{} `cbor:",toarray"`
	Point       []byte
	From, Until uint64
}

type wireRevoked struct {
	_          struct{} `cbor:",toarray"`
	Thumbprint []byte
	At         uint64
}

// SignPublishers makes the statement; root is the pinned key.
func SignPublishers(p Publishers, root crypto.Signer) ([]byte, error) {
	w := wirePublishers{Number: p.Number, IssuedAt: seconds(p.IssuedAt)}
	for _, k := range p.Keys {
		point, err := cose.Point(k.Public)
		if err != nil {
			return nil, err
		}
		w.Keys = append(w.Keys, wirePublisher{Point: point, From: seconds(k.From), Until: seconds(k.Until)})
	}
	for _, r := range p.Revoked {
		w.Revoked = append(w.Revoked, wireRevoked{Thumbprint: r.Thumbprint[:], At: seconds(r.At)})
	}
	if _, err := w.publishers(); err != nil {
		return nil, err
	}
	return publishersDoc.sign(w, root)
}

// parsePublishers reads the statement and checks it against the root.
func parsePublishers(b []byte, root *ecdsa.PublicKey) (Publishers, error) {
	msg, err := publishersDoc.parse(b)
	if err != nil {
		return Publishers{}, err
	}
	if err := publishersDoc.verify(msg, root); err != nil {
		return Publishers{}, err
	}
	var w wirePublishers
	if err := publishersDoc.decode(msg, &w); err != nil {
		return Publishers{}, err
	}
	return w.publishers()
}

func (w wirePublishers) publishers() (Publishers, error) {
	p := Publishers{Number: w.Number, IssuedAt: instant(w.IssuedAt)}
	known := map[[4]byte]bool{}
	for _, k := range w.Keys {
		pub, err := cose.ParsePoint(k.Point)
		if err != nil {
			return p, publishersDoc.wrong("a publisher key is no point of P-256")
		}
		kid, err := cose.KID(pub)
		if err != nil || known[kid] {
			return p, publishersDoc.wrong("two publisher keys with one kid")
		}
		known[kid] = true
		key := PublisherKey{pub, instant(k.From), instant(k.Until)}
		if !key.From.Before(key.Until) || key.Until.Sub(key.From) > PublisherLife {
			return p, publishersDoc.wrong("a publisher key does not live 1 second to 90 days")
		}
		p.Keys = append(p.Keys, key)
	}
	for _, r := range w.Revoked {
		if len(r.Thumbprint) != 32 {
			return p, publishersDoc.wrong("a thumbprint has not 32 bytes")
		}
		p.Revoked = append(p.Revoked, RevokedKey{[32]byte(r.Thumbprint), instant(r.At)})
	}
	if p.Number == 0 || w.IssuedAt == 0 || len(p.Keys) == 0 {
		return p, publishersDoc.wrong("no number, no time or no key")
	}
	return p, nil
}

// verify checks that a publisher of the statement signed the message.
func (p Publishers) verify(msg *cose.Message, d document) (PublisherKey, error) {
	for _, k := range p.Keys {
		if kid, err := cose.KID(k.Public); err == nil && kid == msg.KID {
			return k, d.verify(msg, k.Public)
		}
	}
	return PublisherKey{}, d.fail(registry.Invalid, "publisher")
}

// mayIssue refuses a document issued at t by a key that was not to sign then,
// or is not to be believed any more.
func (p Publishers) mayIssue(k PublisherKey, t time.Time, d document) error {
	full, err := cose.Thumbprint(k.Public)
	if err != nil || t.Before(k.From) || !t.Before(k.Until) || p.revoked(full) {
		return d.fail(registry.Invalid, "publisher")
	}
	return nil
}

func (p Publishers) revoked(thumbprint [32]byte) bool {
	for _, r := range p.Revoked {
		if r.Thumbprint == thumbprint {
			return true
		}
	}
	return false
}
