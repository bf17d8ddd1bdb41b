package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
)

// runner runs statements in a transaction.
type runner interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// unaudited are the tables that hold no business data: a change of them alone
// needs no audit row.
var unaudited = map[string]bool{
	"sessions": true, "jobs": true, "runs": true, "run_failures": true, "idempotency_keys": true, "verification_counts": true,
	"publications": true, "change_marks": true, "change_raises": true, "audit_chain": true, "audit_pending": true,
}

var (
	errReadOnly  = errors.New("write in a read-only transaction")
	errUnaudited = errors.New("change without an audit row")
)

// guard watches the statements of one transaction: a reader may not write, a
// writer may not forget the audit row, and nothing is committed after a
// statement failed (PostgreSQL would refuse it, so SQLite does too).
type guard struct {
	run     runner
	known   *sync.Map // query text → statement
	reading bool

	changed string // a table that was changed and wants an audit row
	audited bool
	failed  error
}

// statement is what the guard needs to know of a query.
type statement struct {
	table string // that it changes; "" for a query that only reads
}

// fault says why the transaction must not be committed.
func (g *guard) fault() error {
	if g.failed != nil {
		return fmt.Errorf("commit after a failed statement: %w", g.failed)
	}
	if g.changed != "" && !g.audited {
		return fmt.Errorf("%w: %s", errUnaudited, g.changed)
	}
	return nil
}

func (g *guard) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	s := g.look(query)
	if s.table != "" && g.reading {
		return nil, fmt.Errorf("%w: %s", errReadOnly, s.table)
	}
	r, err := g.run.ExecContext(ctx, query, args...)
	if err != nil {
		g.failed = err
		return nil, err
	}
	if n, err := r.RowsAffected(); err == nil && n > 0 {
		g.note(s)
	}
	return r, nil
}

func (g *guard) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	s := g.look(query)
	if s.table != "" && g.reading {
		return nil, fmt.Errorf("%w: %s", errReadOnly, s.table)
	}
	rows, err := g.run.QueryContext(ctx, query, args...)
	if err != nil {
		g.failed = err
		return nil, err
	}
	g.note(s)
	return rows, nil
}

// QueryRowContext has no way to refuse, so a write with RETURNING in a reader is
// left to the engine, which opened the transaction read-only.
func (g *guard) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	g.note(g.look(query))
	return g.run.QueryRowContext(ctx, query, args...)
}

// PrepareContext is there for sqlc's interface; no generated query calls it.
func (g *guard) PrepareContext(context.Context, string) (*sql.Stmt, error) {
	return nil, errors.New("prepare statement: statements are prepared by the engine")
}

func (g *guard) note(s statement) {
	switch {
	case s.table == "audit":
		g.audited = true
	case s.table != "" && !unaudited[s.table]:
		g.changed = s.table
	}
}

func (g *guard) look(query string) statement {
	if s, ok := g.known.Load(query); ok {
		return s.(statement)
	}
	s := statement{table: changes(query)}
	g.known.Store(query, s)
	return s
}

// changes returns the table that the query writes to, "" when it only reads.
func changes(query string) string {
	var words []string
	for line := range strings.Lines(query) {
		if !strings.HasPrefix(strings.TrimSpace(line), "--") {
			words = append(words, strings.Fields(line)...)
		}
	}
	for i, w := range words {
		var table int
		switch strings.ToUpper(w) {
		case "INSERT", "DELETE":
			table = i + 2
		case "UPDATE":
			table = i + 1
		case "SELECT":
			return ""
		}
		if table > 0 && table < len(words) {
			return strings.ToLower(words[table])
		}
	}
	return ""
}
