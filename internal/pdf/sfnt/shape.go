package sfnt

// Point of an outline, in font units, y upwards. A point that is not On bends
// the line (quadratic Bézier); halfway between two such points lies one on it.
type Point struct {
	X, Y int
	On   bool
}

// Outline returns the closed contours of a glyph, components drawn out; nothing
// for a blank. They are to be filled by the non-zero rule.
func (f *Font) Outline(glyph uint16) [][]Point {
	var out [][]Point
	for _, c := range f.contours(int(glyph), 0) {
		points := make([]Point, len(c))
		for i, p := range c {
			points[i] = Point{p.x, p.y, p.on}
		}
		out = append(out, points)
	}
	return out
}
