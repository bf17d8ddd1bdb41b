package web

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/intake"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/training"
	"github.com/passmuster/passmuster/templates/staff"
)

// maxRoster is the largest roster file, in bytes, with room for the form around
// it; what is inside is limited by intake.
const maxRoster = 10<<20 + 64<<10

const xlsxType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// uploadRoster handles POST /t/classes/:id/imports.
func (s *Server) uploadRoster(c *gin.Context, v visitor) error {
	id := registry.ID(c.Param("id"))
	name, data, err := uploaded(c)
	if err != nil {
		return s.rosterRefused(c, v, staff.PersonForm{}, err)
	}
	preview, err := s.Training.UploadImport(c.Request.Context(), v.actor, id, name, data)
	if err != nil {
		return s.rosterRefused(c, v, staff.PersonForm{}, err)
	}
	place := importURL(preview.Import.ID)
	if preview.Again {
		place += "?again=1"
	}
	return to(c, place)
}

func importURL(id registry.ID) string { return "/t/imports/" + string(id) }

// uploaded reads the file of the form.
func uploaded(c *gin.Context) (name string, data []byte, err error) {
	return uploadedUpTo(c, maxRoster)
}

func uploadedUpTo(c *gin.Context, limit int64) (name string, data []byte, err error) {
	if err := edge.AllowBody(c, limit); err != nil {
		return "", nil, err
	}
	header, err := c.FormFile("file")
	switch {
	case errors.Is(err, http.ErrMissingFile) || err == nil && header.Size == 0 && header.Filename == "":
		return "", nil, registry.FailField(registry.Invalid, "file", "web.file")
	case err != nil:
		if edge.IsUnread(err) {
			return "", nil, err
		}
		return "", nil, registry.FailField(registry.Invalid, "file", "web.file")
	}
	file, err := header.Open()
	if err != nil {
		return "", nil, fmt.Errorf("open uploaded file: %w", err)
	}
	defer func() { _ = file.Close() }()
	data, err = io.ReadAll(file)
	if err != nil {
		return "", nil, fmt.Errorf("read uploaded file: %w", err)
	}
	return filepath.Base(strings.ReplaceAll(header.Filename, `\`, "/")), data, nil
}

// showImport handles GET /t/imports/:id: the columns where they must be explained
// first, how far it is while a job is at it, else what is in the file.
func (s *Server) showImport(c *gin.Context, v visitor) error {
	preview, err := s.Training.PreviewImport(c.Request.Context(), v.actor, registry.ID(c.Param("id")))
	if err != nil {
		return err
	}
	switch preview.Import.Status {
	case training.ImportMapping:
		return to(c, importURL(preview.Import.ID)+"/columns")
	case training.ImportCommitting:
		return s.showImportRun(c, v, preview)
	}
	page, err := s.importPage(c, v, preview)
	if err != nil {
		return err
	}
	if c.Query("again") != "" {
		page.Again = page.P.Time(preview.Import.CreatedAt, s.zone(c.Request.Context(), preview.Class.Base))
	}
	if run := preview.Run; run.Status == "failed" && preview.Import.Status == training.ImportPreviewed && page.Refusal == nil {
		message, fix := page.P.Error(&registry.Error{Code: "wizard.stopped"})
		page.Refusal = &staff.Refusal{Message: message, Fix: fix}
	}
	return show(c, http.StatusOK, staff.ImportPage(page))
}

func (s *Server) showImportRun(c *gin.Context, v visitor, preview training.Preview) error {
	head, err := s.importHead(c, v, preview)
	if err != nil {
		return err
	}
	head.Step = 4
	return show(c, http.StatusOK, staff.ImportRunPage(staff.ImportRun{Import: head, Done: preview.Run.Done, Total: preview.Run.Total, Rejected: preview.Run.Failed}))
}

// importHead is what the pages of an import share.
func (s *Server) importHead(c *gin.Context, v visitor, preview training.Preview) (staff.Import, error) {
	p := edge.Printer(c)
	n, err := s.names(c)
	if err != nil {
		return staff.Import{}, err
	}
	page := staff.Import{Frame: s.frame(c, v, "/t"), ID: string(preview.Import.ID), Filename: preview.Import.Filename, Step: 3,
		Class: staff.Link{Text: n.course(preview.Class.Course, preview.Class.CourseVersion) + " · " + preview.Class.Code, URL: "/t/classes/" + string(preview.Class.ID)},
		Gone:  len(preview.Import.Body) == 0, Out: preview.Edits.Out, Statement: p.T("staff.skills.statement")}
	if last := preview.Last; !last.At.IsZero() {
		page.Step = 4
		page.Last = p.T("wizard.last", last.Enrolled, last.Unchanged, last.Recorded, p.Time(last.At, s.zone(c.Request.Context(), preview.Class.Base)))
	}
	return page, nil
}

// importPage is the preview of a file, and the report once it was taken in.
func (s *Server) importPage(c *gin.Context, v visitor, preview training.Preview) (staff.Import, error) {
	page, err := s.importHead(c, v, preview)
	if err != nil || page.Gone {
		return page, err
	}
	if preview.Fault != nil {
		page.Unreadable = true
		page.Refusal, _, err = refused(c, preview.Fault)
		return page, err
	}
	view, err := s.Training.Class(c.Request.Context(), v.actor, preview.Import.Class)
	if err != nil {
		return page, err
	}
	can, err := s.classActs(c.Request.Context(), v.actor, view)
	if err != nil {
		return page, err
	}
	p, report := page.P, preview.Report
	at, _ := strconv.Atoi(c.Query("at"))
	page.Errors, page.Warnings = faultGroups(p, preview, at)
	page.New, page.Good, page.Bad = report.Enrolled, report.Enrolled+report.Unchanged, report.Rejected
	open := slices.Contains(recordable, view.Class.Status)
	page.CanResults = open && can[registry.RecordResults] && hasMarks(preview.Roster, view.Course) && !view.Class.StartsOn().After(s.today(c, view.Class.Base))
	page.Open = open && page.Good > 0 && (page.New > 0 || page.CanResults && preview.Last.Recorded < page.Good)
	page.Results = page.CanResults
	page.Counts = []staff.Count{{Label: p.T("staff.import.count.new"), N: report.Enrolled}, {Label: p.T("staff.import.count.unchanged"), N: report.Unchanged},
		{Label: p.T("staff.import.count.errors"), N: report.Rejected, Tone: toneIf(report.Rejected > 0, "bad")}, {Label: p.T("staff.import.count.warnings"), N: rowsOf(page.Warnings)}}
	for _, f := range preview.Roster.Notes {
		page.Notes = append(page.Notes, strings.TrimPrefix(intake.Line(p, f), " · "))
	}
	return page, nil
}

func rowsOf(groups []staff.CellGroup) int {
	n := 0
	for _, g := range groups {
		n += len(g.Lines) + g.More
	}
	return n
}

// hasMarks reports a roster that carries results of what the course assesses.
func hasMarks(r *intake.Roster, course registry.Course) bool {
	return slices.ContainsFunc(r.Rows, func(row intake.Row) bool {
		return course.PassMark > 0 && row.Theory != nil || len(course.Skills.Items) > 0 && row.Skills != nil
	})
}

// faultGroups puts together what is repaired in the same way: errors first found
// first, and the warnings apart. The first cell at or after the line at is the
// next to be typed in.
func faultGroups(p *i18n.Printer, preview training.Preview, at int) (errs, warnings []staff.CellGroup) {
	const most, mostErrors = 30, 100 // in a group, and in all: the page stays small, the file has the rest
	shown := 0
	var next *staff.CellFault
	for _, f := range preview.Report.Faults {
		_, fix := p.Fault(f)
		groups, room := &errs, shown < mostErrors
		if f.Warn {
			groups, room = &warnings, true
		}
		i := slices.IndexFunc(*groups, func(g staff.CellGroup) bool { return g.Fix == fix })
		if i < 0 {
			*groups = append(*groups, staff.CellGroup{Fix: fix})
			i = len(*groups) - 1
		}
		g := &(*groups)[i]
		if len(g.Lines) >= most || !room {
			g.More++
			continue
		}
		g.Lines = append(g.Lines, faultLine(p, preview.Roster, f))
		if !f.Warn {
			shown++
		}
	}
	for i := range errs {
		for j := range errs[i].Lines {
			if l := &errs[i].Lines[j]; at > 0 && l.Heading != "" && l.Line >= at && (next == nil || l.Line < next.Line) {
				next = l
			}
		}
	}
	if next != nil {
		next.Focus = true
	}
	return errs, warnings
}

// faultLine is one fault with its cell. Of a cell that may hold an id or a
// telephone number only the end is shown, and it is typed anew.
func faultLine(p *i18n.Printer, r *intake.Roster, f registry.Fault) staff.CellFault {
	what, _ := p.Fault(f)
	l := staff.CellFault{Line: f.Row, Where: p.T("intake.row", f.Row), What: what, Out: true}
	row, ok := r.Line(f.Row)
	if !ok {
		return l
	}
	if name := shownName(r, row); name != "" {
		l.Where += " · " + name
	}
	i := r.Columns.IndexOf(f.Field)
	if i < 0 {
		return l
	}
	l.Heading, l.Column = r.Columns.Headings[i], i
	l.Value, l.Hidden = shownCell(r, row, i)
	l.Numeric = r.Columns.FieldAt(i) == intake.FieldTheory
	return l
}

// shownName is the name in a row as far as there is one, right or not.
func shownName(r *intake.Roster, row intake.Row) string {
	if row.Name != "" {
		return row.Name
	}
	i := r.Columns.IndexOf(string(intake.FieldName))
	if i < 0 {
		i = r.Columns.IndexOf(string(intake.FieldSurname))
	}
	return intake.Shown(visible(row.Cell(i).Text))
}

// visible is a text without what cannot be seen: a character that turns the
// direction of writing would turn the page too.
func visible(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cf, unicode.Cc, unicode.Co) {
			return -1
		}
		return r
	}, s))
}

// shownCell is a cell to be typed over: its value, or the end of one that is
// hidden.
func shownCell(r *intake.Roster, row intake.Row, i int) (value, hidden string) {
	text := row.Cell(i).Text
	field := r.Columns.FieldAt(i)
	if text != "" && (field == intake.FieldID || field == intake.FieldPhone || intake.Hides(text)) {
		return "", registry.MaskID(text)
	}
	return visible(text), ""
}

// commitImport handles POST /t/imports/:id/commit.
func (s *Server) commitImport(c *gin.Context, v visitor) error {
	ctx, id := c.Request.Context(), registry.ID(c.Param("id"))
	o := training.EnrolOptions{AllOrNothing: c.PostForm("how") == "all", Results: c.PostForm("results") != ""}
	if c.PostForm("statement") != "" {
		o.Statement = text(c, "staff.skills.statement")
	}
	preview, err := s.Training.PreviewImport(ctx, v.actor, id)
	if err != nil {
		return err
	}
	if preview.Roster == nil { // a job is at it, or it cannot be read now: the page says so
		return to(c, importURL(id))
	}
	if o.Results && o.Statement == "" && marksSkills(preview.Roster) {
		return s.importAgain(c, v, preview, o, registry.FailField(registry.Invalid, "statement", "web.statement"))
	}
	if len(preview.Roster.Rows) > training.ImportAtOnce {
		if _, err := s.Training.StartImport(ctx, v.actor, id, o); err != nil {
			return s.importAgain(c, v, preview, o, err)
		}
		return to(c, importURL(id))
	}
	done, err := s.Training.CommitImport(ctx, v.actor, id, o)
	if err != nil {
		return s.importAgain(c, v, preview, o, err)
	}
	r := done.Report
	if r.Rejected > 0 {
		s.flash(c, "warn", "staff.flash.imported.some", r.Enrolled, r.Unchanged, r.Rejected)
		return to(c, importURL(id))
	}
	s.flash(c, "good", "staff.flash.imported", r.Enrolled, r.Unchanged, r.Recorded)
	return to(c, "/t/classes/"+string(done.Import.Class))
}

// marksSkills reports a roster in which somebody passed the skills assessment.
func marksSkills(r *intake.Roster) bool {
	return slices.ContainsFunc(r.Rows, func(row intake.Row) bool { return row.OK() && row.Skills != nil && *row.Skills })
}

func (s *Server) importAgain(c *gin.Context, v visitor, preview training.Preview, o training.EnrolOptions, err error) error {
	refusal, status, err := refused(c, err)
	if err != nil {
		return err
	}
	page, err := s.importPage(c, v, preview)
	if err != nil {
		return err
	}
	refusal.Wrongs = nil // the rows stand below
	page.Refusal, page.All, page.Results, page.Stated = refusal, o.AllOrNothing, o.Results, o.Statement != ""
	return show(c, status, staff.ImportPage(page))
}

// rejectedRows handles GET /t/imports/:id/rejected.xlsx.
func (s *Server) rejectedRows(c *gin.Context, v visitor) error {
	preview, err := s.Training.PreviewImport(c.Request.Context(), v.actor, registry.ID(c.Param("id")))
	if err != nil {
		return err
	}
	if preview.Roster == nil {
		return to(c, importURL(preview.Import.ID))
	}
	roster := *preview.Roster
	roster.Rows = slices.Clone(roster.Rows)
	for i := range roster.Rows { // what the class itself found wrong belongs into the report too
		for _, f := range preview.Report.Faults {
			if f.Row == roster.Rows[i].Line && !f.Warn && roster.Rows[i].OK() {
				roster.Rows[i].Faults = append(slices.Clone(roster.Rows[i].Faults), f)
			}
		}
	}
	body, err := intake.RejectedXLSX(&roster, edge.Lang(c))
	if err != nil {
		return err
	}
	name := strings.TrimSuffix(preview.Import.Filename, filepath.Ext(preview.Import.Filename))
	return download(c, xlsxType, name+"-"+text(c, "staff.import.file.rejected")+".xlsx", body)
}

// rosterTemplate handles GET /t/roster-template.xlsx.
func (s *Server) rosterTemplate(c *gin.Context, _ visitor) error {
	body, err := intake.TemplateXLSX(edge.Lang(c))
	if err != nil {
		return err
	}
	return download(c, xlsxType, text(c, "staff.import.file.template")+".xlsx", body)
}

// download answers with a file to be saved under the name (RFC 6266).
func download(c *gin.Context, kind, name string, body []byte) error {
	c.Header("Content-Disposition", "attachment; filename*=UTF-8''"+strings.ReplaceAll(url.QueryEscape(name), "+", "%20"))
	c.Data(http.StatusOK, kind, body)
	return nil
}
