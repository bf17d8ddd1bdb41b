package registry

import (
	"fmt"
	"unicode"
)

// nameScript is a script as Unicode names it.
type nameScript string

// The scripts that certificates print; Common and Inherited belong to all.
const (
	han       nameScript = "Han"
	latin     nameScript = "Latin"
	cyrillic  nameScript = "Cyrillic"
	common    nameScript = "Common"
	inherited nameScript = "Inherited"
)

// RuneLabel names a character without printing it: "U+202E".
func RuneLabel(r rune) string { return fmt.Sprintf("U+%04X", r) }

// newHan are the extensions I (Unicode 15.1, made for names in Chinese
// identity documents) and J (17.0), which the tables of the Go library lack.
func newHan(r rune) bool {
	return r >= 0x2EBF0 && r <= 0x2EE5D || r >= 0x323B0 && r <= 0x33479
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) || newHan(r) }

// scriptOf returns the script of the character, "" for none.
func scriptOf(r rune) nameScript {
	switch {
	case isHan(r):
		return han
	case unicode.Is(unicode.Latin, r):
		return latin
	case unicode.Is(unicode.Cyrillic, r):
		return cyrillic
	case unicode.Is(unicode.Common, r):
		return common
	case unicode.Is(unicode.Inherited, r):
		return inherited
	}
	for name, table := range unicode.Scripts {
		if unicode.Is(table, r) {
			return nameScript(name)
		}
	}
	return ""
}

func isSpace(r rune) bool { return unicode.Is(unicode.Zs, r) }

// isDot reports the dots that are typed for the one between the parts of a
// name in Chinese (民委发〔2016〕33号 asks for U+00B7).
func isDot(r rune) bool {
	switch r {
	case '·', '•', '‧', '・', '･', '∙', '⋅', '●', '．', '.':
		return true
	}
	return false
}

func isExtra(r rune) bool {
	return r >= '0' && r <= '9' || r == '(' || r == ')' || r == '（' || r == '）'
}

// isJoiner reports the signs that stand inside or between the words of a name.
func isJoiner(r rune) bool {
	switch r {
	case ' ', '-', '\u2010', '\u2011', '\u2013', '\'', '\u2018', '\u2019', '\u02bb', '\u02bc', '`', '\u00b4', '.', ',', '·':
		return true
	}
	return false
}

// isNameLetter reports the letters of the supported scripts. The CJK radicals
// look like Han characters and are symbols.
func isNameLetter(r rune) bool {
	switch scriptOf(r) {
	case han:
		return !isRadical(r)
	case latin, cyrillic:
		return unicode.IsLetter(r)
	}
	return false
}

func isRadical(r rune) bool { return r >= 0x2E80 && r <= 0x2FDF }

// refusedRune returns the code of the fault that the i-th character of a name
// is, "" for a character that may stand there.
func refusedRune(runes []rune, i int, r rune) string {
	if isNameLetter(r) || isJoiner(r) || isExtra(r) || isAccent(runes, i) {
		return ""
	}
	switch {
	case isBidi(r):
		return "name.bidi"
	case r == unicode.ReplacementChar, r == '?' && nearHan(runes, i), r == '？' && nearHan(runes, i):
		return "name.lost"
	case unicode.Is(unicode.Co, r):
		return "name.private"
	case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r):
		return "name.control"
	case isRadical(r):
		return "name.radical"
	case scriptOf(r) == "":
		return "name.unassigned"
	case scriptOf(r) != common && scriptOf(r) != inherited && scriptOf(r) != han && unicode.IsOneOf([]*unicode.RangeTable{unicode.L, unicode.M, unicode.Nd}, r):
		return "name.script"
	case unicode.Is(unicode.So, r):
		return "name.emoji"
	}
	return "name.char"
}

// isBidi reports the characters that turn the direction of the text around
// them, so that what is read is not what is stored (UAX 9).
func isBidi(r rune) bool {
	return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 || r == 0x200E || r == 0x200F || r == 0x061C
}

// isAccent reports a combining mark on a Latin or Cyrillic letter; at most three
// stand on one.
func isAccent(runes []rune, i int) bool {
	const most = 3
	if !unicode.Is(unicode.Mn, runes[i]) || scriptOf(runes[i]) != inherited {
		return false
	}
	for back := 1; back <= most && i-back >= 0; back++ {
		r := runes[i-back]
		if unicode.Is(unicode.Mn, r) {
			continue
		}
		return unicode.IsLetter(r) && !isHan(r)
	}
	return false
}

// nearHan tells the "?" that a broken export left in place of a Han character.
func nearHan(runes []rune, i int) bool {
	return i > 0 && isHan(runes[i-1]) || i+1 < len(runes) && isHan(runes[i+1])
}
