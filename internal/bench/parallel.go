package bench

import (
	"context"
	"runtime"
	"sync"

	"github.com/passmuster/passmuster/internal/registry"
)

const million = 1_000_000

// parallel makes certificates on all cores: for a rate, and the million.
func (s *session) parallel(ctx context.Context) error {
	e := &s.report.Engine
	e.Cores = runtime.GOMAXPROCS(0)
	n := max(s.o.Count, s.o.Count*e.Cores*2)
	took, err := s.spread(ctx, n)
	if err != nil {
		return err
	}
	e.PerSecond = whole(float64(n) / took)
	if !s.o.Million {
		return nil
	}
	s.o.Tell("1,000,000 certificates on all cores")
	if took, err = s.spread(ctx, million); err != nil {
		return err
	}
	e.Million = &Million{Seconds: tenth(took), PerSecond: whole(million / took), PeakMemory: peakMemory()}
	return nil
}

// spread makes n different certificates on all cores and returns the seconds it
// took. Every 1,000th is checked afterwards.
func (s *session) spread(ctx context.Context, n int) (seconds float64, err error) {
	runtime.GC()
	workers := runtime.GOMAXPROCS(0)
	sums := make([][32]byte, n/checkEvery+1)
	errs := make([]error, workers)
	took, _ := timed(func() error {
		var wait sync.WaitGroup
		for w := range workers {
			wait.Go(func() { errs[w] = s.share(ctx, w, workers, n, sums) })
		}
		wait.Wait()
		return nil
	})
	for _, err := range errs {
		if err != nil {
			return 0, err
		}
	}
	for i, sum := range sums[:(n-1)/checkEvery+1] {
		if err := s.check(s.numbered(i*checkEvery), sum); err != nil {
			return 0, err
		}
	}
	return took.Seconds(), nil
}

// share is one worker's part.
func (s *session) share(ctx context.Context, first, step, n int, sums [][32]byte) error {
	for i := first; i < n; i += step {
		m, err := s.e.make(s.numbered(i))
		if err != nil {
			return err
		}
		if i%checkEvery == 0 {
			sums[i/checkEvery] = m.file.SHA256
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
	}
	return nil
}

// numbered is the i-th certificate of a run that may be longer than the list of
// people: each has a number, a code and a subject of its own.
func (s *session) numbered(i int) registry.Snapshot {
	p := s.people[i%len(s.people)]
	if i >= len(s.people) {
		mark(&p, i)
	}
	return p
}
