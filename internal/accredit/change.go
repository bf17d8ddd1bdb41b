package accredit

import (
	"context"
	"maps"
	"reflect"
	"slices"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// ChangeOrganization saves a changed organization over the version it was read
// in. Its code stays; whether it issues stays too, because keys and certificates
// hang on it.
func (s *Service) ChangeOrganization(ctx context.Context, by registry.Actor, o registry.Organization) (registry.Organization, error) {
	var after registry.Organization
	err := s.DB.Tx(ctx, func(tx *store.Tx) error {
		before, err := tx.Organization(ctx, o.ID)
		if err != nil {
			return err
		}
		if by.Account != access.System.Account { // who may look is told that he may not change
			if err := access.Allow(ctx, tx, by, registry.ReadRegister, registry.EditOrganization, before.ID, "organization", before.Code); err != nil {
				return err
			}
		}
		next := before
		next.Name, next.Aliases, next.Type, next.Region, next.TZ = o.Name, o.Aliases, o.Type, o.Region, o.TZ
		next.Dissolved, next.Successor, next.Parent, next.Version = o.Dissolved, o.Successor, o.Parent, o.Version
		if err := s.movable(ctx, tx, by, before, next); err != nil {
			return err
		}
		after, err = s.saveOrganization(ctx, tx, by, before, next)
		return err
	})
	return after, err
}

func (s *Service) saveOrganization(ctx context.Context, tx *store.Tx, by registry.Actor, before, next registry.Organization) (registry.Organization, error) {
	if err := next.Validate(); err != nil {
		return next, err
	}
	after, err := tx.SaveOrganization(ctx, next)
	if err != nil {
		return after, err
	}
	a := s.act(by, "organization.edit", "organization", after.ID, after.ID, after)
	a.Before = before
	return after, tx.Audit(ctx, a)
}

// movable refuses a place in the tree below oneself, or in a part of it that the
// actor has no say in, and a successor that is not there.
func (s *Service) movable(ctx context.Context, tx *store.Tx, by registry.Actor, before, next registry.Organization) error {
	if next.Successor != "" {
		if _, err := tx.Organization(ctx, next.Successor); err != nil || next.Successor == next.ID {
			return registry.FailField(registry.Invalid, "successor", "organization.successor")
		}
	}
	if next.Parent == before.Parent {
		return nil
	}
	if before.SchemeOwner || next.Parent == "" {
		return registry.FailField(registry.Conflict, "parent", "organization.top")
	}
	path, err := access.Path(ctx, tx, next.Parent)
	if err != nil {
		return err
	}
	if slices.Contains(path, before.ID) {
		return registry.FailField(registry.Invalid, "parent", "organization.circle")
	}
	return s.allow(ctx, tx, by, registry.EditOrganization, next.Parent)
}

// ChangeBase saves what a base says of itself, what it is called and what it may
// train for, over the version it was read in, and moves it to a state ("": as it
// is), all of it or nothing. Its manager changes contact, address, hours, campus
// and manikins; everything else is for the body that accredits, and refused.
func (s *Service) ChangeBase(ctx context.Context, by registry.Actor, b registry.Base, to registry.BaseStatus) (registry.Base, error) {
	var after registry.Base
	err := s.DB.Tx(ctx, func(tx *store.Tx) error {
		before, err := tx.Base(ctx, b.Code)
		if err != nil {
			return err
		}
		if s.allow(ctx, tx, by, registry.AccreditBase, before.Accrediting) != nil {
			if err := access.Allow(ctx, tx, by, registry.ReadRegister, registry.EditBase, before.Host, "base", b.Code); err != nil {
				return err
			}
			if to != "" || !sameAccreditation(before, b) {
				return registry.Fail(registry.Forbidden, "access.forbidden", string(registry.AccreditBase))
			}
		}
		if before.Version != b.Version {
			return registry.Fail(registry.Stale, "base.stale", b.Code)
		}
		next, action := before, "base.edit"
		next.Contact, next.Campus, next.Manikins, next.Address, next.Hours = b.Contact, b.Campus, b.Manikins, b.Address, b.Hours
		if !sameAccreditation(before, b) {
			if err := takeOver(ctx, tx, &next, b); err != nil {
				return err
			}
		}
		if to != "" {
			if next, err = next.To(to); err != nil {
				return err
			}
			action = "base." + string(to)
		}
		if err := next.Validate(); err != nil {
			return err
		}
		if after, err = tx.SaveBase(ctx, next); err != nil {
			return err
		}
		a := s.act(by, action, "base", after.ID, after.Host, after)
		a.Before = before
		return tx.Audit(ctx, a)
	})
	return after, err
}

// sameAccreditation reports whether nothing differs that is for the accrediting
// body to change.
func sameAccreditation(a, b registry.Base) bool {
	return maps.Equal(a.Name, b.Name) && a.TZ == b.TZ && slices.Equal(a.Programmes, b.Programmes) && a.AccreditedFrom == b.AccreditedFrom &&
		a.AccreditedUntil == b.AccreditedUntil && reflect.DeepEqual(a.Signatories, b.Signatories)
}

// takeOver puts the accrediting body's part of a change into the base.
func takeOver(ctx context.Context, tx *store.Tx, next *registry.Base, b registry.Base) error {
	if !b.AccreditedUntil.IsZero() && b.AccreditedUntil.Before(b.AccreditedFrom) {
		return registry.FailField(registry.Invalid, "accredited_until", "base.order")
	}
	path, err := access.Path(ctx, tx, next.Host)
	if err != nil {
		return err
	}
	for _, code := range b.Programmes {
		if err := owned(ctx, tx, code, path); err != nil {
			return err
		}
	}
	if len(b.Programmes) == 0 {
		return registry.FailField(registry.Invalid, "programmes", "base.no_programme")
	}
	next.Name, next.TZ, next.Programmes, next.Signatories = b.Name, b.TZ, b.Programmes, b.Signatories
	next.AccreditedFrom, next.AccreditedUntil = b.AccreditedFrom, b.AccreditedUntil
	return nil
}

// ChangeDraft saves a draft of a course over the edition it was read in. A
// version that was active is never changed: certificates name it.
func (s *Service) ChangeDraft(ctx context.Context, by registry.Actor, c registry.Course) (registry.Course, error) {
	var after registry.Course
	err := s.DB.Tx(ctx, func(tx *store.Tx) error {
		before, owner, err := s.course(ctx, tx, by, c.Code, c.Version)
		if err != nil {
			return err
		}
		if before.Status != registry.CourseDraft {
			return registry.Fail(registry.Conflict, "course.not_draft", c.Code)
		}
		next := c
		next.ID, next.Status, next.Programme = before.ID, before.Status, before.Programme
		if err := next.Validate(); err != nil {
			return err
		}
		after, err = s.saveCourse(ctx, tx, by, owner, "course.edit", before, next)
		return err
	})
	return after, err
}

// NewVersion makes a draft of the version after the newest one, with everything
// that this has. A draft that is there already is returned as it is.
func (s *Service) NewVersion(ctx context.Context, by registry.Actor, code string) (registry.Course, error) {
	var draft registry.Course
	err := s.DB.Tx(ctx, func(tx *store.Tx) error {
		newest, err := newestVersion(ctx, tx, code)
		if err != nil {
			return err
		}
		if _, _, err := s.course(ctx, tx, by, code, newest.Version); err != nil {
			return err
		}
		if draft = newest; newest.Status == registry.CourseDraft {
			return nil
		}
		draft, err = s.addCourse(ctx, tx, by, newest.Next(newest.Version+1))
		return err
	})
	return draft, err
}

func newestVersion(ctx context.Context, tx *store.Tx, code string) (registry.Course, error) {
	all, err := tx.Courses(ctx)
	if err != nil {
		return registry.Course{}, err
	}
	for _, c := range slices.Backward(all) { // by code and version
		if c.Code == code {
			return c, nil
		}
	}
	return registry.Course{}, registry.Fail(registry.NotFound, "course.unknown", code)
}

// MoveCourse changes the state of a version, read in the edition. Making one
// active retires the version that was: classes that began with it keep it.
func (s *Service) MoveCourse(ctx context.Context, by registry.Actor, code string, version int, edition int64, to registry.CourseStatus) (registry.Course, error) {
	var after registry.Course
	err := s.DB.Tx(ctx, func(tx *store.Tx) error {
		before, owner, err := s.course(ctx, tx, by, code, version)
		if err != nil {
			return err
		}
		next, err := before.To(to)
		if err != nil {
			return err
		}
		if next.Edition = edition; to == registry.CourseActive {
			if err := s.retireOthers(ctx, tx, by, owner, code); err != nil {
				return err
			}
		}
		after, err = s.saveCourse(ctx, tx, by, owner, "course."+string(to), before, next)
		return err
	})
	return after, err
}

func (s *Service) retireOthers(ctx context.Context, tx *store.Tx, by registry.Actor, owner registry.ID, code string) error {
	all, err := tx.Courses(ctx)
	if err != nil {
		return err
	}
	for _, old := range all {
		if old.Code != code || old.Status != registry.CourseActive {
			continue
		}
		next, err := old.To(registry.CourseRetired)
		if err != nil {
			return err
		}
		if _, err := s.saveCourse(ctx, tx, by, owner, "course.retired", old, next); err != nil {
			return err
		}
	}
	return nil
}

// course reads a version for somebody who may change it, with the body that
// keeps it.
func (s *Service) course(ctx context.Context, tx *store.Tx, by registry.Actor, code string, version int) (registry.Course, registry.ID, error) {
	c, err := tx.Course(ctx, code, version)
	if err != nil {
		return c, "", err
	}
	p, err := tx.Programme(ctx, c.Programme)
	if err != nil {
		return c, "", err
	}
	if by.Account == access.System.Account {
		return c, p.Owner, nil
	}
	return c, p.Owner, access.Allow(ctx, tx, by, registry.ReadRegister, registry.EditCourse, p.Owner, "course", code)
}

func (s *Service) saveCourse(ctx context.Context, tx *store.Tx, by registry.Actor, owner registry.ID, action string, before, next registry.Course) (registry.Course, error) {
	after, err := tx.SaveCourse(ctx, next)
	if err != nil {
		return after, err
	}
	a := s.act(by, action, "course", after.ID, owner, after)
	a.Before = before
	return after, tx.Audit(ctx, a)
}
