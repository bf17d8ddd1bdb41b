package training

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/passmuster/passmuster/internal/intake"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// ImportJob names the job that takes a large roster into its class.
const ImportJob = "import.commit"

// ImportAtOnce is how many rows are taken while the page waits; more are a job.
const ImportAtOnce = 500

// importBatch is how many rows are stored at a time: between two batches others
// may write, and the run says how far it is.
const importBatch = 250

// importWork is what the job is told.
type importWork struct {
	Import       registry.ID `json:"import"`
	Run          registry.ID `json:"run"`
	Account      registry.ID `json:"account"`
	AllOrNothing bool        `json:"all_or_nothing,omitempty"`
	Results      bool        `json:"results,omitempty"`
	Statement    string      `json:"statement,omitempty"`
}

// StartImport has a job take the good rows of a stored roster; the run says how
// far it is. What can be refused now is refused now.
func (s *Service) StartImport(ctx context.Context, by registry.Actor, id registry.ID, o EnrolOptions) (store.Run, error) {
	p, err := s.PreviewImport(ctx, by, id)
	if err != nil {
		return store.Run{}, err
	}
	if err := errors.Join(committable(p), p.Class.Recordable()); err != nil {
		return store.Run{}, err
	}
	if o.AllOrNothing && p.Report.Rejected > 0 {
		return store.Run{}, &registry.Error{Kind: registry.Invalid, Code: "import.rejected", Args: []any{p.Report.Rejected}, Faults: p.Report.Faults}
	}
	_, r, err := s.stored(ctx, by, id)
	if err != nil {
		return store.Run{}, err
	}
	run := store.Run{ID: store.NewID(), Kind: ImportJob, Object: id, Org: r.org, Status: "queued", Total: len(p.Roster.Rows),
		CreatedBy: by.Account, CreatedAt: s.Now(), UpdatedAt: s.Now()}
	work := importWork{Import: id, Run: run.ID, Account: by.Account, AllOrNothing: o.AllOrNothing, Results: o.Results, Statement: o.Statement}
	err = s.changeImport(ctx, by, id, "import.start", func(tx *store.Tx, i store.Import, _ registry.Class) (store.Import, error) {
		if i.Status == ImportCommitting {
			return i, registry.Fail(registry.Conflict, "wizard.busy")
		}
		i.Status = ImportCommitting
		if err := tx.AddRun(ctx, run); err != nil {
			return i, err
		}
		return i, tx.Enqueue(ctx, ImportJob, work, string(id), time.Time{})
	})
	return run, err
}

// WorkImport is the worker of [ImportJob]. Rows already taken change nothing, so
// it goes on where a crash left it. A refusal ends the run and gives the import
// back to its page.
func (s *Service) WorkImport(ctx context.Context, args json.RawMessage) error {
	var w importWork
	if err := json.Unmarshal(args, &w); err != nil {
		return fmt.Errorf("read job: %w", err)
	}
	by, run, err := s.importWorker(ctx, w)
	if err != nil || run.Status == "done" || run.Status == "failed" {
		return err
	}
	err = s.takeAll(ctx, by, w, &run)
	var refusal *registry.Error
	if !errors.As(err, &refusal) || refusal.Kind == registry.Unavailable {
		return err
	}
	return s.giveBack(ctx, w, run, refusal.Code)
}

// importWorker is the account that asked, with the roles it has now.
func (s *Service) importWorker(ctx context.Context, w importWork) (registry.Actor, store.Run, error) {
	var by registry.Actor
	var run store.Run
	err := s.DB.Read(ctx, func(tx *store.Tx) error {
		account, err := tx.Account(ctx, w.Account)
		if err != nil {
			return err
		}
		if by = account.Actor(); account.Status != registry.AccountActive {
			by.Grants = nil // it may do nothing any more
		}
		run, err = tx.Run(ctx, w.Run)
		return err
	})
	return by, run, err
}

// takeAll takes the rows in batches, or in one transaction where it is all or
// nothing.
func (s *Service) takeAll(ctx context.Context, by registry.Actor, w importWork, run *store.Run) error {
	p, r, err := s.stored(ctx, by, w.Import)
	if err != nil {
		return err
	}
	table, err := intake.ReadTable(p.Import.Filename, p.Import.Body, intake.Limits{})
	if err != nil {
		return err
	}
	r.o.Override = p.Import.Mapping
	roster, err := intake.ReadRoster(p.Edits.Apply(table), r.o)
	if err != nil {
		return err
	}
	o := EnrolOptions{Source: "import", AllOrNothing: w.AllOrNothing, Results: w.Results, Statement: w.Statement}
	size := importBatch
	if w.AllOrNothing {
		size = len(roster.Rows)
	}
	var sum EnrolReport
	before := run.Done // of a run that a crash cut: what it took then is unchanged now
	for at := 0; at < len(roster.Rows); at += size {
		batch := roster.Rows[at:min(at+size, len(roster.Rows))]
		report, _, err := s.Enrol(ctx, by, p.Import.Class, batch, o)
		if err != nil {
			return err
		}
		sum.Enrolled, sum.Unchanged, sum.Rejected, sum.Recorded = sum.Enrolled+report.Enrolled, sum.Unchanged+report.Unchanged, sum.Rejected+report.Rejected, sum.Recorded+report.Recorded
		run.Status, run.Done, run.Failed, run.UpdatedAt = "running", max(before, at+len(batch)), sum.Rejected, s.Now()
		if err := s.saveImportRun(ctx, *run); err != nil {
			return err
		}
	}
	if err := s.settle(ctx, by, &p, sum); err != nil {
		return err
	}
	run.Status, run.Done, run.Message, run.UpdatedAt = "done", run.Total, "", s.Now()
	return s.saveImportRun(ctx, *run)
}

func (s *Service) saveImportRun(ctx context.Context, r store.Run) error {
	return s.DB.Tx(ctx, func(tx *store.Tx) error { return tx.SaveRun(ctx, r) })
}

// giveBack ends a run that was refused; its import can be looked at and started
// again.
func (s *Service) giveBack(ctx context.Context, w importWork, run store.Run, code string) error {
	run.Status, run.Message, run.UpdatedAt = "failed", code, s.Now()
	return s.DB.Tx(ctx, func(tx *store.Tx) error {
		i, err := tx.Import(ctx, w.Import)
		if err != nil {
			return err
		}
		i.Status = ImportPreviewed
		if i, err = tx.SaveImport(ctx, i); err != nil {
			return err
		}
		if err := tx.SaveRun(ctx, run); err != nil {
			return err
		}
		return tx.Audit(ctx, store.Act{Actor: w.Account, Action: "import.stopped", ObjectType: "class", Object: i.Class, Org: run.Org, At: s.Now(),
			Detail: map[string]string{"import": string(i.ID), "code": code}})
	})
}
