package interop_test

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
)

// typeface reads outlines straight from a font file (OpenType 1.9, glyf), apart
// from the reader that cuts the fonts for certificates.
type typeface struct {
	tables map[string][]byte
	upem   float64
}

func openTypeface(file []byte) *typeface {
	f := &typeface{tables: map[string][]byte{}}
	for i := range int(binary.BigEndian.Uint16(file[4:])) {
		e := file[12+16*i:]
		at := binary.BigEndian.Uint32(e[8:])
		f.tables[string(e[:4])] = file[at : at+binary.BigEndian.Uint32(e[12:])]
	}
	f.upem = float64(binary.BigEndian.Uint16(f.tables["head"][18:]))
	return f
}

func (f *typeface) u16(table string, at int) int {
	return int(binary.BigEndian.Uint16(f.tables[table][at:]))
}

func (f *typeface) i16(table string, at int) int { return int(int16(f.u16(table, at))) }

// glyph looks a character up in the table of format 12.
func (f *typeface) glyph(r rune) int {
	for i := range f.u16("cmap", 2) {
		sub := f.tables["cmap"][binary.BigEndian.Uint32(f.tables["cmap"][4+8*i+4:]):]
		if binary.BigEndian.Uint16(sub) != 12 {
			continue
		}
		for g := range int(binary.BigEndian.Uint32(sub[12:])) {
			e := sub[16+12*g:]
			first, last := binary.BigEndian.Uint32(e), binary.BigEndian.Uint32(e[4:])
			if uint32(r) >= first && uint32(r) <= last {
				return int(binary.BigEndian.Uint32(e[8:]) + uint32(r) - first)
			}
		}
	}
	return 0
}

// advance is a glyph's width in ems.
func (f *typeface) advance(glyph int) float64 {
	return float64(f.u16("hmtx", 4*min(glyph, f.u16("hhea", 34)-1))) / f.upem
}

type point struct{ x, y float64 }

// outline returns a glyph's closed lines in ems, y upwards.
func (f *typeface) outline(glyph, depth int) ([][]point, error) {
	var from, to int
	if f.u16("head", 50) != 0 {
		from, to = int(binary.BigEndian.Uint32(f.tables["loca"][4*glyph:])), int(binary.BigEndian.Uint32(f.tables["loca"][4*glyph+4:]))
	} else {
		from, to = 2*f.u16("loca", 2*glyph), 2*f.u16("loca", 2*glyph+2)
	}
	if from == to {
		return nil, nil
	}
	if depth > 5 {
		return nil, errors.New("glyphs within glyphs without end")
	}
	if n := f.i16("glyf", from); n >= 0 {
		return f.simple(from, n), nil
	}
	return f.composite(from+10, depth)
}

// composite puts parts together.
func (f *typeface) composite(at, depth int) (all [][]point, err error) {
	const words, xy, scale, more, xyScale, matrix = 1, 2, 8, 32, 64, 128
	f2 := func(at int) float64 { return float64(f.i16("glyf", at)) / 16384 }
	for {
		flags, part := f.u16("glyf", at), f.u16("glyf", at+2)
		at += 4
		var dx, dy float64
		if flags&words != 0 {
			dx, dy = float64(f.i16("glyf", at)), float64(f.i16("glyf", at+2))
			at += 4
		} else {
			dx, dy = float64(int8(f.tables["glyf"][at])), float64(int8(f.tables["glyf"][at+1]))
			at += 2
		}
		if flags&xy == 0 {
			return nil, errors.New("a part is placed by points")
		}
		m := [4]float64{1, 0, 0, 1}
		switch {
		case flags&scale != 0:
			m[0], m[3] = f2(at), f2(at)
			at += 2
		case flags&xyScale != 0:
			m[0], m[3] = f2(at), f2(at+2)
			at += 4
		case flags&matrix != 0:
			m = [4]float64{f2(at), f2(at + 2), f2(at + 4), f2(at + 6)}
			at += 8
		}
		lines, err := f.outline(part, depth+1)
		if err != nil {
			return nil, err
		}
		for _, l := range lines {
			for i, p := range l {
				l[i] = point{m[0]*p.x + m[2]*p.y + dx/f.upem, m[1]*p.x + m[3]*p.y + dy/f.upem}
			}
			all = append(all, l)
		}
		if flags&more == 0 {
			return all, nil
		}
	}
}

// simple reads contours and makes lines of their curves.
func (f *typeface) simple(at, contours int) (all [][]point) {
	b := f.tables["glyf"]
	ends := make([]int, contours)
	for i := range ends {
		ends[i] = f.u16("glyf", at+10+2*i)
	}
	if contours == 0 {
		return nil
	}
	n := ends[contours-1] + 1
	at += 10 + 2*contours
	at += 2 + f.u16("glyf", at)
	flags := make([]byte, 0, n)
	for len(flags) < n {
		flag := b[at]
		at++
		flags = append(flags, flag)
		if flag&8 != 0 {
			for range b[at] {
				flags = append(flags, flag)
			}
			at++
		}
	}
	axis := func(short, same byte) []float64 {
		out := make([]float64, n)
		v := 0
		for i, flag := range flags[:n] {
			switch {
			case flag&short != 0:
				d := int(b[at])
				if flag&same == 0 {
					d = -d
				}
				v += d
				at++
			case flag&same == 0:
				v += f.i16("glyf", at)
				at += 2
			}
			out[i] = float64(v) / f.upem
		}
		return out
	}
	x, y := axis(2, 16), axis(4, 32)
	begin := 0
	for _, end := range ends {
		var pts []point
		var on []bool
		for i := begin; i <= end; i++ {
			pts, on = append(pts, point{x[i], y[i]}), append(on, flags[i]&1 != 0)
		}
		all = append(all, flatten(pts, on))
		begin = end + 1
	}
	return all
}

func middle(a, b point) point { return point{(a.x + b.x) / 2, (a.y + b.y) / 2} }

// flatten makes lines of quadratic curves; between two controls lies a point.
func flatten(pts []point, on []bool) (out []point) {
	n := len(pts)
	if n == 0 {
		return nil
	}
	last := pts[0]
	if !on[0] {
		if last = pts[n-1]; !on[n-1] {
			last = middle(pts[0], pts[n-1])
		}
	}
	out = append(out, last)
	for i := range n {
		if on[i] {
			last = pts[i]
			out = append(out, last)
			continue
		}
		next := pts[(i+1)%n]
		if !on[(i+1)%n] {
			next = middle(pts[i], next)
		}
		for s := 1; s <= 8; s++ {
			t := float64(s) / 8
			out = append(out, point{(1-t)*(1-t)*last.x + 2*t*(1-t)*pts[i].x + t*t*next.x, (1-t)*(1-t)*last.y + 2*t*(1-t)*pts[i].y + t*t*next.y})
		}
		last = next
	}
	return out
}

// fill paints an outline into w by h cells: the part of each that is inked, the
// lower left corner of the outline's em at (x, y) cells from the upper left, one
// em being size cells.
func fill(lines [][]point, w, h int, x, y, size float64) []float64 {
	const fine = 4 // lines of each cell
	out := make([]float64, w*h)
	type crossing struct {
		x   float64
		dir int
	}
	for row := range h * fine {
		at := (float64(row) + 0.5) / fine
		var cross []crossing
		for _, l := range lines {
			for i, p := range l {
				q := l[(i+1)%len(l)]
				py, qy := y-p.y*size, y-q.y*size
				if (py <= at) == (qy <= at) {
					continue
				}
				dir := 1
				if py > qy {
					dir = -1
				}
				cross = append(cross, crossing{x + size*(p.x+(q.x-p.x)*(at-py)/(qy-py)), dir})
			}
		}
		slices.SortFunc(cross, func(a, b crossing) int {
			if a.x < b.x {
				return -1
			}
			return 1
		})
		wind := 0
		for i := 0; i+1 < len(cross); i++ {
			if wind += cross[i].dir; wind == 0 {
				continue
			}
			for c := max(0, int(cross[i].x)); c < w && float64(c) < cross[i+1].x; c++ {
				out[row/fine*w+c] += max(0, math.Min(float64(c+1), cross[i+1].x)-math.Max(float64(c), cross[i].x)) / fine
			}
		}
	}
	return out
}

// alike is the correlation of two pictures: 1 for the same, about 0 for strangers.
func alike(a, b []float64) float64 {
	var ma, mb float64
	for i := range a {
		ma, mb = ma+a[i]/float64(len(a)), mb+b[i]/float64(len(a))
	}
	var ab, aa, bb float64
	for i := range a {
		ab, aa, bb = ab+(a[i]-ma)*(b[i]-mb), aa+(a[i]-ma)*(a[i]-ma), bb+(b[i]-mb)*(b[i]-mb)
	}
	if aa == 0 || bb == 0 {
		return 0
	}
	return ab / math.Sqrt(aa*bb)
}
