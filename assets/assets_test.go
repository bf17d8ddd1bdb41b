package assets_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/assets"
)

func get(t *testing.T, method, url, encoding string) *httptest.ResponseRecorder {
	t.Helper()
	w, r := httptest.NewRecorder(), httptest.NewRequest(method, url, nil)
	if encoding != "" {
		r.Header.Set("Accept-Encoding", encoding)
	}
	assets.Handler().ServeHTTP(w, r)
	return w
}

func TestPathCarriesAChecksum(t *testing.T) {
	for _, name := range []string{"css/result.css", "css/site.css", "js/code.js", "js/password.js", "img/icon.svg"} {
		path := assets.Path(name)
		if !regexp.MustCompile(`^/assets/(css|js|img)/[a-z]+\.[0-9a-f]{12}\.(css|js|svg)$`).MatchString(path) {
			t.Errorf("Path(%s) = %s, want a checksum in it", name, path)
		}
		if w := get(t, http.MethodGet, path, ""); w.Code != http.StatusOK || w.Body.Len() == 0 {
			t.Errorf("%s answers %d with %d bytes", path, w.Code, w.Body.Len())
		}
	}
}

func TestAssetsAreKeptForEver(t *testing.T) {
	w := get(t, http.MethodGet, assets.Path("css/result.css"), "gzip, br")
	for header, want := range map[string]string{"Cache-Control": "public, max-age=31536000, immutable", "Content-Type": "text/css; charset=utf-8",
		"Content-Encoding": "gzip", "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff"} {
		if got := w.Header().Get(header); got != want {
			t.Errorf("%s = %q, want %q", header, got, want)
		}
	}
	if head := get(t, http.MethodHead, assets.Path("css/result.css"), ""); head.Code != http.StatusOK || head.Body.Len() != 0 {
		t.Errorf("HEAD answers %d with %d bytes", head.Code, head.Body.Len())
	}
}

func TestOnlyAssetsAreServed(t *testing.T) {
	for _, path := range []string{"/assets/", "/assets/css/result.css", "/assets/../go.mod", "/assets/css/result.000000000000.css", assets.Path("no/such.css")} {
		if w := get(t, http.MethodGet, path, ""); w.Code != http.StatusNotFound {
			t.Errorf("%s answers %d, want 404", path, w.Code)
		}
	}
	if w := get(t, http.MethodPost, assets.Path("css/site.css"), ""); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST answers %d, want 405", w.Code)
	}
}

// The verdict's sheet is fetched on a slow network by whoever scans a code.
func TestResultSheetIsSmall(t *testing.T) {
	if n := get(t, http.MethodGet, assets.Path("css/result.css"), "").Body.Len(); n > 12<<10 {
		t.Errorf("css/result.css has %d bytes, want 12 KB at most", n)
	}
}

// Every sheet is linked by some page, and takes nothing from another host.
func TestSheetsUseTheirPartsAndNoOtherHost(t *testing.T) {
	entries, err := os.ReadDir("css")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, err := os.ReadFile("css/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "url(") || strings.Contains(string(text), "@import") {
			t.Errorf("css/%s fetches something", e.Name())
		}
		first := strings.TrimSpace(regexp.MustCompile(`(?s)/\*.*?\*/|@media[^{]*\{|:root[^{]*\{`).ReplaceAllString(string(text), ""))
		rule, _, _ := strings.Cut(first, "\n")
		linked := ""
		for _, sheet := range []string{"css/result.css", "css/site.css", "css/join.css", "css/joinscreen.css", "css/scan.css", "css/receipt.css"} {
			linked += get(t, http.MethodGet, assets.Path(sheet), "").Body.String()
		}
		if !strings.Contains(linked, rule) {
			t.Errorf("css/%s is in no sheet that pages link", e.Name())
		}
	}
}
