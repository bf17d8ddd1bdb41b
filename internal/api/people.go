package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/passmuster/passmuster/internal/accredit"
	"github.com/passmuster/passmuster/internal/registry"
)

// Person is somebody as lists show him: enough to tell two people of one name
// apart, with the telephone masked.
type Person struct {
	ID           registry.ID `json:"id"`
	Name         string      `json:"name"`
	LatinName    string      `json:"latin_name,omitempty"`
	IDLast4      string      `json:"id_last4,omitempty"`
	Phone        string      `json:"phone,omitempty" doc:"Masked"`
	Organization string      `json:"organization,omitempty"`
}

func showPerson(p registry.Person) Person {
	return Person{ID: p.ID, Name: p.Name, LatinName: p.LatinName, IDLast4: p.IDLast4, Phone: registry.MaskPhone(p.Phone), Organization: p.Organization}
}

// trainer is a person who may train, as a class lists him.
type trainer struct {
	Person registry.ID `json:"person"`
	Name   string      `json:"name"`
}

type (
	peopleList  struct{ Body list[Person] }
	trainerList struct{ Body list[trainer] }
)

type peopleParams struct {
	PageParams
	Name   string `query:"name" maxLength:"200" doc:"The whole name, alone; spelling and spacing do not matter. Finds those who are accredited as well"`
	Search string `query:"q" maxLength:"100" doc:"Beginning of a name, now or formerly, or the last four of the id"`
	Class  string `query:"class" maxLength:"40" doc:"Code of a class that they were in"`
	Base   string `query:"base" maxLength:"6" doc:"Code of a base that they learned at"`
}

type trainersParams struct {
	Course string        `query:"course" required:"true" maxLength:"10"`
	On     registry.Date `query:"on" doc:"Default: today, UTC"`
	Base   string        `query:"base" maxLength:"6" doc:"Only those who may teach at this base"`
	Lang   string        `query:"lang" maxLength:"35"`
}

type trainerInput struct {
	Body struct {
		Person       registry.ID   `json:"person,omitempty" doc:"Somebody who is known; or give a name"`
		Name         string        `json:"name,omitempty" maxLength:"200"`
		LatinName    string        `json:"latin_name,omitempty" maxLength:"200"`
		Courses      []string      `json:"courses" minItems:"1" maxItems:"50" nullable:"false"`
		Level        string        `json:"level" enum:"assistant,instructor,lead,trainer_of_trainers"`
		From         registry.Date `json:"valid_from"`
		Until        registry.Date `json:"valid_until,omitzero" doc:"Inclusive; left out: open-ended"`
		Organization string        `json:"organization" maxLength:"16" doc:"Code of the organization that accredits"`
	}
}

type trainerOutput struct{ Body trainer }

func (s *Server) mountPeople(api huma.API) {
	huma.Register(api, operation(http.MethodGet, "/api/v1/persons", "findPersons", "Find people of your classes", tag("people"), strictQuery, s.staff,
		describe("By a whole name, or by any of q, class and base: without one of them the answer is 422.")), s.findPeople)
	huma.Register(api, operation(http.MethodGet, "/api/v1/trainers", "listTrainers", "Who may train a course on a day", tag("people"), strictQuery, s.staff), s.listTrainers)
	huma.Register(api, operation(http.MethodPost, "/api/v1/trainers", "accreditTrainer", "Accredit a trainer", tag("people"), created, s.staff, s.once), s.addTrainer)
}

func (s *Server) listTrainers(ctx context.Context, in *trainersParams) (*trainerList, error) {
	if !registry.CanSomewhere(actor(ctx), registry.ReadPerson) {
		return nil, registry.Fail(registry.Forbidden, "access.forbidden", string(registry.ReadPerson))
	}
	on := in.On
	if on.IsZero() {
		on = registry.DateOf(s.Now().UTC())
	}
	people, err := s.Accredit.TrainersFor(ctx, actor(ctx), in.Course, on, in.Base)
	if err != nil {
		return nil, err
	}
	out := list[trainer]{Items: make([]trainer, len(people))}
	for i, p := range people {
		out.Items[i] = trainer{Person: p.ID, Name: p.Name}
	}
	return &trainerList{out}, nil
}

func (s *Server) addTrainer(ctx context.Context, in *trainerInput) (*trainerOutput, error) {
	v, err := s.scopeFor(ctx, registry.AccreditTrainer)
	if err != nil {
		return nil, err
	}
	b := in.Body
	org, err := v.organization("organization", b.Organization)
	if err != nil {
		return nil, err
	}
	if b.Person != "" { // somebody whom the actor may see
		if _, err := s.Accredit.TrainerOf(ctx, actor(ctx), b.Person); err != nil {
			return nil, err
		}
	}
	p, err := s.Accredit.AccreditTrainer(ctx, actor(ctx), accredit.Trainer{Person: registry.Person{ID: b.Person, Name: b.Name, LatinName: b.LatinName},
		Courses: b.Courses, Level: b.Level, From: b.From, Until: b.Until, Org: org})
	return &trainerOutput{trainer{Person: p.ID, Name: p.Name}}, err
}
