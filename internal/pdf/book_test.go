package pdf

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestABookWithoutAPageIsRefused(t *testing.T) {
	if err := NewBook(io.Discard, nil, BookInfo{}).Close(); err == nil {
		t.Error("no error")
	}
}

func TestABookTellsThatNobodyReads(t *testing.T) {
	r, w := io.Pipe()
	_ = r.CloseWithError(io.ErrClosedPipe)
	b := NewBook(w, nil, BookInfo{})
	b.AddPage(10, 10)
	if err := b.Close(); !errors.Is(err, io.ErrClosedPipe) || !errors.Is(b.Err(), io.ErrClosedPipe) {
		t.Errorf("closed: %v", err)
	}
}

func TestValuesAreReadAndWrittenAgain(t *testing.T) {
	for _, tc := range []struct{ in, out string }{
		{"<</A 1/B[2 0 R 3 4]/C(x (y) \\) z)/D<FEFF>/E<</F/G>>>>", "<</A 1/B [2 0 R 3 4]/C (x (y) \\) z)/D <FEFF>/E <</F /G>>>>"},
		{"[1 0 obj", ""}, {"<</A", ""}, {"(never ends", ""}, {"<FE", ""}, {"", ""}, {"<<1 2>>", ""}, {strings.Repeat("[", 100), ""},
	} {
		v, err := (&parser{in: []byte(tc.in)}).value(0)
		if tc.out == "" {
			if err == nil {
				t.Errorf("%q: read as %s", tc.in, appendValue(nil, v))
			}
			continue
		}
		if got := string(appendValue(nil, v)); err != nil || got != tc.out {
			t.Errorf("%q: %q, %v", tc.in, got, err)
		}
	}
}

// A file that is none of ours, or was cut, leaves the book as it was.
func FuzzPlace(f *testing.F) {
	file := []byte("%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R/StructTreeRoot 4 0 R/Lang(en)>>\nendobj\n2 0 obj\n<</Kids[3 0 R]>>\nendobj\n3 0 obj\n<</Type/Page/MediaBox[0 0 9 9]/Contents 6 0 R/Resources<<>>/StructParents 0>>\nendobj\n" +
		"4 0 obj\n<</K[7 0 R]/ParentTree 5 0 R>>\nendobj\n5 0 obj\n<</Nums[0[7 0 R]]>>\nendobj\n6 0 obj\n<</Length 3>>\nstream\nq Q\nendstream\nendobj\n7 0 obj\n<</S/P/P 4 0 R/Pg 3 0 R/K 0>>\nendobj\n")
	entries := make([]byte, entrySize)
	for n := byte('1'); n < '8'; n++ {
		at := bytes.Index(file, append([]byte{'\n', n}, " 0 obj"...)) + 1
		entries = appendEntry(entries, at)
	}
	whole := append(bytes.Clone(file), "8 0 obj\n"...)
	whole = appendEnd(appendPlainStream(whole, "/Type/XRef/W[1 4 0]/Size 8/Root 1 0 R", 0, entries), len(file))
	place := func(cut int, file []byte) (*Book, *bytes.Buffer, error) {
		var out bytes.Buffer
		b := NewBook(&out, nil, BookInfo{})
		cut = min(max(cut, 1), len(file))
		return b, &out, b.Place(file[:cut], file[cut:])
	}
	own := bytes.Index(file, []byte("6 0 obj"))
	b, out, err := place(own, whole)
	if err != nil || b.Pages() != 1 || !bytes.Contains(out.Bytes(), []byte("q Q")) {
		f.Fatalf("the file is not placed: %v\n%s", err, out)
	}
	f.Add(own, whole)
	f.Add(9, whole)
	f.Add(1, whole[:len(whole)-20])
	f.Fuzz(func(t *testing.T, cut int, file []byte) {
		if len(file) == 0 {
			return
		}
		b, _, err := place(cut, file)
		if err == nil && b.Pages() != 1 {
			t.Error("placed, and no page")
		}
	})
}
