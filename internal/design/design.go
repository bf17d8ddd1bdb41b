// Package design keeps how an issuer's certificates look: its logo and the image
// of its seal, its own designs and their versions, which design each kind of
// certificate has, and who signs where a base names nobody.
//
// It promises that a design which is stored can be printed with every name that
// the registry takes, that nothing stored is ever changed but only followed by
// something newer, and that every change is in the audit trail with who made it.
package design

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/certificate"
	"github.com/passmuster/passmuster/internal/look"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// Service keeps the designs.
type Service struct {
	DB   *store.DB
	Now  func() time.Time
	Demo bool

	shelf  look.Shelf
	opened sync.Once
	press  *certificate.Press
	fault  error
}

// Kinds are the kinds of certificate, each with a design of its own.
var Kinds = []registry.CredentialKind{registry.Competence, registry.Attendance, registry.Instructor, registry.Honour}

// opening returns a press that signs nothing.
func (s *Service) opening() (*certificate.Press, error) {
	s.opened.Do(func() { s.press, s.fault = certificate.NewPress(nil) })
	return s.press, s.fault
}

// Issuers lists the bodies whose designs the actor may look at: those below his
// role, and the one that answers for his own organization.
func (s *Service) Issuers(ctx context.Context, by registry.Actor) ([]registry.Organization, error) {
	var list []registry.Organization
	err := s.DB.Read(ctx, func(tx *store.Tx) error {
		all, err := tx.Organizations(ctx)
		if err != nil {
			return err
		}
		seen, err := readable(ctx, tx, by)
		if err != nil {
			return err
		}
		list = slices.DeleteFunc(all, func(o registry.Organization) bool { return !o.SchemeOwner || !slices.Contains(seen, o.ID) })
		return nil
	})
	if err == nil && len(list) == 0 {
		err = registry.Fail(registry.Forbidden, "access.forbidden", string(registry.ReadTemplate))
	}
	return list, err
}

// readable lists the organizations below the actor's roles and the issuers
// above them.
func readable(ctx context.Context, tx *store.Tx, by registry.Actor) ([]registry.ID, error) {
	roots := registry.ScopesFor(by, registry.ReadTemplate)
	if len(roots) == 0 {
		return nil, nil
	}
	seen, err := tx.Subtree(ctx, roots)
	if err != nil {
		return nil, err
	}
	for _, root := range roots {
		path, err := tx.OrganizationPath(ctx, root)
		if err != nil {
			return nil, err
		}
		if o, err := registry.IssuerOf(path); err == nil {
			seen = append(seen, o.ID)
		}
	}
	return seen, nil
}

// issuer finds the issuer with the code for somebody who may do act there.
func (s *Service) issuer(ctx context.Context, tx *store.Tx, by registry.Actor, code string, act registry.Action) (registry.Organization, error) {
	o, err := tx.OrganizationByCode(ctx, code)
	if err != nil || by.Account == access.System.Account {
		return o, err
	}
	seen, err := readable(ctx, tx, by)
	if err != nil {
		return o, err
	}
	if !slices.Contains(seen, o.ID) {
		return o, registry.Fail(registry.NotFound, "organization.unknown", code)
	}
	if !o.SchemeOwner {
		return o, registry.FailField(registry.Invalid, "issuer", "look.issuer", code)
	}
	if act == registry.ReadTemplate {
		return o, nil
	}
	path, err := access.Path(ctx, tx, o.ID)
	if err != nil {
		return o, err
	}
	if !registry.Can(by, act, path) {
		return o, registry.Fail(registry.Forbidden, "access.forbidden", string(act))
	}
	return o, nil
}

// Overview is everything about the look of an issuer's certificates.
type Overview struct {
	Issuer      registry.Organization
	MayEdit     bool
	BuiltIn     []certificate.DesignInfo
	Own         []store.OwnDesign // by name, newest version first
	Choices     map[registry.CredentialKind]store.DesignChoice
	History     []store.DesignChoice        // newest first
	Pictures    map[string]store.ArtworkUse // in use, by role
	Uses        []store.ArtworkUse          // newest first
	Signatories []registry.Signatory
	Version     int64                  // of the signatories
	Names       map[registry.ID]string // of the accounts that did all this
}

// Overview reads it.
func (s *Service) Overview(ctx context.Context, by registry.Actor, code string) (Overview, error) {
	var o Overview
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		o = Overview{BuiltIn: certificate.Designs(), Choices: map[registry.CredentialKind]store.DesignChoice{},
			Pictures: map[string]store.ArtworkUse{}, Names: map[registry.ID]string{}}
		if o.Issuer, err = s.issuer(ctx, tx, by, code, registry.ReadTemplate); err != nil {
			return err
		}
		_, denied := s.issuer(ctx, tx, by, code, registry.EditTemplate)
		o.MayEdit = denied == nil
		if o.Own, err = tx.OwnDesigns(ctx, o.Issuer.ID); err != nil {
			return err
		}
		for _, kind := range Kinds {
			if o.Choices[kind], err = tx.DesignChoice(ctx, o.Issuer.ID, kind); err != nil {
				return err
			}
		}
		for _, role := range look.Roles {
			if o.Pictures[role], err = tx.ArtworkUse(ctx, o.Issuer.ID, role); err != nil {
				return err
			}
		}
		if o.History, err = tx.DesignChoices(ctx, o.Issuer.ID); err != nil {
			return err
		}
		if o.Uses, err = tx.ArtworkUses(ctx, o.Issuer.ID); err != nil {
			return err
		}
		if o.Signatories, o.Version, err = tx.OrgSignatories(ctx, o.Issuer.ID); err != nil {
			return err
		}
		return o.names(ctx, tx)
	})
	return o, err
}

// names finds who did it; an account that is none (the registry itself) has no
// name.
func (o *Overview) names(ctx context.Context, tx *store.Tx) error {
	var ids []registry.ID
	for _, u := range o.Uses {
		ids = append(ids, u.By)
	}
	for _, d := range o.Own {
		ids = append(ids, d.By)
	}
	for _, c := range o.History {
		ids = append(ids, c.By)
	}
	for _, id := range ids {
		if _, ok := o.Names[id]; ok {
			continue
		}
		a, err := tx.Account(ctx, id)
		if err != nil && !isNotFound(err) {
			return err
		}
		o.Names[id] = a.Name
	}
	return nil
}

// SaveSignatories sets who signs for the issuer where a base names nobody;
// version is the one that the editor saw, 0 for none.
func (s *Service) SaveSignatories(ctx context.Context, by registry.Actor, code string, version int64, list []registry.Signatory) error {
	if err := registry.CheckSignatories(list); err != nil {
		return err
	}
	if list == nil {
		list = []registry.Signatory{}
	}
	return s.DB.Tx(ctx, func(tx *store.Tx) error {
		o, err := s.issuer(ctx, tx, by, code, registry.EditTemplate)
		if err != nil {
			return err
		}
		before, _, err := tx.OrgSignatories(ctx, o.ID)
		if err != nil {
			return err
		}
		if err := tx.SaveOrgSignatories(ctx, o.ID, list, version); err != nil {
			return err
		}
		return tx.Audit(ctx, store.Act{Actor: by.Account, Action: "signatories.edit", ObjectType: "organization", Object: o.ID, Org: o.ID,
			Before: before, After: list, At: s.Now()})
	})
}
