package certificate_test

import (
	"flag"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestPictures compares pages with pictures that somebody has looked at: a
// text can be extracted well from a page that shows boxes.
func TestPictures(t *testing.T) {
	p := ecPKI(t)
	press := p.press(t)
	named := func(name, latin string, langs ...string) registry.Snapshot {
		s := snapshot(registry.Competence, langs...)
		s.Name, s.LatinName = name, latin
		return s
	}
	demo := snapshot(registry.Competence, "zh", "en")
	demo.Demo = true
	for name, s := range map[string]registry.Snapshot{
		"zh-en":            snapshot(registry.Competence, "zh", "en"),
		"zh-en-demo":       demo,
		"zh-en-attendance": snapshot(registry.Attendance, "zh", "en"),
		"zh-en-instructor": snapshot(registry.Instructor, "zh", "en"),
		"zh-en-long":       named("阿卜杜热西提·阿布都克里木·麦麦提明江", "", "zh", "en"),
		"zh-en-ext-a":      named("张䶮", "Zhang Yan", "zh", "en"),
		"zh-en-ext-e":      named("李𬱖", "Li Di", "zh", "en"),
		"zh-en-fallback":   named("丁𠀀𪛖", "", "zh", "en"),
		"ru-en":            snapshot(registry.Competence, "ru", "en"),
		"ru-en-attendance": snapshot(registry.Attendance, "ru", "en"),
		"ru-en-honour":     snapshot(registry.Honour, "ru", "en"),
		"ru-en-long":       named("Константинопольская-Преображенская Александра Владиславовна", "", "ru", "en"),
		"ru-en-two-lines":  named(names["100 characters on two lines"], "Konstantinopolskaya-Preobrazhenskaya-Zadunayskaya", "ru", "en"),
		"ru-en-kazakh":     named("Құдайбергенов Нұрсұлтан Әбдіғаппарұлы", "", "ru", "en"),
		"en-akan":          named("Ɔkɔmfoɔ Akosua Ɛdwoa", "", "en"),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file := save(t, dir, sign(t, press, input(s), p.key))
			run(t, "pdftoppm", "-r", "100", "-png", "-singlefile", file, filepath.Join(dir, "page"))
			got := filepath.Join(dir, "page.png")
			golden := filepath.Join("testdata", "golden", name+".png")
			if *update {
				data, err := os.ReadFile(got)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(golden, data, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if share, err := difference(got, golden); err != nil || share > 0.0005 {
				t.Errorf("%.3f %% of the pixels differ from %s, want at most 0.05 %%; %v", share*100, golden, err)
			}
		})
	}
}

// difference is the share of pixels that differ visibly.
func difference(a, b string) (float64, error) {
	x, err := readPNG(a)
	if err != nil {
		return 1, err
	}
	y, err := readPNG(b)
	if err != nil {
		return 1, err
	}
	if x.Bounds() != y.Bounds() {
		return 1, fmt.Errorf("sizes %v and %v", x.Bounds(), y.Bounds())
	}
	const visible = 64 << 8 // of 1<<16
	n := 0
	for py := range x.Bounds().Dy() {
		for px := range x.Bounds().Dx() {
			r1, g1, b1, _ := x.At(px, py).RGBA()
			r2, g2, b2, _ := y.At(px, py).RGBA()
			if apart(r1, r2) > visible || apart(g1, g2) > visible || apart(b1, b2) > visible {
				n++
			}
		}
	}
	return float64(n) / float64(x.Bounds().Dx()*x.Bounds().Dy()), nil
}

func apart(a, b uint32) uint32 { return max(a, b) - min(a, b) }

func readPNG(path string) (image.Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return png.Decode(f)
}
