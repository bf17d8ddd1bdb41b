package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/passmuster/passmuster/internal/registry"
)

type organizationBody struct {
	Parent      string        `json:"parent" doc:"Code of the organization above" maxLength:"16"`
	Code        string        `json:"code" doc:"Unique; 2 to 16 of A–Z, 0–9 and '-'" maxLength:"16"`
	Type        string        `json:"type" enum:"federation,movement,branch,hospital,university,association,alliance,foundation,government,company,team"`
	Name        registry.Text `json:"name" doc:"By language: {\"zh\": …, \"en\": …}"`
	Aliases     []string      `json:"aliases,omitempty" maxItems:"50" doc:"Former, short and foreign names, for matching"`
	Region      string        `json:"region,omitempty" maxLength:"6" doc:"ISO 3166-2"`
	TZ          string        `json:"tz" maxLength:"40" doc:"IANA name, Asia/Shanghai"`
	SchemeOwner bool          `json:"scheme_owner,omitempty" doc:"Answers for credentials: the issuer of its subtree; gets a signing key"`
}

type programmeBody struct {
	Code     string        `json:"code" maxLength:"10"`
	Parent   string        `json:"parent,omitempty" maxLength:"10" doc:"Code of the programme above"`
	Owner    string        `json:"owner" maxLength:"16" doc:"Code of the organization"`
	Name     registry.Text `json:"name"`
	StartsOn registry.Date `json:"starts_on,omitzero"`
	EndsOn   registry.Date `json:"ends_on,omitzero"`
	Target   int           `json:"annual_target,omitempty" minimum:"0" doc:"Classes a year"`
}

type baseBody struct {
	Code            string         `json:"code" maxLength:"6" doc:"2 to 6 of A–Z"`
	Host            string         `json:"host" maxLength:"16" doc:"Code of the organization that runs it"`
	Accrediting     string         `json:"accrediting" maxLength:"16" doc:"Code of the scheme owner"`
	Programmes      []string       `json:"programmes" minItems:"1" maxItems:"50" nullable:"false" doc:"Codes of the programmes it may train for"`
	Campus          string         `json:"campus,omitempty" maxLength:"100"`
	Name            registry.Text  `json:"name" doc:"As it prints itself on certificates"`
	TZ              string         `json:"tz" maxLength:"40"`
	Contact         string         `json:"contact,omitempty" maxLength:"200" doc:"Whom to call when a result is unclear; public"`
	Address         registry.Text  `json:"address,omitempty" doc:"By language; public"`
	Hours           registry.Hours `json:"hours,omitempty" maxItems:"28" nullable:"false" doc:"Opening hours of a week by the clock of the base; public"`
	AccreditedFrom  registry.Date  `json:"accredited_from"`
	AccreditedUntil registry.Date  `json:"accredited_until,omitzero" doc:"Inclusive; left out: open-ended"`
	Manikins        int            `json:"manikins,omitempty" minimum:"0"`
	Signatories     []newSignatory `json:"signatories,omitempty" maxItems:"12" nullable:"false" doc:"Who signs on paper, unless a class names others; at most three in office on one day"`
}

type courseBody struct {
	Code           string               `json:"code" maxLength:"10"`
	Version        int                  `json:"version" minimum:"1"`
	Programme      string               `json:"programme" maxLength:"10"`
	Title          registry.Text        `json:"title"`
	Category       string               `json:"category,omitempty" maxLength:"40"`
	Level          string               `json:"level" enum:"public,student,professional"`
	Kind           string               `json:"kind" enum:"competence,attendance,instructor,honour"`
	Delivery       string               `json:"delivery" enum:"in_person,blended,online"`
	Minutes        int                  `json:"minutes" minimum:"1" doc:"In all; a printed hour has 45"`
	Practical      int                  `json:"practical_minutes" minimum:"0"`
	AttendanceMin  int                  `json:"attendance_min" minimum:"0" maximum:"100" doc:"Per cent"`
	PassMark       int                  `json:"pass_mark" minimum:"0" maximum:"100" doc:"0: no theory test"`
	MaxAttempts    int                  `json:"max_attempts" minimum:"0"`
	Skills         registry.SkillsSheet `json:"skills,omitzero"`
	Prerequisites  []string             `json:"prerequisites,omitempty" maxItems:"50"`
	MinAge         int                  `json:"min_age,omitempty" minimum:"0" maximum:"120"`
	ValidityMonths int                  `json:"validity_months" minimum:"0" maximum:"600" doc:"0: no expiry"`
	Expiry         string               `json:"expiry,omitempty" enum:"exact_day,month_end"`
	RecertOf       string               `json:"recert_of,omitempty" maxLength:"10"`
	RatioWarn      int                  `json:"ratio_warn,omitempty" minimum:"0" doc:"Trainees per trainer"`
	RatioMax       int                  `json:"ratio_max,omitempty" minimum:"0"`
	CME            *registry.CME        `json:"cme,omitempty"`
	RequireID      bool                 `json:"require_id,omitempty"`
	GuidelineYear  int                  `json:"guideline_year,omitempty" minimum:"0" maximum:"2200"`
}

type (
	organizationInput  struct{ Body organizationBody }
	programmeInput     struct{ Body programmeBody }
	baseInput          struct{ Body baseBody }
	courseInput        struct{ Body courseBody }
	organizationOutput struct{ Body registry.Organization }
	programmeOutput    struct{ Body registry.Programme }
	courseOutput       struct{ Body registry.Course }
	organizationsList  struct{ Body list[registry.Organization] }
	programmesList     struct{ Body list[registry.Programme] }
	basesList          struct{ Body list[registry.Base] }
	coursesList        struct{ Body list[registry.Course] }
)

type baseOutput struct {
	ETag string `header:"ETag"`
	Body registry.Base
}

type changeBaseInput struct {
	Code string `path:"code" maxLength:"6"`
	IfMatchParam
	Body struct {
		Contact         *string         `json:"contact,omitempty" maxLength:"200" doc:"Whom to call when a result is unclear, with the telephone; public"`
		Address         *registry.Text  `json:"address,omitempty" doc:"By language; public"`
		Hours           *registry.Hours `json:"hours,omitempty" maxItems:"28" doc:"Opening hours of a week by the clock of the base; an empty list says nothing; public"`
		Campus          *string         `json:"campus,omitempty" maxLength:"100"`
		Manikins        *int            `json:"manikins,omitempty" minimum:"0"`
		Name            *registry.Text  `json:"name,omitempty" doc:"As it prints itself on certificates"`
		TZ              *string         `json:"tz,omitempty" maxLength:"40"`
		Programmes      []string        `json:"programmes,omitempty" maxItems:"50" nullable:"false" doc:"Codes of the programmes it may train for"`
		AccreditedFrom  *registry.Date  `json:"accredited_from,omitempty"`
		AccreditedUntil *registry.Date  `json:"accredited_until,omitempty" doc:"Inclusive; empty: open-ended"`
		Status          string          `json:"status,omitempty" enum:"candidate,accredited,suspended,withdrawn"`
		Signatories     []newSignatory  `json:"signatories,omitempty" maxItems:"12" nullable:"false" doc:"Who signs on paper, unless a class names others; at most three in office on one day"`
	}
}

// over puts what is given over what the base is.
func (in *changeBaseInput) over(b registry.Base) registry.Base {
	c := in.Body
	set(&b.Contact, c.Contact)
	set(&b.Address, c.Address)
	set(&b.Hours, c.Hours)
	set(&b.Campus, c.Campus)
	set(&b.Manikins, c.Manikins)
	set(&b.Name, c.Name)
	set(&b.TZ, c.TZ)
	set(&b.AccreditedFrom, c.AccreditedFrom)
	set(&b.AccreditedUntil, c.AccreditedUntil)
	if len(c.Programmes) > 0 {
		b.Programmes = c.Programmes
	}
	if c.Signatories != nil {
		b.Signatories = signatories(c.Signatories)
	}
	return b
}

type baseParams struct {
	Code string `path:"code" maxLength:"6"`
}

func (s *Server) mountRegisters(api huma.API) {
	get := func(path, id, summary string) huma.Operation {
		return operation(http.MethodGet, path, id, summary, tag("registers"), s.staff)
	}
	add := func(path, id, summary string) huma.Operation {
		return operation(http.MethodPost, path, id, summary, tag("registers"), created, s.staff, s.once)
	}
	huma.Register(api, get("/api/v1/organizations", "listOrganizations", "Organizations of your part of the tree"), s.listOrganizations)
	huma.Register(api, add("/api/v1/organizations", "addOrganization", "Add an organization"), s.addOrganization)
	huma.Register(api, get("/api/v1/programmes", "listProgrammes", "Programmes"), s.listProgrammes)
	huma.Register(api, add("/api/v1/programmes", "addProgramme", "Add a programme"), s.addProgramme)
	huma.Register(api, get("/api/v1/bases", "listBases", "Training bases"), s.listBases)
	huma.Register(api, add("/api/v1/bases", "addBase", "Accredit a training base"), s.addBase)
	huma.Register(api, get("/api/v1/bases/{code}", "showBase", "One training base"), s.showBase)
	huma.Register(api, operation(http.MethodPatch, "/api/v1/bases/{code}", "changeBase", "Change a base, suspend, reinstate or withdraw it", tag("registers"),
		describe("What is left out stays. Its manager changes contact, address, hours, campus and manikins; the rest is for the body that accredits."),
		s.staff, refuses(409, 412, 428)), s.changeBase)
	huma.Register(api, get("/api/v1/courses", "listCourses", "Courses, every version"), s.listCourses)
	huma.Register(api, add("/api/v1/courses", "addCourse", "Add a version of a course"), s.addCourse)
}

func (s *Server) listOrganizations(ctx context.Context, _ *struct{}) (*organizationsList, error) {
	v, err := s.scope(ctx)
	return &organizationsList{list[registry.Organization]{Items: v.organizations()}}, err
}

func (s *Server) listProgrammes(ctx context.Context, _ *struct{}) (*programmesList, error) {
	v, err := s.scope(ctx)
	return &programmesList{list[registry.Programme]{Items: v.programmes()}}, err
}

func (s *Server) listBases(ctx context.Context, _ *struct{}) (*basesList, error) {
	v, err := s.scope(ctx)
	return &basesList{list[registry.Base]{Items: v.bases()}}, err
}

func (s *Server) listCourses(ctx context.Context, _ *struct{}) (*coursesList, error) {
	v, err := s.scope(ctx)
	return &coursesList{list[registry.Course]{Items: v.courses()}}, err
}

func (s *Server) addOrganization(ctx context.Context, in *organizationInput) (*organizationOutput, error) {
	v, err := s.scopeFor(ctx, registry.EditOrganization)
	if err != nil {
		return nil, err
	}
	b := in.Body
	parent, err := v.organization("parent", b.Parent)
	if err != nil {
		return nil, err
	}
	o, err := s.Accredit.AddOrganization(ctx, actor(ctx), registry.Organization{Parent: parent, Code: b.Code, Type: registry.OrgType(b.Type), Name: b.Name,
		Aliases: b.Aliases, Region: b.Region, TZ: b.TZ, SchemeOwner: b.SchemeOwner})
	return &organizationOutput{o}, err
}

func (s *Server) addProgramme(ctx context.Context, in *programmeInput) (*programmeOutput, error) {
	v, err := s.scopeFor(ctx, registry.EditCourse)
	if err != nil {
		return nil, err
	}
	b := in.Body
	owner, err := v.organization("owner", b.Owner)
	if err != nil {
		return nil, err
	}
	p := registry.Programme{Code: b.Code, Owner: owner, Name: b.Name, StartsOn: b.StartsOn, EndsOn: b.EndsOn, Target: b.Target}
	if p.Parent, err = v.programme(b.Parent); err != nil {
		return nil, err
	}
	p, err = s.Accredit.AddProgramme(ctx, actor(ctx), p)
	return &programmeOutput{p}, err
}

// programme finds a programme by its code; none is none.
func (v scope) programme(code string) (registry.ID, error) {
	if code == "" {
		return "", nil
	}
	for _, p := range v.programmes() {
		if p.Code == code {
			return p.ID, nil
		}
	}
	return "", registry.FailField(registry.Invalid, "parent", "programme.unknown", code)
}

func (s *Server) addBase(ctx context.Context, in *baseInput) (*baseOutput, error) {
	v, err := s.scopeFor(ctx, registry.AccreditBase)
	if err != nil {
		return nil, err
	}
	b := in.Body
	next := registry.Base{Code: b.Code, Programmes: b.Programmes, Campus: b.Campus, Name: b.Name, TZ: b.TZ, Contact: b.Contact, Address: b.Address, Hours: b.Hours,
		AccreditedFrom: b.AccreditedFrom, AccreditedUntil: b.AccreditedUntil, Manikins: b.Manikins,
		Signatories: signatories(b.Signatories), Status: registry.BaseAccredited}
	if next.Host, err = v.organization("host", b.Host); err != nil {
		return nil, err
	}
	if next.Accrediting, err = v.organization("accrediting", b.Accrediting); err != nil {
		return nil, err
	}
	base, err := s.Accredit.AddBase(ctx, actor(ctx), next)
	return &baseOutput{ETag: etag(base.Version), Body: base}, err
}

func (s *Server) base(ctx context.Context, code string) (registry.Base, error) {
	v, err := s.scope(ctx)
	if err != nil {
		return registry.Base{}, err
	}
	for _, b := range v.bases() {
		if b.Code == strings.ToUpper(code) {
			return b, nil
		}
	}
	return registry.Base{}, registry.Fail(registry.NotFound, "base.unknown", code)
}

func (s *Server) showBase(ctx context.Context, in *baseParams) (*baseOutput, error) {
	b, err := s.base(ctx, in.Code)
	return &baseOutput{ETag: etag(b.Version), Body: b}, err
}

func (s *Server) changeBase(ctx context.Context, in *changeBaseInput) (*baseOutput, error) {
	b, err := s.base(ctx, in.Code) // another federation's base is not there
	if err != nil {
		return nil, err
	}
	version, err := ifMatch(in.IfMatch, "base", b.Code)
	if err != nil {
		return nil, err
	}
	if version != b.Version { // what is decided depends on what was seen
		return nil, registry.Fail(registry.Stale, "base.stale", b.Code)
	}
	b, err = s.Accredit.ChangeBase(ctx, actor(ctx), in.over(b), registry.BaseStatus(in.Body.Status))
	return &baseOutput{ETag: etag(b.Version), Body: b}, err
}

func (s *Server) addCourse(ctx context.Context, in *courseInput) (*courseOutput, error) {
	b := in.Body
	c, err := s.Accredit.AddCourse(ctx, actor(ctx), registry.Course{Code: b.Code, Version: b.Version, Programme: b.Programme, Title: b.Title,
		Category: b.Category, Level: b.Level, Kind: registry.CredentialKind(b.Kind), Delivery: registry.Delivery(b.Delivery), Minutes: b.Minutes,
		Practical: b.Practical, AttendanceMin: b.AttendanceMin, PassMark: b.PassMark, MaxAttempts: b.MaxAttempts, Skills: b.Skills,
		Prerequisites: b.Prerequisites, MinAge: b.MinAge, ValidityMonths: b.ValidityMonths, Expiry: expiry(b.Expiry), RecertOf: b.RecertOf,
		RatioWarn: b.RatioWarn, RatioMax: b.RatioMax, CME: b.CME, Status: registry.CourseActive, RequireID: b.RequireID, GuidelineYear: b.GuidelineYear})
	return &courseOutput{c}, err
}

func expiry(s string) registry.Expiry {
	if s == "" {
		return registry.ExactDay
	}
	return registry.Expiry(s)
}
