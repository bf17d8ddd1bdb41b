package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/design"
	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/templates/staff"
	"github.com/passmuster/passmuster/templates/ui"
)

// issuersOwn stands in the address for the issuer itself, where else the code of
// a base does: codes of bases are capital letters.
const issuersOwn = "issuer"

// signerLines lists who signs for the issuer and at each of its bases.
func (s *Server) signerLines(c *gin.Context, v visitor, o design.Overview) ([]staff.SignerLine, error) {
	p := edge.Printer(c)
	query := "?issuer=" + url.QueryEscape(o.Issuer.Code)
	lines := []staff.SignerLine{{Owner: p.Text(o.Issuer.Name), URL: "/registry/signatories/" + issuersOwn + query, Names: terms(c, o.Signatories), MayEdit: o.MayEdit}}
	bases, err := s.basesOf(c, v, o)
	for _, b := range bases {
		lines = append(lines, staff.SignerLine{Owner: p.Text(b.Name) + " · " + b.Code, URL: "/registry/signatories/" + b.Code + query, Names: terms(c, b.Signatories),
			Inherits: len(b.Signatories) == 0 && len(o.Signatories) > 0, MayEdit: o.MayEdit})
	}
	return lines, err
}

// basesOf lists the bases that the issuer accredited and the account may see.
func (s *Server) basesOf(c *gin.Context, v visitor, o design.Overview) ([]registry.Base, error) {
	n, err := s.names(c)
	if err == nil {
		n, err = s.scope(c.Request.Context(), n, v.actor, registry.ReadTemplate)
	}
	var list []registry.Base
	for _, b := range n.all.Bases {
		if b.Accrediting == o.Issuer.ID {
			list = append(list, b)
		}
	}
	return list, err
}

// terms names people with their office and their term.
func terms(c *gin.Context, list []registry.Signatory) []string {
	p := edge.Printer(c)
	var names []string
	for _, g := range list {
		line := g.Name
		if title := p.Text(g.Title); title != "" {
			line += " · " + title
		}
		switch {
		case !g.From.IsZero() && !g.Until.IsZero():
			line += " · " + p.T("designs.term.both", g.From, g.Until)
		case !g.From.IsZero():
			line += " · " + p.T("designs.term.from", g.From)
		case !g.Until.IsZero():
			line += " · " + p.T("designs.term.until", g.Until)
		}
		names = append(names, line)
	}
	return names
}

// signers is who signs for an owner, as it is stored.
type signers struct {
	owner, name string
	list        []registry.Signatory
	version     int64
}

func (s *Server) signersOf(c *gin.Context, v visitor, o design.Overview) (signers, error) {
	p := edge.Printer(c)
	if c.Param("owner") == issuersOwn {
		return signers{issuersOwn, p.Text(o.Issuer.Name), o.Signatories, o.Version}, nil
	}
	bases, err := s.basesOf(c, v, o)
	if err != nil {
		return signers{}, err
	}
	for _, b := range bases {
		if b.Code == c.Param("owner") {
			return signers{b.Code, p.Text(b.Name) + " · " + b.Code, b.Signatories, b.Version}, nil
		}
	}
	return signers{}, registry.Fail(registry.NotFound, "base.unknown", c.Param("owner"))
}

// showSigners handles GET /registry/signatories/:owner.
func (s *Server) showSigners(c *gin.Context, v visitor) error {
	o, _, err := s.overview(c, v, c.Query("issuer"))
	if err != nil {
		return err
	}
	who, err := s.signersOf(c, v, o)
	if err != nil {
		return err
	}
	var rows []staff.SignerInput
	for _, g := range who.list {
		rows = append(rows, staff.SignerInput{Name: g.Name, ZH: g.Title["zh"], EN: g.Title["en"], RU: g.Title["ru"], From: day(g.From), Until: day(g.Until)})
	}
	return show(c, http.StatusOK, staff.SignersPage(s.signersPage(c, v, o, who, rows)))
}

func day(d registry.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

// signerRows is how many people the form has room for.
const signerRows = 6

func (s *Server) signersPage(c *gin.Context, v visitor, o design.Overview, who signers, rows []staff.SignerInput) staff.Signers {
	for o.MayEdit && (len(rows) < signerRows || rows[len(rows)-1].Name != "") && len(rows) < 12 {
		rows = append(rows, staff.SignerInput{})
	}
	return staff.Signers{Frame: s.frame(c, v, designsPath), Issuer: o.Issuer.Code, Owner: who.owner, Name: who.name, MayEdit: o.MayEdit,
		Version: who.version, Rows: rows, Wrong: staff.Wrongs{}}
}

// saveSigners handles POST /registry/signatories/:owner.
func (s *Server) saveSigners(c *gin.Context, v visitor) error {
	o, _, err := s.overview(c, v, c.PostForm("issuer"))
	if err != nil {
		return err
	}
	who, err := s.signersOf(c, v, o)
	if err != nil {
		return err
	}
	rows, list, errs := signerInputs(c)
	if who.version, err = strconv.ParseInt(c.PostForm("version"), 10, 64); err != nil {
		return registry.Fail(registry.Stale, "signatory.stale")
	}
	if len(errs) == 0 {
		if who.owner == issuersOwn {
			err = s.Design.SaveSignatories(c.Request.Context(), v.actor, o.Issuer.Code, who.version, list)
		} else {
			_, err = s.Accredit.EditBase(c.Request.Context(), v.actor, who.owner, who.version, "", list)
		}
		if err == nil {
			s.flash(c, ui.Good, "designs.flash.signers")
			return to(c, designsPath+"?issuer="+url.QueryEscape(o.Issuer.Code))
		}
	}
	page, status := s.signersPage(c, v, o, who, rows), http.StatusUnprocessableEntity
	page.Wrong = errs
	if err != nil {
		said, code, fault := refused(c, err)
		if fault != nil {
			return fault
		}
		page.Refusal, status = said, code
	} else {
		page.Refusal = summary(c, errs)
	}
	return show(c, status, staff.SignersPage(page))
}

// signerInputs reads the form; lines without a name and an office are none.
func signerInputs(c *gin.Context) (rows []staff.SignerInput, list []registry.Signatory, errs staff.Wrongs) {
	list, errs = []registry.Signatory{}, staff.Wrongs{}
	for i := range 12 {
		at := "g" + strconv.Itoa(i) + "-"
		field := func(name string) string { return strings.TrimSpace(c.PostForm(at + name)) }
		r := staff.SignerInput{Name: field("name"), ZH: field("zh"), EN: field("en"), RU: field("ru"), From: field("from"), Until: field("until")}
		if r == (staff.SignerInput{}) {
			continue
		}
		// What was typed moves up over empty lines; so does what is said about it.
		at = "g" + strconv.Itoa(len(rows)) + "-"
		rows = append(rows, r)
		g := registry.Signatory{Name: r.Name, Title: registry.Text{}}
		for lang, title := range map[string]string{"zh": r.ZH, "en": r.EN, "ru": r.RU} {
			if title != "" {
				g.Title[lang] = title
			}
		}
		for name, typed := range map[string]struct {
			text string
			date *registry.Date
		}{"from": {r.From, &g.From}, "until": {r.Until, &g.Until}} {
			var err error
			if *typed.date, err = registry.ParseDate(typed.text); typed.text != "" && err != nil {
				errs[at+name] = wrong(c, "signatory.date")
			}
		}
		list = append(list, g)
	}
	return rows, list, errs
}
