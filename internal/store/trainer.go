package store

import (
	"context"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store/db"
)

// AccreditationsOf lists what the person may train, in whatever state.
func (t *Tx) AccreditationsOf(ctx context.Context, person registry.ID) ([]registry.Accreditation, error) {
	rows, err := t.q.AccreditationsOf(ctx, person)
	return many(rows, err, toAccreditation, "trainer")
}

// TrainersFor lists the accreditations for the course, in whatever state.
func (t *Tx) TrainersFor(ctx context.Context, course string) ([]registry.Accreditation, error) {
	rows, err := t.q.TrainersFor(ctx, course)
	return many(rows, err, toAccreditation, "trainer")
}

// AddAccreditation stores a new accreditation of a trainer.
func (t *Tx) AddAccreditation(ctx context.Context, a registry.Accreditation) error {
	a.Version = max(a.Version, 1)
	n, err := t.q.AddAccreditation(ctx, db.AddAccreditationParams(fromAccreditation(a)))
	return added(n, err, "trainer", a.ID)
}

// SaveAccreditation stores a changed accreditation over the version it was read
// in.
func (t *Tx) SaveAccreditation(ctx context.Context, a registry.Accreditation) (registry.Accreditation, error) {
	n, err := t.q.SaveAccreditation(ctx, db.SaveAccreditationParams(fromAccreditation(a)))
	a.Version++
	return a, saved(n, err, "trainer", a.ID)
}

func toAccreditation(r db.Trainer) (registry.Accreditation, error) {
	var c codec
	return registry.Accreditation{ID: r.ID, Person: r.Person, Course: r.Course, Level: r.Level, Base: r.Base, Org: r.Org, ValidFrom: c.date(r.ValidFrom),
		ValidUntil: c.date(r.ValidUntil), Status: registry.TrainerStatus(r.Status), Version: r.Version}, c.err
}

func fromAccreditation(a registry.Accreditation) db.Trainer {
	return db.Trainer{ID: a.ID, Person: a.Person, Course: a.Course, Level: a.Level, Base: a.Base, Org: a.Org, ValidFrom: a.ValidFrom.String(),
		ValidUntil: a.ValidUntil.String(), Status: string(a.Status), Version: a.Version}
}
