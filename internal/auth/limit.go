package auth

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// throttle slows guessing per key (an account, an address). It remembers a
// bounded number of keys; the oldest half goes when it is full, which costs an
// attacker's victim nothing but the memory of past failures.
type throttle struct {
	mu    sync.Mutex
	every rate.Limit
	burst int
	seen  map[string]*entry
}

type entry struct {
	limiter *rate.Limiter
	last    time.Time
}

const throttleKeys = 20_000

func newThrottle(every time.Duration, burst int) *throttle {
	return &throttle{every: rate.Every(every), burst: burst, seen: map[string]*entry{}}
}

// wait returns how long the key has to wait, 0 when it may try now. A try counts.
func (t *throttle) wait(key string, now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	e := t.seen[key]
	if e == nil {
		t.evict()
		e = &entry{limiter: rate.NewLimiter(t.every, t.burst)}
		t.seen[key] = e
	}
	e.last = now
	r := e.limiter.ReserveN(now, 1)
	d := r.DelayFrom(now)
	if d > 0 {
		r.CancelAt(now)
	}
	return d
}

// forget clears the key after a success.
func (t *throttle) forget(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.seen, key)
}

func (t *throttle) evict() {
	if len(t.seen) < throttleKeys {
		return
	}
	n := 0
	for key := range t.seen {
		if n++; n > throttleKeys/2 {
			return
		}
		delete(t.seen, key)
	}
}
