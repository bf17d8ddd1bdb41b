package bench

import (
	"testing"

	"github.com/passmuster/passmuster/internal/mint"
)

// BenchmarkMake is the engine's part of a round, for a profile:
// go test -run - -bench Make -cpuprofile cpu.out ./internal/bench
func BenchmarkMake(b *testing.B) {
	e, people := testEngine(b, 2040)
	s := &session{e: e, people: people}
	b.ReportAllocs()
	for b.Loop() {
		if err := s.make(len(people), func(*mint.Mint, int, *mint.Signed) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*len(people)), "µs/certificate")
}

// BenchmarkMark is what a run of a million spends on making people.
func BenchmarkMark(b *testing.B) {
	s := &session{people: workload(leastPeople)}
	for i := 0; b.Loop(); i++ {
		p := s.numbered(leastPeople + i)
		_ = p.Code
	}
}
