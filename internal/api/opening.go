package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/accredit"
	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/registry"
)

// openingInput is everything that a new training base needs, in one request.
type openingInput struct {
	Body struct {
		Host         string            `json:"host,omitempty" maxLength:"16" doc:"Code of the organization that runs the base; left out: organization is added"`
		Organization *organizationBody `json:"organization,omitempty" doc:"A new one, where there is no host yet"`
		Base         struct {
			Code            string         `json:"code" maxLength:"6" doc:"2 to 6 of A–Z"`
			Name            registry.Text  `json:"name,omitempty" doc:"As it prints itself on certificates; left out: the organization's"`
			Programmes      []string       `json:"programmes,omitempty" maxItems:"50" nullable:"false" doc:"Left out: that of the courses"`
			Campus          string         `json:"campus,omitempty" maxLength:"100"`
			TZ              string         `json:"tz,omitempty" maxLength:"40" doc:"Left out: the organization's"`
			Contact         string         `json:"contact,omitempty" maxLength:"200" doc:"Whom to call when a result is unclear; public"`
			Address         registry.Text  `json:"address,omitempty" doc:"By language; public"`
			Hours           registry.Hours `json:"hours,omitempty" maxItems:"28" nullable:"false" doc:"Opening hours of a week by the clock of the base; public"`
			AccreditedFrom  registry.Date  `json:"accredited_from"`
			AccreditedUntil registry.Date  `json:"accredited_until,omitzero" doc:"Inclusive; left out: open-ended"`
			Manikins        int            `json:"manikins,omitempty" minimum:"0"`
			Signatories     []newSignatory `json:"signatories,omitempty" maxItems:"12" nullable:"false"`
		} `json:"base"`
		Courses []string `json:"courses,omitempty" maxItems:"50" nullable:"false" doc:"Of the starter catalogue, taken where they are missing"`
		Manager *struct {
			Name  string `json:"name,omitempty" maxLength:"200"`
			Email string `json:"email,omitempty" maxLength:"254"`
		} `json:"manager,omitempty" doc:"Who is invited to manage the base"`
	}
}

type openingOutput struct {
	Location string `header:"Location" doc:"Of the base"`
	Body     struct {
		Organization registry.Organization `json:"organization"`
		Base         registry.Base         `json:"base"`
		Added        []string              `json:"courses_added" nullable:"false"`
		Invitation   *invitation           `json:"invitation,omitempty" doc:"Of the manager, with the link to hand over"`
	}
}

// listImport is a list of a register, and what taking it does.
type listImport struct {
	ID        registry.ID        `json:"id"`
	Kind      string             `json:"kind" enum:"organizations,bases,trainers,accounts"`
	Filename  string             `json:"filename"`
	SHA256    string             `json:"sha256"`
	Status    string             `json:"status" enum:"previewed,done"`
	Rows      int                `json:"rows"`
	Created   int                `json:"created" doc:"That it would create, or has created"`
	Updated   int                `json:"updated"`
	Unchanged int                `json:"unchanged"`
	Rejected  int                `json:"rejected"`
	Errors    []edge.ProblemItem `json:"errors" nullable:"false"`
	CreatedAt time.Time          `json:"created_at"`
}

type listImportOutput struct{ Body listImport }

type commitListInput struct {
	ImportParams
	Body *struct {
		AllOrNothing bool `json:"all_or_nothing,omitempty" doc:"One bad row keeps all out (409)"`
	}
}

// mountOpening adds what begins a registry: bases with all that they need, and
// whole lists of registers.
func (s *Server) mountOpening(e *gin.Engine, api huma.API) {
	huma.Register(api, operation(http.MethodPost, "/api/v1/bases/open", "openBase", "Open a base: organization, base, courses and the manager's invitation, all or nothing",
		tag("registers"), created, s.staff, s.once, refuses(409)), s.openBase)
	huma.Register(api, operation(http.MethodGet, "/api/v1/register-imports/{id}", "showListImport", "A list of a register, and what taking it now would do",
		tag("imports"), s.staff, refuses(404)), s.showListImport)
	huma.Register(api, operation(http.MethodPost, "/api/v1/register-imports/{id}/commit", "commitListImport", "Take the good rows into the register",
		tag("imports"), s.staff, s.once, refuses(404, 409), describe("Committing twice changes nothing. Accounts are invited; their links are in the list of invitations.")), s.commitListImport)
	e.POST("/api/v1/register-imports", s.route(s.uploadList))
	d := documenter{api}
	d.add(plain{method: http.MethodPost, path: "/api/v1/register-imports", id: "uploadList", tag: "imports", staff: true, once: true,
		summary: "Upload a list of organizations, bases, trainers or accounts (XLSX; CSV) and see what taking it would do",
		body:    listForm(), status: 201, schema: d.schema(listImport{}), refuses: []int{400, 403, 404, 413, 422}, headers: []string{"Location"}})
}

func listForm() *huma.RequestBody {
	form := &huma.Schema{Type: huma.TypeObject, Required: []string{"file", "kind"}, AdditionalProperties: false, Properties: map[string]*huma.Schema{
		"file": {Type: huma.TypeString, Format: "binary", Description: "At most 10 MiB, 20,000 rows"},
		"kind": {Type: huma.TypeString, Enum: []any{"organizations", "bases", "trainers", "accounts"}},
	}}
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: form}}}
}

func (s *Server) openBase(ctx context.Context, in *openingInput) (*openingOutput, error) {
	v, err := s.scopeFor(ctx, registry.AccreditBase)
	if err != nil {
		return nil, err
	}
	b := in.Body
	opening := accredit.Opening{Courses: b.Courses, Base: registry.Base{Code: b.Base.Code, Name: b.Base.Name, Programmes: b.Base.Programmes, Campus: b.Base.Campus, TZ: b.Base.TZ,
		Contact: b.Base.Contact, Address: b.Base.Address, Hours: b.Base.Hours, AccreditedFrom: b.Base.AccreditedFrom, AccreditedUntil: b.Base.AccreditedUntil,
		Manikins: b.Base.Manikins, Signatories: signatories(b.Base.Signatories)}}
	switch {
	case b.Host != "":
		if opening.Organization.ID, err = v.organization("host", b.Host); err != nil {
			return nil, err
		}
	case b.Organization != nil:
		o := b.Organization
		opening.Organization = registry.Organization{Code: o.Code, Type: registry.OrgType(o.Type), Name: o.Name, Aliases: o.Aliases, Region: o.Region, TZ: o.TZ}
		if opening.Organization.Parent, err = v.organization("parent", o.Parent); err != nil {
			return nil, err
		}
		if len(opening.Base.Name) == 0 {
			opening.Base.Name = o.Name
		}
	default:
		return nil, registry.FailField(registry.Invalid, "host", "organization.unknown", "")
	}
	if b.Manager != nil {
		opening.Invite = true
		opening.Manager = registry.Invitation{Name: b.Manager.Name, Email: b.Manager.Email, Lang: string(of(ctx).printer.Lang())}
	}
	opened, err := s.Accredit.OpenBase(ctx, actor(ctx), opening)
	if err != nil {
		return nil, err
	}
	out := &openingOutput{Location: "/api/v1/bases/" + opened.Base.Code}
	out.Body.Organization, out.Body.Base, out.Body.Added = opened.Organization, opened.Base, []string{}
	for _, c := range opened.Taken.Added {
		out.Body.Added = append(out.Body.Added, c.Code)
	}
	if opened.Token != "" {
		link := s.invitation(opened.Invitation, opened.Token)
		out.Body.Invitation = &link
	}
	return out, nil
}

// uploadList handles POST /api/v1/register-imports, a form with kind and file.
func (s *Server) uploadList(c *gin.Context, by registry.Actor) error {
	u, err := readUpload(c)
	if err != nil {
		return err
	}
	if u.mapping != nil {
		return registry.Fail(registry.Invalid, "request.unknown_field")
	}
	s.replay(c, u.hash(), func() {
		ctx := c.Request.Context()
		i, err := s.Accredit.StoreList(ctx, by, u.kind, u.filename, u.data)
		if err != nil {
			edge.Fail(c, err)
			return
		}
		p, err := s.Accredit.PreviewList(ctx, by, i.ID)
		if err != nil {
			edge.Fail(c, err)
			return
		}
		c.Header("Location", "/api/v1/register-imports/"+string(i.ID))
		c.PureJSON(http.StatusCreated, showList(ctx, p))
	})
	return nil
}

func (s *Server) showListImport(ctx context.Context, in *ImportParams) (*listImportOutput, error) {
	p, err := s.Accredit.PreviewList(ctx, actor(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &listImportOutput{showList(ctx, p)}, nil
}

func (s *Server) commitListImport(ctx context.Context, in *commitListInput) (*listImportOutput, error) {
	p, err := s.Accredit.CommitList(ctx, actor(ctx), in.ID, in.Body != nil && in.Body.AllOrNothing)
	if err != nil {
		return nil, err
	}
	return &listImportOutput{showList(ctx, p)}, nil
}

func showList(ctx context.Context, p accredit.ListPreview) listImport {
	i, r := p.Import, p.Report
	return listImport{ID: i.ID, Kind: i.Kind, Filename: i.Filename, SHA256: i.SHA256, Status: i.Status, Rows: len(p.Sheet.Rows), Created: r.Created, Updated: r.Updated,
		Unchanged: r.Unchanged, Rejected: r.Rejected, Errors: items(ctx, r.Faults), CreatedAt: i.CreatedAt}
}
