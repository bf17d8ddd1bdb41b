package training

import (
	"context"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// People finds the people of a name who are enrolled in a class that the actor
// may see, or who are accredited to train where he is or by a body above:
// federations in one registry do not see each other. Nobody lists people without
// naming them.
func (s *Service) People(ctx context.Context, by registry.Actor, name string) ([]registry.Person, error) {
	key := registry.NameKey(name)
	if key == "" {
		return nil, registry.FailField(registry.Invalid, "name", "name.empty")
	}
	var found []registry.Person
	err := s.DB.Read(ctx, func(tx *store.Tx) error {
		found = nil
		orgs, err := access.Visible(ctx, tx, by, registry.ReadPerson)
		if err != nil || len(orgs) == 0 {
			return err
		}
		within := map[registry.ID]bool{}
		for _, o := range orgs {
			within[o] = true
		}
		above := map[registry.ID]bool{"": true}
		for _, root := range registry.ScopesFor(by, registry.ReadPerson) {
			path, err := access.Path(ctx, tx, root)
			if err != nil {
				return err
			}
			for _, o := range path {
				above[o] = true
			}
		}
		people, err := tx.PersonsByNameKey(ctx, key)
		if err != nil {
			return err
		}
		for _, p := range people {
			ok, err := met(ctx, tx, p, within, above)
			if err != nil {
				return err
			}
			if ok && p.MergedInto == "" {
				found = append(found, p)
			}
		}
		return nil
	})
	return found, err
}

// met reports whether the person trains for one of the organizations or for one
// above them, or learned in one of them.
func met(ctx context.Context, tx *store.Tx, p registry.Person, within, above map[registry.ID]bool) (bool, error) {
	held, err := tx.AccreditationsOf(ctx, p.ID)
	if err != nil {
		return false, err
	}
	for _, a := range held {
		if within[a.Org] || above[a.Org] {
			return true, nil
		}
	}
	enrolments, err := tx.EnrolmentsOfPerson(ctx, p.ID)
	if err != nil {
		return false, err
	}
	for _, e := range enrolments {
		org, err := tx.ClassOrg(ctx, e.Class)
		if err != nil {
			return false, err
		}
		if within[org] {
			return true, nil
		}
	}
	return false, nil
}
