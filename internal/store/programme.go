package store

import (
	"context"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store/db"
)

// Programme returns the programme with the code.
func (t *Tx) Programme(ctx context.Context, code string) (registry.Programme, error) {
	row, err := t.q.Programme(ctx, code)
	return one(row, err, toProgramme, "programme", code)
}

// Programmes lists every programme by code.
func (t *Tx) Programmes(ctx context.Context) ([]registry.Programme, error) {
	rows, err := t.q.Programmes(ctx)
	return many(rows, err, toProgramme, "programme")
}

// AddProgramme stores a new programme.
func (t *Tx) AddProgramme(ctx context.Context, p registry.Programme) error {
	p.Version = max(p.Version, 1)
	row, err := fromProgramme(p)
	if err != nil {
		return err
	}
	n, err := t.q.AddProgramme(ctx, db.AddProgrammeParams(row))
	return added(n, err, "programme", p.Code)
}

// SaveProgramme stores a changed programme over the version it was read in.
func (t *Tx) SaveProgramme(ctx context.Context, p registry.Programme) (registry.Programme, error) {
	row, err := fromProgramme(p)
	if err != nil {
		return p, err
	}
	n, err := t.q.SaveProgramme(ctx, db.SaveProgrammeParams(row))
	p.Version++
	return p, saved(n, err, "programme", p.Code)
}

func toProgramme(r db.Programme) (registry.Programme, error) {
	var c codec
	p := registry.Programme{ID: r.ID, Code: r.Code, Parent: r.Parent, Owner: r.Owner, StartsOn: c.date(r.StartsOn), EndsOn: c.date(r.EndsOn),
		Target: int(r.AnnualTarget), Version: r.Version}
	c.load(r.Name, &p.Name)
	return p, c.err
}

func fromProgramme(p registry.Programme) (db.Programme, error) {
	var c codec
	return db.Programme{ID: p.ID, Code: p.Code, Parent: p.Parent, Owner: p.Owner, Name: c.json(p.Name), StartsOn: p.StartsOn.String(),
		EndsOn: p.EndsOn.String(), AnnualTarget: int64(p.Target), Version: p.Version}, c.err
}
