// Package accredit keeps who may train, issue and check: organizations,
// programmes, bases, courses, people who train. Only a scheme owner's office
// changes them, in its own subtree.
package accredit

import (
	"context"
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
	if err := o.Validate(); err != nil {
		return o, err
	}
	o.ID, o.Version = store.NewID(), 1
	err := s.DB.Tx(ctx, func(tx *store.Tx) error {
		if err := s.allow(ctx, tx, by, registry.EditOrganization, o.Parent); err != nil {
			return err
		}
		if err := tx.AddOrganization(ctx, o); err != nil {
			return err
		}
		return tx.Audit(ctx, s.act(by, "organization.add", "organization", o.ID, o.ID, o))
	})
	if err != nil || !o.SchemeOwner {
		return o, err
	}
	_, err = s.Keys.EnsureIssuer(o.Code, s.Now())
	return o, err
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
	if err := b.Validate(); err != nil {
		return b, err
	}
	b.ID, b.Version = store.NewID(), 1
	err := s.DB.Tx(ctx, func(tx *store.Tx) error {
		if err := s.allow(ctx, tx, by, registry.AccreditBase, b.Accrediting); err != nil {
			return err
		}
		for _, code := range b.Programmes {
			if _, err := tx.Programme(ctx, code); err != nil {
				return err
			}
		}
		path, err := access.Path(ctx, tx, b.Host)
		if err != nil {
			return err
		}
		if !slices.Contains(path, b.Accrediting) { // a federation accredits in its own subtree
			return registry.Fail(registry.Conflict, "base.foreign_host", b.Code)
		}
		if err := tx.AddBase(ctx, b); err != nil {
			return err
		}
		return tx.Audit(ctx, s.act(by, "base.add", "base", b.ID, b.Host, b))
	})
	return b, err
}

// MoveBase changes a base's accreditation state.
func (s *Service) MoveBase(ctx context.Context, by registry.Actor, code string, version int64, to registry.BaseStatus) (registry.Base, error) {
	var b registry.Base
	err := s.DB.Tx(ctx, func(tx *store.Tx) error {
		before, err := tx.Base(ctx, code)
		if err != nil {
			return err
		}
		if err := s.allow(ctx, tx, by, registry.AccreditBase, before.Accrediting); err != nil {
			return err
		}
		next, err := before.To(to)
		if err != nil {
			return err
		}
		next.Version = version
		if b, err = tx.SaveBase(ctx, next); err != nil {
			return err
		}
		a := s.act(by, "base."+string(to), "base", b.ID, b.Host, b)
		a.Before = before
		return tx.Audit(ctx, a)
	})
	return b, err
}

// AddCourse adds a version of a course.
func (s *Service) AddCourse(ctx context.Context, by registry.Actor, c registry.Course) (registry.Course, error) {
	if err := c.Validate(); err != nil {
		return c, err
	}
	c.ID, c.Edition = store.NewID(), 1
	err := s.DB.Tx(ctx, func(tx *store.Tx) error {
		p, err := tx.Programme(ctx, c.Programme)
		if err != nil {
			return err
		}
		if err := s.allow(ctx, tx, by, registry.EditCourse, p.Owner); err != nil {
			return err
		}
		if err := tx.AddCourse(ctx, c); err != nil {
			return err
		}
		return tx.Audit(ctx, s.act(by, "course.add", "course", c.ID, p.Owner, c))
	})
	return c, err
}

// Trainer is a person to be accredited, and for what.
type Trainer struct {
	Person  registry.Person // an existing one by ID, or a new one
	Courses []string
	Level   string
	From    registry.Date
	Until   registry.Date
	Org     registry.ID // in whose name: the scope of the permission
}

// AccreditTrainer lets a person train courses.
func (s *Service) AccreditTrainer(ctx context.Context, by registry.Actor, t Trainer) (registry.Person, error) {
	person := t.Person
	err := s.DB.Tx(ctx, func(tx *store.Tx) (err error) {
		if err := s.allow(ctx, tx, by, registry.AccreditTrainer, t.Org); err != nil {
			return err
		}
		if person, err = s.person(ctx, tx, by, t); err != nil {
			return err
		}
		for _, course := range t.Courses {
			if _, err := tx.ActiveCourse(ctx, course); err != nil {
				return err
			}
			a := registry.Accreditation{ID: store.NewID(), Person: person.ID, Course: course, Level: t.Level, ValidFrom: t.From, ValidUntil: t.Until,
				Status: registry.TrainerActive, Version: 1}
			if err := tx.AddAccreditation(ctx, a); err != nil {
				return err
			}
			if err := tx.Audit(ctx, s.act(by, "trainer.accredit", "person", person.ID, t.Org, a)); err != nil {
				return err
			}
		}
		return nil
	})
	return person, err
}

func (s *Service) person(ctx context.Context, tx *store.Tx, by registry.Actor, t Trainer) (registry.Person, error) {
	if t.Person.ID != "" {
		return tx.Person(ctx, t.Person.ID)
	}
	p := t.Person
	name, faults := registry.CleanName(p.Name)
	for _, f := range faults {
		if !f.Warn {
			return p, &registry.Error{Kind: registry.Invalid, Code: f.Code, Field: "name", Args: f.Args}
		}
	}
	p.ID, p.Name, p.NameKey, p.Demo, p.Version = store.NewID(), name, registry.NameKey(name), s.Demo, 1
	if err := tx.AddPerson(ctx, p); err != nil {
		return p, err
	}
	return p, tx.Audit(ctx, s.act(by, "person.add", "person", p.ID, t.Org, nil))
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

// TrainersFor lists the people who may train the course on the date.
func (s *Service) TrainersFor(ctx context.Context, course string, on registry.Date) ([]registry.Person, error) {
	var people []registry.Person
	err := s.DB.Read(ctx, func(tx *store.Tx) error {
		people = nil
		held, err := tx.TrainersFor(ctx, course)
		if err != nil {
			return err
		}
		for _, a := range held {
			if !a.ActiveOn(on) || slices.ContainsFunc(people, func(p registry.Person) bool { return p.ID == a.Person }) {
				continue
			}
			p, err := tx.Person(ctx, a.Person)
			if err != nil {
				return err
			}
			people = append(people, p)
		}
		return nil
	})
	return people, err
}
