package api_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// Rows that were refused come back as a workbook, are put right in it, and are
// taken when that very workbook is sent.
func TestRefusedRowsPutRightInTheirWorkbookAreAllTaken(t *testing.T) {
	w := newWorld(t)
	class := w.class()
	send := func(name, content string) string {
		t.Helper()
		body, kind := form(t, "file", name, content)
		return "/api/v1/imports/" + w.do("trainerA", "POST", "/api/v1/classes/"+class+"/imports", body, "Content-Type", kind).want(201).text("id")
	}
	var csv strings.Builder
	csv.WriteString("姓名,证件类型,证件号码,出生日期\n")
	for i := range 4 {
		fmt.Fprintf(&csv, "%s,志愿者证,DEMO-00001%d,1990-01-02\n", names[i], i)
	}
	csv.WriteString(",志愿者证,DEMO-000021,1990-01-02\n陈静,志愿者证,DEMO-000022,the second of May\n")
	first := send("roster.csv", csv.String())
	if v := w.do("trainerA", "POST", first+"/commit", nil).want(200).json(); v["enrolled"] != 4.0 || v["rejected"] != 2.0 {
		t.Fatalf("first: %v", v)
	}
	book := must(excelize.OpenReader(bytes.NewReader(w.do("trainerA", "GET", first+"/rejected.xlsx", nil).want(200).Body)))
	defer book.Close()
	page := book.GetSheetName(0)
	rows := must(book.GetRows(page))
	head := slices.IndexFunc(rows, func(r []string) bool { return slices.Contains(r, "姓名") })
	if head < 0 || len(rows) != head+3 {
		t.Fatalf("the workbook: %q", rows)
	}
	fix := func(heading string, row int, text string) {
		t.Helper()
		cell := must(excelize.CoordinatesToCellName(slices.Index(rows[head], heading)+1, head+row+1))
		if err := book.SetCellStr(page, cell, text); err != nil {
			t.Fatal(err)
		}
	}
	fix("姓名", 1, "杨帆")
	fix("出生日期", 2, "1990-05-02")
	again := send("rejected.xlsx", must(book.WriteToBuffer()).String())
	if v := w.do("trainerA", "POST", again+"/commit", nil).want(200).json(); v["enrolled"] != 2.0 || v["rejected"] != 0.0 || v["status"] != "done" {
		t.Errorf("put right: %v", v)
	}
	if n := len(w.do("trainerA", "GET", "/api/v1/classes/"+class+"/enrolments", nil).want(200).json()["items"].([]any)); n != 6 {
		t.Errorf("%d people in the class, want all 6", n)
	}
}
