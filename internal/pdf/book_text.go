package pdf

import (
	"fmt"
	"strings"
	"unicode"
)

// drawable replaces what no font of the stack draws by its number.
func (b *Book) drawable(text string, stack Stack) string {
	var out strings.Builder
	for i, r := range text {
		_, _, err := find(b.fonts, stack, r)
		if err == nil && out.Len() == 0 {
			continue // most texts come through as they are
		}
		if out.Len() == 0 {
			out.WriteString(text[:i])
		}
		if err == nil {
			out.WriteRune(r)
		} else {
			fmt.Fprintf(&out, "[U+%04X]", r)
		}
	}
	if out.Len() == 0 {
		return text
	}
	return out.String()
}

// Width is how wide a line is, in millimetres.
func (b *Book) Width(text string, ink Ink) float64 {
	total, n := 0, 0
	for _, r := range b.drawable(text, ink.Stack) {
		total += b.advance(r, ink.Stack)
		n++
	}
	return (float64(total)*ink.Size/1000 + float64(max(0, n-1))*ink.Track) * 25.4 / 72
}

func (b *Book) advance(r rune, stack Stack) int {
	font, glyph, err := find(b.fonts, stack, r)
	if err != nil {
		return 0
	}
	face, err := b.fonts[font].Face()
	if err != nil {
		b.keep(err)
		return 0
	}
	return advance(face, glyph)
}

// Wrap breaks a text into lines of at most width millimetres: at spaces, after
// hyphens and middle dots, between Han characters (no line begins with a mark
// that closes; GB/T 15834 §5.1), and anywhere in a piece that is wider alone.
func (b *Book) Wrap(text string, ink Ink, width float64) (lines []string) {
	for part := range strings.SplitSeq(text, "\n") {
		lines = append(lines, b.wrapLine([]rune(b.drawable(part, ink.Stack)), ink, width)...)
	}
	return lines
}

func (b *Book) wrapLine(text []rune, ink Ink, width float64) (lines []string) {
	room := width * 72 / 25.4
	start, good, used := 0, 0, 0.0
	add := func(end int) {
		lines = append(lines, strings.TrimRight(string(text[start:end]), " "))
		for start = end; start < len(text) && text[start] == ' '; start++ {
		}
		good, used = start, 0
	}
	for i := 0; i < len(text); i++ {
		if i > start && mayBreak(text[i-1], text[i]) {
			good = i
		}
		used += float64(b.advance(text[i], ink.Stack))*ink.Size/1000 + ink.Track
		if used-ink.Track <= room+0.01 || text[i] == ' ' || i == start {
			continue
		}
		if good > start {
			add(good)
		} else {
			add(i)
		}
		i = start - 1
	}
	if start < len(text) || len(lines) == 0 {
		lines = append(lines, strings.TrimRight(string(text[start:]), " "))
	}
	return lines
}

const (
	closing = "，。、；：？！）》」』”’)]}·,.;:?!%"
	opening = "（《「『“‘([{"
)

// mayBreak reports whether a line may end between the two characters.
func mayBreak(a, b rune) bool {
	switch {
	case b == ' ' || a == '\u00a0' || b == '\u00a0' || strings.ContainsRune(closing, b) || strings.ContainsRune(opening, a):
		return false
	case a == ' ' || a == '-' || a == '·' || a == '–' || a == '/':
		return true
	}
	return wide(a) || wide(b)
}

func wide(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) || r >= 0x3000 && r < 0x3040 || r >= 0xFF00 && r < 0xFF61
}

// Fit sets a text in so many lines of at most width millimetres: at the ink's
// size, or the largest below it that is at least least. A text for which even
// that is too large gets more lines rather than being cut.
func (b *Book) Fit(text string, ink Ink, least, width float64, lines int) (Ink, []string) {
	const step = 0.25
	for ; ; ink.Size = max(least, ink.Size-step) {
		set := b.Wrap(text, ink, width)
		if len(set) <= lines && !b.torn(set, text) || ink.Size <= least {
			return ink, set
		}
	}
}

// torn reports whether a line was broken where no line may be: a smaller size
// may keep the word whole.
func (b *Book) torn(lines []string, text string) bool {
	rest := []rune(text)
	for i, line := range lines {
		n := len([]rune(line))
		if n > len(rest) {
			return false // written with numbers for what no font draws
		}
		if i < len(lines)-1 && n > 0 && n < len(rest) && rest[n] != ' ' && !mayBreak(rest[n-1], rest[n]) {
			return true
		}
		rest = rest[n:]
		for len(rest) > 0 && rest[0] == ' ' {
			rest = rest[1:]
		}
	}
	return false
}
