package qr

import (
	"math/rand/v2"
	"testing"
)

// plain scores a symbol module by module, as the standard tells it.
func plain(g grid, size int) (s score) {
	dark := func(x, y int) bool { return g.at(size, x, y) }
	for i := range size {
		s.line(size, func(j int) bool { return dark(j, i) })
		s.line(size, func(j int) bool { return dark(i, j) })
		for j := range size {
			c := dark(j, i)
			if c {
				s.dark++
			}
			if i+1 < size && j+1 < size && dark(j+1, i) == c && dark(j, i+1) == c && dark(j+1, i+1) == c {
				s.boxes++
			}
		}
	}
	return s
}

func (s *score) line(size int, dark func(int) bool) {
	run, window := 0, 0
	for i := range size {
		run++
		if i > 0 && dark(i) != dark(i-1) {
			run = 1
		}
		if run == 5 {
			s.runs++
		}
		if run >= 5 {
			s.fives++
		}
		window = window << 1 & 0x7FF
		if dark(i) {
			window |= 1
		}
		if i >= 10 && (window == 0b10111010000 || window == 0b00001011101) {
			s.finders++
		}
	}
}

func TestPenaltyIsWhatCountingModulesGives(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for i := range 400 {
		size := 17 + 4*(1+random.IntN(40))
		g := newGrid(size)
		for y := range size {
			for x := range size {
				// Runs and look-alikes of the finder pattern are rare in noise.
				dark := random.IntN(4) == 0
				if i%2 == 0 {
					dark = 0b00001011101000010111010000>>(x%26)&1 != 0 != (random.IntN(30) == 0)
				}
				if i%4 == 0 {
					dark = 0b00001011101000010111010000>>(y%26)&1 != 0 != (random.IntN(30) == 0)
				}
				g.set(size, x, y, dark)
			}
		}
		if got, want := count(g, size), plain(g, size); got != want {
			t.Fatalf("size %d: %+v, want %+v", size, got, want)
		}
	}
}
