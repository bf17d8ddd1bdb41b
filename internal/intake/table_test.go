package intake_test

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"github.com/passmuster/passmuster/internal/intake"
)

// show writes a table as lines "number: cell|cell".
func show(t *intake.Table) string {
	var b strings.Builder
	for _, row := range t.Rows {
		b.WriteString(strings.Repeat(" ", 0))
		for i, c := range row.Cells {
			if i > 0 {
				b.WriteByte('|')
			}
			b.WriteString(c.Text)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestCSVIsReadAsSpreadsheetsWriteIt(t *testing.T) {
	for _, tc := range []struct{ promise, in, want string }{
		{"commas", "姓名,电话\n李明,1\n", "姓名|电话\n李明|1\n"},
		{"semicolons, though a heading has a comma", "ФИО;Теория, баллы\nПётр;5\n", "ФИО|Теория, баллы\nПётр|5\n"},
		{"tabs", "姓名\t电话\n李明\t1\n", "姓名|电话\n李明|1\n"},
		{"separators in quotes are not counted", "\"a;b;c;d\",姓名,x\n1,2,3\n", "a;b;c;d|姓名|x\n1|2|3\n"},
		{"Excel's first line decides", "sep=;\n姓名;a,b,c,d\n", "姓名|a,b,c,d\n"},
		{"CRLF, CR and no end of the last line", "姓名,a\r\n1,2\r3,4", "姓名|a\n1|2\n3|4\n"},
		{"quotes, doubled quotes and line breaks in them", "姓名,\"x \"\"y\"\"\"\n\"a\nb\",c\n", "姓名|x \"y\"\na\nb|c\n"},
		{"a quote inside a field is a character", "姓名,ООО \"Ромашка\"\n", "姓名|ООО \"Ромашка\"\n"},
		{"a byte order mark is none of the text", "\ufeff姓名\n李明\n", "姓名\n李明\n"},
		{"empty lines and empty ends are passed over", "\n姓名,,,\n,,\n李明\n", "姓名\n李明\n"},
		{"a text kept by a formula is unwrapped", "姓名\n\"=\"\"0123\"\"\"\n", "姓名\n0123\n"},
		{"our own apostrophe is taken off", "姓名,电话\n'=1+1,'+7 991\n'abc,1\n", "姓名|电话\n=1+1|+7 991\n'abc|1\n"},
	} {
		table, err := intake.ReadTable("a.csv", []byte(tc.in), intake.Limits{})
		if err != nil || show(table) != tc.want {
			t.Errorf("%s: %v\n%s want\n%s", tc.promise, err, show(table), tc.want)
		}
	}
}

func TestEncodingsAreTold(t *testing.T) {
	const zh, ru = "序号,姓名\n1,李𬱖\n2,张䶮\n3,王㛃\n", "№;ФИО;Телефон\n1;Семёнов Пётр;\n2;Щербакова Анна;\n"
	for _, tc := range []struct {
		name, text string
		enc        encoding.Encoding
	}{
		{"utf-8", zh, encoding.Nop},
		{"gb18030", zh, simplifiedchinese.GB18030},
		{"gb18030", strings.Repeat(zh, 300), simplifiedchinese.GB18030},
		{"windows-1251", ru, charmap.Windows1251},
		{"utf-16", zh, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)},
		{"utf-16", ru, unicode.UTF16(unicode.BigEndian, unicode.UseBOM)},
	} {
		data, err := tc.enc.NewEncoder().Bytes([]byte(tc.text))
		if err != nil {
			t.Fatal(err)
		}
		table, err := intake.ReadTable("a.csv", data, intake.Limits{})
		want := strings.NewReplacer(",", "|", ";", "|", ";\n", "\n").Replace(strings.ReplaceAll(tc.text, ";\n", "\n"))
		if err != nil || table.Encoding != tc.name || show(table) != want {
			t.Errorf("%s: %v, told %q:\n%.80s want\n%.80s", tc.name, err, table.Encoding, show(table), want)
		}
	}
}

func TestLineNumbersAreTheSpreadsheets(t *testing.T) {
	table, err := intake.ReadTable("a.csv", []byte("sep=,\n姓名\n\n\"a\nb\"\n李明\n"), intake.Limits{})
	if err != nil || len(table.Rows) != 3 || table.Rows[0].Line != 2 || table.Rows[1].Line != 4 || table.Rows[2].Line != 5 {
		t.Errorf("rows %+v, %v", table.Rows, err)
	}
}

func TestWorkbookCellsKeepWhatTheyAre(t *testing.T) {
	parts := sheetOf(`<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row><row r="3" spans="1:9"><c><v>12.50</v></c><c t="b"><v>1</v></c>` +
		`<c t="str"><f>A1&amp;B1</f><v>xy</v></c><c r="E3"><f>1+1</f></c><c r="F3" s="4"/><c t="inlineStr"><is><t>a_x000D__x005F_x0041_</t></is></c><c t="e"><v>#N/A</v></c></row><row r="4"><c r="B4" s="1"/></row>`)
	parts["xl/sharedStrings.xml"] = `<sst><si><t xml:space="preserve"> 姓名 </t></si><si><r><t>李</t></r><r><rPr/><t>明</t></r><rPh sb="0" eb="1"><t>リ</t></rPh></si></sst>`
	table, err := intake.ReadTable("a.xlsx", workbook(t, parts), intake.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := show(table), " 姓名 |李明\n12.50|TRUE|xy|||| "; !strings.HasPrefix(got, want[:len(want)-3]) || len(table.Rows) != 2 || table.Rows[1].Line != 3 {
		t.Errorf("read\n%s", got)
	}
	row := table.Rows[1].Cells
	for i, want := range []intake.Cell{{Text: "12.50", Numeric: true}, {Text: "TRUE"}, {Text: "xy", Formula: true}, {}, {Formula: true}, {}, {Text: "a\r_x0041_"}, {Text: "#N/A"}} {
		if row[i] != want {
			t.Errorf("cell %d is %+v, want %+v", i, row[i], want)
		}
	}
}

func TestWorkbookDatesCountFromItsOwnEpoch(t *testing.T) {
	for epoch, serial := range map[string]string{"": "45600", `<workbookPr date1904="1"/>`: "44138"} {
		parts := sheetOf(`<row r="1">` + text("A1", "姓名") + text("B1", "出生日期") + `</row><row r="2">` + text("A2", "李明") + `<c r="B2" s="3"><v>` + serial + `</v></c></row>`)
		parts["xl/workbook.xml"] = strings.Replace(book, "<sheets>", epoch+"<sheets>", 1)
		r := read(t, "a.xlsx", workbook(t, parts), intake.Options{})
		if got := r.Rows[0].BirthDate.String(); got != "2024-11-04" {
			t.Errorf("%q: %s is %s", epoch, serial, got)
		}
	}
}

func TestHiddenAndEmptySheetsArePassedOver(t *testing.T) {
	parts := sheetOf("")
	parts["xl/workbook.xml"] = `<workbook><sheets><sheet name="H" state="hidden" id="r3"/><sheet name="E" id="r1"/><sheet name="B" id="r3"/><sheet name="C" id="r1"/></sheets></workbook>`
	parts["xl/_rels/workbook.xml.rels"] = `<Relationships><Relationship Id="r1" Type="x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r3" Type="x/worksheet" Target="worksheets/sheet3.xml"/></Relationships>`
	parts["xl/worksheets/sheet3.xml"] = `<x:worksheet xmlns:x="http://x"><x:sheetData><x:row><x:c t="inlineStr"><x:is><x:t>姓名</x:t></x:is></x:c></x:row><x:row><x:c t="inlineStr"><x:is><x:t>李明</x:t></x:is></x:c></x:row></x:sheetData></x:worksheet>`
	r := read(t, "a.xlsx", workbook(t, parts), intake.Options{})
	if r.Table.Sheet != "B" || r.Rows[0].Name != "李明" || r.Rows[0].Line != 2 {
		t.Errorf("read %q: %+v", r.Table.Sheet, r.Rows)
	}
	equal(t, "notes", describe(r.Notes), []string{"0  intake.sheets B"})
}
