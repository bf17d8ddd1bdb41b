package web

import (
	"errors"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/issue"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/templates/pages"
	"github.com/passmuster/passmuster/templates/staff"
	"github.com/passmuster/passmuster/templates/ui"
)

// myConfirm fills the question whether the holder was there, or his answer.
func (s *Server) myConfirm(c *gin.Context, page *pages.My, h issue.Holder) error {
	now := s.Now()
	if !registry.Asked(h.Class, h.Enrolment, registry.DateOf(now.In(page.Loc))) {
		return nil
	}
	ctx := c.Request.Context()
	var said registry.Confirmation
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		said, err = tx.Confirmation(ctx, h.Enrolment.ID)
		return err
	})
	page.Confirm.URL = myPath(c, "/confirm")
	if errors.Is(err, registry.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	page.Confirm.Answer, page.Confirm.When = said.Answer, page.P.Time(said.ChangedAt, page.Loc)
	if said.Open(now) {
		page.Confirm.Until = page.P.Time(said.At.Add(registry.CorrectWithin), page.Loc)
	}
	if c.Query("said") != "" {
		page.Confirm.Told = page.P.T("confirm.told")
	}
	return nil
}

// confirmMine handles POST /my/:token/confirm.
func (s *Server) confirmMine(c *gin.Context) error {
	return s.holders(c, func() error {
		if _, err := s.Issue.Confirm(c.Request.Context(), c.Param("token"), registry.ConfirmAnswer(c.PostForm("answer"))); err != nil {
			return err
		}
		return to(c, myPath(c, "", "said", "1")+"#confirm")
	})
}

// denialEvents tell at a certificate that its holder says it was not him, and
// what came of it.
func denialEvents(f staff.Frame, d dossier) []staff.Event {
	if d.said.Answer != registry.NotMe {
		return nil
	}
	list := []staff.Event{{Tone: ui.Bad, What: f.P.T("confirm.certificate.not_me"), When: f.P.Time(d.said.ChangedAt, d.loc)}}
	if d.said.SettledBy != "" {
		list = append(list, staff.Event{What: f.P.T("confirm.certificate.settled", d.said.Note), When: f.P.Time(d.said.SettledAt, d.loc), Who: by(f, d.names[d.said.SettledBy])})
	}
	return list
}
