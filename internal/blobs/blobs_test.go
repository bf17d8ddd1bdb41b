package blobs_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/blobs"
	"github.com/passmuster/passmuster/internal/registry"
)

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// fakeBucket answers as an S3 server does to what an archive asks.
type fakeBucket struct {
	mu    sync.Mutex
	files map[string][]byte
	puts  int
	down  bool
}

func (f *fakeBucket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	fail := func(status int, code string) {
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(status)
		if r.Method != http.MethodHead {
			_, _ = fmt.Fprintf(w, "<Error><Code>%s</Code></Error>", code)
		}
	}
	file, there := f.files[r.URL.Path]
	switch {
	case f.down:
		fail(http.StatusForbidden, "AccessDenied")
	case r.Header.Get("Authorization") == "":
		fail(http.StatusForbidden, "AccessDenied")
	case r.Method == http.MethodPut && there && r.Header.Get("If-None-Match") == "*":
		fail(http.StatusPreconditionFailed, "PreconditionFailed")
	case r.Method == http.MethodPut:
		b, _ := io.ReadAll(r.Body)
		f.files[r.URL.Path], f.puts = unchunk(b), f.puts+1
		w.Header().Set("ETag", `"x"`)
	case !there:
		fail(http.StatusNotFound, "NoSuchKey")
	default:
		w.Header().Set("ETag", `"x"`)
		w.Header().Set("Last-Modified", "Sat, 21 Nov 2026 09:00:00 GMT")
		w.Header().Set("Content-Length", fmt.Sprint(len(file)))
		_, _ = w.Write(file)
	}
}

// unchunk takes the signed chunks of an upload over plain HTTP apart.
func unchunk(b []byte) []byte {
	var out []byte
	for {
		head, rest, ok := bytes.Cut(b, []byte("\r\n"))
		var n int
		if _, err := fmt.Sscanf(string(head), "%x;chunk-signature=", &n); !ok || err != nil {
			return append(out, b...)
		}
		if n == 0 {
			return out
		}
		out, b = append(out, rest[:n]...), rest[n+2:]
	}
}

func stores(t *testing.T) map[string]blobs.Store {
	t.Helper()
	t.Setenv("AWS_ACCESS_KEY_ID", "demo")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "demo-secret")
	server := httptest.NewServer(&fakeBucket{files: map[string][]byte{}})
	t.Cleanup(server.Close)
	list := map[string]blobs.Store{}
	for name, setting := range map[string]string{"folder": filepath.Join(t.TempDir(), "deep", "archive"), "bucket": "s3://demo/certificates?region=us-east-1&endpoint=" + server.URL} {
		s, err := blobs.Open(setting)
		if err != nil {
			t.Fatal(err)
		}
		list[name] = s
	}
	return list
}

func TestWhatIsPutComesBackAndIsKeptOnce(t *testing.T) {
	for name, s := range stores(t) {
		file := bytes.Repeat([]byte("%PDF DEMO "), 5000)
		var wait sync.WaitGroup
		for range 4 {
			wait.Go(func() {
				if err := s.Put(t.Context(), hash(file), file); err != nil {
					t.Errorf("%s: put: %v", name, err)
				}
			})
		}
		wait.Wait()
		got, err := s.Get(t.Context(), hash(file))
		if err != nil || !bytes.Equal(got, file) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
		if err := s.Put(t.Context(), hash([]byte("other")), file); err == nil {
			t.Errorf("%s: a file is kept under another's hash", name)
		}
		if err := s.Put(t.Context(), "../../etc/passwd", file); err == nil {
			t.Errorf("%s: a path is taken for a hash", name)
		}
		if _, err := s.Get(t.Context(), hash([]byte("none"))); !errors.Is(err, registry.NotFound) {
			t.Errorf("%s: an absent file: %v", name, err)
		}
	}
}

func TestAFolderHoldsNothingHalfAndNoticesDamage(t *testing.T) {
	dir := t.TempDir()
	s, err := blobs.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	file := []byte("%PDF DEMO")
	path := filepath.Join(dir, hash(file)[:2], hash(file)[2:4], hash(file)+".pdf")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, file[:3], 0o600); err != nil { // as a crash of another program could leave it
		t.Fatal(err)
	}
	var refusal *registry.Error
	if _, err := s.Get(t.Context(), hash(file)); !errors.As(err, &refusal) || refusal.Code != "blobs.damaged" {
		t.Errorf("a damaged file: %v", err)
	}
	if err := s.Put(t.Context(), hash(file), file); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Get(t.Context(), hash(file)); err != nil || !bytes.Equal(got, file) {
		t.Errorf("put over a damaged one: %q, %v", got, err)
	}
	_ = filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.HasSuffix(p, ".pdf") {
			t.Errorf("left behind: %s", p)
		}
		return err
	})
}

func TestAFolderLosesWhatACrashLeftHalf(t *testing.T) {
	dir := t.TempDir()
	s, err := blobs.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	left, young := filepath.Join(dir, ".parts", "1"), filepath.Join(dir, ".parts", "2")
	for path, age := range map[string]time.Duration{left: time.Hour, young: time.Second} {
		if err := os.WriteFile(path, []byte("%PD"), 0o600); err != nil {
			t.Fatal(err)
		}
		if then := time.Now().Add(-age); os.Chtimes(path, then, then) != nil {
			t.Fatal("cannot make a file look old")
		}
	}
	if err := s.Put(t.Context(), hash([]byte("x")), []byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what a crash left an hour ago is still there: %v", err)
	}
	if _, err := os.Stat(young); err != nil {
		t.Errorf("what another process is writing is gone: %v", err)
	}
}

func TestABucketThatRefusesIsAnError(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "demo")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "demo-secret")
	server := httptest.NewServer(&fakeBucket{files: map[string][]byte{}, down: true})
	defer server.Close()
	s, err := blobs.Open("s3://demo?region=us-east-1&endpoint=" + server.URL)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Put(t.Context(), hash([]byte("x")), []byte("x")); err == nil || strings.Contains(err.Error(), "demo-secret") {
		t.Errorf("put: %v", err)
	}
	if _, err := s.Get(t.Context(), hash([]byte("x"))); err == nil || errors.Is(err, registry.NotFound) {
		t.Errorf("get: %v, which must not look like an absent file", err)
	}
}

func TestASettingThatCannotBeOneIsRefused(t *testing.T) {
	for _, setting := range []string{"s3://demo", "s3://?endpoint=x", "s3://key:secret@demo?endpoint=x", "gs://demo", "https://demo"} {
		_, err := blobs.Open(setting)
		var refusal *registry.Error
		if !errors.As(err, &refusal) || refusal.Code != "blobs.setting" || strings.Contains(fmt.Sprint(refusal.Args...), "secret") {
			t.Errorf("%s: %v", setting, err)
		}
	}
}
