package training

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// errDryRun rolls a transaction back that was only asked what it would do.
var errDryRun = errors.New("dry run")

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
		for _, m := range view.Members {
			if m.Enrolment.Status != registry.Enrolled {
				continue
			}
			if err := tx.PutCompletion(ctx, completion(m)); err != nil {
				return class, err
			}
		}
		class.Flags = flags(view, s.today(ctx, tx, class))
		class.SubmittedBy, class.SubmittedAt, class.ReturnReason = by.Account, s.Now(), ""
		if class.Status == registry.ClassOpen {
			class.Status = registry.ClassInProgress
		}
		return class.To(registry.ClassSubmitted)
	})
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
	if v.Active() == 0 {
		return registry.Fail(registry.Conflict, "class.empty", v.Class.Code)
	}
	org, err := tx.ClassOrg(ctx, v.Class.ID)
	if err != nil {
		return err
	}
	path, err := access.Path(ctx, tx, org)
	if err != nil {
		return err
	}
	if err := v.Class.SubmitFault(s.today(ctx, tx, v.Class), registry.Can(by, registry.OverrideDeadline, path)); err != nil {
		return err
	}
	if err := v.Class.HoursFault(v.Course); err != nil {
		return err
	}
	if err := s.accredited(ctx, tx, v.Base, v.Course, &v.Class); err != nil {
		return err
	}
	if err := v.Class.RatioFault(v.Course, v.Active()); err != nil && !registry.Can(by, registry.OverrideDeadline, path) {
		return err
	}
	return pendingFault(v)
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

// Flags of a class: what an approver should look at before approving.
const (
	FlagBulk    = "bulk"    // skills marked for everybody at once
	FlagLate    = "late"    // submitted more than LateAfter days after the class
	FlagRatio   = "ratio"   // more trainees per trainer than the course asks
	FlagPerfect = "perfect" // every theory score is 100
)

func flags(v View, today registry.Date) []string {
	flags := []string{}
	perfect, scored := true, 0
	for _, m := range v.Members {
		if m.Outcome.Bulk && !slices.Contains(flags, FlagBulk) {
			flags = append(flags, FlagBulk)
		}
		if m.Theory != nil {
			scored++
			perfect = perfect && m.Theory.Score == 100
		}
	}
	if today.After(v.Class.EndsOn().AddDays(registry.LateAfter)) {
		flags = append(flags, FlagLate)
	}
	if v.Course.RatioWarn > 0 && v.Active() > v.Course.RatioWarn*max(1, len(v.Class.Trainers)) {
		flags = append(flags, FlagRatio)
	}
	if scored > 2 && perfect {
		flags = append(flags, FlagPerfect)
	}
	return flags
}
