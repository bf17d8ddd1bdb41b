package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/testkit"
)

// camp is a demonstration on a server that can be stopped and started.
type camp struct {
	t      *testing.T
	a      *app
	d      demonstration
	addr   string
	server *http.Server
}

func newCamp(t *testing.T) *camp {
	t.Helper()
	c := &camp{t: t, addr: freeAddr(t)}
	c.d = newDemo(t, c.addr)
	e := &env{ctx: t.Context(), cli: &cli{}, out: io.Discard, err: os.Stderr, getenv: func(string) string { return "" }}
	e.cli.Data, e.cli.Addr, e.cli.Log = c.d.Data, c.addr, "error"
	a, err := e.open(opening{serving: true})
	c.must(err)
	t.Cleanup(a.close)
	c.a = a
	c.publish()
	c.up()
	t.Cleanup(c.down)
	return c
}

func (c *camp) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// up starts the server at the address that it always has.
func (c *camp) up() {
	c.t.Helper()
	handler, err := c.a.handler()
	c.must(err)
	listener, err := (&net.ListenConfig{}).Listen(c.t.Context(), "tcp", c.addr)
	c.must(err)
	c.server = &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	go func(s *http.Server) { _ = s.Serve(listener) }(c.server)
}

// down stops it: every connection ends, and no new one is taken.
func (c *camp) down() { _ = c.server.Close() }

func (c *camp) publish() {
	c.t.Helper()
	c.must(c.a.publish.Refresh(c.t.Context()))
}

// credential is one that has the status.
func (c *camp) credential(s registry.Status) registry.Credential {
	c.t.Helper()
	found, err := c.a.issue.ByCode(c.t.Context(), registry.Code(code(c.d.Links[s][0])))
	c.must(err)
	return found
}

// qr is the whole text of its QR code.
func (c *camp) qr(found registry.Credential) string {
	c.t.Helper()
	text, err := c.a.issue.QR(found)
	c.must(err)
	return text
}

// revoke takes two people.
func (c *camp) revoke(n registry.Number) {
	c.t.Helper()
	for _, email := range []string{"approver@demo.example", "second@demo.example"} {
		account, err := c.a.byEmail(c.t.Context(), email)
		c.must(err)
		_, err = c.a.lifecycle.Revoke(c.t.Context(), account.Actor(), n, "identity", "DEMO")
		c.must(err)
	}
	c.publish()
}

// erase takes two people as well.
func (c *camp) erase(n registry.Number) {
	c.t.Helper()
	for _, email := range []string{"approver@demo.example", "second@demo.example"} {
		account, err := c.a.byEmail(c.t.Context(), email)
		c.must(err)
		_, err = c.a.lifecycle.Erase(c.t.Context(), account.Actor(), n, false, "DEMO")
		c.must(err)
	}
	c.publish()
}

func (c *camp) get(path string) []byte {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, c.d.Address+path, nil)
	c.must(err)
	answer, err := http.DefaultClient.Do(r)
	c.must(err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	c.must(err)
	if answer.StatusCode != http.StatusOK {
		c.t.Fatalf("%s: %d", path, answer.StatusCode)
	}
	return body
}

// photograph renders the certificate and cuts the part with the QR code out, as
// a person holds it before a camera.
func (c *camp) photograph(found registry.Credential) image.Image {
	c.t.Helper()
	file, err := c.a.issue.Certificate(c.t.Context(), found)
	c.must(err)
	dir := c.t.TempDir()
	testkit.RunOn(c.t, "pdftoppm", file.Bytes(), "-r", "150", "-png", "-singlefile", "FILE", filepath.Join(dir, "c"))
	raw, err := os.ReadFile(filepath.Join(dir, "c.png"))
	c.must(err)
	whole, err := png.Decode(bytes.NewReader(raw))
	c.must(err)
	side, size := whole.Bounds().Dx()*17/100, whole.Bounds().Size()
	cut := image.NewRGBA(image.Rect(0, 0, side, side))
	draw.Draw(cut, cut.Bounds(), whole, image.Pt(size.X*848/1000-side/2, size.Y*692/1000-side/2), draw.Src)
	return cut
}

// film writes what a camera sees: each picture in turn, held still.
func film(t *testing.T, file string, pictures ...image.Image) {
	t.Helper()
	frames := make([]image.Image, len(pictures))
	for i, p := range pictures {
		frame := image.NewRGBA(image.Rect(0, 0, 640, 480))
		draw.Draw(frame, frame.Bounds(), image.NewUniform(color.Gray{Y: 140}), image.Point{}, draw.Src)
		if p != nil {
			fit(frame, p, 440)
		}
		frames[i] = frame
	}
	reel(t, file, frames)
}

// reel writes the frames as Motion JPEG, which the browser's camera shows at 30 a
// second, over and over.
func reel(t *testing.T, file string, frames []image.Image) {
	t.Helper()
	var b bytes.Buffer
	for _, frame := range frames {
		if err := jpeg.Encode(&b, frame, &jpeg.Options{Quality: 92}); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// fit draws the picture into the middle, so large that it has the side.
func fit(onto *image.RGBA, p image.Image, side int) {
	from := p.Bounds()
	at := image.Pt((onto.Bounds().Dx()-side)/2, (onto.Bounds().Dy()-side)/2)
	for y := range side {
		for x := range side {
			onto.Set(at.X+x, at.Y+y, p.At(from.Min.X+x*from.Dx()/side, from.Min.Y+y*from.Dy()/side))
		}
	}
}

// device is a phone: a browser with its own memory and its own camera.
type device struct {
	t     *testing.T
	c     *camp
	ctx   context.Context
	video string
	shift cdppage.ScriptIdentifier
}

func (c *camp) device() *device {
	c.t.Helper()
	path := testkit.Tool(c.t, "chromium")
	d := &device{t: c.t, c: c, video: filepath.Join(c.t.TempDir(), "camera.mjpeg")}
	film(c.t, d.video, nil)
	flags := []chromedp.ExecAllocatorOption{chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("use-fake-ui-for-media-stream", true), chromedp.Flag("use-fake-device-for-media-stream", true), chromedp.Flag("use-file-for-fake-video-capture", d.video)}
	for _, f := range []string{"disable-background-networking", "disable-component-update", "disable-sync", "hide-scrollbars", "disable-quic"} {
		flags = append(flags, chromedp.Flag(f, true))
	}
	ctx, stop := chromedp.NewExecAllocator(context.WithoutCancel(c.t.Context()), flags...)
	c.t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	c.t.Cleanup(stop)
	c.must(chromedp.Do(ctx, chromedp.Navigate("about:blank"))) // the browser lives as long as the context of its first deed
	d.ctx, stop = context.WithTimeout(ctx, 8*time.Minute)
	c.t.Cleanup(stop)
	d.run(chromedp.EmulateViewport(360, 760))
	return d
}

func (d *device) with(t *testing.T) *device {
	q := *d
	q.t = t
	return &q
}

func (d *device) run(actions ...chromedp.Action[chromedp.Void]) {
	d.t.Helper()
	ctx, stop := context.WithTimeout(d.ctx, 30*time.Second)
	defer stop()
	if err := chromedp.Do(ctx, actions...); err != nil {
		d.t.Fatal(err)
	}
}

// says is what a script in the page returns, as a text.
func (d *device) says(script string) string {
	d.t.Helper()
	s, err := chromedp.Run(d.ctx, chromedp.Evaluate[string](`(async () => String(`+script+`))()`, chromedp.EvalAwaitPromise))
	if err != nil {
		d.t.Fatalf("%s: %v", script, err)
	}
	return s
}

// until waits for the script to hold.
func (d *device) until(script string) {
	d.t.Helper()
	for range 600 {
		if ok, err := chromedp.Run(d.ctx, chromedp.Evaluate[bool](`Boolean(`+script+`)`)); err == nil && ok {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	d.shot("never")
	d.t.Fatalf("never: %s\nthe page says: %s", script, d.says(`document.body.innerText.slice(0, 2500)`))
}

// open opens a page of the registry and waits until the scanner is at work.
func (d *device) open(path string) {
	d.t.Helper()
	d.run(chromedp.Navigate(d.c.d.Address + path))
	d.begun()
}

func (d *device) begun() {
	d.t.Helper()
	d.until(`document.querySelector("[data-scan]")?.dataset.begun === "1"`)
}

func (d *device) click(selector string) {
	d.t.Helper()
	if got := d.says(`(() => { const e = document.querySelector(` + asJS(selector) + `); if (!e || e.disabled || !e.checkVisibility()) return "cannot be pressed"; e.click(); return "" })()`); got != "" {
		d.t.Fatalf("%s %s: %s", selector, got, d.says(`document.body.innerText.slice(0, 800)`))
	}
}

// look starts the camera on the pictures.
func (d *device) look(pictures ...image.Image) {
	d.t.Helper()
	film(d.t, d.video, pictures...)
	if d.says(`Scan.reader.running`) == "true" {
		d.click("[data-stop]")
	}
	d.says(`Scan.reader.forgetLast()`)
	d.click("[data-start]")
}

// sees scans with the camera and returns the status shown.
func (d *device) sees(picture image.Image) string {
	d.t.Helper()
	d.look(picture)
	return d.answer()
}

// timings is how often a scan is timed.
const timings = 7

// timed is the median of the milliseconds from a frame to its verdict, with the page
// slowed so many times. The decoder's worker is not slowed by that.
func (d *device) timed(picture image.Image, rate float64) int {
	d.t.Helper()
	slow := func(rate float64) {
		_, err := chromedp.Call(d.ctx, emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: rate})
		d.c.must(err)
	}
	slow(rate)
	defer slow(1)
	var took []int
	for range timings {
		d.sees(picture)
		ms, err := strconv.Atoi(d.says(`document.querySelector("[data-result]").dataset.took`))
		d.c.must(err)
		took = append(took, ms)
		d.next()
	}
	slices.Sort(took)
	return took[timings/2]
}

// decoding is the median of the milliseconds that a worker of the scanner takes to
// read the frame that the camera shows.
func (d *device) decoding(picture image.Image) int {
	d.t.Helper()
	d.sees(picture)
	defer d.next()
	ms, err := strconv.Atoi(d.says(fmt.Sprintf(`await (async () => {
		const worker = new Worker(Scan.paths.decode + "?" + new URLSearchParams({ zxing: Scan.paths.zxing, wasm: Scan.paths.wasm }));
		const next = () => new Promise((done) => { worker.onmessage = ({ data }) => done(data); });
		await next();
		const video = document.querySelector("[data-video]"), w = video.videoWidth, h = video.videoHeight, side = Math.min(w, h);
		const pen = Object.assign(document.createElement("canvas"), { width: side, height: side }).getContext("2d", { willReadFrequently: true }), took = [];
		for (let id = 0; id < %[1]d; id++) {
			pen.drawImage(video, (w - side) / 2, (h - side) / 2, side, side, 0, 0, side, side);
			const pixels = pen.getImageData(0, 0, side, side).data.buffer, began = performance.now(), answer = next();
			worker.postMessage({ id, width: side, height: side, pixels }, [pixels]);
			if (!(await answer).texts.length) return "nothing read";
			took.push(performance.now() - began);
		}
		worker.terminate();
		return Math.ceil(took.sort((a, b) => a - b)[%[1]d >> 1]);
	})()`, timings)))
	d.c.must(err)
	return ms
}

// answer waits for a result.
func (d *device) answer() string {
	d.t.Helper()
	d.until(`!document.querySelector("[data-result]").hidden`)
	return d.says(`document.querySelector("[data-result]").dataset.status`)
}

// next goes on, with the camera off: it would start again by itself with the page.
func (d *device) next() {
	d.t.Helper()
	d.click("[data-next]")
	d.until(`document.querySelector("[data-result]").hidden`)
	if d.says(`Scan.reader.running`) == "true" {
		d.click("[data-stop]")
	}
}

// types writes into the field of the code and sends it.
func (d *device) types(text string) string {
	d.t.Helper()
	d.says(`document.querySelector("#f-code").value = ` + asJS(text))
	d.click("[data-typed] button")
	return d.answer()
}

// strikes writes as a scanner on a cable does: fast, with Enter, to no field. The
// page tells scanners from people by the time between two strokes, which a busy
// machine would stretch: so all of them come from one script.
func (d *device) strikes(text string) string {
	d.t.Helper()
	d.says(`[...` + asJS(text) + `, "Enter"].reduce((n, key) => {
		const code = key.length > 1 ? key : /[0-9]/.test(key) ? "Digit" + key : /[a-z]/i.test(key) ? "Key" + key.toUpperCase()
			: { "/": "Slash", ".": "Period", "-": "Minus", "#": "Digit3", ":": "Semicolon" }[key] ?? "Unidentified";
		const shiftKey = /[A-Z#:]/.test(key) && key.length === 1;
		document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, code, shiftKey, bubbles: true, cancelable: true }));
		return n + 1;
	}, 0)`)
	return d.answer()
}

// text is what the result says.
func (d *device) text() string {
	d.t.Helper()
	return d.says(`document.querySelector("[data-shown]").innerText`)
}

func (d *device) wants(what string, texts ...string) {
	d.t.Helper()
	got := d.text()
	for _, want := range texts {
		if !strings.Contains(strings.ToLower(got), strings.ToLower(want)) {
			d.t.Errorf("%s: the result does not say %q:\n%s", what, want, got)
		}
	}
}

// clock sets the clock that pages see, by so much, from the next page on.
func (d *device) clock(by time.Duration) {
	d.t.Helper()
	if d.shift != "" {
		if _, err := chromedp.Call(d.ctx, cdppage.RemoveScriptToEvaluateOnNewDocument, cdppage.RemoveScriptToEvaluateOnNewDocumentParams{Identifier: d.shift}); err != nil {
			d.t.Fatal(err)
		}
		d.shift = ""
	}
	if by == 0 {
		return
	}
	added, err := chromedp.Call(d.ctx, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: fmt.Sprintf(
		`(() => { const real = Date; globalThis.Date = class extends real { constructor(...a) { if (a.length) super(...a); else super(real.now() + %[1]d); } static now() { return real.now() + %[1]d; } }; })()`, by.Milliseconds())})
	if err != nil {
		d.t.Fatal(err)
	}
	d.shift = added.Identifier
}

// gives loads a file into the scanner.
func (d *device) gives(selector string, body []byte) {
	d.t.Helper()
	file := filepath.Join(d.t.TempDir(), "given")
	if err := os.WriteFile(file, body, 0o600); err != nil {
		d.t.Fatal(err)
	}
	d.run(chromedp.SetUploadFiles(chromedp.CSS(selector), []string{file}))
}

// notice waits for what the scanner says about data.
func (d *device) notice() string {
	d.t.Helper()
	d.until(`document.querySelector("[data-notice]")`)
	said := d.says(`document.querySelector("[data-notices]").innerText`)
	if strings.Contains(said, "error.") || strings.Contains(said, ".fix") {
		d.t.Errorf("the scanner has no words for %q", said)
	}
	return said
}

func (d *device) shot(name string) {
	dir := os.Getenv("PASSMUSTER_SHOTS")
	if dir == "" {
		return
	}
	shot, err := chromedp.Run(d.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "scan-"+name+".png"), shot, 0o600)
	}
	if err != nil {
		d.t.Log(err)
	}
}

func asJS(s string) string { b, _ := json.Marshal(s); return string(b) }
