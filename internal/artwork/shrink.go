package artwork

import (
	"image"
	"image/draw"
)

// shrink makes the picture at most side pixels long, each new pixel the average
// of the area that it covers; a smaller picture keeps its size. Colours are
// averaged with their alpha, so that what is hidden does not shine through.
func shrink(source image.Image, side int) *image.NRGBA {
	from := source.Bounds()
	w, h := fitted(from.Dx(), from.Dy(), side)
	if same, ok := source.(*image.NRGBA); ok && w == from.Dx() && h == from.Dy() {
		return bare(same) // exactly: what was taken in once stays the same
	}
	sums := make([]float64, w*h*4)
	row := image.NewRGBA(image.Rect(0, 0, from.Dx(), 1))
	line := make([]float64, w*4)
	for y := range from.Dy() {
		draw.Draw(row, row.Rect, source, image.Pt(from.Min.X, from.Min.Y+y), draw.Src)
		clear(line)
		for x := range from.Dx() {
			p := row.Pix[4*x : 4*x+4 : 4*x+4]
			spread(x, from.Dx(), w, func(to int, part float64) {
				s := line[4*to : 4*to+4 : 4*to+4]
				for c := range s {
					s[c] += part * float64(p[c])
				}
			})
		}
		spread(y, from.Dy(), h, func(to int, part float64) {
			for i, v := range line {
				sums[to*w*4+i] += part * v
			}
		})
	}
	return settle(sums, w, h)
}

// fitted is the size of a picture that is at most side long.
func fitted(w, h, side int) (int, int) {
	long := max(w, h)
	if long <= side {
		return w, h
	}
	return max(1, (w*side+long/2)/long), max(1, (h*side+long/2)/long)
}

// spread tells which of n cells the i-th of total pixels covers, and what part
// of the cell it is; n is at most total.
func spread(i, total, n int, add func(to int, part float64)) {
	begin, end := i*n, (i+1)*n // in units of 1/total of a cell
	to := begin / total
	if edge := (to + 1) * total; end > edge {
		add(to, float64(edge-begin)/float64(total))
		add(to+1, float64(end-edge)/float64(total))
		return
	}
	add(to, float64(n)/float64(total))
}

// settle turns sums of premultiplied colours into pixels.
func settle(sums []float64, w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := 0; i < len(sums); i += 4 {
		alpha := sums[i+3]
		if alpha < 0.5 {
			continue
		}
		for c := range 3 {
			m.Pix[i+c] = uint8(min(255, sums[i+c]*255/alpha+0.5))
		}
		m.Pix[i+3] = uint8(min(255, alpha+0.5))
	}
	return m
}

// bare copies a picture without the colours of what cannot be seen.
func bare(source *image.NRGBA) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, source.Rect.Dx(), source.Rect.Dy()))
	for y := range m.Rect.Dy() {
		copy(m.Pix[y*m.Stride:(y+1)*m.Stride], source.Pix[y*source.Stride:])
	}
	for i := 0; i < len(m.Pix); i += 4 {
		if m.Pix[i+3] == 0 {
			clear(m.Pix[i : i+3])
		}
	}
	return m
}
