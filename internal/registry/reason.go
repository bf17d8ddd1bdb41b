package registry

import "unicode"

// ReasonLetters is how much a reason has to say at least, in letters and digits;
// a Han character counts as two.
const ReasonLetters = 10

// Substantial reports whether a text says why at all: long enough, and not one
// letter over and over.
func Substantial(reason string) bool {
	weight, seen := 0, map[rune]bool{}
	for _, r := range reason {
		switch {
		case isHan(r):
			weight += 2
		case unicode.IsLetter(r), unicode.IsDigit(r):
			weight++
		default:
			continue
		}
		seen[unicode.ToLower(r)] = true
	}
	return weight >= ReasonLetters && len(seen) >= 4
}
