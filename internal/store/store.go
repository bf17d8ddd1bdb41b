// Package store keeps the registry in SQLite or PostgreSQL. It promises its
// services one thing above all: what a transaction answered for is there after
// a crash, with the audit row that tells of it, and what it did not answer for
// is not half there.
//
// One set of queries (queries/*.sql, compiled by sqlc) runs on both engines.
// Values are text, integers and truth values: instants are microseconds since
// 1970 in UTC, civil dates YYYY-MM-DD, lists and translated texts JSON, binary
// values base64url without padding.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/passmuster/passmuster/internal/registry"
)

// Config says where the registry is kept.
type Config struct {
	URL    string           // PostgreSQL connection string; "" keeps it in SQLite
	Dir    string           // directory of passmuster.db, for SQLite
	Log    *slog.Logger     // nil: silent
	Now    func() time.Time // clock of job and session times; nil: time.Now
	Shared bool             // a short command beside the process that serves the directory; SQLite only
	Jobs   int              // jobs worked on at a time; 0: 2
}

// DB is the registry's store. Its methods may be called from many goroutines.
type DB struct {
	engine engine
	log    *slog.Logger
	now    func() time.Time
	jobs   int

	wake       chan struct{} // a commit left a job for this process
	recovered  sync.Once     // leases of an earlier process are dropped once
	statements sync.Map      // query text → statement
	changes    following
	pulses     pulses
	salt       atomic.Pointer[string]
}

// engine is one of the two databases.
type engine interface {
	dialect() string
	begin(ctx context.Context, m mode) (conn, error)
	text(ctx context.Context, query string) (sql.NullString, error) // one reading statement for one text, its own snapshot; no row is sql.ErrNoRows
	facts(ctx context.Context, code string) (sql.NullString, error) // the lines of factsOf, likewise
	migrate(ctx context.Context) error
	scrub(ctx context.Context) error // of what was erased from rows
	ready(ctx context.Context) error
	work(ctx context.Context, d *DB, workers map[string]Worker) error
	drain(ctx context.Context, d *DB, workers map[string]Worker) error
	close() error
	busy() bool
	writing() bool
}

// conn is one connection with an open transaction.
type conn interface {
	runner
	commit() error // after an error the connection is given back too
	rollback()
	enqueue(ctx context.Context, j job) error
}

// mode is what a transaction is for.
type mode int

const (
	reading    mode = iota // a snapshot
	writing                // as if alone
	sequencing             // PostgreSQL: read committed, one node at a time
)

// Open opens the store and looks whether it answers; it does not migrate.
// A second process on the same SQLite directory is refused as store.in_use.
func Open(ctx context.Context, c Config) (*DB, error) {
	d := &DB{log: c.Log, now: c.Now, jobs: c.Jobs, wake: make(chan struct{}, 1)}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	if d.now == nil {
		d.now = time.Now
	}
	if d.jobs <= 0 {
		d.jobs = 2
	}
	var err error
	if c.URL == "" {
		d.engine, err = openSQLite(ctx, c.Dir, c.Shared)
	} else {
		d.engine, err = openPostgres(ctx, c.URL)
	}
	if err != nil {
		return nil, fmt.Errorf("open store: %w", outward(ctx, err))
	}
	return d, nil
}

// Close ends every connection. It waits for no transaction.
func (d *DB) Close() error { return d.engine.close() }

// Busy reports that many read at this moment: work that nobody waits for should
// make room.
func (d *DB) Busy() bool { return d.engine.busy() }

// Writing reports that somebody holds up everybody else who writes at this
// moment, and not only because of the disk: work that nobody waits for should leave him a core. It never is so on
// PostgreSQL, where many write at a time.
func (d *DB) Writing() bool { return d.engine.writing() }

// Dialect is "sqlite" or "postgres".
func (d *DB) Dialect() string { return d.engine.dialect() }

// Migrate brings the schema to the newest version; on PostgreSQL one node at a
// time, the others wait. It does nothing to a schema that is there already.
func (d *DB) Migrate(ctx context.Context) error {
	if err := d.engine.migrate(ctx); err != nil {
		return fmt.Errorf("migrate store: %w", outward(ctx, err))
	}
	return d.keepSalt(ctx)
}

// Ready reports whether the store answers, takes writes and has the schema that
// this program needs. A file that was removed or replaced is "store.lost": only a
// restart ends that.
func (d *DB) Ready(ctx context.Context) error {
	err := d.engine.ready(ctx)
	if errors.Is(err, errLost) {
		err = unavailable(registry.Fail(registry.Unavailable, "store.lost"), err)
	}
	if err != nil {
		return fmt.Errorf("check store: %w", outward(ctx, err))
	}
	return nil
}

// NewID makes an id: a UUIDv7 (RFC 9562), so ids sort by the time they were
// made in.
func NewID() registry.ID { return registry.ID(uuid.Must(uuid.NewV7()).String()) }
