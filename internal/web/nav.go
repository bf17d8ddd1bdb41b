package web

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/templates/layout"
	"github.com/passmuster/passmuster/templates/staff"
)

// places are the parts of the desk, and what opens them.
var places = []struct {
	path, key string
	needs     registry.Action
}{
	{"/t", "staff.nav.classes", registry.ReadClass},
	{"/a", "staff.nav.approvals", registry.ApproveClass},
	{"/registry/credentials", "staff.nav.credentials", registry.ReadCredential},
	{listsPath, "checklist.nav", registry.CheckList},
	{reportsPath, "report.nav", registry.HandleReport},
	{designsPath, "staff.nav.designs", registry.ReadTemplate},
	{registryPath, "registers.title", registry.ReadRegister},
}

// nav lists what the account's roles open, and nothing else.
func (s *Server) nav(p *i18n.Printer, v visitor, here string) []layout.NavLink {
	var links []layout.NavLink
	for _, place := range places {
		if registry.CanSomewhere(v.actor, place.needs) {
			links = append(links, layout.NavLink{Label: p.T(place.key), URL: place.path, Here: place.path == here})
		}
	}
	return append(links, layout.NavLink{Label: p.T("staff.nav.verify"), URL: "/verify"})
}

// landing is where the account's work begins.
func landing(a registry.Actor) string {
	switch {
	case registry.CanSomewhere(a, registry.CreateClass):
		return "/t"
	case registry.CanSomewhere(a, registry.ApproveClass):
		return "/a"
	case registry.CanSomewhere(a, registry.ReadCredential):
		return "/registry/credentials"
	case registry.CanSomewhere(a, registry.CheckList):
		return listsPath
	}
	return "/staff"
}

// showDesk handles GET /staff: a note for accounts whose work has no pages of
// its own.
func (s *Server) showDesk(c *gin.Context, v visitor) error {
	return show(c, http.StatusOK, staff.DeskPage(staff.Desk{Frame: s.frame(c, v, "/staff")}))
}
