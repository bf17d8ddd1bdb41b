package certificate

import (
	"math"

	"github.com/passmuster/passmuster/internal/pdf"
)

// The seal's place, in millimetres.
const (
	sealX = 149.0
	sealY = 166.0
	sealR = 17.0
)

// drawSeal paints the registry's round mark. It must not be taken for a
// Chinese official seal: no red, no star, a wavy rim, horizontal words in the
// middle that say what it is.
func drawSeal(c *pdf.Canvas, p palette, d *designer) {
	for _, phase := range []float64{0, math.Pi / 40} {
		c.Draw(wavyRing(sealX, sealY, sealR-0.75, 0.7, 40, phase), pdf.Pen{Stroke: &p.seal, Width: 0.55, Round: true})
	}
	c.Draw(new(pdf.Path).Circle(sealX, sealY, sealR-1.9), pdf.Pen{Stroke: &p.seal, Width: 0.35})
	c.Draw(new(pdf.Path).Circle(sealX, sealY, sealR-5.6), pdf.Pen{Stroke: &p.seal, Width: 0.35})
	upper, lower := d.primary.SealRing, "· "+d.secondary.SealRing+" ·"
	if d.primary == d.secondary {
		lower = "· PASSMUSTER ·"
	}
	if d.demo {
		lower = "· 演示 DEMO ·"
	}
	size := 7.6
	if !hasHan(upper) {
		size = 6.2
	}
	arc(c, d.stack("sans", upper), upper, size, sealR-4.65, false, p.seal)
	arc(c, d.stack("sans", lower), lower, 5.6, sealR-3.15, true, p.seal)
	word, under := d.primary.Seal, d.secondary.Seal
	const room = 19 * 72 / 25.4 // of the inner circle, in points
	size = min(10.5, 10.5*room/c.Width(word, d.stack("bold", word), 10.5))
	c.Text(pdf.Label{Text: word, Stack: d.stack("bold", word), Size: size, X: sealX, Y: sealY - 3.1, Align: 0.5, Color: p.seal, Bold: boldOf(word, size)})
	if d.primary != d.secondary {
		c.Text(pdf.Label{Text: under, Stack: d.stack("bold", under), Size: 4.9, X: sealX, Y: sealY - 0.6, Align: 0.5, Color: p.seal})
	}
	line := new(pdf.Path).Move(sealX-7, sealY+2.1)
	pulse(line, sealX, sealY+2.1, 14, 1.9)
	c.Draw(line, pdf.Pen{Stroke: &p.seal, Width: 0.5, Round: true})
}

func boldOf(s string, size float64) float64 {
	if hasHan(s) {
		return size * 0.03
	}
	return 0
}

// wavyRing is a closed wave around a circle.
func wavyRing(x, y, r, height float64, waves int, phase float64) *pdf.Path {
	p := new(pdf.Path)
	const pieces = 8 // of one wave
	n := waves * pieces
	at := func(i float64) (px, py, tx, ty float64) {
		a := 2 * math.Pi * i / float64(n)
		w := float64(waves)
		rho, slope := r+height*math.Sin(w*(a+phase)), height*w*math.Cos(w*(a+phase))
		sin, cos := math.Sincos(a)
		return x + rho*cos, y + rho*sin, slope*cos - rho*sin, slope*sin + rho*cos
	}
	third := 2 * math.Pi / float64(n) / 3
	for i := range n {
		x0, y0, tx0, ty0 := at(float64(i))
		x1, y1, tx1, ty1 := at(float64(i + 1))
		if i == 0 {
			p.Move(x0, y0)
		}
		p.Curve(x0+tx0*third, y0+ty0*third, x1-tx1*third, y1-ty1*third, x1, y1)
	}
	return p.Close()
}

// arc sets a text along the seal's circle of radius r, around its top or, with
// the letters upright, its bottom.
func arc(c *pdf.Canvas, stack pdf.Stack, text string, size, r float64, bottom bool, color pdf.Color) {
	const track = 0.45 // mm between letters
	runes := []rune(text)
	widths := make([]float64, len(runes))
	total := -track
	for i, ch := range runes {
		widths[i] = c.Width(string(ch), stack, size) * 25.4 / 72
		total += widths[i] + track
	}
	at := -total / 2
	for i, ch := range runes {
		a := (at + widths[i]/2) / r
		at += widths[i] + track
		l := pdf.Label{Text: string(ch), Stack: stack, Size: size, Align: 0.5, Color: color}
		sin, cos := math.Sincos(a)
		if bottom {
			l.X, l.Y, l.Angle = sealX+r*sin, sealY+r*cos, -a*180/math.Pi
		} else {
			l.X, l.Y, l.Angle = sealX+r*sin, sealY-r*cos, a*180/math.Pi
		}
		c.Text(l)
	}
}
