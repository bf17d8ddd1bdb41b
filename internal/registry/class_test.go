package registry_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
)

var classStates = []registry.ClassStatus{registry.ClassDraft, registry.ClassOpen, registry.ClassInProgress, registry.ClassAssessing, registry.ClassSubmitted,
	registry.ClassReturned, registry.ClassApproved, registry.ClassIssuing, registry.ClassIssued, registry.ClassArchived, registry.ClassCancelled}

// The whole machine: what is not listed is refused.
func TestAClassMovesOnlyAsItsStateAllows(t *testing.T) {
	allowed := map[registry.ClassStatus]string{
		registry.ClassDraft:      "open cancelled",
		registry.ClassOpen:       "in_progress assessing cancelled",
		registry.ClassInProgress: "assessing submitted cancelled",
		registry.ClassAssessing:  "submitted cancelled",
		registry.ClassSubmitted:  "approved returned",
		registry.ClassReturned:   "assessing submitted cancelled",
		registry.ClassApproved:   "issuing issued",
		registry.ClassIssuing:    "issued",
		registry.ClassIssued:     "archived",
		registry.ClassArchived:   "",
		registry.ClassCancelled:  "",
	}
	for _, from := range classStates {
		for _, to := range classStates {
			got, err := registry.Class{Code: "DEMO", Status: from}.To(to)
			want := from == to || slices.Contains(strings.Fields(allowed[from]), string(to)) // to stay is to do nothing twice
			if (err == nil) != want {
				t.Errorf("%s → %s: %v, want allowed %t", from, to, err, want)
			}
			if err == nil && got.Status != to || err != nil && (got.Status != from || codeOf(err) != "class.move") {
				t.Errorf("%s → %s: is %s, %v", from, to, got.Status, err)
			}
		}
	}
}

func TestResultsAreRecordedBeforeSubmissionAndAfterAReturn(t *testing.T) {
	open := []registry.ClassStatus{registry.ClassOpen, registry.ClassInProgress, registry.ClassAssessing, registry.ClassReturned}
	for _, s := range classStates {
		err := registry.Class{Status: s}.Recordable()
		if (err == nil) != slices.Contains(open, s) || err != nil && codeOf(err) != "class.closed" {
			t.Errorf("%s: %v", s, err)
		}
	}
}

func fourEyesClass() registry.Class {
	return registry.Class{Code: "DEMO", CreatedBy: "account of the coordinator", Trainers: []registry.ClassTrainer{{Person: "lead"}, {Person: "assistant"}}}
}

func TestNobodyApprovesWhatTheyHadAPartIn(t *testing.T) {
	submitter := registry.Actor{Account: "account of the lead", Person: "lead"}
	creator := registry.Actor{Account: "account of the coordinator", Person: "coordinator"}
	for _, tc := range []struct {
		promise  string
		approver registry.Actor
		want     string
	}{
		{"somebody else may", registry.Actor{Account: "a", Person: "approver"}, "<nil>"},
		{"the submitter", submitter, "four_eyes.submitter"},
		{"the submitter's second account", registry.Actor{Account: "b", Person: "lead"}, "four_eyes.submitter"},
		{"whoever created the class", registry.Actor{Account: "account of the coordinator", Person: "coordinator"}, "four_eyes.creator"},
		{"the creator's second account", registry.Actor{Account: "g", Person: "coordinator"}, "four_eyes.creator"},
		{"another trainer", registry.Actor{Account: "c", Person: "assistant"}, "four_eyes.trainer"},
		{"an assessor", registry.Actor{Account: "d", Person: "assessor"}, "four_eyes.assessor"},
		{"a trainee", registry.Actor{Account: "e", Person: "trainee"}, "four_eyes.trainee"},
		{"an account with nobody behind it", registry.Actor{Account: "f"}, "four_eyes.no_person"},
	} {
		err := fourEyesClass().FourEyes(tc.approver, submitter, creator, []registry.ID{"assessor"}, []registry.ID{"trainee", "another"})
		if codeOf(err) != tc.want {
			t.Errorf("%s: %v, want %s", tc.promise, err, tc.want)
		}
	}
	err := fourEyesClass().FourEyes(registry.Actor{Account: "a", Person: "approver"}, registry.Actor{Account: "s"}, creator, nil, nil)
	if codeOf(err) != "four_eyes.no_person" {
		t.Errorf("submitted by an account with nobody behind it, which may be the approver's own: %v", err)
	}
}

func TestTooManyTraineesNeedAReasonThenConsent(t *testing.T) {
	course := registry.Course{RatioWarn: 6, RatioMax: 12}
	for _, tc := range []struct {
		promise            string
		trainers, trainees int
		reason             string
		want               string
	}{
		{"at the first limit", 1, 6, "", "<nil>"},
		{"over it, without a reason", 1, 7, "", "class.ratio_warn"},
		{"over it, with a reason", 1, 7, "two rooms", "<nil>"},
		{"at the second limit, with a reason", 1, 12, "two rooms", "<nil>"},
		{"over it a reason is not enough", 1, 13, "two rooms", "class.ratio_max"},
		{"two trainers count twice", 2, 12, "", "<nil>"},
		{"two trainers, one trainee more", 2, 13, "", "class.ratio_warn"},
		{"without a trainer it counts as one", 0, 13, "two rooms", "class.ratio_max"},
	} {
		c := registry.Class{RatioReason: tc.reason, Trainers: make([]registry.ClassTrainer, tc.trainers)}
		if err := registry.StaffingOf(c, course, registry.Base{}, tc.trainees).Fault(registry.Strict); codeOf(err) != tc.want {
			t.Errorf("%s: %v, want %s", tc.promise, err, tc.want)
		}
	}
	if err := registry.StaffingOf(registry.Class{}, registry.Course{}, registry.Base{}, 5000).Fault(registry.Strict); err != nil {
		t.Errorf("a course without limits: %v", err)
	}
}

func TestAClassIsSubmittedAfterItEndedAndNotTooLate(t *testing.T) {
	loc, err := registry.Zone("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	timed := []registry.Session{{On: day("2026-11-20"), From: "18:00", Minutes: 45}, {On: day("2026-11-21"), From: "18:00", To: "19:30", Minutes: 60}}
	untimed := []registry.Session{{On: day("2026-11-20")}, {On: day("2026-11-21")}}
	for _, tc := range []struct {
		promise  string
		sessions []registry.Session
		now      string
		regional bool
		want     string
	}{
		{"the day before the last session", untimed, "2026-11-20 23:59", false, "class.future"},
		{"the day before the last session, by the region", untimed, "2026-11-20 23:59", true, "class.future"},
		{"on the last day, without times", untimed, "2026-11-21 00:00", false, "<nil>"},
		{"before the last session begins", timed, "2026-11-21 17:59", false, "session.future"},
		{"before the last session begins, by the region", timed, "2026-11-21 17:59", true, "session.future"},
		{"while the last session is held", timed, "2026-11-21 19:29", false, "session.running"},
		{"when the last session ends", timed, "2026-11-21 19:30", false, "<nil>"},
		{"when its teaching ends, without a time for it", timed[:1], "2026-11-20 18:45", false, "<nil>"},
		{"before its teaching ends, without a time for it", timed[:1], "2026-11-20 18:44", false, "session.running"},
		{"thirty days later", untimed, "2026-12-21 12:00", false, "<nil>"},
		{"thirty-one days later", untimed, "2026-12-22 12:00", false, "class.too_late"},
		{"thirty-one days later, by the region", untimed, "2026-12-22 12:00", true, "<nil>"},
	} {
		now, err := time.ParseInLocation("2006-01-02 15:04", tc.now, loc)
		if err != nil {
			t.Fatal(err)
		}
		c := registry.Class{Code: "DEMO", Sessions: tc.sessions}
		if err := c.SubmitFault(now, loc, tc.regional); codeOf(err) != tc.want {
			t.Errorf("%s: %v, want %s", tc.promise, err, tc.want)
		}
	}
}

func TestTheDaysOfAClassAreThoseOfItsSessions(t *testing.T) {
	c := registry.Class{Sessions: []registry.Session{
		{On: day("2026-11-22"), Minutes: 90}, {On: day("2026-11-20"), Minutes: 45}, {On: day("2026-11-22"), Minutes: 45},
	}}
	if c.StartsOn() != day("2026-11-20") || c.EndsOn() != day("2026-11-22") || c.Minutes() != 180 {
		t.Errorf("from %s to %s, %d minutes", c.StartsOn(), c.EndsOn(), c.Minutes())
	}
	if got := c.Dates(); !slices.Equal(got, []registry.Date{day("2026-11-20"), day("2026-11-22")}) {
		t.Errorf("dates %v", got)
	}
}

func TestAClassThatCannotBeHeldIsRefused(t *testing.T) {
	good := func() registry.Class {
		return registry.Class{Setting: "hospital", Sessions: []registry.Session{{On: day("2026-11-21"), Minutes: 180}}, Trainers: []registry.ClassTrainer{{Person: "lead"}},
			Signatories: []registry.Signatory{{Name: "DEMO Head"}}}
	}
	if err := good().Validate(); err != nil {
		t.Fatalf("a good class: %v", err)
	}
	for _, tc := range []struct {
		want  string
		spoil func(*registry.Class)
	}{
		{"class.sessions", func(c *registry.Class) { c.Sessions = nil }},
		{"class.session_date", func(c *registry.Class) { c.Sessions[0].On = registry.Date{} }},
		{"class.session_minutes", func(c *registry.Class) { c.Sessions[0].Minutes = 0 }},
		{"class.session_minutes", func(c *registry.Class) { c.Sessions[0].Minutes = 24*60 + 1 }},
		{"class.setting", func(c *registry.Class) { c.Setting = "moon" }},
		{"class.trainers", func(c *registry.Class) { c.Trainers = nil }},
		{"class.signatories", func(c *registry.Class) { c.Signatories = nil }},
		{"class.signatories", func(c *registry.Class) { c.Signatories = make([]registry.Signatory, registry.MaxSignatories+1) }},
	} {
		c := good()
		tc.spoil(&c)
		if err := c.Validate(); codeOf(err) != tc.want {
			t.Errorf("%v, want %s", err, tc.want)
		}
	}
}

func TestAClassIsHandedInByItsLeadOrTheManagerOfItsBase(t *testing.T) {
	path := []registry.ID{"base", "region", "federation"}
	of := func(person registry.ID, role registry.Role, org registry.ID) registry.Actor {
		return registry.Actor{Account: "a-" + person, Person: person, Grants: []registry.Grant{{Role: role, Org: org}}}
	}
	led := registry.Class{Code: "C", Trainers: []registry.ClassTrainer{{Person: "lead", Name: "李明哲", Role: "lead"}, {Person: "helper", Role: "assistant"}}}
	unled := registry.Class{Code: "C", Trainers: []registry.ClassTrainer{{Person: "helper", Role: "instructor"}}}
	for _, tc := range []struct {
		what      string
		class     registry.Class
		by        registry.Actor
		exception bool
		want      bool
	}{
		{"the lead", led, of("lead", registry.RoleTrainer, "base"), false, true},
		{"an assistant", led, of("helper", registry.RoleTrainer, "base"), false, false},
		{"whoever trains where nobody leads", unled, of("helper", registry.RoleTrainer, "base"), false, true},
		{"a trainer of another class", unled, of("other", registry.RoleTrainer, "base"), false, false},
		{"the base's manager", led, of("boss", registry.RoleBaseManager, "base"), false, true},
		{"another base's manager", led, of("boss", registry.RoleBaseManager, "elsewhere"), false, false},
		{"the region", led, of("region", registry.RoleRegion, "region"), false, false},
		{"the federation", led, of("fed", registry.RoleFederation, "federation"), false, false},
		{"the region, by exception", led, of("region", registry.RoleRegion, "region"), true, true},
		{"an assistant, by exception", led, of("helper", registry.RoleTrainer, "base"), true, false},
	} {
		if err := tc.class.HandInFault(tc.by, path, tc.exception); (err == nil) != tc.want {
			t.Errorf("%s: %v", tc.what, err)
		}
	}
}
