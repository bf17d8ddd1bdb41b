package store

import (
	"context"
	"time"
)

// Exec runs a statement as the engine's owner would, past every guard. With
// write on SQLite it is the writer's connection.
func (d *DB) Exec(ctx context.Context, statement string) error {
	if e, ok := d.engine.(*sqliteEngine); ok {
		s, err := e.writer.take(ctx)
		if err != nil {
			return err
		}
		defer e.writer.give(s)
		_, err = s.conn.ExecContext(ctx, statement)
		return err
	}
	_, err := d.engine.(*pgEngine).pool.ExecContext(ctx, statement)
	return err
}

// Strings reads the one text column of a query.
func (d *DB) Strings(ctx context.Context, query string) (list []string, err error) {
	err = d.run(ctx, reading, func(tx *Tx) error {
		list = nil
		rows, err := tx.g.QueryContext(ctx, query)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var s string
			if err := rows.Scan(&s); err != nil {
				return err
			}
			list = append(list, s)
		}
		return rows.Err()
	})
	return list, err
}

// SetNow replaces the clock of jobs and sessions.
func (d *DB) SetNow(now func() time.Time) { d.now = now }

// ListFull is how many entries a status list gives before the next one opens.
const ListFull = listFull

// Glance is how long one look at the file is good.
const Glance = glance
