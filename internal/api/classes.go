package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/training"
)

// newSession is one dated meeting, as a client describes it.
type newSession struct {
	On        registry.Date `json:"on"`
	From      string        `json:"from,omitempty" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$" example:"09:00"`
	To        string        `json:"to,omitempty" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$"`
	Minutes   int           `json:"minutes" minimum:"1" maximum:"1440" doc:"Teaching time"`
	Practical bool          `json:"practical,omitempty" doc:"Practice needs full attendance"`
	Topic     string        `json:"topic,omitempty" maxLength:"200"`
}

// newTrainer names somebody who teaches in the class.
type newTrainer struct {
	Person registry.ID `json:"person"`
	Role   string      `json:"role,omitempty" enum:"lead,instructor,assistant"`
}

// newSignatory signs on paper.
type newSignatory struct {
	Name  string        `json:"name" maxLength:"100"`
	Title registry.Text `json:"title"`
	From  registry.Date `json:"from,omitzero" doc:"First day of the term of office; left out: none is known"`
	Until registry.Date `json:"until,omitzero" doc:"Last day of the term of office; left out: open-ended. Who is out of office on the last day of a class does not sign it"`
}

// ClassPart is what may be edited as long as the class is not submitted.
type ClassPart struct {
	Setting     string         `json:"setting,omitempty" enum:"hospital,office,village,community,school,company,barracks,online,event"`
	Venue       string         `json:"venue,omitempty" maxLength:"200"`
	Language    string         `json:"language,omitempty" maxLength:"35" doc:"Of instruction, BCP 47"`
	Languages   []string       `json:"languages,omitempty" maxItems:"3" nullable:"false" doc:"Of the certificate, primary first: [zh, en], [ru, en] or [en]"`
	Capacity    int            `json:"capacity,omitempty" minimum:"0" maximum:"5000" doc:"0: no limit"`
	Manikins    int            `json:"manikins,omitempty" minimum:"0" maximum:"5000" doc:"On the day; 0: those of the base"`
	Signatories []newSignatory `json:"signatories,omitempty" maxItems:"4" nullable:"false"`
	RatioReason string         `json:"ratio_reason,omitempty" maxLength:"500" doc:"Why there are more trainees per trainer than the course asks"`
	Sessions    []newSession   `json:"sessions" minItems:"1" maxItems:"100" nullable:"false"`
	Trainers    []newTrainer   `json:"trainers" minItems:"1" maxItems:"50" nullable:"false"`
}

type newClass struct {
	Course        string `json:"course" maxLength:"10" doc:"Course code"`
	CourseVersion int    `json:"course_version,omitempty" minimum:"0" doc:"Left out: the newest active version"`
	Base          string `json:"base" maxLength:"6" doc:"Base code"`
	ClassPart
}

// classEdit changes the fields that it names and leaves the others.
type classEdit struct {
	Setting     *string        `json:"setting,omitempty" enum:"hospital,office,village,community,school,company,barracks,online,event"`
	Venue       *string        `json:"venue,omitempty" maxLength:"200"`
	Language    *string        `json:"language,omitempty" maxLength:"35"`
	Languages   []string       `json:"languages,omitempty" minItems:"1" maxItems:"3" nullable:"false"`
	Capacity    *int           `json:"capacity,omitempty" minimum:"0" maximum:"5000"`
	Manikins    *int           `json:"manikins,omitempty" minimum:"0" maximum:"5000"`
	Signatories []newSignatory `json:"signatories,omitempty" maxItems:"4" nullable:"false"`
	RatioReason *string        `json:"ratio_reason,omitempty" maxLength:"500"`
	Sessions    []newSession   `json:"sessions,omitempty" minItems:"1" maxItems:"100" nullable:"false"`
	Trainers    []newTrainer   `json:"trainers,omitempty" minItems:"1" maxItems:"50" nullable:"false"`
}

// classView is a class with where its people stand.
type classView struct {
	registry.Class
	BaseName    registry.Text  `json:"base_name"`
	CourseTitle registry.Text  `json:"course_title"`
	People      int            `json:"people"`
	Outcomes    map[string]int `json:"outcomes" doc:"People by outcome: pending, pass, remediate, fail, incomplete"`
	Decision    string         `json:"decision,omitempty" doc:"Why you may not approve this submitted class; absent where you may"`
}

type ClassParams struct {
	ID registry.ID `path:"id" maxLength:"64"`
}

type classesParams struct {
	PageParams
	Status string `query:"status" enum:"draft,open,in_progress,assessing,submitted,returned,approved,issuing,issued,archived,cancelled"`
	Search string `query:"q" maxLength:"100" doc:"Part of code, course, venue or a trainer's name"`
	Queue  bool   `query:"queue" doc:"What waits for approval, oldest first"`
}

type (
	newClassInput  struct{ Body newClass }
	editClassInput struct {
		ClassParams
		IfMatchParam
		Body classEdit
	}
	classOutput struct {
		ETag     string `header:"ETag"`
		Location string `header:"Location"`
		Body     registry.Class
	}
	classViewOutput struct {
		ETag string `header:"ETag"`
		Body classView
	}
	classesList struct{ Body list[registry.Class] }
)

func classAnswer(c registry.Class) *classOutput { return &classOutput{ETag: etag(c.Version), Body: c} }

func (s *Server) mountClasses(api huma.API) {
	huma.Register(api, operation(http.MethodGet, "/api/v1/classes", "listClasses", "Classes, newest first", tag("classes"), strictQuery, s.staff), s.listClasses)
	huma.Register(api, operation(http.MethodPost, "/api/v1/classes", "createClass", "Create a class", tag("classes"), created, s.staff, s.once,
		describe("Base and trainers must be accredited for the course on every date.")), s.createClass)
	huma.Register(api, operation(http.MethodGet, "/api/v1/classes/{id}", "showClass", "One class", tag("classes"), s.staff, refuses(404)), s.showClass)
	huma.Register(api, operation(http.MethodPatch, "/api/v1/classes/{id}", "editClass", "Edit a class that is not submitted", tag("classes"), s.staff,
		refuses(404, 409, 412, 428)), s.editClass)
}

func (s *Server) listClasses(ctx context.Context, in *classesParams) (*classesList, error) {
	before, err := in.before()
	if err != nil {
		return nil, err
	}
	f := store.ClassFilter{Search: in.Search, Before: before, Limit: in.Limit + 1, OldestSubmitted: in.Queue}
	if in.Status != "" {
		f.Status = []registry.ClassStatus{registry.ClassStatus(in.Status)}
	}
	if in.Queue {
		f.Status = []registry.ClassStatus{registry.ClassSubmitted}
	}
	all, err := s.Training.Classes(ctx, actor(ctx), f)
	if err != nil {
		return nil, err
	}
	page := pageOf(all, in.Limit, func(c registry.Class) registry.ID { return c.ID }, func(c registry.Class) registry.Class { return c })
	if in.Queue {
		page.Next = "" // the queue goes by time of submission: what is decided makes room for the rest
	}
	return &classesList{page}, nil
}

func (s *Server) createClass(ctx context.Context, in *newClassInput) (*classOutput, error) {
	b := in.Body
	c, err := s.Training.CreateClass(ctx, actor(ctx), training.ClassInput{Course: b.Course, CourseVersion: b.CourseVersion, Base: b.Base, Setting: b.Setting,
		Venue: b.Venue, Language: b.Language, Languages: b.Languages, Capacity: b.Capacity, Manikins: b.Manikins, Sessions: sessions(b.Sessions), Trainers: trainers(b.Trainers),
		Signatories: signatories(b.Signatories), RatioReason: b.RatioReason})
	if err != nil {
		return nil, err
	}
	out := classAnswer(c)
	out.Location = "/api/v1/classes/" + string(c.ID)
	return out, nil
}

func sessions(list []newSession) []registry.Session {
	out := make([]registry.Session, len(list))
	for i, v := range list {
		out[i] = registry.Session{On: v.On, From: v.From, To: v.To, Minutes: v.Minutes, Practical: v.Practical, Topic: v.Topic}
	}
	return out
}

func trainers(list []newTrainer) []registry.ClassTrainer {
	out := make([]registry.ClassTrainer, len(list))
	for i, v := range list {
		out[i] = registry.ClassTrainer{Person: v.Person, Role: v.Role}
	}
	return out
}

func signatories(list []newSignatory) []registry.Signatory {
	if list == nil {
		return nil
	}
	out := make([]registry.Signatory, len(list))
	for i, v := range list {
		out[i] = registry.Signatory{Name: v.Name, Title: v.Title, From: v.From, Until: v.Until}
	}
	return out
}

func (s *Server) showClass(ctx context.Context, in *ClassParams) (*classViewOutput, error) {
	v, err := s.Training.Class(ctx, actor(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	view := classView{Class: v.Class, BaseName: v.Base.Name, CourseTitle: v.Course.Title, People: v.Active(), Outcomes: map[string]int{}}
	for _, o := range []registry.Outcome{registry.Pending, registry.Pass, registry.Remediate, registry.FailedAll, registry.Incomplete} {
		view.Outcomes[string(o)] = v.Count(o)
	}
	if v.Class.Status == registry.ClassSubmitted {
		if view.Decision, err = why(ctx, s.Issue.FourEyes(ctx, actor(ctx), in.ID)); err != nil {
			return nil, err
		}
	}
	return &classViewOutput{ETag: etag(v.Class.Version), Body: view}, nil
}

func (s *Server) editClass(ctx context.Context, in *editClassInput) (*classOutput, error) {
	version, err := ifMatch(in.IfMatch, "class", in.ID)
	if err != nil {
		return nil, err
	}
	v, err := s.Training.Class(ctx, actor(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	if version != v.Class.Version { // the fields that stay must be those that were seen
		return nil, registry.Fail(registry.Stale, "class.stale", v.Class.Code)
	}
	c, err := s.Training.EditClass(ctx, actor(ctx), in.ID, version, in.Body.over(v.Class))
	if err != nil {
		return nil, err
	}
	return classAnswer(c), nil
}

// over lays the edit over the class as it is.
func (e classEdit) over(c registry.Class) training.ClassInput {
	in := training.ClassInput{Course: c.Course, CourseVersion: c.CourseVersion, Base: c.Base, Setting: c.Setting, Venue: c.Venue, Language: c.Language,
		Languages: c.Languages, Capacity: c.Capacity, Manikins: c.Manikins, Sessions: c.Sessions, Trainers: c.Trainers, Signatories: c.Signatories, RatioReason: c.RatioReason}
	set(&in.Setting, e.Setting)
	set(&in.Venue, e.Venue)
	set(&in.Language, e.Language)
	set(&in.Capacity, e.Capacity)
	set(&in.Manikins, e.Manikins)
	set(&in.RatioReason, e.RatioReason)
	if e.Languages != nil {
		in.Languages = e.Languages
	}
	if e.Sessions != nil {
		in.Sessions = sessions(e.Sessions)
	}
	if e.Trainers != nil {
		in.Trainers = trainers(e.Trainers)
	}
	if e.Signatories != nil {
		in.Signatories = signatories(e.Signatories)
	}
	return in
}

func set[T any](field *T, v *T) {
	if v != nil {
		*field = *v
	}
}
