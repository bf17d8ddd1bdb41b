package qr

import "strings"

// mode is how a segment packs its characters.
type mode int

const (
	numeric      mode = iota // 10 bits for 3 digits
	alphanumeric             // 11 bits for 2 of 45 characters
	bytewise                 // 8 bits for a byte
	modes
)

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

var (
	indicator = [modes]int{1, 2, 4}
	// countBits is the width of a segment's character count, by class of version.
	countBits    = [3][modes]int{{10, 9, 8}, {12, 11, 16}, {14, 13, 16}}
	firstVersion = [3]int{1, 10, 27}
	lastVersion  = [3]int{9, 26, 40}
)

// sixths is what one character costs in a mode, in sixths of a bit, so that
// the 3 1/3 bits of a digit and the 5 1/2 of a letter stay whole numbers.
var sixths = [modes]int{20, 33, 48}

type segment struct {
	mode mode
	text string
}

func (m mode) holds(b byte) bool {
	switch m {
	case numeric:
		return b >= '0' && b <= '9'
	case alphanumeric:
		return strings.IndexByte(alphabet, b) >= 0
	}
	return true
}

// split finds the cheapest segments by dynamic programming over the bytes: for
// each place and mode the least cost of arriving there in that mode. A segment
// ends on a whole bit, hence the rounding before each new head.
func split(text string, class int) []segment {
	const never = 1 << 60
	var cost [modes]int
	for m := range cost {
		cost[m] = 6 * (4 + countBits[class][m])
	}
	from := make([][modes]mode, len(text)) // the mode of the byte before
	for i := range len(text) {
		next := [modes]int{never, never, never}
		for m := numeric; m < modes; m++ {
			if !m.holds(text[i]) {
				continue
			}
			for p := numeric; p < modes; p++ {
				c := cost[p] + sixths[m]
				if i > 0 && p != m {
					c = (cost[p]+5)/6*6 + 6*(4+countBits[class][m]) + sixths[m]
				}
				if i == 0 && p != m {
					continue
				}
				if c < next[m] {
					next[m], from[i][m] = c, p
				}
			}
		}
		cost = next
	}
	return join(text, from, cost)
}

// join walks the cheapest path back and merges bytes of one mode.
func join(text string, from [][modes]mode, cost [modes]int) []segment {
	m := bytewise
	for c := numeric; c < modes; c++ {
		if (cost[c]+5)/6 < (cost[m]+5)/6 {
			m = c
		}
	}
	var reversed []segment
	end := len(text)
	for i := len(text) - 1; i >= 0; i-- {
		before := from[i][m]
		if i == 0 || before != m {
			reversed = append(reversed, segment{m, text[i:end]})
			end = i
		}
		m = before
	}
	for i, j := 0, len(reversed)-1; i < j; i, j = i+1, j-1 {
		reversed[i], reversed[j] = reversed[j], reversed[i]
	}
	return reversed
}

// bitLength is what the segments take, or more than any version holds where a
// segment's length does not fit its count.
func bitLength(segments []segment, class int) int {
	total := 0
	for _, s := range segments {
		n := len(s.text)
		width := countBits[class][s.mode]
		if n >= 1<<width {
			return 1 << 30
		}
		total += 4 + width + (n*sixths[s.mode]+5)/6
	}
	return total
}

// bitWriter collects bits, most significant first.
type bitWriter struct {
	out  []byte
	bits int
}

func (w *bitWriter) put(v, width int) {
	for i := width - 1; i >= 0; i-- {
		if w.bits%8 == 0 {
			w.out = append(w.out, 0)
		}
		w.out[len(w.out)-1] |= byte(v>>i&1) << (7 - w.bits%8)
		w.bits++
	}
}

// codewords packs the segments and pads them to the capacity of the version.
func codewords(segments []segment, version int, level Level, class int) []byte {
	var w bitWriter
	for _, s := range segments {
		w.put(indicator[s.mode], 4)
		w.put(len(s.text), countBits[class][s.mode])
		s.pack(&w)
	}
	capacity := dataCodewords(version, level)
	w.put(0, min(4, 8*capacity-w.bits))
	out := w.out
	for pad := byte(0xEC); len(out) < capacity; pad ^= 0xEC ^ 0x11 {
		out = append(out, pad)
	}
	return out
}

func (s segment) pack(w *bitWriter) {
	t := s.text
	switch s.mode {
	case numeric:
		for ; len(t) > 0; t = t[min(3, len(t)):] {
			v, n := 0, min(3, len(t))
			for i := range n {
				v = 10*v + int(t[i]-'0')
			}
			w.put(v, 3*n+1)
		}
	case alphanumeric:
		for ; len(t) > 1; t = t[2:] {
			w.put(45*strings.IndexByte(alphabet, t[0])+strings.IndexByte(alphabet, t[1]), 11)
		}
		if len(t) == 1 {
			w.put(strings.IndexByte(alphabet, t[0]), 6)
		}
	default:
		for i := range len(t) {
			w.put(int(t[i]), 8)
		}
	}
}
