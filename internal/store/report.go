package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store/db"
)

// ReportFilter chooses reports.
type ReportFilter struct {
	Orgs   []registry.ID // owned by these organizations
	Closed bool          // answered, the newest first; else those that wait, the most urgent first
	After  registry.ID   // the next page begins behind this report; "": the first
	Limit  int           // 0: 50
}

// AddReport stores a new report. tokenHash is the SHA-256 of its link's secret,
// form that of the form's name: a second report of the same form is refused as
// report.exists.
func (t *Tx) AddReport(ctx context.Context, r registry.Report, tokenHash, form string) error {
	n, err := t.q.AddReport(ctx, db.AddReportParams{ID: r.ID, Org: r.Org, Credential: r.Credential, About: r.About, Kind: string(r.Kind), Body: r.Text,
		Contact: r.Contact, Lang: r.Lang, TokenHash: tokenHash, Form: form, MadeAt: micros(r.MadeAt), DueOn: r.DueOn.String()})
	return added(n, err, "report", r.ID)
}

// Report returns the report with the id.
func (t *Tx) Report(ctx context.Context, id registry.ID) (registry.Report, error) {
	row, err := t.q.Report(ctx, id)
	return one(row, err, toReport, "report", id)
}

// ReportByToken returns the report by the SHA-256 of its link's secret. The
// refusal does not repeat it.
func (t *Tx) ReportByToken(ctx context.Context, tokenHash string) (registry.Report, error) {
	row, err := t.q.ReportByToken(ctx, tokenHash)
	return one(row, err, toReport, "report", "")
}

// ReportByForm returns the report that a form made.
func (t *Tx) ReportByForm(ctx context.Context, form string) (registry.Report, error) {
	row, err := t.q.ReportByForm(ctx, form)
	return one(row, err, toReport, "report", "")
}

// ErasureWish returns the newest wish of the enrolment's holder to be erased.
func (t *Tx) ErasureWish(ctx context.Context, enrolment registry.ID) (registry.Report, error) {
	row, err := t.q.ErasureWish(ctx, enrolment)
	return one(row, err, toReport, "report", "")
}

// OpenErasureWishes lists the wishes to be erased that wait at the credential.
func (t *Tx) OpenErasureWishes(ctx context.Context, credential registry.ID) ([]registry.Report, error) {
	rows, err := t.q.OpenErasureWishes(ctx, credential)
	return many(rows, err, toReport, "report")
}

// SaveReport stores the answer to a report, or what was erased of it, over the
// version it was read in. Owner and kind stay as they were made.
func (t *Tx) SaveReport(ctx context.Context, r registry.Report) (registry.Report, error) {
	n, err := t.q.SaveReport(ctx, db.SaveReportParams{ID: r.ID, About: r.About, Body: r.Text, Contact: r.Contact, Outcome: string(r.Outcome), Answer: r.Answer,
		AnsweredBy: r.AnsweredBy, AnsweredAt: micros(r.AnsweredAt), ErasedAt: micros(r.ErasedAt), Version: r.Version})
	r.Version++
	return r, saved(n, err, "report", r.ID)
}

// Reports lists the reports that the filter chooses.
func (t *Tx) Reports(ctx context.Context, f ReportFilter) ([]registry.Report, error) {
	var w where
	w.orgs(f.Orgs, false)
	order := "due_on, id"
	if f.Closed {
		order = "id DESC"
		w.add("outcome <> ''")
	} else {
		w.add("outcome = ''")
	}
	if f.After != "" {
		last, err := t.Report(ctx, f.After)
		switch {
		case errors.Is(err, registry.NotFound): // a page of a list that is not ours
			return nil, nil
		case err != nil:
			return nil, err
		case f.Closed:
			w.add("id < ?", string(last.ID))
		default:
			w.add("(due_on > ? OR due_on = ? AND id > ?)", last.DueOn.String(), last.DueOn.String(), string(last.ID))
		}
	}
	ids, err := t.choose(ctx, "reports", w, order, f.Limit)
	if err != nil {
		return nil, err
	}
	return each(ctx, ids, t.Report)
}

// CountReports counts the reports of the organizations that wait, and those of
// them that were due before the day.
func (t *Tx) CountReports(ctx context.Context, orgs []registry.ID, day registry.Date) (waiting, late int, err error) {
	var w where
	w.orgs(orgs, false)
	w.add("outcome = ''")
	query := fmt.Sprintf("SELECT COUNT(*), COALESCE(SUM(CASE WHEN due_on < $%d THEN 1 ELSE 0 END), 0) FROM reports WHERE %s", len(w.args)+1, w.text())
	if err := t.g.QueryRowContext(ctx, query, append(w.args, day.String())...).Scan(&waiting, &late); err != nil {
		return 0, 0, fmt.Errorf("count reports: %w", err)
	}
	return waiting, late, nil
}

// ReportsToErase lists reports answered before that time whose reporter's words
// are still there, the oldest first.
func (t *Tx) ReportsToErase(ctx context.Context, before time.Time, limit int) ([]registry.Report, error) {
	rows, err := t.q.ReportsToErase(ctx, db.ReportsToEraseParams{AnsweredAt: micros(before), Limit: int32(limit)})
	return many(rows, err, toReport, "report")
}

func toReport(r db.Report) (registry.Report, error) {
	var c codec
	return registry.Report{ID: r.ID, Org: r.Org, Credential: r.Credential, About: r.About, Kind: registry.ReportKind(r.Kind), Text: r.Body, Contact: r.Contact,
		Lang: r.Lang, MadeAt: instant(r.MadeAt), DueOn: c.date(r.DueOn), Outcome: registry.ReportOutcome(r.Outcome), Answer: r.Answer,
		AnsweredBy: r.AnsweredBy, AnsweredAt: instant(r.AnsweredAt), ErasedAt: instant(r.ErasedAt), Version: r.Version}, c.err
}
