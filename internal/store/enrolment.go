package store

import (
	"context"
	"fmt"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store/db"
)

// Enrolments lists the roster of the class by position.
func (t *Tx) Enrolments(ctx context.Context, class registry.ID) ([]registry.Enrolment, error) {
	rows, err := t.q.Enrolments(ctx, class)
	return many(rows, err, toEnrolment, "enrolment")
}

// Trainees lists the persons on the roster of the class.
func (t *Tx) Trainees(ctx context.Context, class registry.ID) ([]registry.ID, error) {
	list, err := t.q.Trainees(ctx, class)
	if err != nil {
		return nil, fmt.Errorf("read trainees: %w", err)
	}
	return list, nil
}

// Enrolment returns the enrolment with the id.
func (t *Tx) Enrolment(ctx context.Context, id registry.ID) (registry.Enrolment, error) {
	row, err := t.q.Enrolment(ctx, id)
	return one(row, err, toEnrolment, "enrolment", id)
}

// EnrolmentByLink returns the enrolment by the SHA-256 of its holder's private
// link token.
func (t *Tx) EnrolmentByLink(ctx context.Context, linkHash string) (registry.Enrolment, error) {
	row, err := t.q.EnrolmentByLink(ctx, linkHash)
	return one(row, err, toEnrolment, "enrolment", "")
}

// EnrolmentOf returns the person's enrolment in the class.
func (t *Tx) EnrolmentOf(ctx context.Context, class, person registry.ID) (registry.Enrolment, error) {
	row, err := t.q.EnrolmentOf(ctx, db.EnrolmentOfParams{Class: class, Person: person})
	return one(row, err, toEnrolment, "enrolment", person)
}

// EnrolmentsOfPerson lists where the person was enrolled, newest first.
func (t *Tx) EnrolmentsOfPerson(ctx context.Context, person registry.ID) ([]registry.Enrolment, error) {
	rows, err := t.q.EnrolmentsOfPerson(ctx, person)
	return many(rows, err, toEnrolment, "enrolment")
}

// AddEnrolment stores a new enrolment; linkHash is the SHA-256 of the holder's
// private link token, "" for none yet.
func (t *Tx) AddEnrolment(ctx context.Context, e registry.Enrolment, linkHash string) error {
	return t.AddEnrolments(ctx, []registry.Enrolment{e}, []string{linkHash})
}

// AddEnrolments is AddEnrolment for many: all of them, or none. There is a hash of
// a link for each.
func (t *Tx) AddEnrolments(ctx context.Context, list []registry.Enrolment, linkHashes []string) error {
	rows := make([]db.AddEnrolmentParams, len(list))
	for i, e := range list {
		rows[i] = newEnrolment(e, linkHashes[i])
	}
	return addAll(ctx, t, (*db.Queries).AddEnrolment, rows, "enrolment", func(r db.AddEnrolmentParams) any { return r.ID })
}

func newEnrolment(e registry.Enrolment, linkHash string) db.AddEnrolmentParams {
	return db.AddEnrolmentParams{ID: e.ID, Class: e.Class, Person: e.Person, Position: int64(e.Position), Name: e.Name,
		LatinName: e.LatinName, IDLast4: e.IDLast4, Recert: e.Recert, Source: e.Source, RowHash: e.RowHash, LinkHash: linkHash,
		LinkEpoch: 1, Status: string(e.Status), Version: max(e.Version, 1)}
}

// SaveEnrolment stores a changed enrolment over the version it was read in; its
// class, person and link stay.
func (t *Tx) SaveEnrolment(ctx context.Context, e registry.Enrolment) (registry.Enrolment, error) {
	n, err := t.q.SaveEnrolment(ctx, db.SaveEnrolmentParams{ID: e.ID, Position: int64(e.Position), Name: e.Name, LatinName: e.LatinName,
		IDLast4: e.IDLast4, Recert: e.Recert, Source: e.Source, RowHash: e.RowHash, Status: string(e.Status), Version: e.Version})
	e.Version++
	return e, saved(n, err, "enrolment", e.ID)
}

// ReplaceLink gives the holder a new private link; the former one ends.
func (t *Tx) ReplaceLink(ctx context.Context, enrolment registry.ID, linkHash string) error {
	n, err := t.q.ReplaceLink(ctx, db.ReplaceLinkParams{ID: enrolment, LinkHash: linkHash})
	return changed(n, err, "enrolment", enrolment)
}

func toEnrolment(r db.Enrolment) (registry.Enrolment, error) {
	return registry.Enrolment{ID: r.ID, Class: r.Class, Person: r.Person, Position: int(r.Position), Name: r.Name, LatinName: r.LatinName,
		IDLast4: r.IDLast4, Recert: r.Recert, Source: r.Source, RowHash: r.RowHash, Status: registry.EnrolmentStatus(r.Status),
		Version: r.Version}, nil
}
