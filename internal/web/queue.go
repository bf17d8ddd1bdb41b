package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
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
	e.POST("/a/classes/:id/passkey", s.staff(s.askPasskey))
	e.POST("/a/classes/:id/return", s.staff(s.returnClass))
	e.POST("/a/classes/:id/later", s.staff(s.approveLater))
	e.POST("/a/classes/:id/later/passkey", s.staff(s.askPasskeyLater))
	e.POST("/a/denials/:enrolment", s.staff(s.settleDenial))
	e.POST("/a/rules", s.staff(s.setPasskeyRule))
	get(e, "/a/ask/:token", s.staff(s.openAsk))
	get(e, "/t/classes/:id/ask", s.staff(s.showAsk))
	get(e, "/t/classes/:id/ask.png", s.staff(s.showAskCode))
	e.POST("/t/classes/:id/enrolments/:enrolment/withdraw", s.staff(s.withdraw))
	e.POST("/t/classes/:id/enrolments/:enrolment/take-back", s.staff(s.takeBack))
}

// queueMost is how many classes the queue shows: the oldest, which come first.
const queueMost = 50

// showQueue handles GET /a.
func (s *Server) showQueue(c *gin.Context, v visitor) error { return s.queue(c, v, nil) }

// queue shows the queue, and why a deed in it was refused.
func (s *Server) queue(c *gin.Context, v visitor, refusal error) error {
	if !registry.CanSomewhere(v.actor, registry.ApproveClass) {
		return registry.Fail(registry.Forbidden, "access.forbidden", string(registry.ApproveClass))
	}
	ctx, status := c.Request.Context(), http.StatusOK
	page := staff.Queue{Frame: s.frame(c, v, "/a")}
	if refusal != nil {
		var err error
		if status, _, err = explain(c, &page.Frame, refusal); err != nil {
			return err
		}
	}
	list, err := s.Training.Classes(ctx, v.actor, store.ClassFilter{Status: []registry.ClassStatus{registry.ClassSubmitted}, OldestSubmitted: true, Limit: queueMost + 1})
	if err != nil {
		return err
	}
	page.More = len(list) > queueMost
	for _, class := range list[:min(queueMost, len(list))] {
		row, mine, ok, err := s.waiting(ctx, v, page.Frame, class.ID)
		switch {
		case err != nil:
			return err
		case ok && mine:
			page.Rows = append(page.Rows, row)
		case ok:
			page.Others = append(page.Others, row)
		}
	}
	page.Counts = queueCounts(page)
	if page.Denials, err = s.denials(ctx, v, page.Frame); err != nil {
		return err
	}
	if page.Rules, err = s.passkeyRules(ctx, v, page.Frame); err != nil {
		return err
	}
	if page.Reports, err = s.waitingReports(c, v); err != nil {
		return err
	}
	return show(c, status, staff.QueuePage(page))
}

// denials are the certificates whose holders say that it was not them.
func (s *Server) denials(ctx context.Context, v visitor, f staff.Frame) ([]staff.Denial, error) {
	list, err := s.Issue.Denials(ctx, v.actor)
	if err != nil {
		return nil, err
	}
	rows := make([]staff.Denial, len(list))
	for i, d := range list {
		n := d.Credential.Snapshot
		rows[i] = staff.Denial{Enrolment: string(d.Confirmation.Enrolment), Name: n.Name, Number: string(n.Number), URL: certificateURL(n.Number), Class: n.Class.Code,
			ClassURL: "/registry/classes/" + string(d.Credential.Class), When: f.P.Time(d.Confirmation.ChangedAt, s.zone(ctx, n.Base.Code))}
	}
	return rows, nil
}

// passkeyRules are what the issuers ask of their approvers that the reader may
// set. Where no passkey works only a rule that stands is shown, to be lifted.
func (s *Server) passkeyRules(ctx context.Context, v visitor, f staff.Frame) ([]staff.PasskeyRule, error) {
	works := s.Passkey != nil && s.Passkey.Available()
	var rules []staff.PasskeyRule
	err := s.DB.Read(ctx, func(tx *store.Tx) error {
		for _, id := range registry.ScopesFor(v.actor, registry.EditOrganization) {
			org, err := tx.Organization(ctx, id)
			if err != nil || !org.SchemeOwner {
				return err
			}
			needed, err := tx.PasskeyNeeded(ctx, id)
			if err != nil {
				return err
			}
			if works || needed {
				rules = append(rules, staff.PasskeyRule{Org: string(id), Name: f.P.Text(org.Name), Needed: needed})
			}
		}
		return nil
	})
	return rules, err
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

// waiting is one row of the queue, and whether the class waits for its reader
// before others. It is none where the reader may look at the class and has no say
// in it: a queue holds only what its reader can move.
func (s *Server) waiting(ctx context.Context, v visitor, f staff.Frame, id registry.ID) (row staff.Waiting, mine, ok bool, err error) {
	view, err := s.Training.Class(ctx, v.actor, id)
	if err != nil {
		return row, false, false, err
	}
	why, err := s.bars(ctx, v, id)
	if err != nil || why != nil && (why.Code == "access.forbidden" || why.Code == "class.not_submitted") {
		return row, false, false, err
	}
	desk, err := s.Issue.Desk(ctx, v.actor, id)
	if err != nil {
		return row, false, false, err
	}
	answers, err := s.Issue.Answers(ctx, v.actor, id)
	if err != nil {
		return row, false, false, err
	}
	class := view.Class
	row = staff.Waiting{URL: "/a/classes/" + string(id), Course: f.P.Text(view.Course.Title), Code: class.Code, Base: f.P.Text(view.Base.Name),
		Dates: f.P.DateRange(class.StartsOn(), class.EndsOn()), Submitted: f.P.Ago(s.Now().Sub(class.SubmittedAt)), Left: s.daysLeft(class, s.zone(ctx, class.Base)),
		People: view.Active(), Passed: view.Count(registry.Pass), Flags: classFlags(class, answers), Regional: desk.Org != "" && !desk.Own}
	if why != nil {
		row.Barred, _ = f.P.Error(why)
	}
	return row, desk.Holds(v.actor) || desk.Org == "", true, nil
}

// classFlags are what is unusual about a class by now: as it was submitted, and
// what holders said since.
func classFlags(class registry.Class, answers map[registry.ID]registry.Confirmation) []string {
	flags := slices.Clone(class.Flags)
	for _, a := range answers {
		if a.Answer == registry.NotMe {
			return append(flags, registry.FlagDenied)
		}
	}
	return flags
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
