package registry

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Longest name that a certificate has room for.
const (
	NameRunes = 100
	NameBytes = 200
)

// CleanName makes a person's name fit to print, sign and store, without
// changing what the person is called: NFC, no invisible characters, single
// spaces, none between Han characters, and U+00B7 as the dot between them. It
// never changes case and never applies NFKC.
//
// Each fault has a code "name.…" and no Field. A fault that is not Warn refuses
// the name, and the name returned is then empty: in no letter of a supported
// script, too long, or with a character that could mislead or cannot be printed
// (UTS 39; a certificate never shows a box or "?" in place of a letter).
func CleanName(s string) (name string, faults []Fault) {
	s, seen := tidyName(s)
	if s == "" {
		return "", []Fault{{Code: "name.empty"}}
	}
	if faults = refuseRunes(s); len(faults) > 0 {
		return "", faults
	}
	if f, ok := refuseWhole(s); ok {
		return "", []Fault{f}
	}
	return s, append(seen, doubts(s)...)
}

// tidyName removes what a name never needs and says which kinds it found.
func tidyName(s string) (string, []Fault) {
	var faults []Fault
	tidy := func(f func(string) string, code string) {
		t := f(s)
		known := slices.ContainsFunc(faults, func(f Fault) bool { return f.Code == code })
		if t != s && !known {
			faults = append(faults, Fault{Code: code, Warn: true})
		}
		s = t
	}
	s = strings.TrimSpace(s)
	tidy(dropInvisible, "name.invisible")
	s = norm.NFC.String(s) // after it: what stood apart may now compose
	tidy(foldSpaces, "name.spaces")
	tidy(middleDots, "name.dot")
	tidy(closeHan, "name.spaces")
	return s, faults
}

// dropInvisible removes zero-width characters, soft hyphens and variation
// selectors. U+FEFF stays, to be refused: it is the mark of a broken export.
func dropInvisible(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 0x200B && r <= 0x200D, r == 0x2060, r == 0x00AD, r == 0x180E,
			r >= 0xFE00 && r <= 0xFE0F, r >= 0xE0100 && r <= 0xE01EF:
			return -1
		}
		return r
	}, s)
}

// foldSpaces makes every run of spaces one U+0020.
func foldSpaces(s string) string {
	var b strings.Builder
	pending := false
	for _, r := range s {
		if isSpace(r) {
			pending = true
			continue
		}
		if pending && b.Len() > 0 {
			b.WriteByte(' ')
		}
		pending = false
		b.WriteRune(r)
	}
	return b.String()
}

// middleDots writes U+00B7 for each variant of the dot that stands between Han
// characters, and drops the spaces around it.
func middleDots(s string) string {
	runes := []rune(s)
	var out []rune
	for i := 0; i < len(runes); i++ {
		j := i
		for j < len(runes) && (runes[j] == ' ' || isDot(runes[j])) {
			j++
		}
		between := i > 0 && j < len(runes) && isHan(runes[i-1]) && isHan(runes[j])
		if between && strings.ContainsFunc(string(runes[i:j]), isDot) {
			out = append(out, '·')
			i = j - 1
			continue
		}
		out = append(out, runes[i])
	}
	return string(out)
}

// closeHan drops a space between two Han characters: lists pad short names with
// it, the identity document does not.
func closeHan(s string) string {
	runes := []rune(s)
	out := runes[:0:0]
	for i, r := range runes {
		if r == ' ' && i > 0 && i+1 < len(runes) && isHan(runes[i-1]) && isHan(runes[i+1]) {
			continue
		}
		out = append(out, r)
	}
	return string(out)
}

// refuseRunes returns one fault for each kind of character that no name may
// have, naming the characters.
func refuseRunes(s string) (faults []Fault) {
	found := map[string][]string{}
	var order []string
	runes := []rune(s)
	for i, r := range runes {
		code := refusedRune(runes, i, r)
		if code == "" {
			continue
		}
		if _, ok := found[code]; !ok {
			order = append(order, code)
		}
		if label := RuneLabel(r); !slices.Contains(found[code], label) {
			found[code] = append(found[code], label)
		}
	}
	for _, code := range order {
		faults = append(faults, Fault{Code: code, Args: []any{strings.Join(found[code], ", ")}})
	}
	return faults
}

// refuseWhole refuses a name for its length, or because nothing in it is a letter.
func refuseWhole(s string) (Fault, bool) {
	switch n := utf8.RuneCountInString(s); {
	case n > NameRunes:
		return Fault{Code: "name.long", Args: []any{n, NameRunes}}, true
	case len(s) > NameBytes:
		return Fault{Code: "name.bytes", Args: []any{len(s), NameBytes}}, true
	case !strings.ContainsFunc(s, isNameLetter):
		return Fault{Code: "name.letters"}, true
	}
	return Fault{}, false
}

// RequireName is CleanName for one name on its own: what is wrong with it is the
// refusal, about the input field.
func RequireName(field, s string) (string, error) {
	name, faults := CleanName(s)
	for _, f := range faults {
		if !f.Warn {
			return "", &Error{Kind: Invalid, Code: f.Code, Field: field, Args: f.Args}
		}
	}
	return name, nil
}
