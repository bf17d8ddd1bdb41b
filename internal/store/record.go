package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store/db"
)

// Attendance lists who attended which session of the class.
func (t *Tx) Attendance(ctx context.Context, class registry.ID) ([]registry.SessionAttendance, error) {
	rows, err := t.q.Attendance(ctx, class)
	return many(rows, err, toAttendance, "attendance")
}

// AttendanceCells is Attendance with the marks that were taken back: their state
// is "".
func (t *Tx) AttendanceCells(ctx context.Context, class registry.ID) ([]registry.SessionAttendance, error) {
	rows, err := t.q.AttendanceCells(ctx, class)
	return many(rows, err, toAttendance, "attendance")
}

func toAttendance(r db.Attendance) (registry.SessionAttendance, error) {
	return registry.SessionAttendance{Session: r.Session, Enrolment: r.Enrolment, State: registry.Presence(r.State), Minutes: int(r.Minutes),
		Revision: int(r.Revision), By: r.ByAccount, At: instant(r.At)}, nil
}

// AttendanceMarks lists every mark that was ever made in the class, by person,
// session and revision.
func (t *Tx) AttendanceMarks(ctx context.Context, class registry.ID) ([]registry.SessionAttendance, error) {
	rows, err := t.q.AttendanceMarks(ctx, class)
	return many(rows, err, func(r db.AttendanceMark) (registry.SessionAttendance, error) {
		return registry.SessionAttendance{Session: r.Session, Enrolment: r.Enrolment, State: registry.Presence(r.State), Minutes: int(r.Minutes),
			Revision: int(r.Revision), By: r.ByAccount, At: instant(r.At)}, nil
	}, "attendance mark")
}

// PutAttendance records an attendance in place of the one recorded before, which
// stays in the history, and returns its revision.
func (t *Tx) PutAttendance(ctx context.Context, class registry.ID, a registry.SessionAttendance) (int, error) {
	revision, err := t.q.PutAttendance(ctx, db.PutAttendanceParams{Session: a.Session, Enrolment: a.Enrolment, Class: class,
		State: string(a.State), Minutes: int64(a.Minutes), ByAccount: a.By, At: micros(a.At)})
	if err != nil {
		return 0, fmt.Errorf("put attendance: %w", err)
	}
	_, err = t.q.AddAttendanceMark(ctx, db.AddAttendanceMarkParams{Enrolment: a.Enrolment, Session: a.Session, Revision: revision, Class: class,
		State: string(a.State), Minutes: int64(a.Minutes), ByAccount: a.By, At: micros(a.At)})
	if err != nil {
		return 0, fmt.Errorf("keep attendance: %w", err)
	}
	return int(revision), nil
}

// AddAttendance records attendance where none was ever recorded.
func (t *Tx) AddAttendance(ctx context.Context, class registry.ID, list []registry.SessionAttendance) error {
	rows, marks := make([]db.AddAttendanceParams, len(list)), make([]db.AddAttendanceMarkParams, len(list))
	for i, a := range list {
		rows[i] = db.AddAttendanceParams{Session: a.Session, Enrolment: a.Enrolment, Class: class, State: string(a.State), Minutes: int64(a.Minutes),
			Revision: 1, ByAccount: a.By, At: micros(a.At)}
		marks[i] = db.AddAttendanceMarkParams{Enrolment: a.Enrolment, Session: a.Session, Revision: 1, Class: class, State: string(a.State),
			Minutes: int64(a.Minutes), ByAccount: a.By, At: micros(a.At)}
	}
	n, err := addRows(ctx, t, (*db.Queries).AddAttendance, rows)
	if err == nil && int(n) < len(rows) {
		err = errors.New("some is recorded already")
	}
	if err == nil {
		_, err = addRows(ctx, t, (*db.Queries).AddAttendanceMark, marks)
	}
	if err != nil {
		return fmt.Errorf("add attendance: %w", err)
	}
	return nil
}

// Assessments lists every revision of every attempt in the class, by enrolment,
// kind, attempt and revision.
func (t *Tx) Assessments(ctx context.Context, class registry.ID) ([]registry.Assessment, error) {
	rows, err := t.q.Assessments(ctx, class)
	return many(rows, err, toAssessment, "assessment")
}

// Assessors lists the persons who assessed somebody in the class.
func (t *Tx) Assessors(ctx context.Context, class registry.ID) ([]registry.ID, error) {
	list, err := t.q.Assessors(ctx, class)
	if err != nil {
		return nil, fmt.Errorf("read assessors: %w", err)
	}
	return list, nil
}

// AddAssessment appends an attempt, or a revision of one; it is never changed.
func (t *Tx) AddAssessment(ctx context.Context, class registry.ID, a registry.Assessment) error {
	return t.AddAssessments(ctx, class, []registry.Assessment{a})
}

// AddAssessments is AddAssessment for many: all of them, or none.
func (t *Tx) AddAssessments(ctx context.Context, class registry.ID, list []registry.Assessment) error {
	var c codec
	rows := make([]db.AddAssessmentParams, len(list))
	for i, a := range list {
		rows[i] = newAssessment(&c, class, a)
	}
	if c.err != nil {
		return c.err
	}
	return addAll(ctx, t, (*db.Queries).AddAssessment, rows, "assessment", func(r db.AddAssessmentParams) any { return r.Attempt })
}

func newAssessment(c *codec, class registry.ID, a registry.Assessment) db.AddAssessmentParams {
	return db.AddAssessmentParams{ID: a.ID, Enrolment: a.Enrolment, Class: class, Kind: string(a.Kind), Attempt: int64(a.Attempt),
		Revision: int64(a.Revision), Score: int64(a.Score), Items: c.json(a.Items), Passed: a.Passed, Bulk: a.Bulk, Statement: a.Statement,
		Note: a.Note, Assessor: a.Assessor, ByAccount: a.By, OnDate: a.On.String(), At: micros(a.At),
		State: string(a.State), Marks: c.json(a.Marks)}
}

func toAssessment(r db.Assessment) (registry.Assessment, error) {
	var c codec
	a := registry.Assessment{ID: r.ID, Enrolment: r.Enrolment, Kind: registry.AssessmentKind(r.Kind), Attempt: int(r.Attempt), Revision: int(r.Revision),
		Score: int(r.Score), Passed: r.Passed, Bulk: r.Bulk, Statement: r.Statement, Note: r.Note, Assessor: r.Assessor,
		By: r.ByAccount, On: c.date(r.OnDate), At: instant(r.At)}
	a.State = registry.AttemptState(r.State)
	c.load(r.Items, &a.Items)
	c.load(r.Marks, &a.Marks)
	return a, c.err
}
