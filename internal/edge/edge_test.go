package edge_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/registry"
)

// engine returns an engine with a route that answers with err, or with "ok".
func engine(t *testing.T, o edge.Options, err error) *gin.Engine {
	t.Helper()
	g, problem := edge.New(o)
	if problem != nil {
		t.Fatal(problem)
	}
	g.Any("/thing/:code", edge.Route(func(c *gin.Context) error {
		if _, readErr := io.ReadAll(c.Request.Body); readErr != nil {
			return readErr
		}
		if err == nil {
			c.String(http.StatusOK, "ok")
		}
		return err
	}))
	g.GET("/api/thing", func(c *gin.Context) { c.String(http.StatusOK, "ok") })
	g.GET("/panic", func(*gin.Context) { panic("secret of the stack") })
	g.GET("/client", func(c *gin.Context) { c.String(http.StatusOK, edge.Client(c)) })
	return g
}

func do(h http.Handler, method, path string, body io.Reader, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, body)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func problem(t *testing.T, w *httptest.ResponseRecorder) edge.Problem {
	t.Helper()
	var p edge.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatalf("answer is no problem document: %v: %s", err, w.Body)
	}
	return p
}

func TestEveryKindHasItsStatus(t *testing.T) {
	for _, tc := range []struct {
		err   error
		want  int
		retry string
	}{
		{registry.FailField(registry.Invalid, "name", "name.empty"), 422, ""},
		{registry.Fail(registry.Invalid, "code.mistyped"), 400, ""},
		{registry.Fail(registry.Unauthenticated, "token.refused"), 401, ""},
		{registry.Fail(registry.Forbidden, "access.forbidden", "x"), 403, ""},
		{registry.Fail(registry.NotFound, "class.unknown", "x"), 404, ""},
		{registry.Fail(registry.Conflict, "class.closed", "x", "y"), 409, ""},
		{registry.Fail(registry.Stale, "class.stale", "x"), 412, ""},
		{registry.Fail(registry.Precondition, "request.if_match"), 428, ""},
		{registry.Fail(registry.TooLarge, "request.too_large", "1 MiB"), 413, ""},
		{registry.Fail(registry.TooMany, "edge.misses", 17), 429, "17"},
		{registry.Fail(registry.Unavailable, "edge.busy"), 503, "5"},
		{fmt.Errorf("read class: %w", registry.Fail(registry.NotFound, "class.unknown", "x")), 404, ""},
		{errors.New("pq: password authentication failed"), 500, ""},
	} {
		w := do(engine(t, edge.Options{}, tc.err), "GET", "/thing/x", nil)
		if w.Code != tc.want || w.Header().Get("Retry-After") != tc.retry {
			t.Errorf("%v: status %d, Retry-After %q, want %d, %q", tc.err, w.Code, w.Header().Get("Retry-After"), tc.want, tc.retry)
		}
		if got := w.Header().Get("Content-Type"); got != "application/problem+json" {
			t.Errorf("%v: content type %q", tc.err, got)
		}
		if challenge := w.Header().Get("WWW-Authenticate"); (challenge != "") != (tc.want == 401) {
			t.Errorf("%v: WWW-Authenticate %q", tc.err, challenge)
		}
		p := problem(t, w)
		if p.Status != tc.want || p.RequestID != w.Header().Get("X-Request-Id") || p.RequestID == "" || p.Title == "" || strings.Contains(p.Title, "problem.") {
			t.Errorf("%v: problem %+v", tc.err, p)
		}
	}
}

func TestProblemSpeaksTheReadersLanguage(t *testing.T) {
	g := engine(t, edge.Options{}, registry.FailField(registry.Invalid, "name", "name.empty"))
	seen := map[string]string{}
	for _, lang := range []string{"zh-CN,zh;q=0.9", "en", "ru-RU"} {
		w := do(g, "GET", "/thing/x", nil, "Accept-Language", lang)
		p := problem(t, w)
		if len(p.Errors) != 1 || p.Errors[0].Field != "name" || p.Errors[0].Code != "name.empty" || p.Errors[0].Fix == "" {
			t.Errorf("%s: errors %+v", lang, p.Errors)
		}
		if got := w.Header().Get("Content-Language"); !strings.HasPrefix(lang, got) {
			t.Errorf("%s: Content-Language %q", lang, got)
		}
		seen[p.Detail] = lang
	}
	if len(seen) != 3 {
		t.Errorf("three languages gave the texts %v", seen)
	}
	if p := problem(t, do(g, "GET", "/thing/x?lang=ru", nil, "Accept-Language", "zh")); seen[p.Detail] != "ru-RU" {
		t.Errorf("?lang=ru did not win over Accept-Language: %q", p.Detail)
	}
}

func TestFaultOfOursSaysNothing(t *testing.T) {
	var log bytes.Buffer
	o := edge.Options{Log: slog.New(slog.NewJSONHandler(&log, nil))}
	for _, w := range []*httptest.ResponseRecorder{
		do(engine(t, o, errors.New("secret of the store")), "GET", "/thing/x", nil),
		do(engine(t, o, nil), "GET", "/panic", nil),
	} {
		if w.Code != 500 || strings.Contains(w.Body.String(), "secret") || problem(t, w).Code != "internal" {
			t.Errorf("status %d, body %s", w.Code, w.Body)
		}
		if !strings.Contains(log.String(), w.Header().Get("X-Request-Id")) {
			t.Error("the log does not name the request")
		}
	}
	for _, secret := range []string{"secret of the store", "secret of the stack"} {
		if !strings.Contains(log.String(), secret) {
			t.Errorf("the log does not tell %q", secret)
		}
	}
}

func TestLogHoldsRoutesNotPaths(t *testing.T) {
	var log bytes.Buffer
	g := engine(t, edge.Options{Log: slog.New(slog.NewJSONHandler(&log, nil))}, nil)
	for _, path := range []string{"/thing/7K3QD9XM2HRTW4BX?name=CANARY", "/CANARY", "/thing/%0d%0aCANARY"} {
		do(g, "GET", path, nil, "User-Agent", "CANARY\r\n", "X-Request-Id", "CANARY")
	}
	do(g, "CANARY", "/thing/x", nil)
	if got := strings.Count(log.String(), "\n"); got != 4 {
		t.Errorf("4 requests gave %d lines", got)
	}
	for _, secret := range []string{"7K3Q", "CANARY", "192.0.2.1"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log holds %q:\n%s", secret, &log)
		}
	}
	if !strings.Contains(log.String(), `"route":"/thing/:code"`) {
		t.Errorf("the log does not hold the route:\n%s", &log)
	}
}

func TestEveryAnswerCarriesTheSecurityHeaders(t *testing.T) {
	g := engine(t, edge.Options{PublicURL: "https://verify.example"}, nil)
	for _, path := range []string{"/thing/x", "/nothing", "/panic", "/thing/x/y.css"} {
		h := do(g, "GET", path, nil).Header()
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
			"Strict-Transport-Security": "max-age=63072000",
		} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q, want %q", path, name, h.Get(name), want)
			}
		}
		csp := h.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: policy %q", path, csp)
		}
	}
	for path, robots := range map[string]string{"/api/thing": "noindex", "/api/nothing": ""} { // what only pages heed is left out
		h := do(g, "GET", path, nil).Header()
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "X-Robots-Tag": robots,
			"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Strict-Transport-Security": "max-age=63072000", "Permissions-Policy": ""} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q, want %q", path, name, h.Get(name), want)
			}
		}
	}
	if h := do(engine(t, edge.Options{PublicURL: "http://127.0.0.1:8080"}, nil), "GET", "/thing/x", nil).Header(); h.Get("Strict-Transport-Security") != "" {
		t.Error("HSTS is sent on plain http")
	}
}

func TestClientAddressComesFromNamedProxiesOnly(t *testing.T) {
	for _, tc := range []struct {
		name    string
		proxies []string
		remote  string
		header  string
		want    string
	}{
		{"no proxy named: the header is the client's own claim", nil, "192.0.2.1:1", "198.51.100.7", "192.0.2.1"},
		{"named proxy", []string{"192.0.2.0/24"}, "192.0.2.1:1", "198.51.100.7", "198.51.100.7"},
		{"claims before the proxy's own entry do not count", []string{"192.0.2.0/24"}, "192.0.2.1:1", "6.6.6.6, 198.51.100.7", "198.51.100.7"},
		{"IPv6 counts by network", nil, "[2001:db8:1:2:3:4:5:6]:1", "", "2001:db8:1:2::/64"},
		{"IPv4 in IPv6", nil, "[::ffff:192.0.2.9]:1", "", "192.0.2.9"},
	} {
		g := engine(t, edge.Options{TrustedProxies: tc.proxies}, nil)
		r := httptest.NewRequest("GET", "/client", nil)
		r.RemoteAddr = tc.remote
		r.Header.Set("X-Forwarded-For", tc.header)
		r.Header.Set("X-Real-Ip", "6.6.6.6")
		w := httptest.NewRecorder()
		g.ServeHTTP(w, r)
		if w.Body.String() != tc.want {
			t.Errorf("%s: client %q, want %q", tc.name, w.Body, tc.want)
		}
	}
	if _, err := edge.New(edge.Options{TrustedProxies: []string{"proxy.example"}}); !errors.Is(err, registry.Invalid) {
		t.Errorf("a proxy that is no address: %v", err)
	}
}

func TestBodyOverTheLimitIsRefused(t *testing.T) {
	g := engine(t, edge.Options{MaxBody: 1024}, nil)
	if w := do(g, "POST", "/thing/x", strings.NewReader(strings.Repeat("x", 1024)), "Sec-Fetch-Site", "same-origin"); w.Code != 200 {
		t.Errorf("a body at the limit: %d", w.Code)
	}
	if w := do(g, "POST", "/thing/x", strings.NewReader(strings.Repeat("x", 1025)), "Sec-Fetch-Site", "same-origin"); w.Code != 413 || problem(t, w).Code != "request.too_large" {
		t.Errorf("a body over the limit: %d %s", w.Code, w.Body)
	}
}

func TestForeignFormsAreRefused(t *testing.T) {
	g := engine(t, edge.Options{}, nil)
	g.POST("/api/v1/x", func(c *gin.Context) { c.Status(204) })
	for _, tc := range []struct {
		name, path string
		header     []string
		want       int
	}{
		{"same origin", "/thing/x", []string{"Sec-Fetch-Site", "same-origin"}, 200},
		{"other site", "/thing/x", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"other origin of an old browser", "/thing/x", []string{"Origin", "https://evil.example"}, 403},
		{"the API reads no cookie", "/api/v1/x", []string{"Sec-Fetch-Site", "cross-site"}, 204},
	} {
		if w := do(g, "POST", tc.path, strings.NewReader(""), tc.header...); w.Code != tc.want {
			t.Errorf("%s: %d, want %d", tc.name, w.Code, tc.want)
		}
	}
}

func TestTooManyAtATimeGet503(t *testing.T) {
	g, err := edge.New(edge.Options{InFlight: 2})
	if err != nil {
		t.Fatal(err)
	}
	started, release := make(chan struct{}), make(chan struct{})
	g.GET("/slow", func(c *gin.Context) { started <- struct{}{}; <-release; c.Status(200) })
	g.GET("/healthz", func(c *gin.Context) { c.Status(200) })
	var wait sync.WaitGroup
	for range 2 {
		wait.Go(func() { do(g, "GET", "/slow", nil) })
		<-started
	}
	if w := do(g, "GET", "/slow", nil); w.Code != 503 || w.Header().Get("Retry-After") == "" {
		t.Errorf("the third request: %d", w.Code)
	}
	if w := do(g, "GET", "/healthz", nil); w.Code != 200 {
		t.Errorf("health check under load: %d", w.Code)
	}
	close(release)
	wait.Wait()
	go func() { <-started }()
	if w := do(g, "GET", "/slow", nil); w.Code != 200 {
		t.Errorf("after the load: %d", w.Code)
	}
}

func TestPagesAreForBrowsers(t *testing.T) {
	page := func(c *gin.Context, p edge.Problem) { c.Data(p.Status, "text/html", []byte("page "+p.Code)) }
	g := engine(t, edge.Options{ErrorPage: page}, registry.Fail(registry.NotFound, "class.unknown", "x"))
	browser := "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	for _, tc := range []struct {
		path, accept, want string
	}{
		{"/thing/x", browser, "text/html"},
		{"/thing/x", "application/json", "application/problem+json"},
		{"/thing/x", "", "application/problem+json"},
		{"/thing/x", "*/*", "application/problem+json"},
		{"/api/v1/none", browser, "application/problem+json"},
	} {
		w := do(g, "GET", tc.path, nil, "Accept", tc.accept)
		if got := w.Header().Get("Content-Type"); got != tc.want || w.Code != 404 {
			t.Errorf("%s, Accept %q: %d %q, want %q", tc.path, tc.accept, w.Code, got, tc.want)
		}
	}
}

func TestMissesAreCountedAndForgotten(t *testing.T) {
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	m := edge.NewMisses(edge.Budget{Burst: 3, Every: 10 * time.Second}, func() time.Time { return now })
	for i := range 3 {
		if err := m.Check("a"); err != nil {
			t.Fatalf("miss %d: %v", i, err)
		}
		m.Miss("a")
	}
	var refusal *registry.Error
	if err := m.Check("a"); !errors.As(err, &refusal) || refusal.Kind != registry.TooMany || refusal.Args[0] != 10 {
		t.Errorf("after three misses: %v", err)
	}
	if err := m.Check("b"); err != nil {
		t.Errorf("another key: %v", err)
	}
	now = now.Add(10 * time.Second)
	if err := m.Check("a"); err != nil {
		t.Errorf("one miss forgotten: %v", err)
	}
	for i := range 100_000 { // a flood of keys is bounded and keeps nobody out
		m.Miss(fmt.Sprint("flood", i))
	}
	if err := m.Check("c"); err != nil {
		t.Errorf("a new key after a flood: %v", err)
	}
}

func TestAClockPutBackCostsNobodyAnything(t *testing.T) {
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	m := edge.NewMisses(edge.Budget{Burst: 3, Every: 10 * time.Second}, func() time.Time { return now })
	now = now.Add(time.Hour)
	m.Miss("a")
	now = now.Add(-time.Hour)
	if err := m.Check("a"); err != nil {
		t.Errorf("one miss, before the clock was put back: %v", err)
	}
	m.Miss("a")
	m.Miss("a")
	var refusal *registry.Error
	if err := m.Check("a"); !errors.As(err, &refusal) || refusal.Args[0] != 10 {
		t.Errorf("three misses: %v", err)
	}
	now = now.Add(10 * time.Second)
	if err := m.Check("a"); err != nil {
		t.Errorf("one of them forgotten: %v", err)
	}
}

func TestPrefersTheHighestRankedOffer(t *testing.T) {
	for _, tc := range []struct{ accept, want string }{
		{"", "a/json"}, {"*/*", "a/json"}, {"b/html", "b/html"}, {"a/*;q=0.1, b/html;q=0.2", "b/html"},
		{"b/html;q=0", "a/json"}, {"x/y", "a/json"}, {"*/*, a/json;q=0", "b/html"}, {strings.Repeat("b/html,", 500), "a/json"},
	} {
		c, _ := gin.CreateTestContext(httptest.NewRecorder())
		c.Request = httptest.NewRequest("GET", "/", nil)
		c.Request.Header.Set("Accept", tc.accept)
		if got := edge.Prefers(c, "a/json", "b/html"); got != tc.want {
			t.Errorf("Accept %.40q: %s, want %s", tc.accept, got, tc.want)
		}
	}
}
