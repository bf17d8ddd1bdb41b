package training_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/intake"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/testkit/world"
	"github.com/passmuster/passmuster/internal/training"
)

func theory(e registry.ID, score int) training.ResultInput {
	return training.ResultInput{Enrolment: e, Kind: registry.Theory, Score: &score}
}

func retake(r training.ResultInput) training.ResultInput { r.Retake = true; return r }

func skills(e registry.ID, passed ...string) training.ResultInput {
	r := training.ResultInput{Enrolment: e, Kind: registry.Skills, Items: map[string]bool{"compress": false, "breath": false, "aed": false}}
	for _, code := range passed {
		r.Items[code] = true
	}
	return r
}

func view(w *world.World, class registry.ID) training.View {
	w.T.Helper()
	v, err := w.Training.Class(w.T.Context(), w.By("trainer"), class)
	if err != nil {
		w.T.Fatal(err)
	}
	return v
}

// roster opens a class with n people and nothing recorded.
func roster(w *world.World, n int, change ...edit) (registry.Class, []registry.ID) {
	w.T.Helper()
	class := w.Open("trainer", change...)
	report, _, err := w.Training.Enrol(w.T.Context(), w.By("trainer"), class.ID, world.Rows(n), training.EnrolOptions{Source: "manual"})
	if err != nil || report.Enrolled != n {
		w.T.Fatalf("enrolled %d of %d: %v", report.Enrolled, n, err)
	}
	var ids []registry.ID
	for _, p := range report.People {
		ids = append(ids, p.Enrolment)
	}
	return class, ids
}

func present(w *world.World, class registry.ID, ids ...registry.ID) {
	w.T.Helper()
	var marks []training.AttendanceInput
	for _, id := range ids {
		marks = append(marks, training.AttendanceInput{Enrolment: id, State: registry.Present})
	}
	if _, err := w.Training.RecordAttendance(w.T.Context(), w.By("trainer"), class, marks); err != nil {
		w.T.Fatal(err)
	}
}

func results(w *world.World, class registry.ID, list ...training.ResultInput) error {
	_, err := w.Training.RecordResults(w.T.Context(), w.By("trainer"), class, list)
	return err
}

func TestMarksThatSayNothingAreRefused(t *testing.T) {
	w := world.New(t)
	class, ids := roster(w, 1)
	e, yes := ids[0], true
	with := func(r training.ResultInput, f func(*training.ResultInput)) training.ResultInput { f(&r); return r }
	for _, tc := range []struct {
		promise string
		mark    training.ResultInput
		want    string
	}{
		{"a blank is no zero", training.ResultInput{Enrolment: e, Kind: registry.Theory}, "score.missing"},
		{"101 of 100", theory(e, 101), "score.range"},
		{"less than nothing", theory(e, -1), "score.range"},
		{"somebody of another class", theory("nobody", 90), "enrolment.unknown"},
		{"a kind that there is not", training.ResultInput{Enrolment: e, Kind: "essay"}, "assessment.kind"},
		{"a sheet in bulk without a word", training.ResultInput{Enrolment: e, Kind: registry.Skills, Passed: &yes}, "assessment.statement"},
		{"a sheet in bulk with spaces for a word", training.ResultInput{Enrolment: e, Kind: registry.Skills, Passed: &yes, Statement: "  "}, "assessment.statement"},
		{"an empty sheet", training.ResultInput{Enrolment: e, Kind: registry.Skills}, "assessment.items"},
		{"an item of another sheet", skills(e, "surgery"), "assessment.item_unknown"},
		{"before the class", with(theory(e, 90), func(r *training.ResultInput) { r.On = world.Day("2026-11-20") }), "assessment.date"},
		{"tomorrow, which would move the end of validity", with(theory(e, 90), func(r *training.ResultInput) { r.On = world.Day("2026-11-22") }), "assessment.date"},
		{"in a hundred years", with(theory(e, 90), func(r *training.ResultInput) { r.On = world.Day("2126-11-21") }), "assessment.date"},
	} {
		err := results(w, class.ID, tc.mark)
		if world.Code(err) != "request.rows" || !slices.Equal(world.Faults(err), []string{tc.want}) {
			t.Errorf("%s: %v, want row 1: %s", tc.promise, err, tc.want)
		}
	}
	if m := view(w, class.ID).Members[0]; len(m.Attempts) != 0 {
		t.Errorf("refused marks left %+v", m.Attempts)
	}
	if err := results(w, class.ID, theory(e, 90), theory(e, 101)); world.Code(err) != "request.rows" || len(view(w, class.ID).Members[0].Attempts) != 0 {
		t.Errorf("one bad mark of two: %v", err)
	}
}

func TestEveryAttemptIsKeptAndTheLastCounts(t *testing.T) {
	w := world.New(t)
	class, ids := roster(w, 1)
	present(w, class.ID, ids...)
	e := ids[0]
	for _, tc := range []struct {
		promise  string
		mark     training.ResultInput
		want     string
		attempts int
		score    int
		outcome  registry.Outcome
	}{
		{"failed", theory(e, 60), "", 1, 60, registry.Remediate},
		{"a slip of the pen is corrected, and both stay", theory(e, 62), "", 2, 62, registry.Remediate},
		{"the re-test passes", retake(theory(e, 84)), "", 3, 84, registry.Pending},
		{"a correction to a fail leaves no attempt", theory(e, 83), "", 4, 83, registry.FailedAll},
		{"no third attempt", retake(theory(e, 100)), "attempts.spent", 4, 83, registry.FailedAll},
		{"zero is a score", theory(e, 0), "", 5, 0, registry.FailedAll},
	} {
		err := results(w, class.ID, tc.mark)
		if got := append(world.Faults(err), "")[0]; got != tc.want {
			t.Fatalf("%s: %v, want %q", tc.promise, err, tc.want)
		}
		m := view(w, class.ID).Members[0]
		if len(m.Attempts) != tc.attempts || m.Theory.Score != tc.score || m.Outcome.Outcome != tc.outcome {
			t.Errorf("%s: %d attempts, %d counts, %s", tc.promise, len(m.Attempts), m.Theory.Score, m.Outcome.Outcome)
		}
	}
}

func TestACriticalItemDecidesASkillsSheet(t *testing.T) {
	w := world.New(t)
	class, ids := roster(w, 4)
	yes := true
	if err := results(w, class.ID, skills(ids[0], "compress", "breath", "aed"), skills(ids[1], "breath", "aed"), skills(ids[2], "compress", "aed"),
		training.ResultInput{Enrolment: ids[3], Kind: registry.Skills, Passed: &yes, Statement: world.Statement}); err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		promise      string
		passed, bulk bool
	}{{"every item", true, false}, {"a critical one failed", false, false}, {"too few of the others", false, false}, {"the whole sheet at once", true, true}} {
		got := view(w, class.ID).Members[i].Skills
		if got.Passed != want.passed || got.Bulk != want.bulk {
			t.Errorf("%s: passed %t, bulk %t", want.promise, got.Passed, got.Bulk)
		}
	}
}

func TestNobodyIsMarkedBeforeTheDay(t *testing.T) {
	w := world.New(t)
	class, ids := roster(w, 1, world.On("2026-11-22", "2026-11-23"))
	ctx, by := t.Context(), w.By("trainer")
	mark := training.AttendanceInput{Enrolment: ids[0], State: registry.Present}
	future := func(what string, err error) {
		t.Helper()
		if world.Code(err) != "class.future" {
			t.Errorf("%s: %v, want class.future", what, err)
		}
	}
	_, err := w.Training.RecordAttendance(ctx, by, class.ID, []training.AttendanceInput{mark})
	future("attendance the day before", err)
	future("a score the day before", results(w, class.ID, theory(ids[0], 90)))
	_, _, err = w.Training.Enrol(ctx, by, class.ID, world.Rows(1), training.EnrolOptions{Results: true, Statement: world.Statement})
	future("a roster with results the day before", err)
	_, err = w.Training.Submit(ctx, by, class.ID)
	future("submission the day before", err)

	w.Clock.Set(time.Date(2026, 11, 21, 16, 0, 0, 0, time.UTC)) // midnight in Shijiazhuang
	_, err = w.Training.RecordAttendance(ctx, by, class.ID, []training.AttendanceInput{mark})
	if world.Code(err) != "session.future" {
		t.Errorf("attendance of every session before the first: %v", err)
	}
	mark.Session = class.Sessions[0].ID
	_, err = w.Training.RecordAttendance(ctx, by, class.ID, []training.AttendanceInput{mark})
	early := func(what string, err error, want string) {
		t.Helper()
		if world.Code(err) != want {
			t.Errorf("%s: %v, want %s", what, err, want)
		}
	}
	early("attendance on the day, before the session", err, "session.future")
	early("a score on the day, before the session", results(w, class.ID, theory(ids[0], 90)), "session.future")
	d := &desk{w: w, class: class.ID, by: "trainer"}
	for _, kind := range []training.ActKind{training.ActAllPresent, training.ActTheory, training.ActAllPassed} {
		score := 90
		if out := d.act(training.Act{Kind: kind, Enrolment: string(ids[0]), Score: &score, Statement: world.Statement}); kind != training.ActAllPassed && out.Code != "session.future" || out.Result != training.ActRefused {
			t.Errorf("%s before the session: %s (%s)", kind, out.Result, out.Code)
		}
	}
	w.Clock.Set(time.Date(2026, 11, 22, 0, 30, 0, 0, time.UTC)) // half past eight there
	if _, err := w.Training.RecordAttendance(ctx, by, class.ID, []training.AttendanceInput{mark}); err != nil {
		t.Errorf("attendance of the first day, when it begins: %v", err)
	}
	mark.Session = class.Sessions[1].ID
	_, err = w.Training.RecordAttendance(ctx, by, class.ID, []training.AttendanceInput{mark})
	future("attendance of the second day on the first", err)
	if err := results(w, class.ID, theory(ids[0], 90)); err != nil {
		t.Errorf("theory of the first day: %v", err)
	}
	if got := view(w, class.ID).Members[0].Theory.On; got != world.Day("2026-11-22") {
		t.Errorf("the attempt is of %s, want the day at the base", got)
	}
	w.Clock.Set(time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)) // ten there, while the last session is held
	_, err = w.Training.Submit(ctx, by, class.ID)
	early("submission during the last session", err, "session.running")
}

func TestNobodyWasThereLongerThanTheSession(t *testing.T) {
	w := world.New(t)
	class, ids := roster(w, 1)
	mark := training.AttendanceInput{Enrolment: ids[0], Session: class.Sessions[0].ID, State: registry.Late, Minutes: 46}
	if _, err := w.Training.RecordAttendance(t.Context(), w.By("trainer"), class.ID, []training.AttendanceInput{mark}); faultCode(err) != "attendance.minutes" {
		t.Errorf("46 minutes of 45: %v", err)
	}
	d, told := &desk{w: w, class: class.ID, by: "trainer"}, 46
	act := training.Act{Kind: training.ActAttendance, Enrolment: string(ids[0]), Session: class.Sessions[0].ID, State: registry.Late, Minutes: &told}
	if out := d.want("46 minutes of 45", act, training.ActRefused); out.Code != "attendance.minutes" {
		t.Errorf("refused with %s", out.Code)
	}
	told = 35
	act.Minutes = &told
	d.want("35 minutes of 45", act, training.ActDone)
}

// faultCode is the code of the first row that was refused.
func faultCode(err error) string {
	var refusal *registry.Error
	if errors.As(err, &refusal) && len(refusal.Faults) > 0 {
		return refusal.Faults[0].Code
	}
	return world.Code(err)
}

func TestAnAccountWithNobodyBehindItAnswersForNothing(t *testing.T) {
	w := world.New(t)
	nobody := w.Account("nobody", "", "SJZ-H", registry.RoleTrainer)
	class, err := w.Training.CreateClass(t.Context(), nobody, w.Class())
	if err != nil {
		t.Fatal(err)
	}
	report, _, err := w.Training.Enrol(t.Context(), nobody, class.ID, world.Rows(1), training.EnrolOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Training.RecordResults(t.Context(), nobody, class.ID, []training.ResultInput{theory(report.People[0].Enrolment, 90)}); world.Code(err) != "four_eyes.no_person" {
		t.Errorf("marks: %v", err)
	}
	if _, err := w.Training.Submit(t.Context(), nobody, class.ID); world.Code(err) != "four_eyes.no_person" {
		t.Errorf("submission: %v", err)
	}
}

func TestWhatIsMissingKeepsAClassBackByName(t *testing.T) {
	w := world.New(t)
	class, ids := roster(w, 4)
	present(w, class.ID, ids[:3]...)
	if err := results(w, class.ID, theory(ids[0], 90), skills(ids[0], "compress", "breath", "aed"), theory(ids[1], 90)); err != nil {
		t.Fatal(err)
	}
	_, err := w.Training.Submit(t.Context(), w.By("trainer"), class.ID)
	if world.Code(err) != "class.pending" || !slices.Equal(world.Faults(err), []string{"completion.skills.missing", "completion.theory.missing", "completion.attendance.missing"}) {
		t.Errorf("submit: %v %v", err, world.Faults(err))
	}
}

func TestHoursDecideWhoIsComplete(t *testing.T) {
	w := world.New(t)
	class, ids := roster(w, 4)
	lecture, practice := class.Sessions[0].ID, class.Sessions[1].ID
	marks := []training.AttendanceInput{
		{Enrolment: ids[0], State: registry.Present},
		{Enrolment: ids[1], Session: lecture, State: registry.Late, Minutes: 27}, {Enrolment: ids[1], Session: practice, State: registry.Present}, // 162 of 180
		{Enrolment: ids[2], Session: lecture, State: registry.Late, Minutes: 26}, {Enrolment: ids[2], Session: practice, State: registry.Present},
		{Enrolment: ids[3], Session: lecture, State: registry.Present}, {Enrolment: ids[3], Session: practice, State: registry.LeftEarly, Minutes: 134},
	}
	if _, err := w.Training.RecordAttendance(t.Context(), w.By("trainer"), class.ID, marks); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		if err := results(w, class.ID, theory(id, 90), skills(id, "compress", "breath", "aed")); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range []registry.Outcome{registry.Pass, registry.Pass, registry.Incomplete, registry.Incomplete} {
		if got := view(w, class.ID).Members[i].Outcome; got.Outcome != want {
			t.Errorf("person %d with %d minutes: %s, want %s", i, got.Minutes, got.Outcome, want)
		}
	}
}

func TestAnApproverIsShownWhatIsUnusual(t *testing.T) {
	perfect := func(rows []intake.Row) []intake.Row {
		for i := range rows {
			*rows[i].Theory = 100
		}
		return rows
	}
	for _, tc := range []struct {
		promise string
		rows    []intake.Row
		later   time.Duration
		change  edit
		want    []string
	}{
		{"a bulk mark", world.Rows(3), 0, func(*training.ClassInput) {}, []string{"bulk"}},
		{"everybody perfect", perfect(world.Rows(3)), 0, func(*training.ClassInput) {}, []string{"bulk", "perfect"}},
		{"two perfect ones are chance", perfect(world.Rows(2)), 0, func(*training.ClassInput) {}, []string{"bulk"}},
		{"on the tenth day", world.Rows(1), 10 * 24 * time.Hour, func(*training.ClassInput) {}, []string{"bulk"}},
		{"on the eleventh", world.Rows(1), 11 * 24 * time.Hour, func(*training.ClassInput) {}, []string{"bulk", "late"}},
		{"too many for one trainer", world.Rows(21), 0, func(*training.ClassInput) {}, []string{"bulk", "ratio"}},
	} {
		t.Run(tc.promise, func(t *testing.T) {
			w := world.New(t)
			class := w.Open("trainer", tc.change)
			w.Enrol("trainer", class.ID, tc.rows...)
			w.Clock.Add(tc.later)
			class, err := w.Training.Submit(t.Context(), w.By("trainer"), class.ID)
			if err != nil || !slices.Equal(class.Flags, tc.want) {
				t.Errorf("flags %v, want %v; %v", class.Flags, tc.want, err)
			}
		})
	}
}

func TestLateAndCrowdedClassesNeedMore(t *testing.T) {
	w := world.New(t)
	class := w.Open("trainer", func(in *training.ClassInput) { in.RatioReason = "" })
	if _, err := w.Training.Submit(t.Context(), w.By("trainer"), class.ID); world.Code(err) != "class.empty" {
		t.Errorf("nobody in it: %v", err)
	}
	w.Enrol("trainer", class.ID, world.Rows(21)...)
	if _, err := w.Training.Submit(t.Context(), w.By("trainer"), class.ID); world.Code(err) != "class.ratio_warn" {
		t.Errorf("crowded, without a reason: %v", err)
	}
	w.Clock.Add(31 * 24 * time.Hour)
	if _, err := w.Training.Submit(t.Context(), w.By("trainer"), class.ID); world.Code(err) != "class.too_late" {
		t.Errorf("31 days late, by the trainer: %v", err)
	}
	class, err := w.Training.Submit(t.Context(), w.By("region"), class.ID)
	if err != nil || class.Status != registry.ClassSubmitted {
		t.Errorf("by the region: %s, %v", class.Status, err)
	}
	if err := results(w, class.ID, theory("x", 1)); world.Code(err) != "class.closed" {
		t.Errorf("marks after submission: %v", err)
	}
}

func TestACancelledClassTakesNothingMore(t *testing.T) {
	w := world.New(t)
	class, ids := roster(w, 1)
	if _, err := w.Training.CancelClass(t.Context(), w.By("trainer"), class.ID, " "); world.Code(err) != "reason.needed" {
		t.Errorf("without a reason: %v", err)
	}
	if _, err := w.Training.CancelClass(t.Context(), w.By("trainer"), class.ID, "flood"); err != nil {
		t.Fatal(err)
	}
	if err := results(w, class.ID, theory(ids[0], 90)); world.Code(err) != "class.closed" {
		t.Errorf("marks: %v", err)
	}
	if _, err := w.Training.Submit(t.Context(), w.By("trainer"), class.ID); world.Code(err) != "class.closed" {
		t.Errorf("submit: %v", err)
	}
}
