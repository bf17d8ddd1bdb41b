package api

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/training"
)

// personRecord is a person with what the reader may know of him.
type personRecord struct {
	Person
	Version        int64                    `json:"version"`
	Classes        []personClass            `json:"classes" nullable:"false" doc:"Newest first"`
	Credentials    []Credential             `json:"credentials" nullable:"false"`
	Accreditations []registry.Accreditation `json:"accreditations" nullable:"false"`
	Changes        []personChange           `json:"changes" nullable:"false" doc:"Newest first"`
	MayBeSame      []Person                 `json:"may_be_same" nullable:"false" doc:"Records that may be of the same person"`
	Elsewhere      int                      `json:"classes_elsewhere" doc:"Classes where you may not look"`
	MayEdit        bool                     `json:"may_edit"`
}

type personClass struct {
	Class     registry.ID      `json:"class"`
	Code      string           `json:"code"`
	Base      string           `json:"base"`
	Course    string           `json:"course"`
	Name      string           `json:"name" doc:"As the class knew him"`
	Outcome   registry.Outcome `json:"outcome,omitempty" doc:"Absent before the class is submitted"`
	Withdrawn bool             `json:"withdrawn,omitempty"`
}

type personChange struct {
	Kind   string      `json:"kind"`
	Other  registry.ID `json:"other,omitempty"`
	Name   string      `json:"former_name,omitempty"`
	Reason string      `json:"reason,omitempty"`
	By     registry.ID `json:"by" doc:"Account"`
	At     time.Time   `json:"at"`
}

type PersonParams struct {
	ID registry.ID `path:"id" maxLength:"36"`
}

type renameInput struct {
	PersonParams
	IfMatchParam
	Body struct {
		Name      string `json:"name,omitempty" maxLength:"200" doc:"Left out: as it is. Certificates and classes keep the name that they were made with"`
		LatinName string `json:"latin_name,omitempty" maxLength:"200" doc:"Left out: as it is"`
		Reason    string `json:"reason" maxLength:"500"`
	}
}

type mergeInput struct {
	PersonParams
	Body struct {
		Version     int64       `json:"version" minimum:"1" doc:"Of this record, as it was read"`
		Gone        registry.ID `json:"gone" maxLength:"36" doc:"The record that is taken into this one"`
		GoneVersion int64       `json:"gone_version" minimum:"1" doc:"As it was read"`
		Reason      string      `json:"reason" maxLength:"500"`
	}
}

type mergeParams struct {
	PersonParams
	With registry.ID `query:"with" required:"true" maxLength:"36" doc:"The record that would be taken into this one"`
	Lang string      `query:"lang" maxLength:"35"`
}

type distinctInput struct {
	PersonParams
	Body struct {
		Other registry.ID `json:"other" maxLength:"36"`
	}
}

type (
	personRecordOutput struct {
		ETag string `header:"ETag"`
		Body personRecord
	}
	personOutput struct {
		ETag string `header:"ETag"`
		Body Person
	}
	changeOutput       struct{ Body personChange }
	mergePreviewOutput struct {
		Body struct {
			Keep    personRecord `json:"keep"`
			Gone    personRecord `json:"gone"`
			Result  Person       `json:"result"`
			Doubts  []told       `json:"doubts" nullable:"false" doc:"What tells the two apart"`
			Refusal *told        `json:"refusal,omitempty" doc:"Why it cannot be done"`
			Second  *mergeSecond `json:"second_person,omitempty" doc:"The ids differ: one person asks, another grants"`
		}
	}
)

// mergeSecond says how far a merge by two people has come.
type mergeSecond struct {
	Asked    *personChange `json:"asked,omitempty" doc:"The request that waits; absent while nobody asked"`
	Own      bool          `json:"own,omitempty" doc:"You asked, and so cannot grant"`
	MayGrant []string      `json:"may_grant" nullable:"false" doc:"Who can, by name"`
}

// told is something that is in the way, in the reader's language.
type told struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Fix     string `json:"fix,omitempty"`
}

func (s *Server) mountPersons(api huma.API) {
	op := func(method, path, id, summary string, more ...func(*huma.Operation)) huma.Operation {
		return operation(method, "/api/v1/persons/{id}"+path, id, summary, append([]func(*huma.Operation){tag("people"), s.staff, refuses(404)}, more...)...)
	}
	huma.Register(api, op(http.MethodGet, "", "showPerson", "One person: classes, certificates, changes",
		describe("For a record that was taken into another, that other is shown: its id tells.")), s.showPerson)
	huma.Register(api, op(http.MethodPatch, "", "renamePerson", "Give a person another name, with a reason", refuses(412, 428)), s.renamePerson)
	huma.Register(api, op(http.MethodGet, "/merge", "previewMerge", "What taking another record into this one would come to", strictQuery), s.previewMerge)
	huma.Register(api, op(http.MethodPost, "/merge", "mergePersons", "Take another record into this one, for ever", s.once, refuses(409, 412)), s.mergePersons)
	huma.Register(api, op(http.MethodPost, "/merge/ask", "askMergePersons", "Ask that another person takes a record into this one",
		describe("Needed where the two records show different ids; somebody else grants it by merging them."), s.once, refuses(409, 412)), s.askMergePersons)
	huma.Register(api, op(http.MethodPost, "/distinct", "partPersons", "Say that two records are of two people", s.once, noContent), s.partPersons)
}

func (s *Server) personRecord(ctx context.Context, v training.PersonView) personRecord {
	r := personRecord{Person: showPerson(v.Person), Version: v.Person.Version, Classes: make([]personClass, len(v.Classes)), Credentials: make([]Credential, len(v.Credentials)),
		Accreditations: append([]registry.Accreditation{}, v.Trains...), Changes: make([]personChange, len(v.Changes)), MayBeSame: showPersons(v.Twins),
		Elsewhere: v.Elsewhere, MayEdit: v.MayEdit && registry.CanSomewhere(actor(ctx), registry.EditPerson)}
	for i, c := range v.Classes {
		r.Classes[i] = personClass{Class: c.Class.ID, Code: c.Class.Code, Base: c.Class.Base, Course: c.Class.Course, Name: c.Enrolment.Name,
			Outcome: c.Completion.Outcome, Withdrawn: c.Enrolment.Status != registry.Enrolled}
	}
	for i, c := range v.Credentials {
		r.Credentials[i] = s.view(ctx, c)
	}
	for i, c := range v.Changes {
		r.Changes[i] = showChange(c)
	}
	return r
}

func showChange(c store.PersonChange) personChange {
	return personChange{Kind: c.Kind, Other: c.Other, Name: c.FormerName, Reason: c.Reason, By: c.By, At: c.At}
}

func showPersons(all []registry.Person) []Person {
	out := make([]Person, len(all))
	for i, p := range all {
		out[i] = showPerson(p)
	}
	return out
}

// findPeople lists the people of one whole name, or those that a filter chooses.
// Nobody lists people without saying whom he looks for.
func (s *Server) findPeople(ctx context.Context, in *peopleParams) (*peopleList, error) {
	f := store.PersonFilter{Search: strings.TrimSpace(in.Search), Class: strings.ToUpper(strings.TrimSpace(in.Class)), Base: in.Base, Limit: in.Limit + 1}
	if f.Search+f.Class+f.Base == "" {
		people, err := s.Training.People(ctx, actor(ctx), in.Name)
		return &peopleList{list[Person]{Items: showPersons(people)}}, err
	}
	if in.Name != "" {
		return nil, registry.FailField(registry.Invalid, "name", "person.search")
	}
	var err error
	if f.Before, err = in.before(); err != nil {
		return nil, err
	}
	people, err := s.Training.Persons(ctx, actor(ctx), f)
	if err != nil {
		return nil, err
	}
	return &peopleList{pageOf(people, in.Limit, func(p registry.Person) registry.ID { return p.ID }, showPerson)}, nil
}

func (s *Server) showPerson(ctx context.Context, in *PersonParams) (*personRecordOutput, error) {
	v, err := s.Training.Person(ctx, actor(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &personRecordOutput{etag(v.Person.Version), s.personRecord(ctx, v)}, nil
}

func (s *Server) renamePerson(ctx context.Context, in *renameInput) (*personOutput, error) {
	version, err := ifMatch(in.IfMatch, "person", in.ID)
	if err != nil {
		return nil, err
	}
	v, err := s.Training.Person(ctx, actor(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	name, latin := v.Person.Name, v.Person.LatinName
	if in.Body.Name != "" {
		name = in.Body.Name
	}
	if in.Body.LatinName != "" {
		latin = in.Body.LatinName
	}
	p, err := s.Training.Rename(ctx, actor(ctx), in.ID, version, name, latin, in.Body.Reason)
	return &personOutput{etag(p.Version), showPerson(p)}, err
}

func (s *Server) previewMerge(ctx context.Context, in *mergeParams) (*mergePreviewOutput, error) {
	m, err := s.Training.PreviewMerge(ctx, actor(ctx), in.ID, in.With)
	if err != nil {
		return nil, err
	}
	out := &mergePreviewOutput{}
	b, printer := &out.Body, of(ctx).printer
	b.Keep, b.Gone, b.Result, b.Doubts = s.personRecord(ctx, m.Keep), s.personRecord(ctx, m.Gone), showPerson(m.Result), []told{}
	for _, d := range m.Doubts {
		message, fix := printer.Fault(d)
		b.Doubts = append(b.Doubts, told{d.Code, message, fix})
	}
	if m.Refusal != nil {
		var refusal *registry.Error
		if !errors.As(m.Refusal, &refusal) {
			return nil, m.Refusal
		}
		message, fix := printer.Error(refusal)
		b.Refusal = &told{refusal.Code, message, fix}
	}
	if m.Second && m.Refusal == nil {
		b.Second = &mergeSecond{Own: m.Own, MayGrant: append([]string{}, m.MayGrant...)}
		if m.Asked != nil {
			asked := showChange(*m.Asked)
			b.Second.Asked = &asked
		}
	}
	return out, nil
}

func (s *Server) mergePersons(ctx context.Context, in *mergeInput) (*personOutput, error) {
	b := in.Body
	p, err := s.Training.Merge(ctx, actor(ctx), training.MergeInput{Keep: in.ID, KeepVersion: b.Version, Gone: b.Gone, GoneVersion: b.GoneVersion, Reason: b.Reason})
	return &personOutput{etag(p.Version), showPerson(p)}, err
}

func (s *Server) askMergePersons(ctx context.Context, in *mergeInput) (*changeOutput, error) {
	b := in.Body
	c, err := s.Training.AskMerge(ctx, actor(ctx), training.MergeInput{Keep: in.ID, KeepVersion: b.Version, Gone: b.Gone, GoneVersion: b.GoneVersion, Reason: b.Reason})
	return &changeOutput{showChange(c)}, err
}

func (s *Server) partPersons(ctx context.Context, in *distinctInput) (*struct{}, error) {
	return nil, s.Training.Distinct(ctx, actor(ctx), in.ID, in.Body.Other)
}
