package api

import (
	"context"
	"slices"

	"github.com/passmuster/passmuster/internal/accredit"
	"github.com/passmuster/passmuster/internal/registry"
)

// scope is the part of the registers that an account may see: the subtrees in
// which one of its roles reads them, and what stands above. Federations in one registry do
// not see each other.
type scope struct {
	all   accredit.Registers
	below map[registry.ID]bool // in a subtree of a role
	seen  map[registry.ID]bool // or above one
}

func (s *Server) scope(ctx context.Context) (scope, error) {
	all, err := s.Accredit.Registers(ctx)
	if err != nil {
		return scope{}, err
	}
	v := scope{all: all, below: map[registry.ID]bool{}, seen: map[registry.ID]bool{}}
	parent := map[registry.ID]registry.ID{}
	for _, o := range all.Organizations {
		parent[o.ID] = o.Parent
	}
	roots := registry.ScopesFor(actor(ctx), registry.ReadRegister)
	for _, root := range roots {
		v.climb(parent, root)
	}
	for _, o := range all.Organizations {
		v.mark(parent, o.ID, roots)
	}
	return v, nil
}

// scopeFor is scope for an act of the account, refused where it may do that
// nowhere: who may not is told so before what he sent is looked at.
func (s *Server) scopeFor(ctx context.Context, act registry.Action) (scope, error) {
	if !registry.CanSomewhere(actor(ctx), act) {
		return scope{}, registry.Fail(registry.Forbidden, "access.forbidden", string(act))
	}
	return s.scope(ctx)
}

// climb marks the organization and everything above it. A circle in the tree
// ends the climb.
func (v scope) climb(parent map[registry.ID]registry.ID, org registry.ID) {
	for id := org; id != "" && !v.seen[id]; id = parent[id] {
		v.seen[id] = true
	}
}

// mark marks the organization if one of the roots is it or stands above it.
func (v scope) mark(parent map[registry.ID]registry.ID, org registry.ID, roots []registry.ID) {
	id := org
	for range len(parent) + 1 {
		if id == "" {
			return
		}
		if slices.Contains(roots, id) {
			v.below[org], v.seen[org] = true, true
			return
		}
		id = parent[id]
	}
}

func (v scope) organizations() []registry.Organization {
	return filter(v.all.Organizations, func(o registry.Organization) bool { return v.seen[o.ID] })
}

func (v scope) programmes() []registry.Programme {
	return filter(v.all.Programmes, func(p registry.Programme) bool { return v.seen[p.Owner] })
}

func (v scope) bases() []registry.Base {
	return filter(v.all.Bases, func(b registry.Base) bool { return v.below[b.Host] || v.below[b.Accrediting] })
}

func (v scope) courses() []registry.Course {
	own := v.programmes()
	return filter(v.all.Courses, func(c registry.Course) bool {
		return slices.ContainsFunc(own, func(p registry.Programme) bool { return p.Code == c.Programme })
	})
}

// organization finds an organization by its code.
func (v scope) organization(field, code string) (registry.ID, error) {
	for _, o := range v.organizations() {
		if o.Code == code {
			return o.ID, nil
		}
	}
	return "", registry.FailField(registry.Invalid, field, "organization.unknown", code)
}

func filter[T any](all []T, keep func(T) bool) []T {
	out := make([]T, 0, len(all))
	for _, v := range all {
		if keep(v) {
			out = append(out, v)
		}
	}
	return out
}
