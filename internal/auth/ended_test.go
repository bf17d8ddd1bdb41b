package auth_test

import (
	"errors"
	"testing"

	"github.com/passmuster/passmuster/internal/auth"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/testkit/world"
)

func invited(t *testing.T, w *world.World, token, want, when string) {
	t.Helper()
	_, opened := w.Auth.Invited(t.Context(), token)
	if world.Code(opened) != want {
		t.Errorf("%s, the link is opened: %v, want %q", when, opened, want)
	}
	if want == "" {
		return
	}
	if _, err := w.Auth.Accept(t.Context(), token, auth.Acceptance{Name: "Ted DEMO", Email: "new@demo.example", Password: "another horse battery"}); world.Code(err) != want {
		t.Errorf("%s, the link is used: %v, want %q", when, err, want)
	}
}

func done(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Whoever made a link to a password gets no role by it that came later.
func TestAPasswordLinkEndsWhenTheRolesChange(t *testing.T) {
	w := world.New(t)
	ctx, fed := t.Context(), w.By("federation")
	mia, ted := w.Account("mia", "", "SJZ-H", registry.RoleBaseManager), w.Account("ted", "", "SJZ-H", registry.RoleTrainer)
	link := func() auth.Link {
		l, err := w.Auth.PasswordLink(ctx, mia, ted.Account)
		done(t, err)
		return l
	}
	approver := registry.Grant{Role: registry.RoleApprover, Org: w.Orgs["CVF"]}
	coordinator := registry.Grant{Role: registry.RoleCoordinator, Org: w.Orgs["SJZ-H"]}

	first := link()
	invited(t, w, first.Token, "", "before")
	done(t, second(w.Auth.Grant(ctx, mia, ted.Account, coordinator)))
	invited(t, w, first.Token, "invitation.withdrawn", "after a role that the maker gives")
	again := link()
	done(t, second(w.Auth.Withdraw(ctx, mia, ted.Account, coordinator)))
	invited(t, w, again.Token, "invitation.withdrawn", "after a role was taken")
	last := link()
	done(t, second(w.Auth.Grant(ctx, fed, ted.Account, approver)))
	invited(t, w, last.Token, "invitation.withdrawn", "after a higher role")
	if _, err := w.Auth.PasswordLink(ctx, mia, ted.Account); !errors.Is(err, registry.NotFound) {
		t.Errorf("a link for somebody above the maker: %v", err)
	}
}

// The rule holds even where nobody ended the link.
func TestAPasswordLinkIsCheckedAgainWhenItIsUsed(t *testing.T) {
	w := world.New(t)
	ctx := t.Context()
	mia, ted := w.Account("mia", "", "SJZ-H", registry.RoleBaseManager), w.Account("ted", "", "SJZ-H", registry.RoleTrainer)
	link, err := w.Auth.PasswordLink(ctx, mia, ted.Account)
	done(t, err)
	w.Tx(func(tx *store.Tx) error {
		a, err := tx.Account(ctx, ted.Account)
		if err != nil {
			return err
		}
		a.Grants = append(a.Grants, registry.Grant{Role: registry.RoleApprover, Org: w.Orgs["CVF"]})
		if _, err = tx.SaveAccount(ctx, a); err != nil {
			return err
		}
		return tx.Audit(ctx, store.Act{Action: "account.grant", ObjectType: "account", Object: a.ID, At: w.Clock.Now()})
	})
	invited(t, w, link.Token, "invitation.withdrawn", "with a role that the maker may not give")
}

// A role taken by an invitation ends the links to the password as well.
func TestAnAcceptedRoleEndsThePasswordLink(t *testing.T) {
	w := world.New(t)
	ctx := t.Context()
	mia, ted := w.Account("mia", "", "SJZ-H", registry.RoleBaseManager), w.Account("ted", "", "SJZ-H", registry.RoleTrainer)
	link, err := w.Auth.PasswordLink(ctx, mia, ted.Account)
	done(t, err)
	role, err := w.Auth.Invite(ctx, w.By("federation"), registry.Invitation{Role: registry.RoleApprover, Org: w.Orgs["CVF"]})
	done(t, err)
	done(t, second(w.Auth.Accept(ctx, role.Token, auth.Acceptance{Email: "ted@demo.example", Password: world.Password, Address: "192.0.2.1"})))
	invited(t, w, link.Token, "invitation.withdrawn", "after a role came by invitation")
}

// What somebody promised who was sent away stays ended when he comes back.
func TestLinksOfADisabledAccountStayEnded(t *testing.T) {
	w := world.New(t)
	ctx, fed := t.Context(), w.By("federation")
	mia, ted := w.Account("mia", "", "SJZ-H", registry.RoleBaseManager), w.Account("ted", "", "SJZ-H", registry.RoleTrainer)
	role, err := w.Auth.Invite(ctx, mia, registry.Invitation{Role: registry.RoleTrainer, Org: w.Orgs["SJZ-H"]})
	done(t, err)
	password, err := w.Auth.PasswordLink(ctx, mia, ted.Account)
	done(t, err)
	other, err := w.Auth.Invite(ctx, fed, registry.Invitation{Role: registry.RoleTrainer, Org: w.Orgs["SJZ-H"]})
	done(t, err)
	for _, to := range []registry.AccountStatus{registry.AccountDisabled, registry.AccountActive} {
		done(t, second(w.Auth.SetStatus(ctx, fed, mia.Account, to)))
		invited(t, w, role.Token, "invitation.withdrawn", string(to))
		invited(t, w, password.Token, "invitation.withdrawn", string(to))
	}
	invited(t, w, other.Token, "", "somebody else's")
}

func second[T any](_ T, err error) error { return err }
