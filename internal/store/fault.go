package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/passmuster/passmuster/internal/registry"
)

// unknownOutcome is the error of a commit that may have been stored.
type unknownOutcome struct{ err error }

func (u unknownOutcome) Error() string { return "outcome unknown: " + u.err.Error() }
func (u unknownOutcome) Unwrap() error { return u.err }

// maxReconnects is how often a transaction is begun anew because its connection
// broke before the commit; a server that is gone is answered soon.
const maxReconnects = 4

// again reports whether the transaction is known not to be stored and may be
// run once more.
func again(err error, try int) bool {
	if errors.As(err, new(unknownOutcome)) {
		return false
	}
	return conflict(err) || disconnected(err) && try < maxReconnects
}

// conflict reports that another transaction stood in the way.
func conflict(err error) bool {
	if code, ok := sqliteCode(err); ok {
		return code&0xff == lib.SQLITE_BUSY || code&0xff == lib.SQLITE_LOCKED
	}
	switch pgCode(err) {
	case "40001", "40P01": // serialization failure, deadlock
		return true
	case "0A000": // a migration changed the shape of a prepared query
		return strings.Contains(err.Error(), "cached plan")
	}
	return false
}

// disconnected reports that the connection to PostgreSQL is gone.
func disconnected(err error) bool {
	if code := pgCode(err); code != "" {
		return strings.HasPrefix(code, "08") || strings.HasPrefix(code, "57P") || code == "25006"
	}
	var opErr net.Error
	var connecting *pgconn.ConnectError
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &opErr) || errors.As(err, &connecting) ||
		strings.Contains(err.Error(), "conn closed")
}

// twin reports a violated unique constraint.
func twin(err error) bool {
	code, _ := sqliteCode(err)
	return code == lib.SQLITE_CONSTRAINT_UNIQUE || code == lib.SQLITE_CONSTRAINT_PRIMARYKEY || pgCode(err) == "23505"
}

func sqliteCode(err error) (int, bool) {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code(), true
	}
	return 0, false
}

func pgCode(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// full reports that the disk has no room left.
func full(err error) bool {
	code, _ := sqliteCode(err)
	return code&0xff == lib.SQLITE_FULL || pgCode(err) == "53100"
}

// unmigrated reports that a table is missing: the schema was not made yet.
func unmigrated(err error) bool {
	code, _ := sqliteCode(err)
	return code == lib.SQLITE_ERROR && strings.Contains(err.Error(), "no such table") || pgCode(err) == "42P01"
}

// unreachable reports that the store could not do its work, whatever was asked.
func unreachable(err error) bool {
	if unmigrated(err) {
		return true
	}
	if code, ok := sqliteCode(err); ok {
		switch code & 0xff {
		case lib.SQLITE_BUSY, lib.SQLITE_LOCKED, lib.SQLITE_IOERR, lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB,
			lib.SQLITE_CANTOPEN, lib.SQLITE_READONLY, lib.SQLITE_NOMEM, lib.SQLITE_PROTOCOL:
			return true
		}
		return false
	}
	if code := pgCode(err); code != "" {
		for _, class := range []string{"08", "40", "53", "57", "58", "XX", "25006", "28", "3D"} {
			if strings.HasPrefix(code, class) {
				return true
			}
		}
		return false
	}
	return disconnected(err) || errors.Is(err, errBusy) || errors.Is(err, errClosed) ||
		errors.Is(err, errLost) || errors.Is(err, errUnseen) || errors.Is(err, pgx.ErrTxCommitRollback)
}

// outward turns what the drivers say into what callers can act on: a refusal of
// the kind Unavailable that still wraps the cause. Refusals and plain faults
// pass as they are.
func outward(ctx context.Context, err error) error {
	var refusal *registry.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refusal):
		return err
	case errors.As(err, new(unknownOutcome)):
		return unavailable(registry.Fail(registry.Unavailable, "store.outcome_unknown"), err)
	case full(err):
		return unavailable(registry.Fail(registry.Unavailable, "store.full"), err)
	case errors.Is(err, context.Canceled) || errors.Is(ctx.Err(), context.Canceled):
		return err
	case unreachable(err) || errors.Is(err, context.DeadlineExceeded):
		return unavailable(registry.Fail(registry.Unavailable, "store.unavailable"), err)
	}
	return err
}

func unavailable(refusal, cause error) error { return fmt.Errorf("%w: %w", refusal, cause) }
