package store

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/passmuster/passmuster/internal/registry"
)

// Marks that the store itself raises, in the transaction of the change, so that
// no service can forget to.
const (
	markCodes   = "codes"   // a transaction that added credentials
	markAnswers = "answers" // one that changed what an answer shows of a credential that was issued before
)

// touched is what a transaction changed of that.
type touched struct {
	codes   []registry.Code // of credentials that were added
	answers bool
}

// raise raises the marks of what was changed, once for each.
func (t *Tx) raise(ctx context.Context) error {
	if len(t.touched.codes) > 0 {
		if err := t.RaiseMark(ctx, markCodes); err != nil {
			return err
		}
	}
	if t.touched.answers {
		return t.RaiseMark(ctx, markAnswers)
	}
	return nil
}

// Changes is told of what this process commits, after the commit and before the
// transaction answers: whoever was told that a change is done finds it.
type Changes interface {
	Added(codes []registry.Code) // of credentials that were stored
	Changed()                    // of anything that an answer shows
}

// following are those to be told, and how many transactions told of codes.
type following struct {
	mu   sync.RWMutex // held for reading from the commit of codes until they are told and counted
	list []Changes
	own  atomic.Int64 // committed transactions of this process that added codes
}

// Follow has c told of every later change of this process.
func (d *DB) Follow(c Changes) {
	d.changes.mu.Lock()
	defer d.changes.mu.Unlock()
	d.changes.list = append(d.changes.list, c)
}

// commit commits the transaction and tells of its changes.
func (d *DB) commit(t *Tx) error {
	if len(t.touched.codes) == 0 && !t.touched.answers {
		return t.c.commit()
	}
	d.changes.mu.RLock()
	defer d.changes.mu.RUnlock()
	err := t.c.commit()
	for _, c := range d.changes.list {
		if len(t.touched.codes) > 0 {
			c.Added(t.touched.codes) // also when it failed: a code too many only costs a look-up
		}
		if t.touched.answers {
			c.Changed()
		}
	}
	if err == nil && len(t.touched.codes) > 0 {
		d.changes.own.Add(1)
	}
	return err
}
