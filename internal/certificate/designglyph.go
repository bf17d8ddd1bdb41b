package certificate

import (
	"fmt"
	"maps"
	"slices"
	"unicode"

	"github.com/passmuster/passmuster/internal/pdf"
	"github.com/passmuster/passmuster/internal/registry"
)

// unprintable finds the characters in a design's own words that no font draws:
// one fault for each, with the place of the text.
func (p *Press) unprintable(d *Design) []registry.Fault {
	var faults []registry.Fault
	look := func(path, text string) {
		var seen []rune
		for _, r := range text {
			known := printable(r) || unicode.Is(unicode.Zs, r)
			if slices.Contains(seen, r) || known && len(pdf.Missing(p.fonts, everyFont, string(r))) == 0 {
				continue
			}
			seen = append(seen, r)
			faults = append(faults, registry.Fault{Field: path, Code: "design.glyph", Args: []any{visible(r), fmt.Sprintf("U+%04X", r)}})
		}
	}
	for i, e := range d.file.Elements {
		for n, t := range e.Texts {
			at := fmt.Sprintf("elements[%d].texts[%d]", i, n)
			for _, lang := range slices.Sorted(maps.Keys(t.Words)) {
				look(at+".words."+lang, t.Words[lang])
			}
			look(at+".pattern", t.Pattern)
			look(at+".join", t.Join)
		}
		for n, row := range e.Rows {
			for k, f := range row {
				look(fmt.Sprintf("elements[%d].rows[%d][%d].code", i, n, k), f.Code)
			}
		}
	}
	return faults
}

// visible is a character as it can be shown to a reader; control characters have
// pictures of their own (Unicode, U+2400).
func visible(r rune) string {
	switch {
	case unicode.IsGraphic(r):
		return string(r)
	case r < ' ':
		return string('␀' + r)
	}
	return "�"
}
