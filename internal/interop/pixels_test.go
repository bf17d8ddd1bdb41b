package interop_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
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
	dir := t.TempDir()
	for _, p := range papers {
		for _, what := range misdrawn(dir, p) {
			t.Errorf("%q: %s", p.name, what)
		}
	}
}

// misdrawn lists the characters of a name that do not look like themselves.
func misdrawn(dir string, p paper) (wrong []string) {
	fail := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	file := filepath.Join(dir, "certificate.pdf")
	if err := os.WriteFile(file, p.file, 0o600); err != nil {
		return []string{err.Error()}
	}
	picture, err := render(file, filepath.Join(dir, "large"))
	if err != nil {
		return []string{err.Error()}
	}
	list, err := characters(file)
	if err != nil {
		return []string{err.Error()}
	}
	seen := 0
	for _, c := range list {
		if c.size < leastNameSize || !strings.ContainsRune(p.name, c.char) || c.char == ' ' {
			continue
		}
		own, box, err := compare(picture, c)
		if err != nil || own < leastLikeness || own < box+0.25 {
			fail("%c (%U) in %s is like its outline by %.2f, and like .notdef by %.2f: %v", c.char, c.char, c.font, own, box, err)
		}
		seen++
	}
	if want := utf8.RuneCountInString(strings.ReplaceAll(p.name, " ", "")); seen < want {
		fail("%d characters are found on the page, want %d", seen, want)
	}
	return wrong
}

const (
	leastNameSize = 15.9 // points; what mutool says is rounded
	// leastLikeness is what small characters reach that are made bold with an
	// outline, and more; strangers come to 0.3.
	leastLikeness = 0.65
)

const pixelsPerPoint = 4 // 288 dpi

func render(file, page string) (*image.Gray, error) {
	if said, err := exec.Command("pdftoppm", "-r", "288", "-gray", "-png", "-singlefile", file, page).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("pdftoppm: %w\n%s", err, said)
	}
	b, err := os.ReadFile(page + ".png")
	if err != nil {
		return nil, err
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	gray := image.NewGray(img.Bounds())
	draw.Draw(gray, gray.Bounds(), img, image.Point{}, draw.Src)
	return gray, nil
}

// characters lists those of the page with mutool.
func characters(file string) (out []drawn, err error) {
	said, err := exec.Command("mutool", "draw", "-q", "-F", "stext", "-o", "-", file).Output()
	if err != nil {
		return nil, fmt.Errorf("mutool: %w", err)
	}
	var page struct {
		Lines []struct {
			Direction string `xml:"dir,attr"`
			Fonts     []struct {
				Name  string  `xml:"name,attr"`
				Size  float64 `xml:"size,attr"`
				Chars []struct {
					C string  `xml:"c,attr"`
					X float64 `xml:"x,attr"`
					Y float64 `xml:"y,attr"`
				} `xml:"char"`
			} `xml:"font"`
		} `xml:"page>block>line"`
	}
	if err := xml.Unmarshal(said, &page); err != nil {
		return nil, fmt.Errorf("mutool: %w", err)
	}
	for _, l := range page.Lines {
		if l.Direction != "1 0" { // the word across a demonstration's page
			continue
		}
		for _, f := range l.Fonts {
			name := f.Name[strings.Index(f.Name, "+")+1:]
			for _, c := range f.Chars {
				r, _ := utf8.DecodeRuneInString(c.C)
				out = append(out, drawn{r, name, f.Size, c.X, c.Y})
			}
		}
	}
	return out, nil
}

var (
	facesMu sync.Mutex
	faces   = map[string]*typeface{}
)

// face opens the whole font, as it is vendored, once.
func face(name string) (*typeface, error) {
	facesMu.Lock()
	defer facesMu.Unlock()
	if faces[name] != nil {
		return faces[name], nil
	}
	files, err := assets.Fonts()
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(files, func(f assets.FontFile) bool { return f.Name == name })
	if at < 0 {
		return nil, fmt.Errorf("no vendored font is called %q", name)
	}
	data, err := files[at].TrueType()
	if err != nil {
		return nil, err
	}
	faces[name] = openTypeface(data)
	return faces[name], nil
}

// compare says how much the picture of a character is like its outline, and like
// the box for missing ones.
func compare(picture *image.Gray, c drawn) (own, box float64, err error) {
	f, err := face(c.font)
	if err != nil {
		return 0, 0, err
	}
	size := c.size * pixelsPerPoint
	left, top := int(c.x*pixelsPerPoint-0.1*size), int(c.y*pixelsPerPoint-1.1*size)
	w, h := int(1.25*size), int(1.5*size)
	glyph := f.glyph(c.char)
	if glyph == 0 {
		return 0, 0, fmt.Errorf("%U is not in the font", c.char)
	}
	outline, err := f.outline(glyph, 0)
	if err != nil {
		return 0, 0, err
	}
	missing, err := f.outline(0, 0)
	if err != nil {
		return 0, 0, err
	}
	paint := func(o [][]point) []float64 {
		return fill(o, w, h, c.x*pixelsPerPoint-float64(left), c.y*pixelsPerPoint-float64(top), size)
	}
	want, dark := paint(outline), make([]float64, w*h)
	for i := range dark {
		x, y := left+i%w, top+i/w
		// Beside the character stand its neighbours.
		if px := float64(x) - c.x*pixelsPerPoint; px >= 0 && px < f.advance(glyph)*size {
			dark[i] = 1 - float64(picture.GrayAt(x, y).Y)/255
		} else {
			want[i] = 0
		}
	}
	return alike(dark, want), alike(dark, paint(missing)), nil
}
