package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/training"
	"github.com/passmuster/passmuster/templates/staff"
)

// classInput reads the form of a class: as the service wants it, as it was
// typed, and what is wrong with it field by field.
func classInput(c *gin.Context) (training.ClassInput, staff.ClassForm, staff.Wrongs) {
	get := func(name string) string { return strings.TrimSpace(c.PostForm(name)) }
	errs := staff.Wrongs{}
	typed := staff.ClassForm{Once: get("once"), Course: get("course"), Base: get("base"), On: get("on"), Setting: get("setting"), Venue: get("venue"),
		Capacity: get("capacity"), Manikins: get("manikins"), Language: get("languages"), RatioReason: get("ratio_reason")}
	in := training.ClassInput{Course: typed.Course, Base: typed.Base, Setting: typed.Setting, Venue: typed.Venue, RatioReason: typed.RatioReason}
	if typed.Language != "" {
		in.Languages = strings.Split(typed.Language, "+")
	}
	for _, field := range []struct {
		name, typed string
		n           *int
	}{{"capacity", typed.Capacity, &in.Capacity}, {"manikins", typed.Manikins, &in.Manikins}} {
		if field.typed == "" {
			continue
		}
		n, err := strconv.Atoi(field.typed)
		if err != nil || n < 0 || n > registry.MaxClass {
			errs[field.name] = wrong(c, "web.capacity")
		}
		*field.n = n
	}
	typed.Sessions, in.Sessions = sessionInputs(c, errs)
	typed.Trainers, in.Trainers = trainerInputs(c)
	if len(in.Sessions) == 0 && len(errs) == 0 {
		errs["sessions"] = wrong(c, "class.sessions")
	}
	if len(in.Trainers) == 0 {
		errs["trainers"] = wrong(c, "class.trainers")
	}
	typed.Signatories, in.Signatories = signatoryInputs(c)
	typed.Version, _ = strconv.ParseInt(get("version"), 10, 64) // a form of ours has one; 0 is stale
	return in, typed, errs
}

// sessionInputs reads the rows of sessions; an empty row is none.
func sessionInputs(c *gin.Context, errs staff.Wrongs) (typed []staff.SessionInput, list []registry.Session) {
	for i := range maxSessions {
		row := "s" + strconv.Itoa(i) + "-"
		if _, sent := c.GetPostForm(row + "on"); !sent {
			break
		}
		t := staff.SessionInput{On: strings.TrimSpace(c.PostForm(row + "on")), From: strings.TrimSpace(c.PostForm(row + "from")),
			Minutes: strings.TrimSpace(c.PostForm(row + "minutes")), Practical: c.PostForm(row+"practical") != ""}
		typed = append(typed, t)
		if t.On == "" && t.Minutes == "" {
			continue
		}
		on, err := registry.ParseDate(t.On)
		if err != nil || on.IsZero() {
			errs[row+"on"] = wrong(c, "web.date")
		}
		minutes, err := strconv.Atoi(t.Minutes)
		if err != nil || minutes < 1 || minutes > 24*60 {
			errs[row+"minutes"] = wrong(c, "web.minutes")
		}
		list = append(list, registry.Session{On: on, From: t.From, Minutes: minutes, Practical: t.Practical})
	}
	return typed, list
}

func trainerInputs(c *gin.Context) (typed []staff.TrainerInput, list []registry.ClassTrainer) {
	for _, id := range c.PostFormArray("trainer") {
		role := c.PostForm("role-" + id)
		typed = append(typed, staff.TrainerInput{Person: id, Role: role, Chosen: true})
		list = append(list, registry.ClassTrainer{Person: registry.ID(id), Role: role})
	}
	return typed, list
}

func signatoryInputs(c *gin.Context) (typed []staff.SignatoryInput, list []registry.Signatory) {
	typed = make([]staff.SignatoryInput, registry.MaxSignatories)
	for i := range typed {
		row := "g" + strconv.Itoa(i) + "-"
		t := staff.SignatoryInput{Name: strings.TrimSpace(c.PostForm(row + "name")), ZH: strings.TrimSpace(c.PostForm(row + "zh")),
			EN: strings.TrimSpace(c.PostForm(row + "en")), RU: strings.TrimSpace(c.PostForm(row + "ru"))}
		typed[i] = t
		if t.Name == "" {
			continue
		}
		title := registry.Text{}
		for lang, text := range map[string]string{"zh": t.ZH, "en": t.EN, "ru": t.RU} {
			if text != "" {
				title[lang] = text
			}
		}
		list = append(list, registry.Signatory{Name: t.Name, Title: title})
	}
	return typed, list
}

// editClass handles GET /t/classes/:id/edit.
func (s *Server) editClass(c *gin.Context, v visitor) error {
	form, err := s.editForm(c, v)
	if err != nil {
		return err
	}
	return show(c, http.StatusOK, staff.ClassFormPage(form))
}

// editForm is the form filled with the class as it is.
func (s *Server) editForm(c *gin.Context, v visitor) (staff.ClassForm, error) {
	page, err := s.openClass(c, v, "")
	if err != nil {
		return staff.ClassForm{}, err
	}
	class := page.View.Class
	if !page.can[registry.CreateClass] {
		return staff.ClassForm{}, registry.Fail(registry.Forbidden, "access.forbidden", string(registry.CreateClass))
	}
	if err := class.Recordable(); err != nil {
		return staff.ClassForm{}, err
	}
	form, err := s.classForm(c, v, choice{course: page.Course, base: page.Base, on: class.StartsOn(), dates: class.Dates(), people: page.Active()})
	if err != nil {
		return form, err
	}
	form.Frame = page.head.Frame
	form.Edit, form.Version, form.Once = true, class.Version, ""
	form.Action, form.Cancel = "/t/classes/"+string(class.ID)+"/edit", "/t/classes/"+string(class.ID)
	form.Setting, form.Venue, form.RatioReason, form.Language = class.Setting, class.Venue, class.RatioReason, strings.Join(class.Languages, "+")
	form.Capacity, form.Manikins = typedNumber(class.Capacity), typedNumber(class.Manikins)
	form.Sessions = spare(sessionsTyped(class.Sessions))
	for _, t := range class.Trainers {
		i := slices.IndexFunc(form.Trainers, func(x staff.TrainerInput) bool { return x.Person == string(t.Person) })
		if i < 0 { // no longer accredited: shown, so that the refusal makes sense
			form.Trainers = append(form.Trainers, staff.TrainerInput{Person: string(t.Person), Name: t.Name})
			i = len(form.Trainers) - 1
		}
		form.Trainers[i].Chosen, form.Trainers[i].Role = true, t.Role
	}
	if !sameSignatories(class.Signatories, registry.InOffice(page.Base.Signatories, class.EndsOn())) {
		for i, g := range class.Signatories[:min(len(class.Signatories), len(form.Signatories))] {
			form.Signatories[i] = staff.SignatoryInput{Name: g.Name, ZH: g.Title["zh"], EN: g.Title["en"], RU: g.Title["ru"]}
		}
	}
	return staffed(form), nil
}

// typedNumber is a number as a form shows it, "" for none.
func typedNumber(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func sessionsTyped(list []registry.Session) []staff.SessionInput {
	var typed []staff.SessionInput
	for _, each := range list {
		typed = append(typed, staff.SessionInput{On: each.On.String(), From: each.From, Minutes: strconv.Itoa(each.Minutes), Practical: each.Practical})
	}
	return typed
}

func sameSignatories(a, b []registry.Signatory) bool {
	return slices.EqualFunc(a, b, func(x, y registry.Signatory) bool { return x.Name == y.Name })
}

// saveClass handles POST /t/classes/:id/edit.
func (s *Server) saveClass(c *gin.Context, v visitor) error {
	in, typed, errs := classInput(c)
	id := registry.ID(c.Param("id"))
	var err error
	if len(errs) == 0 {
		if _, err = s.Training.EditClass(c.Request.Context(), v.actor, id, typed.Version, in); err == nil {
			s.flash(c, "good", "staff.flash.saved")
			return to(c, "/t/classes/"+string(id))
		}
	}
	var refusal *staff.Refusal
	status := http.StatusUnprocessableEntity
	if err != nil {
		field := fieldOf(err)
		if refusal, status, err = refused(c, err); err != nil {
			return err
		}
		if field != "" {
			errs[field] = [2]string{refusal.Message, refusal.Fix}
		}
	} else {
		refusal = summary(c, errs)
	}
	form, err := s.editForm(c, v)
	if err != nil {
		return err
	}
	form = staffed(typed.Over(form))
	form.Wrong, form.Refusal = errs, refusal
	return show(c, status, staff.ClassFormPage(form))
}
