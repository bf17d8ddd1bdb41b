package main

import (
	"encoding/base64"
	"fmt"
	"image"
	"image/png"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/passmuster/passmuster/internal/registry"
)

// A phone that opened the scanner once goes on without the server: by camera, by
// cable, by photo, by typed code and by the links of certificates.
func TestTheScannerWorksWithoutTheServer(t *testing.T) {
	c := newCamp(t)
	d := c.device()
	good, doomed := c.credential(registry.StatusValid), c.credential(registry.StatusExpiring)
	picture, other := c.photograph(good), c.photograph(doomed)
	d.open("/scan?lang=en")
	d.until(`document.querySelector("[data-ready]").dataset.ready === "yes"`)
	d.shot("ready")
	if os.Getenv("PASSMUSTER_SHOTS") != "" {
		d.album(picture)
	}

	t.Run("with a network the registry answers", func(t *testing.T) {
		d := d.with(t)
		if got := d.sees(picture); got != "valid" {
			t.Fatalf("the status is %s: %s", got, d.text())
		}
		d.shot("online-valid")
		d.wants("online", "VALID", "Asked of the registry", good.Snapshot.Name, "photo id", "practical")
		t.Logf("scan to verdict: %s ms", d.says(`document.querySelector("[data-result]").dataset.took`))
		d.next()
		if got := d.says(`document.querySelector("[data-tally=yes]").textContent`); got != "1" {
			t.Errorf("the tally of valid is %s", got)
		}
	})
	older := c.get("/bundle")

	c.down()
	t.Run("without one the page opens again and the verdict stays, with its age", func(t *testing.T) {
		d := d.with(t)
		d.run(chromedp.Reload())
		d.begun()
		d.until(`document.querySelector("[data-ready]").dataset.ready === "yes"`)
		if got := d.sees(picture); got != "valid" {
			t.Fatalf("the status is %s: %s", got, d.text())
		}
		d.shot("offline-valid")
		d.wants("offline", "VALID", "Offline result", "data package no.", good.Snapshot.Name)
		d.next()
	})
	t.Run("slowed four times", func(t *testing.T) {
		d := d.with(t)
		as, slowed := d.timed(other, 1), d.timed(other, 4)
		decoding := d.decoding(other)
		t.Logf("scan to verdict, without a network, medians of %d: %d ms; page slowed four times %d ms; decoding, which is not slowed, %d ms of each; slowed as well, at most about %d ms", timings, as, slowed, decoding, slowed+3*decoding)
	})
	t.Run("the link of a certificate opens in the scanner", func(t *testing.T) {
		d := d.with(t)
		_, path, _ := strings.Cut(strings.TrimPrefix(c.qr(good), "http://"), "/")
		d.open("/" + path)
		if got := d.answer(); got != "valid" {
			t.Errorf("the status is %s: %s", got, d.text())
		}
		d.wants("link", "Offline result", good.Snapshot.Name)
		d.next()
		if got := d.says(`location.pathname + location.hash`); got != "/scan" {
			t.Errorf("the address is still %s", got)
		}
	})
	t.Run("a typed code says what can be said of it", func(t *testing.T) {
		d := d.with(t)
		if got := d.types(good.Code.String()); got != "could_not_check" {
			t.Errorf("without a record the status is %s", got)
		}
		d.shot("offline-typed")
		d.wants("typed", "COULD NOT CHECK", "only the code")
		d.next()
		if got := d.types(c.credential(registry.StatusRevoked).Code.String()); got != "revoked" {
			t.Errorf("a revoked code is %s", got)
		}
		d.next()
		if got := d.types("7K3Q-D9XM-2HRT-W4B0"); got != "mistyped" {
			t.Errorf("a mistyped code is %s", got)
		}
		d.shot("mistyped")
		d.next()
	})
	t.Run("a scanner on a cable is heard anywhere", func(t *testing.T) {
		d := d.with(t)
		d.says(`document.activeElement.blur()`)
		if got := d.strikes(c.qr(good)); got != "valid" {
			t.Errorf("the status is %s: %s", got, d.text())
		}
		d.next()
	})
	t.Run("a photo of a code is read", func(t *testing.T) {
		d := d.with(t)
		d.gives("[data-photo]", encoded(t, picture))
		if got := d.answer(); got != "valid" {
			t.Errorf("the status is %s", got)
		}
		d.next()
	})
	t.Run("a changed record is altered", func(t *testing.T) {
		d := d.with(t)
		moved := strings.Replace(c.qr(good), string(good.Code), string(doomed.Code), 1)
		if got := d.strikes(moved); got != "altered" {
			t.Errorf("a record under another code is %s", got)
		}
		d.shot("altered")
		d.next()
	})

	c.up()
	c.revoke(doomed.Number)
	t.Run("what was revoked is so once newer data are there", func(t *testing.T) {
		d := d.with(t)
		d.open("/scan?lang=en")
		d.click("[data-renew]")
		if got := d.notice(); !strings.Contains(got, "were checked and kept") && !strings.Contains(got, "newest") {
			t.Errorf("the scanner says %q", got)
		}
		c.down()
		if got := d.sees(other); got != "revoked" {
			t.Errorf("the status is %s: %s", got, d.text())
		}
		d.shot("offline-revoked")
		d.next()
	})
	t.Run("an older bundle is refused", func(t *testing.T) {
		d := d.with(t)
		d.gives("[data-load]", older)
		if got := d.notice(); !strings.Contains(got, "older than one that this device has already seen") {
			t.Errorf("the scanner says %q", got)
		}
		d.shot("older-refused")
		if got := d.strikes(c.qr(doomed)); got != "revoked" {
			t.Errorf("after that the status is %s", got)
		}
		d.next()
	})
	t.Run("a clock that is wrong gives no verdict", func(t *testing.T) {
		d := d.with(t)
		for name, by := range map[string]time.Duration{"1970": time.Until(time.Unix(86400, 0)), "past the end of the bundle": 26 * time.Hour, "behind": -2 * time.Hour} {
			d.clock(by)
			d.open("/scan?lang=en")
			if got := d.says(`document.querySelector("[data-ready]").dataset.ready`); got != "no" {
				t.Errorf("%s: ready is %s", name, got)
			}
			if got := d.strikes(c.qr(good)); got != "could_not_check" {
				t.Errorf("%s: the status is %s: %s", name, got, d.text())
			}
			d.shot("clock-" + strings.Fields(name)[0])
			if by < 0 {
				d.wants(name, "check this device's")
			} else {
				d.wants(name, "was valid on")
			}
			d.next()
		}
		d.clock(0)
	})

	c.up()
	paper := c.qr(good)
	c.erase(good.Number)
	t.Run("what was erased at the holder's wish says so, in each language", func(t *testing.T) {
		d := d.with(t)
		d.open("/scan?lang=en")
		d.click("[data-renew]")
		d.notice()
		c.down()
		defer c.up()
		for lang, want := range map[string]string{"zh": "应持证人要求已删除", "en": "removed at the holder's request", "ru": "удалено по просьбе владельца"} {
			d.open("/scan?lang=" + lang)
			for _, by := range []string{"scanned", "typed"} {
				read, text := d.strikes, paper
				if by == "typed" {
					read, text = d.types, good.Code.String()
				}
				if status := read(text); status != "revoked" {
					t.Errorf("%s, %s: the status is %s", lang, by, status)
				}
				d.wants(lang+", "+by, want)
				d.shot("erased-" + by + "-" + lang)
				d.next()
			}
		}
	})
}

// Data go from one phone to another by file and by QR codes on a screen.
func TestTheScannersPassTheirDataOn(t *testing.T) {
	c := newCamp(t)
	giver, taker := c.device(), c.device()
	doomed := c.credential(registry.StatusValid)
	taker.open("/scan?lang=en")
	taker.until(`document.querySelector("[data-ready]").dataset.ready === "yes"`)
	before := taker.says(`Scan.trust.best().number`)
	c.revoke(doomed.Number)
	giver.open("/scan?lang=en")
	giver.until(`document.querySelector("[data-ready]").dataset.ready === "yes"`)
	c.down()
	newest := giver.says(`Scan.trust.best().number`)
	if before == newest {
		t.Fatalf("both have no. %s", newest)
	}
	if got := taker.strikes(c.qr(doomed)); got != "valid" {
		t.Fatalf("before, the status is %s", got)
	}
	taker.next()

	t.Run("by QR codes", func(t *testing.T) {
		giver.says(`document.querySelector("[data-show-codes]").closest("details").open = true`)
		giver.click("[data-show-codes]")
		giver.until(`document.querySelector("[data-codes]").dataset.frame`)
		giver.shot("codes")
		pictures := giver.sequence(handed)
		t.Logf("%d codes", len(pictures))
		taker := taker.with(t)
		slices.Reverse(pictures) // the order does not matter
		taker.look(pictures[0])
		taker.until(`document.querySelector("[data-bar]").value === 1`)
		taker.click("[data-stop]") // by camera or by photo: the code is the same
		for i, p := range pictures[1:] {
			taker.gives("[data-photo]", encoded(t, p))
			if i == len(pictures)-2 {
				break
			}
			taker.until(fmt.Sprintf(`document.querySelector("[data-bar]").value === %d`, i+2))
			if i == 1 { // nor does a break
				taker.shot("receiving")
				taker.open("/scan?lang=en")
			}
		}
		if got := taker.notice(); !strings.Contains(got, "Offline data no. "+newest+" were checked and kept") {
			t.Errorf("the scanner says %q", got)
		}
		taker.shot("received")
		if got := taker.strikes(c.qr(doomed)); got != "revoked" {
			t.Errorf("the status is %s", got)
		}
		taker.next()
	})
	t.Run("by file", func(t *testing.T) {
		c.up()
		c.revoke(c.credential(registry.StatusExpiring).Number)
		giver.click("[data-renew]")
		giver.until(`Scan.trust.best().number > ` + newest)
		c.down()
		file, err := base64.StdEncoding.DecodeString(giver.says(`await (async () => { const b = await Scan.pass.pack(Scan.trust.listBytes, Object.values(Scan.trust.bundles)[0].bytes); return btoa(String.fromCharCode(...b)); })()`))
		c.must(err)
		taker := taker.with(t)
		taker.gives("[data-load]", file)
		if got := taker.notice(); !strings.Contains(got, "were checked and kept") {
			t.Errorf("the scanner says %q", got)
		}
		file[len(file)-3] ^= 1
		taker.gives("[data-load]", file)
		taker.until(`document.querySelector("[data-notice=bad]")`)
	})
}

// album takes pictures in every language, on a phone and on a desk, by day and by
// night, for people to look at.
func (d *device) album(picture image.Image) {
	for _, lang := range []string{"zh", "en", "ru"} {
		for _, width := range []int64{360, 1280} {
			name := fmt.Sprintf("%s-%d", lang, width)
			d.run(chromedp.EmulateViewport(width, map[int64]int64{360: 2300, 1280: 1500}[width]))
			d.open("/scan?lang=" + lang)
			d.until(`document.querySelector("[data-ready]").dataset.ready === "yes" && !document.querySelector("[data-grade=open]")`)
			d.says(`document.querySelectorAll("details").forEach((e) => { e.open = true; })`)
			d.shot("album-desk-" + name)
			d.run(chromedp.EmulateViewport(width, map[int64]int64{360: 1250, 1280: 900}[width]))
			d.sees(picture)
			d.shot("album-result-" + name)
			d.next()
		}
	}
	media := func(scheme string) {
		_, err := chromedp.Call(d.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		d.c.must(err)
	}
	media("dark")
	d.run(chromedp.EmulateViewport(360, 760))
	d.open("/scan?lang=ru")
	d.shot("album-dark")
	d.look(picture)
	d.answer()
	d.shot("album-dark-result")
	media("light")
	d.next()
	d.says(`Scan.store.remove("tally")`)
	d.open("/scan?lang=en")
}

func encoded(t *testing.T, p image.Image) []byte {
	t.Helper()
	var b strings.Builder
	if err := png.Encode(&b, p); err != nil {
		t.Fatal(err)
	}
	return []byte(b.String())
}
