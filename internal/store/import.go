package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store/db"
)

// Import is an uploaded list and what was found in it.
type Import struct {
	ID        registry.ID
	Class     registry.ID
	Filename  string
	SHA256    string // hex, of Body
	Body      []byte
	Mapping   map[string]string // column → field
	Status    string
	Report    json.RawMessage
	CreatedBy registry.ID
	CreatedAt time.Time
	Version   int64
}

// Import returns the import with the id.
func (t *Tx) Import(ctx context.Context, id registry.ID) (Import, error) {
	row, err := t.q.ImportByID(ctx, id)
	return one(row, err, toImport, "import", id)
}

// ImportsOf lists the imports into the class, newest first.
func (t *Tx) ImportsOf(ctx context.Context, class registry.ID) ([]Import, error) {
	rows, err := t.q.ImportsOf(ctx, class)
	return many(rows, err, toImport, "import")
}

// AddImport stores a new import.
func (t *Tx) AddImport(ctx context.Context, i Import) error {
	i.Version = max(i.Version, 1)
	row, err := fromImport(i)
	if err != nil {
		return err
	}
	n, err := t.q.AddImport(ctx, db.AddImportParams(row))
	return added(n, err, "import", i.ID)
}

// SaveImport stores a changed body, mapping, status and report over the version
// it was read in.
func (t *Tx) SaveImport(ctx context.Context, i Import) (Import, error) {
	r, err := fromImport(i)
	if err != nil {
		return i, err
	}
	n, err := t.q.SaveImport(ctx, db.SaveImportParams{ID: r.ID, Body: r.Body, Mapping: r.Mapping, Status: r.Status, Report: r.Report, Version: r.Version})
	i.Version++
	return i, saved(n, err, "import", i.ID)
}

func toImport(r db.Import) (Import, error) {
	var c codec
	i := Import{ID: r.ID, Class: r.Class, Filename: r.Filename, SHA256: r.SHA256, Body: c.bytes(r.Body), Status: r.Status,
		CreatedBy: r.CreatedBy, CreatedAt: instant(r.CreatedAt), Version: r.Version}
	c.load(r.Mapping, &i.Mapping)
	if r.Report != "" {
		i.Report = json.RawMessage(r.Report)
	}
	return i, c.err
}

func fromImport(i Import) (db.Import, error) {
	var c codec
	return db.Import{ID: i.ID, Class: i.Class, Filename: i.Filename, SHA256: i.SHA256, Body: base64url(i.Body), Mapping: c.json(i.Mapping),
		Status: i.Status, Report: string(i.Report), CreatedBy: i.CreatedBy, CreatedAt: micros(i.CreatedAt), Version: i.Version}, c.err
}
