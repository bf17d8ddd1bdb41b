package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/passmuster/passmuster/internal/interop"
	"github.com/passmuster/passmuster/internal/testkit"
)

// docs/screens is renewed by
//
//	go test -tags nomsgpack ./cmd/passmuster -run TestEveryPage -timeout 60m -screens ../../docs/screens
var screens = flag.String("screens", "", "write a picture of every page in every language to this directory")

// heaviest is what a page may weigh with all that it loads.
const heaviest = 120 << 10

// A page in a browser is in the reader's language, fits the screen, loads little
// and from here alone, logs no error, and axe-core has nothing serious to say of
// it.
func TestEveryPageIsFitToBeSeen(t *testing.T) {
	ctx, axe := browser(t)
	b := newBuilding(t)
	things := b.furnish()
	windows := map[string]*window{}
	var list gallery
	for _, p := range pages {
		if windows[p.as] == nil {
			windows[p.as] = b.open(ctx, p.as, things, axe)
		}
		t.Run(p.name, func(t *testing.T) { list = append(list, windows[p.as].show(t, p)) })
	}
	if *screens != "" && len(list) == len(pages) {
		b.must(list.write(*screens))
	}
}

// What the pages are checked for is found on a page that has it all.
func TestTheLookFindsWhatIsWrong(t *testing.T) {
	ctx, axe := browser(t)
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(rw, `<!DOCTYPE html><html lang="en"><title>x</title><main><h1>One</h1><h1>Two</h1><p style="color:#ccc">pale</p><p>staff.some.key</p>
			<button style="height:20px;width:30px;overflow:hidden;white-space:nowrap;outline:none">A long word</button><div style="width:2000px">wide</div><img src="http://localhost:1/x.png" alt=""></main></html>`)
	}))
	t.Cleanup(server.Close)
	w := (&building{t: t, url: server.URL}).open(ctx, "", strings.NewReplacer(), axe)
	w.load(t, page{route: "/"}, "en", 360, false)
	for what, script := range faults {
		if evaluated[string](t, w, script) == "" {
			t.Errorf("nothing %s", what)
		}
	}
	if got := w.accessible(t); !strings.Contains(got, "color-contrast") {
		t.Errorf("axe-core says %q", got)
	}
	if evaluated[string](t, w, unmarked) == "" {
		t.Error("every focus is seen")
	}
	if len(w.console()) == 0 {
		t.Error("no picture is missing")
	}
}

// browser starts Chromium and reads axe-core.
func browser(t *testing.T) (context.Context, string) {
	t.Helper()
	axe, err := os.ReadFile(filepath.Join(interop.Dir(t), "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		testkit.LeaveOut(t, "axe-core is not installed: run npm ci in internal/interop")
	}
	path := testkit.Tool(t, "chromium")
	flags := []chromedp.ExecAllocatorOption{chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun}
	for _, f := range []string{"disable-background-networking", "disable-component-update", "disable-sync", "hide-scrollbars"} {
		flags = append(flags, chromedp.Flag(f, true))
	}
	ctx, stop := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), flags...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatal(err)
	}
	return ctx, string(axe)
}

// Every route that answers a browser with a page stands in the list of pages.
func TestEveryPageIsLookedAt(t *testing.T) {
	b := newBuilding(t)
	shown := map[string]bool{}
	for _, p := range pages {
		shown["GET "+p.route] = true
	}
	for _, route := range b.registered() {
		if !strings.HasPrefix(route, "GET ") || shown[route] || slices.ContainsFunc(notPages, func(s string) bool { return strings.HasPrefix(route, "GET "+s) }) {
			continue
		}
		if last := route[strings.LastIndex(route, "/")+1:]; strings.Contains(last, ".") {
			continue // a file
		}
		t.Errorf("%s is not in the list of pages: lookspages_test.go", route)
	}
}

// window is a browser of somebody.
type window struct {
	b      *building
	things *strings.Replacer
	ctx    context.Context
	axe    string
	mu     sync.Mutex
	faults []string
	seen   map[string]bool // addresses of pages
}

// open signs somebody in.
func (b *building) open(parent context.Context, email string, things *strings.Replacer, axe string) *window {
	b.t.Helper()
	w := &window{b: b, things: things, axe: axe, seen: map[string]bool{}}
	ctx, stop := chromedp.NewContext(parent, chromedp.WithNewBrowserContext())
	b.t.Cleanup(stop)
	w.ctx, stop = context.WithTimeout(ctx, 45*time.Minute)
	b.t.Cleanup(stop)
	b.must(chromedp.Do(w.ctx, chromedp.Navigate(b.url+"/verify")))
	b.must(chromedp.Listen(w.ctx, w.listen))
	_, err := chromedp.Call(w.ctx, cdplog.Enable, cdp.Empty{})
	b.must(err)
	_, err = chromedp.Call(w.ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	b.must(err)
	if email != "" {
		for _, c := range b.cookies(email) {
			_, err := chromedp.Call(w.ctx, network.SetCookie, network.SetCookieParams{Name: c.Name, Value: c.Value, URL: b.url})
			b.must(err)
		}
	}
	return w
}

// cookies are those of an account of the demonstration.
func (b *building) cookies(email string) []*http.Cookie {
	jar, err := cookiejar.New(nil)
	b.must(err)
	form := url.Values{"email": {email}, "password": {b.password}}
	if status, _ := b.send(b.t, tried{jar: jar}, http.MethodPost, "/signin", form.Encode()); status != http.StatusSeeOther {
		b.t.Fatalf("%s cannot sign in: %d", email, status)
	}
	home, err := url.Parse(b.url)
	b.must(err)
	return jar.Cookies(home)
}

// listen notes what a console would show in red.
func (w *window) listen(ev any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch ev := ev.(type) {
	case *cdplog.EventEntryAdded:
		if ev.Entry.Level == cdplog.EntryLevelError {
			w.faults = append(w.faults, ev.Entry.URL+" "+ev.Entry.Text)
		}
	case *runtime.EventExceptionThrown:
		w.faults = append(w.faults, fmt.Sprint(ev.ExceptionDetails.Text, " ", ev.ExceptionDetails.URL, ":", ev.ExceptionDetails.LineNumber))
	}
}

// console are the errors since it was last asked, but for the status of the pages
// themselves, which is told late.
func (w *window) console() (faults []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.faults {
		if at, _, _ := strings.Cut(f, " "); !w.seen[at] {
			faults = append(faults, f)
		}
	}
	w.faults = nil
	return faults
}

// see notes that the address is that of a page.
func (w *window) see(address string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen[address] = true
}

// looks are the ways in which each page is seen: every language, the widths of a
// phone and a desk, by day and by night.
var looks = []struct {
	lang  string
	width int64
	dark  bool
}{{"en", 360, false}, {"zh", 1280, true}, {"ru", 360, true}}

// show looks at the page in each way, and returns what its pictures show.
func (w *window) show(t *testing.T, p page) exhibit {
	out := exhibit{name: p.name}
	for _, l := range looks {
		w.load(t, p, l.lang, l.width, l.dark)
		name := fmt.Sprintf("%s at %d", l.lang, l.width)
		if got, want := evaluated[float64](t, w, `performance.getEntriesByType("navigation")[0].responseStatus`), cmp.Or(p.status, http.StatusOK); got != float64(want) {
			t.Errorf("%s: the answer is %v, want %d", name, got, want)
		}
		if got := evaluated[string](t, w, `document.documentElement.lang`); !strings.HasPrefix(got, l.lang) {
			t.Errorf("%s: the page says that its language is %q", name, got)
		}
		if got, most := evaluated[float64](t, w, weight), cmp.Or(p.weight, heaviest); got > float64(most) {
			t.Errorf("%s: the page weighs %.0f bytes, at most %d are promised", name, got, most)
		}
		for _, fault := range w.console() {
			t.Errorf("%s: console: %s", name, fault)
		}
		for what, script := range faults {
			if got := evaluated[string](t, w, script); got != "" {
				t.Errorf("%s: %s: %s", name, what, got)
			}
		}
		if got := w.accessible(t); got != "" {
			t.Errorf("%s: axe-core:\n%s", name, got)
		}
		if l.lang == "en" {
			out.title, _, _ = strings.Cut(evaluated[string](t, w, `document.title`), " · ")
			w.tab(t, name)
		}
	}
	w.squeeze(t)
	if *screens == "" {
		return out
	}
	for _, lang := range screenLangs {
		for _, width := range screenWidths {
			w.load(t, p, lang, width, false)
			w.picture(t, out.file(lang, width), width, p.unfold)
		}
	}
	return out
}

// tab goes into the page by keyboard, and on to everything that takes the focus.
func (w *window) tab(t *testing.T, name string) {
	t.Helper()
	if err := chromedp.Do(w.ctx, chromedp.KeyEvent("\t")); err != nil {
		t.Fatal(err)
	}
	if got := evaluated[string](t, w, unmarked); got != "" {
		t.Errorf("%s: nobody sees that the focus is on %s", name, got)
	}
}

// squeeze makes the window as narrow as a page must fit without being scrolled
// sideways, and then the letters twice as large.
func (w *window) squeeze(t *testing.T) {
	t.Helper()
	if err := chromedp.Do(w.ctx, chromedp.EmulateViewport(320, 640)); err != nil {
		t.Fatal(err)
	}
	if got := evaluated[string](t, w, tooWide); got != "" {
		t.Errorf("at 320: %s", got)
	}
	if err := chromedp.Do(w.ctx, chromedp.EmulateViewport(640, 800)); err != nil {
		t.Fatal(err)
	}
	if got := evaluated[string](t, w, `document.documentElement.style.fontSize = "200%"; `+cut); got != "" {
		t.Errorf("letters twice as large: %s", got)
	}
}

// load opens the page in a language at a width.
func (w *window) load(t *testing.T, p page, lang string, width int64, dark bool) {
	t.Helper()
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	if _, err := chromedp.Call(w.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}}); err != nil {
		t.Fatal(err)
	}
	if p.guess {
		w.b.a.clock.Set(w.b.a.clock.Now().Add(10 * time.Minute))
	}
	at := w.things.Replace(cmp.Or(p.at, p.route))
	if strings.ContainsAny(at, "{:") {
		t.Fatalf("%s: no such thing was planted", at)
	}
	join := "?"
	if strings.Contains(at, "?") {
		join = "&"
	}
	if err := chromedp.Do(w.ctx, chromedp.EmulateViewport(width, 800), chromedp.Navigate(w.b.url+at+join+"lang="+lang)); err != nil {
		t.Fatalf("open %s: %v", at, err)
	}
	w.see(evaluated[string](t, w, `location.href`))
	if p.unfold {
		evaluated[bool](t, w, `for (const e of document.querySelectorAll("main details")) e.open = true; true`)
	}
	if p.then == "" {
		return
	}
	evaluated[bool](t, w, `window.before = true;`+w.things.Replace(p.then)+`; true`)
	for range 200 {
		if there, err := chromedp.Run(w.ctx, chromedp.Evaluate[bool](`!window.before && document.readyState === "complete"`)); err == nil && there {
			w.see(evaluated[string](t, w, `location.href`))
			return
		}
		time.Sleep(50 * time.Millisecond) // an error while the next page loads
	}
	t.Fatalf("%s: the form is not answered", p.name)
}

// picture is of the whole page, to a height that a person would scroll; whole
// where what matters lies further down.
func (w *window) picture(t *testing.T, name string, width int64, whole bool) {
	t.Helper()
	most, scale := int64(1200), 1.0
	if width > 360 {
		most, scale = 900, 0.75 // a desk is legible when it is smaller
	}
	if whole {
		most = 4000
	}
	height := min(most, max(640, int64(evaluated[float64](t, w, `document.documentElement.scrollHeight`))))
	if err := chromedp.Do(w.ctx, chromedp.EmulateViewport(width, height)); err != nil {
		t.Fatal(err)
	}
	quality := int64(12)
	shot, err := chromedp.Call(w.ctx, cdppage.CaptureScreenshot, cdppage.CaptureScreenshotParams{Format: cdppage.CaptureScreenshotFormatWebp, Quality: &quality,
		Clip: &cdppage.Viewport{Width: float64(width), Height: float64(height), Scale: scale}})
	if err == nil {
		err = os.WriteFile(filepath.Join(*screens, name), shot.Data, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// evaluated is what a script says in the page.
func evaluated[T any](t *testing.T, w *window, script string) T {
	t.Helper()
	v, err := chromedp.Run(w.ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%.60s: %v", script, err)
	}
	return v
}

// accessible runs axe-core and returns what is serious or critical.
func (w *window) accessible(t *testing.T) string {
	t.Helper()
	if !evaluated[bool](t, w, w.axe+`; typeof axe === "object"`) {
		t.Fatal("axe-core does not run")
	}
	return evaluated[string](t, w, `axe.run(document, {resultTypes: ["violations"], rules: {"target-size": {enabled: true}}}).then((r) => r.violations
		.filter((v) => v.impact === "serious" || v.impact === "critical")
		.map((v) => v.id + ": " + v.help + "\n" + v.nodes.slice(0, 4).map((n) => "    " + n.html.slice(0, 160) + "\n      " + n.any.concat(n.all, n.none).map((c) => c.message).join("; ")).join("\n")).join("\n"))`)
}

// faults are scripts that name what is wrong with the page, or nothing.
var faults = map[string]string{
	"sticks out":                  tooWide,
	"is cut":                      cut,
	"without words":               untranslated,
	"loads from elsewhere":        `performance.getEntriesByType("resource").map((e) => e.name).filter((s) => !s.startsWith(location.origin) && !s.startsWith("blob:") && !s.startsWith("data:")).join(" ")`,
	"headings of the first level": `((n) => n === 1 ? "" : String(n))([...document.querySelectorAll("h1")].filter((e) => e.checkVisibility()).length)`,
	"lower than 44 px": `[...document.querySelectorAll("main button:not(.linklike), main .button, main input:not([type=hidden]):not([type=checkbox]):not([type=radio]), main select, main textarea, main summary")]
		.filter((e) => e.checkVisibility() && !e.closest(".vh") && e.getBoundingClientRect().height < 43.5).map((e) => e.outerHTML.slice(0, 120)).slice(0, 4).join("\n")`,
}

const (
	weight = `performance.getEntriesByType("navigation").concat(performance.getEntriesByType("resource")).reduce((n, e) => n + e.encodedBodySize, 0)`
	// tooWide names what reaches furthest to the right.
	tooWide = `document.documentElement.scrollWidth <= innerWidth ? "" : (document.documentElement.scrollWidth - innerWidth) + " px: " +
		[...document.querySelectorAll("body *")].map((e) => [e.getBoundingClientRect().right, e]).sort((a, b) => b[0] - a[0]).slice(0, 3).map((p) => p[1].outerHTML.slice(0, 120)).join("\n")`
	// cut names texts that are wider than their box.
	cut = `[...document.querySelectorAll("main button, main .button, main .state, main .tabs a, main h1, main label, main th, main dt, main dd")]
		.filter((e) => e.checkVisibility() && !e.closest(".vh") && !e.matches(".verdict:has(.long)") && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline").map((e) => e.outerHTML.slice(0, 120)).slice(0, 4).join("\n")`
	// untranslated finds keys of the catalogue that have no text.
	untranslated = `[...new Set((document.title + " " + document.body.innerText).match(/(?<![\w@./-])[a-z]+(\.[a-z_0-9]+){2,}(?![\w@/-])/g) || [])].filter((s) => !/\.(example|xlsx|csv|pdf|com|org)$/.test(s) && ![...document.querySelectorAll("[translate=no]")].some((e) => e.textContent.trim() === s)).join(" ")`
	// unmarked names what takes the focus and looks the same with it.
	unmarked = `[...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")].filter((e) => {
		if (!e.checkVisibility() || e.disabled || e.tabIndex < 0) return false;
		e.focus();
		if (document.activeElement !== e) return false;
		const marked = (x) => { const s = x && getComputedStyle(x); return s && (s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0 || s.boxShadow !== "none"); };
		return ![e, e.closest("label"), e.parentElement, e.nextElementSibling, document.querySelector("label[for='" + CSS.escape(e.id) + "']")].some(marked);
	}).map((e) => e.outerHTML.slice(0, 120)).slice(0, 4).join("\n")`
)
