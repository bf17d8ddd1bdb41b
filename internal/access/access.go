// Package access asks the one question of every guarded act: may this actor do
// this, in this organization? Services call it inside their transaction, so that
// a role taken away a moment ago no longer counts.
package access

import (
	"context"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// System is the actor of work that no person started: jobs, migrations, the
// demonstration's set-up. No account has its id, so nobody can sign in as it.
var System = registry.Actor{Account: "system", Name: "system"}

// Path lists the organization and its ancestors, itself first.
func Path(ctx context.Context, tx *store.Tx, org registry.ID) ([]registry.ID, error) {
	chain, err := tx.OrganizationPath(ctx, org)
	if err != nil {
		return nil, err
	}
	path := make([]registry.ID, len(chain))
	for i, o := range chain {
		path[i] = o.ID
	}
	return path, nil
}

// Allow refuses unless the actor may do act on a thing of the organization.
// Somebody who may not even look is told that there is no such thing; somebody
// who may look is told that the act is not allowed.
func Allow(ctx context.Context, tx *store.Tx, a registry.Actor, look, act registry.Action, org registry.ID, noun string, key any) error {
	path, err := Path(ctx, tx, org)
	if err != nil {
		return err
	}
	switch {
	case registry.Can(a, act, path):
		return nil
	case registry.Can(a, look, path):
		return registry.Fail(registry.Forbidden, "access.forbidden", string(act))
	}
	return registry.Fail(registry.NotFound, noun+".unknown", key)
}

// Visible lists the organizations in which the actor may do act, all below them
// included.
func Visible(ctx context.Context, tx *store.Tx, a registry.Actor, act registry.Action) ([]registry.ID, error) {
	roots := registry.ScopesFor(a, act)
	if len(roots) == 0 {
		return nil, nil
	}
	return tx.Subtree(ctx, roots)
}
