package jobs_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/jobs"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/report"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/testkit/world"
	"github.com/passmuster/passmuster/internal/verify"
)

// start runs the jobs until the test stops them.
func start(t *testing.T, w *world.World) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r := &jobs.Runner{DB: w.DB, Issue: w.Issue, Lifecycle: w.Lifecycle, Training: w.Training, Publish: w.Publish, Verify: w.Verify, Report: &report.Service{DB: w.DB, Keys: w.Ring, Now: w.Clock.Now}, Log: slog.New(slog.DiscardHandler)}
	var wait sync.WaitGroup
	wait.Go(func() { r.Run(ctx) })
	return sync.OnceFunc(func() { cancel(); wait.Wait() })
}

// until waits for what the jobs bring about; the limit is for a hang alone.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for limit := time.Now().Add(2 * time.Minute); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func TestTheRunnerFinishesWhatWasLeftAndWhatComes(t *testing.T) {
	w := world.New(t)
	left := w.Approve(w.Submitted(101).ID)
	if left.Issued != 0 {
		t.Fatalf("%d signed without a runner", left.Issued)
	}
	stop := start(t, w)
	defer stop()
	until(t, "a class of 101 is issued", func() bool { return status(w, left.Class.ID) == registry.ClassIssued })
	next := w.Approve(w.Submitted(102).ID)
	until(t, "a class that came later is issued", func() bool { return status(w, next.Class.ID) == registry.ClassIssued })
	until(t, "a bundle is published", func() bool { _, err := w.Publish.Bundle(t.Context()); return err == nil })
	list, err := w.Issue.OfClass(t.Context(), w.By("approver"), next.Class.ID)
	if err != nil || len(list) != 102 {
		t.Fatalf("%d credentials, %v", len(list), err)
	}
	until(t, "the audit trail is chained", func() bool {
		acts := w.Audit(next.Class.ID)
		return len(acts) > 0 && acts[0].Position > 0
	})
	if _, err := w.Verify.Code(t.Context(), string(list[0].Code), verify.ChannelPage); err != nil {
		t.Fatal(err)
	}
	stop()
	w.Read(func(tx *store.Tx) error { // the counters of the last seconds are written before it ends
		counts, err := tx.Counts(t.Context(), world.Day("2026-01-01"), world.Day("2027-01-01"))
		if len(counts) != 1 || counts[0].N != 1 {
			t.Errorf("counts %+v", counts)
		}
		return err
	})
	if err := w.DB.CheckAuditChain(t.Context()); err != nil {
		t.Errorf("the chain: %v", err)
	}
}

func status(w *world.World, class registry.ID) registry.ClassStatus {
	w.T.Helper()
	v, err := w.Training.Class(w.T.Context(), w.By("approver"), class)
	if err != nil {
		w.T.Fatal(err)
	}
	return v.Class.Status
}
