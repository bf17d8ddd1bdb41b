package bench

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib" // registers "pgx"
)

// Postgres is a private PostgreSQL server for a measurement.
type Postgres struct {
	URL  string
	PID  int
	stop io.Closer
	cmd  *exec.Cmd
	dir  string
}

// ErrNoPostgres says that PostgreSQL is not installed.
var ErrNoPostgres = errors.New("PostgreSQL is not installed (initdb was not found)")

// script makes a cluster and watches over it: when its input ends, because this
// process does, it stops the server and removes the directory.
const script = `
"$BIN/initdb" --no-sync --auth=trust --username=postgres --encoding=UTF8 --locale=C.UTF-8 -D "$DIR/data" >"$DIR/log" 2>&1 || { cat "$DIR/log"; rm -rf "$DIR"; exit 1; }
"$BIN/postgres" -D "$DIR/data" -k "$DIR" -p "$PORT" -c listen_addresses=127.0.0.1 -c fsync=off -c synchronous_commit=off \
  -c full_page_writes=off -c shared_buffers=256MB -c max_wal_size=2GB -c max_connections=100 -c autovacuum=off -c log_min_messages=fatal >>"$DIR/log" 2>&1 </dev/null &
pid=$!
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do "$BIN/pg_isready" -q -h 127.0.0.1 -p "$PORT" && break; sleep 0.5; done
echo $pid
cat >/dev/null
kill -INT $pid 2>/dev/null
wait $pid
rm -rf "$DIR"
`

// StartPostgres makes a cluster that goes when this process does.
func StartPostgres(ctx context.Context) (*Postgres, error) {
	bin := postgresBin()
	if bin == "" {
		return nil, ErrNoPostgres
	}
	dir, err := os.MkdirTemp("", "passmuster-bench-pg-")
	if err != nil {
		return nil, fmt.Errorf("make folder: %w", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("find a port: %w", err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	_ = listener.Close()
	as, err := notRoot(dir)
	if err != nil {
		return nil, err
	}
	args := append(as, "/bin/sh", "-c", script)
	p := &Postgres{dir: dir, cmd: exec.CommandContext(ctx, args[0], args[1:]...), URL: fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", port)}
	p.cmd.Dir = "/"
	p.cmd.Env = append(os.Environ(), "BIN="+bin, "DIR="+dir, "PORT="+strconv.Itoa(port), "LC_ALL=C.UTF-8")
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if p.stop, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	if p.PID, err = strconv.Atoi(strings.TrimSpace(line)); err != nil {
		return nil, fmt.Errorf("start PostgreSQL: %.300s", line)
	}
	return p, nil
}

// Settle does what the server would do by and by after many rows came.
func (p *Postgres) Settle(ctx context.Context) error {
	db, err := sql.Open("pgx", p.URL)
	if err != nil {
		return fmt.Errorf("settle PostgreSQL: %w", err)
	}
	defer func() { _ = db.Close() }()
	for _, statement := range []string{"VACUUM ANALYZE", "CHECKPOINT"} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("settle PostgreSQL: %w", err)
		}
	}
	return nil
}

// Stop stops the server and removes what it stored.
func (p *Postgres) Stop() {
	_ = p.stop.Close()
	_ = p.cmd.Wait()
	_ = os.RemoveAll(p.dir) // where the script was not allowed to
}

// postgresBin is where the newest version's programs are.
func postgresBin() string {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path)
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return ""
	}
	slices.SortFunc(found, func(a, b string) int { // "9" before "15"
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	})
	return filepath.Dir(found[len(found)-1])
}

// notRoot returns what runs a command as somebody else than root, whom
// PostgreSQL refuses, and gives him the directory.
func notRoot(dir string) ([]string, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.Atoi(u.Uid)
		if err != nil {
			return nil, fmt.Errorf("look %s up: %w", name, err)
		}
		return []string{"setpriv", "--reuid=" + u.Uid, "--regid=" + u.Gid, "--clear-groups"}, os.Chown(dir, uid, -1)
	}
	return nil, errors.New("run PostgreSQL: there is no user but root")
}
