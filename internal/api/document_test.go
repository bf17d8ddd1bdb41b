package api_test

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
)

// served is the document as the server gives it out; it is the same for every
// world.
var served struct {
	sync.Mutex
	router routers.Router
}

// router reads the served document and finds routes in it.
func (w *world) router() routers.Router {
	w.t.Helper()
	served.Lock()
	defer served.Unlock()
	if served.router == nil {
		doc := w.document()
		doc.Servers = nil // tests ask without a host
		r, err := legacy.NewRouter(doc)
		if err != nil {
			w.t.Fatalf("served document: %v", err)
		}
		served.router = r
	}
	return served.router
}

func (w *world) document() *openapi3.T {
	w.t.Helper()
	q, err := http.NewRequest("GET", "/openapi.json", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	rec := record(w.http, q)
	doc, err := openapi3.NewLoader().LoadFromData(rec.Body.Bytes())
	if err != nil {
		w.t.Fatalf("served document: %v", err)
	}
	return doc
}

// conforms fails the test where an answer is not as the document says.
func (w *world) conforms(q *http.Request, a answer) {
	w.t.Helper()
	route, params, err := w.router().FindRoute(q)
	if err != nil {
		return // no route of the document: a probe
	}
	media, _, _ := strings.Cut(a.Header.Get("Content-Type"), ";")
	isJSON := media == "application/json" || media == "application/problem+json"
	in := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: q, PathParams: params, Route: route,
			Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}},
		Status: a.Code, Header: a.Header, Body: io.NopCloser(bytes.NewReader(a.Body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, ExcludeResponseBody: !isJSON, MultiError: true},
	}
	if err := openapi3filter.ValidateResponse(context.Background(), in); err != nil {
		w.t.Errorf("%s: %d is not as documented: %v", a.what, a.Code, err)
	}
}

func TestDocumentIsOpenAPI31AndValid(t *testing.T) {
	w := newWorld(t)
	doc := w.document()
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("document is OpenAPI %s", doc.OpenAPI)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Errorf("document: %v", err)
	}
	raw := string(w.do("", "GET", "/openapi.json", nil).want(200).Body)
	for _, word := range []string{"example.com", "unpkg", "$schema", "api_test", "alsoAnswer"} {
		if strings.Contains(raw, word) {
			t.Errorf("document holds %q", word)
		}
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			open := op.Security == nil || len(*op.Security) == 0
			public := !strings.HasPrefix(path, "/api/v1/") || strings.HasPrefix(path, "/api/v1/verify") || path == "/api/v1/session"
			if open != public {
				t.Errorf("%s %s: open is %v", method, path, open)
			}
			if op.Summary == "" || op.OperationID == "" || len(op.Tags) != 1 {
				t.Errorf("%s %s: summary %q, id %q, tags %v", method, path, op.Summary, op.OperationID, op.Tags)
			}
		}
	}
}

// pages are routes that are not in the document, because people read them. The
// web face has its own list.
var pages = []string{}

// elsewhere are routes that the web face serves, to programs as well.
var elsewhere = []string{"/bases", "/bases/{code}", "/courses", "/courses/{code}"}

var ginParam = regexp.MustCompile(`:([a-z]+)`)

func TestEveryRouteIsInTheDocument(t *testing.T) {
	w := newWorld(t)
	documented := map[string]bool{}
	for path, item := range w.document().Paths.Map() {
		for method := range item.Operations() {
			documented[method+" "+path] = true
		}
	}
	for _, r := range w.engine.Routes() {
		path := ginParam.ReplaceAllString(r.Path, "{$1}")
		route := r.Method + " " + path
		if r.Method == http.MethodHead {
			continue // as GET, without the body
		}
		if !documented[route] && !slices.Contains(pages, r.Path) {
			t.Errorf("%s is served and not documented", route)
		}
		delete(documented, route)
	}
	for _, path := range elsewhere {
		delete(documented, http.MethodGet+" "+path)
	}
	for route := range maps.Keys(documented) {
		t.Errorf("%s is documented and not served", route)
	}
}

// probe sends the request to a route with ids that nobody has.
func probe(path string) string {
	path = strings.NewReplacer("{id}", "01999999-0000-7000-8000-000000000000", "{number}", "GAJK-SJZ-2026-999999", "{code}", "SJZ").Replace(path)
	return path
}

// TestStaffRoutesNeedAToken asks every staff route without a token, with a
// wrong one, and as somebody who may nothing there.
func TestStaffRoutesNeedAToken(t *testing.T) {
	w := newWorld(t)
	for path, item := range w.document().Paths.Map() {
		for method, op := range item.Operations() {
			if op.Security == nil || len(*op.Security) == 0 {
				continue
			}
			w.do("", method, probe(path), nil).want(401, "token.missing")
			w.do("", method, probe(path), nil, "Authorization", "Bearer x.y.z").want(401, "token.refused")
			w.do("", method, probe(path), nil, "Authorization", "Basic dXNlcjpwYXNz").want(401, "token.refused")
			w.do("", method, probe(path)+"?access_token="+w.token("trainerA"), nil).want(401, "token.missing")
			w.do("", method, probe(path), nil, "Cookie", "access_token="+w.token("trainerA")).want(401, "token.missing")
		}
	}
}

func TestDocsPageLoadsNothing(t *testing.T) {
	w := newWorld(t)
	a := w.do("", "GET", "/docs", nil).want(200)
	text := string(a.Body)
	if strings.Contains(text, "<script") || strings.Contains(text, "<link") || strings.Contains(text, "src=") || strings.Contains(text, "http://") {
		t.Error("the page loads something")
	}
	if csp := a.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "style-src 'sha256-") || strings.Contains(csp, "unsafe") {
		t.Errorf("policy %q", csp)
	}
	for _, want := range []string{"/api/v1/classes/{id}/approve", `id="stale"`, `id="too_many"`} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not hold %s", want)
		}
	}
}

// brokenBody is a body whose connection fails.
type brokenBody struct{ err error }

func (b brokenBody) Read([]byte) (int, error) { return 0, b.err }

// A body that comes too slowly, or not whole, is refused by every route that reads
// one, and the document says so of each.
func TestABodyThatDoesNotComeIsDocumented(t *testing.T) {
	w := newWorld(t)
	doc := w.document()
	form := []string{"Content-Type", "multipart/form-data; boundary=DEMO"}
	for _, r := range []struct {
		who, method, path string
		header            []string
		slow              int
	}{
		{"", "POST", "/api/v1/session", nil, 408},
		{"", "POST", "/api/v1/verify", nil, 408},
		{"", "POST", "/api/v1/verify/list", nil, 408},
		{"", "POST", "/api/v1/verify/file", form, 503},
		{"trainerA", "POST", "/api/v1/classes", nil, 408},
		{"trainerA", "POST", "/api/v1/classes", []string{"Idempotency-Key", "DEMO-1"}, 408},
		{"trainerA", "POST", "/api/v1/classes/" + w.class() + "/imports", form, 408},
	} {
		w.do(r.who, r.method, r.path, brokenBody{os.ErrDeadlineExceeded}, r.header...).want(r.slow)
		w.do(r.who, r.method, r.path, brokenBody{io.ErrUnexpectedEOF}, r.header...).want(400, "request.cut")
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if op.RequestBody == nil && op.Parameters.GetByInAndName("header", "Idempotency-Key") == nil {
				continue
			}
			slow := 408
			if op.OperationID == "verifyFile" {
				slow = 503
			}
			for _, status := range []int{400, slow} {
				if r := op.Responses.Status(status); r == nil || r.Value.Content["application/problem+json"] == nil {
					t.Errorf("%s %s: the refusal %d is not in the document", method, path, status)
				}
			}
		}
	}
}
