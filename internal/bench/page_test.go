package bench

import (
	"bytes"
	"image"
	"image/draw"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/testkit"
)

func testEngine(t testing.TB, n int) (*engine, []registry.Snapshot) {
	t.Helper()
	e, err := newEngine()
	if err != nil {
		t.Fatal(err)
	}
	people := workload(n)
	e.prepare(people)
	return e, people
}

func TestAPageIsReadBackWhole(t *testing.T) {
	e, people := testEngine(t, 120)
	for _, i := range []int{0, 31, 61, 95} {
		m, err := e.one(&people[i])
		if err != nil {
			t.Fatal(err)
		}
		p, err := readPage(m.File.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		var text, art strings.Builder
		segments := 0
		for _, o := range p.ops {
			text.WriteString(o.Text)
		}
		for _, o := range p.art {
			art.WriteString(o.Text)
			segments += len(o.Path)
		}
		for _, want := range []string{people[i].Name, string(people[i].Number), people[i].Code.String()} {
			if !strings.Contains(text.String(), want) {
				t.Errorf("%s: the page's own texts lack %q: %s", people[i].Number, want, text.String())
			}
		}
		if segments < 500 || art.Len() == 0 || p.code.Side < 80 || !strings.Contains(p.xmp, "xmpmeta") {
			t.Errorf("%s: %d segments of art, code %v, %d bytes of XMP", people[i].Number, segments, p.code, len(p.xmp))
		}
	}
}

// Each peer's page must be ours: the same texts at the same places in the same
// shapes, the same code, and a good signature. Otherwise its time means nothing.
func TestPeersDrawTheSamePage(t *testing.T) {
	dir, err := filepath.Abs("../peers")
	if err != nil {
		t.Fatal(err)
	}
	e, people := testEngine(t, 1024)
	s := &session{o: Options{Peers: dir, Tell: func(string) {}}, e: e, kinds: kinds, people: people}
	if !installed(filepath.Join(dir, "node")) { // no test installs anything
		s.kinds = kinds[:1]
		t.Run("Node", func(t *testing.T) {
			testkit.LeaveOut(t, "npm packages are not installed: run npm ci in internal/peers/node")
		})
	}
	defer s.stopPeers()
	if err := s.startPeers(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, p := range s.peers {
		t.Run(p.name, func(t *testing.T) {
			if p.reason != "" {
				testkit.LeaveOut(t, "the peer does not run: "+p.reason)
			}
			seen := map[string]bool{}
			for n, i := range s.described { // one in Chinese, one in Russian
				lang := s.people[i].Languages[0]
				if lang != "en" && !seen[lang] {
					s.compare(t, p, n)
				}
				seen[lang] = true
			}
			if !seen["zh"] || !seen["ru"] {
				t.Errorf("languages of the pages: %v", seen)
			}
		})
	}
}

func (s *session) compare(t *testing.T, p *peer, n int) {
	t.Helper()
	person := s.people[s.described[n]]
	m, err := s.e.one(&person)
	if err != nil {
		t.Fatal(err)
	}
	own, err := readPage(m.File.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	file, err := p.file(n)
	if err != nil {
		t.Fatal(err)
	}
	theirs, ours := paint(t, file), paint(t, m.File.Bytes())
	dark, differ := 0, 0
	left, right := int(own.code.X/72*dpi)-2, int((own.code.X+own.code.Side)/72*dpi)+2 // the codes may have other masks
	top, bottom := int((height-own.code.Y-own.code.Side)/72*dpi)-2, int((height-own.code.Y)/72*dpi)+2
	for y := range min(ours.Rect.Dy(), theirs.Rect.Dy()) {
		for x := range min(ours.Rect.Dx(), theirs.Rect.Dx()) {
			a, b := int(ours.GrayAt(x, y).Y), int(theirs.GrayAt(x, y).Y)
			if a < 128 {
				dark++
			}
			if max(a-b, b-a) > 96 && (x < left || x > right || y < top || y > bottom) {
				differ++
			}
		}
	}
	if differ*50 > dark || dark < 4000 {
		t.Errorf("%s: %d dark pixels, %d of the page differ", person.Number, dark, differ)
	}
	path := filepath.Join(t.TempDir(), "peer.pdf")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	if text := output(t, "pdftotext", "-layout", path, "-"); !strings.Contains(text, person.Name) {
		t.Errorf("%s: the text lacks %q", person.Number, person.Name)
	}
	if signed := output(t, "pdfsig", path); !strings.Contains(signed, "Signature is Valid") {
		t.Errorf("%s: pdfsig says %s", person.Number, signed)
	}
	picture := path + ".png"
	output(t, "pdftoppm", "-r", "150", "-png", "-singlefile", path, path)
	if code := output(t, "zbarimg", "-q", "--raw", "-Sdisable", "-Sqrcode.enable", picture); strings.TrimSpace(code) != m.QR {
		t.Errorf("%s: the code reads %q", person.Number, code)
	}
}

const (
	dpi    = 100
	height = 595.28
)

// paint renders a file in grey.
func paint(t *testing.T, file []byte) *image.Gray {
	t.Helper()
	path := filepath.Join(t.TempDir(), "page")
	if err := os.WriteFile(path+".pdf", file, 0o600); err != nil {
		t.Fatal(err)
	}
	output(t, "pdftoppm", "-r", "100", "-gray", "-png", "-singlefile", path+".pdf", path)
	data, err := os.ReadFile(path + ".png")
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	g := image.NewGray(img.Bounds())
	draw.Draw(g, g.Rect, img, image.Point{}, draw.Src)
	return g
}

func output(t *testing.T, tool string, args ...string) string {
	t.Helper()
	out, err := exec.Command(testkit.Tool(t, tool), args...).Output()
	if err != nil {
		t.Fatalf("%s: %v", tool, err)
	}
	return string(out)
}
