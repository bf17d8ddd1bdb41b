package picture_test

import (
	"bytes"
	"flag"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/passmuster/passmuster/internal/picture"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/testkit"
)

var update = flag.Bool("update", false, "write the pictures anew")

const origin = "https://verify.demo.example"

// card is what a picture of invented people is drawn of. DEMO.
func card(kind registry.CredentialKind, lang, name string) picture.Card {
	s := registry.Snapshot{
		Number: "GAJK-SJZ-2026-000123", Code: registry.NewCode([10]byte{7, 3, 9, 200, 41, 5, 77, 130, 99, 18}), Kind: kind, Name: name, IDLast4: "013X",
		Course:   registry.CourseName{Code: "CPR1", Version: 3, Title: registry.Text{"zh": "心肺复苏与自动体外除颤（AED）", "en": "CPR and Automated External Defibrillation", "ru": "Сердечно-лёгочная реанимация и АНД"}},
		Class:    registry.ClassDates{Code: "SJZ-2026-11-CPR", StartsOn: registry.NewDate(2026, 11, 14), EndsOn: registry.NewDate(2026, 11, 21)},
		Base:     registry.BaseName{Code: "SJZ", Name: registry.Text{"zh": "石家庄志愿医疗培训基地", "en": "Shijiazhuang Volunteer Medical Training Base", "ru": "Шицзячжуанская учебная база медиков-добровольцев"}},
		Issuer:   registry.CodeName{Code: "GAJK", Name: registry.Text{"zh": "国际医学志愿者联合会", "en": "International Federation of Medical Volunteers", "ru": "Международная федерация медицинских волонтёров"}},
		IssuedOn: registry.NewDate(2026, 11, 21), ValidFrom: registry.NewDate(2026, 11, 21), ValidUntil: registry.NewDate(2028, 11, 30),
		Languages: []string{lang}, Origin: origin, Demo: true,
	}
	if kind == registry.Attendance || kind == registry.Honour {
		s.ValidUntil = registry.Date{}
	}
	code := registry.NewShareCode([10]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
	return picture.Card{Snapshot: s, URL: origin + "/s/" + string(code), Code: code}
}

// The longest name, of 59 characters, and names of rare characters.
const (
	longest = "Константинопольская-Рождественская Александра Владиславовна"
	uyghur  = "阿卜杜热合曼·阿卜杜克热木·买买提艾力江"
	kazakh  = "Құрманғазы Әлімханұлы Бөкейханов"
	rareHan = "䶮𬱖𠮷"
	latin   = "María-José Ñuñez Łukasiewicz-Kwabena Ɔkɛ van der Straaten"
)

var cases = map[string]picture.Card{
	"competence-zh":          card(registry.Competence, "zh", "王秀英"),
	"attendance-ru":          card(registry.Attendance, "ru", "Иванова Анна Сергеевна"),
	"instructor-en":          card(registry.Instructor, "en", "Amina Okonkwo"),
	"honour-zh":              card(registry.Honour, "zh", "李"),
	"attendance-zh-uyghur":   card(registry.Attendance, "zh", uyghur),
	"competence-ru-longest":  card(registry.Competence, "ru", longest),
	"competence-zh-rare":     card(registry.Competence, "zh", rareHan),
	"competence-ru-kazakh":   card(registry.Competence, "ru", kazakh),
	"competence-en-latin":    card(registry.Competence, "en", latin),
	"attendance-en":          card(registry.Attendance, "en", "Amina Okonkwo"),
	"competence-en-unbroken": card(registry.Competence, "en", strings.Repeat("Wolfeschlegelsteinhausenbergerdorff", 5)),
}

func press(t testing.TB) *picture.Press {
	t.Helper()
	p, err := picture.New()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func draw(t testing.TB, p *picture.Press, c picture.Card) []byte {
	t.Helper()
	b, err := p.PNG(c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Every name is drawn, whole, in a file that a chat sends as it is.
func TestEveryNameIsDrawn(t *testing.T) {
	p := press(t)
	for name, c := range cases {
		b := draw(t, p, c)
		size, err := png.DecodeConfig(bytes.NewReader(b))
		if err != nil || size.Width != picture.Width || size.Height != picture.Height || len(b) > 120_000 {
			t.Errorf("%s: %d × %d px, %d bytes, %v", name, size.Width, size.Height, len(b), err)
		}
		if dir := os.Getenv("PASSMUSTER_SHOTS"); dir != "" {
			if err := os.WriteFile(filepath.Join(dir, "picture-"+name+".png"), b, 0o600); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestSameCardSameBytes(t *testing.T) {
	c := cases["competence-zh-rare"]
	want := draw(t, press(t), c)
	p := press(t)
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			if got, err := p.PNG(c); err != nil || !bytes.Equal(got, want) {
				t.Errorf("another file for the same card: %v", err)
			}
		})
	}
	all.Wait()
}

// What is not shown changes nothing.
func TestNothingLeadsToTheCertificate(t *testing.T) {
	p := press(t)
	c := cases["competence-zh"]
	want := draw(t, p, c)
	s := &c.Snapshot
	s.Number, s.IDLast4, s.Code, s.Class.Code, s.Subject = "VDM-MSK-2025-000999", "9876", registry.NewCode([10]byte{9}), "X", "urn:uuid:other"
	if !bytes.Equal(draw(t, p, c), want) {
		t.Error("the picture depends on the number, the code or the digits of an id")
	}
	s.Name = "王秀芳"
	if bytes.Equal(draw(t, p, c), want) {
		t.Error("the picture does not depend on the name")
	}
}

func TestACharacterThatNoFontHasIsRefused(t *testing.T) {
	if _, err := press(t).PNG(card(registry.Competence, "en", "Amina \U000F0000")); err == nil || !strings.Contains(err.Error(), "U+F0000") {
		t.Errorf("drawn, or refused without its name: %v", err)
	}
}

// Chats make pictures smaller and coarser; the code is read all the same.
func TestTheCodeIsReadAfterAChat(t *testing.T) {
	zbar := testkit.Tool(t, "zbarimg")
	p := press(t)
	long := card(registry.Attendance, "zh", uyghur)
	long.URL = "https://training-certificates.verify.volunteer-federation.example/s/" + string(long.Code)
	for name, c := range map[string]picture.Card{"short host": cases["competence-zh"], "long host": long} {
		b := draw(t, p, c)
		whole, err := png.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		var coarse bytes.Buffer
		if err := jpeg.Encode(&coarse, smaller(whole, 720), &jpeg.Options{Quality: 60}); err != nil {
			t.Fatal(err)
		}
		for file, data := range map[string][]byte{"picture.png": b, "picture.jpg": coarse.Bytes()} {
			path := filepath.Join(t.TempDir(), file)
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := exec.CommandContext(t.Context(), zbar, "-q", "--raw", path).Output()
			if got := strings.TrimSpace(string(out)); err != nil || got != c.URL {
				t.Errorf("%s, %s: reads %q, %v", name, file, got, err)
			}
		}
	}
}

// smaller averages the pixels that fall into each of a picture of that width.
func smaller(m image.Image, width int) image.Image {
	from := m.Bounds()
	height := from.Dy() * width / from.Dx()
	out := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			var sum [3]uint32
			n := uint32(0)
			for v := y * from.Dy() / height; v < (y+1)*from.Dy()/height || n == 0; v++ {
				for u := x * from.Dx() / width; u <= (x+1)*from.Dx()/width && u < from.Dx(); u++ {
					r, g, b, _ := m.At(u, v).RGBA()
					sum[0], sum[1], sum[2], n = sum[0]+r>>8, sum[1]+g>>8, sum[2]+b>>8, n+1
				}
			}
			out.SetRGBA(x, y, color.RGBA{uint8(sum[0] / n), uint8(sum[1] / n), uint8(sum[2] / n), 255})
		}
	}
	return out
}

// Each of these was looked at. Compared are pixels: how they are packed is the
// standard library's business.
func TestPictures(t *testing.T) {
	p := press(t)
	for _, name := range []string{"competence-zh", "attendance-ru", "competence-ru-longest"} {
		path := filepath.Join("testdata", name+".png")
		got := draw(t, p, cases[name])
		if *update {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if n := different(t, got, want); n > 0 {
			t.Errorf("%s: %d pixels differ; look at it, then renew with -update", name, n)
		}
	}
}

func different(t *testing.T, a, b []byte) (n int) {
	t.Helper()
	first, err := png.Decode(bytes.NewReader(a))
	if err != nil {
		t.Fatal(err)
	}
	second, err := png.Decode(bytes.NewReader(b))
	if err != nil || first.Bounds() != second.Bounds() {
		t.Fatalf("golden picture: %v", err)
	}
	for y := range first.Bounds().Dy() {
		for x := range first.Bounds().Dx() {
			r1, g1, b1, _ := first.At(x, y).RGBA()
			r2, g2, b2, _ := second.At(x, y).RGBA()
			if r1 != r2 || g1 != g2 || b1 != b2 {
				n++
			}
		}
	}
	return n
}
