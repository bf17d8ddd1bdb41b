package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// cacheable are the routes whose answers are the same for everybody and tell of
// nobody: caches may keep them, for as long as they say.
var cacheable = []string{"/assets/*path", "/t/worker.js", "/scan", "/scan.webmanifest", "/worker.js", "/bases", "/bases/:code", "/courses", "/courses/:code",
	"/help/verify", "/help/verify.pdf", "/privacy", "/accessibility", "/openapi.json", "/.well-known/jwks.json", "/.well-known/did.json", "/keys/:kid", "/issuers/:code",
	"/trust", "/trust/:version", "/bundle", "/bundle/:version", "/published.json", "/status/:list", "/pki/:file"}

// own are pictures of designs, which the browser of who drew them may keep.
var own = []string{"/registry/templates/:id/sketch.svg", "/registry/templates/artwork/:sha"}

// Whatever can be asked for is kept by no cache, unless it is on the list above;
// and a name of a style sheet behind the address of an answer gets none
// (cache deception).
func TestNoCacheKeepsWhatIsPersonal(t *testing.T) {
	b := newBuilding(t)
	if err := b.a.publish.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	staff, nobody := b.who("federation at home"), b.who("nobody")
	used := map[string]bool{}
	for _, r := range slices.Concat(routes, apiRoutes) {
		method, pattern, _ := strings.Cut(r.request, " ")
		if method != http.MethodGet {
			continue
		}
		who := staff
		if r.door.kind == open || r.door.kind == secret {
			who = nobody
		}
		_, path, _, _ := b.request(t, r, b.things)
		if pattern == "/courses/:code" { // the matrix makes its own first
			path = "/courses/CPR1"
		}
		status, header := b.opened(t, who, path)
		cache := header.Get("Cache-Control")
		kept := !strings.Contains(cache, "no-store") && !(strings.HasPrefix(cache, "private") && slices.Contains(own, pattern))
		if kept && (!slices.Contains(cacheable, pattern) || header.Get("Set-Cookie") != "") {
			t.Errorf("%s: %d, Cache-Control %q, cookie %q", path, status, header.Get("Cache-Control"), header.Get("Set-Cookie"))
		}
		used[pattern] = used[pattern] || kept
		path, _, _ = strings.Cut(path, "?")
		if status, header := b.opened(t, who, strings.TrimSuffix(path, "/")+"/x.css"); status < http.StatusBadRequest || !strings.Contains(header.Get("Cache-Control"), "no-store") {
			t.Errorf("%s/x.css: %d, Cache-Control %q", path, status, header.Get("Cache-Control"))
		}
	}
	for _, pattern := range cacheable {
		if !used[pattern] {
			t.Errorf("%s is on the list, and no cache may keep it", pattern)
		}
	}
}

// opened asks as somebody, and reads what stands before the answer alone: some
// answers have no end.
func (b *building) opened(t *testing.T, who tried, path string) (int, http.Header) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.url+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", "text/html, application/json;q=0.9, */*;q=0.8")
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if strings.HasPrefix(path, "/api/") {
		if who.token != "" {
			request.Header.Set("Authorization", "Bearer "+who.token)
		}
	} else {
		client.Jar = who.jar
	}
	answer, err := client.Do(request)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	_ = answer.Body.Close()
	return answer.StatusCode, answer.Header
}
