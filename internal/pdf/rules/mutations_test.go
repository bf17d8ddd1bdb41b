package rules

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/testkit"
)

func str(s string) text { return text{bytes: []byte(s)} }

func whole(list ...int) (out []any) {
	for _, n := range list {
		out = append(out, int64(n))
	}
	return out
}

// mutation spoils one thing of a certificate.
type mutation struct {
	about  string
	clause string
	spoil  func(m *maker)
	also   []string // other clauses that it must breach with it
}

var mutations = []mutation{
	{"another header", pdfa + "6.1.2", func(m *maker) { m.replace("%PDF-1.7", "%PDF-2.0") }, nil},
	{"no binary comment", pdfa + "6.1.2", func(m *maker) { m.replace("\n%\xE2\xE3", "\n%ab") }, nil},
	{"no ID", pdfa + "6.1.3", func(m *maker) { delete(m.trailer, "ID") }, nil},
	{"encrypted", pdfa + "6.1.3", func(m *maker) { m.trailer["Encrypt"] = dict{} }, nil},
	{"bytes after the end", pdfa + "6.1.3", func(m *maker) { m.fix = func(b []byte) []byte { return append(b, "more"...) } }, []string{pdfa + "6.4.3"}},
	{"a table of another size", pdfa + "6.1.4", func(m *maker) { m.trailer["Size"] = int64(9) }, nil},
	{"a table without its own entry", pdfa + "6.1.4", func(m *maker) {
		m.fix = func(b []byte) []byte {
			b[bytes.LastIndex(b, []byte("\nendstream"))-5] = 0
			return b
		}
	}, nil},
	{"a title without XMP", pdfa + "6.1.5", func(m *maker) { m.info()["Title"] = str("Certificate") }, nil},
	{"a date without XMP", pdfa + "6.1.5", func(m *maker) { m.info()["ModDate"] = str("D:20200101000000+00'00'") }, nil},
	{"another producer", pdfa + "6.1.5", func(m *maker) { m.info()["Producer"] = str("Somebody") }, nil},
	{"no author in Info", pdfa + "6.1.5", func(m *maker) { delete(m.info(), "Author") }, nil},
	{"other keywords", pdfa + "6.1.5", func(m *maker) { m.info()["Keywords"] = str("x") }, nil},
	{"a creator of its own", pdfa + "6.1.5", func(m *maker) { m.info()["Creator"] = str("x") }, nil},
	{"half a byte in hexadecimal", pdfa + "6.1.6", func(m *maker) {
		m.trailer["ID"] = m.trailer["ID"].([]any)
		m.info()["Odd"] = text{[]byte("abc"), true}
		m.replace("<616263>", "<61626 >")
	}, nil},
	{"letters in hexadecimal", pdfa + "6.1.6", func(m *maker) {
		m.info()["Odd"] = text{[]byte("abc"), true}
		m.replace("<616263>", "<6162XY>")
	}, nil},
	{"a wrong length", pdfa + "6.1.7.1", func(m *maker) {
		m.add(dict{}, []byte("abcdefgh")...)
		m.replace("<</Length 8>>", "<</Length 7>>")
	}, nil},
	{"a stream elsewhere", pdfa + "6.1.7.1", func(m *maker) { m.add(dict{"F": str("other.bin")}, 'x') }, nil},
	{"a stream that is broken", pdfa + "6.1.7.1", func(m *maker) { m.add(dict{"Filter": name("FlateDecode")}, []byte("nothing")...) }, nil},
	{"LZW", pdfa + "6.1.7.2", func(m *maker) { m.add(dict{"Filter": []any{name("LZWDecode")}}, 'x') }, []string{pdfa + "6.1.7.1"}},
	{"a font name that is not UTF-8", pdfa + "6.1.8", func(m *maker) {
		f, _ := m.drawn()
		f.dict["BaseFont"], f.descendant["BaseFont"], f.descriptor["FontName"] = name("PASSZZ+\xFF"), name("PASSZZ+\xFF"), name("PASSZZ+\xFF")
	}, nil},
	{"endobj behind a value", pdfa + "6.1.9", func(m *maker) { m.replace("\nendobj\n", " endobj\n") }, nil},
	{"another permission", pdfa + "6.1.12", func(m *maker) { m.dict(m.catalog()["Perms"])["X"] = ref(1) }, nil},
	{"a digest in the reference", pdfa + "6.1.12", func(m *maker) {
		m.dict(m.array(m.of("ByteRange", nil)["Reference"])[0])["DigestMethod"] = name("MD5")
	}, nil},
	{"a large number", pdfa + "6.1.13", func(m *maker) { m.info()["X"] = int64(1 << 31) }, nil},
	{"a long string", pdfa + "6.1.13", func(m *maker) { m.info()["X"] = str(strings.Repeat("x", 32768)) }, nil},
	{"a long name", pdfa + "6.1.13", func(m *maker) { m.info()["X"] = name(strings.Repeat("x", 128)) }, nil},
	{"q 29 deep", pdfa + "6.1.13", func(m *maker) { m.draw("%s%s", strings.Repeat("q ", 29), strings.Repeat("Q ", 29)) }, nil},
	{"a giant page", pdfa + "6.1.13", func(m *maker) { m.page()["MediaBox"] = whole(0, 0, 14401, 600) }, nil},
	{"a key twice", pdfISO + "7.3.7", func(m *maker) {
		m.info()["Aa"], m.info()["Ab"] = int64(7), int64(8)
		m.replace("/Ab 8", "/Aa 8")
	}, nil},

	{"an operator of nobody", pdfa + "6.2.2", func(m *maker) { m.draw("BX foo EX") }, nil},
	{"Q too many", pdfa + "6.2.2", func(m *maker) { m.draw("Q") }, nil},
	{"a page without resources", pdfa + "6.2.2", func(m *maker) {
		pages := m.of("Type", name("Pages"))
		pages["Resources"] = m.page()["Resources"]
		delete(m.page(), "Resources")
	}, nil},
	{"no output intent", pdfa + "6.2.3", func(m *maker) { delete(m.catalog(), "OutputIntents") }, []string{pdfa + "6.2.4.3"}},
	{"N that does not count", pdfa + "6.2.3", func(m *maker) { m.of("N", nil)["N"] = int64(4) }, []string{pdfa + "6.2.4.3"}},
	{"a profile of another class", pdfa + "6.2.3", func(m *maker) { m.edit(m.one("N", nil), "mntrRGB ", "linkRGB ") }, nil},
	{"a profile without a tag", pdfa + "6.2.3", func(m *maker) { m.edit(m.one("N", nil), "gTRC", "xxxx") }, nil},
	{"a profile cut short", pdfa + "6.2.3", func(m *maker) {
		at := m.one("N", nil)
		m.setStream(at, m.objects[at].decoded[:200])
	}, nil},
	{"an ICC colour space without a profile", pdfa + "6.2.4.2", func(m *maker) { m.resource("ColorSpace", "C", []any{name("ICCBased"), ref(1)}) }, nil},
	{"CMYK", pdfa + "6.2.4.3", func(m *maker) { m.draw("/Artifact BMC 0 0 0 1 k 0 0 9 9 re f EMC") }, nil},
	{"CMYK in an image", pdfa + "6.2.4.3", func(m *maker) {
		m.resource("XObject", "I", m.add(dict{"Type": name("XObject"), "Subtype": name("Image"), "ColorSpace": name("DeviceCMYK"), "BitsPerComponent": int64(8)}, 'x'))
		m.draw("/Artifact BMC /I Do EMC")
	}, nil},
	{"a transfer function", pdfa + "6.2.5", func(m *maker) { m.resource("ExtGState", "G", dict{"TR": name("Identity")}) }, nil},
	{"a rendering intent", pdfa + "6.2.6", func(m *maker) { m.draw("/Pretty ri") }, nil},
	{"an interpolated image", pdfa + "6.2.8", func(m *maker) {
		m.add(dict{"Subtype": name("Image"), "Interpolate": true}, 'x')
	}, nil},
	{"a reference to another file", pdfa + "6.2.9", func(m *maker) { m.add(dict{"Subtype": name("Form"), "Ref": dict{}}, 'x') }, nil},
	{"PostScript", pdfa + "6.2.9", func(m *maker) { m.add(dict{"Subtype": name("PS")}, 'x') }, nil},
	{"a blend mode of nobody", pdfa + "6.2.10", func(m *maker) { m.resource("ExtGState", "G", dict{"BM": name("Glow")}) }, nil},
	{"transparency without a space to blend in", pdfa + "6.2.10", func(m *maker) {
		delete(m.catalog(), "OutputIntents")
		m.resource("ExtGState", "G", dict{"ca": 0.5})
		m.draw("/G gs")
	}, []string{pdfa + "6.2.3", pdfa + "6.2.4.3"}},

	{"font names that differ", pdfa + "6.2.11.2", func(m *maker) { f, _ := m.drawn(); f.descriptor["FontName"] = name("PASSZZ+Other") }, nil},
	{"a descriptor without a bounding box", pdfa + "6.2.11.2", func(m *maker) { f, _ := m.drawn(); f.descriptor["FontBBox"] = whole(0, 0, 0, 0) }, nil},
	{"a simple font", pdfa + "6.2.11.2", func(m *maker) {
		m.resource("Font", "H", m.add(dict{"Type": name("Font"), "Subtype": name("Type1"), "BaseFont": name("Helvetica")}))
	}, []string{pdfa + "6.2.11.4.1", pdfa + "6.2.11.7.2", pdfISO + "9.6.4"}},
	{"CIDs of Japan", pdfa + "6.2.11.3.1", func(m *maker) { f, _ := m.drawn(); m.dict(f.descendant["CIDSystemInfo"])["Ordering"] = str("Japan1") }, nil},
	{"no way from CIDs to glyphs", pdfa + "6.2.11.3.2", func(m *maker) { f, _ := m.drawn(); delete(f.descendant, "CIDToGIDMap") }, nil},
	{"a font that is not embedded", pdfa + "6.2.11.4.1", func(m *maker) { f, _ := m.drawn(); delete(f.descriptor, "FontFile2") }, nil},
	{"a glyph that is not there", pdfa + "6.2.11.4.1", func(m *maker) {
		f, _ := m.drawn()
		m.show(f, 0xFFF0)
	}, []string{pdfa + "6.2.11.7.2"}},
	{"a glyph that is blank", pdfa + "6.2.11.4.1", func(m *maker) {
		f, code := m.drawn()
		m.program(f, func(p *program) { blankOut(p, f.glyph(code)) })
	}, nil},
	{"a CIDSet with a hole", pdfa + "6.2.11.4.2", func(m *maker) { f, _ := m.drawn(); f.descriptor["CIDSet"] = m.add(dict{}, 0x80) }, nil},
	{"widths of another font", pdfa + "6.2.11.5", func(m *maker) {
		f, code := m.drawn()
		f.descendant["W"] = []any{int64(code), []any{int64(f.width(code)) + 2}}
	}, nil},
	{"no map to Unicode", pdfa + "6.2.11.7.2", func(m *maker) { f, _ := m.drawn(); delete(f.dict, "ToUnicode") }, nil},
	{"a code without Unicode", pdfa + "6.2.11.7.2", func(m *maker) { m.remap("") }, nil},
	{"a code that is U+FEFF", pdfa + "6.2.11.7.2", func(m *maker) { m.remap("FEFF") }, nil},
	{"a code that is U+0000", pdfa + "6.2.11.7.2", func(m *maker) { m.remap("0000") }, nil},
	{"a code that is half a pair", pdfa + "6.2.11.7.2", func(m *maker) { m.remap("D840") }, nil},
	{"a character of one's own", pdfa + "6.2.11.7.3", func(m *maker) { m.remap("E000") }, nil},
	{".notdef by its number", pdfa + "6.2.11.8", func(m *maker) { f, _ := m.drawn(); m.show(f, 0) }, []string{pdfa + "6.2.11.7.2"}},
	{".notdef under another number", pdfa + "6.2.11.8", func(m *maker) {
		f, code := m.drawn()
		m.program(f, func(p *program) { likeNotdef(p, f.glyph(code)) })
	}, nil},
	{"a subset without letters", pdfISO + "9.6.4", func(m *maker) {
		f, _ := m.drawn()
		f.dict["BaseFont"], f.descendant["BaseFont"], f.descriptor["FontName"] = name("Noto"), name("Noto"), name("Noto")
	}, nil},

	{"a film", pdfa + "6.3.1", func(m *maker) { a := link(); a["Subtype"] = name("Movie"); m.annotate(a, "Annot") }, []string{pdfa + "6.3.3"}},
	{"a field that is not printed", pdfa + "6.3.2", func(m *maker) { m.of("Subtype", name("Widget"))["F"] = int64(128) }, nil},
	{"a hidden field", pdfa + "6.3.2", func(m *maker) { m.of("Subtype", name("Widget"))["F"] = int64(6) }, nil},
	{"a field with a size and no appearance", pdfa + "6.3.3", func(m *maker) { m.of("Subtype", name("Widget"))["Rect"] = whole(0, 0, 9, 9) }, nil},
	{"an appearance for the mouse", pdfa + "6.3.3", func(m *maker) {
		a := m.add(dict{"Subtype": name("Form"), "BBox": whole(0, 0, 1, 1), "Resources": dict{}}, ' ')
		m.of("Subtype", name("Widget"))["AP"] = dict{"N": a, "R": a}
	}, nil},
	{"a field with an action", pdfa + "6.4.1", func(m *maker) { m.of("Subtype", name("Widget"))["AA"] = dict{} }, nil},
	{"appearances to be made", pdfa + "6.4.1", func(m *maker) { m.dict(m.catalog()["AcroForm"])["NeedAppearances"] = true }, nil},
	{"an XFA form", pdfa + "6.4.2", func(m *maker) { m.dict(m.catalog()["AcroForm"])["XFA"] = str("x") }, nil},
	{"a byte range that ends early", pdfa + "6.4.3", func(m *maker) {
		m.fix = func(b []byte) []byte { return bytes.Replace(b, []byte("%%EOF\n"), []byte("%%EOF\r\n"), 1) }
	}, nil},
	{"a signature that is none", pdfa + "6.4.3", func(m *maker) { m.of("ByteRange", nil)["Contents"] = text{[]byte("abcd"), true} }, nil},
	{"a script", pdfa + "6.5.1", func(m *maker) {
		m.catalog()["OpenAction"] = dict{"S": name("JavaScript"), "JS": str("app.alert(1)")}
	}, nil},
	{"scripts of the document", pdfa + "6.5.1", func(m *maker) { m.dict(m.catalog()["Names"])["JavaScript"] = dict{"Names": []any{}} }, nil},
	{"a program to launch", pdfa + "6.5.1", func(m *maker) {
		a := link()
		m.dict(a["A"])["S"] = name("Launch")
		m.annotate(a, "Link")
	}, nil},
	{"a page that acts", pdfa + "6.5.2", func(m *maker) { m.page()["AA"] = dict{} }, nil},
	{"a document that acts", pdfa + "6.5.2", func(m *maker) { m.catalog()["AA"] = dict{} }, nil},
	{"a file without UF", pdfa + "6.8", func(m *maker) { delete(m.of("Type", name("Filespec")), "UF") }, nil},
	{"a file without a relation", pdfa + "6.8", func(m *maker) { delete(m.of("Type", name("Filespec")), "AFRelationship") }, nil},
	{"a file without a kind", pdfa + "6.8", func(m *maker) { delete(m.of("Type", name("EmbeddedFile")), "Subtype") }, nil},
	{"a file without a date", pdfa + "6.8", func(m *maker) { delete(m.dict(m.of("Type", name("EmbeddedFile"))["Params"]), "ModDate") }, nil},
	{"a file that is not associated", pdfa + "6.8", func(m *maker) { delete(m.catalog(), "AF") }, nil},
	{"a file without a name", pdfa + "6.8", func(m *maker) { delete(m.dict(m.catalog()["Names"]), "EmbeddedFiles") }, nil},
	{"layers without a name", pdfa + "6.9", func(m *maker) { m.catalog()["OCProperties"] = dict{"D": dict{}} }, nil},
	{"alternate presentations", pdfa + "6.10", func(m *maker) { m.dict(m.catalog()["Names"])["AlternatePresentations"] = dict{} }, nil},
	{"requirements", pdfa + "6.11", func(m *maker) { m.catalog()["Requirements"] = []any{} }, nil},

	{"no XMP", pdfa + "6.6.2.1", func(m *maker) { delete(m.catalog(), "Metadata") }, []string{pdfa + "6.1.5", pdfua + "7.1"}},
	{"XMP that is not well-formed", pdfa + "6.6.2.1", func(m *maker) { m.edit(m.one("Subtype", name("XML")), "<pdf:Producer>", "<pdf:Producer>&") }, []string{pdfa + "6.1.5", pdfua + "7.1"}},
	{"XMP that names its encoding", pdfa + "6.6.2.1", func(m *maker) { m.edit(m.one("Subtype", name("XML")), `"?>`, `" encoding="UTF-8"?>`) }, nil},
	{"a property of our own", pdfa + "6.6.2.3.1", func(m *maker) {
		m.edit(m.one("Subtype", name("XML")), "<xmp:CreateDate>", `<xmp:Nickname>x</xmp:Nickname><xmp:CreateDate>`)
	}, nil},
	{"a title in no language", pdfa + "6.6.2.3.1", func(m *maker) { m.edit(m.one("Subtype", name("XML")), `xml:lang="x-default"`, `xml:lang="en"`) }, nil},
	{"a claim to PDF/A", pdfa + "6.6.4", func(m *maker) {
		m.edit(m.one("Subtype", name("XML")), "<xmp:CreateDate>", `<pdfaid:part xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">3</pdfaid:part><xmp:CreateDate>`)
	}, nil},
	{"a claim to PDF/UA", pdfua + "5", func(m *maker) {
		m.edit(m.one("Subtype", name("XML")), "<xmp:CreateDate>", `<pdfuaid:part xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">1</pdfuaid:part><xmp:CreateDate>`)
	}, nil},
	{"XMP in ASCII85", pdfISO + "14.3.2", func(m *maker) { m.of("Subtype", name("XML"))["Filter"] = name("ASCII85Decode") }, []string{pdfa + "6.1.5", pdfa + "6.1.7.1", pdfa + "6.6.2.1", pdfua + "7.1"}},

	{"not marked", pdfa + "6.7.2.2", func(m *maker) { delete(m.catalog(), "MarkInfo") }, nil},
	{"no tree", pdfa + "6.7.3.3", func(m *maker) { delete(m.catalog(), "StructTreeRoot") }, []string{pdfua + "7.18.4"}},
	{"a tag of nobody", pdfa + "6.7.3.4", func(m *maker) { m.element("Diploma") }, nil},
	{"a circle of tags", pdfa + "6.7.3.4", func(m *maker) {
		m.of("Type", name("StructTreeRoot"))["RoleMap"] = dict{"A": name("B"), "B": name("A")}
		m.element("A")
	}, nil},
	{"a standard tag mapped", pdfa + "6.7.3.4", func(m *maker) { m.of("Type", name("StructTreeRoot"))["RoleMap"] = dict{"P": name("H1")} }, nil},
	{"no language", pdfa + "6.7.4", func(m *maker) { delete(m.catalog(), "Lang") }, []string{pdfua + "7.2"}},
	{"a language of nobody", pdfa + "6.7.4", func(m *maker) { m.catalog()["Lang"] = str("zh_CN!") }, nil},
	{"a wrong parent", pdfISO + "14.7.2", func(m *maker) { m.of("S", name("H1"))["P"] = ref(1) }, nil},
	{"an element twice", pdfISO + "14.7.2", func(m *maker) {
		doc := m.of("S", name("Document"))
		list := m.array(doc["K"])
		doc["K"] = append(slices.Clone(list), list[0])
	}, nil},
	{"a mark without an element", pdfISO + "14.7.4.4", func(m *maker) { m.draw("/P <</MCID 5000>> BDC EMC") }, nil},
	{"a mark twice", pdfISO + "14.7.4.4", func(m *maker) { m.draw("/P <</MCID 0>> BDC EMC") }, nil},
	{"an element without its mark", pdfISO + "14.7.4.4", func(m *maker) {
		e := m.element("P")
		m.dict(e)["K"], m.dict(e)["Pg"] = int64(6000), ref(m.one("Type", name("Page")))
	}, nil},
	{"a parent tree that is mixed up", pdfISO + "14.7.4.4", func(m *maker) {
		tree := m.dict(m.of("Type", name("StructTreeRoot"))["ParentTree"])
		list := m.array(m.array(tree["Nums"])[1])
		list[0], list[1] = list[1], list[0]
	}, nil},
	{"an annotation without an element", pdfISO + "14.7.4.4", func(m *maker) { m.of("Subtype", name("Widget"))["StructParent"] = int64(77) }, nil},
	{"two elements read in another order", pdfISO + "14.8.2.3", func(m *maker) {
		list := m.array(m.of("S", name("Document"))["K"])
		list[0], list[1] = list[1], list[0]
	}, nil},
	{"two words in one", pdfISO + "14.8.2.5", func(m *maker) { m.twoLines() }, nil},
	{"a figure without its room", pdfISO + "14.8.5.4.3", func(m *maker) { delete(m.of("S", name("Figure")), "A") }, nil},

	{"a line outside of the tags", pdfua + "7.1", func(m *maker) { m.draw("0 0 m 9 9 l S") }, nil},
	{"an artifact in a tag", pdfua + "7.1", func(m *maker) { m.draw("/P <</MCID 5000>> BDC /Artifact BMC 0 0 m 9 9 l S EMC EMC") }, []string{pdfISO + "14.7.4.4"}},
	{"suspect tags", pdfua + "7.1", func(m *maker) { m.dict(m.catalog()["MarkInfo"])["Suspects"] = true }, nil},
	{"a title that is not shown", pdfua + "7.1", func(m *maker) { delete(m.catalog(), "ViewerPreferences") }, nil},
	{"no title", pdfua + "7.1", func(m *maker) {
		at := m.one("Subtype", name("XML"))
		m.setStream(at, bytes.ReplaceAll(m.objects[at].decoded, []byte("dc:title"), []byte("dc:description")))
	}, []string{pdfa + "6.1.5"}},
	{"a text without a language", pdfua + "7.2", func(m *maker) { delete(m.catalog(), "Lang") }, []string{pdfa + "6.7.4"}},
	{"a list item outside of a list", pdfua + "7.2", func(m *maker) { m.element("LI") }, nil},
	{"a list of paragraphs", pdfua + "7.2", func(m *maker) { m.element("L", m.element("P")) }, nil},
	{"a table with a hole", pdfua + "7.2", func(m *maker) {
		m.table(m.element("TR", m.element("TD"), m.element("TD")), m.element("TR", m.element("TD")))
	}, nil},
	{"a figure without words", pdfua + "7.3", func(m *maker) { delete(m.of("S", name("Figure")), "Alt") }, nil},
	{"H1 left out", pdfua + "7.4", func(m *maker) { m.of("S", name("H1"))["S"] = name("H2") }, nil},
	{"a level left out", pdfua + "7.4", func(m *maker) { m.element("H3") }, nil},
	{"two kinds of headings", pdfua + "7.4", func(m *maker) { m.element("H") }, nil},
	{"a header cell of nothing", pdfua + "7.5", func(m *maker) { m.table(m.element("TR", m.element("TH"))) }, nil},
	{"a note without a name", pdfua + "7.9", func(m *maker) { m.element("Note") }, nil},
	{"a field without a description", pdfua + "7.18.1", func(m *maker) { delete(m.of("Subtype", name("Widget")), "TU") }, nil},
	{"a stamp outside of an Annot", pdfua + "7.18.1", func(m *maker) {
		a := link()
		delete(a, "A")
		a["Subtype"], a["Rect"] = name("Stamp"), whole(0, 0, 0, 0)
		m.annotate(a, "P")
	}, nil},
	{"a page walked in another order", pdfua + "7.18.3", func(m *maker) { delete(m.page(), "Tabs") }, nil},
	{"a field in a paragraph", pdfua + "7.18.4", func(m *maker) { m.of("S", name("Form"))["S"] = name("P") }, nil},
	{"a link in a paragraph", pdfua + "7.18.5", func(m *maker) { m.annotate(link(), "P") }, nil},
	{"a link to nobody knows where", pdfua + "7.18.5", func(m *maker) { a := link(); delete(a, "Contents"); m.annotate(a, "Link") }, nil},
}

// show shows a code of a font as decoration.
func (m *maker) show(f *font, code int) {
	m.resource("Font", "Own", ref(f.number))
	m.draw("/Artifact BMC BT /Own 9 Tf <%04X> Tj ET EMC", code)
}

// remap gives the shown code other characters (UTF-16 in hexadecimal).
func (m *maker) remap(to string) {
	f, code := m.drawn()
	var list []string
	for c, runes := range f.toUnicode {
		if c != code {
			list = append(list, fmt.Sprintf("<%04X><%X>", c, utf16Bytes(runes)))
		} else if to != "" {
			list = append(list, fmt.Sprintf("<%04X><%s>", c, to))
		}
	}
	var b bytes.Buffer
	b.WriteString("begincodespacerange <0000><FFFF> endcodespacerange\n")
	for part := range slices.Chunk(list, 100) {
		fmt.Fprintf(&b, "%d beginbfchar\n%s\nendbfchar\n", len(part), strings.Join(part, "\n"))
	}
	m.setStream(int(f.dict["ToUnicode"].(ref)), b.Bytes())
}

func utf16Bytes(runes []rune) (out []byte) {
	for _, r := range runes {
		if r > 0xFFFF {
			r -= 0x10000
			out = binary.BigEndian.AppendUint16(out, uint16(0xD800+r>>10))
			r = 0xDC00 + r&0x3FF
		}
		out = binary.BigEndian.AppendUint16(out, uint16(r))
	}
	return out
}

// program changes a font program in its place.
func (m *maker) program(f *font, change func(p *program)) {
	at := int(f.descriptor["FontFile2"].(ref))
	b := bytes.Clone(m.objects[at].decoded)
	p, err := readProgram(b)
	if err != nil {
		m.t.Fatal(err)
	}
	change(p)
	m.setStream(at, b)
}

// start is where a glyph's outline begins.
func (p *program) start(glyph int) int {
	if p.long {
		return int(binary.BigEndian.Uint32(p.tables["loca"][4*glyph:]))
	}
	return 2 * int(binary.BigEndian.Uint16(p.tables["loca"][2*glyph:]))
}

// end moves the end of a glyph's outline, and the begin of the next one's.
func (p *program) end(glyph, at int) {
	if p.long {
		binary.BigEndian.PutUint32(p.tables["loca"][4*glyph+4:], uint32(at))
		return
	}
	binary.BigEndian.PutUint16(p.tables["loca"][2*glyph+2:], uint16(at/2))
}

func blankOut(p *program, glyph int) { p.end(glyph, p.start(glyph)) }

// likeNotdef draws a glyph as glyph 0 is drawn.
func likeNotdef(p *program, glyph int) {
	box, _ := p.outline(0)
	at := p.start(glyph)
	p.end(glyph, at+copy(p.tables["glyf"][at:], box))
}

// table puts rows into a table that says where it is.
func (m *maker) table(rows ...ref) {
	t := m.element("Table", rows...)
	m.dict(t)["A"] = dict{"O": name("Layout"), "BBox": whole(0, 0, 9, 9)}
}

// twoLines writes two words under a mark of their own, one below the other.
func (m *maker) twoLines() {
	f, _ := m.drawn()
	letter := 0
	for _, t := range m.fonts() {
		for c, runes := range t.toUnicode {
			if string(runes) == "e" {
				f, letter = t, c
			}
		}
	}
	page := ref(m.one("Type", name("Page")))
	tree := m.dict(m.of("Type", name("StructTreeRoot"))["ParentTree"])
	list := m.array(m.array(tree["Nums"])[1])
	e := m.element("P")
	m.dict(e)["K"], m.dict(e)["Pg"] = int64(len(list)), page
	m.array(tree["Nums"])[1] = append(slices.Clone(list), e)
	m.resource("Font", "Own", ref(f.number))
	m.draw("/P <</MCID %d>> BDC BT /Own 9 Tf <%04X> Tj 0 -9 Td <%04X> Tj ET EMC", len(list), letter, letter)
}

func clauses(list []Finding) (out []string) {
	for _, f := range list {
		if !slices.Contains(out, f.Clause) {
			out = append(out, f.Clause)
		}
	}
	return out
}

func TestCheckFindsWhatIsSpoiled(t *testing.T) {
	sound := clauses(Check(take(t).bytes()))
	covered := map[string]bool{}
	for _, c := range mutations {
		covered[c.clause] = true
		t.Run(c.about, func(t *testing.T) {
			m := take(t)
			c.spoil(m)
			found := Check(m.bytes())
			for _, want := range append([]string{c.clause}, c.also...) {
				if !slices.Contains(clauses(found), want) {
					t.Errorf("%s is not found; found are %v", want, found)
				}
			}
			for _, f := range found {
				if f.Clause != c.clause && !slices.Contains(c.also, f.Clause) && !slices.Contains(sound, f.Clause) {
					t.Errorf("found as well: %s", f)
				}
			}
		})
	}
	for _, r := range Rules() {
		if !covered[r.Clause] {
			t.Errorf("no file is spoiled to show that %s is checked", r.Clause)
		}
	}
}

func TestCertificateKeepsTheRules(t *testing.T) {
	for _, f := range Check(sample(t)) {
		t.Error(f)
	}
	for _, f := range Check(take(t).bytes()) {
		t.Errorf("written in another spelling: %s", f)
	}
}

func TestCheckReportsWhatIsNoPDF(t *testing.T) {
	whole := sample(t)
	for about, b := range map[string][]byte{"nothing": nil, "text": []byte("hello"), "half a file": whole[:len(whole)/2],
		"two revisions": fmt.Appendf(bytes.Clone(whole), "9 0 obj\n<</Type/XRef/W[1 4 0]/Root 1 0 R/Size 1/Prev 17/Length 0>>\nstream\n\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n", len(whole)),
		"a table":       []byte("%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 1 0 R>>\nendobj\nxref\n0 2\n0000000000 65535 f\r\n0000000009 00000 n\r\ntrailer\n<</Root 1 0 R>>\nstartxref\n58\n%%EOF\n")} {
		if found := Check(b); len(found) == 0 {
			t.Errorf("%s passes", about)
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add([]byte("%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 1 0 R>>\nendobj\n2 0 obj\n<</Type/XRef/W[1 1 0]/Size 3/Root 1 0 R/Length 6>>\nstream\n\x00\x00\x01\x09\x01\x3A\nendstream\nendobj\nstartxref\n58\n%%EOF\n"))
	f.Fuzz(func(_ *testing.T, b []byte) { Check(b) })
}

// TestDocumentListsTheClauses holds docs/certificate.md to what is checked.
func TestDocumentListsTheClauses(t *testing.T) {
	said := map[string]bool{}
	for _, row := range testkit.Table(t, "../../../docs/certificate.md", "## Clauses that our tests check") {
		for c := range strings.SplitSeq(row["clauses"], ", ") {
			said[row["standard"]+", "+c] = true
		}
	}
	for _, r := range Rules() {
		if !said[r.Clause] {
			t.Errorf("the document does not list %s", r.Clause)
		}
	}
	for c := range said {
		if !slices.ContainsFunc(Rules(), func(r Rule) bool { return r.Clause == c }) {
			t.Errorf("the document lists %s, which is not checked", c)
		}
	}
}
