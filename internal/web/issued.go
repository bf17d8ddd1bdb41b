package web

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/training"
	"github.com/passmuster/passmuster/templates/staff"
	"github.com/passmuster/passmuster/templates/ui"
)

// showIssued handles GET /registry/classes/:id: what became of a class, in the
// order of its roster.
func (s *Server) showIssued(c *gin.Context, v visitor) error {
	view, certificates, err := s.issuedOf(c, v)
	if err != nil {
		return err
	}
	class := view.Class
	links, err := s.Issue.HandsOut(c.Request.Context(), v.actor, class.ID)
	if err != nil {
		return err
	}
	page := staff.Issued{Frame: s.frame(c, v, "/registry/credentials"), Code: class.Code, ClassURL: "/t/classes/" + string(class.ID), Links: links}
	page.Course, page.Base = page.P.Text(view.Course.Title), page.P.Text(view.Base.Name)
	page.Dates = page.P.DateRange(class.StartsOn(), class.EndsOn())
	if page.Run, err = s.runOf(c.Request.Context(), class); err != nil && !errors.Is(err, registry.NotFound) {
		return err
	}
	for _, m := range view.Members {
		page.Rows = append(page.Rows, s.issuedRow(links, m, certificates[m.Enrolment.ID]))
	}
	page.Counts = issuedCounts(page)
	if page.Links && len(certificates) > 0 {
		page.Slips = "/t/classes/" + string(class.ID) + "/documents"
	}
	return show(c, http.StatusOK, staff.IssuedPage(page))
}

// issuedOf reads a class with its current certificates by enrolment: a corrected
// one takes the place of the one that it replaces.
func (s *Server) issuedOf(c *gin.Context, v visitor) (training.View, map[registry.ID]*registry.Credential, error) {
	ctx, id := c.Request.Context(), registry.ID(c.Param("id"))
	view, err := s.Training.Class(ctx, v.actor, id)
	if err != nil {
		return view, nil, err
	}
	list, err := s.Issue.OfClass(ctx, v.actor, id)
	current := map[registry.ID]*registry.Credential{}
	for _, cred := range list { // oldest first
		if cred.State != registry.StateSuperseded || current[cred.Enrolment] == nil {
			current[cred.Enrolment] = &cred
		}
	}
	return view, current, err
}

func (s *Server) issuedRow(links bool, m training.Member, c *registry.Credential) staff.IssuedRow {
	e := m.Enrolment
	row := staff.IssuedRow{Position: e.Position, Name: e.Name, Outcome: m.Outcome.Outcome, Held: m.Completion.Held, Withdrawn: e.Status != registry.Enrolled}
	if c == nil {
		return row
	}
	row.URL, row.Number, row.Code = certificateURL(c.Number), string(c.Number), c.Code.String()
	row.Status, row.Kind, row.Queued = c.StatusAt(s.Now()), c.Snapshot.Kind, c.State == registry.StateQueued
	if !row.Queued && !c.Erased() {
		row.PDF = row.URL + "/certificate.pdf"
	}
	if links && !c.Erased() {
		row.Holder = s.Issue.HolderLink(e.ID)
	}
	return row
}

func issuedCounts(p staff.Issued) []staff.Count {
	with, held, queued := 0, 0, 0
	for _, r := range p.Rows {
		switch {
		case r.Queued:
			queued++
		case r.Number != "":
			with++
		case r.Held != "":
			held++
		}
	}
	counts := []staff.Count{{Label: p.P.T("credentials.count.issued"), N: with, Tone: ui.Good}}
	for _, n := range []staff.Count{{Label: p.P.T("credentials.count.queued"), N: queued, Tone: ui.Info}, {Label: p.P.T("credentials.count.held"), N: held, Tone: ui.Warn},
		{Label: p.P.T("credentials.count.without"), N: len(p.Rows) - with - held - queued}} {
		if n.N > 0 {
			counts = append(counts, n)
		}
	}
	return counts
}
