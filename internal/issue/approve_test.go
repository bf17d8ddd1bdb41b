package issue_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/issue"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/testkit/world"
	"github.com/passmuster/passmuster/internal/training"
)

func TestWhoeverHadAPartInAClassDoesNotDecideIt(t *testing.T) {
	w := world.New(t)
	all := []registry.Role{registry.RoleTrainer, registry.RoleApprover}
	w.Account("twin", "trainer", "CVF", registry.RoleApprover) // a second account of the trainer
	w.Account("nobody", "", "CVF", registry.RoleApprover)
	w.Account("creator", "second", "CVF", all...)
	w.Account("assessor", "other", "CVF", all...)
	w.Account("submitter", "region", "CVF", all...)
	class := w.Open("creator")
	e := w.Enrol("trainer", class.ID, world.Rows(2)...).People
	if _, err := w.Training.EditClass(t.Context(), w.By("creator"), class.ID, class.Version+1, w.Class(func(in *training.ClassInput) {
		in.Trainers = append(in.Trainers, registry.ClassTrainer{Person: w.People["other"].ID})
	})); err != nil {
		t.Fatal(err)
	}
	score := 95
	if _, err := w.Training.RecordResults(t.Context(), w.By("assessor"), class.ID, []training.ResultInput{{Enrolment: e[0].Enrolment, Kind: registry.Theory, Score: &score}}); err != nil {
		t.Fatal(err)
	}
	w.Read(func(tx *store.Tx) error { // and the assessor's name comes off the class again
		var err error
		class, err = tx.Class(t.Context(), class.ID)
		return err
	})
	if _, err := w.Training.EditClass(t.Context(), w.By("creator"), class.ID, class.Version, w.Class()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Training.Submit(t.Context(), w.Account("manager", "region", "SJZ-H", registry.RoleBaseManager), class.ID); err != nil {
		t.Fatal(err)
	}
	w.Read(func(tx *store.Tx) error {
		enrolment, err := tx.Enrolment(t.Context(), e[1].Enrolment)
		w.People["trainee"] = registry.Person{ID: enrolment.Person}
		return err
	})
	w.Account("trainee", "trainee", "CVF", registry.RoleApprover)
	for who, want := range map[string]string{
		"region": "four_eyes.submitter", "submitter": "four_eyes.submitter", "creator": "four_eyes.creator", "second": "four_eyes.creator",
		"twin": "four_eyes.trainer", "assessor": "four_eyes.assessor", "trainee": "four_eyes.trainee", "nobody": "four_eyes.no_person",
		"trainer": "access.forbidden", "tianjin": "class.unknown", "movement": "class.unknown",
	} {
		if _, err := w.Issue.Approve(t.Context(), w.By(who), class.ID, issue.ApproveInput{}); world.Code(err) != want {
			t.Errorf("approved by %s: %v, want %s", who, err, want)
		}
		if _, err := w.Issue.Return(t.Context(), w.By(who), class.ID, "DEMO", nil, 0); world.Code(err) != want {
			t.Errorf("returned by %s: %v, want %s", who, err, want)
		}
		if err := w.Issue.FourEyes(t.Context(), w.By(who), class.ID); world.Code(err) != want {
			t.Errorf("asked by %s: %v, want %s", who, err, want)
		}
	}
	if out := w.Approve(class.ID); out.Issued != 2 {
		t.Errorf("approved by somebody else: %+v", out)
	}
}

func TestTwoApprovalsAtOnceMakeOneSetOfCredentials(t *testing.T) {
	w := world.New(t)
	for round := range 5 {
		class := w.Submitted(4)
		errs := make([]error, 6)
		var wait sync.WaitGroup
		for i := range errs {
			wait.Go(func() {
				_, errs[i] = w.Issue.Approve(t.Context(), w.By([]string{"approver", "second"}[i%2]), class.ID, issue.ApproveInput{})
			})
		}
		wait.Wait()
		approved := 0
		for _, err := range errs {
			switch world.Code(err) {
			case "":
				approved++
			case "class.not_submitted", "class.stale":
			default:
				t.Errorf("round %d: %v", round, err)
			}
		}
		list, err := w.Issue.OfClass(t.Context(), w.By("approver"), class.ID)
		if err != nil || approved != 1 || len(list) != 4 {
			t.Errorf("round %d: %d approvals, %d credentials, %v", round, approved, len(list), err)
		}
	}
}

func TestADecisionIsAboutTheClassThatWasSeen(t *testing.T) {
	w := world.New(t)
	class := w.Submitted(1)
	if _, err := w.Issue.Approve(t.Context(), w.By("approver"), class.ID, issue.ApproveInput{Version: class.Version - 1}); world.Code(err) != "class.stale" {
		t.Errorf("an older version: %v", err)
	}
	if _, err := w.Issue.Approve(t.Context(), w.By("approver"), class.ID, issue.ApproveInput{Version: class.Version}); err != nil {
		t.Errorf("the version that stands: %v", err)
	}
	if _, err := w.Issue.Approve(t.Context(), w.By("approver"), class.ID, issue.ApproveInput{}); world.Code(err) != "class.not_submitted" {
		t.Errorf("a second time: %v", err)
	}
}

func TestARowThatIsHeldGetsNothing(t *testing.T) {
	w := world.New(t)
	class := w.Submitted(3)
	e := enrolments(w, class.ID)
	for _, hold := range [][]issue.Held{{{Enrolment: e[1].ID, Reason: " "}}, {{Enrolment: "nobody", Reason: "id differs"}}} {
		if _, err := w.Issue.Approve(t.Context(), w.By("approver"), class.ID, issue.ApproveInput{Hold: hold}); world.Code(err) != "request.rows" {
			t.Errorf("hold %+v: %v", hold, err)
		}
	}
	out, err := w.Issue.Approve(t.Context(), w.By("approver"), class.ID, issue.ApproveInput{Hold: []issue.Held{{Enrolment: e[1].ID, Reason: "id differs"}}})
	if err != nil || out.Issued != 2 {
		t.Fatalf("%d issued, %v", out.Issued, err)
	}
	for _, c := range out.Credentials {
		if c.Enrolment == e[1].ID {
			t.Errorf("the held one has %s", c.Number)
		}
	}
	w.Read(func(tx *store.Tx) error {
		c, err := tx.CompletionOf(t.Context(), e[1].ID)
		if c.Held != "id differs" || !c.ApprovedAt.IsZero() {
			t.Errorf("its completion: %+v", c)
		}
		return err
	})
}

func TestAReturnedClassIsPutRightAndApproved(t *testing.T) {
	w := world.New(t)
	class := w.Submitted(2)
	e := enrolments(w, class.ID)
	if _, err := w.Issue.Return(t.Context(), w.By("approver"), class.ID, "", nil, 0); world.Code(err) != "reason.needed" {
		t.Errorf("without a reason: %v", err)
	}
	class, err := w.Issue.Return(t.Context(), w.By("approver"), class.ID, "the sheet is missing", []issue.Held{{Enrolment: e[0].ID, Reason: "which attempt?"}}, 0)
	if err != nil || class.Status != registry.ClassReturned || class.ReturnReason != "the sheet is missing" {
		t.Fatalf("%+v, %v", class, err)
	}
	if _, err := w.Issue.Approve(t.Context(), w.By("approver"), class.ID, issue.ApproveInput{}); world.Code(err) != "class.not_submitted" {
		t.Errorf("approved while returned: %v", err)
	}
	score := 88
	if _, err := w.Training.RecordResults(t.Context(), w.By("trainer"), class.ID, []training.ResultInput{{Enrolment: e[0].ID, Kind: registry.Theory, Score: &score}}); err != nil {
		t.Fatal(err)
	}
	if class, err = w.Training.Submit(t.Context(), w.By("trainer"), class.ID); err != nil || class.ReturnReason != "" {
		t.Fatalf("%+v, %v", class, err)
	}
	if out := w.Approve(class.ID); out.Issued != 2 {
		t.Errorf("%d issued", out.Issued)
	}
}

func TestAClassOfWhichNobodyPassedIsFinished(t *testing.T) {
	w := world.New(t)
	class := w.Open("trainer")
	row := world.Row(0)
	*row.Theory = 20
	w.Enrol("trainer", class.ID, row)
	class, err := w.Training.Submit(t.Context(), w.By("trainer"), class.ID)
	if err != nil {
		t.Fatal(err)
	}
	out := w.Approve(class.ID)
	if out.Total != 0 || out.Class.Status != registry.ClassIssued {
		t.Errorf("%+v", out)
	}
}

func TestABaseThatLostItsAccreditationNeedsAReason(t *testing.T) {
	w := world.New(t)
	class := w.Submitted(1)
	if _, err := w.Accredit.MoveBase(t.Context(), w.By("federation"), "SJZ", 1, registry.BaseSuspended); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Issue.Approve(t.Context(), w.By("approver"), class.ID, issue.ApproveInput{Note: " "}); world.Code(err) != "base.since" {
		t.Errorf("without a note: %v", err)
	}
	out, err := w.Issue.Approve(t.Context(), w.By("approver"), class.ID, issue.ApproveInput{Note: "held before the suspension"})
	if err != nil || out.Class.ApproveNote != "held before the suspension" {
		t.Errorf("with one: %q, %v", out.Class.ApproveNote, err)
	}
}

func TestTheCeremonyDayMovesTheBeginningAndNotTheEnd(t *testing.T) {
	w := world.New(t)
	class := w.Submitted(1)
	for _, day := range []string{"2026-11-20", "2027-05-21"} {
		if _, err := w.Issue.Approve(t.Context(), w.By("approver"), class.ID, issue.ApproveInput{ValidFrom: world.Day(day)}); world.Code(err) != "approve.valid_from" {
			t.Errorf("%s: %v", day, err)
		}
	}
	out, err := w.Issue.Approve(t.Context(), w.By("approver"), class.ID, issue.ApproveInput{ValidFrom: world.Day("2026-12-01")})
	if err != nil {
		t.Fatal(err)
	}
	c := out.Credentials[0]
	if s := c.Snapshot; s.ValidFrom != world.Day("2026-12-01") || s.ValidUntil != world.Day("2028-11-30") || s.IssuedOn != world.Day("2026-11-21") {
		t.Errorf("from %s until %s, issued on %s", s.ValidFrom, s.ValidUntil, s.IssuedOn)
	}
	starts := time.Date(2026, 11, 30, 16, 0, 0, 0, time.UTC)
	if got := []registry.Status{c.StatusAt(starts.Add(-time.Second)), c.StatusAt(starts)}; !slices.Equal(got, []registry.Status{registry.StatusNotYetValid, registry.StatusValid}) {
		t.Errorf("around midnight of the ceremony day at the base: %v", got)
	}
	fresh, err := w.Issue.Reissue(t.Context(), w.By("approver"), c.Number, issue.Correction{Name: "王伟芬", Reason: "misspelt"})
	if err != nil || fresh.Snapshot.ValidFrom != world.Day("2026-12-01") {
		t.Errorf("corrected before the ceremony, valid from %s, %v", fresh.Snapshot.ValidFrom, err)
	}
}

func enrolments(w *world.World, class registry.ID) (list []registry.Enrolment) {
	w.T.Helper()
	w.Read(func(tx *store.Tx) (err error) {
		list, err = tx.Enrolments(w.T.Context(), class)
		return err
	})
	return list
}
