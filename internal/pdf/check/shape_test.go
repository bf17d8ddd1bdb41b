package check_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/pdf/check"
)

// TestShapes has files signed by our own chain that are no certificates: what a
// thief of the key, or a mistake of ours, could make.
func TestShapes(t *testing.T) {
	p := newPKI(t, ecKey(t))
	for name, change := range map[string]func(d *draft){
		"JavaScript when opened":         func(d *draft) { d.change(t, catalog, "/Lang(en)", "/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>") },
		"JavaScript in a name tree":      func(d *draft) { d.change(t, catalog, "/Names<<", "/Names<</JavaScript<</Names[]>>") },
		"JavaScript by another spelling": func(d *draft) { d.change(t, page, "/Tabs/S", "/Tabs/S/X<</S/Java#53cript>>") },
		"an action of the page":          func(d *draft) { d.change(t, page, "/Tabs/S", "/Tabs/S/AA<<>>") },
		"an action of the field":         func(d *draft) { d.change(t, widget, "/F 132", "/F 132/A<</S/URI/URI(https://example.com)>>") },
		"a link annotation":              func(d *draft) { d.change(t, page, "/Annots[4 0 R]", "/Annots[4 0 R 4 0 R]") },
		"annotations on another page":    func(d *draft) { d.add("<</Type/Page/Parent 2 0 R/Annots[4 0 R]>>") },
		"a second form field":            func(d *draft) { d.change(t, catalog, "/Fields[4 0 R]", "/Fields[4 0 R 4 0 R]") },
		"a text field":                   func(d *draft) { d.change(t, widget, "/FT/Sig", "/FT/Tx") },
		"an orphan field":                func(d *draft) { d.add("<</FT/Tx/T(x)>>") },
		"a form that can change":         func(d *draft) { d.change(t, catalog, "/SigFlags 3", "/SigFlags 3/NeedAppearances true") },
		"an XFA form":                    func(d *draft) { d.change(t, catalog, "/SigFlags 3", "/SigFlags 3/XFA[]") },
		"optional content":               func(d *draft) { d.change(t, catalog, "/Lang(en)", "/OCProperties<<>>") },
		"an optional content group":      func(d *draft) { d.add("<</Type/OCG/Name(x)>>") },
		"an object stream":               func(d *draft) { d.add(stream("/Type/ObjStm/N 0/First 0", "")) },
		"a second table":                 func(d *draft) { d.add(stream("/Type/XRef", "")) },
		"a second table as ours is":      func(d *draft) { d.add(stream("/Type/XRef/W[1 4 0]/Size 1/Root 1 0 R", "\x00\x00\x00\x00\x00")) },
		"a stream from elsewhere":        func(d *draft) { d.add(stream("/F(other.pdf)", "")) },
		"an older revision named":        func(d *draft) { d.trailer = strings.Replace(d.trailer, "/Info", "/Prev 9/Info", 1) },
		"encryption":                     func(d *draft) { d.trailer = strings.Replace(d.trailer, "/Info", "/Encrypt 9 0 R/Info", 1) },
		"another size":                   func(d *draft) { d.size++ },
		"a table of another type":        func(d *draft) { d.trailer = strings.Replace(d.trailer, "/XRef", "/ObjStm", 1) },
		"a table of other widths":        func(d *draft) { d.trailer = strings.Replace(d.trailer, "[1 4 0]", "[1 3 1]", 1) },
		"a table of four widths":         func(d *draft) { d.trailer = strings.Replace(d.trailer, "[1 4 0]", "[1 4 0 0]", 1) },
		"a table without widths":         func(d *draft) { d.trailer = strings.Replace(d.trailer, "/W[1 4 0]", "", 1) },
		"a table in sections":            func(d *draft) { d.trailer += "/Index[0 11]" },
		"a table that is compressed":     func(d *draft) { d.trailer += "/Filter/FlateDecode" },
		"a table in another file":        func(d *draft) { d.trailer += "/F(x)" },
		"a second kind of table":         func(d *draft) { d.trailer += "/XRefStm 9" },
		"a table in half lines":          func(d *draft) { d.entries = func(b []byte) []byte { return append(b, 0) } },
		"an empty table":                 func(d *draft) { d.entries = func([]byte) []byte { return nil } },
		"a table without its own place":  func(d *draft) { d.size, d.entries = -1, func(b []byte) []byte { return b[:len(b)-5] } },
		"a table that places itself elsewhere": func(d *draft) {
			d.entries = func(b []byte) []byte { return append(b[:len(b)-4], b[6:10]...) }
		},
		"a table with an object of a stream": func(d *draft) { d.entries = func(b []byte) []byte { b[5] = 2; return b } },
		"a table without an object":          func(d *draft) { d.entries = func(b []byte) []byte { copy(b[45:50], b[:5]); return b } },
		"a table with an object of number 0": func(d *draft) { d.entries = func(b []byte) []byte { copy(b[:5], b[5:10]); return b } },
		"a table with a place of what is free": func(d *draft) {
			d.entries = func(b []byte) []byte { b[4] = 9; return b }
		},
		"a table with one object twice":  func(d *draft) { d.entries = func(b []byte) []byte { copy(b[40:45], b[5:10]); return b } },
		"a table that leads elsewhere":   func(d *draft) { d.entries = func(b []byte) []byte { b[24]++; return b } },
		"no catalog":                     func(d *draft) { d.trailer = strings.Replace(d.trailer, "/Root 1", "/Root 2", 1) },
		"a catalog out of the table":     func(d *draft) { d.trailer = strings.Replace(d.trailer, "/Root 1", "/Root 99", 1) },
		"a key twice":                    func(d *draft) { d.change(t, catalog, "/Lang(en)", "/Lang(en)/Lang(ru)") },
		"a comment":                      func(d *draft) { d.change(t, catalog, "/Lang(en)", "%x\n/Lang(en)") },
		"another header in a comment":    func(d *draft) { d.header += "%PDF-1.4\n" },
		"an end in a comment":            func(d *draft) { d.header += "%%EOF\n" },
		"bytes between two objects":      func(d *draft) { d.objects[info] += "\nendobj\n10 0 obj\n<<>>" },
		"an object under a wrong number": func(d *draft) { d.objects[info] = "<<>>\nendobj\n9 0 obj\n<<>>" },
		"a stream longer than said":      func(d *draft) { d.change(t, content, "/Length 30", "/Length 29") },
		"a stream of no end":             func(d *draft) { d.change(t, content, "/Length 30", "/Length 999999999999") },
		"a stream of negative length":    func(d *draft) { d.change(t, content, "/Length 30", "/Length -1") },
		"something after the end":        func(d *draft) { d.end += "\n" },
		"two ends":                       func(d *draft) { d.end += "startxref\n9\n%%EOF\n" },
		"changes allowed":                func(d *draft) { d.change(t, signature, "/P 1", "/P 2") },
		"not certified":                  func(d *draft) { d.change(t, catalog, "/Perms<</DocMDP 8 0 R>>", "") },
		"certified by something else":    func(d *draft) { d.change(t, catalog, "/DocMDP 8 0 R", "/DocMDP 9 0 R") },
		"usage rights":                   func(d *draft) { d.change(t, catalog, "/DocMDP 8 0 R", "/DocMDP 8 0 R/UR3 8 0 R") },
		"no transform":                   func(d *draft) { d.change(t, signature, "/TransformMethod/DocMDP", "/TransformMethod/FieldMDP") },
		"another kind of signature":      func(d *draft) { d.change(t, signature, "ETSI.CAdES.detached", "adbe.pkcs7.detached") },
		"a field with another value":     func(d *draft) { d.change(t, widget, "/V 8 0 R", "/V 9 0 R") },
		"a signature shown as another": func(d *draft) {
			n := d.add("<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/M(D:20261121093000+00'00')/Reference[<</TransformMethod/DocMDP/TransformParams<</P 1>>>>]/Contents<3000>>>")
			d.change(t, widget, "/V 8 0 R", fmt.Sprintf("/V %d 0 R", n))
			d.change(t, catalog, "/DocMDP 8 0 R", fmt.Sprintf("/DocMDP %d 0 R", n))
		},
		"a second signature inside":       func(d *draft) { d.add("<</Type/Sig/ByteRange[0 1 2 3]/Contents(x)>>") },
		"no time of signing":              func(d *draft) { d.change(t, signature, "/M(D:20261121093000+00'00')", "") },
		"another spelling of time":        func(d *draft) { d.change(t, signature, "+00'00'", "Z") },
		"no attachment":                   func(d *draft) { d.change(t, catalog, "/Names<</EmbeddedFiles<</Names[(credential.jwt)6 0 R]>>>>", "") },
		"two attachments":                 func(d *draft) { d.change(t, catalog, "[(credential.jwt)6 0 R]", "[(credential.jwt)6 0 R(x)6 0 R]") },
		"attachments in a tree":           func(d *draft) { d.change(t, catalog, "/EmbeddedFiles<<", "/EmbeddedFiles<</Kids[]") },
		"an attachment of other name":     func(d *draft) { d.change(t, spec, "/UF(credential.jwt)", "/UF(credential.txt)") },
		"an attachment elsewhere":         func(d *draft) { d.change(t, spec, "/EF<</F 7 0 R/UF 7 0 R>>", "/FS/URL") },
		"two bodies of an attachment":     func(d *draft) { d.change(t, spec, "/UF 7 0 R", "/UF 5 0 R") },
		"an attachment not associated":    func(d *draft) { d.change(t, catalog, "/AF[6 0 R]", "/AF[5 0 R]") },
		"an attachment that is no stream": func(d *draft) { d.change(t, spec, "/F 7 0 R/UF 7 0 R", "/F 9 0 R/UF 9 0 R") },
		"an attachment of unknown coding": func(d *draft) { d.objects[embedded] = stream("/Filter/LZWDecode", token) },
		"an attachment of broken coding":  func(d *draft) { d.objects[embedded] = stream("/Filter/FlateDecode", token) },
		"an attachment with a predictor":  func(d *draft) { d.objects[embedded] = stream("/DecodeParms<</Predictor 12>>", token) },
		"values too deep":                 func(d *draft) { d.objects[info] = strings.Repeat("[", 99) + strings.Repeat("]", 99) },
		"values without end":              func(d *draft) { d.objects[info] = strings.Repeat("[", 100000) },
		"too many values":                 func(d *draft) { d.objects[info] = "[" + strings.Repeat("1 ", 300000) + "]" },
		"an open string":                  func(d *draft) { d.objects[info] = "(x" },
		"an open name":                    func(d *draft) { d.objects[info] = "/x#4" },
		"an odd string":                   func(d *draft) { d.objects[info] = "<ABC>" },
		"an object that leads to itself":  func(d *draft) { d.objects[page] = "3 0 R" },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDraft()
			change(d)
			refused(t, seal(t, d.file(), p.letter()), p.public(), check.Unlike)
		})
	}
	t.Run("signed before there was a certificate", func(t *testing.T) {
		d := newDraft()
		d.change(t, signature, "D:2026", "D:2025")
		refused(t, seal(t, d.file(), p.letter()), p.public(), check.Chain)
	})
}
