package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/bench"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

type benchVerifyCmd struct {
	Rows        int           `help:"How many certificates the registry has." default:"1000000"`
	Beside      int           `help:"Measure a registry with so many certificates beside it (R7); 0: 1000000 beside 10000000 and more." default:"0"`
	Rounds      int           `help:"Rounds; the median counts." default:"5"`
	Time        time.Duration `help:"How long each turn is measured." default:"2s"`
	Connections int           `help:"How many ask at a time." default:"32"`
	Postgres    string        `help:"PostgreSQL for R3: auto (a private server, where it is installed), none, or the address of an empty database." default:"auto" placeholder:"auto|none|URL"`
	Only        []string      `help:"Measure these groups alone: store, beside, memory, postgres, tokens, names." placeholder:"GROUP"`
	Check       bool          `help:"Exit with 1 if a floor is missed: a check on a quiet machine of two cores."`
}

// Run measures how fast certificates are verified, as ratios to a bare handler in
// the same run.
func (c *benchVerifyCmd) Run(e *env) error {
	b := &verifyBench{c: c, e: e, out: verified{Machine: machine(), Rows: c.Rows, Rounds: c.Rounds, Ratios: map[string]*ratio{}}}
	defer b.end()
	if err := b.measure(e.ctx); err != nil {
		return err
	}
	if e.cli.JSON {
		if err := e.print(b.out.doc()); err != nil {
			return err
		}
	} else {
		b.out.tell(e)
	}
	if missed := b.out.missed(); c.Check && len(missed) > 0 {
		if !e.cli.JSON {
			e.say("missed: %s", strings.Join(missed, ", "))
		}
		return exit(exitNo)
	}
	return nil
}

// verifyBench is one measurement.
type verifyBench struct {
	c     *benchVerifyCmd
	e     *env
	out   verified
	bare  *subject
	alive []*subject
	clean []func()
}

// registryAt is a registry to be measured: a directory, and a database if it is
// not in it.
type registryAt struct {
	dir, database string
	family        int // process of PostgreSQL
	codes         []registry.Code
	numbers       []registry.Number // of some of them
}

func (b *verifyBench) wants(group string) bool {
	return len(b.c.Only) == 0 || slices.Contains(b.c.Only, group)
}

func (b *verifyBench) measure(ctx context.Context) error {
	if b.wants("tokens") {
		t, err := bench.Tokens(max(5, b.c.Rounds))
		if err != nil {
			return err
		}
		b.out.set("R10", t.Ratios...)
		b.out.set("R18", t.Bombs...)
		b.out.Growth = float64(t.Growth) / (1 << 20)
	}
	if b.wants("store") || b.wants("beside") || b.wants("memory") || b.wants("names") {
		if err := b.sqlite(ctx); err != nil {
			return err
		}
	}
	if b.wants("postgres") {
		return b.postgres(ctx)
	}
	return nil
}

func (b *verifyBench) sqlite(ctx context.Context) error {
	at, err := b.registry(ctx, b.e.cli.Data, b.c.Rows)
	if err != nil {
		return err
	}
	debug.FreeOSMemory()
	for _, group := range []struct {
		name string
		run  func(context.Context, registryAt) error
	}{{"store", b.fromStore}, {"beside", b.fromBoth}, {"names", b.names}, {"memory", b.fromMemory}} {
		if b.wants(group.name) {
			b.say("%s", group.name)
			if err := group.run(ctx, at); err != nil {
				return fmt.Errorf("measure %s: %w", group.name, err)
			}
			b.stopAll()
		}
	}
	return nil
}

func (b *verifyBench) postgres(ctx context.Context) error {
	at := registryAt{database: b.c.Postgres}
	switch b.c.Postgres {
	case "none":
		b.out.Skipped = append(b.out.Skipped, "R3: left out")
		return nil
	case "auto":
		b.say("PostgreSQL: a private server")
		p, err := bench.StartPostgres(ctx)
		if errors.Is(err, bench.ErrNoPostgres) {
			b.out.Skipped = append(b.out.Skipped, "R3: "+err.Error())
			return nil
		}
		if err != nil {
			return err
		}
		b.clean = append(b.clean, p.Stop)
		at.database, at.family = p.URL, p.PID
		at, err = b.filled(ctx, at, min(b.c.Rows, 1_000_000))
		if err != nil {
			return err
		}
		if err := p.Settle(ctx); err != nil {
			return err
		}
	default:
		var err error
		if at, err = b.filled(ctx, at, min(b.c.Rows, 1_000_000)); err != nil {
			return err
		}
	}
	debug.FreeOSMemory()
	b.say("postgres")
	return b.fromPostgres(ctx, at)
}

// registry is the one in the directory that --data names, filled if it is empty,
// or one that is removed at the end.
func (b *verifyBench) registry(ctx context.Context, dir string, rows int) (registryAt, error) {
	if b.e.getenv("PASSMUSTER_DATA") == "" && dir == absolute("./data") {
		return b.filled(ctx, registryAt{}, rows)
	}
	at := registryAt{dir: dir}
	if hasRegistry(dir) {
		return b.sample(ctx, at)
	}
	return b.filled(ctx, at, rows)
}

// filled makes a registry of so many certificates.
func (b *verifyBench) filled(ctx context.Context, at registryAt, rows int) (registryAt, error) {
	if at.dir == "" {
		dir, err := os.MkdirTemp("", "passmuster-bench-")
		if err != nil {
			return at, fmt.Errorf("make folder: %w", err)
		}
		b.clean = append(b.clean, func() { _ = os.RemoveAll(dir) })
		at.dir = filepath.Join(dir, "registry")
	}
	if err := empty(at.dir); err != nil {
		return at, err
	}
	if err := room(at.dir, int64(rows)*bytesPerRow); err != nil {
		return at, err
	}
	b.say("filling a registry with %d certificates", rows)
	began := time.Now()
	sub := *b.e
	flags := *b.e.cli
	sub.cli = &flags
	flags.Data, flags.Database, flags.Log = at.dir, at.database, "error"
	seed := seedCmd{Scale: rows}
	a, err := seed.fresh(&sub)
	if err != nil {
		return at, err
	}
	err = errors.Join(seed.fill(&sub, a), a.db.Close())
	b.out.SeedSeconds = max(b.out.SeedSeconds, time.Since(began).Seconds())
	if err != nil {
		return at, err
	}
	return b.sample(ctx, at)
}

// bytesPerRow is what a certificate weighs in the database, generously.
const bytesPerRow = 7 << 10

// asked is how many different certificates are asked for.
const asked = 200_000

// sample takes some of the codes, spread over all of them, and numbers.
func (b *verifyBench) sample(ctx context.Context, at registryAt) (registryAt, error) {
	db, err := store.Open(ctx, store.Config{URL: at.database, Dir: at.dir, Shared: true})
	if err != nil {
		return at, err
	}
	defer func() { _ = db.Close() }()
	err = db.Read(ctx, func(tx *store.Tx) error {
		at.codes, at.numbers = nil, nil
		step, i := max(1, b.c.Rows/asked), 0
		if err := tx.EachIssued(ctx, func(c registry.Code) error {
			if i%step == 0 {
				at.codes = append(at.codes, c)
			}
			i++
			return nil
		}); err != nil {
			return err
		}
		for k := range min(len(at.codes), pairs) {
			c, err := tx.CredentialByCode(ctx, at.codes[k*len(at.codes)/min(len(at.codes), pairs)])
			if err != nil {
				return err
			}
			at.numbers = append(at.numbers, c.Number)
		}
		return nil
	})
	return at, err
}

func (b *verifyBench) say(format string, args ...any) {
	if !b.e.cli.JSON {
		_, _ = fmt.Fprintf(b.e.err, format+"\n", args...)
	}
}

// end stops what runs and removes what was made, the last first.
func (b *verifyBench) end() {
	b.stopAll()
	for _, remove := range slices.Backward(b.clean) {
		remove()
	}
}

func (b *verifyBench) stopAll() {
	for _, s := range b.alive {
		s.stop()
	}
	b.alive, b.bare = nil, nil
}
