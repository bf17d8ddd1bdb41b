package web

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/issue"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/training"
	"github.com/passmuster/passmuster/templates/staff"
	"github.com/passmuster/passmuster/templates/ui"
)

func (s *Server) mountRuns(e *gin.Engine) {
	get(e, "/jobs/:id", s.staff(s.showRun))
	e.GET("/jobs/:id/events", s.staff(s.watchRun))
	e.POST("/jobs/:id/retry", s.staff(s.retryRun))
}

// mostListed is how many failures a page lists.
const mostListed = 100

// stalledAfter is after how long without news a page says that nothing moves.
const stalledAfter = time.Minute

// showRun handles GET /jobs/:id: how far it is stands in the tables, so it
// survives reload and restart. A script keeps it fresh; without one it loads
// itself again until the work ends.
func (s *Server) showRun(c *gin.Context, v visitor) error {
	ctx := c.Request.Context()
	run, err := s.Issue.Run(ctx, v.actor, registry.ID(c.Param("id")))
	if err != nil {
		return err
	}
	if run.Kind == training.ImportJob { // it has a page of its own
		return to(c, "/t/imports/"+string(run.Object))
	}
	view, err := s.Training.Class(ctx, v.actor, run.Object)
	if err != nil {
		return err
	}
	page := staff.Run{Frame: s.frame(c, v, "/a"), URL: "/jobs/" + string(run.ID), Status: run.Status, Done: run.Done, Total: run.Total, Attention: run.Failed,
		Results: "/registry/classes/" + string(run.Object), Class: "/t/classes/" + string(run.Object)}
	page.Sentence = runSentence(page.P, run, s.Now())
	page.Code, page.Course = view.Class.Code, page.P.Text(view.Course.Title)
	page.MayPrint = registry.CanSomewhere(v.actor, registry.ReadClass)
	if still := s.Now().Sub(run.UpdatedAt); still > stalledAfter {
		page.Stalled, page.Since = true, page.P.Time(run.UpdatedAt, s.zone(ctx, view.Base.Code))
	}
	if run.Status == "failed" {
		if err := s.runFailures(ctx, v, run, &page); err != nil {
			return err
		}
	}
	return show(c, http.StatusOK, staff.RunPage(page))
}

// runFailures tells what could not be done, why, and how to put it right.
func (s *Server) runFailures(ctx context.Context, v visitor, run store.Run, page *staff.Run) (err error) {
	page.Message, page.Fix = page.P.Error(&registry.Error{Code: run.Message})
	if page.CanRetry, err = s.Issue.MayRetry(ctx, v.actor, run); err != nil {
		return err
	}
	list, err := s.Issue.Failures(ctx, v.actor, run.ID)
	if err != nil {
		return err
	}
	for i, f := range list {
		if i == mostListed {
			break
		}
		row := staff.RunFailure{Position: f.Position, Name: f.Name, Number: string(f.Number), URL: certificateURL(f.Number)}
		row.Message, row.Fix = page.P.Error(&registry.Error{Code: f.Code, Args: f.Args})
		page.Failures = append(page.Failures, row)
	}
	page.More = max(0, run.Failed-len(page.Failures))
	return nil
}

// runSentence is how far a run is: "128 of 300 issued · 2 need attention · about
// 20 s left".
func runSentence(p *i18n.Printer, run store.Run, now time.Time) string {
	text := p.T("run.issued", run.Done, run.Total)
	if run.Failed > 0 {
		text += " · " + p.T("run.attention", run.Failed)
	}
	switch left := issue.SecondsLeft(run, now); {
	case left > 90:
		text += " · " + p.T("run.left.minutes", (left+59)/60)
	case left > 0:
		text += " · " + p.T("run.left", left)
	}
	return text
}

// watchRun handles GET /jobs/:id/events (WHATWG HTML §9.2): an event for each
// change, the sentence in the reader's language.
func (s *Server) watchRun(c *gin.Context, v visitor) error {
	p := edge.Printer(c)
	return s.Watchers.Watch(c, v.account.ID, func(ctx context.Context) (edge.Event, error) {
		account, err := s.Auth.ByID(ctx, v.account.ID, v.account.Epoch) // who was put out sees no more
		if err != nil {
			return edge.Event{}, err
		}
		run, err := s.Issue.Run(ctx, account.Actor(), registry.ID(c.Param("id")))
		if err != nil {
			return edge.Event{}, err
		}
		e := edge.Event{ID: fmt.Sprintf("%s.%d.%d.%d", run.Status, run.Done, run.Failed, run.UpdatedAt.UnixMicro()), Name: "progress",
			Data: map[string]any{"done": run.Done, "total": run.Total, "sentence": runSentence(p, run, s.Now())}}
		if issue.Ended(run) {
			e.Name, e.Last = run.Status, true
		}
		return e, nil
	})
}

// retryRun handles POST /jobs/:id/retry: only what could not be signed is tried
// again. Sent twice it does no harm.
func (s *Server) retryRun(c *gin.Context, v visitor) error {
	run, err := s.Issue.Retry(c.Request.Context(), v.actor, registry.ID(c.Param("id")))
	if err != nil {
		return err
	}
	if !issue.Ended(run) {
		s.flash(c, ui.Info, "run.flash.retry")
	}
	return to(c, "/jobs/"+string(run.ID))
}
