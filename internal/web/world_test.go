package web_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/accredit"
	"github.com/passmuster/passmuster/internal/auth"
	"github.com/passmuster/passmuster/internal/certificate"
	"github.com/passmuster/passmuster/internal/demo"
	"github.com/passmuster/passmuster/internal/design"
	"github.com/passmuster/passmuster/internal/documents"
	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/issue"
	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/lifecycle"
	"github.com/passmuster/passmuster/internal/passkey"
	"github.com/passmuster/passmuster/internal/report"
	"github.com/passmuster/passmuster/internal/share"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/store/storetest"
	"github.com/passmuster/passmuster/internal/training"
	"github.com/passmuster/passmuster/internal/verify"
	"github.com/passmuster/passmuster/internal/web"
)

const password = "correct horse battery"

// now is a Saturday in the afternoon, in China and in Moscow.
var now = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// world is the demonstration, served over HTTP.
type world struct {
	t     testing.TB
	s     *web.Server
	db    *store.DB
	clock *demo.Clock
	sum   demo.Summary
	url   string
	keys  string // the directory of the keys
	log   *syncBuffer
}

type syncBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(fmt.Errorf("set up: %w", err))
	}
	return v
}

// newWorld is the demonstration in a store of its own, served.
func newWorld(t testing.TB) *world { t.Helper(); return newWorldAt(t, "127.0.0.1") }

// newWorldAt serves it under a name of this machine: passkeys need "localhost".
func newWorldAt(t testing.TB, host string) *world {
	t.Helper()
	p := ground(host)
	data, keyDir := copied(t, p.data), copied(t, p.keys)
	w := &world{t: t, clock: &demo.Clock{}, log: &syncBuffer{}, url: p.url, keys: keyDir, sum: p.sum}
	w.clock.Set(now)
	w.db = storetest.Open(t, store.Config{Dir: data, Now: w.clock.Now})
	w.wire(must(keys.Open(keyDir, nil)))
	engine := must(edge.New(edge.Options{Log: w.s.Log, PublicURL: w.url, Now: w.clock.Now, ErrorPage: w.s.ErrorPage}))
	w.s.Mount(engine)
	handler := w.s.Wrap(engine)
	p.handler.Store(&handler)
	t.Cleanup(func() {
		p.handler.Store(&gone)
		p.server.CloseClientConnections()
	})
	return w
}

// copied is a copy of a directory's files, for their owner alone as keys must be.
func copied(t testing.TB, from string) string {
	t.Helper()
	to := t.TempDir()
	for _, file := range must(os.ReadDir(from)) {
		must(0, os.WriteFile(filepath.Join(to, file.Name()), must(os.ReadFile(filepath.Join(from, file.Name()))), 0o600))
	}
	return to
}

// wire makes the services over the store.
func (w *world) wire(ring *keys.Ring) {
	log := slog.New(slog.NewJSONHandler(w.log, &slog.HandlerOptions{Level: slog.LevelError}))
	w.s = &web.Server{DB: w.db, Auth: must(auth.New(w.db, ring, w.url, w.clock.Now)), Now: w.clock.Now, Origin: w.url, Demo: true, Log: log,
		Accredit:     &accredit.Service{DB: w.db, Keys: ring, Now: w.clock.Now, Demo: true},
		Training:     &training.Service{DB: w.db, Keys: ring, Now: w.clock.Now, Uncovered: press().Uncovered, Demo: true},
		Issue:        &issue.Service{DB: w.db, Keys: ring, Now: w.clock.Now, Origin: w.url, Demo: true, Log: log},
		Lifecycle:    &lifecycle.Service{DB: w.db, Now: w.clock.Now},
		Design:       &design.Service{DB: w.db, Now: w.clock.Now, Demo: true},
		Verify:       &verify.Service{DB: w.db, Keys: ring, Now: w.clock.Now, Origin: w.url, Log: log},
		Share:        &share.Service{DB: w.db, Keys: ring, Now: w.clock.Now, Origin: w.url},
		Report:       &report.Service{DB: w.db, Keys: ring, Now: w.clock.Now},
		Passkey:      must(passkey.New(w.db, w.url, w.clock.Now)),
		DemoAccounts: []string{demo.TrainerEmail, demo.ApproverEmail, demo.FederationEmail, demo.HospitalEmail}}
	w.s.Issue.Passkeys = w.s.Passkey
	w.s.Documents = &documents.Service{DB: w.db, Keys: ring, Now: w.clock.Now, Origin: w.url, Demo: true, Certificate: w.s.Issue.Certificate, Cards: w.s.Issue.Cards}
}

// press knows the fonts; they are read once.
var press = sync.OnceValue(func() *certificate.Press { return must(certificate.NewPress(nil)) })

// plot is a demonstration that worlds are copies of, and the address that its
// links lead to. One world at a time is served there.
type plot struct {
	url, data, keys string
	sum             demo.Summary
	server          *httptest.Server
	handler         atomic.Pointer[http.Handler]
}

var (
	plots   = map[string]*plot{} // by host
	plotted sync.Mutex
	ashes   []string // directories to remove at the end

	gone http.Handler = http.NotFoundHandler()
)

// ground is the plot of a host, filled when it is first asked for.
func ground(host string) *plot {
	plotted.Lock()
	defer plotted.Unlock()
	if p := plots[host]; p != nil {
		return p
	}
	p := &plot{data: must(os.MkdirTemp("", "passmuster-web-")), keys: must(os.MkdirTemp("", "passmuster-web-"))}
	ashes = append(ashes, p.data, p.keys)
	p.handler.Store(&gone)
	p.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*p.handler.Load()).ServeHTTP(w, r) }))
	_, port, err := net.SplitHostPort(p.server.Listener.Addr().String())
	p.url = "http://" + net.JoinHostPort(must(host, err), port)
	p.fill()
	plots[host] = p
	return p
}

// fill makes the demonstration, and closes it.
func (p *plot) fill() {
	ctx := context.Background()
	w := &world{clock: &demo.Clock{}, log: &syncBuffer{}, url: p.url}
	w.clock.Set(now)
	w.db = must(store.Open(ctx, store.Config{Dir: p.data, Now: w.clock.Now}))
	must(0, w.db.Migrate(ctx))
	w.wire(must(keys.Init(p.keys, keys.Options{Now: now.Add(-demo.History - 24*time.Hour), Organization: "Passmuster", PublicURL: p.url, Demo: true})))
	p.sum = must(demo.Fill(ctx, demo.Services{DB: w.db, Clock: w.clock, Auth: w.s.Auth, Accredit: w.s.Accredit, Training: w.s.Training,
		Issue: w.s.Issue, Lifecycle: w.s.Lifecycle}, now, password))
	must(0, w.db.Close())
}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, dir := range ashes {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

// person is a browser without scripts.
type person struct {
	w    *world
	t    testing.TB
	http *http.Client
	lang string
	// What the last request came to.
	status int
	header http.Header
	path   string
	body   string
}

// visitor is somebody who is not signed in.
func (w *world) visitor(t testing.TB) *person {
	return &person{w: w, t: t, http: &http.Client{Jar: must(cookiejar.New(nil))}, lang: "en"}
}

// signIn opens the desk of an account.
func (w *world) signIn(t testing.TB, email string) *person {
	t.Helper()
	p := w.visitor(t)
	p.post("/signin", "email", email, "password", password)
	if p.status != http.StatusOK || strings.HasPrefix(p.path, "/signin") {
		t.Fatalf("%s is not signed in: %d at %s", email, p.status, p.path)
	}
	return p
}

// with is the same person in a part of the test.
func (p *person) with(t testing.TB) *person {
	q := *p
	q.t = t
	return &q
}

func (p *person) do(r *http.Request) *person {
	p.t.Helper()
	r.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	r.Header.Set("Accept-Language", p.lang)
	if r.Method == http.MethodPost {
		r.Header.Set("Origin", p.w.url)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	answer, err := p.http.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	p.status, p.header, p.path, p.body = answer.StatusCode, answer.Header, answer.Request.URL.RequestURI(), string(body)
	return p
}

func (p *person) get(path string) *person {
	p.t.Helper()
	return p.do(must(http.NewRequestWithContext(p.t.Context(), http.MethodGet, p.at(path), nil)))
}

func (p *person) at(path string) string {
	if strings.HasPrefix(path, "http") {
		return path
	}
	return p.w.url + path
}

// post sends a form of names and values, in turn, and follows the redirect.
func (p *person) post(path string, fields ...string) *person {
	p.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	return p.postForm(path, form)
}

func (p *person) postForm(path string, form url.Values) *person {
	p.t.Helper()
	r := must(http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.at(path), strings.NewReader(form.Encode())))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return p.do(r)
}

// want fails unless the answer has the status and all the texts.
func (p *person) want(status int, texts ...string) *person {
	p.t.Helper()
	if p.status != status {
		p.t.Fatalf("%s: status %d, want %d: %s", p.path, p.status, status, p.words())
	}
	for _, text := range texts {
		if !strings.Contains(p.body, text) {
			p.t.Errorf("%s does not say %q: %s", p.path, text, p.words())
		}
	}
	return p
}

// never fails if the answer has one of the texts.
func (p *person) never(texts ...string) *person {
	p.t.Helper()
	for _, text := range texts {
		if strings.Contains(p.body, text) {
			p.t.Errorf("%s says %q", p.path, text)
		}
	}
	return p
}

var (
	mainPart = regexp.MustCompile(`(?s)<main.*</main>`)
	tags     = regexp.MustCompile(`(?s)<[^>]*>`)
	blanks   = regexp.MustCompile(`\s+`)
)

// words is what a page says, for messages of tests.
func (p *person) words() string {
	text := mainPart.FindString(p.body)
	if text == "" {
		text = p.body
	}
	text = blanks.ReplaceAllString(tags.ReplaceAllString(text, " "), " ")
	if r := []rune(text); len(r) > 1500 {
		return string(r[:1500]) + "…"
	}
	return text
}

// find returns the first group of the pattern in the answer.
func (p *person) find(pattern string) string {
	p.t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(p.body)
	if m == nil {
		p.t.Fatalf("%s has nothing like %s: %s", p.path, pattern, p.words())
	}
	return m[len(m)-1]
}
