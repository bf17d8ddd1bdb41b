package check_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/pdf/check"
	"github.com/passmuster/passmuster/internal/registry"
)

func (p *pki) public() *ecdsa.PublicKey { return p.rootKey.Public().(*ecdsa.PublicKey) }

// refused asserts that a file is refused for one of the faults.
func refused(t *testing.T, b []byte, root *ecdsa.PublicKey, want ...check.Fault) {
	t.Helper()
	s, err := check.File(b, root)
	if s != nil || err == nil {
		t.Fatalf("File accepted it, want %v", want)
	}
	if got := check.FaultOf(err); !slices.Contains(want, got) {
		t.Errorf("File = %v, want %v", err, want)
	}
}

func TestAcceptsWhatWeSigned(t *testing.T) {
	for name, key := range map[string]crypto.Signer{"P-256": ecKey(t), "RSA-2048": rsaKey(t, 2048)} {
		for _, withRoot := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, root embedded %v", name, withRoot), func(t *testing.T) {
				p := newPKI(t, key)
				l := p.letter()
				if withRoot {
					l.certificates = append(l.certificates, p.root)
				}
				slices.Reverse(l.certificates) // their order does not matter
				b := seal(t, newDraft().file(), l)
				s, err := check.File(b, p.public())
				if err != nil {
					t.Fatal(err)
				}
				at, _ := time.Parse(time.RFC3339, signedAt)
				if string(s.Attachment) != token || s.SHA256 != sha256.Sum256(b) || !s.SignedAt.Equal(at) {
					t.Errorf("File = %q, %x, %s", s.Attachment, s.SHA256, s.SignedAt)
				}
				if len(s.Chain) != len(l.certificates) || !s.Chain[0].Equal(p.leaf) || !s.Chain[1].Equal(p.ca) {
					t.Errorf("chain has %d certificates, want leaf and CA first of %d", len(s.Chain), len(l.certificates))
				}
			})
		}
	}
}

func TestEveryFlippedByteIsRefused(t *testing.T) {
	p := newPKI(t, ecKey(t))
	b := p.original(t)
	open, behind := hole(b)
	r := rand.New(rand.NewPCG(1, 2))
	for range 600 {
		i, bit := r.IntN(len(b)), byte(1)<<r.IntN(8)
		bad := bytes.Clone(b)
		bad[i] ^= bit
		s, err := check.File(bad, p.public())
		if err == nil {
			t.Fatalf("byte %d of %d flipped by %#x: accepted, with %q", i, len(b), bit, s.Attachment)
		}
		// The header is asked first. What our key signed is the evidence that the file
		// was changed, so a signature that is damaged itself is nobody's.
		inSignature := open < i && i < behind
		if f := check.FaultOf(err); f != check.Altered && (f != check.Chain && f != check.Structure || !inSignature) && (f != check.NotPDF || i > 5) {
			t.Errorf("byte %d of %d flipped by %#x: %v, want altered", i, len(b), bit, err)
		}
	}
}

func TestEveryTruncatedFileIsRefused(t *testing.T) {
	p := newPKI(t, ecKey(t))
	b := p.original(t)
	for n := 0; n < len(b); n += 7 {
		if _, err := check.File(b[:n], p.public()); err == nil {
			t.Fatalf("cut to %d of %d bytes: accepted", n, len(b))
		}
	}
}

func TestOtherFiles(t *testing.T) {
	p := newPKI(t, ecKey(t))
	plain := "%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n"
	for name, c := range map[string]struct {
		file string
		want check.Fault
	}{
		"nothing":                      {"", check.NotPDF},
		"a picture":                    {"\x89PNG\r\n\x1a\n" + strings.Repeat("x", 5000), check.NotPDF},
		"a web page":                   {"<!doctype html><title>%PDF", check.NotPDF},
		"a PDF far inside":             {strings.Repeat("x", 2000) + plain, check.NotPDF},
		"a PDF without signature":      {plain, check.Unsigned},
		"one with an empty form":       {plain + "<</FT/Sig/T(here)>>", check.Unsigned},
		"one behind a blank line":      {"\n" + plain, check.Unsigned},
		"a contract signed by someone": {plain + "<</ByteRange [ 0 10 20 30 ]/Contents <00>>>", check.Structure},
		"a file of 5 MB and a byte":    {"%PDF-1.7\n" + strings.Repeat("x", check.MaxFile), check.TooLarge},
	} {
		t.Run(name, func(t *testing.T) { refused(t, []byte(c.file), p.public(), c.want) })
	}
}

// What somebody else signed is not called altered, whatever he did to it since and
// however much it looks like ours: no key of ours signed anything in it.
func TestStrangersFilesAreNeverCalledAltered(t *testing.T) {
	ours, theirs := newPKI(t, ecKey(t)), newPKI(t, ecKey(t))
	b := theirs.original(t)
	for name, file := range map[string][]byte{
		"one byte changed":           bytes.Replace(b, []byte("REVNTw"), []byte("REVNTx"), 1),
		"bytes before the header":    append([]byte("\n"), b...),
		"bytes behind the end":       append(bytes.Clone(b), '\n'),
		"another byte range":         bytes.Replace(b, []byte("/ByteRange[0 "), []byte("/ByteRange[0  "), 1),
		"the name of our attachment": []byte("%PDF-1.7\n(credential.jwt)<</ByteRange [ 0 10 20 30 ]/Contents <00>>>"),
	} {
		t.Run(name, func(t *testing.T) { refused(t, file, ours.public(), check.Structure) })
	}
	// The same, with a message of ours in it: that was not about this file.
	open, behind := hole(ours.original(t))
	message := ours.original(t)[open:behind]
	refused(t, slices.Concat([]byte("%PDF-1.7\n/ByteRange[0 1 2 3]/Contents "), message, []byte("%%EOF\n")), ours.public(), check.Altered)
	refused(t, slices.Concat([]byte("%PDF-1.7\n/ByteRange[0 1 2 3]/Contents "), bytes.ToLower(message), []byte("%%EOF\n")), ours.public(), check.Altered)
}

// Signed files in which the byte range does not cover what it should, from
// pyHanko's tests (MIT). They are signed by others anyway.
func TestCoverageAnomalies(t *testing.T) {
	files, _ := filepath.Glob("testdata/pyhanko/*.pdf")
	if len(files) != 5 {
		t.Fatalf("found %d files, want 5", len(files))
	}
	p := newPKI(t, ecKey(t))
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.Base(f), func(t *testing.T) { refused(t, b, p.public(), check.Structure) })
	}
}

// A page that unpacks to a quarter of a gigabyte is never unpacked: what it shows was signed.
func TestPagesAreNotUnpacked(t *testing.T) {
	p := newPKI(t, ecKey(t))
	bomb := newDraft()
	bomb.objects[content] = stream("/Filter/FlateDecode", zeros(t, 1<<28))
	file := seal(t, bomb.file(), p.letter())
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := check.File(file, p.public()); err != nil {
		t.Error(err)
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 16<<20 {
		t.Errorf("check allocated %d MB for a file of %d KB", got>>20, len(file)>>10)
	}
}

// TestMemoryIsBounded measures what the worst files make the check allocate.
func TestMemoryIsBounded(t *testing.T) {
	p := newPKI(t, ecKey(t))
	bomb := newDraft()
	bomb.objects[embedded] = stream("/Filter/FlateDecode", zeros(t, 1<<28))
	many := newDraft()
	many.objects[info] = "[" + strings.Repeat("[]", 2_000_000) + "]"
	long := newDraft()
	long.objects[info] = "(" + strings.Repeat("(\\(", 1_000_000) + ")"
	fat := newDraft()
	fat.reserve = 2 << 20
	deep := newDraft()
	deep.objects[info] = strings.Repeat("<</A", 500_000) + " null" + strings.Repeat(">>", 500_000)
	crowd := newDraft()
	for range 150_000 {
		crowd.add("null")
	}
	circle := newDraft()
	circle.change(t, spec, "/EF<</F 7 0 R/UF 7 0 R>>", "/EF 6 0 R")
	circle.objects[pages] = "2 0 R"
	page2 := newDraft()
	page2.objects[pages] = "<</Type/Pages/Kids[2 0 R 2 0 R]/Parent 2 0 R/Count 1000000000>>"
	page2.change(t, catalog, "/Fields[4 0 R]", "/Fields[1 0 R]")
	giant := newDraft()
	giant.entries = func([]byte) []byte { return bytes.Repeat([]byte{1, 0, 0, 0, 9}, 900_000) }
	lying := newDraft()
	lying.size = 1 << 40
	far := newDraft()
	far.entries = func(b []byte) []byte { copy(b[6:10], "\xff\xff\xff\xff"); return b }
	for name, c := range map[string]struct {
		file []byte
		want check.Fault
	}{
		"64 MB of zeros":                        {make([]byte, 64<<20), check.TooLarge},
		"64 MB of zeros in a stream":            {[]byte("%PDF-1.7\n/ByteRange 1 0 obj\n" + stream("", strings.Repeat("\x00", 64<<20))), check.TooLarge},
		"half a million nested dictionaries":    {seal(t, deep.file(), p.letter()), check.Unlike},
		"150,000 objects":                       {seal(t, crowd.file(), p.letter()), check.Unlike},
		"an attachment that refers to itself":   {seal(t, circle.file(), p.letter()), check.Unlike},
		"a tree of pages that goes in circles":  {seal(t, page2.file(), p.letter()), check.Unlike},
		"a table of 900,000 lines":              {seal(t, giant.file(), p.letter()), check.Unlike},
		"a table that says it has 2^40 lines":   {seal(t, lying.file(), p.letter()), check.Unlike},
		"a table that leads out of the file":    {seal(t, far.file(), p.letter()), check.Unlike},
		"a quarter of a gigabyte as attachment": {seal(t, bomb.file(), p.letter()), check.Unlike},
		"two million values":                    {seal(t, many.file(), p.letter()), check.Unlike},
		"a string without end":                  {seal(t, long.file(), p.letter()), check.Unlike},
		"room for a signature of 2 MB":          {seal(t, fat.file(), p.letter()), check.Altered},
		"a byte range in every other byte":      {[]byte("%PDF-1.7\n" + strings.Repeat("/ByteRange", 500_000)), check.Structure},
		"five megabytes of opening brackets":    {[]byte("%PDF-1.7\n/ByteRange" + strings.Repeat("[", 5_000_000)), check.Structure},
		"five megabytes of openings of names":   {[]byte("%PDF-1.7\n/ByteRange[0 " + strings.Repeat("0", 5_000_000)), check.Structure},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			refused(t, c.file, p.public(), c.want)
			runtime.ReadMemStats(&after)
			if got := after.TotalAlloc - before.TotalAlloc; got > 64<<20 {
				t.Errorf("check allocated %d MB in all, want 64 at most", got>>20)
			}
		})
	}
}

func TestRefusalsSpeakEveryLanguage(t *testing.T) {
	for _, f := range []check.Fault{check.TooLarge, check.NotPDF, check.Unsigned, check.Altered, check.Appended, check.Structure, check.Unlike, check.Chain} {
		for _, lang := range i18n.Langs {
			p := i18n.For(lang)
			e := &registry.Error{Code: string(f), Args: []any{5}}
			message, fix := p.Error(e)
			why, next := p.Reason(registry.Reason{Code: string(f), Args: e.Args})
			for _, s := range []string{message, fix, why, next} {
				if s == "" || strings.Contains(s, "pdf.") || strings.Contains(s, "{") {
					t.Errorf("%s %s: %q", lang, f, s)
				}
			}
		}
	}
	_, err := check.File(make([]byte, check.MaxFile+1), nil)
	if !errors.Is(err, registry.TooLarge) {
		t.Errorf("File of too many bytes = %v, want a refusal of kind too_large", err)
	}
}
