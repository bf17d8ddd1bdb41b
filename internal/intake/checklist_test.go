package intake_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/intake"
	"github.com/passmuster/passmuster/internal/registry"
)

// Codes and numbers that are well formed.
var (
	code1 = registry.NewCode([10]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}).String()
	code2 = registry.NewCode([10]byte{11, 12, 13, 14, 15, 16, 17, 18, 19, 20}).String()
)

func readList(t *testing.T, text string, chosen map[string]int) *intake.Checklist {
	t.Helper()
	table, err := intake.ReadTable("list.csv", []byte(text), intake.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	l, err := intake.ReadChecklist(table, chosen, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestColumnsOfAListAreFound(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       intake.CheckRow // of the first row
		ready      bool
	}{
		{"codes alone", code1 + "\n" + code2, intake.CheckRow{Line: 1, Code: code1}, true},
		{"codes and names without headings", "张伟\t" + code1 + "\n李娜\t" + code2, intake.CheckRow{Line: 1, Code: code1, Name: "张伟"}, true},
		{"headings", "序号,姓名,证书编号,单位\n1,张伟,GAJK-SJZ-2026-000123,医院", intake.CheckRow{Line: 2, Number: "GAJK-SJZ-2026-000123", Name: "张伟"}, true},
		{"a title above the headings", "名单\n姓名,验证码\n张伟," + code1, intake.CheckRow{Line: 3, Code: code1, Name: "张伟"}, true},
		{"headings of its own", "Volunteer|x,Card\n张伟," + code1, intake.CheckRow{Line: 2, Code: code1}, true},
		{"pairs in one cell", "GAJK-SJZ-2026-000123 张伟\nGAJK-SJZ-2026-000124 李娜", intake.CheckRow{Line: 1, Number: "GAJK-SJZ-2026-000123", Name: "张伟"}, true},
		{"links", "https://v.example/v/" + strings.ReplaceAll(code1, "-", "") + "#123", intake.CheckRow{Line: 1, Code: "https://v.example/v/" + strings.ReplaceAll(code1, "-", "") + "#123"}, true},
		{"mistyped codes under a heading", "code\n7K3Q-D9XM", intake.CheckRow{Line: 2, Code: "7K3Q-D9XM"}, true},
		{"nothing that names a certificate", "姓名,单位\n张伟,医院", intake.CheckRow{Line: 2, Name: "张伟"}, false},
	} {
		l := readList(t, c.text, nil)
		got := l.Rows[0]
		if got.Line != c.want.Line || got.Code != c.want.Code || got.Number != c.want.Number || got.Name != c.want.Name || l.Ready() != c.ready {
			t.Errorf("%s: read %+v, ready %v; want %+v, %v", c.name, got, l.Ready(), c.want, c.ready)
		}
	}
}

func TestColumnsOfAListCanBeChosen(t *testing.T) {
	l := readList(t, "a,b,c\n张伟,x,"+code1, map[string]int{intake.CheckName: 0, intake.CheckCode: 2})
	if got := l.Rows[len(l.Rows)-1]; got.Code != code1 || got.Name != "张伟" {
		t.Errorf("read %+v by the columns that were chosen", got)
	}
	if l := readList(t, code1, map[string]int{intake.CheckCode: 99}); l.Ready() {
		t.Error("a column that there is not was taken")
	}
}

func TestAListHasAtMostSoManyRows(t *testing.T) {
	table, err := intake.ReadTable("l.csv", []byte(strings.Repeat(code1+"\n", 11)), intake.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := intake.ReadChecklist(table, nil, 10); !errors.Is(err, registry.TooLarge) {
		t.Errorf("eleven rows of ten at most: %v", err)
	}
}

// The file comes back with its rows and columns in their order, what a
// spreadsheet would run as a formula made inert, and the added cells beside the
// rows that were checked.
func TestAListIsGivenBackAsItWas(t *testing.T) {
	l := readList(t, "名单\n姓名,验证码,备注\n张伟,"+code1+",=1+1\n\n李娜,"+code2+"\n", nil)
	file, err := l.WithColumns("checked", []string{"verdict", "reason"}, func(i int) []string { return []string{[]string{"valid", "revoked"}[i], "+why"} })
	if err != nil {
		t.Fatal(err)
	}
	back, err := intake.ReadTable("back.xlsx", file, intake.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"名单"}, {"姓名", "验证码", "备注", "verdict", "reason"}, {"张伟", code1, "=1+1", "valid", "+why"}, {"李娜", code2, "", "revoked", "+why"}}
	var got [][]string
	for _, row := range back.Rows {
		var cells []string
		for _, c := range row.Cells {
			if c.Formula {
				t.Errorf("cell %q is a formula", c.Text)
			}
			cells = append(cells, c.Text)
		}
		for len(cells) > 0 && cells[len(cells)-1] == "" {
			cells = cells[:len(cells)-1]
		}
		got = append(got, cells)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("came back as %q, want %q", got, want)
	}
	if back.Rows[3].Line != 5 {
		t.Errorf("the row behind the empty one is line %d, want 5", back.Rows[3].Line)
	}
}

func TestAListIsCarriedByAForm(t *testing.T) {
	l := readList(t, "姓名,验证码\n张伟,"+code1, nil)
	packed, err := l.Table.Pack()
	if err != nil {
		t.Fatal(err)
	}
	table, err := intake.Unpack(packed, intake.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	again, err := intake.ReadChecklist(table, l.Columns, 1000)
	if err != nil || again.Rows[0] != l.Rows[0] {
		t.Errorf("unpacked as %+v (%v), want %+v", again, err, l.Rows)
	}
	for _, bad := range []string{"", "[]", "{}", `[{"l":0,"c":["a"]}]`, `[{"l":2,"c":["a"]},{"l":2,"c":["b"]}]`, `[{"l":1,"c":[` + strings.Repeat(`"a",`, 99) + `"a"]}]`} {
		if _, err := intake.Unpack(bad, intake.Limits{}); err == nil {
			t.Errorf("unpacked %q", bad)
		}
	}
}
