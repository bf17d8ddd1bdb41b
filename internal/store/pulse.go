package store

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
)

// Pulse is how far the registry's changes had come at one moment.
type Pulse struct {
	At      time.Time // it is at least as new as this, by the machine's clock
	Answers int64     // rises with every change of what an answer shows
	Others  int64     // rises when another process adds credentials; now and then for a moment when this one does
}

// beat is one reading of the pulse that many wait for.
type beat struct {
	done  chan struct{}
	pulse Pulse
	err   error
}

// pulses reads the pulse: however many ask at a time, the database is asked once
// for all of them.
type pulses struct {
	mu    sync.Mutex
	next  *beat // that has not begun
	going bool
	last  Pulse
}

// marksNow reads both marks in one statement, as one text.
const marksNow = `SELECT
CAST(COALESCE((SELECT mark FROM change_marks WHERE name = 'codes'), 0) + (SELECT COUNT(*) FROM change_raises WHERE name = 'codes') AS TEXT) || ' ' ||
CAST(COALESCE((SELECT mark FROM change_marks WHERE name = 'answers'), 0) + (SELECT COUNT(*) FROM change_raises WHERE name = 'answers') AS TEXT)`

// maxPulse is how long the database may take to say how far it is.
const maxPulse = 2 * time.Second

// Pulse returns the pulse of a moment after the call; with an age, of one that
// is at most so old.
func (d *DB) Pulse(ctx context.Context, age time.Duration) (Pulse, error) {
	p := &d.pulses
	p.mu.Lock()
	if age > 0 && time.Since(p.last.At) < age {
		last := p.last
		p.mu.Unlock()
		return last, nil
	}
	b, first := p.next, false
	if b == nil {
		b = &beat{done: make(chan struct{})}
		p.next = b
		first, p.going = !p.going, true
	}
	p.mu.Unlock()
	if first {
		d.beat()
	}
	select {
	case <-b.done:
		return b.pulse, b.err
	case <-ctx.Done():
		return Pulse{}, outward(ctx, ctx.Err())
	}
}

// beat reads the pulse for those who wait. Who came meanwhile waits for the next
// reading, because this one may have begun before him.
func (d *DB) beat() {
	p := &d.pulses
	p.mu.Lock()
	b := p.next
	p.next = nil
	p.mu.Unlock()
	b.pulse, b.err = d.readPulse()
	p.mu.Lock()
	if b.err == nil {
		p.last = b.pulse
	} else {
		p.last = Pulse{}
	}
	if p.going = p.next != nil; p.going {
		go d.beat()
	}
	p.mu.Unlock()
	close(b.done)
}

func (d *DB) readPulse() (Pulse, error) {
	ctx, cancel := context.WithTimeout(context.Background(), maxPulse)
	defer cancel()
	p := Pulse{At: time.Now()}
	own := d.changes.own.Load() // before the marks: what is counted here is in them
	text, err := d.text(ctx, marksNow)
	first, second, _ := strings.Cut(text.String, " ")
	codes, err1 := strconv.ParseInt(first, 10, 64)
	answers, err2 := strconv.ParseInt(second, 10, 64)
	if err = cmp.Or(err, err1, err2); err != nil { // the first that went wrong
		return Pulse{}, fmt.Errorf("read marks: %w", err)
	}
	p.Answers, p.Others = answers, codes-own
	return p, nil
}

// Codes calls fn with the code of every credential that was added, and returns
// how far other processes had come with adding (Pulse.Others) when it was read.
// Those that this process adds from then on are told to who follows the changes.
func (d *DB) Codes(ctx context.Context, fn func(code registry.Code)) (others int64, err error) {
	err = d.run(ctx, reading, func(tx *Tx) error {
		if others, err = tx.others(ctx); err != nil {
			return err
		}
		return tx.EachIssued(ctx, func(c registry.Code) error { fn(c); return nil })
	})
	return others, err
}

// others begins the snapshot while no commit of this process is between being
// done and being counted, so that the number is exact.
func (t *Tx) others(ctx context.Context) (int64, error) {
	t.d.changes.mu.Lock()
	defer t.d.changes.mu.Unlock()
	codes, err := t.Mark(ctx, markCodes)
	return codes - t.d.changes.own.Load(), err
}
