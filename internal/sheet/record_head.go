package sheet

import (
	"strconv"
	"strings"

	"github.com/passmuster/passmuster/internal/registry"
)

// head is the title and what the class was.
func (d *recordDrawing) head() {
	r := d.r
	d.leaf.Box(recordMargin, recordMargin, 14, 1.1, &gold, 0, gold)
	d.y = recordMargin + 8.5
	d.tag("H1", func() { d.leaf.Text(recordMargin, d.y, 0, strong(d.p.Lang(), 17, navy), d.p.T("sheet.title")) })
	d.tag("P", func() { d.leaf.Text(d.w-recordMargin, d.y, 1, fixed(10, navy), r.Class.Code) })
	d.y += 2.6
	d.leaf.Line(recordMargin, d.y, d.w-recordMargin, d.y, 1, 0, navy)
	d.y += 1.6
	facts := d.facts()
	left := d.column(facts[:len(facts)/2], recordMargin, d.inner()/2-3)
	right := d.column(facts[len(facts)/2:], recordMargin+d.inner()/2+3, d.inner()/2-3)
	d.y = max(left, right)
	d.programme()
	d.y += 3
}

// recordFact is a line of the head.
type recordFact struct{ label, text string }

func (d *recordDrawing) facts() []recordFact {
	r, p := d.r, d.p
	var trainers []string
	for _, t := range r.Class.Trainers {
		trainers = append(trainers, t.Name+d.p.T("sheet.role", p.T("staff.role."+t.Role)))
	}
	people := 0
	for _, row := range r.Rows {
		if !row.Withdrawn {
			people++
		}
	}
	ratio := p.T("sheet.ratio.of", strconv.Itoa(people), strconv.Itoa(len(r.Class.Trainers)))
	if r.Blank > 0 {
		ratio = "        : " + strconv.Itoa(len(r.Class.Trainers))
	}
	if r.Class.RatioReason != "" && r.Blank == 0 {
		ratio += " (" + r.Class.RatioReason + ")"
	}
	hours := p.T("sheet.hours.of", registry.AcademicHours(r.Course.Minutes), registry.AcademicHours(r.Course.Practical))
	return []recordFact{
		{p.T("sheet.course"), p.Text(r.Course.Title) + " · " + r.Course.Code + " v" + strconv.Itoa(r.Course.Version)},
		{p.T("sheet.hours"), hours},
		{p.T("sheet.dates"), p.DateRange(r.Class.StartsOn(), r.Class.EndsOn())},
		{p.T("sheet.rules"), d.rules()},
		{p.T("sheet.base"), p.Text(r.Base.Name) + " · " + r.Base.Code},
		{p.T("sheet.venue"), r.Class.Venue},
		{p.T("sheet.trainers"), strings.Join(trainers, p.T("list.comma"))},
		{p.T("sheet.ratio"), ratio},
	}
}

// rules are what the course asks for.
func (d *recordDrawing) rules() string {
	c := d.r.Course
	list := []string{d.p.T("sheet.rule.attendance", strconv.Itoa(c.AttendanceMin))}
	if c.PassMark > 0 {
		list = append(list, d.p.T("sheet.rule.theory", strconv.Itoa(c.PassMark)))
	}
	if len(c.Skills.Items) > 0 {
		list = append(list, d.p.T("sheet.rule.skills"))
	}
	return strings.Join(list, d.p.T("sheet.rule.and"))
}

// column sets facts below each other and returns where they end.
func (d *recordDrawing) column(facts []recordFact, x, width float64) float64 {
	const label = 27.0
	y := d.y
	for _, f := range facts {
		ink, lines := d.book.Fit(f.text, d.plain(8.5), 6.5, width-label, 3)
		if f.text == "" {
			d.leaf.Line(x+label, y+4.8, x+width, y+4.8, 0.4, 0, grey)
		}
		labelInk, labels := d.book.Fit(f.label, d.soft(7.5), 5, label-2, 2)
		d.tag("P", func() {
			paragraph(d.leaf, x, y+4, labelInk, labels)
			paragraph(d.leaf, x+label, y+4, ink, lines)
		})
		y += max(float64(len(lines))*leading(ink.Size), float64(len(labels))*leading(labelInk.Size)) + 1.3
	}
	return y + 1
}

// programme lists the sessions: each has a number, by which the table calls it.
func (d *recordDrawing) programme() {
	ink := d.plain(7.5)
	var items []string
	for i, s := range d.r.Class.Sessions {
		text := strconv.Itoa(i+1) + ".\u00a0" + d.p.ShortDate(s.On)
		if s.From != "" {
			text += " " + s.From
			if s.To != "" {
				text += "–" + s.To
			}
		}
		text += ", " + d.p.T("sheet.minutes", strconv.Itoa(s.Minutes))
		if s.Practical {
			text += ", " + d.p.T("sheet.practical")
		}
		if s.Topic != "" {
			text += ", " + s.Topic
		}
		items = append(items, text)
	}
	lines := d.book.Wrap(strings.Join(items, "   "), ink, d.inner()-27)
	d.leaf.Line(recordMargin, d.y, d.w-recordMargin, d.y, 0.4, 0, pale)
	for i, line := range lines {
		if d.room(4) {
			d.y += 2
		}
		d.tag("P", func() {
			if i == 0 {
				d.leaf.Text(recordMargin, d.y+4, 0, d.soft(7.5), d.p.T("sheet.sessions"))
			}
			d.leaf.Text(recordMargin+27, d.y+4, 0, ink, line)
		})
		d.y += leading(ink.Size)
	}
	d.y += 2
}

// legend says what the marks mean.
func (d *recordDrawing) legend() {
	texts := []string{d.p.T("sheet.legend")}
	for _, s := range d.r.Statements {
		texts = append(texts, d.p.T("sheet.bulk", s))
	}
	texts = append(texts, d.p.T("sheet.keep"))
	d.y += 2
	for _, text := range texts {
		ink := d.soft(6.5)
		for _, line := range d.book.Wrap(text, ink, d.inner()) {
			d.room(leading(ink.Size) + 2)
			d.tag("P", func() { d.leaf.Text(recordMargin, d.y+2.6, 0, ink, line) })
			d.y += leading(ink.Size)
		}
	}
}

// signatures are the lines to sign on, and who approved in the registry. They
// stay together on a page.
func (d *recordDrawing) signatures() {
	const height = 36.0
	d.room(height)
	d.y += 5
	width := (d.inner() - 10) / 3
	lead := ""
	for _, t := range d.r.Class.Trainers {
		if lead == "" || t.Role == "lead" {
			lead = t.Name
		}
	}
	for i, s := range []struct{ title, name, under string }{
		{d.p.T("sheet.sign.trainer"), lead, d.p.T("sheet.sign.line")},
		{d.p.T("sheet.sign.base"), d.p.Text(d.r.Base.Name), d.p.T("sheet.sign.stamp")},
		{d.p.T("sheet.sign.approver"), d.r.Approver, ""},
	} {
		x := recordMargin + float64(i)*(width+5)
		d.leaf.Box(x, d.y, width, height-8, nil, 0.5, pale)
		d.tag("P", func() { d.leaf.Text(x+2.5, d.y+4.4, 0, d.soft(7.5), s.title) })
		ink, lines := d.book.Fit(s.name, nameInk(s.name, 9, black), 6, width-5, 2)
		d.tag("P", func() { paragraph(d.leaf, x+2.5, d.y+9, ink, lines) })
		if s.under != "" {
			d.leaf.Line(x+2.5, d.y+22.5, x+width-2.5, d.y+22.5, 0.5, 0, grey)
			d.tag("P", func() { d.leaf.Text(x+2.5, d.y+26, 0, d.soft(6.5), s.under) })
			continue
		}
		d.approved(x+2.5, width-5)
	}
	d.y += height
}

// approved is when the class was approved in the registry, where no ink is
// needed; before, it is said that it was not.
func (d *recordDrawing) approved(x, width float64) {
	text := d.p.T("sheet.approved.not")
	if !d.r.Class.ApprovedAt.IsZero() && d.r.Blank == 0 {
		text = d.p.T("sheet.approved", d.p.Time(d.r.Class.ApprovedAt, d.r.Loc))
	}
	d.tag("P", func() {
		ink := d.soft(7)
		paragraph(d.leaf, x, d.y+19, ink, d.book.Wrap(text, ink, width))
	})
}
