package main

import (
	"bytes"
	"context"
	"database/sql"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
)

// TestTheFirstAnswerWaitsForNothingThatIsMade serves a registry that has never
// published, and holds the making of what it publishes until it is let go:
// certificates are answered meanwhile, and published files are 503.
func TestTheFirstAnswerWaitsForNothingThatIsMade(t *testing.T) {
	addr := freeAddr(t)
	d := newDemo(t, addr)
	forget(t, filepath.Join(d.Data, "passmuster.db"))
	ctx, stop := context.WithCancel(t.Context())
	e := &env{ctx: ctx, cli: &cli{}, out: io.Discard, err: os.Stderr, getenv: func(string) string { return "" }}
	e.cli.Data, e.cli.Addr, e.cli.Log = d.Data, addr, "error"
	a, err := e.open(opening{serving: true})
	if err != nil {
		t.Fatal(err)
	}
	defer a.close()
	held, release := make(chan struct{}), make(chan struct{})
	now := a.publish.Now
	a.publish.Now = func() time.Time {
		select {
		case held <- struct{}{}:
		case <-release:
		}
		<-release
		return now()
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- serve(e, a, listener) }()
	<-held // from here on it is being made
	s := &served{t: t, base: d.Address}
	if status, _, body := s.get("/api/v1/verify/" + code(d.Links[registry.StatusValid][0])); status != http.StatusOK || !isStatus(body, registry.StatusValid) {
		t.Errorf("the first answer: %d %s", status, body)
	}
	if status, _, body := s.get("/readyz"); status != http.StatusOK {
		t.Errorf("/readyz: %d %s", status, body)
	}
	for _, path := range []string{"/trust", "/bundle", "/published.json", "/status/1", "/status/1-suspension"} {
		status, h, body := s.get(path)
		if status != http.StatusServiceUnavailable || h.Get("Retry-After") == "" || h.Get("Cache-Control") != "no-store" || !bytes.Contains(body, []byte("publication.absent")) {
			t.Errorf("%s, which is not made yet: %d %v %s", path, status, h, body)
		}
	}
	if status, _, _ := s.get("/status/77"); status != http.StatusNotFound {
		t.Errorf("a status list that there will never be: %d", status)
	}
	close(release)
	for _, path := range []string{"/trust", "/bundle", "/published.json", "/status/1"} {
		for status := 0; status != http.StatusOK; time.Sleep(10 * time.Millisecond) {
			if status, _, _ = s.get(path); status != http.StatusOK && status != http.StatusServiceUnavailable {
				t.Fatalf("%s: %d", path, status)
			}
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Errorf("serve: %v", err)
	}
}

// forget takes out of the database what was published.
func forget(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), "DELETE FROM publications"); err != nil {
		t.Fatal(err)
	}
}
