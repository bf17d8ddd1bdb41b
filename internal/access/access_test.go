package access_test

import (
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/testkit/world"
)

func TestWhoMayNotLookIsToldThatThereIsNothing(t *testing.T) {
	w := world.New(t)
	w.Account("auditor", "", "CVF", registry.RoleAuditor)
	for _, tc := range []struct {
		who, org string
		act      registry.Action
		want     string
	}{
		{"approver", "SJZ-H", registry.ApproveClass, ""},
		{"approver", "SJZ-H", registry.CreateClass, "access.forbidden"},
		{"auditor", "SJZ-H", registry.ApproveClass, "access.forbidden"},
		{"trainer", "SJZ-H", registry.CreateClass, ""},
		{"trainer", "TJX-H", registry.CreateClass, "class.unknown"},
		{"trainer", "CVF-HE", registry.CreateClass, "class.unknown"}, // a role reaches down, never up
		{"movement", "SJZ-H", registry.ApproveClass, "class.unknown"},
	} {
		w.Read(func(tx *store.Tx) error {
			err := access.Allow(t.Context(), tx, w.By(tc.who), registry.ReadClass, tc.act, w.Orgs[tc.org], "class", "c")
			if world.Code(err) != tc.want {
				t.Errorf("%s in %s, %s: %v, want %q", tc.who, tc.org, tc.act, err, tc.want)
			}
			return nil
		})
	}
	w.Read(func(tx *store.Tx) error {
		if err := access.Allow(t.Context(), tx, registry.Actor{}, registry.ReadClass, registry.ReadClass, w.Orgs["SJZ-H"], "class", "c"); world.Code(err) != "class.unknown" {
			t.Errorf("nobody: %v", err)
		}
		return nil
	})
}

func TestTheAuditTrailIsReadBelowOnesOwnRole(t *testing.T) {
	w := world.New(t)
	w.Account("auditor", "", "CVF", registry.RoleAuditor)
	class := w.Submitted(2)
	count := func(who string) (n, persons int) {
		t.Helper()
		list, err := access.Audit(t.Context(), w.DB, w.By(who), store.AuditFilter{AllOrgs: true, Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			if e.Object == class.ID {
				n++
			}
			if e.ObjectType == "person" && !strings.HasPrefix(string(e.Object), "*") {
				persons++
			}
			for k, v := range e.Detail {
				if strings.Contains(v, world.Name(0)) || strings.Contains(v, "DEMO-000000") {
					t.Errorf("%s: %s=%s", e.Action, k, v)
				}
			}
		}
		return n, persons
	}
	if n, _ := count("federation"); n != 3 {
		t.Errorf("the federation reads %d acts of the class, want create, enrol, submit", n)
	}
	if n, persons := count("auditor"); n != 3 || persons != 0 {
		t.Errorf("the auditor reads %d acts and %d ids of persons", n, persons)
	}
	if n, _ := count("movement"); n != 0 {
		t.Errorf("another federation reads %d acts", n)
	}
	if n, _ := count("approver"); n != 3 {
		t.Errorf("the approver reads %d acts of the class", n)
	}
	own, err := access.Audit(t.Context(), w.DB, w.By("trainer"), store.AuditFilter{AllOrgs: true, Limit: 1000})
	if err != nil || len(own) == 0 {
		t.Errorf("a trainer reads %d acts of his own, %v", len(own), err)
	}
	for _, e := range own {
		if e.Actor != w.By("trainer").Account {
			t.Errorf("a trainer reads the act %s of another", e.Action)
		}
	}
	if list, err := access.Audit(t.Context(), w.DB, w.By("trainer"), store.AuditFilter{Actors: []registry.ID{w.By("federation").Account}}); err != nil || len(list) > 0 {
		t.Errorf("a trainer reads %d acts of the federation, %v", len(list), err)
	}
	w.Account("desk", "", "SJZ-H", registry.RoleHospital)
	if _, err := access.Audit(t.Context(), w.DB, w.By("desk"), store.AuditFilter{AllOrgs: true}); world.Code(err) != "access.forbidden" {
		t.Errorf("a hospital's desk: %v", err)
	}
}

func TestALinkIsOfOneEnrolmentAndOneEpoch(t *testing.T) {
	w := world.New(t)
	seen := map[string]bool{}
	for _, e := range []registry.ID{"a", "b", "a|1"} {
		for epoch := range int64(3) {
			token := access.HolderToken(w.Ring, e, epoch)
			if len(token) != 32 || seen[token] || token != access.HolderToken(w.Ring, e, epoch) {
				t.Errorf("%s, %d: %q", e, epoch, token)
			}
			seen[token] = true
		}
	}
	if h := access.TokenHash("x"); len(h) != 64 || h == access.TokenHash("y") {
		t.Errorf("hash %q", h)
	}
}
