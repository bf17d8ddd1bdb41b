package pdf

import (
	"cmp"
	"errors"
	"math/bits"
	"slices"
)

// squeezer compresses to zlib streams (RFC 1950, 1951) with one fixed Huffman
// code for bytes and without looking for repetitions: its output depends on
// nothing but its code lengths and the input.
type squeezer struct {
	code   [endOfBlock + 1]uint32 // bits, first to write lowest
	length [endOfBlock + 1]uint8
	head   bitBuffer // the zlib header and the description of the code
}

const (
	endOfBlock    = 256
	longestCode   = 13
	longestLength = 7 // bits of a code for code lengths
)

// trainLengths returns code lengths that suit texts like the sample; every
// byte gets a code.
func trainLengths(sample []byte) []uint8 {
	weights := make([]int, endOfBlock+1)
	for i := range weights {
		weights[i] = 1
	}
	for _, b := range sample {
		weights[b] += 64
	}
	return codeLengths(weights, longestCode)
}

// codeLengths finds the best lengths of at most longest bits by the
// package-merge algorithm; a weight of 0 gets no code.
func codeLengths(weights []int, longest int) []uint8 {
	type item struct {
		weight  int
		symbols []int
	}
	var leaves []item
	for s, w := range weights {
		if w > 0 {
			leaves = append(leaves, item{w, []int{s}})
		}
	}
	lighter := func(a, b item) int { return cmp.Compare(a.weight, b.weight) }
	slices.SortStableFunc(leaves, lighter)
	var row []item
	for range longest {
		var pairs []item
		for i := 0; i+1 < len(row); i += 2 {
			pairs = append(pairs, item{row[i].weight + row[i+1].weight, slices.Concat(row[i].symbols, row[i+1].symbols)})
		}
		row = append(slices.Clone(leaves), pairs...)
		slices.SortStableFunc(row, lighter)
	}
	out := make([]uint8, len(weights))
	for _, it := range row[:2*len(leaves)-2] {
		for _, s := range it.symbols {
			out[s]++
		}
	}
	return out
}

// canonical gives each symbol its code (RFC 1951, 3.2.2), bit-reversed.
func canonical(lengths []uint8) []uint32 {
	var count, next [16]uint32
	for _, l := range lengths {
		count[l]++
	}
	count[0] = 0
	for l := 1; l < len(next); l++ {
		next[l] = (next[l-1] + count[l-1]) << 1
	}
	out := make([]uint32, len(lengths))
	for s, l := range lengths {
		if l > 0 {
			out[s] = bits.Reverse32(next[l]) >> (32 - l)
			next[l]++
		}
	}
	return out
}

// newSqueezer builds the coder from code lengths.
func newSqueezer(lengths []uint8) (*squeezer, error) {
	s := &squeezer{}
	sum := 0
	for _, l := range lengths {
		if l == 0 || l > longestCode {
			return nil, errors.New("code table: a length is out of range")
		}
		sum += 1 << (longestCode - l)
	}
	if len(lengths) != len(s.length) || sum != 1<<longestCode {
		return nil, errors.New("code table: not a complete code")
	}
	copy(s.length[:], lengths)
	copy(s.code[:], canonical(lengths))
	s.describe(lengths)
	return s, nil
}

// describe writes the headers: one final block of dynamic Huffman codes, the
// lengths spelled out one by one, and one unused distance code.
func (s *squeezer) describe(lengths []uint8) {
	all := append(slices.Clone(lengths), 1)
	weights := make([]int, 19)
	for _, l := range all {
		weights[l]++
	}
	short := codeLengths(weights, longestLength)
	codes := canonical(short)
	s.head.out = []byte{0x78, 0x01}
	s.head.put(0b101, 3) // final, dynamic
	s.head.put(0, 5)     // 257 literals
	s.head.put(0, 5)     // 1 distance
	s.head.put(15, 4)    // all 19 lengths of lengths, in the order of RFC 1951, 3.2.7
	for _, l := range [19]int{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15} {
		s.head.put(uint32(short[l]), 3)
	}
	for _, l := range all {
		s.head.put(codes[l], short[l])
	}
}

// bitBuffer writes bits, the lowest first.
type bitBuffer struct {
	out     []byte
	pending uint64
	n       uint8
}

func (b *bitBuffer) put(v uint32, n uint8) {
	b.pending |= uint64(v) << b.n
	for b.n += n; b.n >= 8; b.n -= 8 {
		b.out = append(b.out, byte(b.pending))
		b.pending >>= 8
	}
}

// appendSqueezed appends the compressed data to o.
func (s *squeezer) appendSqueezed(o, data []byte) []byte {
	w := bitBuffer{out: append(o, s.head.out...), pending: s.head.pending, n: s.head.n}
	a, b := uint32(1), uint32(0) // Adler-32
	for _, x := range data {
		w.put(s.code[x], s.length[x])
		if a += uint32(x); a >= 65521 {
			a -= 65521
		}
		b = (b + a) % 65521
	}
	w.put(s.code[endOfBlock], s.length[endOfBlock])
	if w.n > 0 {
		w.out = append(w.out, byte(w.pending))
	}
	return append(w.out, byte(b>>8), byte(b), byte(a>>8), byte(a))
}
