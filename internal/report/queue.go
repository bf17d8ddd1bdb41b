package report

import (
	"context"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// Entry is a report as those see it who answer for it.
type Entry struct {
	registry.Report
	Owner   registry.Organization
	Number  registry.Number // of the certificate it is about, "" for none
	Code    registry.Code
	Overdue bool
}

// Reports lists the reports that the actor answers for: those that wait, the most
// urgent first, or those that were answered, the newest first.
func (s *Service) Reports(ctx context.Context, by registry.Actor, f store.ReportFilter) (list []Entry, err error) {
	if !registry.CanSomewhere(by, registry.HandleReport) {
		return nil, registry.Fail(registry.Forbidden, "access.forbidden", string(registry.HandleReport))
	}
	err = s.DB.Read(ctx, func(tx *store.Tx) error {
		list = nil
		if f.Orgs, err = access.Visible(ctx, tx, by, registry.HandleReport); err != nil {
			return err
		}
		reports, err := tx.Reports(ctx, f)
		if err != nil {
			return err
		}
		for _, r := range reports {
			e, err := s.entry(ctx, tx, r)
			if err != nil {
				return err
			}
			list = append(list, e)
		}
		return nil
	})
	return list, err
}

// Waiting counts the reports that wait for the actor, and those of them that are
// late; none for somebody who answers for none.
func (s *Service) Waiting(ctx context.Context, by registry.Actor) (waiting, late int, err error) {
	if !registry.CanSomewhere(by, registry.HandleReport) {
		return 0, 0, nil
	}
	err = s.DB.Read(ctx, func(tx *store.Tx) error {
		orgs, err := access.Visible(ctx, tx, by, registry.HandleReport)
		if err != nil || len(orgs) == 0 {
			return err
		}
		waiting, late, err = tx.CountReports(ctx, orgs, registry.DateOf(s.Now().UTC()))
		return err
	})
	return waiting, late, err
}

// Report returns one report, to those who answer for it.
func (s *Service) Report(ctx context.Context, by registry.Actor, id registry.ID) (e Entry, err error) {
	err = s.DB.Read(ctx, func(tx *store.Tx) error {
		r, err := s.load(ctx, tx, by, id)
		if err != nil {
			return err
		}
		e, err = s.entry(ctx, tx, r)
		return err
	})
	return e, err
}

// Answer gives the report its answer, which its maker reads by his link. A report
// is answered once.
func (s *Service) Answer(ctx context.Context, by registry.Actor, id registry.ID, outcome registry.ReportOutcome, text string) (e Entry, err error) {
	err = s.DB.Tx(ctx, func(tx *store.Tx) error {
		r, err := s.load(ctx, tx, by, id)
		if err != nil {
			return err
		}
		if r, err = r.Answered(by, outcome, text, s.Now().UTC()); err != nil {
			return err
		}
		if r, err = tx.SaveReport(ctx, r); err != nil {
			return err
		}
		if err := tx.Audit(ctx, store.Act{Actor: by.Account, Action: "report.answer", ObjectType: "report", Object: r.ID, Org: r.Org, At: r.AnsweredAt,
			Detail: map[string]string{"outcome": string(r.Outcome)}}); err != nil {
			return err
		}
		e, err = s.entry(ctx, tx, r)
		return err
	})
	return e, err
}

// Erase takes out what the maker of the report wrote. Twice changes nothing.
func (s *Service) Erase(ctx context.Context, by registry.Actor, id registry.ID) error {
	return s.DB.Tx(ctx, func(tx *store.Tx) error {
		r, err := s.load(ctx, tx, by, id)
		if err != nil {
			return err
		}
		return s.erase(ctx, tx, by.Account, r)
	})
}

// load reads a report that the actor answers for; of any other he is not told.
func (s *Service) load(ctx context.Context, tx *store.Tx, by registry.Actor, id registry.ID) (registry.Report, error) {
	r, err := tx.Report(ctx, id)
	if err != nil {
		return r, err
	}
	return r, access.Allow(ctx, tx, by, registry.HandleReport, registry.HandleReport, r.Org, "report", id)
}

func (s *Service) entry(ctx context.Context, tx *store.Tx, r registry.Report) (e Entry, err error) {
	e.Report = r
	if e.Owner, err = tx.Organization(ctx, r.Org); err != nil {
		return e, err
	}
	loc, err := registry.Zone(e.Owner.TZ)
	if err != nil {
		return e, err
	}
	e.Overdue = r.Overdue(registry.DateOf(s.Now().In(loc)))
	if r.Credential == "" {
		return e, nil
	}
	c, err := tx.Credential(ctx, r.Credential)
	e.Number, e.Code = c.Number, c.Code
	return e, err
}
