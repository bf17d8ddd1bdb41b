package edge_test

import (
	"bufio"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/edge"
)

// What the server of net/http has to say by itself goes into the same log, and names
// nobody's address either.
func TestTheServersOwnLinesNameNoAddress(t *testing.T) {
	var log lines
	server := httptest.NewUnstartedServer(nil)
	server.Config = edge.Server("", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/gone" {
			panic(http.ErrAbortHandler)
		}
		panic("DEMO of " + r.RemoteAddr)
	}), slog.New(slog.NewTextHandler(&log, nil)))
	server.Start()
	ask(t, server.Listener.Addr().String(), "GET /gone HTTP/1.1\r\nHost: x\r\n\r\n")
	if text := log.String(); text != "" {
		t.Errorf("a stream that was broken off is in the log: %s", text)
	}
	from := ask(t, server.Listener.Addr().String(), "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	server.Close() // every line is written
	text := log.String()
	if strings.Contains(text, from) || strings.Contains(text, "127.0.0.1") {
		t.Errorf("the log names %s: %s", from, text)
	}
	for _, want := range []string{"level=ERROR", "panic serving", "DEMO of", "errorlog_test.go"} {
		if !strings.Contains(text, want) {
			t.Errorf("the log does not hold %q: %s", want, text)
		}
	}

	log.b.Reset()
	server = httptest.NewUnstartedServer(nil)
	server.Config = edge.Server("", http.NotFoundHandler(), slog.New(slog.NewTextHandler(&log, nil)))
	server.StartTLS()
	from = ask(t, server.Listener.Addr().String(), "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	server.Close()
	if text := log.String(); !strings.Contains(text, "TLS handshake error") || strings.Contains(text, from) || strings.Contains(text, "127.0.0.1") {
		t.Errorf("the log of a failed handshake: %s", text)
	}
}

// ask sends text, reads what comes until the end, and returns its own address.
func ask(t *testing.T, address, text string) string {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := fmt.Fprint(conn, text); err != nil {
		t.Fatal(err)
	}
	for r := bufio.NewReader(conn); err == nil; {
		_, err = r.ReadByte()
	}
	return conn.LocalAddr().String()
}

func TestAddressesAreCutOutOfALine(t *testing.T) {
	for in, want := range map[string]string{
		"http: TLS handshake error from 203.0.113.9:51234: EOF":                                                "http: TLS handshake error from CLIENT: EOF",
		"http: TLS handshake error from [2001:db8::9]:51234: tls: bad record":                                  "http: TLS handshake error from CLIENT: tls: bad record",
		"x from [fe80::1%eth0]:5: read tcp 10.0.0.1:443->203.0.113.9:5: read: connection reset by peer":        "x from CLIENT: read tcp CLIENT->CLIENT: read: connection reset by peer",
		"http: superfluous response.WriteHeader call from a/b.go (c.go:12)":                                    "http: superfluous response.WriteHeader call from a/b.go (c.go:12)",
		"the net 2001:db8:: and 2001:db8::1. At 12:34:56":                                                      "the net CLIENT and CLIENT. At 12:34:56",
		"remote 203.0.113.9, (2001:db8::9) and \"198.51.100.1\"":                                               "remote CLIENT, (CLIENT) and \"CLIENT\"",
		"http: panic serving [::ffff:203.0.113.9]:1: runtime error: index out of range [5] with length 3 at 1": "http: panic serving CLIENT: runtime error: index out of range [5] with length 3 at 1",
	} {
		if got := edge.WithoutAddresses(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}
