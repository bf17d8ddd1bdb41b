package training

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/intake"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// States of an import.
const (
	ImportMapping    = "needs_mapping" // somebody must say what the columns mean
	ImportPreviewed  = "previewed"
	ImportCommitting = "committing" // a job is at it
	ImportDone       = "done"
	ImportSkips      = "done_with_skips"
	ImportDiscarded  = "discarded"
)

// Preview is a roster file as it would be taken into a class.
type Preview struct {
	Import store.Import
	Class  registry.Class
	Look   intake.Look
	Edits  intake.Edits
	Roster *intake.Roster // nil where the file cannot be read as it is
	Fault  error          // why it cannot
	Report EnrolReport    // what committing it now would do
	Last   ImportReport   // what the last commit did
	Again  bool           // the same file was here before, and this is that one
	Run    store.Run      // of the job that is at it
}

// ImportReport is what a commit did.
type ImportReport struct {
	Enrolled  int       `json:"enrolled"`
	Unchanged int       `json:"unchanged"`
	Rejected  int       `json:"rejected"`
	Recorded  int       `json:"recorded"`
	At        time.Time `json:"at,omitzero"`
}

// StoreImport keeps an uploaded roster and says what taking it would do. A file
// that cannot be read at all is refused and not kept.
func (s *Service) StoreImport(ctx context.Context, by registry.Actor, class registry.ID, filename string, data []byte, mapping map[string]string) (Preview, error) {
	return s.storeImport(ctx, by, class, filename, data, mapping, false)
}

// UploadImport is StoreImport for somebody who can be asked: a table whose
// columns are not understood is kept, and waits for the answer. How the base
// answered for the same headings before counts as the answer.
func (s *Service) UploadImport(ctx context.Context, by registry.Actor, class registry.ID, filename string, data []byte) (Preview, error) {
	return s.storeImport(ctx, by, class, filename, data, nil, true)
}

func (s *Service) storeImport(ctx context.Context, by registry.Actor, class registry.ID, filename string, data []byte, mapping map[string]string, ask bool) (Preview, error) {
	r, err := s.reading(ctx, by, class)
	if err != nil {
		return Preview{}, err
	}
	table, err := intake.ReadTable(filename, data, intake.Limits{})
	if err != nil {
		return Preview{}, err
	}
	sum := sha256.Sum256(data)
	i := store.Import{ID: store.NewID(), Class: class, Filename: filename, SHA256: hex.EncodeToString(sum[:]), Body: data, Mapping: mapping,
		Status: ImportPreviewed, Report: json.RawMessage("{}"), CreatedBy: by.Account, CreatedAt: s.Now(), Version: 1}
	if known, err := s.fileBefore(ctx, i); err != nil || known != "" {
		return s.openAgain(ctx, by, known, err)
	}
	if i.Mapping, err = s.remembered(ctx, r.class.Base, table, mapping); err != nil {
		return Preview{}, err
	}
	p, err := s.preview(ctx, by, r, i, table)
	switch {
	case err != nil:
		return p, err
	case p.Fault != nil && !(ask && canBeMapped(p.Fault)):
		return p, p.Fault
	case ask && p.Look.Asks():
		p.Import.Status = ImportMapping
	}
	err = s.DB.Tx(ctx, func(tx *store.Tx) error {
		c, org, err := access.Class(ctx, tx, by, registry.EnrolPerson, class)
		if err != nil {
			return err
		}
		if err := tx.AddImport(ctx, p.Import); err != nil {
			return err
		}
		a := s.act(by, "import.upload", c, org, nil)
		a.Detail["file_sha256"] = i.SHA256
		return tx.Audit(ctx, a)
	})
	return p, err
}

// fileBefore finds the same file among those of the class, read in the same way.
func (s *Service) fileBefore(ctx context.Context, i store.Import) (known registry.ID, err error) {
	err = s.DB.Read(ctx, func(tx *store.Tx) error {
		list, err := tx.ImportHeads(ctx, i.Class)
		for _, o := range list {
			if known == "" && o.SHA256 == i.SHA256 && o.Status != ImportDiscarded && (i.Mapping == nil || maps.Equal(i.Mapping, o.Mapping)) {
				known = o.ID
			}
		}
		return err
	})
	return known, err
}

func (s *Service) openAgain(ctx context.Context, by registry.Actor, id registry.ID, err error) (Preview, error) {
	if err != nil {
		return Preview{}, err
	}
	p, err := s.PreviewImport(ctx, by, id)
	p.Again = true
	return p, err
}

// remembered is how the base answered for the headings of the table, where
// nobody says otherwise now.
func (s *Service) remembered(ctx context.Context, base string, table *intake.Table, mapping map[string]string) (map[string]string, error) {
	if mapping != nil {
		return mapping, nil
	}
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		mapping, err = tx.ImportMapping(ctx, base, intake.LookAt(table, nil).HeadingSet())
		return err
	})
	return mapping, err
}

// canBeMapped reports a refusal that goes away once the columns are explained.
func canBeMapped(err error) bool {
	var refusal *registry.Error
	return errors.As(err, &refusal) && slices.Contains([]string{"intake.no_name", "intake.no_rows", "intake.field_twice", "intake.no_heading", "intake.empty"}, refusal.Code)
}

// reading is what a class asks of its rosters.
type reading struct {
	class registry.Class
	org   registry.ID
	o     intake.Options
}

// preview reads the table as it is mapped and corrected.
func (s *Service) preview(ctx context.Context, by registry.Actor, r reading, i store.Import, table *intake.Table) (Preview, error) {
	p := Preview{Import: i, Class: r.class, Look: intake.LookAt(table, i.Mapping)}
	if err := decode(i.Edits, &p.Edits); err != nil {
		return p, err
	}
	if err := decode(i.Report, &p.Last); err != nil {
		return p, err
	}
	o := r.o
	o.Override = i.Mapping
	if p.Roster, p.Fault = intake.ReadRoster(p.Edits.Apply(table), o); p.Fault != nil {
		p.Roster = nil
		return p, nil
	}
	var err error
	p.Report, p.Class, err = s.wouldEnrol(ctx, by, i.Class, p.Roster.Rows, EnrolOptions{Source: "import", DryRun: true})
	p.Report.Faults = byHeading(p.Roster.Columns, p.Report.Faults)
	return p, err
}

// byHeading names the column of what the class itself found wrong, which knows
// fields, as the file does.
func byHeading(c intake.Columns, faults []registry.Fault) []registry.Fault {
	for i, f := range faults {
		if n := c.IndexOf(f.Field); n >= 0 {
			faults[i].Field = c.Headings[n]
		}
	}
	return faults
}

func decode(b json.RawMessage, v any) error {
	if len(b) == 0 {
		return nil
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("read import: %w", err)
	}
	return nil
}

// PreviewImport reads a stored roster again and says what committing it would do
// now. One that a job is at, or that was discarded, is not read.
func (s *Service) PreviewImport(ctx context.Context, by registry.Actor, id registry.ID) (Preview, error) {
	p, r, err := s.stored(ctx, by, id)
	if err != nil || p.Import.Status == ImportCommitting || len(p.Import.Body) == 0 {
		return p, err
	}
	table, err := intake.ReadTable(p.Import.Filename, p.Import.Body, intake.Limits{})
	if err != nil {
		return p, err
	}
	run := p.Run
	p, err = s.preview(ctx, by, r, p.Import, table)
	p.Run = run
	return p, err
}

// stored loads an import with what its class asks for.
func (s *Service) stored(ctx context.Context, by registry.Actor, id registry.ID) (Preview, reading, error) {
	var p Preview
	var r reading
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		if p.Import, err = tx.Import(ctx, id); err != nil {
			return err
		}
		if p.Class, r.org, err = access.Class(ctx, tx, by, registry.EnrolPerson, p.Import.Class); err != nil {
			return err
		}
		course, err := tx.Course(ctx, p.Class.Course, p.Class.CourseVersion)
		if err != nil {
			return err
		}
		r.class, r.o = p.Class, s.optionsFor(course, p.Class.StartsOn())
		if p.Run, err = tx.RunFor(ctx, ImportJob, id); errors.Is(err, registry.NotFound) {
			return nil
		}
		return err
	})
	if err == nil {
		err = errors.Join(decode(p.Import.Report, &p.Last), decode(p.Import.Edits, &p.Edits))
	}
	return p, r, err
}

// CommitImport takes the good rows of a stored roster into its class; the bad
// ones stay to be repaired. Committing twice changes nothing.
func (s *Service) CommitImport(ctx context.Context, by registry.Actor, id registry.ID, o EnrolOptions) (Preview, error) {
	p, err := s.PreviewImport(ctx, by, id)
	if err != nil {
		return p, err
	}
	if err := committable(p); err != nil {
		return p, err
	}
	o.Source, o.DryRun = "import", false
	if p.Report, p.Class, err = s.Enrol(ctx, by, p.Import.Class, p.Roster.Rows, o); err != nil {
		return p, err
	}
	p.Report.Faults = byHeading(p.Roster.Columns, p.Report.Faults)
	err = s.settle(ctx, by, &p, p.Report)
	return p, err
}

// committable refuses what is not read, or what a job is at already.
func committable(p Preview) error {
	switch {
	case p.Import.Status == ImportCommitting:
		return registry.Fail(registry.Conflict, "wizard.busy")
	case p.Import.Status == ImportDiscarded || len(p.Import.Body) == 0:
		return registry.Fail(registry.Conflict, "wizard.discarded")
	case p.Fault != nil:
		return p.Fault
	}
	return nil
}

// settle notes what a commit did.
func (s *Service) settle(ctx context.Context, by registry.Actor, p *Preview, r EnrolReport) error {
	p.Last = ImportReport{Enrolled: r.Enrolled, Unchanged: r.Unchanged, Rejected: r.Rejected, Recorded: r.Recorded, At: s.Now().UTC()}
	report, err := json.Marshal(p.Last)
	if err != nil {
		return fmt.Errorf("write import report: %w", err)
	}
	return s.changeImport(ctx, by, p.Import.ID, "import.commit", func(_ *store.Tx, i store.Import, _ registry.Class) (store.Import, error) {
		i.Report, i.Status = report, ImportDone
		if r.Rejected > 0 {
			i.Status = ImportSkips
		}
		p.Import = i
		return i, nil
	})
}

// changeImport is the frame of every change of an import: load, check, decide,
// save, audit.
func (s *Service) changeImport(ctx context.Context, by registry.Actor, id registry.ID, name string,
	decide func(*store.Tx, store.Import, registry.Class) (store.Import, error)) error {
	return s.DB.Tx(ctx, func(tx *store.Tx) error {
		i, err := tx.Import(ctx, id)
		if err != nil {
			return err
		}
		class, org, err := access.Class(ctx, tx, by, registry.EnrolPerson, i.Class)
		if err != nil {
			return err
		}
		if i, err = decide(tx, i, class); err != nil {
			return err
		}
		if _, err = tx.SaveImport(ctx, i); err != nil {
			return err
		}
		a := s.act(by, name, class, org, nil)
		a.Detail["file_sha256"], a.Detail["import"] = i.SHA256, string(i.ID)
		return tx.Audit(ctx, a)
	})
}

// ReadRoster reads a roster file with what the class asks for, and changes nothing.
func (s *Service) ReadRoster(ctx context.Context, by registry.Actor, class registry.ID, filename string, data []byte) (*intake.Roster, error) {
	r, err := s.reading(ctx, by, class)
	if err != nil {
		return nil, err
	}
	table, err := intake.ReadTable(filename, data, intake.Limits{})
	if err != nil {
		return nil, err
	}
	return intake.ReadRoster(table, r.o)
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
	r, err := s.reading(ctx, by, id)
	if err != nil {
		return nil, err
	}
	table, override := intake.TableOf(rows)
	r.o.Override = override
	return intake.ReadRoster(table, r.o)
}

func (s *Service) reading(ctx context.Context, by registry.Actor, id registry.ID) (reading, error) {
	var r reading
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		if r.class, r.org, err = access.Class(ctx, tx, by, registry.EnrolPerson, id); err != nil {
			return err
		}
		course, err := tx.Course(ctx, r.class.Course, r.class.CourseVersion)
		if err != nil {
			return err
		}
		r.o = s.optionsFor(course, r.class.StartsOn())
		return nil
	})
	return r, err
}

// trimmed is a text as it was meant.
func trimmed(s string) string { return strings.TrimSpace(s) }
