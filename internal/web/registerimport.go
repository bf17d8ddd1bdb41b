package web

import (
	"net/http"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/accredit"
	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/intake"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/templates/staff"
	"github.com/passmuster/passmuster/templates/ui"
)

const importsPath = "/registry/imports"

func (s *Server) mountRegisterImports(e *gin.Engine) {
	get(e, importsPath+"/new", s.staff(s.newRegisterImport))
	get(e, importsPath+"/template.xlsx", s.staff(s.registerTemplate))
	e.POST(importsPath, s.staff(s.uploadRegister))
	get(e, importsPath+"/:id", s.staff(s.showRegisterImport))
	e.POST(importsPath+"/:id/commit", s.staff(s.commitRegister))
	get(e, importsPath+"/:id/rejected.xlsx", s.staff(s.rejectedRegister))
}

func importPath(kind string) string { return importsPath + "/new?kind=" + kind }

// homes are the registers that the lists belong to.
var homes = map[string]string{accredit.ImportOrganizations: orgsPath, accredit.ImportBases: basesPath, accredit.ImportTrainers: trainersPath, accredit.ImportAccounts: usersPath}

// newRegisterImport handles GET /registry/imports/new?kind=.
func (s *Server) newRegisterImport(c *gin.Context, v visitor) error {
	return s.uploadPage(c, v, c.Query("kind"), nil, http.StatusOK)
}

func (s *Server) uploadPage(c *gin.Context, v visitor, kind string, refusal *staff.Refusal, status int) error {
	act, ok := accredit.ImportKinds[kind]
	switch {
	case !ok:
		return registry.Fail(registry.NotFound, "import.unknown", kind)
	case !registry.CanSomewhere(v.actor, act):
		return registry.Fail(registry.Forbidden, "access.forbidden", string(act))
	}
	page := staff.Sheet{Frame: s.frame(c, v, registryPath), Tabs: registerTabs(edge.Printer(c), v, homes[kind])}
	p := page.P
	page.Title, page.Sub, page.Refusal = p.T("registers.import."+kind), p.T("registers.import."+kind+".lead"), refusal
	page.Back = staff.Link{Text: p.T("registers." + register(kind)), URL: homes[kind]}
	f := formFields{p, url.Values{}, nil}
	file := f.text("file", "registers.import.file", required, func(in *ui.Input) {
		in.Type, in.Accept, in.Autocomplete, in.MaxLength, in.Hint = "file", ".xlsx,.csv", "", 0, p.T("registers.import.file.about")
	})
	page.Forms = []staff.Form{{Action: importsPath + "?kind=" + kind, Upload: true, Groups: []staff.Group{{Fields: []staff.Entry{file}}}, Submit: p.T("staff.import.do")}}
	block := staff.Block{Title: p.T("registers.import.columns"), Lead: p.T("registers.import.columns.hint"), Heads: []string{p.T("registers.import.column"), p.T("registers.import.meaning")},
		Actions: []staff.Link{{Text: p.T("registers.import.template"), URL: importsPath + "/template.xlsx?kind=" + kind}}}
	for _, name := range accredit.ImportColumns(kind) {
		block.Rows = append(block.Rows, staff.ListRow{Cells: []staff.ListCell{{Text: p.T("registers.col." + name)}, {Text: meaning(p, kind, name)}}})
	}
	page.Blocks = []staff.Block{block}
	return show(c, status, staff.SheetPage(page))
}

// register is the register that a kind of list is named after.
func register(kind string) string {
	if kind == accredit.ImportAccounts {
		return "users"
	}
	return kind
}

// meaning says what is expected in a column.
func meaning(p *i18n.Printer, kind, name string) string {
	for _, key := range []string{"registers.mean." + kind + "." + name, "registers.mean." + name} {
		if p.Has(key) {
			return p.T(key)
		}
	}
	return "–"
}

// registerTemplate handles GET /registry/imports/template.xlsx?kind=.
func (s *Server) registerTemplate(c *gin.Context, _ visitor) error {
	kind := c.Query("kind")
	if _, ok := accredit.ImportKinds[kind]; !ok {
		return registry.Fail(registry.NotFound, "import.unknown", kind)
	}
	p := edge.Printer(c)
	var head, example, notes []string
	for i, name := range accredit.ImportColumns(kind) {
		head = append(head, p.T("registers.col."+name))
		text := meaning(p, kind, name)
		notes = append(notes, p.T("registers.col."+name)+": "+text)
		if i == 0 {
			text = "DEMO"
		}
		example = append(example, text)
	}
	body, err := intake.SheetTemplate(p.T("registers."+register(kind)), head, example, notes, p.T("intake.notes"))
	if err != nil {
		return err
	}
	return download(c, xlsxType, p.T("registers."+register(kind))+".xlsx", body)
}

// uploadRegister handles POST /registry/imports?kind=.
func (s *Server) uploadRegister(c *gin.Context, v visitor) error {
	kind := c.Query("kind")
	name, data, err := uploaded(c)
	if err == nil {
		var id registry.ID
		if id, err = s.storeRegister(c, v, kind, name, data); err == nil {
			return to(c, importsPath+"/"+string(id))
		}
	}
	refusal, status, fault := refused(c, err)
	if fault != nil {
		return fault
	}
	return s.uploadPage(c, v, kind, refusal, status)
}

func (s *Server) storeRegister(c *gin.Context, v visitor, kind, name string, data []byte) (registry.ID, error) {
	i, err := s.Accredit.StoreList(c.Request.Context(), v.actor, kind, name, data)
	return i.ID, err
}

// showRegisterImport handles GET /registry/imports/:id.
func (s *Server) showRegisterImport(c *gin.Context, v visitor) error {
	preview, err := s.Accredit.PreviewList(c.Request.Context(), v.actor, registry.ID(c.Param("id")))
	if err != nil {
		return err
	}
	return show(c, http.StatusOK, staff.RegisterImportPage(s.registerImportPage(c, v, preview)))
}

func (s *Server) registerImportPage(c *gin.Context, v visitor, preview accredit.ListPreview) staff.RegisterImport {
	kind, r := preview.Import.Kind, preview.Report
	at := importsPath + "/" + string(preview.Import.ID)
	page := staff.RegisterImport{Frame: s.frame(c, v, registryPath), Tabs: registerTabs(edge.Printer(c), v, homes[kind]), Filename: preview.Import.Filename, Action: at + "/commit",
		Rejected: at + "/rejected.xlsx", Good: r.Created + r.Updated + r.Unchanged, Bad: r.Rejected, Done: preview.Import.Status == "done", Again: importPath(kind)}
	p := page.P
	page.Title, page.Back = p.T("registers.import."+kind), staff.Link{Text: p.T("registers." + register(kind)), URL: homes[kind]}
	page.Counts = []staff.Count{{Label: p.T("registers.import.created"), N: r.Created, Tone: toneIf(r.Created > 0, ui.Good)}, {Label: p.T("registers.import.updated"), N: r.Updated},
		{Label: p.T("staff.import.count.unchanged"), N: r.Unchanged}, {Label: p.T("staff.import.count.errors"), N: r.Rejected, Tone: toneIf(r.Rejected > 0, ui.Bad)}}
	for _, f := range preview.Sheet.Notes {
		message, fix := p.Fault(f)
		page.Notes = append(page.Notes, message+" · "+fix)
	}
	page.Errors = listFaults(p, r.Faults)
	if kind == accredit.ImportAccounts {
		page.Links = staff.Link{Text: p.T("registers.import.links"), URL: invitationsPath + "?state=open"}
	}
	return page
}

// listFaults puts together what is repaired in the same way.
func listFaults(p *i18n.Printer, faults []registry.Fault) []staff.RegisterFaults {
	const most = 30
	var groups []staff.RegisterFaults
	at := map[string]int{}
	for _, f := range faults {
		message, fix := p.Fault(f)
		line := p.T("intake.row", f.Row)
		if f.Field != "" {
			line += " · " + p.T("intake.column", f.Field)
		}
		i, ok := at[fix]
		if !ok {
			i = len(groups)
			at[fix], groups = i, append(groups, staff.RegisterFaults{Fix: fix})
		}
		if g := &groups[i]; len(g.Lines) < most {
			g.Lines = append(g.Lines, line+" · "+message)
		} else {
			g.More++
		}
	}
	return groups
}

// commitRegister handles POST /registry/imports/:id/commit.
func (s *Server) commitRegister(c *gin.Context, v visitor) error {
	ctx, id := c.Request.Context(), registry.ID(c.Param("id"))
	done, err := s.Accredit.CommitList(ctx, v.actor, id, c.PostForm("how") == "all")
	if err != nil {
		refusal, status, fault := refused(c, err)
		if fault != nil {
			return fault
		}
		preview, err := s.Accredit.PreviewList(ctx, v.actor, id)
		if err != nil {
			return err
		}
		page := s.registerImportPage(c, v, preview)
		page.Refusal = refusal
		return show(c, status, staff.RegisterImportPage(page))
	}
	r := done.Report
	s.flash(c, toneIf(r.Rejected == 0, ui.Good), "registers.flash.imported", r.Created, r.Updated, r.Unchanged, r.Rejected)
	if r.Rejected == 0 && done.Import.Kind != accredit.ImportAccounts {
		return to(c, homes[done.Import.Kind])
	}
	if r.Rejected == 0 {
		return to(c, invitationsPath+"?state=open")
	}
	return to(c, importsPath+"/"+string(id))
}

// rejectedRegister handles GET /registry/imports/:id/rejected.xlsx.
func (s *Server) rejectedRegister(c *gin.Context, v visitor) error {
	preview, err := s.Accredit.PreviewList(c.Request.Context(), v.actor, registry.ID(c.Param("id")))
	if err != nil {
		return err
	}
	body, err := preview.Sheet.Rejected(edge.Lang(c), preview.Report.Faults)
	if err != nil {
		return err
	}
	name := strings.TrimSuffix(preview.Import.Filename, filepath.Ext(preview.Import.Filename))
	return download(c, xlsxType, name+"-"+text(c, "staff.import.file.rejected")+".xlsx", body)
}
