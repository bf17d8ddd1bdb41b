package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3/lock"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

const (
	poolSize     = 16
	scansSize    = mostAsking + 2   // and two for what memory is believed by
	chainLockKey = 0x7061737363686e // pg advisory lock of the sequencer
)

// pgEngine keeps the registry in PostgreSQL.
type pgEngine struct {
	config *pgxpool.Config
	pool   *sql.DB
	river  *river.Client[pgx.Tx] // inserts jobs; working clients are made by work
	scans  *sql.DB               // for those who scan: they do not wait for those who issue
	gather gathering
}

func openPostgres(ctx context.Context, url string) (_ engine, err error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("read database url: %w", hideURL(err))
	}
	for name, value := range map[string]string{
		"application_name": "passmuster", "timezone": "UTC",
		"statement_timeout": "60s", "idle_in_transaction_session_timeout": "60s", // a node that hangs holds nobody up
	} {
		if _, set := config.ConnConfig.RuntimeParams[name]; !set {
			config.ConnConfig.RuntimeParams[name] = value
		}
	}
	e := &pgEngine{config: config, pool: stdlib.OpenDB(*config.ConnConfig)}
	e.pool.SetMaxOpenConns(poolSize)
	e.pool.SetMaxIdleConns(poolSize)
	generic := config.ConnConfig.Copy()
	// Planning costs more than the look-up, and so does a hash of whole tables.
	for _, name := range []string{"enable_hashjoin", "enable_mergejoin", "enable_seqscan"} {
		generic.RuntimeParams[name] = "off"
	}
	generic.RuntimeParams["plan_cache_mode"] = "force_generic_plan"
	e.scans, e.gather.ask = stdlib.OpenDB(*generic), e.factsOf
	e.scans.SetMaxOpenConns(scansSize)
	e.scans.SetMaxIdleConns(scansSize)
	defer func() {
		if err != nil {
			_ = e.close()
		}
	}()
	// The cool-down is also how long River leaves further jobs unannounced.
	if e.river, err = river.NewClient(riverpgxv5.New(nil), &river.Config{FetchCooldown: river.FetchCooldownMin}); err != nil {
		return nil, err
	}
	return e, e.pool.PingContext(ctx)
}

// hideURL keeps the password of a mistyped URL out of the log.
func hideURL(err error) error {
	if inner := errors.Unwrap(err); inner != nil {
		return inner
	}
	return errors.New("it cannot be read")
}

func (e *pgEngine) dialect() string { return "postgres" }

func (e *pgEngine) busy() bool {
	return e.pool.Stats().InUse >= poolSize/2 || e.scans.Stats().InUse >= mostAsking
}

func (e *pgEngine) writing() bool { return false }

func (e *pgEngine) close() error { return errors.Join(e.scans.Close(), e.pool.Close()) }

func (e *pgEngine) ready(ctx context.Context) error { return upToDate(ctx, e.pool, e.dialect()) }

// migrate holds one lock over our migrations and River's, so that nodes which
// start together migrate one after the other.
func (e *pgEngine) migrate(ctx context.Context) (err error) {
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300)) // looks every second, for 5 minutes
	if err != nil {
		return err
	}
	patient := e.config.Copy()
	delete(patient.ConnConfig.RuntimeParams, "statement_timeout") // a migration may take long
	pool := stdlib.OpenDB(*patient.ConnConfig)
	defer func() { err = errors.Join(err, pool.Close()) }()
	c, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	if err := locker.SessionLock(ctx, c); err != nil {
		return fmt.Errorf("wait for another node: %w", err)
	}
	defer func() { err = errors.Join(err, locker.SessionUnlock(context.WithoutCancel(ctx), c)) }()
	if err := migrateWith(ctx, pool, e.dialect()); err != nil {
		return err
	}
	return migrateRiver(ctx, patient)
}

func migrateRiver(ctx context.Context, config *pgxpool.Config) error {
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return err
	}
	defer pool.Close()
	m, err := rivermigrate.New(riverpgxv5.New(pool), nil)
	if err != nil {
		return err
	}
	_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}

// begin does not tie the transaction to ctx: a commit under way is not cut off,
// so that its outcome is known whenever the server lives.
func (e *pgEngine) begin(ctx context.Context, m mode) (conn, error) {
	c, err := e.pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	options := map[mode]*sql.TxOptions{
		reading:    {Isolation: sql.LevelRepeatableRead, ReadOnly: true},
		writing:    {Isolation: sql.LevelSerializable},
		sequencing: {Isolation: sql.LevelReadCommitted},
	}[m]
	tx, err := c.BeginTx(context.WithoutCancel(ctx), options)
	if err == nil && m == sequencing {
		if _, err = tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", int64(chainLockKey)); err != nil {
			_ = tx.Rollback()
		}
	}
	if err != nil {
		_ = c.Close()
		return nil, err
	}
	return &pgConn{Tx: tx, conn: c, e: e}, nil
}

func (e *pgEngine) text(ctx context.Context, query string) (text sql.NullString, err error) {
	err = e.raw(ctx, func(c *pgx.Conn) error { return c.QueryRow(ctx, query).Scan(&text) })
	return text, err
}

func (e *pgEngine) facts(ctx context.Context, code string) (sql.NullString, error) {
	return e.gather.text(ctx, code)
}

// factsOf asks for the facts of all of the codes.
func (e *pgEngine) factsOf(ctx context.Context, codes []string) (map[string]sql.NullString, error) {
	texts := make(map[string]sql.NullString, len(codes))
	err := e.raw(ctx, func(c *pgx.Conn) error {
		rows, err := c.Query(ctx, postgresFacts, codes)
		if err != nil {
			return err
		}
		var code string
		var text sql.NullString
		_, err = pgx.ForEachRow(rows, []any{&code, &text}, func() error {
			texts[code] = text
			return nil
		})
		return err
	})
	return texts, err
}

// raw lends a connection past database/sql, whose part of a look-up is large, as
// SQLite's session does.
func (e *pgEngine) raw(ctx context.Context, use func(c *pgx.Conn) error) (err error) {
	c, err := e.scans.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	return c.Raw(func(driver any) error {
		own, ok := driver.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("ask by a %T", driver)
		}
		return use(own.Conn())
	})
}

// pgConn is an open transaction and the connection it runs on.
type pgConn struct {
	*sql.Tx
	conn *sql.Conn
	e    *pgEngine
}

func (c *pgConn) rollback() {
	_ = c.Rollback()
	_ = c.conn.Close()
}

// commit stores the transaction. A connection that breaks under it leaves the
// outcome unknown: only an answer of the server says that it was not stored.
func (c *pgConn) commit() error {
	err := c.Commit()
	_ = c.conn.Close()
	if err != nil && pgCode(err) == "" && !errors.Is(err, pgx.ErrTxCommitRollback) {
		return unknownOutcome{err}
	}
	if code := pgCode(err); len(code) > 2 && (code[:2] == "57" || code[:2] == "08") {
		return unknownOutcome{err} // shut down while it committed
	}
	return err
}

// enqueue inserts the job through the very connection of this transaction.
func (c *pgConn) enqueue(ctx context.Context, j job) error {
	opts := &river.InsertOpts{MaxAttempts: maxAttempts}
	if !j.runAt.IsZero() {
		opts.ScheduledAt = j.runAt
	}
	if j.unique != "" {
		opts.UniqueOpts = river.UniqueOpts{ByArgs: true, ByState: waiting}
	}
	return c.conn.Raw(func(driverConn any) error {
		pc, ok := driverConn.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("connection is a %T", driverConn)
		}
		_, err := c.e.river.InsertTx(ctx, borrowed{pc.Conn()}, riverArgs{Name: j.Kind, Args: string(j.Args), Unique: j.unique}, opts)
		return err
	})
}

// scrub has nothing to do: dead rows are the vacuum's.
func (e *pgEngine) scrub(context.Context) error { return nil }

type pgxConn = pgx.Conn // embedded under another name than its method Conn

// borrowed shows a connection inside a transaction as that transaction. Whoever
// is given it may run statements; how it ends is decided by database/sql alone.
type borrowed struct{ *pgxConn }

var errBorrowed = errors.New("the transaction belongs to the store")

func (borrowed) Begin(context.Context) (pgx.Tx, error) { return nil, errBorrowed }
func (borrowed) Commit(context.Context) error          { return errBorrowed }
func (borrowed) Rollback(context.Context) error        { return errBorrowed }
func (borrowed) LargeObjects() pgx.LargeObjects        { return pgx.LargeObjects{} }
func (b borrowed) Conn() *pgx.Conn                     { return b.pgxConn }
