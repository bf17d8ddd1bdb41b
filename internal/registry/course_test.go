package registry_test

import (
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
)

func TestValidityIsCountedFromTheCompletion(t *testing.T) {
	for _, tc := range []struct {
		promise   string
		months    int
		rule      registry.Expiry
		completed string
		want      string
	}{
		{"to the end of the month", 24, registry.MonthEnd, "2026-11-21", "2028-11-30"},
		{"to the end of the month, completed on its first day", 24, registry.MonthEnd, "2026-11-01", "2028-11-30"},
		{"to the end of the month, completed on its last day", 24, registry.MonthEnd, "2026-11-30", "2028-11-30"},
		{"to the end of February of a leap year", 24, registry.MonthEnd, "2026-02-10", "2028-02-29"},
		{"to the same day", 36, registry.ExactDay, "2026-11-21", "2029-11-21"},
		{"29 February and a year", 12, registry.ExactDay, "2028-02-29", "2029-02-28"},
		{"29 February and three years", 36, registry.ExactDay, "2028-02-29", "2031-02-28"},
		{"29 February and three years, to the end of the month", 36, registry.MonthEnd, "2028-02-29", "2031-02-28"},
		{"without a rule it is the same day", 12, "", "2026-11-21", "2027-11-21"},
		{"no expiry", 0, registry.MonthEnd, "2026-11-21", ""},
	} {
		course := registry.Course{ValidityMonths: tc.months, Expiry: tc.rule}
		if got := course.ValidUntil(day(tc.completed)); got.String() != tc.want {
			t.Errorf("%s: completed on %s, valid until %q, want %q", tc.promise, tc.completed, got, tc.want)
		}
	}
}

func TestCreditsAreCutToATenthAndCapped(t *testing.T) {
	cme := func(hours, cap int) *registry.CME {
		return &registry.CME{Class: "II", Level: "provincial", ProjectNo: "2026-01", HoursPerPoint: hours, CapTenths: cap}
	}
	for _, tc := range []struct {
		promise string
		minutes int
		cme     *registry.CME
		want    int // tenths
	}{
		{"six hours at six an hour", 6 * 45, cme(6, 0), 10},
		{"three hours at three", 3 * 45, cme(3, 0), 10},
		{"seven hours at six is 1.16, cut", 7 * 45, cme(6, 0), 11},
		{"a minute short of a credit", 6*45 - 1, cme(6, 0), 9},
		{"capped", 200 * 45, cme(3, 100), 100},
		{"below the cap", 3 * 45, cme(3, 100), 10},
		{"without a project number", 6 * 45, &registry.CME{Level: "national", HoursPerPoint: 3}, 0},
		{"without a level", 6 * 45, &registry.CME{ProjectNo: "2026-01", HoursPerPoint: 3}, 0},
		{"without hours for a credit", 6 * 45, cme(0, 0), 0},
		{"no continuing education", 6 * 45, nil, 0},
	} {
		if got := (registry.Course{Minutes: tc.minutes, CME: tc.cme}).Credits(); got != tc.want {
			t.Errorf("%s: %d tenths of a credit, want %d", tc.promise, got, tc.want)
		}
	}
}

func TestHoursArePrintedInAcademicHours(t *testing.T) {
	for minutes, want := range map[int]float64{0: 0, 45: 1, 180: 4, 100: 2.2, 90: 2, 22: 0.5, 720: 16, 1800: 40, 1: 0} {
		if got := registry.AcademicHours(minutes); got != want {
			t.Errorf("%d minutes are %v academic hours, want %v", minutes, got, want)
		}
	}
}

func cpr() registry.Course {
	step := registry.Text{"en": "a step"}
	return registry.Course{
		Code: "CPR1", Version: 3, Programme: "GAJK", Title: registry.Text{"zh": "心肺复苏与AED", "en": "CPR and AED"},
		Kind: registry.Competence, Delivery: registry.InPerson, Minutes: 180, Practical: 135, AttendanceMin: 90, PassMark: 84, MaxAttempts: 2,
		Skills: registry.SkillsSheet{Items: []registry.SkillItem{
			{Code: "safe", Text: step, Critical: true}, {Code: "depth", Text: step, Critical: true}, {Code: "help", Text: step}, {Code: "breaths", Text: step}, {Code: "swap", Text: step},
		}, OthersPass: 2},
		ValidityMonths: 24, Expiry: registry.MonthEnd, RatioWarn: 6, RatioMax: 12, Status: registry.CourseActive,
	}
}

func TestACourseThatContradictsItselfIsRefused(t *testing.T) {
	if err := cpr().Validate(); err != nil {
		t.Fatalf("a good course: %v", err)
	}
	for want, spoil := range map[string]func(*registry.Course){
		"course.code":                  func(c *registry.Course) { c.Code = "CPR-1" },
		"course.version":               func(c *registry.Course) { c.Version = 0 },
		"course.title":                 func(c *registry.Course) { c.Title = nil },
		"course.minutes":               func(c *registry.Course) { c.Practical = c.Minutes + 1 },
		"course.pass_mark":             func(c *registry.Course) { c.PassMark = 101 },
		"course.attendance_assessed":   func(c *registry.Course) { c.Kind = registry.Attendance },
		"course.competence_unassessed": func(c *registry.Course) { c.PassMark, c.Skills.Items = 0, nil },
	} {
		c := cpr()
		spoil(&c)
		if err := c.Validate(); codeOf(err) != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestPracticeCountsOnlyWhereSomebodyWatched(t *testing.T) {
	for _, tc := range []struct {
		promise string
		spoil   func(*registry.Course)
		want    bool
	}{
		{"in person, with a skills sheet", func(*registry.Course) {}, true},
		{"blended, with a skills sheet", func(c *registry.Course) { c.Delivery = registry.Blended }, true},
		{"online, with a skills sheet", func(c *registry.Course) { c.Delivery = registry.Online }, false},
		{"in person, without a skills sheet", func(c *registry.Course) { c.Skills = registry.SkillsSheet{} }, false},
	} {
		c := cpr()
		tc.spoil(&c)
		if c.PracticalInPerson() != tc.want {
			t.Errorf("%s: practical skills assessed %t, want %t", tc.promise, !tc.want, tc.want)
		}
	}
}

func TestABaseTeachesUnderAProgrammeItIsAccreditedFor(t *testing.T) {
	course := registry.Course{Code: "CPR1", Programme: "GAJK", AlsoIn: []string{"MBVM", "P320"}}
	for _, tc := range []struct {
		promise    string
		programmes []string
		want       string
	}{
		{"the course's own programme comes first", []string{"MBVM", "GAJK"}, "GAJK"},
		{"another that shares it", []string{"P320"}, "P320"},
		{"the first of those that share it", []string{"P320", "MBVM"}, "MBVM"},
		{"none", []string{"OTHER"}, ""},
	} {
		got, err := course.ProgrammeAt(registry.Base{Code: "SJZ", Programmes: tc.programmes})
		if got != tc.want || (tc.want == "") != (codeOf(err) == "base.programme") {
			t.Errorf("%s: %q, %v, want %q", tc.promise, got, err, tc.want)
		}
	}
}

func TestARecertificationBelongsToTheFamilyOfItsCourse(t *testing.T) {
	if f := (registry.Course{Code: "FARR", RecertOf: "FAR1"}).Family(); f != "FAR1" {
		t.Errorf("FARR is of the family %s, want FAR1", f)
	}
	if f := (registry.Course{Code: "FAR1"}).Family(); f != "FAR1" {
		t.Errorf("FAR1 is of the family %s", f)
	}
}
