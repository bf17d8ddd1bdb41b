package web

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/training"
	"github.com/passmuster/passmuster/templates/staff"
	"github.com/passmuster/passmuster/templates/ui"
)

// classPage is a class with what its pages share.
type classPage struct {
	training.View
	head staff.Class
	can  map[registry.Action]bool
}

// openClass reads the class for a page of it.
func (s *Server) openClass(c *gin.Context, v visitor, tab string) (classPage, error) {
	ctx := c.Request.Context()
	view, err := s.Training.Class(ctx, v.actor, registry.ID(c.Param("id")))
	if err != nil {
		return classPage{}, err
	}
	page := classPage{View: view}
	if page.can, err = s.classActs(ctx, v.actor, view); err != nil {
		return page, err
	}
	p := edge.Printer(c)
	class := view.Class
	page.head = staff.Class{Frame: s.frame(c, v, "/t"), ID: string(class.ID), Code: class.Code, Version: class.Version, Status: class.Status,
		Course: p.Text(view.Course.Title), Base: p.Text(view.Base.Name), Dates: p.DateRange(class.StartsOn(), class.EndsOn()), Venue: class.Venue,
		Tab: tab, Returned: class.ReturnReason, HasIssued: class.Status == registry.ClassIssued || class.Status == registry.ClassIssuing}
	for _, t := range class.Trainers {
		page.head.Trainers = append(page.head.Trainers, t.Name)
	}
	open := slices.Contains(recordable, class.Status)
	page.head.CanEdit, page.head.CanEnrol = open && page.can[registry.CreateClass], open && page.can[registry.EnrolPerson]
	page.head.CanCancel = open && page.can[registry.CancelClass]
	page.head.CanApprove = class.Status == registry.ClassSubmitted && page.can[registry.ApproveClass]
	if class.Status == registry.ClassSubmitted {
		page.head.Waits = waitingSince(p, class.SubmittedAt, s.Now(), s.zone(ctx, class.Base))
		page.head.Asks = page.can[registry.SubmitClass]
	}
	page.head.Due, page.head.CanCopy = dueOf(c, class, s.today(c, class.Base)), registry.CanSomewhere(v.actor, registry.CreateClass)
	page.head.Counts = counts(p.T, view)
	page.head.Tabs = tabs(p.T, view)
	return page, nil
}

// classActs tells what the account may do in this class. A trainer's role counts
// only in the classes that name him or that he made.
func (s *Server) classActs(ctx context.Context, a registry.Actor, view training.View) (map[registry.Action]bool, error) {
	var path []registry.ID
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		path, err = access.Path(ctx, tx, view.Org)
		return err
	})
	own := view.Class.CreatedBy == a.Account ||
		a.Person != "" && slices.ContainsFunc(view.Class.Trainers, func(t registry.ClassTrainer) bool { return t.Person == a.Person })
	if !own {
		a.Grants = slices.DeleteFunc(slices.Clone(a.Grants), func(g registry.Grant) bool { return g.Role == registry.RoleTrainer })
	}
	can := map[registry.Action]bool{}
	for _, act := range []registry.Action{registry.CreateClass, registry.EnrolPerson, registry.RecordAttendance, registry.RecordResults,
		registry.SubmitClass, registry.CancelClass, registry.ApproveClass, registry.OverrideDeadline} {
		can[act] = registry.Can(a, act, path)
	}
	return can, err
}

func counts(t func(string, ...any) string, v training.View) []staff.Count {
	list := []staff.Count{{Label: t("staff.count.people"), N: v.Active()}}
	for _, o := range []registry.Outcome{registry.Pass, registry.Remediate, registry.FailedAll, registry.Incomplete, registry.Pending} {
		if n := v.Count(o); n > 0 {
			list = append(list, staff.Count{Label: t("staff.outcome." + string(o)), N: n})
		}
	}
	return list
}

// tabs are the parts of the record, each with how many people lack something
// there.
func tabs(t func(string, ...any) string, v training.View) []staff.Tab {
	lack := map[string]int{}
	for _, m := range v.Members {
		if m.Enrolment.Status != registry.Enrolled {
			continue
		}
		for _, code := range unique(m.Outcome.Missing) {
			if part, ok := strings.CutSuffix(code, ".missing"); ok {
				lack[part]++
			}
		}
	}
	list := []staff.Tab{{Key: "roster", Label: t("staff.tab.roster")}, {Key: "attendance", Label: t("staff.tab.attendance"), Missing: lack["attendance"]}}
	if v.Course.PassMark > 0 {
		list = append(list, staff.Tab{Key: "theory", Label: t("staff.tab.theory"), Missing: lack["theory"]})
	}
	if len(v.Course.Skills.Items) > 0 {
		list = append(list, staff.Tab{Key: "skills", Label: t("staff.tab.skills"), Missing: lack["skills"]})
	}
	return append(list, staff.Tab{Key: "review", Label: t("staff.tab.review")}, staff.Tab{Key: "documents", Label: t("staff.tab.documents")})
}

// closed says why nothing can be recorded here by this account, "" where it can.
func (p classPage) closed(c *gin.Context, act registry.Action, today registry.Date) string {
	switch {
	case !slices.Contains(recordable, p.Class.Status):
		return text(c, "staff.closed.state", text(c, "staff.class."+string(p.Class.Status)))
	case !p.can[act]:
		return text(c, "staff.closed.role")
	case p.Class.StartsOn().After(today):
		return text(c, "staff.closed.future", p.Class.StartsOn())
	}
	return ""
}

// unique leaves out what is said already: two sessions can lack the same.
func unique(codes []string) []string {
	var out []string
	for _, code := range codes {
		if !slices.Contains(out, code) {
			out = append(out, code)
		}
	}
	return out
}

// missing says in words what a person lacks.
func missing(c *gin.Context, m training.Member) []string {
	var words []string
	for _, code := range unique(m.Outcome.Missing) {
		words = append(words, text(c, "staff.missing."+code))
	}
	return words
}

func rosterRow(c *gin.Context, m training.Member) staff.RosterRow {
	e := m.Enrolment
	row := staff.RosterRow{ID: string(e.ID), No: e.Position, Name: e.Name, Latin: e.LatinName, Last4: e.IDLast4, Outcome: m.Outcome.Outcome,
		Missing: missing(c, m), Held: m.Completion.Held, Gone: e.Status == registry.Withdrawn, Waiting: e.Status == registry.Unconfirmed}
	if m.Completion.ID != "" && m.Completion.Outcome != "" && !m.Completion.ApprovedAt.IsZero() {
		row.Outcome = m.Completion.Outcome
	}
	return row
}

// showRoster handles GET /t/classes/:id.
func (s *Server) showRoster(c *gin.Context, v visitor) error {
	page, err := s.roster(c, v)
	if err != nil {
		return err
	}
	return show(c, http.StatusOK, staff.RosterPage(page))
}

func (s *Server) roster(c *gin.Context, v visitor) (staff.Roster, error) {
	class, err := s.openClass(c, v, "roster")
	if err != nil {
		return staff.Roster{}, err
	}
	page := staff.Roster{Class: class.head}
	page.Person.IDTypes = idTypes(c)
	for _, m := range class.Members {
		page.Rows = append(page.Rows, rosterRow(c, m))
	}
	if !page.CanEnrol {
		return page, nil
	}
	ctx := c.Request.Context()
	if err := s.joinWaiting(ctx, v, &page, class.View.Class.ID); err != nil {
		return page, err
	}
	err = s.DB.Read(ctx, func(tx *store.Tx) error {
		list, err := tx.ImportHeads(ctx, class.View.Class.ID)
		for _, i := range list[:min(5, len(list))] {
			page.Imports = append(page.Imports, staff.Link{Text: i.Filename + " · " + edge.Printer(c).Time(i.CreatedAt, s.zone(ctx, class.View.Class.Base)), URL: "/t/imports/" + string(i.ID)})
		}
		return err
	})
	return page, err
}

func idTypes(c *gin.Context) []ui.Option {
	list := []ui.Option{{Value: "", Label: text(c, "staff.enrol.id_type.auto")}}
	for _, t := range registry.IDTypes {
		list = append(list, ui.Option{Value: string(t), Label: text(c, "intake.id_type."+string(t))})
	}
	return list
}

// rosterRefused shows the roster again with what was typed and why it was
// refused.
func (s *Server) rosterRefused(c *gin.Context, v visitor, form staff.PersonForm, err error) error {
	refusal, status, err := refused(c, err)
	if err != nil {
		return err
	}
	page, err := s.roster(c, v)
	if err != nil {
		return err
	}
	form.IDTypes = page.Person.IDTypes
	page.Person, page.Refusal = form, refusal
	return show(c, status, staff.RosterPage(page))
}
