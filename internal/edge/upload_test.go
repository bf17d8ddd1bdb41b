package edge_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/pdf/check"
	"github.com/passmuster/passmuster/internal/registry"
)

// body counts how many bodies were begun to be read and not yet let go.
type body struct {
	io.Reader
	read  func()
	begun bool
}

func (b *body) Read(p []byte) (int, error) {
	if !b.begun {
		b.begun = true
		b.read()
	}
	return b.Reader.Read(p)
}

func (b *body) Close() error { return nil }

func theFile(t *testing.T, content []byte) ([]byte, string) {
	t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("file", "DEMO.pdf")
	if err == nil {
		_, err = part.Write(content)
	}
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return form.Bytes(), w.FormDataContentType()
}

// A hundred uploads at once are read a few at a time: what waits is not read at
// all, so memory is bounded by those few, whatever their size.
func TestAHundredUploadsAtOnceAreReadAFewAtATime(t *testing.T) {
	const uploads, atOnce = 100, 8
	var reading, most, judged atomic.Int64
	let := make(chan struct{})
	l := edge.NewLookups(time.Now)
	g, err := edge.New(edge.Options{})
	if err != nil {
		t.Fatal(err)
	}
	g.POST("/file", edge.Route(func(c *gin.Context) error {
		_, err := l.File(c, func(context.Context, []byte) (registry.Answer, error) {
			<-let
			reading.Add(-1)
			judged.Add(1)
			yes := registry.Check{Result: registry.CheckYes}
			return registry.Answer{Checks: registry.Checks{File: &registry.FileChecks{Signer: yes}}}, nil
		})
		if err == nil {
			c.Status(http.StatusNoContent)
		}
		return err
	}))
	content, kind := theFile(t, make([]byte, check.MaxFile/16))
	var wait sync.WaitGroup
	var answered [600]atomic.Int64
	for i := range uploads {
		wait.Go(func() {
			q := httptest.NewRequest(http.MethodPost, "/file", &body{Reader: bytes.NewReader(content), read: func() {
				n := reading.Add(1)
				for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
				}
			}})
			q.Header.Set("Content-Type", kind)
			q.ContentLength = int64(len(content))
			q.RemoteAddr = fmt.Sprintf("198.51.%d.1:1", i%20) // as many neighbourhoods
			rec := httptest.NewRecorder()
			g.ServeHTTP(rec, q)
			answered[rec.Code].Add(1)
		})
	}
	for reading.Load() < atOnce { // all places are taken
		time.Sleep(time.Millisecond)
	}
	close(let)
	wait.Wait()
	if most.Load() > atOnce {
		t.Errorf("%d files were in memory at once, want %d", most.Load(), atOnce)
	}
	if answered[http.StatusNoContent].Load() != uploads || judged.Load() != uploads {
		t.Errorf("%d of %d uploads were answered", answered[http.StatusNoContent].Load(), uploads)
	}
}

// More than can wait hear so at once, and codes are answered all the same.
func TestMoreUploadsThanCanWaitAreSentAway(t *testing.T) {
	const inside = 8 + 128
	l := edge.NewLookups(time.Now)
	g, err := edge.New(edge.Options{})
	if err != nil {
		t.Fatal(err)
	}
	let, content := make(chan struct{}), []byte("%PDF-1.4\n")
	g.POST("/file", edge.Route(func(c *gin.Context) error {
		_, err := l.File(c, func(context.Context, []byte) (registry.Answer, error) {
			<-let
			return registry.Answer{Checks: registry.Checks{File: &registry.FileChecks{Signer: registry.Check{Result: registry.CheckYes}}}}, nil
		})
		return err
	}))
	g.GET("/code", edge.Route(func(c *gin.Context) error { return l.Code(c) }))
	form, kind := theFile(t, content)
	var wait sync.WaitGroup
	away := make(chan string, inside+20)
	ended := make(chan struct{}, inside+20)
	for i := range inside + 20 {
		wait.Go(func() {
			q := httptest.NewRequest(http.MethodPost, "/file", bytes.NewReader(form))
			q.RemoteAddr = fmt.Sprintf("198.51.%d.1:1", i%20) // as many neighbourhoods
			q.Header.Set("Content-Type", kind)
			rec := httptest.NewRecorder()
			g.ServeHTTP(rec, q)
			if rec.Code == http.StatusServiceUnavailable {
				away <- rec.Header().Get("Retry-After")
			}
			ended <- struct{}{}
		})
	}
	for range 20 {
		<-ended
	}
	rec := httptest.NewRecorder()
	g.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/code", nil))
	if rec.Code != http.StatusOK {
		t.Errorf("a code is answered with %d while files wait", rec.Code)
	}
	close(let)
	wait.Wait()
	if len(away) < 20 {
		t.Errorf("%d uploads were sent away, want 20", len(away))
	}
	for range len(away) {
		if after := <-away; after == "" {
			t.Error("it is not said when to come back")
		}
	}
}
