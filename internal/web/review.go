package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/templates/staff"
)

// showReview handles GET /t/classes/:id/review.
func (s *Server) showReview(c *gin.Context, v visitor) error {
	page, err := s.review(c, v)
	if err != nil {
		return err
	}
	return show(c, http.StatusOK, staff.ReviewPage(page))
}

func (s *Server) review(c *gin.Context, v visitor) (staff.Review, error) {
	class, err := s.openClass(c, v, "review")
	if err != nil {
		return staff.Review{}, err
	}
	p := edge.Printer(c)
	page := staff.Review{Class: class.head, Passing: class.Count(registry.Pass), Languages: p.T("staff.languages." + strings.Join(class.View.Class.Languages, "+"))}
	if until := class.Course.ValidUntil(class.View.Class.EndsOn()); !until.IsZero() {
		page.ValidTo = p.Date(until)
	}
	open := slices.Contains(recordable, class.View.Class.Status)
	page.CanSubmit = open && class.can[registry.SubmitClass]
	if page.CanSubmit {
		if err := s.Training.HandInFault(c.Request.Context(), v.actor, class.View.Class.ID); err != nil {
			told, _, fault := refused(c, err)
			if fault != nil {
				return page, fault
			}
			page.CanSubmit, page.Why = false, told.Message+". "+told.Fix
		}
	}
	switch {
	case page.Why != "":
	case !open:
		page.Why = p.T("staff.closed.state", p.T("staff.class."+string(class.View.Class.Status)))
	case !page.CanSubmit:
		page.Why = p.T("staff.review.role")
	}
	if open {
		page.Blockers = s.blockers(c, class)
	}
	for _, m := range class.active() {
		if o := m.Outcome.Outcome; o != registry.Pass && o != registry.Pending {
			page.Others = append(page.Others, staff.OutcomeRow{Row: rosterRow(c, m), Link: classURL(class, m.Outcome.Missing, string(m.Enrolment.ID))})
		}
	}
	return page, nil
}

// classURL is the part of the record where the first of the codes is put right,
// at the person's row.
func classURL(class classPage, codes []string, enrolment string) string {
	url := "/t/classes/" + string(class.View.Class.ID)
	if len(codes) > 0 {
		part, _, _ := strings.Cut(codes[0], ".")
		url += "/" + part
	}
	return url + "#p-" + enrolment
}

// blockers is what keeps the class from being submitted, as far as it can be told
// before: the service has the last word.
func (s *Server) blockers(c *gin.Context, class classPage) []staff.Blocker {
	var list []staff.Blocker
	add := func(err error, url string) {
		var refusal *registry.Error
		if errors.As(err, &refusal) {
			message, fix := edge.Printer(c).Error(refusal)
			list = append(list, staff.Blocker{Text: message, Fix: fix, URL: url})
		}
	}
	own := "/t/classes/" + string(class.View.Class.ID)
	if class.Active() == 0 {
		add(registry.Fail(registry.Conflict, "class.empty", class.View.Class.Code), own)
	}
	regional := class.can[registry.OverrideDeadline]
	add(class.View.Class.SubmitFault(s.Now(), s.zone(c.Request.Context(), class.View.Class.Base), regional), "")
	if !regional {
		add(class.View.StaffingFault(), own+"/edit#f-ratio_reason")
	}
	for _, m := range class.active() {
		if m.Outcome.Outcome != registry.Pending {
			continue
		}
		message, fix := edge.Printer(c).Fault(registry.Fault{Code: "completion." + m.Outcome.Missing[0], Args: []any{m.Enrolment.Name}})
		list = append(list, staff.Blocker{Text: message, Fix: fix, URL: classURL(class, m.Outcome.Missing, string(m.Enrolment.ID))})
	}
	return list
}

// submitClass handles POST /t/classes/:id/submit.
func (s *Server) submitClass(c *gin.Context, v visitor) error {
	id := registry.ID(c.Param("id"))
	class, err := s.Training.Submit(c.Request.Context(), v.actor, id)
	if err == nil {
		s.flash(c, "good", "staff.flash.submitted", class.Code)
		return to(c, "/t/classes/"+string(id)+"/ask")
	}
	refusal, status, fault := refused(c, err)
	if fault != nil {
		return fault
	}
	page, err := s.review(c, v)
	if err != nil {
		return err
	}
	if page.Status == registry.ClassSubmitted { // the same form again
		return to(c, "/t/classes/"+string(id))
	}
	refusal.Wrongs = nil // they stand below, each with its link
	page.Refusal = refusal
	return show(c, status, staff.ReviewPage(page))
}
