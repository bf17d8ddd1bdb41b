package issue

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// ApproveInput is an approver's decision about a submitted class.
type ApproveInput struct {
	Hold      []Held        `json:"hold,omitempty" doc:"people who get no certificate now, with the reason"`
	ValidFrom registry.Date `json:"valid_from,omitzero" doc:"ceremony day; default: the day of issue. Never moves the end of validity"`
	Note      string        `json:"note,omitempty" maxLength:"500" doc:"needed where the base is no longer accredited"`
	Version   int64         `json:"-"` // of the class that the approver saw; 0: any
	Passkey   []byte        `json:"-"` // assertion over the statement's hash (AuthenticationResponseJSON); nil: without one
}

// Held keeps one person's certificate back.
type Held struct {
	Enrolment registry.ID `json:"enrolment"`
	Reason    string      `json:"reason" minLength:"1" maxLength:"500"`
}

// Approval is what an approval led to.
type Approval struct {
	Class       registry.Class
	Run         registry.ID           // to watch, where signing goes on
	Total       int                   // credentials of this approval
	Issued      int                   // of them signed by now
	Credentials []registry.Credential // signed ones
}

// Approve decides a submitted class, reserves its credentials in the same
// transaction and signs them: all of them before it answers up to AtOnce, the
// rest by a job.
func (s *Service) Approve(ctx context.Context, by registry.Actor, id registry.ID, in ApproveInput) (Approval, error) {
	var out Approval
	err := s.DB.Tx(ctx, func(tx *store.Tx) (err error) {
		out, err = s.decide(ctx, tx, by, id, in)
		return err
	})
	if err != nil || out.Total == 0 {
		return out, err
	}
	if out.Total > AtOnce {
		return out, nil
	}
	if err := s.SignClass(ctx, id); err != nil {
		// The approval stands: the job stored with it signs what is left.
		s.Log.Error("class approved, signing left to the job", "class", out.Class.Code, "error", err)
		return out, nil
	}
	return s.outcome(ctx, out)
}

func (s *Service) outcome(ctx context.Context, out Approval) (Approval, error) {
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		if out.Class, err = tx.Class(ctx, out.Class.ID); err != nil {
			return err
		}
		out.Credentials, err = tx.CredentialsOfClass(ctx, out.Class.ID)
		return err
	})
	out.Issued = len(out.Credentials)
	return out, err
}

func (s *Service) decide(ctx context.Context, tx *store.Tx, by registry.Actor, id registry.ID, in ApproveInput) (Approval, error) {
	before, org, err := s.submitted(ctx, tx, by, id, in.Version)
	if err != nil {
		return Approval{}, err
	}
	run, err := s.prepare(ctx, tx, before, org)
	if err != nil {
		return Approval{}, err
	}
	if err := stillAccredited(run.base, in.Note); err != nil {
		return Approval{}, err
	}
	record, err := s.record(ctx, tx, by, run, in, nil)
	if err != nil {
		return Approval{}, err
	}
	if run.validFrom, err = ceremony(in.ValidFrom, run); err != nil {
		return Approval{}, err
	}
	passed, err := s.settle(ctx, tx, by, run, in.Hold)
	if err != nil {
		return Approval{}, err
	}
	if err := s.reserve(ctx, tx, run, passed); err != nil {
		return Approval{}, err
	}
	class, err := s.approved(ctx, tx, by, before, in.Note, run.now, len(passed))
	if err != nil {
		return Approval{}, err
	}
	record.People = len(passed)
	if err := tx.AddApproval(ctx, record); err != nil {
		return Approval{}, err
	}
	out := Approval{Class: class, Total: len(passed)}
	if out.Run, err = s.schedule(ctx, tx, by, run, len(passed)); err != nil {
		return out, err
	}
	return out, tx.Audit(ctx, store.Act{Actor: by.Account, Action: "class.approve", ObjectType: "class", Object: class.ID, Org: org,
		Before: before, After: class, At: run.now, Detail: map[string]string{
			"code": class.Code, "credentials": strconv.Itoa(len(passed)), "held": strconv.Itoa(len(in.Hold)), "approval": string(record.ID), "passkey": strconv.FormatBool(record.Passkey != nil)}})
}

// submitted loads a class that waits for a decision, for somebody who may make it.
func (s *Service) submitted(ctx context.Context, tx *store.Tx, by registry.Actor, id registry.ID, version int64) (registry.Class, registry.ID, error) {
	class, err := tx.Class(ctx, id)
	if err != nil {
		return class, "", err
	}
	org, err := tx.ClassOrg(ctx, id)
	if err != nil {
		return class, "", err
	}
	if err := access.Allow(ctx, tx, by, registry.ReadClass, registry.ApproveClass, org, "class", id); err != nil {
		return class, org, err
	}
	if class.Status != registry.ClassSubmitted {
		return class, org, registry.Fail(registry.Conflict, "class.not_submitted", class.Code, string(class.Status))
	}
	if version != 0 && version != class.Version {
		return class, org, registry.Fail(registry.Stale, "class.stale", class.Code)
	}
	return class, org, s.fourEyes(ctx, tx, by, class)
}

// FourEyes says why the actor may not decide the class, nil if he may.
func (s *Service) FourEyes(ctx context.Context, by registry.Actor, id registry.ID) error {
	return s.DB.Read(ctx, func(tx *store.Tx) error {
		_, _, err := s.submitted(ctx, tx, by, id, 0)
		return err
	})
}

func (s *Service) fourEyes(ctx context.Context, tx *store.Tx, by registry.Actor, class registry.Class) error {
	p, err := s.parts(ctx, tx, class)
	if err != nil {
		return err
	}
	return p.bar(class, by)
}

// stillAccredited asks for a reason where the base lost its accreditation after
// the class was held.
func stillAccredited(base registry.Base, note string) error {
	if base.Status != registry.BaseAccredited && strings.TrimSpace(note) == "" {
		return registry.FailField(registry.Conflict, "note", "base.since", base.Code, string(base.Status))
	}
	return nil
}

func ceremony(d registry.Date, run intent) (registry.Date, error) {
	today := registry.DateOf(run.now.In(run.loc))
	if d.IsZero() || d == today {
		return today, nil
	}
	if d.Before(today) || d.After(today.AddDays(180)) {
		return d, registry.FailField(registry.Invalid, "valid_from", "approve.valid_from", d)
	}
	return d, nil
}

// settle approves the passed completions, marks the held ones and returns who
// gets a credential, in roster order.
func (s *Service) settle(ctx context.Context, tx *store.Tx, by registry.Actor, run intent, hold []Held) ([]candidate, error) {
	enrolments, err := tx.Enrolments(ctx, run.class.ID)
	if err != nil {
		return nil, err
	}
	completions, err := tx.Completions(ctx, run.class.ID)
	if err != nil {
		return nil, err
	}
	if err := knownHolds(hold, completions); err != nil {
		return nil, err
	}
	outcomes, held := map[registry.ID]registry.Completion{}, map[registry.ID]string{}
	for _, c := range completions {
		outcomes[c.Enrolment] = c
	}
	for _, h := range hold {
		held[h.Enrolment] = strings.TrimSpace(h.Reason)
	}
	list := make([]candidate, 0, len(enrolments))
	for _, e := range enrolments {
		c, ok := outcomes[e.ID]
		if !ok || e.Status != registry.Enrolled || c.Outcome != registry.Pass {
			continue
		}
		reason, back := held[e.ID]
		if back || c.Held != "" {
			c.Held = reason
			if err := tx.PutCompletion(ctx, c); err != nil {
				return nil, err
			}
		}
		if !back {
			list = append(list, candidate{enrolment: e, completion: c})
		}
	}
	n, err := tx.ApprovePassed(ctx, run.class.ID, by.Account, run.now)
	if err == nil && n != len(list) {
		err = registry.Fail(registry.Conflict, "completion.approved")
	}
	return list, err
}

func knownHolds(hold []Held, completions []registry.Completion) error {
	known := map[registry.ID]bool{}
	for _, c := range completions {
		known[c.Enrolment] = true
	}
	for i, h := range hold {
		if strings.TrimSpace(h.Reason) == "" {
			return holdFault(i, "reason", "reason.needed")
		}
		if !known[h.Enrolment] {
			return holdFault(i, "enrolment", "enrolment.unknown", h.Enrolment)
		}
	}
	return nil
}

func holdFault(i int, field, code string, args ...any) error {
	return &registry.Error{Kind: registry.Invalid, Code: "request.rows", Args: []any{1},
		Faults: []registry.Fault{{Row: i + 1, Field: field, Code: code, Args: args}}}
}

// approved moves the class on; with nobody to certify it is finished at once.
func (s *Service) approved(ctx context.Context, tx *store.Tx, by registry.Actor, class registry.Class, note string, now time.Time, n int) (registry.Class, error) {
	class, err := class.To(registry.ClassApproved)
	if err != nil {
		return class, err
	}
	class.ApprovedBy, class.ApprovedAt, class.ApproveNote = by.Account, now, strings.TrimSpace(note)
	next := registry.ClassIssuing
	if n == 0 {
		next = registry.ClassIssued
	}
	if class, err = class.To(next); err != nil {
		return class, err
	}
	return tx.SaveClass(ctx, class)
}

// safetyDelay is when the job looks after credentials that should be signed by
// then: it finds the intents that a crash left behind.
const safetyDelay = 30 * time.Second

// schedule stores the job that signs. For a small class it is the safety net
// that finds the intents after a crash, so it starts a little later.
func (s *Service) schedule(ctx context.Context, tx *store.Tx, by registry.Actor, run intent, n int) (registry.ID, error) {
	if n == 0 {
		return "", nil
	}
	r := store.Run{ID: store.NewID(), Kind: JobKind, Object: run.class.ID, Org: run.org, Status: "queued", Total: n,
		CreatedBy: by.Account, CreatedAt: run.now, UpdatedAt: run.now}
	if err := tx.AddRun(ctx, r); err != nil {
		return "", err
	}
	at := run.now
	if n <= AtOnce {
		at = at.Add(safetyDelay)
	}
	return r.ID, tx.Enqueue(ctx, JobKind, Job{Class: run.class.ID}, "issue."+string(run.class.ID), at)
}

// Return sends a submitted class back to its trainers with the reason; rows may
// have reasons of their own. version is the one that the approver saw, 0 for any.
func (s *Service) Return(ctx context.Context, by registry.Actor, id registry.ID, reason string, rows []Held, version int64) (registry.Class, error) {
	if strings.TrimSpace(reason) == "" {
		return registry.Class{}, registry.FailField(registry.Invalid, "reason", "reason.needed")
	}
	var class registry.Class
	err := s.DB.Tx(ctx, func(tx *store.Tx) error {
		before, org, err := s.submitted(ctx, tx, by, id, version)
		if err != nil {
			return err
		}
		completions, err := tx.Completions(ctx, id)
		if err != nil {
			return err
		}
		if err := knownHolds(rows, completions); err != nil {
			return err
		}
		for _, c := range completions {
			if i := slices.IndexFunc(rows, func(h Held) bool { return h.Enrolment == c.Enrolment }); i >= 0 {
				c.Held = strings.TrimSpace(rows[i].Reason)
				if err := tx.PutCompletion(ctx, c); err != nil {
					return err
				}
			}
		}
		next, err := before.To(registry.ClassReturned)
		if err != nil {
			return err
		}
		next.ReturnReason = strings.TrimSpace(reason)
		if class, err = tx.SaveClass(ctx, next); err != nil {
			return err
		}
		return tx.Audit(ctx, store.Act{Actor: by.Account, Action: "class.return", ObjectType: "class", Object: id, Org: org, Before: before, After: class, At: s.Now()})
	})
	return class, err
}
