package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store/db"
)

// Import is an uploaded list and what was found in it.
type Import struct {
	ID        registry.ID
	Class     registry.ID
	Filename  string
	SHA256    string            // hex, of Body
	Body      []byte            // empty once it is discarded
	Mapping   map[string]string // column → field
	Status    string
	Report    json.RawMessage
	CreatedBy registry.ID
	CreatedAt time.Time
	Version   int64
	Edits     json.RawMessage // cells corrected on the page
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

// ImportHeads is ImportsOf without the files and what was corrected in them.
func (t *Tx) ImportHeads(ctx context.Context, class registry.ID) ([]Import, error) {
	rows, err := t.q.ImportHeads(ctx, class)
	return many(rows, err, func(r db.ImportHeadsRow) (Import, error) {
		return toImport(db.Import{ID: r.ID, Class: class, Filename: r.Filename, SHA256: r.SHA256, Mapping: r.Mapping, Status: r.Status, Report: r.Report,
			CreatedBy: r.CreatedBy, CreatedAt: r.CreatedAt, Version: r.Version})
	}, "import")
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

// SaveImport stores a changed body, mapping, status, report and corrections over
// the version it was read in.
func (t *Tx) SaveImport(ctx context.Context, i Import) (Import, error) {
	r, err := fromImport(i)
	if err != nil {
		return i, err
	}
	n, err := t.q.SaveImport(ctx, db.SaveImportParams{ID: r.ID, Body: r.Body, Mapping: r.Mapping, Status: r.Status, Report: r.Report, Edits: r.Edits, Version: r.Version})
	i.Version++
	return i, saved(n, err, "import", i.ID)
}

// DropImports forgets the files that came before the time, and what was
// corrected in them; how many there were.
func (t *Tx) DropImports(ctx context.Context, before time.Time) (int64, error) {
	n, err := t.q.DropImportBodies(ctx, micros(before))
	if err != nil {
		return 0, fmt.Errorf("forget imports: %w", err)
	}
	return n, nil
}

// ImportMapping returns how the base reads a set of headings, nil where it was
// never asked.
func (t *Tx) ImportMapping(ctx context.Context, base, headings string) (map[string]string, error) {
	rows, err := t.q.ImportMapping(ctx, db.ImportMappingParams{Base: base, Headings: headings})
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	var c codec
	var m map[string]string
	c.load(rows[0], &m)
	return m, c.err
}

// PutImportMapping remembers how the base reads a set of headings.
func (t *Tx) PutImportMapping(ctx context.Context, base, headings string, mapping map[string]string, by registry.ID, at time.Time) error {
	var c codec
	text := c.json(mapping)
	if c.err != nil {
		return c.err
	}
	_, err := t.q.PutImportMapping(ctx, db.PutImportMappingParams{Base: base, Headings: headings, Mapping: text, ByAccount: by, At: micros(at)})
	return err
}

func toImport(r db.Import) (Import, error) {
	var c codec
	i := Import{ID: r.ID, Class: r.Class, Filename: r.Filename, SHA256: r.SHA256, Body: c.bytes(r.Body), Status: r.Status,
		CreatedBy: r.CreatedBy, CreatedAt: instant(r.CreatedAt), Version: r.Version}
	c.load(r.Mapping, &i.Mapping)
	if r.Report != "" {
		i.Report = json.RawMessage(r.Report)
	}
	if r.Edits != "" && r.Edits != "{}" {
		i.Edits = json.RawMessage(r.Edits)
	}
	return i, c.err
}

func fromImport(i Import) (db.Import, error) {
	var c codec
	edits := "{}"
	if len(i.Edits) > 0 {
		edits = string(i.Edits)
	}
	return db.Import{ID: i.ID, Class: i.Class, Filename: i.Filename, SHA256: i.SHA256, Body: base64url(i.Body), Mapping: c.json(i.Mapping),
		Status: i.Status, Report: string(i.Report), CreatedBy: i.CreatedBy, CreatedAt: micros(i.CreatedAt), Version: i.Version, Edits: edits}, c.err
}
