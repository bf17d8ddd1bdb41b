package issue_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/issue"
	"github.com/passmuster/passmuster/internal/passkey"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/store/storetest"
	"github.com/passmuster/passmuster/internal/testkit"
	"github.com/passmuster/passmuster/internal/testkit/world"
)

const passkeyOrigin = "https://registry.example"

// signing is a world in which the approver has a passkey.
func signing(t *testing.T) (*world.World, func(who string, class registry.ID, in issue.ApproveInput) []byte) {
	t.Helper()
	w := world.New(t)
	return w, signingIn(t, w)
}

// signingIn gives the approvers of a world their passkeys.
func signingIn(t *testing.T, w *world.World) func(who string, class registry.ID, in issue.ApproveInput) []byte {
	t.Helper()
	keys, err := passkey.New(w.DB, passkeyOrigin, w.Clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	w.Issue.Passkeys = keys
	phones := map[string]*testkit.Authenticator{}
	for _, who := range []string{"approver", "second"} {
		phones[who] = testkit.NewAuthenticator(t, passkeyOrigin)
		options, state, err := keys.Begin(t.Context(), w.By(who))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := keys.Register(t.Context(), w.By(who), state, "DEMO", phones[who].Create(options)); err != nil {
			t.Fatal(err)
		}
	}
	return func(who string, class registry.ID, in issue.ApproveInput) []byte {
		t.Helper()
		_, challenge, err := w.Issue.Challenge(t.Context(), w.By(who), class, in)
		if err != nil {
			t.Fatal(err)
		}
		options, err := keys.Request(t.Context(), w.By(who), challenge)
		if err != nil {
			t.Fatal(err)
		}
		return phones[who].Sign(options)
	}
}

func TestAnAssertionIsForOneDecisionAboutOneClass(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		w := world.Over(t, d, t.TempDir())
		sign := signingIn(t, w)
		class, other := w.Submitted(3), w.Submitted(2)
		e := enrolments(w, class.ID)
		signed := sign("approver", class.ID, issue.ApproveInput{})
		for what, try := range map[string]func() error{
			"another class": func() error {
				_, err := w.Issue.Approve(t.Context(), w.By("approver"), other.ID, issue.ApproveInput{Passkey: signed})
				return err
			},
			"somebody held back": func() error {
				_, err := w.Issue.Approve(t.Context(), w.By("approver"), class.ID, issue.ApproveInput{Passkey: signed, Hold: []issue.Held{{Enrolment: e[0].ID, Reason: "DEMO"}}})
				return err
			},
			"another day": func() error {
				_, err := w.Issue.Approve(t.Context(), w.By("approver"), class.ID, issue.ApproveInput{Passkey: signed, ValidFrom: registry.DateOf(w.Clock.Now()).AddDays(9)})
				return err
			},
			"another approver": func() error {
				_, err := w.Issue.Approve(t.Context(), w.By("second"), class.ID, issue.ApproveInput{Passkey: signed})
				return err
			},
		} {
			if err := try(); world.Code(err) != "passkey.other" {
				t.Errorf("used for %s: %v", what, err)
			}
		}
		out, err := w.Issue.Approve(t.Context(), w.By("approver"), class.ID, issue.ApproveInput{Passkey: signed})
		if err != nil || out.Issued != 3 {
			t.Fatalf("used for what it signed: %d, %v", out.Issued, err)
		}
		list, err := w.Issue.Approvals(t.Context(), w.By("approver"), class.ID)
		if err != nil || len(list) != 1 || list[0].Err != nil || list[0].Origin != passkeyOrigin {
			t.Fatalf("kept %+v, %v", list, err)
		}
		for _, name := range []string{e[0].Name, e[1].Name} {
			if strings.Contains(list[0].Record.Content+list[0].Record.Statement, name) {
				t.Errorf("the record names %s", name)
			}
		}
	})
}

func TestAnEditAfterTheSubmissionVoidsAnAssertion(t *testing.T) {
	w, sign := signing(t)
	for what, edit := range map[string]func(tx *store.Tx, class registry.Class) error{
		"a name": func(tx *store.Tx, class registry.Class) error {
			list, err := tx.Enrolments(t.Context(), class.ID)
			if err == nil {
				list[0].Name = "DEMO 王小明"
				_, err = tx.SaveEnrolment(t.Context(), list[0])
			}
			return err
		},
		"a result": func(tx *store.Tx, class registry.Class) error {
			list, err := tx.Completions(t.Context(), class.ID)
			if err == nil {
				list[0].Minutes++
				err = tx.PutCompletion(t.Context(), list[0])
			}
			return err
		},
		"a date": func(tx *store.Tx, class registry.Class) error {
			class.Sessions[0].From = "07:00"
			_, err := tx.SaveClass(t.Context(), class)
			return err
		},
		"a trainer": func(tx *store.Tx, class registry.Class) error {
			class.Trainers[0].Role = "assistant"
			_, err := tx.SaveClass(t.Context(), class)
			return err
		},
	} {
		class := w.Submitted(2)
		signed := sign("approver", class.ID, issue.ApproveInput{})
		w.Tx(func(tx *store.Tx) error {
			if err := edit(tx, class); err != nil {
				return err
			}
			return tx.Audit(t.Context(), store.Act{Actor: "system", Action: "test", At: w.Clock.Now()})
		})
		if _, err := w.Issue.Approve(t.Context(), w.By("approver"), class.ID, issue.ApproveInput{Passkey: signed}); world.Code(err) != "passkey.other" {
			t.Errorf("after %s changed: %v", what, err)
		}
		if out, err := w.Issue.Approve(t.Context(), w.By("approver"), class.ID, issue.ApproveInput{Passkey: sign("approver", class.ID, issue.ApproveInput{})}); err != nil || out.Issued != 2 {
			t.Errorf("signed again after %s changed: %d, %v", what, out.Issued, err)
		}
	}
}

func TestARecordThatWasTamperedWithDoesNotHold(t *testing.T) {
	w, sign := signing(t)
	class := w.Submitted(1)
	if _, err := w.Issue.Approve(t.Context(), w.By("approver"), class.ID, issue.ApproveInput{Passkey: sign("approver", class.ID, issue.ApproveInput{})}); err != nil {
		t.Fatal(err)
	}
	list, err := w.Issue.Approvals(t.Context(), w.By("approver"), class.ID)
	if err != nil {
		t.Fatal(err)
	}
	forged := list[0].Record
	forged.ID, forged.Content = store.NewID(), strings.Replace(forged.Content, `"outcome":"pass"`, `"outcome":"fail"`, 1)
	again := list[0].Record
	again.ID, again.Statement = store.NewID(), strings.Replace(again.Statement, `"hold":[]`, `"hold":["x"]`, 1)
	w.Tx(func(tx *store.Tx) error {
		for _, r := range []registry.ApprovalRecord{forged, again} {
			if err := tx.AddApproval(t.Context(), r); err != nil {
				return err
			}
		}
		return tx.Audit(t.Context(), store.Act{Actor: "system", Action: "test", At: w.Clock.Now()})
	})
	if list, err = w.Issue.Approvals(t.Context(), w.By("approver"), class.ID); err != nil || len(list) != 3 {
		t.Fatal(len(list), err)
	}
	for i, want := range []string{"", "approve.record", "passkey.other"} {
		if got := world.Code(list[i].Err); got != want {
			t.Errorf("record %d: %q, want %q", i, got, want)
		}
	}
}

func TestWhoWasHeldBackNeedsTheSameFourEyesLater(t *testing.T) {
	w, sign := signing(t)
	class := w.Submitted(3)
	e := enrolments(w, class.ID)
	hold := []issue.Held{{Enrolment: e[1].ID, Reason: "id differs"}}
	if _, err := w.Issue.ApproveLater(t.Context(), w.By("approver"), class.ID, issue.LaterInput{Enrolment: e[1].ID}); world.Code(err) != "approve.not_yet" {
		t.Errorf("before the class: %v", err)
	}
	if _, err := w.Issue.Approve(t.Context(), w.By("approver"), class.ID, issue.ApproveInput{Hold: hold, Passkey: sign("approver", class.ID, issue.ApproveInput{Hold: hold})}); err != nil {
		t.Fatal(err)
	}
	for who, want := range map[string]string{"trainer": "access.forbidden", "tianjin": "class.unknown"} {
		if _, err := w.Issue.ApproveLater(t.Context(), w.By(who), class.ID, issue.LaterInput{Enrolment: e[1].ID}); world.Code(err) != want {
			t.Errorf("by %s: %v", who, err)
		}
	}
	if _, err := w.Issue.ApproveLater(t.Context(), w.By("second"), class.ID, issue.LaterInput{Enrolment: e[0].ID}); world.Code(err) != "completion.approved" {
		t.Errorf("who has a certificate: %v", err)
	}
	c, err := w.Issue.ApproveLater(t.Context(), w.By("second"), class.ID, issue.LaterInput{Enrolment: e[1].ID})
	if err != nil || c.State != registry.StateIssued || c.Enrolment != e[1].ID {
		t.Fatalf("%+v, %v", c.State, err)
	}
	if _, err := w.Issue.ApproveLater(t.Context(), w.By("second"), class.ID, issue.LaterInput{Enrolment: e[1].ID}); world.Code(err) != "completion.approved" {
		t.Errorf("a second time: %v", err)
	}
	if list, err := w.Issue.Approvals(t.Context(), w.By("approver"), class.ID); err != nil || len(list) != 2 || list[1].Err != nil {
		t.Errorf("%d decisions, %v", len(list), err)
	}
}

func TestAnAnswerCanBeCorrectedForADay(t *testing.T) {
	at := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	first, err := registry.Confirmation{Enrolment: "e"}.Say(registry.NotMe, at)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := first.Say(registry.NotMe, at.Add(99*time.Hour)); err != nil || again != first {
		t.Errorf("the same again: %+v, %v", again, err)
	}
	if c, err := first.Say(registry.WasThere, at.Add(23*time.Hour)); err != nil || c.Answer != registry.WasThere || !c.At.Equal(at) {
		t.Errorf("within a day: %+v, %v", c, err)
	}
	if _, err := first.Say(registry.WasThere, at.Add(24*time.Hour)); world.Code(err) != "confirm.closed" {
		t.Errorf("after a day: %v", err)
	}
	if _, err := first.Say("maybe", at); world.Code(err) != "confirm.answer" {
		t.Errorf("another word: %v", err)
	}
	if b, err := json.Marshal(first); err != nil || !strings.Contains(string(b), `"answer":"not_me"`) {
		t.Errorf("%s, %v", b, err)
	}
}
