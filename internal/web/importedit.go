package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/intake"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/training"
	"github.com/passmuster/passmuster/templates/staff"
	"github.com/passmuster/passmuster/templates/ui"
)

// maxColumns is how many columns a file may have.
const maxColumns = 64

func (s *Server) mountImports(e *gin.Engine) {
	get(e, "/t/imports/:id", s.staff(s.showImport))
	get(e, "/t/imports/:id/columns", s.staff(s.showColumns))
	e.POST("/t/imports/:id/columns", s.staff(s.saveColumns))
	e.POST("/t/imports/:id/cells", s.staff(s.saveCell))
	get(e, "/t/imports/:id/rows/:line", s.staff(s.showImportRow))
	e.POST("/t/imports/:id/rows/:line", s.staff(s.saveImportRow))
	e.POST("/t/imports/:id/commit", s.staff(s.commitImport))
	e.POST("/t/imports/:id/discard", s.staff(s.discardImport))
	get(e, "/t/imports/:id/rejected.xlsx", s.staff(s.rejectedRows))
	get(e, "/t/roster-template.xlsx", s.staff(s.rosterTemplate))
}

// showColumns handles GET /t/imports/:id/columns.
func (s *Server) showColumns(c *gin.Context, v visitor) error {
	preview, err := s.Training.PreviewImport(c.Request.Context(), v.actor, registry.ID(c.Param("id")))
	if err != nil {
		return err
	}
	if len(preview.Import.Body) == 0 || preview.Import.Status == training.ImportCommitting {
		return to(c, importURL(preview.Import.ID))
	}
	page, err := s.columnsPage(c, v, preview)
	if err != nil {
		return err
	}
	return show(c, http.StatusOK, staff.ColumnsPage(page))
}

func (s *Server) columnsPage(c *gin.Context, v visitor, preview training.Preview) (staff.Columns, error) {
	head, err := s.importHead(c, v, preview)
	if err != nil {
		return staff.Columns{}, err
	}
	head.Step = 2
	n, err := s.names(c)
	if err != nil {
		return staff.Columns{}, err
	}
	page := staff.Columns{Import: head, Base: n.base(preview.Class.Base), Fields: []ui.Option{{Value: string(intake.FieldIgnored), Label: text(c, "wizard.field.ignored")}}}
	for _, f := range intake.Fields {
		if f != intake.FieldIgnored {
			page.Fields = append(page.Fields, ui.Option{Value: string(f), Label: text(c, "wizard.field."+string(f))})
		}
	}
	if !preview.Look.Named {
		page.Refusal = said(c, "wizard.name")
	}
	for i, found := range preview.Look.Columns {
		choice := staff.ColumnChoice{N: i, Heading: found.Heading, Field: string(found.Field), Samples: found.Samples, Guessed: found.Field != "" && !found.Sure}
		if found.Sure || found.Field == "" && len(found.Samples) == 0 && preview.Look.Named {
			page.Known = append(page.Known, choice)
		} else {
			page.Asked = append(page.Asked, choice)
		}
	}
	return page, nil
}

// saveColumns handles POST /t/imports/:id/columns.
func (s *Server) saveColumns(c *gin.Context, v visitor) error {
	ctx, id := c.Request.Context(), registry.ID(c.Param("id"))
	mapping := map[string]string{}
	for i := range maxColumns {
		heading, sent := c.GetPostForm("h" + strconv.Itoa(i))
		if !sent {
			break
		}
		mapping[heading] = c.PostForm("f" + strconv.Itoa(i))
	}
	preview, err := s.Training.EditImport(ctx, v.actor, id, training.ImportEdit{Mapping: mapping})
	if err == nil {
		return to(c, importURL(id))
	}
	refusal, status, fault := refused(c, err)
	if fault != nil || preview.Import.ID == "" {
		return err
	}
	if preview, err = s.Training.PreviewImport(ctx, v.actor, id); err != nil {
		return err
	}
	page, err := s.columnsPage(c, v, preview)
	if err != nil {
		return err
	}
	for _, list := range [][]staff.ColumnChoice{page.Asked, page.Known} {
		for i := range list {
			if f, sent := mapping[list[i].Heading]; sent {
				list[i].Field = f
			}
		}
	}
	page.Refusal = refusal
	return show(c, status, staff.ColumnsPage(page))
}

// saveCell handles POST /t/imports/:id/cells: one cell typed anew, or a row left
// out or taken back in.
func (s *Server) saveCell(c *gin.Context, v visitor) error {
	id := registry.ID(c.Param("id"))
	line, err := strconv.Atoi(c.PostForm("line"))
	if err != nil {
		return registry.FailField(registry.Invalid, "line", "wizard.no_row", c.PostForm("line"))
	}
	var e training.ImportEdit
	switch c.PostForm("do") {
	case "out", "in":
		e.Out = map[int]bool{line: c.PostForm("do") == "out"}
	default:
		column, err := strconv.Atoi(c.PostForm("column"))
		if err != nil {
			return registry.FailField(registry.Invalid, "column", "wizard.no_column", c.PostForm("column"))
		}
		e.Cells = []training.CellEdit{{Line: line, Column: column, Text: strings.TrimSpace(c.PostForm("text"))}}
	}
	return s.corrected(c, v, id, line, e)
}

// corrected stores a correction and goes on to the next faulty cell.
func (s *Server) corrected(c *gin.Context, v visitor, id registry.ID, line int, e training.ImportEdit) error {
	preview, err := s.Training.EditImport(c.Request.Context(), v.actor, id, e)
	if err != nil {
		return err
	}
	wrong := slices.ContainsFunc(preview.Report.Faults, func(f registry.Fault) bool { return f.Row == line && !f.Warn })
	switch {
	case e.Out[line]:
		s.flash(c, ui.Info, "wizard.flash.out", line)
	case wrong:
		s.flash(c, ui.Warn, "wizard.flash.wrong", line)
	default:
		s.flash(c, ui.Good, "wizard.flash.right", line)
	}
	return to(c, importURL(id)+"?at="+strconv.Itoa(line))
}

// showImportRow handles GET /t/imports/:id/rows/:line.
func (s *Server) showImportRow(c *gin.Context, v visitor) error {
	preview, err := s.Training.PreviewImport(c.Request.Context(), v.actor, registry.ID(c.Param("id")))
	if err != nil {
		return err
	}
	if preview.Roster == nil {
		return to(c, importURL(preview.Import.ID))
	}
	head, err := s.importHead(c, v, preview)
	if err != nil {
		return err
	}
	line, _ := strconv.Atoi(c.Param("line"))
	row, ok := preview.Roster.Line(line)
	if !ok {
		return registry.Fail(registry.NotFound, "wizard.no_row", c.Param("line"))
	}
	page := staff.ImportRow{Import: head, Line: line, Name: shownName(preview.Roster, row)}
	for _, f := range preview.Report.Faults {
		if f.Row == line && preview.Roster.Columns.IndexOf(f.Field) < 0 {
			message, fix := page.P.Fault(f)
			page.Wrong = append(page.Wrong, message+" · "+fix)
		}
	}
	for i, heading := range preview.Roster.Columns.Headings {
		if field := preview.Roster.Columns.FieldAt(i); field != "" && field != intake.FieldIgnored && field != intake.FieldOrdinal {
			page.Cells = append(page.Cells, rowCell(c, preview, row, i, heading))
		}
	}
	return show(c, http.StatusOK, staff.ImportRowPage(page))
}

// rowCell is one cell with what is wrong with it.
func rowCell(c *gin.Context, preview training.Preview, row intake.Row, i int, heading string) staff.RowCell {
	p := edge.Printer(c)
	value, hidden := shownCell(preview.Roster, row, i)
	cell := staff.RowCell{Input: ui.Input{P: p, Name: "c" + strconv.Itoa(i), Label: heading, Value: value, MaxLength: 1000, Autocomplete: "off"}}
	if hidden != "" {
		cell.Input.Hint = p.T("wizard.cell.hidden", hidden)
	}
	for _, f := range preview.Report.Faults {
		if f.Row != row.Line || preview.Roster.Columns.IndexOf(f.Field) != i {
			continue
		}
		message, fix := p.Fault(f)
		if f.Warn {
			cell.Doubts = append(cell.Doubts, message+" · "+fix)
		} else {
			cell.Input.Error, cell.Input.Fix = message, fix
		}
	}
	return cell
}

// saveImportRow handles POST /t/imports/:id/rows/:line. A hidden cell that is
// left empty keeps what it has.
func (s *Server) saveImportRow(c *gin.Context, v visitor) error {
	id := registry.ID(c.Param("id"))
	line, err := strconv.Atoi(c.Param("line"))
	if err != nil {
		return registry.Fail(registry.NotFound, "wizard.no_row", c.Param("line"))
	}
	if c.PostForm("do") == "out" {
		return s.corrected(c, v, id, line, training.ImportEdit{Out: map[int]bool{line: true}})
	}
	preview, err := s.Training.PreviewImport(c.Request.Context(), v.actor, id)
	if err != nil {
		return err
	}
	if preview.Roster == nil {
		return to(c, importURL(id))
	}
	row, ok := preview.Roster.Line(line)
	if !ok {
		return registry.Fail(registry.NotFound, "wizard.no_row", c.Param("line"))
	}
	var e training.ImportEdit
	for i := range preview.Roster.Columns.Headings {
		typed, sent := c.GetPostForm("c" + strconv.Itoa(i))
		typed = strings.TrimSpace(typed)
		value, hidden := shownCell(preview.Roster, row, i)
		if sent && (hidden == "" || typed != "") && typed != value {
			e.Cells = append(e.Cells, training.CellEdit{Line: line, Column: i, Text: typed})
		}
	}
	return s.corrected(c, v, id, line, e)
}

// discardImport handles POST /t/imports/:id/discard.
func (s *Server) discardImport(c *gin.Context, v visitor) error {
	ctx, id := c.Request.Context(), registry.ID(c.Param("id"))
	preview, err := s.Training.PreviewImport(ctx, v.actor, id)
	if err != nil {
		return err
	}
	if err := s.Training.DiscardImport(ctx, v.actor, id); err != nil {
		return err
	}
	s.flash(c, ui.Info, "wizard.flash.discarded", preview.Import.Filename)
	return to(c, "/t/classes/"+string(preview.Import.Class))
}
