// Package auth knows who is asking: accounts with argon2id passwords, browser
// sessions that end when the account does, and short signed tokens for machines
// (JWT, ES256, bound to their audience: RFC 9068, BCP 225). It decides nothing
// about what they may do; that is registry.Can.
package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// TokenLife is how long an access token is good for.
const TokenLife = 15 * time.Minute

// maxToken is the longest token looked at, in bytes (CVE-2025-30204: a token of
// nothing but dots).
const maxToken = 4096

// Service signs people in and tells who acts.
type Service struct {
	DB     *store.DB
	Keys   *keys.Ring
	Now    func() time.Time
	Origin string // issuer and audience of the tokens

	byAccount, byAddress *throttle
	places               chan struct{} // for hashing at the same time
	decoy                string
}

// New returns the service.
func New(db *store.DB, ring *keys.Ring, origin string, now func() time.Time) (*Service, error) {
	decoy, err := HashPassword("no account has this password")
	if err != nil {
		return nil, err
	}
	return &Service{DB: db, Keys: ring, Now: now, Origin: origin, decoy: decoy, places: make(chan struct{}, hashesAtOnce),
		byAccount: newThrottle(20*time.Second, 8), byAddress: newThrottle(2*time.Second, 40)}, nil
}

// SignIn checks e-mail and password. A wrong password, an unknown account and a
// disabled one get the same refusal after the same work; too many tries per
// account and per network address are slowed down apart from each other, so
// that guessing from elsewhere never locks the owner out for long.
func (s *Service) SignIn(ctx context.Context, email, password, address string) (registry.Account, error) {
	email = tidyEmail(email)
	now := s.Now()
	wait := max(s.byAccount.wait(email+"|"+address, now), s.byAddress.wait(address, now))
	if wait > 0 {
		return registry.Account{}, registry.Fail(registry.TooMany, "signin.wait", int(wait.Seconds())+1)
	}
	var account registry.Account
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		account, err = tx.AccountByEmail(ctx, email)
		return err
	})
	if err != nil && !errors.Is(err, registry.NotFound) {
		return registry.Account{}, err
	}
	hash := account.Password
	if err != nil || account.Status != registry.AccountActive {
		hash = s.decoy
	}
	same, err := s.compare(ctx, hash, password)
	if err != nil {
		return registry.Account{}, err
	}
	if !same || hash == s.decoy {
		return registry.Account{}, registry.Fail(registry.Unauthenticated, "signin.wrong")
	}
	s.byAccount.forget(email + "|" + address)
	return account, nil
}

// maxEmail is the longest address there is, in bytes (RFC 5321 §4.5.3.1.3). What
// is cut off can be no account's, and need not be remembered.
const maxEmail = 254

func tidyEmail(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	return s[:min(len(s), maxEmail+1)]
}

func checkEmail(s string) error {
	if at := strings.LastIndex(s, "@"); at < 1 || at == len(s)-1 || len(s) > maxEmail || strings.ContainsAny(s, " \t\r\n<>,;") {
		return registry.FailField(registry.Invalid, "email", "account.email")
	}
	return nil
}

// compare checks a password when there is a place: each hash takes 32 MiB, and a
// flood of sign-ins must not take all memory.
func (s *Service) compare(ctx context.Context, hash, password string) (bool, error) {
	select {
	case s.places <- struct{}{}:
		defer func() { <-s.places }()
		return checkPassword(hash, password), nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// ByID returns the account behind a session, refused once it is disabled or its
// sessions were ended (epoch raised).
func (s *Service) ByID(ctx context.Context, id registry.ID, epoch int64) (registry.Account, error) {
	var account registry.Account
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		account, err = tx.Account(ctx, id)
		return err
	})
	if errors.Is(err, registry.NotFound) {
		return account, registry.Fail(registry.Unauthenticated, "signin.needed")
	}
	if err != nil {
		return account, err
	}
	if account.Status != registry.AccountActive || account.Epoch != epoch {
		return account, registry.Fail(registry.Unauthenticated, "signin.needed")
	}
	return account, nil
}

type claims struct {
	jwt.RegisteredClaims
	Epoch int64 `json:"epoch"`
}

// Token makes an access token for the account.
func (s *Service) Token(account registry.Account, life time.Duration) (string, error) {
	now := s.Now()
	key, signer, err := s.Keys.Token(now)
	if err != nil {
		return "", err
	}
	t := jwt.NewWithClaims(keys.JWS, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: s.Origin, Audience: jwt.ClaimStrings{s.Origin}, Subject: string(account.ID), ID: string(store.NewID()),
			IssuedAt: jwt.NewNumericDate(now), NotBefore: jwt.NewNumericDate(now.Add(-5 * time.Second)), ExpiresAt: jwt.NewNumericDate(now.Add(life)),
		},
		Epoch: account.Epoch,
	})
	t.Header["typ"] = "at+jwt" // RFC 9068: a credential token is never an access token
	t.Header["kid"] = key.KID
	return t.SignedString(signer)
}

// Actor tells who holds the access token. The account is read again each time,
// so a disabled account fails with its next request. Every fault of the token
// gets the same refusal, which repeats nothing from it.
func (s *Service) Actor(ctx context.Context, token string) (registry.Account, error) {
	refused := registry.Fail(registry.Unauthenticated, "token.refused")
	if len(token) > maxToken || strings.Count(token, ".") != 2 {
		return registry.Account{}, refused
	}
	var c claims
	_, err := jwt.ParseWithClaims(token, &c, s.tokenKey,
		jwt.WithValidMethods([]string{jwt.SigningMethodES256.Alg()}), jwt.WithIssuer(s.Origin), jwt.WithAudience(s.Origin),
		jwt.WithExpirationRequired(), jwt.WithTimeFunc(s.Now))
	if err != nil {
		return registry.Account{}, refused
	}
	account, err := s.ByID(ctx, registry.ID(c.Subject), c.Epoch)
	if errors.Is(err, registry.Unauthenticated) {
		return account, refused
	}
	return account, err
}

// tokenKey finds our own public key; headers never name one.
func (s *Service) tokenKey(t *jwt.Token) (any, error) {
	if t.Header["typ"] != "at+jwt" || t.Header["crit"] != nil {
		return nil, errors.New("not an access token")
	}
	kid, _ := t.Header["kid"].(string)
	key, ok := s.Keys.Find(kid)
	if !ok || key.Use != keys.Token {
		return nil, errors.New("unknown key")
	}
	switch key.Status(s.Now()) { // a thief with the key may state any time of signing
	case keys.Compromised, keys.Ended:
		return nil, errors.New("key is no longer believed")
	}
	return key.Public, nil
}

// Create adds an account.
func (s *Service) Create(ctx context.Context, tx *store.Tx, by registry.Actor, a registry.Account, password string) (registry.Account, error) {
	a.Email = tidyEmail(a.Email)
	if err := checkEmail(a.Email); err != nil {
		return a, err
	}
	hash, err := HashPassword(password)
	if err != nil {
		return a, err
	}
	return s.add(ctx, tx, by, a, hash)
}

func (s *Service) add(ctx context.Context, tx *store.Tx, by registry.Actor, a registry.Account, hash string) (registry.Account, error) {
	a.ID, a.Password, a.Status, a.Version = store.NewID(), hash, registry.AccountActive, 1
	if err := tx.AddAccount(ctx, a); err != nil {
		return a, err
	}
	err := tx.Audit(ctx, store.Act{Actor: by.Account, Action: "account.create", ObjectType: "account", Object: a.ID, At: s.Now(), After: a,
		Detail: map[string]string{"grants": fmt.Sprint(len(a.Grants))}})
	return a, err
}

// Disable ends an account: its sessions and tokens fail with their next request.
func (s *Service) Disable(ctx context.Context, by registry.Actor, email string) error {
	return s.DB.Tx(ctx, func(tx *store.Tx) error {
		a, err := tx.AccountByEmail(ctx, tidyEmail(email))
		if err != nil {
			return err
		}
		_, err = s.setStatus(ctx, tx, by, a, registry.AccountDisabled)
		return err
	})
}

// manage refuses an actor who may not give every role that the account holds:
// one federation's office does not touch another's people, and a base does not
// touch those above it.
func manage(ctx context.Context, tx *store.Tx, by registry.Actor, a registry.Account) error {
	if by.Account == access.System.Account {
		return nil
	}
	all, err := access.ReadTree(ctx, tx)
	if err != nil {
		return err
	}
	return manages(all, by, a)
}

// manages is manage with the tree at hand. The refusal has the same words as for
// an address that nobody has.
func manages(all access.Tree, by registry.Actor, a registry.Account) error {
	for _, g := range a.Grants {
		if !registry.MayGive(by, g.Role, all.Path(g.Org)) {
			return registry.Fail(registry.NotFound, "account.unknown", "")
		}
	}
	if len(a.Grants) == 0 {
		return registry.Fail(registry.NotFound, "account.unknown", "")
	}
	return nil
}

// Accounts lists the accounts that the actor manages.
func (s *Service) Accounts(ctx context.Context, by registry.Actor) ([]registry.Account, error) {
	var list []registry.Account
	err := s.DB.Read(ctx, func(tx *store.Tx) error {
		all, err := access.ReadTree(ctx, tx)
		if err != nil {
			return err
		}
		accounts, err := tx.Accounts(ctx)
		if err != nil {
			return err
		}
		list = nil
		for _, a := range accounts {
			if by.Account == access.System.Account || manages(all, by, a) == nil {
				list = append(list, a)
			}
		}
		return nil
	})
	return list, err
}

// SetPassword changes a password and ends what was signed in with the old one.
func (s *Service) SetPassword(ctx context.Context, by registry.Actor, email, password string) error {
	hash, err := HashPassword(password)
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *store.Tx) error {
		a, err := tx.AccountByEmail(ctx, tidyEmail(email))
		if err != nil {
			return err
		}
		if err := manage(ctx, tx, by, a); err != nil && by.Account != a.ID {
			return err
		}
		a.Password, a.Epoch = hash, a.Epoch+1
		if a, err = tx.SaveAccount(ctx, a); err != nil {
			return err
		}
		return tx.Audit(ctx, store.Act{Actor: by.Account, Action: "account.password", ObjectType: "account", Object: a.ID, At: s.Now()})
	})
}
