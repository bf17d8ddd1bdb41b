package documents

import (
	"context"
	"errors"
	"io"
	"slices"

	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/sheet"
	"github.com/passmuster/passmuster/internal/store"
)

// blankRows is how many lines an empty record sheet has where the class has no
// limit of people.
const blankRows = 25

// WriteEmptyRecord writes the record sheet of the class to be filled by hand:
// no names, no marks.
func (c *Class) WriteEmptyRecord(out io.Writer, lang i18n.Lang) error {
	r := c.sheet(lang)
	if r.Blank = c.Capacity; r.Blank == 0 {
		r.Blank = blankRows
	}
	return c.writeRecord(out, r)
}

// WriteRecord writes what is recorded of the class; ids by their last four
// characters.
func (c *Class) WriteRecord(ctx context.Context, out io.Writer, lang i18n.Lang) error {
	r := c.sheet(lang)
	if err := c.service.DB.Read(ctx, func(tx *store.Tx) error { return c.rows(ctx, tx, &r) }); err != nil {
		return err
	}
	return c.writeRecord(out, r)
}

func (c *Class) writeRecord(out io.Writer, r sheet.Record) error {
	press, err := c.service.fonts()
	if err != nil {
		return err
	}
	return press.WriteRecord(out, r)
}

func (c *Class) sheet(lang i18n.Lang) sheet.Record {
	return sheet.Record{Class: c.Class, Course: c.Course, Base: c.Base, Loc: c.Loc, At: c.At, Lang: lang, Demo: c.service.Demo || c.Demo}
}

// rows reads everything recorded of each person.
func (c *Class) rows(ctx context.Context, tx *store.Tx, r *sheet.Record) error {
	attendance, e1 := tx.Attendance(ctx, c.ID)
	attempts, e2 := tx.Assessments(ctx, c.ID)
	completions, e3 := tx.Completions(ctx, c.ID)
	if err := errors.Join(e1, e2, e3); err != nil {
		return err
	}
	at := map[registry.ID]int{}
	r.Rows = make([]sheet.RecordRow, len(c.people))
	for i, e := range c.people {
		at[e.ID] = i
		r.Rows[i] = sheet.RecordRow{Position: e.Position, Name: e.Name, Last4: e.IDLast4, Attendance: map[registry.ID]registry.SessionAttendance{},
			Withdrawn: e.Status == registry.Withdrawn}
	}
	for _, a := range attendance {
		if i, ok := at[a.Enrolment]; ok {
			r.Rows[i].Attendance[a.Session] = a
		}
	}
	c.judge(r, at, attendance, attempts)
	for _, done := range completions {
		i, ok := at[done.Enrolment]
		if !ok {
			continue
		}
		r.Rows[i].Held = done.Held
		if done.Outcome != "" && !done.ApprovedAt.IsZero() { // what was approved, whatever the records would come to now
			r.Rows[i].Outcome = done.Outcome
		}
	}
	for _, k := range c.Copies {
		i, ok := at[k.Enrolment]
		if ok && k.State != registry.StateQueued && (k.State != registry.StateSuperseded || r.Rows[i].Number == "") {
			r.Rows[i].Number = k.Number
			if k.Erased() {
				r.Rows[i].Name, r.Rows[i].Last4 = i18n.For(r.Lang).T("result.removed"), ""
			}
		}
	}
	return c.approver(ctx, tx, r)
}

// judge puts the attempts to their people, of each attempt the last revision,
// and what they come to.
func (c *Class) judge(r *sheet.Record, at map[registry.ID]int, attendance []registry.SessionAttendance, attempts []registry.Assessment) {
	all := make([][]registry.Assessment, len(r.Rows))
	there := make([][]registry.SessionAttendance, len(r.Rows))
	for _, a := range attendance {
		if i, ok := at[a.Enrolment]; ok {
			there[i] = append(there[i], a)
		}
	}
	for _, a := range attempts {
		if i, ok := at[a.Enrolment]; ok {
			all[i] = append(all[i], a)
			if a.Bulk && a.Statement != "" && !slices.Contains(r.Statements, a.Statement) {
				r.Statements = append(r.Statements, a.Statement)
			}
		}
	}
	for i := range r.Rows {
		r.Rows[i].Theory, r.Rows[i].Skills = lastRevisions(registry.Theory, all[i]), lastRevisions(registry.Skills, all[i])
		r.Rows[i].Outcome = registry.Judge(c.Course, c.Sessions, there[i], all[i]).Outcome
	}
}

func lastRevisions(kind registry.AssessmentKind, attempts []registry.Assessment) (list []registry.Assessment) {
	for n := 1; ; n++ {
		same := slices.DeleteFunc(slices.Clone(attempts), func(a registry.Assessment) bool { return a.Attempt != n })
		last, ok := registry.LastAttempt(kind, same)
		if !ok {
			return list
		}
		list = append(list, last)
	}
}

// approver is the name of who approved, as it is today.
func (c *Class) approver(ctx context.Context, tx *store.Tx, r *sheet.Record) error {
	if c.ApprovedBy == "" {
		return nil
	}
	account, err := tx.Account(ctx, c.ApprovedBy)
	if errors.Is(err, registry.NotFound) {
		return nil
	}
	r.Approver = account.Name
	return err
}
