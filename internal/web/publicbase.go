package web

import (
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
	a, err := s.atlas(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(a.bases, func(b registry.Base) bool { return b.Code == code })
	if i < 0 {
		return registry.Fail(registry.NotFound, "base.unknown", code)
	}
	base := a.bases[i]
	public, err := a.base(s, base)
	if err != nil {
		return err
	}
	courses := a.coursesAt(base)
	if wantsJSON(c) {
		for _, course := range courses {
			public.Courses = append(public.Courses, course.Code)
		}
		return sendPublic(c, public)
	}
	loc, err := registry.Zone(base.TZ)
	if err != nil {
		return err
	}
	page := pages.BaseInfo{P: edge.Printer(c), Here: c.Request.URL, Demo: s.Demo, Months: confirmedMonths, Code: public.Code, Name: public.Name, Campus: public.Campus,
		Contact: public.Contact, Host: public.Host, Issuer: public.Issuer, Status: public.Status, From: public.AccreditedFrom, Until: public.AccreditedUntil, Address: public.Address}
	page.Hours = hoursText(page.P, public.OpeningHours)
	for _, programme := range public.Programmes {
		page.Programmes = append(page.Programmes, programme.Name)
	}
	for _, course := range courses {
		page.Courses = append(page.Courses, pages.CourseRow{Code: course.Code, Title: page.P.Text(course.Title)})
	}
	err = s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		page.Confirmed, err = tx.Confirmed(ctx, base.Code, registry.DateOf(s.Now().In(loc)).AddMonths(-confirmedMonths))
		return err
	})
	if err != nil {
		return err
	}
	forEverybody(c)
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
