package i18n

import (
	"strings"
	"unicode"
)

// full maps the punctuation of a keyboard to the full-width marks that Chinese
// is set in.
var full = map[rune]rune{',': '\uff0c', ';': '\uff1b', ':': '\uff1a', '?': '\uff1f', '!': '\uff01'}

// typeset gives a Chinese text its full-width punctuation: a mark that follows a
// Chinese character (or what ends a quotation or a placeholder before one), and
// brackets that touch one. "16:00", "a,b" and addresses stay as they are.
func typeset(s string) string {
	r := []rune(s)
	for i, c := range r {
		if mark, ok := full[c]; ok && chinese(r, i-1, i+1) {
			r[i] = mark
		}
		if c == '(' && (han(r, i-1) || han(r, i+1)) {
			if end := closing(r, i); end > 0 {
				r[i], r[end] = '\uff08', '\uff09'
			}
		}
	}
	// A full-width mark brings its own space.
	return spaceAfter.Replace(string(r))
}

var spaceAfter = strings.NewReplacer("\uff0c ", "\uff0c", "\uff1b ", "\uff1b", "\uff1a ", "\uff1a")

// chinese tells whether a mark between the two places belongs to Chinese text.
func chinese(r []rune, before, after int) bool {
	if han(r, before) {
		return true
	}
	if before < 0 || !strings.ContainsRune("}”》」)）", r[before]) {
		return false
	}
	return after >= len(r) || han(r, after) || strings.ContainsRune("“《「{ ", r[after])
}

func han(r []rune, i int) bool { return i >= 0 && i < len(r) && unicode.Is(unicode.Han, r[i]) }

// closing finds the bracket that closes the one at i, 0 for none.
func closing(r []rune, i int) int {
	depth := 0
	for j := i; j < len(r); j++ {
		switch r[j] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return j
			}
		}
	}
	return 0
}
