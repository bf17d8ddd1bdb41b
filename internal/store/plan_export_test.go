package store

import (
	"context"
	"database/sql"
)

// asked notes the queries of a transaction.
type asked struct {
	runner
	queries []string
	args    [][]any
}

func (a *asked) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	a.queries, a.args = append(a.queries, query), append(a.args, args)
	return a.runner.QueryContext(ctx, query, args...)
}

func (a *asked) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	a.queries, a.args = append(a.queries, query), append(a.args, args)
	return a.runner.QueryRowContext(ctx, query, args...)
}

// PlanOf runs do and says how many queries it asked, and how SQLite answers the
// first of them.
func (t *Tx) PlanOf(ctx context.Context, do func() error) (plan []string, n int, err error) {
	notes := &asked{runner: t.g.run}
	t.g.run = notes
	defer func() { t.g.run = notes.runner }()
	if err := do(); err != nil {
		return nil, 0, err
	}
	rows, err := notes.runner.QueryContext(ctx, "EXPLAIN QUERY PLAN "+notes.queries[0], notes.args[0]...)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			return nil, 0, err
		}
		plan = append(plan, detail)
	}
	return plan, len(notes.queries), rows.Err()
}
