package qr

// symbol is a square of modules under construction.
type symbol struct {
	version, size int
	dark          []bool
	fixed         []bool // belongs to a function pattern, so no data and no mask
}

func newSymbol(version int) *symbol {
	size := 17 + 4*version
	s := &symbol{version: version, size: size, dark: make([]bool, size*size), fixed: make([]bool, size*size)}
	for i := range size { // timing
		s.fix(6, i, i%2 == 0)
		s.fix(i, 6, i%2 == 0)
	}
	s.square(3, 3, 4, 0b01011)
	s.square(size-4, 3, 4, 0b01011)
	s.square(3, size-4, 4, 0b01011)
	s.alignment()
	s.reserveFormat()
	s.versionBits()
	return s
}

func (s *symbol) fix(x, y int, dark bool) {
	if x >= 0 && y >= 0 && x < s.size && y < s.size {
		s.dark[y*s.size+x], s.fixed[y*s.size+x] = dark, true
	}
}

// square draws rings around a centre; bit i of rings says that the ring at
// distance i is dark.
func (s *symbol) square(cx, cy, radius, rings int) {
	for dy := -radius; dy <= radius; dy++ {
		for dx := -radius; dx <= radius; dx++ {
			distance := max(dx, -dx, dy, -dy)
			s.fix(cx+dx, cy+dy, rings>>distance&1 != 0)
		}
	}
}

func (s *symbol) alignment() {
	if s.version < 2 {
		return
	}
	n := s.version/7 + 2
	step := (s.version*8 + n*3 + 5) / (n*4 - 4) * 2
	at := make([]int, n)
	at[0] = 6
	for i, p := n-1, s.size-7; i > 0; i, p = i-1, p-step {
		at[i] = p
	}
	last := n - 1
	for i, x := range at {
		for j, y := range at {
			if i == 0 && j == 0 || i == 0 && j == last || i == last && j == 0 {
				continue // the finder patterns are there
			}
			s.square(x, y, 2, 0b101)
		}
	}
}

// formatPlaces lists where bit i of the format information goes, in both copies.
func (s *symbol) formatPlaces(i int) (x1, y1, x2, y2 int) {
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
		return x1, y1, s.size - 1 - i, 8
	}
	return x1, y1, 8, s.size - 15 + i
}

func (s *symbol) reserveFormat() {
	for i := range 15 {
		x1, y1, x2, y2 := s.formatPlaces(i)
		s.fix(x1, y1, false)
		s.fix(x2, y2, false)
	}
	s.fix(8, s.size-8, true)
}

func (s *symbol) versionBits() {
	if s.version < 7 {
		return
	}
	bits := s.version<<12 | bch(s.version, 12, 0x1F25)
	for i := range 18 {
		a, b := s.size-11+i%3, i/3
		s.fix(a, b, bits>>i&1 != 0)
		s.fix(b, a, bits>>i&1 != 0)
	}
}

// bch is the remainder of v·xⁿ by the polynomial of degree n.
func bch(v, n, polynomial int) int {
	for range n {
		v = v<<1 ^ v>>(n-1)*polynomial
	}
	return v & (1<<n - 1)
}

// place writes the codewords in pairs of columns from the right, up and down
// in turn.
func (s *symbol) place(stream []byte) {
	bit := 0
	for right := s.size - 1; right > 0; right -= 2 {
		if right == 6 { // the timing column
			right = 5
		}
		for i := range s.size {
			y := i
			if (right+1)&2 == 0 {
				y = s.size - 1 - i
			}
			for _, x := range [2]int{right, right - 1} {
				if at := y*s.size + x; !s.fixed[at] && bit < 8*len(stream) {
					s.dark[at] = stream[bit/8]>>(7-bit%8)&1 != 0
					bit++
				}
			}
		}
	}
}

// inverts says for each mask and place which modules change colour; every
// pattern repeats after 12 columns and 12 rows.
var inverts = masks()

func masks() (m [8][12][12]bool) {
	for y := range 12 {
		for x := range 12 {
			m[0][y][x] = (x+y)%2 == 0
			m[1][y][x] = y%2 == 0
			m[2][y][x] = x%3 == 0
			m[3][y][x] = (x+y)%3 == 0
			m[4][y][x] = (x/3+y/2)%2 == 0
			m[5][y][x] = x*y%2+x*y%3 == 0
			m[6][y][x] = (x*y%2+x*y%3)%2 == 0
			m[7][y][x] = ((x+y)%2+x*y%3)%2 == 0
		}
	}
	return m
}

// masked returns a copy with the mask and its format information.
func (s *symbol) masked(mask int, level Level) *symbol {
	m := &symbol{version: s.version, size: s.size, fixed: s.fixed, dark: make([]bool, len(s.dark))}
	for y := range s.size {
		pattern := &inverts[mask][y%12]
		for x, column := 0, 0; x < s.size; x++ {
			at := y*s.size + x
			m.dark[at] = s.dark[at] != (!s.fixed[at] && pattern[column])
			if column++; column == 12 {
				column = 0
			}
		}
	}
	data := [4]int{1, 0, 3, 2}[level]<<3 | mask
	bits := (data<<10 | bch(data, 10, 0x537)) ^ 0x5412
	for i := range 15 {
		x1, y1, x2, y2 := s.formatPlaces(i)
		m.dark[y1*s.size+x1] = bits>>i&1 != 0
		m.dark[y2*s.size+x2] = bits>>i&1 != 0
	}
	return m
}
