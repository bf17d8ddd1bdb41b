package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/templates/pages"
)

// confirmedMonths is how far back the share of confirmed certificates counts.
const confirmedMonths = 24

// showPublicBase handles GET /bases/:code: what the public may know of a base.
func (s *Server) showPublicBase(c *gin.Context) error {
	ctx, code := c.Request.Context(), strings.ToUpper(c.Param("code"))
	page := pages.BaseInfo{P: edge.Printer(c), Here: c.Request.URL, Demo: s.Demo, Months: confirmedMonths}
	err := s.DB.Read(ctx, func(tx *store.Tx) error {
		base, err := tx.Base(ctx, code)
		if err != nil {
			return err
		}
		host, err := tx.Organization(ctx, base.Host)
		if err != nil {
			return err
		}
		issuer, err := tx.Organization(ctx, base.Accrediting)
		if err != nil {
			return err
		}
		loc, err := registry.Zone(base.TZ)
		if err != nil {
			return err
		}
		today := registry.DateOf(s.Now().In(loc))
		page.Code, page.Name, page.Campus, page.Contact = base.Code, base.Name, base.Campus, base.Contact
		page.Host, page.Issuer = host.Name, issuer.Name
		page.Status, page.From, page.Until = publicState(base, today), base.AccreditedFrom, base.AccreditedUntil
		if page.Programmes, err = programmeNames(c, tx, base); err != nil {
			return err
		}
		page.Confirmed, err = tx.Confirmed(ctx, base.Code, today.AddMonths(-confirmedMonths))
		return err
	})
	if errors.Is(err, registry.NotFound) {
		return registry.Fail(registry.NotFound, "base.unknown", code)
	}
	if err != nil {
		return err
	}
	return show(c, http.StatusOK, pages.BasePage(page))
}

// publicState is the status of the base on the day; one whose accreditation has
// ended has lapsed, whatever is stored.
func publicState(b registry.Base, today registry.Date) string {
	if b.Status == registry.BaseAccredited && !b.AccreditedUntil.IsZero() && today.After(b.AccreditedUntil) {
		return "lapsed"
	}
	return string(b.Status)
}

func programmeNames(c *gin.Context, tx *store.Tx, b registry.Base) ([]registry.Text, error) {
	var names []registry.Text
	for _, code := range slices.Sorted(slices.Values(b.Programmes)) {
		programme, err := tx.Programme(c.Request.Context(), code)
		if err != nil && !errors.Is(err, registry.NotFound) {
			return nil, err
		}
		if err == nil {
			names = append(names, programme.Name)
		}
	}
	return names, nil
}
