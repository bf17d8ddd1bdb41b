package qr

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

// remainder is the correction of one block: data · xⁿ mod the generator.
func remainder(data, generator []byte) []byte {
	r := make([]byte, len(generator))
	for _, b := range data {
		f := b ^ r[0]
		copy(r, r[1:])
		r[len(r)-1] = 0
		for i, g := range generator {
			r[i] ^= multiply(g, f)
		}
	}
	return r
}

// interleave adds the correction of each block and puts the codewords in the
// order in which they are drawn: column by column over the blocks.
func interleave(data []byte, version int, level Level) []byte {
	n, per := blocks[level][version], correctionPer[level][version]
	raw := rawCodewords(version)
	short := raw/n - per   // data codewords of a short block
	shortOnes := n - raw%n // blocks that are short; the rest have one more
	g := generator(per)
	out := make([]byte, raw)
	for b, at := 0, 0; b < n; b++ {
		length := short
		if b >= shortOnes {
			length++
		}
		block := data[at : at+length]
		at += length
		for i, x := range block {
			if i < short {
				out[i*n+b] = x
			} else {
				out[short*n+b-shortOnes] = x
			}
		}
		for i, x := range remainder(block, g) {
			out[len(data)+i*n+b] = x
		}
	}
	return out
}
