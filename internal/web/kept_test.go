package web_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/passmuster/passmuster/internal/demo"
)

// copies counts what the device keeps; -1 while the browser is asked.
const copies = `(window.kept_ ??= (caches.keys().then((k) => { window.kept_ = k; }), "asked")) !== "asked"`

// keeps waits until the device has so many copies of classes.
func (h *hand) keeps(n string) {
	h.t.Helper()
	h.until(copies + ` && (window.kept_.length === ` + n + ` || ((window.kept_ = undefined), false))`)
	h.holds(`(window.kept_ = undefined, true)`)
}

// takeAlong keeps a class on the device.
func (h *hand) takeAlong(path string) {
	h.t.Helper()
	h.open(path + "/attendance")
	h.until(`!document.querySelector("[data-offline]").hidden`)
	h.tap(`[data-offline]`)
	h.until(`document.querySelector("[data-offline]").textContent.includes("✓")`)
	h.keeps("1")
}

// become is another account in the same browser, without any page in between.
func (h *hand) become(p *person) {
	h.t.Helper()
	for _, c := range p.http.Jar.Cookies(must(url.Parse(p.w.url))) {
		if _, err := chromedp.Call(h.ctx, network.SetCookie, network.SetCookieParams{Name: c.Name, Value: c.Value, URL: h.url}); err != nil {
			h.t.Fatal(err)
		}
	}
}

// hides tells whether a page of the class opens without a network and shows
// anybody of it.
func (h *hand) hides(path, secret string) {
	h.t.Helper()
	for _, page := range []string{"/attendance", "/theory", "/skills"} {
		if err := chromedp.Do(h.ctx, chromedp.Navigate(h.url+path+page)); err != nil {
			if !strings.Contains(err.Error(), "net::ERR") {
				h.t.Fatal(err)
			}
			continue // there is nothing to be seen
		}
		if text := h.text(`document.documentElement.outerHTML`); strings.Contains(text, secret) || strings.Contains(text, "data-row") {
			h.t.Errorf("%s shows the roster", page)
		}
	}
}

func TestWhoSignsOutLeavesNoNamesOnTheDevice(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.TrainerEmail)
	path := p.classOf(3)
	name := p.get(path + "/attendance").find(`data-name="([^"]+)"`)
	h := p.hand()
	c := h.cutOff()
	h.takeAlong(path)
	// What waits to be saved outlives the sign-out.
	h.offline(c, true)
	h.tap(`[data-row] [data-cycle]`)
	h.until(`document.querySelector("[data-status]").textContent.includes("waiting on this device: 1")`)
	h.run(chromedp.Reload())
	h.ready()
	h.until(`document.documentElement.outerHTML.includes(` + quoted(name) + `)`)
	h.run(chromedp.Navigate("about:blank"))
	h.offline(c, false)
	h.open("/t")
	h.keeps("1")
	h.leave()
	h.until(`document.getElementById("leaving")?.textContent.includes("Not sent yet from this device: 1")`)
	h.tap(`#leaving button:nth-of-type(4)`) // stay
	h.holds(`!document.getElementById("leaving") && location.pathname === "/t"`)
	h.leave()
	h.until(`document.getElementById("leaving")`)
	h.tap(`#leaving button:nth-of-type(2)`) // keep them
	h.until(`location.pathname === "/signin"`)
	h.keeps("0")
	h.write(`[name=email]`, demo.ApproverEmail)
	h.write(`[name=password]`, password)
	h.tap(`main form button[type=submit]`)
	h.until(`document.querySelector('form[action="/signout"]')`)
	h.keeps("0")
	h.offline(c, true)
	h.hides(path, name)
	h.offline(c, false)
	again := w.signIn(t, demo.TrainerEmail)
	again.get(path+"/attendance").want(200, name).never(`data-value="present"`)
	h.become(again)
	h.open(path + "/attendance")
	h.saved()
	again.get(path+"/attendance").want(200, `data-value="present"`)
}

// leave signs out by the menu of a phone.
func (h *hand) leave() {
	h.t.Helper()
	h.tap(`.menufold > summary`)
	h.tap(`.menufold form[action="/signout"] button`)
}

func TestWhoSignsOutSendsOrDiscardsWhatWaits(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.TrainerEmail)
	path := p.classOf(3)
	h := p.hand()
	c := h.cutOff()
	h.takeAlong(path)
	mark := func() {
		t.Helper()
		h.open(path + "/attendance")
		h.offline(c, true)
		h.tap(`[data-row] [data-cycle]`)
		h.until(`document.querySelector("[data-status]").textContent.includes("waiting on this device: 1")`)
		h.run(chromedp.Navigate("about:blank"))
		h.offline(c, false)
		h.open("/t")
		h.leave()
		h.until(`document.getElementById("leaving")`)
	}
	mark()
	h.tap(`#leaving .main`) // send: the recorder opens and does
	h.until(`location.pathname.endsWith("/attendance")`)
	h.saved()
	p.get(path+"/attendance").want(200, `data-value="present"`)
	mark()
	h.tap(`#leaving .danger`)
	h.holds(`document.querySelector("#leaving .danger").textContent.includes("Press again")`)
	h.tap(`#leaving .danger`)
	h.until(`location.pathname === "/signin"`)
	again := w.signIn(t, demo.TrainerEmail)
	h.become(again)
	h.open(path + "/attendance")
	h.saved()
	again.get(path+"/attendance").want(200, `data-value="present"`).never(`data-value="late"`)
}

func TestWhatADeviceKeepsIsShownToWhoTookItAlone(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.TrainerEmail)
	path := p.classOf(3)
	name := p.get(path + "/attendance").find(`data-name="([^"]+)"`)
	h := p.hand()
	c := h.cutOff()
	h.takeAlong(path)
	// A fault of the server is no missing network.
	c.ill.Store(true)
	h.hides(path, name)
	c.ill.Store(false)
	h.open(path + "/theory")
	h.keeps("1")
	// The worker alone learns from an answer that somebody else is here now.
	h.become(w.signIn(t, demo.FederationEmail))
	h.holds(`fetch("/t/classes/" + crypto.randomUUID()).then(() => {}), true`)
	h.keeps("0")
	h.offline(c, true)
	h.hides(path, name)
	// A session that ended leads to the door, which leaves nothing.
	h.offline(c, false)
	h.become(w.signIn(t, demo.TrainerEmail))
	h.takeAlong(path)
	if _, err := chromedp.Call(h.ctx, network.ClearBrowserCookies, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	h.open(path + "/theory")
	h.until(`location.pathname === "/signin"`)
	h.keeps("0")
}
