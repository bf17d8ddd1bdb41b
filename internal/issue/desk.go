package issue

import (
	"context"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// Desk finds where a submitted class waits, for somebody who may see it: with the
// approvers of its base's organization, or, where none of them may decide, of the
// nearest organization above.
func (s *Service) Desk(ctx context.Context, by registry.Actor, id registry.ID) (registry.Desk, error) {
	var desk registry.Desk
	err := s.DB.Read(ctx, func(tx *store.Tx) error {
		class, org, err := access.Class(ctx, tx, by, registry.ReadClass, id)
		if err != nil || class.Status != registry.ClassSubmitted {
			return err
		}
		desk, err = s.desk(ctx, tx, class, org)
		return err
	})
	return desk, err
}

func (s *Service) desk(ctx context.Context, tx *store.Tx, class registry.Class, org registry.ID) (registry.Desk, error) {
	path, err := access.Path(ctx, tx, org)
	if err != nil {
		return registry.Desk{}, err
	}
	had, err := s.parts(ctx, tx, class)
	if err != nil {
		return registry.Desk{}, err
	}
	return registry.DeskOf(path, func(org registry.ID) ([]registry.Actor, error) {
		accounts, err := tx.Deciders(ctx, org)
		list := make([]registry.Actor, len(accounts))
		for i, a := range accounts {
			list[i] = a.Actor()
		}
		return list, err
	}, func(a registry.Actor) bool { return had.bar(class, a) == nil })
}

// parts are those who had a part in a class.
type parts struct {
	submitter, creator  registry.Actor
	assessors, trainees []registry.ID
}

func (s *Service) parts(ctx context.Context, tx *store.Tx, class registry.Class) (p parts, err error) {
	submitter, err := tx.Account(ctx, class.SubmittedBy)
	if err != nil {
		return p, err
	}
	creator, err := tx.Account(ctx, class.CreatedBy)
	if err != nil && !isNotFound(err) { // the registry itself has no account
		return p, err
	}
	p.submitter, p.creator = submitter.Actor(), creator.Actor()
	if p.assessors, err = tx.Assessors(ctx, class.ID); err != nil {
		return p, err
	}
	p.trainees, err = tx.Trainees(ctx, class.ID)
	return p, err
}

// bar says why the actor may not decide, nil if he may.
func (p parts) bar(class registry.Class, by registry.Actor) error {
	return class.FourEyes(by, p.submitter, p.creator, p.assessors, p.trainees)
}

// PasskeyNeeded reports whether the issuer of the class lets nothing be approved
// without a passkey.
func (s *Service) PasskeyNeeded(ctx context.Context, by registry.Actor, id registry.ID) (needed bool, err error) {
	err = s.DB.Read(ctx, func(tx *store.Tx) error {
		_, org, err := access.Class(ctx, tx, by, registry.ReadClass, id)
		if err != nil {
			return err
		}
		issuer, err := issuerOf(ctx, tx, org)
		if err != nil {
			return err
		}
		needed, err = tx.PasskeyNeeded(ctx, issuer.ID)
		return err
	})
	return needed, err
}

// PasskeyRule says whether an issuer asks for passkeys, for those who may see it.
func (s *Service) PasskeyRule(ctx context.Context, by registry.Actor, issuer registry.ID) (needed bool, err error) {
	err = s.DB.Read(ctx, func(tx *store.Tx) error {
		if err := access.Allow(ctx, tx, by, registry.ReadClass, registry.ReadClass, issuer, "organization", issuer); err != nil {
			return err
		}
		needed, err = tx.PasskeyNeeded(ctx, issuer)
		return err
	})
	return needed, err
}

// RequirePasskey makes an issuer ask its approvers for passkeys, or no longer.
// Where browsers allow no passkeys the rule would stop every approval, so it is
// refused; lifting it is possible everywhere.
func (s *Service) RequirePasskey(ctx context.Context, by registry.Actor, issuer registry.ID, needed bool) error {
	return s.DB.Tx(ctx, func(tx *store.Tx) error {
		org, err := tx.Organization(ctx, issuer)
		if err != nil {
			return err
		}
		if err := access.Allow(ctx, tx, by, registry.ReadClass, registry.EditOrganization, issuer, "organization", issuer); err != nil {
			return err
		}
		if !org.SchemeOwner {
			return registry.Fail(registry.Conflict, "approve.no_issuer", org.Code)
		}
		before, err := tx.PasskeyNeeded(ctx, issuer)
		if err != nil || before == needed {
			return err
		}
		if needed && (s.Passkeys == nil || !s.Passkeys.Available()) {
			return registry.Fail(registry.Conflict, "approve.rule_origin")
		}
		if err := tx.PutPasskeyNeeded(ctx, issuer, needed); err != nil {
			return err
		}
		return tx.Audit(ctx, store.Act{Actor: by.Account, Action: "approval.rule", ObjectType: "organization", Object: issuer, Org: issuer,
			Before: before, After: needed, At: s.Now(), Detail: map[string]string{"code": org.Code}})
	})
}

func issuerOf(ctx context.Context, tx *store.Tx, org registry.ID) (registry.Organization, error) {
	path, err := tx.OrganizationPath(ctx, org)
	if err != nil {
		return registry.Organization{}, err
	}
	return registry.IssuerOf(path)
}
