package check_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/pdf/check"
)

// TestChangesWithoutAKey edits an intact file as anybody can.
func TestChangesWithoutAKey(t *testing.T) {
	p := newPKI(t, ecKey(t))
	b := p.original(t)
	open, behind := hole(b)
	tail := len(b) - behind
	swap := func(old, new string) []byte {
		if len(old) != len(new) || !bytes.Contains(b, []byte(old)) {
			t.Fatalf("%q is not there or not as long as %q", old, new)
		}
		return bytes.Replace(b, []byte(old), []byte(new), 1)
	}
	ranges := fmt.Sprintf("[0 %010d %010d %010d]", open, behind, tail)
	to := func(a, b, c int) []byte { return swap(ranges, fmt.Sprintf("[0 %010d %010d %010d]", a, b, c)) }
	digits := func(new string) []byte { return slices.Concat(b[:open+1], []byte(new), b[behind-1:]) }
	blank := func(new string) []byte { return digits(new + strings.Repeat("0", behind-open-2-len(new))) }
	used := bytes.TrimRight(b[open+1:behind-1], "0")
	cases := map[string]struct {
		file []byte
		want check.Fault
	}{
		"a line feed appended":             {append(bytes.Clone(b), '\n'), check.Appended},
		"garbage appended":                 {append(bytes.Clone(b), "hello"...), check.Appended},
		"the file twice":                   {slices.Concat(b, b), check.Appended},
		"an annotation added":              {update(b, 3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 841.89 595.28]/Contents[5 0 R]/Resources<<>>/Annots[4 0 R 10 0 R]>>", true), check.Appended},
		"the page's content replaced":      {update(b, 5, stream("", "0 1 0 rg 0 0 900 900 re f\n"), true), check.Appended},
		"the catalog replaced":             {update(b, 1, "<</Type/Catalog/Pages 2 0 R>>", true), check.Appended},
		"an update without table":          {update(b, 5, stream("", "0 g\n"), false), check.Appended},
		"a second signature":               {update(b, 8, "<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/ByteRange[0 10 20 30]/Contents<3000>>>", true), check.Appended},
		"the page's colour changed":        {swap("1 0 0 rg 100", "0 1 0 rg 100"), check.Altered},
		"the attachment changed":           {swap("REVNTw.REVNTw", "REVNTw.REVNTx"), check.Altered},
		"bytes put before the header":      {append([]byte("\n"), b...), check.Altered},
		"another file put before":          {append([]byte("%PDF-1.4\n1 0 obj\nnull\nendobj\n"), b...), check.Altered},
		"line ends converted":              {bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n")), check.Altered},
		"last line feed cut off":           {b[:len(b)-1], check.Altered},
		"byte range null":                  {swap(ranges, "null"+strings.Repeat(" ", len(ranges)-4)), check.Altered},
		"byte range empty":                 {swap(ranges, "[]"+strings.Repeat(" ", len(ranges)-2)), check.Altered},
		"byte range negative":              {swap(ranges, strings.Replace(ranges, "[0 0", "[0 -", 1)), check.Altered},
		"byte range with a plus":           {swap(ranges, strings.Replace(ranges, "[0 0", "[0 +", 1)), check.Altered},
		"byte range not from the start":    {swap(ranges, strings.Replace(ranges, "[0", "[1", 1)), check.Altered},
		"byte range removed":               {bytes.Replace(b, []byte("/ByteRange"+ranges), nil, 1), check.Altered},
		"byte range renamed":               {swap("/ByteRange", "/ByteRenge"), check.Altered},
		"byte range by another spelling":   {bytes.Replace(b, []byte("/ByteRange"), []byte("/Byte#52ange"), 1), check.Altered},
		"byte range of one pair":           {swap(ranges, fmt.Sprintf("[0 %010d]/Bleh[%010d]     ", open, tail)), check.Altered},
		"byte range overlapping":           {to(open, open-100, len(b)-open+100), check.Altered},
		"byte range without the hole":      {to(open, open, len(b)-open), check.Altered},
		"byte range short at the end":      {to(open, behind, tail-200), check.Altered},
		"byte range short by one":          {to(open, behind, tail-1), check.Altered},
		"byte range past the end":          {to(open, behind, tail+1), check.Altered},
		"byte range of huge numbers":       {to(open, 9999999999, 9999999999), check.Altered},
		"byte range with a short head":     {to(40, behind, tail), check.Altered},
		"byte range with a greater hole":   {to(open-40, behind, tail), check.Altered},
		"second range moved on":            {to(open, behind+40, tail-40), check.Altered},
		"second range is nothing":          {to(open, len(b), 0), check.Altered},
		"signature 0x00":                   {blank("00"), check.Structure},
		"signature all zeros":              {blank(""), check.Structure},
		"signature removed":                {digits(""), check.Structure},
		"signature one null":               {bytes.Replace(b, b[open:behind], []byte("null"), 1), check.Structure},
		"signature shortened":              {blank(string(used[:len(used)/2])), check.Structure},
		"signature in lower case":          {blank(strings.ToLower(string(used))), check.Altered},
		"signature with spaces":            {blank(string(used[:10]) + " " + string(used[10:])), check.Altered},
		"something behind the signature":   {blank(string(used) + strings.Repeat("0", 40+len(used)%2) + "DEADBEEF"), check.Altered},
		"hole filled with digits":          {digits(strings.Repeat("F", behind-open-2)), check.Structure},
		"hole ended early, content inside": {blank(string(used[:20]) + ">/Evil<"), check.Structure},
		"subfilter changed":                {swap("ETSI.CAdES.detached", "adbe.pkcs7.detached"), check.Altered},
		"permission changed":               {swap("/P 1/V/1.2", "/P 3/V/1.2"), check.Altered},
		"time of signing changed":          {swap("D:20261121", "D:20261122"), check.Altered},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) { refused(t, c.file, p.public(), c.want) })
	}
	// A second intact file of ours around or inside is still not this one.
	other := newDraft()
	other.change(t, embedded, token, strings.ToUpper(token))
	t.Run("signature of another certificate of ours", func(t *testing.T) {
		o := seal(t, other.file(), p.letter())
		oOpen, oBehind := hole(o)
		refused(t, slices.Concat(b[:open], o[oOpen:oBehind], b[behind:]), p.public(), check.Altered)
	})
}

// update appends an incremental update that redefines an object.
func update(b []byte, number int, object string, table bool) []byte {
	o := bytes.Clone(b)
	at := len(o)
	o = fmt.Appendf(o, "%d 0 obj\n%s\nendobj\n", number, object)
	if table {
		previous := bytes.LastIndex(b, []byte("10 0 obj\n"))
		start := len(o)
		o = fmt.Appendf(o, "xref\n%d 1\n%010d 00000 n\r\ntrailer\n<</Size 11/Root 1 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n", number, at, previous, start)
	}
	return o
}
