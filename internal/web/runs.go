package web

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/issue"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/templates/staff"
	"github.com/passmuster/passmuster/templates/ui"
)

func (s *Server) mountRuns(e *gin.Engine) {
	get(e, "/jobs/:id", s.staff(s.showRun))
	e.POST("/jobs/:id/retry", s.staff(s.retryRun))
}

// showRun handles GET /jobs/:id, which loads itself again until the work ends.
func (s *Server) showRun(c *gin.Context, v visitor) error {
	ctx := c.Request.Context()
	run, err := s.Issue.Run(ctx, v.actor, registry.ID(c.Param("id")))
	if err != nil {
		return err
	}
	page := staff.Run{Frame: s.frame(c, v, "/a"), URL: "/jobs/" + string(run.ID), Status: run.Status, Done: run.Done, Total: run.Total, Attention: run.Failed,
		Left: secondsLeft(run, s.Now()), Results: "/registry/classes/" + string(run.Object), Class: "/t/classes/" + string(run.Object), CanRetry: mayRetry(v)}
	if run.Message != "" {
		page.Message, page.Fix = page.P.Error(&registry.Error{Code: run.Message})
	}
	view, err := s.Training.Class(ctx, v.actor, run.Object)
	if err != nil {
		return err
	}
	page.Code, page.Course = view.Class.Code, page.P.Text(view.Course.Title)
	return show(c, http.StatusOK, staff.RunPage(page))
}

// mayRetry lets those ask again who can bring a class to its certificates at all;
// the approval itself stands.
func mayRetry(v visitor) bool {
	return registry.CanSomewhere(v.actor, registry.ApproveClass) || registry.CanSomewhere(v.actor, registry.SubmitClass)
}

// secondsLeft guesses from the pace so far when the work will be done; 0 where
// there is no pace yet.
func secondsLeft(run store.Run, now time.Time) int {
	spent := now.Sub(run.CreatedAt)
	if run.Done == 0 || run.Done >= run.Total || spent < time.Second {
		return 0
	}
	left := spent / time.Duration(run.Done) * time.Duration(run.Total-run.Done)
	if left > time.Hour {
		return 0
	}
	return max(1, int(left/time.Second))
}

// retryRun handles POST /jobs/:id/retry: the job is stored anew and done at once.
// Signing again what is signed already changes nothing, so twice does no harm.
func (s *Server) retryRun(c *gin.Context, v visitor) error {
	ctx := c.Request.Context()
	run, err := s.Issue.Run(ctx, v.actor, registry.ID(c.Param("id")))
	if err != nil {
		return err
	}
	if !mayRetry(v) {
		return registry.Fail(registry.Forbidden, "access.forbidden", string(registry.ApproveClass))
	}
	if run.Status != "failed" {
		return to(c, "/jobs/"+string(run.ID))
	}
	if err := s.requeue(ctx, run.ID); err != nil {
		return err
	}
	s.flash(c, ui.Info, "run.flash.retry")
	return to(c, "/jobs/"+string(run.ID))
}

func (s *Server) requeue(ctx context.Context, id registry.ID) error {
	return s.DB.Tx(ctx, func(tx *store.Tx) error {
		run, err := tx.Run(ctx, id)
		if err != nil || run.Status != "failed" {
			return err
		}
		run.Status, run.Message, run.Failed, run.UpdatedAt = "queued", "", 0, s.Now()
		if err := tx.SaveRun(ctx, run); err != nil {
			return err
		}
		return tx.Enqueue(ctx, run.Kind, issue.Job{Class: run.Object}, "retry."+string(run.ID), s.Now())
	})
}
