package intake

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// plain makes a text of one line: NFC, no control or format characters, single
// spaces.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, norm.NFC.String(s))
	return strings.Join(strings.Fields(s), " ")
}

// startsFormula reports a text that a spreadsheet would run as a formula
// (CWE-1236), in ASCII or full width.
func startsFormula(s string) bool {
	if s == "" {
		return false
	}
	first := []rune(s)[0]
	return strings.ContainsRune("=+-@\t\r\n\x00＝＋－＠", first)
}
