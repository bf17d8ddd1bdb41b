package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
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

// factsByCode reads a credential and its base's contact in one statement, and as
// one text, a fact a line: this is what every scan asks, and each column of a row
// costs database/sql more than the search for the row. No fact holds a line feed
// but the contact, which stands last: they are codes, numbers and canonical JSON.
const factsByCode = "SELECT c.state" + line + "CAST(c.state_since AS TEXT)" + line + "c.reason" + line + "c.superseded_by" + line + "c.renewed_by" + line +
	"CAST(c.signed_at AS TEXT)" + line + "CAST(c.version AS TEXT)" + line + "c.snapshot" + line + "b.contact" +
	" FROM credentials c LEFT JOIN bases b ON b.code = c.base WHERE c.code = $1"

const line = " || '\n' || "

// Facts returns the facts of the credential with the code, as they were at one
// moment after the call. An unknown code is credential.unknown; the refusal does
// not repeat the code, which gives access.
func (d *DB) Facts(ctx context.Context, code registry.Code) (Facts, error) {
	text, err := d.text(ctx, factsByCode, string(code))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Facts{}, registry.Fail(registry.NotFound, "credential.unknown", "")
	case err != nil:
		return Facts{}, fmt.Errorf("read facts: %w", err)
	case !text.Valid:
		return Facts{}, errors.New("read facts: the credential's base is missing")
	}
	f, err := factsOf(text.String)
	if err != nil {
		return Facts{}, fmt.Errorf("read facts: %w", err)
	}
	return f, nil
}

// factsOf reads the lines of factsByCode.
func factsOf(text string) (Facts, error) {
	var f [8]string // and the rest is the contact
	rest := text
	for i := range f {
		f[i], rest, _ = strings.Cut(rest, "\n")
	}
	since, err1 := strconv.ParseInt(f[1], 10, 64)
	signed, err2 := strconv.ParseInt(f[5], 10, 64)
	version, err3 := strconv.ParseInt(f[6], 10, 64)
	return Facts{State: registry.State(f[0]), StateSince: instant(since), Reason: f[2], SupersededBy: registry.ID(f[3]),
		RenewedBy: registry.ID(f[4]), SignedAt: instant(signed), Version: version, Snapshot: f[7], Contact: rest}, errors.Join(err1, err2, err3)
}

// text runs one reading statement, whose answer is one text, outside of a
// transaction, which would cost more than the statement; and again where a
// connection broke.
func (d *DB) text(ctx context.Context, query string, args ...string) (sql.NullString, error) {
	for try := 1; ; try++ {
		text, err := d.engine.text(ctx, query, args)
		if err == nil || errors.Is(err, sql.ErrNoRows) {
			return text, err
		}
		if !again(err, try) || try == maxTries || ctx.Err() != nil {
			return text, outward(ctx, err)
		}
		if err := pause(ctx, try); err != nil {
			return text, outward(ctx, err)
		}
	}
}
