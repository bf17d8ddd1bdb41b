package pages_test

import (
	"bytes"
	"context"
	"flag"
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/passmuster/passmuster/assets"
	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/testkit"
	"github.com/passmuster/passmuster/templates/layout"
)

var update = flag.Bool("update", false, "write the golden pictures anew")

// browser is a Chromium with one page of ours in it.
type browser struct {
	ctx  context.Context
	url  string
	page templ.Component // what the next request shows
}

// openBrowser starts a Chromium and a server that shows one page at a time under
// the policy that the product serves.
func openBrowser(t *testing.T) *browser { t.Helper(); return openBrowserWith(t, nil) }

// openBrowserWith has further addresses on the page's own server.
func openBrowserWith(t *testing.T, more map[string]http.HandlerFunc) *browser {
	t.Helper()
	path := testkit.Tool(t, "chromium")
	b := &browser{}
	mux := http.NewServeMux()
	mux.Handle("/assets/", assets.Handler())
	for at, h := range more {
		mux.HandleFunc(at, h)
	}
	mux.HandleFunc("/page", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", layout.Policy)
		_ = b.page.Render(r.Context(), w)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	b.url = server.URL + "/page"

	flags := []chromedp.ExecAllocatorOption{chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun}
	for _, f := range []string{"disable-background-networking", "disable-component-update", "disable-sync", "hide-scrollbars"} {
		flags = append(flags, chromedp.Flag(f, true))
	}
	ctx, stop := chromedp.NewExecAllocator(t.Context(), flags...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	ctx, stop = context.WithTimeout(ctx, 5*time.Minute)
	t.Cleanup(stop)
	b.ctx = ctx
	return b
}

// show loads the page at a size, with a colour scheme and perhaps colour-blind.
func (b *browser) show(t *testing.T, page templ.Component, width, height int64, scheme string) {
	t.Helper()
	b.page = page
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	if err == nil {
		err = chromedp.Do(b.ctx, chromedp.EmulateViewport(width, height), chromedp.Navigate(b.url))
	}
	if err != nil {
		t.Fatalf("show page: %v", err)
	}
}

func (b *browser) picture(t *testing.T) []byte {
	t.Helper()
	shot, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatalf("take picture: %v", err)
	}
	return shot
}

// measure runs a script in the page and returns its number.
func (b *browser) measure(t *testing.T, script string) float64 {
	t.Helper()
	n, err := chromedp.Run(b.ctx, chromedp.Evaluate[float64](script))
	if err != nil {
		t.Fatalf("measure %s: %v", script, err)
	}
	return n
}

// golden compares a picture with the stored one, forgiving what fonts and
// anti-aliasing of another machine change.
func golden(t *testing.T, name string, shot []byte) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name+".png")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, shot, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	stored, err := os.ReadFile(path)
	if err != nil {
		t.Errorf("%s: no golden picture, run the test with -update and look at it: %v", name, err)
		return
	}
	if d := difference(t, stored, shot); d > 14 {
		t.Errorf("%s looks different (mean difference %.1f of 255): run with -update and look at the change", name, d)
	}
}

// difference is the mean difference of two pictures, scaled down to cells of
// 12 pixels so that the shape of letters does not count; 255 when sizes differ.
func difference(t *testing.T, a, b []byte) float64 {
	ga, gb := coarse(t, a), coarse(t, b)
	if len(ga) != len(gb) {
		return 255
	}
	var sum float64
	for i := range ga {
		sum += max(ga[i]-gb[i], gb[i]-ga[i])
	}
	return sum / float64(len(ga))
}

func coarse(t *testing.T, file []byte) []float64 {
	img, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatalf("decode picture: %v", err)
	}
	const cell = 12
	var out []float64
	r := img.Bounds()
	for y := r.Min.Y; y+cell <= r.Max.Y; y += cell {
		for x := r.Min.X; x+cell <= r.Max.X; x += cell {
			out = append(out, average(img, image.Rect(x, y, x+cell, y+cell))...)
		}
	}
	return out
}

// average is the mean red, green and blue of a part of a picture, 0 to 255.
func average(img image.Image, part image.Rectangle) []float64 {
	var sum [3]float64
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			r, g, b, _ := img.At(x, y).RGBA()
			sum[0], sum[1], sum[2] = sum[0]+float64(r>>8), sum[1]+float64(g>>8), sum[2]+float64(b>>8)
		}
	}
	n := float64(part.Dx() * part.Dy())
	return []float64{sum[0] / n, sum[1] / n, sum[2] / n}
}

// On the smallest common phone the verdict, the name and the end of validity are
// seen without scrolling, nothing is cut, and the word is at least 40 px high.
func TestResultAtFirstSight(t *testing.T) {
	b := openBrowser(t)
	for _, s := range results {
		for _, l := range i18n.Langs {
			name := s.name + "." + string(l)
			r := s.resultIn(l)
			b.show(t, resultPage(r), 360, 640, "light")
			golden(t, name, b.picture(t))
			if w := b.measure(t, `document.documentElement.scrollWidth`); w > 360 {
				t.Errorf("%s is %v px wide on a screen of 360", name, w)
			}
			if h := b.measure(t, `parseFloat(getComputedStyle(document.querySelector(".word")).fontSize)`); h < 40 {
				t.Errorf("%s: the verdict is %v px high, want 40 or more", name, h)
			}
			if over := b.measure(t, wordOverflow); over > 0 {
				t.Errorf("%s: the verdict's word is %v px wider than the screen", name, over)
			}
			if r.Answer.Credential != nil && !r.Mistyped {
				if bottom := b.measure(t, `document.querySelector(".name").getBoundingClientRect().bottom`); bottom > 640 {
					t.Errorf("%s: the name ends %v px down, below the first screen", name, bottom)
				}
				if h := b.measure(t, `parseFloat(getComputedStyle(document.querySelector(".name")).fontSize)`); h < 28 {
					t.Errorf("%s: the name is %v px high, want 28 or more", name, h)
				}
			}
		}
	}
}

// Without colour every verdict still looks unlike every other: by shape and
// pattern alone, since the words are hidden here.
func TestVerdictsAreToldApartWithoutColour(t *testing.T) {
	b := openBrowser(t)
	grey := emulation.SetEmulatedVisionDeficiencyParams{Type: emulation.SetEmulatedVisionDeficiencyTypeAchromatopsia}
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedVisionDeficiency, grey); err != nil {
		t.Fatal(err)
	}
	looks := map[string][]byte{}
	for _, s := range results {
		if s.name == "long_name" || s.name == "expiring" || strings.HasSuffix(s.name, "_aged") {
			continue // the same verdict as another
		}
		b.show(t, resultPage(s.resultIn("zh")), 360, 640, "light")
		b.measure(t, hideWords)
		looks[s.name] = b.picture(t)
	}
	for a := range looks {
		for c := range looks {
			if d := difference(t, looks[a], looks[c]); a < c && d < 4 {
				t.Errorf("%s and %s look alike in grey without their words (difference %.1f)", a, c, d)
			}
		}
	}
}

// hideWords leaves only the band, one height for all, without its words.
const hideWords = `(() => {
	const band = document.querySelector(".band");
	band.querySelectorAll("h1, p").forEach((e) => e.style.visibility = "hidden");
	band.style.height = "300px";
	document.body.replaceChildren(band);
	return 0;
})()`

// The other pages fit a phone in every language, and each has been looked at.
func TestPublicPagesFit(t *testing.T) {
	b := openBrowser(t)
	for _, l := range i18n.Langs {
		for name, page := range public(l) {
			if strings.HasPrefix(name, "fault_") && name != "fault_404" && name != "fault_429" {
				continue // all alike
			}
			b.show(t, page, 320, 640, "light")
			if w := b.measure(t, `document.documentElement.scrollWidth`); w > 320 {
				t.Errorf("%s.%s is %v px wide on a screen of 320", name, l, w)
			}
			if small := b.measure(t, smallTargets); small > 0 {
				t.Errorf("%s.%s has %v buttons or fields lower than 44 px", name, l, small)
			}
		}
	}
	for _, name := range []string{"home", "verify", "verify_wrong", "my_waiting", "my_issued", "signin_demo", "fault_404", "fault_503"} {
		for _, l := range i18n.Langs {
			b.show(t, public(l)[name], 360, 640, "light")
			golden(t, name+"."+string(l), b.picture(t))
		}
	}
}

// By night and on a desk the same pages hold.
func TestPagesByNightAndOnADesk(t *testing.T) {
	b := openBrowser(t)
	for _, i := range []int{0, 2, 5, 9} {
		b.show(t, resultPage(results[i].resultIn("zh")), 360, 640, "dark")
		golden(t, "dark_"+results[i].name, b.picture(t))
		b.show(t, resultPage(results[i].resultIn("en")), 1100, 900, "light")
		golden(t, "desk_"+results[i].name, b.picture(t))
	}
	b.show(t, public("ru")["home"], 1100, 900, "dark")
	golden(t, "desk_dark_home", b.picture(t))
	b.show(t, public("zh")["my_issued"], 360, 640, "dark")
	golden(t, "dark_my_issued", b.picture(t))
}

// The scripts of the forms group a code while it is typed, and show a password.
func TestScriptsHelpTyping(t *testing.T) {
	b := openBrowser(t)
	b.show(t, public("en")["verify"], 360, 640, "light")
	if err := chromedp.Do(b.ctx, chromedp.SendKeys("#f-code", "7k3qd9xm2hrtw4bx")); err != nil {
		t.Fatal(err)
	}
	if n := b.measure(t, `Number(document.getElementById("f-code").value === "7K3Q-D9XM-2HRT-W4BX")`); n != 1 {
		t.Error("the code is not grouped while it is typed")
	}
	b.show(t, public("en")["signin"], 360, 640, "light")
	if err := chromedp.Do(b.ctx, chromedp.Click("[data-shows]")); err != nil {
		t.Fatal(err)
	}
	if n := b.measure(t, `Number(document.getElementById("f-password").type === "text")`); n != 1 {
		t.Error("the password is not shown")
	}
}

const smallTargets = `[...document.querySelectorAll("button, .button, input:not([type=hidden]):not([type=checkbox]), select, textarea, .langs a, .brand, summary")]
	.filter((e) => e.checkVisibility() && (e.getBoundingClientRect().height < 44 || e.getBoundingClientRect().width < 44)).length`

// wordOverflow is by how much the word sticks out of the screen at either side.
const wordOverflow = `(() => {
	const r = document.createRange();
	r.selectNodeContents(document.querySelector(".word"));
	const box = r.getBoundingClientRect();
	return Math.max(0, -box.left, box.right - innerWidth);
})()`
