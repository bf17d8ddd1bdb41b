package pdf

import "errors"

// Stamp is a piece of a page, drawn and coded once for many. Some of its
// characters may be left open, see Line.Open.
type Stamp struct {
	pieces []piece // one more than slots
	slots  []slot
	marks  []int
}

// slot is a character to be filled in.
type slot struct {
	font    int
	advance int // thousandths of the size: what is filled in is as wide
	which   int // of the characters to fill in
}

// ErrOwn says that a stamp would need a glyph that the prefix lacks.
var ErrOwn = errors.New("not all glyphs are in the constant part")

// Stamp draws once what many pages will have. It fails with ErrOwn if a
// character is not in the prefix, since each file numbers its own anew.
func (b *Base) Stamp(draw func(p *Page)) (*Stamp, error) {
	p := b.page()
	p.content.out, p.content.size = p.content.out[:0], 0
	p.content.cut()
	p.slots, p.stamped = p.slots[:0], true
	s := &Stamp{}
	p.end.pieces = nil
	draw(p)
	p.stamped = false
	if p.err != nil {
		return nil, p.err
	}
	for i := range p.cuts {
		if len(p.cuts[i].runes) > 0 {
			return nil, ErrOwn
		}
	}
	s.pieces = append(p.end.pieces, p.content.cut())
	p.end.pieces = nil
	s.slots = append(s.slots, p.slots...)
	for mark, used := range p.used {
		if used {
			s.marks = append(s.marks, mark)
		}
	}
	b.pages.Put(p)
	return s, nil
}

// leave ends a piece at a character that the stamp leaves open.
func (p *Page) leave(at slot, own bool) {
	if own {
		return // Stamp will say ErrOwn
	}
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
	for _, slot := range s.slots {
		if slot.which >= len(open) || b.held[slot.font].get(open[slot.which]) == 0 || b.width(slot.font, open[slot.which]) != slot.advance {
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
		if i < len(s.slots) {
			slot := &s.slots[i]
			p.glyph(p.base.held[slot.font].get(open[slot.which]))
		}
	}
}
