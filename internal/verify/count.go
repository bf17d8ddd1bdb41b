package verify

import (
	"context"
	"sync"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// countKey is all that is kept of a check: day, base, channel and result.
type countKey struct {
	day     registry.Date
	base    string
	channel string
	status  registry.Status
}

// counters gather in memory, so that an answer never waits for a write; a crash
// loses some counts and nothing else.
type counters struct {
	mu sync.Mutex
	n  map[countKey]int
}

func (c *counters) add(k countKey, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = map[countKey]int{}
	}
	c.n[k] += n
}

func (c *counters) take() map[countKey]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.n
	c.n = nil
	return n
}

// Flush writes the counters gathered since the last time. What cannot be written
// now is kept for the next time.
func (s *Service) Flush(ctx context.Context) error {
	taken := s.counts.take()
	if len(taken) == 0 {
		return nil
	}
	err := s.DB.Tx(ctx, func(tx *store.Tx) error {
		for k, n := range taken {
			if err := tx.CountMany(ctx, k.day, k.base, k.channel, k.status, n); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		for k, n := range taken {
			s.counts.add(k, n)
		}
	}
	return err
}
