package registry_test

import (
	"slices"
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
)

func TestSkillsPassWithEveryCriticalItemAndEnoughOfTheOthers(t *testing.T) {
	sheet := cpr().Skills // safe and depth are critical; two of help, breaths, swap
	for _, tc := range []struct {
		promise string
		passed  []string
		want    bool
	}{
		{"everything", []string{"safe", "depth", "help", "breaths", "swap"}, true},
		{"just enough of the others", []string{"safe", "depth", "help", "swap"}, true},
		{"one too few of the others", []string{"safe", "depth", "help"}, false},
		{"one critical item failed", []string{"safe", "help", "breaths", "swap"}, false},
		{"the critical items alone", []string{"safe", "depth"}, false},
		{"nothing is marked", nil, false},
		{"an item that the sheet does not have counts for nothing", []string{"safe", "depth", "help", "dance"}, false},
	} {
		items := map[string]bool{}
		for _, code := range tc.passed {
			items[code] = true
		}
		if got := sheet.SkillsPassed(items); got != tc.want {
			t.Errorf("%s: passed %t, want %t", tc.promise, got, tc.want)
		}
	}
	if !sheet.SkillsPassed(sheet.AllPassed()) {
		t.Error("a sheet with every item passed is not passed")
	}
	if sheet.SkillsPassed(map[string]bool{"safe": false, "depth": true, "help": true, "breaths": true}) {
		t.Error("an item marked as failed counts as passed")
	}
	if got := sheet.Unknown(map[string]bool{"safe": true, "dance": true}); got != "dance" {
		t.Errorf("unknown item %q, want dance", got)
	}
	if got := sheet.Unknown(sheet.AllPassed()); got != "" {
		t.Errorf("unknown item %q on the sheet itself", got)
	}
}

func TestAScoreIsAWholeNumberUpTo100(t *testing.T) {
	for score, want := range map[int]string{-1: "score.range", 0: "<nil>", 84: "<nil>", 100: "<nil>", 101: "score.range"} {
		if got := codeOf(registry.TheoryScore(score)); got != want {
			t.Errorf("score %d: %s, want %s", score, got, want)
		}
	}
}

// A class of two sessions: 45 minutes of theory, 135 of practice a day later.
var twoSessions = []registry.Session{
	{ID: "t", On: day("2026-11-20"), Minutes: 45},
	{ID: "p", On: day("2026-11-21"), Minutes: 135, Practical: true},
}

func attended(theory, practice int) []registry.SessionAttendance {
	return []registry.SessionAttendance{{Session: "t", State: registry.Present, Minutes: theory}, {Session: "p", State: registry.Present, Minutes: practice}}
}

func try(kind registry.AssessmentKind, n int, passed bool, on string) registry.Assessment {
	return registry.Assessment{Kind: kind, Attempt: n, Revision: 1, Passed: passed, On: day(on)}
}

func TestTheRecordsOfAnEnrolmentDecideItsOutcome(t *testing.T) {
	const on = "2026-11-21"
	theory, skills := try(registry.Theory, 1, true, on), try(registry.Skills, 1, true, on)
	bulk := skills
	bulk.Bulk = true
	corrected := try(registry.Theory, 1, true, on)
	corrected.Revision = 2
	for _, tc := range []struct {
		promise    string
		attendance []registry.SessionAttendance
		attempts   []registry.Assessment
		outcome    registry.Outcome
		missing    []string
		completed  string
	}{
		{"all there, all passed", attended(45, 135), []registry.Assessment{theory, skills}, registry.Pass, nil, on},
		{"blank is not zero: no score keeps it pending", attended(45, 135), []registry.Assessment{skills}, registry.Pending, []string{"theory.missing"}, on},
		{"no skills keep it pending", attended(45, 135), []registry.Assessment{theory}, registry.Pending, []string{"skills.missing"}, on},
		{"no attendance keeps it pending", attended(45, 135)[:1], []registry.Assessment{theory, skills}, registry.Pending, []string{"attendance.missing"}, on},
		{"nothing recorded", nil, nil, registry.Pending, []string{"attendance.missing", "attendance.missing", "theory.missing", "skills.missing"}, on},

		{"ninety per cent of the hours suffice", attended(27, 135), []registry.Assessment{theory, skills}, registry.Pass, nil, on},
		{"a minute less than ninety per cent", attended(26, 135), []registry.Assessment{theory, skills}, registry.Incomplete, []string{"attendance.hours"}, on},
		{"practice asks for every minute", attended(45, 134), []registry.Assessment{theory, skills}, registry.Incomplete, []string{"attendance.practice"}, on},
		{"more minutes than the session had count for nothing", attended(9000, 134), []registry.Assessment{theory, skills}, registry.Incomplete, []string{"attendance.practice"}, on},
		{"absence counts before a failed test", attended(0, 0), []registry.Assessment{try(registry.Theory, 2, false, on), skills}, registry.Incomplete,
			[]string{"attendance.practice", "attendance.hours", "theory.failed"}, on},

		{"failed once: try again", attended(45, 135), []registry.Assessment{try(registry.Theory, 1, false, on), skills}, registry.Remediate, []string{"theory.again"}, on},
		{"failed for the last time", attended(45, 135), []registry.Assessment{try(registry.Theory, 1, false, on), try(registry.Theory, 2, false, on), skills},
			registry.FailedAll, []string{"theory.failed"}, on},
		{"one failed, the other not recorded: try again", attended(45, 135), []registry.Assessment{try(registry.Theory, 1, false, on)},
			registry.Remediate, []string{"theory.again", "skills.missing"}, on},
		{"the last attempt counts, not the best", attended(45, 135), []registry.Assessment{try(registry.Theory, 2, false, on), try(registry.Theory, 1, true, on), skills},
			registry.FailedAll, []string{"theory.failed"}, on},
		{"a slip of the pen put right counts", attended(45, 135), []registry.Assessment{try(registry.Theory, 1, false, on), corrected, skills}, registry.Pass, nil, on},
		{"passed later: completed on that day", attended(45, 135), []registry.Assessment{theory, try(registry.Skills, 1, false, on), try(registry.Skills, 2, true, "2026-12-03")},
			registry.Pass, nil, "2026-12-03"},
		{"passed before the last session: completed with the class", attended(45, 135), []registry.Assessment{try(registry.Theory, 1, true, "2026-11-20"), skills}, registry.Pass, nil, on},
		{"a mark in bulk shows", attended(45, 135), []registry.Assessment{theory, bulk}, registry.Pass, nil, on},
	} {
		got := registry.Judge(cpr(), twoSessions, tc.attendance, tc.attempts)
		if got.Outcome != tc.outcome || !slices.Equal(got.Missing, tc.missing) {
			t.Errorf("%s: %s %v, want %s %v", tc.promise, got.Outcome, got.Missing, tc.outcome, tc.missing)
		}
		if got.CompletedOn != day(tc.completed) {
			t.Errorf("%s: completed on %s, want %s", tc.promise, got.CompletedOn, tc.completed)
		}
		if got.Bulk != slices.ContainsFunc(tc.attempts, func(a registry.Assessment) bool { return a.Bulk }) {
			t.Errorf("%s: bulk %t", tc.promise, got.Bulk)
		}
	}
}

func TestFourMissedHoursAreTooMany(t *testing.T) {
	long := []registry.Session{{ID: "t", On: day("2026-11-21"), Minutes: 3000}}
	course := registry.Course{AttendanceMin: 90}
	for minutes, want := range map[int]registry.Outcome{2761: registry.Pass, 2760: registry.Incomplete} { // 3000 − 240
		got := registry.Judge(course, long, []registry.SessionAttendance{{Session: "t", Minutes: minutes}}, nil)
		if got.Outcome != want {
			t.Errorf("%d of 3000 minutes: %s, want %s", minutes, got.Outcome, want)
		}
	}
}

func TestACourseWithoutTestsIsCompletedByAttendance(t *testing.T) {
	course := registry.Course{Kind: registry.Attendance, AttendanceMin: 90}
	sessions := []registry.Session{{ID: "t", On: day("2026-11-21"), Minutes: 135}}
	got := registry.Judge(course, sessions, []registry.SessionAttendance{{Session: "t", State: registry.Present, Minutes: 135}}, nil)
	if got.Outcome != registry.Pass || got.Minutes != 135 || got.CompletedOn != day("2026-11-21") {
		t.Errorf("%+v, want a pass with 135 minutes on 2026-11-21", got)
	}
}
