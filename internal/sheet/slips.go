package sheet

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/pdf"
	"github.com/passmuster/passmuster/internal/pdf/qr"
	"github.com/passmuster/passmuster/internal/registry"
)

// Occasion is the class that slips are for.
type Occasion struct {
	Class        string // code
	Course, Base registry.Text
	From, To     registry.Date
	Languages    []string  // of the certificate: the first is set larger
	Host         string    // of the links, for people to compare
	Waits        time.Time // since when the class waits for approval; zero: it does not
	Loc          *time.Location
	Demo         bool
	At           time.Time
}

// Slip is one slip: of a person, or blank.
type Slip struct {
	Name     string // "": blank, with a line to write on
	Position int    // in the roster; 0 for a blank one
	Number   string // of a blank one, "SJZ-CPR1-20261121-2-017"
	Link     string // what its QR code says
}

// Slips writes slips, ten to an A4 page, with lines to cut along.
func (p *Press) Slips(out io.Writer, o Occasion, slips []Slip) error {
	printer := printers(o.Languages)
	b := p.Book(out, pdf.BookInfo{Title: printer[0].T("slip.title") + " " + o.Class, Author: printer[0].Text(o.Base), Subject: printer[0].T("slip.subject"),
		Lang: printer[0].HTMLLang(), At: o.At})
	const columns, rows = 2, 5
	const width, height = 210.0 / columns, 297.0 / rows
	var leaf *pdf.Leaf
	for i, s := range slips {
		place := i % (columns * rows)
		if place == 0 {
			if b.Err() != nil { // nobody reads any more
				break
			}
			leaf = b.AddPage(210, 297)
			cuts(leaf, width, height)
		}
		d := slipDrawing{book: b, leaf: leaf, o: o, p: printer, x: float64(place%columns) * width, y: float64(place/columns) * height}
		var err error
		leaf.Tag(pdf.Tag{Name: "Sect"}, func() { err = d.draw(s) })
		if err != nil {
			return err
		}
	}
	return b.Close()
}

// cuts are the lines along which a page is cut.
func cuts(l *pdf.Leaf, width, height float64) {
	l.Line(width, 0, width, 297, 0.5, 1.2, pale)
	for y := height; y < 296; y += height {
		l.Line(0, y, 210, y, 0.5, 1.2, pale)
	}
}

// slipDrawing is one slip while it is drawn.
type slipDrawing struct {
	book *pdf.Book
	leaf *pdf.Leaf
	o    Occasion
	p    []*i18n.Printer
	x, y float64 // upper left corner
}

// Measures of a slip, in millimetres from its upper left corner. What a printer
// cannot reach, 5 mm at the paper's edge, stays empty.
const (
	slipLeft  = 8.0
	slipTop   = 6.5
	slipText  = 56.0 // width of the texts
	slipQR    = 35.0 // most of the code's side, with its quiet zone
	slipRight = 98.5
	slipEnd   = 55.0

	// A module is so many of these wide, and begins on one: printers, copiers
	// and screens draw it crisp (150 dpi, and 300 and 600 with it).
	dots = 25.4 / 150
)

func (d *slipDrawing) draw(s Slip) error {
	code, err := slipCode(s.Link)
	if err != nil {
		return err
	}
	first := d.p[0]
	d.leaf.Box(d.x+slipLeft, d.y+slipTop, 9, 0.9, &gold, 0, gold)
	y := d.y + slipTop + 5
	label, other := first.T("slip.title"), ""
	if len(d.p) > 1 {
		label, other = label+" / ", d.p[1].T("slip.title")
	}
	ink, _ := d.book.Fit(label+other, plain(first.Lang(), 7.5, navy), 5, slipText-9, 1)
	d.tag("P", "", func() { d.leaf.Text(d.x+slipLeft, y, 0, ink, label) })
	if other != "" {
		d.tag("P", d.p[1].HTMLLang(), func() { d.leaf.Text(d.x+slipLeft+d.book.Width(label, ink), y, 0, ink, other) })
	}
	if s.Position > 0 {
		d.tag("P", "", func() {
			d.leaf.Text(d.x+slipLeft+slipText, y, 1, plain(first.Lang(), 7.5, grey), first.T("slip.position", strconv.Itoa(s.Position)))
		})
	}
	y = d.facts(s, d.who(s, y+1.2))
	d.steps(s, y)
	d.code(s, code)
	return nil
}

func (d *slipDrawing) tag(name, lang string, draw func()) {
	d.leaf.Tag(pdf.Tag{Name: name, Lang: lang}, draw)
}

// who is the name, or a line to write it on, and returns where it ends.
func (d *slipDrawing) who(s Slip, y float64) float64 {
	x := d.x + slipLeft
	if s.Name == "" {
		y += 8.4
		d.tag("P", "", func() { d.leaf.Text(x, y, 0, plain(d.p[0].Lang(), 8, grey), d.p[0].T("slip.name")) })
		from := x + d.book.Width(d.p[0].T("slip.name"), plain(d.p[0].Lang(), 8, grey)) + 2
		d.leaf.Line(from, y+0.8, x+slipText, y+0.8, 0.5, 0, grey)
		return y + 1.6
	}
	ink, lines := d.book.Fit(s.Name, nameInk(s.Name, 15, black), 11, slipText, 1)
	if len(lines) > 1 {
		ink, lines = d.book.Fit(s.Name, nameInk(s.Name, 11, black), 5.5, slipText, 2)
	}
	y += ink.Size * 0.36
	d.tag("H1", "", func() { y = paragraph(d.leaf, x, y+1.2, ink, lines) })
	return y - leading(ink.Size) + 1.2
}

// facts say what the slip is for.
func (d *slipDrawing) facts(s Slip, y float64) float64 {
	x, first := d.x+slipLeft, d.p[0]
	ink, lines := d.book.Fit(first.Text(d.o.Course), strong(first.Lang(), 9, navy), 6, slipText, 2)
	y += 4.4
	d.tag("P", "", func() { y = paragraph(d.leaf, x, y, ink, lines) })
	ink, lines = d.book.Fit(first.Text(d.o.Base), plain(first.Lang(), 7.5, black), 6, slipText, 2)
	d.tag("P", "", func() { y = paragraph(d.leaf, x, y, ink, lines) })
	ink, lines = d.book.Fit(first.DateRange(d.o.From, d.o.To), plain(first.Lang(), 7.5, black), 5, slipText, 1)
	d.tag("P", "", func() { y = paragraph(d.leaf, x, y, ink, lines) })
	number := d.o.Class
	if s.Number != "" {
		number = s.Number
	}
	ink, lines = d.book.Fit(number, fixed(7, grey), 4.5, slipText, 1)
	d.tag("P", "", func() { y = paragraph(d.leaf, x, y, ink, lines) })
	return y
}

// steps say what to do, in the languages of the class, in what room is left.
func (d *slipDrawing) steps(s Slip, y float64) {
	key := "slip.do"
	if s.Name == "" {
		key = "slip.do.blank"
	}
	x, room := d.x+slipLeft, d.y+slipEnd-y
	d.leaf.Line(x, y-1.6, x+slipText, y-1.6, 0.4, 0, pale)
	for size := 8.5; ; size -= 0.25 {
		var inks []pdf.Ink
		var texts [][]string
		height := 0.0
		for i, p := range d.p {
			ink := plain(p.Lang(), size-float64(i)*0.75, black)
			if i > 0 {
				ink.Color = grey
			}
			lines := append(d.waits(p, ink), d.book.Wrap(p.T(key), ink, slipText)...)
			inks, texts = append(inks, ink), append(texts, lines)
			height += float64(len(lines))*leading(ink.Size) + 0.8
		}
		if height > room && size > 4.5 {
			continue
		}
		y += 1.6
		for i, lines := range texts {
			d.tag("P", d.p[i].HTMLLang(), func() { y = paragraph(d.leaf, x, y, inks[i], lines) + 0.8 })
		}
		return
	}
}

// waits says that the class waits for approval, and since when: with the day,
// because paper is read on another one.
func (d *slipDrawing) waits(p *i18n.Printer, ink pdf.Ink) []string {
	if d.o.Waits.IsZero() {
		return nil
	}
	since := d.o.Waits.In(d.o.Loc)
	return d.book.Wrap(p.T("approve.waits.day", registry.DateOf(since), since.Format("15:04")), ink, slipText)
}

// code is the QR code with where it leads, and for a blank slip its number, in
// words: a camera is not the only way.
func (d *slipDrawing) code(s Slip, code *qr.Code) {
	const quiet = 4
	modules := float64(code.Size + 2*quiet)
	side := math.Floor(slipQR/modules/dots) * dots * modules
	middle := d.x + slipRight - slipQR/2
	x, y := math.Round((middle-side/2)/dots)*dots, math.Round((d.y+slipTop)/dots)*dots
	d.leaf.Tag(pdf.Tag{Name: "Figure", Alt: s.Link}, func() { d.leaf.QR(code, x, y, side) })
	y += side + 2.2
	d.tag("P", "", func() {
		ink, lines := d.book.Fit(d.o.Host, fixed(7, black), 4.5, slipQR+1, 1)
		d.leaf.Text(middle, y, 0.5, ink, lines[0])
	})
	if s.Number != "" {
		d.tag("P", "", func() { d.leaf.Text(middle, y+5.6, 0.5, fixed(14, navy), s.Number[max(0, len(s.Number)-3):]) })
	} else {
		ink, lines := d.book.Fit(d.p[0].T("slip.private"), plain(d.p[0].Lang(), 6.5, grey), 5, slipQR+1, 3)
		d.tag("P", "", func() {
			for i, line := range lines {
				d.leaf.Text(middle, y+3.2+float64(i)*leading(ink.Size), 0.5, ink, line)
			}
		})
	}
	if d.o.Demo {
		d.tag("P", "", func() { d.leaf.Text(middle, d.y+slipEnd, 0.5, strong(i18n.Chinese, 7, grey), "演示 DEMO") })
	}
}

// slipVersion is the largest QR code of a slip: 33 modules.
const slipVersion = 4

// slipCode makes the code of a link: level M as long as its modules stay large,
// else L, which a clean print can afford.
func slipCode(link string) (*qr.Code, error) {
	code, err := qr.Encode(link, qr.M)
	if err == nil && code.Version > slipVersion {
		code, err = qr.Encode(link, qr.L)
	}
	if err != nil {
		return nil, fmt.Errorf("make QR code of slip: %w", err)
	}
	return code, nil
}
