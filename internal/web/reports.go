package web

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/report"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/templates/staff"
	"github.com/passmuster/passmuster/templates/ui"
)

const reportsPath = "/registry/reports"

func reportURL(id registry.ID) string { return reportsPath + "/" + string(id) }

func (s *Server) mountReportQueue(e *gin.Engine) {
	get(e, reportsPath, s.staff(s.showReportQueue))
	get(e, reportsPath+"/:id", s.staff(s.showReportEntry))
	e.POST(reportsPath+"/:id/answer", s.staff(s.answerReport))
	e.POST(reportsPath+"/:id/erase", s.staff(s.eraseReport))
}

// reportTabs are the two lists of reports.
func reportTabs(p *i18n.Printer, closed bool) []staff.RegisterTab {
	return []staff.RegisterTab{{Link: staff.Link{Text: p.T("report.tab.waiting"), URL: reportsPath}, Here: !closed},
		{Link: staff.Link{Text: p.T("report.tab.answered"), URL: reportsPath + "?state=answered"}, Here: closed}}
}

// showReportQueue handles GET /registry/reports: what waits, by the day it is due,
// or what was answered.
func (s *Server) showReportQueue(c *gin.Context, v visitor) error {
	cur, closed := cursorOf(c, "state"), c.Query("state") == "answered"
	list, err := s.Report.Reports(c.Request.Context(), v.actor, store.ReportFilter{Closed: closed, After: cur.before(), Limit: pageSize + 1})
	if err != nil {
		return err
	}
	page := staff.List{Frame: s.frame(c, v, reportsPath), Path: reportsPath}
	p := page.P
	page.Title, page.Lead, page.Tabs = p.T("report.queue"), p.T("report.queue.lead", registry.ReportWithin), reportTabs(p, closed)
	page.None, page.NoneMore = p.T("report.queue.none"), p.T("report.queue.none.more")
	if closed {
		page.None, page.NoneMore = p.T("report.queue.none.answered"), ""
	}
	page.Heads = []string{p.T("report.col.due"), p.T("report.col.what"), p.T("report.col.about"), p.T("report.made")}
	n := 0
	page.Pages, n = cur.pages(len(list), func(i int) registry.ID { return list[i].ID })
	for _, e := range list[:n] {
		page.Rows = append(page.Rows, s.reportRow(p, e))
	}
	return show(c, http.StatusOK, staff.ListPage(page))
}

func (s *Server) reportRow(p *i18n.Printer, e report.Entry) staff.ListRow {
	due := staff.ListCell{Text: p.Date(e.DueOn), URL: reportURL(e.ID)}
	due.State, due.Tone = reportState(p, e)
	text := e.Text
	if r := []rune(text); len(r) > 90 {
		text = string(r[:90]) + "…"
	}
	if !e.ErasedAt.IsZero() {
		text = p.T("report.erased")
	}
	return staff.ListRow{Cells: []staff.ListCell{due, {Text: p.T("report.kind." + string(e.Kind)), Under: text}, {Text: aboutReport(p, e), Mono: e.Number != "", Under: p.Text(e.Owner.Name)},
		{Text: p.Ago(s.Now().Sub(e.MadeAt))}}}
}

func aboutReport(p *i18n.Printer, e report.Entry) string {
	switch {
	case e.Number != "":
		return string(e.Number)
	case e.About != "":
		return p.T("report.about.unknown", e.About)
	}
	return "–"
}

func reportState(p *i18n.Printer, e report.Entry) (string, ui.Tone) {
	switch {
	case e.Outcome != "":
		return p.T("report.outcome." + string(e.Outcome)), ui.Good
	case e.Overdue:
		return p.T("report.state.late"), ui.Bad
	}
	return p.T("report.state.waiting"), ui.Warn
}

// showReportEntry handles GET /registry/reports/:id.
func (s *Server) showReportEntry(c *gin.Context, v visitor) error {
	return s.reportPage(c, v, nil, nil, http.StatusOK)
}

func (s *Server) reportPage(c *gin.Context, v visitor, wrong staff.Wrongs, refusal *staff.Refusal, status int) error {
	e, err := s.Report.Report(c.Request.Context(), v.actor, registry.ID(c.Param("id")))
	if err != nil {
		return err
	}
	loc, err := registry.Zone(e.Owner.TZ)
	if err != nil {
		return err
	}
	page := staff.Sheet{Frame: s.frame(c, v, reportsPath), Back: staff.Link{Text: edge.Printer(c).T("report.queue"), URL: reportsPath}}
	p := page.P
	page.Title, page.Sub, page.Refusal = p.T("report.kind."+string(e.Kind)), p.Text(e.Owner.Name), refusal
	state, tone := reportState(p, e)
	page.Chips = []staff.Chip{{Text: state, Tone: tone}}
	fact := func(key, text string) { page.Facts = append(page.Facts, staff.FactLine{Name: p.T(key), Text: text}) }
	fact("report.col.due", p.Date(e.DueOn))
	fact("report.made", p.Time(e.MadeAt, loc))
	if e.Number != "" {
		fact("report.col.about", string(e.Number))
	} else if e.About != "" {
		fact("report.col.about", p.T("report.about.unknown", e.About))
	}
	switch {
	case !e.ErasedAt.IsZero():
		fact("report.text", p.T("report.erased"))
	case e.Kind == registry.ReportErasure:
		fact("erasure.wish.adds", first(e.Text, "–"))
		fact("report.lang", i18n.Match(e.Lang).Name())
	default:
		fact("report.text", e.Text)
		fact("report.contact.short", first(e.Contact, p.T("report.contact.none")))
		fact("report.lang", i18n.Match(e.Lang).Name())
	}
	if e.Number != "" && registry.CanSomewhere(v.actor, registry.ReadCredential) {
		page.About = []staff.Link{{Text: p.T("report.open"), URL: certificateURL(e.Number)}}
	}
	if e.Outcome != "" {
		fact("report.answer", e.Answer)
		fact("report.answered", p.Time(e.AnsweredAt, loc))
	} else {
		page.Forms = append(page.Forms, answerForm(p, e, posted(c), wrong))
	}
	if e.ErasedAt.IsZero() {
		page.Forms = append(page.Forms, staff.Form{Title: p.T("report.erase"), Lead: p.T("report.erase.staff", registry.ReportKeptDays), Fold: true, Danger: true,
			Action: reportURL(e.ID) + "/erase", Submit: p.T("report.erase")})
	}
	return show(c, status, staff.SheetPage(page))
}

func answerForm(p *i18n.Printer, e report.Entry, values url.Values, wrong staff.Wrongs) staff.Form {
	f := formFields{p, values, wrong}
	outcomes := []ui.Option{{Value: "", Label: p.T("report.outcome.choose")}}
	for _, o := range e.Outcomes() {
		outcomes = append(outcomes, ui.Option{Value: string(o), Label: p.T("report.outcome." + string(o))})
	}
	title, lead := p.T("report.answer.do"), p.T("report.answer.lead")
	if e.Kind == registry.ReportErasure {
		title, lead = p.T("erasure.wish.do"), p.T("erasure.wish.lead")
	}
	return staff.Form{Title: title, Lead: lead, Action: reportURL(e.ID) + "/answer", Submit: p.T("report.answer.send"),
		Groups: []staff.Group{{Fields: []staff.Entry{f.choice("outcome", "report.outcome", outcomes, required),
			f.text("answer", "report.answer", area, required, func(in *ui.Input) { in.MaxLength = registry.ReportTextMost })}}}}
}

// answerReport handles POST /registry/reports/:id/answer.
func (s *Server) answerReport(c *gin.Context, v visitor) error {
	id := registry.ID(c.Param("id"))
	_, err := s.Report.Answer(c.Request.Context(), v.actor, id, registry.ReportOutcome(c.PostForm("outcome")), c.PostForm("answer"))
	if field := fieldOf(err); field != "" {
		problem := edge.Describe(c, err)
		return s.reportPage(c, v, staff.Wrongs{field: {problem.Detail, problem.Fix}}, nil, problem.Status)
	}
	if err != nil {
		refusal, status, fault := refused(c, err)
		if fault != nil {
			return fault
		}
		return s.reportPage(c, v, nil, refusal, status)
	}
	s.flash(c, ui.Good, "report.flash.answered")
	return to(c, reportURL(id))
}

// eraseReport handles POST /registry/reports/:id/erase.
func (s *Server) eraseReport(c *gin.Context, v visitor) error {
	id := registry.ID(c.Param("id"))
	if err := s.Report.Erase(c.Request.Context(), v.actor, id); err != nil {
		return err
	}
	s.flash(c, ui.Good, "report.flash.erased")
	return to(c, reportURL(id))
}

// waitingReports is the line on the desk about reports that wait; none where none
// does.
func (s *Server) waitingReports(c *gin.Context, v visitor) (*staff.Link, error) {
	waiting, late, err := s.Report.Waiting(c.Request.Context(), v.actor)
	if err != nil {
		return nil, fmt.Errorf("count reports: %w", err)
	}
	if waiting == 0 {
		return nil, nil
	}
	p := edge.Printer(c)
	link := &staff.Link{Text: p.T("report.waiting", waiting), URL: reportsPath}
	if late > 0 {
		link.Text = p.T("report.waiting.late", waiting, late)
	}
	return link, nil
}
