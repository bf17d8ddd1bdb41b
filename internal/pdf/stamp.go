package pdf

import "slices"

// Stamp is a piece of a page, drawn and coded once for many. Left open in it are
// the glyphs that the prefix lacks, which each file numbers anew, and characters
// to be filled in, see Line.Open.
type Stamp struct {
	pieces []piece // one more than slots
	slots  []slot
	marks  []int
}

// slot is a glyph to be put in.
type slot struct {
	font    int
	which   int // of the characters to fill in; -1: own
	advance int // thousandths of the size: what is filled in is as wide

	own   rune // that the prefix lacks
	glyph uint16
}

// BeginStamp starts a stamp: what is drawn on the page goes into it.
func (b *Base) BeginStamp() *Page {
	p := b.page()
	p.content.drop()
	p.slots, p.end.pieces, p.stamped = p.slots[:0], p.end.pieces[:0], true
	return p
}

// EndStamp returns the stamp of what was drawn since BeginStamp; the page is used
// up.
func (p *Page) EndStamp() (*Stamp, error) {
	defer p.Release()
	p.stamped = false
	if p.err != nil {
		return nil, p.err
	}
	p.end.pieces = append(p.end.pieces, p.content.cut())
	s := &Stamp{pieces: slices.Clone(p.end.pieces), slots: slices.Clone(p.slots)}
	for mark, used := range p.used {
		if used {
			s.marks = append(s.marks, mark)
		}
	}
	return s, nil
}

// Whole reports whether nothing is left open.
func (s *Stamp) Whole() bool { return len(s.slots) == 0 }

// leave ends a piece at a glyph that the stamp leaves open.
func (p *Page) leave(at slot) {
	p.end.pieces = append(p.end.pieces, p.content.cut())
	p.slots = append(p.slots, at)
}

// width is the advance of a character that the font is known to have.
func (b *Base) width(font int, r rune) int {
	face := b.face(font)
	return advance(face, face.Glyph(r))
}

// Suits reports whether the characters fit into the stamp's slots: in the
// fonts that it was drawn with, of which the prefix has them, and as wide.
func (b *Base) Suits(s *Stamp, open []rune) bool {
	for i := range s.slots {
		at := &s.slots[i]
		if at.which < 0 {
			continue
		}
		if at.advance < 0 || at.which >= len(open) || b.held[at.font].get(open[at.which]) == 0 || b.width(at.font, open[at.which]) != at.advance {
			return false
		}
	}
	return true
}

// Paste draws a stamp with its slots filled in; the characters must suit.
func (p *Page) Paste(s *Stamp, open []rune) {
	for _, mark := range s.marks {
		if !p.use(mark) {
			return
		}
	}
	for i := range s.pieces {
		p.content.piece(&s.pieces[i])
		if i == len(s.slots) {
			return
		}
		if at := &s.slots[i]; at.which < 0 {
			p.glyph(p.cutOf(at.font).add(at.own, at.glyph))
		} else {
			p.glyph(p.base.held[at.font].get(open[at.which]))
		}
	}
}
