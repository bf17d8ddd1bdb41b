package web

import (
	"context"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/accredit"
	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// names are the registers by code, to print a title in place of a code.
type names struct {
	p   *i18n.Printer
	all accredit.Registers
}

func (s *Server) names(c *gin.Context) (names, error) {
	all, err := s.Accredit.Registers(c.Request.Context())
	return names{edge.Printer(c), all}, err
}

// course is the title of a course, of the newest version for version 0.
func (n names) course(code string, version int) string {
	title := code
	for _, c := range n.all.Courses { // by code and version
		if c.Code == code && (version == 0 || c.Version == version) {
			title = n.p.Text(c.Title)
		}
	}
	return title
}

func (n names) base(code string) string {
	for _, b := range n.all.Bases {
		if b.Code == code {
			return n.p.Text(b.Name)
		}
	}
	return code
}

// scope keeps of the registers what belongs to the organizations in which the
// actor may do act: federations in one registry do not see each other.
func (s *Server) scope(ctx context.Context, n names, a registry.Actor, act registry.Action) (names, error) {
	var orgs []registry.ID
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		orgs, err = access.Visible(ctx, tx, a, act)
		return err
	})
	if err != nil {
		return n, err
	}
	var bases []registry.Base
	for _, b := range n.all.Bases {
		if slices.Contains(orgs, b.Host) {
			bases = append(bases, b)
		}
	}
	var courses []registry.Course
	for _, c := range n.all.Courses {
		if slices.ContainsFunc(bases, func(b registry.Base) bool { _, err := c.ProgrammeAt(b); return err == nil }) {
			courses = append(courses, c)
		}
	}
	n.all.Bases, n.all.Courses = bases, courses
	return n, nil
}
