// Package intake reads lists of people from the files that training bases keep:
// XLSX, and CSV in UTF-8, UTF-16, GB18030 or Windows-1251. It gives every row
// back, the right ones as typed data, the others with what is wrong, where, and
// how to put it right; a bad row never costs a good one.
//
// A file is never trusted. It is bounded in bytes, entries, rows, columns and
// characters before anything of its size is allocated; nothing is written to
// disk, no formula is run, no entity expanded and no address opened.
package intake

import (
	"bytes"
	"path"
	"strings"

	"github.com/passmuster/passmuster/internal/registry"
)

// Limits bound what a file may hold. The zero value of each field is its default.
type Limits struct {
	Bytes    int   // size of the file, 10 MiB
	Unzipped int64 // all parts that are read, 64 MiB
	Part     int64 // one part unzipped, 24 MiB
	Entries  int   // files in the archive, 1,000
	Rows     int   // rows with data, 5,000
	Columns  int   // columns, 64
	Runes    int   // characters of a cell, 1,000
}

func (l Limits) withDefaults() Limits {
	set := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	set(&l.Bytes, 10<<20)
	set(&l.Entries, 1000)
	set(&l.Rows, 5000)
	set(&l.Columns, 64)
	set(&l.Runes, 1000)
	if l.Unzipped == 0 {
		l.Unzipped = 64 << 20
	}
	if l.Part == 0 {
		l.Part = 24 << 20 // 5,000 rows of 64 cells take about 19
	}
	return l
}

// Table is the sheet of a file: its rows that are not empty, in their order.
type Table struct {
	Format   string   // "xlsx" or "csv"
	Encoding string   // of a CSV: "utf-8", "utf-16", "gb18030", "windows-1251"
	Comma    rune     // of a CSV
	Sheet    string   // of an XLSX, the name of the sheet that was read
	Sheets   []string // of an XLSX, the visible sheets that were not read
	Date1904 bool     // numbers that are dates count from 1904
	Rows     []TableRow
}

// TableRow is one row of the file.
type TableRow struct {
	Line  int // 1-based, as a spreadsheet shows it
	Cells []Cell
}

// Cell is one cell. Text is what the file stores, for a formula its last result.
type Cell struct {
	Text    string
	Numeric bool // stored as a number, so it has at most 15 right digits
	Day     bool // a number whose format shows it as a day
	Formula bool
	Long    bool // longer than the limit, and cut there
}

// at returns the i-th cell, an empty one where the row is shorter.
func (r TableRow) at(i int) Cell {
	if i < 0 || i >= len(r.Cells) {
		return Cell{}
	}
	return r.Cells[i]
}

func (r TableRow) empty() bool {
	for _, c := range r.Cells {
		if strings.TrimSpace(c.Text) != "" || c.Formula {
			return false
		}
	}
	return true
}

// ReadTable reads the first sheet that is visible and holds something. The
// content of the file decides what it is; name helps to explain a refusal. It
// fails with registry.Invalid or registry.TooLarge and a code "intake.…".
func ReadTable(name string, data []byte, lim Limits) (*Table, error) {
	lim = lim.withDefaults()
	if len(data) > lim.Bytes {
		return nil, registry.Fail(registry.TooLarge, "intake.big", lim.Bytes>>20)
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, registry.Fail(registry.Invalid, "intake.empty")
	}
	t, err := readKind(name, data, lim)
	if err != nil {
		return nil, err
	}
	if len(t.Rows) == 0 {
		return nil, registry.Fail(registry.Invalid, "intake.empty")
	}
	return t, nil
}

var oleMagic = []byte{0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1}

func readKind(name string, data []byte, lim Limits) (*Table, error) {
	switch {
	case bytes.HasPrefix(data, []byte("PK\x03\x04")), bytes.HasPrefix(data, []byte("PK\x05\x06")):
		return readXLSX(name, data, lim)
	case bytes.HasPrefix(data, oleMagic) && bytes.Contains(data, utf16le("EncryptedPackage")):
		return nil, registry.Fail(registry.Invalid, "intake.password")
	case bytes.HasPrefix(data, oleMagic), strings.EqualFold(path.Ext(name), ".xls"):
		return nil, registry.Fail(registry.Invalid, "intake.xls")
	case strings.EqualFold(path.Ext(name), ".xlsx"):
		return nil, registry.Fail(registry.Invalid, "intake.damaged")
	case isMarkup(data), bytes.HasPrefix(data, []byte("%PDF")), hasNUL(data):
		return nil, registry.Fail(registry.Invalid, "intake.kind")
	}
	return readCSV(data, lim)
}

func utf16le(s string) []byte {
	var b []byte
	for i := range len(s) {
		b = append(b, s[i], 0)
	}
	return b
}

// isMarkup reports a page or an XML file under the name of a table; some
// programs export such a thing as .xls.
func isMarkup(data []byte) bool {
	head := bytes.ToLower(bytes.TrimSpace(bytes.TrimPrefix(data[:min(len(data), 256)], []byte("\ufeff"))))
	return bytes.HasPrefix(head, []byte("<"))
}

// hasNUL reports a NUL in the beginning; UTF-16 has them by right.
func hasNUL(data []byte) bool {
	return !hasUTF16Mark(data) && bytes.IndexByte(data[:min(len(data), 4096)], 0) >= 0
}

func hasUTF16Mark(data []byte) bool {
	return bytes.HasPrefix(data, []byte{0xFF, 0xFE}) || bytes.HasPrefix(data, []byte{0xFE, 0xFF})
}

// grid collects rows within the limits.
type grid struct {
	lim  Limits
	rows []TableRow
}

// titleRows is how many rows may stand above the data: titles and the headings.
const titleRows = 10

// add takes a row unless it is empty.
func (g *grid) add(row TableRow) error {
	for len(row.Cells) > 0 && row.Cells[len(row.Cells)-1] == (Cell{}) {
		row.Cells = row.Cells[:len(row.Cells)-1]
	}
	if row.empty() {
		return nil
	}
	if len(row.Cells) > g.lim.Columns {
		return registry.Fail(registry.TooLarge, "intake.columns", g.lim.Columns)
	}
	if len(g.rows) >= g.lim.Rows+titleRows {
		return registry.Fail(registry.TooLarge, "intake.rows", g.lim.Rows)
	}
	g.rows = append(g.rows, row)
	return nil
}

// clip cuts a text to n characters and reports whether it had to.
func clip(s string, n int) (string, bool) {
	if len(s) <= n {
		return s, false
	}
	count := 0
	for i := range s {
		if count == n {
			return s[:i], true
		}
		count++
	}
	return s, false
}
