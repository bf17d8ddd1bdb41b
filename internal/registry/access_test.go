package registry_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
)

// The permission table, one column for each role: who is not named may not. The
// region and the federation submit what is too late for anybody else.
const permissionTable = `
                      trainer coordinator base_manager approver region federation hospital auditor
class.read               x         x           x          x       x        x         .        x
class.create             x         x           x          .       x        x         .        .
class.enrol              x         x           x          .       x        x         .        .
class.attendance         x         x           .          .       .        .         .        .
class.results            x         .           .          .       .        .         .        .
class.submit             x         .           x          .       x        x         .        .
class.approve            .         .           .          x       x        x         .        .
class.cancel             x         .           x          .       x        x         .        .
class.override           .         .           .          .       x        x         .        .
credential.read          x         x           x          x       x        x         .        x
credential.suspend       .         .           .          x       x        x         .        .
credential.revoke        .         .           .          x       x        x         .        .
person.read              x         x           x          x       x        x         .        .
base.accredit            .         .           .          .       .        x         .        .
trainer.accredit         .         .           .          .       x        x         .        .
course.edit              .         .           .          .       .        x         .        .
organization.edit        .         .           .          .       .        x         .        .
template.read            .         .           x          x       x        x         .        x
template.edit            .         .           .          .       .        x         .        .
account.manage           .         .           .          .       .        x         .        .
audit.read               .         .           x          x       x        x         .        x
audit.read.own           x         x           .          .       .        .         .        .
person.edit              .         .           .          x       x        x         .        .
person.export            .         .           x          .       x        x         .        .
issue.retry              .         .           x          x       x        x         .        .
`

func TestARoleMayWhatTheTableSays(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(permissionTable), "\n")
	roles := strings.Fields(lines[0])
	if len(roles) != len(registry.Roles) {
		t.Fatalf("%d roles in the table, %d in the registry", len(roles), len(registry.Roles))
	}
	for _, line := range lines[1:] {
		cells := strings.Fields(line)
		for i, mark := range cells[1:] {
			a := registry.Actor{Account: "a", Grants: []registry.Grant{{Role: registry.Role(roles[i]), Org: "branch"}}}
			if got := registry.Can(a, registry.Action(cells[0]), []registry.ID{"base", "branch", "federation"}); got != (mark == "x") {
				t.Errorf("%s may %s: %t, the table says %s", roles[i], cells[0], got, mark)
			}
			if got := registry.CanSomewhere(a, registry.Action(cells[0])); got != (mark == "x") {
				t.Errorf("%s may %s somewhere: %t", roles[i], cells[0], got)
			}
			if got := registry.ScopesFor(a, registry.Action(cells[0])); (len(got) == 1) != (mark == "x") {
				t.Errorf("%s may %s in %v", roles[i], cells[0], got)
			}
		}
	}
}

func TestARoleReachesDownItsTreeAndNoFurther(t *testing.T) {
	a := registry.Actor{Account: "a", Grants: []registry.Grant{{Role: registry.RoleApprover, Org: "branch"}, {Role: registry.RoleTrainer, Org: "other"}}}
	for _, tc := range []struct {
		promise string
		act     registry.Action
		path    []registry.ID
		want    bool
	}{
		{"in the organization itself", registry.ApproveClass, []registry.ID{"branch", "federation"}, true},
		{"below it", registry.ApproveClass, []registry.ID{"hospital", "branch", "federation"}, true},
		{"above it", registry.ApproveClass, []registry.ID{"federation"}, false},
		{"beside it", registry.ApproveClass, []registry.ID{"neighbour", "federation"}, false},
		{"where only another role is held", registry.ApproveClass, []registry.ID{"other", "federation"}, false},
		{"by the other role there", registry.RecordResults, []registry.ID{"other", "federation"}, true},
		{"an action that nobody knows", "class.dance", []registry.ID{"branch"}, false},
		{"nowhere", registry.ApproveClass, nil, false},
	} {
		if got := registry.Can(a, tc.act, tc.path); got != tc.want {
			t.Errorf("%s: %t, want %t", tc.promise, got, tc.want)
		}
	}
	if registry.Can(registry.Actor{}, registry.ReadClass, []registry.ID{"branch"}) {
		t.Error("somebody without a role may read a class")
	}
	two := registry.Actor{Grants: []registry.Grant{{Role: registry.RoleRegion, Org: "n"}, {Role: registry.RoleApprover, Org: "s"}, {Role: registry.RoleFederation, Org: "n"}, {Role: registry.RoleHospital, Org: "w"}}}
	if got := registry.ScopesFor(two, registry.ApproveClass); !slices.Equal(got, []registry.ID{"n", "s"}) {
		t.Errorf("scopes %v, want n and s, each once", got)
	}
}
