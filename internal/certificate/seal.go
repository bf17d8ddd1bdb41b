package certificate

import (
	"math"

	"github.com/passmuster/passmuster/internal/pdf"
)

// markR is the radius, in millimetres, that the mark was drawn for; others scale.
const markR = 17.0

// drawMark paints the registry's round mark. It must not be taken for a
// Chinese official seal: no red, no star, a wavy rim, horizontal words in the
// middle that say what it is.
func drawMark(b *builder, c *pdf.Canvas, a artSpec) {
	color, scale := b.color(a.Color), a.R/markR
	x, y := b.dx+a.X, b.dy+a.Y
	rim := new(pdf.Path)
	for _, phase := range []float64{0, math.Pi / 40} {
		wavyRing(rim, x, y, a.R-0.75*scale, 0.7*scale, 40, phase)
	}
	c.Draw(rim, pdf.Pen{Stroke: &color, Width: 0.55 * scale, Round: true})
	for _, inset := range []float64{1.9, 5.6} {
		c.Draw(new(pdf.Path).Circle(x, y, a.R-inset*scale), pdf.Pen{Stroke: &color, Width: 0.35 * scale})
	}
	first, second := b.wording(0), b.wording(1)
	upper, lower := first.SealRing, "· "+second.SealRing+" ·"
	if !b.two() {
		lower = "· PASSMUSTER ·"
	}
	if b.demo {
		lower = "· 演示 DEMO ·"
	}
	size := 7.6
	if !hasHan(upper) {
		size = 6.2
	}
	arc(c, b.stack("sans", upper), upper, size*scale, x, y, a.R-4.65*scale, false, color)
	arc(c, b.stack("sans", lower), lower, 5.6*scale, x, y, a.R-3.15*scale, true, color)
	room := 19 * scale * 72 / 25.4 // of the inner circle, in points
	word, under := first.Seal, second.Seal
	size = min(10.5*scale, 10.5*scale*room/c.Width(word, b.stack("bold", word), 10.5*scale))
	c.Text(pdf.Label{Text: word, Stack: b.stack("bold", word), Size: size, X: x, Y: y - 3.1*scale, Align: 0.5, Color: color, Bold: boldOf(word, size)})
	if b.two() {
		c.Text(pdf.Label{Text: under, Stack: b.stack("bold", under), Size: 4.9 * scale, X: x, Y: y - 0.6*scale, Align: 0.5, Color: color})
	}
	line := new(pdf.Path).Move(x-7*scale, y+2.1*scale)
	pulse(line, x, y+2.1*scale, 14*scale, 1.9*scale)
	c.Draw(line, pdf.Pen{Stroke: &color, Width: 0.5 * scale, Round: true})
}

// markNumber sets the certificate's number into the mark, in two lines.
func (b *builder) markNumber(a artSpec) {
	scale := a.R / markR
	for i, pattern := range []string{"{number_a}", "{number_b}"} {
		t := text{Mark: pdf.Decoration, Lang: b.langs[0], Pattern: pattern, Style: "mono", Color: b.color(a.Color), Leading: 120, Fits: []fit{size(6.4*scale, 3.6*scale, 1)}}
		b.place(boxSpec{a.X - 10*scale, a.Y + (3.4+2.5*float64(i))*scale, 20 * scale, 2.9 * scale}, "center", "top", t)
	}
}

func boldOf(s string, size float64) float64 {
	if hasHan(s) {
		return size * 0.03
	}
	return 0
}

// wavyRing adds a closed wave around a circle.
func wavyRing(p *pdf.Path, x, y, r, height float64, waves int, phase float64) {
	const pieces = 6 // of one wave
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
	p.Close()
}

// arc sets a text along a circle of radius r around (x, y), around its top or,
// with the letters upright, its bottom.
func arc(c *pdf.Canvas, stack pdf.Stack, text string, size, x, y, r float64, bottom bool, color pdf.Color) {
	track := 0.06 * size // mm between letters
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
			l.X, l.Y, l.Angle = x+r*sin, y+r*cos, -a*180/math.Pi
		} else {
			l.X, l.Y, l.Angle = x+r*sin, y-r*cos, a*180/math.Pi
		}
		c.Text(l)
	}
}
