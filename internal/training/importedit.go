package training

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/intake"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// ImportEdit corrects a stored roster: what its columns mean, cells, rows that
// are left out. A field that is nil stays.
type ImportEdit struct {
	Mapping map[string]string // heading → field (intake.Field)
	Cells   []CellEdit
	Out     map[int]bool // line → left out, or taken back in
}

// CellEdit is the new text of a cell, as if it stood in the file.
type CellEdit struct {
	Line   int // of the row, as a spreadsheet shows it
	Column int // from 0
	Text   string
}

// EditImport stores a correction with the import; the uploaded file stays as it
// was. A mapping is remembered for the base and the set of headings. It fails
// with "wizard.no_row" or "wizard.no_column" for a cell that is not in the file,
// and as [intake.ReadRoster] for a mapping that cannot be.
func (s *Service) EditImport(ctx context.Context, by registry.Actor, id registry.ID, e ImportEdit) (Preview, error) {
	p, _, err := s.stored(ctx, by, id)
	if err != nil {
		return p, err
	}
	if len(p.Import.Body) == 0 {
		return p, registry.Fail(registry.Conflict, "wizard.discarded")
	}
	table, err := intake.ReadTable(p.Import.Filename, p.Import.Body, intake.Limits{})
	if err != nil {
		return p, err
	}
	if err := e.check(table); err != nil {
		return p, err
	}
	err = s.changeImport(ctx, by, id, "import.edit", func(tx *store.Tx, i store.Import, class registry.Class) (store.Import, error) {
		if i.Status == ImportCommitting {
			return i, registry.Fail(registry.Conflict, "wizard.busy")
		}
		if e.Mapping != nil {
			i.Mapping = e.Mapping
			if i.Status == ImportMapping {
				i.Status = ImportPreviewed
			}
			set := intake.LookAt(table, nil).HeadingSet()
			if err := tx.PutImportMapping(ctx, class.Base, set, e.Mapping, by.Account, s.Now()); err != nil {
				return i, fmt.Errorf("remember mapping: %w", err)
			}
		}
		edits, err := e.over(i.Edits)
		i.Edits = edits
		return i, err
	})
	if err != nil {
		return p, err
	}
	return s.PreviewImport(ctx, by, id)
}

// check refuses what cannot be corrected in the table.
func (e ImportEdit) check(table *intake.Table) error {
	look := intake.LookAt(table, e.Mapping)
	width := 0
	lines := map[int]bool{}
	for _, row := range table.Rows {
		lines[row.Line] = row.Line > look.Line
		width = max(width, len(row.Cells))
	}
	for _, c := range e.Cells {
		if !lines[c.Line] {
			return registry.Fail(registry.NotFound, "wizard.no_row", c.Line)
		}
		if c.Column < 0 || c.Column >= width {
			return registry.Fail(registry.Invalid, "wizard.no_column", c.Column+1)
		}
	}
	for line := range e.Out {
		if !lines[line] {
			return registry.Fail(registry.NotFound, "wizard.no_row", line)
		}
	}
	if e.Mapping == nil {
		return nil
	}
	for _, row := range table.Rows {
		if row.Line == look.Line {
			var heads []string
			for _, c := range row.Cells {
				heads = append(heads, trimmed(c.Text))
			}
			_, err := intake.Map(heads, e.Mapping)
			return err
		}
	}
	return nil
}

func (e ImportEdit) over(stored json.RawMessage) (json.RawMessage, error) {
	var edits intake.Edits
	if err := decode(stored, &edits); err != nil {
		return nil, err
	}
	for _, c := range e.Cells {
		edits = edits.With(c.Line, c.Column, c.Text)
	}
	for _, line := range slices.Sorted(maps.Keys(e.Out)) {
		edits = edits.LeaveOut(line, e.Out[line])
	}
	b, err := json.Marshal(edits)
	if err != nil {
		return nil, fmt.Errorf("write corrections: %w", err)
	}
	return b, nil
}

// DiscardImport forgets the file and what was corrected in it. People who were
// taken from it stay.
func (s *Service) DiscardImport(ctx context.Context, by registry.Actor, id registry.ID) error {
	return s.changeImport(ctx, by, id, "import.discard", func(_ *store.Tx, i store.Import, _ registry.Class) (store.Import, error) {
		if i.Status == ImportCommitting {
			return i, registry.Fail(registry.Conflict, "wizard.busy")
		}
		i.Status, i.Body, i.Edits = ImportDiscarded, nil, nil
		return i, nil
	})
}

// ImportsKept is how long a file is kept.
const ImportsKept = 30 * 24 * time.Hour

// ForgetImports drops the files of imports that are older than [ImportsKept],
// with what was corrected in them; what was taken from them stays.
func (s *Service) ForgetImports(ctx context.Context) error {
	return s.DB.Tx(ctx, func(tx *store.Tx) error {
		n, err := tx.DropImports(ctx, s.Now().Add(-ImportsKept))
		if err != nil || n == 0 {
			return err
		}
		return tx.Audit(ctx, store.Act{Actor: access.System.Account, Action: "import.forget", ObjectType: "import", At: s.Now(),
			Detail: map[string]string{"files": strconv.FormatInt(n, 10)}})
	})
}
