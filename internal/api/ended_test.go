package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestWhoClosesHisHalfOfTheConnectionIsAnswered asks by every door as a client
// whose side is closed: at once, so that whatever looks at the request's end sees
// it, and over a real connection. That is no failure of the store.
func TestWhoClosesHisHalfOfTheConnectionIsAnswered(t *testing.T) {
	w := newWorld(t)
	_, list := w.issued(1)
	c := w.credential(list[0]["number"].(string))
	doors := []struct {
		name, method, path string
		body               any
	}{
		{"code", "GET", "/api/v1/verify/" + string(c.Code), nil},

		{"code posted", "POST", "/api/v1/verify", object{"code": c.Code}},
		{"QR text", "POST", "/api/v1/verify", object{"qr": must(w.s.Issue.QR(c))}},
		{"number and name", "POST", "/api/v1/verify", object{"number": c.Number, "name": c.Snapshot.Name}},
		{"credential", "POST", "/api/v1/verify", object{"credential": must(w.s.Issue.Token(c))}},
		{"list", "POST", "/api/v1/verify/list", object{"codes": []string{string(c.Code)}}},
	}
	for _, d := range doors {
		body := ""
		if d.body != nil {
			body = string(must(json.Marshal(d.body)))
		}
		ctx, end := context.WithCancel(t.Context())
		end()
		q := httptest.NewRequest(d.method, d.path, strings.NewReader(body)).WithContext(ctx)
		rec := httptest.NewRecorder()
		w.http.ServeHTTP(rec, q)
		if rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), `"status":"valid"`) {
			t.Errorf("%s, ended before: %d %s", d.name, rec.Code, rec.Body)
		}
	}
	server := httptest.NewServer(w.http)
	defer server.Close()
	for _, d := range doors {
		if got := halfClosed(t, server.Listener.Addr().String(), d.method, d.path, d.body); !strings.Contains(got, `"status":"valid"`) {
			t.Errorf("%s, half closed: %s", d.name, got)
		}
	}
	if log := w.log.String(); strings.Contains(log, `"level":"ERROR"`) || strings.Contains(log, "unreachable") {
		t.Errorf("the log blames the store: %s", log)
	}
}

// halfClosed sends the request, closes the sending side and reads the answer.
func halfClosed(t *testing.T, addr, method, path string, body any) string {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	text := ""
	if body != nil {
		text = string(must(json.Marshal(body)))
	}
	_, err = fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: verify.demo.example\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", method, path, len(text), text)
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
