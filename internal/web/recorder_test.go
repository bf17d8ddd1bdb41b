package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/passmuster/passmuster/internal/demo"
)

// classOf makes a class of today with n people and nothing recorded.
func (p *person) classOf(n int) string {
	p.t.Helper()
	path := p.newClass("CPR1")
	var b strings.Builder
	b.WriteString("name,id_type,id\n")
	for i := range n {
		fmt.Fprintf(&b, "%s,other,9999991990010%05d\n", string([]rune{[]rune("王李张刘陈杨赵黄周吴")[i%10], []rune("伟芳娜敏静丽")[i/10], []rune("强磊军洋勇艳杰娟涛明")[i%10]}), i)
	}
	p.upload(path+"/imports", "people.csv", []byte(b.String())).want(200)
	p.post(p.path+"/commit", "how", "good").want(200, fmt.Sprintf("Enrolled: %d", n))
	form := p.get(path + "/edit").form(path + "/edit")
	form.Set("ratio_reason", "three rooms")
	p.postForm(path+"/edit", form).want(200)
	return path
}

// hand is a thumb or a keyboard on a screen, which counts.
type hand struct {
	*screen
	t    testing.TB
	taps int
	keys int
}

func (p *person) hand() *hand {
	h := &hand{screen: p.look(), t: p.t}
	h.run(chromedp.EmulateViewport(360, 640))
	return h
}

func (h *hand) run(actions ...chromedp.Action[chromedp.Void]) {
	h.t.Helper()
	ctx, stop := context.WithTimeout(h.ctx, 20*time.Second)
	defer stop()
	if err := chromedp.Do(ctx, actions...); err != nil {
		h.t.Fatal(err)
	}
}

func (h *hand) open(path string) {
	h.t.Helper()
	h.run(chromedp.Navigate(h.url + path))
	h.ready()
}

// ready waits until the page's script is at work.
func (h *hand) ready() {
	h.t.Helper()
	h.until(`!document.querySelector("[data-recorder]") || document.querySelector("[data-recorder]").dataset.ready === "1"`)
}

func (h *hand) text(script string) string {
	h.t.Helper()
	s, err := chromedp.Run(h.ctx, chromedp.Evaluate[string](script))
	if err != nil {
		h.t.Fatalf("%s: %v", script, err)
	}
	return s
}

func (h *hand) holds(script string) bool {
	ok, err := chromedp.Run(h.ctx, chromedp.Evaluate[bool](`Boolean(`+script+`)`))
	return err == nil && ok
}

// until waits for the script to hold.
func (h *hand) until(script string) {
	h.t.Helper()
	for range 400 {
		if h.holds(script) {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	h.t.Fatalf("never: %s\nstatus %q, problems %q", script, h.text(`document.querySelector("[data-status]")?.textContent ?? ""`), h.text(`document.querySelector("[data-problems]")?.textContent ?? ""`))
}

func (h *hand) saved() {
	h.t.Helper()
	h.until(`document.querySelector(".recbar.is-saved")`)
}

// tap presses what the selector finds, where a thumb would: in the middle of it.
func (h *hand) tap(selector string) {
	h.t.Helper()
	h.taps++
	spot := h.text(`(() => { const e = document.querySelector(` + quoted(selector) + `); if (!e) return ""; e.scrollIntoView({ block: "center", behavior: "instant" });
		const r = e.getBoundingClientRect(), x = r.x + r.width / 2, y = r.y + r.height / 2, at = document.elementFromPoint(x, y);
		return at && (e.contains(at) || at.contains(e)) ? x + " " + y : "covered by " + (at ? at.outerHTML.slice(0, 200) : "nothing"); })()`)
	var x, y float64
	if _, err := fmt.Sscan(spot, &x, &y); err != nil {
		h.t.Fatalf("%s cannot be tapped: %s", selector, spot)
	}
	for _, p := range []input.DispatchMouseEventParams{{Type: "mousePressed"}, {Type: "mouseReleased"}} {
		p.X, p.Y, p.Button, p.ClickCount = x, y, "left", 1
		if _, err := chromedp.Call(h.ctx, input.DispatchMouseEvent, p); err != nil {
			h.t.Fatal(err)
		}
	}
}

// press strikes keys one by one.
func (h *hand) press(keys string) {
	h.t.Helper()
	for _, k := range keys {
		h.keys++
		h.run(chromedp.KeyEvent(string(k)))
	}
}

// write puts a text into a field.
func (h *hand) write(selector, text string) {
	h.t.Helper()
	h.holds(`document.querySelector(` + quoted(selector) + `).focus()`)
	if _, err := chromedp.Call(h.ctx, input.InsertText, input.InsertTextParams{Text: text}); err != nil {
		h.t.Fatal(err)
	}
}

func quoted(s string) string { b, _ := json.Marshal(s); return string(b) }

// acts sends acts as another device of the account would.
func (p *person) acts(path, body string) *person {
	p.t.Helper()
	r := must(http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.at(path+"/acts"), strings.NewReader(`{"acts":[`+body+`]}`)))
	r.Header.Set("Content-Type", "application/json")
	return p.do(r)
}

// Thirty people in 80 taps and keys. A tap is one press on the screen, a key one
// stroke of the number pad; scrolling by itself and waiting count nothing. The
// class is made, and people are on its roster.
func TestThirtyPeopleAreRecordedInEightyTapsAndKeys(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.TrainerEmail)
	path := p.classOf(30)
	h := p.hand()
	h.open("/t")
	h.tap(`a[href^="` + path + `"].button`)
	h.until(`document.querySelector(".tabs")`)
	if !h.holds(`location.pathname.endsWith("/attendance")`) {
		h.tap(`.tabs a[href$="/attendance"]`)
	}
	h.until(`document.querySelector("[data-recorder]")?.dataset.ready`)
	h.tap(`[data-all]`)
	h.tap(`[data-row]:nth-of-type(4) [data-cycle]`) // late
	for range 3 {
		h.tap(`[data-row]:nth-of-type(9) [data-cycle]`) // late, left early, absent
	}
	h.saved()
	if got := h.text(`document.querySelector(".reccount").textContent`); !strings.Contains(got, "29/30") {
		t.Errorf("the bar counts %q", got)
	}
	h.tap(`.tabs a[href$="/theory"]`)
	h.until(`document.querySelector("[data-scores]")`)
	h.ready()
	h.tap(`.score`)
	for i := range 29 { // whoever was absent is passed over
		h.press(fmt.Sprint(60 + i))
	}
	h.saved()
	h.tap(`.tabs a[href$="/skills"]`)
	h.until(`document.querySelector("[data-everybody]")`)
	h.ready()
	h.tap(`[data-statement]`)
	h.tap(`[data-all]`)
	for _, n := range []string{"2", "17"} {
		row := `[data-row]:nth-of-type(` + n + `) `
		h.tap(row + `[data-do=fail]`)
		h.until(`document.querySelector("` + row + `details").open`)
		h.tap(row + `.recitem .is-fail`)
	}
	h.saved()
	h.tap(`.tabs a[href$="/review"]`)
	h.until(`document.querySelector("form[action$='/submit']")`)
	if h.holds(`document.querySelector("form[action$='/submit'] button").disabled`) {
		t.Fatalf("not to be submitted: %s", h.text(`document.querySelector("main").innerText`))
	}
	h.tap(`form[action$="/submit"] button`)
	h.until(`document.body.textContent.includes("is submitted and waits")`)
	t.Logf("%d taps and %d keys", h.taps, h.keys)
	if h.taps+h.keys > 80 {
		t.Errorf("%d taps and %d keys, want 80 at most", h.taps, h.keys)
	}
	p.get(path+"/theory").want(200, "can no longer be changed", ">88<").never(">89<")
	p.get(path + "/skills").want(200)
	if n := strings.Count(p.body, `state bad`); n != 2 {
		t.Errorf("%d people did not pass the skills, want 2", n)
	}
}

// cut stands between a browser and the server, and is the network: without it
// every connection ends, whoever asks, the page or its worker.
type cut struct {
	off   atomic.Bool
	ill   atomic.Bool // the server is there, and cannot answer
	proxy http.Handler
}

func (c *cut) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if c.off.Load() {
		panic(http.ErrAbortHandler)
	}
	if c.ill.Load() {
		http.Error(rw, "out of order", http.StatusServiceUnavailable)
		return
	}
	c.proxy.ServeHTTP(rw, r)
}

// cutOff lets the hand reach the server through a network that can go away.
func (h *hand) cutOff() *cut {
	c := &cut{proxy: httputil.NewSingleHostReverseProxy(must(url.Parse(h.url)))}
	server := httptest.NewUnstartedServer(c)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	h.t.Cleanup(server.Close)
	h.url = server.URL
	return c
}

// offline takes the network from the browser and from its worker.
func (h *hand) offline(c *cut, yes bool) {
	h.t.Helper()
	c.off.Store(yes)
	conditions := network.OverrideNetworkStateParams{Offline: yes, DownloadThroughput: -1, UploadThroughput: -1}
	if _, err := chromedp.Call(h.ctx, network.OverrideNetworkState, conditions); err != nil {
		h.t.Fatal(err)
	}
}

func TestTenScoresWithoutANetworkAreAllSaved(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.TrainerEmail)
	path := p.classOf(12)
	h := p.hand()
	c := h.cutOff()
	h.open(path + "/theory")
	h.until(`!document.querySelector("[data-offline]").hidden`)
	h.tap(`[data-offline]`)
	h.until(`document.querySelector("[data-offline]").textContent.includes("✓")`)
	h.offline(c, true)
	h.tap(`.score`)
	for i := range 10 {
		h.press(fmt.Sprint(80 + i))
	}
	h.until(`document.querySelector("[data-status]").textContent.includes("waiting on this device: 10")`)
	h.run(chromedp.Reload())
	h.ready()
	h.until(`document.querySelectorAll(".score")[9].value === "89"`)
	h.until(`document.querySelector("[data-status]").textContent.includes("waiting on this device: 10")`)
	h.shot("offline")
	// The other pages of the class open too, and somebody new is written down.
	h.open(path + "/attendance")
	h.tap(`#come summary`)
	h.write(`[data-add] [name=name]`, "新来的人")
	h.write(`[data-add] [name=id]`, "99999919880229013X")
	h.tap(`[data-add] button`)
	h.until(`document.querySelector("[data-row^='act:'] [data-cycle]")`)
	h.tap(`[data-row^='act:'] [data-cycle]`)
	h.until(`document.querySelector("[data-status]").textContent.includes("waiting on this device: 12")`)
	h.shot("offline_new")
	h.open(path + "/theory")
	h.until(`document.querySelector("[data-row^='act:'] .score")`)
	h.offline(c, false)
	h.saved()
	p.get(path + "/theory").want(200)
	for i := range 10 {
		if !strings.Contains(p.body, fmt.Sprintf(`data-value="%d"`, 80+i)) {
			t.Errorf("score %d is not saved", 80+i)
		}
	}
	p.get(path+"/attendance").want(200, "新来的人", `data-value="present"`)
	if n := strings.Count(p.body, `data-value="present"`); n != 2 {
		t.Errorf("the new person is present in %d sessions", n)
	}
	h.open(path + "/theory")
	h.until(`document.querySelectorAll("[data-row]").length === 13 && !document.querySelector("[data-row^='act:']")`)
}

func TestTwoTrainersMeetInOneScore(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.TrainerEmail)
	path := p.classOf(3)
	h := p.hand()
	h.open(path + "/theory")
	one := h.text(`document.querySelector("[data-row]").dataset.row`)
	p.acts(path, `{"id":"other-device-1","kind":"theory","enrolment":"`+one+`","score":88,"seen":{}}`).want(200, `"result":"done"`)
	p.acts(path, `{"id":"other-device-1","kind":"theory","enrolment":"`+one+`","score":88,"seen":{}}`).want(200, `"seen":"1.1"`)
	h.tap(`.score`)
	h.press("85")
	h.until(`document.querySelector("[data-problem]")`)
	said := h.text(`document.querySelector("[data-problem]").textContent`)
	for _, want := range []string{"85", "88", "李明哲"} {
		if !strings.Contains(said, want) {
			t.Errorf("the conflict does not show %q: %s", want, said)
		}
	}
	h.shot("conflict")
	p.get(path+"/theory").want(200, `data-value="88"`)
	h.tap(`[data-problem] button`) // mine
	h.saved()
	p.get(path+"/theory").want(200, `data-value="85"`).never(`data-value="88"`)
	// By forms alone: the older page is told, and holds what was typed.
	form := p.form(path + "/theory")
	stale := p.form(path + "/theory")
	form.Set("s-"+one, "90")
	p.postForm(path+"/theory", form).want(200, "1 changed")
	stale.Set("s-"+one, "70")
	p.postForm(path+"/theory", stale).want(409, "somebody else wrote meanwhile", "you: 70; recorded: 90", `value="70"`)
	again := p.form(path + "/theory")
	p.postForm(path+"/theory", again).want(200, "1 changed", `data-value="70"`)
}

func TestTheRecorderByKeyboardAlone(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.TrainerEmail)
	path := p.classOf(4)
	h := p.hand()
	h.open(path + "/attendance")
	focus := func(selector string) {
		t.Helper()
		for range 80 {
			h.run(chromedp.KeyEvent("\t"))
			if h.holds(`document.activeElement.matches(` + quoted(selector) + `)`) {
				if !h.holds(`getComputedStyle(document.activeElement).outlineStyle !== "none" || getComputedStyle(document.activeElement.nextElementSibling ?? document.body).outlineStyle !== "none"`) {
					t.Errorf("the focus on %s is not to be seen", selector)
				}
				if h.holds(`(() => { const r = document.activeElement.getBoundingClientRect(), b = document.querySelector(".recbar").getBoundingClientRect(); return r.top < b.bottom - 2 && r.bottom > b.top && !document.querySelector(".recbar").contains(document.activeElement); })()`) {
					t.Errorf("the bar covers %s", selector)
				}
				return
			}
		}
		t.Fatalf("the tabulator never comes to %s", selector)
	}
	focus(`[data-all]`)
	h.run(chromedp.KeyEvent("\r"))
	h.saved()
	focus(`[data-row]:nth-of-type(2) [data-cycle]`)
	h.run(chromedp.KeyEvent(" "))
	focus(`[data-row]:nth-of-type(4) summary`)
	h.run(chromedp.KeyEvent("\r"))
	focus(`[data-row]:nth-of-type(4) select`)
	h.run(chromedp.KeyEvent("A"))
	h.saved()
	p.get(path+"/attendance").want(200, `data-value="late"`, `data-value="absent"`)
	h.open(path + "/theory")
	focus(`.score`)
	for _, typed := range []string{"9\r", "10", "100"} {
		for _, k := range typed {
			h.run(chromedp.KeyEvent(string(k)))
		}
		if typed == "10" {
			if h.holds(`document.activeElement === document.querySelectorAll(".score")[2]`) {
				t.Error("10 did not wait for a third digit")
			}
			h.until(`document.activeElement === document.querySelectorAll(".score")[2]`)
		}
	}
	h.saved()
	p.get(path+"/theory").want(200, `data-value="9"`, `data-value="10"`, `data-value="100"`)
	h.open(path + "/theory")
	h.tap(`.score`)
	h.run(chromedp.KeyEvent("1"), chromedp.KeyEvent("0"), chromedp.KeyEvent("5"))
	if h.holds(`document.querySelector(".score").matches("[aria-invalid]")`) {
		t.Error("red before the field was left")
	}
	h.run(chromedp.KeyEvent("\t"))
	h.until(`document.querySelector(".score").matches("[aria-invalid]")`)
	h.open(path + "/skills")
	focus(`[data-row] [data-do=pass]`)
	h.run(chromedp.KeyEvent("\r"))
	h.saved()
	if !h.holds(`document.querySelector("[data-row] .state.good")`) {
		t.Error("nobody passed")
	}
}

func TestSeveralAssessorsAtTheirStations(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.TrainerEmail)
	path := p.classOf(3)
	p.get(path+"/skills").want(200, "Open a station")
	items := regexp.MustCompile(`type="checkbox" name="item" value="([^"]+)"`).FindAllStringSubmatch(p.body, -1)
	open := func(name string, codes ...string) string {
		form := p.get(path + "/skills").form(path + "/stations")
		form["item"] = codes
		form.Set("station", name)
		return p.postForm(path+"/stations", form).want(200, name).path
	}
	var rest []string
	for _, m := range items[1:] {
		rest = append(rest, m[1])
	}
	first, second := open("Table 1", items[0][1]), open("Table 2", rest...)
	a, b := p.hand(), p.hand()
	a.open(first)
	b.open(second)
	a.tap(`[data-row]:nth-of-type(1) [data-do=pass]`)
	b.tap(`[data-row]:nth-of-type(1) [data-do=pass]`)
	a.tap(`[data-row]:nth-of-type(2) [data-do=fail]`) // one item: no more to say
	a.saved()
	b.saved()
	b.tap(`[data-row]:nth-of-type(2) [data-do=fail]`)
	b.tap(`[data-row]:nth-of-type(2) .recitem .is-pass`)
	b.saved()
	a.shot("station")
	b.shot("station_items")
	p.get(path+"/skills").want(200, "Table 1", "Table 2", "2 of 3", "1 of 3")
	if n := strings.Count(p.body, `state good`); n != 1 {
		t.Errorf("%d people passed, want the one whom both saw", n)
	}
	p.want(200, "2 of "+fmt.Sprint(len(items)), "李明哲")
	form := p.get(second).form(second + "/close")
	p.postForm(second+"/close", form).want(200, "The station is closed")
}

// Everything can be recorded by forms, too.
func TestTheRecorderByForms(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.TrainerEmail)
	path := p.classOf(2)
	marks := func(page string) (form map[string][]string) {
		_, rest, _ := strings.Cut(p.get(path+page).body, `class="recform"`)
		p.body = `<form action="` + path + page + `" class="recform"` + rest
		return p.form(path + page)
	}
	p.post(path+"/attendance", "do", "all").want(200, "4 marks changed", "2 people marked present at once")
	undo := p.find(`name="act" value="([^"]+)"`)
	p.post(path+"/undo", "act", undo, "back", "attendance").want(200, "Undone for 2")
	p.post(path+"/undo", "act", undo).want(409)
	p.post(path+"/attendance", "do", "all").want(200)
	form := marks("/attendance")
	delete(form, "do")
	one := p.get(path + "/attendance").find(`data-row="([0-9a-f-]+)"`)
	form["cycle"] = []string{one}
	p.postForm(path+"/attendance", form).want(200, "2 marks changed", "Late")
	p.postForm(path+"/attendance", form).want(200) // the same form again changes nothing
	p.get(path+"/attendance").want(200, "Late")
	p.post(path+"/come", "name", "新来的人", "id", "99999919880229013X", "slip", "77").want(200, "is enrolled, but the slip was not linked")
	p.post(path+"/come", "name", "").want(422)
	sheet := path + "/skills/" + one
	p.post(path+"/skills/"+one, "do", "pass").want(200)
	p.get(path + "/skills")
	if n := strings.Count(p.body, "state good"); n != 1 {
		t.Errorf("%d passed", n)
	}
	p.sheet(sheet, "fail").want(200, "Not passed", "This is a re-test")
	retest := p.form(sheet)
	retest.Set("do", "pass")
	retest.Set("retake", "1")
	p.postForm(sheet, retest).want(200, "attempt 2")
	p.post(path+"/skills", "statement", "1").want(200, "people passed by the statement")
	p.get("/t/worker.js").want(200, "fetch")
	if got := p.header.Get("Service-Worker-Allowed"); got != "/t/" {
		t.Errorf("Service-Worker-Allowed %q", got)
	}
	if got := p.get(path + "/theory").header.Get("Content-Security-Policy"); !strings.Contains(got, "worker-src 'self'") {
		t.Errorf("policy %q", got)
	}
	other := w.signIn(t, "trainer-msk@demo.example")
	other.acts(path, `{"id":"stranger-1","kind":"theory","enrolment":"`+one+`","score":88}`)
	if other.status != 404 && !strings.Contains(other.body, `"result":"refused"`) {
		t.Errorf("a stranger: %d %s", other.status, other.body)
	}
	p.acts(path, `{`).want(400)
}

// shot keeps a picture where somebody wants to look.
func (h *hand) shot(name string) {
	dir := os.Getenv("PASSMUSTER_SHOTS")
	if dir == "" {
		return
	}
	shot, err := chromedp.Run(h.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		h.t.Fatal(err)
	}
	must(0, os.WriteFile(filepath.Join(dir, name+".png"), shot, 0o600))
}
