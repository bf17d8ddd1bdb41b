package web

import (
	"fmt"
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

const (
	coursesPath = "/registry/courses"
	starterPath = "/registry/courses/starter"
)

func (s *Server) mountCourses(e *gin.Engine) {
	get(e, coursesPath, s.staff(s.showCourses))
	e.POST(coursesPath, s.staff(s.addCourse))
	get(e, coursesPath+"/new", s.staff(s.newCourse))
	get(e, starterPath, s.staff(s.showStarter))
	e.POST(starterPath, s.staff(s.takeStarter))
	get(e, coursesPath+"/:code", s.staff(s.showCourse))
	e.POST(coursesPath+"/:code/versions", s.staff(s.newVersion))
	get(e, coursesPath+"/:code/:version/edit", s.staff(s.editCourse))
	e.POST(coursesPath+"/:code/:version/edit", s.staff(s.saveCourse))
	get(e, coursesPath+"/:code/:version/skills", s.staff(s.editSkills))
	e.POST(coursesPath+"/:code/:version/skills", s.staff(s.saveSkills))
	e.POST(coursesPath+"/:code/:version/state", s.staff(s.moveCourse))
}

func courseURL(code string) string { return coursesPath + "/" + url.PathEscape(code) }

func versionURL(c registry.Course) string { return fmt.Sprintf("%s/%d", courseURL(c.Code), c.Version) }

func courseState(p *i18n.Printer, c registry.Course) staff.ListCell {
	tone := map[registry.CourseStatus]ui.Tone{registry.CourseActive: ui.Good, registry.CourseDraft: ui.Info, registry.CourseRetired: ui.Plain}[c.Status]
	return staff.ListCell{State: p.T("registers.course." + string(c.Status)), Tone: tone}
}

// newestCourses is one version of each course: the active one, else the newest.
func newestCourses(view accredit.View) []registry.Course {
	var list []registry.Course
	for _, c := range view.Courses { // by code and version
		if i := len(list) - 1; i >= 0 && list[i].Code == c.Code {
			if list[i].Status != registry.CourseActive || c.Status == registry.CourseActive {
				list[i] = c
			}
			continue
		}
		list = append(list, c)
	}
	return list
}

// showCourses handles GET /registry/courses.
func (s *Server) showCourses(c *gin.Context, v visitor) error {
	view, err := s.Accredit.View(c.Request.Context(), v.actor)
	if err != nil {
		return err
	}
	f := s.frame(c, v, registryPath)
	p := f.P
	page := staff.List{Frame: f, Filters: []staff.Filter{
		{Name: "state", Label: p.T("registers.col.state"), Options: options(p, "registers.course.", "active", "draft", "retired")},
		{Name: "kind", Label: p.T("registers.col.kind"), Options: options(p, "verdict.kind.", "competence", "attendance", "instructor", "honour")},
		{Name: "programme", Label: p.T("registers.col.programme"), Options: programmeOptions(p, view)},
	}}
	if registry.CanSomewhere(v.actor, registry.EditCourse) {
		page.Actions = []staff.Link{{Text: p.T("catalogue.title"), URL: starterPath}, {Text: p.T("registers.courses.new"), URL: coursesPath + "/new"}}
		page.Next, page.NoneMore = page.Actions[0], p.T("registers.courses.none.more")
	}
	return showListing(s, c, v, listing[registry.Course]{path: coursesPath, noun: "courses", keep: []string{"state", "kind", "programme"}, all: newestCourses(view),
		id: func(c registry.Course) registry.ID { return c.ID },
		match: func(c registry.Course, f url.Values) bool {
			return (f.Get("state") == "" || hasState(view, c.Code, f.Get("state"))) && (f.Get("kind") == "" || string(c.Kind) == f.Get("kind")) &&
				(f.Get("programme") == "" || c.Programme == f.Get("programme") || slices.Contains(c.AlsoIn, f.Get("programme")))
		},
		search: func(c registry.Course) []string { return append(names3(c.Title), c.Code, c.Category) },
		heads:  cols(p, "course", "version", "hours", "validity", "kind", "state"),
		row: func(c registry.Course) staff.ListRow {
			return staff.ListRow{Gone: c.Status == registry.CourseRetired, Cells: []staff.ListCell{{Text: p.Text(c.Title), URL: courseURL(c.Code), Under: c.Code + " · " + c.Programme},
				{Text: strconv.Itoa(c.Version)}, {Text: p.Hours(registry.AcademicHours(c.Minutes)), Under: practiceText(p, c)}, {Text: lasts(p, c)},
				{Text: p.T("verdict.kind." + string(c.Kind))}, courseState(p, c)}}
		},
		export: cols(p, "code", "version", "programme", "title_zh", "title_en", "title_ru", "kind", "level", "delivery", "minutes", "practical", "attendance_min", "pass_mark", "max_attempts", "validity", "state"),
		line: func(c registry.Course) []string {
			return append(append([]string{c.Code, strconv.Itoa(c.Version), c.Programme}, texts3(c.Title)...), string(c.Kind), c.Level, string(c.Delivery), strconv.Itoa(c.Minutes),
				strconv.Itoa(c.Practical), strconv.Itoa(c.AttendanceMin), strconv.Itoa(c.PassMark), strconv.Itoa(c.MaxAttempts), strconv.Itoa(c.ValidityMonths), string(c.Status))
		},
	}, page)
}

// hasState reports a course of which a version is in the state.
func hasState(view accredit.View, code, state string) bool {
	return slices.ContainsFunc(view.Courses, func(c registry.Course) bool { return c.Code == code && string(c.Status) == state })
}

func practiceText(p *i18n.Printer, c registry.Course) string {
	if c.Practical == 0 {
		return ""
	}
	return p.T("registers.practice", p.Hours(registry.AcademicHours(c.Practical)))
}

func lasts(p *i18n.Printer, c registry.Course) string {
	if c.ValidityMonths == 0 {
		return p.T("result.no_expiry")
	}
	return p.T("staff.validity", c.ValidityMonths)
}

// showCourse handles GET /registry/courses/:code; ?version= shows another than
// the one in use.
func (s *Server) showCourse(c *gin.Context, v visitor) error {
	return s.coursePage(c, v, nil, http.StatusOK)
}

func (s *Server) coursePage(c *gin.Context, v visitor, refusal *staff.Refusal, status int) error {
	view, err := s.Accredit.View(c.Request.Context(), v.actor)
	if err != nil {
		return err
	}
	course, err := chosenVersion(view, c.Param("code"), first0(c.Param("version"), c.Query("version")))
	if err != nil {
		return err
	}
	page := staff.Sheet{Frame: s.frame(c, v, registryPath), Tabs: registerTabs(edge.Printer(c), v, coursesPath)}
	p := page.P
	state := courseState(p, course)
	page.Title, page.Refusal, page.Back = p.Text(course.Title), refusal, staff.Link{Text: p.T("registers.courses"), URL: coursesPath}
	page.Chips = []staff.Chip{{Text: state.State, Tone: state.Tone}}
	page.Facts = courseFacts(p, course)
	may := view.Can(registry.EditCourse, view.Owner(course))
	page.Blocks = []staff.Block{skillsBlock(p, course, may), versionsBlock(p, view, course)}
	if may {
		page.Forms = courseDeeds(p, view, course)
		if course.Status == registry.CourseDraft {
			page.Blocks[1].Actions = []staff.Link{{Text: p.T("registers.edit"), URL: versionURL(course) + "/edit"}}
			page.Notes = []string{p.T("registers.course.draft.note")}
		}
	}
	return show(c, status, staff.SheetPage(page))
}

func chosenVersion(view accredit.View, code, version string) (registry.Course, error) {
	if n, err := strconv.Atoi(version); err == nil && n > 0 {
		return view.Course(code, n)
	}
	for _, c := range newestCourses(view) {
		if strings.EqualFold(c.Code, code) {
			return c, nil
		}
	}
	return registry.Course{}, registry.Fail(registry.NotFound, "course.unknown", code)
}

func courseFacts(p *i18n.Printer, c registry.Course) []staff.FactLine {
	theory, ratio := p.T("registers.course.no_theory"), p.T("registers.nothing")
	if c.PassMark > 0 {
		theory = p.T("registers.course.theory", c.PassMark, c.MaxAttempts)
	}
	if c.RatioWarn > 0 || c.RatioMax > 0 {
		if ratio = p.T("registers.course.ratio.warn", c.RatioWarn); c.RatioMax > 0 {
			ratio = p.T("registers.course.ratio", c.RatioWarn, c.RatioMax)
		}
	}
	facts := []staff.FactLine{{Name: p.T("registers.col.code"), Text: p.T("decide.course", c.Code, strconv.Itoa(c.Version)), Soft: c.Programme},
		{Name: p.T("registers.col.kind"), Text: p.T("verdict.kind." + string(c.Kind)), Soft: p.T("registers.level." + first0(c.Level, "public"))},
		{Name: p.T("registers.col.hours"), Text: p.Hours(registry.AcademicHours(c.Minutes)), Soft: first0(practiceText(p, c), p.T("registers.delivery."+string(c.Delivery)))},
		{Name: p.T("registers.col.validity"), Text: lasts(p, c), Soft: p.T("registers.expiry." + first0(string(c.Expiry), "exact_day"))},
		{Name: p.T("registers.course.attendance"), Text: p.T("registers.percent", c.AttendanceMin)}, {Name: p.T("registers.course.test"), Text: theory},
		{Name: p.T("registers.course.ratio.name"), Text: ratio}}
	if c.ValidityMonths == 0 {
		facts[3].Soft = ""
	}
	if c.RecertOf != "" {
		facts = append(facts, staff.FactLine{Name: p.T("registers.course.recert"), Text: c.RecertOf})
	}
	return facts
}

func skillsBlock(p *i18n.Printer, c registry.Course, may bool) staff.Block {
	b := staff.Block{Title: p.T("registers.skills"), Heads: cols(p, "step", "critical"), None: p.T("registers.skills.none")}
	for i, item := range c.Skills.Items {
		row := staff.ListRow{Cells: []staff.ListCell{{Text: strconv.Itoa(i+1) + ". " + p.Text(item.Text)}, {Text: "–"}}}
		if item.Critical {
			row.Cells[1] = staff.ListCell{State: p.T("staff.skills.critical"), Tone: ui.Warn}
		}
		b.Rows = append(b.Rows, row)
	}
	if len(c.Skills.Items) > 0 {
		b.Lead = p.T("registers.skills.rule", c.Skills.OthersPass)
	}
	if may && c.Status == registry.CourseDraft {
		b.Actions = []staff.Link{{Text: p.T("registers.skills.edit"), URL: versionURL(c) + "/skills"}}
	}
	return b
}

func versionsBlock(p *i18n.Printer, view accredit.View, c registry.Course) staff.Block {
	b := staff.Block{Title: p.T("registers.versions"), Heads: cols(p, "version", "state", "guideline")}
	for _, each := range slices.Backward(view.Courses) {
		if each.Code == c.Code {
			row := staff.ListRow{Cells: []staff.ListCell{{Text: p.T("registers.version", strconv.Itoa(each.Version)), URL: courseURL(c.Code) + "?version=" + strconv.Itoa(each.Version)}, courseState(p, each), {Text: "–"}}}
			if each.GuidelineYear > 0 {
				row.Cells[2].Text = strconv.Itoa(each.GuidelineYear)
			}
			b.Rows = append(b.Rows, row)
		}
	}
	return b
}

// courseDeeds are what can be done with the version: use it, take it out of use,
// or begin the next one.
func courseDeeds(p *i18n.Printer, view accredit.View, c registry.Course) []staff.Form {
	var forms []staff.Form
	for _, to := range []registry.CourseStatus{registry.CourseActive, registry.CourseRetired} {
		if _, err := c.To(to); err == nil {
			key := "registers.course.to." + string(to)
			forms = append(forms, staff.Form{ID: string(to), Title: p.T(key), Lead: p.T(key + ".hint"), Fold: to != registry.CourseActive, Danger: to == registry.CourseRetired,
				Action: versionURL(c) + "/state", Hidden: [][2]string{{"to", string(to)}, {"edition", strconv.FormatInt(c.Edition, 10)}}, Submit: p.T(key + ".do")})
		}
	}
	if !hasState(view, c.Code, string(registry.CourseDraft)) {
		forms = append(forms, staff.Form{ID: "next", Title: p.T("registers.course.next"), Lead: p.T("registers.course.next.hint"), Fold: true, Action: courseURL(c.Code) + "/versions", Submit: p.T("registers.course.next.do")})
	}
	return forms
}

// newVersion handles POST /registry/courses/:code/versions.
func (s *Server) newVersion(c *gin.Context, v visitor) error {
	draft, err := s.Accredit.NewVersion(c.Request.Context(), v.actor, strings.ToUpper(c.Param("code")))
	if err != nil {
		return err
	}
	s.flash(c, ui.Good, "registers.flash.draft", strconv.Itoa(draft.Version))
	return to(c, courseURL(draft.Code)+"?version="+strconv.Itoa(draft.Version))
}

// moveCourse handles POST /registry/courses/:code/:version/state.
func (s *Server) moveCourse(c *gin.Context, v visitor) error {
	version, _ := strconv.Atoi(c.Param("version"))
	edition, _ := strconv.ParseInt(c.PostForm("edition"), 10, 64)
	moved, err := s.Accredit.MoveCourse(c.Request.Context(), v.actor, strings.ToUpper(c.Param("code")), version, edition, registry.CourseStatus(c.PostForm("to")))
	if err != nil {
		refusal, status, fault := refused(c, err)
		if fault != nil {
			return fault
		}
		return s.coursePage(c, v, refusal, status)
	}
	s.flash(c, ui.Good, "registers.flash.state")
	return to(c, courseURL(moved.Code)+"?version="+strconv.Itoa(moved.Version))
}

// courseForm is the form of a draft; a new course also has its code.
func (f formFields) courseForm(view accredit.View, c registry.Course, action string) staff.Form {
	p := f.p
	what := staff.Group{Title: p.T("registers.course.what"), Fields: f.texts("title", "registers.col.course")}
	if c.ID == "" {
		what.Fields = append(what.Fields, f.text("code", "registers.col.code", required, short, func(in *ui.Input) { in.Hint, in.MaxLength = p.T("registers.course.code.hint"), 10 }),
			f.choice("programme", "registers.col.programme", programmeOptions(p, view), required))
	}
	what.Fields = append(what.Fields, f.choice("kind", "registers.col.kind", options(p, "verdict.kind.", "competence", "attendance", "instructor", "honour")),
		f.choice("level", "registers.col.level", options(p, "registers.level.", "public", "student", "professional")),
		f.choice("delivery", "registers.col.delivery", options(p, "registers.delivery.", "in_person", "blended", "online")))
	long := staff.Group{Title: p.T("registers.course.length"), Fields: []staff.Entry{f.text("minutes", "registers.col.minutes", number, required), f.text("practical_minutes", "registers.col.practical", number),
		f.text("attendance_min", "registers.col.attendance_min", number), f.text("validity_months", "registers.course.months", number),
		f.choice("expiry", "registers.course.expiry", options(p, "registers.expiry.", "exact_day", "month_end"))}}
	passing := staff.Group{Title: p.T("registers.course.passing"), Fields: []staff.Entry{f.text("pass_mark", "registers.col.pass_mark", number), f.text("max_attempts", "registers.col.max_attempts", number),
		f.text("min_age", "registers.course.age", number), f.text("ratio_warn", "registers.course.warn", number), f.text("ratio_max", "registers.course.max", number), f.text("manikin_ratio", "registers.course.manikin_ratio", number),
		f.text("guideline_year", "registers.col.guideline", number), f.text("recert_of", "registers.course.recert", short), f.box("require_id", "registers.course.id")}}
	return staff.Form{ID: "edit", Action: action, Hidden: [][2]string{{"edition", strconv.FormatInt(c.Edition, 10)}}, Groups: []staff.Group{what, long, passing}, Submit: p.T("staff.save")}
}

func courseValues(c registry.Course) url.Values {
	n := strconv.Itoa
	values := url.Values{"kind": {string(c.Kind)}, "level": {c.Level}, "delivery": {string(c.Delivery)}, "minutes": {n(c.Minutes)}, "practical_minutes": {n(c.Practical)},
		"attendance_min": {n(c.AttendanceMin)}, "validity_months": {n(c.ValidityMonths)}, "expiry": {string(c.Expiry)}, "pass_mark": {n(c.PassMark)}, "max_attempts": {n(c.MaxAttempts)},
		"min_age": {n(c.MinAge)}, "ratio_warn": {n(c.RatioWarn)}, "ratio_max": {n(c.RatioMax)}, "manikin_ratio": {n(c.ManikinRatio)}, "guideline_year": {n(c.GuidelineYear)}, "recert_of": {c.RecertOf}, "programme": {c.Programme}, "code": {c.Code}}
	putText(values, "title", c.Title)
	if c.RequireID {
		values.Set("require_id", "1")
	}
	return values
}

// courseOf reads the form of a course over what it is.
func courseOf(c registry.Course, values url.Values) (registry.Course, error) {
	for name, field := range map[string]*int{"minutes": &c.Minutes, "practical_minutes": &c.Practical, "attendance_min": &c.AttendanceMin, "validity_months": &c.ValidityMonths, "pass_mark": &c.PassMark,
		"max_attempts": &c.MaxAttempts, "min_age": &c.MinAge, "ratio_warn": &c.RatioWarn, "ratio_max": &c.RatioMax, "manikin_ratio": &c.ManikinRatio, "guideline_year": &c.GuidelineYear} {
		n, err := count(values, name)
		if err != nil {
			return c, err
		}
		*field = n
	}
	c.Title, c.Kind, c.Level, c.Delivery = textOf(values, "title"), registry.CredentialKind(values.Get("kind")), values.Get("level"), registry.Delivery(values.Get("delivery"))
	c.Expiry, c.RecertOf, c.RequireID = registry.Expiry(values.Get("expiry")), strings.ToUpper(strings.TrimSpace(values.Get("recert_of"))), values.Get("require_id") != ""
	c.Edition, _ = strconv.ParseInt(values.Get("edition"), 10, 64)
	return c, nil
}

// newCourse handles GET /registry/courses/new.
func (s *Server) newCourse(c *gin.Context, v visitor) error {
	usual := registry.Course{Kind: registry.Competence, Level: "public", Delivery: registry.InPerson, AttendanceMin: 90, PassMark: 80, MaxAttempts: 2, MinAge: 14, ValidityMonths: 24, RatioWarn: 12, RatioMax: 20, RequireID: true}
	return s.courseFormPage(c, v, registry.Course{}, courseValues(usual), nil, nil, http.StatusOK)
}

func (s *Server) courseFormPage(c *gin.Context, v visitor, course registry.Course, values url.Values, wrong staff.Wrongs, refusal *staff.Refusal, status int) error {
	if !registry.CanSomewhere(v.actor, registry.EditCourse) {
		return registry.Fail(registry.Forbidden, "access.forbidden", string(registry.EditCourse))
	}
	view, err := s.Accredit.View(c.Request.Context(), v.actor)
	if err != nil {
		return err
	}
	page := staff.Sheet{Frame: s.frame(c, v, registryPath), Tabs: registerTabs(edge.Printer(c), v, coursesPath)}
	p := page.P
	page.Title, page.Refusal, page.Back = p.T("registers.courses.new"), refusal, staff.Link{Text: p.T("registers.courses"), URL: coursesPath}
	action := coursesPath
	if course.ID != "" {
		page.Title, page.Back = p.Text(course.Title), staff.Link{Text: p.T("registers.version", strconv.Itoa(course.Version)), URL: courseURL(course.Code) + "?version=" + strconv.Itoa(course.Version)}
		action = versionURL(course) + "/edit"
	}
	page.Forms = []staff.Form{formFields{p, values, wrong}.courseForm(view, course, action)}
	return show(c, status, staff.SheetPage(page))
}

// addCourse handles POST /registry/courses: version 1, as a draft.
func (s *Server) addCourse(c *gin.Context, v visitor) error {
	values := posted(c)
	course, err := courseOf(registry.Course{Code: strings.ToUpper(strings.TrimSpace(values.Get("code"))), Version: 1, Programme: values.Get("programme"), Status: registry.CourseDraft}, values)
	if err == nil {
		course, err = s.Accredit.AddCourse(c.Request.Context(), v.actor, course)
	}
	if err != nil {
		return sheetRefused(c, err, func(values url.Values, wrong staff.Wrongs, refusal *staff.Refusal, status int) error {
			return s.courseFormPage(c, v, registry.Course{}, values, wrong, refusal, status)
		})
	}
	s.flash(c, ui.Good, "registers.flash.draft", strconv.Itoa(course.Version))
	return to(c, courseURL(course.Code)+"?version=1")
}

// draftOf is the draft of the address, for somebody who may change it.
func (s *Server) draftOf(c *gin.Context, v visitor) (registry.Course, error) {
	view, err := s.Accredit.View(c.Request.Context(), v.actor)
	if err != nil {
		return registry.Course{}, err
	}
	course, err := chosenVersion(view, c.Param("code"), c.Param("version"))
	switch {
	case err != nil:
		return course, err
	case !view.Can(registry.EditCourse, view.Owner(course)):
		return course, registry.Fail(registry.Forbidden, "access.forbidden", string(registry.EditCourse))
	case course.Status != registry.CourseDraft:
		return course, registry.Fail(registry.Conflict, "course.not_draft", course.Code)
	}
	return course, nil
}

// editCourse handles GET /registry/courses/:code/:version/edit.
func (s *Server) editCourse(c *gin.Context, v visitor) error {
	course, err := s.draftOf(c, v)
	if err != nil {
		return err
	}
	return s.courseFormPage(c, v, course, courseValues(course), nil, nil, http.StatusOK)
}

// saveCourse handles POST /registry/courses/:code/:version/edit.
func (s *Server) saveCourse(c *gin.Context, v visitor) error {
	course, err := s.draftOf(c, v)
	if err != nil {
		return err
	}
	next, err := courseOf(course, posted(c))
	if err == nil {
		_, err = s.Accredit.ChangeDraft(c.Request.Context(), v.actor, next)
	}
	if err != nil {
		return sheetRefused(c, err, func(values url.Values, wrong staff.Wrongs, refusal *staff.Refusal, status int) error {
			return s.courseFormPage(c, v, course, values, wrong, refusal, status)
		})
	}
	s.flash(c, ui.Good, "staff.flash.saved")
	return to(c, courseURL(course.Code)+"?version="+strconv.Itoa(course.Version))
}

// spareItems is how many empty steps the editor offers below those that there
// are.
const spareItems = 3

// editSkills handles GET /registry/courses/:code/:version/skills.
func (s *Server) editSkills(c *gin.Context, v visitor) error {
	course, err := s.draftOf(c, v)
	if err != nil {
		return err
	}
	return s.skillsPage(c, v, course, course.Skills, nil, nil, http.StatusOK)
}

func (s *Server) skillsPage(c *gin.Context, v visitor, course registry.Course, sheet registry.SkillsSheet, wrong staff.Wrongs, refusal *staff.Refusal, status int) error {
	page := staff.SkillsForm{Frame: s.frame(c, v, registryPath), Tabs: registerTabs(edge.Printer(c), v, coursesPath), Action: versionURL(course) + "/skills", Edition: course.Edition,
		Others: strconv.Itoa(sheet.OthersPass), Wrong: wrong}
	page.Refusal, page.Title = refusal, page.P.T("registers.skills.of", page.P.Text(course.Title), strconv.Itoa(course.Version))
	page.Back = staff.Link{Text: page.P.T("registers.version", strconv.Itoa(course.Version)), URL: courseURL(course.Code) + "?version=" + strconv.Itoa(course.Version)}
	for _, item := range sheet.Items {
		page.Items = append(page.Items, staff.SkillInput{Code: item.Code, ZH: item.Text["zh"], EN: item.Text["en"], RU: item.Text["ru"], Critical: item.Critical})
	}
	for range spareItems {
		if len(page.Items) < registry.MaxSkillItems {
			page.Items = append(page.Items, staff.SkillInput{})
		}
	}
	return show(c, status, staff.SkillsSheetPage(page))
}

// sheetOf reads the rows of the editor. A row without a text is left out; a new
// one gets a code that no other has.
func sheetOf(values url.Values) (registry.SkillsSheet, error) {
	var sheet registry.SkillsSheet
	taken := values["code"]
	for i, code := range values["code"] {
		n := "-" + strconv.Itoa(i)
		text := registry.Text{}
		for _, l := range []string{"zh", "en", "ru"} {
			if t := strings.Join(strings.Fields(values.Get(l+n)), " "); t != "" {
				text[l] = t
			}
		}
		if len(text) == 0 || i >= registry.MaxSkillItems {
			continue
		}
		for k := i + 1; code == ""; k++ {
			if next := "step" + strconv.Itoa(k); !slices.Contains(taken, next) {
				code, taken = next, append(taken, next)
			}
		}
		sheet.Items = append(sheet.Items, registry.SkillItem{Code: code, Text: text, Critical: values.Get("critical"+n) != ""})
	}
	others, err := count(values, "others_pass")
	sheet.OthersPass = others
	return sheet, err
}

// saveSkills handles POST /registry/courses/:code/:version/skills.
func (s *Server) saveSkills(c *gin.Context, v visitor) error {
	course, err := s.draftOf(c, v)
	if err != nil {
		return err
	}
	values := posted(c)
	sheet, err := sheetOf(values)
	if err == nil {
		next := course
		next.Skills = sheet
		next.Edition, _ = strconv.ParseInt(values.Get("edition"), 10, 64)
		_, err = s.Accredit.ChangeDraft(c.Request.Context(), v.actor, next)
	}
	if err != nil {
		return sheetRefused(c, err, func(_ url.Values, wrong staff.Wrongs, refusal *staff.Refusal, status int) error {
			return s.skillsPage(c, v, course, sheet, wrong, refusal, status)
		})
	}
	s.flash(c, ui.Good, "staff.flash.saved")
	if values.Get("then") == "more" {
		return to(c, versionURL(course)+"/skills")
	}
	return to(c, courseURL(course.Code)+"?version="+strconv.Itoa(course.Version))
}

// starterBoxes are the courses of the starter catalogue; those that are there
// already cannot be ticked.
func (f formFields) starterBoxes(view accredit.View) ([]staff.CheckBox, error) {
	starter, err := accredit.Starter()
	if err != nil {
		return nil, err
	}
	var boxes []staff.CheckBox
	for _, c := range starter {
		box := staff.CheckBox{Value: c.Code, Label: f.p.Text(c.Title), Hint: c.Code + " · " + f.p.Hours(registry.AcademicHours(c.Minutes)) + " · " + lasts(f.p, c)}
		if hasCourse(view, c.Code) {
			box.On, box.Off = true, true
		}
		boxes = append(boxes, box)
	}
	return boxes, nil
}

func hasCourse(view accredit.View, code string) bool {
	return slices.ContainsFunc(view.Courses, func(c registry.Course) bool { return c.Code == code })
}

// showStarter handles GET /registry/courses/starter.
func (s *Server) showStarter(c *gin.Context, v visitor) error {
	view, err := s.Accredit.View(c.Request.Context(), v.actor)
	if err != nil {
		return err
	}
	owners := courseOwners(view)
	if len(owners) == 0 {
		return registry.Fail(registry.Forbidden, "access.forbidden", string(registry.EditCourse))
	}
	starter, err := accredit.Starter()
	if err != nil {
		return err
	}
	page := staff.Sheet{Frame: s.frame(c, v, registryPath), Tabs: registerTabs(edge.Printer(c), v, coursesPath)}
	p := page.P
	page.Title, page.Sub, page.Back = p.T("catalogue.title"), p.T("catalogue.lead"), staff.Link{Text: p.T("registers.courses"), URL: coursesPath}
	block := staff.Block{Title: p.T("catalogue.courses"), Heads: append(cols(p, "course", "hours", "validity", "steps"), p.T("registers.col.state"))}
	missing := 0
	for _, course := range starter {
		row := staff.ListRow{Cells: []staff.ListCell{{Text: p.Text(course.Title), Under: course.Code}, {Text: p.Hours(registry.AcademicHours(course.Minutes)), Under: practiceText(p, course)},
			{Text: lasts(p, course)}, {Text: p.Number(len(course.Skills.Items))}, {State: p.T("catalogue.free"), Tone: ui.Info}}}
		var deed []staff.Form
		if hasCourse(view, course.Code) {
			row.Cells[0].URL, row.Cells[4] = courseURL(course.Code), staff.ListCell{State: p.T("catalogue.have"), Tone: ui.Good}
		} else {
			missing++
			deed = []staff.Form{{Title: p.Text(course.Title), Action: starterPath, Submit: p.T("catalogue.take"), Hidden: [][2]string{{"codes", course.Code}, {"org", owners[0].Code}}}}
		}
		block.Rows, block.Deeds = append(block.Rows, row), append(block.Deeds, deed)
	}
	block.Heads = append(block.Heads, "")
	f := formFields{p, url.Values{"org": {owners[0].Code}}, nil}
	if missing > 0 {
		form := staff.Form{ID: "all", Title: p.T("catalogue.all", missing), Lead: p.T("catalogue.all.hint"), Action: starterPath, Submit: p.T("catalogue.all.do")}
		if len(owners) > 1 {
			form.Groups = []staff.Group{{Fields: []staff.Entry{f.choice("org", "registers.col.organization", ownerOptions(p, owners))}}}
		} else {
			form.Hidden = [][2]string{{"org", owners[0].Code}}
		}
		page.Forms = []staff.Form{form}
	}
	page.Blocks = []staff.Block{block}
	return show(c, http.StatusOK, staff.SheetPage(page))
}

// courseOwners lists the scheme owners whose courses the actor keeps.
func courseOwners(view accredit.View) []registry.Organization {
	return slices.DeleteFunc(slices.Clone(view.Organizations), func(o registry.Organization) bool { return !o.SchemeOwner || !view.Can(registry.EditCourse, o.ID) })
}

func ownerOptions(p *i18n.Printer, owners []registry.Organization) []ui.Option {
	var list []ui.Option
	for _, o := range owners {
		list = append(list, ui.Option{Value: o.Code, Label: p.Text(o.Name)})
	}
	return list
}

// takeStarter handles POST /registry/courses/starter: the named courses, or all.
func (s *Server) takeStarter(c *gin.Context, v visitor) error {
	ctx := c.Request.Context()
	view, err := s.Accredit.View(ctx, v.actor)
	if err != nil {
		return err
	}
	org, err := view.OrganizationByCode(c.PostForm("org"))
	if err != nil {
		return err
	}
	taken, err := s.Accredit.TakeStarter(ctx, v.actor, accredit.Taking{Org: org.ID, Codes: posted(c)["codes"]})
	if err != nil {
		return err
	}
	s.flash(c, ui.Good, "catalogue.flash", len(taken.Added))
	return to(c, starterPath)
}
