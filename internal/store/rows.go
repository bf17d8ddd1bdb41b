package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"math/bits"
	"strconv"
	"strings"

	"github.com/passmuster/passmuster/internal/store/db"
)

// mostRows is how many rows one statement adds: from there on more only make it
// longer.
const mostRows = 16

// addRows runs the insert of sqlc once for each of the rows, many rows to a
// statement, and returns how many it added.
func addRows[P any](ctx context.Context, t *Tx, add func(*db.Queries, context.Context, P) (int64, error), rows []P) (added int64, err error) {
	var n noted
	q := db.New(&n)
	for len(rows) > 0 {
		some := rows[:min(mostRows, 1<<(bits.Len(uint(len(rows)))-1))] // few lengths, few texts: engines and guard remember each
		n.args = n.args[:0]
		for _, row := range some {
			if _, err := add(q, ctx, row); err != nil {
				return added, err
			}
		}
		query, err := severalRows(n.query, len(n.args)/len(some), len(some))
		if err != nil {
			return added, err
		}
		result, err := t.g.ExecContext(ctx, query, n.args...)
		if err != nil {
			return added, err
		}
		count, err := result.RowsAffected()
		if err != nil {
			return added, err
		}
		added, rows = added+count, rows[len(some):]
	}
	return added, nil
}

// addAll is addRows for rows of which none may be there already: <noun>.exists.
func addAll[P any](ctx context.Context, t *Tx, add func(*db.Queries, context.Context, P) (int64, error), rows []P, noun string, key func(P) any) error {
	if len(rows) == 0 {
		return nil
	}
	n, err := addRows(ctx, t, add, rows)
	if int(n) < len(rows) {
		n = 0
	}
	return added(n, err, noun, key(rows[0]))
}

// severalRows writes an insert of one row, VALUES ($1, $2 …) with so many columns,
// as one of several rows.
func severalRows(query string, columns, rows int) (string, error) {
	before, after, found := strings.Cut(query, valuesOf(0, columns))
	if !found {
		return "", fmt.Errorf("add rows: the query has more than parameters: %s", query)
	}
	var b strings.Builder
	b.WriteString(before)
	for i := range rows {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(valuesOf(i*columns, columns))
	}
	b.WriteString(after)
	return b.String(), nil
}

// valuesOf are the parameters of a row, whose first comes after so many.
func valuesOf(after, columns int) string {
	b := []byte{'('}
	for i := range columns {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = strconv.AppendInt(append(b, '$'), int64(after+i+1), 10)
	}
	return string(append(b, ')'))
}

// noted notes what sqlc's queries would run, and runs nothing.
type noted struct {
	query string
	args  []any
}

func (n *noted) ExecContext(_ context.Context, query string, args ...any) (sql.Result, error) {
	n.query, n.args = query, append(n.args, args...)
	return driver.RowsAffected(1), nil
}

func (n *noted) QueryContext(_ context.Context, query string, _ ...any) (*sql.Rows, error) {
	return nil, fmt.Errorf("add rows: the query asks: %s", query)
}

func (n *noted) PrepareContext(_ context.Context, query string) (*sql.Stmt, error) {
	return nil, fmt.Errorf("add rows: the query is prepared: %s", query)
}

// QueryRowContext has no way to refuse; no insert that is added by rows returns any.
func (n *noted) QueryRowContext(context.Context, string, ...any) *sql.Row { return new(sql.Row) }
