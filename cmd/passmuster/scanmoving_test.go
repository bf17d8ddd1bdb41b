package main

import (
	"encoding/base64"
	"image"
	"image/draw"
	"image/png"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
)

// Held by hand before another phone's screen, a camera sees codes that are
// turned, shifted, blurred and torn, from any of them on, some never and some
// again and again. What it puts together is believed no more for that.
func TestASequenceIsReadByAMovingCamera(t *testing.T) {
	c := newCamp(t)
	giver, taker := c.device(), c.device()
	doomed := c.credential(registry.StatusValid)
	ready := `document.querySelector("[data-ready]").dataset.ready === "yes"`
	taker.open("/scan?lang=en")
	taker.until(ready)
	before, older := taker.number(), taker.sequence(handed)
	c.revoke(doomed.Number)
	giver.open("/scan?lang=en")
	giver.until(ready)
	newest := giver.number()
	c.down()
	codes := giver.sequence(handed)
	if len(codes) < 4 || before == newest {
		t.Fatalf("%d codes of no. %s, after no. %s", len(codes), newest, before)
	}
	watch := func(t *testing.T, seed uint64, codes []image.Image) (d *device, said string) {
		t.Helper()
		d = taker.with(t)
		d.says(`Scan.notify([])`)
		d.watch(shaken(codes, seed))
		said = d.notice()
		d.click("[data-stop]")
		t.Logf("%d codes: %s", len(codes), said)
		return d, said
	}

	t.Run("a forged bundle", func(t *testing.T) {
		d, said := watch(t, 1, giver.sequence(`{ const b = `+bundleNow+`.slice(); b[b.length - 5] ^= 1; return Scan.pass.pack(Scan.trust.listBytes, b); }`))
		if got := d.number(); got != before || strings.Contains(said, "kept") || !strings.Contains(said, "signature") {
			t.Errorf("no. %s is there: %q", got, said)
		}
	})
	t.Run("a forged part among the true ones", func(t *testing.T) {
		parts := append([]image.Image{}, codes...)
		parts[1] = giver.forgedPart(1)
		d, said := watch(t, 2, parts)
		if got := d.number(); got != before || !strings.Contains(said, "no data file of a scanner, or it is damaged") {
			t.Errorf("no. %s is there: %q", got, said)
		}
		if got := d.strikes(c.qr(doomed)); got != "valid" {
			t.Errorf("the status is %s: %s", got, d.text())
		}
		d.next()
	})
	t.Run("the newer bundle, from the true part on", func(t *testing.T) {
		d, said := watch(t, 3, codes)
		d.shot("moving-received")
		if got := d.number(); got != newest || !strings.Contains(said, "Offline data no. "+newest+" were checked and kept") {
			t.Errorf("no. %s is there: %q", got, said)
		}
		if got := d.strikes(c.qr(doomed)); got != "revoked" {
			t.Errorf("the status is %s: %s", got, d.text())
		}
		d.next()
	})
	t.Run("an older bundle", func(t *testing.T) {
		d, said := watch(t, 4, older)
		if got := d.number(); got != newest || !strings.Contains(said, "older than one that this device has already seen") {
			t.Errorf("no. %s is there: %q", got, said)
		}
		d.open("/scan?lang=en") // it stays so
		if got := d.strikes(c.qr(doomed)); got != "revoked" {
			t.Errorf("after that the status is %s: %s", got, d.text())
		}
	})
}

const (
	bundleNow = `Object.values(Scan.trust.bundles)[0].bytes`
	handed    = `{ return Scan.pass.pack(Scan.trust.listBytes, ` + bundleNow + `); }`
)

// number is that of the offline data on the device.
func (d *device) number() string {
	d.t.Helper()
	return d.says(`Scan.trust.best().number`)
}

// sequence is the codes in which the device shows the file that the body of a
// function returns.
func (d *device) sequence(body string) []image.Image {
	d.t.Helper()
	return d.drawn(`await (async () => { const all = await Scan.pass.frames(await (async () => ` + body + `)()); return Array.from({ length: all.count }, (_, i) => all.text(i)); })()`)
}

// forgedPart has the place of a true part in its sequence, and one other byte.
func (d *device) forgedPart(i int) image.Image {
	d.t.Helper()
	return d.drawn(`await (async () => {
		const all = await Scan.pass.frames(await (async () => ` + handed + `)()), mark = "PMT1:", b = Scan.pass.decode45(all.text(` + strconv.Itoa(i) + `).slice(mark.length));
		b[100] ^= 1;
		return [mark + Scan.pass.encode45(b)];
	})()`)[0]
}

// drawn are the texts as the device draws them on its screen.
func (d *device) drawn(texts string) []image.Image {
	d.t.Helper()
	list := d.says(`(` + texts + `).map((text) => { const canvas = document.createElement("canvas"); Scan.qr.draw(canvas, text, 600); return canvas.toDataURL("image/png").split(",")[1]; }).join(" ")`)
	var out []image.Image
	for _, each := range strings.Fields(list) {
		p, err := png.Decode(base64.NewDecoder(base64.StdEncoding, strings.NewReader(each)))
		if err != nil {
			d.t.Fatal(err)
		}
		out = append(out, p)
	}
	return out
}

// watch starts the camera on a film.
func (d *device) watch(frames []image.Image) {
	d.t.Helper()
	reel(d.t, d.video, frames)
	d.says(`Scan.reader.forgetLast()`)
	d.click("[data-start]")
}

// How long the film shows a code, in frames: at 30 a second somewhat shorter than
// the screen does.
const shownFor = 5

// shaken is a film of the codes, twice, from the middle on. The first time some
// are smeared so much that nothing is read of them. The seed decides the hand.
func shaken(codes []image.Image, seed uint64) []image.Image {
	hand := &hand{Rand: rand.New(rand.NewPCG(seed, 20))}
	var gray []*image.Gray
	for _, c := range codes {
		g := image.NewGray(c.Bounds())
		draw.Draw(g, g.Bounds(), c, c.Bounds().Min, draw.Src)
		gray = append(gray, g)
	}
	var film []image.Image
	before := gray[len(gray)/2]
	for n := range 2 * len(gray) {
		i := (len(gray)/2 + 1 + n) % len(gray)
		smear := 1 + hand.IntN(2)
		if n < len(gray) && n%3 == 1 {
			smear = 24
		}
		for k := range shownFor {
			hand.move()
			frame := hand.shoot(gray[i], smear)
			if k == 0 { // the screen changed while the picture was taken
				other := hand.shoot(before, smear)
				half := len(frame.Y) / 2
				copy(frame.Y[half:], other.Y[half:])
			}
			film = append(film, frame)
		}
		before = gray[i]
	}
	return film
}

// hand holds the camera, and drifts.
type hand struct {
	*rand.Rand
	x, y, turn, tilt, far float64
}

func (h *hand) move() {
	step := func(at, by, most float64) float64 { return max(-most, min(most, at+by*(2*h.Float64()-1))) }
	h.x, h.y = step(h.x, 4, 14), step(h.y, 4, 14)                               // pixels
	h.turn, h.tilt = step(h.turn, 0.015, 0.09), step(h.tilt, 0.0000300, 0.0001) // radians; per pixel
	h.far = step(h.far, 0.01, 0.05)
}

// shoot is what the camera sees of a picture: turned, from aside, not sharp, in
// uneven light, with noise. smear is by how many pixels it moves meanwhile.
func (h *hand) shoot(p *image.Gray, smear int) *image.YCbCr {
	frame := image.NewYCbCr(image.Rect(0, 0, 640, 480), image.YCbCrSubsampleRatio420)
	for i := range frame.Cb {
		frame.Cb[i], frame.Cr[i] = 128, 128
	}
	side, sin, cos := 430*(1+h.far), math.Sin(h.turn), math.Cos(h.turn)
	row, soft := make([]float64, 640+smear), 0.0
	for y := range 480 {
		for x := range row {
			u, v := float64(x)-320-h.x, float64(y)-240-h.y
			w := 1 + h.tilt*u + h.tilt/2*v
			row[x] = lightness(p, ((u*cos+v*sin)/w/side+0.5)*float64(p.Rect.Dx()), ((v*cos-u*sin)/w/side+0.5)*float64(p.Rect.Dy()))
		}
		for x := range 640 {
			soft = 0
			for k := range smear {
				soft += row[x+k]
			}
			light := soft/float64(smear)*(0.62+0.0003*float64(x)) + 30 + 8*h.NormFloat64()
			frame.Y[y*frame.YStride+x] = uint8(max(0, min(255, light)))
		}
	}
	return frame
}

// lightness is the picture's at a point between its pixels; around it is a desk.
func lightness(p *image.Gray, x, y float64) float64 {
	i, j := int(math.Floor(x)), int(math.Floor(y))
	if i < 0 || j < 0 || i+1 >= p.Rect.Dx() || j+1 >= p.Rect.Dy() {
		return 140
	}
	at, fx, fy := p.Pix[j*p.Stride+i:], x-float64(i), y-float64(j)
	upper := float64(at[0])*(1-fx) + float64(at[1])*fx
	lower := float64(at[p.Stride])*(1-fx) + float64(at[p.Stride+1])*fx
	return upper*(1-fy) + lower*fy
}
