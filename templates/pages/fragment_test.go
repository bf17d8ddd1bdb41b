package pages_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/record"
	"github.com/passmuster/passmuster/internal/record/cose"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/templates/pages"
)

// paper is what QR codes are made of: a key of the registry, and one of nobody.
type paper struct {
	t          *testing.T
	ours, none *ecdsa.PrivateKey
}

func newPaper(t *testing.T) paper { return paper{t, pageKey(t, "ours"), pageKey(t, "nobody's")} }

func pageKey(t *testing.T, name string) *ecdsa.PrivateKey {
	t.Helper()
	seed := sha256.Sum256([]byte("passmuster test key: " + name))
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), seed[:])
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// claims say what the samples' certificate says.
func (p paper) claims() record.Claims {
	s := credential()
	return record.Claims{Issuer: "GAJK", Name: s.Name, IDLast4: s.IDLast4, Kind: s.Kind, Course: s.Course.Code, CourseVersion: s.Course.Version,
		Base: s.Base.Code, IssuedOn: s.IssuedOn, ValidFrom: s.ValidFrom, ValidUntil: *s.ValidUntil, UTCOffset: 480,
		Minutes: 180, PracticalMinutes: 135, PracticalAssessed: true, Demo: true}
}

// digits is the record of the claims as it stands behind "#".
func (p paper) digits(c record.Claims, code string, key *ecdsa.PrivateKey) string {
	p.t.Helper()
	kid, err := cose.KID(&key.PublicKey)
	if err != nil {
		p.t.Fatal(err)
	}
	b, err := record.Sign(c, registry.Code(strings.ReplaceAll(code, "-", "")), kid, key)
	if err != nil {
		p.t.Fatal(err)
	}
	return record.Digits(b)
}

// changed is the record with another name in it, under the old signature.
func (p paper) changed() string {
	p.t.Helper()
	b, err := record.FromDigits(p.digits(p.claims(), code, p.ours))
	if err != nil {
		p.t.Fatal(err)
	}
	at := strings.Index(string(b), "阿卜杜热西提")
	copy(b[at:], "李")
	return record.Digits(b)
}

// keyHandler answers /keys/ as the registry does, or with a fault.
func (p paper) keyHandler(fault *int) http.HandlerFunc {
	kid, _ := cose.KID(&p.ours.PublicKey)
	point, _ := cose.Point(&p.ours.PublicKey)
	b64 := base64.RawURLEncoding.EncodeToString
	return func(w http.ResponseWriter, r *http.Request) {
		switch {
		case *fault > 0:
			http.Error(w, "fault", *fault)
		case strings.TrimPrefix(r.URL.Path, "/keys/") != hex.EncodeToString(kid[:]):
			http.NotFound(w, r)
		default:
			_ = json.NewEncoder(w).Encode(map[string]string{"kty": "EC", "crv": "P-256", "x": b64(point[1:33]), "y": b64(point[33:])})
		}
	}
}

// opened opens the page with the digits behind it and waits for the outcome.
func (b *browser) opened(t *testing.T, r pages.Result, digits string, width, height int64) string {
	t.Helper()
	b.page = resultPage(r)
	if err := chromedp.Do(b.ctx, chromedp.EmulateViewport(width, height), chromedp.Navigate("about:blank"), chromedp.Navigate(b.url+"#"+digits)); err != nil {
		t.Fatal(err)
	}
	for range 200 {
		if found := b.text(t, `document.getElementById("own")?.dataset.record ?? ""`); found != "" && found != "checking" {
			return found
		}
		time.Sleep(20 * time.Millisecond)
	}
	return ""
}

func (b *browser) text(t *testing.T, script string) string {
	t.Helper()
	s, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](script))
	if err != nil {
		t.Fatalf("read %s: %v", script, err)
	}
	return s
}

// sampleOf is the page of a sample, of a registry whose key the paper has.
func sampleOf(name string, l i18n.Lang) pages.Result {
	for _, s := range results {
		if s.name == name {
			return s.resultIn(l)
		}
	}
	return pages.Result{}
}

// What a phone shows that opened a QR code: page and paper agree, disagree, or
// nobody could tell. A no needs a signature that fails; a yes is never made here.
func TestThePageIsHeldAgainstItsRecord(t *testing.T) {
	p, fault := newPaper(t), 0
	b := openBrowserWith(t, map[string]http.HandlerFunc{"/keys/": p.keyHandler(&fault)})
	genuine := p.digits(p.claims(), code, p.ours)
	other := p.claims()
	other.Name, other.ValidUntil = "DEMO 李娜", registry.NewDate(2027, 1, 31)
	reissued := p.digits(other, code, p.ours)
	for _, x := range []struct {
		what, page, digits string
		fault              int
		record, band       string
		shows              []string
	}{
		{"the same", "valid", genuine, 0, "same", "yes", []string{"own record agrees with this page"}},
		{"the same, revoked", "revoked", genuine, 0, "same", "revoked", []string{"REVOKED"}},
		{"a name was changed", "valid", p.changed(), 0, "altered", "altered", []string{"DOES NOT MATCH", "CPR and AED", "What differs, and what the registry holds\nHolder\n阿卜杜热西提·阿布都克里木", "What the registry holds"}},
		{"the record of another certificate", "valid", p.digits(other, "1GVK-91N3-0YX6-1D5B", p.ours), 0, "altered", "altered", []string{"DOES NOT MATCH", "Valid until\n30\u00a0November 2028"}},
		{"a record of ours that says something else", "expiring", reissued, 0, "different", "altered", []string{"DOES NOT MATCH", "the QR code: DEMO 李娜", "the QR code: 2027-01-31"}},
		{"a key of nobody", "valid", p.digits(p.claims(), code, p.none), 0, "unknown key", "yes", []string{"its key is not the registry's"}},
		{"the key does not arrive", "valid", genuine, 503, "out of reach", "yes", []string{"did not arrive", "neither a yes nor a no"}},
		{"damaged digits", "valid", genuine[:len(genuine)-1], 0, "unreadable", "yes", []string{"it is damaged"}},
		{"never issued", "not_found", genuine, 0, "genuine", "not_found", []string{"That alone is no yes"}},
		{"never issued, and changed", "not_found", p.changed(), 0, "altered", "altered", []string{"DOES NOT MATCH"}},
		{"the registry is out of reach", "could_not_check", genuine, 0, "genuine", "could_not_check", []string{"COULD NOT CHECK"}},
	} {
		fault = x.fault
		r := sampleOf(x.page, "en")
		if got := b.opened(t, r, x.digits, 360, 640); got != x.record {
			t.Errorf("%s: the record is %q, want %q", x.what, got, x.record)
		}
		class := b.text(t, `[...document.querySelectorAll(".band")].map((e) => e.className).join("|")`)
		if !strings.Contains(" "+class+" ", " "+x.band+" ") || strings.Contains(class, "|") {
			t.Errorf("%s: the bands are %q, want %q", x.what, class, x.band)
		}
		text := b.text(t, `document.body.innerText`)
		for _, want := range x.shows {
			if !strings.Contains(text, want) {
				t.Errorf("%s: the page lacks %q:\n%s", x.what, want, text)
			}
		}
		if x.band == "altered" && (!strings.HasPrefix(b.text(t, `document.title`), "DOES NOT MATCH") || strings.Contains(text, "Accept it today") || strings.Contains(text, "Compare this name") || b.measure(t, `document.querySelectorAll("h1").length`) != 1) {
			t.Errorf("%s: something of the former verdict is left:\n%s", x.what, text)
		}
		if x.band == "altered" {
			if n := b.measure(t, `document.querySelectorAll("a[href*='/receipt'], .is-yes, .band.yes, [data-answer]").length`); n != 0 {
				t.Errorf("%s: %v receipts or green marks are left", x.what, n)
			}
			if x.page == "not_found" && strings.Contains(text, "Below is") {
				t.Errorf("%s: the page promises what the registry does not hold", x.what)
			}
		}
		if strings.Contains(x.what, "changed") && strings.Contains(text, "李") {
			t.Errorf("%s: the page shows a name that nobody signed", x.what)
		}
	}
}

// While the key is on its way, the page is not green yet: the paper may still be
// a forger's.
func TestAYesWaitsForTheRecord(t *testing.T) {
	p, fault, arrive := newPaper(t), 0, make(chan struct{})
	answer := p.keyHandler(&fault)
	b := openBrowserWith(t, map[string]http.HandlerFunc{"/keys/": func(w http.ResponseWriter, r *http.Request) {
		<-arrive
		answer(w, r)
	}})
	b.page = resultPage(sampleOf("valid", "en"))
	if err := chromedp.Do(b.ctx, chromedp.EmulateViewport(360, 640), chromedp.Navigate(b.url+"#"+p.digits(p.claims(), code, p.ours)), chromedp.WaitVisible("#own")); err != nil {
		t.Fatal(err)
	}
	ground := `getComputedStyle(document.querySelector(".band")).backgroundColor`
	if got := b.text(t, ground); got != "rgb(255, 255, 255)" {
		t.Errorf("the band is %s before the record was checked", got)
	}
	close(arrive)
	for range 200 {
		if b.text(t, `document.getElementById("own").dataset.record`) == "same" {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if got := b.text(t, ground); got != "rgb(11, 122, 69)" {
		t.Errorf("the band is %s after the record was checked", got)
	}
}

// The record holds a name: no request carries it, and the language switch and
// the button to ask again keep it in the browser.
func TestWhatStandsBehindTheHashStaysInTheBrowser(t *testing.T) {
	p, fault := newPaper(t), 0
	b := openBrowserWith(t, map[string]http.HandlerFunc{"/keys/": p.keyHandler(&fault)})
	var mu sync.Mutex
	var asked []string
	if err := chromedp.Listen(b.ctx, func(ev any) {
		if event, ok := ev.(*network.EventRequestWillBeSent); ok {
			mu.Lock()
			defer mu.Unlock()
			asked = append(asked, event.Request.URL+" "+string(must(json.Marshal(event.Request.Headers)))+" "+string(must(json.Marshal(event.Request.PostDataEntries))))
		}
	}); err != nil {
		t.Fatal(err)
	}
	digits := p.digits(p.claims(), code, p.ours)
	r := sampleOf("valid", "en")
	r.Here = &url.URL{Path: "/page"}
	if got := b.opened(t, r, digits, 360, 640); got != "same" {
		t.Fatalf("the record is %q", got)
	}
	mu.Lock()
	defer mu.Unlock()
	keys := 0
	for _, request := range asked {
		if strings.Contains(request, digits[:20]) || strings.Contains(request, digits[len(digits)-20:]) {
			t.Errorf("a request carries the record: %s", request)
		}
		if strings.Contains(request, "/keys/") {
			keys++
		}
		if !strings.Contains(request, "/assets/") && !strings.Contains(request, "/keys/") && !strings.HasPrefix(request, b.url) && !strings.HasPrefix(request, "about:") {
			t.Errorf("the page asks for %s", request)
		}
	}
	if keys != 1 {
		t.Errorf("%d keys were asked for, want the one that signed:\n%s", keys, strings.Join(asked, "\n"))
	}
	if n := b.measure(t, `[...document.querySelectorAll(".langs a")].filter((a) => a.hash === location.hash).length`); n != 2 {
		t.Errorf("%v of 2 links of the language switch keep the record", n)
	}
	if n := b.measure(t, `document.cookie.length + localStorage.length + sessionStorage.length`); n != 0 {
		t.Error("the page keeps something")
	}
}

// Without a script, and where a browser cannot check, the page's own answer is
// there and nothing is claimed about the record.
func TestThePageStandsWithoutItsScript(t *testing.T) {
	p, fault := newPaper(t), 0
	b := openBrowserWith(t, map[string]http.HandlerFunc{"/keys/": p.keyHandler(&fault)})
	off := func(v bool) {
		if _, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: v}); err != nil {
			t.Fatal(err)
		}
	}
	off(true)
	b.page = resultPage(sampleOf("valid", "en"))
	if err := chromedp.Do(b.ctx, chromedp.EmulateViewport(360, 640), chromedp.Navigate(b.url+"#"+p.digits(p.claims(), code, p.ours))); err != nil {
		t.Fatal(err)
	}
	text := b.text(t, `document.body.innerText`)
	for _, want := range []string{"VALID", "Status checked at"} {
		if !strings.Contains(text, want) {
			t.Errorf("without a script the page lacks %q", want)
		}
	}
	if strings.Contains(text, "QR code") {
		t.Errorf("without a script the page says something of the record:\n%s", text)
	}
	off(false)
	if got := b.opened(t, sampleOf("valid", "en"), "", 360, 640); got != "" {
		t.Errorf("without a record the page says %q of it", got)
	}
}

// A result that was left open, on a device that slept, shows that it is old.
func TestAnOldResultFades(t *testing.T) {
	b := openBrowser(t)
	b.show(t, resultPage(sampleOf("valid", "en")), 360, 640, "light")
	const shown = `Number(getComputedStyle(document.querySelector(".stale")).visibility === "visible")`
	if b.measure(t, shown) != 0 {
		t.Error("a fresh result is called old")
	}
	b.measure(t, `(() => { const now = Date.now; Date.now = () => now() + 601000; dispatchEvent(new Event("pageshow")); return 0; })()`)
	if b.measure(t, shown) != 1 || b.measure(t, `Number(getComputedStyle(document.querySelector(".band")).opacity)`) > 0.5 {
		t.Error("after ten minutes the result looks fresh")
	}
}

// Each outcome was looked at, on a phone in three languages.
func TestTheLookOfAHeldPage(t *testing.T) {
	p, fault := newPaper(t), 0
	b := openBrowserWith(t, map[string]http.HandlerFunc{"/keys/": p.keyHandler(&fault)})
	genuine := p.digits(p.claims(), code, p.ours)
	for name, digits := range map[string]string{"same": genuine, "altered": p.changed(), "unreadable": genuine[:len(genuine)-1]} {
		for _, l := range i18n.Langs {
			if got := b.opened(t, sampleOf("valid", l), digits, 360, 640); got != name {
				t.Errorf("%s.%s: the record is %q", name, l, got)
			}
			picture := "own_" + name + "." + string(l)
			golden(t, picture, b.picture(t))
			if w := b.measure(t, `document.documentElement.scrollWidth`); w > 360 {
				t.Errorf("%s is %v px wide on a screen of 360", picture, w)
			}
			if over := b.measure(t, wordOverflow); over > 0 {
				t.Errorf("%s: the verdict's word is %v px wider than the screen", picture, over)
			}
			if name == "same" && b.measure(t, `document.querySelector(".name").getBoundingClientRect().bottom`) > 640 {
				t.Errorf("%s: the name is below the first screen", picture)
			}
		}
	}
	b.opened(t, sampleOf("valid", "en"), p.changed(), 1100, 900)
	golden(t, "desk_own_altered", b.picture(t))
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
