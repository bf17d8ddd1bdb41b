package issue_test

import (
	"crypto/ecdsa"
	"errors"
	"sync"
	"testing"

	"github.com/passmuster/passmuster/internal/issue"
	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/record"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/testkit/world"
	"github.com/passmuster/passmuster/internal/trust"
)

// checkOffline publishes and asks a verifier without a network.
func checkOffline(t *testing.T, w *world.World, c registry.Credential, want registry.Status) {
	t.Helper()
	if err := w.Publish.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	list, err := w.Publish.Trust(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	bundle, err := w.Publish.Bundle(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	root := w.Ring.Keys(keys.Root)[0].Public.(*ecdsa.PublicKey)
	trusted, err := trust.ParseList(list.Body, root, trust.Seen{}, w.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	state, err := trust.ParseBundle(bundle.Body, trusted, trust.Seen{}, w.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	text, err := w.Issue.QR(c)
	if err != nil {
		t.Fatal(err)
	}
	scan, err := record.ParseScan(text)
	if err != nil {
		t.Fatal(err)
	}
	if a := trust.Offline(scan, trusted, state, trust.Seen{}, w.Clock.Now()); a.Status != want {
		t.Errorf("%s without a network: %s %+v, want %s", c.Number, a.Status, a.Reasons, want)
	}
}

func TestACorrectionTakesThePlaceOfWhatItCorrects(t *testing.T) {
	w := world.New(t)
	old := w.Issued(1)[0]
	fresh, err := w.Issue.Reissue(t.Context(), w.By("approver"), old.Number, issue.Correction{Name: " 王 伟芬 ", LatinName: "Wang Weifen", IDLast4: "0009", Reason: "misspelt"})
	if err != nil {
		t.Fatal(err)
	}
	s := fresh.Snapshot
	if fresh.State != registry.StateIssued || s.LatinName != "Wang Weifen" || s.IDLast4 != "0009" || fresh.Number == old.Number || fresh.Code == old.Code || fresh.Supersedes != old.ID {
		t.Errorf("fresh: %+v", fresh)
	}
	if s.ValidUntil != old.Snapshot.ValidUntil || s.CompletedOn != old.Snapshot.CompletedOn || s.Salt == old.Snapshot.Salt || s.Subject == old.Snapshot.Subject || s.Status == old.Snapshot.Status {
		t.Errorf("what stays and what does not: %+v", s)
	}
	a, err := w.Verify.Code(t.Context(), string(old.Code), "page")
	if err != nil || a.Status != registry.StatusSuperseded || a.Verdict != registry.Replaced || a.Credential.SupersededBy == nil || *a.Credential.SupersededBy != fresh.Number || a.Credential.SupersededByCode != fresh.Code {
		t.Errorf("the old page: %+v, %v", a, err)
	}
	if a.Credential != nil && a.Credential.Name != old.Snapshot.Name {
		t.Errorf("the old paper says %s, its page %s", old.Snapshot.Name, a.Credential.Name)
	}
	checkOffline(t, w, old, registry.StatusSuperseded)
	checkOffline(t, w, fresh, registry.StatusValid)
	if _, err := w.NewIssue().Certificate(t.Context(), w.Credential(old.ID)); err != nil {
		t.Errorf("the old file is still what it was: %v", err)
	}
	if _, err := w.Issue.Reissue(t.Context(), w.By("approver"), old.Number, issue.Correction{Name: "王伟芬", Reason: "again"}); world.Code(err) != "credential.final" {
		t.Errorf("corrected twice: %v", err)
	}
}

func TestWhoMayCorrectAndWhat(t *testing.T) {
	w := world.New(t)
	c := w.Issued(1)[0]
	w.People["holder"] = registry.Person{ID: c.Person}
	w.Account("holder", "holder", "CVF", registry.RoleApprover)
	good := issue.Correction{Name: "王伟芬", Reason: "misspelt"}
	for _, tc := range []struct {
		promise, by string
		in          issue.Correction
		want        string
	}{
		{"a trainer", "trainer", good, "access.forbidden"},
		{"another federation", "movement", good, "credential.unknown"},
		{"another base's trainer", "tianjin", good, "credential.unknown"},
		{"the holder", "holder", good, "four_eyes.trainee"},
		{"without a reason", "approver", issue.Correction{Name: "王伟芬", Reason: " "}, "reason.needed"},
		{"without a name", "approver", issue.Correction{Name: " ", Reason: "x"}, "name.empty"},
	} {
		if _, err := w.Issue.Reissue(t.Context(), w.By(tc.by), c.Number, tc.in); world.Code(err) != tc.want {
			t.Errorf("%s: %v, want %s", tc.promise, err, tc.want)
		}
	}
	if w.Credential(c.ID).State != registry.StateIssued {
		t.Error("a refused correction changed the credential")
	}
}

func TestACorrectionIsNoWayOutOfAReview(t *testing.T) {
	w := world.New(t)
	c := w.Issued(1)[0]
	if _, err := w.Lifecycle.Suspend(t.Context(), w.By("approver"), c.Number, "under_review", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Issue.Reissue(t.Context(), w.By("second"), c.Number, issue.Correction{Name: "王伟芬", Reason: "misspelt"}); world.Code(err) != "credential.final" {
		t.Errorf("a suspended one was corrected: %v", err)
	}
}

func TestACorrectionThatCannotBeSignedYetIsSignedLater(t *testing.T) {
	w := world.New(t)
	old := w.Issued(1)[0]
	raw(w, `CREATE TRIGGER crash BEFORE UPDATE ON credentials WHEN NEW.state = 'issued' BEGIN SELECT RAISE(ABORT, 'crash'); END`)
	fresh, err := w.Issue.Reissue(t.Context(), w.By("approver"), old.Number, issue.Correction{Name: "王伟芬", Reason: "misspelt"})
	if err != nil || fresh.State != registry.StateQueued {
		t.Fatalf("%s, %v", fresh.State, err)
	}
	a, err := w.Verify.Code(t.Context(), string(old.Code), "page")
	if err != nil || a.Status != registry.StatusSuperseded || a.Credential.SupersededBy != nil {
		t.Errorf("the old page leads to what is not there yet: %+v, %v", a, err)
	}
	raw(w, `DROP TRIGGER crash`)
	if n, err := w.NewIssue().Resume(t.Context()); n != 1 || err != nil {
		t.Errorf("resume: %d, %v", n, err)
	}
	if got := w.Credential(fresh.ID); got.State != registry.StateIssued {
		t.Errorf("later it is %s", got.State)
	}
}

func TestCorrectingAndRevokingAtOnceLeavesOneTruth(t *testing.T) {
	w := world.New(t)
	for round, c := range w.Issued(8) {
		var wait sync.WaitGroup
		var fresh registry.Credential
		var corrected, revoked error
		wait.Go(func() {
			fresh, corrected = w.Issue.Reissue(t.Context(), w.By("approver"), c.Number, issue.Correction{Name: c.Snapshot.Name + "芬", Reason: "misspelt"})
		})
		wait.Go(func() {
			if _, err := w.Lifecycle.Revoke(t.Context(), w.By("approver"), c.Number, "misconduct", ""); err != nil {
				revoked = err
				return
			}
			_, revoked = w.Lifecycle.Revoke(t.Context(), w.By("second"), c.Number, "misconduct", "")
		})
		wait.Wait()
		for _, err := range []error{corrected, revoked} {
			if err != nil && !errors.Is(err, registry.Conflict) && !errors.Is(err, registry.Stale) {
				t.Errorf("round %d: %v", round, err)
			}
		}
		old := w.Credential(c.ID)
		switch {
		case old.State == registry.StateRevoked && revoked == nil && corrected != nil:
		case old.State == registry.StateSuperseded && corrected == nil && revoked != nil:
			if w.Credential(fresh.ID).State != registry.StateIssued {
				t.Errorf("round %d: corrected into %s", round, w.Credential(fresh.ID).State)
			}
		default:
			t.Errorf("round %d: %s, corrected %v, revoked %v", round, old.State, corrected, revoked)
		}
	}
}

func TestAPrivateLinkLeadsToItsHolderAlone(t *testing.T) {
	w := world.New(t)
	list := w.Issued(2)
	token := w.Issue.HolderLink(list[0].Enrolment)[len(world.Origin+"/my/"):]
	h, err := w.Issue.Holder(t.Context(), token)
	if err != nil || h.Credential == nil || h.Credential.ID != list[0].ID || len(token) != 32 {
		t.Errorf("%+v, %v", h.Credential, err)
	}
	for _, wrong := range []string{"", token[:31], token + "A", "' OR 1=1 --"} {
		if _, err := w.Issue.Holder(t.Context(), wrong); !errors.Is(err, registry.NotFound) {
			t.Errorf("token %q: %v", wrong, err)
		}
	}
}

func TestStaffSeeTheCredentialsOfTheirOwn(t *testing.T) {
	w := world.New(t)
	c := w.Issued(1)[0]
	for who, want := range map[string]string{"trainer": "", "federation": "", "tianjin": "credential.unknown", "movement": "credential.unknown"} {
		if _, _, err := w.Issue.Credential(t.Context(), w.By(who), c.Number); world.Code(err) != want {
			t.Errorf("%s reads it: %v, want %q", who, err, want)
		}
		if _, err := w.Issue.OfClass(t.Context(), w.By(who), c.Class); (err == nil) != (want == "") {
			t.Errorf("%s lists the class: %v", who, err)
		}
	}
}
