package intake

import (
	"bytes"
	"encoding/csv"
	"fmt"

	"github.com/xuri/excelize/v2"
)

// ExportXLSX writes a list as a workbook of one sheet: the headings, then the
// rows. Every cell is a text and none is run as a formula (see [Inert]).
func ExportXLSX(sheet string, head []string, rows [][]string) ([]byte, error) {
	w, err := newSheet(sheetName(sheet))
	if err != nil {
		return nil, err
	}
	defer w.f.Close()
	stream, err := w.f.NewStreamWriter(w.name) // a register may have ten thousand rows
	if err != nil {
		return nil, fmt.Errorf("write workbook: %w", err)
	}
	for i := range head {
		w.also(func() error { return stream.SetColWidth(i+1, i+1, 22) })
	}
	w.also(func() error {
		return stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
	})
	w.stream(stream, 1, head, w.bold)
	for i, row := range rows {
		w.stream(stream, i+2, row, w.text)
	}
	w.also(stream.Flush)
	return w.bytes()
}

func (w *sheet) stream(s *excelize.StreamWriter, line int, cells []string, style int) {
	w.also(func() error {
		at, err := excelize.CoordinatesToCellName(1, line)
		if err != nil {
			return err
		}
		values := make([]any, len(cells))
		for i, c := range cells {
			values[i] = excelize.Cell{StyleID: style, Value: Inert(c)}
		}
		return s.SetRow(at, values)
	})
}

// sheetName is a text as the name of a sheet: at most 31 characters, none of
// those that spreadsheets keep for themselves.
func sheetName(s string) string {
	var b []rune
	for _, r := range s {
		switch r {
		case ':', '\\', '/', '?', '*', '[', ']', '\'':
			r = ' '
		}
		if len(b) < 31 {
			b = append(b, r)
		}
	}
	if len(b) == 0 {
		return "1"
	}
	return string(b)
}

// ExportCSV writes a list as RFC 4180 CSV in UTF-8, with the mark that makes
// spreadsheets read it as such; no cell is run as a formula (see [Inert]).
func ExportCSV(head []string, rows [][]string) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("\ufeff")
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	for _, row := range append([][]string{head}, rows...) {
		safe := make([]string, len(row))
		for i, c := range row {
			safe[i] = Inert(c)
		}
		if err := w.Write(safe); err != nil {
			return nil, fmt.Errorf("write csv: %w", err)
		}
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return nil, fmt.Errorf("write csv: %w", err)
	}
	return b.Bytes(), nil
}
