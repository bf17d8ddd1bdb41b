// Package jobs is the face towards the clock: it takes work from the store and
// calls the services that do it. Every job is safe to do twice.
package jobs

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/passmuster/passmuster/internal/issue"
	"github.com/passmuster/passmuster/internal/lifecycle"
	"github.com/passmuster/passmuster/internal/publish"
	"github.com/passmuster/passmuster/internal/report"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/training"
	"github.com/passmuster/passmuster/internal/verify"
)

// Runner does what is due.
type Runner struct {
	DB        *store.DB
	Issue     *issue.Service
	Lifecycle *lifecycle.Service
	Training  *training.Service
	Publish   *publish.Service
	Verify    *verify.Service
	Report    *report.Service
	Log       *slog.Logger
}

// Workers names the job kinds and who does them.
func (r *Runner) Workers() map[string]store.Worker {
	return map[string]store.Worker{issue.JobKind: r.Issue.Work, training.ImportJob: r.Training.WorkImport,
		lifecycle.EraseJob: r.Lifecycle.WorkErase}
}

// Run works until ctx ends: jobs, publications, counters, the audit chain. It
// begins with the intents that a crash may have left.
func (r *Runner) Run(ctx context.Context) {
	var wait sync.WaitGroup
	wait.Go(func() { r.resume(ctx) })
	wait.Go(func() { r.Publish.Watch(ctx) })
	wait.Go(func() { r.Verify.Watch(ctx) })
	wait.Go(func() { r.every(ctx, time.Second, "audit chain", r.chain) })
	wait.Go(func() { r.every(ctx, 10*time.Second, "counters", r.Verify.Flush) })
	wait.Go(func() { r.every(ctx, time.Hour, "old idempotency keys", r.sweep) })
	wait.Go(func() { r.every(ctx, time.Hour, "old roster files", r.Training.ForgetImports) })
	wait.Go(func() { r.every(ctx, time.Hour, "old reports", r.Report.Forget) })
	wait.Go(func() {
		if err := r.DB.Work(ctx, r.Workers()); err != nil && ctx.Err() == nil {
			r.Log.Error("job runner stopped", "error", err)
		}
	})
	wait.Wait()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if err := r.Verify.Flush(last); err != nil {
		r.Log.Warn("counters of the last seconds lost", "error", err)
	}
}

func (r *Runner) resume(ctx context.Context) {
	if n, err := r.Issue.Resume(ctx); err != nil && ctx.Err() == nil {
		r.Log.Error("unsigned credentials left", "error", err)
	} else if n > 0 {
		r.Log.Info("unsigned credentials of an earlier run signed", "classes", n)
	}
}

func (r *Runner) chain(ctx context.Context) error {
	_, _, err := r.DB.ChainAudit(ctx)
	return err
}

// sweep forgets idempotency keys after seven days: by then no
// sender tries again.
func (r *Runner) sweep(ctx context.Context) error {
	before := time.Now().Add(-7 * 24 * time.Hour)
	return r.DB.Tx(ctx, func(tx *store.Tx) error { return tx.SweepKeys(ctx, before) })
}

func (r *Runner) every(ctx context.Context, period time.Duration, what string, do func(context.Context) error) {
	tick := time.NewTicker(period)
	defer tick.Stop()
	for {
		if err := do(ctx); err != nil && ctx.Err() == nil {
			r.Log.Error("periodic work failed", "what", what, "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
