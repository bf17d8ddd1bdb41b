package pdf

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/passmuster/passmuster/internal/pdf/qr"
)

// Decoration is the mark of what readers of the text skip.
const Decoration = -1

// Page is the changing part of one file under construction.
type Page struct {
	base *Base
	out  []byte
	cuts []*cut // by font: the glyphs that the prefix lacks
	used map[int]bool
	err  error
}

// Line is one line of text.
type Line struct {
	Text  string
	Stack Stack
	Size  int // hundredths of a point, as everything here
	X, Y  int // left end of the baseline
	Track int // space after each character
	Bold  int // outline, for faces without a bold
	Color Color
}

// Begin starts the changing part of a file.
func (b *Base) Begin() *Page {
	return &Page{base: b, cuts: make([]*cut, len(b.fonts)), used: map[int]bool{}}
}

// TextWidth is how wide a text is, in hundredths of a point.
func (b *Base) TextWidth(text string, stack Stack, size, track int) (int, error) {
	thousandths, n := 0, 0
	for _, r := range text {
		font, glyph, err := find(b.fonts, stack, r)
		if err != nil {
			return 0, err
		}
		face, err := b.fonts[font].Face()
		if err != nil {
			return 0, err
		}
		thousandths += advance(face, glyph)
		n++
	}
	return (thousandths*size+500)/1000 + max(0, n-1)*track, nil
}

// Text sets lines under one mark, or as Decoration. A mark can be set once.
func (p *Page) Text(mark int, lines []Line) {
	if p.err != nil {
		return
	}
	p.open(mark, "Span")
	for _, l := range lines {
		p.out = append(appendColor(append(p.out, "q BT "...), l.Color), "rg "...)
		if l.Bold > 0 {
			p.out = append(appendColor(p.out, l.Color), "RG "...)
			p.out = append(appendHundredths(p.out, l.Bold), " w 2 Tr "...)
		}
		if l.Track != 0 {
			p.out = append(appendHundredths(p.out, l.Track), " Tc "...)
		}
		p.out = append(appendHundredths(append(p.out, "1 0 0 1 "...), l.X), ' ')
		p.out = append(appendHundredths(p.out, l.Y), " Tm "...)
		p.runs(l)
		p.out = append(p.out, "ET Q\n"...)
	}
	p.out = append(p.out, "EMC\n"...)
}

func (p *Page) open(mark int, tag string) {
	if mark == Decoration {
		p.out = append(p.out, "/Artifact BMC\n"...)
		return
	}
	if p.used[mark] || !slices.Contains(p.base.Changing, mark) {
		p.err = fmt.Errorf("mark %d is set twice or is not a changing one", mark)
		return
	}
	p.used[mark] = true
	p.out = append(p.out, '/')
	p.out = append(p.out, tag...)
	p.out = strconv.AppendInt(append(p.out, " <</MCID "...), int64(mark), 10)
	p.out = append(p.out, ">> BDC\n"...)
}

// runs writes the text in pieces of one font each.
func (p *Page) runs(l Line) {
	last := ""
	for _, r := range l.Text {
		name, id := p.place(l.Stack, r)
		if p.err != nil {
			return
		}
		if name != last {
			if last != "" {
				p.out = append(p.out, "> Tj "...)
			}
			p.out = append(append(p.out, name...), ' ')
			p.out = append(appendHundredths(p.out, l.Size), " Tf <"...)
			last = name
		}
		p.out = appendHex16(p.out, uint16(id))
	}
	if last != "" {
		p.out = append(p.out, "> Tj "...)
	}
}

// place finds the font resource and the CID of a character: in the prefix if
// it is there, else in this file's own subset of the same font.
func (p *Page) place(stack Stack, r rune) (resource string, id int) {
	font, _, err := find(p.base.fonts, stack, r)
	if err != nil {
		p.err = err
		return "", 0
	}
	if id := p.base.held[font][r]; id > 0 {
		return "/F" + strconv.Itoa(font), int(id)
	}
	if p.cuts[font] == nil {
		face, err := p.base.fonts[font].Face()
		if err != nil {
			p.err = err
			return "", 0
		}
		p.cuts[font] = newCut(face)
	}
	return "/V" + strconv.Itoa(font), p.cuts[font].add(r)
}

// Fill paints a rectangle, by its lower left corner, as decoration.
func (p *Page) Fill(x, y, w, h int, c Color) {
	p.open(Decoration, "")
	p.out = append(appendColor(append(p.out, "q "...), c), "rg "...)
	for _, v := range [4]int{x, y, w, h} {
		p.out = append(appendHundredths(p.out, v), ' ')
	}
	p.out = append(p.out, "re f Q\nEMC\n"...)
}

// QR draws a code in a square box, by the box's lower left corner, with the
// quiet zone of 4 modules inside of it: black on white.
func (p *Page) QR(mark int, code *qr.Code, x, y, side int) {
	if p.err != nil {
		return
	}
	const quiet = 4
	p.Fill(x, y, side, side, Color{255, 255, 255})
	p.open(mark, "Figure")
	// One unit is a module; rows count down from the upper edge.
	module := side * 1000 / (code.Size + 2*quiet) // 1/100,000 pt
	p.out = append(p.out, "q 0 g "...)
	p.out = append(appendFraction(p.out, module, 100000), " 0 0 "...)
	p.out = append(appendFraction(p.out, -module, 100000), ' ')
	p.out = append(appendFraction(p.out, x*1000+quiet*module, 100000), ' ')
	p.out = append(appendFraction(p.out, (y+side)*1000-quiet*module, 100000), " cm\n"...)
	for row := range code.Size {
		for from := 0; from < code.Size; from++ {
			to := from
			for code.At(to, row) {
				to++
			}
			if to == from {
				continue
			}
			p.out = strconv.AppendInt(p.out, int64(from), 10)
			p.out = strconv.AppendInt(append(p.out, ' '), int64(row), 10)
			p.out = strconv.AppendInt(append(p.out, ' '), int64(to-from), 10)
			p.out = append(p.out, " 1 re\n"...)
			from = to
		}
	}
	p.out = append(p.out, "f Q\nEMC\n"...)
}

// Content is what was drawn so far, as Compile wants it for a sample.
func (p *Page) Content() ([]byte, error) { return p.out, p.err }

// settle gives every mark of the structure tree its place in the content, so
// that no element points at nothing.
func (p *Page) settle() error {
	for _, mark := range p.base.Changing {
		if !p.used[mark] {
			p.open(mark, "Span")
			p.out = append(p.out, "EMC\n"...)
		}
	}
	if p.err != nil {
		return fmt.Errorf("draw page: %w", p.err)
	}
	if len(p.out) == 0 {
		return errors.New("draw page: nothing on it")
	}
	return nil
}
