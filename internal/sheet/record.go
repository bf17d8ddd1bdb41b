package sheet

import (
	"io"
	"strconv"
	"time"

	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/pdf"
	"github.com/passmuster/passmuster/internal/registry"
)

// Record is everything that the record of a class holds, as the registry has it:
// course, date, place, trainers, attendance and results.
type Record struct {
	Class      registry.Class
	Course     registry.Course
	Base       registry.Base
	Rows       []RecordRow
	Blank      int    // rows without a name, to fill by hand; then no marks are printed
	Approver   string // "" before approval
	Statements []string
	Loc        *time.Location // of the base
	At         time.Time
	Lang       i18n.Lang
	Demo       bool
}

// RecordRow is one person's line.
type RecordRow struct {
	Position   int
	Name       string
	Last4      string
	Attendance map[registry.ID]registry.SessionAttendance
	Theory     []registry.Assessment // by attempt, of each its last revision
	Skills     []registry.Assessment
	Outcome    registry.Outcome
	Withdrawn  bool
	Held       string
	Number     registry.Number // of the certificate, "" for none
	Bulk       bool
}

// WriteRecord writes the record sheet: A4 upright, or on its side where the class
// has many sessions. The pages are drawn twice, because each says how many there
// are.
func (p *Press) WriteRecord(out io.Writer, r Record) error {
	pages, err := p.record(io.Discard, r, 0)
	if err == nil {
		_, err = p.record(out, r, pages)
	}
	return err
}

func (p *Press) record(out io.Writer, r Record, pages int) (int, error) {
	d := newRecordDrawing(p, out, r, pages)
	d.page(true)
	d.head()
	d.table(d.columns(), r.Rows)
	for _, part := range d.split {
		d.y += 6
		d.table(d.attendance(part), r.Rows)
	}
	d.legend()
	d.signatures()
	n := d.book.Pages()
	return n, d.book.Close()
}

// recordDrawing is one record sheet while it is drawn.
type recordDrawing struct {
	r     Record
	p     *i18n.Printer
	book  *pdf.Book
	leaf  *pdf.Leaf
	total int // pages; 0 while they are counted
	w, h  float64
	y     float64

	sessions []registry.Session   // with a column in the main table
	split    [][]registry.Session // with a table of their own, where there are many
}

// Measures of the record sheet, millimetres.
const (
	recordMargin  = 12.0
	recordBottom  = 15.0
	sessionWidth  = 9.0
	sessionsAlong = 4  // in the main table of an upright page
	sessionsTable = 13 // in the main table of a page on its side
	sessionsPart  = 22 // in a table of attendance alone
)

func newRecordDrawing(p *Press, out io.Writer, r Record, pages int) *recordDrawing {
	d := &recordDrawing{r: r, p: i18n.For(r.Lang), total: pages, w: 210, h: 297, sessions: r.Class.Sessions}
	if len(d.sessions) > sessionsAlong {
		d.w, d.h = d.h, d.w
	}
	if all := d.sessions; len(all) > sessionsTable {
		d.sessions = nil
		for len(all) > 0 {
			n := min(sessionsPart, len(all))
			d.split, all = append(d.split, all[:n]), all[n:]
		}
	}
	d.book = p.Book(out, pdf.BookInfo{Title: d.p.T("sheet.title") + " " + r.Class.Code, Author: d.p.Text(r.Base.Name), Subject: d.p.T("sheet.subject"),
		Lang: d.p.HTMLLang(), At: r.At})
	return d
}

func (d *recordDrawing) plain(size float64) pdf.Ink { return plain(d.p.Lang(), size, black) }
func (d *recordDrawing) soft(size float64) pdf.Ink  { return plain(d.p.Lang(), size, grey) }
func (d *recordDrawing) inner() float64             { return d.w - 2*recordMargin }

func (d *recordDrawing) tag(name string, draw func()) { d.leaf.Tag(pdf.Tag{Name: name}, draw) }

// page begins a page with its foot; pages after the first say again which class
// they belong to.
func (d *recordDrawing) page(first bool) {
	d.leaf = d.book.AddPage(d.w, d.h)
	foot := d.h - 8
	d.leaf.Line(recordMargin, foot-3.6, d.w-recordMargin, foot-3.6, 0.4, 0, pale)
	d.leaf.Text(recordMargin, foot, 0, d.soft(6.5), d.printed())
	if d.total > 0 {
		d.leaf.Text(d.w-recordMargin, foot, 1, d.soft(7.5), strconv.Itoa(d.book.Pages())+" / "+strconv.Itoa(d.total))
	}
	if d.r.Demo {
		d.leaf.Text(d.w/2+d.inner()/4, foot, 0.5, strong(i18n.Chinese, 7, grey), "演示 DEMO")
	}
	d.y = recordMargin + 4
	if !first {
		d.leaf.Text(recordMargin, d.y, 0, d.soft(7.5), d.p.T("sheet.title")+" "+d.r.Class.Code)
		d.y += 3
	}
}

// printed says of which moment the sheet is: a paper does not change with the
// registry.
func (d *recordDrawing) printed() string {
	if d.r.Blank > 0 {
		return d.p.T("sheet.printed.blank", d.p.Time(d.r.At, d.r.Loc))
	}
	return d.p.T("sheet.printed", d.p.Time(d.r.At, d.r.Loc), d.p.T("staff.class."+string(d.r.Class.Status)), strconv.FormatInt(d.r.Class.Version, 10))
}

// room begins a page where less than need is left of this one.
func (d *recordDrawing) room(need float64) bool {
	if d.y+need <= d.h-recordBottom {
		return false
	}
	d.page(false)
	return true
}
