package certificate

import (
	"fmt"
	"slices"

	"github.com/passmuster/passmuster/internal/pdf"
)

// tooLong says that a text does not fit its box at the smallest size.
type tooLong struct{ text string }

func (e *tooLong) Error() string { return fmt.Sprintf("text does not fit: %q", e.text) }

const (
	sizeStep  = 25  // hundredths of a point between sizes that are tried
	scaleStep = 4   // per cent between scales of a flow that are tried
	leastPart = 52  // per cent: the least scale of a flow
	ruleWidth = 40  // hundredths of a point
	ruleSpace = 150 // between a rule and its flow
)

var ruleColor = pdf.Color{R: 0x5B, G: 0x63, B: 0x70}

// measure knows the widths of a text's characters and where it may be broken.
type measure struct {
	runes []rune
	upTo  []int // width of the characters before each, thousandths of the size
	track int
	spots map[rule][]bool // by rule: whether a line may begin at each character
}

func newMeasure(b *pdf.Base, s string, stack pdf.Stack, track int) (*measure, error) {
	m := &measure{runes: []rune(s), upTo: []int{0}, track: track, spots: map[rule][]bool{}}
	for i, r := range m.runes {
		w, err := b.TextWidth(string(r), stack, 1000, 0)
		if err != nil {
			return nil, err
		}
		m.upTo = append(m.upTo, m.upTo[i]+w)
	}
	return m, nil
}

// breaks returns where a line may begin by a rule.
func (m *measure) breaks(r rule) []bool {
	if m.spots[r] == nil {
		spots := make([]bool, len(m.runes)+1)
		for i := 1; i < len(m.runes); i++ {
			spots[i] = r.before(m.runes[i-1], m.runes[i])
		}
		m.spots[r] = spots
	}
	return m.spots[r]
}

// width of the characters from..to at a size.
func (m *measure) width(from, to, size int) int {
	return ((m.upTo[to]-m.upTo[from])*size+500)/1000 + max(0, to-from-1)*m.track
}

// span is a line: characters from..to, without the spaces at its ends.
type span struct{ from, to int }

// wrap breaks the text into lines of at most room; nil if a piece that must
// not be broken is wider.
func (m *measure) wrap(size, room int, r rule) []span {
	if m.trimmed(0, len(m.runes), size) <= room {
		return []span{m.trim(0, len(m.runes))}
	}
	breaks := m.breaks(r)
	var lines []span
	start, good := 0, -1 // good: the last place where a break is allowed
	for i := 0; i <= len(m.runes); i++ {
		if i > start && breaks[i] && m.trimmed(start, i, size) <= room {
			good = i
		}
		if i < len(m.runes) && (m.runes[i] == ' ' || m.width(start, i+1, size) <= room) {
			continue
		}
		if i == len(m.runes) {
			if m.trimmed(start, i, size) <= room {
				return append(lines, m.trim(start, i))
			}
		}
		switch {
		case good > start:
		case r.anywhere && i > start:
			good = i
		default:
			return nil
		}
		lines = append(lines, m.trim(start, good))
		start, good = m.skip(good), -1
		i = start - 1
	}
	return lines
}

func (m *measure) skip(i int) int {
	for i < len(m.runes) && m.runes[i] == ' ' {
		i++
	}
	return i
}

func (m *measure) trim(from, to int) span {
	for to > from && m.runes[to-1] == ' ' {
		to--
	}
	return span{from, to}
}

func (m *measure) trimmed(from, to, size int) int {
	s := m.trim(from, to)
	return m.width(s.from, s.to, size)
}

// balance narrows the room as far as the number of lines stays, so that the
// lines of a centred paragraph are about equal.
func (m *measure) balance(lines []span, size, room int, r rule) []span {
	if len(lines) < 2 {
		return lines
	}
	low, high := room/len(lines)/2, room
	for high-low > 50 {
		middle := (low + high) / 2
		if l := m.wrap(size, middle, r); l != nil && len(l) <= len(lines) {
			high, lines = middle, l
		} else {
			low = middle
		}
	}
	return lines
}

// block is a text laid out.
type block struct {
	text   text
	stack  pdf.Stack
	bold   int // thousandths of the size
	m      *measure
	size   int
	lines  []span
	height int
}

// lay chooses the largest size allowed at a scale (per cent).
func (t text) lay(m *measure, room, scale int, center bool) (size int, lines []span, ok bool) {
	for i, f := range t.Fits {
		from := max(f.To, f.From*scale/100)
		last := i == len(t.Fits)-1
		for size := from; ; size = max(f.To, size-sizeStep) {
			r := rule{name: t.Name, hyphen: f.Hyphen, anywhere: last && size == f.To}
			lines := m.wrap(size, room, r)
			if lines != nil && len(lines) <= f.Lines {
				if center {
					lines = m.balance(lines, size, room, r)
				}
				return size, lines, true
			}
			if size == f.To {
				break
			}
		}
	}
	return 0, nil, false
}

// blocks prepares the texts of a flow that have something to say.
func (d *drawing) blocks(f flow) ([]*block, error) {
	var out []*block
	before := ""
	for _, t := range f.Texts {
		s := d.fields[t.Lang].fill(t.Pattern)
		if s == "" || t.Again && s == before {
			continue
		}
		before = s
		face := d.form.Stacks[t.Style]
		b := &block{text: t, stack: face.Other}
		if hasHan(s) {
			b.stack, b.bold = face.Han, face.Bold
		}
		var err error
		if b.m, err = newMeasure(d.base, s, b.stack, t.Track); err != nil {
			return nil, fmt.Errorf("set %q: %w", s, err)
		}
		out = append(out, b)
	}
	return out, nil
}

// flow lays a flow out at the largest scale at which it fits, and draws it.
func (d *drawing) flow(f flow) error {
	if f.If != "" && d.fields[d.form.Langs[0]][f.If] == "" {
		return nil
	}
	blocks, err := d.blocks(f)
	if err != nil || len(blocks) == 0 {
		return err
	}
	if f.Rule {
		d.page.Fill(f.X, d.base.Height-f.Y+ruleSpace, f.W, ruleWidth, ruleColor)
	}
	needed := slices.DeleteFunc(slices.Clone(blocks), func(b *block) bool { return b.text.Spare })
	for _, some := range [][]*block{blocks, needed} {
		for scale := 100; scale >= leastPart; scale -= scaleStep {
			if height, ok := f.fit(some, scale); ok {
				d.draw(f, some, height)
				return nil
			}
		}
	}
	longest := slices.MaxFunc(blocks, func(a, b *block) int { return len(a.m.runes) - len(b.m.runes) })
	return &tooLong{string(longest.m.runes)}
}

// fit lays the blocks out at a scale; ok if all of them find room in the box.
func (f flow) fit(blocks []*block, scale int) (height int, ok bool) {
	for i, b := range blocks {
		if b.size, b.lines, ok = b.text.lay(b.m, f.W, scale, f.Align == "center"); !ok {
			return 0, false
		}
		b.height = len(b.lines) * b.size * b.text.Leading / 100
		height += b.height
		if i > 0 {
			height += b.text.Before
		}
	}
	return height, height <= f.H
}

// draw sets laid out blocks into their box.
func (d *drawing) draw(f flow, blocks []*block, height int) {
	top := f.Y
	switch f.Place {
	case "middle":
		top += (f.H - height) / 2
	case "bottom":
		top += f.H - height
	}
	for i, b := range blocks {
		if i > 0 {
			top += b.text.Before
		}
		var lines []pdf.Line
		step := b.size * b.text.Leading / 100
		for n, l := range b.lines {
			x := f.X
			free := f.W - b.m.width(l.from, l.to, b.size)
			switch f.Align {
			case "center":
				x += free / 2
			case "right":
				x += free
			}
			// Letters stand 0.36 of their size below the middle of their line.
			baseline := top + n*step + step/2 + b.size*36/100
			lines = append(lines, pdf.Line{
				Text: string(b.m.runes[l.from:l.to]), Stack: b.stack, Size: b.size, Track: b.text.Track,
				X: x, Y: d.base.Height - baseline, Bold: b.bold * b.size / 1000, Color: b.text.Color,
			})
		}
		d.page.Text(b.text.Mark, lines)
		top += b.height
	}
}
