package certificate

import (
	"math"

	"github.com/passmuster/passmuster/internal/pdf"
)

// The page, in millimetres.
const (
	pageW = 297.0
	pageH = 210.0
)

// drawFrame paints the paper, the outer rule, a fine braid and the hairline
// inside of it, and an ornament in each corner.
func drawFrame(c *pdf.Canvas, p palette) {
	c.Draw(new(pdf.Path).Rect(0, 0, pageW, pageH), pdf.Pen{Fill: &p.paper})
	const outer, inner = 10.0, 12.5
	braid := new(pdf.Path)
	for _, phase := range []float64{0, math.Pi} {
		side(braid, outer, pageW-outer, 124, phase, func(along, across float64) (float64, float64) { return along, 11.25 + across })
		side(braid, outer, pageW-outer, 124, phase, func(along, across float64) (float64, float64) { return along, pageH - 11.25 + across })
		side(braid, outer, pageH-outer, 85, phase, func(along, across float64) (float64, float64) { return 11.25 + across, along })
		side(braid, outer, pageH-outer, 85, phase, func(along, across float64) (float64, float64) { return pageW - 11.25 + across, along })
	}
	c.Draw(braid, pdf.Pen{Stroke: &p.faint, Width: 0.3})
	c.Draw(new(pdf.Path).Rect(outer, outer, pageW-2*outer, pageH-2*outer), pdf.Pen{Stroke: &p.main, Width: 1.2})
	c.Draw(new(pdf.Path).Rect(inner, inner, pageW-2*inner, pageH-2*inner), pdf.Pen{Stroke: &p.trim, Width: 0.4})
	for _, corner := range [][4]float64{{inner, inner, 1, 1}, {pageW - inner, inner, -1, 1}, {inner, pageH - inner, 1, -1}, {pageW - inner, pageH - inner, -1, -1}} {
		drawCorner(c, p, corner[0], corner[1], corner[2], corner[3])
	}
}

// side adds a wave of the given number of arches; to turns the way along the
// side and the deviation from it into a point.
func side(path *pdf.Path, from, to float64, arches int, phase float64, place func(along, across float64) (float64, float64)) {
	const height = 0.85
	step := (to - from) / float64(arches)
	sign := math.Cos(phase)
	x, y := place(from, 0)
	path.Move(x, y)
	for i := range arches {
		at := from + float64(i)*step
		x1, y1 := place(at+step*0.36, sign*height*1.33)
		x2, y2 := place(at+step*0.64, sign*height*1.33)
		x3, y3 := place(at+step, 0)
		path.Curve(x1, y1, x2, y2, x3, y3)
		sign = -sign
	}
}

// leaf adds a pointed leaf from a point, of a length, in a direction (radians).
func leaf(path *pdf.Path, x, y, length, direction float64) {
	sin, cos := math.Sincos(direction)
	at := func(along, across float64) (float64, float64) {
		return x + along*cos - across*sin, y + along*sin + across*cos
	}
	width := length * 0.34
	path.Move(x, y)
	for _, s := range []float64{1, -1} {
		x1, y1 := at(length*0.28, s*width)
		x2, y2 := at(length*0.72, s*width)
		x3, y3 := at(length, 0)
		if s < 0 { // back to where it began
			x1, y1, x2, y2 = x2, y2, x1, y1
			x3, y3 = x, y
		}
		path.Curve(x1, y1, x2, y2, x3, y3)
	}
	path.Close()
}

// drawCorner grows a small twig along both sides of a corner; sx and sy point
// into the page.
func drawCorner(c *pdf.Canvas, p palette, x, y, sx, sy float64) {
	stem, leaves := new(pdf.Path), new(pdf.Path)
	const root, reach = 1.6, 9.5
	stem.Move(x+sx*reach, y+sy*root*0.9).
		Curve(x+sx*6, y+sy*root*0.7, x+sx*3.4, y+sy*1.2, x+sx*2.4, y+sy*2.4).
		Curve(x+sx*1.2, y+sy*3.4, x+sx*root*0.7, y+sy*6, x+sx*root*0.9, y+sy*reach)
	turn := func(angle float64) float64 { // mirrored into this corner
		sin, cos := math.Sincos(angle)
		return math.Atan2(sy*sin, sx*cos)
	}
	for i, d := range []float64{4.2, 6.6} {
		length := 2.4 - 0.3*float64(i)
		leaf(leaves, x+sx*d, y+sy*1.35, length, turn(0.62))
		leaf(leaves, x+sx*1.35, y+sy*d, length, turn(math.Pi/2-0.62))
	}
	leaf(leaves, x+sx*2.4, y+sy*2.4, 3.0, turn(math.Pi/4))
	c.Draw(stem, pdf.Pen{Stroke: &p.trim, Width: 0.45, Round: true})
	c.Draw(leaves, pdf.Pen{Fill: &p.trim})
}

// pulse adds a heart beat to a path that has come to (x-w/2, y): a line with
// one beat in its middle, to (x+w/2, y).
func pulse(path *pdf.Path, x, y, w, h float64) {
	path.Line(x-w*0.30, y).Line(x-w*0.20, y-h*0.22).Line(x-w*0.12, y).Line(x-w*0.06, y+h*0.22).
		Line(x+w*0.02, y-h).Line(x+w*0.12, y+h*0.55).Line(x+w*0.18, y).
		Line(x+w*0.25, y-h*0.28).Line(x+w*0.33, y).Line(x+w/2, y)
}

// drawDivider is the line under the title.
func drawDivider(c *pdf.Canvas, p palette, x, y, w float64) {
	const beat = 13.0
	line := new(pdf.Path).Move(x-w/2, y).Line(x-beat/2, y)
	pulse(line, x, y, beat, 2.3)
	line.Line(x+w/2, y)
	c.Draw(line, pdf.Pen{Stroke: &p.trim, Width: 0.6, Round: true})
	ends := new(pdf.Path)
	leaf(ends, x-w/2, y, 2.4, math.Pi)
	leaf(ends, x+w/2, y, 2.4, 0)
	c.Draw(ends, pdf.Pen{Fill: &p.trim})
}

// drawEmblem is the registry's mark: a leaf over a heart beat in a disc.
func drawEmblem(c *pdf.Canvas, p palette, x, y, r float64) {
	c.Draw(new(pdf.Path).Circle(x, y, r), pdf.Pen{Fill: &p.main})
	c.Draw(new(pdf.Path).Circle(x, y, r*0.9), pdf.Pen{Stroke: &p.trim, Width: 0.4})
	leaves := new(pdf.Path)
	leaf(leaves, x, y-r*0.02, r*0.72, -math.Pi*0.30)
	leaf(leaves, x, y-r*0.02, r*0.72, -math.Pi*0.70)
	c.Draw(leaves, pdf.Pen{Fill: &p.trim})
	line := new(pdf.Path).Move(x-r*0.66, y+r*0.30)
	pulse(line, x, y+r*0.30, r*1.32, r*0.36)
	c.Draw(line, pdf.Pen{Stroke: &white, Width: r * 0.14, Round: true})
}

// drawDemo writes DEMO across the page.
func drawDemo(c *pdf.Canvas, stack pdf.Stack) {
	const angle = -33.0
	const half = 17.0 // mm, half the height of the letters
	sin, cos := math.Sincos(angle * math.Pi / 180)
	c.Text(pdf.Label{
		Text: "演示 DEMO", Stack: stack, Size: 128, X: pageW/2 - half*sin, Y: pageH/2 + half*cos,
		Align: 0.5, Angle: angle, Track: 6, Color: ghost,
	})
}
