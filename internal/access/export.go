package access

import (
	"context"
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// exports says which registers are given out as lists, what opens them, and
// whether they can be masked.
var exports = map[string]struct {
	read   registry.Action
	masked bool
}{
	"credentials": {registry.ReadCredential, true},
	"people":      {registry.ReadPerson, false},
	"trainers":    {registry.ReadPerson, false},
	"users":       {registry.InviteAccount, false},
	"invitations": {registry.InviteAccount, false}, // with their links
	"audit":       {registry.ReadAudit, true},      // ids alone
}

// Exporting is the actor as whose a list with whole names is read: with the roles
// alone that may export personal data.
func Exporting(by registry.Actor) registry.Actor { return by.Only(registry.ExportPersonal) }

// NoteExport writes down that somebody takes a list out of the registry, before
// the first row leaves it. A list with whole names needs a role that may export
// personal data and a reason; a masked one is only noted. What leaves is read as
// Exporting, so that a role elsewhere opens nothing. The filter is not written down: it may be a name.
func NoteExport(ctx context.Context, db *store.DB, by registry.Actor, e store.Export) error {
	register, known := exports[e.Register]
	if !known {
		return registry.Fail(registry.NotFound, "export.unknown", e.Register)
	}
	e.ID, e.By, e.Reason = store.NewID(), by.Account, strings.TrimSpace(e.Reason)
	whole := e.Whole || !register.masked
	if whole {
		if by = by.Only(registry.ExportPersonal); len(by.Grants) == 0 {
			return registry.Fail(registry.Forbidden, "access.forbidden", string(registry.ExportPersonal))
		}
	}
	scopes := registry.ScopesFor(by, register.read)
	if e.Register == "audit" && len(scopes) == 0 {
		scopes = registry.ScopesFor(by, registry.ReadOwnAudit)
	}
	switch {
	case len(scopes) == 0:
		return registry.Fail(registry.Forbidden, "access.forbidden", string(register.read))
	case whole && !registry.Substantial(e.Reason):
		return registry.FailField(registry.Invalid, "reason", "export.reason", registry.ReasonLetters)
	}
	e.Whole = whole
	return db.Tx(ctx, func(tx *store.Tx) error {
		if err := tx.AddExport(ctx, e); err != nil {
			return err
		}
		return tx.Audit(ctx, store.Act{Actor: by.Account, Action: "export." + e.Register, ObjectType: "export", Object: e.ID, Org: scopes[0], At: e.At,
			Detail: map[string]string{"format": e.Format, "names": map[bool]string{true: "whole", false: "masked"}[e.Whole], "on": e.At.Format(time.DateOnly)}})
	})
}
