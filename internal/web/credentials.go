package web

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/issue"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/templates/staff"
	"github.com/passmuster/passmuster/templates/ui"
)

const credentialsPath = "/registry/credentials"

func (s *Server) mountCredentials(e *gin.Engine) {
	get(e, "/registry/classes/:id", s.staff(s.showIssued))
	get(e, credentialsPath, s.staff(func(c *gin.Context, v visitor) error { return s.showCertificates(c, v, nil) }))
	e.POST(credentialsPath+"/export", s.staff(s.exportCertificates))
	get(e, "/registry/credentials/:number", s.staff(func(c *gin.Context, v visitor) error {
		return s.showCertificate(c, v, staff.DeedInput{}, nil)
	}))
	get(e, "/registry/credentials/:number/certificate.pdf", s.staff(s.sendCertificate))
	e.POST("/registry/credentials/:number/suspend", s.staff(s.suspendCertificate))
	e.POST("/registry/credentials/:number/reinstate", s.staff(s.reinstateCertificate))
	e.POST("/registry/credentials/:number/revoke", s.staff(s.revokeCertificate))
	e.POST("/registry/credentials/:number/correct", s.staff(s.correctCertificate))
}

// credentialQuery are the names of what the list of certificates is filtered by,
// as they stand in the address.
var credentialQuery = []string{"q", "course", "base", "status", "dates", "from", "until"}

// credentialFilter reads a filter, from the address or from a form that carries
// it.
func credentialFilter(value func(string) string) (store.CredentialFilter, error) {
	text := func(name string) string { return strings.TrimSpace(value(name)) }
	f := store.CredentialFilter{Search: searchText(text("q")), Course: text("course"), Base: text("base"), Status: registry.Status(text("status"))}
	span, err := spanOf(text("from"), text("until"))
	if text("dates") == "ends" {
		f.Ends = span
	} else {
		f.Issued = span
	}
	return f, err
}

// showCertificates handles GET /registry/credentials, and shows the page again
// with why an export was refused.
func (s *Server) showCertificates(c *gin.Context, v visitor, refusal error) error {
	if !registry.CanSomewhere(v.actor, registry.ReadCredential) {
		return registry.Fail(registry.Forbidden, "access.forbidden", string(registry.ReadCredential))
	}
	ctx := c.Request.Context()
	cur := cursorOf(c, credentialQuery...)
	if refusal != nil {
		cur = formCursor(c, credentialsPath, credentialQuery...)
	}
	page := staff.Certificates{Frame: s.frame(c, v, credentialsPath), Path: credentialsPath, Search: cur.values.Get("q"), Course: cur.values.Get("course"),
		Base: cur.values.Get("base"), Status: cur.values.Get("status"), Dates: cur.values.Get("dates"), From: cur.values.Get("from"), Until: cur.values.Get("until"),
		Filtered: len(cur.values) > 0 || !cur.first()}
	n, err := s.names(c)
	if err == nil {
		n, err = s.scope(ctx, n, v.actor, registry.ReadCredential)
	}
	if err != nil {
		return err
	}
	page.Courses, page.Bases = courseOptions(page.Frame, n, page.Course), baseOptions(page.Frame, n, page.Base)
	status := http.StatusOK
	f, err := credentialFilter(cur.values.Get)
	if err != nil {
		page.Wrong, status = wrong(c, "filter.dates"), http.StatusUnprocessableEntity
	}
	f.Before, f.Limit = cur.before(), pageSize+1
	list, err := s.Issue.Credentials(ctx, v.actor, f)
	if err != nil {
		return err
	}
	var shown int
	page.Pages, shown = cur.pages(len(list), func(i int) registry.ID { return list[i].ID })
	for _, cred := range list[:shown] {
		page.Rows = append(page.Rows, s.certificateRow(page.Frame, v, cred))
	}
	page.Export = staff.Export{URL: credentialsPath + "/export", Keep: kept(cur.values), MayWhole: registry.CanSomewhere(v.actor, registry.ExportPersonal)}
	if refusal != nil {
		if status, err = exportRefused(c, &page.Export, refusal); err != nil {
			return err
		}
	}
	return show(c, status, staff.CertificatesPage(page))
}

// exportCertificates handles POST /registry/credentials/export.
func (s *Server) exportCertificates(c *gin.Context, v visitor) error {
	asked, p := exportAsked(c, "credentials"), edge.Printer(c)
	f, err := credentialFilter(c.PostForm)
	if err != nil {
		return err
	}
	f.Limit = exportBatch
	by := v.actor
	if asked.Whole {
		by = access.Exporting(by)
	}
	frame := staff.Frame{P: p}
	out := outList{register: "credentials", head: []string{p.T("credentials.col.number"), p.T("credentials.col.name"), p.T("people.col.id"), p.T("result.course"), p.T("result.kind"),
		p.T("result.base"), p.T("result.issued"), p.T("result.valid_until"), p.T("credentials.col.status")}}
	out.more = func(after registry.ID, put func(...string) error) (registry.ID, int, error) {
		f.Before = after
		list, err := s.Issue.Credentials(c.Request.Context(), by, f)
		for _, cred := range list {
			row := s.certificateRow(frame, v, cred)
			if !asked.Whole {
				row.Name = registry.MaskName(row.Name)
			}
			if err == nil {
				err = put(row.Number, row.Name, masked4(row.Last4), row.Course, p.T("verdict.kind."+string(row.Kind)), row.Base, row.IssuedOn.String(), row.ValidUntil.String(), statusWord(frame, row))
			}
			after = cred.ID
		}
		return after, len(list), err
	}
	err = s.sendList(c, v, asked, out)
	if isCode(err, "export.reason") {
		return s.showCertificates(c, v, err)
	}
	return err
}

func statusWord(f staff.Frame, row staff.CertificateRow) string {
	if row.Queued {
		return f.P.T("credentials.queued")
	}
	return f.P.T("credentials.status." + string(row.Status))
}

// searchText reads a number as people write it; anything else is searched as it
// was typed.
func searchText(q string) string {
	if n, err := registry.ParseNumber(q); err == nil {
		return string(n)
	}
	return q
}

func courseOptions(f staff.Frame, n names, chosen string) []ui.Option {
	list := []ui.Option{{Value: "", Label: f.P.T("credentials.any_course")}}
	var codes []string
	for _, course := range n.all.Courses {
		if !slices.Contains(codes, course.Code) {
			codes = append(codes, course.Code)
			list = append(list, ui.Option{Value: course.Code, Label: n.course(course.Code, 0)})
		}
	}
	return withChosen(list, chosen)
}

func baseOptions(f staff.Frame, n names, chosen string) []ui.Option {
	list := []ui.Option{{Value: "", Label: f.P.T("credentials.any_base")}}
	for _, b := range n.all.Bases {
		list = append(list, ui.Option{Value: b.Code, Label: f.P.Text(b.Name)})
	}
	return withChosen(list, chosen)
}

// withChosen keeps a filter of the address that the list does not offer: what is
// filtered by must be seen.
func withChosen(list []ui.Option, chosen string) []ui.Option {
	if slices.ContainsFunc(list, func(o ui.Option) bool { return o.Value == chosen }) {
		return list
	}
	return append(list, ui.Option{Value: chosen, Label: chosen})
}

func (s *Server) certificateRow(f staff.Frame, v visitor, c registry.Credential) staff.CertificateRow {
	n := c.Snapshot
	row := staff.CertificateRow{URL: certificateURL(c.Number), Number: string(c.Number), Name: n.Name, Last4: n.IDLast4, Course: f.P.Text(n.Course.Title),
		Base: f.P.Text(n.Base.Name), IssuedOn: n.IssuedOn, ValidUntil: n.ValidUntil, Status: c.StatusAt(s.Now()), Kind: n.Kind, Queued: c.State == registry.StateQueued}
	if c.Erased() {
		row.Name, row.Last4 = f.P.T("result.removed"), ""
	}
	if access.OnlyAuditor(v.actor) {
		row.Last4 = ""
	}
	return row
}

func certificateURL(n registry.Number) string { return "/registry/credentials/" + string(n) }

// certificateOf reads the certificate of the address. What cannot be a number is
// nobody's.
func (s *Server) certificateOf(c *gin.Context, v visitor) (registry.Credential, []registry.StatusEvent, error) {
	n, err := registry.ParseNumber(c.Param("number"))
	if err != nil {
		return registry.Credential{}, nil, registry.Fail(registry.NotFound, "credential.unknown", "")
	}
	return s.Issue.Credential(c.Request.Context(), v.actor, n)
}

// sendCertificate handles GET /registry/credentials/:number/certificate.pdf: the
// issued file, byte for byte the same each time.
func (s *Server) sendCertificate(c *gin.Context, v visitor) error {
	cred, _, err := s.certificateOf(c, v)
	if err != nil {
		return err
	}
	file, err := s.Issue.Certificate(c.Request.Context(), cred)
	if err != nil {
		return err
	}
	c.Header("Cache-Control", "private, no-store")
	if edge.NotModified(c, `"`+cred.PDFSHA256+`"`) {
		return nil
	}
	c.Header("Content-Disposition", `attachment; filename="`+string(cred.Number)+`.pdf"`)
	c.Data(http.StatusOK, "application/pdf", file.Bytes())
	return nil
}

// runOf is where the signing of the class can be watched, "" where nothing waits.
func (s *Server) runOf(ctx context.Context, class registry.Class) (string, error) {
	if class.Status != registry.ClassIssuing {
		return "", nil
	}
	var run store.Run
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) { run, err = tx.RunFor(ctx, issue.JobKind, class.ID); return err })
	if err != nil {
		return "", err
	}
	return "/jobs/" + string(run.ID), nil
}
