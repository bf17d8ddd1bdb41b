package web

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/poster"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/templates/staff"
)

// showAsk handles GET /t/classes/:id/ask: who decides about a submitted class,
// and the link to send there.
func (s *Server) showAsk(c *gin.Context, v visitor) error {
	ctx, id := c.Request.Context(), registry.ID(c.Param("id"))
	view, err := s.Training.Class(ctx, v.actor, id)
	if err != nil {
		return err
	}
	if view.Class.Status != registry.ClassSubmitted { // it was decided meanwhile
		return to(c, "/t/classes/"+string(id))
	}
	link, until, err := s.Issue.Ask(ctx, v.actor, id)
	if err != nil {
		return err
	}
	desk, err := s.Issue.Desk(ctx, v.actor, id)
	if err != nil {
		return err
	}
	loc := s.zone(ctx, view.Base.Code)
	page := staff.Ask{Frame: s.frame(c, v, "/t"), ID: string(id), Code: view.Class.Code, Link: link, Regional: !desk.Own}
	page.Course = page.P.Text(view.Course.Title)
	page.Since = waitingSince(page.P, view.Class.SubmittedAt, s.Now(), loc)
	page.Until = page.P.Date(registry.DateOf(until.In(loc)))
	page.Text = page.P.T("approve.ask.message", page.Course, page.P.DateRange(view.Class.StartsOn(), view.Class.EndsOn()), page.P.Text(view.Base.Name), link)
	for _, p := range desk.People {
		page.People = append(page.People, p.Name)
	}
	return show(c, http.StatusOK, staff.AskPage(page))
}

// showAskCode handles GET /t/classes/:id/ask.png: the link as a QR code.
func (s *Server) showAskCode(c *gin.Context, v visitor) error {
	link, _, err := s.Issue.Ask(c.Request.Context(), v.actor, registry.ID(c.Param("id")))
	if err != nil {
		return err
	}
	png, err := poster.QR(link, screenCode)
	if err != nil {
		return err
	}
	c.Data(http.StatusOK, "image/png", png)
	return nil
}

// openAsk handles GET /a/ask/:token: it leads to the class, for whoever may see it.
func (s *Server) openAsk(c *gin.Context, v visitor) error {
	id, err := s.Issue.Asked(c.Param("token"))
	if err != nil {
		return err
	}
	if _, err := s.Training.Class(c.Request.Context(), v.actor, id); err != nil {
		return err
	}
	return to(c, "/a/classes/"+string(id))
}
