package design

import (
	"encoding/json"
	"fmt"
	"html"
	"strings"
)

// sketched is what a sketch takes of the file of a design.
type sketched struct {
	Page     struct{ Width, Height float64 }
	Colors   map[string]string
	Art      []sketchedArt
	Elements []sketchedElement
}

type sketchedBox struct{ X, Y, W, H float64 }

type sketchedArt struct {
	Draw        string
	Box         *sketchedBox
	X, Y, R, W  float64
	Color, Fill string
	Line        float64
}

type sketchedElement struct {
	Kind, Image, Align, Place, Tag string
	Box                            *sketchedBox
	Texts                          []struct{ Style string }
	Columns                        []float64
	Rows                           [][]json.RawMessage
	Share                          int
}

// Sketch draws a design small, as an SVG picture: where things stand and in
// which colours. Words are bars.
func Sketch(source []byte) ([]byte, error) {
	var d sketched
	if err := json.Unmarshal(source, &d); err != nil {
		return nil, fmt.Errorf("sketch design: %w", err)
	}
	p := &pencil{colors: d.Colors}
	w, h := d.Page.Width, d.Page.Height
	fmt.Fprintf(&p.out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" width="240" height="%.0f"><rect width="%g" height="%g" fill="#fff"/>`, w, h, 240*h/max(w, 1), w, h)
	for _, a := range d.Art {
		p.art(a)
	}
	for _, e := range d.Elements {
		if e.Box != nil {
			p.element(e, *e.Box)
		}
	}
	p.out.WriteString("</svg>")
	return []byte(p.out.String()), nil
}

type pencil struct {
	out    strings.Builder
	colors map[string]string
}

const (
	sketchInk  = "#3c4653"
	sketchSoft = "#b3bcc6"
)

// color finds a colour of the design; one that is none is a soft grey.
func (p *pencil) color(name string) string {
	if c := p.colors[name]; len(c) == 7 && c[0] == '#' {
		return html.EscapeString(c)
	}
	if name == "ink" {
		return sketchInk
	}
	return sketchSoft
}

func (p *pencil) art(a sketchedArt) {
	line := max(a.Line/2, 0.5)
	switch {
	case a.Draw == "panel" && a.Box != nil:
		p.rect(*a.Box, p.color(a.Fill))
	case a.Box != nil:
		fmt.Fprintf(&p.out, `<rect x="%g" y="%g" width="%g" height="%g" fill="none" stroke="%s" stroke-width="%g"/>`, a.Box.X, a.Box.Y, a.Box.W, a.Box.H, p.color(a.Color), line)
	case a.Draw == "divider":
		fmt.Fprintf(&p.out, `<rect x="%g" y="%g" width="%g" height="0.8" fill="%s"/>`, a.X-a.W/2, a.Y, a.W, p.color(a.Color))
	case a.W > 0:
		fmt.Fprintf(&p.out, `<rect x="%g" y="%g" width="%g" height="0.7" fill="%s"/>`, a.X, a.Y, a.W, p.color(a.Color))
	case a.R > 0:
		fmt.Fprintf(&p.out, `<circle cx="%g" cy="%g" r="%g" fill="none" stroke="%s" stroke-width="1.6"/>`, a.X, a.Y, a.R, p.color(a.Color))
	}
}

func (p *pencil) rect(b sketchedBox, fill string) {
	fmt.Fprintf(&p.out, `<rect x="%g" y="%g" width="%g" height="%g" fill="%s"/>`, b.X, b.Y, b.W, b.H, fill)
}

func (p *pencil) element(e sketchedElement, b sketchedBox) {
	switch e.Kind {
	case "qr":
		p.code(b)
	case "image":
		r := min(b.W, b.H) / 2
		fmt.Fprintf(&p.out, `<circle cx="%g" cy="%g" r="%g" fill="%s" fill-opacity=".35"/>`, b.X+r, b.Y+r, r*0.9, sketchSoft)
	case "facts":
		p.facts(e, b)
	case "signatories":
		n := float64(max(e.Share, 1))
		for i := range max(e.Share, 1) {
			p.rect(sketchedBox{b.X + float64(i)*b.W/n, b.Y, b.W/n - 5, 0.8}, sketchInk)
			p.rect(sketchedBox{b.X + float64(i)*b.W/n, b.Y + 3, b.W / n * 0.45, 2.4}, sketchInk)
		}
	default:
		p.words(e, b)
	}
}

// words are bars, as long as words would be.
func (p *pencil) words(e sketchedElement, b sketchedBox) {
	n := float64(max(len(e.Texts), 1))
	tall, part := min(b.H/n*0.42, 5), 0.62
	if e.Tag == "H1" {
		tall, part = b.H*0.36, 0.5
	}
	color := sketchSoft
	if e.Tag == "H1" || b.H > 18 {
		color = sketchInk
	}
	for i := range int(n) {
		w := b.W * part / (1 + 0.5*float64(i))
		x := b.X
		switch e.Align {
		case "center":
			x += (b.W - w) / 2
		case "right":
			x += b.W - w
		}
		p.rect(sketchedBox{x, b.Y + b.H/n*float64(i) + (b.H/n-tall)/2, w, tall}, color)
	}
}

func (p *pencil) facts(e sketchedElement, b sketchedBox) {
	rows := float64(max(len(e.Rows), 1))
	for i := range len(e.Rows) {
		x := b.X
		for _, w := range e.Columns {
			p.rect(sketchedBox{x, b.Y + b.H/rows*float64(i) + 2, w * 0.4, 1.6}, sketchSoft)
			p.rect(sketchedBox{x, b.Y + b.H/rows*float64(i) + 5.4, w * 0.7, 2.4}, sketchInk)
			x += w
		}
	}
}

// code is a square that is told at once for a QR code.
func (p *pencil) code(b sketchedBox) {
	side := min(b.W, b.H)
	u := side / 9
	p.rect(sketchedBox{b.X, b.Y, side, side}, "#fff")
	for _, at := range [][4]float64{{1, 1, 2.4, 2.4}, {5.6, 1, 2.4, 2.4}, {1, 5.6, 2.4, 2.4}, {4, 2, 1, 1}, {4, 4, 1, 1}, {6, 4.4, 1, 1}, {5, 6, 1, 1}, {7, 6, 1, 1}, {6, 7, 1, 1}, {2, 4.2, 1, 1}} {
		p.rect(sketchedBox{b.X + at[0]*u, b.Y + at[1]*u, at[2] * u, at[3] * u}, "#111")
	}
}
