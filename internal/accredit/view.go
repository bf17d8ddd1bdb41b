package accredit

import (
	"context"
	"slices"
	"strings"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
)

// View is the part of the registers that somebody may see: the subtrees that he
// has a role in, and what stands above them. Federations in one registry do not
// see each other.
type View struct {
	Registers
	By    registry.Actor
	below map[registry.ID]bool
	all   access.Tree
}

// View reads the registers as the actor may see them.
func (s *Service) View(ctx context.Context, by registry.Actor) (View, error) {
	if !registry.CanSomewhere(by, registry.ReadRegister) {
		return View{}, registry.Fail(registry.Forbidden, "access.forbidden", string(registry.ReadRegister))
	}
	all, err := s.Registers(ctx)
	if err != nil {
		return View{}, err
	}
	v := View{By: by, below: map[registry.ID]bool{}, all: access.TreeOf(all.Organizations)}
	roots := registry.ScopesFor(by, registry.ReadRegister)
	above := map[registry.ID]bool{}
	for _, r := range roots {
		for _, id := range v.all.Path(r) {
			above[id] = true
		}
	}
	for _, o := range all.Organizations {
		v.below[o.ID] = slices.ContainsFunc(v.all.Path(o.ID), func(id registry.ID) bool { return slices.Contains(roots, id) })
	}
	v.Organizations = slices.DeleteFunc(all.Organizations, func(o registry.Organization) bool { return !v.below[o.ID] && !above[o.ID] })
	v.Programmes = slices.DeleteFunc(all.Programmes, func(p registry.Programme) bool { return !v.below[p.Owner] && !above[p.Owner] })
	v.Bases = slices.DeleteFunc(all.Bases, func(b registry.Base) bool { return !v.below[b.Host] && !v.below[b.Accrediting] })
	v.Courses = slices.DeleteFunc(all.Courses, func(c registry.Course) bool {
		return !slices.ContainsFunc(v.Programmes, func(p registry.Programme) bool { return p.Code == c.Programme || slices.Contains(c.AlsoIn, p.Code) })
	})
	return v, nil
}

// Below reports whether the organization lies in a subtree of the actor's roles.
func (v View) Below(org registry.ID) bool { return v.below[org] }

// Path lists the organization and its ancestors, itself first.
func (v View) Path(org registry.ID) []registry.ID { return v.all.Path(org) }

// Can reports whether the actor may do act in the organization.
func (v View) Can(act registry.Action, org registry.ID) bool {
	return registry.Can(v.By, act, v.Path(org))
}

// Organization returns an organization that the actor may see.
func (v View) Organization(id registry.ID) (registry.Organization, bool) {
	i := slices.IndexFunc(v.Organizations, func(o registry.Organization) bool { return o.ID == id })
	if i < 0 {
		return registry.Organization{}, false
	}
	return v.Organizations[i], true
}

// OrganizationByCode is Organization by the code; it refuses what is not there.
func (v View) OrganizationByCode(code string) (registry.Organization, error) {
	for _, o := range v.Organizations {
		if strings.EqualFold(o.Code, code) {
			return o, nil
		}
	}
	return registry.Organization{}, registry.Fail(registry.NotFound, "organization.unknown", code)
}

// Base returns a base that the actor may see.
func (v View) Base(code string) (registry.Base, error) {
	for _, b := range v.Bases {
		if strings.EqualFold(b.Code, code) {
			return b, nil
		}
	}
	return registry.Base{}, registry.Fail(registry.NotFound, "base.unknown", code)
}

// Course returns a version of a course that the actor may see, the newest for
// version 0.
func (v View) Course(code string, version int) (registry.Course, error) {
	for _, c := range slices.Backward(v.Courses) { // by code and version
		if strings.EqualFold(c.Code, code) && (version == 0 || c.Version == version) {
			return c, nil
		}
	}
	return registry.Course{}, registry.Fail(registry.NotFound, "course.unknown", code)
}

// Owner is the body that keeps the course.
func (v View) Owner(c registry.Course) registry.ID {
	for _, p := range v.Programmes {
		if p.Code == c.Programme {
			return p.Owner
		}
	}
	return ""
}

// Issuers lists the bodies below which the actor may accredit bases.
func (v View) Issuers() []registry.Organization {
	var list []registry.Organization
	for _, o := range v.Organizations {
		if o.SchemeOwner && v.Can(registry.AccreditBase, o.ID) {
			list = append(list, o)
		}
	}
	return list
}
