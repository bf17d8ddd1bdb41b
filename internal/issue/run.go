package issue

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// Run returns a long piece of work that the actor may watch.
func (s *Service) Run(ctx context.Context, by registry.Actor, id registry.ID) (store.Run, error) {
	var r store.Run
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		if r, err = tx.Run(ctx, id); err != nil {
			return err
		}
		return access.Allow(ctx, tx, by, registry.ReadClass, registry.ReadClass, r.Org, "run", id)
	})
	return r, err
}

// mostFailures is how many failures of a run are kept and told: whoever has more
// has one cause for all of them.
const mostFailures = 500

// Failures lists what a run could not sign and why, for somebody who may watch
// it.
func (s *Service) Failures(ctx context.Context, by registry.Actor, id registry.ID) ([]store.RunFailure, error) {
	var list []store.RunFailure
	err := s.DB.Read(ctx, func(tx *store.Tx) error {
		r, err := tx.Run(ctx, id)
		if err != nil {
			return err
		}
		if err := access.Allow(ctx, tx, by, registry.ReadClass, registry.ReadClass, r.Org, "run", id); err != nil {
			return err
		}
		list, err = tx.RunFailures(ctx, id, mostFailures)
		return err
	})
	return list, err
}

// Ended reports that nothing more will happen to a run by itself that is worth
// waiting for.
func Ended(r store.Run) bool { return r.Status == "done" || r.Status == "failed" }

// SecondsLeft guesses from the pace so far when a run will be done; 0 where there
// is no pace yet.
func SecondsLeft(r store.Run, now time.Time) int {
	spent := now.Sub(r.CreatedAt)
	if Ended(r) || r.Done == 0 || r.Done >= r.Total || spent < time.Second {
		return 0
	}
	left := spent / time.Duration(r.Done) * time.Duration(r.Total-r.Done)
	if left > time.Hour {
		return 0
	}
	return max(1, int(left/time.Second))
}

// MayRetry reports whether the actor may have a run tried again.
func (s *Service) MayRetry(ctx context.Context, by registry.Actor, r store.Run) (may bool, err error) {
	err = s.DB.Read(ctx, func(tx *store.Tx) error {
		path, err := access.Path(ctx, tx, r.Org)
		may = err == nil && registry.Can(by, registry.RetryIssue, path)
		return err
	})
	return may, err
}

// Retry has what a run could not sign tried again at once: what is signed stays
// as it is. A run that has not failed is left alone, so asking twice does no harm.
func (s *Service) Retry(ctx context.Context, by registry.Actor, id registry.ID) (store.Run, error) {
	var run store.Run
	err := s.DB.Tx(ctx, func(tx *store.Tx) (err error) {
		if run, err = tx.Run(ctx, id); err != nil {
			return err
		}
		if err := access.Allow(ctx, tx, by, registry.ReadClass, registry.RetryIssue, run.Org, "run", id); err != nil {
			return err
		}
		switch {
		case run.Kind != JobKind:
			return registry.Fail(registry.Conflict, "run.other")
		case run.Status != "failed":
			return nil
		}
		failed := run.Failed
		run.Status, run.Message, run.Failed, run.UpdatedAt = "queued", "", 0, s.Now()
		if err := tx.PutRunFailures(ctx, id, nil); err != nil {
			return err
		}
		if err := tx.SaveRun(ctx, run); err != nil {
			return err
		}
		if err := tx.Enqueue(ctx, run.Kind, Job{Class: run.Object}, "retry."+string(id), time.Time{}); err != nil {
			return err
		}
		return tx.Audit(ctx, store.Act{Actor: by.Account, Action: "run.retry", ObjectType: "class", Object: run.Object, Org: run.Org, At: s.Now(),
			Detail: map[string]string{"run": string(id), "failed": strconv.Itoa(failed)}})
	})
	return run, err
}

// progress writes how far the class's run is, counted from what is left.
func (s *Service) progress(ctx context.Context, tx *store.Tx, class registry.ID, status, message string, failed []store.RunFailure) error {
	run, err := tx.RunFor(ctx, JobKind, class)
	if errors.Is(err, registry.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	left, err := tx.CountQueued(ctx, class)
	if err != nil {
		return err
	}
	run.Status, run.Message, run.Done, run.Failed, run.UpdatedAt = status, message, max(0, run.Total-left), len(failed), s.Now()
	if err := tx.SaveRun(ctx, run); err != nil || status == "running" {
		return err
	}
	return tx.PutRunFailures(ctx, run.ID, failed[:min(len(failed), mostFailures)])
}

// stopped notes in the run which credentials could not be signed, and why. They
// stay queued, for the job to try again.
func (s *Service) stopped(ctx context.Context, class registry.ID, failed map[registry.ID]error) error {
	fault := errors.Join(slices.Collect(maps.Values(failed))...)
	s.Log.Error("signing stopped", "class", class, "failed", len(failed), "error", fault)
	list := make([]store.RunFailure, 0, len(failed))
	for _, id := range slices.Sorted(maps.Keys(failed)) {
		list = append(list, failureOf(id, failed[id]))
	}
	err := s.DB.Tx(ctx, func(tx *store.Tx) error { return s.progress(ctx, tx, class, "failed", "run.failed", list) })
	return errors.Join(fault, err)
}

// failureOf says in a message of the catalogues why a credential was not signed;
// what is a fault of ours stands in the log alone.
func failureOf(id registry.ID, err error) store.RunFailure {
	f := store.RunFailure{Credential: id, Code: "run.fault"}
	var refusal *registry.Error
	if errors.As(err, &refusal) {
		f.Code, f.Args = refusal.Code, make([]any, len(refusal.Args))
		for i, a := range refusal.Args {
			f.Args[i] = fmt.Sprint(a)
		}
	}
	return f
}

// finish closes the class once nothing of it is queued.
func (s *Service) finish(ctx context.Context, id registry.ID) error {
	return s.DB.Tx(ctx, func(tx *store.Tx) error {
		if err := s.progress(ctx, tx, id, "done", "", nil); err != nil {
			return err
		}
		before, err := tx.Class(ctx, id)
		if err != nil {
			return err
		}
		if before.Status != registry.ClassIssuing {
			return nil
		}
		class, err := before.To(registry.ClassIssued)
		if err != nil {
			return err
		}
		if class, err = tx.SaveClass(ctx, class); err != nil {
			return err
		}
		org, err := tx.ClassOrg(ctx, id)
		if err != nil {
			return err
		}
		return tx.Audit(ctx, store.Act{Actor: access.System.Account, Action: "class.issued", ObjectType: "class", Object: id, Org: org,
			Before: before, After: class, At: s.Now(), Detail: map[string]string{"code": class.Code}})
	})
}

// Resume finds the classes with intents that a crash left unsigned and signs
// them; it returns how many it finished. A class that cannot be signed keeps no
// other back.
func (s *Service) Resume(ctx context.Context) (int, error) {
	n, limit := 0, 1
	failed := map[registry.ID]error{} // by class
	for ctx.Err() == nil {
		var queued []registry.Credential
		err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
			queued, err = tx.QueuedCredentials(ctx, "", limit)
			return err
		})
		if err != nil {
			return n, err
		}
		i := slices.IndexFunc(queued, func(c registry.Credential) bool { return failed[c.Class] == nil })
		switch {
		case i < 0 && len(queued) < limit:
			return n, errors.Join(slices.Collect(maps.Values(failed))...)
		case i < 0:
			limit *= 4 // look past those of the classes that failed
			continue
		}
		if err := s.SignClass(ctx, queued[i].Class); err != nil {
			failed[queued[i].Class] = err
			continue
		}
		n++
	}
	return n, ctx.Err()
}
