package intake

import (
	"encoding/xml"
	"regexp"
	"strconv"

	"github.com/passmuster/passmuster/internal/registry"
)

var escaped = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

func unescape(s string) string {
	n, err := strconv.ParseUint(s[2:6], 16, 16)
	if err != nil {
		return s
	}
	return string(rune(n))
}

// Bounds of the format itself.
const (
	lastRow    = 1 << 20
	lastColumn = 1 << 14
)

// sheet reads the rows of a worksheet part that are not empty.
func (a *archive) sheet(part string, shared []string, days []bool) ([]TableRow, error) {
	s := sheetReader{grid: grid{lim: a.lim}, shared: shared, days: days}
	found, err := a.walk(part, s.visit)
	if err == nil && !found {
		err = registry.Fail(registry.Invalid, "intake.damaged")
	}
	return s.rows, err
}

// sheetReader is between two tokens of a worksheet.
type sheetReader struct {
	grid
	shared []string
	days   []bool // of each cell format, whether it shows a day
	row    TableRow
	line   int // number of the last row
	column int // of the cell, from 0
	kind   string
	cell   Cell
	inline text
	value  []byte
	inV    bool
}

func (s *sheetReader) visit(tok xml.Token) error {
	if s.kind == "inlineStr" && s.inline.done(tok, "is", s.lim.Runes) {
		s.cell.Text = s.inline.String()
	}
	switch tok := tok.(type) {
	case xml.StartElement:
		return s.start(tok)
	case xml.CharData:
		if s.inV && len(s.value) <= 4*s.lim.Runes {
			s.value = append(s.value, tok...)
		}
	case xml.EndElement:
		return s.end(tok.Name.Local)
	}
	return nil
}

func (s *sheetReader) start(e xml.StartElement) error {
	switch e.Name.Local {
	case "row":
		line := number(attr(e, "r"), s.line+1)
		if line <= s.line || line > lastRow {
			return registry.Fail(registry.Invalid, "intake.damaged")
		}
		s.line, s.column = line, -1
		s.row = TableRow{Line: line}
	case "c":
		column := columnOf(attr(e, "r"), s.column+1)
		if column <= s.column || column >= lastColumn {
			return registry.Fail(registry.Invalid, "intake.damaged")
		}
		s.column, s.kind, s.cell, s.value = column, attr(e, "t"), Cell{Day: s.isDay(attr(e, "s"))}, s.value[:0]
	case "v":
		s.inV = true
	case "f":
		s.cell.Formula = true
	}
	return nil
}

func (s *sheetReader) end(name string) error {
	switch name {
	case "v":
		s.inV = false
	case "c":
		return s.endCell()
	case "row":
		row := s.row
		s.row = TableRow{}
		return s.add(row)
	}
	return nil
}

// endCell puts the cell in its place. An empty cell far to the right is only
// formatting and takes no room.
func (s *sheetReader) endCell() error {
	kind := s.kind
	s.kind = ""
	switch kind {
	case "inlineStr":
	case "s":
		i, err := strconv.Atoi(string(s.value))
		if err != nil || i < 0 || i >= len(s.shared) {
			return registry.Fail(registry.Invalid, "intake.damaged")
		}
		s.cell.Text = s.shared[i]
	case "b":
		s.cell.Text = map[string]string{"1": "TRUE", "0": "FALSE"}[string(s.value)]
	case "str", "e", "d":
		s.cell.Text = string(s.value)
	default:
		s.cell.Text = string(s.value)
		s.cell.Numeric = len(s.value) > 0
	}
	s.cell.Text, s.cell.Long = clip(unquoteText(s.cell.Text), s.lim.Runes)
	s.cell.Day = s.cell.Day && s.cell.Numeric
	if s.cell.Text == "" && !s.cell.Formula {
		return nil
	}
	if s.column >= s.lim.Columns {
		return registry.Fail(registry.TooLarge, "intake.columns", s.lim.Columns)
	}
	for len(s.row.Cells) <= s.column {
		s.row.Cells = append(s.row.Cells, Cell{})
	}
	s.row.Cells[s.column] = s.cell
	return nil
}

// unquoteText undoes the apostrophe that our own exports put before a text that
// a spreadsheet would run.
func unquoteText(s string) string {
	if len(s) > 1 && s[0] == '\'' && startsFormula(s[1:]) {
		return s[1:]
	}
	return s
}

func number(s string, absent int) int {
	if s == "" {
		return absent
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

// columnOf reads the letters of a cell's name, "AB12" is 27; a cell without a
// name follows the one before it.
func columnOf(name string, absent int) int {
	if name == "" {
		return absent
	}
	n := 0
	for i := 0; i < len(name) && i < 4 && name[i] >= 'A' && name[i] <= 'Z'; i++ {
		n = n*26 + int(name[i]-'A') + 1
	}
	return n - 1
}
