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

// post sends a body from a network, of an announced length or of none.
func post(t *testing.T, to, network, kind string, body io.Reader, announced ...int64) (status int, text string) {
	q, err := http.NewRequestWithContext(t.Context(), http.MethodPost, to, body)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	if len(announced) > 0 {
		q.ContentLength = announced[0]
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

// stalled begins an upload, and stops after so many bytes until the test ends.
func stalled(t *testing.T, to, network, kind string, form []byte, sent int) {
	r, w := io.Pipe()
	t.Cleanup(func() { _ = w.CloseWithError(io.ErrClosedPipe) })
	go post(t, to, network, kind, r, int64(len(form)))
	_, _ = w.Write(form[:sent]) // is taken when the request is on its way
}

// Somebody who opens many uploads from all the addresses that he has, and sends
// nothing, keeps nobody else out.
func TestSlowSendersOfOneNeighbourhoodLeaveRoomForOthers(t *testing.T) {
	l := edge.NewLookups(time.Now)
	edge.SetFileGrace(l, time.Hour) // only the bound of the neighbourhood counts here
	to := fileServer(t, l)
	form, kind := theFile(t, []byte("%PDF-1.4\n"))
	for i := range 20 {
		stalled(t, to, fmt.Sprintf("198.51.100.%d", i), kind, form, 20)
	}
	for _, network := range []string{"198.51.101.2", "203.0.113.9", "2001:db8::1"} {
		if status, text := post(t, to, network, kind, bytes.NewReader(form)); status != http.StatusOK {
			t.Errorf("another network: %d %s", status, text)
		}
	}
}

// Twenty-four uploads from three neighbourhoods that come slowly keep no
// certificate out, whether they are of its size or larger; nor a larger file, while
// they have sent less than a certificate.
func TestSlowSendersOfThreeNeighbourhoodsKeepNobodyOut(t *testing.T) {
	certificate, kindC := theFile(t, bytes.Repeat([]byte("%PDF-1.4\n"), 200<<10/9))
	scan, kindS := theFile(t, make([]byte, 4<<20))
	for _, c := range []struct {
		name            string
		form            []byte
		kind            string
		sent            int
		arriving, large int // that are here then
		scan            bool
	}{
		{"certificates", certificate, kindC, 1 << 10, 24, 0, true},
		{"most of certificates", certificate, kindC, len(certificate) - 1, 24, 0, true},
		{"large files", scan, kindS, 1 << 10, 24, 0, true},
		{"much of large files", scan, kindS, 400 << 10, 0, 5, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := edge.NewLookups(time.Now)
			edge.SetFileGrace(l, time.Hour) // nobody is sent away meanwhile
			to := fileServer(t, l)
			for i := range 24 {
				go stalled(t, to, fmt.Sprintf("198.51.%d.%d", 100+i%3, i), c.kind, c.form, c.sent)
			}
			for arriving, large := edge.FilesHere(l); arriving < c.arriving || large < c.large; arriving, large = edge.FilesHere(l) {
				time.Sleep(time.Millisecond)
			}
			if status, text := post(t, to, "203.0.113.9", kindC, bytes.NewReader(certificate)); status != http.StatusOK {
				t.Errorf("a certificate: %d %s", status, text)
			}
			if !c.scan {
				return
			}
			if status, text := post(t, to, "203.0.113.9", kindS, bytes.NewReader(scan)); status != http.StatusOK {
				t.Errorf("a scan: %d %s", status, text)
			}
		})
	}
}

// A file that cannot be here in time at the pace at which it comes gives its place up
// early: the larger it says that it is, the more has to come.
func TestALargeFileHasToArriveAtAPaceOfItsOwn(t *testing.T) {
	l := edge.NewLookups(time.Now)
	edge.SetFileGrace(l, 300*time.Millisecond)
	to := fileServer(t, l)
	form, kind := theFile(t, make([]byte, 4<<20))
	r, w := io.Pipe()
	go func() {
		for i := 0; i+2<<10 < len(form); i += 2 << 10 { // 40 KB in a second: enough for a certificate
			if _, err := w.Write(form[i : i+2<<10]); err != nil {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
	}()
	if status, text := post(t, to, "198.51.100.1", kind, r, int64(len(form))); status != http.StatusServiceUnavailable || !strings.Contains(text, "file.slow") {
		t.Errorf("a slow sender of 4 MB: %d %s", status, text)
	}
	_ = r.Close()
	if status, text := post(t, to, "198.51.100.1", kind, bytes.NewReader(form)); status != http.StatusOK {
		t.Errorf("the same file at once: %d %s", status, text)
	}
	if status, text := post(t, to, "198.51.100.1", kind, io.MultiReader(bytes.NewReader(form))); status != http.StatusOK {
		t.Errorf("the same file, its length not announced: %d %s", status, text)
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
