package intake

import "bytes"

// ExportXLSX writes a list as a workbook of one sheet: the headings, then the
// rows. Every cell is a text and none is run as a formula (see [Inert]).
func ExportXLSX(sheet string, head []string, rows [][]string) ([]byte, error) {
	var b bytes.Buffer
	err := export(XLSXList(&b, sheet), head, rows)
	return b.Bytes(), err
}

// ExportCSV writes a list as RFC 4180 CSV in UTF-8, with the mark that makes
// spreadsheets read it as such; no cell is run as a formula (see [Inert]).
func ExportCSV(head []string, rows [][]string) ([]byte, error) {
	var b bytes.Buffer
	err := export(CSVList(&b), head, rows)
	return b.Bytes(), err
}

func export(to List, head []string, rows [][]string) error {
	for _, row := range append([][]string{head}, rows...) {
		if err := to.Row(row...); err != nil {
			return err
		}
	}
	return to.Close()
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
