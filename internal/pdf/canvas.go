package pdf

import (
	"fmt"
	"math"
)

// Canvas collects the constant art and labels of a Design. Lengths are
// millimetres from the top left corner, angles degrees clockwise.
type Canvas struct {
	fonts  []*Font
	height float64 // of the page, points
	cuts   []*cut  // by font, nil while nothing is set in it
	images []Image
	out    []byte
	ended  int // length of out where a tagged label ended last
	mark   int // of that label
	err    error
}

// Pen says how a shape is drawn.
type Pen struct {
	Stroke, Fill *Color
	Width        float64 // points
	Round        bool    // round ends and joins
	EvenOdd      bool    // overlapping parts are holes
}

// Path is a shape made of lines and curves.
type Path struct {
	steps []step
}

// step is one operator and the points it takes.
type step struct {
	operator byte
	points   [][2]float64
}

func (p *Path) add(operator byte, points ...[2]float64) *Path {
	p.steps = append(p.steps, step{operator, points})
	return p
}

// appendFixed writes a number with three decimals at most.
func appendFixed(o []byte, v float64) []byte { return appendFraction(o, int(math.Round(v*1000)), 1000) }

// appendPoint writes a coordinate with two decimals: 1/280 of a millimetre.
func appendPoint(o []byte, v float64) []byte { return appendFraction(o, int(math.Round(v*100)), 100) }

// Move starts a new part.
func (p *Path) Move(x, y float64) *Path { return p.add('m', [2]float64{x, y}) }

// Line goes straight to a point.
func (p *Path) Line(x, y float64) *Path { return p.add('l', [2]float64{x, y}) }

// Curve is a cubic Bézier curve with two control points.
func (p *Path) Curve(x1, y1, x2, y2, x, y float64) *Path {
	return p.add('c', [2]float64{x1, y1}, [2]float64{x2, y2}, [2]float64{x, y})
}

// Close ends a part where it began.
func (p *Path) Close() *Path { return p.add('h') }

// Rect adds a rectangle by its upper left corner.
func (p *Path) Rect(x, y, w, h float64) *Path {
	return p.Move(x, y).Line(x+w, y).Line(x+w, y+h).Line(x, y+h).Close()
}

// Circle adds a circle by its centre.
func (p *Path) Circle(x, y, r float64) *Path {
	k := r * 0.5522847498
	return p.Move(x+r, y).Curve(x+r, y+k, x+k, y+r, x, y+r).Curve(x-k, y+r, x-r, y+k, x-r, y).
		Curve(x-r, y-k, x-k, y-r, x, y-r).Curve(x+k, y-r, x+r, y-k, x+r, y).Close()
}

// Draw paints a path as decoration, which readers of the text skip.
func (c *Canvas) Draw(p *Path, pen Pen) {
	c.out = append(c.out, "/Artifact BMC q\n"...)
	if pen.Round {
		c.out = append(c.out, "1 J 1 j\n"...)
	}
	operator := "n"
	if pen.Fill != nil {
		c.out = append(appendColor(c.out, *pen.Fill), "rg\n"...)
		operator = "f"
	}
	if pen.Stroke != nil {
		c.out = append(appendColor(c.out, *pen.Stroke), "RG "...)
		c.out = append(appendFixed(c.out, pen.Width), " w\n"...)
		operator = map[string]string{"n": "S", "f": "B"}[operator]
	}
	if pen.EvenOdd && pen.Fill != nil {
		operator += "*"
	}
	for _, s := range p.steps {
		for _, at := range s.points {
			c.out = append(appendPoint(c.out, at[0]*72/25.4), ' ')
			c.out = append(appendPoint(c.out, c.height-at[1]*72/25.4), ' ')
		}
		c.out = append(c.out, s.operator, '\n')
	}
	c.out = append(c.out, operator...)
	c.out = append(c.out, " Q EMC\n"...)
}

// Label is a constant text.
type Label struct {
	Text   string
	Stack  Stack
	Size   float64 // points
	X, Y   float64 // mm, of the baseline
	Align  float64 // 0 left, 0.5 centred, 1 right of X
	Angle  float64 // clockwise around (X, Y)
	Track  float64 // points after each character
	Bold   float64 // points of outline, for faces without a bold
	Color  Color
	Tagged bool // text to read, not decoration
	Mark   int  // its element, if tagged
}

// Text draws a label. Labels of one mark follow each other: a mark is set once
// (ISO 32000-1, 14.7.4.4).
func (c *Canvas) Text(l Label) {
	runs, width, err := c.set(l)
	if err != nil {
		c.err = fmt.Errorf("set label %q: %w", l.Text, err)
		return
	}
	switch {
	case l.Tagged && c.ended > 0 && c.ended == len(c.out) && c.mark == l.Mark:
		c.out = c.out[:len(c.out)-len("EMC\n")]
	case l.Tagged:
		c.out = fmt.Appendf(c.out, "/Span <</MCID %d>> BDC ", l.Mark)
	default:
		c.out = append(c.out, "/Artifact BMC "...)
	}
	sin, cos := math.Sincos(-l.Angle * math.Pi / 180)
	x := l.X*72/25.4 - l.Align*width*cos
	y := c.height - l.Y*72/25.4 - l.Align*width*sin
	c.out = append(appendColor(append(c.out, "q BT "...), l.Color), "rg "...)
	if l.Bold > 0 {
		c.out = append(appendColor(c.out, l.Color), "RG "...)
		c.out = append(appendFixed(c.out, l.Bold), " w 2 Tr "...)
	}
	if l.Track != 0 {
		c.out = append(appendFixed(c.out, l.Track), " Tc "...)
	}
	for _, v := range [6]float64{cos, sin, -sin, cos, x, y} {
		c.out = append(appendFraction(c.out, int(math.Round(v*10000)), 10000), ' ')
	}
	c.out = append(append(append(c.out, "Tm "...), runs...), "ET Q EMC\n"...)
	if l.Tagged {
		c.ended, c.mark = len(c.out), l.Mark
	}
}

// set returns the text as operators and its width in points.
func (c *Canvas) set(l Label) (runs []byte, width float64, err error) {
	last := -1
	thousandths := 0
	n := 0
	for _, r := range l.Text {
		font, glyph, err := find(c.fonts, l.Stack, r)
		if err != nil {
			return nil, 0, err
		}
		face, err := c.fonts[font].Face()
		if err != nil {
			return nil, 0, err
		}
		if c.cuts[font] == nil {
			c.cuts[font] = newCut(face)
		}
		if font != last {
			if last >= 0 {
				runs = append(runs, "> Tj "...)
			}
			runs = append(appendFixed(fmt.Appendf(runs, "/F%d ", font), l.Size), " Tf <"...)
			last = font
		}
		runs = appendHex16(runs, c.cuts[font].add(r, glyph))
		thousandths += advance(face, glyph)
		n++
	}
	if last >= 0 {
		runs = append(runs, "> Tj "...)
	}
	// The space after the last character is not part of the text's width.
	return runs, float64(thousandths)*l.Size/1000 + float64(max(0, n-1))*l.Track, nil
}

// Width is how wide a text would be, in points; 0 where it cannot be set.
func (c *Canvas) Width(text string, stack Stack, size float64) float64 {
	total := 0
	for _, r := range text {
		font, glyph, err := find(c.fonts, stack, r)
		if err != nil {
			return 0
		}
		if face, err := c.fonts[font].Face(); err == nil {
			total += advance(face, glyph)
		}
	}
	return float64(total) * size / 1000
}

// Image is a picture of the sRGB space, row by row from the top.
type Image struct {
	Width, Height int    // pixels
	RGB           []byte // 3 bytes a pixel
	Alpha         []byte // 1 byte a pixel, or nil where all of it is opaque
}

// Image places a picture by its upper left corner. It is a figure under the
// mark, or Decoration.
func (c *Canvas) Image(m Image, x, y, w, h float64, mark int) {
	pixels := m.Width * m.Height
	if m.Width <= 0 || m.Height <= 0 || len(m.RGB) != 3*pixels || m.Alpha != nil && len(m.Alpha) != pixels {
		c.err = fmt.Errorf("place image: %d × %d pixels do not have %d bytes of colour and %d of alpha", m.Width, m.Height, len(m.RGB), len(m.Alpha))
		return
	}
	if mark == Decoration {
		c.out = append(c.out, "/Artifact BMC q "...)
	} else {
		c.out = fmt.Appendf(c.out, "/Figure <</MCID %d>> BDC q ", mark)
	}
	for _, v := range [6]float64{w * 72 / 25.4, 0, 0, h * 72 / 25.4, x * 72 / 25.4, c.height - (y+h)*72/25.4} {
		c.out = append(appendFixed(c.out, v), ' ')
	}
	c.out = fmt.Appendf(c.out, "cm /I%d Do Q EMC\n", len(c.images))
	c.images = append(c.images, m)
}
