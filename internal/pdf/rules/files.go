package rules

import (
	"bytes"
	"regexp"
	"slices"
	"unicode/utf8"
)

// fileRules are those of the file's structure.
var fileRules = []Rule{
	{pdfa + "6.1.2", "the header is %PDF-1.0 to 1.7 and a comment of four bytes above 127", header},
	{pdfa + "6.1.3", "the trailer has an ID of two strings and no Encrypt; nothing follows the end", trailer},
	{pdfa + "6.1.4", "the cross-reference stream has one entry for each object that Size counts, its own among them (ISO 32000-1, 7.5.8)", crossReferences},
	{pdfa + "6.1.5", "the document information says what the XMP packet says", information},
	{pdfa + "6.1.6", "hexadecimal strings are whole bytes of hexadecimal digits", hexStrings},
	{pdfa + "6.1.7.1", "each stream is as long as its Length, lies in the file and is framed by line ends", streams},
	{pdfa + "6.1.7.2", "filters are standard ones, and never LZW or Crypt", filters},
	{pdfa + "6.1.8", "font names and structure types are UTF-8", names},
	{pdfa + "6.1.9", "obj and endobj stand on lines of their own", objectForm},
	{pdfa + "6.1.12", "permissions are DocMDP and UR3 at most, the reference without a digest", permissions},
	{pdfa + "6.1.13", "numbers, strings, names, nesting and page sizes stay within the limits", limits},
	{pdfISO + "7.3.7", "no dictionary has a key twice", twiceKeys},
}

var headerForm = regexp.MustCompile(`^%PDF-1\.[0-7](\r\n|\r|\n)%[\x80-\xFF]{4}`)

func header(d *document, report reporter) {
	// Go's expressions read UTF-8: bytes are made characters of the same number.
	begin := []rune{}
	for _, c := range d.data[:min(32, len(d.data))] {
		begin = append(begin, rune(c))
	}
	if !headerForm.MatchString(string(begin)) {
		report("", "the file begins with %.20q", d.data[:min(32, len(d.data))])
	}
}

func trailer(d *document, report reporter) {
	id := d.array(d.trailer["ID"])
	if len(id) != 2 {
		report("trailer", "ID is missing or not a pair")
	}
	for _, one := range id {
		if t, ok := d.resolve(one).(text); !ok || len(t.bytes) < 16 {
			report("trailer", "a part of ID is no string of 16 bytes")
		}
	}
	if d.trailer["Encrypt"] != nil {
		report("trailer", "the file is encrypted")
	}
	end := bytes.LastIndex(d.data, []byte("%%EOF"))
	if end < 0 {
		report("", "the end-of-file marker is missing")
		return
	}
	if rest := string(d.data[end+5:]); rest != "" && rest != "\n" && rest != "\r" && rest != "\r\n" {
		report("", "%d bytes follow the end-of-file marker", len(rest))
	}
}

func crossReferences(d *document, report reporter) {
	if n := d.int(d.trailer["Size"]); n != d.entries || d.odd > 0 {
		report("trailer", "Size is %d, and there are %d entries and %d bytes", n, d.entries, d.odd)
	}
	if d.objects[d.table.number] != d.table {
		report("trailer", "the cross-reference stream has no entry of its own")
	}
}

func hexStrings(d *document, report reporter) { repeat(d.oddHex, report) }
func objectForm(d *document, report reporter) { repeat(d.oddForm, report) }
func twiceKeys(d *document, report reporter)  { repeat(d.oddDict, report) }

func streams(d *document, report reporter) {
	repeat(d.oddBody, report)
	for _, i := range d.order {
		o := d.objects[i]
		if !o.isStream {
			continue
		}
		for _, key := range []name{"F", "FFilter", "FDecodeParms"} {
			if _, ok := o.value.(dict)[key]; ok {
				report(objectName(i), "the stream has %s: it lies in another file", key)
			}
		}
		if o.err != nil {
			report(objectName(i), "the stream cannot be decoded: %v", o.err)
		}
	}
}

var allowedFilters = []name{"ASCIIHexDecode", "ASCII85Decode", "FlateDecode", "RunLengthDecode", "CCITTFaxDecode", "JBIG2Decode", "DCTDecode", "JPXDecode"}

func filters(d *document, report reporter) {
	for _, i := range d.order {
		if o := d.objects[i]; o.isStream {
			for _, n := range d.filters(o.value.(dict)) {
				if !slices.Contains(allowedFilters, n) {
					report(objectName(i), "the filter is %s", n)
				}
			}
		}
	}
}

func names(d *document, report reporter) {
	d.walk(func(where string, v dict) {
		for _, key := range []name{"BaseFont", "FontName", "S"} {
			if n, ok := v[key].(name); ok && !utf8.ValidString(string(n)) {
				report(where, "%s is not UTF-8: %q", key, n)
			}
		}
	})
}

func permissions(d *document, report reporter) {
	perms := d.dict(d.catalog["Perms"])
	for key := range perms {
		if key != "DocMDP" && key != "UR3" {
			report("catalog", "permissions have %s", key)
		}
	}
	if perms["DocMDP"] == nil {
		return
	}
	for _, one := range d.array(d.dict(perms["DocMDP"])["Reference"]) {
		for _, key := range []name{"DigestLocation", "DigestMethod", "DigestValue"} {
			if d.dict(one)[key] != nil {
				report("signature", "the reference has %s", key)
			}
		}
	}
}

func limits(d *document, report reporter) {
	for _, i := range d.order {
		limitsOf(d.objects[i].value, objectName(i), report)
	}
	if len(d.objects) > 8388607 {
		report("", "there are %d objects", len(d.objects))
	}
	for _, p := range d.pages {
		if p.deepest > 28 {
			report(p.name(), "q is nested %d deep, more than 28", p.deepest)
		}
		for _, key := range []name{"MediaBox", "CropBox"} {
			box := d.array(p.dict[key])
			if box == nil && key == "CropBox" {
				continue
			}
			if w, h, ok := d.size(box); !ok || w < 3 || h < 3 || w > 14400 || h > 14400 {
				report(p.name(), "%s is %v by %v units", key, w, h)
			}
		}
	}
}

// size is the width and height of a rectangle.
func (f *file) size(box []any) (w, h float64, ok bool) {
	if len(box) != 4 {
		return 0, 0, false
	}
	var v [4]float64
	for i := range v {
		if v[i], ok = f.number(box[i]); !ok {
			return 0, 0, false
		}
	}
	return max(v[2]-v[0], v[0]-v[2]), max(v[3]-v[1], v[1]-v[3]), true
}

func limitsOf(v any, where string, report reporter) {
	switch v := v.(type) {
	case int64:
		if v > 1<<31-1 || v < -1<<31 {
			report(where, "the integer %d is out of range", v)
		}
	case float64:
		if v > 3.403e38 || v < -3.403e38 || v != 0 && v < 1.175e-38 && v > -1.175e-38 {
			report(where, "the number %g is out of range", v)
		}
	case text:
		if len(v.bytes) > 32767 {
			report(where, "a string has %d bytes, more than 32,767", len(v.bytes))
		}
	case name:
		if len(v) > 127 {
			report(where, "a name has %d bytes, more than 127", len(v))
		}
	case []any:
		for _, one := range v {
			limitsOf(one, where, report)
		}
	case dict:
		for key, one := range v {
			limitsOf(key, where, report)
			limitsOf(one, where, report)
		}
	}
}
