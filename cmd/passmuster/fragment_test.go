package main

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/passmuster/passmuster/internal/registry"
)

// What a phone's camera opens: the link of a certificate's QR code, in a browser,
// at the program itself. The record agrees with its own page, the record of one
// certificate behind the code of another does not, and the server learns of none.
func TestACodeOpenedByACameraIsHeldAgainstItsPage(t *testing.T) {
	d := newDemo(t, freeAddr(t))
	s := serveDemo(t, d)
	ctx, axe := browser(t)
	var mu sync.Mutex
	var asked []string
	received := 0.0
	if err := chromedp.Listen(ctx, func(ev any) {
		mu.Lock()
		defer mu.Unlock()
		switch ev := ev.(type) {
		case *network.EventRequestWillBeSent:
			asked = append(asked, ev.Request.URL)
		case *network.EventLoadingFinished:
			received += ev.EncodedDataLength
		}
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	_, digits, ok := strings.Cut(d.QR, "#")
	if !ok {
		t.Fatalf("the demonstration's QR code is %q", d.QR)
	}
	open := func(link string) (record, text string) {
		t.Helper()
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(360, 640), chromedp.Navigate("about:blank"), chromedp.Navigate(link)); err != nil {
			t.Fatal(err)
		}
		for range 200 {
			found, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.getElementById("own")?.dataset.record ?? ""`))
			if err == nil && found != "" && found != "checking" {
				record = found
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
		text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.title + "\n" + document.body.innerText`))
		if err != nil {
			t.Fatal(err)
		}
		return record, text
	}
	own, other := d.QR, d.Links[registry.StatusRevoked][0]+"#"+digits
	if record, text := open(own + "?"); record != "unreadable" {
		t.Errorf("a damaged record is %q:\n%s", record, text)
	}
	if record, text := open(strings.Replace(own, "#", "?lang=en#", 1)); record != "same" || !strings.HasPrefix(text, "VALID") {
		t.Errorf("the record of the page's own certificate is %q:\n%s", record, text)
	}
	if record, text := open(strings.Replace(other, "#", "?lang=en#", 1)); record != "altered" || !strings.HasPrefix(text, "DOES NOT MATCH") {
		t.Errorf("the record of another certificate is %q:\n%s", record, text)
	}
	const violations = `axe.run().then((r) => r.violations.filter((v) => v.impact === "serious" || v.impact === "critical").map((v) => v.id + " " + v.nodes[0].html).join("\n"))`
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[any](axe+"; 0")); err != nil {
		t.Fatal(err)
	}
	if found, err := chromedp.Run(ctx, chromedp.Evaluate[string](violations, chromedp.EvalAwaitPromise)); err != nil || found != "" {
		t.Errorf("a page that disagrees: %v\n%s", err, found)
	}
	mu.Lock()
	for _, url := range asked {
		if strings.Contains(url, digits[:16]) && !strings.Contains(url, "#") || strings.Contains(url, digits[len(digits)-16:]) && !strings.Contains(url, "#") {
			t.Errorf("a request carries the record: %s", url)
		}
	}
	asked, received = nil, 0
	mu.Unlock()
	if strings.Contains(s.log.String(), digits[:16]) {
		t.Error("the server logged a record")
	}

	// Without a record the page is all that comes: nothing else is fetched.
	if _, err := chromedp.Call(ctx, network.ClearBrowserCache, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	link, _, _ := strings.Cut(own, "#")
	for _, lang := range []string{"zh", "en", "ru"} {
		mu.Lock()
		asked, received = nil, 0
		mu.Unlock()
		if _, err := chromedp.Call(ctx, network.ClearBrowserCache, cdp.Empty{}); err != nil {
			t.Fatal(err)
		}
		if err := chromedp.Do(ctx, chromedp.Navigate(link+"?lang="+lang)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(200 * time.Millisecond)
		mu.Lock()
		if received == 0 || received > 30<<10 || strings.Contains(strings.Join(asked, " "), "/keys/") {
			t.Errorf("%s: %v bytes came, want 30 KB at most, of %v", lang, received, asked)
		}
		t.Logf("%s: %.0f bytes in %d requests", lang, received, len(asked))
		mu.Unlock()
	}
}
