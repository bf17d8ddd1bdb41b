package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/templates/staff"
)

func (s *Server) mountClasses(e *gin.Engine) {
	get(e, "/t", s.staff(s.showClasses))
	get(e, "/t/classes/new", s.staff(s.newClass))
	e.POST("/t/classes", s.staff(s.createClass))
	get(e, "/t/classes/:id", s.staff(s.showRoster))
	get(e, "/t/classes/:id/edit", s.staff(s.editClass))
	e.POST("/t/classes/:id/edit", s.staff(s.saveClass))
	e.POST("/t/classes/:id/cancel", s.staff(s.cancelClass))
	e.POST("/t/classes/:id/enrolments", s.staff(s.enrolPerson))
	get(e, "/t/classes/:id/attendance", s.staff(s.showAttendance))
	e.POST("/t/classes/:id/attendance", s.staff(s.recordAttendance))
	get(e, "/t/classes/:id/theory", s.staff(s.showTheory))
	e.POST("/t/classes/:id/theory", s.staff(s.recordTheory))
	get(e, "/t/classes/:id/skills", s.staff(s.showSkills))
	e.POST("/t/classes/:id/skills", s.staff(s.passAllSkills))
	e.POST("/t/classes/:id/skills/:enrolment", s.staff(s.recordSkills))
	get(e, "/t/classes/:id/review", s.staff(s.showReview))
	e.POST("/t/classes/:id/submit", s.staff(s.submitClass))
	e.POST("/t/classes/:id/imports", s.staff(s.uploadRoster))
	s.mountImports(e)
	s.mountPresets(e)
}

// recordable are the states in which a class takes records.
var recordable = []registry.ClassStatus{registry.ClassOpen, registry.ClassInProgress, registry.ClassAssessing, registry.ClassReturned}

// showClasses handles GET /t.
func (s *Server) showClasses(c *gin.Context, v visitor) error {
	if !registry.CanSomewhere(v.actor, registry.ReadClass) {
		return registry.Fail(registry.Forbidden, "access.forbidden", string(registry.ReadClass))
	}
	ctx := c.Request.Context()
	cur := cursorOf(c, "q", "status")
	f := store.ClassFilter{Search: cur.values.Get("q"), Before: cur.before(), Limit: pageSize + 1}
	page := staff.Classes{Frame: s.frame(c, v, "/t"), CanCreate: registry.CanSomewhere(v.actor, registry.CreateClass),
		Status: cur.values.Get("status"), Search: f.Search, First: cur.first()}
	if page.Status != "" {
		f.Status = []registry.ClassStatus{registry.ClassStatus(page.Status)}
	}
	page.Filtered = page.Status != "" || page.Search != ""
	n, err := s.names(c)
	if err != nil {
		return err
	}
	list, err := s.Training.Classes(ctx, v.actor, f)
	if err != nil {
		return err
	}
	var shown int
	page.Pages, shown = cur.pages(len(list), func(i int) registry.ID { return list[i].ID })
	page.Rows = classRows(n, list[:shown])
	if page.First && !page.Filtered {
		if err := s.attention(c, v, n, &page); err != nil {
			return err
		}
	}
	return show(c, http.StatusOK, staff.ClassesPage(page))
}

// attention fills what stands above the list: classes of today, and of the
// reader's own what was returned or should be submitted, and accreditations that
// end.
func (s *Server) attention(c *gin.Context, v visitor, n names, page *staff.Classes) error {
	open, err := s.Training.Classes(c.Request.Context(), v.actor, store.ClassFilter{Status: recordable, Limit: 200})
	if err != nil {
		return err
	}
	var today, returned, late []registry.Class
	for _, class := range open {
		now := s.today(c, class.Base)
		switch {
		case !mine(v.actor, class):
		case class.Status == registry.ClassReturned:
			returned = append(returned, class)
		case slices.Contains(class.Dates(), now):
			today = append(today, class)
		case class.EndsOn().Before(now):
			late = append(late, class)
		}
	}
	slices.SortStableFunc(late, func(a, b registry.Class) int { return a.EndsOn().DayNumber() - b.EndsOn().DayNumber() })
	page.Today, page.Returned, page.Late = s.dueRows(c, n, today), classRows(n, returned), s.dueRows(c, n, late)
	if err := s.recordLinks(c, today, page.Today); err != nil {
		return err
	}
	page.Ends, err = s.accreditationEnds(c, v, n)
	return err
}

// recordLinks says where recording begins: with attendance, as soon as there is
// somebody to record.
func (s *Server) recordLinks(c *gin.Context, list []registry.Class, rows []staff.ClassRow) error {
	ctx := c.Request.Context()
	return s.DB.Read(ctx, func(tx *store.Tx) error {
		for i, class := range list {
			people, err := tx.Enrolments(ctx, class.ID)
			if err != nil {
				return err
			}
			rows[i].Record = rows[i].URL
			if slices.ContainsFunc(people, func(e registry.Enrolment) bool { return e.Status == registry.Enrolled }) {
				rows[i].Record += "/attendance"
			}
		}
		return nil
	})
}

func (s *Server) dueRows(c *gin.Context, n names, list []registry.Class) []staff.ClassRow {
	rows := classRows(n, list)
	for i, class := range list {
		rows[i].Due = dueOf(c, class, s.today(c, class.Base))
	}
	return rows
}

// today is the civil date where the base is.
func (s *Server) today(c *gin.Context, base string) registry.Date {
	return registry.DateOf(s.Now().In(s.zone(c.Request.Context(), base)))
}

func classRows(n names, list []registry.Class) []staff.ClassRow {
	var rows []staff.ClassRow
	for _, class := range list {
		rows = append(rows, staff.ClassRow{URL: "/t/classes/" + string(class.ID), Code: class.Code, Course: n.course(class.Course, class.CourseVersion),
			Base: n.base(class.Base), Dates: n.p.DateRange(class.StartsOn(), class.EndsOn()), Status: class.Status, Note: class.ReturnReason})
	}
	return rows
}

// cancelClass handles POST /t/classes/:id/cancel.
func (s *Server) cancelClass(c *gin.Context, v visitor) error {
	id := registry.ID(c.Param("id"))
	class, err := s.Training.CancelClass(c.Request.Context(), v.actor, id, strings.TrimSpace(c.PostForm("reason")))
	if err != nil {
		return s.rosterRefused(c, v, staff.PersonForm{}, err)
	}
	s.flash(c, "good", "staff.flash.cancelled", class.Code)
	return to(c, "/t/classes/"+string(id))
}

// text is one text in the reader's language.
func text(c *gin.Context, key string, args ...any) string { return edge.Printer(c).T(key, args...) }
