package training_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/intake"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/testkit/world"
	"github.com/passmuster/passmuster/internal/training"
)

func rowWith(i int, change func(*intake.Row)) intake.Row {
	r := world.Row(i)
	change(&r)
	return r
}

func TestABadRowIsNamedAndTheGoodOnesAreTaken(t *testing.T) {
	w := world.New(t)
	class := w.Open("trainer", func(in *training.ClassInput) { in.Capacity = 2 })
	rows := []intake.Row{
		world.Row(0),
		rowWith(1, func(r *intake.Row) { r.Faults = []registry.Fault{{Code: "name.empty"}} }),
		rowWith(2, func(r *intake.Row) { r.BirthDate = world.Day("2012-11-22") }), // 13 until tomorrow
		rowWith(3, func(r *intake.Row) { r.Name = "张\U0010FFFD" }),
		rowWith(4, func(r *intake.Row) { r.ID, r.IDLast4 = world.Row(0).ID, world.Row(0).IDLast4 }),
		rowWith(5, func(r *intake.Row) { r.BirthDate = world.Day("2012-11-21") }), // 14 today
		world.Row(6),
	}
	report, _, err := w.Training.Enrol(t.Context(), w.By("trainer"), class.ID, rows, training.EnrolOptions{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[int]string{}
	for _, f := range report.Faults {
		got[f.Row] = f.Code
	}
	want := map[int]string{2: "name.empty", 3: "enrol.under_age", 4: "name.glyph", 5: "enrol.id_of_another", 7: "enrol.full"}
	for row, code := range want {
		if got[row] != code {
			t.Errorf("row %d: %q, want %s", row, got[row], code)
		}
	}
	if report.Enrolled != 2 || report.Rejected != len(want) || len(got) != len(want) {
		t.Errorf("enrolled %d, rejected %d, faults %v", report.Enrolled, report.Rejected, got)
	}
	for _, f := range report.Faults {
		for _, a := range f.Args {
			if s, ok := a.(string); ok && f.Code == "enrol.id_of_another" && strings.Contains(s, world.Row(0).Name) {
				t.Errorf("the fault tells whose id it is: %q", s)
			}
		}
	}
}

func TestTheSameFileTwiceChangesNothing(t *testing.T) {
	w := world.New(t)
	class := w.Open("trainer")
	rows := append(world.Rows(3), rowWith(7, func(r *intake.Row) { r.ID, r.IDLast4, r.IDType = "", "", "" }))
	w.Enrol("trainer", class.ID, rows...)
	before := view(w, class.ID)
	again := w.Enrol("trainer", class.ID, rows...)
	if again.Enrolled != 0 || again.Unchanged != 4 {
		t.Errorf("the second time: %d new, %d unchanged", again.Enrolled, again.Unchanged)
	}
	after := view(w, class.ID)
	for i, m := range after.Members {
		if len(m.Attempts) != len(before.Members[i].Attempts) || m.Enrolment != before.Members[i].Enrolment {
			t.Errorf("person %d changed: %+v", i, m)
		}
	}
}

func TestTheSameFileAgainLeavesCorrectionsAlone(t *testing.T) {
	w := world.New(t)
	class := w.Open("trainer")
	e := w.Enrol("trainer", class.ID, world.Row(0)).People[0].Enrolment
	absent := []training.AttendanceInput{{Enrolment: e, State: registry.Absent}}
	if _, err := w.Training.RecordAttendance(t.Context(), w.By("trainer"), class.ID, absent); err != nil {
		t.Fatal(err)
	}
	if err := results(w, class.ID, theory(e, 40)); err != nil {
		t.Fatal(err)
	}
	w.Enrol("trainer", class.ID, world.Row(0))
	m := view(w, class.ID).Members[0]
	if m.Theory.Score != 40 || m.Attendance[0].State != registry.Absent {
		t.Errorf("the file won over what was corrected: score %d, %s", m.Theory.Score, m.Attendance[0].State)
	}
	w.Enrol("trainer", class.ID, rowWith(0, func(r *intake.Row) { *r.Theory = 95 }))
	if m := view(w, class.ID).Members[0]; m.Theory.Score != 95 || len(m.Attempts) != 4 {
		t.Errorf("a corrected file: score %d, %d entries", m.Theory.Score, len(m.Attempts))
	}
}

func TestAPersonIsFoundAgainByTheWholeIDAlone(t *testing.T) {
	w := world.New(t)
	first, second := w.Open("trainer"), w.Open("trainer")
	w.Enrol("trainer", first.ID, world.Row(0), rowWith(1, func(r *intake.Row) { r.ID, r.IDLast4 = "", "" }))
	w.Enrol("trainer", second.ID,
		rowWith(0, func(r *intake.Row) { r.Name = " " + r.Name; r.Hash = "another file" }),
		rowWith(1, func(r *intake.Row) { r.ID, r.IDLast4 = "", "" }),
		rowWith(2, func(r *intake.Row) { r.Name, r.ID = world.Name(0), "DEMO-990000"; r.IDLast4 = "0000" }))
	a, b := view(w, first.ID), view(w, second.ID)
	if a.Members[0].Enrolment.Person != b.Members[0].Enrolment.Person {
		t.Error("the same id and name in another class: two persons")
	}
	if a.Members[1].Enrolment.Person == b.Members[1].Enrolment.Person {
		t.Error("the same name without an id: taken for one person")
	}
	if a.Members[0].Enrolment.Person == b.Members[2].Enrolment.Person {
		t.Error("the same name and last four: taken for one person")
	}
	w.Read(func(tx *store.Tx) error {
		p, err := tx.Person(t.Context(), a.Members[0].Enrolment.Person)
		if strings.Contains(p.IDHash, world.Row(0).ID) || p.IDLast4 != "0000" {
			t.Errorf("kept of the id: %q and %q", p.IDHash, p.IDLast4)
		}
		return err
	})
}

func TestACourseThatAsksForAnIDTakesNobodyWithout(t *testing.T) {
	w := world.New(t)
	class := w.Open("trainer", world.Of("FAR1"))
	report, _, err := w.Training.Enrol(t.Context(), w.By("trainer"), class.ID, []intake.Row{rowWith(0, func(r *intake.Row) { r.ID = "" })}, training.EnrolOptions{})
	if err != nil || report.Rejected != 1 || report.Faults[0].Code != "enrol.id_needed" {
		t.Errorf("%+v, %v", report, err)
	}
}

func TestNobodyIsTraineeAndTrainerOfOneClass(t *testing.T) {
	w := world.New(t)
	earlier := w.Open("trainer")
	w.Enrol("trainer", earlier.ID, world.Row(0))
	learned := view(w, earlier.ID).Members[0].Enrolment.Person
	mayTeach(w, learned)
	class := w.Open("trainer", func(in *training.ClassInput) {
		in.Trainers = append(in.Trainers, registry.ClassTrainer{Person: learned})
	})
	report, _, err := w.Training.Enrol(t.Context(), w.By("trainer"), class.ID, world.Rows(1), training.EnrolOptions{})
	if err != nil || report.Rejected != 1 || report.Faults[0].Code != "enrol.trainer" {
		t.Errorf("%+v, %v", report, err)
	}
}

func TestAllOrNothingAndDryRunsLeaveNothing(t *testing.T) {
	w := world.New(t)
	class := w.Open("trainer")
	rows := append(world.Rows(2), rowWith(9, func(r *intake.Row) { r.BirthDate = world.Day("2020-01-01") }))
	report, _, err := w.Training.Enrol(t.Context(), w.By("trainer"), class.ID, rows, training.EnrolOptions{AllOrNothing: true})
	if world.Code(err) != "import.rejected" || !slices.Equal(world.Faults(err), []string{"enrol.under_age"}) || report.Enrolled != 0 {
		t.Errorf("all or nothing: %d enrolled, %v", report.Enrolled, err)
	}
	report, _, err = w.Training.Enrol(t.Context(), w.By("trainer"), class.ID, rows, training.EnrolOptions{DryRun: true})
	if err != nil || report.Enrolled != 2 || report.Rejected != 1 {
		t.Errorf("dry run: %+v, %v", report, err)
	}
	v := view(w, class.ID)
	if len(v.Members) != 0 || v.Class.Version != class.Version {
		t.Errorf("they left %d people, version %d", len(v.Members), v.Class.Version)
	}
	if acts := w.Audit(class.ID); len(acts) != 1 {
		t.Errorf("they left %d audit rows besides the first", len(acts)-1)
	}
}

func TestAnImportIsPreviewedAndTakenOnce(t *testing.T) {
	w := world.New(t)
	class := w.Open("trainer")
	file := []byte("name,id,theory,skills\n张伟,DEMO-000001,90,pass\n王芳,DEMO-000002,ninety,pass\n")
	p, err := w.Training.StoreImport(t.Context(), w.By("trainer"), class.ID, "roster.csv", file, nil)
	if err != nil {
		t.Fatal(err)
	}
	if p.Report.Enrolled != 1 || p.Report.Rejected != 1 || len(view(w, class.ID).Members) != 0 {
		t.Errorf("preview: %+v", p.Report)
	}
	for _, who := range []string{"tianjin", "movement"} {
		if _, err := w.Training.PreviewImport(t.Context(), w.By(who), p.Import.ID); world.Code(err) != "class.unknown" {
			t.Errorf("%s looks at the import: %v", who, err)
		}
	}
	for i, want := range []int{1, 0} {
		done, err := w.Training.CommitImport(t.Context(), w.By("trainer"), p.Import.ID, training.EnrolOptions{})
		if err != nil || done.Report.Enrolled != want || done.Import.Status != training.ImportSkips {
			t.Errorf("commit %d: %d enrolled, %s, %v", i+1, done.Report.Enrolled, done.Import.Status, err)
		}
	}
}

func TestPeopleAreFoundByNameWhereTheyLearned(t *testing.T) {
	w := world.New(t)
	class := w.Open("trainer")
	w.Enrol("trainer", class.ID, world.Row(0))
	for who, want := range map[string]int{"trainer": 1, "federation": 1, "tianjin": 0, "movement": 0} {
		found, err := w.Training.People(t.Context(), w.By(who), world.Name(0))
		if err != nil || len(found) != want {
			t.Errorf("%s finds %d people, want %d; %v", who, len(found), want, err)
		}
	}
	if _, err := w.Training.People(t.Context(), w.By("trainer"), " · "); world.Code(err) != "name.empty" {
		t.Errorf("nobody lists people without naming them: %v", err)
	}
}

// mayTeach lets the person train CPR1.
func mayTeach(w *world.World, person registry.ID) {
	w.T.Helper()
	w.Tx(func(tx *store.Tx) error {
		a := registry.Accreditation{ID: store.NewID(), Person: person, Course: "CPR1", Level: "lead", ValidFrom: world.Day("2024-01-01"), Status: registry.TrainerActive}
		if err := tx.AddAccreditation(w.T.Context(), a); err != nil {
			return err
		}
		return tx.Audit(w.T.Context(), store.Act{Action: "trainer.accredit", ObjectType: "person", Object: person, At: w.Clock.Now()})
	})
}
