package store

import (
	"context"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store/db"
)

// Base returns the training base with the code.
func (t *Tx) Base(ctx context.Context, code string) (registry.Base, error) {
	row, err := t.q.Base(ctx, code)
	return one(row, err, toBase, "base", code)
}

// Bases lists every base by code.
func (t *Tx) Bases(ctx context.Context) ([]registry.Base, error) {
	rows, err := t.q.Bases(ctx)
	return many(rows, err, toBase, "base")
}

// AddBase stores a new base.
func (t *Tx) AddBase(ctx context.Context, b registry.Base) error {
	b.Version = max(b.Version, 1)
	row, err := fromBase(b)
	if err != nil {
		return err
	}
	n, err := t.q.AddBase(ctx, db.AddBaseParams(row))
	return added(n, err, "base", b.Code)
}

// SaveBase stores a changed base over the version it was read in.
func (t *Tx) SaveBase(ctx context.Context, b registry.Base) (registry.Base, error) {
	row, err := fromBase(b)
	if err != nil {
		return b, err
	}
	n, err := t.q.SaveBase(ctx, db.SaveBaseParams(row))
	b.Version++
	t.touched.answers = true // they show its contact
	return b, saved(n, err, "base", b.Code)
}

func toBase(r db.Base) (registry.Base, error) {
	var c codec
	b := registry.Base{ID: r.ID, Code: r.Code, Host: r.Host, Accrediting: r.Accrediting, Campus: r.Campus, TZ: r.TZ, Contact: r.Contact,
		AccreditedFrom: c.date(r.AccreditedFrom), AccreditedUntil: c.date(r.AccreditedUntil), Status: registry.BaseStatus(r.Status),
		Manikins: int(r.Manikins), Version: r.Version}
	c.load(r.Programmes, &b.Programmes)
	c.load(r.Name, &b.Name)
	c.load(r.Signatories, &b.Signatories)
	c.load(r.Address, &b.Address)
	c.load(r.Hours, &b.Hours)
	return b, c.err
}

func fromBase(b registry.Base) (db.Base, error) {
	var c codec
	return db.Base{ID: b.ID, Code: b.Code, Host: b.Host, Accrediting: b.Accrediting, Programmes: c.json(b.Programmes), Campus: b.Campus,
		Name: c.json(b.Name), TZ: b.TZ, Contact: b.Contact, AccreditedFrom: b.AccreditedFrom.String(),
		AccreditedUntil: b.AccreditedUntil.String(), Status: string(b.Status), Manikins: int64(b.Manikins), Signatories: c.json(b.Signatories), Version: b.Version,
		Address: c.json(b.Address), Hours: c.json(b.Hours)}, c.err
}
