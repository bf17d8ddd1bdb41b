package store

import (
	"context"
	"errors"
	"sync"
	"time"
)

// pool holds connections while nobody uses them. Who comes gets the one that was
// given back last: what it read stands in its cache, and in the processor's.
type pool struct {
	places chan struct{} // one for each that is idle
	mu     sync.Mutex
	free   []*session
	lent   int // connections taken from database/sql; written at open and close alone
}

func newPool(n int) *pool { return &pool{places: make(chan struct{}, n)} }

func (p *pool) size() int { return cap(p.places) }
func (p *pool) idle() int { return len(p.places) }

// give puts a connection back.
func (p *pool) give(s *session) {
	p.mu.Lock()
	p.free = append(p.free, s)
	p.mu.Unlock()
	p.places <- struct{}{}
}

// errBusy is what waits too long for a connection, or waits for itself: a
// transaction begun inside another.
var errBusy = errors.New("no connection became free")

// take returns a connection as soon as one is free.
func (p *pool) take(ctx context.Context) (*session, error) {
	select {
	case <-p.places:
		return p.last(), nil
	default:
	}
	late := time.NewTimer(maxFighting)
	defer late.Stop()
	select {
	case <-p.places:
		return p.last(), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-late.C:
		return nil, errBusy
	}
}

// last is for who holds a place: there is a connection for him.
func (p *pool) last() *session {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.free) - 1
	s := p.free[n]
	p.free = p.free[:n]
	return s
}
