package intake

import (
	"encoding/xml"
	"path"
	"strings"

	"github.com/passmuster/passmuster/internal/registry"
)

// readXLSX reads a workbook of SpreadsheetML (ISO/IEC 29500-1, 18). It has a
// reader of its own because a roster turns on what a convenient one hides: which
// cell is a number, which is a formula, and how much may be unzipped.
func readXLSX(name string, data []byte, lim Limits) (*Table, error) {
	a, err := openArchive(name, data, lim)
	if err != nil {
		return nil, err
	}
	book, err := a.workbook()
	if err != nil {
		return nil, err
	}
	shared, err := a.sharedStrings(book.strings)
	if err != nil {
		return nil, err
	}
	days, err := a.dateFormats(book.styles)
	if err != nil {
		return nil, err
	}
	t := &Table{Format: "xlsx", Date1904: book.date1904}
	for _, s := range book.sheets {
		if len(t.Rows) > 0 {
			t.Sheets = append(t.Sheets, s.name)
			continue
		}
		if t.Rows, err = a.sheet(s.part, shared, days); err != nil {
			return nil, err
		}
		t.Sheet = s.name
	}
	return t, nil
}

type workbook struct {
	sheets   []sheetRef
	strings  string // part of the shared strings
	styles   string // part of the cell formats
	date1904 bool
}

type sheetRef struct{ name, part string }

// workbook finds the visible sheets, in their order.
func (a *archive) workbook() (workbook, error) {
	main := "xl/workbook.xml"
	_, err := a.relations("_rels/.rels", "", func(_, kind, target string) {
		if kind == "officeDocument" {
			main = target
		}
	})
	if err != nil {
		return workbook{}, err
	}
	var book workbook
	parts := map[string]string{}
	rels := path.Join(path.Dir(main), "_rels", path.Base(main)+".rels")
	_, err = a.relations(rels, path.Dir(main), func(id, kind, target string) {
		parts[id] = target
		if kind == "sharedStrings" {
			book.strings = target
		}
		if kind == "styles" {
			book.styles = target
		}
	})
	if err != nil {
		return workbook{}, err
	}
	found, err := a.walk(main, func(tok xml.Token) error {
		e, ok := tok.(xml.StartElement)
		switch {
		case ok && e.Name.Local == "workbookPr":
			v := attr(e, "date1904")
			book.date1904 = v == "1" || v == "true"
		case ok && e.Name.Local == "sheet" && attr(e, "state") != "hidden" && attr(e, "state") != "veryHidden":
			book.sheets = append(book.sheets, sheetRef{attr(e, "name"), parts[attr(e, "id")]})
		}
		return nil
	})
	if err == nil && (!found || len(book.sheets) == 0) {
		err = registry.Fail(registry.Invalid, "intake.damaged")
	}
	return book, err
}

// relations visits the relationships of a part (ISO/IEC 29500-2, 9.3): id, last
// word of the type, and the target as a name in the archive.
func (a *archive) relations(part, base string, visit func(id, kind, target string)) (bool, error) {
	return a.walk(part, func(tok xml.Token) error {
		e, ok := tok.(xml.StartElement)
		if !ok || e.Name.Local != "Relationship" || attr(e, "TargetMode") == "External" {
			return nil
		}
		target := attr(e, "Target")
		if strings.HasPrefix(target, "/") {
			target = strings.TrimPrefix(path.Clean(target), "/")
		} else {
			target = path.Join(base, target)
		}
		visit(attr(e, "Id"), path.Base(attr(e, "Type")), target)
		return nil
	})
}

// sharedStrings reads the texts that cells refer to by number, each cut to one
// character over the limit.
func (a *archive) sharedStrings(part string) ([]string, error) {
	var all []string
	var item text
	_, err := a.walk(part, func(tok xml.Token) error {
		if item.done(tok, "si", a.lim.Runes) {
			s, _ := clip(item.String(), a.lim.Runes+1)
			if all = append(all, strings.Clone(s)); len(all) > a.lim.Columns*(a.lim.Rows+titleRows) {
				return errUnzipped
			}
		}
		return nil
	})
	return all, err
}

// text gathers the <t> of an item, plain or rich, without the phonetic guide
// that East Asian versions keep beside it.
type text struct {
	b         strings.Builder
	inT, inPh bool
}

// done takes a token and reports that the item of that name has just ended.
func (t *text) done(tok xml.Token, item string, runes int) bool {
	switch tok := tok.(type) {
	case xml.StartElement:
		switch tok.Name.Local {
		case item:
			t.b.Reset()
		case "t":
			t.inT = true
		case "rPh":
			t.inPh = true
		}
	case xml.CharData:
		if t.inT && !t.inPh && t.b.Len() <= 4*runes {
			t.b.Write(tok)
		}
	case xml.EndElement:
		switch tok.Name.Local {
		case item:
			return true
		case "t":
			t.inT = false
		case "rPh":
			t.inPh = false
		}
	}
	return false
}

// String decodes the _xHHHH_ of ST_Xstring (ISO/IEC 29500-1, 22.9.2.19).
func (t *text) String() string {
	s := t.b.String()
	if !strings.Contains(s, "_x") {
		return s
	}
	return escaped.ReplaceAllStringFunc(s, unescape)
}
