// Package lifecycle changes what a credential is worth after its issue: suspend
// and reinstate by one person, revoke by two; and erases a holder's data, which
// revokes as well.
// Every decision is an event that stays, visible at once to whoever asks.
package lifecycle

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// Service decides about issued credentials.
type Service struct {
	DB  *store.DB
	Now func() time.Time

	Archive Archive // nil: issued files are kept nowhere
}

// Suspend stops a credential at once.
func (s *Service) Suspend(ctx context.Context, by registry.Actor, n registry.Number, reason, private string) (registry.Credential, error) {
	return s.move(ctx, by, n, registry.SuspendAction, "credential.suspend", private, func(_ *store.Tx, c registry.Credential) (registry.Credential, registry.StatusEvent, error) {
		return c.Suspend(reason, by, s.Now())
	})
}

// Reinstate lifts a suspension, and with it declines what was asked for.
func (s *Service) Reinstate(ctx context.Context, by registry.Actor, n registry.Number, private string) (registry.Credential, error) {
	return s.move(ctx, by, n, registry.SuspendAction, "credential.reinstate", private, func(tx *store.Tx, c registry.Credential) (registry.Credential, registry.StatusEvent, error) {
		after, event, err := c.Reinstate(by, s.Now())
		if err != nil {
			return c, event, err
		}
		return after, event, s.decline(ctx, tx, by, c)
	})
}

// decline closes the requests to revoke: left open, a request that somebody has
// looked into would be granted by the next person who asks anew.
func (s *Service) decline(ctx context.Context, tx *store.Tx, by registry.Actor, c registry.Credential) error {
	open, err := tx.OpenRevocationRequests(ctx, c.ID)
	if err != nil {
		return err
	}
	for _, r := range open {
		r.DecidedBy, r.DecidedAt, r.Granted = by.Account, s.Now(), false
		if err := tx.DecideRevocationRequest(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// move is the frame of every change of state: load, check, decide, save, audit.
func (s *Service) move(ctx context.Context, by registry.Actor, n registry.Number, act registry.Action, name, private string,
	decide func(*store.Tx, registry.Credential) (registry.Credential, registry.StatusEvent, error)) (registry.Credential, error) {
	var c registry.Credential
	err := s.DB.Tx(ctx, func(tx *store.Tx) (err error) {
		before, err := s.load(ctx, tx, by, n, act)
		if err != nil {
			return err
		}
		after, event, err := decide(tx, before)
		if err != nil {
			return err
		}
		c, err = s.save(ctx, tx, by, name, after, event, private)
		return err
	})
	return c, err
}

func (s *Service) load(ctx context.Context, tx *store.Tx, by registry.Actor, n registry.Number, act registry.Action) (registry.Credential, error) {
	c, err := tx.CredentialByNumber(ctx, n)
	if err != nil {
		return c, err
	}
	if err := access.Allow(ctx, tx, by, registry.ReadCredential, act, c.Org, "credential", n); err != nil {
		return c, err
	}
	if by.Person != "" && by.Person == c.Person {
		return c, registry.Fail(registry.Forbidden, "four_eyes.trainee") // nobody decides about himself
	}
	return c, nil
}

func (s *Service) save(ctx context.Context, tx *store.Tx, by registry.Actor, name string, c registry.Credential, event registry.StatusEvent, private string) (registry.Credential, error) {
	event.ID, event.Private = store.NewID(), strings.TrimSpace(private)
	saved, err := tx.SaveCredential(ctx, c)
	if err != nil {
		return saved, err
	}
	if err := tx.AddStatusEvent(ctx, event); err != nil {
		return saved, err
	}
	if err := tx.RaiseMark(ctx, "bundle"); err != nil {
		return saved, err
	}
	return saved, tx.Audit(ctx, store.Act{Actor: by.Account, Action: name, ObjectType: "credential", Object: c.ID, Org: c.Org, At: event.At,
		Detail: map[string]string{"number": string(c.Number), "from": string(event.From), "to": string(event.To), "reason": event.Reason}})
}

// Revocation is where a request to revoke stands.
type Revocation struct {
	Credential registry.Credential
	Request    store.RevocationRequest
	Done       bool     // granted: the credential is revoked
	Erased     *Erasure // nil: nothing was erased
}

// Revoke asks for a revocation or, where another person has asked for the same
// one, grants it. Asking suspends the credential at once: an investigation must
// not be waited for at a gate. With the reason registry.HolderRemoved it is
// Erase for all of the person.
func (s *Service) Revoke(ctx context.Context, by registry.Actor, n registry.Number, reason, private string) (Revocation, error) {
	return s.revoke(ctx, by, n, store.RevocationRequest{Reason: reason, Private: private})
}

// revoke asks for what is wished, or grants what another person wishes.
func (s *Service) revoke(ctx context.Context, by registry.Actor, n registry.Number, wish store.RevocationRequest) (Revocation, error) {
	var out Revocation
	err := s.DB.Tx(ctx, func(tx *store.Tx) error {
		c, err := s.load(ctx, tx, by, n, registry.RevokeAction)
		if err != nil {
			return err
		}
		if !slices.Contains(registry.RevokeReasons, wish.Reason) {
			return registry.FailField(registry.Invalid, "reason", "credential.reason", wish.Reason)
		}
		open, err := tx.OpenRevocationRequests(ctx, c.ID)
		if err != nil {
			return err
		}
		if len(open) == 0 {
			out, err = s.ask(ctx, tx, by, c, wish)
			return err
		}
		if err := sameWish(wish, open[0], n); err != nil {
			return err
		}
		out, err = s.grant(ctx, tx, by, c, open[0])
		return err
	})
	return out, err
}

// sameWish refuses to grant an erasure by the word for something else, and
// something else, or more, by the word for an erasure: it cannot be taken back.
func sameWish(wish, open store.RevocationRequest, n registry.Number) error {
	erase := open.Reason == registry.HolderRemoved
	if erase != (wish.Reason == registry.HolderRemoved) || erase && wish.Alone && !open.Alone {
		return registry.Fail(registry.Conflict, "credential.another_request", n, open.Reason)
	}
	return nil
}

func (s *Service) ask(ctx context.Context, tx *store.Tx, by registry.Actor, c registry.Credential, r store.RevocationRequest) (Revocation, error) {
	if by.Person == "" { // nobody could ever grant it, and it would bar every other request
		return Revocation{}, registry.Fail(registry.Forbidden, "four_eyes.no_person")
	}
	if live := c.State == registry.StateIssued || c.State == registry.StateSuspended; !live && !(r.Reason == registry.HolderRemoved && c.Erasable()) {
		return Revocation{}, registry.Fail(registry.Conflict, "credential.final", c.Number, string(c.State), string(registry.StateRevoked))
	}
	r.ID, r.Credential, r.Private, r.By, r.At = store.NewID(), c.ID, strings.TrimSpace(r.Private), by.Account, s.Now()
	if err := tx.AddRevocationRequest(ctx, r); err != nil {
		return Revocation{}, err
	}
	if c.State == registry.StateIssued {
		after, event, err := c.Suspend("under_review", by, s.Now())
		if err != nil {
			return Revocation{}, err
		}
		if c, err = s.save(ctx, tx, by, "credential.suspend", after, event, r.Private); err != nil {
			return Revocation{}, err
		}
	}
	return Revocation{Credential: c, Request: r}, tx.Audit(ctx, store.Act{Actor: by.Account, Action: "credential.revoke.ask", ObjectType: "credential",
		Object: c.ID, Org: c.Org, At: r.At, Detail: map[string]string{"number": string(c.Number), "reason": r.Reason}})
}

func (s *Service) grant(ctx context.Context, tx *store.Tx, by registry.Actor, c registry.Credential, r store.RevocationRequest) (Revocation, error) {
	asked, err := tx.Account(ctx, r.By)
	if err != nil {
		return Revocation{}, err
	}
	if r.Reason == registry.HolderRemoved {
		return s.erase(ctx, tx, by, asked.Actor(), c, r)
	}
	after, event, err := c.Revoke(r.Reason, asked.Actor(), by, s.Now())
	if err != nil {
		return Revocation{}, err
	}
	r.DecidedBy, r.DecidedAt, r.Granted = by.Account, s.Now(), true
	if err := tx.DecideRevocationRequest(ctx, r); err != nil {
		return Revocation{}, err
	}
	c, err = s.save(ctx, tx, by, "credential.revoke", after, event, r.Private)
	return Revocation{Credential: c, Request: r, Done: true}, err
}

// Requests lists the requests about a credential that wait for a second person.
func (s *Service) Requests(ctx context.Context, by registry.Actor, n registry.Number) ([]store.RevocationRequest, error) {
	var list []store.RevocationRequest
	err := s.DB.Read(ctx, func(tx *store.Tx) error {
		c, err := s.load(ctx, tx, by, n, registry.ReadCredential)
		if err != nil {
			return err
		}
		list, err = tx.OpenRevocationRequests(ctx, c.ID)
		return err
	})
	return list, err
}
