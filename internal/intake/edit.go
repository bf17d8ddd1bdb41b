package intake

import (
	"maps"
	"slices"
)

// Edits are what somebody corrected in a table after it was read: the file
// stays as it was, and what is wrong is put right beside it. The zero value
// corrects nothing.
type Edits struct {
	Cells map[int]map[int]string `json:"cells,omitempty"` // line → column, from 0 → text
	Out   []int                  `json:"out,omitempty"`   // lines left out
}

// With is the edits and one more: the text of a cell.
func (e Edits) With(line, column int, text string) Edits {
	next := Edits{Cells: maps.Clone(e.Cells), Out: slices.Clone(e.Out)}
	if next.Cells == nil {
		next.Cells = map[int]map[int]string{}
	}
	row := maps.Clone(next.Cells[line])
	if row == nil {
		row = map[int]string{}
	}
	row[column], next.Cells[line] = text, row
	return next
}

// LeaveOut is the edits with a row left out, or taken back in.
func (e Edits) LeaveOut(line int, out bool) Edits {
	next := Edits{Cells: e.Cells, Out: slices.DeleteFunc(slices.Clone(e.Out), func(n int) bool { return n == line })}
	if out {
		next.Out = append(next.Out, line)
		slices.Sort(next.Out)
	}
	return next
}

// Apply gives the table as it is corrected, and leaves t as it is. A corrected
// cell is a text, whatever it was.
func (e Edits) Apply(t *Table) *Table {
	if len(e.Cells) == 0 && len(e.Out) == 0 {
		return t
	}
	lim := Limits{}.withDefaults()
	next := *t
	next.Rows = nil
	for _, row := range t.Rows {
		if slices.Contains(e.Out, row.Line) {
			continue
		}
		if cells := e.Cells[row.Line]; len(cells) > 0 {
			row.Cells = slices.Clone(row.Cells)
			for column, text := range cells {
				if column < 0 || column >= lim.Columns {
					continue
				}
				for len(row.Cells) <= column {
					row.Cells = append(row.Cells, Cell{})
				}
				row.Cells[column] = textCell(text, lim.Runes)
			}
		}
		next.Rows = append(next.Rows, row)
	}
	return &next
}
