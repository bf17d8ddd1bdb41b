package web_test

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// packed fetches as a browser does, compressed where the server offers it.
func (w *world) packed(path string) (http.Header, []byte) {
	w.t.Helper()
	r := must(http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.url+path, nil))
	r.Header.Set("Accept-Encoding", "gzip")
	answer := must(http.DefaultTransport.RoundTrip(r))
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		w.t.Fatalf("%s answers %d", path, answer.StatusCode)
	}
	return answer.Header, must(io.ReadAll(answer.Body))
}

// What a phone keeps of the scanner is small, whole, and of one version.
func TestTheScannerIsSmallAndOfOneVersion(t *testing.T) {
	w := newWorld(t)
	head, text := w.packed("/worker.js")
	if got := head.Get("Service-Worker-Allowed"); got != "/" {
		t.Errorf("the worker's scope is %q", got)
	}
	first, _, _ := strings.Cut(string(text), ";\n")
	var release struct {
		Version      string
		Pages, Files []string
	}
	if err := json.Unmarshal([]byte(strings.TrimPrefix(first, "const release = ")), &release); err != nil {
		t.Fatalf("%v: %.200s", err, text)
	}
	total := len(text)
	for _, page := range release.Pages {
		head, body := w.packed(page)
		total += len(body)
		if got := head.Get("Passmuster-Scanner"); got != release.Version {
			t.Errorf("%s is of version %q, the worker of %q", page, got, release.Version)
		}
		if got := head.Get("Content-Security-Policy"); !strings.Contains(got, "'wasm-unsafe-eval'") || strings.Contains(got, "unsafe-inline") || strings.Contains(got, " 'unsafe-eval'") {
			t.Errorf("%s: policy %q", page, got)
		}
		if got := head.Values("Set-Cookie"); len(got) > 0 {
			t.Errorf("%s sets %q", page, got)
		}
		w.visitor(t).get(page).want(http.StatusOK, "<noscript>", `action="/verify"`)
	}
	for _, file := range release.Files {
		head, body := w.packed(file)
		total += len(body)
		if got := head.Get("Cache-Control"); !strings.Contains(got, "immutable") {
			t.Errorf("%s: Cache-Control %q", file, got)
		}
	}
	_, manifest := w.packed("/scan.webmanifest?lang=en")
	total += len(manifest)
	t.Logf("%d bytes, compressed, in %d files", total, len(release.Files)+len(release.Pages)+2)
	if total > 600_000 {
		t.Errorf("the scanner has %d bytes, compressed, 600 KB are promised", total)
	}
	p := w.visitor(t).get("/scan?lang=en")
	for _, linked := range append(scripts(p.body), "/assets/zxing/", "/assets/verify/") {
		if !slices.ContainsFunc(release.Files, func(f string) bool { return strings.HasPrefix(f, linked) }) {
			t.Errorf("%s is not kept", linked)
		}
	}
}

// scripts are the addresses of a page's scripts.
func scripts(body string) (list []string) {
	for _, part := range strings.Split(body, `<script src="`)[1:] {
		src, _, _ := strings.Cut(part, `"`)
		list = append(list, src)
	}
	return list
}

// The scanner alone may compile WebAssembly.
func TestOnlyTheScannerCompiles(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/", "/verify", "/signin", "/worker.js"} {
		head, _ := w.packed(path)
		if got := head.Get("Content-Security-Policy"); strings.Contains(got, "wasm") {
			t.Errorf("%s: policy %q", path, got)
		}
	}
}
