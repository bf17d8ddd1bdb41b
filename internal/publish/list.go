package publish

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/trust"
)

// keysChanged compares what the list says of keys with what it would say now:
// rotation happens outside the store.
func (s *Service) keysChanged(ctx context.Context, tx *store.Tx, last store.Publication) (bool, error) {
	state := s.keyState(last)
	if done := s.compared.Load(); done != nil && *done == state {
		return false, nil // this runs every second: nothing happened since the last time
	}
	listed, err := s.parse(last.Body)
	if err != nil {
		return true, nil // signed by a publisher that is no longer: make a new one
	}
	now, _, err := s.compose(ctx, tx, s.Now().UTC().Truncate(time.Second))
	if err != nil {
		return false, err
	}
	same := slices.Equal(listed.Origins, now.Origins) && bytes.Equal(listed.Statement, now.Statement) &&
		slices.EqualFunc(byCode(listed.Issuers), byCode(now.Issuers), sameIssuer) && slices.EqualFunc(listed.Signers, now.Signers, sameSigner)
	if same {
		s.compared.Store(&state)
	}
	return !same, nil
}

// keyState names a list and what the ring says of its keys: equal states need
// one comparison.
func (s *Service) keyState(last store.Publication) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s", last.Number, s.Origin)
	for _, k := range s.Keys.List() {
		fmt.Fprintf(&b, " %s %d %d %d", k.KID, k.SignUntil.Unix(), k.VerifyUntil.Unix(), k.CompromisedAt.Unix())
	}
	return b.String()
}

// byCode sorts a copy: a list comes back in an order of its own.
func byCode(list []trust.Issuer) []trust.Issuer {
	return slices.SortedFunc(slices.Values(list), func(a, b trust.Issuer) int { return strings.Compare(a.Code, b.Code) })
}

func sameIssuer(a, b trust.Issuer) bool {
	return a.Code == b.Code && len(a.Keys) == len(b.Keys) && !slices.ContainsFunc(a.Keys, func(k trust.IssuerKey) bool {
		return !slices.ContainsFunc(b.Keys, func(o trust.IssuerKey) bool {
			return k.Public.Equal(o.Public) && sameTime(k.SignUntil, o.SignUntil) && sameTime(k.VerifyUntil, o.VerifyUntil) && sameTime(k.CompromisedAt, o.CompromisedAt)
		})
	})
}

func sameSigner(a, b trust.Signer) bool {
	return a.Chain == b.Chain && sameTime(a.CompromisedAt, b.CompromisedAt)
}

// sameTime compares as a list does, in whole seconds.
func sameTime(a, b time.Time) bool {
	return a.UTC().Truncate(time.Second).Equal(b.UTC().Truncate(time.Second))
}

func (s *Service) parse(body []byte) (*trust.VerifiedList, error) {
	roots := s.Keys.Keys(keys.Root)
	if len(roots) == 0 {
		return nil, registry.Fail(registry.Unavailable, "keys.missing")
	}
	root, ok := roots[len(roots)-1].Public.(*ecdsa.PublicKey)
	if !ok {
		return nil, registry.Fail(registry.Unavailable, "keys.damaged", "root")
	}
	return trust.ParseList(body, root, trust.Seen{}, s.Now())
}

// list makes the trust list.
func (s *Service) list(ctx context.Context, tx *store.Tx, number uint64, now, until time.Time) ([]byte, error) {
	l, signer, err := s.compose(ctx, tx, now)
	if err != nil {
		return nil, err
	}
	l.Number, l.IssuedAt, l.ValidUntil = number, now, until
	return trust.SignList(l, signer)
}

// compose gathers what the trust list says at the time: the scheme owners and
// their keys. The list is issued at that same time, by a key that signs then.
func (s *Service) compose(ctx context.Context, tx *store.Tx, now time.Time) (trust.List, crypto.Signer, error) {
	l := trust.List{Origins: []string{s.Origin}}
	organizations, err := tx.Organizations(ctx)
	if err != nil {
		return l, nil, err
	}
	publisher, signer, err := s.Keys.Publisher(now)
	if err != nil {
		return l, nil, err
	}
	if l.Statement, err = s.statement(publisher, now); err != nil {
		return l, nil, err
	}
	if roots := s.Keys.Keys(keys.Root); len(roots) > 0 {
		l.Root, _ = roots[len(roots)-1].Public.(*ecdsa.PublicKey)
	}
	for _, o := range organizations {
		if issuer := s.issuer(o); len(issuer.Keys) > 0 {
			l.Issuers = append(l.Issuers, issuer)
		}
	}
	for _, o := range s.Keys.Outsides() {
		l.Signers = append(l.Signers, trust.Signer{Chain: keys.ChainSum(o.Chain), CompromisedAt: o.CompromisedAt})
	}
	return l, signer, nil
}

func (s *Service) issuer(o registry.Organization) trust.Issuer {
	issuer := trust.Issuer{Code: o.Code, Name: o.Name}
	for _, k := range s.Keys.RecordKeys() {
		if public, ok := k.Public.(*ecdsa.PublicKey); ok && k.Issuer == o.Code {
			issuer.Keys = append(issuer.Keys, trust.IssuerKey{Public: public, SignFrom: k.SignFrom, SignUntil: k.SignUntil,
				VerifyUntil: k.VerifyUntil, CompromisedAt: k.CompromisedAt})
		}
	}
	return issuer
}

// statement is the root's word on the publishers, made once for each of them and
// kept, so that lists go on being signed while the root is offline. Its number
// grows with the time at which it is made.
func (s *Service) statement(publisher keys.Key, now time.Time) ([]byte, error) {
	return s.Keys.Statement(publisher.KID, func(_, _ keys.Key, by crypto.Signer) ([]byte, error) {
		p := trust.Publishers{Number: uint64(now.Unix()), IssuedAt: now}
		for _, k := range s.Keys.Keys(keys.Publisher) {
			public, ok := k.Public.(*ecdsa.PublicKey)
			if !ok {
				continue
			}
			if !k.CompromisedAt.IsZero() {
				sum, err := base64.RawURLEncoding.DecodeString(k.KID)
				if err != nil || len(sum) != 32 {
					return nil, fmt.Errorf("read kid %s: %w", k.KID, err)
				}
				p.Revoked = append(p.Revoked, trust.RevokedKey{Thumbprint: [32]byte(sum), At: k.CompromisedAt})
				continue
			}
			if !k.SignUntil.After(k.SignFrom) {
				continue // replaced within the second in which it was made: it signed nothing
			}
			p.Keys = append(p.Keys, trust.PublisherKey{Public: public, From: k.SignFrom, Until: k.SignUntil})
		}
		return trust.SignPublishers(p, by)
	})
}
