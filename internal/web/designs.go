package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/certificate"
	"github.com/passmuster/passmuster/internal/design"
	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/look"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/templates/staff"
	"github.com/passmuster/passmuster/templates/ui"
)

const designsPath = "/registry/templates"

func (s *Server) mountDesigns(e *gin.Engine) {
	get(e, designsPath, s.staff(func(c *gin.Context, v visitor) error {
		return s.showDesigns(c, v, c.Query("issuer"), nil)
	}))
	e.POST(designsPath+"/choose", s.staff(s.chooseDesign))
	e.POST(designsPath+"/artwork", s.staff(s.usePicture))
	get(e, designsPath+"/artwork/:sha", s.staff(s.sendArtwork))
	get(e, designsPath+"/:id", s.staff(s.showDesign))
	get(e, designsPath+"/:id/sketch.svg", s.staff(s.sendSketch))
	get(e, designsPath+"/:id/preview.pdf", s.staff(s.sendPreview))
	e.POST(designsPath+"/:id/preview.pdf", s.staff(s.sendPreview))
	e.POST(designsPath+"/:id/text", s.staff(s.saveDesign))
	get(e, "/registry/signatories/:owner", s.staff(s.showSigners))
	e.POST("/registry/signatories/:owner", s.staff(s.saveSigners))
}

// overview reads the issuer that was asked for, or the first that the account
// may look at.
func (s *Server) overview(c *gin.Context, v visitor, issuer string) (design.Overview, []registry.Organization, error) {
	ctx := c.Request.Context()
	issuers, err := s.Design.Issuers(ctx, v.actor)
	if err != nil {
		return design.Overview{}, nil, err
	}
	if issuer == "" {
		issuer = issuers[0].Code
	}
	o, err := s.Design.Overview(ctx, v.actor, issuer)
	return o, issuers, err
}

// showDesigns answers with the page of an issuer's templates; refused is the
// upload that brought it about, if it was refused.
func (s *Server) showDesigns(c *gin.Context, v visitor, issuer string, refused *refusedPicture) error {
	o, issuers, err := s.overview(c, v, issuer)
	if err != nil {
		return err
	}
	p := edge.Printer(c)
	page := staff.Designs{Frame: s.frame(c, v, designsPath), Issuer: o.Issuer.Code, Name: p.Text(o.Issuer.Name), MayEdit: o.MayEdit}
	for _, i := range issuers {
		page.Issuers = append(page.Issuers, ui.Option{Value: i.Code, Label: p.Text(i.Name)})
	}
	n := designNames{c, o}
	page.Kinds, page.Cards, page.Pictures, page.History = n.kinds(), n.cards(), n.pictures(), n.history()
	if page.Signers, err = s.signerLines(c, v, o); err != nil {
		return err
	}
	status := http.StatusOK
	if refused != nil {
		page.Refusal, status = refused.said, refused.status
		for i := range page.Pictures {
			if page.Pictures[i].Role == refused.role {
				page.Pictures[i].Input, page.Pictures[i].Wrong = refused.input, refused.wrong
			}
		}
	}
	return show(c, status, staff.DesignsPage(page))
}

// designNames writes what an overview holds for the reader.
type designNames struct {
	c *gin.Context
	o design.Overview
}

func (n designNames) text(key string, args ...any) string { return text(n.c, key, args...) }

func (n designNames) url(id string) string {
	return designsPath + "/" + url.PathEscape(id) + "?issuer=" + url.QueryEscape(n.o.Issuer.Code)
}

// who names an account; what the registry did itself, it did.
func (n designNames) who(id registry.ID) string {
	if name := n.o.Names[id]; name != "" {
		return name
	}
	return n.text("designs.somebody")
}

func (n designNames) day(at interface{ IsZero() bool }, d registry.Date) string {
	if at.IsZero() {
		return ""
	}
	return edge.Printer(n.c).Date(d)
}

// own names a version of an own design.
func (n designNames) own(d store.OwnDesign) string {
	return n.text("designs.own", d.Version, n.day(d.At, registry.DateOf(d.At)), n.who(d.By))
}

// title is the name of a design by its id, the id itself where it has none.
func (n designNames) title(id string) string {
	for _, info := range n.o.BuiltIn {
		if info.ID == id {
			return edge.Printer(n.c).Text(info.Title)
		}
	}
	for _, d := range n.o.Own {
		if d.Name+"-"+strconv.Itoa(d.Version) == id {
			if parsed, err := certificate.ParseDesign(d.Source); err == nil {
				return edge.Printer(n.c).Text(parsed.Info().Title) + " · " + n.text("designs.version", d.Version)
			}
		}
	}
	return id
}

func (n designNames) kind(k registry.CredentialKind) string {
	return n.text("verdict.kind." + string(k))
}

// usual is the built-in design of a kind for which none is chosen.
func usual(k registry.CredentialKind) string {
	d, err := certificate.DesignFor(k, certificate.Paper)
	if err != nil {
		return ""
	}
	return d.ID()
}

// kinds tells for each kind which design it has and which it could have.
func (n designNames) kinds() []staff.KindDesign {
	var list []staff.KindDesign
	for _, k := range design.Kinds {
		choice := n.o.Choices[k]
		chosen := design.ChosenID(choice)
		id := first(chosen, usual(k))
		row := staff.KindDesign{Kind: string(k), Label: n.kind(k), Design: staff.Link{Text: n.title(id), URL: n.url(id)}, Chosen: chosen}
		if !choice.At.IsZero() {
			row.Since = n.text("designs.since", n.day(choice.At, registry.DateOf(choice.At)), n.who(choice.By))
		}
		row.Options = []ui.Option{{Value: "", Label: n.text("designs.usual.option", n.title(usual(k)))}}
		for _, info := range n.o.BuiltIn {
			if info.Medium == certificate.Paper && slices.Contains(info.Kinds, k) {
				row.Options = append(row.Options, ui.Option{Value: info.ID, Label: edge.Printer(n.c).Text(info.Title)})
			}
		}
		for _, d := range n.o.Own {
			parsed, err := certificate.ParseDesign(d.Source)
			if err == nil && parsed.Info().Medium == certificate.Paper && slices.Contains(parsed.Info().Kinds, k) {
				id := d.Name + "-" + strconv.Itoa(d.Version)
				row.Options = append(row.Options, ui.Option{Value: id, Label: n.title(id)})
			}
		}
		list = append(list, row)
	}
	return list
}

// usedFor lists the kinds that have the design now.
func (n designNames) usedFor(id string) []string {
	var list []string
	for _, k := range design.Kinds {
		if first(design.ChosenID(n.o.Choices[k]), usual(k)) == id {
			list = append(list, n.kind(k))
		}
	}
	return list
}

// cards are the newest version of each own design, and the built-in ones.
func (n designNames) cards() []staff.DesignCard {
	var list []staff.DesignCard
	for _, d := range n.o.Own {
		id := d.Name + "-" + strconv.Itoa(d.Version)
		if i := len(list) - 1; i >= 0 && strings.HasPrefix(list[i].ID, d.Name+"-") && d.Name == n.nameOf(list[i].ID) {
			list[i].Older = append(list[i].Older, staff.Link{Text: strconv.Itoa(d.Version), URL: n.url(id)})
			continue
		}
		card := staff.DesignCard{ID: id, Title: d.Name, Origin: d.Name + " · " + n.own(d), Own: true}
		if parsed, err := certificate.ParseDesign(d.Source); err == nil {
			card.Title, card.Facts = edge.Printer(n.c).Text(parsed.Info().Title), n.facts(parsed.Info())
		}
		list = append(list, n.finish(card))
	}
	builtIn := slices.Clone(n.o.BuiltIn)
	slices.SortStableFunc(builtIn, func(a, b certificate.DesignInfo) int { return place(a) - place(b) })
	for _, info := range builtIn {
		list = append(list, n.finish(staff.DesignCard{ID: info.ID, Title: edge.Printer(n.c).Text(info.Title), Origin: n.text("designs.builtin"), Facts: n.facts(info)}))
	}
	return list
}

// place puts designs into the order of the kinds that they are for, cards last.
func place(info certificate.DesignInfo) int {
	if info.Medium != certificate.Paper || len(info.Kinds) == 0 {
		return len(design.Kinds)
	}
	return slices.Index(design.Kinds, info.Kinds[0])
}

func (n designNames) nameOf(id string) string { return id[:strings.LastIndexByte(id, '-')] }

func (n designNames) finish(card staff.DesignCard) staff.DesignCard {
	card.URL, card.Used = n.url(card.ID), n.usedFor(card.ID)
	card.Sketch = designsPath + "/" + url.PathEscape(card.ID) + "/sketch.svg?issuer=" + url.QueryEscape(n.o.Issuer.Code)
	return card
}

func (n designNames) facts(info certificate.DesignInfo) string {
	medium := n.text("designs.paper")
	if info.Medium == certificate.Card {
		medium = n.text("designs.card")
	}
	names := []string{}
	for _, k := range info.Kinds {
		names = append(names, n.kind(k))
	}
	return medium + " · " + strings.Join(names, n.text("list.comma"))
}

// pictures are the logo and the seal as they are in use.
func (n designNames) pictures() []staff.PictureUse {
	var list []staff.PictureUse
	for _, role := range look.Roles {
		p := staff.PictureUse{Role: role, Label: n.text("designs." + role), Hint: n.text("designs." + role + ".hint"), NeedsPermission: role == look.Seal}
		if use := n.o.Pictures[role]; use.SHA256 != "" {
			p.URL = fmt.Sprintf("%s/artwork/%s?issuer=%s", designsPath, use.SHA256, url.QueryEscape(n.o.Issuer.Code))
			p.Since = n.text("designs.picture.since", n.day(use.At, registry.DateOf(use.At)), n.who(use.By))
			p.Permission = use.Note
			if use.PermittedBy != "" {
				p.Permission = n.text("designs.picture.permitted", use.PermittedBy, use.Note)
			}
		}
		list = append(list, p)
	}
	return list
}

// history lists what was changed, newest first.
func (n designNames) history() []staff.HistoryLine {
	type dated struct {
		id string
		staff.HistoryLine
	}
	var all []dated
	add := func(id string, at registry.Date, note, key string, args ...any) {
		all = append(all, dated{id, staff.HistoryLine{When: edge.Printer(n.c).Date(at), Text: n.text(key, args...), Note: note}})
	}
	for _, h := range n.o.History {
		title := n.text("designs.usual")
		if id := design.ChosenID(h); id != "" {
			title = n.title(id)
		}
		add(h.At.Format("20060102150405.000000"), registry.DateOf(h.At), "", "designs.history.choice", n.kind(h.Kind), title, n.who(h.By))
	}
	for _, u := range n.o.Uses {
		key := "designs.history.use"
		if u.SHA256 == "" {
			key = "designs.history.remove"
		}
		note := u.Note
		if u.PermittedBy != "" {
			note = n.text("designs.picture.permitted", u.PermittedBy, u.Note)
		}
		add(u.At.Format("20060102150405.000000"), registry.DateOf(u.At), note, key, n.text("designs."+u.Role), n.who(u.By))
	}
	for _, d := range n.o.Own {
		add(d.At.Format("20060102150405.000000"), registry.DateOf(d.At), d.Note, "designs.history.save", d.Name+"-"+strconv.Itoa(d.Version), n.who(d.By))
	}
	slices.SortStableFunc(all, func(a, b dated) int { return strings.Compare(b.id, a.id) })
	var list []staff.HistoryLine
	for _, h := range all {
		list = append(list, h.HistoryLine)
	}
	return list
}

// chooseDesign handles POST /registry/templates/choose.
func (s *Server) chooseDesign(c *gin.Context, v visitor) error {
	issuer := c.PostForm("issuer")
	_, err := s.Design.Choose(c.Request.Context(), v.actor, issuer, registry.CredentialKind(c.PostForm("kind")), c.PostForm("design"))
	if err != nil {
		return s.designsRefused(c, v, issuer, "", staff.PictureInput{}, err)
	}
	s.flash(c, ui.Good, "designs.flash.chosen")
	return to(c, designsPath+"?issuer="+url.QueryEscape(issuer))
}

// refusedPicture is an upload that was refused, with what was typed.
type refusedPicture struct {
	role   string
	input  staff.PictureInput
	wrong  staff.Wrongs
	said   *staff.Refusal
	status int
}

func (s *Server) designsRefused(c *gin.Context, v visitor, issuer, role string, input staff.PictureInput, err error) error {
	said, status, fault := refused(c, err)
	if fault != nil {
		return fault
	}
	r := &refusedPicture{role: role, input: input, said: said, status: status, wrong: staff.Wrongs{}}
	if field := fieldOf(err); field != "" && role != "" {
		r.wrong[field] = [2]string{said.Message, said.Fix}
		r.said = &staff.Refusal{Message: said.Message, Fix: said.Fix}
	}
	return s.showDesigns(c, v, issuer, r)
}

// sendArtwork handles GET /registry/templates/artwork/:sha.
func (s *Server) sendArtwork(c *gin.Context, v visitor) error {
	a, err := s.Design.Picture(c.Request.Context(), v.actor, c.Query("issuer"), c.Param("sha"))
	if err != nil {
		return err
	}
	c.Header("Cache-Control", "private, max-age=3600")
	c.Data(http.StatusOK, "image/png", a.PNG)
	return nil
}

// sendSketch handles GET /registry/templates/:id/sketch.svg.
func (s *Server) sendSketch(c *gin.Context, v visitor) error {
	item, err := s.Design.Design(c.Request.Context(), v.actor, c.Query("issuer"), c.Param("id"))
	if err != nil {
		return err
	}
	svg, err := design.Sketch(item.Info.Source)
	if err != nil {
		return err
	}
	c.Header("Cache-Control", "private, max-age=3600")
	c.Data(http.StatusOK, "image/svg+xml", svg)
	return nil
}
