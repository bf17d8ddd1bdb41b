package web

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/training"
	"github.com/passmuster/passmuster/templates/staff"
	"github.com/passmuster/passmuster/templates/ui"
)

// trainersOn lists who may train the course on every day of the class.
func (s *Server) trainersOn(c *gin.Context, v visitor, ch choice) ([]registry.Person, error) {
	dates := ch.dates
	if len(dates) == 0 {
		dates = []registry.Date{ch.on}
	}
	var people []registry.Person
	for i, on := range dates {
		list, err := s.Accredit.TrainersFor(c.Request.Context(), v.actor, ch.course.Code, on, ch.base.Code)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			people = list
			continue
		}
		people = slices.DeleteFunc(people, func(p registry.Person) bool {
			return !slices.ContainsFunc(list, func(o registry.Person) bool { return o.ID == p.ID })
		})
	}
	return people, nil
}

// datesTyped are the days of the sessions of a form, each once; what is no date
// is left out.
func datesTyped(list []staff.SessionInput) []registry.Date {
	var dates []registry.Date
	for _, t := range list {
		if on, err := registry.ParseDate(t.On); err == nil && !on.IsZero() && !slices.Contains(dates, on) {
			dates = append(dates, on)
		}
	}
	return dates
}

// staffing is what the course asks of a class at the base.
func (s *Server) staffing(c *gin.Context, ch choice) (staff.Staffing, error) {
	preset, err := s.Training.PresetAt(c.Request.Context(), ch.base.Host)
	return staff.Staffing{People: ch.people, Manikins: ch.base.Manikins, Warn: ch.course.RatioWarn, Max: ch.course.RatioMax, Each: ch.course.ManikinRatio,
		Relaxed: preset == registry.Relaxed}, err
}

// staffed counts the form as it is filled in, by the same rule that takes or
// refuses it.
func staffed(f staff.ClassForm) staff.ClassForm {
	capacity, _ := strconv.Atoi(f.Capacity)
	manikins, _ := strconv.Atoi(f.Manikins)
	class := registry.Class{Manikins: manikins}
	for _, t := range f.Trainers {
		if t.Chosen {
			class.Trainers = append(class.Trainers, registry.ClassTrainer{Person: registry.ID(t.Person)})
		}
	}
	people := capacity
	if people == 0 {
		people = f.Staffing.People
	}
	course := registry.Course{RatioWarn: f.Staffing.Warn, RatioMax: f.Staffing.Max, ManikinRatio: f.Staffing.Each}
	count := registry.StaffingOf(class, course, registry.Base{Manikins: f.Staffing.Manikins}, people)
	f.Staffing.Sum, f.Staffing.Warnings = "", nil
	if people > 0 {
		f.Staffing.Sum = f.P.T("plan.staffing", count.Trainees, count.Trainers, count.Manikins)
	}
	for _, w := range count.Warnings() {
		message, _ := f.P.Fault(w)
		f.Staffing.Warnings = append(f.Staffing.Warnings, message)
	}
	return f
}

// lastClasses are the newest classes that the account may copy.
func (s *Server) lastClasses(c *gin.Context, v visitor, n names) ([]staff.Link, error) {
	const few, some = 3, 50
	list, err := s.Training.Classes(c.Request.Context(), v.actor, store.ClassFilter{Limit: some})
	if err != nil {
		return nil, err
	}
	var links []staff.Link
	var seen []string
	for _, class := range list {
		kind := class.Base + class.Course
		known := slices.ContainsFunc(n.all.Bases, func(b registry.Base) bool { return b.Code == class.Base })
		if !known || !mine(v.actor, class) || slices.Contains(seen, kind) {
			continue
		}
		seen = append(seen, kind)
		links = append(links, staff.Link{Text: n.course(class.Course, 0) + " · " + n.base(class.Base) + " · " + n.p.Date(class.StartsOn()), URL: "/t/classes/new?copy=" + string(class.ID)})
		if len(links) == few {
			break
		}
	}
	return links, nil
}

// mine reports whether a class is the account's own business: its creator's,
// its trainers', and everybody's whose role is about classes of others.
func mine(a registry.Actor, class registry.Class) bool {
	if class.CreatedBy == a.Account || slices.ContainsFunc(class.Trainers, func(t registry.ClassTrainer) bool { return a.Person != "" && t.Person == a.Person }) {
		return true
	}
	return slices.ContainsFunc(a.Grants, func(g registry.Grant) bool {
		return g.Role != registry.RoleTrainer && registry.CanSomewhere(registry.Actor{Grants: []registry.Grant{g}}, registry.SubmitClass)
	})
}

// copyClass shows the form of a new class filled as another one was, from today
// on: the sessions keep their distance in days, and those who may still train
// are chosen.
func (s *Server) copyClass(c *gin.Context, v visitor, n names, id registry.ID) error {
	view, err := s.Training.Class(c.Request.Context(), v.actor, id)
	if err != nil {
		return err
	}
	old := view.Class
	on := s.today(c, old.Base)
	chosen, errs := s.chosen(c, n, old.Course, old.Base, on, nil)
	if len(errs) > 0 {
		return s.firstStep(c, v, n, errs)
	}
	shift := on.DayNumber() - old.StartsOn().DayNumber()
	sessions := slices.Clone(old.Sessions)
	for i := range sessions {
		sessions[i].On = sessions[i].On.AddDays(shift)
	}
	typed := sessionsTyped(sessions)
	chosen.dates = datesTyped(typed)
	form, err := s.classForm(c, v, chosen)
	if err != nil {
		return err
	}
	form.Once, form.Cancel, form.Action = newOnce(), "/t", "/t/classes"
	form.Sessions, form.Setting, form.Venue = spare(typed), old.Setting, old.Venue
	form.Capacity, form.Manikins, form.RatioReason = typedNumber(old.Capacity), typedNumber(old.Manikins), old.RatioReason
	for i := range form.Trainers {
		t := &form.Trainers[i]
		if j := slices.IndexFunc(old.Trainers, func(o registry.ClassTrainer) bool { return string(o.Person) == t.Person }); j >= 0 {
			t.Chosen, t.Role = true, old.Trainers[j].Role
		}
	}
	form.Flash, form.FlashTone = text(c, "plan.copied", old.Code), ui.Info
	return show(c, http.StatusOK, staff.ClassFormPage(staffed(form)))
}

// dueOf says how a class that is not submitted stands to its deadline.
func dueOf(c *gin.Context, class registry.Class, today registry.Date) staff.Due {
	if !slices.Contains(recordable, class.Status) {
		return staff.Due{}
	}
	p := edge.Printer(c)
	switch due, left := class.DueOn(today); due {
	case registry.DueLater:
		return staff.Due{Text: p.T("plan.due.later", p.Date(class.SubmitBy()))}
	case registry.DueNow:
		if left == 0 {
			return staff.Due{Text: p.T("plan.due.today"), Tone: ui.Warn}
		}
		return staff.Due{Text: p.T("plan.due.now", left, p.Date(class.SubmitBy()))}
	case registry.DueOver:
		return staff.Due{Text: p.T("plan.due.over", -left), Tone: ui.Warn}
	default:
		return staff.Due{Text: p.T("plan.due."+string(due), -left), Tone: ui.Bad}
	}
}

// endsWithin is how long before the end of an accreditation its holder is told.
const endsWithin = 60

// accreditationEnds tells the courses that the visitor may soon no longer train,
// or no longer may since a short while.
func (s *Server) accreditationEnds(c *gin.Context, v visitor, n names) ([]string, error) {
	if v.actor.Person == "" {
		return nil, nil
	}
	var held []registry.Accreditation
	ctx := c.Request.Context()
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		held, err = tx.AccreditationsOf(ctx, v.actor.Person)
		return err
	})
	if err != nil {
		return nil, err
	}
	today := registry.DateOf(s.Now())
	until := map[string]registry.Date{} // the last one of each course; zero: open-ended
	var courses []string
	for _, a := range held {
		if a.Status != registry.TrainerActive && a.Status != registry.TrainerLapsed {
			continue
		}
		best, known := until[a.Course]
		switch {
		case !known:
			courses = append(courses, a.Course)
			until[a.Course] = a.ValidUntil
		case best.IsZero():
		case a.ValidUntil.IsZero() || a.ValidUntil.After(best):
			until[a.Course] = a.ValidUntil
		}
	}
	var texts []string
	for _, course := range courses {
		last := until[course]
		days := last.DayNumber() - today.DayNumber()
		switch {
		case last.IsZero() || days > endsWithin || days < -endsWithin:
		case days < 0:
			texts = append(texts, n.p.T("plan.ended", n.course(course, 0), n.p.Date(last)))
		default:
			texts = append(texts, n.p.T("plan.ends", n.course(course, 0), n.p.Date(last), n.p.InDays(days)))
		}
	}
	return texts, nil
}

// wholeRegistry stands in the address for the rule of all who have none of their
// own.
const wholeRegistry = "registry"

const rulesPath = registryPath + "/rules"

func (s *Server) mountPresets(e *gin.Engine) {
	get(e, rulesPath, s.staff(s.showPresets))
	e.POST(rulesPath+"/:id", s.staff(s.savePreset))
}

// showPresets handles GET /registry/rules.
func (s *Server) showPresets(c *gin.Context, v visitor) error {
	return s.presets(c, v, nil, http.StatusOK)
}

func (s *Server) presets(c *gin.Context, v visitor, refusal *staff.Refusal, status int) error {
	if !registry.CanSomewhere(v.actor, registry.EditOrganization) {
		return registry.Fail(registry.Forbidden, "access.forbidden", string(registry.EditOrganization))
	}
	list, err := s.Training.Presets(c.Request.Context(), v.actor)
	if err != nil {
		return err
	}
	page := staff.Presets{Frame: s.frame(c, v, rulesPath), Tabs: registerTabs(edge.Printer(c), v, rulesPath)}
	if refusal != nil {
		page.Refusal = refusal
	}
	whole, may, err := s.Training.RegistryPreset(c.Request.Context(), v.actor)
	if err != nil {
		return err
	}
	if may {
		page.Owners = append(page.Owners, staff.PresetRow{ID: wholeRegistry, Name: page.P.T("plan.preset.registry"), Hint: page.P.T("plan.preset.registry.hint"), Relaxed: whole == registry.Relaxed, Own: true, Whole: true})
	}
	for _, o := range list {
		page.Owners = append(page.Owners, staff.PresetRow{ID: string(o.Org.ID), Name: page.P.Text(o.Org.Name), Relaxed: o.Preset == registry.Relaxed, Own: o.Own})
	}
	return show(c, status, staff.PresetsPage(page))
}

// savePreset handles POST /registry/rules/:id.
func (s *Server) savePreset(c *gin.Context, v visitor) error {
	ctx, id, preset := c.Request.Context(), registry.ID(c.Param("id")), registry.Preset(c.PostForm("preset"))
	var err error
	switch {
	case id == wholeRegistry:
		err = s.Training.SetRegistryPreset(ctx, v.actor, preset)
	case preset == "registry":
		err = s.Training.SetPreset(ctx, v.actor, id, "")
	case preset == "":
		err = registry.FailField(registry.Invalid, "preset", "preset.unknown", "")
	default:
		err = s.Training.SetPreset(ctx, v.actor, id, preset)
	}
	if err != nil {
		refusal, status, fault := refused(c, err)
		if fault != nil {
			return fault
		}
		return s.presets(c, v, refusal, status)
	}
	list, err := s.Training.Presets(c.Request.Context(), v.actor)
	if err != nil {
		return err
	}
	if id == wholeRegistry {
		s.flash(c, ui.Good, "plan.preset.saved", edge.Printer(c).T("plan.preset.registry"))
	} else if i := slices.IndexFunc(list, func(o training.SchemePreset) bool { return o.Org.ID == id }); i >= 0 {
		s.flash(c, ui.Good, "plan.preset.saved", edge.Printer(c).Text(list[i].Org.Name))
	}
	return to(c, rulesPath)
}
