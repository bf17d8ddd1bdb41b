package access

import (
	"context"
	"slices"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// Class reads a class for an act, with the organization that it belongs to, and
// refuses as Allow does. A trainer acts only in classes that name him or that he
// created; other roles act by their scope.
func Class(ctx context.Context, tx *store.Tx, by registry.Actor, act registry.Action, id registry.ID) (registry.Class, registry.ID, error) {
	class, err := tx.Class(ctx, id)
	if err != nil {
		return class, "", err
	}
	org, err := tx.ClassOrg(ctx, id)
	if err != nil {
		return class, "", err
	}
	if err := Allow(ctx, tx, by, registry.ReadClass, act, org, "class", id); err != nil {
		return class, org, err
	}
	if act == registry.ReadClass || assigned(class, by) {
		return class, org, nil
	}
	path, err := Path(ctx, tx, org)
	if err != nil {
		return class, org, err
	}
	if registry.Can(withoutTrainer(by), act, path) {
		return class, org, nil
	}
	return class, org, registry.Fail(registry.Forbidden, "class.not_assigned", class.Code)
}

func assigned(class registry.Class, by registry.Actor) bool {
	if class.CreatedBy == by.Account {
		return true
	}
	return by.Person != "" && slices.ContainsFunc(class.Trainers, func(t registry.ClassTrainer) bool { return t.Person == by.Person })
}

func withoutTrainer(by registry.Actor) registry.Actor {
	by.Grants = slices.DeleteFunc(slices.Clone(by.Grants), func(g registry.Grant) bool { return g.Role == registry.RoleTrainer })
	return by
}
