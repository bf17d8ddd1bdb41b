package bench

import (
	"context"
	"errors"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/passmuster/passmuster/internal/mint"
	"github.com/passmuster/passmuster/internal/registry"
)

const million = 1_000_000

// collectAt lets garbage grow to four times of what is in use, some 250 MB, in a
// process that does nothing else: nine tenths of it is the signatures'.
const collectAt = 400

// parallel makes certificates on all cores: for a rate, and the million.
func (s *session) parallel(ctx context.Context) error {
	e := &s.report.Engine
	e.Cores = runtime.GOMAXPROCS(0)
	defer debug.SetGCPercent(debug.SetGCPercent(collectAt))
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
	sums := make([][32]byte, (n-1)/checkEvery+1)
	errs := make([]error, runtime.GOMAXPROCS(0))
	var next atomic.Int64 // class
	m := &mint.Mint{}
	from := time.Now()
	var wait sync.WaitGroup
	for w := range errs {
		wait.Go(func() { errs[w] = s.work(ctx, m, &next, n, sums) })
	}
	wait.Wait()
	took := time.Since(from)
	if err := errors.Join(errs...); err != nil {
		return 0, err
	}
	for i, sum := range sums {
		p := s.numbered(i * checkEvery)
		if err := s.check(&p, sum); err != nil {
			return 0, err
		}
	}
	return took.Seconds(), nil
}

// work takes class after class until all n certificates are made.
func (s *session) work(ctx context.Context, m *mint.Mint, next *atomic.Int64, n int, sums [][32]byte) error {
	made := &mint.Signed{}
	for ctx.Err() == nil {
		first := int(next.Add(1)-1) * classSize
		if first >= n {
			return nil
		}
		for i := first; i < min(first+classSize, n); i++ {
			p := s.numbered(i)
			if err := s.e.make(m, made, &p); err != nil {
				return err
			}
			if i%checkEvery == 0 {
				sums[i/checkEvery] = made.File.SHA256
			}
		}
	}
	return ctx.Err()
}

// numbered is the i-th certificate of a run that may be longer than the list of
// people: each has a number, a code and a subject of its own, each class a code.
func (s *session) numbered(i int) registry.Snapshot {
	p := s.people[i%len(s.people)]
	if i >= len(s.people) {
		mark(&p, i)
		p.Class.Code = classCode(p.Base.Code, i/classSize)
	}
	return p
}
