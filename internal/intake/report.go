package intake

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/passmuster/passmuster/internal/i18n"
)

// RejectedXLSX writes the rows with errors as a workbook for the person who sent
// the file: the columns of the file as they were, then what is wrong and how to
// put it right. Repaired, it can be sent as it is: the two added columns are
// known to [Map]. The ids are whole, because they are to be repaired; the texts
// of the errors mask them. Every cell is a text, and none is run as a formula.
func RejectedXLSX(r *Roster, lang i18n.Lang) ([]byte, error) {
	p := i18n.For(lang)
	w, err := newSheet(p.T("intake.rejected"))
	if err != nil {
		return nil, err
	}
	defer w.f.Close()
	kept, head := r.reportColumns()
	w.row(1, append(head, p.T("intake.heading.error"), p.T("intake.heading.fix")), w.bold)
	for i, row := range r.Bad() {
		var cells, what, fix []string
		for _, c := range kept {
			cells = append(cells, row.source.at(c).Text)
		}
		for _, f := range row.Faults {
			if f.Warn {
				continue
			}
			w, h := p.Fault(f)
			if f.Field != "" {
				w = f.Field + ": " + w
			}
			what, fix = append(what, w), append(fix, h)
		}
		w.row(i+2, append(cells, strings.Join(what, "\n"), strings.Join(fix, "\n")), w.text)
	}
	w.widths(len(kept), len(kept)+2)
	return w.bytes()
}

// reportColumns are the columns of the file without those of an earlier report.
func (r *Roster) reportColumns() (kept []int, head []string) {
	for i, h := range r.Columns.Headings {
		if f, ok := exact()[headingKey(h)]; ok && f == FieldIgnored {
			continue
		}
		kept, head = append(kept, i), append(head, h)
	}
	return kept, head
}

// sheet is a workbook of one sheet of texts in the making; the first error stays.
type sheet struct {
	f          *excelize.File
	name       string
	text, bold int
	err        error
}

func newSheet(name string) (*sheet, error) {
	w := &sheet{f: excelize.NewFile(), name: name}
	if err := w.f.SetSheetName("Sheet1", name); err != nil {
		return nil, fmt.Errorf("name sheet: %w", err)
	}
	const asText = 49 // the built-in number format "@"
	w.text, w.err = w.f.NewStyle(&excelize.Style{NumFmt: asText, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	w.also(func() (err error) {
		w.bold, err = w.f.NewStyle(&excelize.Style{NumFmt: asText, Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E8F0EC"}}})
		return err
	})
	w.also(func() error {
		return w.f.SetPanes(name, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
	})
	return w, w.err
}

func (w *sheet) also(do func() error) {
	if w.err == nil {
		w.err = do()
	}
}

// row writes texts into a row, escaped so that no spreadsheet runs them.
func (w *sheet) row(line int, cells []string, style int) {
	for i, s := range cells {
		w.also(func() error {
			at, err := excelize.CoordinatesToCellName(i+1, line)
			if err != nil {
				return err
			}
			if err := w.f.SetCellStr(w.name, at, Inert(s)); err != nil {
				return err
			}
			return w.f.SetCellStyle(w.name, at, at, style)
		})
	}
}

// widths makes the columns readable, the ones from wide on wider.
func (w *sheet) widths(wide, all int) {
	for i := range all {
		width := 18.0
		if i >= wide {
			width = 48
		}
		w.also(func() error {
			col, err := excelize.ColumnNumberToName(i + 1)
			if err != nil {
				return err
			}
			return w.f.SetColWidth(w.name, col, col, width)
		})
	}
}

func (w *sheet) bytes() ([]byte, error) {
	var b bytes.Buffer
	w.also(func() error { return w.f.Write(&b) })
	if w.err != nil {
		return nil, fmt.Errorf("write workbook: %w", w.err)
	}
	return b.Bytes(), nil
}

// Inert puts an apostrophe before a text that a spreadsheet would run once the
// file is saved as CSV (CWE-1236), and drops what XML cannot hold.
func Inert(s string) string {
	if startsFormula(s) {
		s = "'" + s
	}
	return strings.Map(func(r rune) rune {
		if r < 0x20 && !slices.Contains([]rune{'\t', '\n'}, r) || r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, s)
}
