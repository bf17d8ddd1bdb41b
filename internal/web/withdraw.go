package web

import (
	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/templates/staff"
	"github.com/passmuster/passmuster/templates/ui"
)

// withdraw handles POST /t/classes/:id/enrolments/:enrolment/withdraw.
func (s *Server) withdraw(c *gin.Context, v visitor) error {
	id := registry.ID(c.Param("id"))
	e, err := s.Training.Withdraw(c.Request.Context(), v.actor, id, registry.ID(c.Param("enrolment")))
	return s.rosterChanged(c, v, "approve.flash.withdrawn", e, err)
}

// takeBack handles POST /t/classes/:id/enrolments/:enrolment/take-back.
func (s *Server) takeBack(c *gin.Context, v visitor) error {
	id := registry.ID(c.Param("id"))
	e, err := s.Training.TakeBack(c.Request.Context(), v.actor, id, registry.ID(c.Param("enrolment")))
	return s.rosterChanged(c, v, "approve.flash.taken_back", e, err)
}

func (s *Server) rosterChanged(c *gin.Context, v visitor, key string, e registry.Enrolment, err error) error {
	if err != nil {
		return s.rosterRefused(c, v, staff.PersonForm{}, err)
	}
	s.flash(c, ui.Info, key, e.Name)
	return to(c, "/t/classes/"+c.Param("id")+"#p-"+string(e.ID))
}
