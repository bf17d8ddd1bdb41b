package intake_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/passmuster/passmuster/internal/intake"
)

// Cells that spreadsheets would run, cut or read as something else.
var hostile = [][]string{{"number", "name"}, {"=1+1", "张伟"}, {"@SUM(A1)", "a,\"b\"\nc <&> '"}, {"+86 138", "00123"}, {"-1", "\x01\ttab"}, {"  two  ", ""}}

func TestAListIsTextInEveryCell(t *testing.T) {
	write := func(l intake.List) {
		t.Helper()
		for _, row := range hostile {
			if err := l.Row(row...); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	var asCSV, asXLSX bytes.Buffer
	write(intake.CSVList(&asCSV))
	write(intake.XLSXList(&asXLSX, "Certificates [all] of the very long name"))
	text, ok := strings.CutPrefix(asCSV.String(), "\ufeff")
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if !ok || err != nil {
		t.Fatalf("CSV: mark %t, %v", ok, err)
	}
	book, err := excelize.OpenReader(&asXLSX)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = book.Close() }()
	sheet := book.GetSheetList()[0]
	if sheet != "Certificates  all  of the very " {
		t.Errorf("the sheet is called %q", sheet)
	}
	for i, row := range hostile {
		for j, cell := range row {
			want := intake.Inert(cell)
			at, _ := excelize.CoordinatesToCellName(j+1, i+1)
			got, err := book.GetCellValue(sheet, at)
			if err != nil || got != want || rows[i][j] != want {
				t.Errorf("cell %q: XLSX %q, CSV %q, want %q, %v", cell, got, rows[i][j], want, err)
			}
			if f, _ := book.GetCellFormula(sheet, at); f != "" {
				t.Errorf("cell %q is a formula", cell)
			}
		}
	}
}

// pieces counts the writes that reach it.
type pieces struct{ n, bytes int }

func (p *pieces) Write(b []byte) (int, error) { p.n++; p.bytes += len(b); return len(b), nil }

func TestALongListIsWrittenAsItComes(t *testing.T) {
	for name, make := range map[string]func(io.Writer) intake.List{"csv": intake.CSVList, "xlsx": func(w io.Writer) intake.List { return intake.XLSXList(w, "x") }} {
		var to pieces
		l := make(&to)
		for i := range 20_000 {
			if err := l.Row(fmt.Sprint("GAJK-SJZ-2026-", i*7919%20_000), "DEMO", fmt.Sprint(i*104729)); err != nil {
				t.Fatal(err)
			}
		}
		before := to.bytes
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if before < to.bytes/2 {
			t.Errorf("%s: %d of %d bytes were written before the end", name, before, to.bytes)
		}
	}
}
