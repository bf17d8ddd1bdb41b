package web_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/passmuster/passmuster/internal/demo"
	"github.com/passmuster/passmuster/internal/testkit"
)

var update = flag.Bool("update", false, "write the golden pictures anew")

// screen is a Chromium in which somebody is signed in.
type screen struct {
	ctx context.Context
	url string
}

// look opens the pages of a person in a Chromium.
func (p *person) look() *screen {
	p.t.Helper()
	path := testkit.Tool(p.t, "chromium")
	flags := []chromedp.ExecAllocatorOption{chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun}
	for _, f := range []string{"disable-background-networking", "disable-component-update", "disable-sync", "hide-scrollbars"} {
		flags = append(flags, chromedp.Flag(f, true))
	}
	ctx, stop := chromedp.NewExecAllocator(context.WithoutCancel(p.t.Context()), flags...)
	p.t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	p.t.Cleanup(stop)
	ctx, stop = context.WithTimeout(ctx, 10*time.Minute)
	p.t.Cleanup(stop)
	s := &screen{ctx, p.w.url}
	if err := chromedp.Do(ctx, chromedp.Navigate(p.w.url+"/verify")); err != nil {
		p.t.Fatal(err)
	}
	for _, c := range p.http.Jar.Cookies(must(url.Parse(p.w.url))) {
		if _, err := chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: c.Name, Value: c.Value, URL: p.w.url}); err != nil {
			p.t.Fatal(err)
		}
	}
	return s
}

// open shows a page in a language at a width, as high as it is up to most.
func (s *screen) open(t testing.TB, path, lang string, width int) {
	t.Helper()
	sign := "?"
	if strings.Contains(path, "?") {
		sign = "&"
	}
	path, fragment, _ := strings.Cut(path, "#")
	if fragment != "" {
		fragment = "#" + fragment
	}
	if err := chromedp.Do(s.ctx, chromedp.EmulateViewport(int64(width), 800), chromedp.Navigate(s.url+path+sign+"lang="+lang+fragment)); err != nil {
		t.Fatalf("open %s: %v", path, err)
	}
}

func (s *screen) number(t testing.TB, script string) float64 {
	t.Helper()
	n, err := chromedp.Run(s.ctx, chromedp.Evaluate[float64](script))
	if err != nil {
		t.Fatalf("measure %s: %v", script, err)
	}
	return n
}

func (s *screen) picture(t testing.TB, width, most int) []byte {
	t.Helper()
	height := min(most, max(400, int(s.number(t, `document.documentElement.scrollHeight`))))
	if err := chromedp.Do(s.ctx, chromedp.EmulateViewport(int64(width), int64(height))); err != nil {
		t.Fatal(err)
	}
	shot, err := chromedp.Run(s.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	return shot
}

// tooWide names what sticks out of the page, if something does.
const tooWide = `Math.max(0, document.documentElement.scrollWidth - innerWidth)`

// clipped counts texts that are cut: buttons, states and labels wider than their
// box. A verdict's long word may reach into the margin.
const clipped = `[...document.querySelectorAll("main button, main .button, main .state, main .tabs a, main h1, main label, main th, main dt, main dd")]
	.filter((e) => e.checkVisibility() && !e.closest(".vh") && !e.classList.contains("vh") && !e.matches(".verdict:has(.long)") && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline").length`

// lowTargets counts what is pressed and lower than 44 px.
const lowTargets = `[...document.querySelectorAll("main button, main .button, main input:not([type=hidden]):not([type=checkbox]):not([type=radio]), main select, main textarea, main summary")]
	.filter((e) => e.checkVisibility() && !e.classList.contains("vh") && e.getBoundingClientRect().height < 43.5).length`

// fits fails where something sticks out of the page, is cut, or is too low to be
// pressed.
func (s *screen) fits(t testing.TB, where string) {
	t.Helper()
	for script, fault := range map[string]string{tooWide: "%s is %v px too wide", clipped: "%s cuts %v texts", lowTargets: "%s has %v low targets"} {
		if n := s.number(t, script); n > 0 {
			t.Errorf(fault, where, n)
		}
	}
}

// golden compares a picture with the stored one by cells of 16 pixels, so that
// the fonts of another machine do not count.
func golden(t *testing.T, name string, shot []byte) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name+".png")
	if dir := os.Getenv("PASSMUSTER_SHOTS"); dir != "" {
		must(0, os.WriteFile(filepath.Join(dir, name+".png"), shot, 0o600))
	}
	if *update {
		must(0, os.MkdirAll(filepath.Dir(path), 0o755))
		must(0, os.WriteFile(path, small(t, shot), 0o644))
		return
	}
	stored, err := os.ReadFile(path)
	if err != nil {
		t.Errorf("%s: no golden picture, run the test with -update and look at it: %v", name, err)
		return
	}
	a, b := cells(t, stored), cells(t, shot)
	var sum float64
	n := min(len(a), len(b))
	for i := range n {
		sum += max(a[i]-b[i], b[i]-a[i])
	}
	if n == 0 || len(a) > len(b)*5/4 || len(b) > len(a)*5/4 || sum/float64(n) > 14 {
		t.Errorf("%s looks different (%d and %d cells, mean difference %.1f of 255): run with -update and look at the change", name, len(a), len(b), sum/float64(max(n, 1)))
	}
}

// small is the picture in its 256 most frequent colours: a page has few, and the
// file a fifth of the size.
func small(t *testing.T, file []byte) []byte {
	t.Helper()
	img, _, err := image.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatalf("decode picture: %v", err)
	}
	r, count := img.Bounds(), map[color.Color]int{}
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			count[img.At(x, y)]++
		}
	}
	colours := slices.SortedFunc(maps.Keys(count), func(a, b color.Color) int { return count[b] - count[a] })
	out := image.NewPaletted(r, colours[:min(256, len(colours))])
	nearest := map[color.Color]uint8{}
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			c := img.At(x, y)
			i, known := nearest[c]
			if !known {
				i = uint8(out.Palette.Index(c))
				nearest[c] = i
			}
			out.SetColorIndex(x, y, i)
		}
	}
	var b bytes.Buffer
	e := png.Encoder{CompressionLevel: png.BestCompression}
	must(0, e.Encode(&b, out))
	return b.Bytes()
}

func cells(t *testing.T, file []byte) (list []float64) {
	t.Helper()
	img, _, err := image.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatalf("decode picture: %v", err)
	}
	const cell = 16
	r := img.Bounds()
	for y := r.Min.Y; y+cell <= r.Max.Y; y += cell {
		for x := r.Min.X; x+cell <= r.Max.X; x += cell {
			var sum float64
			for dy := range cell {
				for dx := range cell {
					red, green, blue, _ := img.At(x+dx, y+dy).RGBA()
					sum += float64(red>>8+green>>8+blue>>8) / 3
				}
			}
			list = append(list, sum/cell/cell)
		}
	}
	return list
}

func sortedFields(form url.Values, prefix string) (names []string) {
	for name := range form {
		if strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Pages of classes fit a phone and a desk in every language; each was looked at.
func TestTheLookOfClasses(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.TrainerEmail)
	path := p.newClass("CPR1")
	p.upload(path+"/imports", "broken.xlsx", roster("broken.xlsx")).want(200)
	importPath := p.path
	p.post(importPath+"/commit", "how", "good").want(200)
	p.post(path+"/attendance", "do", "all").want(200)
	form := p.get(path + "/theory").form(path + "/theory")
	n := 0
	for _, name := range sortedFields(form, "s-") {
		form.Set(name, fmt.Sprint(60+n*3))
		n++
		if n == 9 {
			break
		}
	}
	p.postForm(path+"/theory", form).want(200)
	one := p.get(path + "/skills").find(`id="p-([0-9a-f-]+)"`)
	p.sheet(path+"/skills/"+one, "fail").want(200)
	returned := p.get("/t").find(`href="(/t/classes/[0-9a-f-]+)"`)
	look := p.look()
	pages := []struct{ name, path string }{
		{"classes", "/t"}, {"classes_nomatch", "/t?q=zzz"}, {"new_1", "/t/classes/new"}, {"new_2", "/t/classes/new?course=FAR1&base=SJZ&on=2026-11-21"},
		{"roster", path}, {"roster_returned", returned}, {"import", importPath}, {"attendance", path + "/attendance"}, {"theory", path + "/theory"},
		{"skills", path + "/skills"}, {"review", path + "/review"}, {"edit", path + "/edit"},
	}
	for _, page := range pages {
		for _, lang := range []string{"zh", "en", "ru"} {
			for _, width := range []int{360, 1280} {
				look.open(t, page.path, lang, width)
				where := fmt.Sprintf("%s.%s at %d px", page.name, lang, width)
				look.fits(t, where)
				shown := width == 360 && lang == "zh" || width == 1280 && lang == "en"
				if shown || os.Getenv("PASSMUSTER_SHOTS") != "" {
					most := map[int]int{360: 1500, 1280: 1100}[width]
					if !shown {
						most = 3000
					}
					shot := look.picture(t, width, most)
					name := fmt.Sprintf("%s.%s.%d", page.name, lang, width)
					if shown {
						golden(t, name, shot)
					} else {
						must(0, os.WriteFile(filepath.Join(os.Getenv("PASSMUSTER_SHOTS"), name+".png"), shot, 0o600))
					}
				}
			}
		}
	}
}
