package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/templates/staff"
	"github.com/passmuster/passmuster/templates/ui"
)

func (s *Server) mountApproval(e *gin.Engine) {
	get(e, "/a", s.staff(s.showQueue))
	get(e, "/a/classes/:id", s.staff(func(c *gin.Context, v visitor) error {
		return s.showSubmitted(c, v, staff.DecisionInput{}, nil)
	}))
	e.POST("/a/classes/:id/approve", s.staff(s.approveClass))
	e.POST("/a/classes/:id/return", s.staff(s.returnClass))
}

// queueMost is how many classes the queue shows: the oldest, which come first.
const queueMost = 50

// showQueue handles GET /a.
func (s *Server) showQueue(c *gin.Context, v visitor) error {
	if !registry.CanSomewhere(v.actor, registry.ApproveClass) {
		return registry.Fail(registry.Forbidden, "access.forbidden", string(registry.ApproveClass))
	}
	ctx := c.Request.Context()
	list, err := s.Training.Classes(ctx, v.actor, store.ClassFilter{Status: []registry.ClassStatus{registry.ClassSubmitted}, OldestSubmitted: true, Limit: queueMost + 1})
	if err != nil {
		return err
	}
	page := staff.Queue{Frame: s.frame(c, v, "/a"), More: len(list) > queueMost}
	for _, class := range list[:min(queueMost, len(list))] {
		row, ok, err := s.waiting(ctx, v, page.Frame, class.ID)
		if err != nil {
			return err
		}
		if ok {
			page.Rows = append(page.Rows, row)
		}
	}
	page.Counts = queueCounts(page)
	return show(c, http.StatusOK, staff.QueuePage(page))
}

func queueCounts(q staff.Queue) []staff.Count {
	late := 0
	for _, r := range q.Rows {
		if r.Left < 0 {
			late++
		}
	}
	counts := []staff.Count{{Label: q.P.T("decide.count.waiting"), N: len(q.Rows)}}
	if late > 0 {
		counts = append(counts, staff.Count{Label: q.P.T("decide.count.late"), N: late, Tone: ui.Bad})
	}
	return counts
}

// waiting is one row of the queue. It is none where the reader may look at the
// class and has no say in it: a queue holds only what its reader can move.
func (s *Server) waiting(ctx context.Context, v visitor, f staff.Frame, id registry.ID) (staff.Waiting, bool, error) {
	view, err := s.Training.Class(ctx, v.actor, id)
	if err != nil {
		return staff.Waiting{}, false, err
	}
	why, err := s.bars(ctx, v, id)
	if err != nil || why != nil && (why.Code == "access.forbidden" || why.Code == "class.not_submitted") {
		return staff.Waiting{}, false, err
	}
	class := view.Class
	row := staff.Waiting{URL: "/a/classes/" + string(id), Course: f.P.Text(view.Course.Title), Code: class.Code, Base: f.P.Text(view.Base.Name),
		Dates: f.P.DateRange(class.StartsOn(), class.EndsOn()), Submitted: f.P.Ago(s.Now().Sub(class.SubmittedAt)), Left: s.daysLeft(class, s.zone(ctx, class.Base)),
		People: view.Active(), Passed: view.Count(registry.Pass), Flags: class.Flags}
	if why != nil {
		row.Barred, _ = f.P.Error(why)
	}
	return row, true, nil
}

// bars is why the reader may not decide about the class, nil if he may.
func (s *Server) bars(ctx context.Context, v visitor, id registry.ID) (*registry.Error, error) {
	err := s.Issue.FourEyes(ctx, v.actor, id)
	var why *registry.Error
	if errors.As(err, &why) && (why.Kind == registry.Forbidden || why.Kind == registry.Conflict) {
		return why, nil
	}
	return nil, err
}

// daysLeft is how many working days are left to decide, below zero when the time
// is over.
func (s *Server) daysLeft(class registry.Class, loc *time.Location) int {
	return registry.ApproveLeft(registry.DateOf(class.SubmittedAt.In(loc)), registry.DateOf(s.Now().In(loc)))
}
