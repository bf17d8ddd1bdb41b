package training

import (
	"context"
	"slices"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// AskedMerge is a merge that waits for a second person.
type AskedMerge struct {
	Asked      store.PersonChange
	Keep, Gone registry.Person
}

// AskMerge asks that a record is taken into another whose ids differ. Nothing is
// changed until somebody else grants it (Merge), or says that they are two people
// (Distinct).
func (s *Service) AskMerge(ctx context.Context, by registry.Actor, in MergeInput) (store.PersonChange, error) {
	var asked store.PersonChange
	reason, err := neededReason(in.Reason)
	if err != nil {
		return asked, err
	}
	err = s.DB.Tx(ctx, func(tx *store.Tx) error {
		keep, gone, kept, err := toMerge(ctx, tx, by, in)
		if err != nil {
			return err
		}
		if !keep.Person.TwoDocuments(gone.Person) {
			return registry.Fail(registry.Invalid, "person.merge.alone")
		}
		open, err := openAsk(ctx, tx, keep.Person.ID, gone.Person.ID)
		switch {
		case err != nil:
			return err
		case open != nil:
			return registry.Fail(registry.Conflict, "person.merge.asked")
		}
		asked = store.PersonChange{ID: store.NewID(), Person: kept.ID, Kind: store.ChangeAsk, Other: gone.Person.ID, Reason: reason, By: by.Account, At: s.Now()}
		if err := tx.AddPersonChange(ctx, asked); err != nil {
			return err
		}
		act, err := s.personAct(ctx, tx, by, "person.merge.ask", keep.Person, keep.Person)
		if err != nil {
			return err
		}
		act.Detail = map[string]string{"change": string(asked.ID), "other": string(gone.Person.ID)}
		return tx.Audit(ctx, act)
	})
	return asked, err
}

// AskedMerges lists the merges that wait for a second person, where the actor may
// see both records.
func (s *Service) AskedMerges(ctx context.Context, by registry.Actor, limit int) ([]AskedMerge, error) {
	var list []AskedMerge
	err := s.DB.Read(ctx, func(tx *store.Tx) error {
		list = nil
		open, err := tx.AskedMerges(ctx, "", limit)
		if err != nil {
			return err
		}
		for _, a := range open {
			keep, err := personView(ctx, tx, by, a.Person)
			if isUnknown(err) {
				continue
			} else if err != nil {
				return err
			}
			gone, err := personView(ctx, tx, by, a.Other)
			if isUnknown(err) {
				continue
			} else if err != nil {
				return err
			}
			list = append(list, AskedMerge{Asked: a, Keep: keep.Person, Gone: gone.Person})
		}
		return nil
	})
	return list, err
}

// openAsk is the request that waits between the two, whichever was to stay; nil
// if there is none.
func openAsk(ctx context.Context, tx *store.Tx, a, b registry.ID) (*store.PersonChange, error) {
	list, err := tx.AskedMerges(ctx, a, mostAsked)
	i := slices.IndexFunc(list, func(c store.PersonChange) bool { return c.Person == b || c.Other == b })
	if i < 0 {
		return nil, err
	}
	return &list[i], err
}

// mostAsked is how many requests about one person are looked through.
const mostAsked = 100

// granted refuses a merge of records whose ids differ unless somebody else asked
// for just this one.
func granted(ctx context.Context, tx *store.Tx, by registry.Actor, keep, gone registry.Person) (*store.PersonChange, error) {
	if !keep.TwoDocuments(gone) {
		return nil, nil
	}
	open, err := openAsk(ctx, tx, keep.ID, gone.ID)
	switch {
	case err != nil:
		return nil, err
	case open == nil:
		return nil, registry.Fail(registry.Forbidden, "person.merge.second")
	case open.Person != keep.ID:
		return nil, registry.Fail(registry.Conflict, "person.merge.turned")
	}
	own, err := sameHand(ctx, tx, by, open.By)
	if err == nil && own {
		err = registry.Fail(registry.Forbidden, "person.merge.own")
	}
	return open, err
}

// sameHand reports whether the actor is the account, or the person behind it.
func sameHand(ctx context.Context, tx *store.Tx, by registry.Actor, account registry.ID) (bool, error) {
	if by.Account == account {
		return true, nil
	}
	a, err := tx.Account(ctx, account)
	if isUnknown(err) {
		return false, nil
	}
	return by.Person != "" && by.Person == a.Person, err
}

// mayGrant names those who may grant what the asker asked: active accounts of
// other people that may edit wherever either record was.
func mayGrant(ctx context.Context, tx *store.Tx, asker registry.ID, keep, gone PersonView) ([]string, error) {
	accounts, err := tx.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	var person registry.ID
	for _, a := range accounts {
		if a.ID == asker {
			person = a.Person
		}
	}
	var names []string
	for _, a := range accounts {
		self := a.ID == asker || a.Person != "" && (a.Person == person || a.Person == keep.Person.ID || a.Person == gone.Person.ID)
		everywhere := func(path []registry.ID) bool { return registry.Can(a.Actor(), registry.EditPerson, path) }
		if a.Status == registry.AccountActive && !self && all(keep.paths, everywhere) && all(gone.paths, everywhere) {
			names = append(names, a.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

func all(paths map[registry.ID][]registry.ID, holds func([]registry.ID) bool) bool {
	for _, p := range paths {
		if !holds(p) {
			return false
		}
	}
	return true
}
