package store

import (
	"context"
	"fmt"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store/db"
)

// OrganizationRole is a body's part in a programme, class or event.
type OrganizationRole struct {
	Org    registry.ID
	Object registry.ID
	Role   string // host, organiser, co_organiser, guidance, promoter, undertaker, partner
}

// Organization returns the organization with the id.
func (t *Tx) Organization(ctx context.Context, id registry.ID) (registry.Organization, error) {
	row, err := t.q.Organization(ctx, id)
	return one(row, err, toOrganization, "organization", id)
}

// OrganizationByCode returns the organization with the code.
func (t *Tx) OrganizationByCode(ctx context.Context, code string) (registry.Organization, error) {
	row, err := t.q.OrganizationByCode(ctx, code)
	return one(row, err, toOrganization, "organization", code)
}

// Organizations lists every organization by code.
func (t *Tx) Organizations(ctx context.Context) ([]registry.Organization, error) {
	rows, err := t.q.Organizations(ctx)
	return many(rows, err, toOrganization, "organization")
}

// OrganizationPath returns the organization and its ancestors, itself first. A
// circle in the tree ends the path where it would begin again.
func (t *Tx) OrganizationPath(ctx context.Context, id registry.ID) ([]registry.Organization, error) {
	var path []registry.Organization
	seen := map[registry.ID]bool{}
	for id != "" && !seen[id] {
		o, err := t.Organization(ctx, id)
		if err != nil {
			return nil, err
		}
		seen[id] = true
		path = append(path, o)
		id = o.Parent
	}
	return path, nil
}

// Subtree returns the ids of the organizations and of all below them, each once.
func (t *Tx) Subtree(ctx context.Context, roots []registry.ID) ([]registry.ID, error) {
	var ids []registry.ID
	seen := map[registry.ID]bool{}
	for _, root := range roots {
		if seen[root] {
			continue
		}
		below, err := t.q.Below(ctx, root)
		if err != nil {
			return nil, fmt.Errorf("read organization: %w", err)
		}
		for _, id := range below {
			if !seen[id] {
				seen[id] = true
				ids = append(ids, id)
			}
		}
	}
	return ids, nil
}

// AddOrganization stores a new organization.
func (t *Tx) AddOrganization(ctx context.Context, o registry.Organization) error {
	o.Version = max(o.Version, 1)
	row, err := fromOrganization(o)
	if err != nil {
		return err
	}
	n, err := t.q.AddOrganization(ctx, db.AddOrganizationParams(row))
	return added(n, err, "organization", o.Code)
}

// SaveOrganization stores a changed organization over the version it was read in.
func (t *Tx) SaveOrganization(ctx context.Context, o registry.Organization) (registry.Organization, error) {
	row, err := fromOrganization(o)
	if err != nil {
		return o, err
	}
	n, err := t.q.SaveOrganization(ctx, db.SaveOrganizationParams(row))
	o.Version++
	return o, saved(n, err, "organization", o.Code)
}

// AddOrganizationRole records the part; doing so twice changes nothing.
func (t *Tx) AddOrganizationRole(ctx context.Context, org, object registry.ID, role string) error {
	_, err := t.q.AddOrganizationRole(ctx, db.AddOrganizationRoleParams{Org: org, Object: object, Role: role})
	if err != nil {
		return fmt.Errorf("add organization role: %w", err)
	}
	return nil
}

// OrganizationRoles lists who has which part in the object.
func (t *Tx) OrganizationRoles(ctx context.Context, object registry.ID) ([]OrganizationRole, error) {
	rows, err := t.q.OrganizationRoles(ctx, object)
	return many(rows, err, func(r db.OrganizationRole) (OrganizationRole, error) { return OrganizationRole(r), nil }, "organization role")
}

func toOrganization(r db.Organization) (registry.Organization, error) {
	var c codec
	o := registry.Organization{ID: r.ID, Parent: r.Parent, Code: r.Code, Type: registry.OrgType(r.Type), Region: r.Region, TZ: r.TZ,
		SchemeOwner: r.SchemeOwner, Dissolved: r.Dissolved, Successor: r.Successor, Version: r.Version}
	c.load(r.Name, &o.Name)
	c.load(r.Aliases, &o.Aliases)
	return o, c.err
}

func fromOrganization(o registry.Organization) (db.Organization, error) {
	var c codec
	return db.Organization{ID: o.ID, Parent: o.Parent, Code: o.Code, Type: string(o.Type), Name: c.json(o.Name), Aliases: c.json(o.Aliases),
		Region: o.Region, TZ: o.TZ, SchemeOwner: o.SchemeOwner, Dissolved: o.Dissolved, Successor: o.Successor, Version: o.Version}, c.err
}
