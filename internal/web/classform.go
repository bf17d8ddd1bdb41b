package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/training"
	"github.com/passmuster/passmuster/templates/staff"
	"github.com/passmuster/passmuster/templates/ui"
)

// Rows that the form has room for.
const (
	spareSessions = 2
	maxSessions   = 20
)

// newClass handles GET /t/classes/new: first what, where and when; these decide
// the rest of the form.
func (s *Server) newClass(c *gin.Context, v visitor) error {
	if !registry.CanSomewhere(v.actor, registry.CreateClass) {
		return registry.Fail(registry.Forbidden, "access.forbidden", string(registry.CreateClass))
	}
	n, err := s.names(c)
	if err != nil {
		return err
	}
	if n, err = s.scope(c.Request.Context(), n, v.actor, registry.CreateClass); err != nil {
		return err
	}
	if id := c.Query("copy"); id != "" {
		return s.copyClass(c, v, n, registry.ID(id))
	}
	course, base := c.Query("course"), c.Query("base")
	on, dateErr := registry.ParseDate(strings.TrimSpace(c.Query("on")))
	chosen, errs := s.chosen(c, n, course, base, on, dateErr)
	if missing := s.missing(n, v); missing != "" {
		return s.nothingToHold(c, v, missing)
	}
	if course == "" && base == "" || len(errs) > 0 {
		return s.firstStep(c, v, n, errs)
	}
	chosen.dates = datesTyped(sessionsOf(chosen.course, on))
	form, err := s.classForm(c, v, chosen)
	if err != nil {
		return err
	}
	form.Once, form.Cancel, form.Action = newOnce(), "/t", "/t/classes"
	form.Sessions = spare(sessionsOf(chosen.course, on))
	for i := range form.Trainers {
		form.Trainers[i].Chosen = form.Trainers[i].Person == string(v.actor.Person)
	}
	if len(form.Trainers) == 1 {
		form.Trainers[0].Chosen = true
	}
	return show(c, http.StatusOK, staff.ClassFormPage(staffed(form)))
}

// choice is what the first step chose.
type choice struct {
	course registry.Course
	base   registry.Base
	on     registry.Date
	dates  []registry.Date // of the sessions; none: on alone
	people int             // enrolled already
}

func (s *Server) chosen(c *gin.Context, n names, course, base string, on registry.Date, dateErr error) (choice, staff.Wrongs) {
	out, errs := choice{on: on}, staff.Wrongs{}
	found := false
	for _, each := range n.all.Courses {
		if each.Code == course && each.Status == registry.CourseActive {
			out.course, found = each, true
		}
	}
	if !found {
		errs["course"] = wrong(c, "web.field")
	}
	i := slices.IndexFunc(n.all.Bases, func(b registry.Base) bool { return b.Code == base })
	if i < 0 {
		errs["base"] = wrong(c, "web.field")
	} else {
		out.base = n.all.Bases[i]
	}
	if dateErr != nil || on.IsZero() {
		errs["on"] = wrong(c, "web.date")
	}
	if len(errs) > 0 {
		return out, errs
	}
	if _, err := out.course.ProgrammeAt(out.base); err != nil {
		errs["base"] = problemPair(c, err)
	} else if err := out.base.AccreditedOn(on); err != nil {
		errs["on"] = problemPair(c, err)
	}
	return out, errs
}

func problemPair(c *gin.Context, err error) [2]string {
	p := edge.Describe(c, err)
	return [2]string{p.Detail, p.Fix}
}

func (s *Server) firstStep(c *gin.Context, v visitor, n names, errs staff.Wrongs) error {
	page := staff.NewClass{Frame: s.frame(c, v, "/t"), Course: c.Query("course"), Base: c.Query("base"), On: c.Query("on"), Wrong: errs}
	status := http.StatusUnprocessableEntity
	if c.Query("course") == "" && c.Query("base") == "" && c.Query("on") == "" {
		page.Wrong, status = nil, http.StatusOK // just opened: nothing is wrong yet
	}
	page.Courses = []ui.Option{{Value: "", Label: text(c, "staff.choose")}}
	for _, each := range n.all.Courses {
		if each.Status == registry.CourseActive {
			page.Courses = append(page.Courses, ui.Option{Value: each.Code, Label: n.p.Text(each.Title) + " · " + each.Code + " · " + n.p.Hours(registry.AcademicHours(each.Minutes))})
		}
	}
	if len(n.all.Bases) != 1 {
		page.Bases = []ui.Option{{Value: "", Label: text(c, "staff.choose")}}
	}
	for _, b := range n.all.Bases {
		page.Bases = append(page.Bases, ui.Option{Value: b.Code, Label: n.p.Text(b.Name) + " · " + b.Code})
	}
	last, err := s.lastClasses(c, v, n)
	if err != nil {
		return err
	}
	page.Last = last
	if page.On == "" && len(n.all.Bases) > 0 {
		page.On = s.today(c, n.all.Bases[0].Code).String()
	}
	return show(c, status, staff.NewClassPage(page))
}

// sessionsOf spreads a course over one day, or over two where it is long: theory
// first, then practice.
func sessionsOf(course registry.Course, on registry.Date) []staff.SessionInput {
	const day = 8 * 45
	last, from := on, "13:30"
	if course.Minutes > day {
		last, from = on.AddDays(1), "09:00"
	}
	var list []staff.SessionInput
	if theory := course.Minutes - course.Practical; theory > 0 {
		list = append(list, staff.SessionInput{On: on.String(), From: "09:00", Minutes: strconv.Itoa(theory)})
	}
	if course.Practical > 0 {
		list = append(list, staff.SessionInput{On: last.String(), From: from, Minutes: strconv.Itoa(course.Practical), Practical: true})
	}
	return list
}

// spare adds empty rows to fill in.
func spare(list []staff.SessionInput) []staff.SessionInput {
	for range spareSessions {
		if len(list) < maxSessions {
			list = append(list, staff.SessionInput{})
		}
	}
	return list
}

// classForm is the form with everything that course, base and date decide.
func (s *Server) classForm(c *gin.Context, v visitor, ch choice) (staff.ClassForm, error) {
	p := edge.Printer(c)
	form := staff.ClassForm{Frame: s.frame(c, v, "/t"), Course: ch.course.Code, Base: ch.base.Code, CourseTitle: p.Text(ch.course.Title),
		BaseName: p.Text(ch.base.Name), On: ch.on.String(), Setting: "hospital", Wrong: staff.Wrongs{}, Signatories: make([]staff.SignatoryInput, registry.MaxSignatories)}
	form.CourseFacts = ch.course.Code + " · " + p.Hours(registry.AcademicHours(ch.course.Minutes)) + " · " + validity(c, ch.course)
	for _, place := range registry.Settings {
		form.Settings = append(form.Settings, ui.Option{Value: place, Label: p.T("staff.setting." + place)})
	}
	for _, role := range []string{"lead", "instructor", "assistant"} {
		form.Roles = append(form.Roles, ui.Option{Value: role, Label: p.T("staff.role." + role)})
	}
	form.Languages = []ui.Option{{Value: "", Label: p.T("staff.languages.usual")}}
	for _, pair := range training.CertificateLanguages {
		code := strings.Join(pair, "+")
		form.Languages = append(form.Languages, ui.Option{Value: code, Label: p.T("staff.languages." + code)})
	}
	var usual []string
	for _, g := range registry.InOffice(ch.base.Signatories, ch.on) {
		usual = append(usual, g.Name)
	}
	form.Usual = strings.Join(usual, p.T("list.comma"))
	if ch.course.RatioWarn > 0 {
		form.RatioHint = p.T("staff.new.ratio.hint", ch.course.RatioWarn)
	}
	people, err := s.trainersOn(c, v, ch)
	if err != nil {
		return form, err
	}
	if form.Staffing, err = s.staffing(c, ch); err != nil {
		return form, err
	}
	for _, t := range people {
		role := "instructor"
		if t.ID == v.actor.Person {
			role = "lead"
		}
		form.Trainers = append(form.Trainers, staff.TrainerInput{Person: string(t.ID), Name: t.Name, Role: role})
	}
	return form, nil
}

func validity(c *gin.Context, course registry.Course) string {
	if course.ValidityMonths == 0 {
		return text(c, "verdict.no_expiry")
	}
	return text(c, "staff.validity", course.ValidityMonths)
}

// createClass handles POST /t/classes.
func (s *Server) createClass(c *gin.Context, v visitor) error {
	in, typed, errs := classInput(c)
	if len(errs) == 0 {
		place, err := s.once(c, v, func() (string, error) {
			class, err := s.Training.CreateClass(c.Request.Context(), v.actor, in)
			return "/t/classes/" + string(class.ID), err
		})
		if err == nil {
			s.flash(c, "good", "staff.flash.created")
			return to(c, place)
		}
		return s.classFormAgain(c, v, typed, nil, err)
	}
	return s.classFormAgain(c, v, typed, errs, nil)
}

// classFormAgain shows the form as typed with what is wrong.
func (s *Server) classFormAgain(c *gin.Context, v visitor, typed staff.ClassForm, errs staff.Wrongs, err error) error {
	var refusal *staff.Refusal
	status := http.StatusUnprocessableEntity
	if err != nil {
		field := fieldOf(err)
		said, code, fault := refused(c, err)
		if fault != nil {
			return fault
		}
		refusal, status = said, code
		if field != "" {
			errs = staff.Wrongs{field: {said.Message, said.Fix}}
		}
	}
	n, err := s.names(c)
	if err != nil {
		return err
	}
	on, dateErr := registry.ParseDate(typed.On)
	if dateErr != nil || on.IsZero() {
		on = s.today(c, typed.Base)
	}
	ch := choice{on: on}
	for _, each := range n.all.Courses {
		if each.Code == typed.Course && each.Status == registry.CourseActive {
			ch.course = each
		}
	}
	i := slices.IndexFunc(n.all.Bases, func(b registry.Base) bool { return b.Code == typed.Base })
	if ch.course.Code == "" || i < 0 { // nothing that our form sends
		return to(c, "/t/classes/new?"+url.Values{"course": {typed.Course}, "base": {typed.Base}, "on": {typed.On}}.Encode())
	}
	ch.base, ch.dates = n.all.Bases[i], datesTyped(typed.Sessions)
	form, err := s.classForm(c, v, ch)
	if err != nil {
		return err
	}
	form = staffed(typed.Over(form))
	form.Wrong, form.Refusal = errs, refusal
	if refusal == nil {
		form.Refusal = summary(c, errs)
	}
	return show(c, status, staff.ClassFormPage(form))
}

// summary stands above a form with several faults, each a link to its field.
func summary(c *gin.Context, errs staff.Wrongs) *staff.Refusal {
	out := &staff.Refusal{Message: text(c, "page.error.summary")}
	var names []string
	for name := range errs {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		out.Wrongs = append(out.Wrongs, ui.Wrong{FieldID: "f-" + name, Text: errs[name][0]})
	}
	return out
}
