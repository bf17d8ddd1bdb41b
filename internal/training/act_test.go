package training_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/testkit/world"
	"github.com/passmuster/passmuster/internal/training"
)

// desk is a recorder for tests: it names its acts and reads what stands.
type desk struct {
	w     *world.World
	class registry.ID
	by    string
	n     int
}

func (d *desk) act(a training.Act) training.ActResult {
	d.w.T.Helper()
	if a.ID == "" {
		d.n++
		a.ID = fmt.Sprintf("device-%s-%04d", d.by, d.n)
	}
	out, err := d.w.Training.Record(d.w.T.Context(), d.w.By(d.by), d.class, []training.Act{a})
	if err != nil {
		d.w.T.Fatal(err)
	}
	return out[0]
}

func (d *desk) want(promise string, a training.Act, result string) training.ActResult {
	d.w.T.Helper()
	out := d.act(a)
	if out.Result != result {
		d.w.T.Errorf("%s: %s (%s), want %s", promise, out.Result, out.Code, result)
	}
	return out
}

func (d *desk) sheet() training.Sheet {
	d.w.T.Helper()
	s, err := d.w.Training.Sheet(d.w.T.Context(), d.w.By(d.by), d.class)
	if err != nil {
		d.w.T.Fatal(err)
	}
	return s
}

func scored(e registry.ID, n int, seen string) training.Act {
	return training.Act{Kind: training.ActTheory, Enrolment: string(e), Score: &n, Seen: map[string]string{"score": seen}}
}

func TestAnActIsDoneOnceHoweverOftenItIsSent(t *testing.T) {
	w := world.New(t)
	class, ids := roster(w, 2)
	d := &desk{w: w, class: class.ID, by: "trainer"}
	a := scored(ids[0], 90, "")
	a.ID = "device-once-1"
	first := d.want("a score", a, training.ActDone)
	if again := d.want("sent again", a, training.ActDone); again.Cells["t:"+string(ids[0])+":"].Seen != first.Cells["t:"+string(ids[0])+":"].Seen {
		t.Errorf("sent again it came to %+v", again)
	}
	if m := view(w, class.ID).Members[0]; len(m.Attempts) != 1 {
		t.Errorf("%d entries", len(m.Attempts))
	}
	other := scored(ids[1], 70, "")
	other.ID = a.ID
	if out := d.want("another act under its name", other, training.ActRefused); out.Code != "act.reused" {
		t.Errorf("refused with %s", out.Code)
	}
	d.want("what stands there already", scored(ids[0], 90, ""), training.ActUnchanged)
	d.want("an impossible score", scored(ids[1], 101, ""), training.ActRefused)
	d.want("somebody else's enrolment", scored("nobody", 90, ""), training.ActRefused)
	d.want("a name that is none", training.Act{ID: "x", Kind: training.ActTheory}, training.ActRefused)
}

func TestAnActMeetsWhatSomebodyElseWrote(t *testing.T) {
	w := world.New(t)
	class, ids := roster(w, 1)
	e, place := ids[0], "t:"+string(ids[0])+":"
	one := &desk{w: w, class: class.ID, by: "trainer"}
	one.want("the first", scored(e, 88, ""), training.ActDone)
	late := one.want("a device that saw nothing", scored(e, 85, ""), training.ActConflict)
	if c := late.Cells[place]; c.Value != "88" || c.By == "" || c.At.IsZero() || c.Seen != "1.1" {
		t.Errorf("the conflict shows %+v", c)
	}
	if m := view(w, class.ID).Members[0]; m.Theory.Score != 88 || len(m.Attempts) != 1 {
		t.Errorf("the conflict changed %+v", m.Theory)
	}
	one.want("chosen after it was seen", scored(e, 85, "1.1"), training.ActDone)
	one.want("a device that agrees", scored(e, 85, ""), training.ActUnchanged)
	m := view(w, class.ID).Members[0]
	if len(m.Attempts) != 2 || m.Theory.Score != 85 || m.Attempts[0].Score != 88 {
		t.Errorf("both values are kept: %+v", m.Attempts)
	}
	again := scored(e, 60, "1.2")
	again.Clear, again.Score = true, nil
	one.want("taken back", again, training.ActDone)
	if m := view(w, class.ID).Members[0]; m.Theory != nil || m.Outcome.Outcome != registry.Pending || len(m.Attempts) != 3 {
		t.Errorf("after it was taken back: %+v, %s", m.Theory, m.Outcome.Outcome)
	}
	one.want("and written anew", scored(e, 60, "1.3"), training.ActDone)
	retest := scored(e, 92, "1.4")
	retest.Attempt, retest.Note = 2, "practised the questions on children"
	one.want("the re-test", retest, training.ActDone)
	third := scored(e, 95, "2.1")
	third.Attempt = 3
	if out := one.want("a third attempt", third, training.ActRefused); out.Code != "attempts.spent" {
		t.Errorf("refused with %s", out.Code)
	}
	old := scored(e, 61, "1.4")
	old.Attempt = 1
	one.want("a device that knows of the first attempt alone", old, training.ActConflict)
	if m := view(w, class.ID).Members[0]; m.Theory.Attempt != 2 || m.Theory.Note == "" || !m.Theory.Passed {
		t.Errorf("the re-test counts: %+v", m.Theory)
	}
}

func TestAttendanceIsKeptWithItsHistoryAndUndone(t *testing.T) {
	w := world.New(t)
	class, ids := roster(w, 3)
	d := &desk{w: w, class: class.ID, by: "trainer"}
	s := class.Sessions[0].ID
	d.want("one was absent", training.Act{Kind: training.ActAttendance, Enrolment: string(ids[0]), State: registry.Absent, Seen: map[string]string{}}, training.ActDone)
	all := d.want("the others are present", training.Act{ID: "all-present-1", Kind: training.ActAllPresent}, training.ActDone)
	if all.Count != 2 || all.Left != 1 {
		t.Errorf("all present: %d changed, %d left", all.Count, all.Left)
	}
	late := training.Act{Kind: training.ActAttendance, Enrolment: string(ids[1]), Session: s, State: registry.Late, Seen: map[string]string{string(s): "1"}}
	if out := d.want("late", late, training.ActDone); out.Cells["a:"+string(ids[1])+":"+string(s)].Minutes != 35 {
		t.Errorf("late without minutes: %+v", out.Cells)
	}
	late.State = registry.LeftEarly
	d.want("over what was not seen", late, training.ActConflict)
	if bulk := d.sheet().Bulk; len(bulk) != 1 || bulk[0].Count != 2 || bulk[0].By == "" {
		t.Errorf("to be undone: %+v", bulk)
	}
	undone := d.want("undone", training.Act{Kind: training.ActUndo, Undoes: "all-present-1"}, training.ActDone)
	if undone.Count != 2 || len(d.sheet().Bulk) != 0 {
		t.Errorf("undone: %+v", undone)
	}
	v := view(w, class.ID)
	if len(v.Members[1].Attendance) != 1 || v.Members[1].Attendance[0].State != registry.Late || len(v.Members[2].Attendance) != 0 || len(v.Members[0].Attendance) != 2 {
		t.Errorf("after the undo: %+v / %+v", v.Members[1].Attendance, v.Members[2].Attendance)
	}
	d.want("undone twice", training.Act{Kind: training.ActUndo, Undoes: "all-present-1"}, training.ActRefused)
	w.Read(func(tx *store.Tx) error {
		marks, err := tx.AttendanceMarks(t.Context(), class.ID)
		if len(marks) != 10 {
			t.Errorf("%d marks are kept, want 2 + 4 + 1 + 3", len(marks))
		}
		return err
	})
}

func TestStationsAddUpToASheet(t *testing.T) {
	w := world.New(t)
	class, ids := roster(w, 2)
	d := &desk{w: w, class: class.ID, by: "trainer"}
	ctx := t.Context()
	press, err := w.Training.OpenStation(ctx, w.By("trainer"), class.ID, " Compressions ", []string{"compress"})
	if err != nil || press.Name != "Compressions" || press.Assessor == "" {
		t.Fatalf("station %+v: %v", press, err)
	}
	if _, err := w.Training.OpenStation(ctx, w.By("trainer"), class.ID, "", []string{"fly"}); world.Code(err) != "assessment.item_unknown" {
		t.Errorf("a station of nothing: %v", err)
	}
	e := string(ids[0])
	mark := func(seen map[string]string, items map[string]bool) training.Act {
		a := training.Act{Kind: training.ActSkills, Enrolment: e, Items: items, Seen: seen, At: world.Start.Add(time.Minute)}
		if _, pressed := items["compress"]; pressed && len(items) == 1 {
			a.Station = press.ID
		}
		return a
	}
	d.want("one station", mark(map[string]string{}, map[string]bool{"compress": true}), training.ActDone)
	if m := view(w, class.ID).Members[0]; m.Skills != nil || !slices.Contains(m.Outcome.Missing, "skills.missing") {
		t.Errorf("half a sheet counts as %+v", m.Skills)
	}
	d.want("another, which saw nothing of the first", mark(map[string]string{}, map[string]bool{"breath": true, "aed": false}), training.ActDone)
	m := view(w, class.ID).Members[0]
	if m.Skills == nil || m.Skills.Passed || m.Skills.Bulk || len(m.Skills.Marks) != 3 || m.Skills.Marks["compress"].Station != press.ID {
		t.Fatalf("the whole sheet: %+v", m.Skills)
	}
	d.want("the same item otherwise", mark(map[string]string{}, map[string]bool{"aed": true}), training.ActConflict)
	if st := d.sheet().Attempts[ids[0]]; !st.Again || st.Attempt != 1 {
		t.Errorf("a re-test is offered: %+v", st)
	}
	again := mark(map[string]string{}, map[string]bool{"compress": true, "breath": true, "aed": true})
	again.Attempt = 2
	d.want("the re-test", again, training.ActDone)
	if m := view(w, class.ID).Members[0]; !m.Skills.Passed || m.Skills.Attempt != 2 {
		t.Errorf("the re-test: %+v", m.Skills)
	}
	d.want("in bulk without a statement", training.Act{Kind: training.ActAllPassed}, training.ActRefused)
	bulk := d.want("in bulk", training.Act{ID: "all-passed-1", Kind: training.ActAllPassed, Statement: world.Statement}, training.ActDone)
	if m := view(w, class.ID).Members[1]; bulk.Count != 1 || !m.Skills.Bulk || m.Skills.Statement == "" {
		t.Errorf("bulk: %+v %+v", bulk, m.Skills)
	}
	e = string(ids[1])
	d.want("one item looked at", mark(map[string]string{"aed": "1.1"}, map[string]bool{"aed": false}), training.ActDone)
	if m := view(w, class.ID).Members[1]; m.Skills.Passed || !m.Skills.Bulk {
		t.Errorf("the rest stands on the statement: %+v", m.Skills)
	}
	if out := d.want("undone", training.Act{Kind: training.ActUndo, Undoes: "all-passed-1"}, training.ActUnchanged); out.Left != 1 {
		t.Errorf("what was looked at since stays: %+v", out)
	}
	clear := mark(map[string]string{"aed": "1.2"}, map[string]bool{"aed": false})
	clear.Clear = true
	d.want("a mark taken back", clear, training.ActDone)
	if m := view(w, class.ID).Members[1]; m.Skills != nil {
		t.Errorf("an open sheet counts: %+v", m.Skills)
	}
	if err := w.Training.CloseStation(ctx, w.By("trainer"), class.ID, press.ID); err != nil {
		t.Error(err)
	}
}

func TestSomebodyWhoCameIsEnrolledByTheDevice(t *testing.T) {
	w := world.New(t)
	class, _ := roster(w, 1)
	d := &desk{w: w, class: class.ID, by: "trainer"}
	w.Tx(func(tx *store.Tx) error {
		for n := 1; n <= 3; n++ {
			if err := tx.AddSlip(t.Context(), registry.Slip{ID: store.NewID(), Class: class.ID, Number: n, MadeAt: world.Start}, fmt.Sprint("hash", n)); err != nil {
				return err
			}
		}
		return tx.Audit(t.Context(), store.Act{Action: "slip.make", ObjectType: "class", Object: class.ID, At: world.Start})
	})
	come := training.Act{ID: "came-0001", Kind: training.ActEnrol, Name: "王小明", IDType: "volunteer", IDNumber: "DEMO-900001", Slip: "2"}
	ninety := 90
	score := training.Act{ID: "score-0001", Kind: training.ActTheory, Enrolment: "act:came-0001", Score: &ninety, Seen: map[string]string{}}
	if out := d.want("a score before its person", score, training.ActRefused); out.Code != "act.person" {
		t.Errorf("refused with %s", out.Code)
	}
	out, err := w.Training.Record(t.Context(), w.By("trainer"), class.ID, []training.Act{come, score})
	if err != nil || out[0].Result != training.ActDone || out[0].Code != "" || out[1].Result != training.ActDone {
		t.Fatalf("%+v: %v", out, err)
	}
	d.want("sent again", come, training.ActDone)
	v := view(w, class.ID)
	if v.Active() != 2 || v.Members[1].Theory == nil {
		t.Errorf("%d people", v.Active())
	}
	w.Read(func(tx *store.Tx) error {
		slip, err := tx.Slip(t.Context(), class.ID, 2)
		if slip.Enrolment != out[0].Enrolment {
			t.Errorf("the slip leads to %s, want %s", slip.Enrolment, out[0].Enrolment)
		}
		return err
	})
	twin := training.Act{Kind: training.ActEnrol, Name: "李小红", IDType: "volunteer", IDNumber: "DEMO-900002", Slip: "2"}
	if out := d.want("with a slip that another has", twin, training.ActDone); out.Code != "slip.linked" {
		t.Errorf("said %s", out.Code)
	}
	if out := d.want("without a name", training.Act{Kind: training.ActEnrol, Name: " "}, training.ActRefused); !strings.HasPrefix(out.Code, "name.") {
		t.Errorf("refused with %s", out.Code)
	}
}

func TestASkillsMarkComesFromAStationThatWatchesIt(t *testing.T) {
	w := world.New(t)
	class, ids := roster(w, 1)
	other, _ := roster(w, 1)
	open := func(class registry.ID) registry.Station {
		st, err := w.Training.OpenStation(t.Context(), w.By("trainer"), class, "A", []string{"compress"})
		if err != nil {
			t.Fatal(err)
		}
		return st
	}
	here, there, closed := open(class.ID), open(other.ID), open(class.ID)
	if err := w.Training.CloseStation(t.Context(), w.By("trainer"), class.ID, closed.ID); err != nil {
		t.Fatal(err)
	}
	d := &desk{w: w, class: class.ID, by: "trainer"}
	for _, tc := range []struct {
		promise string
		station registry.ID
		item    string
		want    string
	}{
		{"a station of another class", there.ID, "compress", "station.unknown"},
		{"a station that is none", registry.ID(strings.Repeat("x", 5000)), "compress", "station.unknown"},
		{"a closed station", closed.ID, "compress", "station.closed"},
		{"an item that it does not watch", here.ID, "breath", "station.item"},
		{"an item that it watches", here.ID, "compress", ""},
	} {
		out := d.act(training.Act{Kind: training.ActSkills, Enrolment: string(ids[0]), Items: map[string]bool{tc.item: true}, Station: tc.station})
		if out.Code != tc.want || (out.Result == training.ActDone) != (tc.want == "") {
			t.Errorf("%s: %s (%s), want %q", tc.promise, out.Result, out.Code, tc.want)
		}
	}
}

func TestAClockThatCannotBeRightIsReplacedAndTold(t *testing.T) {
	w := world.New(t)
	class, ids := roster(w, 1)
	d := &desk{w: w, class: class.ID, by: "trainer"}
	for i, tc := range []struct {
		at    time.Time
		want  time.Time
		wrong bool
	}{
		{time.Date(1970, 1, 1, 0, 0, 1, 0, time.UTC), world.Start, true},
		{time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), world.Start, true},
		{world.Start.Add(time.Minute), world.Start, false}, // clocks differ by as much
		{world.Start.Add(-time.Hour), world.Start.Add(-time.Hour), false},
		{time.Time{}, world.Start, false},
	} {
		a := scored(ids[0], 80+i, "")
		a.At, a.Seen = tc.at, nil
		out := d.want(tc.at.String(), a, training.ActDone)
		if got := out.Cells["t:"+string(ids[0])+":"].At; !got.Equal(tc.want) || out.Clock != tc.wrong {
			t.Errorf("%s became %s, told %t", tc.at, got, out.Clock)
		}
	}
	w.Read(func(tx *store.Tx) error { // the approver is told
		if n, err := tx.WrongClocks(t.Context(), class.ID); n != 2 || err != nil {
			t.Errorf("%d acts with a wrong clock, %v", n, err)
		}
		return nil
	})
	if flags := registry.ClassFlags(registry.FlagFacts{Clock: 2}); len(flags) != 1 || flags[0] != registry.FlagClock {
		t.Errorf("flags %v", flags)
	}
}
