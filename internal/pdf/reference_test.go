package pdf_test

import (
	"bytes"
	"image"
	"image/draw"
	"image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jung-kurt/gofpdf"
	goqrcode "github.com/skip2/go-qrcode"

	"github.com/passmuster/passmuster/assets"
	"github.com/passmuster/passmuster/internal/pdf"
	"github.com/passmuster/passmuster/internal/pdf/qr"
	"github.com/passmuster/passmuster/internal/testkit"
)

// line is a text that both writers draw at one place, sizes in points.
type line struct {
	font int
	size float64
	x, y float64 // mm, of the baseline's left end
	text string
}

// Texts of the basic plane: gofpdf ends the program at any other.
var lines = []line{
	{0, 30, 30, 40, "王秀英 张䶮 欧阳娜"},
	{0, 12, 30, 60, "兹证明于2026年11月14日至21日完成“心肺复苏”培训，共 16 学时。"},
	{1, 24, 30, 80, "Құдайбергенов Нұрсұлтан"},
	{1, 11, 30, 100, "Ɔkɔmfoɔ Akosua Ɛdwoa · O'Brien-Łukasiewicz · Семёнов Пётр"},
}

const (
	qrText       = "https://verify.example/v/7K3QD9XM2HRTW4BX#31415926535897932384626433832795028841971693993751058209749445923078164062862089986280348253421170679"
	qrX, qrY     = 200.0, 120.0 // mm, upper left corner
	qrSide       = 40.0
	allowedShare = 0.0004 // of the page's pixels
)

func fonts(t *testing.T) []assets.FontFile {
	t.Helper()
	all, err := assets.Fonts()
	if err != nil {
		t.Fatal(err)
	}
	var out []assets.FontFile
	for _, name := range []string{"NotoSansSC", "NotoSans"} {
		out = append(out, all[slices.IndexFunc(all, func(f assets.FontFile) bool { return f.Name == name })])
	}
	return out
}

func ours(t *testing.T) []byte {
	t.Helper()
	design := pdf.Design{
		Width: pdf.A4Long, Height: pdf.A4Short,
		Lang: "en", Elements: []pdf.Element{{Tag: "P", Changes: true}, {Tag: "Figure", Alt: "code", Changes: true}},
		Draw: func(*pdf.Canvas) {}, Attachment: "a.txt", About: "a", Producer: "test", Note: "reference",
		Hot: []pdf.Hot{{Font: 0, Runes: "王秀英"}}, // some glyphs in the prefix, some in the file's own subset
	}
	for _, f := range fonts(t) {
		design.Fonts = append(design.Fonts, &pdf.Font{Name: f.Name, SHA256: f.SHA256, Open: func() ([]byte, error) { return f.Data, nil }})
	}
	base, err := pdf.Compile(design, nil)
	if err != nil {
		t.Fatal(err)
	}
	page := base.Begin()
	var set []pdf.Line
	for _, l := range lines {
		set = append(set, pdf.Line{Text: []rune(l.text), Stack: pdf.Stack{l.font}, Size: int(l.size * 100), X: pdf.MM(l.x), Y: pdf.A4Short - pdf.MM(l.y)})
	}
	page.Text(0, set)
	code, err := qr.Encode(qrText, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	page.QR(1, code, pdf.MM(qrX), pdf.A4Short-pdf.MM(qrY+qrSide), pdf.MM(qrSide))
	u, err := page.Finish(pdf.Meta{Title: "t", Author: "a", At: time.Unix(1.8e9, 0), ID: [2]string{"1", "1"}, Attached: pdf.Attached{MIME: "text/plain", Relationship: "Data", Data: []byte("x")}}, 16)
	if err != nil {
		t.Fatal(err)
	}
	suffix, _, err := u.Seal(nil, func(o []byte) ([]byte, error) { return o, nil })
	if err != nil {
		t.Fatal(err)
	}
	return append(bytes.Clone(base.Prefix), suffix...)
}

func theirs(t *testing.T) []byte {
	t.Helper()
	g := gofpdf.New("L", "mm", "A4", "")
	g.AddPage()
	for i, f := range fonts(t) {
		g.AddUTF8FontFromBytes("f"+string(rune('0'+i)), "", bytes.Clone(f.Data)) // it writes into what it is given
	}
	for _, l := range lines {
		g.SetFont("f"+string(rune('0'+l.font)), "", l.size)
		g.Text(l.x, l.y, l.text)
	}
	picture, err := goqrcode.Encode(qrText, goqrcode.Medium, 800)
	if err != nil {
		t.Fatal(err)
	}
	g.RegisterImageOptionsReader("qr", gofpdf.ImageOptions{ImageType: "PNG"}, bytes.NewReader(picture))
	g.ImageOptions("qr", qrX, qrY, qrSide, qrSide, false, gofpdf.ImageOptions{}, 0, "")
	var out bytes.Buffer
	if err := g.Output(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// paint renders a file and returns the picture's path.
func paint(t *testing.T, name string, file []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path+".pdf", file, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(testkit.Tool(t, "pdftoppm"), "-r", "150", "-gray", "-png", "-singlefile", path+".pdf", path).CombinedOutput(); err != nil {
		t.Fatalf("pdftoppm: %v\n%s", err, out)
	}
	return path + ".png"
}

// TestTextsLookLikeGofpdfs draws the same texts with gofpdf, which shares no
// code with us, and compares the pictures: glyphs, widths and places.
func TestTextsLookLikeGofpdfs(t *testing.T) {
	mine, other := paint(t, "ours", ours(t)), paint(t, "theirs", theirs(t))
	a, b := gray(t, mine), gray(t, other)
	if a.Bounds() != b.Bounds() {
		t.Fatalf("pages of %v and %v", a.Bounds(), b.Bounds())
	}
	dark, differ := 0, 0
	below := int(math.Floor(qrY / 25.4 * 150)) // the codes may have another mask
	for y := range below {
		for x := range a.Bounds().Dx() {
			p, q := int(a.GrayAt(x, y).Y), int(b.GrayAt(x, y).Y)
			if p < 128 {
				dark++
			}
			if max(p-q, q-p) > 96 {
				differ++
			}
		}
	}
	if share := float64(differ) / float64(a.Bounds().Dx()*below); share > allowedShare || dark < 4000 {
		t.Errorf("%d dark pixels, of which %d differ from gofpdf's page (%.3f %%)", dark, differ, share*100)
	}
	for name, path := range map[string]string{"ours": mine, "gofpdf with go-qrcode": other} {
		out, err := exec.Command(testkit.Tool(t, "zbarimg"), "-q", "--raw", "-Sdisable", "-Sqrcode.enable", path).Output()
		if err != nil || strings.TrimSpace(string(out)) != qrText {
			t.Errorf("%s: the code reads %q, %v", name, out, err)
		}
	}
}

func gray(t *testing.T, path string) *image.Gray {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	g := image.NewGray(img.Bounds())
	draw.Draw(g, g.Rect, img, image.Point{}, draw.Src)
	return g
}
