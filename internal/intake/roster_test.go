package intake_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/intake"
	"github.com/passmuster/passmuster/internal/registry"
)

var classDay = registry.NewDate(2026, time.November, 4)

var cpr = intake.Options{Demo: true, On: classDay, PassMark: 84, MinAge: 14, RequireID: true}

func file(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func read(t testing.TB, name string, data []byte, o intake.Options) *intake.Roster {
	t.Helper()
	table, err := intake.ReadTable(name, data, intake.Limits{})
	if err != nil {
		t.Fatalf("ReadTable(%s): %v", name, err)
	}
	r, err := intake.ReadRoster(table, o)
	if err != nil {
		t.Fatalf("ReadRoster(%s): %v", name, err)
	}
	return r
}

// describe writes faults as "row column code args", with ! for an error.
func describe(faults []registry.Fault) (all []string) {
	for _, f := range faults {
		mark := "!"
		if f.Warn {
			mark = ""
		}
		all = append(all, strings.TrimSpace(fmt.Sprintf("%d %s %s%s %s", f.Row, f.Field, f.Code, mark, strings.Trim(fmt.Sprint(f.Args), "[]"))))
	}
	return all
}

func equal(t *testing.T, what string, got, want []string) {
	t.Helper()
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("%s:\n%s\nwant\n%s", what, g, w)
	}
}

func TestRostersAsBasesKeepThemAreReadWhole(t *testing.T) {
	for _, tc := range []struct {
		name, encoding string
		comma          rune
		people         int
	}{
		{"sjz-cpr-class.xlsx", "", 0, 30},
		{"tjx-cpr-class-excel.csv", "gb18030", ',', 25},
		{"msk-first-aid.csv", "utf-8", ';', 40},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := read(t, tc.name, file(t, tc.name), cpr)
			equal(t, "faults", describe(r.Faults()), nil)
			equal(t, "notes", describe(r.Notes), nil)
			if len(r.Good()) != tc.people || r.Table.Encoding != tc.encoding || r.Table.Comma != tc.comma {
				t.Errorf("read %d people in %q with %q, want %d in %q with %q", len(r.Good()), r.Table.Encoding, r.Table.Comma, tc.people, tc.encoding, tc.comma)
			}
			for _, row := range r.Rows {
				if row.Name == "" || row.ID == "" || row.BirthDate.IsZero() || row.Phone == "" || row.Organization == "" || row.Title == "" || row.Theory == nil || row.Skills == nil || !*row.Skills {
					t.Errorf("row %d is not whole: %+v", row.Line, row)
				}
			}
		})
	}
}

func TestRosterFieldsAreRight(t *testing.T) {
	rows := read(t, "tjx-cpr-class-excel.csv", file(t, "tjx-cpr-class-excel.csv"), cpr).Rows
	got := rows[7]
	if got.Line != 9 || got.Name != "李𬱖" || got.IDType != registry.IDChina || got.ID != "999999196901261239" || got.IDLast4 != "1239" ||
		got.BirthDate.String() != "1969-01-26" || got.Phone != "+8613933329465" || got.Organization != "沧州市人民医院" || got.Department != "心内科" || got.Title != "护士" || *got.Theory != 97 {
		t.Errorf("row 9 is %+v", got)
	}
	if rows[15].Name != "张䶮" || rows[14].Name != "王㛃" {
		t.Errorf("rare characters of GB18030 are %q, %q", rows[15].Name, rows[14].Name)
	}
	ru := read(t, "msk-first-aid.csv", file(t, "msk-first-aid.csv"), cpr).Rows[34]
	if ru.Name != "Құдайбергенов Нұрсұлтан Әбдіғаппарұлы" || ru.IDType != registry.IDVolunteer || ru.ID != "ВМ-77-135738" || ru.BirthDate.String() != "2001-03-02" || ru.Phone != "+79148887661" {
		t.Errorf("row 36 is %+v", ru)
	}
}

func TestBrokenRosterTellsEachFaultOnceAndLosesNobody(t *testing.T) {
	r := read(t, "broken.xlsx", file(t, "broken.xlsx"), cpr)
	equal(t, "faults", describe(r.Faults()), []string{
		"3 姓名 name.empty!",
		"5 证件号码 id.lost! 1.30102E+17",
		"7 证件号码 id.check! **************6891",
		"9 证件号码 id.date! **************0013",
		"11 理论成绩 intake.score_range! 184",
		"13 理论成绩 intake.score_missing!",
		"17 证件号码 intake.duplicate! 16",
		"19 姓名 name.dot",
		"21 姓名 name.bidi! U+202E",
		"23 姓名 name.unassigned! U+3FFFF",
		"25 姓名 name.mixed Ивaнов U+0061",
		"27 手机号 phone.short ***45 5",
		"29 姓名 intake.formula!",
	})
	if len(r.Rows) != 30 || len(r.Good()) != 20 || len(r.Bad()) != 10 {
		t.Errorf("%d rows, %d good, %d bad, want 30, 20, 10", len(r.Rows), len(r.Good()), len(r.Bad()))
	}
	var failed []string
	for _, row := range r.Good() {
		if !*row.Skills {
			failed = append(failed, fmt.Sprint(row.Line, " ", row.Name))
		}
	}
	equal(t, "people who did not pass the skills", failed, []string{"15 上官玉娟"})
	if dot := r.Rows[17]; dot.Name != "扎西·顿珠" {
		t.Errorf("row 19 is called %q", dot.Name)
	}
}

func TestEveryFaultIsOneClearLineInEachLanguage(t *testing.T) {
	r := read(t, "broken.xlsx", file(t, "broken.xlsx"), cpr)
	for _, lang := range i18n.Langs {
		p := i18n.For(lang)
		for _, f := range r.Faults() {
			line := intake.Line(p, f)
			if strings.Contains(line, "error.") || strings.Contains(line, "{") || strings.Contains(line, "\n") || !strings.Contains(line, f.Field) || !strings.Contains(line, fmt.Sprint(f.Row)) {
				t.Errorf("%s: %q", lang, line)
			}
		}
	}
	want := "Row 5 · column “证件号码” · 1.30102E+17: stored as a number, last digits lost · Set the column to Text and type it again"
	if got := intake.Line(i18n.For(i18n.English), r.Faults()[1]); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestFaultsNeverShowAWholeID(t *testing.T) {
	r := read(t, "broken.xlsx", file(t, "broken.xlsx"), intake.Options{On: classDay}) // outside a demo every id is refused
	for _, f := range append(r.Faults(), r.Notes...) {
		if s := fmt.Sprint(f.Args...); strings.Contains(s, "999999") {
			t.Errorf("%s shows %s", f.Code, s)
		}
	}
}

func TestWorkbookIsReadAsExcelizeReadsIt(t *testing.T) {
	for _, name := range []string{"sjz-cpr-class.xlsx", "broken.xlsx"} {
		table, err := intake.ReadTable(name, file(t, name), intake.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		sameAsExcelize(t, name, table)
	}
}

func sameAsExcelize(t *testing.T, name string, table *intake.Table) {
	f, err := excelize.OpenFile(filepath.Join("testdata", name), excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows(table.Sheet, excelize.Options{RawCellValue: true})
	if err != nil || len(rows) != len(table.Rows) {
		t.Fatalf("%s: excelize reads %d rows (%v), we read %d", name, len(rows), err, len(table.Rows))
	}
	for i, row := range rows {
		for j, want := range row {
			if got := table.Rows[i].Cells[j].Text; got != want {
				t.Errorf("%s row %d column %d is %q, excelize reads %q", name, i+1, j+1, got, want)
			}
		}
	}
}

func TestRowHashIsOfTheCleanedRow(t *testing.T) {
	hash := func(csv string) string { return read(t, "a.csv", []byte(csv), cpr).Rows[0].Hash }
	a := hash("姓名,身份证号,理论成绩\n扎西·顿珠,99999919880229013X,90\n")
	if b := hash("№;ФИО;身份证号;Теория, баллы\n7;扎西•顿珠;99999919880229013x;90.0\n"); a != b || len(a) != 64 {
		t.Errorf("the same person has the hashes %s, %s", a, b)
	}
	if b := hash("姓名,身份证号,理论成绩\n扎西·顿珠,99999919880229013X,91\n"); a == b {
		t.Error("another score has the same hash")
	}
}
