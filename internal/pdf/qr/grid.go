package qr

// grid holds the modules of a symbol, a bit each. A line of up to 64 columns is
// a word, column 0 lowest; a wider one goes on in the next sheet of words, so
// that word y of sheet i is at size·i+y.
type grid []uint64

// sheets is how many words a line takes.
func sheets(size int) int { return (size + 63) / 64 }

func newGrid(size int) grid { return make(grid, sheets(size)*size) }

func (g grid) at(size, x, y int) bool { return g[x>>6*size+y]>>(x&63)&1 != 0 }

func (g grid) set(size, x, y int, dark bool) {
	w := &g[x>>6*size+y]
	*w &^= 1 << (x & 63)
	if dark {
		*w |= 1 << (x & 63)
	}
}

// first is a word of the columns below n in a sheet.
func first(n, sheet int) uint64 {
	switch k := n - 64*sheet; {
	case k >= 64:
		return ^uint64(0)
	case k > 0:
		return 1<<k - 1
	}
	return 0
}
