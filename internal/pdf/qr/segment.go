package qr

import (
	"slices"
	"strings"
)

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

// heads is what the beginning of a segment costs, in sixths of a bit.
var heads = func() (h [3][modes]int) {
	for class := range h {
		for m := range h[class] {
			h[class][m] = 6 * (4 + countBits[class][m])
		}
	}
	return h
}()

type segment struct {
	mode mode
	text string
}

// places is each byte's number in the alphabet, -1 outside of it.
var places = func() (p [256]int8) {
	for b := range p {
		p[b] = int8(strings.IndexByte(alphabet, byte(b)))
	}
	return p
}()

func (m mode) holds(b byte) bool {
	switch m {
	case numeric:
		return b-'0' < 10
	case alphanumeric:
		return places[b] >= 0
	}
	return true
}

// longRun is a number of digits at the end of a text that are worth a numeric
// segment whatever stands before them: its head takes 18 bits at most, and each
// digit saves two or more.
const longRun = 32

// split appends the cheapest segments of a text. The digits at the end of a
// long text, which a record is, need no thought.
func split(out []segment, text string, class int) []segment {
	head := text
	for head != "" && numeric.holds(head[len(head)-1]) {
		head = head[:len(head)-1]
	}
	if len(text)-len(head) < longRun {
		return cheapest(out, text, class)
	}
	return append(cheapest(out, head, class), segment{numeric, text[len(head):]})
}

// most is the longest text whose path needs no memory of its own.
const most = 96

// cheapest finds segments by dynamic programming over the bytes: for each place
// and mode the least cost of arriving there in that mode. A segment ends on a
// whole bit, hence the rounding before each new head.
func cheapest(out []segment, text string, class int) []segment {
	if text == "" {
		return out
	}
	const never = 1 << 60
	cost := heads[class]
	var near [most][modes]mode
	from := near[:] // the mode of the byte before
	if len(text) > most {
		from = make([][modes]mode, len(text))
	}
	for i := range len(text) {
		next := [modes]int{never, never, never}
		var whole [modes]int // a segment that ends here
		for p, c := range cost {
			whole[p] = (c + 5) / 6 * 6
		}
		for m := numeric; m < modes; m++ {
			if !m.holds(text[i]) {
				continue
			}
			for p := numeric; p < modes; p++ {
				c := cost[p]
				if p != m {
					if i == 0 {
						continue
					}
					c = whole[p] + heads[class][m]
				}
				if c += sixths[m]; c < next[m] {
					next[m], from[i][m] = c, p
				}
			}
		}
		cost = next
	}
	return join(out, text, from, cost)
}

// join walks the cheapest path back and merges bytes of one mode.
func join(out []segment, text string, from [][modes]mode, cost [modes]int) []segment {
	m := bytewise
	for c := numeric; c < modes; c++ {
		if (cost[c]+5)/6 < (cost[m]+5)/6 {
			m = c
		}
	}
	first, end := len(out), len(text)
	for i := len(text) - 1; i >= 0; i-- {
		before := from[i][m]
		if i == 0 || before != m {
			out = append(out, segment{m, text[i:end]})
			end = i
		}
		m = before
	}
	slices.Reverse(out[first:])
	return out
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
	out     []byte
	pending uint64 // the lowest n bits are not yet in out
	n       int
	bits    int
}

// put writes at most 32 bits.
func (w *bitWriter) put(v, width int) {
	w.pending = w.pending<<width | uint64(v)
	w.bits += width
	for w.n += width; w.n >= 8; w.n -= 8 {
		w.out = append(w.out, byte(w.pending>>(w.n-8)))
	}
}

// codewords packs the segments and pads them to the capacity of the version.
func codewords(out []byte, segments []segment, version int, level Level, class int) []byte {
	w := bitWriter{out: out}
	for _, s := range segments {
		w.put(indicator[s.mode], 4)
		w.put(len(s.text), countBits[class][s.mode])
		s.pack(&w)
	}
	capacity := dataCodewords(version, level)
	w.put(0, min(4, 8*capacity-w.bits))
	w.put(0, (8-w.n)%8)
	for pad := byte(0xEC); len(w.out) < capacity; pad ^= 0xEC ^ 0x11 {
		w.out = append(w.out, pad)
	}
	return w.out
}

func (s segment) pack(w *bitWriter) {
	t := s.text
	switch s.mode {
	case numeric:
		for ; len(t) >= 3; t = t[3:] {
			w.put(100*int(t[0]-'0')+10*int(t[1]-'0')+int(t[2]-'0'), 10)
		}
		switch len(t) {
		case 2:
			w.put(10*int(t[0]-'0')+int(t[1]-'0'), 7)
		case 1:
			w.put(int(t[0]-'0'), 4)
		}
	case alphanumeric:
		for ; len(t) > 1; t = t[2:] {
			w.put(45*int(places[t[0]])+int(places[t[1]]), 11)
		}
		if len(t) == 1 {
			w.put(int(places[t[0]]), 6)
		}
	default:
		for i := range len(t) {
			w.put(int(t[i]), 8)
		}
	}
}
