package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	lib "modernc.org/sqlite/lib"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store/db"
)

const (
	sqliteFile    = "passmuster.db"
	sqliteReaders = 4
	dirMode       = 0o700
)

// sqliteEngine is one file with one writer and a few readers. Each connection
// is taken from database/sql for good: the transaction statements are ours, so
// that it is always known what a commit came to, and statements stay prepared.
type sqliteEngine struct {
	path    string
	unlock  func()
	pools   []*sql.DB // the writer's is the first
	writer  *pool     // holds the writer while nobody uses it
	readers *pool
	failed  atomic.Pointer[error] // a commit failed on the disk: no more writes
	watch   *watch
	closed  atomic.Bool
	working atomic.Bool // the writer is in use, and does not wait for the disk
	known   sync.Map
}

// openSQLite opens dir/passmuster.db. Unless it is shared, no other process may
// open it that way: one serves a directory, short commands work beside it.
func openSQLite(ctx context.Context, dir string, shared bool) (_ engine, err error) {
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return nil, fmt.Errorf("make data directory: %w", err)
	}
	unlock := func() {}
	if !shared {
		unlock, err = lockFile(filepath.Join(dir, "passmuster.lock"))
	}
	if errors.Is(err, errLocked) {
		return nil, registry.Fail(registry.Conflict, "store.in_use", dir)
	}
	if err != nil {
		return nil, fmt.Errorf("lock data directory: %w", err)
	}
	e := &sqliteEngine{path: filepath.Join(dir, sqliteFile), unlock: unlock,
		writer: newPool(1), readers: newPool(sqliteReaders)}
	defer func() {
		if err != nil {
			_ = e.close()
		}
	}()
	if e.watch, err = private(e.path); err != nil {
		return nil, err
	}
	// The writer first: it makes the file.
	if err = e.fill(ctx, e.writer, "journal_mode(WAL)", "wal_autocheckpoint(4000)", "cache_size(-16384)", "secure_delete(1)"); err != nil {
		return nil, err
	}
	if err = e.fill(ctx, e.readers, "query_only(1)", "cache_size(-2048)"); err != nil {
		return nil, err
	}
	return e, e.watch.look()
}

// dsn names the file by a URL, so that no character of a path means anything
// else. FULL: a commit is on the disk before it is answered. The writer has a
// cache for the pages that a mass issue touches at random, and folds the WAL
// every 16 MB: pages that change often are then written to the file less often.
// A reader has a cache of 2 MB: pages that it lacks are the system's, a call away,
// and a larger one costs as much to search. A WAL that a
// long reader kept is cut back to 64 MB afterwards. What is removed is written
// over with zeros: a page of the file that is free tells nobody's name.
func (e *sqliteEngine) dsn(pragmas ...string) string {
	q := url.Values{"_txlock": {"immediate"}, "_pragma": append([]string{"busy_timeout(5000)", "synchronous(FULL)",
		"foreign_keys(1)", "journal_size_limit(67108864)", "temp_store(MEMORY)"}, pragmas...)}
	path := filepath.ToSlash(e.path)
	if filepath.VolumeName(e.path) != "" {
		path = "/" + path
	}
	return (&url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: q.Encode()}).String()
}

// fill opens as many connections as the pool holds.
func (e *sqliteEngine) fill(ctx context.Context, into *pool, pragmas ...string) error {
	from, err := sql.Open("sqlite", e.dsn(pragmas...))
	if err != nil {
		return err
	}
	e.pools = append(e.pools, from)
	for range into.size() {
		c, err := from.Conn(ctx)
		if err != nil {
			return err
		}
		into.lent++
		into.give(&session{conn: c, stmts: map[string]*sql.Stmt{}, texts: map[string]textStmt{}})
	}
	return nil
}

func (e *sqliteEngine) busy() bool { return e.readers.idle() <= e.readers.size()/2 }

func (e *sqliteEngine) writing() bool { return e.working.Load() }

func (e *sqliteEngine) dialect() string { return "sqlite" }

// private makes the file for its owner alone, and watches it from then on; the
// journals beside it get the same mode from SQLite.
func private(path string) (*watch, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("make database file: %w", err)
	}
	w, err := newWatch(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("make database file: %w", err)
	}
	return w, nil
}

// errClosed is what whoever comes after close is told.
var errClosed = errors.New("the store is closed")

// closing is how long close waits for a connection that is in use.
const closing = 5 * time.Second

// close ends the connections that database/sql lent us for good; it cannot do
// that itself.
func (e *sqliteEngine) close() error {
	e.closed.Store(true)
	var errs []error
	wait, enough := context.WithTimeout(context.Background(), closing)
	defer enough()
	for _, p := range []*pool{e.readers, e.writer} {
		for ; p.lent > 0; p.lent-- {
			if s, err := p.take(wait); err == nil {
				errs = append(errs, s.close())
			}
		}
	}
	for _, pool := range slices.Backward(e.pools) { // the writer last: it folds the WAL
		errs = append(errs, pool.Close())
	}
	e.unlock()
	return errors.Join(errs...)
}

func (e *sqliteEngine) ready(ctx context.Context) error {
	if err := e.failed.Load(); err != nil {
		return *err
	}
	if err := e.watch.look(); err != nil {
		return err
	}
	c, err := e.begin(ctx, reading)
	if err != nil {
		return err
	}
	defer c.rollback()
	return upToDate(ctx, c, e.dialect())
}

func (e *sqliteEngine) begin(ctx context.Context, m mode) (conn, error) {
	if e.closed.Load() {
		return nil, errClosed
	}
	pool, text, look := e.readers, "BEGIN", e.watch.glance
	if m != reading {
		pool, text, look = e.writer, "BEGIN IMMEDIATE", e.watch.look
		if err := e.failed.Load(); err != nil {
			return nil, *err
		}
	}
	s, err := pool.take(ctx)
	if err != nil {
		return nil, err
	}
	c := &sqliteConn{e: e, session: s, pool: pool}
	if m != reading {
		e.working.Store(true)
	}
	if err := look(); err != nil { // only now: it may have waited for the connection
		c.free()
		return nil, err
	}
	if _, err := s.ExecContext(ctx, text); err != nil {
		c.free()
		return nil, err
	}
	return c, nil
}

func (e *sqliteEngine) text(ctx context.Context, query string) (sql.NullString, error) {
	return e.ask(ctx, query)
}

func (e *sqliteEngine) facts(ctx context.Context, code string) (sql.NullString, error) {
	return e.ask(ctx, sqliteFacts, code)
}

// ask asks a reader for one text.
func (e *sqliteEngine) ask(ctx context.Context, query string, args ...string) (text sql.NullString, err error) {
	if e.closed.Load() {
		return text, errClosed
	}
	s, err := e.readers.take(ctx)
	if err != nil {
		return text, err
	}
	defer e.readers.give(s)
	if err := e.watch.glance(); err != nil {
		return text, err
	}
	return s.text(ctx, query, args)
}

// session is one connection with its prepared statements.
type session struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
	texts map[string]textStmt // of text
}

// close ends the connection; SQLite ends one when its statements have ended.
func (s *session) close() error {
	var errs []error
	for _, stmt := range s.texts {
		errs = append(errs, s.conn.Raw(func(any) error { return stmt.Close() }))
	}
	return errors.Join(append(errs, s.conn.Close())...)
}

// prepare returns the statement for the query, made once per connection. The
// texts are sqlc's constants and a few built filters, so there are not many.
func (s *session) prepare(query string) (*sql.Stmt, error) {
	if stmt, ok := s.stmts[query]; ok {
		return stmt, nil
	}
	stmt, err := s.conn.PrepareContext(context.Background(), positional(query))
	if err == nil && len(s.stmts) < 1000 {
		s.stmts[query] = stmt
	}
	return stmt, err
}

// The statements run to their end once begun: each is short, and an interrupted
// one would cost a goroutine per call. The context is looked at before each.

func (s *session) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	stmt, err := s.prepare(query)
	if err = errors.Join(ctx.Err(), err); err != nil {
		return nil, err
	}
	return stmt.ExecContext(context.Background(), args...)
}

func (s *session) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	stmt, err := s.prepare(query)
	if err = errors.Join(ctx.Err(), err); err != nil {
		return nil, err
	}
	return stmt.QueryContext(context.Background(), args...)
}

func (s *session) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	stmt, err := s.prepare(query)
	if err != nil || ctx.Err() != nil {
		return s.conn.QueryRowContext(ctx, query, args...) // says what is wrong
	}
	return stmt.QueryRowContext(context.Background(), args...)
}

// text asks past database/sql, whose part of a look-up is a sixth: it is the
// statement of every scan.
func (s *session) text(ctx context.Context, query string, args []string) (text sql.NullString, err error) {
	if err := ctx.Err(); err != nil {
		return text, err
	}
	values := make([]driver.NamedValue, len(args))
	for i, a := range args {
		values[i] = driver.NamedValue{Ordinal: i + 1, Value: a}
	}
	err = s.conn.Raw(func(c any) error {
		stmt, err := s.prepareText(c, query)
		if err != nil {
			return err
		}
		rows, err := stmt.QueryContext(context.Background(), values)
		if err != nil {
			return err
		}
		var row [1]driver.Value
		if err = rows.Next(row[:]); errors.Is(err, io.EOF) {
			err = sql.ErrNoRows
		}
		text.String, text.Valid = row[0].(string)
		return errors.Join(err, rows.Close())
	})
	return text, err
}

// textStmt is what text needs of a driver's statement.
type textStmt interface {
	driver.StmtQueryContext
	Close() error
}

func (s *session) prepareText(c any, query string) (textStmt, error) {
	if stmt, ok := s.texts[query]; ok {
		return stmt, nil
	}
	conn, ok := c.(driver.ConnPrepareContext)
	if !ok {
		return nil, fmt.Errorf("prepare by a %T", c)
	}
	prepared, err := conn.PrepareContext(context.Background(), positional(query))
	if err != nil {
		return nil, err
	}
	stmt, ok := prepared.(textStmt)
	if !ok {
		return nil, fmt.Errorf("query by a %T", prepared)
	}
	s.texts[query] = stmt
	return stmt, nil
}

// sqliteConn is an open transaction.
type sqliteConn struct {
	*session
	e    *sqliteEngine
	pool *pool
}

func (c *sqliteConn) free() {
	c.rest()
	c.pool.give(c.session)
}

// rest says that the writer no longer works, if it is this one.
func (c *sqliteConn) rest() {
	if c.pool == c.e.writer {
		c.e.working.Store(false)
	}
}

func (c *sqliteConn) rollback() {
	_, _ = c.ExecContext(context.Background(), "ROLLBACK")
	c.free()
}

// commit stores the transaction. When the disk fails under it, the rows may
// turn up after a restart (the WAL frame may have been written), so the outcome
// is unknown, and no later write may build on what the disk does not hold.
func (c *sqliteConn) commit() error {
	if c.pool == c.e.writer {
		if err := c.e.watch.look(); err != nil {
			c.rollback()
			return err
		}
	}
	c.rest()
	_, err := c.ExecContext(context.Background(), "COMMIT")
	if err == nil {
		c.free()
		return nil
	}
	if code, _ := sqliteCode(err); code&0xff == lib.SQLITE_IOERR && c.pool == c.e.writer {
		stopped := fmt.Errorf("writes are refused until a restart: %w", err)
		err = unknownOutcome{err}
		c.e.failed.CompareAndSwap(nil, &stopped)
	}
	c.rollback()
	return err
}

// enqueue stores the job in the jobs table; a job with the same unique key that
// has not begun makes it unnecessary.
func (c *sqliteConn) enqueue(ctx context.Context, j job) error {
	_, err := db.New(&guard{run: c, known: &c.e.known}).AddJob(ctx, db.AddJobParams{
		ID: NewID(), Kind: j.Kind, Args: string(j.Args), UniqueKey: j.unique, RunAt: j.runAt.UnixMicro()})
	return err
}

// scrub folds the WAL into the file and cuts it to nothing, so that it no longer
// holds pages as they were. Somebody who still reads old pages makes it errBusy.
func (e *sqliteEngine) scrub(ctx context.Context) error {
	s, err := e.writer.take(ctx)
	if err != nil {
		return err
	}
	defer e.writer.give(s)
	if err := e.watch.look(); err != nil {
		return err
	}
	var busy, frames, folded int
	if err := s.conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &folded); err != nil {
		return err
	}
	if busy != 0 {
		return errBusy
	}
	return nil
}
