package auth

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// Link is an invitation with the secret of its link, for whoever may hand it
// out.
type Link struct {
	registry.Invitation
	Token string
}

// Invite makes an invitation to a role in an organization.
func (s *Service) Invite(ctx context.Context, by registry.Actor, i registry.Invitation) (Link, error) {
	if i.Email = tidyEmail(i.Email); i.Email != "" {
		if err := checkEmail(i.Email); err != nil {
			return Link{}, err
		}
	}
	if i.Name = strings.TrimSpace(i.Name); i.Name != "" {
		name, err := registry.RequireName("name", i.Name)
		if err != nil {
			return Link{}, err
		}
		i.Name = name
	}
	if !slices.Contains(registry.Roles, i.Role) {
		return Link{}, registry.FailField(registry.Invalid, "role", "account.role_unknown")
	}
	var link Link
	err := s.DB.Tx(ctx, func(tx *store.Tx) (err error) {
		if i.Person != "" {
			p, err := tx.Person(ctx, i.Person)
			if err != nil {
				return err
			}
			i.Name = p.Name
		}
		link.Invitation, link.Token, err = access.Invite(ctx, tx, s.Keys, by, i, s.Now())
		return err
	})
	return link, err
}

// PasswordLink makes a link by which the account's owner sets a new password.
// Earlier ones end.
func (s *Service) PasswordLink(ctx context.Context, by registry.Actor, account registry.ID) (Link, error) {
	var link Link
	err := s.DB.Tx(ctx, func(tx *store.Tx) error {
		a, err := managed(ctx, tx, by, account)
		if err != nil {
			return err
		}
		if a.Status != registry.AccountActive {
			return registry.Fail(registry.Conflict, "account.disabled")
		}
		if err := s.endPasswordLinks(ctx, tx, by, a.ID); err != nil {
			return err
		}
		now := s.Now()
		i := registry.Invitation{ID: store.NewID(), Kind: registry.InvitePassword, Org: a.Grants[0].Org, Name: a.Name, Email: a.Email, Person: a.Person, Account: a.ID,
			Lang: a.Lang, MadeBy: by.Account, MadeAt: now, EndsAt: now.Add(registry.PasswordLife), Version: 1}
		link = Link{i, access.InvitationToken(s.Keys, i.ID)}
		if err := tx.AddInvitation(ctx, i, access.TokenHash(link.Token)); err != nil {
			return err
		}
		return tx.Audit(ctx, store.Act{Actor: by.Account, Action: "account.password_link", ObjectType: "account", Object: a.ID, Org: i.Org, After: i, At: now})
	})
	return link, err
}

// Invitations lists the invitations that the actor may hand out, newest first,
// each with its secret while it is open.
func (s *Service) Invitations(ctx context.Context, by registry.Actor) ([]Link, error) {
	if !registry.CanSomewhere(by, registry.InviteAccount) {
		return nil, registry.Fail(registry.Forbidden, "access.forbidden", string(registry.InviteAccount))
	}
	var list []Link
	err := s.DB.Read(ctx, func(tx *store.Tx) error {
		all, err := access.ReadTree(ctx, tx)
		if err != nil {
			return err
		}
		stored, err := tx.Invitations(ctx)
		if err != nil {
			return err
		}
		list = nil
		for _, i := range stored {
			if i.Kind == registry.InviteRole && registry.MayGive(by, i.Role, all.Path(i.Org)) {
				list = append(list, s.link(i))
			}
		}
		return nil
	})
	return list, err
}

func (s *Service) link(i registry.Invitation) Link {
	if i.StateAt(s.Now()) != registry.InvitationOpen {
		return Link{Invitation: i}
	}
	return Link{i, access.InvitationToken(s.Keys, i.ID)}
}

// Invitation returns one that the actor may hand out.
func (s *Service) Invitation(ctx context.Context, by registry.Actor, id registry.ID) (Link, error) {
	var link Link
	err := s.DB.Read(ctx, func(tx *store.Tx) error {
		i, err := s.own(ctx, tx, by, id)
		link = s.link(i)
		return err
	})
	return link, err
}

// own reads an invitation for somebody who could have made it.
func (s *Service) own(ctx context.Context, tx *store.Tx, by registry.Actor, id registry.ID) (registry.Invitation, error) {
	i, err := tx.Invitation(ctx, id)
	if err != nil {
		return i, err
	}
	if i.Kind == registry.InvitePassword {
		_, err = managed(ctx, tx, by, i.Account)
	} else {
		err = access.MayGive(ctx, tx, by, i.Role, i.Org)
	}
	if err != nil {
		return registry.Invitation{}, registry.Fail(registry.NotFound, "invitation.unknown", "")
	}
	return i, nil
}

// WithdrawInvitation takes back an invitation that nobody used.
func (s *Service) WithdrawInvitation(ctx context.Context, by registry.Actor, id registry.ID) error {
	return s.DB.Tx(ctx, func(tx *store.Tx) error {
		i, err := s.own(ctx, tx, by, id)
		if err != nil {
			return err
		}
		return s.withdraw(ctx, tx, by, i)
	})
}

func (s *Service) withdraw(ctx context.Context, tx *store.Tx, by registry.Actor, before registry.Invitation) error {
	next, err := before.Withdraw(s.Now())
	if err != nil {
		return err
	}
	after, err := tx.SaveInvitation(ctx, next)
	if err != nil {
		return err
	}
	return tx.Audit(ctx, store.Act{Actor: by.Account, Action: "invitation.withdraw", ObjectType: "invitation", Object: after.ID, Org: after.Org, Before: before, After: after, At: s.Now()})
}

// Invited is what the holder of a link is told.
type Invited struct {
	registry.Invitation
	Organization registry.Organization
}

// Invited reads the invitation behind a link. One that was used, withdrawn or
// that ended is refused with a code of its own.
func (s *Service) Invited(ctx context.Context, token string) (Invited, error) {
	var out Invited
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		if out.Invitation, err = s.open(ctx, tx, token); err != nil {
			return err
		}
		out.Organization, err = tx.Organization(ctx, out.Org)
		return err
	})
	return out, err
}

// open reads an open invitation whose maker could still make it: what somebody
// promised who has left is not kept.
func (s *Service) open(ctx context.Context, tx *store.Tx, token string) (registry.Invitation, error) {
	if len(token) > 64 {
		return registry.Invitation{}, registry.Fail(registry.NotFound, "invitation.unknown", "")
	}
	i, err := tx.InvitationByToken(ctx, access.TokenHash(token))
	if err != nil {
		return i, err
	}
	if state := i.StateAt(s.Now()); state != registry.InvitationOpen {
		return i, registry.Fail(registry.Conflict, "invitation."+string(state))
	}
	if i.MadeBy == access.System.Account {
		return i, nil
	}
	maker, err := tx.Account(ctx, i.MadeBy)
	if err == nil {
		err = mayMake(ctx, tx, maker, i)
	}
	if notAllowed(err) {
		err = registry.Fail(registry.Conflict, "invitation.withdrawn")
	}
	return i, err
}

// Acceptance is what the invited person fills in.
type Acceptance struct {
	Name, Email, Password, Lang string
	Address                     string // of the network, for the limits of signing in
}

// Accept uses an invitation: it makes the account, adds the role to one that the
// invited person has already and proves by its password, or sets a new password.
func (s *Service) Accept(ctx context.Context, token string, in Acceptance) (registry.Account, error) {
	invited, err := s.Invited(ctx, token)
	if err != nil {
		return registry.Account{}, err
	}
	if invited.Email != "" {
		in.Email = invited.Email
	}
	in.Email = tidyEmail(in.Email)
	if invited.Kind == registry.InvitePassword {
		return s.acceptPassword(ctx, token, in)
	}
	if err := checkEmail(in.Email); err != nil {
		return registry.Account{}, err
	}
	have, err := s.has(ctx, in.Email)
	switch {
	case err != nil:
		return registry.Account{}, err
	case have:
		return s.acceptRole(ctx, token, in)
	}
	return s.acceptNew(ctx, token, in)
}

func (s *Service) has(ctx context.Context, email string) (bool, error) {
	err := s.DB.Read(ctx, func(tx *store.Tx) error { _, err := tx.AccountByEmail(ctx, email); return err })
	if errors.Is(err, registry.NotFound) {
		return false, nil
	}
	return err == nil, err
}

func (s *Service) acceptNew(ctx context.Context, token string, in Acceptance) (registry.Account, error) {
	name, err := registry.RequireName("name", in.Name)
	if err != nil {
		return registry.Account{}, err
	}
	hash, err := HashPassword(in.Password)
	if err != nil {
		return registry.Account{}, err
	}
	var account registry.Account
	err = s.DB.Tx(ctx, func(tx *store.Tx) error {
		i, err := s.open(ctx, tx, token)
		if err != nil {
			return err
		}
		person := i.Person
		if person == "" {
			p := registry.Person{ID: store.NewID(), Name: name, NameKey: registry.NameKey(name), Email: in.Email, Lang: in.Lang, Demo: s.Keys.Demo(), Version: 1}
			if err := tx.AddPerson(ctx, p); err != nil {
				return err
			}
			person = p.ID
		}
		account, err = s.add(ctx, tx, registry.Actor{Account: i.MadeBy}, registry.Account{Email: in.Email, Name: name, Person: person, Lang: in.Lang,
			Grants: []registry.Grant{{Role: i.Role, Org: i.Org}}}, hash)
		if err != nil {
			return err
		}
		return s.used(ctx, tx, i, account.ID)
	})
	return account, err
}

// acceptRole adds the role to an account that is there, for whoever knows its
// password.
func (s *Service) acceptRole(ctx context.Context, token string, in Acceptance) (registry.Account, error) {
	account, err := s.SignIn(ctx, in.Email, in.Password, in.Address)
	if errors.Is(err, registry.Unauthenticated) {
		return account, registry.FailField(registry.Invalid, "password", "invitation.known_account")
	}
	if err != nil {
		return account, err
	}
	err = s.DB.Tx(ctx, func(tx *store.Tx) error {
		i, err := s.open(ctx, tx, token)
		if err != nil {
			return err
		}
		if account, err = tx.Account(ctx, account.ID); err != nil {
			return err
		}
		if i.Person != "" && account.Person != "" && i.Person != account.Person {
			return registry.Fail(registry.Conflict, "invitation.other_person")
		}
		before, g := account, registry.Grant{Role: i.Role, Org: i.Org}
		if !slices.Contains(account.Grants, g) {
			account.Grants = append(slices.Clone(account.Grants), g)
			maker := registry.Actor{Account: i.MadeBy}
			if account, err = s.save(ctx, tx, maker, before, account, "account.grant"); err != nil {
				return err
			}
			if err := s.endChanged(ctx, tx, maker, account); err != nil {
				return err
			}
		}
		return s.used(ctx, tx, i, account.ID)
	})
	return account, err
}

func (s *Service) acceptPassword(ctx context.Context, token string, in Acceptance) (registry.Account, error) {
	hash, err := HashPassword(in.Password)
	if err != nil {
		return registry.Account{}, err
	}
	var account registry.Account
	err = s.DB.Tx(ctx, func(tx *store.Tx) error {
		i, err := s.open(ctx, tx, token)
		if err != nil {
			return err
		}
		if account, err = tx.Account(ctx, i.Account); err != nil {
			return err
		}
		if account.Status != registry.AccountActive {
			return registry.Fail(registry.Conflict, "account.disabled")
		}
		before := account
		account.Password, account.Epoch = hash, account.Epoch+1
		if account, err = s.save(ctx, tx, registry.Actor{Account: account.ID}, before, account, "account.password"); err != nil {
			return err
		}
		return s.used(ctx, tx, i, account.ID)
	})
	return account, err
}

func (s *Service) used(ctx context.Context, tx *store.Tx, before registry.Invitation, account registry.ID) error {
	next, err := before.Use(account, s.Now())
	if err != nil {
		return err
	}
	after, err := tx.SaveInvitation(ctx, next)
	if err != nil {
		return err
	}
	return tx.Audit(ctx, store.Act{Actor: account, Action: "invitation.use", ObjectType: "invitation", Object: after.ID, Org: after.Org, Before: before, After: after, At: s.Now()})
}
