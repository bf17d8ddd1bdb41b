package picture

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"slices"
)

// ink is a colour, 0xRRGGBB.
type ink uint32

func (c ink) parts() (r, g, b int) { return int(c >> 16), int(c >> 8 & 255), int(c & 255) }

// shades is how many steps an edge has: few enough for a palette, and no eye
// sees more.
const shades = 16

// canvas is the picture while it is drawn.
type canvas struct {
	w, h   int
	pixels []ink
	raster raster
}

func newCanvas(w, h int, paper ink) *canvas {
	c := &canvas{w: w, h: h, pixels: make([]ink, w*h)}
	for i := range c.pixels {
		c.pixels[i] = paper
	}
	return c
}

// box fills whole pixels.
func (c *canvas) box(x, y, w, h int, in ink) {
	for row := max(0, y); row < min(c.h, y+h); row++ {
		for col := max(0, x); col < min(c.w, x+w); col++ {
			c.pixels[row*c.w+col] = in
		}
	}
}

// frame draws the four sides of a rectangle, inwards.
func (c *canvas) frame(x, y, w, h, width int, in ink) {
	c.box(x, y, w, width, in)
	c.box(x, y+h-width, w, width, in)
	c.box(x, y, width, h, in)
	c.box(x+w-width, y, width, h, in)
}

// shape fills contours.
func (c *canvas) shape(contours [][]vertex, in ink) {
	r, g, b := in.parts()
	c.raster.fill(contours, func(x, y, cover int) {
		step := (cover*shades + one/2) / one
		if x < 0 || y < 0 || x >= c.w || y >= c.h || step == 0 {
			return
		}
		at := &c.pixels[y*c.w+x]
		r0, g0, b0 := at.parts()
		mix := func(under, over int) ink { return ink((under*(shades-step) + over*step) / shades) }
		*at = mix(r0, r)<<16 | mix(g0, g)<<8 | mix(b0, b)
	})
}

// round fills a rectangle with round corners.
func (c *canvas) round(x, y, w, h, radius int, in ink) {
	c.shape([][]vertex{rounded(x, y, w, h, radius)}, in)
}

func rounded(x, y, w, h, radius int) []vertex {
	var out []vertex
	corner := func(cx, cy, fromX, fromY, toX, toY int) { // a quarter of a circle in two curves, near enough
		// tan(22.5°) = 0.41421, cos(45°) = 0.70711, in thousandths
		a := vertex{(cx + fromX*radius) * one, (cy + fromY*radius) * one}
		z := vertex{(cx + toX*radius) * one, (cy + toY*radius) * one}
		m := vertex{cx*one + (fromX+toX)*radius*one*70711/100000, cy*one + (fromY+toY)*radius*one*70711/100000}
		b1 := vertex{a.x + toX*radius*one*41421/100000, a.y + toY*radius*one*41421/100000}
		b2 := vertex{z.x + fromX*radius*one*41421/100000, z.y + fromY*radius*one*41421/100000}
		out = append(out, a)
		out = curve(out, a, b1, m)
		out = curve(out, m, b2, z)
	}
	corner(x+radius, y+radius, -1, 0, 0, -1)
	corner(x+w-radius, y+radius, 0, -1, 1, 0)
	corner(x+w-radius, y+h-radius, 1, 0, 0, 1)
	corner(x+radius, y+h-radius, 0, 1, -1, 0)
	return out
}

// glyphs draws characters from a point on their baseline.
func (c *canvas) glyphs(list []glyph, x, y, size, track, thick int, in ink) {
	c.placed(list, size, track, thick, in, func(along, up int) vertex { return vertex{x*one + along, y*one - up} })
}

// placed draws characters along a line; place turns the way along it and the
// height above it into a point, all in 1/256 pixel.
func (c *canvas) placed(list []glyph, size, track, thick int, in ink, place func(along, up int) vertex) {
	at := 0
	for _, g := range list {
		em := g.font.UnitsPerEm
		for _, shift := range shifts(g, size, thick) {
			c.shape(flatten(nil, g.font.Outline(g.id), func(px, py int) vertex {
				return place(at+shift.x+px*size*one/em, py*size*one/em+shift.y)
			}), in)
		}
		at += g.advance(size) + track*one
	}
}

// shifts makes a character thicker by drawing it again a little beside itself.
func shifts(g glyph, size, thick int) []vertex {
	d := size * thick * one / 2000
	if !g.thick || d == 0 {
		return []vertex{{}}
	}
	return []vertex{{-d, 0}, {d, 0}, {0, d / 2}, {0, -d / 2}}
}

// png writes the picture with a palette: flat colours and their edges. Colours
// beyond 256 are the rarest, and the nearest stands for each.
func (c *canvas) png() ([]byte, error) {
	count := map[ink]int{}
	c.runs(func(p ink, from, to int) { count[p] += to - from })
	inks := make([]ink, 0, len(count))
	for p := range count {
		inks = append(inks, p)
	}
	slices.SortFunc(inks, func(a, b ink) int { return cmp.Or(count[b]-count[a], int(a)-int(b)) })
	kept := inks[:min(len(inks), 256)]
	index := map[ink]uint8{}
	palette := make(color.Palette, len(kept))
	for i, p := range kept {
		r, g, b := p.parts()
		palette[i], index[p] = color.RGBA{R: uint8(r), G: uint8(g), B: uint8(b), A: 255}, uint8(i)
	}
	for _, p := range inks[len(kept):] {
		index[p] = index[nearest(p, kept)]
	}
	out := image.NewPaletted(image.Rect(0, 0, c.w, c.h), palette)
	c.runs(func(p ink, from, to int) {
		for i, at := from, index[p]; i < to; i++ {
			out.Pix[i] = at
		}
	})
	var b bytes.Buffer
	if err := png.Encode(&b, out); err != nil {
		return nil, fmt.Errorf("write picture: %w", err)
	}
	return b.Bytes(), nil
}

// runs calls do for each run of pixels of one colour.
func (c *canvas) runs(do func(p ink, from, to int)) {
	for from := 0; from < len(c.pixels); {
		to := from + 1
		for to < len(c.pixels) && c.pixels[to] == c.pixels[from] {
			to++
		}
		do(c.pixels[from], from, to)
		from = to
	}
}

func nearest(p ink, among []ink) ink {
	r, g, b := p.parts()
	return slices.MinFunc(among, func(x, y ink) int {
		far := func(c ink) int {
			cr, cg, cb := c.parts()
			return (r-cr)*(r-cr) + (g-cg)*(g-cg) + (b-cb)*(b-cb)
		}
		return far(x) - far(y)
	})
}
