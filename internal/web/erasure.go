package web

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/issue"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/templates/pages"
)

// mountErasure adds the page on which a holder asks that his data be erased.
func (d *reportDesk) mountErasure(e *gin.Engine) {
	get(e, "/my/:token/erasure", edge.Route(d.showErasure))
	e.POST("/my/:token/erasure", edge.Route(d.askErasure))
	e.POST("/my/:token/erasure/back", edge.Route(d.takeBackErasure))
}

// holderOf is the holder of the link in the address.
func (s *Server) holderOf(c *gin.Context) (issue.Holder, error) {
	h, err := s.Issue.Holder(c.Request.Context(), c.Param("token"))
	if errors.Is(err, registry.NotFound) {
		return h, registry.Fail(registry.NotFound, "holder.unknown")
	}
	return h, err
}

// showErasure handles GET /my/:token/erasure.
func (d *reportDesk) showErasure(c *gin.Context) error {
	return d.holders(c, func() error { return d.erasurePage(c, http.StatusOK, nil) })
}

func (d *reportDesk) erasurePage(c *gin.Context, status int, wrong map[string][2]string) error {
	h, err := d.holderOf(c)
	if err != nil {
		return err
	}
	if h.Credential == nil {
		return d.earlyErasure(c, h)
	}
	page := pages.Erasure{P: edge.Printer(c), Here: c.Request.URL, Demo: d.Demo || h.Class.Demo, Course: h.Course.Title, Base: h.Base.Name, Number: h.Credential.Number,
		Back: myPath(c, ""), Action: myPath(c, "/erasure"), Note: c.PostForm("note"), Wrong: wrong}
	if page.Wish, err = d.erasureWish(c, h); err != nil {
		return err
	}
	return show(c, status, pages.ErasurePage(page))
}

// earlyErasure tells a holder without a certificate what is held of him and whom
// he asks: erasures begin at certificates, so that the registry has none to offer.
func (s *Server) earlyErasure(c *gin.Context, h issue.Holder) error {
	if c.Request.Method != http.MethodGet {
		return registry.Fail(registry.Conflict, "erasure.early")
	}
	p := edge.Printer(c)
	return show(c, http.StatusOK, pages.EarlyErasurePage(pages.EarlyErasure{P: p, Here: c.Request.URL, Demo: s.Demo || h.Class.Demo, Course: h.Course.Title, Base: h.Base.Name,
		Dates: p.DateRange(h.Class.StartsOn(), h.Class.EndsOn()), Contact: h.Base.Contact, Back: myPath(c, ""), Report: inLanguage(c, &url.URL{Path: "/report"}).String()}))
}

// erasureWish is what the holder asked for, and what came of it.
func (s *Server) erasureWish(c *gin.Context, h issue.Holder) (w pages.ErasureWish, err error) {
	wish, ok, err := s.Report.ErasureWish(c.Request.Context(), h.Enrolment.ID)
	if err != nil || !ok || wish.Outcome == registry.ReportWithdrawn {
		return w, err
	}
	loc, err := registry.Zone(wish.Owner.TZ)
	if err != nil {
		return w, err
	}
	p := edge.Printer(c)
	w = pages.ErasureWish{Asked: p.Time(wish.MadeAt, loc), Owner: p.Text(wish.Owner.Name), Due: p.Date(wish.DueOn), Overdue: wish.Overdue(registry.DateOf(s.Now().In(loc))),
		Note: wish.Text, Declined: wish.Outcome == registry.ReportDeclined, Answer: wish.Answer, At: p.Time(wish.AnsweredAt, loc), BackURL: myPath(c, "/erasure/back")}
	return w, nil
}

// askErasure handles POST /my/:token/erasure. While a wish waits, a second one is
// that one.
func (d *reportDesk) askErasure(c *gin.Context) error {
	return d.holders(c, func() error {
		if err := parsed(c); err != nil {
			return err
		}
		client := edge.Client(c)
		if err := errors.Join(d.clients.Check(client), d.all.Check("")); err != nil {
			return err
		}
		if c.PostForm("sure") == "" {
			message, fix := edge.Printer(c).Error(&registry.Error{Code: "erasure.sure"})
			return d.erasurePage(c, http.StatusUnprocessableEntity, map[string][2]string{"sure": {message, fix}})
		}
		_, made, err := d.Report.AskErasure(c.Request.Context(), c.Param("token"), c.PostForm("note"), string(edge.Lang(c)))
		if fieldOf(err) == "note" {
			problem := edge.Describe(c, err)
			return d.erasurePage(c, problem.Status, map[string][2]string{"note": {problem.Detail, problem.Fix}})
		}
		if err != nil {
			return err
		}
		if made {
			d.clients.Miss(client)
			d.all.Miss("")
		}
		return to(c, myPath(c, "/erasure"))
	})
}

// takeBackErasure handles POST /my/:token/erasure/back.
func (d *reportDesk) takeBackErasure(c *gin.Context) error {
	return d.holders(c, func() error {
		if err := d.Report.TakeBackErasure(c.Request.Context(), c.Param("token")); err != nil {
			return err
		}
		return to(c, myPath(c, ""))
	})
}
