package certificate

import (
	"github.com/passmuster/passmuster/internal/pdf"
)

// constant sets paragraphs that are the same on every certificate into the
// constant part. They are laid out as the changing ones are, when they are
// drawn: only the canvas knows how wide they are.
func (b *builder) constant(box boxSpec, align, place string, list []paragraph) {
	marks := make([]int, len(list))
	for i, p := range list {
		marks[i] = b.element(p.tag, b.wording(p.lang).Lang, false)
	}
	dx, dy := b.dx, b.dy
	b.labels = append(b.labels, func(c *pdf.Canvas) {
		lines, ok := b.layConstant(c, box, list)
		if !ok {
			*b.err = &tooLong{list[0].pattern}
			return
		}
		height := 0.0
		for _, l := range lines {
			height += l.before + l.height
		}
		y := dy + box.Y
		switch place {
		case "middle":
			y += (box.H - height) / 2
		case "bottom":
			y += box.H - height
		}
		for _, l := range lines {
			y += l.before
			label := l.label
			label.X, label.Y, label.Mark = dx+box.X, y+l.height/2+label.Size*0.36*mm, marks[l.paragraph]
			switch align {
			case "center":
				label.X, label.Align = label.X+box.W/2, 0.5
			case "right":
				label.X, label.Align = label.X+box.W, 1
			}
			c.Text(label)
			y += l.height
		}
	})
}

// mm is a point in millimetres.
const mm = 25.4 / 72

// constantLine is one line of a constant paragraph; lengths are millimetres.
type constantLine struct {
	label          pdf.Label
	paragraph      int
	before, height float64
}

// layConstant finds the largest scale at which the paragraphs fit their box.
func (b *builder) layConstant(c *pdf.Canvas, box boxSpec, list []paragraph) ([]constantLine, bool) {
	for scale := 100; scale >= leastPart; scale -= scaleStep {
		var all []constantLine
		height, ok := 0.0, true
		for i, p := range list {
			lines := b.layParagraph(c, p, box.W, float64(scale)/100)
			ok = ok && lines != nil
			for n := range lines {
				lines[n].paragraph = i
				if i > 0 && n == 0 {
					lines[n].before = p.style.Before * mm
				}
				height += lines[n].before + lines[n].height
			}
			all = append(all, lines...)
		}
		if ok && height <= box.H+0.01 {
			return all, true
		}
	}
	return nil, false
}

// layParagraph breaks a text at the largest size allowed; nil if it does not fit.
func (b *builder) layParagraph(c *pdf.Canvas, p paragraph, room, scale float64) []constantLine {
	s := p.style
	if hasHan(p.pattern) {
		s = s.forHan()
	}
	stack := b.stack(s.Face, p.pattern)
	for _, f := range s.Sizes {
		for size := max(f.To, f.From*scale); ; size = max(f.To, size-0.25) {
			// A track is as much of the size as the style says for its largest.
			track := s.Track * size / f.From
			lines := wrapConstant(c, p.pattern, stack, size, track, room)
			if lines != nil && len(lines) <= f.Lines {
				var out []constantLine
				for _, line := range lines {
					l := pdf.Label{Text: line, Stack: stack, Size: size, Track: track, Color: b.color(s.Color), Tagged: true}
					if s.Face == "bold" {
						l.Bold = boldOf(p.pattern, size)
					}
					out = append(out, constantLine{label: l, height: size * float64(s.Leading) / 100 * mm})
				}
				return out
			}
			if size == f.To {
				break
			}
		}
	}
	return nil
}

// wrapConstant breaks a text where lines may break; nil if a piece is too wide.
func wrapConstant(c *pdf.Canvas, s string, stack pdf.Stack, size, track, room float64) []string {
	wide := func(r []rune) bool {
		return (c.Width(string(r), stack, size)+float64(max(0, len(r)-1))*track)*mm > room+0.01
	}
	runes := []rune(s)
	var lines []string
	for len(runes) > 0 {
		if !wide(runes) {
			return append(lines, string(runes))
		}
		good := 0
		for i := 1; i < len(runes); i++ {
			if wide(runes[:i]) {
				break
			}
			if (rule{}).before(runes[i-1], runes[i]) {
				good = i
			}
		}
		if good == 0 {
			return nil
		}
		end := good
		for end > 0 && runes[end-1] == ' ' {
			end--
		}
		lines = append(lines, string(runes[:end]))
		runes = runes[good:]
	}
	return lines
}

// beside sets a label of the wording in the first language and, after it on the
// same line and in a style of its own, in the second.
func (b *builder) beside(x, y, room float64, say, style, second string) {
	first := b.constantOf(say, 0)
	if first == "" {
		return
	}
	one := b.design.resolved(style)
	other := b.design.resolved(second)
	next := ""
	if b.two() && second != "" {
		next = b.constantOf(say, 1)
	}
	marks := []int{b.element("P", b.wording(0).Lang, false), 0}
	if next != "" {
		marks[1] = b.element("P", b.wording(1).Lang, false)
	}
	x, y = b.dx+x, b.dy+y
	b.labels = append(b.labels, func(c *pdf.Canvas) {
		size := one.Sizes[0].From
		stack := b.stack(one.Face, first)
		c.Text(pdf.Label{Text: first, Stack: stack, Size: size, X: x, Y: y, Color: b.color(one.Color), Tagged: true, Mark: marks[0]})
		if next == "" {
			return
		}
		at := c.Width(first, stack, size)*mm + size*0.24
		size2 := other.Sizes[0].From
		stack2 := b.stack(other.Face, next)
		if w := c.Width(next, stack2, size2) * mm; at+w > room && w > 0 {
			size2 = max(other.Sizes[0].To, size2*(room-at)/w)
		}
		c.Text(pdf.Label{Text: next, Stack: stack2, Size: size2, X: x + at, Y: y, Color: b.color(other.Color), Tagged: true, Mark: marks[1]})
	})
}
