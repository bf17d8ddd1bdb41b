package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"
)

// riverArgs is what River stores of a job. All our jobs are one kind to River,
// so that its rows need no change when a kind of ours comes or goes.
type riverArgs struct {
	Name   string `json:"name"`
	Args   string `json:"args"` // JSON as a text: PostgreSQL would write it anew
	Unique string `json:"unique" river:"unique"`
}

// Kind names the kind for River.
func (riverArgs) Kind() string { return "passmuster" }

// waiting are the states in which a job stands for another with its unique key.
// River asks for running to be among them; riverWorker takes the key away when
// the job begins, because what is enqueued from then on it may not have seen.
var waiting = []rivertype.JobState{rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable,
	rivertype.JobStateRunning, rivertype.JobStateScheduled}

// riverWorker hands River's jobs to our workers.
type riverWorker struct {
	river.WorkerDefaults[riverArgs]
	pool    *pgxpool.Pool
	workers map[string]Worker
	failed  func(kind string, attempt int, err error)
}

// Timeout is none: a job ends with its work, or with its process (see rescue).
func (w *riverWorker) Timeout(*river.Job[riverArgs]) time.Duration { return -1 }

// Work does the job.
func (w *riverWorker) Work(ctx context.Context, j *river.Job[riverArgs]) error {
	_, err := w.pool.Exec(ctx, "UPDATE river_job SET unique_key = NULL WHERE id = $1 AND unique_key IS NOT NULL", j.ID)
	if err == nil {
		err = do(ctx, w.workers, j.Args.Name, json.RawMessage(j.Args.Args))
	}
	if err != nil && ctx.Err() == nil {
		w.failed(j.Args.Name, j.Attempt, err)
	}
	if err != nil && ctx.Err() != nil {
		return river.JobSnooze(0) // stopped, not failed
	}
	return err
}

// riverSide is a River client at work, with a pool of its own: jobs that wait
// for the store's connections must not starve River's.
type riverSide struct {
	id     string
	pool   *pgxpool.Pool
	client *river.Client[pgx.Tx]
	lease  *pgxpool.Conn
}

// startRiver takes this node's lease and begins to work.
func (e *pgEngine) startRiver(ctx context.Context, d *DB, w *riverWorker, alone bool) (_ *riverSide, err error) {
	config := e.config.Copy()
	config.MaxConns = int32(d.jobs) + 5
	s := &riverSide{id: "node " + string(NewID())}
	if s.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.pool.Close()
		}
	}()
	if err = s.takeLease(ctx); err != nil {
		return nil, err
	}
	w.pool = s.pool
	workers := river.NewWorkers()
	if err = river.AddWorkerSafely(workers, w); err != nil {
		return nil, err
	}
	s.client, err = river.NewClient(riverpgxv5.New(s.pool), &river.Config{
		ID: s.id, Workers: workers, Logger: d.log, LeaderElectionDisabled: alone, MaxAttempts: maxAttempts,
		Queues:        map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: d.jobs}},
		FetchCooldown: 5 * time.Millisecond, FetchPollInterval: time.Second,
		JobTimeout: -1, RescueStuckJobsAfter: 24 * time.Hour, SoftStopTimeout: time.Second,
	})
	if err != nil {
		return nil, err
	}
	return s, s.client.Start(context.WithoutCancel(ctx))
}

// stop lets jobs at work end: River cancels their context after SoftStopTimeout.
func (s *riverSide) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	err := s.client.Stop(ctx)
	s.lease.Release()
	s.pool.Close()
	return err
}

// A node that works holds an advisory lock named after it for as long as it
// lives. A running job whose node does not hold its lock lost it to a crash.

func (s *riverSide) takeLease(ctx context.Context) (err error) {
	if s.lease, err = s.pool.Acquire(ctx); err != nil {
		return err
	}
	if _, err = s.lease.Exec(ctx, "SELECT pg_advisory_lock(hashtextextended($1, 0))", s.id); err != nil {
		s.lease.Release()
	}
	return err
}

// rescue makes the jobs of dead nodes available again, and those whose time has
// come.
func (s *riverSide) rescue(ctx context.Context) error {
	rows, err := s.pool.Query(ctx, `SELECT DISTINCT attempted_by[array_upper(attempted_by, 1)] FROM river_job WHERE state = 'running'`)
	if err != nil {
		return err
	}
	nodes, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, node := range nodes {
		if node == s.id {
			continue
		}
		// One statement tries the lock, takes the jobs over and ends with the lock
		// given back, because it is its transaction's.
		_, err := s.pool.Exec(ctx, `UPDATE river_job SET state = 'available', scheduled_at = now()
			WHERE state = 'running' AND attempted_by[array_upper(attempted_by, 1)] = $1
			AND (SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)))`, node)
		if err != nil {
			return err
		}
	}
	return nil
}

// rescueEvery is how long the jobs of a crashed node wait at most.
const rescueEvery = 15 * time.Second

func (e *pgEngine) work(ctx context.Context, d *DB, workers map[string]Worker) error {
	s, err := e.startRiver(ctx, d, &riverWorker{workers: workers, failed: func(kind string, attempt int, err error) {
		d.log.Error("job failed", "kind", kind, "attempt", attempt, "error", err)
	}}, false)
	if err != nil {
		return err
	}
	for ctx.Err() == nil {
		if err := s.rescue(ctx); err != nil && ctx.Err() == nil {
			d.log.Error("jobs of other nodes could not be looked at", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(rescueEvery):
		}
	}
	return s.stop()
}

func (e *pgEngine) drain(ctx context.Context, d *DB, workers map[string]Worker) error {
	var (
		mu     sync.Mutex
		faults []error
	)
	s, err := e.startRiver(ctx, d, &riverWorker{workers: workers, failed: func(kind string, _ int, err error) {
		mu.Lock()
		defer mu.Unlock()
		faults = append(faults, fmt.Errorf("%s: %w", kind, err))
	}}, true)
	if err != nil {
		return err
	}
	err = errors.Join(s.rescue(ctx), s.untilIdle(ctx), s.stop())
	mu.Lock()
	defer mu.Unlock()
	return errors.Join(append(faults, err)...)
}

// untilIdle waits until no job is ready and none is at work in this client.
func (s *riverSide) untilIdle(ctx context.Context) error {
	for {
		if _, err := s.pool.Exec(ctx, `UPDATE river_job SET state = 'available' WHERE state IN ('scheduled', 'retryable') AND scheduled_at <= now()`); err != nil {
			return err
		}
		var n int
		err := s.pool.QueryRow(ctx, `SELECT COUNT(*) FROM river_job
			WHERE state = 'available' AND scheduled_at <= now() OR state = 'running' AND attempted_by[array_upper(attempted_by, 1)] = $1`, s.id).Scan(&n)
		if err != nil || n == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}
