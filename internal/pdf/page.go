package pdf

import (
	"errors"
	"fmt"
	"slices"

	"github.com/passmuster/passmuster/internal/pdf/qr"
	"github.com/passmuster/passmuster/internal/pdf/sfnt"
)

// Decoration is the mark of what readers of the text skip.
const Decoration = -1

// Page is the changing part of one file under construction. Finish ends it;
// its memory then serves another.
type Page struct {
	base    *Base
	shared  *Shared // what it begins with, if anything
	content stream
	cuts    []cut  // by font: the glyphs that the prefix lacks
	used    []bool // by mark
	slots   []slot // of the stamp that is being made
	stamped bool   // a stamp is being made
	err     error

	small []byte // of a number, a dictionary, a subset
	end   ending
}

// Line is one line of text.
type Line struct {
	Text  []rune
	Stack Stack
	Size  int // hundredths of a point, as everything here
	X, Y  int // left end of the baseline
	Track int // space after each character
	Bold  int // outline, for faces without a bold
	Color Color
	Open  []rune // what Placeholder+i in Text stands for; a stamp leaves it open
}

// Placeholder is the first of the characters that stand for another one in a
// line, see Line.Open. They are of a private plane: no text has them.
const Placeholder = 0xF0000

// Begin starts the changing part of a file.
func (b *Base) Begin() *Page {
	p := b.page()
	p.content.begin(p.content.out[:0])
	return p
}

// BeginWith is Begin of a file that goes on from what it shares with others.
func (b *Base) BeginWith(s *Shared) *Page {
	p := b.Begin()
	p.shared = s
	for _, mark := range s.marks {
		p.used[mark] = true
	}
	return p
}

func (b *Base) page() *Page {
	p, ok := b.pages.Get().(*Page)
	if !ok {
		p = &Page{base: b, cuts: make([]cut, len(b.fonts)), used: make([]bool, len(b.changes))}
		p.content.s, p.content.keep = b.squeezer, b.untrained
	}
	for i := range p.cuts {
		p.cuts[i].empty()
	}
	clear(p.used)
	p.err, p.shared = nil, nil
	return p
}

// TextWidth is how wide a text is, in hundredths of a point.
func (b *Base) TextWidth(text string, stack Stack, size, track int) (int, error) {
	thousandths, n := 0, 0
	for _, r := range text {
		w, err := b.Advance(r, stack)
		if err != nil {
			return 0, err
		}
		thousandths += w
		n++
	}
	return (thousandths*size+500)/1000 + max(0, n-1)*track, nil
}

// Advance is the width of a character in thousandths of the font size.
func (b *Base) Advance(r rune, stack Stack) (int, error) {
	font, glyph, err := find(b.fonts, stack, r)
	if err != nil {
		return 0, err
	}
	face, err := b.fonts[font].Face()
	if err != nil {
		return 0, err
	}
	return advance(face, glyph), nil
}

// Draws reports whether a font of the stack has the character.
func (b *Base) Draws(r rune, stack Stack) bool {
	_, _, err := find(b.fonts, stack, r)
	return err == nil
}

// Release gives the memory of a page back that will not be finished.
func (p *Page) Release() { p.base.pages.Put(p) }

// Text sets lines under one mark, or as Decoration. A mark can be set once.
func (p *Page) Text(mark int, lines []Line) {
	if p.err != nil {
		return
	}
	p.open(mark, "Span")
	for i := range lines {
		l := &lines[i]
		o := append(appendColor(append(p.small[:0], "q BT "...), l.Color), "rg "...)
		if l.Bold > 0 {
			o = append(appendColor(o, l.Color), "RG "...)
			o = append(appendHundredths(o, l.Bold), " w 2 Tr "...)
		}
		if l.Track != 0 {
			o = append(appendHundredths(o, l.Track), " Tc "...)
		}
		o = append(appendHundredths(append(o, "1 0 0 1 "...), l.X), ' ')
		o = append(appendHundredths(o, l.Y), " Tm "...)
		p.write(o)
		p.runs(l)
		p.write(append(p.small[:0], "ET Q\n"...))
	}
	p.closeMark()
}

// write adds operators made in the page's small memory.
func (p *Page) write(o []byte) {
	p.content.write(o)
	p.small = o[:0]
}

func (p *Page) closeMark() { p.write(append(p.small[:0], "EMC\n"...)) }

func (p *Page) open(mark int, tag string) {
	if mark == Decoration {
		p.write(append(p.small[:0], "/Artifact BMC\n"...))
		return
	}
	if !p.use(mark) {
		return
	}
	o := append(append(append(p.small[:0], '/'), tag...), " <</MCID "...)
	p.write(append(appendInt(o, mark), ">> BDC\n"...))
}

func (p *Page) use(mark int) bool {
	if mark < 0 || mark >= len(p.used) || !p.base.changes[mark] || p.used[mark] {
		p.err = fmt.Errorf("mark %d is set twice or is not a changing one", mark)
		return false
	}
	p.used[mark] = true
	return true
}

// runs writes the text in pieces of one font each.
func (p *Page) runs(l *Line) {
	const none = -1
	last := none
	for _, r := range l.Text {
		which := int(r) - Placeholder
		held := which >= 0 && which < len(l.Open)
		if held {
			r = l.Open[which]
		}
		font, glyph, id := p.place(l.Stack, r)
		if p.err != nil {
			return
		}
		own := id == 0
		now := font
		if own {
			now += len(p.cuts)
		}
		if now != last {
			p.changeFont(font, own, last != none, l.Size)
			last = now
		}
		switch {
		case p.stamped && held && own: // it suits nobody
			p.leave(slot{font: font, which: which, advance: -1})
		case p.stamped && held:
			p.leave(slot{font: font, which: which, advance: p.base.width(font, r)})
		case p.stamped && own:
			p.leave(slot{font: font, which: -1, own: r, glyph: glyph})
		case own:
			p.glyph(p.cutOf(font).add(r, glyph))
		default:
			p.glyph(id)
		}
	}
	if last != none {
		p.write(append(p.small[:0], "> Tj "...))
	}
}

func (p *Page) changeFont(font int, own, within bool, size int) {
	o := p.small[:0]
	if within {
		o = append(o, "> Tj "...)
	}
	name := byte('F')
	if own {
		name = 'V'
	}
	o = append(appendInt(append(o, '/', name), font), ' ')
	p.write(append(appendHundredths(o, size), " Tf <"...))
}

func (p *Page) glyph(id uint16) {
	if int(id) < maxGlyphPhrase && !p.content.keep {
		if t := &p.content.s.glyphs[id]; t.size > 0 {
			p.content.phrase(t)
			return
		}
	}
	p.write(appendHex16(p.small[:0], id))
}

// place finds the font and the glyph of a character, and its CID in the prefix;
// 0 if it is not there and has to be in this file's own subset.
func (p *Page) place(stack Stack, r rune) (font int, glyph, id uint16) {
	font, glyph, err := find(p.base.fonts, stack, r)
	if err != nil {
		p.err = err
		return 0, 0, 0
	}
	return font, glyph, p.base.held[font].get(r)
}

// cutOf is the file's own subset of a font, which has been found before.
func (p *Page) cutOf(font int) *cut {
	c := &p.cuts[font]
	if c.face == nil {
		c.face = p.base.face(font)
	}
	return c
}

// Fill paints a rectangle, by its lower left corner, as decoration.
func (p *Page) Fill(x, y, w, h int, c Color) {
	p.open(Decoration, "")
	o := append(appendColor(append(p.small[:0], "q "...), c), "rg "...)
	for _, v := range [4]int{x, y, w, h} {
		o = append(appendHundredths(o, v), ' ')
	}
	p.write(append(o, "re f Q\nEMC\n"...))
}

// QR draws a code in a square box, by the box's lower left corner, with the
// quiet zone of 4 modules inside of it: black on white.
func (p *Page) QR(mark int, code *qr.Code, x, y, side int) {
	if p.err == nil && code.Size > maxSide {
		p.err = fmt.Errorf("a QR code of %d modules a side is too large for a page", code.Size)
	}
	if p.err != nil {
		return
	}
	const quiet = 4
	p.Fill(x, y, side, side, Color{255, 255, 255})
	p.open(mark, "Figure")
	// One unit is a module; rows count down from the upper edge.
	module := side * 1000 / (code.Size + 2*quiet) // 1/100,000 pt
	o := append(p.small[:0], "q 0 g "...)
	o = append(appendFraction(o, module, 100000), " 0 0 "...)
	o = append(appendFraction(o, -module, 100000), ' ')
	o = append(appendFraction(o, x*1000+quiet*module, 100000), ' ')
	p.write(append(appendFraction(o, (y+side)*1000-quiet*module, 100000), " cm\n"...))
	p.content.qr(code.Size, code.Words)
	p.write(append(p.small[:0], "f Q\nEMC\n"...))
}

// settle gives every mark of the structure tree its place in the content, so
// that no element points at nothing.
func (p *Page) settle() error {
	for mark, changes := range p.base.changes {
		switch {
		case !changes || p.used[mark]:
		case p.content.keep:
			p.open(mark, "Span")
			p.closeMark()
		default:
			p.used[mark] = true
			p.content.piece(&p.base.empties[mark])
		}
	}
	if p.err != nil {
		return fmt.Errorf("draw page: %w", p.err)
	}
	if p.content.size == 0 {
		return errors.New("draw page: nothing on it")
	}
	return nil
}

// Sample says how often each symbol of the code stands in what was drawn so far,
// as Compile wants it; only pages of a Base that was compiled without one count.
func (p *Page) Sample() ([]int, error) { return slices.Clone(p.content.counts), p.err }

// held says which characters the prefix has, and their CIDs: 256 at a time.
type held struct {
	plane [256]*[256]uint16 // basic multilingual plane
	rest  map[rune]uint16
}

func (h *held) get(r rune) uint16 {
	if uint32(r) >= 1<<16 {
		return h.rest[r]
	}
	if part := h.plane[r>>8]; part != nil {
		return part[r&255]
	}
	return 0
}

func (h *held) put(r rune, id uint16) {
	if uint32(r) >= 1<<16 {
		if h.rest == nil {
			h.rest = map[rune]uint16{}
		}
		h.rest[r] = id
		return
	}
	if h.plane[r>>8] == nil {
		h.plane[r>>8] = &[256]uint16{}
	}
	h.plane[r>>8][r&255] = id
}

// face is the parsed font i of the Base, which was opened before.
func (b *Base) face(i int) *sfnt.Font { return b.fonts[i].face }
