package training_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/accredit"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/testkit/world"
	"github.com/passmuster/passmuster/internal/training"
)

type edit = func(*training.ClassInput)

func TestAClassIsHeldOnlyWhereAndByWhomItMayBe(t *testing.T) {
	w := world.New(t)
	for code, change := range map[string]func(*registry.Base){
		"LAP": func(b *registry.Base) { b.AccreditedUntil = world.Day("2026-11-20") },
		"SOO": func(b *registry.Base) { b.AccreditedFrom = world.Day("2026-11-22") },
		"CAN": func(b *registry.Base) { b.Status = registry.BaseCandidate },
		"SUS": func(b *registry.Base) { b.Status = registry.BaseSuspended },
		"NIX": func(b *registry.Base) { b.Programmes = nil },
	} {
		b := registry.Base{Code: code, Host: w.Orgs["SJZ-H"], Accrediting: w.Orgs["CVF"], Programmes: []string{"GAJK"}, Name: registry.Text{"en": code}, TZ: "Asia/Shanghai",
			AccreditedFrom: world.Day("2024-01-01"), Status: registry.BaseAccredited, Signatories: []registry.Signatory{{Name: "DEMO"}}}
		change(&b)
		if _, err := w.Accredit.AddBase(t.Context(), access.System, b); err != nil {
			t.Fatal(err)
		}
	}
	short, err := w.Accredit.AccreditTrainer(t.Context(), access.System, accredit.Trainer{Person: registry.Person{Name: "吕一"}, Courses: []string{"CPR1"}, Level: "lead",
		From: world.Day("2024-01-01"), Until: world.Day("2026-11-20"), Org: w.Orgs["CVF"]})
	if err != nil {
		t.Fatal(err)
	}
	draft := world.Courses()[0]
	draft.Version, draft.Status = 4, registry.CourseDraft
	if _, err := w.Accredit.AddCourse(t.Context(), access.System, draft); err != nil {
		t.Fatal(err)
	}
	base := func(code string) edit { return func(in *training.ClassInput) { in.Base = code } }
	trainers := func(list ...registry.ClassTrainer) edit {
		return func(in *training.ClassInput) { in.Trainers = list }
	}
	for _, tc := range []struct {
		promise string
		by      string
		change  edit
		want    string
	}{
		{"by its own trainer", "trainer", func(*training.ClassInput) {}, ""},
		{"by the region", "region", func(*training.ClassInput) {}, ""},
		{"an approver opens no class", "approver", func(*training.ClassInput) {}, "access.forbidden"},
		{"another base's trainer is told of no such base", "tianjin", func(*training.ClassInput) {}, "base.unknown"},
		{"another federation too", "movement", func(*training.ClassInput) {}, "base.unknown"},
		{"a base that nobody knows", "trainer", base("XXX"), "base.unknown"},
		{"a base whose accreditation has ended", "trainer", base("LAP"), "base.lapsed"},
		{"a base that is accredited tomorrow", "trainer", base("SOO"), "base.accredited_later"},
		{"a candidate", "trainer", base("CAN"), "base.not_accredited"},
		{"a suspended base", "trainer", base("SUS"), "base.not_accredited"},
		{"a base without the programme", "trainer", base("NIX"), "base.programme"},
		{"a course that nobody knows", "trainer", world.Of("XXX1"), "course.unknown"},
		{"a version that is a draft", "trainer", func(in *training.ClassInput) { in.CourseVersion = 4 }, "course.unknown"},
		{"a trainer who is accredited on the first day alone", "trainer", func(in *training.ClassInput) {
			world.On("2026-11-20", "2026-11-21")(in)
			in.Trainers = append(in.Trainers, registry.ClassTrainer{Person: short.ID})
		}, "trainer.not_accredited"},
		{"the same one on days that he may", "trainer", func(in *training.ClassInput) {
			world.On("2026-11-20")(in)
			in.Trainers = append(in.Trainers, registry.ClassTrainer{Person: short.ID})
		}, ""},
		{"nobody teaches", "trainer", trainers(), "class.trainers"},
		{"somebody unknown teaches", "trainer", trainers(registry.ClassTrainer{Person: "nobody"}), "person.unknown"},
		{"less practice than the certificate prints", "trainer", func(in *training.ClassInput) { in.Sessions[1].Minutes = 134 }, "class.hours"},
		{"hours enough, practice too little", "trainer", func(in *training.ClassInput) { in.Sessions[1].Practical = false }, "class.hours"},
		{"no session", "trainer", func(in *training.ClassInput) { in.Sessions = nil }, "class.sessions"},
		{"languages that no design has", "trainer", func(in *training.ClassInput) { in.Languages = []string{"fr"} }, "class.languages"},
	} {
		if _, err := w.Training.CreateClass(t.Context(), w.By(tc.by), w.Class(tc.change)); world.Code(err) != tc.want {
			t.Errorf("%s: %v, want %q", tc.promise, err, tc.want)
		}
	}
}

func TestATrainerNamedTwiceCountsOnce(t *testing.T) {
	w := world.New(t)
	class := w.Open("trainer", func(in *training.ClassInput) { in.Trainers = append(in.Trainers, in.Trainers[0]) })
	if len(class.Trainers) != 1 || class.Trainers[0].Name != "李明哲" {
		t.Errorf("trainers %+v, want one, under the name that the registry knows", class.Trainers)
	}
}

func TestOnlyThoseWhoHaveAPartInAClassWorkInIt(t *testing.T) {
	w := world.New(t)
	class := w.Open("trainer")
	e := w.Enrol("trainer", class.ID, world.Row(0)).People[0].Enrolment
	ctx := t.Context()
	acts := map[string]func(by registry.Actor) error{
		"enrol": func(by registry.Actor) error {
			_, _, err := w.Training.Enrol(ctx, by, class.ID, world.Rows(1), training.EnrolOptions{})
			return err
		},
		"attendance": func(by registry.Actor) error {
			_, err := w.Training.RecordAttendance(ctx, by, class.ID, []training.AttendanceInput{{Enrolment: e, State: registry.Present}})
			return err
		},
		"results": func(by registry.Actor) error {
			_, err := w.Training.RecordResults(ctx, by, class.ID, []training.ResultInput{theory(e, 91)})
			return err
		},
		"cancel": func(by registry.Actor) error { _, err := w.Training.CancelClass(ctx, by, class.ID, "DEMO"); return err },
		"submit": func(by registry.Actor) error { _, err := w.Training.Submit(ctx, by, class.ID); return err },
		"edit": func(by registry.Actor) error {
			_, err := w.Training.EditClass(ctx, by, class.ID, class.Version, w.Class())
			return err
		},
	}
	for name, act := range acts {
		for who, want := range map[string]string{"other": "class.not_assigned", "tianjin": "class.unknown", "kazan": "class.unknown", "movement": "class.unknown", "approver": "access.forbidden"} {
			if err := act(w.By(who)); world.Code(err) != want {
				t.Errorf("%s by %s: %v, want %s", name, who, err, want)
			}
		}
	}
	for _, who := range []string{"tianjin", "movement"} {
		if _, err := w.Training.Class(ctx, w.By(who), class.ID); !errors.Is(err, registry.NotFound) {
			t.Errorf("%s reads the class: %v", who, err)
		}
		if list, err := w.Training.Classes(ctx, w.By(who), store.ClassFilter{AllOrgs: true}); err != nil || len(list) > 0 {
			t.Errorf("%s lists %d classes, %v", who, len(list), err)
		}
	}
}

func TestAnEditTakesTheVersionThatTheEditorSaw(t *testing.T) {
	w := world.New(t)
	class := w.Open("trainer")
	edited, err := w.Training.EditClass(t.Context(), w.By("trainer"), class.ID, class.Version, w.Class(func(in *training.ClassInput) { in.Venue = "Room 2" }))
	if err != nil || edited.Venue != "Room 2" || edited.Version != class.Version+1 {
		t.Fatalf("edit: %+v, %v", edited, err)
	}
	if _, err := w.Training.EditClass(t.Context(), w.By("trainer"), class.ID, class.Version, w.Class()); !errors.Is(err, registry.Stale) {
		t.Errorf("edit of the old version: %v", err)
	}
	for name, change := range map[string]edit{"base": w.At("TJX", "tianjin"), "course": world.Of("FAR1")} {
		if _, err := w.Training.EditClass(t.Context(), w.By("trainer"), class.ID, edited.Version, w.Class(change)); world.Code(err) != "class.fixed" {
			t.Errorf("edit of the %s: %v", name, err)
		}
	}
}

func TestOfManyEditsOfOneVersionOneIsKept(t *testing.T) {
	w := world.New(t)
	class := w.Open("trainer")
	errs := make([]error, 20)
	var wait sync.WaitGroup
	for i := range errs {
		wait.Go(func() {
			_, errs[i] = w.Training.EditClass(t.Context(), w.By("trainer"), class.ID, class.Version, w.Class(func(in *training.ClassInput) { in.Capacity = 100 + i }))
		})
	}
	wait.Wait()
	kept := 0
	for i, err := range errs {
		switch {
		case err == nil:
			kept++
		case !errors.Is(err, registry.Stale):
			t.Errorf("edit %d: %v, want it stale", i, err)
		}
	}
	if kept != 1 {
		t.Errorf("%d edits kept, want 1", kept)
	}
}

func TestAttendanceStaysWithASessionThatIsEdited(t *testing.T) {
	w := world.New(t)
	class := w.Open("trainer")
	w.Enrol("trainer", class.ID, world.Row(0))
	class = view(w, class.ID).Class
	edited, err := w.Training.EditClass(t.Context(), w.By("trainer"), class.ID, class.Version, w.Class(func(in *training.ClassInput) { in.Sessions[0].Topic = "scene safety" }))
	if err != nil || edited.Sessions[0].ID != class.Sessions[0].ID {
		t.Fatalf("sessions %+v became %+v, %v", class.Sessions, edited.Sessions, err)
	}
	class = edited
	if edited, err = w.Training.EditClass(t.Context(), w.By("trainer"), class.ID, class.Version, w.Class(world.On("2026-11-20", "2026-11-21"))); err != nil {
		t.Fatal(err)
	}
	if m := view(w, edited.ID).Members[0]; m.Outcome.Outcome != registry.Pending {
		t.Errorf("attendance of a session that moved to another day still counts: %+v", m.Outcome)
	}
}
