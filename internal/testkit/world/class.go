package world

import (
	"fmt"

	"github.com/passmuster/passmuster/internal/intake"
	"github.com/passmuster/passmuster/internal/issue"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/training"
)

// Statement is what an assessor says for bulk marks.
const Statement = "Everybody performed each critical step before me (DEMO)."

// Class describes a class of CPR1 at Shijiazhuang on the day of Start, taught by
// trainer; change what a test needs.
func (w *World) Class(change ...func(*training.ClassInput)) training.ClassInput {
	in := training.ClassInput{Course: "CPR1", Base: "SJZ", RatioReason: "two rooms", Trainers: []registry.ClassTrainer{{Person: w.People["trainer"].ID, Role: "lead"}},
		Sessions: []registry.Session{{On: registry.DateOf(Start), From: "08:30", Minutes: 45}, {On: registry.DateOf(Start), From: "09:30", Minutes: 135, Practical: true}}}
	for _, f := range change {
		f(&in)
	}
	return in
}

// On moves the sessions to the days, theory on the first and practice on the last.
func On(days ...string) func(*training.ClassInput) {
	return func(in *training.ClassInput) {
		in.Sessions[0].On, in.Sessions[1].On = Day(days[0]), Day(days[len(days)-1])
	}
}

// At moves the class to another base, with its trainer.
func (w *World) At(base, trainer string) func(*training.ClassInput) {
	return func(in *training.ClassInput) {
		in.Base, in.Trainers = base, []registry.ClassTrainer{{Person: w.People[trainer].ID, Role: "lead"}}
	}
}

// Of gives the class another course.
func Of(course string) func(*training.ClassInput) {
	return func(in *training.ClassInput) { in.Course = course }
}

// Open creates a class as the account.
func (w *World) Open(by string, change ...func(*training.ClassInput)) registry.Class {
	w.T.Helper()
	class, err := w.Training.CreateClass(w.T.Context(), w.By(by), w.Class(change...))
	w.must(err)
	return class
}

var (
	familyNames = []rune("王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗")
	givenNames  = []rune("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞")
)

// Name is the invented name of the i-th trainee.
func Name(i int) string {
	return string([]rune{familyNames[i%len(familyNames)], givenNames[i/len(familyNames)%len(givenNames)], givenNames[i%len(givenNames)]})
}

// Row is the i-th trainee with results that pass.
func Row(i int) intake.Row {
	score, skills := 90, true
	id := fmt.Sprintf("DEMO-%06d", i)
	return intake.Row{Line: i + 1, Name: Name(i), IDType: registry.IDVolunteer, ID: id, IDLast4: id[len(id)-4:], BirthDate: registry.NewDate(1990, 5, 17),
		Theory: &score, Skills: &skills, Hash: "row-" + id}
}

// Rows are n trainees that pass.
func Rows(n int) []intake.Row {
	rows := make([]intake.Row, n)
	for i := range rows {
		rows[i] = Row(i)
	}
	return rows
}

// Enrol takes the rows in, with their results.
func (w *World) Enrol(by string, class registry.ID, rows ...intake.Row) training.EnrolReport {
	w.T.Helper()
	report, _, err := w.Training.Enrol(w.T.Context(), w.By(by), class, rows, training.EnrolOptions{Source: "import", Results: true, Statement: Statement})
	w.must(err)
	if report.Rejected > 0 {
		w.T.Fatalf("%d rows rejected: %+v", report.Rejected, report.Faults)
	}
	return report
}

// Submitted is a class with n trainees that waits for a decision.
func (w *World) Submitted(n int, change ...func(*training.ClassInput)) registry.Class {
	w.T.Helper()
	return w.SubmittedBy("trainer", n, change...)
}

// SubmittedBy is Submitted with another trainer at work.
func (w *World) SubmittedBy(by string, n int, change ...func(*training.ClassInput)) registry.Class {
	w.T.Helper()
	class := w.Open(by, change...)
	w.Enrol(by, class.ID, Rows(n)...)
	class, err := w.Training.Submit(w.T.Context(), w.By(by), class.ID)
	w.must(err)
	return class
}

// Issued is a class of n trainees with its credentials.
func (w *World) Issued(n int, change ...func(*training.ClassInput)) []registry.Credential {
	w.T.Helper()
	return w.Approve(w.Submitted(n, change...).ID).Credentials
}

// Approve approves a submitted class.
func (w *World) Approve(class registry.ID) issue.Approval {
	w.T.Helper()
	out, err := w.Issue.Approve(w.T.Context(), w.By("approver"), class, issue.ApproveInput{})
	w.must(err)
	return out
}

// Credential reads the credential again.
func (w *World) Credential(id registry.ID) (c registry.Credential) {
	w.T.Helper()
	w.Read(func(tx *store.Tx) (err error) {
		c, err = tx.Credential(w.T.Context(), id)
		return err
	})
	return c
}
