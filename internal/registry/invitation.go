package registry

import (
	"slices"
	"time"
)

// InvitationKind is what an invitation is for.
type InvitationKind string

// The kinds of invitation.
const (
	InviteRole     InvitationKind = "role"     // an account, or a further role for one
	InvitePassword InvitationKind = "password" // a new password for an account
)

// How long an invitation waits.
const (
	InvitationLife = 14 * 24 * time.Hour
	PasswordLife   = 24 * time.Hour
)

// InvitationState is how an invitation stands; it is computed, never stored.
type InvitationState string

// The states of an invitation.
const (
	InvitationOpen      InvitationState = "open"
	InvitationUsed      InvitationState = "used"
	InvitationEnded     InvitationState = "ended"
	InvitationWithdrawn InvitationState = "withdrawn"
)

// Invitation lets one person, who holds its link, take a role in an organization
// or set a new password. It works once, and until it ends.
type Invitation struct {
	ID          ID             `json:"id"`
	Kind        InvitationKind `json:"kind"`
	Org         ID             `json:"org"`
	Role        Role           `json:"role,omitempty"`
	Name        string         `json:"name,omitempty"`
	Email       string         `json:"email,omitempty"`
	Person      ID             `json:"person,omitempty"`  // somebody known, such as a trainer; "": a new person
	Account     ID             `json:"account,omitempty"` // whose password; after use, the account that came of it
	Lang        string         `json:"lang,omitempty"`
	MadeBy      ID             `json:"made_by"`
	MadeAt      time.Time      `json:"made_at"`
	EndsAt      time.Time      `json:"ends_at"`
	UsedAt      time.Time      `json:"used_at,omitzero"`
	WithdrawnAt time.Time      `json:"withdrawn_at,omitzero"`
	Version     int64          `json:"version"`
}

// StateAt is how the invitation stands at t.
func (i Invitation) StateAt(t time.Time) InvitationState {
	switch {
	case !i.UsedAt.IsZero():
		return InvitationUsed
	case !i.WithdrawnAt.IsZero():
		return InvitationWithdrawn
	case !t.Before(i.EndsAt):
		return InvitationEnded
	}
	return InvitationOpen
}

// Use marks the invitation as used by the account, or refuses.
func (i Invitation) Use(account ID, now time.Time) (Invitation, error) {
	if s := i.StateAt(now); s != InvitationOpen {
		return i, Fail(Conflict, "invitation."+string(s))
	}
	i.UsedAt, i.Account = now, account
	return i, nil
}

// Withdraw takes back an invitation that nobody used.
func (i Invitation) Withdraw(now time.Time) (Invitation, error) {
	if s := i.StateAt(now); s == InvitationUsed || s == InvitationWithdrawn {
		return i, Fail(Conflict, "invitation."+string(s))
	}
	i.WithdrawnAt = now
	return i, nil
}

// gives says who may give a role to others. A role that decides about
// certificates is given by the federation alone: a base does not choose who
// approves its classes.
var gives = map[Role][]Role{
	RoleBaseManager: {RoleTrainer, RoleCoordinator},
	RoleRegion:      {RoleTrainer, RoleCoordinator, RoleBaseManager, RoleHospital},
	RoleFederation:  Roles,
}

// MayGive reports whether the actor may give, or take away, the role in the
// organization at the head of path (itself first, then its ancestors).
func MayGive(a Actor, role Role, path []ID) bool {
	return slices.ContainsFunc(a.Grants, func(g Grant) bool { return slices.Contains(path, g.Org) && slices.Contains(gives[g.Role], role) })
}

// Giveable lists the roles that the actor may give somewhere.
func Giveable(a Actor) []Role {
	var list []Role
	for _, r := range Roles {
		if slices.ContainsFunc(a.Grants, func(g Grant) bool { return slices.Contains(gives[g.Role], r) }) {
			list = append(list, r)
		}
	}
	return list
}
