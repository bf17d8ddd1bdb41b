package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/accredit"
	"github.com/passmuster/passmuster/internal/auth"
	"github.com/passmuster/passmuster/internal/blobs"
	"github.com/passmuster/passmuster/internal/certificate"
	"github.com/passmuster/passmuster/internal/config"
	"github.com/passmuster/passmuster/internal/demo"
	"github.com/passmuster/passmuster/internal/design"
	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/issue"
	"github.com/passmuster/passmuster/internal/jobs"
	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/lifecycle"
	"github.com/passmuster/passmuster/internal/passkey"
	"github.com/passmuster/passmuster/internal/publish"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/report"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/training"
	"github.com/passmuster/passmuster/internal/verify"
)

// app is the registry of one data directory, wired.
type app struct {
	settings  config.Settings
	origin    string
	log       *slog.Logger
	clock     *demo.Clock
	db        *store.DB
	ring      *keys.Ring
	auth      *auth.Service
	accredit  *accredit.Service
	design    *design.Service
	training  *training.Service
	issue     *issue.Service
	lifecycle *lifecycle.Service
	passkey   *passkey.Service
	verify    *verify.Service
	report    *report.Service
	publish   *publish.Service
	jobs      *jobs.Runner
	watchers  edge.Watchers // who watches progress; they are sent away when the server stops
}

// opening says how a command wants the registry.
type opening struct {
	serving bool // the one process that serves the directory
	migrate bool
	create  bool // there is no registry yet: it is made now
}

// open reads keys and store of the data directory and wires the services.
func (e *env) open(o opening) (*app, error) {
	s := e.cli.Settings
	ring, err := keys.Open(s.KeyDir(), e.passphrase)
	if err != nil {
		return nil, err
	}
	clock, err := clockOf(s, ring)
	if err != nil {
		return nil, err
	}
	if s.DocumentKey != "" && o.serving { // for the yearly renewal
		if err := ring.SetDocumentKey(s.DocumentRSA()); err != nil {
			return nil, err
		}
	}
	if err := present(s, o); err != nil {
		return nil, err
	}
	log := s.Logger(e.err)
	db, err := store.Open(e.ctx, store.Config{URL: s.Database, Dir: s.Data, Log: log, Now: clock.Now, Shared: !o.serving})
	if err != nil {
		return nil, err
	}
	if o.migrate {
		if err := db.Migrate(e.ctx); err != nil {
			_ = db.Close()
			return nil, err
		}
	}
	if err := e.belongs(db, ring, o.create); err != nil {
		_ = db.Close()
		return nil, err
	}
	origin := originOf(s, ring)
	a, err := wire(s, origin, log, clock, db, ring)
	if err != nil {
		_ = db.Close()
	}
	return a, err
}

// present refuses keys without their database: a lost volume or a wrong mount
// must not become an empty registry that calls every certificate unknown.
func present(s config.Settings, o opening) error {
	path := filepath.Join(s.Data, "passmuster.db")
	if o.create || s.Database != "" {
		return nil
	}
	if _, err := os.Stat(path); err != nil {
		return registry.Fail(registry.Unavailable, "data.no_database", path)
	}
	return nil
}

// belongs ties database and keys together when they are made, and refuses a
// database of another registry, or a new one, under these keys.
func (e *env) belongs(db *store.DB, ring *keys.Ring, create bool) error {
	roots := ring.Keys(keys.Root)
	if len(roots) == 0 {
		return registry.Fail(registry.Unavailable, "keys.missing")
	}
	kid := roots[0].KID
	var got string
	err := db.Read(e.ctx, func(tx *store.Tx) (err error) {
		got, err = tx.Setting(e.ctx, store.RootSetting)
		return err
	})
	switch {
	case err != nil:
		return err
	case got == "" && create:
		return db.Tx(e.ctx, func(tx *store.Tx) error {
			if err := tx.PutSetting(e.ctx, store.RootSetting, kid); err != nil {
				return err
			}
			return tx.Audit(e.ctx, store.Act{Actor: access.System.Account, Action: "registry.create", ObjectType: "registry", At: time.Now()})
		})
	case got != kid:
		return registry.Fail(registry.Unavailable, "data.foreign")
	}
	return nil
}

// originOf is where links lead: the setting, what was fixed at init, or this
// machine.
func originOf(s config.Settings, ring *keys.Ring) string {
	if s.PublicURL == "" && ring.PublicURL() != "" {
		return ring.PublicURL()
	}
	return s.Origin()
}

// clockOf gives the machine's time; only a demonstration may have another.
func clockOf(s config.Settings, ring *keys.Ring) (*demo.Clock, error) {
	clock := &demo.Clock{}
	at, offset, err := s.Clock()
	if err != nil {
		return nil, err
	}
	if s.DemoClock == "" {
		return clock, nil
	}
	if !ring.Demo() {
		return nil, registry.Fail(registry.Conflict, "demo.clock")
	}
	if !at.IsZero() {
		offset = time.Until(at) // it starts there and runs on
	}
	clock.Run(offset)
	return clock, nil
}

func wire(s config.Settings, origin string, log *slog.Logger, clock *demo.Clock, db *store.DB, ring *keys.Ring) (*app, error) {
	a := &app{settings: s, origin: origin, log: log, clock: clock, db: db, ring: ring}
	var err error
	if a.auth, err = auth.New(db, ring, origin, clock.Now); err != nil {
		return nil, err
	}
	press, err := certificate.NewPress(nil)
	if err != nil {
		return nil, err
	}
	a.accredit = &accredit.Service{DB: db, Keys: ring, Now: clock.Now, Demo: ring.Demo()}
	a.design = &design.Service{DB: db, Now: clock.Now, Demo: ring.Demo()}
	a.issue = &issue.Service{DB: db, Keys: ring, Now: clock.Now, Origin: origin, Demo: ring.Demo(), Log: log}
	if a.passkey, err = passkey.New(db, origin, clock.Now); err != nil {
		return nil, err
	}
	a.issue.Passkeys = a.passkey
	a.lifecycle = &lifecycle.Service{DB: db, Now: clock.Now}
	if s.Blobs != "" {
		archive, err := blobs.Open(s.Blobs)
		if err != nil {
			return nil, err
		}
		a.issue.Archive, a.lifecycle.Archive = archive, archive
	}
	a.training = &training.Service{DB: db, Keys: ring, Now: clock.Now, Uncovered: press.Uncovered, Demo: ring.Demo()}
	a.verify = &verify.Service{DB: db, Keys: ring, Now: clock.Now, Origin: origin, Log: log, Cache: s.VerifyCache}
	a.report = &report.Service{DB: db, Keys: ring, Now: clock.Now}
	a.publish = &publish.Service{DB: db, Keys: ring, Now: clock.Now, Origin: origin, Log: log}
	a.jobs = &jobs.Runner{DB: db, Issue: a.issue, Lifecycle: a.lifecycle, Training: a.training, Publish: a.publish, Verify: a.verify, Report: a.report, Log: log}
	return a, nil
}

func (a *app) close() { _ = a.db.Close() }

// demoServices are the services for filling a demonstration.
func (a *app) demoServices() demo.Services {
	return demo.Services{DB: a.db, Clock: a.clock, Auth: a.auth, Accredit: a.accredit, Training: a.training, Issue: a.issue, Lifecycle: a.lifecycle}
}

// passphrase opens sealed keys: from the file that the setting names, from the
// environment, or asked for at a terminal.
func (e *env) passphrase() (string, error) {
	if p := e.getenv("PASSMUSTER_KEY_PASSPHRASE"); p != "" {
		return p, nil
	}
	if e.cli.Passphrase != "" {
		b, err := os.ReadFile(e.cli.Passphrase)
		if err != nil {
			return "", fmt.Errorf("read passphrase: %w", err)
		}
		return strings.TrimRight(string(b), "\r\n"), nil
	}
	return e.ask("Passphrase of the keys: ")
}

// ask reads a secret from the terminal without showing it.
func (e *env) ask(prompt string) (string, error) {
	f, ok := e.in.(*os.File)
	if ok && term.IsTerminal(int(f.Fd())) {
		_, _ = fmt.Fprint(e.err, prompt)
		b, err := term.ReadPassword(int(f.Fd()))
		_, _ = fmt.Fprintln(e.err)
		return string(b), err
	}
	if e.lines == nil { // one reader for all questions: it may hold the next answer already
		e.lines = bufio.NewReader(e.in)
	}
	line, err := e.lines.ReadString('\n')
	if err != nil && line == "" {
		return "", registry.Fail(registry.Unauthenticated, "usage.secret")
	}
	return strings.TrimRight(line, "\r\n"), nil
}

// actor proves who acts on the command line, for running the program proves
// nothing: by an access token, by a password typed at the terminal, or, in a
// demonstration's directory alone, by the e-mail address.
func (a *app) actor(e *env, email, token string) (registry.Actor, error) {
	if token != "" {
		account, err := a.auth.Actor(e.ctx, token)
		return account.Actor(), err
	}
	if email == "" {
		return registry.Actor{}, registry.Fail(registry.Unauthenticated, "usage.actor")
	}
	if a.ring.Demo() {
		account, err := a.byEmail(e.ctx, email)
		return account.Actor(), err
	}
	password, err := e.ask("Password of " + email + ": ")
	if err != nil {
		return registry.Actor{}, err
	}
	account, err := a.auth.SignIn(e.ctx, email, password, "terminal")
	return account.Actor(), err
}

func (a *app) byEmail(ctx context.Context, email string) (registry.Account, error) {
	var account registry.Account
	err := a.db.Read(ctx, func(tx *store.Tx) (err error) {
		account, err = tx.AccountByEmail(ctx, strings.ToLower(email))
		return err
	})
	if err == nil && account.Status != registry.AccountActive {
		err = registry.Fail(registry.Unauthenticated, "signin.wrong")
	}
	return account, err
}

// acting are the flags by which somebody proves who he is.
type acting struct {
	Actor      string `help:"E-mail of the account that acts; its password is asked for, except in a demonstration's directory." placeholder:"EMAIL"`
	ActorToken string `help:"Access token of the account that acts (passmuster token create)." env:"PASSMUSTER_ACTOR_TOKEN" placeholder:"TOKEN"`
}

func (f acting) prove(e *env, a *app) (registry.Actor, error) {
	return a.actor(e, f.Actor, f.ActorToken)
}

// session opens the registry and proves the actor, for commands that act.
func (e *env) session(f acting) (*app, registry.Actor, error) {
	a, err := e.open(opening{})
	if err != nil {
		return nil, registry.Actor{}, err
	}
	by, err := f.prove(e, a)
	if err != nil {
		a.close()
		return nil, by, err
	}
	return a, by, nil
}

// empty refuses a directory that holds a registry already.
func empty(dir string) error {
	for _, name := range []string{"keys", "passmuster.db"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return registry.Fail(registry.Conflict, "data.exists", dir)
		} else if !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return os.MkdirAll(dir, 0o700)
}
