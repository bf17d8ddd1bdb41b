package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store/storetest"
	"github.com/passmuster/passmuster/internal/testkit"
)

// loss is something of the registry that is taken away while it serves.
type loss struct {
	name  string
	store bool // nobody knows any more what was issued
	do    func(t *testing.T, d demonstration)
}

// losses of a registry on SQLite. PostgreSQL's are in postgres_test.go.
var losses = []loss{
	{"the database is gone", true, func(t *testing.T, d demonstration) { hide(t, d.Data, "passmuster.db") }},
	{"the database is damaged", true, func(t *testing.T, d demonstration) { spoil(t, filepath.Join(d.Data, "passmuster.db")) }},
	{"the keys are gone", false, func(t *testing.T, d demonstration) { hide(t, d.Data, "keys") }},
	{"the list of keys is gone", false, func(t *testing.T, d demonstration) { hide(t, filepath.Join(d.Data, "keys"), "keys.json") }},
	{"the list of keys is damaged", false, func(t *testing.T, d demonstration) {
		if err := os.WriteFile(filepath.Join(d.Data, "keys", "keys.json"), []byte("{}"), 0o600); err != nil {
			t.Fatal(err)
		}
	}},
}

func hide(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.Rename(filepath.Join(dir, name), filepath.Join(dir, name+".away")); err != nil {
		t.Fatal(err)
	}
}

// spoil leaves the header of a database and nothing behind it.
func spoil(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(bytes.Repeat([]byte{0xA5}, int(info.Size())-4096), 4096); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for _, more := range []string{"-wal", "-shm"} {
		_ = os.Truncate(path+more, 0)
	}
}

// doorway is one way to ask about a certificate, and what came back.
type doorway struct {
	name, body string
	status     int
	header     http.Header
	page       bool
}

// everyWay asks the server about a valid certificate through each of its doors.
func everyWay(t *testing.T, s *served, d demonstration, pdf []byte) (list []doorway) {
	t.Helper()
	valid := code(d.Links[registry.StatusValid][0])
	json := []string{"Content-Type", "application/json", "Accept", "application/json"}
	add := func(name, method, path string, body []byte, header ...string) {
		status, h, b := s.do(method, path, body, append(header, "Accept-Language", "en")...)
		list = append(list, doorway{name, string(b), status, h, strings.HasPrefix(h.Get("Content-Type"), "text/html")})
	}
	add("JSON", "GET", "/api/v1/verify/"+valid, nil)
	add("page", "GET", "/v/"+valid, nil, "Accept", "text/html")
	add("page as JSON", "GET", "/v/"+valid, nil, "Accept", "application/json")
	add("code posted", "POST", "/api/v1/verify", []byte(fmt.Sprintf(`{"code":%q}`, valid)), json...)
	add("QR posted", "POST", "/api/v1/verify", []byte(fmt.Sprintf(`{"qr":%q}`, d.QR)), json...)
	add("number and name", "POST", "/api/v1/verify", []byte(fmt.Sprintf(`{"number":%q,"name":%q}`, d.Number, d.Name)), json...)
	form := []string{"Content-Type", "application/x-www-form-urlencoded", "Accept", "text/html", "Sec-Fetch-Site", "same-origin"}
	add("form", "POST", "/verify", []byte("number="+d.Number+"&name="+d.Name), form...)
	boundary := "demo-boundary"
	part := "--" + boundary + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x.pdf\"\r\nContent-Type: application/pdf\r\n\r\n" + string(pdf) + "\r\n--" + boundary + "--\r\n"
	add("file", "POST", "/api/v1/verify/file", []byte(part), "Content-Type", "multipart/form-data; boundary="+boundary, "Accept", "application/json")
	add("list", "POST", "/api/v1/verify/list", []byte(fmt.Sprintf(`{"codes":[%q,%q]}`, valid, d.QR)), json...)
	return list
}

// yes tells that an answer of any kind says that the certificate holds.
func (a doorway) yes() bool {
	if a.page {
		return strings.Contains(a.body, `class="band yes"`) || strings.Contains(a.body, `class="band attended"`)
	}
	return strings.Contains(a.body, `"verdict":"yes"`) || strings.Contains(a.body, `"status":"valid"`) || strings.Contains(a.body, `"status":"expiring"`)
}

// inner are words of what lies behind an answer; nobody is shown them.
var inner = []string{"sql", "goroutine", "panic", ".go:", "passmuster.db", "keys.json", "pgx", "postgres", "no such file", "malformed disk"}

func (a doorway) tells() string {
	text := strings.ToLower(a.body)
	for _, word := range inner {
		if strings.Contains(text, word) {
			return word
		}
	}
	return ""
}

// TestNothingThatIsMissingEverMakesAYes takes away what answers rest on, while
// the registry serves, and asks through every door. What was published before
// may still be had: it is signed, and says itself how old it is.
func TestNothingThatIsMissingEverMakesAYes(t *testing.T) {
	whole := newDemo(t, freeAddr(t))
	for _, f := range losses {
		t.Run(f.name, func(t *testing.T) {
			d := whole
			d.Data = filepath.Join(t.TempDir(), "demo")
			if out, err := exec.Command(testkit.Tool(t, "cp"), "-a", whole.Data, d.Data).CombinedOutput(); err != nil { // with the modes of the key files
				t.Fatalf("%v: %s", err, out)
			}
			s := serveDemo(t, d)
			defer s.stop()
			walkFault(t, s, d, func() { f.do(t, d) }, nil)
			neverIssued(t, s, f.store)
		})
	}
}

// TestADatabaseFileThatIsPutBackWaitsForARestart takes the file away under the
// server and puts back the same, or a copy. The server says what
// is to be done, and answers from none of them before it is started again.
func TestADatabaseFileThatIsPutBackWaitsForARestart(t *testing.T) {
	d := newDemo(t, freeAddr(t))
	path := filepath.Join(d.Data, "passmuster.db")
	ask := "/api/v1/verify/" + code(d.Links[registry.StatusValid][0])
	for what, put := range map[string]func() error{
		"the same file": func() error { return os.Rename(path+".away", path) },
		"a copy of it": func() error {
			b, err := os.ReadFile(path + ".away")
			return errors.Join(err, os.WriteFile(path, b, 0o600))
		},
	} {
		s := serveDemo(t, d)
		hide(t, d.Data, "passmuster.db")
		settle(t, s, d)
		if err := put(); err != nil {
			t.Fatal(err)
		}
		status, _, body := s.get("/readyz", "Accept-Language", "en")
		if status != http.StatusServiceUnavailable || !bytes.Contains(body, []byte("store.lost")) || !bytes.Contains(body, []byte("start the program again")) {
			t.Errorf("%s: /readyz: %d %s", what, status, body)
		}
		if status, _, body := s.get(ask); status != http.StatusServiceUnavailable || !isStatus(body, registry.StatusCouldNotCheck) {
			t.Errorf("%s is answered from: %d %s", what, status, body)
		}
		if status, _, _ := s.get("/healthz"); status != http.StatusOK {
			t.Errorf("%s: /healthz: %d", what, status)
		}
		s.stop()
		if !strings.Contains(s.log.String(), "nothing is answered until a restart") {
			t.Errorf("%s: the log does not say what to do:\n%s", what, s.log)
		}
		s = serveDemo(t, d)
		if status, _, body := s.get(ask); status != http.StatusOK || !isStatus(body, registry.StatusValid) {
			t.Errorf("%s, after the restart: %d %s", what, status, body)
		}
		s.stop()
	}
}

// walkFault asks everywhere, takes something away, and asks everywhere again.
func walkFault(t *testing.T, s *served, d demonstration, take func(), env []string) {
	t.Helper()
	token := strings.TrimPrefix(d.Holder[strings.Index(d.Holder, "/my/"):], "/my/")
	_, _, pdf := s.get("/my/" + token + "/certificate.pdf")
	for _, a := range everyWay(t, s, d, pdf) {
		if a.status != http.StatusOK || !a.yes() {
			t.Errorf("before: %s: %d %.300s", a.name, a.status, a.body)
		}
	}
	before := map[string][]byte{}
	for _, path := range []string{"/trust", "/bundle", "/status/1", "/pki/root.pem"} {
		_, _, before[path] = s.get(path)
	}
	take()
	settle(t, s, d)
	for _, a := range everyWay(t, s, d, pdf) {
		switch {
		case a.yes():
			t.Errorf("%s says yes: %.300s", a.name, a.body)
		case a.status != http.StatusServiceUnavailable && a.name != "list":
			t.Errorf("%s: %d, want 503: %.300s", a.name, a.status, a.body)
		case a.status == http.StatusServiceUnavailable && a.header.Get("Retry-After") == "":
			t.Errorf("%s says not when to ask again", a.name)
		case a.tells() != "":
			t.Errorf("%s tells of %q: %.300s", a.name, a.tells(), a.body)
		case a.page && !strings.Contains(a.body, "COULD NOT CHECK"):
			t.Errorf("%s: %.600s", a.name, a.body)
		case !a.page && !strings.Contains(a.body, "could_not_check") && !strings.Contains(a.body, "unavailable"):
			t.Errorf("%s: %.300s", a.name, a.body)
		}
	}
	for path, want := range before {
		status, header, body := s.get(path)
		if status == http.StatusOK && !bytes.Equal(body, want) && path != "/trust" && path != "/bundle" && path != "/status/1" {
			t.Errorf("%s changed", path)
		}
		if status != http.StatusOK && status != http.StatusServiceUnavailable || (doorway{body: string(body)}).tells() != "" && status != http.StatusOK {
			t.Errorf("%s: %d %v", path, status, header)
		}
	}
	commandLine(t, d, before, env)
}

// neverIssued asks for a code that nobody was given. That it was not issued is
// the store's to say and needs no key; without the store nobody knows.
func neverIssued(t *testing.T, s *served, lost bool) {
	t.Helper()
	want, status := registry.StatusNotFound, http.StatusNotFound
	if lost {
		want, status = registry.StatusCouldNotCheck, http.StatusServiceUnavailable
	}
	none := string(registry.NewCode([10]byte{9, 8, 7, 6, 5, 4, 3, 2, 1}))
	for path, body := range map[string]string{"/api/v1/verify/" + none: "", "/api/v1/verify": `{"code":"` + none + `"}`} {
		method := http.MethodGet
		if body != "" {
			method = http.MethodPost
		}
		got, _, answer := s.do(method, path, []byte(body), "Content-Type", "application/json")
		if got != status || !isStatus(answer, want) {
			t.Errorf("a code that was never issued: %d %.300s, want %d %s", got, answer, status, want)
		}
	}
}

// settle waits until the server has noticed: by itself, within its lease.
func settle(t *testing.T, s *served, d demonstration) {
	t.Helper()
	start := time.Now()
	for time.Since(start) < 30*time.Second {
		status, _, _ := s.get("/api/v1/verify/" + code(d.Links[registry.StatusValid][0]))
		if status == http.StatusServiceUnavailable {
			t.Logf("noticed after %d ms", time.Since(start).Milliseconds())
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Error("not noticed within 30 s")
}

// commandLine asks the program beside the broken registry, and from a laptop
// that has the published files.
func commandLine(t *testing.T, d demonstration, published map[string][]byte, env []string) {
	t.Helper()
	valid := code(d.Links[registry.StatusValid][0])
	for _, in := range []string{valid, d.QR} {
		r := passmusterIn(t, d.Data, "", env, "verify", "--json", in)
		if r.code != exitUnknown || !strings.Contains(r.out+r.err, "could") && !strings.Contains(r.out+r.err, "Could") {
			t.Errorf("verify beside it: exit %d\n%s%s", r.code, r.out, r.err)
		}
		if strings.Contains(r.err, "goroutine") {
			t.Errorf("verify beside it: %s", r.err)
		}
	}
	nowhere := filepath.Join(t.TempDir(), "none")
	root := file(t, "root.pem", published["/pki/root.pem"])
	offline := func(list, bundle []byte) ran {
		return passmuster(t, nowhere, "verify", "--offline", "--json", "--root", root, "--trust", file(t, "trust", list), "--bundle", file(t, "bundle", bundle), d.QR)
	}
	if r := offline(published["/trust"], published["/bundle"]); r.code != exitOK {
		t.Errorf("with what was published before: exit %d\n%s%s", r.code, r.out, r.err)
	}
	for what, r := range map[string]ran{
		"a damaged trust list": offline(damaged(published["/trust"]), published["/bundle"]),
		"a damaged bundle":     offline(published["/trust"], damaged(published["/bundle"])),
		"half a bundle":        offline(published["/trust"], published["/bundle"][:len(published["/bundle"])/2]),
		"an empty bundle":      offline(published["/trust"], nil),
	} {
		var a registry.Answer
		if err := json.Unmarshal([]byte(r.out), &a); err != nil || r.code != exitUnknown || a.Status != registry.StatusCouldNotCheck {
			t.Errorf("%s: exit %d, %v\n%s%s", what, r.code, err, r.out, r.err)
		}
	}
}

func damaged(b []byte) []byte {
	c := bytes.Clone(b)
	c[len(c)/2] ^= 1
	return c
}

// gate stands between the program and a database server, and can be shut.
type gate struct {
	net.Listener
	mu    sync.Mutex
	to    string
	shut  bool
	conns map[net.Conn]bool
}

// newGate returns the connection string that leads through it.
func newGate(t *testing.T, dsn string) (*gate, string) {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{Listener: l, to: u.Host, conns: map[net.Conn]bool{}}
	u.Host = l.Addr().String()
	go g.run()
	t.Cleanup(func() { _ = l.Close() })
	return g, u.String()
}

func (g *gate) run() {
	for {
		in, err := g.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", g.to)
		if err != nil || !g.keep(in, out) {
			_ = in.Close()
			continue
		}
		go func() { _, _ = io.Copy(out, in); _ = out.Close() }()
		go func() { _, _ = io.Copy(in, out); _ = in.Close() }()
	}
}

func (g *gate) keep(list ...net.Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range list {
		g.conns[c] = true
		if g.shut {
			_ = c.Close()
		}
	}
	return !g.shut
}

// set shuts the gate, with whoever is inside, or opens it again.
func (g *gate) set(shut bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = shut
	for c := range g.conns {
		if shut {
			_ = c.Close()
		}
	}
}

// TestADatabaseServerThatStopsMakesNoYes is the same on PostgreSQL; when it is
// back, answers are.
func TestADatabaseServerThatStopsMakesNoYes(t *testing.T) {
	g, dsn := newGate(t, storetest.Postgres(t))
	env := []string{"PASSMUSTER_DATABASE=" + dsn}
	d := newDemo(t, freeAddr(t), env...)
	s := serveDemo(t, d, env...)
	walkFault(t, s, d, func() { g.set(true) }, env)
	neverIssued(t, s, true)
	g.set(false)
	for start := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		status, _, body := s.get("/api/v1/verify/" + code(d.Links[registry.StatusValid][0]))
		if status == http.StatusOK && isStatus(body, registry.StatusValid) {
			t.Logf("answers again after %d ms", time.Since(start).Milliseconds())
			return
		}
		if time.Since(start) > 30*time.Second {
			t.Fatalf("no answer 30 s after the server is back: %d %s", status, body)
		}
	}
}

// TestPublishedFilesServeFromAnyPlace writes them to a directory and verifies
// from there, with the registry gone.
func TestPublishedFilesServeFromAnyPlace(t *testing.T) {
	d := newDemo(t, freeAddr(t))
	dir := t.TempDir()
	var first, again published
	for _, doc := range []*published{&first, &again} {
		if err := json.Unmarshal([]byte(must(t, d.Data, "publish", dir, "--json")), doc); err != nil {
			t.Fatal(err)
		}
	}
	if first.Files < 12 || first.Written != first.Files || again.Written > 3 { // a revocation list of the PKI is dated anew
		t.Errorf("written first %+v, again %+v", first, again)
	}
	for _, name := range []string{"trust/newest", "bundle/newest", "status/1", "status/1-suspension", ".well-known/jwks.json", ".well-known/did.json", "issuers/CVF", "pki/root.pem",
		"pki/issuer.crl", "published.json"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 || info.Mode().Perm()&0o044 != 0o044 {
			t.Errorf("%s: %v", name, err)
		}
	}
	s := serveDemo(t, d)
	for path, name := range map[string]string{"/trust": "trust/newest", "/bundle": "bundle/newest", "/status/1": "status/1", "/published.json": "published.json", "/issuers/CVF": "issuers/CVF",
		"/.well-known/did.json": ".well-known/did.json"} {
		want, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		status, h, body := s.get(path)
		if status != http.StatusOK || !bytes.Equal(body, want) || h.Get("ETag") == "" || h.Get("Content-Length") != strconv.Itoa(len(body)) || h.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s is served otherwise: %d %v", path, status, h)
		}
		if status, _, body := s.get(path, "If-None-Match", h.Get("ETag")); status != http.StatusNotModified || len(body) > 0 {
			t.Errorf("%s again: %d", path, status)
		}
		if at := h.Get("Content-Location"); at != "" {
			if _, fixed, same := s.get(at); !bytes.Equal(same, want) || !strings.Contains(fixed.Get("Cache-Control"), "immutable") {
				t.Errorf("%s: %v", at, fixed)
			}
			if body, err := os.ReadFile(filepath.Join(dir, at)); err != nil || !bytes.Equal(body, want) {
				t.Errorf("%s in the directory: %v", at, err)
			}
		}
	}
	s.stop()
	if err := os.RemoveAll(d.Data); err != nil {
		t.Fatal(err)
	}
	r := passmuster(t, filepath.Join(t.TempDir(), "none"), "verify", "--offline", "--json", "--root", filepath.Join(dir, "pki", "root.pem"),
		"--trust", filepath.Join(dir, "trust", "newest"), "--bundle", filepath.Join(dir, "bundle", "newest"), d.QR)
	if r.code != exitOK {
		t.Errorf("from the directory: exit %d\n%s%s", r.code, r.out, r.err)
	}
	if r := passmuster(t, filepath.Join(t.TempDir(), "none"), "publish", t.TempDir()); r.code != exitUnknown {
		t.Errorf("without a registry: exit %d\n%s%s", r.code, r.out, r.err)
	}
}
