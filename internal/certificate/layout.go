package certificate

import (
	"bytes"
	"fmt"
	"slices"
	"unicode/utf8"

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

	evenEnough = 300 // how near to the narrowest room a paragraph is balanced
)

var ruleColor = pdf.Color{R: 0x5B, G: 0x63, B: 0x70}

// measure knows the widths of a text's characters and where it may be broken.
type measure struct {
	runes []rune
	shown []rune // the same, with placeholders for what a stamp leaves open
	upTo  []int  // width of the characters before each, thousandths of the size
	track int
}

// set takes another text, in the memory of the last one.
func (m *measure) set(b *pdf.Base, s []byte, open []rune, stack pdf.Stack, track int) error {
	m.runes, m.shown, m.upTo, m.track = m.runes[:0], m.shown[:0], append(m.upTo[:0], 0), track
	total := 0
	for len(s) > 0 {
		r, n := utf8.DecodeRune(s)
		s = s[n:]
		m.shown = append(m.shown, r)
		if which := int(r) - pdf.Placeholder; which >= 0 && which < len(open) {
			r = open[which]
		}
		w, err := b.Advance(r, stack)
		if err != nil {
			return err
		}
		total += w
		m.runes, m.upTo = append(m.runes, r), append(m.upTo, total)
	}
	return nil
}

// width of the characters from..to at a size.
func (m *measure) width(from, to, size int) int {
	return ((m.upTo[to]-m.upTo[from])*size+500)/1000 + max(0, to-from-1)*m.track
}

// span is a line: characters from..to, without the spaces at its ends.
type span struct{ from, to int }

// wrap breaks the text into lines of at most room, over those in lines; not ok
// if a piece that must not be broken is wider.
func (m *measure) wrap(lines []span, size, room int, r rule) (_ []span, ok bool) {
	lines = lines[:0]
	if m.trimmed(0, len(m.runes), size) <= room {
		return append(lines, m.trim(0, len(m.runes))), true
	}
	start, good := 0, -1 // good: the last place where a break is allowed
	for i := 0; i <= len(m.runes); i++ {
		if i > start && i < len(m.runes) && r.before(m.runes[i-1], m.runes[i]) && m.trimmed(start, i, size) <= room {
			good = i
		}
		if i < len(m.runes) && (m.runes[i] == ' ' || m.width(start, i+1, size) <= room) {
			continue
		}
		if i == len(m.runes) {
			if m.trimmed(start, i, size) <= room {
				return append(lines, m.trim(start, i)), true
			}
		}
		switch {
		case good > start:
		case r.anywhere && i > start:
			good = i
		default:
			return lines, false
		}
		lines = append(lines, m.trim(start, good))
		start, good = m.skip(good), -1
		i = start - 1
	}
	return lines, true
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

// block is a text laid out.
type block struct {
	text   *text
	stack  pdf.Stack
	bold   int // thousandths of the size
	m      measure
	size   int
	lines  []span
	trial  []span
	height int
	skip   bool
	turn   int // characters before another language begins; 0: it does not
}

// lay chooses the largest size allowed at a scale (per cent).
func (b *block) lay(room, scale int, center bool) (ok bool) {
	fits := b.text.Fits
	for i, f := range fits {
		from := max(f.To, f.From*scale/100)
		last := i == len(fits)-1
		for size := from; ; size = max(f.To, size-sizeStep) {
			r := rule{name: b.text.Name, hyphen: f.Hyphen, anywhere: last && size == f.To}
			if b.lines, ok = b.m.wrap(b.lines, size, room, r); ok && len(b.lines) <= f.Lines {
				b.size = size
				if center {
					b.balance(room, r)
				}
				return true
			}
			if size == f.To {
				break
			}
		}
	}
	return false
}

// balance narrows the room as far as the number of lines stays, so that the
// lines of a centred paragraph are about equal.
func (b *block) balance(room int, r rule) {
	if len(b.lines) < 2 {
		return
	}
	low, high := room/len(b.lines)/2, room
	for high-low > evenEnough {
		middle := (low + high) / 2
		var ok bool
		if b.trial, ok = b.m.wrap(b.trial, b.size, middle, r); ok && len(b.trial) <= len(b.lines) {
			high = middle
			b.lines, b.trial = b.trial, b.lines
		} else {
			low = middle
		}
	}
}

// prepare makes blocks of the texts of a flow that have something to say.
func (d *drawing) prepare(f *flow) error {
	d.blocks = d.blocks[:0]
	d.before = d.before[:0]
	for i := range f.Texts {
		t := &f.Texts[i]
		d.small = d.fields[t.Lang].append(d.small[:0], t.Pattern[:t.Turn])
		turn := utf8.RuneCount(d.small)
		d.small = d.fields[t.Lang].append(d.small, t.Pattern[t.Turn:])
		s := d.small
		if len(s) == 0 || t.Again && bytes.Equal(s, d.before) {
			continue
		}
		d.before = append(d.before[:0], s...)
		b := d.block()
		face := d.form.Stacks[t.Style]
		b.text, b.stack, b.bold, b.skip, b.turn = t, face.Other, 0, false, turn
		if hasHan(s) {
			b.stack, b.bold = face.Han, face.Bold
		}
		if err := b.m.set(d.base, s, d.open, b.stack, t.Track); err != nil {
			return fmt.Errorf("set %q: %w", s, err)
		}
	}
	return nil
}

// block adds one, in the memory of an earlier one if there is any.
func (d *drawing) block() *block {
	n := len(d.blocks)
	if n < cap(d.blocks) {
		d.blocks = d.blocks[:n+1]
	} else {
		d.blocks = append(d.blocks, block{})
	}
	return &d.blocks[n]
}

// flow lays a flow out at the largest scale at which it fits, and draws it.
func (d *drawing) flow(f *flow) error {
	if f.If != "" && d.fields[d.form.Langs[0]][f.If] == "" {
		return nil
	}
	if err := d.prepare(f); err != nil || len(d.blocks) == 0 {
		return err
	}
	if f.Rule {
		d.page.Fill(f.X, d.base.Height-f.Y+ruleSpace, f.W, ruleWidth, ruleColor)
	}
	for _, spare := range [2]bool{true, false} {
		for i := range d.blocks {
			d.blocks[i].skip = d.blocks[i].text.Spare && !spare
		}
		for scale := 100; scale >= leastPart; scale -= scaleStep {
			if height, ok := d.fit(f, scale); ok {
				d.draw(f, height)
				return nil
			}
		}
	}
	longest := slices.MaxFunc(d.blocks, func(a, b block) int { return len(a.m.runes) - len(b.m.runes) })
	return &tooLong{string(longest.m.runes)}
}

// fit lays the blocks out at a scale; ok if all of them find room in the box.
func (d *drawing) fit(f *flow, scale int) (height int, ok bool) {
	first := true
	for i := range d.blocks {
		b := &d.blocks[i]
		if b.skip {
			continue
		}
		if !b.lay(f.W, scale, f.Align == "center") {
			return 0, false
		}
		b.height = len(b.lines) * b.size * b.text.Leading / 100
		height += b.height
		if !first {
			height += b.text.Before
		}
		first = false
	}
	return height, height <= f.H
}

// draw sets laid out blocks into their box.
func (d *drawing) draw(f *flow, height int) {
	top := f.Y
	switch f.Place {
	case "middle":
		top += (f.H - height) / 2
	case "bottom":
		top += f.H - height
	}
	first := true
	for i := range d.blocks {
		b := &d.blocks[i]
		if b.skip {
			continue
		}
		if !first {
			top += b.text.Before
		}
		first = false
		lines := d.setLines(f, b, top)
		if b.turn > 0 {
			first, other := b.parted(lines)
			d.page.Text(b.text.Mark, first)
			d.page.Text(b.text.Other, other)
		} else {
			d.page.Text(b.text.Mark, lines)
		}
		top += b.height
	}
}

// parted tells the lines before the turn from those after it.
func (b *block) parted(lines []pdf.Line) (first, other []pdf.Line) {
	for n, l := range b.lines {
		line := lines[n]
		at := min(max(0, b.turn-l.from), len(line.Text))
		before, after := line, line
		before.Text, after.Text = line.Text[:at], line.Text[at:]
		after.X += ((b.m.upTo[l.from+at]-b.m.upTo[l.from])*b.size+500)/1000 + at*b.text.Track
		if at > 0 {
			first = append(first, before)
		}
		if at < len(line.Text) {
			other = append(other, after)
		}
	}
	return first, other
}

// setLines places the lines of a block whose upper edge is at top.
func (d *drawing) setLines(f *flow, b *block, top int) []pdf.Line {
	d.lines = d.lines[:0]
	step := b.size * b.text.Leading / 100
	for n, l := range b.lines {
		x := f.X
		free := f.W - b.m.width(l.from, l.to, b.size)
		if n+1 < len(b.lines) && b.m.runes[l.to] == ' ' {
			l.to++ // seen by nobody, but whoever copies the text needs it
		}
		switch f.Align {
		case "center":
			x += free / 2
		case "right":
			x += free
		}
		// Letters stand 0.36 of their size below the middle of their line.
		baseline := top + n*step + step/2 + b.size*36/100
		d.lines = append(d.lines, pdf.Line{
			Text: b.m.shown[l.from:l.to], Stack: b.stack, Size: b.size, Track: b.text.Track,
			X: x, Y: d.base.Height - baseline, Bold: b.bold * b.size / 1000, Color: b.text.Color, Open: d.open,
		})
	}
	return d.lines
}
