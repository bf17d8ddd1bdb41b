package main

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store/storetest"
)

// tunnel leads to a database server. While it is held, it takes connections and
// keeps those that there are, and nothing comes through: a frozen machine, a
// network that drops packets.
type tunnel struct {
	mu   sync.Mutex
	free *sync.Cond
	held bool
}

func newTunnel(t *testing.T, dsn string) (*tunnel, string) {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &tunnel{}
	n.free = sync.NewCond(&n.mu)
	to := u.Host
	u.Host = l.Addr().String()
	t.Cleanup(func() { n.hold(false); _ = l.Close() })
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", to)
			if err != nil {
				_ = in.Close()
				continue
			}
			go n.carry(out, in)
			go n.carry(in, out)
		}
	}()
	return n, u.String()
}

func (n *tunnel) carry(to io.WriteCloser, from io.Reader) {
	defer to.Close()
	b := make([]byte, 64<<10)
	for {
		count, err := from.Read(b)
		n.mu.Lock()
		for n.held {
			n.free.Wait()
		}
		n.mu.Unlock()
		if _, fault := to.Write(b[:count]); err != nil || fault != nil {
			return
		}
	}
}

func (n *tunnel) hold(held bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.held = held
	n.free.Broadcast()
}

// A database that says nothing, and does not hang up either, is out of reach: who
// asks is told so while he still waits for it, by every door.
func TestADatabaseServerThatHangsIsOutOfReach(t *testing.T) {
	n, dsn := newTunnel(t, storetest.Postgres(t))
	env := []string{"PASSMUSTER_DATABASE=" + dsn}
	d := newDemo(t, freeAddr(t), env...)
	s := serveDemo(t, d, env...)
	_, _, pdf := s.get("/my/" + code(d.Holder) + "/certificate.pdf")
	n.hold(true)
	time.Sleep(time.Second) // more than what memory may be believed for
	began := time.Now()
	done := make(chan []doorway)
	go func() { done <- everyWay(t, s, d, pdf) }() // nine, one after the other
	select {
	case list := <-done:
		t.Logf("%d doors in %v", len(list), time.Since(began).Round(time.Second))
		for _, a := range list {
			if a.yes() || a.status != http.StatusServiceUnavailable || a.tells() != "" {
				t.Errorf("%s: %d %.300s", a.name, a.status, a.body)
			}
		}
	case <-time.After(90 * time.Second): // ux.md P1 gives each 8
		t.Errorf("after %v not all doors have answered", time.Since(began))
	}
	client := http.Client{Timeout: 30 * time.Second}
	if answer, err := client.Get(s.base + "/readyz"); err != nil || answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("/readyz: %v, %v", answer, err)
	}
	n.hold(false)
	for start := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		status, _, body := s.get("/api/v1/verify/" + code(d.Links[registry.StatusValid][0]))
		if status == http.StatusOK && isStatus(body, registry.StatusValid) {
			return
		}
		if time.Since(start) > 30*time.Second {
			t.Fatalf("no answer 30 s after it goes on: %d %s", status, strings.TrimSpace(string(body)))
		}
	}
}
