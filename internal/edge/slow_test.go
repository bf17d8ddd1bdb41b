package edge_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/registry"
)

// fileServer answers for files over real connections; the client's network is
// what the header says.
func fileServer(t *testing.T, l *edge.Lookups) string {
	t.Helper()
	g, err := edge.New(edge.Options{TrustedProxies: []string{"127.0.0.1"}})
	if err != nil {
		t.Fatal(err)
	}
	g.POST("/file", edge.Route(func(c *gin.Context) error {
		a, err := l.File(c, func(context.Context, []byte) (registry.Answer, error) {
			yes := registry.Check{Result: registry.CheckYes}
			return registry.Answer{Checks: registry.Checks{File: &registry.FileChecks{Signer: yes}}}, nil
		})
		if err == nil {
			c.JSON(http.StatusOK, a)
		}
		return err
	}))
	server := httptest.NewUnstartedServer(g)
	server.Config = edge.Server("", g, nil)
	server.Start()
	t.Cleanup(server.Close)
	return server.URL + "/file"
}

// post sends a body from a network.
func post(t *testing.T, to, network, kind string, body io.Reader) (status int, text string) {
	q, err := http.NewRequestWithContext(t.Context(), http.MethodPost, to, body)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	q.Header.Set("Content-Type", kind)
	q.Header.Set("X-Forwarded-For", network)
	answer, err := http.DefaultClient.Do(q)
	if err != nil {
		return 0, err.Error()
	}
	defer answer.Body.Close()
	b, _ := io.ReadAll(answer.Body)
	return answer.StatusCode, string(b)
}

// Somebody who opens many uploads from all the addresses that he has, and sends
// nothing, keeps nobody else out.
func TestSlowSendersOfOneNeighbourhoodLeaveRoomForOthers(t *testing.T) {
	l := edge.NewLookups(time.Now)
	edge.SetFileGrace(l, time.Hour) // only the bound of the neighbourhood counts here
	to := fileServer(t, l)
	form, kind := theFile(t, []byte("%PDF-1.4\n"))
	var ends []*io.PipeWriter
	began := make(chan struct{})
	for i := range 20 {
		r, w := io.Pipe()
		ends = append(ends, w)
		go post(t, to, fmt.Sprintf("198.51.100.%d", i), kind, r)
		go func() {
			_, _ = w.Write(form[:20]) // is taken when the request is on its way
			began <- struct{}{}
		}()
	}
	for range ends {
		<-began
	}
	for _, network := range []string{"198.51.101.2", "203.0.113.9", "2001:db8::1"} {
		if status, text := post(t, to, network, kind, bytes.NewReader(form)); status != http.StatusOK {
			t.Errorf("another network: %d %s", status, text)
		}
	}
	for _, w := range ends {
		_ = w.CloseWithError(io.ErrClosedPipe)
	}
}

// Who sends a few bytes now and then is sent away, and who sends at a pace is not.
func TestAFileHasToArriveAtAPace(t *testing.T) {
	l := edge.NewLookups(time.Now)
	edge.SetFileGrace(l, 300*time.Millisecond)
	to := fileServer(t, l)
	form, kind := theFile(t, bytes.Repeat([]byte("%PDF-1.4\n"), 100))
	r, w := io.Pipe()
	go func() {
		for i := range form { // would take minutes
			if _, err := w.Write(form[i : i+1]); err != nil {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
	}()
	if status, text := post(t, to, "198.51.100.1", kind, r); status != http.StatusServiceUnavailable || !strings.Contains(text, "file.slow") {
		t.Errorf("a slow sender: %d %s", status, text)
	}
	_ = r.Close()
	if status, text := post(t, to, "198.51.100.1", kind, bytes.NewReader(form)); status != http.StatusOK {
		t.Errorf("the same file at once: %d %s", status, text)
	}
}
