package picture

import "strings"

// han reports whether r is set like a Chinese character.
func han(r rune) bool {
	return r >= 0x2E80 && r <= 0x9FFF || r >= 0xF900 && r <= 0xFAFF || r >= 0xFF00 && r <= 0xFFEF || r >= 0x20000 && r <= 0x3FFFF
}

func hasHan(s string) bool { return strings.ContainsFunc(s, han) }

// Characters that may not begin, or not end, a line.
const (
	noBegin = "，。、；：？！）》」』〉】〕”’…—·,.;:?!)]}»%"
	noEnd   = "（《「『〈【〔“‘([{«№"
)

// rule says where a line may break: a name after a space, a dot or, at last, a
// hyphen; other texts as their language does.
type rule struct {
	name, hyphen, anywhere bool
}

// before reports whether a line may begin with next after last.
func (r rule) before(last, next rune) bool {
	switch {
	case r.anywhere || last == ' ':
		return true
	case next == ' ':
		return false
	case r.name:
		return last == '·' || last == '-' && r.hyphen
	case strings.ContainsRune(noBegin, next) || strings.ContainsRune(noEnd, last):
		return false
	}
	return strings.ContainsRune("-–—/", last) || han(last) || han(next)
}

// measured is a text with the width of each of its characters.
type measured struct {
	runes  []rune
	glyphs []glyph
}

func (t *typesetter) measure(text string, stack []string) (measured, error) {
	m := measured{runes: []rune(text)}
	for _, r := range m.runes {
		g, err := t.glyphOf(r, stack)
		if err != nil {
			return m, err
		}
		m.glyphs = append(m.glyphs, g)
	}
	return m, nil
}

// width of the characters from..to, in 1/256 pixel; track stands between two.
func (m measured) width(from, to, size, track int) int {
	w := 0
	for _, g := range m.glyphs[from:to] {
		w += g.advance(size)
	}
	return w + max(0, to-from-1)*track*one
}

// span is a line: characters from..to.
type span struct{ from, to int }

func (m measured) trim(from, to int) span {
	for to > from && m.runes[to-1] == ' ' {
		to--
	}
	return span{from, to}
}

// wrap breaks the text into lines of at most room pixels; nil if a piece that
// must not be broken is wider.
func (m measured) wrap(size, track, room int, r rule) []span {
	var lines []span
	start, good := 0, 0
	for i := 1; i <= len(m.runes); i++ {
		if i < len(m.runes) && !r.before(m.runes[i-1], m.runes[i]) {
			continue
		}
		piece := m.trim(start, i)
		if m.width(piece.from, piece.to, size, track) <= room*one {
			good = i
			continue
		}
		if good == start {
			return nil
		}
		lines = append(lines, m.trim(start, good))
		start = good
		i = start // what follows is measured anew
		good = start
	}
	if start < len(m.runes) {
		lines = append(lines, m.trim(start, len(m.runes)))
	}
	return lines
}

// balance narrows the room as far as the number of lines stays, so that lines
// in the middle of the page are about equal.
func (m measured) balance(lines []span, size, track, room int, r rule) []span {
	if len(lines) < 2 {
		return lines
	}
	low, high := room/len(lines)/2, room
	for high-low > 4 {
		middle := (low + high) / 2
		if l := m.wrap(size, track, middle, r); l != nil && len(l) <= len(lines) {
			high, lines = middle, l
		} else {
			low = middle
		}
	}
	return lines
}
