package store

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store/db"
)

// EraseCredential stores an erased credential (registry.Credential.Erase) over
// the version it was read in, and empties what else tells whose it was: the
// words beside decisions about it, and answered reports. Number, code, dates and
// the SHA-256 of its file stay.
func (t *Tx) EraseCredential(ctx context.Context, c registry.Credential) (registry.Credential, error) {
	snapshot, err := canonical(c.Snapshot)
	if err != nil {
		return c, err
	}
	n, err := t.q.EraseCredential(ctx, db.EraseCredentialParams{ID: c.ID, State: string(c.State), StateSince: micros(c.StateSince), Reason: c.Reason,
		Snapshot: snapshot, Version: c.Version})
	c.Version++
	if err := saved(n, err, "credential", c.Number); err != nil {
		return c, err
	}
	t.touched.answers = true
	for _, empty := range []func(context.Context, registry.ID) (int64, error){t.q.EraseStatusNotes, t.q.EraseRequestNotes, t.q.EraseRunFailures} {
		if _, err := empty(ctx, c.ID); err != nil {
			return c, fmt.Errorf("erase what is said of a credential: %w", err)
		}
	}
	if _, err := t.q.EraseReportsAbout(ctx, db.EraseReportsAboutParams{Credential: c.ID, ErasedAt: micros(c.StateSince)}); err != nil {
		return c, fmt.Errorf("erase reports: %w", err)
	}
	return c, t.RaiseMark(ctx, StatusKind(c.Snapshot.Status.List))
}

// EraseEnrolment empties what tells who took part in a class: the row of the
// list, the words beside attempts and confirmation, shares, and the files that
// the list was read from. The row's status becomes that of e; results stay.
func (t *Tx) EraseEnrolment(ctx context.Context, e registry.Enrolment) error {
	if _, err := t.RemoveShares(ctx, e.ID); err != nil {
		return err
	}
	_, err := t.q.EraseEnrolment(ctx, db.EraseEnrolmentParams{ID: e.ID, Status: string(e.Status)})
	if err != nil {
		return fmt.Errorf("erase enrolment: %w", err)
	}
	for _, empty := range []func(context.Context, registry.ID) (int64, error){t.q.EraseConfirmation, t.q.EraseAssessmentNotes} {
		if _, err := empty(ctx, e.ID); err != nil {
			return fmt.Errorf("erase what is said of an enrolment: %w", err)
		}
	}
	if _, err := t.q.EraseImportsOf(ctx, e.Class); err != nil {
		return fmt.Errorf("erase roster files: %w", err)
	}
	return nil
}

// PersonNeeded reports whether something still needs to know who the person is:
// a class that was not erased, an accreditation as a trainer, an account.
func (t *Tx) PersonNeeded(ctx context.Context, person registry.ID) (bool, error) {
	for _, count := range []func(context.Context, registry.ID) (int64, error){t.q.CountNamedEnrolments, t.q.CountTrainersOfPerson, t.q.CountAccountsOfPerson} {
		n, err := count(ctx, person)
		if err != nil {
			return false, fmt.Errorf("count what needs a person: %w", err)
		}
		if n > 0 {
			return true, nil
		}
	}
	return false, nil
}

// ErasePerson empties the person, the records that were taken into it, what was
// changed about it, and invitations. Nobody is found by it any more.
func (t *Tx) ErasePerson(ctx context.Context, person registry.ID, at time.Time) error {
	_, err := t.q.ErasePerson(ctx, db.ErasePersonParams{ID: person, MergedInto: person, ErasedAt: micros(at)})
	if err != nil {
		return fmt.Errorf("erase person: %w", err)
	}
	if _, err := t.q.ErasePersonChanges(ctx, db.ErasePersonChangesParams{Person: person, Other: string(person)}); err != nil {
		return fmt.Errorf("erase changes of a person: %w", err)
	}
	if _, err := t.q.EraseInvitations(ctx, db.EraseInvitationsParams{Person: person, WithdrawnAt: micros(at)}); err != nil {
		return fmt.Errorf("erase invitations: %w", err)
	}
	return nil
}

// ForgetAnswers removes the stored answers to requests (idempotency keys) that
// hold one of the words. A request sent again is then decided anew, and by then
// finds what it did.
func (t *Tx) ForgetAnswers(ctx context.Context, words []string) error {
	var last db.StoredAnswersParams
	last.Limit = pageSize
	for {
		rows, err := t.q.StoredAnswers(ctx, last)
		if err != nil {
			return fmt.Errorf("read stored answers: %w", err)
		}
		for _, r := range rows {
			last.Principal, last.Principal_2, last.Principal_3 = r.Principal, r.Route, r.Key
			var c codec
			if body := c.bytes(r.Response); c.err == nil && !holds(body, words) {
				continue
			}
			if _, err := t.q.DropKey(ctx, db.DropKeyParams{Principal: r.Principal, Route: r.Route, Key: r.Key}); err != nil {
				return fmt.Errorf("forget an answer: %w", err)
			}
		}
		if len(rows) < pageSize {
			return nil
		}
	}
}

func holds(body []byte, words []string) bool {
	for _, w := range words {
		if w != "" && bytes.Contains(body, []byte(w)) {
			return true
		}
	}
	return false
}

// Scrub makes the database's own files forget what was erased, as far as that is
// in its hands: SQLite's journal is folded and cut. PostgreSQL does it by its
// vacuum. Backups are the operator's.
func (d *DB) Scrub(ctx context.Context) error {
	if err := d.engine.scrub(ctx); err != nil {
		return fmt.Errorf("scrub the journal: %w", err)
	}
	return nil
}
