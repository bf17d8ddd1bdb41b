package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/accredit"
	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/templates/staff"
	"github.com/passmuster/passmuster/templates/ui"
)

const trainersPath = "/registry/trainers"

func (s *Server) mountTrainers(e *gin.Engine) {
	get(e, trainersPath, s.staff(s.showTrainers))
	e.POST(trainersPath+"/export", s.staff(s.showTrainers))
	e.POST(trainersPath, s.staff(s.accreditTrainer))
	get(e, trainersPath+"/new", s.staff(s.newTrainer))
	get(e, trainersPath+"/:id", s.staff(s.showTrainer))
	e.POST(trainersPath+"/:id/state", s.staff(s.moveTrainer))
}

func trainerURL(id registry.ID) string { return trainersPath + "/" + string(id) }

// teaching is one line of the register: a person and one of his accreditations,
// or a person who waits for the first.
type teaching struct {
	accredit.TrainerRecord
	held registry.Accreditation // zero for nobody accredited yet
}

func (t teaching) id() registry.ID {
	if t.held.ID != "" {
		return t.held.ID
	}
	return t.Person.ID
}

func (t teaching) state(today registry.Date) string {
	if t.held.ID == "" {
		return "none"
	}
	return string(t.held.StatusOn(today))
}

func trainerTone(state string) ui.Tone {
	return map[string]ui.Tone{"active": ui.Good, "candidate": ui.Info, "suspended": ui.Warn, "lapsed": ui.Bad}[state]
}

// showTrainers handles GET /registry/trainers.
func (s *Server) showTrainers(c *gin.Context, v visitor) error {
	ctx := c.Request.Context()
	view, err := s.Accredit.View(ctx, v.actor)
	if err != nil {
		return err
	}
	records, err := s.Accredit.Trainers(ctx, reader(c, v))
	if err != nil {
		return err
	}
	var all []teaching
	for _, r := range records {
		for _, a := range r.Held {
			all = append(all, teaching{r, a})
		}
		if len(r.Held) == 0 {
			all = append(all, teaching{TrainerRecord: r})
		}
	}
	f := s.frame(c, v, registryPath)
	p, today := f.P, s.utcDay()
	title := func(code string) string { return courseTitle(p, view, code) }
	page := staff.List{Frame: f, Filters: []staff.Filter{{Name: "course", Label: p.T("registers.col.course"), Options: courseChoices(p, view)},
		{Name: "state", Label: p.T("registers.col.state"), Options: options(p, "registers.trainer.", "active", "candidate", "suspended", "lapsed", "none")},
		{Name: "ends", Label: p.T("registers.trainer.ends"), Options: options(p, "registers.trainer.ends.", "60")}}}
	if registry.CanSomewhere(v.actor, registry.ProposeTrainer) {
		page.Actions = []staff.Link{{Text: p.T("registers.trainers.new"), URL: trainersPath + "/new"}, {Text: p.T("registers.import.do"), URL: importPath("trainers")}}
		page.Next, page.NoneMore = page.Actions[0], p.T("registers.trainers.none.more")
		if !registry.CanSomewhere(v.actor, registry.AccreditTrainer) {
			page.Actions = page.Actions[:1]
		}
	}
	return showListing(s, c, v, listing[teaching]{path: trainersPath, noun: "trainers", keep: []string{"course", "state", "ends"}, all: all, id: teaching.id,
		match: func(t teaching, f url.Values) bool {
			soon := t.held.ID != "" && !t.held.ValidUntil.IsZero() && !t.held.ValidUntil.Before(today) && t.held.ValidUntil.Before(today.AddDays(61))
			return (f.Get("course") == "" || t.held.Course == f.Get("course")) && (f.Get("state") == "" || t.state(today) == f.Get("state")) && (f.Get("ends") == "" || soon)
		},
		search: func(t teaching) []string {
			return []string{t.Person.Name, t.Person.LatinName, t.Account.Email, t.held.Course, title(t.held.Course)}
		},
		heads:  cols(p, "name", "course", "level", "until", "state", "taught"),
		row:    func(t teaching) staff.ListRow { return trainerRow(p, view, t, today) },
		whole:  true,
		export: cols(p, "name", "latin_name", "email", "course", "level", "from", "until", "state", "taught", "organization_code"),
		line: func(t teaching) []string {
			org, _ := view.Organization(t.held.Org)
			return []string{t.Person.Name, t.Person.LatinName, first0(t.Person.Email, t.Account.Email), t.held.Course, t.held.Level, t.held.ValidFrom.String(), t.held.ValidUntil.String(),
				p.T("registers.trainer." + t.state(today)), strconv.Itoa(t.Taught[t.held.Course]), org.Code}
		},
	}, page)
}

func courseTitle(p *i18n.Printer, view accredit.View, code string) string {
	if c, err := view.Course(code, 0); err == nil {
		return p.Text(c.Title)
	}
	return code
}

func courseChoices(p *i18n.Printer, view accredit.View) []ui.Option {
	var list []ui.Option
	for _, c := range newestCourses(view) {
		list = append(list, ui.Option{Value: c.Code, Label: p.Text(c.Title)})
	}
	return list
}

func trainerRow(p *i18n.Printer, view accredit.View, t teaching, today registry.Date) staff.ListRow {
	row := staff.ListRow{Cells: []staff.ListCell{{Text: t.Person.Name, Person: true, URL: trainerURL(t.Person.ID), Under: first0(t.Person.LatinName, t.Account.Email)}}}
	state := staff.ListCell{State: p.T("registers.trainer." + t.state(today)), Tone: trainerTone(t.state(today))}
	if t.held.ID == "" {
		row.Cells = append(row.Cells, staff.ListCell{Text: "–"}, staff.ListCell{Text: "–"}, staff.ListCell{Text: "–"}, state, staff.ListCell{Text: "–"})
		return row
	}
	row.Cells = append(row.Cells, staff.ListCell{Text: courseTitle(p, view, t.held.Course), Under: t.held.Course}, staff.ListCell{Text: p.T("registers.trainerlevel." + t.held.Level)},
		staff.ListCell{Text: shortDate(p, t.held.ValidUntil, p.T("registers.open_ended"))}, state, taughtCell(p, t.Taught[t.held.Course]))
	return row
}

// taughtCell is "3 of 4 classes" with its bar.
func taughtCell(p *i18n.Printer, n int) staff.ListCell {
	return staff.ListCell{Text: p.T("registers.taught", n, registry.ClassesRequired), Bar: n, BarMost: registry.ClassesRequired}
}

// showTrainer handles GET /registry/trainers/:id.
func (s *Server) showTrainer(c *gin.Context, v visitor) error {
	return s.trainerPage(c, v, nil, http.StatusOK)
}

func (s *Server) trainerPage(c *gin.Context, v visitor, refusal *staff.Refusal, status int) error {
	ctx := c.Request.Context()
	view, err := s.Accredit.View(ctx, v.actor)
	if err != nil {
		return err
	}
	r, err := s.Accredit.TrainerOf(ctx, v.actor, registry.ID(c.Param("id")))
	if err != nil {
		return err
	}
	page := staff.Sheet{Frame: s.frame(c, v, registryPath), Tabs: registerTabs(edge.Printer(c), v, trainersPath)}
	p, today := page.P, s.utcDay()
	page.Title, page.Sub, page.Refusal = r.Person.Name, r.Person.LatinName, refusal
	page.Back = staff.Link{Text: p.T("registers.trainers"), URL: trainersPath}
	account := staff.FactLine{Name: p.T("registers.trainer.account"), Text: p.T("registers.trainer.no_account")}
	if r.Account.ID != "" {
		account.Text, account.Soft = first0(r.Account.Email, "–"), p.T("registers.account."+string(r.Account.Status))
	}
	page.Facts = []staff.FactLine{account}
	b := staff.Block{Title: p.T("registers.trainer.held"), Lead: p.T("registers.trainer.rule", registry.ClassesRequired, registry.TaughtMonths),
		Heads: cols(p, "course", "level", "term", "state", "taught"), None: p.T("registers.trainer.held.none")}
	deeds := false
	for _, a := range r.Held {
		state := string(a.StatusOn(today))
		org, _ := view.Organization(a.Org)
		b.Rows = append(b.Rows, staff.ListRow{Gone: state == "lapsed", Cells: []staff.ListCell{{Text: courseTitle(p, view, a.Course), Under: a.Course}, {Text: p.T("registers.trainerlevel." + a.Level)},
			{Text: shortDate(p, a.ValidFrom, "") + " – " + shortDate(p, a.ValidUntil, p.T("registers.open_ended")), Under: p.Text(org.Name)},
			{State: p.T("registers.trainer." + state), Tone: trainerTone(state)}, taughtCell(p, r.Taught[a.Course])}})
		forms := trainerDeeds(p, view, r.Person, a)
		deeds = deeds || len(forms) > 0
		b.Deeds = append(b.Deeds, forms)
	}
	if deeds {
		b.Heads = append(b.Heads, "")
	} else {
		b.Deeds = nil
	}
	if registry.CanSomewhere(v.actor, registry.ProposeTrainer) {
		b.Actions = []staff.Link{{Text: p.T("registers.trainer.more"), URL: trainersPath + "/new?person=" + string(r.Person.ID)}}
	}
	if r.Account.ID == "" && registry.CanSomewhere(v.actor, registry.InviteAccount) {
		b.Actions = append(b.Actions, staff.Link{Text: p.T("invite.do"), URL: invitationsPath + "/new?role=trainer&person=" + string(r.Person.ID)})
	}
	page.Blocks = []staff.Block{b}
	return show(c, status, staff.SheetPage(page))
}

// trainerDeeds are the buttons at an accreditation.
func trainerDeeds(p *i18n.Printer, view accredit.View, person registry.Person, a registry.Accreditation) []staff.Form {
	if !view.Can(registry.AccreditTrainer, a.Org) {
		return nil
	}
	action := trainerURL(person.ID) + "/state"
	hidden := func(to string) [][2]string {
		return [][2]string{{"accreditation", string(a.ID)}, {"version", strconv.FormatInt(a.Version, 10)}, {"to", to}}
	}
	var forms []staff.Form
	for _, to := range []registry.TrainerStatus{registry.TrainerActive, registry.TrainerSuspended, registry.TrainerLapsed} {
		if _, err := a.To(to); err == nil {
			forms = append(forms, staff.Form{Title: a.Course, Action: action, Hidden: hidden(string(to)), Submit: p.T("registers.trainer.to." + string(to)), Danger: to != registry.TrainerActive})
		}
	}
	until := ui.Input{Name: "until", Label: p.T("registers.trainer.until") + ": " + a.Course, Type: "date", Value: a.ValidUntil.String(), Data: string(a.ID)}
	until.Name = "until-" + string(a.ID)
	return append(forms, staff.Form{Title: a.Course, Action: action, Hidden: hidden(""), Submit: p.T("registers.trainer.until"),
		Groups: []staff.Group{{Fields: []staff.Entry{{Input: until}}}}})
}

// moveTrainer handles POST /registry/trainers/:id/state.
func (s *Server) moveTrainer(c *gin.Context, v visitor) error {
	ctx := c.Request.Context()
	values := posted(c)
	id := registry.ID(values.Get("accreditation"))
	var until *registry.Date
	if values.Has("until-" + string(id)) {
		d, err := dateOf(values, "until-"+string(id))
		if err != nil {
			return s.trainerRefused(c, v, err)
		}
		until = &d
	}
	if _, err := s.Accredit.ChangeTrainer(ctx, v.actor, id, versionOf(c), registry.TrainerStatus(values.Get("to")), until, ""); err != nil {
		return s.trainerRefused(c, v, err)
	}
	s.flash(c, ui.Good, "registers.flash.state")
	return to(c, trainerURL(registry.ID(c.Param("id"))))
}

func (s *Server) trainerRefused(c *gin.Context, v visitor, err error) error {
	refusal, status, fault := refused(c, err)
	if fault != nil {
		return fault
	}
	return s.trainerPage(c, v, refusal, status)
}

// newTrainer handles GET /registry/trainers/new.
func (s *Server) newTrainer(c *gin.Context, v visitor) error {
	return s.trainerFormPage(c, v, url.Values{"person": {c.Query("person")}, "level": {"instructor"}, "from": {s.utcDay().String()}}, nil, nil, http.StatusOK)
}

func (s *Server) trainerFormPage(c *gin.Context, v visitor, values url.Values, wrong staff.Wrongs, refusal *staff.Refusal, status int) error {
	if !registry.CanSomewhere(v.actor, registry.ProposeTrainer) {
		return registry.Fail(registry.Forbidden, "access.forbidden", string(registry.ProposeTrainer))
	}
	ctx := c.Request.Context()
	view, err := s.Accredit.View(ctx, v.actor)
	if err != nil {
		return err
	}
	records, err := s.Accredit.Trainers(ctx, v.actor)
	if err != nil {
		return err
	}
	page := staff.Sheet{Frame: s.frame(c, v, registryPath), Tabs: registerTabs(edge.Printer(c), v, trainersPath)}
	p := page.P
	page.Title, page.Refusal, page.Back = p.T("registers.trainers.new"), refusal, staff.Link{Text: p.T("registers.trainers"), URL: trainersPath}
	accredits := registry.CanSomewhere(v.actor, registry.AccreditTrainer)
	if !accredits {
		page.Notes = []string{p.T("registers.trainer.propose.note")}
	}
	f := formFields{p, values, wrong}
	people := []ui.Option{{Value: "", Label: p.T("registers.trainer.new_person")}}
	for _, r := range records {
		label := r.Person.Name
		if r.Account.Email != "" {
			label += " · " + r.Account.Email
		}
		people = append(people, ui.Option{Value: string(r.Person.ID), Label: label})
	}
	act := registry.AccreditTrainer
	if !accredits {
		act = registry.ProposeTrainer
	}
	roots := registry.ScopesFor(v.actor, act)
	if values.Get("org") == "" && len(roots) > 0 {
		if o, ok := view.Organization(roots[0]); ok {
			values.Set("org", o.Code)
		}
	}
	var boxes []staff.CheckBox
	for _, course := range newestCourses(view) {
		if course.Status == registry.CourseActive {
			boxes = append(boxes, staff.CheckBox{Value: course.Code, Label: p.Text(course.Title), Hint: course.Code})
		}
	}
	if len(boxes) == 0 {
		page.Notes = append(page.Notes, p.T("registers.trainer.no_courses"))
	}
	who := staff.Group{Title: p.T("registers.trainer.who"), Fields: []staff.Entry{f.choice("person", "registers.trainer.person", people), f.text("name", "registers.trainer.name"), f.text("latin_name", "registers.col.latin_name")}}
	what := staff.Group{Title: p.T("registers.trainer.what"), Fields: []staff.Entry{f.boxes("courses", "registers.courses", boxes),
		f.choice("level", "registers.col.level", options(p, "registers.trainerlevel.", trainerLevels...)),
		f.text("from", "registers.col.from", daily, required), f.text("until", "registers.col.until", daily),
		f.org("org", "registers.trainer.org", view, func(o registry.Organization) bool { return view.Can(act, o.ID) }, required)}}
	submit := p.T("registers.trainer.accredit")
	if !accredits {
		submit = p.T("registers.trainer.propose")
	}
	page.Forms = []staff.Form{{Action: trainersPath, Groups: []staff.Group{who, what}, Submit: submit}}
	return show(c, status, staff.SheetPage(page))
}

var trainerLevels = []string{"assistant", "instructor", "lead", "trainer_of_trainers"}

// accreditTrainer handles POST /registry/trainers.
func (s *Server) accreditTrainer(c *gin.Context, v visitor) error {
	ctx := c.Request.Context()
	t, err := s.trainerInput(c, v)
	var person registry.Person
	if err == nil {
		if registry.CanSomewhere(v.actor, registry.AccreditTrainer) {
			person, err = s.Accredit.AccreditTrainer(ctx, v.actor, t)
		} else {
			person, err = s.Accredit.ProposeTrainer(ctx, v.actor, t)
		}
	}
	if err != nil {
		return sheetRefused(c, err, func(values url.Values, wrong staff.Wrongs, refusal *staff.Refusal, status int) error {
			return s.trainerFormPage(c, v, values, wrong, refusal, status)
		})
	}
	s.flash(c, ui.Good, "registers.flash.trainer", person.Name)
	return to(c, trainerURL(person.ID))
}

func (s *Server) trainerInput(c *gin.Context, v visitor) (accredit.Trainer, error) {
	values := posted(c)
	view, err := s.Accredit.View(c.Request.Context(), v.actor)
	if err != nil {
		return accredit.Trainer{}, err
	}
	t := accredit.Trainer{Courses: values["courses"], Level: values.Get("level")}
	t.Person = registry.Person{ID: registry.ID(values.Get("person")), Name: strings.TrimSpace(values.Get("name")), LatinName: strings.TrimSpace(values.Get("latin_name"))}
	if t.Person.ID != "" { // somebody whom the actor may see
		if _, err := s.Accredit.TrainerOf(c.Request.Context(), v.actor, t.Person.ID); err != nil {
			return t, err
		}
	}
	if len(t.Courses) == 0 {
		return t, registry.FailField(registry.Invalid, "courses", "trainer.courses")
	}
	if !slices.Contains(trainerLevels, t.Level) {
		return t, registry.FailField(registry.Invalid, "level", "trainer.level")
	}
	if t.From, err = dateOf(values, "from"); err == nil && t.From.IsZero() {
		t.From = s.utcDay()
	}
	if err != nil {
		return t, err
	}
	if t.Until, err = dateOf(values, "until"); err != nil {
		return t, err
	}
	org, err := view.OrganizationByCode(values.Get("org"))
	if err != nil {
		return t, registry.FailField(registry.Invalid, "org", "organization.unknown", values.Get("org"))
	}
	t.Org = org.ID
	return t, nil
}
