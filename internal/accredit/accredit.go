// Package accredit keeps who may train, issue and check: organizations,
// programmes, bases, courses, people who train. Only a scheme owner's office
// changes them, in its own subtree.
package accredit

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// Service keeps the registers.
type Service struct {
	DB   *store.DB
	Keys *keys.Ring
	Now  func() time.Time
	Demo bool
}

// AddOrganization puts an organization below its parent. A new scheme owner gets
// a signing key of its own.
func (s *Service) AddOrganization(ctx context.Context, by registry.Actor, o registry.Organization) (registry.Organization, error) {
	err := s.DB.Tx(ctx, func(tx *store.Tx) (err error) {
		if err := s.allow(ctx, tx, by, registry.EditOrganization, o.Parent); err != nil {
			return err
		}
		o, err = s.addOrganization(ctx, tx, by, o)
		return err
	})
	return o, err
}

// addOrganization is AddOrganization for somebody who may.
func (s *Service) addOrganization(ctx context.Context, tx *store.Tx, by registry.Actor, o registry.Organization) (registry.Organization, error) {
	if err := o.Validate(); err != nil {
		return o, err
	}
	o.ID, o.Version = store.NewID(), 1
	if err := tx.AddOrganization(ctx, o); err != nil {
		return o, err
	}
	if o.SchemeOwner { // before the commit: a key too many does no harm, an issuer without one cannot issue
		if _, err := s.Keys.EnsureIssuer(o.Code, s.Now()); err != nil {
			return o, err
		}
	}
	return o, tx.Audit(ctx, s.act(by, "organization.add", "organization", o.ID, o.ID, o))
}

// AddProgramme adds a line of training of an organization.
func (s *Service) AddProgramme(ctx context.Context, by registry.Actor, p registry.Programme) (registry.Programme, error) {
	if err := p.Validate(); err != nil {
		return p, err
	}
	p.ID, p.Version = store.NewID(), 1
	err := s.DB.Tx(ctx, func(tx *store.Tx) error {
		if err := s.allow(ctx, tx, by, registry.EditCourse, p.Owner); err != nil {
			return err
		}
		if err := tx.AddProgramme(ctx, p); err != nil {
			return err
		}
		return tx.Audit(ctx, s.act(by, "programme.add", "programme", p.ID, p.Owner, p))
	})
	return p, err
}

// AddBase accredits a host organization as a training base.
func (s *Service) AddBase(ctx context.Context, by registry.Actor, b registry.Base) (registry.Base, error) {
	err := s.DB.Tx(ctx, func(tx *store.Tx) (err error) {
		b, err = s.addBase(ctx, tx, by, b)
		return err
	})
	return b, err
}

func (s *Service) addBase(ctx context.Context, tx *store.Tx, by registry.Actor, b registry.Base) (registry.Base, error) {
	if err := b.Validate(); err != nil {
		return b, err
	}
	b.ID, b.Version = store.NewID(), 1
	if err := s.allow(ctx, tx, by, registry.AccreditBase, b.Accrediting); err != nil {
		return b, err
	}
	path, err := access.Path(ctx, tx, b.Host)
	if err != nil {
		return b, err
	}
	if !slices.Contains(path, b.Accrediting) { // a federation accredits in its own subtree
		return b, registry.Fail(registry.Conflict, "base.foreign_host", b.Code)
	}
	for _, code := range b.Programmes {
		if err := owned(ctx, tx, code, path); err != nil {
			return b, err
		}
	}
	if err := tx.AddBase(ctx, b); err != nil {
		return b, err
	}
	return b, tx.Audit(ctx, s.act(by, "base.add", "base", b.ID, b.Host, b))
}

// owned refuses the programme of a body that is not on the path: its codes begin
// the numbers of credentials, and another federation's are not ours to use.
func owned(ctx context.Context, tx *store.Tx, programme string, path []registry.ID) error {
	p, err := tx.Programme(ctx, programme)
	if err == nil && !slices.Contains(path, p.Owner) {
		err = registry.Fail(registry.NotFound, "programme.unknown", programme)
	}
	return err
}

// MoveBase changes a base's accreditation state.
func (s *Service) MoveBase(ctx context.Context, by registry.Actor, code string, version int64, to registry.BaseStatus) (registry.Base, error) {
	return s.EditBase(ctx, by, code, version, to, nil)
}

// EditBase changes a base's accreditation state, its usual signatories, or both;
// "" and nil leave what is there. An empty list leaves signing to those of the
// issuer.
func (s *Service) EditBase(ctx context.Context, by registry.Actor, code string, version int64, to registry.BaseStatus, signatories []registry.Signatory) (registry.Base, error) {
	var b registry.Base
	err := s.DB.Tx(ctx, func(tx *store.Tx) error {
		before, err := tx.Base(ctx, code)
		if err != nil {
			return err
		}
		if err := s.mayAccredit(ctx, tx, by, before); err != nil {
			return err
		}
		next, action := before, "base.edit"
		if to != "" {
			if next, err = before.To(to); err != nil {
				return err
			}
			action = "base." + string(to)
		}
		if signatories != nil {
			next.Signatories = signatories
		}
		if err := next.Validate(); err != nil {
			return err
		}
		next.Version = version
		if b, err = tx.SaveBase(ctx, next); err != nil {
			return err
		}
		a := s.act(by, action, "base", b.ID, b.Host, b)
		a.Before = before
		return tx.Audit(ctx, a)
	})
	return b, err
}

// mayAccredit refuses who may not change the accreditation of a base. Somebody of
// the base is told that he may not; others, that there is none.
func (s *Service) mayAccredit(ctx context.Context, tx *store.Tx, by registry.Actor, b registry.Base) error {
	err := s.allow(ctx, tx, by, registry.AccreditBase, b.Accrediting)
	if errors.Is(err, registry.NotFound) {
		return access.Allow(ctx, tx, by, registry.ReadRegister, registry.AccreditBase, b.Host, "base", b.Code)
	}
	return err
}

// AddCourse adds a version of a course.
func (s *Service) AddCourse(ctx context.Context, by registry.Actor, c registry.Course) (registry.Course, error) {
	err := s.DB.Tx(ctx, func(tx *store.Tx) (err error) {
		c, err = s.addCourse(ctx, tx, by, c)
		return err
	})
	return c, err
}

func (s *Service) addCourse(ctx context.Context, tx *store.Tx, by registry.Actor, c registry.Course) (registry.Course, error) {
	if err := c.Validate(); err != nil {
		return c, err
	}
	c.ID, c.Edition = store.NewID(), 1
	p, err := tx.Programme(ctx, c.Programme)
	if err != nil {
		return c, err
	}
	if err := s.allow(ctx, tx, by, registry.EditCourse, p.Owner); err != nil {
		return c, err
	}
	if err := ownVersions(ctx, tx, c, p); err != nil {
		return c, err
	}
	if err := tx.AddCourse(ctx, c); err != nil {
		return c, err
	}
	return c, tx.Audit(ctx, s.act(by, "course.add", "course", c.ID, p.Owner, c))
}

// ownVersions refuses a version of a course that another body keeps: it would
// become the newest one, and its pass mark theirs.
func ownVersions(ctx context.Context, tx *store.Tx, c registry.Course, p registry.Programme) error {
	all, err := tx.Courses(ctx)
	if err != nil {
		return err
	}
	for _, old := range all {
		if old.Code != c.Code || old.Programme == c.Programme {
			continue
		}
		kept, err := tx.Programme(ctx, old.Programme)
		if err != nil {
			return err
		}
		if kept.Owner != p.Owner {
			return registry.Fail(registry.Conflict, "course.exists", c.Code)
		}
	}
	return nil
}

// allow checks a permission in an organization; the top of the tree has no
// parent, and only the system plants it.
func (s *Service) allow(ctx context.Context, tx *store.Tx, by registry.Actor, act registry.Action, org registry.ID) error {
	if by.Account == access.System.Account {
		return nil
	}
	if org == "" {
		return registry.Fail(registry.Forbidden, "access.forbidden", string(act))
	}
	return access.Allow(ctx, tx, by, act, act, org, "organization", org)
}

func (s *Service) act(by registry.Actor, name, kind string, object, org registry.ID, after any) store.Act {
	return store.Act{Actor: by.Account, Action: name, ObjectType: kind, Object: object, Org: org, After: after, At: s.Now()}
}

// Registers is what the public and the staff may read of the registers.
type Registers struct {
	Organizations []registry.Organization
	Programmes    []registry.Programme
	Bases         []registry.Base
	Courses       []registry.Course
}

// Registers reads all registers that name no person.
func (s *Service) Registers(ctx context.Context) (Registers, error) {
	var r Registers
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		if r.Organizations, err = tx.Organizations(ctx); err != nil {
			return err
		}
		if r.Programmes, err = tx.Programmes(ctx); err != nil {
			return err
		}
		if r.Bases, err = tx.Bases(ctx); err != nil {
			return err
		}
		r.Courses, err = tx.Courses(ctx)
		return err
	})
	return r, err
}
