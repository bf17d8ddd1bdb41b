package training

import (
	"context"
	"errors"
	"strconv"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// errNothing rolls a transaction back that was to take all rows or none.
var errNothing = errors.New("all or nothing")

func itoa(n int) string { return strconv.Itoa(n) }

// Submit decides every outcome and hands the class to an approver. Whoever is
// still without attendance, theory or skills keeps it back, by name.
func (s *Service) Submit(ctx context.Context, by registry.Actor, id registry.ID) (registry.Class, error) {
	return s.change(ctx, by, id, registry.SubmitClass, "class.submit", func(tx *store.Tx, class registry.Class) (registry.Class, error) {
		view, err := s.view(ctx, tx, class)
		if err != nil {
			return class, err
		}
		if err := s.submittable(ctx, tx, by, view); err != nil {
			return class, err
		}
		if err := putCompletions(ctx, tx, view.Members); err != nil {
			return class, err
		}
		facts, err := s.flagFacts(ctx, tx, by, view)
		if err != nil {
			return class, err
		}
		class.Flags = registry.ClassFlags(facts)
		class.SubmittedBy, class.SubmittedAt, class.ReturnReason = by.Account, s.Now(), ""
		if class.Status == registry.ClassOpen {
			class.Status = registry.ClassInProgress
		}
		return class.To(registry.ClassSubmitted)
	})
}

// putCompletions records how everybody who is enrolled did.
func putCompletions(ctx context.Context, tx *store.Tx, members []Member) error {
	var fresh []registry.Completion
	for _, m := range members {
		if m.Enrolment.Status != registry.Enrolled {
			continue
		}
		if m.Completion.ID == "" {
			fresh = append(fresh, completion(m))
		} else if err := tx.PutCompletion(ctx, completion(m)); err != nil {
			return err
		}
	}
	return tx.AddCompletions(ctx, fresh)
}

func completion(m Member) registry.Completion {
	c := m.Completion
	if c.ID == "" {
		c.ID = store.NewID()
	}
	c.Enrolment, c.Class, c.Person = m.Enrolment.ID, m.Enrolment.Class, m.Enrolment.Person
	c.Outcome, c.Minutes, c.CompletedOn, c.Bulk, c.Held = m.Outcome.Outcome, m.Outcome.Minutes, m.Outcome.CompletedOn, m.Outcome.Bulk, ""
	return c
}

// submittable checks everything that keeps a class from being submitted.
func (s *Service) submittable(ctx context.Context, tx *store.Tx, by registry.Actor, v View) error {
	if err := v.Class.Recordable(); err != nil {
		return err
	}
	if by.Person == "" { // nobody could ever approve it
		return registry.Fail(registry.Forbidden, "four_eyes.no_person")
	}
	org, err := tx.ClassOrg(ctx, v.Class.ID)
	if err != nil {
		return err
	}
	path, err := access.Path(ctx, tx, org)
	if err != nil {
		return err
	}
	if err := s.handInFault(ctx, tx, by, v, path); err != nil {
		return err
	}
	if waiting := len(v.Unconfirmed()); waiting > 0 { // who wrote himself onto the list counts once the heads are counted
		return registry.Fail(registry.Conflict, "join.unconfirmed", waiting)
	}
	if v.Active() == 0 {
		return registry.Fail(registry.Conflict, "class.empty", v.Class.Code)
	}
	if err := v.Class.SubmitFault(s.Now(), s.zone(ctx, tx, v.Class), registry.Can(by, registry.OverrideDeadline, path)); err != nil {
		return err
	}
	if err := v.Class.HoursFault(v.Course); err != nil {
		return err
	}
	if err := s.accredited(ctx, tx, v.Base, v.Course, &v.Class); err != nil {
		return err
	}
	if err := v.StaffingFault(); err != nil && !registry.Can(by, registry.OverrideDeadline, path) {
		return err
	}
	return pendingFault(v)
}

// handInFault is the rule of Class.HandInFault, with what makes an exception.
func (s *Service) handInFault(ctx context.Context, tx *store.Tx, by registry.Actor, v View, path []registry.ID) error {
	late := v.Class.SubmitFault(s.Now(), s.zone(ctx, tx, v.Class), false)
	return v.Class.HandInFault(by, path, late != nil || v.StaffingFault() != nil)
}

// HandInFault says why the actor may not hand the class in, as far as that hangs
// on who he is; nil where he may.
func (s *Service) HandInFault(ctx context.Context, by registry.Actor, id registry.ID) error {
	return s.DB.Read(ctx, func(tx *store.Tx) error {
		class, org, err := access.Class(ctx, tx, by, registry.ReadClass, id)
		if err != nil {
			return err
		}
		view, err := s.view(ctx, tx, class)
		if err != nil {
			return err
		}
		path, err := access.Path(ctx, tx, org)
		if err != nil {
			return err
		}
		return s.handInFault(ctx, tx, by, view, path)
	})
}

func pendingFault(v View) error {
	var faults []registry.Fault
	for _, m := range v.Members {
		if m.Enrolment.Status != registry.Enrolled || m.Outcome.Outcome != registry.Pending {
			continue
		}
		faults = append(faults, registry.Fault{Row: m.Enrolment.Position, Code: "completion." + m.Outcome.Missing[0], Args: []any{m.Enrolment.Name}})
	}
	if len(faults) == 0 {
		return nil
	}
	return &registry.Error{Kind: registry.Conflict, Code: "class.pending", Args: []any{len(faults)}, Faults: faults}
}

// flagFacts gathers what the flags of a class are told from.
func (s *Service) flagFacts(ctx context.Context, tx *store.Tx, by registry.Actor, v View) (registry.FlagFacts, error) {
	f := registry.FlagFacts{Class: v.Class, Course: v.Course, Today: s.today(ctx, tx, v.Class), Hands: []registry.ID{by.Person}}
	creator, err := tx.Account(ctx, v.Class.CreatedBy)
	if err != nil && !errors.Is(err, registry.NotFound) { // the registry itself has no account
		return f, err
	}
	f.Hands = append(f.Hands, creator.Person)
	if f.Clock, err = tx.WrongClocks(ctx, v.Class.ID); err != nil {
		return f, err
	}
	for _, m := range v.Members {
		if m.Enrolment.Status != registry.Enrolled {
			continue
		}
		f.Names, f.Trainees = append(f.Names, m.Enrolment.Name), append(f.Trainees, m.Enrolment.Person)
		f.Bulk = f.Bulk || m.Outcome.Bulk
		if m.Theory != nil {
			f.Scores = append(f.Scores, m.Theory.Score)
		}
		for _, a := range m.Attempts {
			f.Hands = append(f.Hands, a.Assessor)
		}
	}
	return f, nil
}
