package access

import (
	"context"
	"slices"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// Tree is the organizations in memory, for questions about many of them at once.
type Tree map[registry.ID]registry.Organization

// TreeOf makes a tree of the organizations.
func TreeOf(all []registry.Organization) Tree {
	t := make(Tree, len(all))
	for _, o := range all {
		t[o.ID] = o
	}
	return t
}

// ReadTree reads all organizations.
func ReadTree(ctx context.Context, tx *store.Tx) (Tree, error) {
	all, err := tx.Organizations(ctx)
	return TreeOf(all), err
}

// Path lists the organization and its ancestors, itself first; a circle ends it.
func (t Tree) Path(id registry.ID) []registry.ID {
	var path []registry.ID
	for o, ok := t[id]; ok && !slices.Contains(path, o.ID); o, ok = t[o.Parent] {
		path = append(path, o.ID)
	}
	return path
}

// Issuer is the nearest scheme owner at or above the organization.
func (t Tree) Issuer(id registry.ID) (registry.Organization, error) {
	var path []registry.Organization
	for _, p := range t.Path(id) {
		path = append(path, t[p])
	}
	return registry.IssuerOf(path)
}
