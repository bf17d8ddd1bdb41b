package certificate

import (
	"strings"
	"unicode/utf8"

	"github.com/passmuster/passmuster/internal/pdf"
)

// constant sets paragraphs that are the same on every certificate into the
// constant part. They are laid out as the changing ones are, when they are
// drawn: only the canvas knows how wide they are.
func (b *builder) constant(box boxSpec, align, place string, list []paragraph) {
	marks := make([][2]int, len(list)) // before the turn and after it
	for i, p := range list {
		marks[i][0] = b.element(p.tag, b.wording(p.lang).Lang, false)
		if p.turn > 0 {
			marks[i][1] = b.element("", b.wording(1).Lang, false)
		}
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
			label, text := l.label, l.label.Text
			free := box.W - wide(c, strings.TrimRight(text, " "), label)
			label.X, label.Y = dx+box.X, y+l.height/2+label.Size*0.36*mm
			switch align {
			case "center":
				label.X += free / 2
			case "right":
				label.X += free
			}
			for i, part := range [2]string{text[:l.turn], text[l.turn:]} {
				if part != "" {
					label.Text, label.Mark = part, marks[l.paragraph][i]
					c.Text(label)
					label.X += wide(c, part, label) + label.Track*mm
				}
			}
			y += l.height
		}
	})
}

// wide is how wide a text is in a label's letters, in millimetres.
func wide(c *pdf.Canvas, text string, l pdf.Label) float64 {
	return (c.Width(text, l.Stack, l.Size) + float64(max(0, utf8.RuneCountInString(text)-1))*l.Track) * mm
}

// mm is a point in millimetres.
const mm = 25.4 / 72

// constantLine is one line of a constant paragraph; lengths are millimetres.
type constantLine struct {
	label          pdf.Label
	paragraph      int
	turn           int // bytes before the paragraph's turn
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
				turn := p.turn
				if turn == 0 {
					turn = len(p.pattern)
				}
				for _, line := range lines {
					l := pdf.Label{Text: line, Stack: stack, Size: size, Track: track, Color: b.color(s.Color), Tagged: true}
					if s.Face == "bold" {
						l.Bold = boldOf(p.pattern, size)
					}
					out = append(out, constantLine{label: l, turn: min(turn, len(line)), height: size * float64(s.Leading) / 100 * mm})
					turn -= min(turn, len(line))
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

// wrapConstant breaks a text where lines may break, with the spaces at their
// ends: seen by nobody, but whoever copies the text needs them. It is nil if a
// piece is too wide.
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
		lines = append(lines, string(runes[:good]))
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
