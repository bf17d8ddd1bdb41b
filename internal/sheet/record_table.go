package sheet

import (
	"strconv"
	"strings"

	"github.com/passmuster/passmuster/internal/pdf"
	"github.com/passmuster/passmuster/internal/registry"
)

// recordColumn is a column of a table: its heading, its width in millimetres and
// what it says of a row.
type recordColumn struct {
	title string
	width float64
	align float64
	ink   func(RecordRow) pdf.Ink
	text  func(RecordRow) string
}

// columns are those of the main table. What is left of the width is the name's.
func (d *recordDrawing) columns() []recordColumn {
	list := []recordColumn{d.positions(), d.names(), {d.p.T("sheet.col.id"), 14, 0, d.code, func(r RecordRow) string {
		if r.Last4 == "" {
			return ""
		}
		return "…" + r.Last4
	}}}
	for i, s := range d.r.Class.Sessions {
		if len(d.split) == 0 {
			list = append(list, d.session(i, s))
		}
	}
	if len(d.split) > 0 {
		list = append(list, recordColumn{d.p.T("sheet.col.attended"), 22, 0, d.cell, d.attended})
	}
	if d.r.Course.PassMark > 0 {
		list = append(list, recordColumn{d.p.T("sheet.col.theory"), 18, 0, d.cell, func(r RecordRow) string { return scores(r.Theory) }})
	}
	if len(d.r.Course.Skills.Items) > 0 {
		list = append(list, recordColumn{d.p.T("sheet.col.skills"), 18, 0, d.cell, d.skills})
	}
	list = append(list, recordColumn{d.p.T("sheet.col.outcome"), 24, 0, d.cell, d.outcome},
		recordColumn{d.p.T("sheet.col.number"), 34, 0, func(RecordRow) pdf.Ink { return fixed(6.5, black) }, func(r RecordRow) string { return string(r.Number) }})
	return d.fill(list)
}

// attendance are the columns of a table of attendance alone.
func (d *recordDrawing) attendance(part []registry.Session) []recordColumn {
	list := []recordColumn{d.positions(), d.names()}
	for i, s := range d.r.Class.Sessions {
		for _, p := range part {
			if p.ID == s.ID {
				list = append(list, d.session(i, s))
			}
		}
	}
	return d.fill(list)
}

// fill gives the names what the other columns leave.
func (d *recordDrawing) fill(list []recordColumn) []recordColumn {
	rest := d.inner()
	for _, c := range list {
		rest -= c.width
	}
	list[1].width = rest
	return list
}

func (d *recordDrawing) positions() recordColumn {
	return recordColumn{d.p.T("sheet.col.no"), 9, 0, func(RecordRow) pdf.Ink { return d.soft(8) }, func(r RecordRow) string { return strconv.Itoa(r.Position) }}
}

func (d *recordDrawing) names() recordColumn {
	return recordColumn{d.p.T("sheet.col.name"), 0, 0, func(r RecordRow) pdf.Ink { return nameInk(r.Name, 9, black) }, func(r RecordRow) string { return r.Name }}
}

func (d *recordDrawing) session(i int, s registry.Session) recordColumn {
	title := strconv.Itoa(i + 1)
	return recordColumn{title, sessionWidth, 0.5, d.cell, func(r RecordRow) string { return presence(r.Attendance[s.ID]) }}
}

func (d *recordDrawing) cell(RecordRow) pdf.Ink { return d.plain(8) }
func (d *recordDrawing) code(RecordRow) pdf.Ink { return fixed(8, black) }

// presence is the mark of one person in one session; nothing where nothing is
// recorded: blank is not absent.
func presence(a registry.SessionAttendance) string {
	switch a.State {
	case registry.Present:
		return "√"
	case registry.Late:
		return "△" + strconv.Itoa(a.Minutes)
	case registry.LeftEarly:
		return "▽" + strconv.Itoa(a.Minutes)
	case registry.Absent:
		return "×"
	}
	return ""
}

func (d *recordDrawing) attended(r RecordRow) string {
	if len(r.Attendance) == 0 {
		return ""
	}
	minutes, sessions := 0, 0
	for _, a := range r.Attendance {
		minutes += a.Minutes
		if a.State != registry.Absent {
			sessions++
		}
	}
	return strconv.Itoa(sessions) + "/" + strconv.Itoa(len(d.r.Class.Sessions)) + " · " + d.p.T("sheet.minutes", strconv.Itoa(minutes))
}

// scores lists every attempt: the last one counts, and the others are not hidden.
func scores(attempts []registry.Assessment) string {
	var list []string
	for _, a := range attempts {
		list = append(list, strconv.Itoa(a.Score))
	}
	return strings.Join(list, " → ")
}

// skills lists every attempt with what was not passed in it.
func (d *recordDrawing) skills(r RecordRow) string {
	var list []string
	for _, a := range r.Skills {
		mark := "√"
		if !a.Passed {
			mark = "×"
			if missed := d.missed(a); missed != "" {
				mark += " (" + missed + ")"
			}
		}
		if a.Bulk {
			mark += "*"
		}
		list = append(list, mark)
	}
	return strings.Join(list, " → ")
}

func (d *recordDrawing) missed(a registry.Assessment) string {
	var list []string
	for _, item := range d.r.Course.Skills.Items {
		if !a.Items[item.Code] {
			list = append(list, item.Code)
		}
	}
	return strings.Join(list, ", ")
}

func (d *recordDrawing) outcome(r RecordRow) string {
	switch {
	case d.r.Blank > 0:
		return ""
	case r.Withdrawn:
		return d.p.T("sheet.withdrawn")
	case r.Held != "":
		return d.p.T("sheet.held")
	}
	return d.p.T("staff.outcome." + string(r.Outcome))
}

// table draws the rows under headings that every page repeats.
func (d *recordDrawing) table(columns []recordColumn, rows []RecordRow) {
	if d.r.Blank > 0 {
		rows = make([]RecordRow, d.r.Blank)
		for i := range rows {
			rows[i].Position = i + 1
		}
	}
	for next := 0; next == 0 || next < len(rows); {
		d.room(24)
		d.tag("Table", func() {
			top := d.y
			defer func() { d.leaf.Frame(recordMargin, top, d.inner(), d.y-top) }()
			d.headings(columns)
			for next < len(rows) {
				r := d.row(columns, rows[next])
				if d.y+r.height > d.h-recordBottom && r.height < d.h/2 {
					return
				}
				d.line(columns, r, next%2 == 1)
				next++
			}
			next = max(next, 1)
		})
		if next < len(rows) {
			d.page(false)
		}
	}
}

func (d *recordDrawing) headings(columns []recordColumn) {
	height := 6.2
	set := make([][]string, len(columns))
	inks := make([]pdf.Ink, len(columns))
	for i, c := range columns {
		inks[i], set[i] = d.book.Fit(c.title, strong(d.p.Lang(), 7, pdf.Color{R: 255, G: 255, B: 255}), 5, c.width-2, 2)
		height = max(height, float64(len(set[i]))*leading(inks[i].Size)+2.6)
	}
	d.leaf.Box(recordMargin, d.y, d.inner(), height, &navy, 0, navy)
	d.tag("TR", func() {
		x := recordMargin
		for i, c := range columns {
			d.leaf.Tag(pdf.Tag{Name: "TH", Header: true}, func() { d.lines(x, c, inks[i], set[i], height) })
			x += c.width
		}
	})
	d.y += height
}

// lines sets a cell's lines in the middle of its height.
func (d *recordDrawing) lines(x float64, c recordColumn, ink pdf.Ink, lines []string, height float64) {
	step := leading(ink.Size)
	y := d.y + (height-float64(len(lines))*step)/2 + step*0.76
	at := x + 1
	if c.align == 0.5 {
		at = x + c.width/2
	}
	for _, line := range lines {
		d.leaf.Text(at, y, c.align, ink, line)
		y += step
	}
}

// setRow is a row laid out.
type setRow struct {
	inks   []pdf.Ink
	lines  [][]string
	height float64
	gone   bool
}

func (d *recordDrawing) row(columns []recordColumn, r RecordRow) setRow {
	s := setRow{inks: make([]pdf.Ink, len(columns)), lines: make([][]string, len(columns)), height: 6.4, gone: r.Withdrawn}
	if d.r.Blank > 0 {
		s.height = 7.6 // room for a pen
	}
	for i, c := range columns {
		s.inks[i], s.lines[i] = d.book.Fit(c.text(r), c.ink(r), c.ink(r).Size*0.75, c.width-2, 1)
		if len(s.lines[i]) > 1 {
			ink := c.ink(r)
			ink.Size *= 0.85
			s.inks[i], s.lines[i] = d.book.Fit(c.text(r), ink, ink.Size*0.75, c.width-2, 2)
		}
		s.height = max(s.height, float64(len(s.lines[i]))*leading(s.inks[i].Size)+2.2)
	}
	return s
}

func (d *recordDrawing) line(columns []recordColumn, s setRow, shade bool) {
	if shade {
		d.leaf.Box(recordMargin, d.y, d.inner(), s.height, &mist, 0, mist)
	}
	d.tag("TR", func() {
		x := recordMargin
		for i, c := range columns {
			ink := s.inks[i]
			if s.gone {
				ink.Color = grey
			}
			d.tag("TD", func() { d.lines(x, c, ink, s.lines[i], s.height) })
			d.leaf.Line(x, d.y, x, d.y+s.height, 0.3, 0, pale)
			x += c.width
		}
		d.leaf.Line(x, d.y, x, d.y+s.height, 0.3, 0, pale)
	})
	d.y += s.height
	d.leaf.Line(recordMargin, d.y, d.w-recordMargin, d.y, 0.3, 0, pale)
}
