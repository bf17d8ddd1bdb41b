package certificate_test

import (
	"bytes"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/certificate"
	"github.com/passmuster/passmuster/internal/pdf"
	"github.com/passmuster/passmuster/internal/registry"
)

// picture is a coloured ramp, with a transparent half or without.
func picture(w, h int, alpha bool) *pdf.Image {
	m := &pdf.Image{Width: w, Height: h}
	for i := range w * h {
		m.RGB = append(m.RGB, byte(i), byte(i/7), 120)
		if alpha {
			m.Alpha = append(m.Alpha, byte(255*(i*2/(w*h))))
		}
	}
	return m
}

// store writes a file for the tools.
func store(t testing.TB, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "page.pdf")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// squeezed is text without any white space: lines break where they like.
func squeezed(s string) string { return strings.Join(strings.Fields(s), "") }

// said is what a snapshot must print in a language.
func said(s registry.Snapshot, lang string) []string {
	out := []string{s.Name, s.LatinName, string(s.Number), s.Code.String(), "verify.example", s.Course.Title[lang], s.Issuer.Name[lang]}
	for _, by := range s.Signatories {
		out = append(out, by.Name, by.Title[lang])
	}
	if s.Kind != registry.Honour {
		out = append(out, s.IDLast4, s.Base.Name[lang], s.Course.Code, s.Credits)
	}
	words := map[string]map[string][]string{
		"zh": {"": {"2026年11月21日", "任期：2025–2029年"}, "competence": {"培训合格证书", "2028年11月30日", "16学时", "实操10", "理论：合格", "技能现场考核：合格"},
			"attendance": {"参训证明", "不证明具备相应技能", "未考核"}, "instructor": {"师资证书", "2028年11月30日"}, "honour": {"荣誉证书", "不证明具备相应技能"}},
		"ru": {"": {"21 ноября 2026 г.", "Срок полномочий: 2025–2029"}, "competence": {"Сертификат об обучении", "30 ноября 2028 г.", "16 ак. ч.", "практика: 10", "Теория: зачтена", "Навыки очно: да"},
			"attendance": {"Подтверждение участия", "не подтверждает владение навыками", "Не проводилась"}, "instructor": {"Сертификат инструктора", "30 ноября 2028 г."}, "honour": {"Почётный сертификат", "не подтверждает владение навыками"}},
		"en": {"": {"21 November 2026"}, "competence": {"Certificate of Training", "30 November 2028", "16 academic hours", "10 practical", "Theory: passed", "Skills assessed in person: yes"},
			"attendance": {"Proof of Attendance", "It does not certify skills", "None; does not certify skills"}, "instructor": {"Instructor Certificate", "30 November 2028"}, "honour": {"Certificate of Honour", "It does not certify skills"}},
	}
	return append(append(out, words[lang][""]...), words[lang][string(s.Kind)]...)
}

func TestEverythingThatMustBePrintedIsPrinted(t *testing.T) {
	p := ecPKI(t)
	press := p.press(t)
	for _, kind := range kinds {
		for _, langs := range [][]string{{"zh", "en"}, {"ru", "en"}, {"en"}} {
			t.Run(string(kind)+" "+langs[0], func(t *testing.T) {
				s := certificate.WorstNames(kind, langs)[0].Snapshot
				s.Credits = "2.5"
				text := squeezed(run(t, "pdftotext", "-raw", "-enc", "UTF-8", save(t, t.TempDir(), sign(t, press, input(s), p.key)), "-"))
				for _, lang := range langs {
					for _, want := range said(s, lang) {
						if !strings.Contains(text, squeezed(want)) {
							t.Errorf("in %s the page does not say %q", lang, want)
						}
					}
				}
			})
		}
	}
}

// A reader of the text hears the issuer, the number, the title, the name and
// what was done, in this order.
func TestReadingOrder(t *testing.T) {
	p := ecPKI(t)
	press := p.press(t)
	for _, kind := range kinds {
		s := certificate.WorstNames(kind, []string{"zh", "en"})[0].Snapshot
		tags := run(t, "pdfinfo", "-struct-text", save(t, t.TempDir(), sign(t, press, input(s), p.key)))
		at := 0
		for _, want := range []string{s.Issuer.Name["zh"], string(s.Number), "H1", s.Name, s.LatinName, s.Course.Title["zh"], "Figure", s.Code.String(), "PAdES"} {
			next := strings.Index(tags[at:], want)
			if next < 0 {
				t.Errorf("%s: %q is not read after what stands before it:\n%s", kind, want, tags)
				break
			}
			at += next
		}
	}
}

// A reader of the text is told where another language begins, also within a line.
func TestNoPieceOfTextIsInTwoLanguages(t *testing.T) {
	p := ecPKI(t)
	press := p.press(t)
	for _, kind := range kinds {
		s := certificate.WorstNames(kind, []string{"zh", "en"})[0].Snapshot
		file := sign(t, press, input(s), p.key)
		tags := run(t, "pdfinfo", "-struct-text", save(t, t.TempDir(), file))
		lead := map[registry.CredentialKind][2]string{registry.Honour: {`"谨致   "`, `"With gratitude to"`}}[kind]
		if lead[0] == "" {
			lead = [2]string{`"兹证明   "`, `"This certifies that"`}
		}
		for _, want := range []string{`"证书编号  "`, `"Certificate No."`, lead[0], lead[1]} {
			if !strings.Contains(tags, want) {
				t.Errorf("%s: %s is no piece by itself in %s", kind, want, tags)
			}
		}
		for _, want := range []string{"/S/Form/Lang(en)", "/Lang(zh-Latn)"} {
			if !bytes.Contains(file.Bytes(), []byte(want)) {
				t.Errorf("%s: no %s", kind, want)
			}
		}
	}
}

// What differs between two certificates of one template lies within the frame
// and off the code's quiet zone, however hard the texts are.
func TestNoTextTouchesFrameOrCode(t *testing.T) {
	p := ecPKI(t)
	press := p.press(t)
	const margin = 14 * 72 / 25 // pixels
	for _, kind := range kinds {
		samples := certificate.WorstNames(kind, []string{"ru", "en"})
		first := page(t, sign(t, press, input(samples[0].Snapshot), p.key).Bytes(), "72")
		for _, s := range samples[1:] {
			if s.Key != "longest" && s.Key != "everything" && s.Key != "long_uyghur" {
				continue
			}
			next := page(t, sign(t, press, input(s.Snapshot), p.key).Bytes(), "72")
			area := changed(first, next)
			if safe := first.Bounds().Inset(margin); !area.In(safe) {
				t.Errorf("%s, %s: texts reach to %v, beyond %v", kind, s.Key, area, safe)
			}
		}
	}
}

func page(t testing.TB, data []byte, dpi string) image.Image {
	t.Helper()
	path := store(t, data)
	run(t, "pdftoppm", "-r", dpi, "-png", "-singlefile", path, strings.TrimSuffix(path, ".pdf"))
	m, err := readPNG(strings.TrimSuffix(path, ".pdf") + ".png")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// changed is the smallest rectangle around all pixels that differ.
func changed(a, b image.Image) (area image.Rectangle) {
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			if a.At(x, y) != b.At(x, y) {
				area = area.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return area
}

func TestPreviewProvesNothing(t *testing.T) {
	press, err := certificate.NewPress(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := snapshot(registry.Competence, "zh", "en")
	out, err := press.Preview(certificate.Look{Logo: picture(80, 80, true)}, s)
	if err != nil {
		t.Fatal(err)
	}
	path := store(t, out)
	run(t, "qpdf", "--check", path)
	if bytes := string(out); strings.Contains(bytes, "/ByteRange") || strings.Contains(bytes, "AcroForm") || strings.Contains(bytes, "EmbeddedFile") {
		t.Error("a preview has a signature, a form or an attachment")
	}
	if said, _ := output(t, "pdfsig", path); !strings.Contains(said, "does not contain any signatures") {
		t.Errorf("pdfsig says of a preview:\n%s", said)
	}
	if text := squeezed(run(t, "pdftotext", "-enc", "UTF-8", path, "-")); !strings.Contains(text, s.Name) {
		t.Errorf("the preview does not show %q", s.Name)
	}
	run(t, "pdftoppm", "-r", "150", "-png", "-singlefile", path, path)
	if code := stdout(t, "zbarimg", "-q", "--raw", "-Sdisable", "-Sqrcode.enable", path+".png"); !strings.HasPrefix(code, "SAMPLE") || strings.Contains(code, "http") {
		t.Errorf("the preview's code says %q", code)
	}
}

func TestCardIsReadAndSaysWhatItIs(t *testing.T) {
	press := ecPKI(t).press(t)
	for _, kind := range kinds {
		for _, lang := range []string{"zh", "ru"} {
			s := certificate.WorstNames(kind, []string{lang, "en"})[0].Snapshot
			in := input(s)
			out, err := press.Card(certificate.Look{}, in)
			if err != nil {
				t.Fatal(err)
			}
			path := store(t, out)
			run(t, "qpdf", "--check", path)
			if info := run(t, "pdfinfo", path); !strings.Contains(info, "242.65 x 153.07 pts") || !strings.Contains(info, "Tagged:          yes") || !strings.Contains(info, "Pages:           1\n") {
				t.Errorf("the card is\n%s", info)
			}
			text := squeezed(run(t, "pdftotext", "-raw", "-enc", "UTF-8", path, "-"))
			want := []string{s.Name, string(s.Number), s.Code.String(), "verify.example", s.Course.Title[lang], map[string]string{"zh": "随身卡", "ru": "Карточка к сертификату"}[lang]}
			if !s.ValidUntil.IsZero() {
				want = append(want, "2028")
			}
			for _, w := range want {
				if !strings.Contains(text, squeezed(w)) {
					t.Errorf("%s %s: the card does not say %q", kind, lang, w)
				}
			}
			run(t, "pdftoppm", "-r", "300", "-png", "-singlefile", path, path)
			if code := stdout(t, "zbarimg", "-q", "--raw", "-Sdisable", "-Sqrcode.enable", path+".png"); strings.TrimSpace(code) != in.QR {
				t.Errorf("%s %s: the card's code says %.60q…", kind, lang, code)
			}
		}
	}
}

func TestCardsOfAClassOnOneSheet(t *testing.T) {
	press := ecPKI(t).press(t)
	var list []certificate.Input
	for _, s := range certificate.WorstNames(registry.Competence, []string{"zh", "en"})[:certificate.CardsPerSheet] {
		list = append(list, input(s.Snapshot))
	}
	out, err := press.CardSheet(certificate.Look{}, list)
	if err != nil {
		t.Fatal(err)
	}
	path := store(t, out)
	run(t, "qpdf", "--check", path)
	if info := run(t, "pdfinfo", path); !strings.Contains(info, "595.28 x 841.89 pts (A4)") {
		t.Errorf("the sheet is\n%s", info)
	}
	run(t, "pdftoppm", "-r", "200", "-png", "-singlefile", path, path)
	codes := stdout(t, "zbarimg", "-q", "--raw", "-Sdisable", "-Sqrcode.enable", path+".png")
	text := squeezed(run(t, "pdftotext", "-raw", "-enc", "UTF-8", path, "-"))
	for _, in := range list {
		if !strings.Contains(codes, in.QR) || !strings.Contains(text, squeezed(in.Snapshot.Name)) {
			t.Errorf("the sheet lacks the card of %s", in.Snapshot.Name)
		}
	}
	list[1].Snapshot.Languages = []string{"ru", "en"}
	if _, err := press.CardSheet(certificate.Look{}, list[:2]); err == nil {
		t.Error("cards in two languages are put on one sheet")
	}
	if _, err := press.CardSheet(certificate.Look{}, nil); err == nil {
		t.Error("a sheet without cards is made")
	}
}
