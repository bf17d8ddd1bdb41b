package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
)

// Facts is what every answer about an issued credential rests on, as it is
// stored: what people decided, and the snapshot as text. Whether it has begun or
// ended is no fact but a question of the clock.
type Facts struct {
	State        registry.State
	StateSince   time.Time
	Reason       string
	SupersededBy registry.ID
	RenewedBy    registry.ID
	SignedAt     time.Time
	Version      int64  // rises with each change of the above
	Snapshot     string // canonical JSON (RFC 8785) of registry.Snapshot
	Contact      string // of the base, as it is now
}

// factsByCode reads a credential and its base's contact in one statement: this
// is what every scan asks.
const factsByCode = `SELECT c.state, c.state_since, c.reason, c.superseded_by, c.renewed_by, c.signed_at, c.version, c.snapshot, b.contact
FROM credentials c LEFT JOIN bases b ON b.code = c.base WHERE c.code = $1`

// Facts returns the facts of the credential with the code, as they were at one
// moment after the call. An unknown code is credential.unknown; the refusal does
// not repeat the code, which gives access.
func (d *DB) Facts(ctx context.Context, code registry.Code) (Facts, error) {
	var f Facts
	var since, signed int64
	var contact sql.NullString
	err := d.glimpse(ctx, func(r runner) error {
		return r.QueryRowContext(ctx, factsByCode, string(code)).Scan(&f.State, &since, &f.Reason, &f.SupersededBy, &f.RenewedBy,
			&signed, &f.Version, &f.Snapshot, &contact)
	})
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Facts{}, registry.Fail(registry.NotFound, "credential.unknown", "")
	case err != nil:
		return Facts{}, fmt.Errorf("read facts: %w", err)
	case !contact.Valid:
		return Facts{}, errors.New("read facts: the credential's base is missing")
	}
	f.StateSince, f.SignedAt, f.Contact = instant(since), instant(signed), contact.String
	return f, nil
}

// glimpse runs one reading statement outside of a transaction, which would cost
// more than the statement, and again where a connection broke.
func (d *DB) glimpse(ctx context.Context, read func(runner) error) error {
	for try := 1; ; try++ {
		r, done, err := d.engine.glimpse(ctx)
		if err == nil {
			err = read(r)
			done()
		}
		if err == nil || errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if !again(err, try) || try == maxTries || ctx.Err() != nil {
			return outward(ctx, err)
		}
		if err := pause(ctx, try); err != nil {
			return outward(ctx, err)
		}
	}
}
