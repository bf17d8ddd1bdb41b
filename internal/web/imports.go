package web

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

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
	preview, err := s.Training.StoreImport(c.Request.Context(), v.actor, id, name, data, nil)
	if err != nil {
		return s.rosterRefused(c, v, staff.PersonForm{}, err)
	}
	return to(c, "/t/imports/"+string(preview.Import.ID))
}

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
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
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

// showImport handles GET /t/imports/:id.
func (s *Server) showImport(c *gin.Context, v visitor) error {
	preview, err := s.Training.PreviewImport(c.Request.Context(), v.actor, registry.ID(c.Param("id")))
	if err != nil {
		return err
	}
	page, err := s.importPage(c, v, preview)
	if err != nil {
		return err
	}
	return show(c, http.StatusOK, staff.ImportPage(page))
}

func (s *Server) importPage(c *gin.Context, v visitor, preview training.Preview) (staff.Import, error) {
	p := edge.Printer(c)
	view, err := s.Training.Class(c.Request.Context(), v.actor, preview.Import.Class)
	if err != nil {
		return staff.Import{}, err
	}
	can, err := s.classActs(c.Request.Context(), v.actor, view)
	if err != nil {
		return staff.Import{}, err
	}
	report := preview.Report
	errs, warnings := faultGroups(p, report.Faults)
	page := staff.Import{Frame: s.frame(c, v, "/t"), ID: string(preview.Import.ID), Filename: preview.Import.Filename,
		Class:  staff.Link{Text: p.Text(view.Course.Title), URL: "/t/classes/" + string(view.Class.ID)},
		Errors: errs, Warnings: warnings, New: report.Enrolled, Good: report.Enrolled + report.Unchanged, Bad: report.Rejected,
		Statement: p.T("staff.skills.statement"), Done: preview.Import.Status != training.ImportPreviewed}
	open := slices.Contains(recordable, view.Class.Status)
	page.Open = open && page.Good > 0
	page.CanResults = open && can[registry.RecordResults] && hasMarks(preview.Roster, view.Course) && !view.Class.StartsOn().After(s.today(c, view.Class.Base))
	page.Results = page.CanResults
	page.Counts = []staff.Count{{Label: p.T("staff.import.count.new"), N: report.Enrolled}, {Label: p.T("staff.import.count.unchanged"), N: report.Unchanged},
		{Label: p.T("staff.import.count.errors"), N: report.Rejected, Tone: toneIf(report.Rejected > 0, "bad")}, {Label: p.T("staff.import.count.warnings"), N: rowsOf(warnings)}}
	for _, f := range preview.Roster.Notes {
		message, fix := p.Fault(f)
		page.Notes = append(page.Notes, message+" · "+fix)
	}
	return page, nil
}

func rowsOf(groups []staff.FaultGroup) int {
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
// first, and the warnings apart.
func faultGroups(p *i18n.Printer, faults []registry.Fault) (errs, warnings []staff.FaultGroup) {
	const most = 50
	for _, f := range faults {
		message, fix := p.Fault(f)
		line := p.T("intake.row", f.Row)
		if f.Field != "" {
			line += " · " + p.T("intake.column", f.Field)
		}
		line += " · " + message
		groups := &errs
		if f.Warn {
			groups = &warnings
		}
		i := slices.IndexFunc(*groups, func(g staff.FaultGroup) bool { return g.Fix == fix })
		if i < 0 {
			*groups = append(*groups, staff.FaultGroup{Fix: fix})
			i = len(*groups) - 1
		}
		if g := &(*groups)[i]; len(g.Lines) < most {
			g.Lines = append(g.Lines, line)
		} else {
			g.More++
		}
	}
	return errs, warnings
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
	if o.Results && o.Statement == "" && marksSkills(preview.Roster) {
		return s.importAgain(c, v, preview, o, registry.FailField(registry.Invalid, "statement", "web.statement"))
	}
	done, err := s.Training.CommitImport(ctx, v.actor, id, o)
	if err != nil {
		return s.importAgain(c, v, preview, o, err)
	}
	r := done.Report
	if r.Rejected > 0 {
		s.flash(c, "warn", "staff.flash.imported.some", r.Enrolled, r.Unchanged, r.Rejected)
		return to(c, "/t/imports/"+string(id))
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
