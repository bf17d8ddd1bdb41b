// Package share lets a holder show a certificate to others without giving it out
// of his hands: he makes a share from his private page, sees those that last, and
// takes one or all of them back. Whoever has the private link is the holder;
// nobody else makes a share, and nobody is told who looked at one. What a share
// answers is verification's part (verify.Service.Share).
package share

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// Service keeps the shares of holders.
type Service struct {
	DB     *store.DB
	Keys   *keys.Ring
	Now    func() time.Time
	Origin string // of links; no request can change it
}

// Share is one share as its holder sees it.
type Share struct {
	registry.Share
	Code registry.ShareCode
	Of   registry.Credential // what it shows
}

// URL is where the share leads, "https://HOST/s/CODE".
func (s *Service) URL(code registry.ShareCode) string { return s.Origin + "/s/" + string(code) }

// holder is who has a private link: his enrolment and its newest certificate.
type holder struct {
	enrolment  registry.Enrolment
	credential *registry.Credential // nil: not issued yet
}

// holderOf finds the holder of a private link, and whether there is something to
// share. An unknown link is NotFound, "holder.unknown", and so is that of a
// person who was removed.
func holderOf(ctx context.Context, tx *store.Tx, token string) (h holder, err error) {
	if h.enrolment, err = tx.EnrolmentByLink(ctx, access.TokenHash(token)); err != nil {
		return h, unknown(err)
	}
	c, err := tx.CredentialOfEnrolment(ctx, h.enrolment.ID)
	if errors.Is(err, registry.NotFound) {
		return h, nil
	}
	if err != nil {
		return h, err
	}
	if c.Erased() {
		return h, registry.Fail(registry.NotFound, "holder.unknown")
	}
	if c.State != registry.StateQueued {
		h.credential = &c
	}
	return h, nil
}

func unknown(err error) error {
	if errors.Is(err, registry.NotFound) {
		return registry.Fail(registry.NotFound, "holder.unknown")
	}
	return err
}

// Shares lists the holder's shares that last, newest first.
func (s *Service) Shares(ctx context.Context, token string) ([]Share, error) {
	var list []Share
	err := s.DB.Read(ctx, func(tx *store.Tx) error {
		h, err := holderOf(ctx, tx, token)
		if err != nil {
			return err
		}
		list, err = s.lasting(ctx, tx, h)
		return err
	})
	return list, err
}

func (s *Service) lasting(ctx context.Context, tx *store.Tx, h holder) ([]Share, error) {
	stored, err := tx.Shares(ctx, h.enrolment.ID, s.Now())
	if err != nil {
		return nil, err
	}
	list := make([]Share, len(stored))
	for i, each := range stored {
		if list[i], err = s.describe(ctx, tx, h, each); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// describe adds what the holder sees of a share. One of a certificate that was
// replaced still shows that one.
func (s *Service) describe(ctx context.Context, tx *store.Tx, h holder, stored registry.Share) (Share, error) {
	out := Share{Share: stored, Code: access.ShareCode(s.Keys, stored.ID)}
	if h.credential != nil && h.credential.ID == stored.Credential {
		out.Of = *h.credential
		return out, nil
	}
	var err error
	if out.Of, err = tx.Credential(ctx, stored.Credential); err != nil {
		return out, fmt.Errorf("read what share %s shows: %w", stored.ID, err)
	}
	return out, nil
}

// Find returns one of the holder's shares that last, to draw its picture again;
// one that is not, or no longer, his is NotFound, "share.unknown".
func (s *Service) Find(ctx context.Context, token string, id registry.ID) (Share, error) {
	list, err := s.Shares(ctx, token)
	if err != nil {
		return Share{}, err
	}
	for _, each := range list {
		if each.ID == id {
			return each, nil
		}
	}
	return Share{}, registry.Fail(registry.NotFound, "share.unknown")
}

// Make makes a share of the holder's certificate that lasts so many days, one of
// registry.ShareDays.
func (s *Service) Make(ctx context.Context, token string, days int) (Share, error) {
	return s.make(ctx, token, days, false)
}

// Latest returns the newest share of the certificate as it is now, and makes one
// for the usual time if there is none.
func (s *Service) Latest(ctx context.Context, token string) (Share, error) {
	return s.make(ctx, token, registry.ShareDefaultDays, true)
}

func (s *Service) make(ctx context.Context, token string, days int, any bool) (Share, error) {
	var made Share
	err := s.DB.Tx(ctx, func(tx *store.Tx) error {
		h, err := holderOf(ctx, tx, token)
		if err != nil {
			return err
		}
		if h.credential == nil {
			return registry.Fail(registry.NotFound, "holder.no_certificate")
		}
		list, err := s.lasting(ctx, tx, h)
		if err != nil {
			return err
		}
		for _, each := range list {
			if any && each.Credential == h.credential.ID {
				made = each
				return nil
			}
		}
		made, err = s.add(ctx, tx, h, days, len(list))
		return err
	})
	return made, err
}

func (s *Service) add(ctx context.Context, tx *store.Tx, h holder, days, live int) (Share, error) {
	now := s.Now().UTC().Truncate(time.Second)
	fresh, err := registry.NewShare(*h.credential, days, live, now)
	if err != nil {
		return Share{}, err
	}
	fresh.ID = store.NewID()
	made := Share{Share: fresh, Code: access.ShareCode(s.Keys, fresh.ID), Of: *h.credential}
	if err := tx.RemoveEndedShares(ctx, h.enrolment.ID, now); err != nil {
		return Share{}, err
	}
	if err := tx.AddShare(ctx, fresh, access.TokenHash(string(made.Code))); err != nil {
		return Share{}, err
	}
	return made, audit(ctx, tx, h, "share.make", now, map[string]string{"share": string(fresh.ID)})
}

// Revoke takes a share of the holder back: from now on it leads nowhere. Taking
// it back twice changes nothing.
func (s *Service) Revoke(ctx context.Context, token string, id registry.ID) error {
	return s.remove(ctx, token, func(tx *store.Tx, h holder) (map[string]string, error) {
		was, err := tx.RemoveShare(ctx, h.enrolment.ID, id)
		if err != nil || !was {
			return nil, err
		}
		return map[string]string{"share": string(id)}, nil
	})
}

// RevokeAll takes all shares of the holder back.
func (s *Service) RevokeAll(ctx context.Context, token string) error {
	return s.remove(ctx, token, func(tx *store.Tx, h holder) (map[string]string, error) {
		n, err := tx.RemoveShares(ctx, h.enrolment.ID)
		if err != nil || n == 0 {
			return nil, err
		}
		return map[string]string{"shares": fmt.Sprint(n)}, nil
	})
}

// remove runs a removal, which returns the detail of its audit row, nil where
// nothing was there to remove.
func (s *Service) remove(ctx context.Context, token string, do func(*store.Tx, holder) (map[string]string, error)) error {
	return s.DB.Tx(ctx, func(tx *store.Tx) error {
		h, err := holderOf(ctx, tx, token)
		if err != nil {
			return err
		}
		detail, err := do(tx, h)
		if err != nil || detail == nil {
			return err
		}
		return audit(ctx, tx, h, "share.revoke", s.Now(), detail)
	})
}

// audit records what the holder did: he acts by his link and has no account.
func audit(ctx context.Context, tx *store.Tx, h holder, action string, now time.Time, detail map[string]string) error {
	org, err := tx.ClassOrg(ctx, h.enrolment.Class)
	if err != nil {
		return err
	}
	return tx.Audit(ctx, store.Act{Action: action, ObjectType: "enrolment", Object: h.enrolment.ID, Org: org, Detail: detail, At: now})
}
