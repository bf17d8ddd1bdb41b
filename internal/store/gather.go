package store

import (
	"context"
	"database/sql"
	"sync"
	"time"
)

// gathering asks for the facts of many credentials in one statement: of all that
// were asked for while earlier statements were under way. Who comes alone is
// answered at once; the more come, the less each costs a server elsewhere.
type gathering struct {
	ask  func(ctx context.Context, codes []string) (map[string]sql.NullString, error)
	mu   sync.Mutex
	next *gathered // that has not begun, and waits for one that has
	busy int       // statements under way
}

// gathered is one statement and those who wait for it.
type gathered struct {
	codes []string
	texts map[string]sql.NullString
	err   error
	done  chan struct{}
}

const (
	mostAsking = 2               // statements at a time: few and long ones cost both sides least
	maxAsking  = 3 * time.Second // for one, whose askers may all have gone meanwhile
)

// text returns the facts of the code as they were at one moment after the call;
// sql.ErrNoRows where there are none.
func (g *gathering) text(ctx context.Context, code string) (sql.NullString, error) {
	if err := ctx.Err(); err != nil {
		return sql.NullString{}, err
	}
	b, begin := g.join(code)
	if begin {
		g.run(b)
	}
	select {
	case <-b.done:
	case <-ctx.Done():
		return sql.NullString{}, ctx.Err()
	}
	text, found := b.texts[code]
	if b.err == nil && !found {
		return text, sql.ErrNoRows
	}
	return text, b.err
}

// join adds the code to the statement that is next, and tells whether to begin it.
func (g *gathering) join(code string) (b *gathered, begin bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if b = g.next; b == nil {
		b = &gathered{done: make(chan struct{})}
		if g.busy == mostAsking {
			g.next = b
		} else {
			g.busy, begin = g.busy+1, true
		}
	}
	b.codes = append(b.codes, code)
	return b, begin
}

// run runs the statement, and sees to it that the next one begins.
func (g *gathering) run(b *gathered) {
	ctx, cancel := context.WithTimeout(context.Background(), maxAsking)
	b.texts, b.err = g.ask(ctx, b.codes)
	cancel()
	close(b.done)
	g.mu.Lock()
	defer g.mu.Unlock()
	if b = g.next; b == nil {
		g.busy--
		return
	}
	g.next = nil
	go g.run(b)
}
