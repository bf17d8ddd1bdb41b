package intake_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"fmt"
	"hash/crc32"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/intake"
)

const (
	contentTypes = `<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`
	rootRels     = `<Relationships><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`
	bookRels     = `<Relationships><Relationship Id="r1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="http://x/sharedStrings" Target="/xl/sharedStrings.xml"/></Relationships>`
	book         = `<workbook xmlns:r="http://x"><sheets><sheet name="A" sheetId="1" r:id="r1"/></sheets></workbook>`
)

// workbook makes an XLSX of the given parts beside the usual ones.
func workbook(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	all := map[string]string{"[Content_Types].xml": contentTypes, "_rels/.rels": rootRels, "xl/workbook.xml": book, "xl/_rels/workbook.xml.rels": bookRels}
	for name, s := range parts {
		all[name] = s
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, s := range all {
		w, err := z.Create(name)
		if err == nil {
			_, err = io.WriteString(w, s)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func sheetOf(rows string) map[string]string {
	return map[string]string{"xl/worksheets/sheet1.xml": `<worksheet><sheetData>` + rows + `</sheetData></worksheet>`}
}

func text(cell, s string) string {
	return fmt.Sprintf(`<c r="%s" t="inlineStr"><is><t>%s</t></is></c>`, cell, s)
}

// lying is an archive whose sheet says that it is small and is not.
func lying(t testing.TB) []byte {
	var packed bytes.Buffer
	w, _ := flate.NewWriter(&packed, flate.BestSpeed)
	zeros := strings.Repeat(" ", 1<<20)
	for range 200 {
		if _, err := io.WriteString(w, zeros); err != nil {
			t.Fatal(err)
		}
	}
	w.Close()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, s := range map[string]string{"[Content_Types].xml": contentTypes, "_rels/.rels": rootRels, "xl/workbook.xml": book, "xl/_rels/workbook.xml.rels": bookRels} {
		w, _ := z.Create(name)
		io.WriteString(w, s)
	}
	raw, err := z.CreateRaw(&zip.FileHeader{Name: "xl/worksheets/sheet1.xml", Method: zip.Deflate, CRC32: crc32.ChecksumIEEE(nil), CompressedSize64: uint64(packed.Len()), UncompressedSize64: 1000})
	if err == nil {
		_, err = raw.Write(packed.Bytes())
	}
	if err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestHostileFilesAreRefusedInLittleMemory(t *testing.T) {
	whole := file(t, "sjz-cpr-class.xlsx")
	entities := `<!DOCTYPE a [<!ENTITY a "ha">` + strings.Repeat(`<!ENTITY b "&a;&a;">`, 10) + `<!ENTITY x SYSTEM "file:///etc/hostname">]>`
	many := map[string]string{}
	for i := range 1001 {
		many[fmt.Sprint("x/", i)] = ""
	}
	wide := `<row r="1">` + text("A1", "姓名") + text("XFD1", "x") + `</row>`
	long := strings.Builder{}
	for i := range 5012 {
		fmt.Fprintf(&long, `<row r="%d">%s</row>`, i+1, text(fmt.Sprint("A", i+1), "x"))
	}
	for _, tc := range []struct {
		promise, code string
		data          []byte
	}{
		{"more than 10 MB", "intake.big", make([]byte, 10<<20+1)},
		{"a sheet that unpacks to 100 MB", "intake.bomb", workbook(t, map[string]string{"xl/worksheets/sheet1.xml": strings.Repeat(" ", 100<<20)})},
		{"many parts that unpack to 70 MB together", "intake.bomb", workbook(t, map[string]string{"a": strings.Repeat(" ", 35<<20), "b": strings.Repeat(" ", 35<<20)})},
		{"a sheet of 40 MB", "intake.bomb", workbook(t, map[string]string{"xl/worksheets/sheet1.xml": strings.Repeat(" ", 40<<20)})},
		{"a sheet that lies about its size", "intake.damaged", lying(t)},
		{"1,005 entries", "intake.bomb", workbook(t, many)},
		{"5,012 rows", "intake.rows", workbook(t, sheetOf(long.String()))},
		{"16,384 columns", "intake.columns", workbook(t, sheetOf(wide))},
		{"one text of 20 MB", "intake.bomb", workbook(t, sheetOf(`<row r="1">`+text("A1", strings.Repeat("x", 20<<20))+`</row>`))},
		{"one tag with a million attributes", "intake.bomb", workbook(t, sheetOf(`<row `+strings.Repeat(`a="" `, 1<<20)+`></row>`))},
		{"a million nested elements", "intake.bomb", workbook(t, sheetOf(strings.Repeat(`<a>`, 1<<20)))},
		{"a million shared strings", "intake.bomb", workbook(t, map[string]string{"xl/sharedStrings.xml": `<sst>` + strings.Repeat(`<si><t>x</t></si>`, 1<<20) + `</sst>`})},
		{"entities in the sheet", "intake.dtd", workbook(t, map[string]string{"xl/worksheets/sheet1.xml": entities + `<worksheet><sheetData><row r="1">` + text("A1", "&x;") + `</row></sheetData></worksheet>`})},
		{"entities in the workbook", "intake.dtd", workbook(t, map[string]string{"xl/workbook.xml": entities + book})},
		{"entities in the shared strings", "intake.dtd", workbook(t, map[string]string{"xl/sharedStrings.xml": entities + `<sst/>`})},
		{"an entity without a declaration", "intake.damaged", workbook(t, sheetOf(`<row r="1">`+text("A1", "&x;")+`</row>`))},
		{"a name that climbs out", "intake.paths", workbook(t, map[string]string{"../../etc/passwd": "x"})},
		{"a name from the root", "intake.paths", workbook(t, map[string]string{"/etc/passwd": "x"})},
		{"a name with backslashes", "intake.paths", workbook(t, map[string]string{`xl\..\..\x`: "x"})},
		{"a file cut in half", "intake.damaged", whole[:len(whole)/2]},
		{"a file cut at its end", "intake.damaged", whole[:len(whole)-10]},
		{"rows that run backwards", "intake.damaged", workbook(t, sheetOf(`<row r="2"/><row r="1"/>`))},
		{"cells that run backwards", "intake.damaged", workbook(t, sheetOf(`<row r="1">`+text("B1", "x")+text("A1", "x")+`</row>`))},
		{"a shared string that is not there", "intake.damaged", workbook(t, sheetOf(`<row r="1"><c r="A1" t="s"><v>5</v></c></row>`))},
		{"no sheet", "intake.damaged", workbook(t, map[string]string{"xl/workbook.xml": `<workbook/>`})},
		{"an empty sheet", "intake.empty", workbook(t, sheetOf(""))},
		{"an old .xls", "intake.xls", append([]byte{0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1}, make([]byte, 600)...)},
		{"a workbook with a password", "intake.password", append([]byte{0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1}, "E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00"...)},
		{"Numbers", "intake.numbers", zipOf(t, "Index/Document.iwa")},
		{"OpenDocument", "intake.ods", zipOf(t, "mimetype", "content.xml")},
		{"a binary workbook", "intake.xlsb", zipOf(t, "[Content_Types].xml", "xl/workbook.bin")},
		{"any other archive", "intake.kind", zipOf(t, "holiday.jpg")},
		{"a page", "intake.kind", []byte("<html><table><tr><td>姓名</td></tr></table></html>")},
		{"a picture", "intake.kind", []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d")},
		{"nothing", "intake.empty", []byte(" \r\n")},
		{"a text cut inside a character", "intake.encoding", append(file(t, "tjx-cpr-class-excel.csv"), 0xC0)},
		{"an open quote", "intake.quote", []byte("姓名\n\"李明\n王芳\n")},
		{"10 MB of commas and one cell after them", "intake.columns", append(bytes.Repeat([]byte(","), 9<<20), 'x')},
		{"a CSV of 6,000 rows", "intake.rows", []byte("姓名\n" + strings.Repeat("李明\n", 6000))},
	} {
		t.Run(tc.promise, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := intake.ReadTable("a", tc.data, intake.Limits{})
			runtime.ReadMemStats(&after)
			if codeOf(err) != tc.code {
				t.Errorf("ReadTable = %v, want %s", err, tc.code)
			}
			// All that was allocated on the way, freed or not: an upper bound of what it held at once.
			if spent := after.TotalAlloc - before.TotalAlloc; spent > 200<<20 {
				t.Errorf("took %d MB", spent>>20)
			}
		})
	}
}

func zipOf(t testing.TB, names ...string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, n := range names {
		if _, err := z.Create(n); err != nil {
			t.Fatal(err)
		}
	}
	z.Close()
	return b.Bytes()
}

func FuzzReadTable(f *testing.F) {
	for _, name := range []string{"broken.xlsx", "tjx-cpr-class-excel.csv", "msk-first-aid.csv"} {
		f.Add(file(f, name))
	}
	f.Add(workbook(f, sheetOf(`<row r="1">`+text("A1", "姓名")+`<c t="b"><v>1</v></c></row>`)))
	f.Add([]byte("sep=;\n姓名;\"a\"\"b\"\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := intake.ReadTable("a", data, intake.Limits{Rows: 50, Part: 1 << 20, Unzipped: 2 << 20})
		if err != nil {
			if codeOf(err) == "" {
				t.Fatalf("a refusal without a code: %v", err)
			}
			return
		}
		r, err := intake.ReadRoster(table, cpr)
		if err != nil {
			return
		}
		for _, row := range r.Rows {
			if row.OK() && row.Name == "" {
				t.Fatalf("row %d has no name and no fault", row.Line)
			}
		}
	})
}
