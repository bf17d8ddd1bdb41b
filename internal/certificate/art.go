package certificate

import (
	"math"

	"github.com/passmuster/passmuster/internal/pdf"
)

// artKind is one piece of art that a design may ask for: the keys that it
// needs, those that it may have, and how it is drawn.
type artKind struct {
	needs, takes string // keys, in words
	draw         func(b *builder, c *pdf.Canvas, a artSpec)
}

// artKinds is the whole vocabulary.
func artKinds() map[string]artKind {
	return map[string]artKind{
		"panel":   {"box fill", "", drawPanel},
		"frame":   {"box color line", "", drawFrame},
		"braid":   {"box color line band", "count lines", drawBraid},
		"corners": {"box color size", "line second", drawCorners},
		"twigs":   {"box color", "", drawTwigs},
		"rosette": {"x y r color line", "count lines", drawRosette},
		"waves":   {"box color line", "count lines", drawWaves},
		"rule":    {"x y w color line", "", drawRule},
		"divider": {"x y w color", "", drawDivider},
		"emblem":  {"x y r color second", "fill", drawEmblem},
		"laurel":  {"x y r color", "count", drawLaurel},
		"mark":    {"x y r color", "", drawMark},
		"micro":   {"box color say size", "", drawMicro},
	}
}

func drawPanel(b *builder, c *pdf.Canvas, a artSpec) {
	fill := b.color(a.Fill)
	c.Draw(b.rect(*a.Box), pdf.Pen{Fill: &fill})
}

func drawFrame(b *builder, c *pdf.Canvas, a artSpec) {
	stroke := b.color(a.Color)
	c.Draw(b.rect(*a.Box), pdf.Pen{Stroke: &stroke, Width: a.Line})
}

func (b *builder) rect(x boxSpec) *pdf.Path {
	return new(pdf.Path).Rect(b.dx+x.X, b.dy+x.Y, x.W, x.H)
}

// drawBraid fills a band inside of a box with strands of one wave in several
// heights, which meet at every node: the engraver's chain of lenses. The
// corners of the band stay free.
func drawBraid(b *builder, c *pdf.Canvas, a artSpec) {
	stroke := b.color(a.Color)
	strands, arch := a.Lines, a.Band*0.9
	if strands == 0 {
		strands = 2
	}
	if a.Count > 0 {
		arch = a.Box.W / float64(a.Count)
	}
	path := new(pdf.Path)
	x, y, half := b.dx+a.Box.X, b.dy+a.Box.Y, a.Band/2
	for _, across := range []float64{half, a.Box.H - half} {
		strand(path, a.Band, a.Box.W-a.Band, arch, strands, half, func(s, t float64) (float64, float64) { return x + s, y + across + t })
	}
	for _, across := range []float64{half, a.Box.W - half} {
		strand(path, a.Band, a.Box.H-a.Band, arch, strands, half, func(s, t float64) (float64, float64) { return x + across + t, y + s })
	}
	c.Draw(path, pdf.Pen{Stroke: &stroke, Width: a.Line})
}

// strand adds waves from a place on a side to another; place turns the way
// along the side and the deviation from it into a point.
func strand(path *pdf.Path, from, to, arch float64, strands int, half float64, place func(along, across float64) (float64, float64)) {
	n := max(1, int((to-from)/arch+0.5))
	step := (to - from) / float64(n)
	for k := range strands {
		for _, sign := range []float64{1, -1} {
			height := sign * half * 0.92 * float64(2*k+1) / float64(2*strands-1)
			px, py := place(from, 0)
			path.Move(px, py)
			for i := range n {
				at := from + float64(i)*step
				x1, y1 := place(at+step*0.36, height*1.33)
				x2, y2 := place(at+step*0.64, height*1.33)
				x3, y3 := place(at+step, 0)
				path.Curve(x1, y1, x2, y2, x3, y3)
				height = -height
			}
		}
	}
}

// drawCorners puts a small rosette in a square into each corner of a box.
func drawCorners(b *builder, c *pdf.Canvas, a artSpec) {
	line, second := b.color(a.Color), b.color(a.Color)
	if a.Second != "" {
		second = b.color(a.Second)
	}
	width := a.Line
	if width == 0 {
		width = 0.4
	}
	half := a.Size / 2
	for _, at := range [][2]float64{{half, half}, {a.Box.W - half, half}, {half, a.Box.H - half}, {a.Box.W - half, a.Box.H - half}} {
		x, y := b.dx+a.Box.X+at[0], b.dy+a.Box.Y+at[1]
		c.Draw(new(pdf.Path).Rect(x-half, y-half, a.Size, a.Size), pdf.Pen{Stroke: &second, Width: width})
		path := new(pdf.Path)
		for k := range 4 {
			wavyRing(path, x, y, half*0.48, half*0.34, 8, float64(k)*2*math.Pi/32)
		}
		c.Draw(path, pdf.Pen{Stroke: &line, Width: width * 0.6})
		c.Draw(new(pdf.Path).Circle(x, y, half*0.12), pdf.Pen{Fill: &second})
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

// drawTwigs grows a small twig along both sides of each corner of a box.
func drawTwigs(b *builder, c *pdf.Canvas, a artSpec) {
	x, y := b.dx+a.Box.X, b.dy+a.Box.Y
	for _, corner := range [][4]float64{{x, y, 1, 1}, {x + a.Box.W, y, -1, 1}, {x, y + a.Box.H, 1, -1}, {x + a.Box.W, y + a.Box.H, -1, -1}} {
		drawTwig(c, b.color(a.Color), corner[0], corner[1], corner[2], corner[3])
	}
}

// drawTwig draws one; sx and sy point into the page.
func drawTwig(c *pdf.Canvas, color pdf.Color, x, y, sx, sy float64) {
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
	c.Draw(stem, pdf.Pen{Stroke: &color, Width: 0.45, Round: true})
	c.Draw(leaves, pdf.Pen{Fill: &color})
}

// drawRosette draws waves around a circle, turned against each other.
func drawRosette(b *builder, c *pdf.Canvas, a artSpec) {
	stroke := b.color(a.Color)
	waves, rings := a.Count, a.Lines
	if waves == 0 {
		waves = 12
	}
	if rings == 0 {
		rings = 6
	}
	path := new(pdf.Path)
	for k := range rings {
		wavyRing(path, b.dx+a.X, b.dy+a.Y, a.R*0.68, a.R*0.32, waves, float64(k)*2*math.Pi/float64(waves*rings))
	}
	c.Draw(path, pdf.Pen{Stroke: &stroke, Width: a.Line})
}

// drawWaves fills a box with waves shifted against each other.
func drawWaves(b *builder, c *pdf.Canvas, a artSpec) {
	stroke := b.color(a.Color)
	lines, waves := a.Lines, a.Count
	if lines == 0 {
		lines = 8
	}
	if waves == 0 {
		waves = 4
	}
	long, wide := a.Box.W, a.Box.H
	upright := long < wide
	if upright {
		long, wide = wide, long
	}
	at := func(along, across float64) (float64, float64) {
		if upright {
			along, across = across, along
		}
		return b.dx + a.Box.X + along, b.dy + a.Box.Y + across
	}
	path := new(pdf.Path)
	for k := range lines {
		part := float64(k) / float64(max(1, lines-1))
		wave := func(t float64) (float64, float64) { // deviation and its slope for t of 0 to 1
			angle := 2*math.Pi*(float64(waves)*t) + math.Pi*part
			swell := 0.3 + 0.2*math.Cos(2*math.Pi*t+2*math.Pi*part)
			h := wide * swell
			return wide/2 + h*math.Sin(angle), h*2*math.Pi*float64(waves)*math.Cos(angle) - wide*0.2*2*math.Pi*math.Sin(2*math.Pi*t+2*math.Pi*part)*math.Sin(angle)
		}
		n := 8 * waves
		for i := range n {
			t0, t1 := float64(i)/float64(n), float64(i+1)/float64(n)
			v0, s0 := wave(t0)
			v1, s1 := wave(t1)
			third := 1 / float64(3*n)
			x0, y0 := at(t0*long, v0)
			x1, y1 := at((t0+third)*long, v0+s0*third)
			x2, y2 := at((t1-third)*long, v1-s1*third)
			x3, y3 := at(t1*long, v1)
			if i == 0 {
				path.Move(x0, y0)
			}
			path.Curve(x1, y1, x2, y2, x3, y3)
		}
	}
	c.Draw(path, pdf.Pen{Stroke: &stroke, Width: a.Line})
}

func drawRule(b *builder, c *pdf.Canvas, a artSpec) {
	stroke := b.color(a.Color)
	c.Draw(new(pdf.Path).Move(b.dx+a.X, b.dy+a.Y).Line(b.dx+a.X+a.W, b.dy+a.Y), pdf.Pen{Stroke: &stroke, Width: a.Line})
}

// pulse adds a heart beat to a path that has come to (x-w/2, y): a line with
// one beat in its middle, to (x+w/2, y).
func pulse(path *pdf.Path, x, y, w, h float64) {
	path.Line(x-w*0.30, y).Line(x-w*0.20, y-h*0.22).Line(x-w*0.12, y).Line(x-w*0.06, y+h*0.22).
		Line(x+w*0.02, y-h).Line(x+w*0.12, y+h*0.55).Line(x+w*0.18, y).
		Line(x+w*0.25, y-h*0.28).Line(x+w*0.33, y).Line(x+w/2, y)
}

// drawDivider is a line around its centre, with a heart beat and leaves.
func drawDivider(b *builder, c *pdf.Canvas, a artSpec) {
	color := b.color(a.Color)
	x, y := b.dx+a.X, b.dy+a.Y
	beat := min(13, a.W/3)
	line := new(pdf.Path).Move(x-a.W/2, y).Line(x-beat/2, y)
	pulse(line, x, y, beat, beat*0.18)
	line.Line(x+a.W/2, y)
	c.Draw(line, pdf.Pen{Stroke: &color, Width: 0.6, Round: true})
	ends := new(pdf.Path)
	leaf(ends, x-a.W/2, y, beat*0.18, math.Pi)
	leaf(ends, x+a.W/2, y, beat*0.18, 0)
	c.Draw(ends, pdf.Pen{Fill: &color})
}

// drawEmblem is the registry's mark: a leaf over a heart beat in a disc.
func drawEmblem(b *builder, c *pdf.Canvas, a artSpec) {
	disc, trim, beat := b.color(a.Color), b.color(a.Second), b.color(orElse(a.Fill, "white"))
	x, y, r := b.dx+a.X, b.dy+a.Y, a.R
	c.Draw(new(pdf.Path).Circle(x, y, r), pdf.Pen{Fill: &disc})
	c.Draw(new(pdf.Path).Circle(x, y, r*0.9), pdf.Pen{Stroke: &trim, Width: r / 15})
	leaves := new(pdf.Path)
	leaf(leaves, x, y-r*0.02, r*0.72, -math.Pi*0.30)
	leaf(leaves, x, y-r*0.02, r*0.72, -math.Pi*0.70)
	c.Draw(leaves, pdf.Pen{Fill: &trim})
	line := new(pdf.Path).Move(x-r*0.66, y+r*0.30)
	pulse(line, x, y+r*0.30, r*1.32, r*0.36)
	c.Draw(line, pdf.Pen{Stroke: &beat, Width: r * 0.14, Round: true})
}

// drawLaurel bends two branches around a circle, open at the top.
func drawLaurel(b *builder, c *pdf.Canvas, a artSpec) {
	color := b.color(a.Color)
	x, y := b.dx+a.X, b.dy+a.Y
	stems, leaves := new(pdf.Path), new(pdf.Path)
	pairs := a.Count
	if pairs == 0 {
		pairs = 8
	}
	from, to := 0.06, 0.80*math.Pi // from the foot of the circle
	for _, side := range []float64{1, -1} {
		at := func(t float64) (px, py, way float64) {
			angle := math.Pi/2 - side*t // 0 is right, clockwise
			sin, cos := math.Sincos(angle)
			return x + a.R*cos, y + a.R*sin, angle - side*math.Pi/2
		}
		arcs := 8
		for i := range arcs {
			t0, t1 := from+(to-from)*float64(i)/float64(arcs), from+(to-from)*float64(i+1)/float64(arcs)
			x0, y0, w0 := at(t0)
			x1, y1, w1 := at(t1)
			k := 4.0 / 3 * math.Tan((t1-t0)/4) * a.R
			if i == 0 {
				stems.Move(x0, y0)
			}
			stems.Curve(x0+k*math.Cos(w0), y0+k*math.Sin(w0), x1-k*math.Cos(w1), y1-k*math.Sin(w1), x1, y1)
		}
		for i := range pairs {
			t := from + (to-from)*(float64(i)+0.6)/float64(pairs)
			px, py, way := at(t)
			length := a.R * 2.8 / float64(pairs) * (1 - 0.25*float64(i)/float64(pairs))
			leaf(leaves, px, py, length, way+0.55)
			leaf(leaves, px, py, length, way-0.55)
		}
		px, py, way := at(to)
		leaf(leaves, px, py, a.R*2/float64(pairs), way)
	}
	c.Draw(stems, pdf.Pen{Stroke: &color, Width: a.R / 26, Round: true})
	c.Draw(leaves, pdf.Pen{Fill: &color})
}

// drawMicro repeats a small text along a box: a line of type that a copier blurs.
func drawMicro(b *builder, c *pdf.Canvas, a artSpec) {
	text := b.constantOf(a.Say, 0)
	stack := b.stack("sans", text)
	width := c.Width(text+" · ", stack, a.Size) * 25.4 / 72
	if width <= 0 {
		return
	}
	line := ""
	for n := int(a.Box.W / width); n > 0; n-- {
		line += text + " · "
	}
	c.Text(pdf.Label{Text: line, Stack: stack, Size: a.Size, X: b.dx + a.Box.X + a.Box.W/2, Y: b.dy + a.Box.Y + a.Box.H/2 + a.Size*0.36*25.4/72, Align: 0.5, Color: b.color(a.Color)})
}

// drawAcross writes a word from the lower left to the upper right of the page;
// on a card it stands beside the code, which would hide it.
func (b *builder) drawAcross(c *pdf.Canvas, text string, color pdf.Color) {
	f := b.design.file
	area := boxSpec{0, 0, f.Page.Width, f.Page.Height}
	if f.Medium == Card {
		area = b.design.besideCode()
	}
	angle := -math.Atan2(area.H, area.W)
	stack := b.stack("sans", text)
	const track = 0.05 // of the size
	size := 100.0
	size *= 0.78 * math.Hypot(area.W, area.H) / ((c.Width(text, stack, size) + track*size*float64(len([]rune(text)))) * mm)
	size = min(size, 0.46*area.W)
	half := size * 0.36 * mm // half the height of the letters
	sin, cos := math.Sincos(angle)
	c.Text(pdf.Label{
		Text: text, Stack: stack, Size: size, X: b.dx + area.X + area.W/2 - half*sin, Y: b.dy + area.Y + area.H/2 + half*cos,
		Align: 0.5, Angle: angle * 180 / math.Pi, Track: track * size, Color: color,
	})
}

// besideCode is the wider part of the page beside the code.
func (d *Design) besideCode() boxSpec {
	page := d.file.Page
	for _, e := range d.file.Elements {
		if e.Kind != "qr" {
			continue
		}
		if right := page.Width - e.Box.X - e.Box.W; right > e.Box.X {
			return boxSpec{e.Box.X + e.Box.W, e.Box.Y, right, page.Height - e.Box.Y}
		}
		return boxSpec{0, e.Box.Y, e.Box.X, page.Height - e.Box.Y}
	}
	return boxSpec{0, 0, page.Width, page.Height}
}
