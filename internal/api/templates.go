package api

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/artwork"
	"github.com/passmuster/passmuster/internal/certificate"
	"github.com/passmuster/passmuster/internal/design"
	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/look"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// templateView is one design: a built-in one, or a version of an issuer's own.
type templateView struct {
	ID      string        `json:"id" doc:"Name and version: competence-1"`
	Name    string        `json:"name"`
	Version int           `json:"version"`
	BuiltIn bool          `json:"built_in"`
	Title   registry.Text `json:"title"`
	Medium  string        `json:"medium" enum:"certificate,card"`
	Kinds   []string      `json:"kinds" nullable:"false"`
	Note    string        `json:"note,omitempty"`
	SavedAt time.Time     `json:"saved_at,omitzero" doc:"Own designs alone"`
	Source  string        `json:"source,omitempty" doc:"The file (docs/templates.md); lists leave it out"`
}

// templateChoice is which design the certificates of a kind have.
type templateChoice struct {
	Kind     string    `json:"kind" enum:"competence,attendance,instructor,honour"`
	Template string    `json:"template" doc:"Id of the design; empty: the usual built-in one"`
	ChosenAt time.Time `json:"chosen_at,omitzero" doc:"Left out: nobody ever chose"`
}

// templatePicture is an issuer's logo, or the image of its seal.
type templatePicture struct {
	Role        string    `json:"role" enum:"logo,seal"`
	SHA256      string    `json:"sha256" doc:"Of the PNG that is kept, hex"`
	Note        string    `json:"note,omitempty" doc:"The permission, in words"`
	PermittedBy string    `json:"permitted_by,omitempty"`
	UsedSince   time.Time `json:"used_since"`
}

// templatesView is how an issuer's certificates look.
type templatesView struct {
	Issuer   string            `json:"issuer" doc:"Code of the organization"`
	MayEdit  bool              `json:"may_edit"`
	Items    []templateView    `json:"items" nullable:"false"`
	Choices  []templateChoice  `json:"choices" nullable:"false"`
	Pictures []templatePicture `json:"pictures" nullable:"false"`
}

// IssuerParam names the issuer.
type IssuerParam struct {
	Issuer string `query:"issuer" maxLength:"16" doc:"Code of the body that issues; left out: the first that you may look at"`
}

type (
	templatesOutput struct{ Body templatesView }
	templateOutput  struct{ Body templateView }
	choiceOutput    struct{ Body templateChoice }
	templateInput   struct {
		IssuerParam
		ID string `path:"id" maxLength:"80"`
	}
	saveTemplateInput struct {
		Body struct {
			Issuer string `json:"issuer" maxLength:"16" doc:"Code of the body that issues"`
			Source string `json:"source" maxLength:"300000" doc:"The file, JSON text (docs/templates.md); its version number is set when it is stored"`
			Note   string `json:"note,omitempty" maxLength:"500" doc:"What is new"`
		}
	}
	chooseInput struct {
		Kind string `path:"kind" enum:"competence,attendance,instructor,honour"`
		Body struct {
			Issuer   string `json:"issuer" maxLength:"16"`
			Template string `json:"template" maxLength:"80" doc:"Id of a design; empty: the usual built-in one. To go back, choose an earlier version"`
		}
	}
	dropPictureInput struct {
		Role   string `path:"role" enum:"logo,seal"`
		Issuer string `query:"issuer" required:"true" maxLength:"16"`
	}
	signatoriesInput struct {
		Code string `path:"code" maxLength:"16"`
	}
	saveSignatoriesInput struct {
		Code string `path:"code" maxLength:"16"`
		IfMatchParam
		Body struct {
			Items []newSignatory `json:"items" maxItems:"12" nullable:"false" doc:"At most three in office on one day"`
		}
	}
	signatoriesOutput struct {
		ETag string `header:"ETag"`
		Body list[registry.Signatory]
	}
)

func (s *Server) mountTemplates(e *gin.Engine, api huma.API) {
	op := func(method, path, id, summary string, more ...func(*huma.Operation)) huma.Operation {
		return operation(method, path, id, summary, append([]func(*huma.Operation){tag("templates"), s.staff, refuses(404)}, more...)...)
	}
	huma.Register(api, op(http.MethodGet, "/api/v1/templates", "listTemplates", "How an issuer's certificates look: designs, which is used for what, pictures"), s.listTemplates)
	huma.Register(api, op(http.MethodGet, "/api/v1/templates/{id}", "showTemplate", "One design, with its file"), s.showTemplate)
	huma.Register(api, op(http.MethodPost, "/api/v1/templates", "saveTemplate", "Store a design as the next version of its name", created, large, s.once,
		describe("It is tried with the names that are hardest to print, in every kind and pair of languages, and refused with all that is wrong. It is used once it is chosen.")), s.saveTemplate)
	huma.Register(api, op(http.MethodPut, "/api/v1/templates/choices/{kind}", "chooseTemplate", "Choose the design of a kind of certificate",
		describe("It counts for the classes that are approved from then on.")), s.chooseTemplate)
	huma.Register(api, op(http.MethodDelete, "/api/v1/templates/artwork/{role}", "dropArtwork", "Print without the issuer's logo or seal",
		describe("Certificates that have it keep it."), func(op *huma.Operation) { op.DefaultStatus = http.StatusNoContent }), s.dropArtwork)
	huma.Register(api, op(http.MethodGet, "/api/v1/organizations/{code}/signatories", "showSignatories", "Who signs for an issuer where a base names nobody"), s.showSignatories)
	huma.Register(api, op(http.MethodPut, "/api/v1/organizations/{code}/signatories", "saveSignatories", "Set who signs for an issuer, with terms of office",
		refuses(412, 428)), s.saveSignatories)

	e.PUT("/api/v1/templates/artwork/:role", s.route(s.useArtwork))
	e.GET("/api/v1/templates/artwork/:role", s.route(s.sendArtwork))
	e.GET("/api/v1/templates/:id/preview.pdf", s.route(s.previewTemplate))
	d := documenter{api}
	d.add(plain{method: http.MethodPut, path: "/api/v1/templates/artwork/{role}", id: "useArtwork", tag: "templates", staff: true, schema: d.schema(templatePicture{}),
		summary: "Put a logo, or the image of a seal, on an issuer's certificates", body: artworkForm(), refuses: []int{400, 404, 413, 422},
		text: "PNG or JPEG, judged by content, at most 2 MB, 4,000 pixels on a side and 12 megapixels. Kept are its pixels alone, at most 600 on the longer side. " +
			"A seal needs who permits it and in which words. Protected emblems (red cross, red crescent, arms of states, official seals) must not be used without right."})
	d.add(plain{method: http.MethodGet, path: "/api/v1/templates/artwork/{role}", id: "showArtwork", tag: "templates", staff: true, media: "image/png",
		summary: "The picture as it is printed now", refuses: []int{404, 422}})
	d.add(plain{method: http.MethodGet, path: "/api/v1/templates/{id}/preview.pdf", id: "previewTemplate", tag: "templates", staff: true, media: "application/pdf",
		summary: "A design as it would be printed, unsigned, with an invented person", refuses: []int{404, 422},
		text: "Query: issuer, kind, langs (zh+en, ru+en, en), sample (usual, long_russian, rare, …), signatories (1 to 3), plain=1 (without own logo and seal)."})
}

func (s *Server) overview(ctx context.Context, issuer string) (design.Overview, error) {
	if issuer == "" {
		all, err := s.Design.Issuers(ctx, actor(ctx))
		if err != nil {
			return design.Overview{}, err
		}
		issuer = all[0].Code
	}
	return s.Design.Overview(ctx, actor(ctx), strings.ToUpper(issuer))
}

func (s *Server) listTemplates(ctx context.Context, in *IssuerParam) (*templatesOutput, error) {
	o, err := s.overview(ctx, in.Issuer)
	if err != nil {
		return nil, err
	}
	v := templatesView{Issuer: o.Issuer.Code, MayEdit: o.MayEdit, Items: []templateView{}, Choices: []templateChoice{}, Pictures: []templatePicture{}}
	for _, own := range o.Own {
		v.Items = append(v.Items, ownTemplate(own))
	}
	for _, info := range o.BuiltIn {
		v.Items = append(v.Items, describeTemplate(info))
	}
	for _, kind := range design.Kinds {
		v.Choices = append(v.Choices, choiceView(kind, o.Choices[kind]))
	}
	for _, role := range look.Roles {
		if use := o.Pictures[role]; use.SHA256 != "" {
			v.Pictures = append(v.Pictures, pictureView(use))
		}
	}
	return &templatesOutput{v}, nil
}

func describeTemplate(info certificate.DesignInfo) templateView {
	t := templateView{ID: info.ID, Name: info.Name, Version: info.Version, BuiltIn: true, Title: info.Title, Medium: string(info.Medium), Kinds: []string{}}
	for _, k := range info.Kinds {
		t.Kinds = append(t.Kinds, string(k))
	}
	return t
}

// ownTemplate describes a stored version; one that this program can no longer
// read is named all the same.
func ownTemplate(own store.OwnDesign) templateView {
	t := templateView{Title: registry.Text{}, Medium: string(certificate.Paper), Kinds: []string{}}
	if d, err := certificate.ParseDesign(own.Source); err == nil {
		t = describeTemplate(d.Info())
	}
	t.ID, t.Name, t.Version, t.BuiltIn = own.Name+"-"+strconv.Itoa(own.Version), own.Name, own.Version, false
	t.Note, t.SavedAt = own.Note, own.At
	return t
}

func choiceView(kind registry.CredentialKind, c store.DesignChoice) templateChoice {
	return templateChoice{Kind: string(kind), Template: design.ChosenID(c), ChosenAt: c.At}
}

func pictureView(u store.ArtworkUse) templatePicture {
	return templatePicture{Role: u.Role, SHA256: u.SHA256, Note: u.Note, PermittedBy: u.PermittedBy, UsedSince: u.At}
}

func (s *Server) showTemplate(ctx context.Context, in *templateInput) (*templateOutput, error) {
	o, err := s.overview(ctx, in.Issuer)
	if err != nil {
		return nil, err
	}
	item, err := s.Design.Design(ctx, actor(ctx), o.Issuer.Code, in.ID)
	if err != nil {
		return nil, err
	}
	t := describeTemplate(item.Info)
	if item.Own != nil {
		t = ownTemplate(*item.Own)
	}
	t.Source = string(item.Info.Source)
	return &templateOutput{t}, nil
}

func (s *Server) saveTemplate(ctx context.Context, in *saveTemplateInput) (*templateOutput, error) {
	own, err := s.Design.Save(ctx, actor(ctx), in.Body.Issuer, []byte(in.Body.Source), in.Body.Note)
	if err != nil {
		return nil, err
	}
	t := ownTemplate(own)
	t.Source = string(own.Source)
	return &templateOutput{t}, nil
}

func (s *Server) chooseTemplate(ctx context.Context, in *chooseInput) (*choiceOutput, error) {
	kind := registry.CredentialKind(in.Kind)
	c, err := s.Design.Choose(ctx, actor(ctx), in.Body.Issuer, kind, in.Body.Template)
	return &choiceOutput{choiceView(kind, c)}, err
}

func (s *Server) dropArtwork(ctx context.Context, in *dropPictureInput) (*struct{}, error) {
	_, err := s.Design.UsePicture(ctx, actor(ctx), in.Issuer, design.PictureInput{Role: in.Role})
	return nil, err
}

func (s *Server) showSignatories(ctx context.Context, in *signatoriesInput) (*signatoriesOutput, error) {
	o, err := s.Design.Overview(ctx, actor(ctx), strings.ToUpper(in.Code))
	if err != nil {
		return nil, err
	}
	out := &signatoriesOutput{ETag: signatoriesTag(o.Version), Body: list[registry.Signatory]{Items: o.Signatories}}
	if out.Body.Items == nil {
		out.Body.Items = []registry.Signatory{}
	}
	return out, nil
}

// signatoriesTag counts from 1: a list that nobody made yet has a version too.
func signatoriesTag(version int64) string { return etag(version + 1) }

func (s *Server) saveSignatories(ctx context.Context, in *saveSignatoriesInput) (*signatoriesOutput, error) {
	version, err := ifMatch(in.IfMatch, "signatory", "")
	if err != nil {
		return nil, err
	}
	code := strings.ToUpper(in.Code)
	if err := s.Design.SaveSignatories(ctx, actor(ctx), code, version-1, signatories(in.Body.Items)); err != nil {
		return nil, err
	}
	return s.showSignatories(ctx, &signatoriesInput{Code: code})
}

func artworkForm() *huma.RequestBody {
	text := func(about string) *huma.Schema { return &huma.Schema{Type: huma.TypeString, Description: about} }
	form := &huma.Schema{Type: huma.TypeObject, Required: []string{"issuer", "file", "rights"}, AdditionalProperties: false, Properties: map[string]*huma.Schema{
		"issuer": text("Code of the body that issues"), "file": {Type: huma.TypeString, Format: "binary", Description: "At most 2 MB"},
		"rights": text("true: the issuer may use the picture on certificates"), "permitted_by": text("Who permits it; needed for a seal"),
		"note": text("The permission, in words or by its document; needed for a seal")}}
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: form}}}
}

// useArtwork handles PUT /api/v1/templates/artwork/{role}, a form with the file.
func (s *Server) useArtwork(c *gin.Context, by registry.Actor) error {
	in := design.PictureInput{Role: c.Param("role")}
	issuer, err := readArtwork(c, &in)
	if err != nil {
		return err
	}
	if len(in.File) == 0 {
		return registry.FailField(registry.Invalid, "file", "artwork.empty")
	}
	use, err := s.Design.UsePicture(c.Request.Context(), by, issuer, in)
	if err != nil {
		return err
	}
	c.PureJSON(http.StatusOK, pictureView(use))
	return nil
}

func readArtwork(c *gin.Context, in *design.PictureInput) (issuer string, err error) {
	if err := edge.AllowBody(c, artwork.MaxBytes+64<<10); err != nil {
		return "", registry.FailField(registry.TooLarge, "file", "artwork.bytes", artwork.MaxBytes>>20)
	}
	form, err := c.Request.MultipartReader()
	if err != nil {
		return "", registry.Fail(registry.Invalid, "request.form")
	}
	for {
		part, err := form.NextPart()
		if err == io.EOF {
			return issuer, nil
		}
		if err != nil {
			return "", formFault(err)
		}
		body, err := io.ReadAll(io.LimitReader(part, artwork.MaxBytes+1)) // one more: Read refuses it
		if err != nil {
			return "", formFault(err)
		}
		switch part.FormName() {
		case "file":
			in.File = body
		case "issuer":
			issuer = string(body)
		case "rights":
			in.Rights = string(body) == "true"
		case "permitted_by":
			in.PermittedBy = string(body)
		case "note":
			in.Note = string(body)
		default:
			return "", registry.Fail(registry.Invalid, "request.unknown_field")
		}
	}
}

// sendArtwork handles GET /api/v1/templates/artwork/{role}.
func (s *Server) sendArtwork(c *gin.Context, by registry.Actor) error {
	o, err := s.overview(c.Request.Context(), c.Query("issuer"))
	if err != nil {
		return err
	}
	a, err := s.Design.Picture(c.Request.Context(), by, o.Issuer.Code, o.Pictures[c.Param("role")].SHA256)
	if err != nil {
		return err
	}
	c.Data(http.StatusOK, "image/png", a.PNG)
	return nil
}

// previewTemplate handles GET /api/v1/templates/{id}/preview.pdf.
func (s *Server) previewTemplate(c *gin.Context, by registry.Actor) error {
	o, err := s.overview(c.Request.Context(), c.Query("issuer"))
	if err != nil {
		return err
	}
	in := design.PreviewInput{Design: c.Param("id"), Kind: registry.CredentialKind(c.Query("kind")), Langs: design.Pairs[strings.ReplaceAll(c.Query("langs"), " ", "+")],
		Sample: c.Query("sample"), Plain: c.Query("plain") != ""}
	in.Signatories, _ = strconv.Atoi(c.Query("signatories")) // none: as the sample has it
	file, err := s.Design.Preview(c.Request.Context(), by, o.Issuer.Code, in)
	if err != nil {
		return err
	}
	c.Header("Content-Disposition", `inline; filename="sample.pdf"`)
	c.Data(http.StatusOK, "application/pdf", file)
	return nil
}
