package edge_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
)

// lines is a log that several may write to.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// A body that comes too slowly, or not whole, is the client's doing: he is told so
// in his language, no error is logged, and no line names his address.
func TestABodyThatDoesNotComeIsTheClientsDoing(t *testing.T) {
	var log lines
	g, err := edge.New(edge.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	g.POST("/thing", edge.Route(func(c *gin.Context) error {
		if c.Query("long") != "" {
			if err := edge.AllowBody(c, 8<<20); err != nil {
				return err
			}
		}
		_, err := io.ReadAll(c.Request.Body)
		if err != nil {
			return fmt.Errorf("read thing: %w", err)
		}
		c.Status(http.StatusNoContent)
		return nil
	}))
	server := httptest.NewUnstartedServer(g)
	server.Config = edge.Server("", g, nil)
	server.Config.ReadTimeout = 300 * time.Millisecond
	server.Start()
	t.Cleanup(server.Close)
	for _, path := range []string{"/thing", "/thing?long=1"} {
		for _, tc := range []struct {
			name, head, lang string
			ends             bool
			status           int
			code, text       string
		}{
			{"slow", "Content-Length: 100", "en", false, 408, "request.slow", "too slowly"},
			{"slow, in pieces", "Transfer-Encoding: chunked", "ru", false, 408, "request.slow", "медленно"},
			{"cut", "Content-Length: 100", "zh", true, 400, "request.cut", "中断"},
			{"cut, in pieces", "Transfer-Encoding: chunked", "en", true, 400, "request.cut", "whole"},
		} {
			status, text := half(t, server.Listener.Addr().String(), path, tc.head+"\r\nAccept-Language: "+tc.lang, tc.ends)
			if status != tc.status || !strings.Contains(text, `"code":"`+tc.code+`"`) || !strings.Contains(text, tc.text) {
				t.Errorf("%s %s: %d %s", path, tc.name, status, text)
			}
		}
	}
	server.Close() // every line is written
	if text := log.String(); strings.Contains(text, "127.0.0.1") || strings.Contains(text, "ERROR") || !strings.Contains(text, "request.slow") {
		t.Errorf("the log: %s", text)
	}
}

// half sends the beginning of a body, and either ends or waits.
func half(t *testing.T, address, path, head string, ends bool) (int, string) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n5\r\nabc", path, head); err != nil {
		t.Fatal(err)
	}
	if ends {
		_ = conn.(*net.TCPConn).CloseWrite()
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer func() { _ = answer.Body.Close() }()
	text, _ := io.ReadAll(answer.Body)
	return answer.StatusCode, string(text)
}
