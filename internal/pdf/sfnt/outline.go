package sfnt

import "math"

// point of a contour, in font units; off-curve points bend it.
type point struct {
	x, y int
	on   bool
}

// Flags of a point (simple glyph description).
const (
	onCurve = 1 << iota
	shortX
	shortY
	repeated
	sameX // or positive, if short
	sameY
)

// Flags of a component (composite glyph description).
const (
	wordArguments = 0x0001
	areOffsets    = 0x0002
	oneScale      = 0x0008
	more          = 0x0020
	twoScales     = 0x0040
	matrix        = 0x0080
)

const (
	unitBits = 14 // fraction bits of a component's scale (F2DOT14)
	unit     = 1 << unitBits
	deepest  = 6 // components within components
)

// contours returns a glyph's outline with its components drawn out, so that a
// cut-out font needs no glyph besides those that it names.
func (f *Font) contours(glyph, depth int) [][]point {
	d := f.data(glyph)
	if len(d) < 10 || depth > deepest {
		return nil
	}
	if n := d.i16(0); n >= 0 {
		return simple(d, n)
	}
	return f.composite(d, depth)
}

func (f *Font) composite(d table, depth int) (out [][]point) {
	for at := 10; at+4 <= len(d); {
		flags, glyph := d.u16(at), d.u16(at+2)
		at += 4
		var dx, dy int
		if flags&wordArguments != 0 {
			dx, dy = d.i16(at), d.i16(at+2)
			at += 4
		} else {
			dx, dy = int(int8(d.u8(at))), int(int8(d.u8(at+1)))
			at += 2
		}
		if flags&areOffsets == 0 { // matched points: not used by our fonts
			dx, dy = 0, 0
		}
		// In whole numbers of 1/16384: the same on every processor.
		m := [4]int{unit, 0, 0, unit}
		switch {
		case flags&oneScale != 0:
			m[0], m[3] = d.i16(at), d.i16(at)
			at += 2
		case flags&twoScales != 0:
			m[0], m[3] = d.i16(at), d.i16(at+2)
			at += 4
		case flags&matrix != 0:
			m = [4]int{d.i16(at), d.i16(at + 2), d.i16(at + 4), d.i16(at + 6)}
			at += 8
		}
		for _, c := range f.contours(glyph, depth+1) {
			for i, p := range c {
				c[i].x = (m[0]*p.x+m[2]*p.y+unit/2)>>unitBits + dx
				c[i].y = (m[1]*p.x+m[3]*p.y+unit/2)>>unitBits + dy
			}
			out = append(out, c)
		}
		if flags&more == 0 {
			break
		}
	}
	return out
}

func simple(d table, n int) [][]point {
	if n == 0 {
		return nil
	}
	points := d.u16(10+2*(n-1)) + 1
	at := 10 + 2*n
	at += 2 + d.u16(at) // the hinting program
	flags := make([]int, 0, points)
	for len(flags) < points && at < len(d) {
		b := d.u8(at)
		at++
		times := 1
		if b&repeated != 0 {
			times += d.u8(at)
			at++
		}
		for range times {
			flags = append(flags, b)
		}
	}
	if len(flags) < points {
		return nil
	}
	all := make([]point, points)
	coordinate := func(short, same int, set func(i, v int)) {
		v := 0
		for i := range all {
			switch b := flags[i]; {
			case b&short != 0:
				step := d.u8(at)
				at++
				if b&same == 0 {
					step = -step
				}
				v += step
			case b&same == 0:
				v += d.i16(at)
				at += 2
			}
			set(i, v)
		}
	}
	coordinate(shortX, sameX, func(i, v int) { all[i].x, all[i].on = v, flags[i]&onCurve != 0 })
	coordinate(shortY, sameY, func(i, v int) { all[i].y = v })
	return apart(all, d, n)
}

// apart splits the points at the ends of the n contours.
func apart(all []point, d table, n int) [][]point {
	out := make([][]point, 0, n)
	from := 0
	for i := range n {
		to := d.u16(10+2*i) + 1
		if to < from || to > len(all) {
			return out
		}
		out = append(out, all[from:to:to])
		from = to
	}
	return out
}

// appendGlyph writes contours as a simple glyph without hints, padded to a
// multiple of 4 bytes, so that checksums of glyphs add up to that of their
// table; nothing for a blank.
func appendGlyph(o []byte, contours [][]point) []byte {
	if len(contours) == 0 {
		return o
	}
	start := len(o)
	o = be.AppendUint16(o, uint16(len(contours)))
	x0, y0, x1, y1 := bounds(contours)
	for _, v := range [4]int{x0, y0, x1, y1} {
		o = be.AppendUint16(o, uint16(int16(v)))
	}
	end := -1
	for _, c := range contours {
		end += len(c)
		o = be.AppendUint16(o, uint16(end))
	}
	o = be.AppendUint16(o, 0) // no instructions
	var xs, ys, flags []byte
	last := point{}
	for _, c := range contours {
		for _, p := range c {
			flag := byte(0)
			if p.on {
				flag = onCurve
			}
			var f byte
			xs, f = appendStep(xs, p.x-last.x, shortX, sameX)
			flag |= f
			ys, f = appendStep(ys, p.y-last.y, shortY, sameY)
			flags = append(flags, flag|f)
			last = p
		}
	}
	o = append(append(appendFlags(o, flags), xs...), ys...)
	for (len(o)-start)%4 != 0 {
		o = append(o, 0)
	}
	return o
}

// appendFlags writes runs of three or more equal flags as one and a count.
func appendFlags(o, flags []byte) []byte {
	for len(flags) > 0 {
		n := 1
		for n < len(flags) && n < 256 && flags[n] == flags[0] {
			n++
		}
		if n < 3 {
			n = 1
			o = append(o, flags[0])
		} else {
			o = append(o, flags[0]|repeated, byte(n-1))
		}
		flags = flags[n:]
	}
	return o
}

func appendStep(o []byte, step int, short, same byte) ([]byte, byte) {
	switch {
	case step == 0:
		return o, same
	case step > 0 && step < 256:
		return append(o, byte(step)), short | same
	case step < 0 && step > -256:
		return append(o, byte(-step)), short
	}
	return be.AppendUint16(o, uint16(int16(step))), 0
}

func bounds(contours [][]point) (x0, y0, x1, y1 int) {
	x0, y0, x1, y1 = math.MaxInt16, math.MaxInt16, math.MinInt16, math.MinInt16
	for _, c := range contours {
		for _, p := range c {
			x0, y0 = min(x0, p.x), min(y0, p.y)
			x1, y1 = max(x1, p.x), max(y1, p.y)
		}
	}
	return x0, y0, x1, y1
}
