package rules

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// structureRules are those of the tags, in both standards.
var structureRules = []Rule{
	{pdfa + "6.7.2.2", "MarkInfo says that the document is marked (ISO 14289-1, 6.2)", marked},
	{pdfa + "6.7.3.3", "a structure tree describes the document (ISO 14289-1, 7.1)", rooted},
	{pdfa + "6.7.3.4", "structure types are standard or mapped to standard ones, without circles (ISO 14289-1, 7.1)", types},
	{pdfa + "6.7.4", "languages are declared by well-formed tags (ISO 14289-1, 7.2)", languages},
	{pdfISO + "14.7.2", "each element names its parent, and stands in the tree once", parents},
	{pdfISO + "14.7.4.4", "content and tree agree: each MCID is used once, owned by one element, and found through the parent tree", parentTree},
	{pdfISO + "14.8.2.3", "the order of the tree is the order of the marks of each page", readingOrder},
	{pdfISO + "14.8.2.5", "words that stand on two lines are told apart by a space in the text", wordBreaks},
	{pdfISO + "14.8.5.4.3", "a figure, formula or table says what room it takes (BBox)", boxes},
}

var standardTypes = func() map[name]bool {
	all := map[name]bool{}
	for _, t := range []name{"Document", "Part", "Art", "Sect", "Div", "BlockQuote", "Caption", "TOC", "TOCI", "Index", "NonStruct", "Private",
		"P", "H", "H1", "H2", "H3", "H4", "H5", "H6", "L", "LI", "Lbl", "LBody", "Table", "TR", "TH", "TD", "THead", "TBody", "TFoot",
		"Span", "Quote", "Note", "Reference", "BibEntry", "Code", "Link", "Annot", "Ruby", "RB", "RT", "RP", "Warichu", "WT", "WP",
		"Figure", "Formula", "Form"} {
		all[t] = true
	}
	return all
}()

func marked(d *document, report reporter) {
	if d.dict(d.catalog["MarkInfo"])["Marked"] != true {
		report("catalog", "MarkInfo does not say Marked")
	}
}

func rooted(d *document, report reporter) {
	if d.tree == nil || len(d.tree.top) == 0 {
		report("catalog", "there is no structure tree")
		return
	}
	if d.name(d.tree.root["Type"]) != "StructTreeRoot" {
		report("structure", "the root is no StructTreeRoot")
	}
	if len(d.tree.top) != 1 || d.tree.top[0].role != "Document" {
		report("structure", "the tree does not begin with one Document")
	}
}

// elements calls visit with each element in reading order.
func (d *document) elements(visit func(e *element)) {
	if d.tree != nil {
		for _, e := range d.tree.all {
			visit(e)
		}
	}
}

func types(d *document, report reporter) {
	d.elements(func(e *element) {
		if !standardTypes[e.role] {
			report(objectName(e.number), "the structure type %q is not standard and not mapped", e.tag)
		}
	})
	if d.tree != nil {
		for from := range d.dict(d.tree.root["RoleMap"]) {
			if standardTypes[from] {
				report("structure", "the standard type %s is mapped", from)
			}
		}
	}
}

// languageForm is a language tag as both RFC 3066 and BCP 47 have it.
var languageForm = regexp.MustCompile(`^[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8})*$`)

func languages(d *document, report reporter) {
	if d.text(d.catalog["Lang"]) == "" {
		report("catalog", "the document has no language")
	}
	d.walk(func(where string, v dict) {
		if t, ok := v["Lang"].(text); ok && !languageForm.MatchString(textString(t.bytes)) {
			report(where, "%q is no language tag", textString(t.bytes))
		}
	})
	for _, p := range d.pages {
		for _, m := range p.marks {
			if t, ok := m.props["Lang"].(text); ok && !languageForm.MatchString(textString(t.bytes)) {
				report(p.name(), "%q is no language tag", textString(t.bytes))
			}
		}
	}
}

func parents(d *document, report reporter) {
	if d.tree == nil {
		return
	}
	for _, what := range d.tree.wrong {
		report("structure", "%s", what)
	}
	root, _ := d.catalog["StructTreeRoot"].(ref)
	d.elements(func(e *element) {
		want := root
		if e.parent != nil {
			want = ref(e.parent.number)
		}
		if got, _ := e.dict["P"].(ref); got != want {
			report(objectName(e.number), "P leads to object %d, and the parent is %d", got, want)
		}
	})
}

// piece names a marked-content sequence in the whole file.
type piece struct{ page, mcid int }

func (p piece) String() string { return fmt.Sprintf("MCID %d of page object %d", p.mcid, p.page) }

// owners says which elements own each piece.
func (d *document) owners() map[piece][]*element {
	out := map[piece][]*element{}
	d.elements(func(e *element) {
		for _, c := range e.content {
			if c.mcid >= 0 {
				out[piece{c.page, c.mcid}] = append(out[piece{c.page, c.mcid}], e)
			}
		}
	})
	return out
}

func parentTree(d *document, report reporter) {
	if d.tree == nil {
		return
	}
	owners := d.owners()
	drawn := map[piece]int{}
	for _, p := range d.pages {
		for _, m := range p.marks {
			if m.mcid >= 0 && !m.fromForm {
				drawn[piece{p.number, m.mcid}]++
			} else if m.mcid >= 0 {
				report(p.name(), "MCID %d stands in a form, which is not followed here", m.mcid)
			}
		}
		d.checkKeys(p, owners, report)
	}
	for _, at := range sortedPieces(drawn) {
		if drawn[at] != 1 {
			report("", "%s stands in the content %d times", at, drawn[at])
		}
		if len(owners[at]) != 1 {
			report("", "%s is owned by %d elements", at, len(owners[at]))
		}
	}
	for _, at := range sortedPieces(owners) {
		if drawn[at] == 0 {
			report(owners[at][0].says(), "%s is not in the content", at)
		}
	}
	next := d.int(d.tree.root["ParentTreeNextKey"])
	for key := range d.tree.parents {
		if next >= 0 && key >= next {
			report("structure", "ParentTreeNextKey is %d, and key %d is in use", next, key)
		}
	}
	d.checkObjects(report)
}

func sortedPieces[T any](m map[piece]T) []piece {
	return slices.SortedFunc(maps.Keys(m), func(a, b piece) int {
		if a.page != b.page {
			return a.page - b.page
		}
		return a.mcid - b.mcid
	})
}

// checkKeys holds the parent tree's list for a page against the elements.
func (d *document) checkKeys(p *page, owners map[piece][]*element, report reporter) {
	key := d.int(p.dict["StructParents"])
	list := d.array(d.tree.parents[key])
	for _, m := range p.marks {
		if m.mcid < 0 || m.fromForm {
			continue
		}
		if key < 0 || m.mcid >= len(list) {
			report(p.name(), "the parent tree has nothing for MCID %d", m.mcid)
			continue
		}
		at, _ := list[m.mcid].(ref)
		if own := owners[piece{p.number, m.mcid}]; len(own) != 1 || own[0].number != int(at) {
			report(p.name(), "the parent tree gives MCID %d to object %d, which does not own it", m.mcid, at)
		}
	}
}

// checkObjects holds the parent tree's entries for annotations against the tree.
func (d *document) checkObjects(report reporter) {
	d.annotations(func(_ *page, where string, at int, a dict) {
		key := d.int(a["StructParent"])
		to, _ := d.tree.parents[key].(ref)
		e := d.tree.elements[int(to)]
		if key < 0 || e == nil || !slices.ContainsFunc(e.content, func(c content) bool { return c.object == at }) {
			report(where, "the annotation is not in the structure tree, or the parent tree does not lead there")
		}
	})
}

func readingOrder(d *document, report reporter) {
	last := map[int]int{}
	type place struct {
		c content
		e *element
	}
	var all []place
	d.elements(func(e *element) {
		for _, c := range e.content {
			all = append(all, place{c, e})
		}
	})
	slices.SortFunc(all, func(a, b place) int { return a.c.order - b.c.order })
	for _, p := range all {
		if p.c.mcid < 0 {
			continue
		}
		if before, ok := last[p.c.page]; ok && p.c.mcid < before {
			report(p.e.says(), "MCID %d is read after %d", p.c.mcid, before)
		}
		last[p.c.page] = p.c.mcid
	}
}

// longestWord is what a word has at most; a longer one had to be broken without
// a space.
const longestWord = 40

// wordBreaks looks at where a tagged text goes on to another line: readers aloud
// follow the characters, not the lines.
func wordBreaks(d *document, report reporter) {
	for _, p := range d.pages {
		var before shown
		said := ""
		for _, s := range p.texts {
			next := ""
			for _, c := range s.code {
				next += s.font.unicode(c)
			}
			if s.mark.owner() == nil || s.mark.owner() != before.mark.owner() {
				said = ""
			}
			a, _ := utf8.DecodeLastRuneInString(said)
			b, _ := utf8.DecodeRuneInString(next)
			if said != "" && s.y != before.y && inWord(a) && inWord(b) && utf8.RuneCountInString(lastWord(said)+firstWord(next)) <= longestWord {
				report(p.name(), "%q and %q run together", lastWord(said), firstWord(next))
			}
			said, before = said+next, s
		}
	}
}

// inWord reports whether a character is part of words with spaces between them.
func inWord(r rune) bool {
	return (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(",.;:!?)]»”’", r)) &&
		!unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana)
}

func lastWord(s string) string { return s[strings.LastIndexAny(s, " -")+1:] }
func firstWord(s string) string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '-' })[0]
}

func boxes(d *document, report reporter) {
	d.elements(func(e *element) {
		if e.role != "Figure" && e.role != "Formula" && e.role != "Table" {
			return
		}
		if _, _, ok := d.size(d.array(d.attribute(e, "Layout", "BBox"))); !ok {
			report(e.says(), "BBox is missing")
		}
	})
}

// attribute is the value of an element's attribute (ISO 32000-1, 14.7.5).
func (d *document) attribute(e *element, owner, key name) any {
	list := d.array(e.dict["A"])
	if list == nil {
		list = []any{e.dict["A"]}
	}
	for _, one := range list {
		if a := d.dict(one); d.name(a["O"]) == owner && a[key] != nil {
			return a[key]
		}
	}
	return nil
}
