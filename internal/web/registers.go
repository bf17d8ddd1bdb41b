package web

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/accredit"
	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/templates/staff"
)

// showRegisters handles GET /registry: all registers, and the first steps of a
// federation that has just begun.
func (s *Server) showRegisters(c *gin.Context, v visitor) error {
	view, err := s.Accredit.View(c.Request.Context(), v.actor)
	if err != nil {
		return err
	}
	page := staff.Registers{Frame: s.frame(c, v, registryPath)}
	p := page.P
	counts := map[string]int{"/registry/organizations": len(view.Organizations), "/registry/bases": len(view.Bases), "/registry/courses": len(newestCourses(view))}
	for _, place := range registerPlaces {
		if !registry.CanSomewhere(v.actor, place.needs) {
			continue
		}
		card := staff.RegisterCard{Title: p.T(place.key), URL: place.path}
		if about := place.key + ".about"; p.Has(about) {
			card.Text = p.T(about)
		}
		if n, ok := counts[place.path]; ok {
			card.N = p.Number(n)
		}
		page.Cards = append(page.Cards, card)
	}
	if page.Start, err = s.startSteps(c, v, p, view); err != nil {
		return err
	}
	return show(c, http.StatusOK, staff.RegistersPage(page))
}

// startSteps are what a federation does first, until it has done it.
func (s *Server) startSteps(c *gin.Context, v visitor, p *i18n.Printer, view accredit.View) ([]staff.StartStep, error) {
	issuers := view.Issuers()
	if len(issuers) == 0 {
		return nil, nil
	}
	trainers, err := s.Accredit.Trainers(c.Request.Context(), v.actor)
	if err != nil {
		return nil, err
	}
	accredited := false
	for _, t := range trainers {
		accredited = accredited || len(t.Held) > 0
	}
	steps := []staff.StartStep{
		{Link: staff.Link{Text: p.T("registers.start.courses"), URL: starterPath}, Text: p.T("registers.start.courses.text"), Done: len(view.Courses) > 0},
		{Link: staff.Link{Text: p.T("registers.start.base"), URL: "/registry/bases/open"}, Text: p.T("registers.start.base.text"), Done: len(view.Bases) > 0},
		{Link: staff.Link{Text: p.T("registers.start.trainer"), URL: "/registry/trainers/new"}, Text: p.T("registers.start.trainer.text"), Done: accredited},
	}
	for _, step := range steps {
		if !step.Done {
			return steps, nil
		}
	}
	return nil, nil
}
