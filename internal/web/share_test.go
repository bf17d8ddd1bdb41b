package web_test

import (
	"bytes"
	"encoding/json"
	"image/png"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/demo"
	"github.com/passmuster/passmuster/internal/picture"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/testkit"
)

// holder is the private page of the demonstration's valid certificate.
func (w *world) holder() string { return strings.TrimPrefix(w.sum.Holder, w.url) }

// picture asks for a picture as the page's button does and returns where the QR
// code in it leads, as another program reads it.
func (p *person) picture(mine string) string {
	p.t.Helper()
	zbar := testkit.Tool(p.t, "zbarimg")
	p.post(mine + "/picture").want(200)
	if kind := p.header.Get("Content-Type"); kind != "image/png" {
		p.t.Fatalf("%s is %s", p.path, kind)
	}
	size := must(png.DecodeConfig(strings.NewReader(p.body)))
	if size.Width != picture.Width || len(p.body) > 120<<10 {
		p.t.Errorf("the picture is %d px wide and has %d bytes", size.Width, len(p.body))
	}
	file := filepath.Join(p.t.TempDir(), "picture.png")
	must(0, os.WriteFile(file, []byte(p.body), 0o600))
	text := string(must(exec.CommandContext(p.t.Context(), zbar, "-q", "--raw", file).Output()))
	return strings.TrimPrefix(strings.TrimSpace(text), p.w.url)
}

func TestAHolderSendsAPictureAndTakesItBack(t *testing.T) {
	w := newWorld(t)
	mine := w.holder()
	p := w.visitor(t)
	p.get(mine).want(200, "Picture for chat", "Get the picture").never("Your shares")
	link := p.picture(mine)
	if again := p.picture(mine); again != link {
		t.Errorf("asked twice, the picture leads to %s and to %s", link, again)
	}
	first := p.body
	number, code := string(w.sum.Number), strings.TrimPrefix(w.sum.Links[registry.StatusValid][0], w.url+"/v/")
	last4 := w.credentials(registry.StatusValid)[0].Snapshot.IDLast4

	other := w.visitor(t)
	other.get(link).want(200, "VALID", w.sum.Name, `<h1 class="verdict"`, "Compare this name with a photo id", "If the picture differs").
		never(number, code, registry.Code(code).String(), "id ends in", "/credentials/", ".pdf", `href="/v/`, "/my/")
	if last4 != "" {
		other.never(last4)
	}
	for name, want := range map[string]string{"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow, noarchive", "Referrer-Policy": "no-referrer"} {
		if got := other.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got := other.header.Values("Set-Cookie"); len(got) > 0 {
		t.Errorf("a share sets the cookie %q", got)
	}
	if title := other.find(`og:title" content="([^"]*)"`); title != "Shared certificate" {
		t.Errorf("og:title %q", title)
	}
	if n := len(other.body); n > 30<<10 {
		t.Errorf("the page has %d bytes", n)
	}
	for _, lang := range []string{"zh", "ru"} { // the switch keeps the code
		other.get(other.find(`href="(` + link + `\?lang=` + lang + `)"`))
		other.want(200, w.sum.Name)
	}
	for _, path := range []string{strings.ToLower(link), "/S/" + strings.TrimPrefix(link, "/s/")} {
		w.visitor(t).get(path).want(200, "VALID")
	}
	w.visitor(t).post("/verify", "code", w.url+link).want(200, "VALID", "If the picture differs")
	w.visitor(t).post("/verify", "code", registry.ShareCode(strings.TrimPrefix(link, "/s/")).String()).want(200, "If the picture differs")

	p.get(mine).want(200, "Your shares", "ends in "+link[len(link)-4:], "made on 21\u00a0November 2026", "until 19\u00a0February 2027").never(link)
	p.get(p.find(`href="(/my/[^"]*certificate.png[^"]*)"`)).want(200)
	if p.body != first {
		t.Error("the same picture again is another file")
	}
	p.get(mine).post(p.find(`action="(/my/[^"]*/shares/[^"]*/revoke)"`)).want(200, "Taken back").never("Your shares")
	w.visitor(t).get(link).want(404, "This share is not there, or no longer", "Ask the holder for a new picture").never(w.sum.Name, "VALID")
}

func TestSharesAreMadeForAsLongAsTheHolderSays(t *testing.T) {
	w := newWorld(t)
	mine := w.holder()
	p := w.visitor(t)
	p.lang = "ru"
	once := p.get(mine + "?lang=en").find(`name="once" value="([^"]+)"`)
	for range 2 { // a double click makes one
		p.post(mine+"/shares?lang=en", "days", "7", "once", once).want(200, "Made: send the picture", "until 28\u00a0November 2026")
	}
	if n := strings.Count(p.body, "ends in "); n != 2 { // the row, and the label of its button
		t.Errorf("%d mentions of shares after a double click: %s", n, p.words())
	}
	p.post(mine+"/shares?lang=en", "days", "30").want(200, "until 21\u00a0December 2026")
	p.post(mine+"/shares?lang=en", "days", "365").want(422, "7, 30 or 90 days")
	p.post(mine+"/shares?lang=en", "days", "x").want(422, "7, 30 or 90 days")
	for range registry.MaxShares - 2 {
		p.post(mine+"/shares?lang=en", "days", "90").want(200)
	}
	p.post(mine+"/shares?lang=en").want(409, "20 live shares already")
	p.post(mine+"/shares/revoke?lang=en").want(200, "Taken back").never("Your shares")
	p.get(mine+"/certificate.png?share=nothing&lang=en").want(404, "has ended or was taken back")
	for _, path := range []string{"/picture", "/shares", "/shares/revoke", "/shares/x/revoke"} {
		w.visitor(t).post("/my/00000000000000000000000000000000"+path, "days", "7").want(404, "no such private link")
	}
	foreign := must(http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+mine+"/shares", strings.NewReader("days=7")))
	foreign.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	foreign.Header.Set("Origin", "https://elsewhere.example")
	foreign.Header.Set("Sec-Fetch-Site", "cross-site")
	answer := must(http.DefaultClient.Do(foreign))
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusForbidden {
		t.Errorf("a form of another site: %d", answer.StatusCode)
	}
}

// What differs from one request to the next.
var changing = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

func TestASharesThatLeadNowhereAreOneAnswer(t *testing.T) {
	w := newWorld(t)
	mine := w.holder()
	p := w.visitor(t)
	made := func() string {
		p.post(mine+"/shares?lang=en", "days", "7").want(200)
		list := must(w.s.Share.Shares(t.Context(), strings.TrimPrefix(mine, "/my/")))
		return "/s/" + string(list[0].Code)
	}
	revoked := made()
	p.post(mine + "/shares/revoke").want(200)
	ended := made()
	w.clock.Set(now.AddDate(0, 0, 8))
	never := "/s/" + string(registry.NewShareCode([10]byte{9, 9}))
	paths := map[string]string{"taken back": revoked, "ended": ended, "never made": never, "mistyped": never[:len(never)-1] + other(never[len(never)-1]),
		"a certificate's code": strings.Replace(strings.TrimPrefix(w.sum.Links[registry.StatusValid][0], w.url), "/v/", "/s/", 1)}
	for _, accept := range []string{"text/html", "application/json"} {
		want := ""
		for why, path := range paths {
			r := must(http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+path, nil))
			r.Header.Set("Accept", accept)
			answer := must(http.DefaultClient.Do(r))
			var b bytes.Buffer
			must(b.ReadFrom(answer.Body))
			_ = answer.Body.Close()
			if answer.StatusCode != 404 {
				t.Errorf("%s: %d", why, answer.StatusCode)
			}
			answer.Header.Del("Date")
			answer.Header.Del("X-Request-Id")
			answer.Header.Del("Content-Length")
			header := must(json.Marshal(answer.Header))
			got := changing.ReplaceAllString(strings.ReplaceAll(b.String(), path, "/s/CODE")+string(header), "ID")
			if want == "" {
				want = got
			}
			if got != want {
				t.Errorf("%s, %s: another answer than the others:\n%s\n%s", accept, why, got, want)
			}
		}
	}
	t.Run("misses use the budget of codes up", func(t *testing.T) {
		valid := w.sum.Links[registry.StatusValid][0]
		for range 80 {
			p.get(never)
		}
		p.want(429)
		p.get("/v/7K3QD9XM2HRTW4BX").want(429) // a certificate that is not there
		p.get(valid).want(200)                 // whoever scans does not wait for who guesses
	})
}

func other(c byte) string {
	if c == 'A' {
		return "B"
	}
	return "A"
}

func TestAShareFollowsItsCertificate(t *testing.T) {
	w := newWorld(t)
	for status, word := range map[registry.Status]string{registry.StatusValid: "VALID", registry.StatusSuspended: "SUSPENDED", registry.StatusExpired: "EXPIRED"} {
		c := w.credentials(status)[0]
		token := access.HolderToken(w.s.Share.Keys, c.Enrolment, 1)
		made := must(w.s.Share.Latest(t.Context(), token))
		w.visitor(t).get("/s/"+string(made.Code)).want(200, word)
	}
	revoked := w.credentials(registry.StatusRevoked)[0]
	mine := "/my/" + access.HolderToken(w.s.Share.Keys, revoked.Enrolment, 1)
	w.visitor(t).get(mine).want(200).never("Picture for chat")
	w.visitor(t).post(mine+"/picture").want(409, "revoked or replaced")

	c := w.credentials(registry.StatusValid)[1]
	made := must(w.s.Share.Latest(t.Context(), access.HolderToken(w.s.Share.Keys, c.Enrolment, 1)))
	path := "/s/" + string(made.Code)
	federation := w.signIn(t, demo.FederationEmail)
	federation.post(page(c)+"/suspend", "reason", "under_review", "typed", string(c.Number))
	w.visitor(t).get(path).want(200, "SUSPENDED", "do not accept for now")
	t.Run("a program gets the verdict as JSON", func(t *testing.T) {
		r := must(http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+path, nil))
		r.Header.Set("Accept", "application/json")
		answer := must(http.DefaultClient.Do(r))
		defer answer.Body.Close()
		var raw map[string]any
		if err := json.NewDecoder(answer.Body).Decode(&raw); err != nil || raw["status"] != "suspended" || raw["verdict"] != "no" {
			t.Errorf("%v, %v", raw, err)
		}
		for key := range raw["credential"].(map[string]any) {
			if !strings.Contains(" kind name latin_name course issuer base valid_until demo ", " "+key+" ") {
				t.Errorf("the answer shows %q", key)
			}
		}
	})
}

// Pages of shares fit a phone and a desk in every language; each was looked at.
func TestTheLookOfShares(t *testing.T) {
	w := newWorld(t)
	mine := w.holder()
	p := w.visitor(t)
	token := strings.TrimPrefix(mine, "/my/")
	made := must(w.s.Share.Make(t.Context(), token, 30))
	w.clock.Set(now.Add(time.Hour))
	must(w.s.Share.Make(t.Context(), token, 90))
	look(t, p, []view{{"my_shares", mine + "?shared=made"}, {"share", "/s/" + string(made.Code)}, {"share_gone", "/s/0000"}}, "my_shares", "share", "share_gone")
}

// A phone that can send files hands the picture over; the list then shows the
// share that was made for it.
func TestThePictureIsHandedToThePhone(t *testing.T) {
	w := newWorld(t)
	screen := w.visitor(t).look()
	phone := `navigator.canShare = () => true;
		navigator.share = async (data) => sessionStorage.setItem("sent", data.files[0].name + " " + data.files[0].type);`
	must(chromedp.Call(screen.ctx, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: phone}))
	screen.open(t, w.holder(), "en", 360)
	const listed = `document.querySelectorAll(".shares li").length`
	must(0, chromedp.Do(screen.ctx, chromedp.Click(`form[data-picture] button`)))
	for range 600 {
		if n, err := chromedp.Run(screen.ctx, chromedp.Evaluate[float64](listed)); err == nil && n == 1 { // no answer while it loads
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if n := screen.number(t, listed); n != 1 {
		t.Errorf("%v shares are listed", n)
	}
	if sent := must(chromedp.Run(screen.ctx, chromedp.Evaluate[string](`sessionStorage.getItem("sent")`))); sent != "certificate.png image/png" {
		t.Errorf("handed over: %q", sent)
	}
}
