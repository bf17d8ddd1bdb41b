package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store/db"
)

// Tx is a transaction. It belongs to the goroutine it was given to.
type Tx struct {
	d     *DB
	c     conn
	g     *guard
	q     *db.Queries
	taken map[registry.StatusEntry]bool // given out by this transaction, not stored yet
	wakes bool                          // it left a job

	touched touched
}

// How long a conflict is fought over before it is answered as unavailable.
const (
	maxTries    = 60
	maxFighting = 20 * time.Second
	maxReading  = time.Minute // a longer snapshot would keep SQLite's WAL growing
)

// Tx runs fn as if alone, and again after a conflict, so fn touches only its tx
// and its own results. All of it is stored, or nothing. An error for which
// registry.Unavailable holds says that the store is out of reach; with the code
// store.outcome_unknown it may have been stored all the same: ask again with
// the same idempotency key.
//
// No transaction is begun inside another: SQLite has one writer.
//
// A transaction that changed rows without an audit row is refused, except in
// tables that hold no business data.
func (d *DB) Tx(ctx context.Context, fn func(*Tx) error) error {
	return d.run(ctx, writing, fn)
}

// Read runs fn on a snapshot: it sees the registry as it was at one moment, and
// any write in it is an error.
func (d *DB) Read(ctx context.Context, fn func(*Tx) error) error {
	if _, ok := ctx.Deadline(); !ok {
		limited, cancel := context.WithTimeout(ctx, maxReading)
		defer cancel()
		ctx = limited
	}
	return d.run(ctx, reading, fn)
}

func (d *DB) run(ctx context.Context, m mode, fn func(*Tx) error) error {
	start := time.Now()
	for try := 1; ; try++ {
		err := d.once(ctx, m, fn)
		if err == nil {
			return nil
		}
		if !again(err, try) || try == maxTries || time.Since(start) > maxFighting || ctx.Err() != nil {
			return outward(ctx, err)
		}
		if err := pause(ctx, try); err != nil {
			return outward(ctx, err)
		}
	}
}

// pause waits up to a time that doubles with each try, between 1 and 200 ms:
// chance sets apart those who collided.
func pause(ctx context.Context, try int) error {
	most := min(200*time.Millisecond, time.Millisecond<<min(try, 8))
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(rand.N(most)):
		return nil
	}
}

func (d *DB) once(ctx context.Context, m mode, fn func(*Tx) error) error {
	c, err := d.engine.begin(ctx, m)
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	open := true
	defer func() { // also when fn panics
		if open {
			c.rollback()
		}
	}()
	g := &guard{run: c, known: &d.statements, reading: m == reading}
	tx := &Tx{d: d, c: c, g: g, q: db.New(g)}
	if err := fn(tx); err != nil {
		return err
	}
	if err := tx.raise(ctx); err != nil {
		return err
	}
	if err := errors.Join(g.fault(), ctx.Err()); err != nil {
		return err
	}
	open = false
	if err := d.commit(tx); err != nil {
		return fmt.Errorf("commit transaction: %w", err)
	}
	if tx.wakes {
		d.wakeUp()
	}
	return nil
}

// wakeUp tells the runner that there is work; it may be busy or absent.
func (d *DB) wakeUp() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}
