package access

import (
	"context"
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// InvitationToken is the secret of an invitation's link: 192 bits, derived from
// its id with the registry's HMAC key, so that whoever made it can show the link
// again although the store holds only its hash.
func InvitationToken(ring *keys.Ring, id registry.ID) string {
	return ring.IDHash("invitation", string(id))[:32]
}

// Invite makes an invitation to a role, with the permission and the audit row
// that go with it, and returns it with its secret.
func Invite(ctx context.Context, tx *store.Tx, ring *keys.Ring, by registry.Actor, i registry.Invitation, now time.Time) (registry.Invitation, string, error) {
	if err := MayGive(ctx, tx, by, i.Role, i.Org); err != nil {
		return i, "", err
	}
	i.ID, i.Kind, i.MadeBy, i.MadeAt, i.EndsAt, i.Version = store.NewID(), registry.InviteRole, by.Account, now, now.Add(registry.InvitationLife), 1
	i.Name, i.Email = strings.TrimSpace(i.Name), strings.ToLower(strings.TrimSpace(i.Email))
	token := InvitationToken(ring, i.ID)
	if err := tx.AddInvitation(ctx, i, TokenHash(token)); err != nil {
		return i, "", err
	}
	return i, token, tx.Audit(ctx, store.Act{Actor: by.Account, Action: "invitation.make", ObjectType: "invitation", Object: i.ID, Org: i.Org, After: i,
		Detail: map[string]string{"role": string(i.Role)}, At: now})
}

// MayGive refuses unless the actor may give the role in the organization. Who has
// no part in it is told that there is no such organization.
func MayGive(ctx context.Context, tx *store.Tx, by registry.Actor, role registry.Role, org registry.ID) error {
	if by.Account == System.Account {
		return nil
	}
	path, err := Path(ctx, tx, org)
	switch {
	case err != nil:
		return err
	case registry.MayGive(by, role, path):
		return nil
	case registry.Can(by, registry.ReadRegister, path):
		return registry.Fail(registry.Forbidden, "account.role", string(role))
	}
	return registry.Fail(registry.NotFound, "organization.unknown", "")
}
