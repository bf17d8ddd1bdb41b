package qr

import "math/bits"

// Weights of the four features that make a symbol hard to read
// (ISO/IEC 18004, 7.8.3).
const (
	penaltyRun     = 3  // five modules of one colour in a line, and 1 for each further one
	penaltyBox     = 3  // a 2 × 2 square of one colour
	penaltyFinder  = 40 // 1:1:3:1:1 with four light modules on a side
	penaltyBalance = 10 // each 5 % away from half dark
)

// score counts features. A run of n ≥ 5 equal modules has n-4 places where five
// begin, so it weighs one for each such place and two for the run.
type score struct {
	fives, runs, boxes, finders, dark int
}

func (s score) penalty(modules int) int {
	off := max(s.dark*20-modules*10, modules*10-s.dark*20)
	return s.fives + s.runs*(penaltyRun-1) + s.boxes*penaltyBox + s.finders*penaltyFinder +
		max(0, (off+modules-1)/modules-1)*penaltyBalance
}

// penalty scores a symbol.
func penalty(g grid, size int) int { return count(g, size).penalty(size * size) }

// count looks at 64 columns at a time. Symbols of up to version 11, which hold
// the record of a short name, have no more.
func count(g grid, size int) (s score) {
	if size <= 64 {
		s.narrow(g[:size:size])
		return s
	}
	for i := range sheets(size) {
		s.along(g, size, i)
		s.down(g[i*size:(i+1)*size], g.after(size, i), size, i)
	}
	return s
}

// after is the sheet to the right, of zeros at the end.
func (g grid) after(size, i int) grid {
	if i+1 < sheets(size) {
		return g[(i+1)*size : (i+2)*size]
	}
	return zeros[:size]
}

var zeros [177]uint64

// narrow scores lines that are one word each, all features in one pass over
// the rows, of which it holds five at a time.
func (s *score) narrow(g grid) {
	var rows [64 + 4]uint64 // with room to look ahead
	size := copy(rows[:64], g)
	all := first(size, 0)
	r, r1, r2, r3 := rows[0], rows[1], rows[2], rows[3]
	var above uint64 // where five of the row above began
	last := size - 4 // five rows begin before it
	for y := range size {
		r4 := rows[y+4]
		s.dark += bits.OnesCount64(r)
		same := ^(r ^ r>>1) & (all >> 1)
		five := same & (same >> 1)
		five &= five >> 2
		s.fives += bits.OnesCount64(five)
		s.runs += bits.OnesCount64(five &^ (five << 1))
		if core := r & (r >> 2) & (r >> 3) & (r >> 4) & (r >> 6) &^ (r>>1 | r>>5); core != 0 {
			light := ^(r | r>>1 | r>>2 | r>>3) & (all >> 3)
			s.finders += bits.OnesCount64(core&(light>>7)) + bits.OnesCount64(core&(light<<4))
		}
		if y+1 < size {
			s.boxes += bits.OnesCount64(same &^ (r ^ r1) &^ (r1 ^ r1>>1))
		}
		if y < last {
			five = (r&r1&r2&r3&r4 | ^(r | r1 | r2 | r3 | r4)) & all
			s.fives += bits.OnesCount64(five)
			s.runs += bits.OnesCount64(five &^ above)
			above = five
			if core := r & r2 & r3 & r4 &^ r1; core != 0 && y+6 < size {
				s.finders += finders(core&g[y+6]&^g[y+5], g, y)
			}
		}
		r, r1, r2, r3 = r1, r2, r3, r4
	}
}

// finders counts the columns of core, where a pattern begins in line y, that
// have four light modules above or below it.
func finders(core uint64, g grid, y int) (n int) {
	if core == 0 {
		return 0
	}
	if y+10 < len(g) {
		n += bits.OnesCount64(core &^ (g[y+7] | g[y+8] | g[y+9] | g[y+10]))
	}
	if y >= 4 {
		n += bits.OnesCount64(core &^ (g[y-1] | g[y-2] | g[y-3] | g[y-4]))
	}
	return n
}

// ahead is a line from the k-th column after the word's first.
func ahead(low, high uint64, k int) uint64 { return low>>k | high<<(64-k) }

// along scores what lies in one row, of the patterns that begin in sheet i.
func (s *score) along(g grid, size, i int) {
	for y := range size {
		before, r, high := uint64(0), g[i*size+y], g.after(size, i)[y]
		if i > 0 {
			before = g[(i-1)*size+y]
		}
		s.dark += bits.OnesCount64(r)
		one, two, three, four := ahead(r, high, 1), ahead(r, high, 2), ahead(r, high, 3), ahead(r, high, 4)
		five := (r&one&two&three&four | ^(r | one | two | three | four)) & first(size-4, i)
		s.fives += bits.OnesCount64(five)
		start := five &^ (five << 1)
		if last := before>>63 | r<<1&0b11110; i > 0 && (last == 0 || last == 0b11111) {
			start &^= 1 // it began in the sheet before
		}
		s.runs += bits.OnesCount64(start)
		core := r & two & three & four & ahead(r, high, 6) &^ one &^ ahead(r, high, 5)
		if core == 0 {
			continue
		}
		next := uint64(0)
		if i+2 < sheets(size) {
			next = g[(i+2)*size+y]
		}
		free := light(r, high, size, i)
		s.finders += bits.OnesCount64(core & ahead(free, light(high, next, size, i+1), 7))
		if i > 0 {
			free = free<<4 | light(before, r, size, i-1)>>60
		} else {
			free <<= 4
		}
		s.finders += bits.OnesCount64(core & free)
	}
}

// light marks the columns where four light ones begin.
func light(low, high uint64, size, i int) uint64 {
	return ^(low | ahead(low, high, 1) | ahead(low, high, 2) | ahead(low, high, 3)) & first(size-3, i)
}

// down scores what lies in one column, and the squares, which need two rows.
func (s *score) down(g, right grid, size, i int) {
	all, pairs := first(size, i), first(size-1, i)
	var above uint64 // where five of the row above began
	for y := range size - 1 {
		r, r1 := g[y], g[y+1]
		across := ^(r ^ ahead(r, right[y], 1)) &^ (r1 ^ ahead(r1, right[y+1], 1))
		s.boxes += bits.OnesCount64(across &^ (r ^ r1) & pairs)
		if y+4 >= size {
			continue
		}
		r2, r3, r4 := g[y+2], g[y+3], g[y+4]
		five := (r&r1&r2&r3&r4 | ^(r | r1 | r2 | r3 | r4)) & all
		s.fives += bits.OnesCount64(five)
		s.runs += bits.OnesCount64(five &^ above)
		above = five
		if y+6 < size {
			s.finders += finders(r&r2&r3&r4&g[y+6]&^r1&^g[y+5], g, y)
		}
	}
}
