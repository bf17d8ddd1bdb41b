package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"unicode"

	"github.com/passmuster/passmuster/internal/registry"
)

// Look is what can be told of a table's columns before it is read.
type Look struct {
	Line    int // of the row of headings
	Columns []Found
	Named   bool // one of them is the name
}

// Found is one column of a table, for somebody who is asked what it means.
type Found struct {
	Index   int    // from 0
	Heading string // as the file has it
	Field   Field  // what it was taken for, "" for nothing
	Sure    bool   // its heading says so, or somebody did
	Samples []string
}

// samples is how many values of a column are shown.
const samples = 3

// LookAt finds the headings and says of each column what it is taken for. It
// never fails: a table without a heading that is known has its fullest row near
// the top taken for the headings. Of numbers that may be ids only the end is
// shown.
func LookAt(t *Table, override map[string]string) Look {
	cols, at, err := findHeadings(t.Rows, override)
	if err != nil {
		cols, at, err = findHeadings(t.Rows, nil)
	}
	if err != nil {
		at = fullest(t.Rows)
		cols, _ = Map(texts(t.Rows[at]), nil)
	}
	l := Look{Line: t.Rows[at].Line, Named: err == nil}
	seen := map[string]bool{}
	for i, h := range cols.Headings {
		if key := headingKey(h); h == "" || seen[key] {
			continue // without a name, or twice: the first counts
		} else {
			seen[key] = true
		}
		c := Found{Index: i, Heading: h, Sure: true}
		for f, n := range cols.At {
			if n == i {
				c.Field = f
			}
		}
		if _, known := exact()[headingKey(h)]; c.Field == "" && known {
			c.Field = FieldIgnored // a second column for a field that has one
		}
		if c.Field == "" || slices.Contains(cols.Guessed, c.Field) {
			c.Sure = false
		}
		if isIgnored(override, h) {
			c.Field, c.Sure = FieldIgnored, true
		}
		c.Samples = sampled(t.Rows[at+1:], i)
		l.Columns = append(l.Columns, c)
	}
	return l
}

// Asks reports whether somebody should say what the columns mean: the name is
// not found, or a column that holds something is not understood for certain.
func (l Look) Asks() bool {
	return !l.Named || slices.ContainsFunc(l.Columns, func(c Found) bool { return !c.Sure && len(c.Samples) > 0 })
}

func isIgnored(override map[string]string, heading string) bool {
	for h, f := range override {
		if Field(f) == FieldIgnored && headingKey(h) == headingKey(heading) {
			return true
		}
	}
	return false
}

func fullest(rows []TableRow) int {
	best, most := 0, -1
	for i, row := range rows[:min(len(rows), titleRows)] {
		n := 0
		for _, c := range row.Cells {
			if strings.TrimSpace(c.Text) != "" {
				n++
			}
		}
		if n > most {
			best, most = i, n
		}
	}
	return best
}

func sampled(rows []TableRow, column int) []string {
	var list []string
	for _, row := range rows {
		s := plain(row.at(column).Text)
		if s == "" || slices.Contains(list, Shown(s)) {
			continue
		}
		if list = append(list, Shown(s)); len(list) == samples {
			break
		}
	}
	return list
}

// Shown is a value as a page may show it: of what may be an id or a telephone
// number only the end.
func Shown(s string) string {
	if Hides(s) {
		s = registry.MaskID(s)
	}
	return short(s)
}

// Hides reports a value that may be an id or a telephone number: it has six
// digits or more and is no date.
func Hides(s string) bool {
	digits := 0
	for _, r := range s {
		if unicode.IsDigit(r) {
			digits++
		}
	}
	if digits < 6 {
		return false
	}
	_, err := registry.ParseAnyDate(s)
	return err != nil
}

// HeadingSet names the set of headings that a look found, in whatever order, so
// that an answer given once is found again: hex SHA-256 of their keys.
func (l Look) HeadingSet() string {
	var keys []string
	for _, c := range l.Columns {
		keys = append(keys, headingKey(c.Heading))
	}
	slices.Sort(keys)
	sum := sha256.Sum256([]byte(strings.Join(keys, "\x1f")))
	return hex.EncodeToString(sum[:])
}

// IndexOf is the column that a fault is about, by its heading or by the name of
// its field, -1 where the table has none.
func (c Columns) IndexOf(field string) int {
	if i, ok := c.At[Field(field)]; ok {
		return i
	}
	for i, h := range c.Headings {
		if field != "" && h == field {
			return i
		}
	}
	return -1
}

// FieldAt is what the column is taken for, "" for nothing.
func (c Columns) FieldAt(i int) Field {
	for f, n := range c.At {
		if n == i {
			return f
		}
	}
	return ""
}

// Cell is a cell of the row as the table has it, corrections included; an empty
// one where the row is shorter.
func (r Row) Cell(i int) Cell { return r.source.at(i) }

// Line finds the row of a line of the file.
func (r *Roster) Line(line int) (Row, bool) {
	i := slices.IndexFunc(r.Rows, func(row Row) bool { return row.Line == line })
	if i < 0 {
		return Row{}, false
	}
	return r.Rows[i], true
}
