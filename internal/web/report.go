package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/report"
	"github.com/passmuster/passmuster/templates/pages"
	"github.com/passmuster/passmuster/templates/ui"
)

// How many reports are taken: of one network, and of all together, so that nobody
// fills the queue.
var (
	reportsOfClient = edge.Budget{Burst: 60, Every: 5 * time.Minute}
	reportsOfAll    = edge.Budget{Burst: 300, Every: 30 * time.Second}
)

// reportDesk takes reports, with what it counts.
type reportDesk struct {
	*Server
	clients, all *edge.Misses
}

func (s *Server) mountReports(e *gin.Engine) {
	d := &reportDesk{s, edge.NewMisses(reportsOfClient, s.Now), edge.NewMisses(reportsOfAll, s.Now)}
	get(e, "/v/:code/report", edge.Route(d.show))
	e.POST("/v/:code/report", edge.Route(d.file))
	get(e, "/report", edge.Route(d.show))
	e.POST("/report", edge.Route(d.file))
	get(e, "/report/:token", edge.Route(s.showReport))
	e.POST("/report/:token/erase", edge.Route(s.withdrawReport))
	d.mountErasure(e)
	s.mountReportQueue(e)
}

// show handles GET /v/:code/report and GET /report.
func (d *reportDesk) show(c *gin.Context) error {
	page, err := d.page(c)
	if err != nil {
		return err
	}
	page.Once = d.Report.NewForm()
	return show(c, http.StatusOK, pages.ReportPage(page))
}

func (d *reportDesk) page(c *gin.Context) (pages.Report, error) {
	private(c)
	p := edge.Printer(c)
	page := pages.Report{P: p, Demo: d.Demo, Code: grouped(c.Param("code")), Wrong: map[string][2]string{}}
	here := &url.URL{Path: "/report"}
	if code := c.Param("code"); code != "" {
		here = &url.URL{Path: "/v/" + code + "/report", RawPath: "/v/" + url.PathEscape(code) + "/report"}
	}
	page.Here = inLanguage(c, here)
	page.Action = page.Here.String()
	if page.Code != "" {
		return page, nil
	}
	issuers, err := d.Report.Issuers(c.Request.Context())
	if err != nil || len(issuers) < 2 {
		return page, err
	}
	page.Issuers = []ui.Option{{Value: "", Label: p.T("report.issuer.unknown")}}
	for _, o := range issuers {
		page.Issuers = append(page.Issuers, ui.Option{Value: o.Code, Label: p.Text(o.Name)})
	}
	return page, nil
}

// file handles POST /v/:code/report and POST /report. Whether there is such a
// certificate is not told.
func (d *reportDesk) file(c *gin.Context) error {
	client := edge.Client(c)
	if err := errors.Join(d.clients.Check(client), d.all.Check("")); err != nil {
		return err
	}
	page, err := d.page(c)
	if err != nil {
		return err
	}
	if err := parsed(c); err != nil {
		return err
	}
	page.Once, page.Typed, page.Kind = c.PostForm("once"), strings.TrimSpace(c.PostForm("about")), registry.ReportKind(c.PostForm("kind"))
	page.Text, page.Contact, page.Issuer = strings.ReplaceAll(c.PostForm("text"), "\r\n", "\n"), c.PostForm("contact"), c.PostForm("issuer")
	about := page.Typed
	if page.Code != "" {
		about = page.Code
	}
	token, err := d.Report.File(c.Request.Context(), report.Filed{About: about, Issuer: page.Issuer, Kind: page.Kind, Text: page.Text, Contact: page.Contact,
		Lang: string(edge.Lang(c)), Form: page.Once})
	var refusal *registry.Error
	if errors.As(err, &refusal) && refusal.Field != "" {
		problem := edge.Describe(c, err)
		page.Wrong[refusal.Field] = [2]string{problem.Detail, problem.Fix}
		return show(c, problem.Status, pages.ReportPage(page))
	}
	if err != nil {
		return err
	}
	d.clients.Miss(client)
	d.all.Miss("")
	u := inLanguage(c, &url.URL{Path: "/report/" + token})
	values := u.Query()
	values.Set("new", "1")
	u.RawQuery = values.Encode()
	return to(c, u.String())
}

// showReport handles GET /report/:token: where a report stands, for who made it.
func (s *Server) showReport(c *gin.Context) error {
	private(c)
	r, err := s.Report.Follow(c.Request.Context(), c.Param("token"))
	if err != nil {
		return s.noReport(c, err)
	}
	loc, err := registry.Zone(r.Owner.TZ)
	if err != nil {
		return err
	}
	p := edge.Printer(c)
	page := pages.ReportState{P: p, Here: c.Request.URL, Demo: s.Demo, New: c.Query("new") != "", Owner: p.Text(r.Owner.Name), Made: p.Time(r.MadeAt, loc), Due: p.Date(r.DueOn),
		Overdue: r.Overdue(registry.DateOf(s.Now().In(loc))), Kind: r.Kind, About: r.About, Text: r.Text, Contact: r.Contact, Erased: !r.ErasedAt.IsZero(),
		Outcome: r.Outcome, Answer: r.Answer, Erase: inLanguage(c, &url.URL{Path: "/report/" + c.Param("token") + "/erase"}).String()}
	if r.Outcome != "" {
		page.At = p.Time(r.AnsweredAt, loc)
	}
	return show(c, http.StatusOK, pages.ReportStatePage(page))
}

func (s *Server) noReport(c *gin.Context, err error) error {
	if errors.Is(err, registry.NotFound) {
		return s.Lookups.LinkMissed(c, err)
	}
	return err
}

// withdrawReport handles POST /report/:token/erase.
func (s *Server) withdrawReport(c *gin.Context) error {
	private(c)
	if err := s.Report.Withdraw(c.Request.Context(), c.Param("token")); err != nil {
		return s.noReport(c, err)
	}
	return to(c, inLanguage(c, &url.URL{Path: "/report/" + c.Param("token")}).String())
}
