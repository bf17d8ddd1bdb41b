package registry

import (
	"strings"
	"unicode/utf8"
)

// MaskName hides a name from those who need not know it: "张*", "И***".
func MaskName(s string) string {
	r, n := utf8.DecodeRuneInString(strings.TrimSpace(s))
	switch {
	case n == 0:
		return ""
	case isHan(r):
		return string(r) + "*"
	}
	return string(r) + "***"
}

// MaskPhone hides the middle of a telephone number: "138****1234",
// "+7991****012"; of a short one it leaves the last two digits.
func MaskPhone(s string) string {
	s = strings.TrimPrefix(s, "+86")
	r := []rune(s)
	if len(r) < 9 {
		return maskTail(r, min(2, len(r)/2))
	}
	head, tail := 3, 4
	if r[0] == '+' {
		head++
	}
	if len(r) < head+tail+4 {
		tail = len(r) - head - 4
	}
	return string(r[:head]) + "****" + string(r[len(r)-max(tail, 0):])
}

// MaskID hides all of a personal id but the last four characters; of one shorter
// than eight all but the last quarter.
func MaskID(s string) string {
	r := []rune(s)
	if len(r) < 8 {
		return maskTail(r, len(r)/4)
	}
	return maskTail(r, 4)
}

func maskTail(r []rune, open int) string {
	return strings.Repeat("*", len(r)-open) + string(r[len(r)-open:])
}
