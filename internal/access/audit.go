package access

import (
	"context"
	"slices"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// Audit lists the acts in the organizations that the actor may look into, newest
// first; who trains reads his own acts. An auditor reads everything but is told
// of no person: ids of persons are masked for somebody who reads as an auditor
// alone.
func Audit(ctx context.Context, db *store.DB, by registry.Actor, f store.AuditFilter) ([]store.AuditEntry, error) {
	f.AllOrgs, f.Orgs = false, nil
	switch {
	case registry.CanSomewhere(by, registry.ReadAudit):
	case registry.CanSomewhere(by, registry.ReadOwnAudit):
		if f.Actors != nil && !slices.Contains(f.Actors, by.Account) {
			return nil, nil
		}
		f.AllOrgs, f.Actors = true, []registry.ID{by.Account}
	default:
		return nil, registry.Fail(registry.Forbidden, "access.forbidden", string(registry.ReadAudit))
	}
	var entries []store.AuditEntry
	err := db.Read(ctx, func(tx *store.Tx) (err error) {
		if !f.AllOrgs {
			if f.Orgs, err = Visible(ctx, tx, by, registry.ReadAudit); err != nil {
				return err
			}
		}
		entries, err = tx.AuditEntries(ctx, f)
		return err
	})
	if err != nil || !OnlyAuditor(by) {
		return entries, err
	}
	for i, e := range entries {
		if e.ObjectType == "person" {
			entries[i].Object = registry.ID(registry.MaskID(string(e.Object)))
		}
	}
	return entries, nil
}

// OnlyAuditor reports whether the actor has no role but that of an auditor, who
// sees no personal ids.
func OnlyAuditor(by registry.Actor) bool {
	return len(by.Grants) > 0 && !slices.ContainsFunc(by.Grants, func(g registry.Grant) bool { return g.Role != registry.RoleAuditor })
}
