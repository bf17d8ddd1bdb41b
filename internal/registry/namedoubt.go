package registry

import (
	"strings"
	"unicode"
)

// doubts are the warnings about a name that may stand as it is: a person who
// knows better looks at them.
func doubts(s string) (faults []Fault) {
	for _, word := range strings.FieldsFunc(s, isWordBreak) {
		if odd := oddScript(word); odd != "" {
			faults = append(faults, Fault{Code: "name.mixed", Args: []any{word, odd}, Warn: true})
		}
	}
	if extra := extras(s); extra != "" {
		faults = append(faults, Fault{Code: "name.extra", Args: []any{extra}, Warn: true})
	}
	switch upper, lower := countCase(s); {
	case upper > 2 && lower == 0:
		faults = append(faults, Fault{Code: "name.caps", Warn: true})
	case lower > 2 && upper == 0:
		faults = append(faults, Fault{Code: "name.lower", Warn: true})
	}
	if mixesHan(s) {
		faults = append(faults, Fault{Code: "name.variants", Warn: true})
	}
	return faults
}

func isWordBreak(r rune) bool {
	return r == ' ' || r == '·' || r == '.' || r == ',' || r == '(' || r == ')' || unicode.Is(unicode.Pd, r)
}

// oddScript names the letters of the rarer script in a word that mixes two, ""
// for a word of one script: "U+0061" for a Latin a in Ивaнов.
func oddScript(word string) string {
	letters := map[nameScript][]string{}
	for _, r := range word {
		if sc := scriptOf(r); sc == han || sc == latin || sc == cyrillic {
			letters[sc] = append(letters[sc], RuneLabel(r))
		}
	}
	if len(letters) < 2 {
		return ""
	}
	rare := nameScript("")
	for _, sc := range []nameScript{latin, cyrillic, han} {
		if n := len(letters[sc]); n > 0 && (rare == "" || n < len(letters[rare])) {
			rare = sc
		}
	}
	return strings.Join(letters[rare], ", ")
}

// extras are the digits and brackets of a name: lists add them to tell two
// people apart, a certificate should not print them.
func extras(s string) string {
	var b strings.Builder
	for _, r := range s {
		if isExtra(r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// countCase counts the Latin and Cyrillic letters that are capital and small.
func countCase(s string) (upper, lower int) {
	for _, r := range s {
		switch {
		case unicode.IsUpper(r):
			upper++
		case unicode.IsLower(r):
			lower++
		}
	}
	return upper, lower
}
