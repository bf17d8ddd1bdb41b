package accredit

import (
	"context"
	"slices"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

func (s *Service) invite(ctx context.Context, tx *store.Tx, by registry.Actor, i registry.Invitation) (registry.Invitation, string, error) {
	return access.Invite(ctx, tx, s.Keys, by, i, s.Now())
}

// TrainerRecord is one person who trains, or has an account to do so: what he is
// accredited for, and how much he taught.
type TrainerRecord struct {
	Person  registry.Person
	Account registry.Account // zero for somebody who cannot sign in
	Held    []registry.Accreditation
	Taught  map[string]int // approved classes of the last registry.TaughtMonths, by course
}

// Trainers lists, by name, everybody who is accredited in the actor's part of the
// tree, and everybody with the role of a trainer there who is not yet.
func (s *Service) Trainers(ctx context.Context, by registry.Actor) ([]TrainerRecord, error) {
	if !registry.CanSomewhere(by, registry.ReadPerson) {
		return nil, registry.Fail(registry.Forbidden, "access.forbidden", string(registry.ReadPerson))
	}
	var list []TrainerRecord
	err := s.DB.Read(ctx, func(tx *store.Tx) error {
		list = nil
		all, err := access.ReadTree(ctx, tx)
		if err != nil {
			return err
		}
		people, err := tx.TrainingPeople(ctx)
		if err != nil {
			return err
		}
		held, err := tx.AllAccreditations(ctx)
		if err != nil {
			return err
		}
		accounts, err := tx.Accounts(ctx)
		if err != nil {
			return err
		}
		now := registry.DateOf(s.Now().UTC())
		taught, err := tx.Taught(ctx, now.AddMonths(-registry.TaughtMonths))
		if err != nil {
			return err
		}
		list = records(all, by, people, held, accounts, taught)
		return nil
	})
	return list, err
}

func records(all access.Tree, by registry.Actor, people []registry.Person, held []registry.Accreditation, accounts []registry.Account, taught map[registry.ID]map[string]int) []TrainerRecord {
	scopes := registry.ScopesFor(by, registry.ReadPerson)
	ours := map[registry.ID]map[registry.ID]bool{} // memo: organization → in a scope, or above one
	visible := func(org registry.ID) bool {
		if ours[""] == nil {
			ours[""] = map[registry.ID]bool{}
			for _, r := range scopes {
				for _, id := range all.Path(r) { // what the federation accredits counts at our base
					ours[""][id] = true
				}
			}
		}
		return ours[""][org] || slices.ContainsFunc(all.Path(org), func(id registry.ID) bool { return slices.Contains(scopes, id) })
	}
	inside := func(org registry.ID) bool {
		return slices.ContainsFunc(all.Path(org), func(id registry.ID) bool { return slices.Contains(scopes, id) })
	}
	byPerson := map[registry.ID][]registry.Accreditation{}
	for _, a := range held {
		if a.Org == "" || visible(a.Org) {
			byPerson[a.Person] = append(byPerson[a.Person], a)
		}
	}
	account := map[registry.ID]registry.Account{}
	trains := map[registry.ID]bool{}
	for _, a := range accounts {
		if a.Person == "" {
			continue
		}
		account[a.Person] = a
		for _, g := range a.Grants {
			trains[a.Person] = trains[a.Person] || g.Role == registry.RoleTrainer && inside(g.Org)
		}
	}
	var list []TrainerRecord
	for _, p := range people {
		if p.MergedInto == "" && (len(byPerson[p.ID]) > 0 || trains[p.ID]) {
			r := TrainerRecord{Person: p, Account: account[p.ID], Held: byPerson[p.ID], Taught: taught[p.ID]}
			list = append(list, r.within(by, inside))
		}
	}
	return list
}

// within takes the addresses out of the record of somebody who has no role and
// no accreditation in the actor's part of the tree: that the federation lets him
// train there too tells his name, not how to write to him.
func (r TrainerRecord) within(by registry.Actor, inside func(registry.ID) bool) TrainerRecord {
	known := by.Person != "" && by.Person == r.Person.ID ||
		slices.ContainsFunc(r.Account.Grants, func(g registry.Grant) bool { return inside(g.Org) }) ||
		slices.ContainsFunc(r.Held, func(a registry.Accreditation) bool { return a.Org != "" && inside(a.Org) })
	if !known {
		r.Person.Email, r.Person.Phone, r.Account.Email = "", "", ""
	}
	return r
}

// TrainerOf is the record of one person.
func (s *Service) TrainerOf(ctx context.Context, by registry.Actor, person registry.ID) (TrainerRecord, error) {
	list, err := s.Trainers(ctx, by)
	if err != nil {
		return TrainerRecord{}, err
	}
	for _, r := range list {
		if r.Person.ID == person {
			return r, nil
		}
	}
	return TrainerRecord{}, registry.Fail(registry.NotFound, "person.unknown", person)
}

// ProposeTrainer names somebody of one's own base for a course; whoever accredits
// trainers decides.
func (s *Service) ProposeTrainer(ctx context.Context, by registry.Actor, t Trainer) (registry.Person, error) {
	return s.accredit(ctx, by, t, registry.ProposeTrainer, registry.TrainerCandidate)
}

// ChangeTrainer moves an accreditation to a state, gives it another last day or
// another level; "", nil and "" leave what is there. It is saved over the version
// it was read in.
func (s *Service) ChangeTrainer(ctx context.Context, by registry.Actor, id registry.ID, version int64, to registry.TrainerStatus, until *registry.Date, level string) (registry.Accreditation, error) {
	var after registry.Accreditation
	err := s.DB.Tx(ctx, func(tx *store.Tx) error {
		before, err := tx.Accreditation(ctx, id)
		if err != nil {
			return err
		}
		if err := s.allow(ctx, tx, by, registry.AccreditTrainer, before.Org); err != nil {
			return err
		}
		next, action := before, "trainer.edit"
		if to != "" && to != before.Status {
			if next, err = before.To(to); err != nil {
				return err
			}
			action = "trainer." + string(to)
		}
		if until != nil {
			next.ValidUntil = *until
		}
		if level != "" {
			next.Level = level
		}
		if next.Version = version; !next.ValidUntil.IsZero() && next.ValidUntil.Before(next.ValidFrom) {
			return registry.FailField(registry.Invalid, "until", "trainer.order")
		}
		if after, err = tx.SaveAccreditation(ctx, next); err != nil {
			return err
		}
		a := s.act(by, action, "person", after.Person, after.Org, after)
		a.Before = before
		return tx.Audit(ctx, a)
	})
	return after, err
}
