package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/issue"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/training"
	"github.com/passmuster/passmuster/templates/staff"
	"github.com/passmuster/passmuster/templates/ui"
)

// approveClass handles POST /a/classes/:id/approve.
func (s *Server) approveClass(c *gin.Context, v visitor) error {
	id := registry.ID(c.Param("id"))
	typed, rows, version, err := decisionForm(c)
	if err != nil {
		return err
	}
	in, err := approveInput(typed, rows, version)
	if err != nil {
		return s.showSubmitted(c, v, typed, err)
	}
	in.Passkey = []byte(c.PostForm("passkey"))
	out, err := s.Issue.Approve(c.Request.Context(), v.actor, id, in)
	if isCode(err, "class.not_submitted") && s.decidedAlready(c.Request.Context(), v, id) {
		return to(c, "/registry/classes/"+string(id))
	}
	if err != nil {
		return s.showSubmitted(c, v, typed, atRows(err, in.Hold))
	}
	switch {
	case out.Total == 0:
		s.flash(c, ui.Info, "decide.flash.none", out.Class.Code)
	case out.Issued < out.Total:
		return to(c, "/jobs/"+string(out.Run))
	default:
		s.flash(c, ui.Good, "decide.flash.approved", out.Issued)
	}
	return to(c, "/registry/classes/"+string(id))
}

// approveInput is the decision as it was typed.
func approveInput(typed staff.DecisionInput, rows []registry.ID, version int64) (in issue.ApproveInput, err error) {
	in = issue.ApproveInput{Note: typed.Note, Version: version}
	for _, r := range rows {
		if typed.Held[r] || typed.Reasons[r] != "" { // a reason without its tick still means that something is wrong
			in.Hold = append(in.Hold, issue.Held{Enrolment: r, Reason: typed.Reasons[r]})
		}
	}
	in.ValidFrom, err = optionalDate(typed.ValidFrom)
	return in, err
}

// decidedAlready reports an approval that the same person sent twice.
func (s *Server) decidedAlready(ctx context.Context, v visitor, id registry.ID) bool {
	view, err := s.Training.Class(ctx, v.actor, id)
	return err == nil && view.Class.ApprovedBy == v.account.ID
}

// returnClass handles POST /a/classes/:id/return.
func (s *Server) returnClass(c *gin.Context, v visitor) error {
	ctx, id := c.Request.Context(), registry.ID(c.Param("id"))
	typed, rows, version, err := decisionForm(c)
	if err != nil {
		return err
	}
	var reasons []issue.Held
	for _, r := range rows {
		if typed.Reasons[r] != "" {
			reasons = append(reasons, issue.Held{Enrolment: r, Reason: typed.Reasons[r]})
		}
	}
	view, err := s.Training.Class(ctx, v.actor, id)
	if err != nil {
		return err
	}
	class := view.Class
	switch {
	case class.Status == registry.ClassReturned && class.ReturnReason == typed.Reason && typed.Reason != "": // sent twice
		return to(c, "/a")
	default:
		class, err = s.Issue.Return(ctx, v.actor, id, typed.Reason, reasons, version)
	}
	if err != nil {
		return s.showSubmitted(c, v, typed, atRows(err, reasons))
	}
	s.flash(c, ui.Info, "decide.flash.returned", class.Code)
	return to(c, "/a")
}

// decisionForm reads the form of a decision: what was typed, the rows that it
// says something about, and the version that the approver saw.
func decisionForm(c *gin.Context) (in staff.DecisionInput, rows []registry.ID, version int64, err error) {
	if err := parsed(c); err != nil {
		return in, nil, 0, err
	}
	form := c.Request.PostForm
	in = staff.DecisionInput{Held: map[registry.ID]bool{}, Reasons: map[registry.ID]string{}, ValidFrom: strings.TrimSpace(form.Get("valid_from")),
		Note: strings.TrimSpace(form.Get("note")), Reason: strings.TrimSpace(form.Get("reason"))}
	for _, id := range form["hold"] {
		in.Held[registry.ID(id)] = true
		rows = append(rows, registry.ID(id))
	}
	for name := range form {
		if id, ok := strings.CutPrefix(name, "reason."); ok {
			in.Reasons[registry.ID(id)] = strings.TrimSpace(form.Get(name))
			rows = append(rows, registry.ID(id))
		}
	}
	slices.Sort(rows)
	version, _ = strconv.ParseInt(form.Get("version"), 10, 64) // 0, and so the newest, for a form without it
	return in, slices.Compact(rows), version, nil
}

// parsed reads the form of a request.
func parsed(c *gin.Context) error {
	err := c.Request.ParseForm()
	switch {
	case err == nil:
		return edge.FormText(c)
	case edge.IsUnread(err):
		return err
	}
	return registry.Fail(registry.Invalid, "decide.form")
}

func optionalDate(text string) (registry.Date, error) {
	if text == "" {
		return registry.Date{}, nil
	}
	d, err := registry.ParseDate(text)
	if err != nil {
		return d, registry.FailField(registry.Invalid, "valid_from", "web.date")
	}
	return d, nil
}

func isCode(err error, code string) bool {
	var refusal *registry.Error
	return errors.As(err, &refusal) && refusal.Code == code
}

// atRows names, in place of a number in the list that was sent, the field of the
// row that a fault is about.
func atRows(err error, rows []issue.Held) error {
	var refusal *registry.Error
	if !errors.As(err, &refusal) || len(refusal.Faults) == 0 {
		return err
	}
	told := *refusal
	told.Faults = slices.Clone(refusal.Faults)
	for i, f := range told.Faults {
		if f.Row > 0 && f.Row <= len(rows) {
			told.Faults[i].Field, told.Faults[i].Row = "reason-"+string(rows[f.Row-1].Enrolment), 0
		}
	}
	return &told
}

// explain says on a page why a deed was not done: at the top, and at the field
// that it is about. It returns the status to answer with; what is no refusal of
// the deed itself comes back as the error that it is.
func explain(c *gin.Context, f *staff.Frame, err error) (int, map[string]staff.Refusal, error) {
	var refusal *registry.Error
	if !errors.As(err, &refusal) || refusal.Kind == registry.NotFound || refusal.Kind == registry.Unauthenticated || refusal.Kind == registry.Unavailable {
		return 0, nil, err
	}
	problem := edge.Describe(c, err)
	wrong := map[string]staff.Refusal{}
	top := staff.Refusal{Message: problem.Detail, Fix: problem.Fix}
	if refusal.Field != "" {
		wrong[refusal.Field] = top
		top = staff.Refusal{Message: f.P.T("page.error.summary"), Wrongs: []ui.Wrong{{FieldID: "f-" + refusal.Field, Text: problem.Detail}}}
	}
	for _, fault := range refusal.Faults {
		message, fix := f.P.Fault(fault)
		line := ui.Wrong{Text: message, Fix: fix}
		if strings.HasPrefix(fault.Field, "reason-") {
			line.FieldID, line.Fix = fault.Field, ""
			wrong[fault.Field] = staff.Refusal{Message: message, Fix: fix}
		}
		top.Wrongs = append(top.Wrongs, line)
	}
	f.Refusal = &top
	return problem.Status, wrong, nil
}

// showSubmitted shows a submitted class, with what was typed and why it was
// refused.
func (s *Server) showSubmitted(c *gin.Context, v visitor, typed staff.DecisionInput, refusal error) error {
	ctx, status := c.Request.Context(), http.StatusOK
	frame := s.frame(c, v, "/a")
	var wrong map[string]staff.Refusal
	if refusal != nil {
		var err error
		if status, wrong, err = explain(c, &frame, refusal); err != nil {
			return err
		}
	}
	view, err := s.Training.Class(ctx, v.actor, registry.ID(c.Param("id")))
	if err != nil {
		return err
	}
	page, err := s.decision(ctx, v, frame, view)
	if err != nil {
		return err
	}
	page.In, page.Wrong = typed, wrong
	return show(c, status, staff.DecisionPage(page))
}

// ceremonyWithin is how many days ahead validity may begin.
const ceremonyWithin = 180

func (s *Server) decision(ctx context.Context, v visitor, f staff.Frame, view training.View) (staff.Decision, error) {
	class, loc := view.Class, s.zone(ctx, view.Base.Code)
	page := staff.Decision{Frame: f, URL: "/a/classes/" + string(class.ID), Course: f.P.Text(view.Course.Title), Code: class.Code, Status: class.Status,
		Version: class.Version, Open: class.Status == registry.ClassSubmitted, Flags: class.Flags, Passed: view.Count(registry.Pass),
		NeedsNote: view.Base.Status != registry.BaseAccredited, First: registry.DateOf(s.Now().In(loc))}
	answers, err := s.Issue.Answers(ctx, v.actor, class.ID)
	if err != nil {
		return page, err
	}
	page.Flags = classFlags(class, answers)
	page.Last = page.First.AddDays(ceremonyWithin)
	page.Up = staff.Link{Text: f.P.T("decide.title"), URL: "/a"}
	if !registry.CanSomewhere(v.actor, registry.ApproveClass) {
		page.Up = staff.Link{Text: f.P.T("credentials.class", class.Code), URL: "/t/classes/" + string(class.ID)}
	}
	if slices.Contains(decided, class.Status) {
		page.Results = "/registry/classes/" + string(class.ID)
	}
	if err := s.decider(ctx, v, &page, view); err != nil {
		return page, err
	}
	page.Counts = outcomeCounts(f, view)
	page.Rows, page.Exceptions = evidence(f, v, view, answers), append(denied(f, view, answers), exceptions(f, view)...)
	names, issuer, err := s.classPeople(ctx, f, view)
	if err != nil {
		return page, err
	}
	page.Facts = s.classFacts(f, view, names, loc)
	page.Preview = previewFacts(f, view, issuer, page.First)
	return page, nil
}

// decided are the states of a class that was approved.
var decided = []registry.ClassStatus{registry.ClassApproved, registry.ClassIssuing, registry.ClassIssued, registry.ClassArchived}
