package qr

import (
	"slices"
	"sync"
)

// correctionPer is the number of error correction codewords of one block, and
// blocks the number of blocks, by level and version (ISO/IEC 18004, table 9).
var (
	correctionPer = [4][41]int{
		{0, 7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28, 28, 28, 30, 30, 26, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30},
		{0, 10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26, 26, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28},
		{0, 13, 22, 18, 26, 18, 24, 18, 22, 20, 24, 28, 26, 24, 20, 30, 24, 28, 28, 26, 30, 28, 30, 30, 30, 30, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30},
		{0, 17, 28, 22, 16, 22, 28, 26, 26, 24, 28, 24, 28, 22, 24, 24, 30, 28, 28, 26, 28, 30, 24, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30},
	}
	blocks = [4][41]int{
		{0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8, 8, 9, 9, 10, 12, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20, 21, 22, 24, 25},
		{0, 1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16, 17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33, 35, 37, 38, 40, 43, 45, 47, 49},
		{0, 1, 1, 2, 2, 4, 4, 6, 6, 8, 8, 8, 10, 12, 16, 12, 17, 16, 18, 21, 20, 23, 23, 25, 27, 29, 34, 34, 35, 38, 40, 43, 45, 48, 51, 53, 56, 59, 62, 65, 68},
		{0, 1, 1, 2, 4, 4, 4, 5, 6, 8, 8, 11, 11, 16, 16, 18, 16, 19, 21, 25, 25, 25, 34, 30, 32, 35, 37, 40, 42, 45, 48, 51, 54, 57, 60, 63, 66, 70, 74, 77, 81},
	}
)

// rawCodewords counts the codewords of a version: all modules less those of
// the fixed patterns.
func rawCodewords(v int) int {
	modules := (16*v+128)*v + 64
	if v >= 2 {
		n := v/7 + 2
		modules -= (25*n-10)*n - 55
	}
	if v >= 7 {
		modules -= 36
	}
	return modules / 8
}

func dataCodewords(v int, l Level) int { return rawCodewords(v) - correctionPer[l][v]*blocks[l][v] }

// The field GF(256) of polynomial x⁸+x⁴+x³+x²+1: powers of 2, and their
// logarithms.
var exp, log = field()

func field() (exp [512]byte, log [256]byte) {
	x := 1
	for i := range 255 {
		exp[i], exp[i+255] = byte(x), byte(x)
		log[x] = byte(i)
		if x <<= 1; x > 255 {
			x ^= 0x11D
		}
	}
	return exp, log
}

func multiply(a, b byte) byte {
	if a == 0 || b == 0 {
		return 0
	}
	return exp[int(log[a])+int(log[b])]
}

// generator returns the coefficients of the Reed-Solomon generator polynomial
// of degree n below the leading one, highest first.
func generator(n int) []byte {
	g := make([]byte, n)
	g[n-1] = 1
	root := byte(1)
	for range n {
		for j := range g {
			g[j] = multiply(g[j], root)
			if j+1 < n {
				g[j] ^= g[j+1]
			}
		}
		root = multiply(root, 2)
	}
	return g
}

// maxCorrection is the most correction codewords of a block.
const maxCorrection = 30

// divider divides by one generator polynomial: for each leading coefficient,
// what is to be subtracted, highest first in 4 words.
type divider [256][4]uint64

var dividers [maxCorrection + 1]struct {
	once sync.Once
	by   divider
}

// dividerOf returns the divider of degree n.
func dividerOf(n int) *divider {
	d := &dividers[n]
	d.once.Do(func() {
		g := generator(n)
		for f := range d.by {
			for i, x := range g {
				d.by[f][i/8] |= uint64(multiply(x, byte(f))) << (56 - 8*(i%8))
			}
		}
	})
	return &d.by
}

// remainder is the correction of one block: data · xⁿ mod the generator,
// highest first.
func (d *divider) remainder(data []byte) (r [4]uint64) {
	for _, b := range data {
		t := &d[b^byte(r[0]>>56)]
		r[0] = (r[0]<<8 | r[1]>>56) ^ t[0]
		r[1] = (r[1]<<8 | r[2]>>56) ^ t[1]
		r[2] = (r[2]<<8 | r[3]>>56) ^ t[2]
		r[3] = r[3]<<8 ^ t[3]
	}
	return r
}

// interleave writes over out: each block of data with its correction, in the
// order in which codewords are drawn, column by column over the blocks.
func interleave(out, data []byte, version int, level Level) []byte {
	n, per := blocks[level][version], correctionPer[level][version]
	raw := rawCodewords(version)
	short := raw/n - per   // data codewords of a short block
	shortOnes := n - raw%n // blocks that are short; the rest have one more
	divider := dividerOf(per)
	out = slices.Grow(out[:0], raw)[:raw]
	for b, at := 0, 0; b < n; b++ {
		length := short
		if b >= shortOnes {
			length++
		}
		block := data[at : at+length]
		at += length
		for i, x := range block[:short] {
			out[i*n+b] = x
		}
		if length > short {
			out[short*n+b-shortOnes] = block[short]
		}
		r := divider.remainder(block)
		for i := range per {
			out[len(data)+i*n+b] = byte(r[i/8] >> (56 - 8*(i%8)))
		}
	}
	return out
}
