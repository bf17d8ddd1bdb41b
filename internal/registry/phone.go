package registry

import (
	"strings"

	"golang.org/x/text/width"
)

// CheckPhone writes a telephone number in the form of E.164, "+8613957595320",
// where its country can be told: a leading + or 00, a mainland mobile number
// (11 digits from 13 to 19), a Russian or Kazakh one (11 digits from 7 or 8).
// Any other number keeps its digits alone. A text that cannot be a number gives
// "" and a warning: nobody is turned away for the telephone. "" has no fault.
func CheckPhone(s string) (string, []Fault) {
	s = strings.TrimSpace(width.Fold.String(s))
	if s == "" {
		return "", nil
	}
	plus, number := strings.HasPrefix(s, "+"), phoneDigits(s)
	if number == "" || strings.ContainsFunc(s, notInPhone) {
		return "", []Fault{{Code: "phone.chars", Args: []any{MaskPhone(s)}, Warn: true}}
	}
	if rest, ok := strings.CutPrefix(number, "00"); ok && !plus {
		plus, number = true, rest
	}
	switch n := len(number); {
	case n < 7:
		return "", []Fault{{Code: "phone.short", Args: []any{MaskPhone(s), n}, Warn: true}}
	case n > 15:
		return "", []Fault{{Code: "phone.long", Args: []any{MaskPhone(s), n}, Warn: true}}
	case plus:
		return "+" + number, nil
	case n == 11 && number[0] == '1' && number[1] >= '3':
		return "+86" + number, nil
	case n == 13 && strings.HasPrefix(number, "861"):
		return "+" + number, nil
	case n == 11 && (number[0] == '7' || number[0] == '8'):
		return "+7" + number[1:], nil
	}
	return number, nil
}

func phoneDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

func notInPhone(r rune) bool {
	return (r < '0' || r > '9') && !isSpace(r) && !strings.ContainsRune("+-()./\u2010\u2011\u2012\u2013\u2014\u2212", r)
}
