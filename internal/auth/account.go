package auth

import (
	"context"
	"slices"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// Account returns an account that the actor manages.
func (s *Service) Account(ctx context.Context, by registry.Actor, id registry.ID) (registry.Account, error) {
	var a registry.Account
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		a, err = managed(ctx, tx, by, id)
		return err
	})
	return a, err
}

func managed(ctx context.Context, tx *store.Tx, by registry.Actor, id registry.ID) (registry.Account, error) {
	a, err := tx.Account(ctx, id)
	if err != nil {
		return a, err
	}
	return a, manage(ctx, tx, by, a)
}

// others refuses to change one's own account: nobody gives himself a role, and
// nobody locks himself out by a slip.
func others(by registry.Actor, a registry.Account) error {
	if by.Account == a.ID {
		return registry.Fail(registry.Conflict, "account.own")
	}
	return nil
}

// SetStatus disables an account, which ends its sessions and tokens with their
// next request and the links that it made for good, or lets it in again.
func (s *Service) SetStatus(ctx context.Context, by registry.Actor, id registry.ID, to registry.AccountStatus) (registry.Account, error) {
	var a registry.Account
	err := s.DB.Tx(ctx, func(tx *store.Tx) (err error) {
		if a, err = managed(ctx, tx, by, id); err != nil {
			return err
		}
		if err := others(by, a); err != nil {
			return err
		}
		a, err = s.setStatus(ctx, tx, by, a, to)
		return err
	})
	return a, err
}

func (s *Service) setStatus(ctx context.Context, tx *store.Tx, by registry.Actor, a registry.Account, to registry.AccountStatus) (registry.Account, error) {
	if err := manage(ctx, tx, by, a); err != nil {
		return a, err
	}
	before, action := a, "account.enable"
	if a.Status == to {
		return a, nil
	}
	if a.Status = to; to == registry.AccountDisabled {
		a.Epoch, action = a.Epoch+1, "account.disable"
	}
	a, err := s.save(ctx, tx, by, before, a, action)
	if err != nil {
		return a, err
	}
	return a, s.endAllLinks(ctx, tx, by, a.ID)
}

func (s *Service) save(ctx context.Context, tx *store.Tx, by registry.Actor, before, a registry.Account, action string) (registry.Account, error) {
	a, err := tx.SaveAccount(ctx, a)
	if err != nil {
		return a, err
	}
	act := store.Act{Actor: by.Account, Action: action, ObjectType: "account", Object: a.ID, Before: before, After: a, At: s.Now()}
	if len(a.Grants) > 0 {
		act.Org = a.Grants[0].Org
	}
	return a, tx.Audit(ctx, act)
}

// Grant gives an account a further role in an organization; one that it has
// already changes nothing.
func (s *Service) Grant(ctx context.Context, by registry.Actor, id registry.ID, g registry.Grant) (registry.Account, error) {
	return s.regrant(ctx, by, id, g, "account.grant", func(a *registry.Account) error {
		if !slices.Contains(a.Grants, g) {
			a.Grants = append(slices.Clone(a.Grants), g)
		}
		return nil
	})
}

// Withdraw takes a role away. The last one stays: an account without any role is
// disabled instead, so that somebody still answers for it.
func (s *Service) Withdraw(ctx context.Context, by registry.Actor, id registry.ID, g registry.Grant) (registry.Account, error) {
	return s.regrant(ctx, by, id, g, "account.withdraw", func(a *registry.Account) error {
		rest := slices.DeleteFunc(slices.Clone(a.Grants), func(h registry.Grant) bool { return h == g })
		if len(rest) == 0 {
			return registry.Fail(registry.Conflict, "account.last_role")
		}
		a.Grants = rest
		return nil
	})
}

func (s *Service) regrant(ctx context.Context, by registry.Actor, id registry.ID, g registry.Grant, action string, change func(*registry.Account) error) (registry.Account, error) {
	var a registry.Account
	if !slices.Contains(registry.Roles, g.Role) {
		return a, registry.FailField(registry.Invalid, "role", "account.role_unknown")
	}
	err := s.DB.Tx(ctx, func(tx *store.Tx) (err error) {
		if err := access.MayGive(ctx, tx, by, g.Role, g.Org); err != nil {
			return err
		}
		if a, err = tx.Account(ctx, id); err != nil {
			return err
		}
		if err := s.known(ctx, tx, by, a); err != nil {
			return err
		}
		if err := others(by, a); err != nil {
			return err
		}
		before := a
		if err := change(&a); err != nil || slices.Equal(before.Grants, a.Grants) {
			return err
		}
		if a, err = s.save(ctx, tx, by, before, a, action); err != nil {
			return err
		}
		return s.endChanged(ctx, tx, by, a)
	})
	return a, err
}

// known refuses an account of which the actor may give no role: he is not told
// that there is one.
func (s *Service) known(ctx context.Context, tx *store.Tx, by registry.Actor, a registry.Account) error {
	if by.Account == access.System.Account {
		return nil
	}
	all, err := access.ReadTree(ctx, tx)
	if err != nil {
		return err
	}
	if knows(all, by, a) {
		return nil
	}
	return registry.Fail(registry.NotFound, "account.unknown", "")
}

func knows(all access.Tree, by registry.Actor, a registry.Account) bool {
	return slices.ContainsFunc(a.Grants, func(g registry.Grant) bool { return registry.MayGive(by, g.Role, all.Path(g.Org)) })
}

// Listed is an account of a register, and what the actor may do with it.
type Listed struct {
	registry.Account
	Managed bool // every role of it is the actor's to give
}

// Register lists, by address, the accounts of which the actor may give or take a
// role at least.
func (s *Service) Register(ctx context.Context, by registry.Actor) ([]Listed, error) {
	if !registry.CanSomewhere(by, registry.InviteAccount) {
		return nil, registry.Fail(registry.Forbidden, "access.forbidden", string(registry.InviteAccount))
	}
	var list []Listed
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
			if knows(all, by, a) {
				list = append(list, Listed{a, manages(all, by, a) == nil})
			}
		}
		return nil
	})
	return list, err
}
