package store

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"time"
)

// Worker does a job's work. It must be safe to do twice: a crash after the work
// and before the job is marked done repeats it. An error repeats it later, with
// growing pauses.
type Worker func(ctx context.Context, args json.RawMessage) error

// job is work stored with the change that asks for it.
type job struct {
	Kind   string
	Args   json.RawMessage
	unique string
	runAt  time.Time
}

const (
	maxAttempts = 25              // then a job is dead: kept, not tried again
	jobLease    = 5 * time.Minute // a job whose process says nothing for so long is given to another
	jobPoll     = time.Minute     // a look for jobs that nobody announced
)

// Enqueue stores a job with this transaction: a rollback takes it along, after
// the commit it is done. A job with the same kind and unique key that has not
// begun makes this one unnecessary; "" is never the same. It runs at runAt or
// as soon as there is time; the zero time means at once.
func (t *Tx) Enqueue(ctx context.Context, kind string, args any, uniqueKey string, runAt time.Time) error {
	if t.g.reading {
		return fmt.Errorf("enqueue %s: %w", kind, errReadOnly)
	}
	b, err := json.Marshal(args)
	if err != nil {
		return fmt.Errorf("enqueue %s: %w", kind, err)
	}
	j := job{Kind: kind, Args: b, runAt: runAt}
	if uniqueKey != "" {
		j.unique = kind + " " + uniqueKey
	}
	if err := t.c.enqueue(ctx, j); err != nil {
		t.g.failed = err
		return fmt.Errorf("enqueue %s: %w", kind, err)
	}
	t.wakes = true
	return nil
}

// Work does jobs until ctx ends, and then waits for those at work, whose context
// ends too. A job without a worker for its kind counts as failed.
func (d *DB) Work(ctx context.Context, workers map[string]Worker) error {
	if err := d.engine.work(ctx, d, workers); err != nil {
		return fmt.Errorf("work on jobs: %w", outward(ctx, err))
	}
	return nil
}

// Drain does every job that is ready, and those they leave, until none is left.
// It returns what went wrong; a failed job stays, to be tried again later.
func (d *DB) Drain(ctx context.Context, workers map[string]Worker) error {
	if err := d.engine.drain(ctx, d, workers); err != nil {
		return fmt.Errorf("drain jobs: %w", err)
	}
	return nil
}

// do runs the worker for the kind; a panic in it is an error of this job alone.
func do(ctx context.Context, workers map[string]Worker, kind string, args json.RawMessage) (err error) {
	work, ok := workers[kind]
	if !ok {
		return fmt.Errorf("no worker for jobs of kind %q", kind)
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return work(ctx, args)
}

// backOff is the pause after the attempt, the fourth power of its number in
// seconds, give or take a tenth: from a second to four days.
func backOff(attempt int64) time.Duration {
	pause := time.Duration(attempt*attempt*attempt*attempt) * time.Second
	return pause*9/10 + rand.N(pause/5+1)
}
