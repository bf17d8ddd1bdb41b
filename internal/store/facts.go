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

// Facts is what an answer about an issued credential rests on and shows, as it is
// stored. Whether it has begun or ended is no fact but a question of the clock.
type Facts struct {
	registry.Standing
	StateSince   time.Time
	Reason       string
	SupersededBy registry.ID
	RenewedBy    registry.ID
	Version      int64 // rises with each change of the above
	Number       registry.Number
	Name         string
	LatinName    string
	IDLast4      string
	Base         string // code
	RecordKey    string // kid (RFC 7638)
	Demo         bool
	Contact      string // of the base, as it is now

	// Members of registry.Shown, as JSON: the value of kind; those from course to
	// base; those from class_starts_on to valid_until.
	Kind, What, Days string
}

// factsLines are the facts as one text, a fact a line: this is what every scan
// asks, and each column of a row costs more than the search for it. No fact holds a
// line feed but the contact, which stands last.
const factsLines = "c.state" + line + "c.state_since" + line + "c.reason" + line + "c.superseded_by" + line + "c.renewed_by" + line +
	"c.signed_at" + line + "c.version" + line + "c.issued_at" + line + "c.number" + line + "c.name" + line + "c.latin_name" + line + "c.id_last4" + line +
	"c.base" + line + "w.text" + line + "d.text" + line + "b.contact"

// The planner of SQLite is told to read from the indexes that hold all that is
// asked for: it takes a unique one where there is any.
const (
	sqliteFacts = "SELECT " + factsLines + " FROM credentials c INDEXED BY credentials_facts" + commonJoin +
		" LEFT JOIN bases b INDEXED BY bases_contact ON b.code = c.base WHERE c.code = $1 AND c.state <> 'queued'"
	postgresFacts = "SELECT c.code, " + factsLines + " FROM credentials c" + commonJoin +
		" LEFT JOIN bases b ON b.code = c.base WHERE c.code = ANY($1) AND c.state <> 'queued'"

	commonJoin   = " JOIN common_facts w ON w.id = c.what JOIN common_facts d ON d.id = c.days"
	line         = " || '\n' || "
	linesOfFacts = 20 // and the rest is the contact
)

// Facts returns the facts of the issued credential with the code, as they were at
// one moment after the call. Not found, without an error, means that whoever asks
// must read the credential: there is none, or it is queued, or has no common facts.
func (d *DB) Facts(ctx context.Context, code registry.Code) (f Facts, found bool, err error) {
	text, err := retryText(ctx, func() (sql.NullString, error) { return d.engine.facts(ctx, string(code)) })
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return f, false, nil
	case err == nil && !text.Valid:
		err = errors.New("the credential's base is missing")
	case err == nil:
		f, err = factsOf(text.String)
	}
	if err != nil {
		return f, false, fmt.Errorf("read facts: %w", err)
	}
	return f, true, nil
}

// factsOf reads factsLines, and within them those of what and days.
func factsOf(text string) (f Facts, err error) {
	var l [linesOfFacts]string
	for i := range l {
		var more bool
		if l[i], text, more = strings.Cut(text, "\n"); !more {
			return f, errors.New("a line is missing")
		}
	}
	number := func(s string) int64 {
		n, wrong := strconv.ParseInt(s, 10, 64)
		if wrong != nil {
			err = wrong
		}
		return n
	}
	return Facts{
		Standing: registry.Standing{State: registry.State(l[0]), SignedAt: instant(number(l[5])), IssuedAt: instant(number(l[7])),
			StartsAt: instant(number(l[17])), ExpiresAt: instant(number(l[18]))},
		StateSince: instant(number(l[1])), Reason: l[2], SupersededBy: registry.ID(l[3]), RenewedBy: registry.ID(l[4]), Version: number(l[6]),
		Number: registry.Number(l[8]), Name: l[9], LatinName: l[10], IDLast4: l[11], Base: l[12],
		RecordKey: l[13], Kind: l[14], Demo: l[15] == "true", What: l[16], Days: l[19], Contact: text,
	}, err
}

// text runs one reading statement, whose answer is one text, outside of a
// transaction, which would cost more than the statement.
func (d *DB) text(ctx context.Context, query string) (sql.NullString, error) {
	return retryText(ctx, func() (sql.NullString, error) { return d.engine.text(ctx, query) })
}

// retryText asks again where a connection broke.
func retryText(ctx context.Context, ask func() (sql.NullString, error)) (sql.NullString, error) {
	for try := 1; ; try++ {
		text, err := ask()
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
