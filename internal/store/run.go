package store

import (
	"context"
	"fmt"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store/db"
)

// Run is a long piece of work that people watch.
type Run struct {
	ID        registry.ID
	Kind      string
	Object    registry.ID // what it works on
	Org       registry.ID // the scope of roles
	Status    string      // queued, running, done, failed
	Total     int
	Done      int
	Failed    int
	Message   string
	CreatedBy registry.ID
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Run returns the run with the id.
func (t *Tx) Run(ctx context.Context, id registry.ID) (Run, error) {
	row, err := t.q.Run(ctx, id)
	return one(row, err, toRun, "run", id)
}

// RunFor returns the newest run of the kind on the object.
func (t *Tx) RunFor(ctx context.Context, kind string, object registry.ID) (Run, error) {
	row, err := t.q.RunFor(ctx, db.RunForParams{Kind: kind, Object: object})
	return one(row, err, toRun, "run", object)
}

// AddRun stores a new run.
func (t *Tx) AddRun(ctx context.Context, r Run) error {
	n, err := t.q.AddRun(ctx, db.AddRunParams{ID: r.ID, Kind: r.Kind, Object: r.Object, Org: r.Org, Status: r.Status, Total: int64(r.Total),
		Done: int64(r.Done), Failed: int64(r.Failed), Message: r.Message, CreatedBy: r.CreatedBy, CreatedAt: micros(r.CreatedAt), UpdatedAt: micros(r.UpdatedAt)})
	return added(n, err, "run", r.ID)
}

// SaveRun stores how far the run is; the last one to say so wins.
func (t *Tx) SaveRun(ctx context.Context, r Run) error {
	n, err := t.q.SaveRun(ctx, db.SaveRunParams{ID: r.ID, Status: r.Status, Total: int64(r.Total), Done: int64(r.Done), Failed: int64(r.Failed),
		Message: r.Message, UpdatedAt: micros(r.UpdatedAt)})
	return changed(n, err, "run", r.ID)
}

// RunFailure is a credential that a run could not sign.
type RunFailure struct {
	Credential registry.ID
	Number     registry.Number
	Name       string
	Position   int    // on the roster
	Code       string // of a message in every catalogue
	Args       []any  // fill the message
}

// PutRunFailures stores what the run could not sign, in place of what it could
// not sign before.
func (t *Tx) PutRunFailures(ctx context.Context, run registry.ID, list []RunFailure) error {
	if _, err := t.q.DropRunFailures(ctx, string(run)); err != nil {
		return fmt.Errorf("drop failures: %w", err)
	}
	for _, f := range list {
		var c codec
		row := db.AddRunFailureParams{Run: string(run), Credential: f.Credential, Code: f.Code, Args: c.json(f.Args)}
		if c.err != nil {
			return fmt.Errorf("add failure: %w", c.err)
		}
		if _, err := t.q.AddRunFailure(ctx, row); err != nil {
			return fmt.Errorf("add failure: %w", err)
		}
	}
	return nil
}

// RunFailures lists what the run could not sign and what still waits, in roster
// order, at most limit.
func (t *Tx) RunFailures(ctx context.Context, run registry.ID, limit int) ([]RunFailure, error) {
	rows, err := t.q.RunFailures(ctx, db.RunFailuresParams{Run: string(run), Limit: int32(limit)})
	return many(rows, err, func(r db.RunFailuresRow) (RunFailure, error) {
		var c codec
		f := RunFailure{Credential: r.RunFailure.Credential, Number: registry.Number(r.Number), Name: r.Name, Position: int(r.Position), Code: r.RunFailure.Code}
		c.load(r.RunFailure.Args, &f.Args)
		return f, c.err
	}, "failure")
}

func toRun(r db.Run) (Run, error) {
	return Run{ID: r.ID, Kind: r.Kind, Object: r.Object, Org: r.Org, Status: r.Status, Total: int(r.Total), Done: int(r.Done), Failed: int(r.Failed),
		Message: r.Message, CreatedBy: r.CreatedBy, CreatedAt: instant(r.CreatedAt), UpdatedAt: instant(r.UpdatedAt)}, nil
}

// Count counts one answer, without anything about who was checked.
func (t *Tx) Count(ctx context.Context, day registry.Date, base, channel string, status registry.Status) error {
	return t.CountMany(ctx, day, base, channel, status, 1)
}

// CountMany counts n answers at once, for a counter that is kept in memory and
// stored now and then.
func (t *Tx) CountMany(ctx context.Context, day registry.Date, base, channel string, status registry.Status, n int) error {
	if _, err := t.q.Count(ctx, db.CountParams{Day: day.String(), Base: base, Channel: channel, Status: string(status), N: int64(n)}); err != nil {
		return fmt.Errorf("count answer: %w", err)
	}
	return nil
}

// AnswerCount is how many answers of one kind were given on one day.
type AnswerCount struct {
	Day     registry.Date
	Base    string
	Channel string
	Status  registry.Status
	N       int
}

// Counts lists the counters of the days from first to last.
func (t *Tx) Counts(ctx context.Context, first, last registry.Date) ([]AnswerCount, error) {
	rows, err := t.q.Counts(ctx, db.CountsParams{Day: first.String(), Day_2: last.String()})
	return many(rows, err, func(r db.VerificationCount) (AnswerCount, error) {
		var c codec
		return AnswerCount{Day: c.date(r.Day), Base: r.Base, Channel: r.Channel, Status: registry.Status(r.Status), N: int(r.N)}, c.err
	}, "count")
}

// RootSetting names the setting with the kid of the root key of the registry that
// the database belongs to.
const RootSetting = "root"

// Setting returns a fact about this registry, "" when it was never put.
func (t *Tx) Setting(ctx context.Context, name string) (string, error) {
	values, err := t.q.Setting(ctx, name)
	if err != nil {
		return "", fmt.Errorf("read setting: %w", err)
	}
	if len(values) == 0 {
		return "", nil
	}
	return values[0], nil
}

// PutSetting stores a fact about this registry.
func (t *Tx) PutSetting(ctx context.Context, name, value string) error {
	if _, err := t.q.PutSetting(ctx, db.PutSettingParams{Name: name, Value: value}); err != nil {
		return fmt.Errorf("put setting: %w", err)
	}
	return nil
}
