package training

import (
	"context"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// PersonView is a person with everything that the reader may know of him.
type PersonView struct {
	Person      registry.Person
	Classes     []PersonClass // newest first
	Credentials []registry.Credential
	Trains      []registry.Accreditation
	Changes     []store.PersonChange          // newest first
	Twins       []registry.Person             // records that may be of the same person
	Elsewhere   int                           // classes where the reader may not look
	MayEdit     bool                          // the reader may edit people in every place where this one was
	paths       map[registry.ID][]registry.ID // of every place where this one was
}

// PersonClass is a person's part in a class.
type PersonClass struct {
	Enrolment  registry.Enrolment
	Class      registry.Class
	Completion registry.Completion // zero before the class is submitted
}

// Persons lists the persons that the actor may see, newest first.
func (s *Service) Persons(ctx context.Context, by registry.Actor, f store.PersonFilter) ([]registry.Person, error) {
	if !registry.CanSomewhere(by, registry.ReadPerson) {
		return nil, registry.Fail(registry.Forbidden, "access.forbidden", string(registry.ReadPerson))
	}
	var list []registry.Person
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		if f.Orgs, err = access.Visible(ctx, tx, by, registry.ReadPerson); err != nil {
			return err
		}
		f.AllOrgs = false
		list, err = tx.Persons(ctx, f)
		return err
	})
	return list, err
}

// Twins lists pairs of records that may be of one person, where the actor may
// see both.
func (s *Service) Twins(ctx context.Context, by registry.Actor, limit int) ([]store.Twins, error) {
	var list []store.Twins
	err := s.DB.Read(ctx, func(tx *store.Tx) error {
		orgs, err := access.Visible(ctx, tx, by, registry.ReadPerson)
		if err != nil || len(orgs) == 0 {
			return err
		}
		list, err = tx.Twins(ctx, orgs, "", limit)
		return err
	})
	return list, err
}

// Person returns a person that the actor may see. For a record that was taken
// into another, that other is returned.
func (s *Service) Person(ctx context.Context, by registry.Actor, id registry.ID) (PersonView, error) {
	var v PersonView
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		p, err := tx.Person(ctx, id)
		if err == nil && p.MergedInto != "" {
			id = p.MergedInto
		}
		v, err = personView(ctx, tx, by, id)
		return err
	})
	return v, err
}

// personView reads what the actor may know. Somebody who was nowhere that the
// actor may look is not there.
func personView(ctx context.Context, tx *store.Tx, by registry.Actor, id registry.ID) (PersonView, error) {
	var v PersonView
	var err error
	if v.Person, err = tx.Person(ctx, id); err != nil {
		return v, err
	}
	places, err := v.read(ctx, tx, by)
	if err != nil {
		return v, err
	}
	if places.seen == 0 {
		return v, registry.Fail(registry.NotFound, "person.unknown", id)
	}
	v.MayEdit, v.paths = places.edited == places.all, places.paths
	if v.Changes, err = tx.PersonChanges(ctx, id); err != nil {
		return v, err
	}
	orgs, err := access.Visible(ctx, tx, by, registry.ReadPerson)
	if err != nil {
		return v, err
	}
	twins, err := tx.Twins(ctx, orgs, id, mostTwins)
	for _, t := range twins {
		other := t.A
		if other.ID == id {
			other = t.B
		}
		v.Twins = append(v.Twins, other)
	}
	return v, err
}

// mostTwins is how many possible duplicates of one person are told.
const mostTwins = 10

// placesOf counts where a person was, and where the actor may look and edit.
type placesOf struct {
	by                registry.Actor
	paths             map[registry.ID][]registry.ID
	all, seen, edited int
}

func (p *placesOf) at(ctx context.Context, tx *store.Tx, org registry.ID) (sees bool, err error) {
	path, known := p.paths[org]
	if !known {
		if path, err = access.Path(ctx, tx, org); err != nil {
			return false, err
		}
		p.paths[org] = path
	}
	p.all++
	if sees = registry.Can(p.by, registry.ReadPerson, path); sees {
		p.seen++
	}
	if registry.Can(p.by, registry.EditPerson, path) {
		p.edited++
	}
	return sees, nil
}

// read gathers classes, certificates and accreditations.
func (v *PersonView) read(ctx context.Context, tx *store.Tx, by registry.Actor) (*placesOf, error) {
	places := &placesOf{by: by, paths: map[registry.ID][]registry.ID{}}
	enrolments, err := tx.EnrolmentsOfPerson(ctx, v.Person.ID)
	if err != nil {
		return places, err
	}
	for _, e := range enrolments {
		if err := v.add(ctx, tx, places, e); err != nil {
			return places, err
		}
	}
	credentials, err := tx.CredentialsOfPerson(ctx, v.Person.ID)
	if err != nil {
		return places, err
	}
	for _, c := range credentials {
		if registry.Can(by, registry.ReadPerson, places.paths[c.Org]) {
			v.Credentials = append(v.Credentials, c)
		}
	}
	held, err := tx.AccreditationsOf(ctx, v.Person.ID)
	for _, a := range held {
		if a.Org == "" {
			continue // counts everywhere and belongs to no place
		}
		sees, err := places.at(ctx, tx, a.Org)
		if err != nil {
			return places, err
		}
		if sees {
			v.Trains = append(v.Trains, a)
		}
	}
	return places, err
}

func (v *PersonView) add(ctx context.Context, tx *store.Tx, places *placesOf, e registry.Enrolment) error {
	org, err := tx.ClassOrg(ctx, e.Class)
	if err != nil {
		return err
	}
	sees, err := places.at(ctx, tx, org)
	if err != nil || !sees {
		v.Elsewhere++
		return err
	}
	c := PersonClass{Enrolment: e}
	if c.Class, err = tx.Class(ctx, e.Class); err != nil {
		return err
	}
	if c.Completion, err = tx.CompletionOf(ctx, e.ID); isUnknown(err) {
		err = nil
	}
	v.Classes = append(v.Classes, c)
	return err
}
