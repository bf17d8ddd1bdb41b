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
	"net/textproto"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/pdf/check"
	"github.com/passmuster/passmuster/internal/registry"
)

// body counts how much of bodies was read.
type body struct {
	io.Reader
	read func(n int)
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	b.read(n)
	return n, err
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

// Of a hundred uploads at once a few are in memory: of the others it holds the
// beginnings of some, and the rest is not read at all.
func TestAHundredUploadsAtOnceAreReadAFewAtATime(t *testing.T) {
	const uploads, wholes, beginnings, most = 100, 5, 60, 40 << 20
	for _, size := range []int{check.MaxFile, 1 << 20, 200 << 10} {
		here := min(wholes, 8)*size + min(beginnings, uploads-wholes)*(256<<10)
		if size <= 200<<10 {
			here = beginnings * size
		}
		var read, judged atomic.Int64
		let := make(chan struct{})
		l := edge.NewLookups(time.Now)
		g, err := edge.New(edge.Options{})
		if err != nil {
			t.Fatal(err)
		}
		g.POST("/file", edge.Route(func(c *gin.Context) error {
			_, err := l.File(c, func(_ context.Context, b []byte) (registry.Answer, error) {
				<-let
				if len(b) != size {
					t.Errorf("%d bytes of %d came", len(b), size)
				}
				judged.Add(1)
				yes := registry.Check{Result: registry.CheckYes}
				return registry.Answer{Checks: registry.Checks{File: &registry.FileChecks{Signer: yes}}}, nil
			})
			if err == nil {
				c.Status(http.StatusNoContent)
			}
			return err
		}))
		content, kind := theFile(t, make([]byte, size))
		var wait sync.WaitGroup
		var answered [600]atomic.Int64
		for i := range uploads {
			wait.Go(func() {
				q := httptest.NewRequest(http.MethodPost, "/file", &body{bytes.NewReader(content), func(n int) { read.Add(int64(n)) }})
				q.Header.Set("Content-Type", kind)
				q.ContentLength = int64(len(content))
				q.RemoteAddr = fmt.Sprintf("198.51.%d.1:1", i%20) // as many neighbourhoods
				rec := httptest.NewRecorder()
				g.ServeHTTP(rec, q)
				answered[rec.Code].Add(1)
			})
		}
		for read.Load() < int64(here) { // as many are here as there is room for
			time.Sleep(time.Millisecond)
		}
		time.Sleep(20 * time.Millisecond) // whoever goes on reading is caught
		if n := read.Load(); n > most+1<<20 {
			t.Errorf("%d MB of files of %d KB are in memory at once, want %d", n>>20, size>>10, most>>20)
		}
		close(let)
		wait.Wait()
		if answered[http.StatusNoContent].Load() != uploads || judged.Load() != uploads {
			t.Errorf("%d of %d uploads of %d KB were answered", answered[http.StatusNoContent].Load(), uploads, size>>10)
		}
	}
}

// More than can wait hear so at once, and codes are answered all the same.
func TestMoreUploadsThanCanWaitAreSentAway(t *testing.T) {
	const inside = 60 + 128
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

// What stands before the file is short: it is kept in memory beside it.
func TestAFileIsNotHiddenBehindLongHeaders(t *testing.T) {
	to := fileServer(t, edge.NewLookups(time.Now))
	for kb, want := range map[int]int{1: http.StatusOK, 200: http.StatusUnprocessableEntity, 3 << 10: http.StatusUnprocessableEntity} {
		var form bytes.Buffer
		w := multipart.NewWriter(&form)
		part, err := w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="file"; filename="DEMO.pdf"`}, "X-Demo": {strings.Repeat("x", kb<<10)}})
		if err == nil {
			_, err = part.Write([]byte("%PDF-1.4\n"))
		}
		if err := errors.Join(err, w.Close()); err != nil {
			t.Fatal(err)
		}
		if status, text := post(t, to, "198.51.100.1", w.FormDataContentType(), bytes.NewReader(form.Bytes())); status != want {
			t.Errorf("a header of %d KB: %d %s, want %d", kb, status, text, want)
		}
	}
}
