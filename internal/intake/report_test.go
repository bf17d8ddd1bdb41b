package intake_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/intake"
)

func TestRejectedRowsComeBackAsTheyWereAndWhatIsWrong(t *testing.T) {
	r := read(t, "broken.xlsx", file(t, "broken.xlsx"), cpr)
	for _, lang := range i18n.Langs {
		data, err := intake.RejectedXLSX(r, lang)
		if err != nil {
			t.Fatal(err)
		}
		rows := excelizeRows(t, data)
		if len(rows) != 11 || len(rows[0]) != 12 || rows[0][1] != "姓名" || rows[2][3] != "1.30102199001011e+17" {
			t.Fatalf("%s: %d rows, the first %q", lang, len(rows), rows[0])
		}
		for _, row := range rows[1:] {
			if len(row) != 12 || row[10] == "" || row[11] == "" || strings.Contains(row[10], "error.") {
				t.Errorf("%s: %q", lang, row)
			}
		}
		again := read(t, "again.xlsx", data, cpr)
		if len(again.Rows) != 10 || len(again.Good()) != 1 || len(again.Columns.Unknown) != 0 {
			t.Errorf("%s: sent again as it is: %d rows, %v good, unknown %v", lang, len(again.Rows), again.Good(), again.Columns.Unknown)
		}
	}
}

func excelizeRows(t *testing.T, data []byte) [][]string {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows(f.GetSheetName(0))
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestNoReportCellIsRunAsAFormula(t *testing.T) {
	r := read(t, "a.csv", []byte("姓名,单位,=1+1,电话\n\"=HYPERLINK(\"\"http://x\"\")\",+1,－1,+7 9912099012\n＝1,@x,\"\tx\",1\n"), intake.Options{})
	data, err := intake.RejectedXLSX(r, i18n.English)
	if err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for i, row := range excelizeRows(t, data) {
		for j, s := range row {
			at, _ := excelize.CoordinatesToCellName(j+1, i+1)
			formula, _ := f.GetCellFormula(f.GetSheetName(0), at)
			if formula != "" || s != "" && strings.ContainsAny(s[:1], "=+-@\t") || strings.HasPrefix(s, "＝") || strings.HasPrefix(s, "－") {
				t.Errorf("%s holds %q, formula %q", at, s, formula)
			}
		}
	}
	again, err := intake.ReadTable("again.xlsx", data, intake.Limits{})
	if err != nil || again.Rows[1].Cells[3].Text != "+7 9912099012" || again.Rows[1].Cells[0].Formula {
		t.Errorf("sent again: %+v, %v", again, err)
	}
}

func TestTemplateIsReadBack(t *testing.T) {
	for _, lang := range i18n.Langs {
		data, err := intake.TemplateXLSX(lang)
		if err != nil {
			t.Fatal(err)
		}
		table, err := intake.ReadTable("template.xlsx", data, intake.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := intake.ReadRoster(table, cpr); codeOf(err) != "intake.no_rows" {
			t.Errorf("%s: the empty template gives %v", lang, err)
		}
		filled := fill(t, data)
		r := read(t, "filled.xlsx", filled, cpr)
		equal(t, string(lang)+" faults", describe(r.Faults()), nil)
		equal(t, string(lang)+" notes", describe(r.Notes), []string{"2  intake.example"})
		if len(r.Rows) != 1 || r.Rows[0].ID == "" || r.Rows[0].IDType != "cn_id" || r.Rows[0].LatinName == "" || r.Rows[0].Theory == nil || !*r.Rows[0].Skills || len(r.Columns.Unknown)+len(r.Columns.Guessed) > 0 {
			t.Errorf("%s: %+v, columns %+v", lang, r.Rows, r.Columns)
		}
	}
}

// fill copies the example row of a template into the next one, as a person.
func fill(t *testing.T, data []byte) []byte {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sheet := f.GetSheetName(0)
	for i, s := range excelizeRows(t, data)[1] {
		at, _ := excelize.CoordinatesToCellName(i+1, 3)
		if i == 0 {
			s = "1"
		}
		if err := f.SetCellStr(sheet, at, s); err != nil {
			t.Fatal(err)
		}
	}
	if lists, err := f.GetDataValidations(sheet); err != nil || len(lists) != 2 {
		t.Errorf("the template has %d lists to choose from (%v)", len(lists), err)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestKindsOfDocumentInTheTemplateAreUnderstood(t *testing.T) {
	for _, lang := range i18n.Langs {
		p := i18n.For(lang)
		r := read(t, "a.csv", []byte("姓名,证件类型,证件号码\n李明,"+p.T("intake.id_type.volunteer")+",AB-1234\n王芳,"+p.T("intake.id_type.passport")+",E1234567\n"), cpr)
		if r.Rows[0].IDType != "volunteer" || r.Rows[1].IDType != "passport" {
			t.Errorf("%s: %+v", lang, r.Rows)
		}
	}
}
