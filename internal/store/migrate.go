package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrationFiles embed.FS

// merged shows the shared migrations and those of one dialect as one directory.
type merged struct{ shared, own fs.FS }

// migrationsFor returns the migrations of the dialect.
func migrationsFor(dialect string) (merged, error) {
	shared, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return merged{}, err
	}
	own, err := fs.Sub(migrationFiles, path.Join("migrations", dialect))
	return merged{shared, own}, err
}

// Open opens the file in whichever directory has it.
func (m merged) Open(name string) (fs.File, error) {
	f, err := m.own.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return m.shared.Open(name)
	}
	return f, err
}

// Glob lists the matching files of both directories.
func (m merged) Glob(pattern string) ([]string, error) {
	names, err := fs.Glob(m.shared, pattern)
	if err != nil {
		return nil, err
	}
	own, err := fs.Glob(m.own, pattern)
	names = append(names, own...)
	slices.Sort(names)
	return names, err
}

// migrateWith runs the migrations that the database does not have yet.
func migrateWith(ctx context.Context, pool *sql.DB, dialect string) error {
	files, err := migrationsFor(dialect)
	if err != nil {
		return err
	}
	kind := goose.DialectPostgres
	if dialect == "sqlite" {
		kind = goose.DialectSQLite3
	}
	p, err := goose.NewProvider(kind, pool, files)
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}

// newest is the version of the last migration of the dialect.
func newest(dialect string) (int64, error) {
	files, err := migrationsFor(dialect)
	if err != nil {
		return 0, err
	}
	names, err := files.Glob("*.sql")
	if err != nil {
		return 0, err
	}
	var last int64
	for _, name := range names {
		v, err := goose.NumericComponent(name)
		if err != nil {
			return 0, err
		}
		last = max(last, v)
	}
	return last, nil
}

// upToDate refuses a schema older than this program.
func upToDate(ctx context.Context, r runner, dialect string) error {
	want, err := newest(dialect)
	if err != nil {
		return err
	}
	var have int64
	if err := r.QueryRowContext(ctx, "SELECT MAX(version_id) FROM goose_db_version").Scan(&have); err != nil {
		return err
	}
	if have < want {
		return fmt.Errorf("schema has version %d, this program needs %d", have, want)
	}
	return nil
}

// migrate uses connections of its own, because goose takes its transactions
// from database/sql; meanwhile nobody writes.
func (e *sqliteEngine) migrate(ctx context.Context) error {
	c, err := e.writer.take(ctx)
	if err != nil {
		return err
	}
	defer e.writer.give(c)
	if err := e.watch.look(); err != nil { // or SQLite would make a new file
		return err
	}
	pool, err := sql.Open("sqlite", e.dsn("journal_mode(WAL)"))
	if err != nil {
		return err
	}
	pool.SetMaxOpenConns(1)
	return errors.Join(migrateWith(ctx, pool, e.dialect()), pool.Close())
}
