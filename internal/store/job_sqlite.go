package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/passmuster/passmuster/internal/store/db"
)

// work claims as many jobs as it has hands for, and sleeps until one is done, a
// commit leaves a new one or the time of a later one comes.
func (e *sqliteEngine) work(ctx context.Context, d *DB, workers map[string]Worker) error {
	var running sync.WaitGroup
	defer running.Wait()
	free, done := d.jobs, make(chan struct{}, d.jobs)
	for ctx.Err() == nil {
		jobs, next, err := d.claimJobs(ctx, free)
		if err != nil && ctx.Err() == nil {
			d.log.Error("jobs could not be claimed", "error", err)
			next = d.now().Add(time.Second)
		}
		for _, j := range jobs {
			free--
			running.Go(func() {
				_ = d.workOn(ctx, workers, j)
				done <- struct{}{}
			})
		}
		if len(jobs) > 0 && free > 0 {
			continue
		}
		select {
		case <-ctx.Done():
		case <-d.wake:
		case <-done:
			free++
		case <-time.After(max(time.Millisecond, min(jobPoll, next.Sub(d.now())))):
		}
	}
	return nil
}

func (e *sqliteEngine) drain(ctx context.Context, d *DB, workers map[string]Worker) error {
	var faults []error
	for {
		jobs, _, err := d.claimJobs(ctx, 1)
		if err != nil || len(jobs) == 0 {
			return errors.Join(append(faults, err)...)
		}
		if err := d.workOn(ctx, workers, jobs[0]); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", jobs[0].Kind, err))
		}
	}
}

// claimJobs leases up to n ready jobs, and says when to look again. This is the
// only process on the file, so leases of an earlier one are void.
func (d *DB) claimJobs(ctx context.Context, n int) (jobs []db.Job, next time.Time, err error) {
	next = d.now().Add(jobPoll)
	if n == 0 {
		return nil, next, nil
	}
	d.recovered.Do(func() {
		err = d.Tx(ctx, func(tx *Tx) error {
			_, err := tx.q.DropLeases(ctx)
			return err
		})
	})
	if err != nil {
		return nil, next, err
	}
	err = d.Tx(ctx, func(tx *Tx) error {
		now := d.now()
		jobs, err = tx.q.ClaimJobs(ctx, db.ClaimJobsParams{RunAt: now.UnixMicro(), LeasedUntil: now.Add(jobLease).UnixMicro(), Limit: int32(n)})
		if err != nil || len(jobs) > 0 {
			return err
		}
		at, err := tx.q.NextJob(ctx)
		if at > 0 {
			next = instant(at)
		}
		return err
	})
	return jobs, next, err
}

// workOn does one job and notes what came of it. What a crash leaves here is a
// lease, which the next process drops.
func (d *DB) workOn(ctx context.Context, workers map[string]Worker, j db.Job) error {
	stop := d.keepLease(j)
	fault := do(ctx, workers, j.Kind, json.RawMessage(j.Args))
	stop()
	err := d.Tx(context.WithoutCancel(ctx), func(tx *Tx) error {
		if fault == nil {
			_, err := tx.q.FinishJob(ctx, db.FinishJobParams{ID: j.ID, Attempt: j.Attempt})
			return err
		}
		failed := db.FailJobParams{ID: j.ID, Attempt: j.Attempt, RunAt: d.now().Add(backOff(j.Attempt)).UnixMicro(), LastError: fault.Error(), State: "ready"}
		switch {
		case ctx.Err() != nil: // stopped, not failed
			failed.RunAt = d.now().UnixMicro()
		case j.Attempt >= maxAttempts:
			failed.State = "dead"
		}
		_, err := tx.q.FailJob(context.WithoutCancel(ctx), failed)
		return err
	})
	if err = errors.Join(fault, err); err != nil && ctx.Err() == nil {
		d.log.Error("job failed", "kind", j.Kind, "attempt", j.Attempt, "error", err)
	}
	return err
}

// keepLease renews the lease until stop is called.
func (d *DB) keepLease(j db.Job) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var beating sync.WaitGroup
	beating.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-time.After(jobLease / 3):
			}
			err := d.Tx(ctx, func(tx *Tx) error {
				_, err := tx.q.ExtendLease(ctx, db.ExtendLeaseParams{ID: j.ID, Attempt: j.Attempt, LeasedUntil: d.now().Add(jobLease).UnixMicro()})
				return err
			})
			if err != nil && ctx.Err() == nil {
				d.log.Warn("job lease was not renewed", "kind", j.Kind, "error", err)
			}
		}
	})
	return func() { cancel(); beating.Wait() }
}
