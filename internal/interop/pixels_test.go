package interop_test

import (
	"bytes"
	"compress/gzip"
	"encoding/xml"
	"image"
	"image/draw"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/passmuster/passmuster/assets"
	"github.com/passmuster/passmuster/internal/testkit"
	"github.com/passmuster/passmuster/internal/testkit/world"
)

// drawn is a character as mutool finds it on a page: points from the upper left.
type drawn struct {
	char rune
	font string
	size float64
	x, y float64 // of the left end of its baseline
}

// TestNamesAreDrawnWithTheirOwnGlyphs holds the picture of each character of a
// name against its outline in the font that it is said to be set in. A text can
// be copied out well from a page that shows boxes.
func TestNamesAreDrawnWithTheirOwnGlyphs(t *testing.T) {
	testkit.Tool(t, "mutool")
	testkit.Tool(t, "pdftoppm")
	// URO, Extensions A, B and E, Kazakh, Polish and Akan. DEMO.
	list := []string{"丁𠀀𪛖龘", "张䶮㐀", "李𬱖", "Құдайбергенов Нұрсұлтан", "Żółć Łukasiewicz", "Ɔkɔmfoɔ Ɛdwoa", "Семёнов Пётр"}
	next := 0
	papers, _ := certify(t, world.New(t), func() string { next++; return list[(next-1)%len(list)] }, len(list))
	faces := map[string]*typeface{}
	for _, p := range papers {
		file, page := filepath.Join(t.TempDir(), "c.pdf"), filepath.Join(t.TempDir(), "c")
		write(t, file, p.file)
		picture := render(t, file, page)
		seen := 0
		for _, c := range characters(t, file) {
			if c.size < 16 || !strings.ContainsRune(p.name, c.char) || c.char == ' ' {
				continue
			}
			if faces[c.font] == nil {
				faces[c.font] = face(t, c.font)
			}
			own, box := compare(t, picture, faces[c.font], c)
			if own < 0.85 || own < box+0.2 {
				t.Errorf("%q: %c (%U) in %s is like its outline by %.2f, and like .notdef by %.2f", p.name, c.char, c.char, c.font, own, box)
			}
			seen++
		}
		if want := utf8.RuneCountInString(strings.ReplaceAll(p.name, " ", "")); seen < want {
			t.Errorf("%q: %d characters are found on the page, want %d", p.name, seen, want)
		}
	}
}

const pixelsPerPoint = 4 // 288 dpi

func render(t *testing.T, file, page string) *image.Gray {
	t.Helper()
	if said, err := exec.Command("pdftoppm", "-r", "288", "-gray", "-png", "-singlefile", file, page).CombinedOutput(); err != nil {
		t.Fatalf("pdftoppm: %v\n%s", err, said)
	}
	b, err := os.ReadFile(page + ".png")
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	gray := image.NewGray(img.Bounds())
	draw.Draw(gray, gray.Bounds(), img, image.Point{}, draw.Src)
	return gray
}

// characters lists those of the page with mutool.
func characters(t *testing.T, file string) (out []drawn) {
	t.Helper()
	said, err := exec.Command("mutool", "draw", "-q", "-F", "stext", "-o", "-", file).Output()
	if err != nil {
		t.Fatalf("mutool: %v", err)
	}
	var page struct {
		Fonts []struct {
			Name  string  `xml:"name,attr"`
			Size  float64 `xml:"size,attr"`
			Chars []struct {
				C string  `xml:"c,attr"`
				X float64 `xml:"x,attr"`
				Y float64 `xml:"y,attr"`
			} `xml:"char"`
		} `xml:"page>block>line>font"`
	}
	if err := xml.Unmarshal(said, &page); err != nil {
		t.Fatalf("mutool: %v", err)
	}
	for _, f := range page.Fonts {
		_, name, cut := strings.Cut(f.Name, "+")
		if !cut {
			name = f.Name
		}
		for _, c := range f.Chars {
			r, _ := utf8.DecodeRuneInString(c.C)
			out = append(out, drawn{r, name, f.Size, c.X, c.Y})
		}
	}
	return out
}

// face opens the whole font, as it is vendored.
func face(t *testing.T, name string) *typeface {
	t.Helper()
	files, err := assets.Fonts()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f.Name != name {
			continue
		}
		data := f.Data
		if strings.HasSuffix(f.File, ".gz") {
			r, err := gzip.NewReader(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			if data, err = io.ReadAll(r); err != nil {
				t.Fatal(err)
			}
		}
		out, err := openTypeface(data)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	t.Fatalf("no vendored font is called %q", name)
	return nil
}

// compare says how much the picture of a character is like its outline, and like
// the box for missing ones.
func compare(t *testing.T, picture *image.Gray, f *typeface, c drawn) (own, box float64) {
	t.Helper()
	size := c.size * pixelsPerPoint
	left, top := int(c.x*pixelsPerPoint-0.1*size), int(c.y*pixelsPerPoint-1.1*size)
	w, h := int(1.25*size), int(1.5*size)
	outline, err := f.outline(f.glyph(c.char), 0)
	if err != nil || len(outline) == 0 || f.glyph(c.char) == 0 {
		t.Fatalf("%U has no outline: %v", c.char, err)
	}
	missing, err := f.outline(0, 0)
	if err != nil {
		t.Fatal(err)
	}
	paint := func(o [][]point) []float64 {
		return fill(o, w, h, c.x*pixelsPerPoint-float64(left), c.y*pixelsPerPoint-float64(top), size)
	}
	want, dark := paint(outline), make([]float64, w*h)
	advance := float64(f.u16("hmtx", 4*min(f.glyph(c.char), f.u16("hhea", 34)-1))) / f.upem * size
	for i := range dark {
		x, y := left+i%w, top+i/w
		// Beside the character stand its neighbours.
		if px := float64(x) - c.x*pixelsPerPoint; px >= 0 && px < advance {
			dark[i] = 1 - float64(picture.GrayAt(x, y).Y)/255
		} else {
			want[i] = 0
		}
	}
	return alike(dark, want), alike(dark, paint(missing))
}
