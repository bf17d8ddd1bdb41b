package pdf

import (
	"fmt"
	"math"
	"strconv"

	"github.com/passmuster/passmuster/internal/pdf/qr"
)

// Leaf is a page of a Book under construction. Lengths are millimetres from the
// upper left corner, sizes of letters points.
type Leaf struct {
	book          *Book
	width, height float64 // points
	out           []byte
	elements      []leafElement
	open          int   // index of the innermost open element, -1 for none
	marks         []int // by marked content: its element
}

// leafElement is an element of the page's structure.
type leafElement struct {
	Tag
	parent int
	kids   []leafKid
}

// leafKid is an element or a piece of content.
type leafKid struct{ element, mark int } // element -1: a mark

// Tag is what an element is (ISO 32000-1, 14.8.4): "H1", "P", "Table", "TR",
// "TH", "TD", "Figure", "Sect".
type Tag struct {
	Name   string
	Lang   string // where it differs from the document's
	Alt    string // what a figure shows
	Header bool   // TH: of a column
	box    []byte // where a figure or a table lies (14.8.5.4.3), points
}

// AddPage ends the page before and begins one of width × height millimetres.
func (b *Book) AddPage(width, height float64) *Leaf {
	b.finishLeaf()
	b.leaf = &Leaf{book: b, width: points(width), height: points(height), open: -1}
	return b.leaf
}

func points(mm float64) float64 { return mm * 72 / 25.4 }

// Tag opens an element, lets draw fill it and closes it.
func (l *Leaf) Tag(t Tag, draw func()) {
	before := l.open
	l.elements = append(l.elements, leafElement{Tag: t, parent: before})
	n := len(l.elements) - 1
	if before >= 0 {
		l.elements[before].kids = append(l.elements[before].kids, leafKid{element: n})
	}
	l.open = n
	draw()
	l.open = before
}

// mark begins a piece of content of the open element, or of decoration.
func (l *Leaf) mark() {
	if l.open < 0 {
		l.out = append(l.out, "/Artifact BMC\n"...)
		return
	}
	n := len(l.marks)
	l.marks = append(l.marks, l.open)
	e := &l.elements[l.open]
	e.kids = append(e.kids, leafKid{-1, n})
	l.out = fmt.Appendf(l.out, "/%s <</MCID %d>> BDC\n", e.Name, n)
}

func (l *Leaf) number(v float64) { l.out = append(appendFixed(l.out, v), ' ') }

func (l *Leaf) point(x, y float64) {
	l.number(points(x))
	l.number(l.height - points(y))
}

// Ink is how letters look.
type Ink struct {
	Stack Stack
	Size  float64 // points
	Bold  float64 // outline, thousandths of the size, for faces without a bold
	Track float64 // points after each character
	Color Color
}

// Text sets one line with its baseline at y. Align 0 begins at x, 0.5 is centred
// there, 1 ends there. What no font draws is written as its number, [U+1F600]:
// seen and not lost.
func (l *Leaf) Text(x, y, align float64, ink Ink, text string) {
	if text == "" {
		return
	}
	l.mark()
	l.out = append(appendColor(append(l.out, "q BT "...), ink.Color), "rg "...)
	if ink.Bold > 0 {
		l.out = append(appendColor(l.out, ink.Color), "RG "...)
		l.number(ink.Bold * ink.Size / 1000)
		l.out = append(l.out, "w 2 Tr "...)
	}
	if ink.Track != 0 {
		l.number(ink.Track)
		l.out = append(l.out, "Tc "...)
	}
	l.out = append(l.out, "1 0 0 1 "...)
	l.point(x-align*l.book.Width(text, ink), y)
	l.out = append(l.out, "Tm "...)
	l.runs(text, ink)
	l.out = append(l.out, "ET Q EMC\n"...)
}

// runs writes the text in pieces of one font each.
func (l *Leaf) runs(text string, ink Ink) {
	b, last := l.book, -1
	for _, r := range b.drawable(text, ink.Stack) {
		font, glyph, err := find(b.fonts, ink.Stack, r)
		if err != nil {
			b.keep(err)
			return
		}
		if b.cuts[font] == nil {
			face, err := b.fonts[font].Face()
			if err != nil {
				b.keep(err)
				return
			}
			b.cuts[font] = newCut(face)
		}
		if font != last {
			if last >= 0 {
				l.out = append(l.out, "> Tj "...)
			}
			l.out = append(appendFixed(fmt.Appendf(l.out, "/F%d ", font), ink.Size), " Tf <"...)
			last = font
		}
		l.out = appendHex16(l.out, b.cuts[font].add(r, glyph))
	}
	if last >= 0 {
		l.out = append(l.out, "> Tj "...)
	}
}

func (b *Book) keep(err error) {
	if b.err == nil {
		b.err = fmt.Errorf("draw page %d: %w", b.Pages(), err)
	}
}

// Line draws a straight line of a width in points, dashed where dash is more
// than nothing: millimetres of a dash and of the space after it.
func (l *Leaf) Line(x1, y1, x2, y2, width, dash float64, c Color) {
	l.out = append(appendColor(append(l.out, "/Artifact BMC q "...), c), "RG "...)
	l.number(width)
	l.out = append(l.out, "w "...)
	if dash > 0 {
		l.out = append(l.out, '[')
		l.number(points(dash))
		l.out = append(l.out, "] 0 d "...)
	}
	l.point(x1, y1)
	l.out = append(l.out, "m "...)
	l.point(x2, y2)
	l.out = append(l.out, "l S Q EMC\n"...)
}

// Box fills a rectangle, by its upper left corner; a box without a colour gets
// an outline of a width in points instead.
func (l *Leaf) Box(x, y, w, h float64, fill *Color, outline float64, c Color) {
	l.out = append(l.out, "/Artifact BMC q "...)
	operator := "S"
	if fill != nil {
		l.out = append(appendColor(l.out, *fill), "rg "...)
		operator = "f"
	}
	if outline > 0 {
		l.out = append(appendColor(l.out, c), "RG "...)
		l.number(outline)
		l.out = append(l.out, "w "...)
		if fill != nil {
			operator = "B"
		}
	}
	l.point(x, y+h)
	l.number(points(w))
	l.number(points(h))
	l.out = append(append(append(l.out, "re "...), operator...), " Q EMC\n"...)
}

// Frame says where the open element lies, by its upper left corner: readers ask
// it of a figure and of a table.
func (l *Leaf) Frame(x, y, w, h float64) {
	if l.open < 0 {
		return
	}
	var box []byte
	for _, v := range [4]float64{points(x), l.height - points(y+h), points(x + w), l.height - points(y)} {
		box = append(appendFixed(box, v), ' ')
	}
	l.elements[l.open].box = box
}

// QR draws a code, by its upper left corner, side millimetres wide with the quiet
// zone of 4 modules: black on white.
func (l *Leaf) QR(code *qr.Code, x, y, side float64) {
	const quiet = 4
	white := Color{255, 255, 255}
	l.Box(x, y, side, side, &white, 0, white)
	l.mark()
	l.Frame(x, y, side, side)
	module := points(side) / float64(code.Size+2*quiet)
	l.out = append(l.out, "q 0 g "...)
	for _, v := range [6]float64{module, 0, 0, -module, points(x) + quiet*module, l.height - points(y) - quiet*module} {
		l.out = append(appendFraction(l.out, int(math.Round(v*10000)), 10000), ' ')
	}
	l.out = append(l.out, "cm\n"...)
	for row := range code.Size {
		for from := 0; from < code.Size; from++ {
			to := from
			for code.At(to, row) {
				to++
			}
			if to == from {
				continue
			}
			l.out = strconv.AppendInt(l.out, int64(from), 10)
			l.out = strconv.AppendInt(append(l.out, ' '), int64(row), 10)
			l.out = strconv.AppendInt(append(l.out, ' '), int64(to-from), 10)
			l.out = append(l.out, " 1 re\n"...)
			from = to
		}
	}
	l.out = append(l.out, "f Q EMC\n"...)
}

// finishLeaf writes the page under construction and its elements.
func (b *Book) finishLeaf() {
	l := b.leaf
	if l == nil || b.err != nil {
		return
	}
	b.leaf = nil
	content, page, parents, part := b.reserve(), b.reserve(), b.reserve(), b.reserve()
	first := len(b.offsets) + 1
	for range l.elements {
		b.reserve()
	}
	b.stream(content, "", l.out)
	b.object(page, "<</Type/Page/Parent %d 0 R/MediaBox[0 0 %s %s]/Contents %d 0 R/Resources %d 0 R/StructParents %d/Tabs/S>>", bookPages,
		appendFixed(nil, l.width), appendFixed(nil, l.height), content, bookResources, len(b.parents))
	var owners, top []byte
	for _, e := range l.marks {
		owners = fmt.Appendf(owners, "%d 0 R ", first+e)
	}
	b.object(parents, "[%s]", owners)
	for i, e := range l.elements {
		if e.parent < 0 {
			top = fmt.Appendf(top, "%d 0 R ", first+i)
		}
		b.element(first, i, e, page, part)
	}
	b.object(part, "<</Type/StructElem/S/Sect/P %d 0 R/K[%s]>>", bookDocument, top)
	b.page(page, parents, part)
}

func (b *Book) element(first, i int, e leafElement, page, part int) {
	parent := part
	if e.parent >= 0 {
		parent = first + e.parent
	}
	o := fmt.Appendf(b.beginObject(b.buffer[:0], first+i), "<</Type/StructElem/S/%s/P %d 0 R/Pg %d 0 R", e.Name, parent, page)
	if e.Lang != "" {
		o = fmt.Appendf(o, "/Lang(%s)", e.Lang)
	}
	if e.Alt != "" {
		o = appendText(append(o, "/Alt"...), e.Alt)
	}
	if e.Header {
		o = append(o, "/A<</O/Table/Scope/Column>>"...)
	}
	if e.box != nil {
		o = fmt.Appendf(o, "/A<</O/Layout/BBox[%s]>>", e.box)
	}
	o = append(o, "/K["...)
	for _, k := range e.kids {
		if k.element >= 0 {
			o = fmt.Appendf(o, "%d 0 R ", first+k.element)
		} else {
			o = fmt.Appendf(o, "%d ", k.mark)
		}
	}
	b.buffer = append(o, "]>>\nendobj\n"...)
	b.write(b.buffer)
}
