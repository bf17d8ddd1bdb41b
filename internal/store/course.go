package store

import (
	"context"
	"fmt"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store/db"
)

// Course returns one version of a course.
func (t *Tx) Course(ctx context.Context, code string, version int) (registry.Course, error) {
	row, err := t.q.Course(ctx, db.CourseParams{Code: code, Version: int64(version)})
	return one(row, err, toCourse, "course", fmt.Sprintf("%s %d", code, version))
}

// ActiveCourse returns the newest active version of a course.
func (t *Tx) ActiveCourse(ctx context.Context, code string) (registry.Course, error) {
	row, err := t.q.ActiveCourse(ctx, code)
	return one(row, err, toCourse, "course", code)
}

// Courses lists every version of every course, by code and version.
func (t *Tx) Courses(ctx context.Context) ([]registry.Course, error) {
	rows, err := t.q.Courses(ctx)
	return many(rows, err, toCourse, "course")
}

// AddCourse stores a new version of a course.
func (t *Tx) AddCourse(ctx context.Context, c registry.Course) error {
	c.Edition = max(c.Edition, 1)
	row, err := fromCourse(c)
	if err != nil {
		return err
	}
	n, err := t.q.AddCourse(ctx, db.AddCourseParams(row))
	return added(n, err, "course", fmt.Sprintf("%s %d", c.Code, c.Version))
}

// SaveCourse stores a changed course version over the edition it was read in.
func (t *Tx) SaveCourse(ctx context.Context, c registry.Course) (registry.Course, error) {
	row, err := fromCourse(c)
	if err != nil {
		return c, err
	}
	n, err := t.q.SaveCourse(ctx, db.SaveCourseParams(row))
	c.Edition++
	return c, saved(n, err, "course", fmt.Sprintf("%s %d", c.Code, c.Version))
}

func toCourse(r db.Course) (course registry.Course, err error) {
	var c codec
	c.load(r.Document, &course)
	course.ID, course.Edition = r.ID, r.Edition
	return course, c.err
}

func fromCourse(course registry.Course) (db.Course, error) {
	var c codec
	return db.Course{ID: course.ID, Code: course.Code, Version: int64(course.Version), Programme: course.Programme, Status: string(course.Status),
		Kind: string(course.Kind), Title: c.json(course.Title), Document: c.json(course), Edition: course.Edition}, c.err
}
