package main

import (
	"encoding/json"
	"image"
	"image/color"
	"image/draw"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/passmuster/passmuster/internal/registry"
)

// begins runs a script before those of every page that is opened from now on.
func (d *device) begins(script string) {
	d.t.Helper()
	_, err := chromedp.Call(d.ctx, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: script})
	d.c.must(err)
}

// named says what the device calls itself.
func (d *device) named(agent string) {
	d.t.Helper()
	_, err := chromedp.Call(d.ctx, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: agent})
	d.c.must(err)
}

const (
	weChat = "Mozilla/5.0 (Linux; Android 13; DEMO) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/116.0.0.0 Mobile Safari/537.36 MMWEBID/1 MicroMessenger/8.0.50 WeChat/arm64 Language/zh_CN"
	iPhone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
)

// What a browser cannot do, and what it will forget, is said with what to do about
// it; the result page, and a code that is typed, are answered everywhere.
func TestWhatABrowserCannotKeepIsSaid(t *testing.T) {
	c := newCamp(t)
	good := c.credential(registry.StatusValid)
	for _, b := range []struct {
		name, agent, script string
		ready, says, todo   string // of the scanner; says "": nothing to warn of
		record              string // what the result page says of the QR code's own record
	}{
		{"WeChat", weChat, `delete Navigator.prototype.serviceWorker; delete Navigator.prototype.mediaDevices; delete window.indexedDB;`, "no",
			"WeChat's browser does not keep the scanner", "Open in browser", "same"},
		{"Safari", iPhone, ``, "yes", "Safari forgets the scanner when it was not opened for seven days", "Add to Home Screen", "same"},
		{"Safari, on the home screen", iPhone, `Object.defineProperty(navigator, "standalone", { value: true });`, "yes", "", "", "same"},
		{"a private window", "", `Object.defineProperty(window, "indexedDB", { value: { open() { throw new DOMException("no", "SecurityError"); } } });`, "",
			"This window keeps nothing", "normal window", "same"},
		{"a browser without signatures", "", `Object.defineProperty(Crypto.prototype, "subtle", { value: undefined });`, "no", "", "", "no crypto"},
	} {
		t.Run(b.name, func(t *testing.T) {
			d := c.device().with(t)
			if b.agent != "" {
				d.named(b.agent)
			}
			d.begins(b.script)
			link, digits, _ := strings.Cut(c.qr(good), "#")
			d.run(chromedp.Navigate(link + "?lang=en#" + digits))
			d.until(`!["", "checking"].includes(document.getElementById("own")?.dataset.record ?? "")`)
			if got := d.says(`document.getElementById("own").dataset.record + " " + document.title.split(" ")[0]`); got != b.record+" VALID" {
				t.Errorf("the result page says %q, want %q", got, b.record+" VALID")
			}
			d.open("/scan?lang=en")
			places := func() string { return d.says(`document.querySelector("[data-places]").innerText`) }
			if b.says != "" {
				d.until(`document.querySelector("[data-places]").innerText.includes(` + asJS(b.says) + `)`)
				if got := places(); !strings.Contains(got, b.todo) {
					t.Errorf("what to do is not said: %q", got)
				}
			}
			if b.ready != "" {
				d.until(`document.querySelector("[data-ready]").dataset.ready === ` + asJS(b.ready))
			}
			if got := places(); b.says == "" && got != "" {
				t.Errorf("it warns of %q", got)
			}
			d.shot("place-" + strings.Fields(b.name)[0])
			if got := d.types(good.Code.String()); got != "valid" {
				t.Errorf("a typed code is %s: %s", got, d.text())
			}
		})
	}
}

// listens notes what would be heard and felt.
const listens = `window.noted = { tones: [], shakes: [] };
	navigator.vibrate = (rhythm) => { noted.shakes.push(String(rhythm)); return true; };
	window.AudioContext = class {
		state = "running"; currentTime = 0; destination = {};
		resume() { return Promise.resolve(); }
		createOscillator() { return { frequency: { set value(hertz) { noted.tones.push(hertz); } }, connect: (to) => to, start() {}, stop() {} }; }
		createGain() { return { gain: { setValueAtTime() {}, exponentialRampToValueAtTime() {} }, connect: (to) => to }; }
	};`

// Certificates that are held before the camera in turn are judged in turn, with
// nothing pressed in between and no network, and told apart by ear and by hand.
func TestTheCameraGoesFromOneCertificateToTheNext(t *testing.T) {
	c := newCamp(t)
	d := c.device()
	d.begins(listens)
	frames := slices.Concat(still(c.photograph(c.credential(registry.StatusValid)), 45), still(nil, 120), still(c.photograph(c.credential(registry.StatusRevoked)), 120), still(nil, 45))
	d.open("/scan?lang=en")
	d.until(`document.querySelector("[data-ready]").dataset.ready === "yes"`)
	c.down()
	reel(t, d.video, frames)
	d.run(chromedp.Click(`[data-set="auto"]`), chromedp.Click("[data-start]"))
	tally := func(family string) string {
		return `Number(document.querySelector("[data-tally=` + family + `]").textContent)`
	}
	d.until(tally("yes") + ` >= 1 && ` + tally("no") + ` >= 1`)
	var noted struct {
		Tones  []float64
		Shakes []string
	}
	c.must(json.Unmarshal([]byte(d.says(`JSON.stringify(noted)`)), &noted))
	for _, hertz := range []float64{880, 1320, 196} { // of a yes, of a yes, of a no
		if !slices.Contains(noted.Tones, hertz) {
			t.Errorf("%v Hz was not heard: %v", hertz, noted.Tones)
		}
	}
	for _, rhythm := range []string{"60", "250,120,250"} {
		if !slices.Contains(noted.Shakes, rhythm) {
			t.Errorf("the rhythm %s was not felt: %v", rhythm, noted.Shakes)
		}
	}
	if d.says(`document.querySelector("[data-result]").hidden`) == "false" {
		d.next()
	}
	if d.says(`Scan.reader.running`) == "true" {
		d.click("[data-stop]")
	}
	before := d.says(tally("yes") + ` + " " + ` + tally("no"))
	d.run(chromedp.Reload())
	d.begun()
	if got := d.says(tally("yes") + ` + " " + ` + tally("no")); got != before {
		t.Errorf("after the page was opened again the tally is %s, before %s", got, before)
	}
	if d.says(`Scan.reader.running`) == "true" {
		d.click("[data-stop]")
	}
	d.run(chromedp.Click(`[data-set="sound"]`))
	d.strikes(c.qr(c.credential(registry.StatusExpiring)))
	if got := d.says(`noted.tones.length + noted.shakes.length`); got != "0" {
		t.Errorf("%s sounds although they are off", got)
	}
}

// still is a picture held before the camera, for so many frames.
func still(p image.Image, n int) []image.Image {
	frame := image.NewRGBA(image.Rect(0, 0, 640, 480))
	draw.Draw(frame, frame.Bounds(), image.NewUniform(color.Gray{Y: 140}), image.Point{}, draw.Src)
	if p != nil {
		fit(frame, p, 440)
	}
	return slices.Repeat([]image.Image{frame}, n)
}

// The age of the offline data is that of what was signed: neither asking the
// registry makes it younger, when there is nothing newer, nor a network that fails.
func TestAgesMoveWithWhatWasSignedAlone(t *testing.T) {
	c := newCamp(t)
	d := c.device()
	d.open("/scan?lang=en")
	d.until(`document.querySelector("[data-ready]").dataset.ready === "yes"`)
	d.clock(3 * time.Hour)
	d.open("/scan?lang=en")
	d.until(`document.querySelector("[data-ready]").dataset.ready === "yes"`)
	row := func() string {
		return d.says(`(Scan.ready.draw(), document.querySelector("[data-row=bundle]").innerText)`)
	}
	data := func() string { head, _, _ := strings.Cut(row(), " ("); return head } // number and time, without the age
	first := data()
	want := func(what string) {
		t.Helper()
		if got := row(); !strings.HasPrefix(got, first+" (") || !strings.Contains(got, "3 hours") {
			t.Errorf("%s: %q, want %q, 3 hours old", what, got, first)
		}
	}
	want("opened")
	d.click("[data-renew]")
	d.notice()
	want("asked, and there was nothing newer")
	c.down()
	d.says(`Scan.notify([])`)
	d.click("[data-renew]")
	d.notice()
	want("asked without a network")
	c.up()
	c.revoke(c.credential(registry.StatusValid).Number)
	d.says(`Scan.notify([])`)
	d.click("[data-renew]")
	d.notice()
	if got := data(); got == first {
		t.Errorf("newer data were stored, and the line is still %q", got)
	}
}
