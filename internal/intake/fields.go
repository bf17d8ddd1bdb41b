package intake

import "slices"

// formatFields is the format of a table of values that somebody typed.
const formatFields = "json"

// TableOf makes a table of rows that come as maps from field name (see Field) to
// text, so that they are read by the same rules as those of a file; override is
// the mapping to read it with. The first row is line 1. A key that is no field
// becomes a column that means nothing.
func TableOf(rows []map[string]string) (t *Table, override map[string]string) {
	var names []string
	for _, row := range rows {
		for name := range row {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	override = map[string]string{}
	heading := TableRow{}
	for _, name := range names {
		heading.Cells = append(heading.Cells, Cell{Text: name})
		if slices.Contains(Fields, Field(name)) {
			override[name] = name
		}
	}
	t = &Table{Format: formatFields, Rows: []TableRow{heading}}
	for i, row := range rows {
		r := TableRow{Line: i + 1}
		for _, name := range names {
			r.Cells = append(r.Cells, Cell{Text: row[name]})
		}
		t.Rows = append(t.Rows, r)
	}
	return t, override
}
