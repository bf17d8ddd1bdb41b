package intake

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
)

// Column is one column of a list that is no roster: organizations, bases,
// trainers, accounts.
type Column struct {
	Name     string   // what the program calls it, "parent"
	Headings []string // what lists call it, in any language
	Required bool     // a file without it cannot be read
	Date     bool     // a number in it is a spreadsheet's day
}

// Sheet is a table read by columns.
type Sheet struct {
	Rows    []SheetRow
	Notes   []registry.Fault  // about the file as a whole, none of them an error
	Heading map[string]string // of each column that the file has, as it calls it
	names   []string          // of every column of the file
	head    []string
}

// SheetRow is one row: the text of each column that the file has, of one line,
// NFC.
type SheetRow struct {
	Line   int // 1-based, as a spreadsheet shows it
	Values map[string]string
	cells  []string
}

// ReadSheet finds the row of headings within the first ten and reads what is
// below it. It fails with "intake.sheet_columns" and the headings that are
// missing, or "intake.no_rows". A first cell "DEMO" marks the example row of a
// template, which is left out.
func ReadSheet(t *Table, cols []Column) (*Sheet, error) {
	at, best, missing := -1, 0, []string(nil)
	for i, row := range t.Rows[:min(len(t.Rows), titleRows)] {
		names := namesOf(row, cols)
		found := 0
		for _, n := range names {
			if n != "" {
				found++
			}
		}
		if lacking := lack(names, cols); found > best {
			at, best, missing = i, found, lacking
		}
	}
	if at < 0 || len(missing) > 0 {
		if at < 0 {
			missing = lack(nil, cols)
		}
		return nil, registry.Fail(registry.Invalid, "intake.sheet_columns", missing)
	}
	s := &Sheet{names: namesOf(t.Rows[at], cols), head: texts(t.Rows[at]), Heading: map[string]string{}}
	s.headings()
	for _, row := range t.Rows[at+1:] {
		if strings.EqualFold(plain(row.at(0).Text), exampleMark) {
			s.Notes = append(s.Notes, registry.Fault{Row: row.Line, Code: "intake.example", Warn: true})
			continue
		}
		if r, ok := s.read(row, cols, t.Date1904); ok {
			s.Rows = append(s.Rows, r)
		}
	}
	if len(s.Rows) == 0 {
		return nil, registry.Fail(registry.Invalid, "intake.no_rows")
	}
	return s, nil
}

func (s *Sheet) headings() {
	var unknown []string
	for i, n := range s.names {
		switch {
		case n != "":
			s.Heading[n] = s.head[i]
		case s.head[i] != "" && exact()[headingKey(s.head[i])] != FieldIgnored:
			unknown = append(unknown, short(s.head[i]))
		}
	}
	if len(unknown) > 0 {
		s.Notes = append(s.Notes, registry.Fault{Code: "intake.unknown_columns", Args: []any{unknown}, Warn: true})
	}
}

// namesOf says which column each cell of a row of headings begins, "" for none.
func namesOf(row TableRow, cols []Column) []string {
	names := make([]string, len(row.Cells))
	for i, c := range row.Cells {
		key := headingKey(c.Text)
		for _, col := range cols {
			known := key != "" && (key == headingKey(col.Name) || slices.ContainsFunc(col.Headings, func(h string) bool { return headingKey(h) == key }))
			if known && !slices.Contains(names, col.Name) {
				names[i] = col.Name
				break
			}
		}
	}
	return names
}

func lack(names []string, cols []Column) (missing []string) {
	for _, c := range cols {
		if c.Required && !slices.Contains(names, c.Name) {
			missing = append(missing, strings.Join(c.Headings, " / "))
		}
	}
	return missing
}

func (s *Sheet) read(row TableRow, cols []Column, date4 bool) (SheetRow, bool) {
	out := SheetRow{Line: row.Line, Values: map[string]string{}}
	some := false
	for i, name := range s.names {
		c := row.at(i)
		text := plain(c.Text)
		out.cells = append(out.cells, text)
		if name == "" {
			continue
		}
		if rest, ok := strings.CutPrefix(text, "'"); ok && startsFormula(rest) {
			text = rest // our own exports wrote the apostrophe
		}
		n, err := strconv.ParseFloat(text, 64)
		switch {
		case !c.Numeric || err != nil:
		case isDate(cols, name) && n < 1e7:
			if d, err := registry.DateFromSerial(n, date4); err == nil {
				text = d.String()
			}
		default:
			text = strconv.FormatFloat(n, 'f', -1, 64)
		}
		out.Values[name] = text
		some = some || text != ""
	}
	return out, some
}

func isDate(cols []Column, name string) bool {
	return slices.ContainsFunc(cols, func(c Column) bool { return c.Name == name && c.Date })
}

// Rejected writes the rows that have errors as a workbook: the columns of the
// file, then what is wrong and how to put it right. Repaired, it can be sent as
// it is.
func (s *Sheet) Rejected(lang i18n.Lang, faults []registry.Fault) ([]byte, error) {
	p := i18n.For(lang)
	var kept []int
	var head []string
	for i, h := range s.head {
		if exact()[headingKey(h)] != FieldIgnored {
			kept, head = append(kept, i), append(head, h)
		}
	}
	var rows [][]string
	for _, row := range s.Rows {
		var what, fix []string
		for _, f := range faults {
			if f.Row == row.Line && !f.Warn {
				w, h := p.Fault(f)
				what, fix = append(what, w), append(fix, h)
			}
		}
		if len(what) == 0 {
			continue
		}
		var cells []string
		for _, i := range kept {
			cells = append(cells, row.cells[i])
		}
		rows = append(rows, append(cells, strings.Join(what, "\n"), strings.Join(fix, "\n")))
	}
	return ExportXLSX(p.T("intake.rejected"), append(head, p.T("intake.heading.error"), p.T("intake.heading.fix")), rows)
}

// SheetTemplate writes an empty list: headings, an example row that [ReadSheet]
// leaves out because its first cell is "DEMO", and a second sheet of notes.
func SheetTemplate(title string, head, example, notes []string, notesTitle string) ([]byte, error) {
	w, err := newSheet(sheetName(title))
	if err != nil {
		return nil, err
	}
	defer w.f.Close()
	w.row(1, head, w.bold)
	w.row(2, example, w.text)
	w.widths(len(head), len(head))
	main := w.name
	w.also(func() error { _, err := w.f.NewSheet(sheetName(notesTitle)); return err })
	w.name = sheetName(notesTitle)
	for i, n := range notes {
		w.row(i+1, []string{n}, w.text)
	}
	w.widths(0, 1)
	w.name = main
	if w.err != nil {
		return nil, fmt.Errorf("write template: %w", w.err)
	}
	return w.bytes()
}
