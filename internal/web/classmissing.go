package web

import (
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/templates/staff"
)

// missing names what a class cannot be held without: "base", "accredited" or
// "course"; "" where there is something of each.
func (s *Server) missing(n names, v visitor) string {
	today := s.utcDay()
	switch {
	case len(n.all.Bases) == 0:
		return "base"
	case !slices.ContainsFunc(n.all.Bases, func(b registry.Base) bool {
		return b.Status == registry.BaseAccredited && (b.AccreditedUntil.IsZero() || !today.After(b.AccreditedUntil))
	}):
		return "accredited"
	case !slices.ContainsFunc(n.all.Courses, func(c registry.Course) bool { return c.Status == registry.CourseActive }):
		return "course"
	}
	return ""
}

// nothingToHold says what has to be there before a class, and who can help.
func (s *Server) nothingToHold(c *gin.Context, v visitor, missing string) error {
	act, link := registry.AccreditBase, staff.Link{URL: basesPath + "/open"}
	switch missing {
	case "accredited":
		link.URL = basesPath
	case "course":
		act, link.URL = registry.EditCourse, "/registry/courses"
	}
	page := staff.NewClass{Frame: s.frame(c, v, "/t")}
	page.Missing = &staff.Missing{Text: page.P.T("staff.new.missing." + missing), More: page.P.T("staff.new.missing." + missing + ".more")}
	if registry.CanSomewhere(v.actor, act) {
		link.Text = page.P.T("staff.new.missing." + missing + ".do")
		page.Missing.Do = link
		return show(c, http.StatusOK, staff.NewClassPage(page))
	}
	var err error
	page.Missing.Who, err = s.whoCan(c, v, act)
	if err != nil {
		return err
	}
	return show(c, http.StatusOK, staff.NewClassPage(page))
}

// mostHelpers is how many people are named who can help.
const mostHelpers = 5

// whoCan names the people who may do the act where the reader has a role.
func (s *Server) whoCan(c *gin.Context, v visitor, act registry.Action) (who []string, err error) {
	ctx := c.Request.Context()
	err = s.DB.Read(ctx, func(tx *store.Tx) error {
		who = nil
		accounts, err := tx.Accounts(ctx)
		if err != nil {
			return err
		}
		for _, g := range v.actor.Grants {
			path, err := access.Path(ctx, tx, g.Org)
			if err != nil {
				return err
			}
			for _, a := range accounts {
				if a.Status == registry.AccountActive && registry.Can(a.Actor(), act, path) && !slices.Contains(who, a.Name) {
					who = append(who, a.Name)
				}
			}
		}
		return nil
	})
	return who[:min(len(who), mostHelpers)], err
}
