// Package canonical writes JSON in the one form of RFC 8785, so that equal values
// have equal bytes and can be hashed and signed. Every record that is stored or
// chained goes through it, so it does the common case (what encoding/json
// writes, with whole numbers) in one pass, and leaves the rest to a library.
package canonical

import (
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/gowebpki/jcs"
)

// JSON returns the canonical form of v (RFC 8785 §3.2): members sorted by the
// UTF-16 units of their names, no white space, the shortest escapes.
func JSON(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("write canonical JSON: %w", err)
	}
	w := writer{src: b, dst: make([]byte, 0, len(b))}
	if w.value() && w.at == len(w.src) {
		return w.dst, nil
	}
	if b, err = jcs.Transform(b); err != nil {
		return nil, fmt.Errorf("write canonical JSON: %w", err)
	}
	return b, nil
}

// writer rewrites compact JSON. Its methods report false where they meet what
// they leave to the library; nothing of dst counts then.
type writer struct {
	src, dst []byte
	at       int      // in src
	members  []member // of the objects that are open
	spare    []byte
}

// member is one member of an object, as it stands in dst.
type member struct{ from, name, to int } // the name ends at name, quotes included

func (w *writer) value() bool {
	if w.at >= len(w.src) {
		return false
	}
	switch c := w.src[w.at]; c {
	case '{':
		return w.object()
	case '[':
		return w.array()
	case '"':
		return w.text()
	case 't':
		return w.word("true")
	case 'f':
		return w.word("false")
	case 'n':
		return w.word("null")
	}
	return w.number()
}

func (w *writer) word(s string) bool {
	if len(w.src)-w.at < len(s) || string(w.src[w.at:w.at+len(s)]) != s {
		return false
	}
	w.dst, w.at = append(w.dst, s...), w.at+len(s)
	return true
}

// exact is how many digits a whole number may have that a double holds whatever
// they are; of those with one digit more, it does up to largest.
const (
	exact   = 15
	largest = "9007199254740992" // 2^53
)

// number copies a whole number that a double holds exactly.
func (w *writer) number() bool {
	from := w.at
	if w.src[w.at] == '-' {
		w.at++
	}
	digits := w.at
	for w.at < len(w.src) && w.src[w.at] >= '0' && w.src[w.at] <= '9' {
		w.at++
	}
	n := w.at - digits
	if n == 0 || n > len(largest) || n > exact && string(w.src[digits:w.at]) > largest || w.src[digits] == '0' && (n > 1 || digits > from) {
		return false
	}
	if w.at < len(w.src) && (w.src[w.at] == '.' || w.src[w.at] == 'e' || w.src[w.at] == 'E') {
		return false
	}
	w.dst = append(w.dst, w.src[from:w.at]...)
	return true
}

// next takes one byte of punctuation.
func (w *writer) next(c byte) bool {
	if w.at >= len(w.src) || w.src[w.at] != c {
		return false
	}
	w.dst, w.at = append(w.dst, c), w.at+1
	return true
}

func (w *writer) array() bool {
	w.next('[')
	if w.next(']') {
		return true
	}
	for w.value() {
		if w.next(']') {
			return true
		}
		if !w.next(',') {
			return false
		}
	}
	return false
}

func (w *writer) object() bool {
	w.next('{')
	if w.next('}') {
		return true
	}
	first, start := len(w.members), len(w.dst)
	for {
		m := member{from: len(w.dst)}
		if w.at >= len(w.src) || w.src[w.at] != '"' || !w.text() {
			return false
		}
		m.name = len(w.dst)
		if !w.next(':') || !w.value() {
			return false
		}
		m.to = len(w.dst)
		w.members = append(w.members, m)
		if w.next('}') {
			break
		}
		if !w.next(',') {
			return false
		}
	}
	w.sort(w.members[first:], start)
	w.members = w.members[:first]
	return true
}

// sort puts the members of the object, whose first begins at start, into order.
func (w *writer) sort(list []member, start int) {
	order := func(a, b member) int { return compare(w.dst[a.from:a.name], w.dst[b.from:b.name]) }
	if slices.IsSortedFunc(list, order) {
		return
	}
	w.spare = append(w.spare[:0], w.dst[start:]...)
	slices.SortFunc(list, order)
	w.dst = w.dst[:start]
	for i, m := range list {
		if i > 0 {
			w.dst = append(w.dst, ',')
		}
		w.dst = append(w.dst, w.spare[m.from-start:m.to-start]...)
	}
	w.dst = append(w.dst, '}')
}

// compare orders two names, in quotes, by their UTF-16 units.
func compare(a, b []byte) int {
	a, b = a[1:len(a)-1], b[1:len(b)-1]
	for i := range min(len(a), len(b)) {
		switch {
		case a[i] >= utf8.RuneSelf && a[i] != b[i], b[i] >= utf8.RuneSelf && a[i] != b[i], a[i] == '\\', b[i] == '\\':
			return slices.Compare(units(a), units(b))
		case a[i] != b[i]:
			return int(a[i]) - int(b[i])
		}
	}
	return len(a) - len(b)
}

// units are the UTF-16 units of a name without its quotes.
func units(name []byte) []uint16 {
	var s string
	if json.Unmarshal(append(append([]byte{'"'}, name...), '"'), &s) != nil {
		s = string(name)
	}
	return utf16.Encode([]rune(s))
}

// text copies a string, with the escapes that the canonical form has.
func (w *writer) text() bool {
	w.dst, w.at = append(w.dst, '"'), w.at+1
	from := w.at
	for w.at < len(w.src) {
		switch c := w.src[w.at]; {
		case c == '"':
			w.dst = append(w.dst, w.src[from:w.at+1]...)
			w.at++
			return true
		case c == '\\':
			w.dst = append(w.dst, w.src[from:w.at]...)
			if !w.escape() {
				return false
			}
			from = w.at
		default:
			w.at++
		}
	}
	return false
}

const hexDigits = "0123456789abcdef"

// escape rewrites one escape sequence: only quote, backslash and control
// characters keep one (RFC 8785 §3.2.2.2).
func (w *writer) escape() bool {
	if w.at+1 >= len(w.src) {
		return false
	}
	c := w.src[w.at+1]
	if c != 'u' {
		if c == '/' {
			w.dst = append(w.dst, '/')
		} else {
			w.dst = append(w.dst, '\\', c)
		}
		w.at += 2
		return true
	}
	if w.at+6 > len(w.src) {
		return false
	}
	var r rune
	for _, h := range w.src[w.at+2 : w.at+6] {
		switch {
		case h >= '0' && h <= '9':
			r = r<<4 | rune(h-'0')
		case h >= 'a' && h <= 'f':
			r = r<<4 | rune(h-'a'+10)
		default:
			return false
		}
	}
	w.at += 6
	switch {
	case utf16.IsSurrogate(r), r == '"', r == '\\', r == '\b', r == '\f', r == '\n', r == '\r', r == '\t':
		return false // encoding/json writes these in another way
	case r < 0x20:
		w.dst = append(w.dst, '\\', 'u', '0', '0', hexDigits[r>>4], hexDigits[r&15])
	default:
		w.dst = utf8.AppendRune(w.dst, r)
	}
	return true
}
