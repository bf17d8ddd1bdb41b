package api_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Caches, and programs that look whether something is new, ask with HEAD: the
// answer is that of GET, without the body. A part of a file may be asked for and
// is not given: the answer is the whole.
func TestWhatIsPublishedAnswersHead(t *testing.T) {
	w := newWorld(t)
	if err := w.s.Publish.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(w.engine)
	defer server.Close()
	ask := func(method, path string, header ...string) (*http.Response, []byte) {
		q, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(header); i += 2 {
			q.Header.Set(header[i], header[i+1])
		}
		a, err := http.DefaultTransport.RoundTrip(q)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Body.Close()
		body, err := io.ReadAll(a.Body)
		if err != nil {
			t.Fatal(err)
		}
		return a, body
	}
	paths := []string{"/published.json", "/.well-known/jwks.json", "/.well-known/did.json", "/pki/root.pem", "/pki/documents.pem", "/keys/none", "/trust/0", "/bundle/99", "/status/none", "/pki/none"}
	for _, newest := range []string{"/trust", "/bundle"} {
		a, _ := ask(http.MethodGet, newest)
		if paths = append(paths, newest); a.Header.Get("Content-Location") != "" {
			paths = append(paths, a.Header.Get("Content-Location"))
		}
		part, _ := ask(http.MethodGet, newest, "Range", "bytes=0-9")
		if part.StatusCode != http.StatusOK || part.ContentLength != a.ContentLength {
			t.Errorf("a part of %s: %d with %d bytes of %d", newest, part.StatusCode, part.ContentLength, a.ContentLength)
		}
		if same, body := ask(http.MethodHead, newest, "If-None-Match", a.Header.Get("ETag")); same.StatusCode != http.StatusNotModified || len(body) > 0 {
			t.Errorf("HEAD %s with its tag: %d", newest, same.StatusCode)
		}
	}
	for _, path := range paths {
		get, body := ask(http.MethodGet, path)
		head, none := ask(http.MethodHead, path)
		if len(none) > 0 || head.StatusCode != get.StatusCode || get.StatusCode == http.StatusOK && head.ContentLength != int64(len(body)) {
			t.Errorf("HEAD %s: %d, %d bytes announced, %d sent; GET: %d, %d bytes", path, head.StatusCode, head.ContentLength, len(none), get.StatusCode, len(body))
		}
		for _, name := range strings.Fields("Content-Type ETag Cache-Control Content-Location Last-Modified Vary Access-Control-Allow-Origin Access-Control-Expose-Headers") {
			if x, y := fmt.Sprint(head.Header.Values(name)), fmt.Sprint(get.Header.Values(name)); x != y {
				t.Errorf("HEAD %s: %s is %s, with GET %s", path, name, x, y)
			}
		}
	}
}
