// Package bench measures what issuing costs on the machine at hand: certificates
// made whole, beside bare signatures and beside other people's stacks that draw
// the same page, all in one run and in turns, so that what else the machine does
// meets them alike. Processor time is counted, not waiting.
//
// It promises that nothing is counted which was not made: files are checked, and
// a peer that cannot run is named with the reason, never with a number.
package bench

import (
	"context"
	"fmt"
	"runtime"
	"slices"

	"github.com/passmuster/passmuster/internal/mint"
	"github.com/passmuster/passmuster/internal/registry"
)

// Options say how long to measure, and against whom.
type Options struct {
	Count   int    // certificates of a round; 0: 2,040
	Rounds  int    // 0: 5
	Million bool   // also make 1,000,000 on all cores
	Peers   string // directory of the peers' programs; empty: none
	Files   string // directory for some pages by everybody, to be looked at; empty: none
	Tell    func(line string)
}

const (
	leastPeople = 1050 // whole classes
	checkEvery  = 1000 // files of a run
)

// signatures of one certificate: record, VC-JWT and PDF.
const signatures = 3

// cost is what a part of a round used, for one certificate or signature.
type cost struct {
	cpu    float64 // µs
	allocs float64
}

// spend runs f for n things and returns the cost of one.
func spend(n int, f func() error) (cost, error) {
	runtime.GC() // nobody pays for what the part before has left
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	from := CPUTime()
	if err := f(); err != nil {
		return cost{}, err
	}
	used := CPUTime() - from
	runtime.ReadMemStats(&after)
	return cost{float64(used.Nanoseconds()) / 1000 / float64(n), float64(after.Mallocs-before.Mallocs) / float64(n)}, nil
}

// round is one turn of everybody.
type round struct {
	engine, verified, bare cost            // bare: of one signature
	peers                  map[string]work // of one file
}

// session is a running measurement.
type session struct {
	kinds     []kind
	o         Options
	e         *engine
	people    []registry.Snapshot
	peers     []*peer
	described []int  // whose pages the peers draw
	tmp       string // for fonts and the peers' programs; empty without peers
	report    Report
}

// Issue measures the making of certificates.
func Issue(ctx context.Context, o Options) (*Report, error) {
	if o.Count <= 0 {
		o.Count = 2040
	}
	if o.Rounds <= 0 {
		o.Rounds = 5
	}
	if o.Tell == nil {
		o.Tell = func(string) {}
	}
	e, err := newEngine()
	if err != nil {
		return nil, err
	}
	s := &session{o: o, e: e, kinds: kinds, people: workload((max(o.Count, leastPeople) + classSize - 1) / classSize * classSize)}
	e.prepare(s.people)
	s.report.Machine = machine()
	s.report.Workload = Workload{People: len(s.people), Bases: len(bases()), Courses: len(courses), ClassSize: classSize}
	defer s.stopPeers()
	if err := s.startPeers(ctx); err != nil {
		return nil, err
	}
	rounds, err := s.rounds(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.writeFiles(); err != nil {
		return nil, err
	}
	s.summarize(rounds)
	if err := s.parallel(ctx); err != nil {
		return nil, err
	}
	s.judge()
	return &s.report, nil
}

// rounds gives everybody turns on one core.
func (s *session) rounds(ctx context.Context) ([]round, error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if _, err := s.round(ctx, min(s.o.Count, 256)); err != nil { // fonts, caches, the peers' compilers
		return nil, err
	}
	var all []round
	for i := range s.o.Rounds {
		r, err := s.round(ctx, s.o.Count)
		if err != nil {
			return nil, err
		}
		s.o.Tell(fmt.Sprintf("round %d of %d: %.1f µs a certificate, %.1f µs three bare signatures", i+1, s.o.Rounds, r.engine.cpu, signatures*r.bare.cpu))
		all = append(all, r)
	}
	return all, nil
}

func (s *session) round(ctx context.Context, n int) (r round, err error) {
	if err := ctx.Err(); err != nil {
		return r, err
	}
	if r.bare, err = spend(signatures*n, func() error { return s.e.bare(signatures * n) }); err != nil {
		return r, err
	}
	own, shared := 0, 0 // bytes
	sums := make([][32]byte, 0, n/checkEvery+1)
	r.engine, err = spend(n, func() error {
		return s.make(n, func(_ *mint.Mint, i int, made *mint.Signed) error {
			if i%checkEvery == 0 {
				sums = append(sums, made.File.SHA256)
			}
			own, shared = own+len(made.File.Suffix), shared+len(made.File.Prefix)
			return nil
		})
	})
	s.report.Engine.SuffixBytes, s.report.Engine.PrefixBytes = own/n, shared/n
	if err != nil {
		return r, err
	}
	for i, sum := range sums {
		if err := s.check(&s.people[i*checkEvery], sum); err != nil {
			return r, err
		}
	}
	r.verified, err = spend(n, func() error {
		return s.make(n, func(m *mint.Mint, i int, made *mint.Signed) error { return s.e.verify(m, &s.people[i], made) })
	})
	if err != nil {
		return r, err
	}
	return r, s.peerRound(ctx, &r)
}

// make makes the certificates of the first n people, class after class, by a mint
// that has seen none of them, and hands each over.
func (s *session) make(n int, take func(m *mint.Mint, i int, made *mint.Signed) error) error {
	m, made := &mint.Mint{}, &mint.Signed{}
	for i := range n {
		if err := s.e.make(m, made, &s.people[i]); err != nil {
			return err
		}
		if err := take(m, i, made); err != nil {
			return err
		}
	}
	return nil
}

// check makes a certificate again, which must give the bytes that the run gave,
// and reads it as a stranger would.
func (s *session) check(p *registry.Snapshot, sum [32]byte) error {
	made, err := s.e.one(p)
	if err != nil {
		return err
	}
	if made.File.SHA256 != sum {
		return fmt.Errorf("check %s: made again it is another file", p.Number)
	}
	s.report.Engine.Checked++
	return s.e.check(p, made)
}

// median of the values that f finds in the rounds.
func median(rounds []round, f func(r round) float64) float64 {
	values := make([]float64, len(rounds))
	for i, r := range rounds {
		values[i] = f(r)
	}
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}

// spread is the least and the most of them.
func spread(rounds []round, f func(r round) float64) [2]float64 {
	low, high := f(rounds[0]), f(rounds[0])
	for _, r := range rounds {
		low, high = min(low, f(r)), max(high, f(r))
	}
	return [2]float64{low, high}
}
