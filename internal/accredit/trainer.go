package accredit

import (
	"context"
	"errors"
	"slices"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

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
	return s.accredit(ctx, by, t, registry.AccreditTrainer, registry.TrainerActive)
}

func (s *Service) accredit(ctx context.Context, by registry.Actor, t Trainer, act registry.Action, as registry.TrainerStatus) (registry.Person, error) {
	person := t.Person
	err := s.DB.Tx(ctx, func(tx *store.Tx) (err error) {
		if err := s.allow(ctx, tx, by, act, t.Org); err != nil {
			return err
		}
		if person, err = s.person(ctx, tx, by, t); err != nil {
			return err
		}
		for _, course := range t.Courses {
			if err := s.teachable(ctx, tx, by, course, t.Org); err != nil {
				return err
			}
			if err := s.addAccreditation(ctx, tx, by, registry.Accreditation{Person: person.ID, Course: course, Level: t.Level, Org: t.Org,
				ValidFrom: t.From, ValidUntil: t.Until, Status: as}); err != nil {
				return err
			}
		}
		return nil
	})
	return person, err
}

func (s *Service) addAccreditation(ctx context.Context, tx *store.Tx, by registry.Actor, a registry.Accreditation) error {
	if !a.ValidUntil.IsZero() && a.ValidUntil.Before(a.ValidFrom) {
		return registry.FailField(registry.Invalid, "until", "trainer.order")
	}
	held, err := tx.AccreditationsOf(ctx, a.Person)
	if err != nil {
		return err
	}
	for _, h := range held {
		if h.Course == a.Course && h.Org == a.Org && h.Status != registry.TrainerLapsed && (h.ValidUntil.IsZero() || !h.ValidUntil.Before(a.ValidFrom)) {
			return registry.FailField(registry.Conflict, "courses", "trainer.held", a.Course)
		}
	}
	a.ID, a.Version = store.NewID(), 1
	if err := tx.AddAccreditation(ctx, a); err != nil {
		return err
	}
	action := "trainer.accredit"
	if a.Status == registry.TrainerCandidate {
		action = "trainer.propose"
	}
	return tx.Audit(ctx, s.act(by, action, "person", a.Person, a.Org, a))
}

// teachable refuses a course that no programme of the organization or of a body
// above it has: nobody accredits for another federation's courses.
func (s *Service) teachable(ctx context.Context, tx *store.Tx, by registry.Actor, code string, org registry.ID) error {
	course, err := tx.ActiveCourse(ctx, code)
	if err != nil || by.Account == access.System.Account {
		return err
	}
	path, err := access.Path(ctx, tx, org)
	if err != nil {
		return err
	}
	for _, programme := range append([]string{course.Programme}, course.AlsoIn...) {
		if err := owned(ctx, tx, programme, path); !errors.Is(err, registry.NotFound) {
			return err
		}
	}
	return registry.Fail(registry.NotFound, "course.unknown", code)
}

func (s *Service) person(ctx context.Context, tx *store.Tx, by registry.Actor, t Trainer) (registry.Person, error) {
	if t.Person.ID != "" {
		return tx.Person(ctx, t.Person.ID)
	}
	p := t.Person
	name, err := registry.RequireName("name", p.Name)
	if err != nil {
		return p, err
	}
	p.ID, p.Name, p.NameKey, p.Demo, p.Version = store.NewID(), name, registry.NameKey(name), s.Demo, 1
	if err := tx.AddPerson(ctx, p); err != nil {
		return p, err
	}
	return p, tx.Audit(ctx, s.act(by, "person.add", "person", p.ID, t.Org, nil))
}

// TrainersFor lists the people who may train the course on the date, at the base
// with the code, or at any base where the actor has a role if it is "".
func (s *Service) TrainersFor(ctx context.Context, by registry.Actor, course string, on registry.Date, base string) ([]registry.Person, error) {
	var people []registry.Person
	err := s.DB.Read(ctx, func(tx *store.Tx) error {
		people = nil
		paths, err := s.teachingAt(ctx, tx, by, base)
		if err != nil {
			return err
		}
		held, err := tx.TrainersFor(ctx, course)
		if err != nil {
			return err
		}
		for _, a := range held {
			if !a.ActiveOn(on) || !slices.ContainsFunc(paths, a.CountsAt) || slices.ContainsFunc(people, func(p registry.Person) bool { return p.ID == a.Person }) {
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

// teachingAt lists the paths, from a base's host to the top, that a trainer may
// be accredited on.
func (s *Service) teachingAt(ctx context.Context, tx *store.Tx, by registry.Actor, base string) ([][]registry.ID, error) {
	hosts := registry.ScopesFor(by, registry.ReadPerson)
	if base != "" {
		b, err := tx.Base(ctx, base)
		if err != nil {
			return nil, err
		}
		hosts = []registry.ID{b.Host}
	}
	below, err := tx.Subtree(ctx, hosts)
	if err != nil {
		return nil, err
	}
	var paths [][]registry.ID
	for _, host := range below {
		path, err := access.Path(ctx, tx, host)
		if err != nil {
			return nil, err
		}
		paths = append(paths, path)
	}
	return paths, nil
}
