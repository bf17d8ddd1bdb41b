package issue

import (
	"context"
	"errors"
	"maps"
	"slices"

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

// progress writes how far the class's run is, counted from what is left.
func (s *Service) progress(ctx context.Context, tx *store.Tx, class registry.ID, status, message string, failed int) error {
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
	run.Status, run.Message, run.Done, run.Failed, run.UpdatedAt = status, message, max(0, run.Total-left), failed, s.Now()
	return tx.SaveRun(ctx, run)
}

// stopped notes in the run that some credentials could not be signed. They stay
// queued, for the job to try again.
func (s *Service) stopped(ctx context.Context, class registry.ID, failed map[registry.ID]error) error {
	fault := errors.Join(slices.Collect(maps.Values(failed))...)
	s.Log.Error("signing stopped", "class", class, "failed", len(failed), "error", fault)
	err := s.DB.Tx(ctx, func(tx *store.Tx) error { return s.progress(ctx, tx, class, "failed", "run.failed", len(failed)) })
	return errors.Join(fault, err)
}

// finish closes the class once nothing of it is queued.
func (s *Service) finish(ctx context.Context, id registry.ID) error {
	return s.DB.Tx(ctx, func(tx *store.Tx) error {
		if err := s.progress(ctx, tx, id, "done", "", 0); err != nil {
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
