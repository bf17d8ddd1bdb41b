package pdf

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// A QR code is a path of rectangles, a line of dark modules each, all of them
// texts of one length: "12 07 3 1 re\n" are 3 modules of row 7 from column 12
// on. So what is the same as in the rectangle before always stands as far back,
// and is not written again but repeated (RFC 1951, 3.2.5): the row, but for the
// first in it, and the end.
const (
	maxSide    = 96 // modules of a side: two digits say where one is
	longestBar = 7  // modules in a line; a longer one is two

	barEnd  = " 1 re\n"
	barSize = 13 // of the text
)

// bars are the codes of what rectangles are made of, by column, row and modules.
type bars struct {
	all     [maxSide][longestBar + 1]phrase // of a rectangle, its row and end repeated; sums without the row's digits
	columns [maxSide]phrase
	rows    [maxSide]phrase
	ends    [longestBar + 1]phrase // modules and, repeated, the end
	quick   bool                   // all are there, and each fits into a word behind 7 bits
}

func (s *squeezer) prepareBars() {
	t := &s.bars
	for i := range t.columns {
		t.columns[i] = s.phrase(twoDigits(nil, i))
		t.rows[i] = s.phrase(append(twoDigits([]byte{' '}, i), ' '))
	}
	for n := range t.ends {
		t.ends[n] = s.repeat(s.phrase([]byte{'0' + byte(n)}), againEnd, barEnd)
	}
	t.quick = true
	for i := range t.all {
		row := s.repeat(t.columns[i], againRow, " \x00\x00 ")
		for n := range t.all[i] {
			t.all[i][n] = join(row, t.ends[n])
			t.quick = t.quick && t.all[i][n].size == barSize && t.all[i][n].n <= 64-7
		}
	}
}

func twoDigits(o []byte, n int) []byte { return append(o, '0'+byte(n/10), '0'+byte(n%10)) }

// repeat is t and a repetition, which reads text.
func (s *squeezer) repeat(t phrase, symbol int, text string) phrase {
	again := phrase{code: uint64(s.code[symbol]), n: s.length[symbol], size: uint8(len(text))}
	for i := range len(text) {
		again.a += uint32(text[i])
		again.b += uint32(len(text)-i) * uint32(text[i])
	}
	return join(t, again)
}

// join is a phrase of two, none if it is too long.
func join(a, b phrase) phrase {
	if a.n+b.n > 64 {
		return phrase{}
	}
	return phrase{code: a.code | b.code<<(a.n&63), n: a.n + b.n, size: a.size + b.size, a: a.a + b.a, b: a.b + uint32(b.size)*a.a + b.b}
}

// firstBar draws the first line of every QR code, to which the others refer.
const firstBar = "00 00 7 1 re\n"

// nextBar takes the next line out of a row's modules; n is 0 where there is none.
func nextBar(dark *[3]uint64) (column, n int) {
	for i, w := range dark {
		if w != 0 {
			column = bits.TrailingZeros64(w)
			n = min(bits.TrailingZeros64(^(w >> column)), longestBar)
			dark[i] &^= (1<<n - 1) << column
			return column + 64*i, n
		}
	}
	return 0, 0
}

// qr draws the dark modules of a QR code, whose rows are read by words.
func (w *stream) qr(size int, words func(row int) [3]uint64) {
	w.write([]byte(firstBar))
	for row := range size {
		dark := words(row)
		if row == 0 {
			nextBar(&dark)
		}
		if w.keep || !w.s.bars.quick {
			w.slowBars(row, &dark)
			continue
		}
		t := &w.s.bars
		if row > 0 {
			column, n := nextBar(&dark)
			if n == 0 {
				continue
			}
			w.phrase(&t.columns[column])
			w.phrase(&t.rows[row])
			w.phrase(&t.ends[n])
		}
		w.bars(row, &dark)
	}
}

// bars writes all rectangles of a row but the first.
func (w *stream) bars(row int, dark *[3]uint64) {
	w.flush()
	tens, ones := uint64('0'+row/10), uint64('0'+row%10)
	rowA, rowB := tens+ones, 10*tens+9*ones // the sums of the row's digits in a text of 13 bytes
	out := slices.Grow(w.out, maxSide*8)
	at, room := len(out), out[:cap(out)]
	pending, n, size, a, b := w.pending, w.n, w.size, w.a, w.b
	for i, d := range dark[:2] {
		all := w.s.bars.all[64*i:]
		for d != 0 {
			column := bits.TrailingZeros64(d)
			long := min(bits.TrailingZeros64(^(d >> column)), longestBar)
			d &^= (1<<long - 1) << column
			t := &all[column][long]
			pending |= t.code << (n & 63)
			n += t.n
			binary.LittleEndian.PutUint64(room[at:], pending)
			at += int(n >> 3)
			pending >>= n &^ 7
			n &= 7
			b += barSize*a + uint64(t.b) + rowB
			a += uint64(t.a) + rowA
			size += barSize
		}
	}
	w.out, w.pending, w.n, w.size, w.a, w.b = room[:at], pending, n, size, a, b
}

// slowBars writes all rectangles of a row, symbol by symbol.
func (w *stream) slowBars(row int, dark *[3]uint64) {
	at := append(twoDigits([]byte{' '}, row), ' ')
	for known := row == 0; ; known = true {
		column, n := nextBar(dark)
		if n == 0 {
			return
		}
		w.write(twoDigits(nil, column))
		if known {
			w.again(againRow, at)
		} else {
			w.write(at)
		}
		w.write([]byte{'0' + byte(n)})
		w.again(againEnd, []byte(barEnd))
	}
}

// again writes a repetition of a text.
func (w *stream) again(symbol int, text []byte) {
	if w.keep {
		w.count(symbol)
	}
	t := w.s.repeat(phrase{}, symbol, string(text))
	w.phrase(&t)
}
