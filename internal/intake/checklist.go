package intake

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/passmuster/passmuster/internal/registry"
)

// What a column of a list of certificates can mean.
const (
	CheckCode   = "code"   // verification code, or the text of a QR code
	CheckNumber = "number" // certificate number
	CheckName   = "name"   // the holder's whole name
)

// checkHeadings are the words by which lists call those columns, as headingKey
// writes them.
var checkHeadings = map[string][]string{
	CheckCode: {"验证码", "核验码", "查验码", "证书验证码", "二维码", "二维码内容", "链接", "code", "verificationcode", "verifycode", "qr", "qrcode", "qrtext", "link",
		"код", "кодпроверки", "проверочныйкод", "qrкод", "ссылка"},
	CheckNumber: {"证书编号", "证书号", "证书号码", "certificateno", "certificatenumber", "certno", "number", "номерсертификата", "номер", "сертификат"},
	CheckName:   headings[FieldName],
}

// Checklist is a table of certificates that somebody wants checked, with the
// columns that say which.
type Checklist struct {
	Table   *Table
	Columns map[string]int // column of the code, number and name, from 0; absent: none
	Head    int            // index of the row of headings, -1 for none
	Rows    []CheckRow
	paired  bool // the cells of the number hold the name as well
}

// CheckRow is one row of a Checklist.
type CheckRow struct {
	Line               int // 1-based, as a spreadsheet shows it
	Code, Number, Name string
	at                 int // index in the table
}

// ReadChecklist finds in a table which column is the code, the number and the
// name: by what stands in them, then by their headings, unless chosen says it.
// Lists without headings are read as well. It fails with "intake.no_rows", or
// "checklist.many" over most rows.
func ReadChecklist(t *Table, chosen map[string]int, most int) (*Checklist, error) {
	l := &Checklist{Table: t, Columns: map[string]int{}, Head: -1}
	from := l.findHead()
	l.findColumns(t.Rows[from:], chosen)
	for i, row := range t.Rows[from:] {
		if r := l.row(row, from+i); r.Code+r.Number+r.Name != "" || !l.Ready() {
			l.Rows = append(l.Rows, r)
		}
	}
	switch {
	case len(l.Rows) == 0:
		return nil, registry.Fail(registry.Invalid, "checklist.none")
	case len(l.Rows) > most:
		return nil, registry.Fail(registry.TooLarge, "checklist.many", most)
	}
	return l, nil
}

// Ready reports whether the columns say which certificate each row is about: a
// code, or a number with a name.
func (l *Checklist) Ready() bool {
	_, code := l.Columns[CheckCode]
	_, number := l.Columns[CheckNumber]
	_, name := l.Columns[CheckName]
	return code || number && (name || l.paired)
}

// findHead finds the row of headings and returns where the data begin.
func (l *Checklist) findHead() int {
	for i, row := range l.Table.Rows[:min(len(l.Table.Rows), titleRows)] {
		if slices.ContainsFunc(row.Cells, func(c Cell) bool { return asks(c.Text) != "" }) {
			l.Head = i - 1 // a row of data: what stands above it are headings
			return i
		}
		for _, c := range row.Cells {
			if meansOf(c.Text) != "" {
				l.Head = i
				return i + 1
			}
		}
	}
	return 0
}

// asks tells what a cell names a certificate by.
func asks(s string) string {
	s = strings.TrimSpace(s)
	if _, err := registry.ParseCode(s); err == nil || strings.Contains(strings.ToLower(s), "/v/") {
		return CheckCode
	}
	if number, _ := splitPair(s); number != "" {
		return CheckNumber
	}
	return ""
}

// meansOf tells what a heading calls its column.
func meansOf(heading string) string {
	key := headingKey(heading)
	for means, words := range checkHeadings {
		if slices.Contains(words, key) {
			return means
		}
	}
	return ""
}

// splitPair reads a number, and the name that follows it in the same cell.
func splitPair(s string) (number, name string) {
	if n, err := registry.ParseNumber(s); err == nil {
		return string(n), ""
	}
	at := strings.IndexFunc(s, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",，;；、:：", r) })
	if at < 0 {
		return "", ""
	}
	n, err := registry.ParseNumber(s[:at])
	if err != nil {
		return "", ""
	}
	return string(n), strings.TrimLeft(s[at:], " \t\u00a0\u3000,，;；、:：")
}

func (l *Checklist) findColumns(rows []TableRow, chosen map[string]int) {
	taken := map[int]bool{}
	take := func(means string, column int) {
		if _, have := l.Columns[means]; !have && column >= 0 && column < l.Width() && !taken[column] {
			l.Columns[means], taken[column] = column, true
		}
	}
	if chosen != nil {
		for _, means := range []string{CheckCode, CheckNumber, CheckName} {
			if column, ok := chosen[means]; ok {
				take(means, column)
			}
		}
		l.lookForPairs(rows)
		return
	}
	for _, means := range []string{CheckCode, CheckNumber} {
		take(means, fullestOf(rows, l.Width(), func(s string) bool { return asks(s) == means }))
	}
	if l.Head >= 0 {
		for i, c := range l.Table.Rows[l.Head].Cells {
			if means := meansOf(c.Text); means != "" {
				take(means, i)
			}
		}
	} else {
		take(CheckName, fullestOf(rows, l.Width(), looksLikeName))
	}
	l.lookForPairs(rows)
}

func (l *Checklist) lookForPairs(rows []TableRow) {
	column, ok := l.Columns[CheckNumber]
	l.paired = ok && slices.ContainsFunc(rows, func(r TableRow) bool {
		_, name := splitPair(strings.TrimSpace(r.at(column).Text))
		return name != ""
	})
}

// fullestOf is the column with the most cells that fit, -1 for none.
func fullestOf(rows []TableRow, width int, fits func(string) bool) int {
	best, most := -1, 0
	for column := range width {
		n := 0
		for _, row := range rows {
			if fits(row.at(column).Text) {
				n++
			}
		}
		if n > most {
			best, most = column, n
		}
	}
	return best
}

// looksLikeName reports a text of letters, as a name in a list without headings.
func looksLikeName(s string) bool {
	letters := 0
	for _, r := range s {
		switch {
		case unicode.IsDigit(r):
			return false
		case unicode.IsLetter(r):
			letters++
		}
	}
	return letters >= 2
}

func (l *Checklist) row(row TableRow, at int) CheckRow {
	cell := func(means string) string {
		if column, ok := l.Columns[means]; ok {
			return plain(row.at(column).Text)
		}
		return ""
	}
	r := CheckRow{Line: row.Line, Code: cell(CheckCode), Number: cell(CheckNumber), Name: cell(CheckName), at: at}
	if number, name := splitPair(r.Number); number != "" {
		r.Number = number
		if r.Name == "" {
			r.Name = name
		}
	}
	return r
}

// Width is how many columns the table has.
func (l *Checklist) Width() int {
	n := 0
	for _, row := range l.Table.Rows {
		n = max(n, len(row.Cells))
	}
	return n
}

// Heading is how the list calls a column, or its letter where it has no headings.
func (l *Checklist) Heading(column int) string {
	if l.Head >= 0 {
		if s := plain(l.Table.Rows[l.Head].at(column).Text); s != "" {
			return s
		}
	}
	return letters(column)
}

// letters is the name that spreadsheets give a column, "AA" for 26.
func letters(column int) string {
	name := ""
	for n := column + 1; n > 0; n = (n - 1) / 26 {
		name = string(rune('A'+(n-1)%26)) + name
	}
	return name
}

// shownText is a cell as its list shows it: a number that is a day as that day.
func (t *Table) shownText(c Cell) string {
	if !c.Day {
		return c.Text
	}
	serial, err := strconv.ParseFloat(c.Text, 64)
	if err != nil {
		return c.Text
	}
	day, err := registry.DateFromSerial(serial, t.Date1904)
	if err != nil {
		return c.Text
	}
	return day.String()
}

// mostGaps is how many empty rows of a list are given back at most.
const mostGaps = 2000

// WithColumns gives the list back as a workbook: its rows and columns as they
// were, then the added ones; cells(i) are those of the i-th of Rows. Every cell is
// a text, and none is run as a formula ([Inert]).
func (l *Checklist) WithColumns(sheet string, heads []string, cells func(i int) []string) ([]byte, error) {
	var b bytes.Buffer
	out, wide := XLSXList(&b, sheet), l.Width()
	if l.Head < 0 {
		if err := out.Row(append(make([]string, wide), heads...)...); err != nil {
			return nil, err
		}
	}
	rows := l.Table.Rows
	gaps := rows[len(rows)-1].Line-len(rows) <= mostGaps
	for i, line, next := 0, 1, 0; i < len(rows); line++ {
		if gaps && line < rows[i].Line {
			if err := out.Row(); err != nil {
				return nil, err
			}
			continue
		}
		row := make([]string, wide)
		for k, c := range rows[i].Cells {
			row[k] = l.Table.shownText(c)
		}
		switch {
		case i == l.Head:
			row = append(row, heads...)
		case next < len(l.Rows) && l.Rows[next].at == i:
			row = append(row, cells(next)...)
			next++
		}
		if err := out.Row(row...); err != nil {
			return nil, err
		}
		i++
	}
	if err := out.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// packedRow is a row as Pack writes it.
type packedRow struct {
	Line  int      `json:"l"`
	Cells []string `json:"c"`
}

// Pack writes the texts of a table for a form that carries it back and forth, so
// that no server has to keep it.
func (t *Table) Pack() (string, error) {
	rows := make([]packedRow, len(t.Rows))
	for i, row := range t.Rows {
		rows[i] = packedRow{row.Line, make([]string, len(row.Cells))}
		for k, c := range row.Cells {
			rows[i].Cells[k] = t.shownText(c)
		}
	}
	b, err := json.Marshal(rows)
	if err != nil {
		return "", fmt.Errorf("pack table: %w", err)
	}
	return string(b), nil
}

// Unpack reads what Pack wrote, within the limits of a file: it comes from a
// form, and is trusted no more than one.
func Unpack(s string, lim Limits) (*Table, error) {
	lim = lim.withDefaults()
	var rows []packedRow
	if len(s) > lim.Bytes {
		return nil, registry.Fail(registry.TooLarge, "intake.big", lim.Bytes>>20)
	}
	if err := json.Unmarshal([]byte(s), &rows); err != nil || len(rows) == 0 {
		return nil, registry.Fail(registry.Invalid, "intake.empty")
	}
	g, last := grid{lim: lim}, 0
	for _, row := range rows {
		if row.Line <= last || row.Line > lastRow {
			return nil, registry.Fail(registry.Invalid, "intake.damaged")
		}
		last = row.Line
		r := TableRow{Line: row.Line}
		for _, text := range row.Cells {
			c := Cell{}
			c.Text, c.Long = clip(text, lim.Runes)
			r.Cells = append(r.Cells, c)
		}
		if err := g.add(r); err != nil {
			return nil, err
		}
	}
	if len(g.rows) == 0 {
		return nil, registry.Fail(registry.Invalid, "intake.empty")
	}
	return &Table{Format: "xlsx", Rows: g.rows}, nil
}
