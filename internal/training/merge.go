package training

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

func isUnknown(err error) bool { return errors.Is(err, registry.NotFound) }

// MergePreview is what taking one record into another would come to.
type MergePreview struct {
	Keep, Gone PersonView
	Result     registry.Person
	Doubts     []registry.Fault    // what tells the two apart
	Refusal    error               // why it cannot be done, nil if it can
	Second     bool                // the ids differ: one person asks, another grants
	Asked      *store.PersonChange // the request that waits, nil if nobody asked
	Own        bool                // the reader asked, and so cannot grant
	MayGrant   []string            // who can, by name
}

// PreviewMerge shows both histories and the record that would be left.
func (s *Service) PreviewMerge(ctx context.Context, by registry.Actor, keep, gone registry.ID) (MergePreview, error) {
	var p MergePreview
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		p = MergePreview{}
		if p.Keep, err = personView(ctx, tx, by, keep); err != nil {
			return err
		}
		if p.Gone, err = personView(ctx, tx, by, gone); err != nil {
			return err
		}
		p.Result, p.Doubts, p.Refusal = mergeable(ctx, tx, by, p.Keep, p.Gone)
		if p.Second = p.Keep.Person.TwoDocuments(p.Gone.Person); !p.Second || p.Refusal != nil {
			return nil
		}
		return p.second(ctx, tx, by)
	})
	return p, err
}

// second fills in who asked and who can grant.
func (p *MergePreview) second(ctx context.Context, tx *store.Tx, by registry.Actor) (err error) {
	if p.Asked, err = openAsk(ctx, tx, p.Keep.Person.ID, p.Gone.Person.ID); err != nil {
		return err
	}
	asker := by.Account
	if p.Asked != nil {
		asker = p.Asked.By
		if p.Own, err = sameHand(ctx, tx, by, asker); err != nil {
			return err
		}
	}
	p.MayGrant, err = mayGrant(ctx, tx, asker, p.Keep, p.Gone)
	return err
}

// mergeable applies what must hold before two records become one: the actor may
// edit wherever either of them was, is neither of them himself, and nothing that
// names the record that goes is under way.
func mergeable(ctx context.Context, tx *store.Tx, by registry.Actor, keep, gone PersonView) (registry.Person, []registry.Fault, error) {
	kept, doubts, fault := keep.Person.Merge(gone.Person)
	switch {
	case !registry.CanSomewhere(by, registry.EditPerson):
		return kept, doubts, registry.Fail(registry.Forbidden, "access.forbidden", string(registry.EditPerson))
	case !keep.MayEdit || !gone.MayEdit:
		return kept, doubts, registry.Fail(registry.Forbidden, "person.scope")
	case by.Person != "" && (by.Person == keep.Person.ID || by.Person == gone.Person.ID):
		return kept, doubts, registry.Fail(registry.Forbidden, "person.self")
	case fault != nil:
		return kept, doubts, fault
	}
	queued, accounts, err := tx.PersonTies(ctx, gone.Person.ID)
	if err != nil {
		return kept, doubts, err
	}
	held, err := tx.AccreditationsOf(ctx, gone.Person.ID)
	switch {
	case err != nil:
		return kept, doubts, err
	case queued > 0:
		return kept, doubts, registry.Fail(registry.Conflict, "person.merge.queued", queued)
	case accounts > 0 || len(held) > 0:
		return kept, doubts, registry.Fail(registry.Conflict, "person.merge.staff")
	}
	for _, a := range keep.Classes {
		if slices.ContainsFunc(gone.Classes, func(b PersonClass) bool { return a.Class.ID == b.Class.ID }) {
			return kept, doubts, registry.Fail(registry.Conflict, "person.merge.class", a.Class.Code)
		}
	}
	return kept, doubts, nil
}

// MergeInput says which record is kept and which is taken into it, as they were
// read.
type MergeInput struct {
	Keep, Gone               registry.ID
	KeepVersion, GoneVersion int64
	Reason                   string
}

// toMerge reads both records as the actor saw them, and refuses as mergeable does.
func toMerge(ctx context.Context, tx *store.Tx, by registry.Actor, in MergeInput) (keep, gone PersonView, kept registry.Person, err error) {
	if keep, err = personView(ctx, tx, by, in.Keep); err != nil {
		return keep, gone, kept, err
	}
	if gone, err = personView(ctx, tx, by, in.Gone); err != nil {
		return keep, gone, kept, err
	}
	if keep.Person.Version != in.KeepVersion || gone.Person.Version != in.GoneVersion {
		return keep, gone, kept, registry.Fail(registry.Stale, "person.stale", in.Keep)
	}
	kept, _, err = mergeable(ctx, tx, by, keep, gone)
	return keep, gone, kept, err
}

// Merge takes one record into another. Everything that the one has becomes the
// other's, numbers and codes as they are. Nobody can undo it; what came along,
// who did it and why stay written down. Records whose ids differ become one only
// when somebody else asked for it before (AskMerge).
func (s *Service) Merge(ctx context.Context, by registry.Actor, in MergeInput) (registry.Person, error) {
	var kept registry.Person
	reason, err := neededReason(in.Reason)
	if err != nil {
		return kept, err
	}
	err = s.DB.Tx(ctx, func(tx *store.Tx) (err error) {
		keep, gone, result, err := toMerge(ctx, tx, by, in)
		if err != nil {
			return err
		}
		asked, err := granted(ctx, tx, by, keep.Person, gone.Person)
		if err != nil {
			return err
		}
		kept, err = s.merge(ctx, tx, by, keep.Person, gone.Person, result, asked, reason)
		return err
	})
	return kept, err
}

func (s *Service) merge(ctx context.Context, tx *store.Tx, by registry.Actor, before, gone, kept registry.Person, asked *store.PersonChange, reason string) (registry.Person, error) {
	if _, err := tx.SavePerson(ctx, gone.Into(kept.ID)); err != nil { // first: one record alone may have the id
		return kept, err
	}
	moved, err := tx.MovePerson(ctx, gone.ID, kept.ID)
	if err != nil {
		return kept, err
	}
	if kept, err = tx.SavePerson(ctx, kept); err != nil {
		return kept, err
	}
	change := store.PersonChange{ID: store.NewID(), Person: kept.ID, Kind: store.ChangeMerge, Other: gone.ID, FormerName: gone.Name, FormerLatin: gone.LatinName,
		FormerLast4: gone.IDLast4, Moved: moved, Reason: reason, By: by.Account, At: s.Now()}
	if err := tx.AddPersonChange(ctx, change); err != nil {
		return kept, err
	}
	act, err := s.personAct(ctx, tx, by, "person.merge", before, kept)
	if err != nil {
		return kept, err
	}
	act.Detail = map[string]string{"change": string(change.ID), "merged": string(gone.ID), "enrolments": strconv.Itoa(len(moved.Enrolments)),
		"credentials": strconv.Itoa(len(moved.Credentials))}
	if asked != nil {
		act.Detail["asked"] = string(asked.ID)
	}
	return kept, tx.Audit(ctx, act)
}

// personAct is an act about a person, in the scope of the place where he was last.
func (s *Service) personAct(ctx context.Context, tx *store.Tx, by registry.Actor, name string, before, after registry.Person) (store.Act, error) {
	act := store.Act{Actor: by.Account, Action: name, ObjectType: "person", Object: after.ID, Before: before, After: after, At: s.Now()}
	list, err := tx.EnrolmentsOfPerson(ctx, after.ID)
	if err == nil && len(list) > 0 {
		act.Org, err = tx.ClassOrg(ctx, list[0].Class)
	} else if scopes := registry.ScopesFor(by, registry.EditPerson); len(scopes) > 0 {
		act.Org = scopes[0]
	}
	return act, err
}

// Distinct notes that two records are of two people, so that they are not
// suggested again. Said twice it changes nothing.
func (s *Service) Distinct(ctx context.Context, by registry.Actor, a, b registry.ID) error {
	return s.DB.Tx(ctx, func(tx *store.Tx) error {
		first, err := editable(ctx, tx, by, a)
		if err != nil {
			return err
		}
		second, err := editable(ctx, tx, by, b)
		if err != nil {
			return err
		}
		asked, err := openAsk(ctx, tx, a, b)
		if err != nil {
			return err
		}
		if asked == nil && !slices.ContainsFunc(first.Twins, func(p registry.Person) bool { return p.ID == second.Person.ID }) {
			return nil
		}
		change := store.PersonChange{ID: store.NewID(), Person: first.Person.ID, Kind: store.ChangeDistinct, Other: second.Person.ID, By: by.Account, At: s.Now()}
		if err := tx.AddPersonChange(ctx, change); err != nil {
			return err
		}
		act, err := s.personAct(ctx, tx, by, "person.distinct", first.Person, first.Person)
		if err != nil {
			return err
		}
		act.Detail = map[string]string{"change": string(change.ID), "other": string(second.Person.ID)}
		return tx.Audit(ctx, act)
	})
}

// Rename gives a person another name. Certificates and classes keep the name that
// they were made with; each certificate is corrected on its own.
func (s *Service) Rename(ctx context.Context, by registry.Actor, id registry.ID, version int64, name, latin, reason string) (registry.Person, error) {
	reason, err := neededReason(reason)
	if err != nil {
		return registry.Person{}, err
	}
	name, latin, err = s.printable(name, latin)
	if err != nil {
		return registry.Person{}, err
	}
	var after registry.Person
	err = s.DB.Tx(ctx, func(tx *store.Tx) error {
		v, err := editable(ctx, tx, by, id)
		if err != nil {
			return err
		}
		before := v.Person
		switch {
		case before.Name == name && before.LatinName == latin:
			after = before
			return nil
		case before.Version != version:
			return registry.Fail(registry.Stale, "person.stale", id)
		}
		after = before
		after.Name, after.NameKey, after.LatinName = name, registry.NameKey(name), latin
		if after, err = tx.SavePerson(ctx, after); err != nil {
			return err
		}
		change := store.PersonChange{ID: store.NewID(), Person: id, Kind: store.ChangeName, FormerName: before.Name, FormerLatin: before.LatinName, Reason: reason, By: by.Account, At: s.Now()}
		if err := tx.AddPersonChange(ctx, change); err != nil {
			return err
		}
		act, err := s.personAct(ctx, tx, by, "person.rename", before, after)
		if err != nil {
			return err
		}
		act.Detail = map[string]string{"change": string(change.ID)}
		return tx.Audit(ctx, act)
	})
	return after, err
}

// printable cleans a name and its Latin form, and refuses what cannot be printed.
func (s *Service) printable(name, latin string) (string, string, error) {
	clean, err := registry.RequireName("name", name)
	if err != nil {
		return "", "", err
	}
	if latin = strings.TrimSpace(latin); latin != "" {
		if latin, err = registry.RequireName("latin_name", latin); err != nil {
			return "", "", err
		}
	}
	if s.Uncovered != nil {
		if missing := s.Uncovered(clean + latin); len(missing) > 0 {
			return "", "", registry.FailField(registry.Invalid, "name", "name.glyph", string(missing[0]))
		}
	}
	return clean, latin, nil
}

// editable reads a person whom the actor may edit: in every place where he was,
// and never himself.
func editable(ctx context.Context, tx *store.Tx, by registry.Actor, id registry.ID) (PersonView, error) {
	v, err := personView(ctx, tx, by, id)
	switch {
	case err != nil:
		return v, err
	case !registry.CanSomewhere(by, registry.EditPerson):
		return v, registry.Fail(registry.Forbidden, "access.forbidden", string(registry.EditPerson))
	case !v.MayEdit:
		return v, registry.Fail(registry.Forbidden, "person.scope")
	case by.Person != "" && by.Person == v.Person.ID:
		return v, registry.Fail(registry.Forbidden, "person.self")
	case v.Person.MergedInto != "":
		return v, registry.Fail(registry.Conflict, "person.merged")
	}
	return v, nil
}

const mostReason = 500 // characters

func neededReason(text string) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return "", registry.FailField(registry.Invalid, "reason", "reason.needed")
	}
	if r := []rune(text); len(r) > mostReason {
		text = string(r[:mostReason])
	}
	return text, nil
}
