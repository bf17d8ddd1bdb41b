// Package passkey keeps the passkeys of accounts (WebAuthn Level 3) and checks
// what they sign. A challenge is whatever the caller hashed, so an assertion fits
// one thing alone; the assertion is handed back whole, to be kept and checked
// again by [Check], which needs no store and no key of ours.
package passkey

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// Service registers passkeys and checks assertions for one origin.
type Service struct {
	db  *store.DB
	now func() time.Time
	rp  *webauthn.WebAuthn // nil where browsers allow no passkeys
}

// New returns the service for an origin such as "https://verify.example.org".
// Browsers allow passkeys for names only: at an address such as 127.0.0.1 none
// can be made (WebAuthn Level 3 §5.1.3, step 8), and the service says so.
func New(db *store.DB, origin string, now func() time.Time) (*Service, error) {
	s := &Service{db: db, now: now}
	u, err := url.Parse(origin)
	if err != nil {
		return nil, fmt.Errorf("read origin: %w", err)
	}
	host := u.Hostname()
	if host == "" || net.ParseIP(host) != nil || u.Scheme != "https" && host != "localhost" {
		return s, nil
	}
	s.rp, err = webauthn.New(&webauthn.Config{RPID: host, RPDisplayName: "Passmuster", RPOrigins: []string{u.Scheme + "://" + u.Host},
		AttestationPreference:  protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementPreferred, UserVerification: protocol.VerificationRequired}})
	if err != nil {
		return nil, fmt.Errorf("set up passkeys: %w", err)
	}
	return s, nil
}

// Available reports whether passkeys can be made and used at the origin.
func (s *Service) Available() bool { return s.rp != nil }

func (s *Service) ready() error {
	if s.rp == nil {
		return registry.Fail(registry.Conflict, "passkey.origin")
	}
	return nil
}

// owner is an account as go-webauthn wants to see it.
type owner struct {
	account registry.Account
	keys    []webauthn.Credential
}

func (o owner) WebAuthnID() []byte                         { return []byte(o.account.ID) }
func (o owner) WebAuthnName() string                       { return o.account.Email }
func (o owner) WebAuthnDisplayName() string                { return o.account.Name }
func (o owner) WebAuthnCredentials() []webauthn.Credential { return o.keys }

// owner reads an account with its passkeys.
func (s *Service) owner(ctx context.Context, tx *store.Tx, id registry.ID) (owner, []registry.Passkey, error) {
	var o owner
	var err error
	if o.account, err = tx.Account(ctx, id); err != nil {
		return o, nil, err
	}
	list, err := tx.Passkeys(ctx, id)
	if err != nil {
		return o, nil, err
	}
	for _, k := range list {
		var c webauthn.Credential
		if err := json.Unmarshal([]byte(k.Document), &c); err != nil {
			return o, nil, fmt.Errorf("read passkey %s: %w", k.ID, err)
		}
		o.keys = append(o.keys, c)
	}
	return o, list, nil
}

// List returns the actor's passkeys, oldest first.
func (s *Service) List(ctx context.Context, by registry.Actor) (list []registry.Passkey, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.Passkeys(ctx, by.Account)
		return err
	})
	return list, err
}

// Remove takes one of the actor's passkeys out of use. What it signed stays
// signed and can still be checked.
func (s *Service) Remove(ctx context.Context, by registry.Actor, id registry.ID) error {
	return s.db.Tx(ctx, func(tx *store.Tx) error {
		list, err := tx.Passkeys(ctx, by.Account)
		if err != nil {
			return err
		}
		for _, k := range list {
			if k.ID != id {
				continue
			}
			k.RemovedAt = s.now()
			if err := tx.SavePasskey(ctx, k); err != nil {
				return err
			}
			return s.audit(ctx, tx, by, "passkey.remove", id)
		}
		return registry.Fail(registry.NotFound, "passkey.unknown")
	})
}

func (s *Service) audit(ctx context.Context, tx *store.Tx, by registry.Actor, action string, id registry.ID) error {
	return tx.Audit(ctx, store.Act{Actor: by.Account, Action: action, ObjectType: "account", Object: by.Account, At: s.now(), Detail: map[string]string{"passkey": string(id)}})
}
