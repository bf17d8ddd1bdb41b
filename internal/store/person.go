package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store/db"
)

// Person returns the person with the id.
func (t *Tx) Person(ctx context.Context, id registry.ID) (registry.Person, error) {
	row, err := t.q.Person(ctx, id)
	return one(row, err, toPerson, "person", id)
}

// PersonByIDHash returns the person with the keyed hash of the full id; nobody
// is found by the empty hash. For a record that was taken into another, that
// other is returned.
func (t *Tx) PersonByIDHash(ctx context.Context, hash string) (registry.Person, error) {
	row, err := t.q.PersonByIDHash(ctx, hash)
	if errors.Is(err, sql.ErrNoRows) {
		row, err = t.q.PersonTwin(ctx, hash)
	}
	return one(row, err, toPerson, "person", "")
}

// PersonsByNameKey lists everybody whose name compares equal (registry.NameKey).
func (t *Tx) PersonsByNameKey(ctx context.Context, key string) ([]registry.Person, error) {
	rows, err := t.q.PersonsByNameKey(ctx, key)
	return many(rows, err, toPerson, "person")
}

// AddPerson stores a new person; another one with the same keyed hash is refused
// as person.exists.
func (t *Tx) AddPerson(ctx context.Context, p registry.Person) error {
	return t.AddPersons(ctx, []registry.Person{p})
}

// AddPersons is AddPerson for many: all of them, or none.
func (t *Tx) AddPersons(ctx context.Context, list []registry.Person) error {
	rows := make([]db.AddPersonParams, len(list))
	for i, p := range list {
		p.Version = max(p.Version, 1)
		rows[i] = db.AddPersonParams(fromPerson(p))
	}
	return addAll(ctx, t, (*db.Queries).AddPerson, rows, "person", func(r db.AddPersonParams) any { return r.ID })
}

// KnownIDHashes tells which of the keyed hashes PersonByIDHash finds somebody for,
// or did before records were merged.
func (t *Tx) KnownIDHashes(ctx context.Context, hashes []string) (known map[string]bool, err error) {
	known = map[string]bool{}
	for some := range slices.Chunk(hashes, askedAtOnce) {
		for _, which := range []string{"id_hash <> '' AND merged_into = ''", "merged_into <> ''"} { // there is an index for each
			var w where
			w.add(which)
			w.in("id_hash", padded(some))
			if err := t.texts(ctx, "SELECT id_hash FROM persons WHERE "+w.text(), w.args, func(hash string) { known[hash] = true }); err != nil {
				return nil, fmt.Errorf("find persons: %w", err)
			}
		}
	}
	return known, nil
}

// SavePerson stores a changed person over the version it was read in.
func (t *Tx) SavePerson(ctx context.Context, p registry.Person) (registry.Person, error) {
	n, err := t.q.SavePerson(ctx, db.SavePersonParams(fromPerson(p)))
	p.Version++
	return p, saved(n, err, "person", p.ID)
}

func toPerson(r db.Person) (registry.Person, error) {
	var c codec
	return registry.Person{ID: r.ID, Name: r.Name, NameKey: r.NameKey, LatinName: r.LatinName, IDType: registry.IDType(r.IDType), IDHash: r.IDHash,
		IDLast4: r.IDLast4, BirthDate: c.date(r.BirthDate), Phone: r.Phone, Email: r.Email, Organization: r.Organization,
		Department: r.Department, Title: r.Title, Lang: r.Lang, MergedInto: r.MergedInto, Demo: r.Demo, Version: r.Version, ErasedAt: instant(r.ErasedAt)}, c.err
}

// fromPerson fills in the name key where the caller left it out: a person
// without one would never be found by name.
func fromPerson(p registry.Person) db.Person {
	if p.NameKey == "" {
		p.NameKey = registry.NameKey(p.Name)
	}
	return db.Person{ID: p.ID, Name: p.Name, NameKey: p.NameKey, LatinName: p.LatinName, IDType: string(p.IDType), IDHash: p.IDHash,
		IDLast4: p.IDLast4, BirthDate: p.BirthDate.String(), Phone: p.Phone, Email: p.Email, Organization: p.Organization,
		Department: p.Department, Title: p.Title, Lang: p.Lang, MergedInto: p.MergedInto, Demo: p.Demo, Version: p.Version, ErasedAt: micros(p.ErasedAt)}
}
