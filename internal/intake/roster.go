package intake

import (
	"strings"

	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
)

// Roster is a table read as a list of people.
type Roster struct {
	Table   *Table
	Columns Columns
	Heading int              // index of the row of headings in Table.Rows
	Rows    []Row            // in the order of the file
	Notes   []registry.Fault // about the file as a whole, none of them an error
}

// Good returns the rows that can be used now.
func (r *Roster) Good() []Row { return r.pick(true) }

// Bad returns the rows that must be repaired first.
func (r *Roster) Bad() []Row { return r.pick(false) }

func (r *Roster) pick(ok bool) (rows []Row) {
	for _, row := range r.Rows {
		if row.OK() == ok {
			rows = append(rows, row)
		}
	}
	return rows
}

// Faults returns the faults of all rows, in the order of the file.
func (r *Roster) Faults() (all []registry.Fault) {
	for _, row := range r.Rows {
		all = append(all, row.Faults...)
	}
	return all
}

// ReadRoster reads each row below the headings. What is wrong with a row is its
// Faults; the function itself fails only where no row can be read: no column
// for the name ("intake.no_name"), a wrong override, or no row at all
// ("intake.no_rows").
func ReadRoster(t *Table, o Options) (*Roster, error) {
	cols, at, err := findHeadings(t.Rows, o.Override)
	if err != nil {
		return nil, err
	}
	r := &Roster{Table: t, Columns: cols, Heading: at}
	for _, cells := range t.Rows[at+1:] {
		rd := reader{o: o, cols: cols, date4: t.Date1904, form: t.Format == formatFields, cells: cells}
		if !r.leaveOut(&rd) {
			r.Rows = append(r.Rows, rd.read())
		}
	}
	if len(r.Rows) == 0 {
		return nil, registry.Fail(registry.Invalid, "intake.no_rows")
	}
	if lim := (Limits{}).withDefaults(); len(r.Rows) > lim.Rows {
		return nil, registry.Fail(registry.TooLarge, "intake.rows", lim.Rows)
	}
	r.missingResults(o)
	r.repeated()
	r.remarks(o)
	return r, nil
}

// exampleMark stands in the first column of the template's example row.
const exampleMark = "DEMO"

// leaveOut passes over the example row of the template, rows that only have
// their number, and lines below the list ("Total: 30").
func (r *Roster) leaveOut(rd *reader) bool {
	ordinal := plain(rd.cell(FieldOrdinal).Text)
	if strings.EqualFold(ordinal, exampleMark) {
		r.note(rd.cells.Line, "", registry.Fault{Code: "intake.example"})
		return true
	}
	mapped := 0
	for f, i := range rd.cols.At {
		if c := rd.cells.at(i); f != FieldOrdinal && f != FieldIgnored && (strings.TrimSpace(c.Text) != "" || c.Formula) {
			mapped++
		}
	}
	if mapped > 0 {
		return false
	}
	if !isNumber(ordinal) {
		r.note(rd.cells.Line, "", registry.Fault{Code: "intake.skipped"})
	}
	return true
}

func isNumber(s string) bool { return strings.Trim(s, "0123456789. ") == "" }

func (r *Roster) note(line int, field string, f registry.Fault) {
	f.Row, f.Field, f.Warn = line, field, true
	r.Notes = append(r.Notes, f)
}

// missingResults finds cells without a result in a column where others have
// one. A blank is never a zero, and a column without any result is a list of
// people who have not been examined yet.
func (r *Roster) missingResults(o Options) {
	theory, skills := false, false
	for _, row := range r.Rows {
		theory = theory || row.Theory != nil
		skills = skills || row.Skills != nil
	}
	for i := range r.Rows {
		row := &r.Rows[i]
		if theory && o.PassMark > 0 && row.Theory == nil && r.blank(row, FieldTheory) {
			row.add(r.Columns.Heading(FieldTheory), registry.Fault{Code: "intake.score_missing"})
		}
		if skills && row.Skills == nil && r.blank(row, FieldSkills) {
			row.add(r.Columns.Heading(FieldSkills), registry.Fault{Code: "intake.skills_missing"})
		}
	}
	if !theory && o.PassMark > 0 {
		r.note(0, r.Columns.Heading(FieldTheory), registry.Fault{Code: "intake.no_scores"})
	}
}

func (r *Row) add(heading string, f registry.Fault) {
	f.Row, f.Field = r.Line, heading
	r.Faults = append(r.Faults, f)
}

// blank reports that the row's cell of the field is empty, and there is such a
// column.
func (r *Roster) blank(row *Row, f Field) bool {
	i, ok := r.Columns.At[f]
	return ok && strings.TrimSpace(row.source.at(i).Text) == ""
}

// repeated compares each row with the ones before it. The later of two is at
// fault, and its fault names the earlier.
func (r *Roster) repeated() {
	byID, byName := map[string]*Row{}, map[string][]*Row{}
	for i := range r.Rows {
		row := &r.Rows[i]
		key := registry.NameKey(row.Name)
		earlier := byID[row.ID]
		switch {
		case row.ID != "" && earlier != nil && registry.NameKey(earlier.Name) == key:
			row.add(r.Columns.Heading(FieldID), registry.Fault{Code: "intake.duplicate", Args: []any{earlier.Line}})
		case row.ID != "" && earlier != nil:
			row.add(r.Columns.Heading(FieldID), registry.Fault{Code: "intake.id_taken", Args: []any{registry.MaskID(row.ID), earlier.Line}})
		case key != "":
			r.namesake(row, byName[key])
		}
		if row.ID != "" && earlier == nil {
			byID[row.ID] = row
		}
		if key != "" {
			byName[key] = append(byName[key], row)
		}
	}
}

// namesake says what the row is to an earlier one of the same name: the same
// person again, not to be told apart, or perhaps another person.
func (r *Roster) namesake(row *Row, earlier []*Row) {
	heading := r.Columns.nameHeading()
	for _, e := range earlier {
		switch {
		case row.ID != "" && e.ID != "":
		case same(row.BirthDate.String(), e.BirthDate.String()), same(row.Phone, e.Phone):
			row.add(heading, registry.Fault{Code: "intake.duplicate", Args: []any{e.Line}})
			return
		case row.ID == "" && e.ID == "" && !apart(row.BirthDate.String(), e.BirthDate.String()) && !apart(row.Phone, e.Phone):
			row.add(heading, registry.Fault{Code: "intake.undistinguished", Args: []any{e.Line}})
			return
		}
	}
	if len(earlier) > 0 {
		row.add(heading, registry.Fault{Code: "intake.same_name", Args: []any{earlier[0].Line}, Warn: true})
	}
}

func same(a, b string) bool  { return a != "" && a == b }
func apart(a, b string) bool { return a != "" && b != "" && a != b }

// remarks are about the file as a whole.
func (r *Roster) remarks(o Options) {
	if len(r.Columns.Unknown) > 0 {
		var names []string
		for _, h := range r.Columns.Unknown {
			names = append(names, short(h))
		}
		r.note(0, "", registry.Fault{Code: "intake.unknown_columns", Args: []any{names}})
	}
	if len(r.Table.Sheets) > 0 && !strings.Contains(strings.Join(r.Table.Sheets, ""), notesSheet) {
		r.note(0, "", registry.Fault{Code: "intake.sheets", Args: []any{r.Table.Sheet}})
	}
	const few = 5
	full := 0
	for _, row := range r.Rows {
		if row.Theory != nil && *row.Theory == 100 {
			full++
		}
	}
	if full >= few && full == len(r.Rows) {
		r.note(0, r.Columns.Heading(FieldTheory), registry.Fault{Code: "intake.all_hundred"})
	}
}

// Line writes a fault as one line: row, column, what is wrong, how to put it
// right.
func Line(p *i18n.Printer, f registry.Fault) string {
	what, fix := p.Fault(f)
	var parts []string
	if f.Row > 0 {
		parts = append(parts, p.T("intake.row", f.Row))
	}
	if f.Field != "" {
		parts = append(parts, p.T("intake.column", f.Field))
	}
	return strings.Join(append(parts, what, fix), " · ")
}
