package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/certificate"
	"github.com/passmuster/passmuster/internal/design"
	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/templates/staff"
	"github.com/passmuster/passmuster/templates/ui"
)

// framing is the content security policy of a page that shows a PDF of ours in
// a frame; everything else is as on every page.
const framing = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; frame-src 'self'; object-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// maxDesign is the largest form with the text of a design, in bytes: written in
// percent signs, each of its characters can take three times its room.
const maxDesign = 1 << 20

// showDesign handles GET /registry/templates/:id.
func (s *Server) showDesign(c *gin.Context, v visitor) error {
	page, err := s.designPage(c, v, c.Query("issuer"))
	if err != nil {
		return err
	}
	if page.Tab == "text" {
		source, err := s.Design.Draft(c.Request.Context(), v.actor, page.Issuer, page.ID)
		if err != nil {
			return err
		}
		page.Source = string(source)
	}
	c.Header("Content-Security-Policy", framing)
	return show(c, http.StatusOK, staff.DesignPageOf(page))
}

// designPage fills everything but the text.
func (s *Server) designPage(c *gin.Context, v visitor, issuer string) (staff.DesignPage, error) {
	o, _, err := s.overview(c, v, issuer)
	if err != nil {
		return staff.DesignPage{}, err
	}
	item, err := s.Design.Design(c.Request.Context(), v.actor, o.Issuer.Code, c.Param("id"))
	if err != nil {
		return staff.DesignPage{}, err
	}
	n := designNames{c, o}
	p := edge.Printer(c)
	page := staff.DesignPage{Frame: s.frame(c, v, designsPath), Issuer: o.Issuer.Code, Name: p.Text(o.Issuer.Name), ID: item.ID, Title: p.Text(item.Info.Title),
		Origin: n.text("designs.builtin"), MayEdit: o.MayEdit, Own: item.Own != nil, Draft: item.Own == nil, Card: item.Info.Medium == certificate.Card,
		Used: n.usedFor(item.ID), Choice: previewChoice(c, item)}
	if item.Own != nil {
		page.Origin = n.own(*item.Own)
	}
	switch tab := c.Query("tab"); tab {
	case "names", "text":
		page.Tab = tab
	}
	page.Samples = sampleLines(c, page)
	for i, sample := range page.Samples {
		page.Choice.Samples = append(page.Choice.Samples, ui.Option{Value: sample.Key, Label: sample.Label})
		if i == 0 && page.Choice.Sample == "" {
			page.Choice.Sample = sample.Key
		}
	}
	for _, d := range o.Own {
		if item.Own != nil && d.Name == item.Name {
			label := n.text("designs.version", d.Version) + " · " + n.day(d.At, registry.DateOf(d.At)) + " · " + n.who(d.By)
			if d.Note != "" {
				label += " · " + d.Note
			}
			page.Older = append(page.Older, staff.Link{Text: label, URL: n.url(d.Name + "-" + strconv.Itoa(d.Version))})
		}
	}
	return page, nil
}

// previewChoice reads what the preview shows from the address, and lists what it
// could show. What is not on the list is as if it were not there.
func previewChoice(c *gin.Context, item design.Item) staff.PreviewChoice {
	ch := staff.PreviewChoice{Sample: c.Query("sample"), Plain: c.Query("plain") != ""}
	for _, k := range item.Info.Kinds {
		ch.Kinds = append(ch.Kinds, ui.Option{Value: string(k), Label: text(c, "verdict.kind."+string(k))})
	}
	for _, pair := range []string{"zh+en", "ru+en", "en"} {
		ch.Langs = append(ch.Langs, ui.Option{Value: pair, Label: text(c, "staff.languages."+pair)})
	}
	ch.Signatories = []ui.Option{{Value: "", Label: text(c, "designs.signatories.usual")}}
	for n := 1; n <= registry.MaxSignatories; n++ {
		ch.Signatories = append(ch.Signatories, ui.Option{Value: strconv.Itoa(n), Label: strconv.Itoa(n)})
	}
	pair := "en"
	switch edge.Lang(c) {
	case "zh":
		pair = "zh+en"
	case "ru":
		pair = "ru+en"
	}
	ch.Kind, ch.Lang = among(ch.Kinds, c.Query("kind"), ""), among(ch.Langs, c.Query("langs"), pair)
	ch.Signers = among(ch.Signatories, c.Query("signatories"), "")
	return ch
}

// among returns the value if it is one of the options, or other if that is one,
// or else the first.
func among(options []ui.Option, values ...string) string {
	for _, v := range values {
		for _, o := range options {
			if o.Value == v {
				return v
			}
		}
	}
	if len(options) == 0 {
		return ""
	}
	return options[0].Value
}

// sampleLines lists the names that are hard to print, with the page and the PDF
// that show each.
func sampleLines(c *gin.Context, page staff.DesignPage) []staff.SampleLine {
	var list []staff.SampleLine
	for _, sample := range certificate.WorstNames(registry.CredentialKind(page.Choice.Kind), design.Pairs[page.Choice.Lang]) {
		shown := page
		shown.Choice.Sample, shown.Tab = sample.Key, ""
		list = append(list, staff.SampleLine{Key: sample.Key, Label: text(c, "design.sample."+sample.Key), Name: sample.Snapshot.Name,
			URL: strings.Replace(shown.PDF(), "/preview.pdf?", "?", 1), PDF: shown.PDF()})
	}
	return list
}

// sendPreview handles GET /registry/templates/:id/preview.pdf, and POST with a
// text that is not stored yet.
func (s *Server) sendPreview(c *gin.Context, v visitor) error {
	in := design.PreviewInput{Design: c.Param("id"), Kind: registry.CredentialKind(c.Query("kind")), Langs: design.Pairs[c.Query("langs")],
		Sample: c.Query("sample"), Plain: c.Query("plain") != ""}
	in.Signatories, _ = strconv.Atoi(c.Query("signatories")) // none: as the sample has it
	issuer := c.Query("issuer")
	if c.Request.Method == http.MethodPost {
		if err := edge.AllowBody(c, maxDesign); err != nil {
			return err
		}
		in.Source = []byte(c.PostForm("source"))
	}
	file, err := s.Design.Preview(c.Request.Context(), v.actor, issuer, in)
	if err != nil {
		return err
	}
	// The page around it may frame it, nobody else's; the viewers of browsers
	// need no more than that, and a PDF runs nothing here.
	c.Header("Content-Security-Policy", "frame-ancestors 'self'")
	c.Header("Content-Disposition", `inline; filename="sample.pdf"`)
	c.Data(http.StatusOK, "application/pdf", file)
	return nil
}

// saveDesign handles POST /registry/templates/:id/text: the text becomes a new
// version, or is only tried. Whatever is wrong with it, it comes back as typed.
func (s *Server) saveDesign(c *gin.Context, v visitor) error {
	if err := edge.AllowBody(c, maxDesign); err != nil {
		return err
	}
	source, note, issuer := strings.ReplaceAll(c.PostForm("source"), "\r\n", "\n"), c.PostForm("note"), c.PostForm("issuer")
	if c.PostForm("do") == "try" {
		_, err := s.Design.Check([]byte(source))
		return s.designText(c, v, issuer, source, note, err)
	}
	own, err := s.Design.Save(c.Request.Context(), v.actor, issuer, []byte(source), note)
	if err != nil {
		return s.designText(c, v, issuer, source, note, err)
	}
	s.flash(c, ui.Good, "designs.flash.saved", own.Version)
	return to(c, designsPath+"/"+url.PathEscape(own.Name+"-"+strconv.Itoa(own.Version))+"?issuer="+url.QueryEscape(issuer))
}

// designText shows a text as typed, with what is wrong with it.
func (s *Server) designText(c *gin.Context, v visitor, issuer, source, note string, err error) error {
	page, fault := s.designPage(c, v, issuer)
	if fault != nil {
		return fault
	}
	page.Tab, page.Source, page.Note, page.Tried = "text", source, note, err == nil
	status := http.StatusOK
	if err != nil {
		said, code, fault := refused(c, err)
		if fault != nil {
			return fault
		}
		status = code
		page.Faults = sourceFaults(c, source, err)
		if len(page.Faults) == 0 {
			page.Refusal = said
		}
	}
	c.Header("Content-Security-Policy", framing)
	return show(c, status, staff.DesignPageOf(page))
}

// sourceFaults tells what is wrong with a text, each with the line that it is
// about.
func sourceFaults(c *gin.Context, source string, err error) []staff.SourceFault {
	var refusal *registry.Error
	if !errors.As(err, &refusal) {
		return nil
	}
	lines := strings.Split(source, "\n")
	var list []staff.SourceFault
	for _, item := range edge.Items(edge.Printer(c), refusal.Faults) {
		f := staff.SourceFault{Path: item.Field, Message: item.Message, Fix: item.Fix, Line: design.Line([]byte(source), item.Field)}
		if item.Row > 0 {
			f.Line = item.Row
		}
		if f.Line > 0 && f.Line <= len(lines) {
			f.Around = cut(strings.TrimSpace(lines[f.Line-1]), 160)
		}
		list = append(list, f)
	}
	return list
}

func cut(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
