package qr

import (
	"encoding/binary"
	"sync"
)

// plan is what all symbols of a version have in common.
type plan struct {
	size     int
	dark     grid    // the function patterns
	fixed    grid    // where they are: no data and no mask
	strips   []strip // where the codewords go, in order
	overlays [4][8]grid
}

// strip places bits, n of them in each of some words that follow each other, up
// or down: 1 or 2, the first one right.
type strip struct {
	word  uint16
	bit   uint8 // of the last one
	n     uint8
	count uint8
	up    bool
}

var plans [41]struct {
	once sync.Once
	plan plan
}

func planOf(version int) *plan {
	p := &plans[version]
	p.once.Do(func() { p.plan = newPlan(version) })
	return &p.plan
}

func newPlan(version int) plan {
	size := 17 + 4*version
	p := plan{size: size, dark: newGrid(size), fixed: newGrid(size)}
	for i := range size { // timing
		p.fix(6, i, i%2 == 0)
		p.fix(i, 6, i%2 == 0)
	}
	p.square(3, 3, 4, 0b01011)
	p.square(size-4, 3, 4, 0b01011)
	p.square(3, size-4, 4, 0b01011)
	p.alignment(version)
	for i := range 15 {
		x1, y1, x2, y2 := formatPlaces(size, i)
		p.fix(x1, y1, false)
		p.fix(x2, y2, false)
	}
	p.fix(8, size-8, true)
	p.versionBits(version)
	p.walk()
	for level := range p.overlays {
		for mask := range p.overlays[level] {
			p.overlays[level][mask] = p.overlay(Level(level), mask)
		}
	}
	return p
}

func (p *plan) fix(x, y int, dark bool) {
	if x >= 0 && y >= 0 && x < p.size && y < p.size {
		p.dark.set(p.size, x, y, dark)
		p.fixed.set(p.size, x, y, true)
	}
}

// square draws rings around a centre; bit i of rings says that the ring at
// distance i is dark.
func (p *plan) square(cx, cy, radius, rings int) {
	for dy := -radius; dy <= radius; dy++ {
		for dx := -radius; dx <= radius; dx++ {
			distance := max(dx, -dx, dy, -dy)
			p.fix(cx+dx, cy+dy, rings>>distance&1 != 0)
		}
	}
}

func (p *plan) alignment(version int) {
	if version < 2 {
		return
	}
	n := version/7 + 2
	step := (version*8 + n*3 + 5) / (n*4 - 4) * 2
	at := make([]int, n)
	at[0] = 6
	for i, place := n-1, p.size-7; i > 0; i, place = i-1, place-step {
		at[i] = place
	}
	last := n - 1
	for i, x := range at {
		for j, y := range at {
			if i == 0 && j == 0 || i == 0 && j == last || i == last && j == 0 {
				continue // the finder patterns are there
			}
			p.square(x, y, 2, 0b101)
		}
	}
}

// formatPlaces lists where bit i of the format information goes, in both copies.
func formatPlaces(size, i int) (x1, y1, x2, y2 int) {
	switch {
	case i < 6:
		x1, y1 = 8, i
	case i < 8:
		x1, y1 = 8, i+1
	case i == 8:
		x1, y1 = 7, 8
	default:
		x1, y1 = 14-i, 8
	}
	if i < 8 {
		return x1, y1, size - 1 - i, 8
	}
	return x1, y1, 8, size - 15 + i
}

func (p *plan) versionBits(version int) {
	if version < 7 {
		return
	}
	bits := version<<12 | bch(version, 12, 0x1F25)
	for i := range 18 {
		a, b := p.size-11+i%3, i/3
		p.fix(a, b, bits>>i&1 != 0)
		p.fix(b, a, bits>>i&1 != 0)
	}
}

// bch is the remainder of v·xⁿ by the polynomial of degree n.
func bch(v, n, polynomial int) int {
	for range n {
		v = v<<1 ^ v>>(n-1)*polynomial
	}
	return v & (1<<n - 1)
}

// walk lists the places of the codewords: pairs of columns from the right, up
// and down in turn.
func (p *plan) walk() {
	free := func(x, y int) bool { return !p.fixed.at(p.size, x, y) }
	add := func(x, y int, n uint8) {
		next := strip{word: uint16(x>>6*p.size + y), bit: uint8(x & 63), n: n, count: 1}
		if len(p.strips) > 0 {
			last := &p.strips[len(p.strips)-1]
			down, up := int(last.word)+int(last.count) == int(next.word), int(last.word)-int(last.count) == int(next.word)
			same := last.bit == next.bit && last.n == n && last.count < 255
			if same && (last.count == 1 && (up || down) || last.up && up || !last.up && down) {
				last.up, last.count = up, last.count+1
				return
			}
		}
		p.strips = append(p.strips, next)
	}
	for right := p.size - 1; right > 0; right -= 2 {
		if right == 6 { // the timing column
			right = 5
		}
		for i := range p.size {
			y := i
			if (right+1)&2 == 0 {
				y = p.size - 1 - i
			}
			a, b := free(right, y), free(right-1, y)
			switch {
			case a && b && right&63 != 0: // both bits in one word
				add(right-1, y, 2)
				continue
			case a:
				add(right, y, 1)
			}
			if b {
				add(right-1, y, 1)
			}
		}
	}
}

// place writes the codewords; places beyond them stay light. It returns the
// stream, which it has made longer.
func place(g grid, strips []strip, stream []byte) []byte {
	stream = append(stream, 0, 0, 0, 0, 0, 0, 0, 0) // remainder bits, and room to read
	var pending uint64                              // the next bits, highest first
	left, at := 0, 0
	for _, s := range strips {
		word, way, n := int(s.word), 1, int(s.n)
		if s.up {
			way = -1
		}
		for count := int(s.count); count > 0; {
			if left < n {
				pending |= uint64(binary.BigEndian.Uint32(stream[at:])) << (32 - left)
				at, left = at+4, left+32
			}
			now := min(count, left/n)
			for range now {
				g[word] |= pending >> (-n & 63) << (s.bit & 63)
				pending <<= n & 63
				word += way
			}
			count, left = count-now, left-now*n
		}
	}
	return stream
}

// overlay is what a mask changes: modules outside of the function patterns
// change colour, and the format information names level and mask.
func (p *plan) overlay(level Level, mask int) grid {
	out := newGrid(p.size)
	for y := range p.size {
		for x := range p.size {
			if inverts(mask, x, y) && !p.fixed.at(p.size, x, y) {
				out.set(p.size, x, y, true)
			}
		}
	}
	data := [4]int{1, 0, 3, 2}[level]<<3 | mask
	bits := (data<<10 | bch(data, 10, 0x537)) ^ 0x5412
	for i := range 15 {
		x1, y1, x2, y2 := formatPlaces(p.size, i)
		out.set(p.size, x1, y1, bits>>i&1 != 0)
		out.set(p.size, x2, y2, bits>>i&1 != 0)
	}
	return out
}

// inverts says whether a mask changes the module's colour (ISO/IEC 18004, table 10).
func inverts(mask, x, y int) bool {
	switch mask {
	case 0:
		return (x+y)%2 == 0
	case 1:
		return y%2 == 0
	case 2:
		return x%3 == 0
	case 3:
		return (x+y)%3 == 0
	case 4:
		return (x/3+y/2)%2 == 0
	case 5:
		return x*y%2+x*y%3 == 0
	case 6:
		return (x*y%2+x*y%3)%2 == 0
	}
	return ((x+y)%2+x*y%3)%2 == 0
}
