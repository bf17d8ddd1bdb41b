package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
)

// binary is the real program, built once for all tests of this package.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "passmuster-test-")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "passmuster")
	build := exec.Command("go", "build", "-tags", "nomsgpack", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// ran is what one run of the program did.
type ran struct {
	out, err string
	code     int
}

// passmuster runs the program with a data directory and nothing else from this
// machine's environment.
func passmuster(t testing.TB, data string, args ...string) ran {
	t.Helper()
	return passmusterIn(t, data, "", nil, args...)
}

func passmusterIn(t testing.TB, data, stdin string, env []string, args ...string) ran {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Dir = t.TempDir()
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + cmd.Dir, "PASSMUSTER_DATA=" + data, "PASSMUSTER_LANG=en", "PASSMUSTER_LOG=warn"}, env...)
	cmd.Stdin = strings.NewReader(stdin)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err := cmd.Run()
	r := ran{out.String(), errOut.String(), 0}
	var exited *exec.ExitError
	if errors.As(err, &exited) {
		r.code = exited.ExitCode()
	} else if err != nil {
		t.Fatalf("run %v: %v", args, err)
	}
	return r
}

// must runs the program and wants exit code 0.
func must(t testing.TB, data string, args ...string) string {
	t.Helper()
	r := passmuster(t, data, args...)
	if r.code != 0 {
		t.Fatalf("passmuster %s: exit %d\n%s%s", strings.Join(args, " "), r.code, r.out, r.err)
	}
	return r.out
}

// demonstration is a data directory filled by `passmuster demo`.
type demonstration struct {
	Address  string                       `json:"address"`
	Data     string                       `json:"data"`
	Password string                       `json:"password"`
	Accounts []string                     `json:"accounts"`
	Count    int                          `json:"credentials"`
	Links    map[registry.Status][]string `json:"links"`
	QR       string                       `json:"qr"`
	Holder   string                       `json:"holder"`
	Number   string                       `json:"number"`
	Name     string                       `json:"name"`
}

// newDemo makes a demonstration whose links lead to the address.
func newDemo(t testing.TB, addr string, env ...string) demonstration {
	t.Helper()
	data := filepath.Join(t.TempDir(), "demo")
	r := passmusterIn(t, data, "", env, "demo", "--no-serve", "--json", "--addr", addr)
	if r.code != 0 {
		t.Fatalf("demo: exit %d\n%s%s", r.code, r.out, r.err)
	}
	var d demonstration
	if err := json.Unmarshal([]byte(r.out), &d); err != nil {
		t.Fatalf("demo printed %q: %v", r.out, err)
	}
	return d
}

func code(link string) string { return link[strings.LastIndex(link, "/")+1:] }

// freeAddr finds a port that nobody listens on.
func freeAddr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// served is a running server.
type served struct {
	t    testing.TB
	base string
	cmd  *exec.Cmd
	log  *bytes.Buffer
}

// serveDemo starts the server of a demonstration and stops it with the test.
func serveDemo(t testing.TB, d demonstration, env ...string) *served {
	t.Helper()
	s := &served{t: t, base: d.Address, log: &bytes.Buffer{}}
	s.cmd = exec.Command(binary, "serve", "--addr", strings.TrimPrefix(d.Address, "http://"))
	s.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "PASSMUSTER_DATA=" + d.Data, "PASSMUSTER_LOG=info"}, env...)
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	for range 300 {
		if res, err := http.Get(s.base + "/readyz"); err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return s
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("server not ready\n%s", s.log)
	return nil
}

// stop ends the server as an operator would, and waits for it.
func (s *served) stop() {
	if s.cmd.ProcessState != nil {
		return
	}
	_ = s.cmd.Process.Signal(os.Interrupt)
	if err := s.cmd.Wait(); err != nil {
		s.t.Errorf("server did not stop cleanly: %v\n%s", err, s.log)
	}
}

// get reads a path of the server.
func (s *served) get(path string, header ...string) (int, http.Header, []byte) {
	s.t.Helper()
	return s.do(http.MethodGet, path, nil, header...)
}

func (s *served) do(method, path string, body []byte, header ...string) (int, http.Header, []byte) {
	s.t.Helper()
	req, err := http.NewRequest(method, s.base+path, bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		s.t.Fatalf("%s %s: %v\n%s", method, path, err, s.log)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode, res.Header, b
}

// file writes bytes into a new file.
func file(t testing.TB, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
