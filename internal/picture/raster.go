package picture

import "github.com/passmuster/passmuster/internal/pdf/sfnt"

// one is a pixel, in the whole numbers that outlines are computed in: the same
// on every processor.
const one = 256

// raster fills outlines, counting for each pixel how much of it they cover. It
// sums, for each pixel of the outline's box, the height that the outline rises
// in it and the area left of that rise.
type raster struct {
	x, y, w, h int // box, in pixels
	rise, area []int32
}

// vertex is a point of a flattened outline, in 1/256 pixel, y downwards.
type vertex struct{ x, y int }

// fill covers the inside of closed contours and calls paint for each pixel with
// how much of it is inside, 1 to 256.
func (r *raster) fill(contours [][]vertex, paint func(x, y, cover int)) {
	if !r.begin(contours) {
		return
	}
	for _, c := range contours {
		for i, p := range c {
			next := c[(i+1)%len(c)]
			r.line(p.x-r.x*one, p.y-r.y*one, next.x-r.x*one, next.y-r.y*one)
		}
	}
	for y := range r.h {
		sum := int32(0)
		for x := range r.w {
			at := y*r.w + x
			sum += r.rise[at]
			cover := int(sum*2*one-r.area[at]) / (2 * one)
			if cover < 0 {
				cover = -cover
			}
			if cover > 0 {
				paint(r.x+x, r.y+y, min(cover, one))
			}
		}
	}
}

// begin clears the box around the contours.
func (r *raster) begin(contours [][]vertex) bool {
	first := true
	var x0, y0, x1, y1 int
	for _, c := range contours {
		for _, p := range c {
			if first {
				x0, y0, x1, y1, first = p.x, p.y, p.x, p.y, false
			}
			x0, y0, x1, y1 = min(x0, p.x), min(y0, p.y), max(x1, p.x), max(y1, p.y)
		}
	}
	r.x, r.y = x0>>8, y0>>8
	r.w, r.h = x1>>8-r.x+1, y1>>8-r.y+1
	n := r.w * r.h
	if cap(r.rise) < n {
		r.rise, r.area = make([]int32, n), make([]int32, n)
	}
	r.rise, r.area = r.rise[:n], r.area[:n]
	clear(r.rise)
	clear(r.area)
	return !first
}

// line adds one side, row by row.
func (r *raster) line(x0, y0, x1, y1 int) {
	if y0 == y1 {
		return
	}
	sign := 1
	if y0 > y1 {
		x0, y0, x1, y1, sign = x1, y1, x0, y0, -1
	}
	x, y := x0, y0
	for y < y1 {
		end := min((y>>8+1)*one, y1)
		xEnd := x0 + (end-y0)*(x1-x0)/(y1-y0)
		r.row(y>>8, x, xEnd, (end-y)*sign)
		x, y = xEnd, end
	}
}

// row adds what rises by dy between x0 and x1 within one row, pixel by pixel.
func (r *raster) row(y, x0, x1, dy int) {
	if x0 > x1 {
		x0, x1 = x1, x0
	}
	if x0>>8 == x1>>8 {
		r.cell(y, x0>>8, x0&255, x1&255, dy)
		return
	}
	x, done := x0, 0
	for x < x1 {
		end := min((x>>8+1)*one, x1)
		upTo := dy * (end - x0) / (x1 - x0)
		r.cell(y, x>>8, x&255, end-x>>8*one, upTo-done)
		x, done = end, upTo
	}
}

func (r *raster) cell(y, x, from, to, dy int) {
	at := y*r.w + min(x, r.w-1)
	r.rise[at] += int32(dy)
	r.area[at] += int32((from + to) * dy)
}

// flatten appends a glyph's contours at a size, placed by the function.
func flatten(out [][]vertex, outline [][]sfnt.Point, place func(x, y int) vertex) [][]vertex {
	for _, c := range outline {
		if len(c) > 1 {
			out = append(out, flat(c, place))
		}
	}
	return out
}

// flat turns a contour into straight sides.
func flat(c []sfnt.Point, place func(x, y int) vertex) []vertex {
	middle := func(a, b sfnt.Point) sfnt.Point { return sfnt.Point{X: (a.X + b.X) / 2, Y: (a.Y + b.Y) / 2, On: true} }
	start := c[0]
	if !start.On {
		if start = c[len(c)-1]; !start.On {
			start = middle(c[0], c[len(c)-1])
		}
	}
	var out []vertex
	last := start
	out = append(out, place(start.X, start.Y))
	bend := sfnt.Point{On: true} // a bend that waits for its end; On: none
	to := func(p sfnt.Point) {
		if bend.On {
			out = append(out, place(p.X, p.Y))
		} else {
			out = curve(out, place(last.X, last.Y), place(bend.X, bend.Y), place(p.X, p.Y))
		}
		last, bend = p, sfnt.Point{On: true}
	}
	for _, p := range c {
		switch {
		case p.On:
			to(p)
		case bend.On:
			bend = p
		default:
			to(middle(bend, p))
			bend = p
		}
	}
	if !bend.On {
		to(start)
	}
	return out
}

// curve appends a quadratic Bézier curve as straight pieces of a few pixels.
func curve(out []vertex, a, b, c vertex) []vertex {
	length := max(abs(a.x-b.x)+abs(b.x-c.x), abs(a.y-b.y)+abs(b.y-c.y))
	n := 2 + length/(4*one)
	n = min(n, 48)
	for i := 1; i <= n; i++ {
		u, v, w := (n-i)*(n-i), 2*i*(n-i), i*i
		out = append(out, vertex{(u*a.x + v*b.x + w*c.x) / (n * n), (u*a.y + v*b.y + w*c.y) / (n * n)})
	}
	return out
}

func abs(n int) int { return max(n, -n) }
