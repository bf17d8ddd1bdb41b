package pdf

import (
	"cmp"
	"encoding/binary"
	"errors"
	"math/bits"
	"slices"
)

// squeezer compresses to zlib streams (RFC 1950, 1951) with one fixed Huffman
// code and without looking for repetitions: its output depends on nothing but
// its code lengths and the input. What is known beforehand is coded beforehand,
// as a phrase or a piece. Rectangles alone repeat what the one before them has,
// see bars.
type squeezer struct {
	code   [symbols]uint32 // bits, first to write lowest
	length [symbols]uint8
	head   piece // the zlib header and the description of the code

	glyphs [maxGlyphPhrase]phrase // four hexadecimal digits
	bars   bars
}

// The symbols of the code: the bytes, then these.
const (
	endOfBlock = 256 + iota
	againRow   // the 4 bytes that stand a rectangle back
	againEnd   // the 6 bytes
	symbols
)

const (
	longestCode   = 13
	longestLength = 7 // bits of a code for code lengths

	maxGlyphPhrase = 2048
)

// trainLengths returns code lengths that suit texts like the sample, which says
// how often each symbol stands; every symbol gets a code.
func trainLengths(sample []int) []uint8 {
	weights := make([]int, symbols)
	for i := range weights {
		weights[i] = 1
	}
	for i, n := range sample {
		weights[i] += 64 * n
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
	for _, again := range [2]int{againRow, againEnd} {
		s.length[again] += distanceBits // all of them 0
	}
	var text []byte
	for i := range s.glyphs {
		text = appendHex16(text[:0], uint16(i))
		s.glyphs[i] = s.phrase(text)
	}
	s.prepareBars()
	return s, nil
}

// describe writes the headers: one final block of dynamic Huffman codes, the
// lengths spelled out one by one. In deflate's alphabet (RFC 1951, 3.2.5), 258
// stands for 4 bytes and 260 for 6; of the distances there is one code, 7, which
// with two more bits of 0 is that of a rectangle.
func (s *squeezer) describe(lengths []uint8) {
	all := append(slices.Clone(lengths[:endOfBlock+1]), 0, lengths[againRow], 0, lengths[againEnd])
	literals := len(all)
	all = append(all, 0, 0, 0, 0, 0, 0, 0, 1)
	weights := make([]int, 19)
	for _, l := range all {
		weights[l]++
	}
	short := codeLengths(weights, longestLength)
	codes := canonical(short)
	w := stream{s: s}
	w.bits(0x0178, 16) // zlib: deflate, window of 32 KB
	w.bits(0b101, 3)   // final, dynamic
	w.bits(uint64(literals-257), 5)
	w.bits(uint64(len(all)-literals-1), 5) // distances
	w.bits(15, 4)                          // all 19 lengths of lengths, in the order of RFC 1951, 3.2.7
	for _, l := range [19]int{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15} {
		w.bits(uint64(short[l]), 3)
	}
	for _, l := range all {
		w.bits(uint64(codes[l]), short[l])
	}
	s.head = w.cut()
}

// distanceBits are those behind a repetition: a code of one bit, and two more.
const distanceBits = 3

// phrase is a short text, coded.
type phrase struct {
	code uint64
	n    uint8  // bits, at most 64
	size uint8  // bytes of the text; 0: too long for a phrase
	a, b uint32 // Adler-32 of the text, from zero, not reduced
}

func (s *squeezer) phrase(text []byte) (t phrase) {
	for i, x := range text {
		if t.n+s.length[x] > 64 {
			return phrase{}
		}
		t.code |= uint64(s.code[x]) << t.n
		t.n += s.length[x]
		t.a += uint32(x)
		t.b += uint32(len(text)-i) * uint32(x)
	}
	t.size = uint8(len(text))
	return t
}

// piece is a text of any length, coded: words of 64 bits, the last one partly
// used.
type piece struct {
	words []uint64
	n     int    // bits
	size  uint64 // bytes of the text
	a, b  uint64 // Adler-32 from zero, not reduced
}

// stream is a compressed stream that is being written.
type stream struct {
	s       *squeezer
	out     []byte
	pending uint64
	n       uint8  // bits in pending; below 8 after a flush
	size    uint64 // bytes of the text so far
	a, b    uint64 // its Adler-32, not reduced: enough for 100 MB

	keep   bool // count symbols, for training
	counts []int
}

// begin starts a stream at the end of out.
func (w *stream) begin(out []byte) {
	w.out, w.pending, w.n, w.size, w.a, w.b = out, 0, 0, 0, 1, 0
	clear(w.counts)
	w.piece(&w.s.head)
}

// flush moves whole bytes out.
func (w *stream) flush() {
	w.out = binary.LittleEndian.AppendUint64(w.out, w.pending)
	w.out = w.out[:len(w.out)-8+int(w.n>>3)]
	w.pending >>= w.n &^ 7
	w.n &= 7
}

// bits writes at most 56 bits.
func (w *stream) bits(v uint64, n uint8) {
	w.pending |= v << w.n
	w.n += n
	w.flush()
}

func (w *stream) write(text []byte) {
	if w.keep {
		for _, x := range text {
			w.count(int(x))
		}
	}
	a, b := w.a, w.b
	for _, x := range text {
		if w.n > 64-longestCode {
			w.flush()
		}
		w.pending |= uint64(w.s.code[x]) << (w.n & 63)
		w.n += w.s.length[x]
		a += uint64(x)
		b += a
	}
	w.a, w.b, w.size = a, b, w.size+uint64(len(text))
}

// count notes a symbol for training.
func (w *stream) count(symbol int) {
	if w.counts == nil {
		w.counts = make([]int, symbols)
	}
	w.counts[symbol]++
}

func (w *stream) phrase(t *phrase) {
	if w.n+t.n > 64 {
		w.flush()
		if w.n+t.n > 64 { // a phrase of nearly a word
			w.long(t.code, t.n)
			w.add(uint64(t.size), uint64(t.a), uint64(t.b))
			return
		}
	}
	w.pending |= t.code << (w.n & 63)
	w.n += t.n
	w.add(uint64(t.size), uint64(t.a), uint64(t.b))
}

// add notes a text's length and sums.
func (w *stream) add(size, a, b uint64) {
	w.b += size*w.a + b
	w.a += a
	w.size += size
}

// long writes n bits, at most 64, behind fewer than 8.
func (w *stream) long(v uint64, n uint8) {
	w.out = binary.LittleEndian.AppendUint64(w.out, w.pending|v<<(w.n&63))
	over := v >> (64 - w.n) // 0 for no bits pending
	total := w.n + n
	if total < 64 {
		w.out = w.out[:len(w.out)-8+int(total>>3)]
		w.pending = (w.pending | v<<(w.n&63)) >> (total &^ 7)
		w.n = total & 7
		return
	}
	w.pending, w.n = over, total-64
}

func (w *stream) piece(p *piece) {
	w.flush()
	for i, v := range p.words {
		w.long(v, uint8(min(64, p.n-64*i)))
	}
	w.add(p.size, p.a, p.b)
}

// cut ends what was written without a begin, as a piece, and starts anew.
func (w *stream) cut() piece {
	total := 8*len(w.out) + int(w.n)
	w.out = binary.LittleEndian.AppendUint64(w.out, w.pending)
	p := piece{n: total, size: w.size, a: w.a, b: w.b, words: make([]uint64, (total+63)/64)}
	for i := range p.words {
		var word [8]byte
		copy(word[:], w.out[8*i:])
		p.words[i] = binary.LittleEndian.Uint64(word[:])
	}
	w.drop()
	return p
}

// drop forgets what was written.
func (w *stream) drop() { w.out, w.pending, w.n, w.size, w.a, w.b = w.out[:0], 0, 0, 0, 0, 0 }

// end closes the stream and returns all of out.
func (w *stream) end() []byte {
	w.flush()
	w.bits(uint64(w.s.code[endOfBlock]), w.s.length[endOfBlock])
	if w.n > 0 {
		w.out = append(w.out, byte(w.pending))
	}
	const base = 65521 // RFC 1950, 8.2
	return binary.BigEndian.AppendUint32(w.out, uint32(w.b%base)<<16|uint32(w.a%base))
}
