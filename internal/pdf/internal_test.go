package pdf

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/pdf/qr"
)

func squeeze(s *squeezer, data []byte) []byte {
	w := stream{s: s}
	w.begin(nil)
	w.write(data)
	return w.end()
}

// counted says how often each byte stands in a text.
func counted(text []byte) []int {
	counts := make([]int, symbols)
	for _, x := range text {
		counts[x]++
	}
	return counts
}

func expand(t testing.TB, data []byte) []byte {
	t.Helper()
	r, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSqueezedIsReadByEveryone(t *testing.T) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	for name, sample := range map[string][]byte{"no sample": nil, "text": []byte(strings.Repeat("12.5 0 1 re\n", 400)), "one byte only": bytes.Repeat([]byte{7}, 1<<20), "every byte": all} {
		s, err := newSqueezer(trainLengths(counted(sample)))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, data := range [][]byte{nil, {0}, sample, all, bytes.Repeat(all, 700)} {
			if got := expand(t, squeeze(s, data)); !bytes.Equal(got, data) {
				t.Errorf("%s: %d bytes come back as %d others", name, len(data), len(got))
			}
		}
	}
}

func TestSqueezerRefusesBrokenTables(t *testing.T) {
	good := trainLengths(nil)
	for name, lengths := range map[string][]uint8{"short": good[:200], "incomplete": append([]uint8{13}, good[1:]...), "zero": append([]uint8{0}, good[1:]...), "long": append([]uint8{14}, good[1:]...)} {
		if _, err := newSqueezer(lengths); err == nil {
			t.Errorf("%s: the table is accepted", name)
		}
	}
}

// TestBarsAreTheDarkModules draws codes of every size with a code that was fitted
// to such drawings, and with one that was not.
func TestBarsAreTheDarkModules(t *testing.T) {
	letters := make([]int, symbols)
	for i := range 16 {
		letters['a'+i] = 1 << i // so everything else is long
	}
	plain, err := newSqueezer(trainLengths(letters))
	if err != nil {
		t.Fatal(err)
	}
	for length := 1; length < 500; length += 23 {
		code, err := qr.Encode(strings.Repeat("8d#", length)[:length], qr.M)
		if err != nil || code.Size > maxSide {
			t.Fatalf("%d characters make a code of %d modules: %v", length, code.Size, err)
		}
		training := stream{s: plain, keep: true}
		training.begin(nil)
		training.qr(code.Size, code.Words)
		fitted, err := newSqueezer(trainLengths(training.counts))
		if err != nil || !fitted.bars.quick || plain.bars.quick {
			t.Fatalf("fitted %v, not fitted %v: %v", fitted.bars.quick, plain.bars.quick, err)
		}
		w := stream{s: fitted}
		w.begin(nil)
		w.qr(code.Size, code.Words)
		text := expand(t, w.end())
		if !bytes.Equal(text, expand(t, training.end())) {
			t.Fatalf("%d modules are drawn in two ways", code.Size)
		}
		dark := 0
		for line := range strings.Lines(string(text)) {
			var x, y, n int
			if _, err := fmt.Sscanf(line, "%d %d %d 1 re\n", &x, &y, &n); err != nil || len(line) != barSize {
				t.Fatalf("line %q: %v", line, err)
			}
			for i := range n {
				if !code.At(x+i, y) {
					t.Fatalf("%q draws a light module", line)
				}
			}
			dark += n
		}
		for y := range code.Size {
			for x := range code.Size {
				if code.At(x, y) {
					dark--
				}
			}
		}
		if dark != 0 {
			t.Errorf("%d modules: %d more are drawn than are dark", code.Size, dark)
		}
	}
}

func FuzzSqueezer(f *testing.F) {
	f.Add([]byte("sample"), []byte("data"))
	f.Fuzz(func(t *testing.T, sample, data []byte) {
		s, err := newSqueezer(trainLengths(counted(sample)))
		if err != nil {
			t.Fatal(err)
		}
		if got := expand(t, squeeze(s, data)); !bytes.Equal(got, data) {
			t.Error("data does not come back")
		}
	})
}

func TestNumbersAreShort(t *testing.T) {
	for v, want := range map[int]string{0: "0", 5: "0.05", 50: "0.5", 1250: "12.5", -1250: "-12.5", 100: "1", -7: "-0.07"} {
		if got := string(appendHundredths(nil, v)); got != want {
			t.Errorf("%d hundredths are %q, want %q", v, got, want)
		}
	}
}

func TestTextStringsHoldEveryCharacter(t *testing.T) {
	if got, want := string(appendText(nil, "A䶮𬱖")), "<FEFF00414DAED873DC56>"; got != want {
		t.Errorf("text string %s, want %s", got, want)
	}
	if got, want := string(appendXML(nil, "a<b>&c")), "a&lt;b&gt;&amp;c"; got != want {
		t.Errorf("XML %s, want %s", got, want)
	}
	if got, want := pdfDate(time.Date(2026, 11, 21, 17, 30, 0, 0, time.FixedZone("", 8*3600))), "(D:20261121093000+00'00')"; got != want {
		t.Errorf("date %s, want %s", got, want)
	}
}

// bareBase has no fonts; mark 1 changes.
func bareBase(t testing.TB) *Base {
	t.Helper()
	b := &Base{First: 1, Changing: []int{1}, Lengths: trainLengths(nil), untrained: true}
	if err := b.prepare(nil); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestMarksAreSetOnceAndAllOfThem(t *testing.T) {
	b := bareBase(t)
	p := b.Begin()
	p.Text(0, nil)
	if _, err := p.Sample(); err == nil {
		t.Error("a constant mark can be set")
	}
	p = b.Begin()
	p.Text(1, nil)
	p.Text(1, nil)
	if _, err := p.Sample(); err == nil {
		t.Error("a mark can be set twice")
	}
	p = b.Begin()
	if err := p.settle(); err != nil || !bytes.Contains(expand(t, p.compressed()), []byte("MCID 1")) {
		t.Errorf("an unset mark is left out: %v", err)
	}
}

func TestACodeThatIsTooLargeIsRefused(t *testing.T) {
	code, err := qr.Encode(strings.Repeat("8d#", 400), qr.M)
	if err != nil {
		t.Fatal(err)
	}
	p := bareBase(t).Begin()
	p.QR(1, code, 0, 0, 10000)
	if _, err := p.Sample(); err == nil || !strings.Contains(err.Error(), "too large") {
		t.Errorf("%d modules: %v", code.Size, err)
	}
}

func TestBrokenFontIsAnError(t *testing.T) {
	f := &Font{Name: "Broken", Open: func() ([]byte, error) { return []byte("nothing"), nil }}
	if _, err := f.Face(); err == nil || !strings.Contains(err.Error(), "Broken") {
		t.Errorf("error %v does not name the font", err)
	}
	g := &Font{Name: "Gone", Open: func() ([]byte, error) { return nil, errors.New("gone") }}
	if missing := Missing([]*Font{g}, Stack{0}, "ab"); len(missing) != 2 {
		t.Errorf("a font that cannot be opened draws %q", missing)
	}
}
