package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store/db"
)

// Completions lists the outcomes of the class in the order of its roster.
func (t *Tx) Completions(ctx context.Context, class registry.ID) ([]registry.Completion, error) {
	rows, err := t.q.Completions(ctx, class)
	return many(rows, err, toCompletion, "completion")
}

// CompletionOf returns the outcome of the enrolment.
func (t *Tx) CompletionOf(ctx context.Context, enrolment registry.ID) (registry.Completion, error) {
	row, err := t.q.CompletionOf(ctx, enrolment)
	return one(row, err, toCompletion, "completion", enrolment)
}

// PutCompletion records the outcome of an enrolment, in place of the one
// recorded before, whose id stays. An approved outcome is refused as
// completion.approved.
func (t *Tx) PutCompletion(ctx context.Context, c registry.Completion) error {
	_, err := t.q.PutCompletion(ctx, db.PutCompletionParams{ID: c.ID, Enrolment: c.Enrolment, Class: c.Class, Person: c.Person,
		Outcome: string(c.Outcome), Minutes: int64(c.Minutes), CompletedOn: c.CompletedOn.String(), Bulk: c.Bulk, Held: c.Held})
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return registry.Fail(registry.Conflict, "completion.approved")
	case err != nil:
		return fmt.Errorf("put completion: %w", err)
	}
	return nil
}

// AddCompletions records outcomes of enrolments that have none yet.
func (t *Tx) AddCompletions(ctx context.Context, list []registry.Completion) error {
	rows := make([]db.AddCompletionParams, len(list))
	for i, c := range list {
		rows[i] = db.AddCompletionParams{ID: c.ID, Enrolment: c.Enrolment, Class: c.Class, Person: c.Person, Outcome: string(c.Outcome),
			Minutes: int64(c.Minutes), CompletedOn: c.CompletedOn.String(), Bulk: c.Bulk, Held: c.Held}
	}
	n, err := addRows(ctx, t, (*db.Queries).AddCompletion, rows)
	if err == nil && int(n) < len(rows) {
		err = errors.New("some are recorded already")
	}
	if err != nil {
		return fmt.Errorf("add completions: %w", err)
	}
	return nil
}

// ApproveCompletion records who approved the outcome and when, and why a row
// was held back. It is done once.
func (t *Tx) ApproveCompletion(ctx context.Context, c registry.Completion) error {
	n, err := t.q.ApproveCompletion(ctx, db.ApproveCompletionParams{Enrolment: c.Enrolment, ApprovedBy: c.ApprovedBy,
		ApprovedAt: micros(c.ApprovedAt), Held: c.Held})
	if err != nil {
		return fmt.Errorf("approve completion: %w", err)
	}
	if n > 0 {
		return nil
	}
	if _, err := t.CompletionOf(ctx, c.Enrolment); err != nil {
		return err
	}
	return registry.Fail(registry.Conflict, "completion.approved")
}

// ApprovePassed records who approved, and when, for everybody in the class who is
// enrolled, has passed and is not held back; it returns how many they are.
func (t *Tx) ApprovePassed(ctx context.Context, class, by registry.ID, at time.Time) (int, error) {
	n, err := t.q.ApprovePassed(ctx, db.ApprovePassedParams{Class: class, ApprovedBy: by, ApprovedAt: micros(at)})
	if err != nil {
		return 0, fmt.Errorf("approve completions: %w", err)
	}
	return int(n), nil
}

func toCompletion(r db.Completion) (registry.Completion, error) {
	var c codec
	return registry.Completion{ID: r.ID, Enrolment: r.Enrolment, Class: r.Class, Person: r.Person, Outcome: registry.Outcome(r.Outcome),
		Minutes: int(r.Minutes), CompletedOn: c.date(r.CompletedOn), Bulk: r.Bulk, Held: r.Held, ApprovedBy: r.ApprovedBy,
		ApprovedAt: instant(r.ApprovedAt)}, c.err
}
