package rules

import (
	"cmp"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// fontRules are those of fonts, in both standards' words (PDF/UA-1 repeats them
// under 7.21).
var fontRules = []Rule{
	{pdfa + "6.2.11.2", "fonts are whole: type, names, descriptor, a readable program (ISO 14289-1, 7.21.3)", fontForm},
	{pdfa + "6.2.11.3.1", "the CIDFont's system goes with the encoding (ISO 14289-1, 7.21.3.1)", cidSystem},
	{pdfa + "6.2.11.3.2", "a CIDFont says how CIDs lead to glyphs (ISO 14289-1, 7.21.3.2)", cidToGlyph},
	{pdfa + "6.2.11.4.1", "fonts are embedded and have every glyph that is drawn (ISO 14289-1, 7.21.4.1)", embedded},
	{pdfa + "6.2.11.4.2", "a CIDSet, where there is one, names every CID (ISO 14289-1, 7.21.4.2)", cidSet},
	{pdfa + "6.2.11.5", "widths in the file are those of the font program (ISO 14289-1, 7.21.5)", widths},
	{pdfa + "6.2.11.7.2", "every code that is shown leads to Unicode, and not to U+0000, U+FEFF or U+FFFE (ISO 14289-1, 7.21.7)", toUnicode},
	{pdfa + "6.2.11.7.3", "no character is in the Private Use Area without ActualText", privateUse},
	{pdfa + "6.2.11.8", "no text shows .notdef, under its own number or another (ISO 14289-1, 7.21.8)", notdef},
	{pdfISO + "9.6.4", "subsets are named with six capitals, each with letters of its own", subsetNames},
}

// eachFont calls visit with the file's fonts in order.
func (d *document) eachFont(visit func(where string, t *font)) {
	for _, n := range slices.Sorted(maps.Keys(d.fonts)) {
		visit(objectName(n), d.fonts[n])
	}
}

// eachCode calls visit with every code that texts show, once for each font.
func (d *document) eachCode(visit func(where string, t *font, code int)) {
	used := map[*font]map[int]bool{}
	for _, p := range d.pages {
		for _, s := range p.texts {
			if used[s.font] == nil {
				used[s.font] = map[int]bool{}
			}
			for _, c := range s.code {
				used[s.font][c] = true
			}
		}
	}
	d.eachFont(func(where string, t *font) {
		for _, c := range slices.Sorted(maps.Keys(used[t])) {
			visit(where, t, c)
		}
	})
}

func fontForm(d *document, report reporter) {
	d.eachFont(func(where string, t *font) {
		if !t.composite {
			report(where, "the font is not a composite one of TrueType with Identity-H, which is all that is read here")
			return
		}
		base := d.name(t.dict["BaseFont"])
		if base == "" || base != d.name(t.descendant["BaseFont"]) || base != d.name(t.descriptor["FontName"]) {
			report(where, "the font's names differ: %q, %q, %q", base, d.name(t.descendant["BaseFont"]), d.name(t.descriptor["FontName"]))
		}
		for _, key := range []name{"Flags", "ItalicAngle", "Ascent", "Descent", "CapHeight", "StemV"} {
			if _, ok := d.number(t.descriptor[key]); !ok {
				report(where, "the descriptor has no %s", key)
			}
		}
		if w, h, ok := d.size(d.array(t.descriptor["FontBBox"])); !ok || w == 0 || h == 0 {
			report(where, "the descriptor's FontBBox is empty")
		}
		if flags := d.int(t.descriptor["Flags"]); flags >= 0 && (flags&4 != 0) == (flags&32 != 0) {
			report(where, "the font is not either symbolic or not: flags %d", flags)
		}
		if o := d.stream(t.descriptor["FontFile2"]); o != nil && o.err == nil && d.int(d.dict(o.value)["Length1"]) != len(o.decoded) {
			report(where, "Length1 is %d, but the program has %d bytes", d.int(d.dict(o.value)["Length1"]), len(o.decoded))
		}
	})
}

func cidSystem(d *document, report reporter) {
	d.eachFont(func(where string, t *font) {
		if !t.composite {
			return
		}
		s := d.dict(t.descendant["CIDSystemInfo"])
		if d.text(s["Registry"]) != "Adobe" || d.text(s["Ordering"]) != "Identity" || d.int(s["Supplement"]) != 0 {
			report(where, "CIDSystemInfo is %s-%s-%d, and the CIDs are glyphs", d.text(s["Registry"]), d.text(s["Ordering"]), d.int(s["Supplement"]))
		}
	})
}

func cidToGlyph(d *document, report reporter) {
	d.eachFont(func(where string, t *font) {
		if t.composite && t.gids == nil && d.name(t.descendant["CIDToGIDMap"]) != "Identity" {
			report(where, "CIDToGIDMap is missing")
		}
	})
}

func embedded(d *document, report reporter) {
	d.eachFont(func(where string, t *font) {
		if t.program == nil {
			report(where, "the font %s is not embedded: %v", d.name(t.dict["BaseFont"]), t.fileErr)
		}
	})
	d.eachCode(func(where string, t *font, code int) {
		if t.program == nil {
			return
		}
		outline, ok := t.program.outline(t.glyph(code))
		if !ok {
			report(where, "code %04X is drawn, and the font has no glyph %d", code, t.glyph(code))
			return
		}
		if text := strings.TrimFunc(t.unicode(code), unicode.IsSpace); len(outline) == 0 && text != "" {
			report(where, "code %04X stands for %q and its glyph is blank", code, text)
		}
	})
}

func cidSet(d *document, report reporter) {
	d.eachFont(func(where string, t *font) {
		o := d.stream(t.descriptor["CIDSet"])
		if o == nil || t.program == nil {
			return
		}
		for cid := range t.program.glyphs {
			if cid/8 >= len(o.decoded) || o.decoded[cid/8]&(0x80>>(cid%8)) == 0 {
				report(where, "CIDSet lacks %d", cid)
				return
			}
		}
	})
}

func widths(d *document, report reporter) {
	d.eachCode(func(where string, t *font, code int) {
		if t.program == nil {
			return
		}
		if g := t.glyph(code); g >= 0 && g < t.program.glyphs {
			if a, b := t.width(code), t.program.advance(g); math.Abs(a-b) > 1 {
				report(where, "code %04X is %g wide in the file and %g in the font program", code, a, b)
			}
		}
	})
}

func toUnicode(d *document, report reporter) {
	d.eachFont(func(where string, t *font) {
		if t.toUnicode == nil || t.mapErr != nil {
			report(where, "ToUnicode is missing or broken: %v", t.mapErr)
			return
		}
		for _, code := range slices.Sorted(maps.Keys(t.toUnicode)) {
			if strings.ContainsAny(t.unicode(code), "\x00\uFEFF\uFFFE\uFFFD") {
				report(where, "code %04X leads to %+q", code, t.unicode(code))
			}
		}
	})
	d.eachCode(func(where string, t *font, code int) {
		switch {
		case t.toUnicode == nil:
		case t.unicode(code) == "":
			report(where, "code %04X leads to no text", code)
		case !slices.ContainsFunc(t.spaces, func(s [2]int) bool { return s[0] <= code && code <= s[1] }):
			report(where, "code %04X is outside of the map's code space", code)
		}
	})
}

func privateUse(d *document, report reporter) {
	for _, p := range d.pages {
		for _, s := range p.texts {
			for _, c := range s.code {
				if strings.ContainsFunc(s.font.unicode(c), func(r rune) bool { return unicode.Is(unicode.Co, r) }) && !d.actual(s.mark) {
					report(p.name(), "the text has %+q and no ActualText", s.font.unicode(c))
				}
			}
		}
	}
}

// actual reports whether a mark or its element says what the text is.
func (d *document) actual(m *mark) bool {
	for ; m != nil; m = m.within {
		if m.props["ActualText"] != nil {
			return true
		}
	}
	return false
}

func notdef(d *document, report reporter) {
	d.eachCode(func(where string, t *font, code int) {
		if t.program != nil && t.program.isNotdef(t.glyph(code)) {
			report(where, "code %04X (%q) draws .notdef", code, t.unicode(code))
		}
	})
}

var subsetForm = regexp.MustCompile(`^[A-Z]{6}\+.`)

func subsetNames(d *document, report reporter) {
	tags := map[string]int{}
	list := slices.SortedFunc(maps.Values(d.fonts), func(a, b *font) int { return cmp.Compare(a.number, b.number) })
	for _, t := range list {
		n := string(d.name(t.dict["BaseFont"]))
		if !subsetForm.MatchString(n) {
			report(objectName(t.number), "%q does not say that it is a subset", n)
			continue
		}
		if other, twice := tags[n[:6]]; twice {
			report(objectName(t.number), "the subset has the letters of object %d", other)
		}
		tags[n[:6]] = t.number
	}
}
