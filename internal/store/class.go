package store

import (
	"context"
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store/db"
)

// Class returns the class with the id.
func (t *Tx) Class(ctx context.Context, id registry.ID) (registry.Class, error) {
	row, err := t.q.Class(ctx, id)
	return one(row, err, toClass, "class", id)
}

// ClassByCode returns the class with the code.
func (t *Tx) ClassByCode(ctx context.Context, code string) (registry.Class, error) {
	row, err := t.q.ClassByCode(ctx, code)
	return one(row, err, toClass, "class", code)
}

// ClassOrg returns the organization that the class belongs to: the host of its
// base when it was added.
func (t *Tx) ClassOrg(ctx context.Context, id registry.ID) (registry.ID, error) {
	org, err := t.q.ClassOrg(ctx, id)
	return org, found(err, "class", id)
}

// AddClass stores a new class that belongs to the organization.
func (t *Tx) AddClass(ctx context.Context, c registry.Class, org registry.ID, at time.Time) error {
	c.Version = max(c.Version, 1)
	row, err := fromClass(c)
	if err != nil {
		return err
	}
	row.Org, row.CreatedAt = org, micros(at)
	n, err := t.q.AddClass(ctx, db.AddClassParams(row))
	return added(n, err, "class", c.Code)
}

// SaveClass stores a changed class over the version it was read in.
func (t *Tx) SaveClass(ctx context.Context, c registry.Class) (registry.Class, error) {
	r, err := fromClass(c)
	if err != nil {
		return c, err
	}
	n, err := t.q.SaveClass(ctx, db.SaveClassParams{ID: r.ID, Code: r.Code, Course: r.Course, CourseVersion: r.CourseVersion,
		Programme: r.Programme, Base: r.Base, StartsOn: r.StartsOn, EndsOn: r.EndsOn, Status: r.Status, Document: r.Document,
		Search: r.Search, SubmittedAt: r.SubmittedAt, Version: r.Version})
	c.Version++
	return c, saved(n, err, "class", c.Code)
}

func toClass(r db.Class) (class registry.Class, err error) {
	var c codec
	c.load(r.Document, &class)
	class.ID, class.Version = r.ID, r.Version
	return class, c.err
}

func fromClass(class registry.Class) (db.Class, error) {
	var c codec
	words := []string{class.Code, class.Course, class.Venue}
	for _, t := range class.Trainers {
		words = append(words, t.Name)
	}
	return db.Class{ID: class.ID, Code: class.Code, Course: class.Course, CourseVersion: int64(class.CourseVersion), Programme: class.Programme,
		Base: class.Base, StartsOn: class.StartsOn().String(), EndsOn: class.EndsOn().String(), Status: string(class.Status),
		Document: c.json(class), Search: strings.ToLower(strings.Join(words, "\n")), SubmittedAt: micros(class.SubmittedAt),
		Version: class.Version}, c.err
}
