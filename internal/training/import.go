package training

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/intake"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// States of an import (domain.md §5).
const (
	ImportPreviewed = "previewed"
	ImportDone      = "done"
	ImportSkips     = "done_with_skips"
	ImportDiscarded = "discarded"
)

// Preview is a roster file as it would be taken into a class.
type Preview struct {
	Import store.Import
	Class  registry.Class
	Roster *intake.Roster
	Report EnrolReport // what committing it now would do
}

// StoreImport keeps an uploaded roster and says what taking it would do. A file
// that cannot be read at all is refused and not kept.
func (s *Service) StoreImport(ctx context.Context, by registry.Actor, class registry.ID, filename string, data []byte, mapping map[string]string) (Preview, error) {
	if _, err := s.read(ctx, by, class, filename, data, mapping); err != nil {
		return Preview{}, err
	}
	sum := sha256.Sum256(data)
	i := store.Import{ID: store.NewID(), Class: class, Filename: filename, SHA256: hex.EncodeToString(sum[:]), Body: data, Mapping: mapping,
		Status: ImportPreviewed, Report: json.RawMessage("{}"), CreatedBy: by.Account, CreatedAt: s.Now(), Version: 1}
	err := s.DB.Tx(ctx, func(tx *store.Tx) error {
		c, org, err := access.Class(ctx, tx, by, registry.EnrolPerson, class)
		if err != nil {
			return err
		}
		if err := tx.AddImport(ctx, i); err != nil {
			return err
		}
		a := s.act(by, "import.upload", c, org, nil)
		a.Detail["file_sha256"] = i.SHA256
		return tx.Audit(ctx, a)
	})
	if err != nil {
		return Preview{}, err
	}
	return s.PreviewImport(ctx, by, i.ID)
}

// PreviewImport reads a stored roster again and says what committing it would do
// now.
func (s *Service) PreviewImport(ctx context.Context, by registry.Actor, id registry.ID) (Preview, error) {
	p, err := s.stored(ctx, by, id)
	if err != nil {
		return p, err
	}
	p.Report, _, err = s.Enrol(ctx, by, p.Import.Class, p.Roster.Rows, EnrolOptions{Source: "import", DryRun: true})
	return p, err
}

// CommitImport takes the good rows of a stored roster into its class; the bad
// ones stay to be downloaded and repaired. Committing twice changes nothing.
func (s *Service) CommitImport(ctx context.Context, by registry.Actor, id registry.ID, o EnrolOptions) (Preview, error) {
	p, err := s.stored(ctx, by, id)
	if err != nil {
		return p, err
	}
	o.Source, o.DryRun = "import", false
	if p.Report, p.Class, err = s.Enrol(ctx, by, p.Import.Class, p.Roster.Rows, o); err != nil {
		return p, err
	}
	p.Import.Status = ImportDone
	if p.Report.Rejected > 0 {
		p.Import.Status = ImportSkips
	}
	if p.Import.Report, err = json.Marshal(map[string]int{"enrolled": p.Report.Enrolled, "unchanged": p.Report.Unchanged, "rejected": p.Report.Rejected}); err != nil {
		return p, fmt.Errorf("write import report: %w", err)
	}
	err = s.DB.Tx(ctx, func(tx *store.Tx) (err error) {
		_, org, err := access.Class(ctx, tx, by, registry.EnrolPerson, p.Import.Class)
		if err != nil {
			return err
		}
		if p.Import, err = tx.SaveImport(ctx, p.Import); err != nil {
			return err
		}
		return tx.Audit(ctx, s.act(by, "import.commit", p.Class, org, nil))
	})
	return p, err
}

func (s *Service) stored(ctx context.Context, by registry.Actor, id registry.ID) (Preview, error) {
	var p Preview
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		if p.Import, err = tx.Import(ctx, id); err != nil {
			return err
		}
		p.Class, _, err = access.Class(ctx, tx, by, registry.EnrolPerson, p.Import.Class)
		return err
	})
	if err != nil {
		return p, err
	}
	p.Roster, err = s.read(ctx, by, p.Import.Class, p.Import.Filename, p.Import.Body, p.Import.Mapping)
	return p, err
}

// ReadRoster reads a roster file with what the class asks for, and changes nothing.
func (s *Service) ReadRoster(ctx context.Context, by registry.Actor, class registry.ID, filename string, data []byte) (*intake.Roster, error) {
	return s.read(ctx, by, class, filename, data, nil)
}

func (s *Service) read(ctx context.Context, by registry.Actor, id registry.ID, filename string, data []byte, mapping map[string]string) (*intake.Roster, error) {
	o, err := s.rosterOptions(ctx, by, id)
	if err != nil {
		return nil, err
	}
	o.Override = mapping
	table, err := intake.ReadTable(filename, data, intake.Limits{})
	if err != nil {
		return nil, err
	}
	return intake.ReadRoster(table, o)
}

// ReadRosterFor reads a roster file for a class of the course that does not exist
// yet, held on the date.
func (s *Service) ReadRosterFor(course registry.Course, on registry.Date, filename string, data []byte) (*intake.Roster, error) {
	table, err := intake.ReadTable(filename, data, intake.Limits{})
	if err != nil {
		return nil, err
	}
	return intake.ReadRoster(table, s.optionsFor(course, on))
}

func (s *Service) optionsFor(course registry.Course, on registry.Date) intake.Options {
	return intake.Options{Demo: s.Demo, On: on, Uncovered: s.Uncovered, MinAge: course.MinAge, PassMark: course.PassMark, RequireID: course.RequireID}
}

// ReadRows reads rows that come as JSON by the same rules as those of a file.
// Each is a map from field name (intake.Field) to text.
func (s *Service) ReadRows(ctx context.Context, by registry.Actor, id registry.ID, rows []map[string]string) (*intake.Roster, error) {
	o, err := s.rosterOptions(ctx, by, id)
	if err != nil {
		return nil, err
	}
	table, override := intake.TableOf(rows)
	o.Override = override
	return intake.ReadRoster(table, o)
}

func (s *Service) rosterOptions(ctx context.Context, by registry.Actor, id registry.ID) (intake.Options, error) {
	var o intake.Options
	err := s.DB.Read(ctx, func(tx *store.Tx) error {
		class, _, err := access.Class(ctx, tx, by, registry.EnrolPerson, id)
		if err != nil {
			return err
		}
		course, err := tx.Course(ctx, class.Course, class.CourseVersion)
		if err != nil {
			return err
		}
		o = s.optionsFor(course, class.StartsOn())
		return nil
	})
	return o, err
}
