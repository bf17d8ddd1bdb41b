package intake

import (
	"archive/zip"
	"bufio"
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// List is a table that is written row by row and never held whole. Every cell
// is a text; none is run as a formula ([Inert]).
type List interface {
	Row(cells ...string) error
	Close() error // without it the file is not whole
}

// CSVList writes RFC 4180 in UTF-8, with the mark by which spreadsheets know it.
func CSVList(w io.Writer) List { return &csvList{to: w} }

type csvList struct {
	to io.Writer
	w  *csv.Writer
}

func (l *csvList) Row(cells ...string) error {
	if l.w == nil {
		if _, err := io.WriteString(l.to, "\ufeff"); err != nil {
			return fmt.Errorf("write list: %w", err)
		}
		l.w = csv.NewWriter(l.to)
		l.w.UseCRLF = true
	}
	inert := make([]string, len(cells))
	for i, c := range cells {
		inert[i] = Inert(c)
	}
	if err := l.w.Write(inert); err != nil {
		return fmt.Errorf("write list: %w", err)
	}
	return nil
}

func (l *csvList) Close() error {
	if l.w == nil {
		return nil
	}
	l.w.Flush()
	if err := l.w.Error(); err != nil {
		return fmt.Errorf("write list: %w", err)
	}
	return nil
}

// xlsxParts are the parts of a workbook of one sheet but the sheet itself (ISO/IEC
// 29500-1 §12): every cell has the format "@", the first row is bold and stays.
var xlsxParts = []struct{ name, body string }{
	{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>`},
	{"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
	{"xl/workbook.xml", `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="{name}" sheetId="1" r:id="rId1"/></sheets></workbook>`},
	{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>`},
	{"xl/styles.xml", `<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/></cellXfs></styleSheet>`},
}

const (
	sheetHead = `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/><cols><col min="1" max="40" width="22" customWidth="1"/></cols><sheetData>`
	sheetTail = `</sheetData></worksheet>`
)

// XLSXList writes a workbook of one sheet as it comes: the library would keep
// every row until the end. The first row is the heading.
func XLSXList(w io.Writer, name string) List { return &xlsxList{z: zip.NewWriter(w), name: name} }

type xlsxList struct {
	z    *zip.Writer
	name string
	to   *bufio.Writer
	line int
}

func (l *xlsxList) begin() error {
	for _, part := range xlsxParts {
		f, err := l.z.Create(part.name)
		if err != nil {
			return err
		}
		body := strings.Replace(part.body, "{name}", escapeXML(sheetName(l.name)), 1)
		if _, err := io.WriteString(f, xml.Header+body); err != nil {
			return err
		}
	}
	f, err := l.z.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		return err
	}
	l.to = bufio.NewWriter(f)
	_, err = l.to.WriteString(xml.Header + sheetHead)
	return err
}

func (l *xlsxList) Row(cells ...string) error {
	if l.to == nil {
		if err := l.begin(); err != nil {
			return fmt.Errorf("begin workbook: %w", err)
		}
	}
	l.line++
	style := "1"
	if l.line == 1 {
		style = "2"
	}
	_, _ = l.to.WriteString(`<row r="` + strconv.Itoa(l.line) + `">`) // a bufio.Writer keeps its first error
	for _, c := range cells {
		_, _ = l.to.WriteString(`<c t="inlineStr" s="` + style + `"><is><t xml:space="preserve">` + escapeXML(Inert(c)) + `</t></is></c>`)
	}
	if _, err := l.to.WriteString(`</row>`); err != nil {
		return fmt.Errorf("write row: %w", err)
	}
	return nil
}

func (l *xlsxList) Close() error {
	if l.to == nil {
		if err := l.begin(); err != nil {
			return fmt.Errorf("begin workbook: %w", err)
		}
	}
	_, _ = l.to.WriteString(sheetTail)
	if err := l.to.Flush(); err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	if err := l.z.Close(); err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	return nil
}

func escapeXML(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder takes everything
	return b.String()
}
