package lifecycle_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/testkit/world"
)

// act is one decision about a credential.
type act func(w *world.World, by string, n registry.Number) error

func suspend(w *world.World, by string, n registry.Number) error {
	_, err := w.Lifecycle.Suspend(w.T.Context(), w.By(by), n, "under_review", "a report from the gate")
	return err
}

func reinstate(w *world.World, by string, n registry.Number) error {
	_, err := w.Lifecycle.Reinstate(w.T.Context(), w.By(by), n, "")
	return err
}

func revoke(w *world.World, by string, n registry.Number) error {
	_, err := w.Lifecycle.Revoke(w.T.Context(), w.By(by), n, "misconduct", "see the file")
	return err
}

func requests(w *world.World, n registry.Number) []store.RevocationRequest {
	w.T.Helper()
	list, err := w.Lifecycle.Requests(w.T.Context(), w.By("approver"), n)
	if err != nil {
		w.T.Fatal(err)
	}
	return list
}

func TestDecisionsFollowOneAnother(t *testing.T) {
	w := world.New(t)
	w.Account("twin", "approver", "CVF", registry.RoleApprover)
	w.Account("nobody", "", "CVF", registry.RoleApprover)
	type step struct {
		by   string
		do   act
		want string
		then registry.State
	}
	for promise, steps := range map[string][]step{
		"one person suspends and reinstates": {
			{"approver", suspend, "", registry.StateSuspended}, {"second", suspend, "credential.final", registry.StateSuspended},
			{"second", reinstate, "", registry.StateIssued}, {"second", reinstate, "credential.not_suspended", registry.StateIssued}},
		"two persons revoke, and the first already suspends": {
			{"approver", revoke, "", registry.StateSuspended}, {"approver", revoke, "four_eyes.revocation", registry.StateSuspended},
			{"twin", revoke, "four_eyes.revocation", registry.StateSuspended}, {"nobody", revoke, "four_eyes.no_person", registry.StateSuspended},
			{"second", revoke, "", registry.StateRevoked}},
		"revoked is final": {
			{"approver", revoke, "", registry.StateSuspended}, {"second", revoke, "", registry.StateRevoked}, {"approver", reinstate, "credential.not_suspended", registry.StateRevoked},
			{"approver", suspend, "credential.final", registry.StateRevoked}, {"approver", revoke, "credential.final", registry.StateRevoked}},
		"a suspended one is revoked": {
			{"approver", suspend, "", registry.StateSuspended}, {"approver", revoke, "", registry.StateSuspended}, {"second", revoke, "", registry.StateRevoked}},
		"nobody's request bars no other": {
			{"nobody", revoke, "four_eyes.no_person", registry.StateIssued}, {"approver", revoke, "", registry.StateSuspended}, {"second", revoke, "", registry.StateRevoked}},
		"a reinstatement declines what was asked": {
			{"approver", revoke, "", registry.StateSuspended}, {"second", reinstate, "", registry.StateIssued},
			{"second", revoke, "", registry.StateSuspended}, {"approver", revoke, "", registry.StateRevoked}},
		"who may not": {
			{"trainer", suspend, "access.forbidden", registry.StateIssued}, {"trainer", revoke, "access.forbidden", registry.StateIssued},
			{"tianjin", suspend, "credential.unknown", registry.StateIssued}, {"movement", suspend, "credential.unknown", registry.StateIssued},
			{"movement", revoke, "credential.unknown", registry.StateIssued}, {"movement", reinstate, "credential.unknown", registry.StateIssued}},
	} {
		c := w.Issued(1)[0]
		for i, s := range steps {
			if err := s.do(w, s.by, c.Number); world.Code(err) != s.want {
				t.Errorf("%s, step %d by %s: %v, want %q", promise, i+1, s.by, err, s.want)
			}
			if got := w.Credential(c.ID).State; got != s.then {
				t.Errorf("%s, after step %d by %s: %s, want %s", promise, i+1, s.by, got, s.then)
			}
		}
	}
}

func TestNobodyDecidesAboutHimself(t *testing.T) {
	w := world.New(t)
	c := w.Issued(1)[0]
	w.People["holder"] = registry.Person{ID: c.Person}
	w.Account("holder", "holder", "CVF", registry.RoleFederation)
	for name, do := range map[string]act{"suspend": suspend, "reinstate": reinstate, "revoke": revoke} {
		if err := do(w, "holder", c.Number); world.Code(err) != "four_eyes.trainee" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := revoke(w, "approver", c.Number); err != nil {
		t.Fatal(err)
	}
	if err := revoke(w, "holder", c.Number); world.Code(err) != "four_eyes.trainee" {
		t.Errorf("grants: %v", err)
	}
}

func TestRequestsAreListedWhileTheyWait(t *testing.T) {
	w := world.New(t)
	c := w.Issued(1)[0]
	if _, err := w.Lifecycle.Revoke(t.Context(), w.By("approver"), c.Number, "bad mood", ""); world.Code(err) != "credential.reason" || len(requests(w, c.Number)) != 0 {
		t.Errorf("a reason that the public cannot be told: %v", err)
	}
	if err := revoke(w, "approver", c.Number); err != nil {
		t.Fatal(err)
	}
	open := requests(w, c.Number)
	if len(open) != 1 || open[0].Reason != "misconduct" || open[0].By != w.By("approver").Account {
		t.Fatalf("open: %+v", open)
	}
	if _, err := w.Lifecycle.Requests(t.Context(), w.By("movement"), c.Number); world.Code(err) != "credential.unknown" {
		t.Errorf("another federation lists them: %v", err)
	}
	if err := reinstate(w, "second", c.Number); err != nil || len(requests(w, c.Number)) != 0 {
		t.Errorf("after the reinstatement: %+v, %v", requests(w, c.Number), err)
	}
	w.Read(func(tx *store.Tx) error {
		r, err := tx.RevocationRequest(t.Context(), open[0].ID)
		if r.Granted || r.DecidedBy != w.By("second").Account {
			t.Errorf("decided: %+v", r)
		}
		return err
	})
}

func TestADecisionIsSeenAtOnceAndStaysInHistory(t *testing.T) {
	w := world.New(t)
	c := w.Issued(1)[0]
	if err := revoke(w, "approver", c.Number); err != nil {
		t.Fatal(err)
	}
	if a, err := w.Verify.Code(t.Context(), string(c.Code), "page"); err != nil || a.Status != registry.StatusSuspended || a.Credential.StatusReason != "under_review" {
		t.Errorf("asked: %+v, %v", a, err)
	}
	if err := revoke(w, "second", c.Number); err != nil {
		t.Fatal(err)
	}
	if a, err := w.Verify.Code(t.Context(), string(c.Code), "page"); err != nil || a.Status != registry.StatusRevoked || a.Credential.StatusReason != "misconduct" {
		t.Errorf("granted: %+v, %v", a, err)
	}
	_, events, err := w.Issue.Credential(t.Context(), w.By("approver"), c.Number)
	if err != nil || len(events) != 2 {
		t.Fatalf("%d events, %v", len(events), err)
	}
	if last := events[1]; last.By != w.By("approver").Account || last.Second != w.By("second").Account || last.From != registry.StateSuspended {
		t.Errorf("the last event: %+v", last)
	}
	var acts []string
	for _, a := range w.Audit(c.ID) {
		acts = append(acts, a.Action)
		for k, v := range a.Detail {
			if v == "see the file" || v == c.Snapshot.Name || v == string(c.Code) {
				t.Errorf("the audit row of %s tells %s=%s", a.Action, k, v)
			}
		}
	}
	if want := []string{"credential.revoke", "credential.revoke.ask", "credential.suspend", "credential.issue"}; !slices.Equal(acts, want) {
		t.Errorf("audit %v, want %v", acts, want)
	}
}

func TestOfManyRevocationsAtOnceOneAsksAndOneGrants(t *testing.T) {
	w := world.New(t)
	for round, c := range w.Issued(10) {
		errs := make([]error, 6)
		var wait sync.WaitGroup
		for i := range errs {
			wait.Go(func() { errs[i] = revoke(w, []string{"approver", "second"}[i%2], c.Number) })
		}
		wait.Wait()
		done := 0
		for _, err := range errs {
			switch world.Code(err) {
			case "":
				done++
			case "four_eyes.revocation", "credential.final", "credential.stale":
			default:
				t.Errorf("round %d: %v", round, err)
			}
		}
		if got := w.Credential(c.ID).State; got != registry.StateRevoked || done != 2 {
			t.Errorf("round %d: %s after %d decisions", round, got, done)
		}
	}
}
