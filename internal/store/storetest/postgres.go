package storetest

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // registers "pgx"

	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/testkit"
)

// Postgres returns the connection string of a fresh, empty database. It is on
// the server that TEST_POSTGRES names, or on a private cluster of this process.
// Without either the test is left out.
func Postgres(t testing.TB) string {
	t.Helper()
	return newDatabase(t, "template0")
}

// migrated returns the connection string of a fresh database, where it is cheap
// with the schema.
func migrated(t testing.TB) string {
	t.Helper()
	s := theServer(t)
	if s.stop == nil { // another's server: leave nothing behind on it
		return Postgres(t)
	}
	s.once.Do(func() { s.template, s.templateErr = s.makeTemplate() })
	if s.templateErr != nil {
		t.Fatalf("make template database: %v", s.templateErr)
	}
	return newDatabase(t, s.template)
}

// server is a PostgreSQL server for this process.
type server struct {
	dsn         *url.URL // of its database postgres
	stop        io.Closer
	once        sync.Once
	template    string
	templateErr error
}

var start = sync.OnceValues(startServer)

// theServer returns the server of this process, started by the first who asks.
func theServer(t testing.TB) *server {
	t.Helper()
	s, err := start()
	switch {
	case err != nil:
		t.Fatalf("start PostgreSQL: %v", err)
	case s == nil:
		testkit.LeaveOut(t, "PostgreSQL is not installed: install it, or name a server in TEST_POSTGRES, to run this check")
	}
	return s
}

// startServer returns nil without an error when there is nothing to start.
func startServer() (*server, error) {
	if dsn := os.Getenv("TEST_POSTGRES"); dsn != "" {
		u, err := url.Parse(dsn)
		return &server{dsn: u}, err
	}
	bin := binaries()
	if bin == "" {
		return nil, nil
	}
	return startCluster(bin)
}

// binaries returns the directory of initdb and postgres, the newest version's.
func binaries() string {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path)
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return ""
	}
	sort.Slice(found, func(i, j int) bool { // "9" before "15"
		return len(found[i]) < len(found[j]) || len(found[i]) == len(found[j]) && found[i] < found[j]
	})
	return filepath.Dir(found[len(found)-1])
}

// startCluster makes a cluster in a temporary directory and starts it. A shell
// watches over it: its input ends when this process does, however that ends, and
// then it stops the cluster and removes the directory.
func startCluster(bin string) (*server, error) {
	dir, err := os.MkdirTemp("", "passmuster-pg-")
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	as, err := plainUser(dir)
	if err != nil {
		return nil, err
	}
	script := `
"$BIN/initdb" --no-sync --auth=trust --username=postgres --encoding=UTF8 --locale=C.UTF-8 -D "$DIR/data" >"$DIR/log" 2>&1 || { cat "$DIR/log"; rm -rf "$DIR"; exit 1; }
"$BIN/postgres" -D "$DIR/data" -k "$DIR" -p "$PORT" -c listen_addresses=127.0.0.1 -c fsync=off -c synchronous_commit=off \
  -c full_page_writes=off -c shared_buffers=32MB -c max_connections=200 -c autovacuum=off -c log_min_messages=fatal >>"$DIR/log" 2>&1 </dev/null &
pid=$!
echo started
cat >/dev/null
kill -INT $pid 2>/dev/null
wait $pid
rm -rf "$DIR"
`
	args := append(as, "/bin/sh", "-c", script)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), "BIN="+bin, "DIR="+dir, fmt.Sprintf("PORT=%d", port), "LC_ALL=C.UTF-8")
	cmd.SysProcAttr = apart() // an interrupt at the terminal is for the tests alone
	stop, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	if line, _ := bufio.NewReader(out).ReadString('\n'); line != "started\n" {
		rest, _ := io.ReadAll(out)
		return nil, fmt.Errorf("make cluster: %s%s", line, rest)
	}
	s := &server{stop: stop, dsn: &url.URL{Scheme: "postgres", User: url.User("postgres"), Host: fmt.Sprintf("127.0.0.1:%d", port), Path: "/postgres", RawQuery: "sslmode=disable"}}
	return s, s.wait()
}

// plainUser returns a prefix for a command that may not run as root: postgres
// refuses to. The directory becomes that user's.
func plainUser(dir string) ([]string, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		return []string{"setpriv", "--reuid=" + u.Uid, "--regid=" + u.Gid, "--clear-groups"}, give(dir, u)
	}
	return nil, fmt.Errorf("no user to run PostgreSQL as")
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// wait returns when the server answers.
func (s *server) wait() error {
	db, err := sql.Open("pgx", s.dsn.String())
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	for range 600 {
		if err = db.Ping(); err == nil {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("no answer within 30 s: %w", err)
}

// exec runs a statement in the database postgres.
func (s *server) exec(statement string) error {
	db, err := sql.Open("pgx", s.dsn.String())
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	_, err = db.Exec(statement)
	return err
}

// of returns the connection string of a database of the server.
func (s *server) of(name string) string {
	u := *s.dsn
	u.Path = "/" + name
	return u.String()
}

// makeTemplate makes a database with the schema, to be copied.
func (s *server) makeTemplate() (string, error) {
	name := databaseName("template")
	if err := s.exec("CREATE DATABASE " + name + " TEMPLATE template0"); err != nil {
		return "", err
	}
	d, err := store.Open(context.Background(), store.Config{URL: s.of(name)})
	if err != nil {
		return "", err
	}
	if err := d.Migrate(context.Background()); err != nil {
		return "", err
	}
	return name, d.Close()
}

// newDatabase makes a copy of the template that is dropped with the test.
func newDatabase(t testing.TB, template string) string {
	t.Helper()
	s := theServer(t)
	name := databaseName("test")
	if err := s.exec("CREATE DATABASE " + name + " TEMPLATE " + template); err != nil {
		t.Fatalf("make test database: %v", err)
	}
	t.Cleanup(func() {
		if err := s.exec("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)"); err != nil {
			t.Errorf("drop test database: %v", err)
		}
	})
	return s.of(name)
}

func databaseName(kind string) string {
	return "passmuster_" + kind + "_" + strings.ReplaceAll(string(store.NewID()), "-", "")
}
