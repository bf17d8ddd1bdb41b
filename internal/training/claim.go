package training

import (
	"context"
	"errors"
	"strings"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// LostLink says which private page somebody looks for. The end of the telephone
// number is what proves it: nothing that is printed on a certificate opens the
// page (its name, number and last four do not).
type LostLink struct {
	Name   string
	Phone4 string          // last four digits of the number that was given in the class
	Number registry.Number // of the certificate; or
	Base   string          // code of the base, and
	Year   int             // the month in which the class was held
	Month  int
}

// Found is a private page.
type Found struct {
	Token  string
	Class  registry.Class
	Course registry.Course
	Base   registry.Base
}

// FindLost finds private pages again, none where anything does not fit: the
// answer does not say what.
func (s *Service) FindLost(ctx context.Context, l LostLink) ([]Found, error) {
	var found []Found
	err := s.DB.Read(ctx, func(tx *store.Tx) error {
		found = nil
		list, err := s.lost(ctx, tx, l)
		if err != nil {
			return err
		}
		for _, e := range list {
			r, err := s.room(ctx, tx, e.Class)
			if err != nil {
				return err
			}
			if l.Number == "" && (r.Class.Base != l.Base || !heldIn(r.Class, l.Year, l.Month)) {
				continue
			}
			found = append(found, Found{Token: access.HolderToken(s.Keys, e.ID, 1), Class: r.Class, Course: r.Course, Base: r.Base})
		}
		return nil
	})
	return found, err
}

func heldIn(c registry.Class, year, month int) bool {
	for _, d := range c.Dates() {
		if d.Year == year && int(d.Month) == month {
			return true
		}
	}
	return false
}

// lost lists the enrolments of people with the name and the telephone number.
func (s *Service) lost(ctx context.Context, tx *store.Tx, l LostLink) ([]registry.Enrolment, error) {
	key := registry.NameKey(l.Name)
	if key == "" || len(l.Phone4) != 4 {
		return nil, nil
	}
	if l.Number != "" {
		return s.lostNumber(ctx, tx, l, key)
	}
	people, err := tx.PersonsByNameKey(ctx, key)
	if err != nil {
		return nil, err
	}
	var list []registry.Enrolment
	for _, p := range people {
		if !reaches(p, l.Phone4) {
			continue
		}
		enrolments, err := tx.EnrolmentsOfPerson(ctx, p.ID)
		if err != nil {
			return nil, err
		}
		for _, e := range enrolments {
			if e.Status != registry.Withdrawn {
				list = append(list, e)
			}
		}
	}
	return list, nil
}

func (s *Service) lostNumber(ctx context.Context, tx *store.Tx, l LostLink, key string) ([]registry.Enrolment, error) {
	c, err := tx.CredentialByNumber(ctx, l.Number)
	if errors.Is(err, registry.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	p, err := tx.Person(ctx, c.Person)
	if err != nil {
		return nil, err
	}
	if registry.NameKey(c.Snapshot.Name) != key && p.NameKey != key || !reaches(p, l.Phone4) {
		return nil, nil
	}
	e, err := tx.Enrolment(ctx, c.Enrolment)
	if err != nil || e.Status == registry.Withdrawn {
		return nil, err
	}
	return []registry.Enrolment{e}, nil
}

// reaches reports whether the person's telephone number ends so.
func reaches(p registry.Person, end string) bool {
	return p.MergedInto == "" && len(p.Phone) >= 7 && strings.HasSuffix(p.Phone, end)
}
