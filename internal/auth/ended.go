package auth

import (
	"context"
	"errors"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// mayMake refuses unless the maker could make the invitation today: give the
// role, or every role that the account with the new password has by now.
func mayMake(ctx context.Context, tx *store.Tx, maker registry.Account, i registry.Invitation) error {
	if maker.Status != registry.AccountActive {
		return registry.Fail(registry.Forbidden, "account.disabled")
	}
	if i.Kind != registry.InvitePassword {
		return access.MayGive(ctx, tx, maker.Actor(), i.Role, i.Org)
	}
	a, err := tx.Account(ctx, i.Account)
	if err != nil {
		return err
	}
	return manage(ctx, tx, maker.Actor(), a)
}

// notAllowed reports a refusal, as opposed to a fault of the store.
func notAllowed(err error) bool {
	return errors.Is(err, registry.Forbidden) || errors.Is(err, registry.NotFound)
}

// endLinks withdraws the open invitations that over says are over.
func (s *Service) endLinks(ctx context.Context, tx *store.Tx, by registry.Actor, over func(registry.Invitation) (bool, error)) error {
	all, err := tx.Invitations(ctx)
	if err != nil {
		return err
	}
	for _, i := range all {
		if i.StateAt(s.Now()) != registry.InvitationOpen {
			continue
		}
		end, err := over(i)
		if err == nil && end {
			err = s.withdraw(ctx, tx, by, i)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// passwordOf reports whether the invitation sets the account's password.
func passwordOf(i registry.Invitation, account registry.ID) bool {
	return i.Kind == registry.InvitePassword && i.Account == account
}

func (s *Service) endPasswordLinks(ctx context.Context, tx *store.Tx, by registry.Actor, account registry.ID) error {
	return s.endLinks(ctx, tx, by, func(i registry.Invitation) (bool, error) { return passwordOf(i, account), nil })
}

// endAllLinks ends what the account promised and the links to its password: they
// do not come back when it is let in again.
func (s *Service) endAllLinks(ctx context.Context, tx *store.Tx, by registry.Actor, account registry.ID) error {
	return s.endLinks(ctx, tx, by, func(i registry.Invitation) (bool, error) {
		return i.MadeBy == account || passwordOf(i, account), nil
	})
}

// endChanged ends, after an account's roles changed, the links to its password,
// which would open more or less than their maker knew, and what it promised and
// may no longer give.
func (s *Service) endChanged(ctx context.Context, tx *store.Tx, by registry.Actor, a registry.Account) error {
	return s.endLinks(ctx, tx, by, func(i registry.Invitation) (bool, error) {
		if passwordOf(i, a.ID) {
			return true, nil
		}
		if i.MadeBy != a.ID {
			return false, nil
		}
		err := mayMake(ctx, tx, a, i)
		if notAllowed(err) {
			return true, nil
		}
		return false, err
	})
}
