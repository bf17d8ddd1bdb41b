package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/passmuster/passmuster/internal/accredit"
	"github.com/passmuster/passmuster/internal/registry"
)

type organizationParams struct {
	Code string `path:"code" maxLength:"16"`
}

type keptOrganization struct {
	ETag string `header:"ETag"`
	Body registry.Organization
}

type changeOrganizationInput struct {
	Code string `path:"code" maxLength:"16"`
	IfMatchParam
	Body struct {
		Name      registry.Text `json:"name,omitempty" doc:"Left out: as it is"`
		Aliases   []string      `json:"aliases,omitempty" maxItems:"50"`
		Type      string        `json:"type,omitempty" enum:"federation,movement,branch,hospital,university,association,alliance,foundation,government,company,team"`
		Region    string        `json:"region,omitempty" maxLength:"6"`
		TZ        string        `json:"tz,omitempty" maxLength:"40"`
		Parent    string        `json:"parent,omitempty" maxLength:"16" doc:"Code of the organization above"`
		Dissolved *bool         `json:"dissolved,omitempty"`
		Successor string        `json:"successor,omitempty" maxLength:"16" doc:"Code"`
	}
}

type starterInput struct {
	Body struct {
		Organization string   `json:"organization" maxLength:"16" doc:"Code of the scheme owner that keeps the courses"`
		Programme    string   `json:"programme,omitempty" maxLength:"10" doc:"Code; left out: its first one, or a new one"`
		Courses      []string `json:"courses,omitempty" maxItems:"50" doc:"Codes; left out: all"`
	}
}

type starterOutput struct {
	Body struct {
		Programme string   `json:"programme"`
		Added     []string `json:"added" nullable:"false"`
		Kept      []string `json:"kept" nullable:"false" doc:"Codes that were there already"`
	}
}

type versionParams struct {
	Code    string `path:"code" maxLength:"10"`
	Version int    `path:"version" minimum:"1"`
}

type keptCourse struct {
	ETag string `header:"ETag"`
	Body registry.Course
}

type moveCourseInput struct {
	Code    string `path:"code" maxLength:"10"`
	Version int    `path:"version" minimum:"1"`
	IfMatchParam
	Body struct {
		Status string                `json:"status,omitempty" enum:"active,retired" doc:"A draft is put to use, one in use retired; the version in use before retires"`
		Title  registry.Text         `json:"title,omitempty" doc:"Of a draft"`
		Skills *registry.SkillsSheet `json:"skills,omitempty" doc:"Of a draft"`
	}
}

type codeParams struct {
	Code string `path:"code" maxLength:"10"`
}

type accreditationInput struct {
	ID registry.ID `path:"id" maxLength:"36"`
	IfMatchParam
	Body struct {
		Status string         `json:"status,omitempty" enum:"active,suspended,lapsed"`
		Until  *registry.Date `json:"valid_until,omitempty" doc:"The last day; empty: open-ended"`
		Level  string         `json:"level,omitempty" enum:"assistant,instructor,lead,trainer_of_trainers"`
	}
}

type accreditationOutput struct {
	ETag string `header:"ETag"`
	Body registry.Accreditation
}

type trainerParams struct {
	Person registry.ID `path:"person" maxLength:"36"`
}

type trainerRecordOutput struct {
	Body struct {
		Person         registry.ID              `json:"person"`
		Name           string                   `json:"name"`
		Accreditations []registry.Accreditation `json:"accreditations" nullable:"false"`
		Taught         map[string]int           `json:"taught" doc:"Approved classes of the last 24 months, by course"`
	}
}

type invitationInput struct {
	Body struct {
		Organization string `json:"organization" maxLength:"16" doc:"Code"`
		Role         string `json:"role" enum:"trainer,coordinator,base_manager,approver,region,federation,hospital,auditor"`
		Name         string `json:"name,omitempty" maxLength:"200"`
		Email        string `json:"email,omitempty" maxLength:"254" doc:"If given, the account has this address"`
	}
}

// invitation is one with its link, while it is open.
type invitation struct {
	registry.Invitation
	State string `json:"state" enum:"open,used,ended,withdrawn"`
	Link  string `json:"link,omitempty" doc:"To be handed over; works once"`
}

type (
	invitationOutput struct{ Body invitation }
	invitationsList  struct{ Body list[invitation] }
)

type invitationParams struct {
	ID registry.ID `path:"id" maxLength:"36"`
}

// classRules is how strictly the classes of an issuer are held.
type classRules struct {
	Preset registry.Preset `json:"preset" enum:"strict,relaxed" doc:"Relaxed: too few trainers or manikins are pointed out, and stop nothing"`
}

type classRulesInput struct {
	Code string `path:"code" maxLength:"16" doc:"Code of the issuing organization"`
	Body classRules
}

type classRulesOutput struct{ Body classRules }

func (s *Server) mountKeeping(api huma.API) {
	op := func(method, path, id, summary string, more ...func(*huma.Operation)) huma.Operation {
		return operation(method, path, id, summary, append([]func(*huma.Operation){tag("registers"), s.staff}, more...)...)
	}
	edit := refuses(409, 412, 428)
	huma.Register(api, op(http.MethodGet, "/api/v1/organizations/{code}", "showOrganization", "One organization"), s.showOrganization)
	huma.Register(api, op(http.MethodPatch, "/api/v1/organizations/{code}", "changeOrganization", "Change an organization", edit), s.changeOrganization)
	huma.Register(api, op(http.MethodGet, "/api/v1/organizations/{code}/rules", "showRules", "How strictly an organization's classes are held, by its issuer's rule"), s.showRules)
	huma.Register(api, op(http.MethodPut, "/api/v1/organizations/{code}/rules", "setRules", "Say how strictly the classes of an issuer are held", refuses(409)), s.setRules)
	huma.Register(api, op(http.MethodPost, "/api/v1/courses/starter", "takeStarter", "Take courses of the starter catalogue", created, s.once), s.takeStarter)
	huma.Register(api, op(http.MethodPost, "/api/v1/courses/{code}/versions", "newCourseVersion", "Begin the draft of the next version", created, s.once), s.newVersion)
	huma.Register(api, op(http.MethodGet, "/api/v1/courses/{code}/versions/{version}", "showCourse", "One version of a course"), s.showCourse)
	huma.Register(api, op(http.MethodPatch, "/api/v1/courses/{code}/versions/{version}", "changeCourse", "Change a draft, put a version to use, retire one", edit), s.changeCourse)
	huma.Register(api, op(http.MethodGet, "/api/v1/trainers/{person}", "showTrainer", "What a person is accredited for"), s.showTrainer)
	huma.Register(api, op(http.MethodPatch, "/api/v1/accreditations/{id}", "changeAccreditation", "Suspend, reinstate, end or extend an accreditation", edit), s.changeAccreditation)
	huma.Register(api, op(http.MethodGet, "/api/v1/invitations", "listInvitations", "Invitations that you may hand out"), s.listInvitations)
	huma.Register(api, op(http.MethodPost, "/api/v1/invitations", "invite", "Invite somebody to a role, by a link that works once", created, s.once), s.invite)
	huma.Register(api, op(http.MethodDelete, "/api/v1/invitations/{id}", "withdrawInvitation", "Withdraw an invitation", refuses(409), noContent), s.withdrawInvitation)
}

// noContent makes 204 the answer of success.
func noContent(op *huma.Operation) { op.DefaultStatus = http.StatusNoContent }

func (s *Server) organization(ctx context.Context, code string) (registry.Organization, scope, error) {
	v, err := s.scope(ctx)
	if err != nil {
		return registry.Organization{}, v, err
	}
	for _, o := range v.organizations() {
		if strings.EqualFold(o.Code, code) {
			return o, v, nil
		}
	}
	return registry.Organization{}, v, registry.Fail(registry.NotFound, "organization.unknown", code)
}

func (s *Server) showOrganization(ctx context.Context, in *organizationParams) (*keptOrganization, error) {
	o, _, err := s.organization(ctx, in.Code)
	return &keptOrganization{etag(o.Version), o}, err
}

func (s *Server) changeOrganization(ctx context.Context, in *changeOrganizationInput) (*keptOrganization, error) {
	o, v, err := s.organization(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	if o.Version, err = ifMatch(in.IfMatch, "organization", o.Code); err != nil {
		return nil, err
	}
	b := in.Body
	if b.Name != nil {
		o.Name = b.Name
	}
	if b.Aliases != nil {
		o.Aliases = b.Aliases
	}
	if b.Type != "" {
		o.Type = registry.OrgType(b.Type)
	}
	if b.Region != "" {
		o.Region = b.Region
	}
	if b.TZ != "" {
		o.TZ = b.TZ
	}
	if b.Dissolved != nil {
		o.Dissolved = *b.Dissolved
	}
	if b.Parent != "" {
		if o.Parent, err = v.organization("parent", b.Parent); err != nil {
			return nil, err
		}
	}
	if b.Successor != "" {
		if o.Successor, err = v.organization("successor", b.Successor); err != nil {
			return nil, err
		}
	}
	o, err = s.Accredit.ChangeOrganization(ctx, actor(ctx), o)
	return &keptOrganization{etag(o.Version), o}, err
}

func (s *Server) showRules(ctx context.Context, in *organizationParams) (*classRulesOutput, error) {
	o, _, err := s.organization(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	preset, err := s.Training.PresetAt(ctx, o.ID)
	return &classRulesOutput{classRules{preset}}, err
}

func (s *Server) setRules(ctx context.Context, in *classRulesInput) (*classRulesOutput, error) {
	o, _, err := s.organization(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	return &classRulesOutput{in.Body}, s.Training.SetPreset(ctx, actor(ctx), o.ID, in.Body.Preset)
}

func (s *Server) takeStarter(ctx context.Context, in *starterInput) (*starterOutput, error) {
	o, _, err := s.organization(ctx, in.Body.Organization)
	if err != nil {
		return nil, err
	}
	taken, err := s.Accredit.TakeStarter(ctx, actor(ctx), accredit.Taking{Org: o.ID, Programme: in.Body.Programme, Codes: in.Body.Courses})
	out := &starterOutput{}
	out.Body.Programme, out.Body.Added, out.Body.Kept = taken.Programme.Code, []string{}, append([]string{}, taken.Kept...)
	for _, c := range taken.Added {
		out.Body.Added = append(out.Body.Added, c.Code)
	}
	return out, err
}

func (s *Server) course(ctx context.Context, code string, version int) (registry.Course, error) {
	v, err := s.scope(ctx)
	if err != nil {
		return registry.Course{}, err
	}
	for _, c := range v.courses() {
		if strings.EqualFold(c.Code, code) && c.Version == version {
			return c, nil
		}
	}
	return registry.Course{}, registry.Fail(registry.NotFound, "course.unknown", code)
}

func (s *Server) showCourse(ctx context.Context, in *versionParams) (*keptCourse, error) {
	c, err := s.course(ctx, in.Code, in.Version)
	return &keptCourse{etag(c.Edition), c}, err
}

func (s *Server) newVersion(ctx context.Context, in *codeParams) (*keptCourse, error) {
	c, err := s.Accredit.NewVersion(ctx, actor(ctx), strings.ToUpper(in.Code))
	return &keptCourse{etag(c.Edition), c}, err
}

func (s *Server) changeCourse(ctx context.Context, in *moveCourseInput) (*keptCourse, error) {
	c, err := s.course(ctx, in.Code, in.Version)
	if err != nil {
		return nil, err
	}
	edition, err := ifMatch(in.IfMatch, "course", c.Code)
	if err != nil {
		return nil, err
	}
	if in.Body.Title != nil || in.Body.Skills != nil {
		if c.Edition = edition; in.Body.Title != nil {
			c.Title = in.Body.Title
		}
		if in.Body.Skills != nil {
			c.Skills = *in.Body.Skills
		}
		if c, err = s.Accredit.ChangeDraft(ctx, actor(ctx), c); err != nil {
			return nil, err
		}
		edition = c.Edition
	}
	if in.Body.Status != "" {
		c, err = s.Accredit.MoveCourse(ctx, actor(ctx), c.Code, c.Version, edition, registry.CourseStatus(in.Body.Status))
	}
	return &keptCourse{etag(c.Edition), c}, err
}

func (s *Server) showTrainer(ctx context.Context, in *trainerParams) (*trainerRecordOutput, error) {
	r, err := s.Accredit.TrainerOf(ctx, actor(ctx), in.Person)
	out := &trainerRecordOutput{}
	out.Body.Person, out.Body.Name, out.Body.Taught = r.Person.ID, r.Person.Name, r.Taught
	out.Body.Accreditations = append([]registry.Accreditation{}, r.Held...)
	return out, err
}

func (s *Server) changeAccreditation(ctx context.Context, in *accreditationInput) (*accreditationOutput, error) {
	version, err := ifMatch(in.IfMatch, "trainer", in.ID)
	if err != nil {
		return nil, err
	}
	a, err := s.Accredit.ChangeTrainer(ctx, actor(ctx), in.ID, version, registry.TrainerStatus(in.Body.Status), in.Body.Until, in.Body.Level)
	return &accreditationOutput{etag(a.Version), a}, err
}

func (s *Server) listInvitations(ctx context.Context, _ *struct{}) (*invitationsList, error) {
	links, err := s.Auth.Invitations(ctx, actor(ctx))
	if err != nil {
		return nil, err
	}
	out := list[invitation]{Items: make([]invitation, len(links))}
	for i, l := range links {
		out.Items[i] = s.invitation(l.Invitation, l.Token)
	}
	return &invitationsList{out}, nil
}

func (s *Server) invitation(i registry.Invitation, token string) invitation {
	out := invitation{Invitation: i, State: string(i.StateAt(s.Now()))}
	if token != "" {
		out.Link = s.Origin + "/invite/" + token
	}
	return out
}

func (s *Server) invite(ctx context.Context, in *invitationInput) (*invitationOutput, error) {
	o, _, err := s.organization(ctx, in.Body.Organization)
	if err != nil {
		return nil, err
	}
	link, err := s.Auth.Invite(ctx, actor(ctx), registry.Invitation{Org: o.ID, Role: registry.Role(in.Body.Role), Name: in.Body.Name, Email: in.Body.Email,
		Lang: string(of(ctx).printer.Lang())})
	return &invitationOutput{s.invitation(link.Invitation, link.Token)}, err
}

func (s *Server) withdrawInvitation(ctx context.Context, in *invitationParams) (*struct{}, error) {
	return nil, s.Auth.WithdrawInvitation(ctx, actor(ctx), in.ID)
}
