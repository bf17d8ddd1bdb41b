package registry_test

import (
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
)

func TestStaffingBlocksOrWarnsAsTheIssuerHoldsIt(t *testing.T) {
	course := registry.Course{RatioWarn: 6, RatioMax: 12, ManikinRatio: 3}
	base := registry.Base{Manikins: 2}
	for _, tc := range []struct {
		promise                      string
		trainees, trainers, manikins int
		reason                       string
		strict                       string
		warnings                     int
	}{
		{"within everything", 6, 1, 0, "", "<nil>", 0},
		{"the base's manikins are too few", 7, 2, 0, "", "class.manikins", 1},
		{"manikins brought along", 7, 2, 3, "", "<nil>", 0},
		{"too few manikins with a reason", 12, 2, 0, "in two groups", "<nil>", 1},
		{"few trainers and few manikins", 12, 1, 0, "", "class.ratio_warn", 2},
		{"far too few trainers, reason or not", 13, 1, 5, "in two groups", "class.ratio_max", 1},
	} {
		c := registry.Class{RatioReason: tc.reason, Manikins: tc.manikins, Trainers: make([]registry.ClassTrainer, tc.trainers)}
		s := registry.StaffingOf(c, course, base, tc.trainees)
		if err := s.Fault(registry.Strict); codeOf(err) != tc.strict {
			t.Errorf("%s: %v, want %s", tc.promise, err, tc.strict)
		}
		if err := s.Fault(registry.Relaxed); err != nil {
			t.Errorf("%s, relaxed: %v", tc.promise, err)
		}
		if n := len(s.Warnings()); n != tc.warnings {
			t.Errorf("%s: %d warnings, want %d", tc.promise, n, tc.warnings)
		}
	}
}

func TestDeadlinesAfterTheLastSession(t *testing.T) {
	day := func(s string) registry.Date {
		d, err := registry.ParseDate(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	c := registry.Class{Sessions: []registry.Session{{On: day("2026-11-20")}, {On: day("2026-11-21")}}}
	for _, tc := range []struct {
		on   string
		want registry.Due
		left int
	}{
		{"2026-11-20", registry.DueLater, 4}, {"2026-11-21", registry.DueNow, 3}, {"2026-11-24", registry.DueNow, 0}, {"2026-11-25", registry.DueOver, -1},
		{"2026-12-01", registry.DueOver, -7}, {"2026-12-02", registry.DueFlagged, -8}, {"2026-12-21", registry.DueFlagged, -27}, {"2026-12-22", registry.DueRegion, -28},
	} {
		if due, left := c.DueOn(day(tc.on)); due != tc.want || left != tc.left {
			t.Errorf("on %s it is %s with %d days left, want %s, %d", tc.on, due, left, tc.want, tc.left)
		}
	}
}
