package rules

import (
	"encoding/xml"
	"slices"
	"strings"
)

// accessRules are those of PDF/UA-1 that PDF/A does not have.
var accessRules = []Rule{
	{pdfua + "5", "the file claims no part of PDF/UA: only a validator's word would justify it", noAccessClaim},
	{pdfua + "7.1", "all that is painted is tagged or an artifact, and neither stands in the other", allTagged},
	{pdfua + "7.1", "the file has a title (dc:title), and viewers show it", titled},
	{pdfua + "7.2", "texts for readers aloud have a language; tables and lists are built as such", built},
	{pdfua + "7.3", "each figure says in words what it shows", figures},
	{pdfua + "7.4", "headings begin with H1 and leave no level out", headings},
	{pdfua + "7.5", "header cells say whether they head a row or a column", headerCells},
	{pdfua + "7.9", "each note has a name of its own", notes},
	{pdfua + "7.18.1", "annotations are in the tags and say what they are", annotationsTagged},
	{pdfua + "7.18.3", "a page with annotations is walked in the order of the tags", tabs},
	{pdfua + "7.18.4", "a form field stands alone in a Form", formFields},
	{pdfua + "7.18.5", "a link stands in a Link and says where it leads", links},
}

func noAccessClaim(d *document, report reporter) {
	for n := range d.properties() {
		if n.Space == nsPDFUA {
			report("XMP", "the file claims to be PDF/UA")
		}
	}
}

func allTagged(d *document, report reporter) {
	if v := d.dict(d.catalog["MarkInfo"])["Suspects"]; v != nil && v != false {
		report("catalog", "the tags are said to be suspect")
	}
	for _, p := range d.pages {
		if p.loose > 0 {
			report(p.name(), "%d operators paint outside of tags and artifacts", p.loose)
		}
		for _, m := range p.marks {
			switch {
			case m.tag == "Artifact" && m.within.owner() != nil:
				report(p.name(), "an artifact stands inside MCID %d", m.within.owner().mcid)
			case m.mcid >= 0 && m.within.artifact():
				report(p.name(), "MCID %d stands inside an artifact", m.mcid)
			case m.mcid >= 0 && m.within.owner() != nil:
				report(p.name(), "MCID %d stands inside MCID %d", m.mcid, m.within.owner().mcid)
			}
		}
	}
}

func titled(d *document, report reporter) {
	if p := d.properties()[xml.Name{Space: nsDC, Local: "title"}]; p == nil || len(p.values) == 0 || strings.TrimSpace(p.values[0]) == "" {
		report("XMP", "dc:title is missing")
	}
	if d.dict(d.catalog["ViewerPreferences"])["DisplayDocTitle"] != true {
		report("catalog", "DisplayDocTitle is not set")
	}
}

// within and holds say where the parts of tables and lists stand, and of what
// the whole may consist.
var (
	within = map[name][]name{
		"TR": {"Table", "THead", "TBody", "TFoot"}, "THead": {"Table"}, "TBody": {"Table"}, "TFoot": {"Table"}, "TH": {"TR"}, "TD": {"TR"},
		"LI": {"L"}, "LBody": {"LI"}, "TOCI": {"TOC"},
	}
	holds = map[name][]name{
		"Table": {"TR", "THead", "TBody", "TFoot", "Caption"}, "TR": {"TH", "TD"}, "THead": {"TR"}, "TBody": {"TR"}, "TFoot": {"TR"},
		"L": {"L", "LI", "Caption"}, "LI": {"Lbl", "LBody"}, "TOC": {"TOC", "TOCI", "Caption"},
	}
)

func built(d *document, report reporter) {
	d.elements(func(e *element) {
		for _, key := range []name{"Alt", "ActualText", "E"} {
			if e.dict[key] != nil && e.lang == "" {
				report(e.says(), "%s has no language", key)
			}
		}
		if len(e.content) > 0 && e.lang == "" {
			report(e.says(), "the text has no language")
		}
		if allowed, ok := within[e.role]; ok && (e.parent == nil || !slices.Contains(allowed, e.parent.role)) {
			report(e.says(), "it does not stand in one of %v", allowed)
		}
		if allowed, ok := holds[e.role]; ok {
			for _, kid := range e.kids {
				if !slices.Contains(allowed, kid.role) {
					report(e.says(), "it holds a %s", kid.tag)
				}
			}
			if e.role == "TR" && e.parent != nil && d.columns(e) != d.columns(e.parent.firstRow()) {
				report(e.says(), "the row has %d cells and the first row %d", d.columns(e), d.columns(e.parent.firstRow()))
			}
		}
	})
}

// firstRow is the first row in a table or a part of one.
func (e *element) firstRow() *element {
	for _, kid := range e.kids {
		if kid.role == "TR" {
			return kid
		}
	}
	return e
}

// columns counts the columns that a row's cells take.
func (d *document) columns(row *element) int {
	n := 0
	for _, cell := range row.kids {
		n += max(1, d.int(d.attribute(cell, "Table", "ColSpan")))
	}
	return n
}

func figures(d *document, report reporter) {
	d.elements(func(e *element) {
		if e.role != "Figure" && e.role != "Formula" {
			return
		}
		if strings.TrimSpace(d.text(e.dict["Alt"])) == "" && strings.TrimSpace(d.text(e.dict["ActualText"])) == "" {
			report(e.says(), "neither Alt nor ActualText says what it shows")
		}
	})
}

func headings(d *document, report reporter) {
	last, plain, numbered := 0, false, false
	d.elements(func(e *element) {
		if e.role == "H" {
			plain = true
		}
		if len(e.role) != 2 || e.role[0] != 'H' || e.role[1] < '1' || e.role[1] > '6' {
			return
		}
		numbered = true
		level := int(e.role[1] - '0')
		if level > last+1 {
			report(e.says(), "a heading of level %d follows one of level %d", level, last)
		}
		last = level
	})
	if plain && numbered {
		report("structure", "H and H1 to H6 are mixed")
	}
}

func headerCells(d *document, report reporter) {
	d.elements(func(e *element) {
		if e.role != "TH" {
			return
		}
		if s, _ := d.resolve(d.attribute(e, "Table", "Scope")).(name); s != "Row" && s != "Column" && s != "Both" {
			report(e.says(), "Scope is %q", s)
		}
	})
}

func notes(d *document, report reporter) {
	seen := map[string]bool{}
	d.elements(func(e *element) {
		if e.role != "Note" {
			return
		}
		id := d.text(e.dict["ID"])
		if id == "" || seen[id] {
			report(e.says(), "the note's ID is %q", id)
		}
		seen[id] = true
	})
}

// holder is the element that refers to an object.
func (d *document) holder(object int) *element {
	var found *element
	d.elements(func(e *element) {
		for _, c := range e.content {
			if c.mcid < 0 && c.object == object {
				found = e
			}
		}
	})
	return found
}

func annotationsTagged(d *document, report reporter) {
	d.annotations(func(_ *page, where string, at int, a dict) {
		e := d.holder(at)
		said := ""
		if e != nil {
			said = d.text(e.dict["Alt"])
		}
		switch s := d.name(a["Subtype"]); s {
		case "Widget":
			if d.text(a["TU"]) == "" && said == "" {
				report(where, "the field does not say what it is (TU)")
			}
		case "Link", "PrinterMark":
		default:
			if e == nil || e.role != "Annot" {
				report(where, "the annotation is not in an Annot")
			}
			if d.text(a["Contents"]) == "" && said == "" {
				report(where, "the annotation does not say what it is")
			}
		}
		if d.name(a["Subtype"]) == "TrapNet" {
			report(where, "trap networks are not permitted")
		}
	})
}

func tabs(d *document, report reporter) {
	for _, p := range d.pages {
		if len(d.array(p.dict["Annots"])) > 0 && d.name(p.dict["Tabs"]) != "S" {
			report(p.name(), "Tabs is %q", d.name(p.dict["Tabs"]))
		}
	}
}

func formFields(d *document, report reporter) {
	d.annotations(func(_ *page, where string, at int, a dict) {
		if d.name(a["Subtype"]) != "Widget" {
			return
		}
		if e := d.holder(at); e == nil || e.role != "Form" || len(e.content) != 1 || len(e.kids) > 0 {
			report(where, "the field does not stand alone in a Form")
		}
	})
}

func links(d *document, report reporter) {
	d.annotations(func(_ *page, where string, at int, a dict) {
		if d.name(a["Subtype"]) != "Link" {
			return
		}
		if e := d.holder(at); e == nil || e.role != "Link" {
			report(where, "the link is not in a Link")
		}
		if d.text(a["Contents"]) == "" {
			report(where, "the link does not say where it leads")
		}
	})
}
