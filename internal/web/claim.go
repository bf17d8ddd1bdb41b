package web

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/training"
	"github.com/passmuster/passmuster/templates/pages"
	"github.com/passmuster/passmuster/templates/ui"
)

// showClaim handles GET /claim.
func (s *Server) showClaim(c *gin.Context) error {
	page, err := s.claimPage(c)
	if err != nil {
		return err
	}
	return show(c, http.StatusOK, pages.ClaimPage(page))
}

func (s *Server) claimPage(c *gin.Context) (pages.Claim, error) {
	page := pages.Claim{P: edge.Printer(c), Here: inLanguage(c, &url.URL{Path: "/claim"}), Demo: s.Demo, Wrong: map[string][2]string{}}
	page.Bases = []ui.Option{{Label: page.P.T("claim.base.choose")}}
	all, err := s.Accredit.Registers(c.Request.Context())
	for _, b := range all.Bases {
		page.Bases = append(page.Bases, ui.Option{Value: b.Code, Label: page.P.Text(b.Name)})
	}
	return page, err
}

// findLost handles POST /claim: the private page of somebody who lost its link.
// Whatever does not fit, the answer is the same.
func (s *Server) findLost(c *gin.Context) error {
	private(c)
	if err := parsed(c); err != nil {
		return err
	}
	page, err := s.claimPage(c)
	if err != nil {
		return err
	}
	get := func(name string) string { return strings.TrimSpace(c.PostForm(name)) }
	page.Sent = true
	page.In = pages.ClaimInput{Name: get("name"), Phone: get("phone"), Number: get("number"), Base: get("base"), Month: get("month")}
	if switching(c) {
		return show(c, http.StatusOK, pages.ClaimPage(page))
	}
	lost := claimed(c, &page)
	if len(page.Wrong) > 0 {
		return show(c, http.StatusUnprocessableEntity, pages.ClaimPage(page))
	}
	if err := s.Lookups.Pair(c, string(lost.Number), lost.Name); err != nil {
		return err
	}
	found, err := s.Training.FindLost(c.Request.Context(), lost)
	if err != nil {
		return err
	}
	switch len(found) {
	case 0:
		s.Lookups.PairMissed(c, string(lost.Number), lost.Name)
		page.None = true
		return show(c, http.StatusNotFound, pages.ClaimPage(page))
	case 1:
		return to(c, inLanguage(c, &url.URL{Path: "/my/" + found[0].Token}).String())
	}
	for _, f := range found {
		page.Found = append(page.Found, pages.ClaimFound{Course: f.Course.Title, Base: f.Base.Name, Dates: page.P.DateRange(f.Class.StartsOn(), f.Class.EndsOn()), URL: "/my/" + f.Token})
	}
	page.Sent = false // the way back is to ask again
	return show(c, http.StatusOK, pages.ClaimPage(page))
}

// claimed reads the form; what is wrong goes beside its field.
func claimed(c *gin.Context, page *pages.Claim) training.LostLink {
	in := page.In
	lost := training.LostLink{Name: in.Name, Phone4: in.Phone, Base: in.Base}
	if registry.NameKey(in.Name) == "" {
		page.Wrong["name"] = joinWords(page.P, registry.Fault{Code: "name.empty"})
	}
	if len(in.Phone) != 4 || strings.Trim(in.Phone, "0123456789") != "" {
		page.Wrong["phone"] = wrong(c, "claim.phone")
	}
	month, monthErr := time.Parse("2006-01", in.Month)
	switch {
	case in.Number != "":
		number, err := registry.ParseNumber(in.Number)
		if err != nil {
			page.Wrong["number"] = wrong(c, "number.format")
		}
		lost.Number = number
	case in.Base == "" || monthErr != nil:
		page.Wrong["number"] = wrong(c, "claim.what")
	default:
		lost.Year, lost.Month = month.Year(), int(month.Month())
	}
	return lost
}
