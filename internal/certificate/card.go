package certificate

import (
	"slices"
	"strconv"

	"github.com/passmuster/passmuster/internal/pdf"
	"github.com/passmuster/passmuster/internal/registry"
)

// A sheet of cards: A4 upright, two beside each other, five below.
const (
	sheetW, sheetH = 210.0, 297.0
	sheetColumns   = 2
	sheetRows      = 5
	// CardsPerSheet is how many cards stand on a page.
	CardsPerSheet = sheetColumns * sheetRows
)

// Card draws the wallet card of a certificate, 85.6 × 54 mm (ISO/IEC 7810,
// ID-1). It bears no signature of its own: its QR code is the certificate's.
func (p *Press) Card(look Look, in Input) ([]byte, error) {
	t, err := p.card(look, in.Snapshot, 0)
	if err != nil {
		return nil, err
	}
	if err := t.cover(in.Snapshot); err != nil {
		return nil, err
	}
	return t.plain(in, "Card · ")
}

// CardSheet draws up to ten cards on an A4 page with marks for the knife. All
// are of one look; where they differ in kind or languages they need sheets of
// their own.
func (p *Press) CardSheet(look Look, list []Input) ([]byte, error) {
	if n := len(list); n == 0 || n > CardsPerSheet {
		return nil, registry.Fail(registry.Invalid, "design.sheet", n, CardsPerSheet)
	}
	first := list[0].Snapshot
	t, err := p.card(look, first, len(list))
	if err != nil {
		return nil, err
	}
	page := t.base.Begin()
	for i, in := range list {
		s := in.Snapshot
		if !SameSheet(first, s) {
			return nil, registry.Fail(registry.Invalid, "design.mixed", string(s.Number))
		}
		if err := t.cover(s); err != nil {
			return nil, err
		}
		if err := t.drawCard(page, in, i); err != nil {
			return nil, refuse(err)
		}
	}
	return t.finishPlain(page, list[0], "Cards · ")
}

// SameSheet reports whether the cards of two certificates can stand on one sheet.
func SameSheet(a, b registry.Snapshot) bool {
	return a.Kind == b.Kind && a.Demo == b.Demo && slices.Equal(pairOf(a.Languages), pairOf(b.Languages))
}

// card compiles a card's look: one by itself, or n on a sheet.
func (p *Press) card(look Look, s registry.Snapshot, n int) (*Template, error) {
	look.Kind, look.Langs, look.Demo = s.Kind, s.Languages, s.Demo
	look, err := look.settle(Card)
	if err != nil {
		return nil, err
	}
	return p.kept(look.key("card "+strconv.Itoa(n)), func() (*Template, error) {
		b, err := newBuilder(look)
		if err != nil {
			return nil, err
		}
		b.plain = true
		if n == 0 {
			b.compose()
			return p.compile(b, look, look.Design.file.Page)
		}
		b.sheet(n)
		t, err := p.compile(b, look, pageSpec{sheetW, sheetH})
		if t != nil {
			t.cards = b.cards
		}
		return t, err
	})
}

// cardPart is where one card of a sheet has its texts in the form.
type cardPart struct {
	from, to int // flows
	qr       qrBox
}

// sheet composes n cards and the marks where they are cut apart.
func (b *builder) sheet(n int) {
	page := b.design.file.Page
	b.height = sheetH
	left, top := (sheetW-sheetColumns*page.Width)/2, (sheetH-sheetRows*page.Height)/2
	for i := range n {
		b.dx, b.dy = left+float64(i%sheetColumns)*page.Width, top+float64(i/sheetColumns)*page.Height
		from := len(b.form.Flows)
		b.compose()
		b.cards = append(b.cards, cardPart{from, len(b.form.Flows), b.form.QR})
	}
	b.dx, b.dy = 0, 0
	b.ground = append(b.ground, func(c *pdf.Canvas) { drawCropMarks(c, left, top, page) })
}

// drawCropMarks draws short lines in the margins, away from the cards.
func drawCropMarks(c *pdf.Canvas, left, top float64, page pageSpec) {
	const away, long = 2.0, 6.0
	black := pdf.Color{}
	marks := new(pdf.Path)
	for i := range sheetColumns + 1 {
		x := left + float64(i)*page.Width
		marks.Move(x, top-away-long).Line(x, top-away)
		marks.Move(x, sheetH-top+away).Line(x, sheetH-top+away+long)
	}
	for i := range sheetRows + 1 {
		y := top + float64(i)*page.Height
		marks.Move(left-away-long, y).Line(left-away, y)
		marks.Move(sheetW-left+away, y).Line(sheetW-left+away+long, y)
	}
	c.Draw(marks, pdf.Pen{Stroke: &black, Width: 0.25})
}

// drawCard sets the texts of the i-th card of a sheet.
func (t *Template) drawCard(page *pdf.Page, in Input, i int) error {
	part := t.cards[i]
	f := t.form
	f.Flows, f.QR = t.form.Flows[part.from:part.to], part.qr
	d := &drawing{base: t.base, form: &f, page: page, fields: map[string]fields{}}
	return d.set(in, t.key)
}
