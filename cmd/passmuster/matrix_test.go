package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
)

// The matrix: every route of the program, tried by everybody. A route has a line
// in matrixroutes_test.go or matrixapi_test.go, which says what it takes to get
// past its door; who then gets past follows from the table of permissions, and is
// tried with an account of each role in the organization that the thing belongs
// to, with one of each role in another federation, with a trainer of other
// classes, with an account of no role and with none at all.

// door is what stands before a route.
type door struct {
	acts  []registry.Action // that the account must be allowed, any of them
	where string            // code of the organization that the thing belongs to; "": any will do
	own   bool              // a trainer only in his own class
	of    string            // the one who passes, by name
	kind  doorKind
}

type doorKind int

const (
	guarded  doorKind = iota // by the acts
	open                     // to everybody
	signedIn                 // to every account
	secret                   // the address or the form holds what nobody can guess
	listed                   // to every account, which sees in it what the act lets it see
)

var (
	anybody  = door{kind: open}
	staffers = door{kind: signedIn}
	bearer   = door{kind: secret}
)

// inClass is a door of the class's organization.
func inClass(act registry.Action) door {
	return door{acts: []registry.Action{act}, where: "SJZ-H"}
}

// asTrainer is a door that trainers of other classes do not pass.
func asTrainer(act registry.Action) door {
	return door{acts: []registry.Action{act}, where: "SJZ-H", own: true}
}

// inFederation is a door of the federation.
func inFederation(act registry.Action) door {
	return door{acts: []registry.Action{act}, where: "CVF"}
}

// somewhere is a door for everybody who may do one of the acts in any place.
func somewhere(acts ...registry.Action) door { return door{acts: acts} }

// lists is a door to a list that tells of the hospital only to whom the act is
// allowed there.
func lists(act registry.Action) door {
	return door{acts: []registry.Action{act}, where: "SJZ-H", kind: listed}
}

// onlyFor is a door for one.
func onlyFor(name string) door { return door{of: name} }

// route is one of the program's, with a request that is in order.
type route struct {
	request string // method and path as they are registered
	door    door
	body    string // a form, or JSON where it begins with "{"; "?a=b " before it: the query; "@file NAME TEXT" in it: an upload
	shows   string // of a list: what stands in it for whom the act is allowed
}

// allowed tells whether the table of permissions lets somebody do one of the acts
// of the door where it stands.
func (d door) allowed(who tried, path []registry.ID) bool {
	actor := who.actor
	if d.own && !who.own {
		actor.Grants = slices.DeleteFunc(slices.Clone(actor.Grants), func(g registry.Grant) bool { return g.Role == registry.RoleTrainer })
	}
	return slices.ContainsFunc(d.acts, func(act registry.Action) bool {
		if d.where == "" {
			return registry.CanSomewhere(actor, act)
		}
		return registry.Can(actor, act, path)
	})
}

// passes tells whether the door must open.
func (d door) passes(who tried, path []registry.ID) bool {
	switch {
	case d.kind == open:
		return true
	case who.none:
		return false
	case d.of != "":
		return d.of == who.name
	case d.kind == signedIn, d.kind == listed:
		return true
	}
	return d.allowed(who, path)
}

// abroad tells that somebody may do what the door guards, but nowhere that the
// thing is: a form that names it names for him what there is not.
func (d door) abroad(who tried, path []registry.ID) bool {
	return d.where != "" && slices.ContainsFunc(d.acts, func(act registry.Action) bool {
		return registry.CanSomewhere(who.actor, act) && !registry.Can(who.actor, act, path)
	})
}

func TestEveryDoorOpensToWhomItShould(t *testing.T) {
	b := newBuilding(t)
	all := slices.Concat(routes, apiRoutes)
	seen := map[string]bool{}
	for _, r := range all {
		if seen[r.request] {
			t.Errorf("%s stands twice in the matrix", r.request)
		}
		seen[r.request] = true
	}
	for _, request := range b.registered() {
		if !seen[request] {
			t.Errorf("%s is not in the matrix: say in matrixroutes_test.go or matrixapi_test.go who may pass", request)
		}
		delete(seen, request)
	}
	for request := range seen {
		t.Errorf("%s is in the matrix and not in the program", request)
	}
	t.Run("other sites", b.otherSites)
	t.Run("the put out", b.putOut)
	t.Run("private links", b.privateLinks)
	for _, r := range furtherDoors {
		t.Run("further "+strings.ReplaceAll(r.request, "/", "|"), func(t *testing.T) { b.try(t, r) })
	}
	for _, r := range all {
		t.Run(strings.ReplaceAll(r.request, "/", "|"), func(t *testing.T) {
			if r.door.kind == secret {
				b.guess(t, r)
			} else {
				b.try(t, r)
			}
		})
	}
}

// try sends those first who must not pass: what they are refused is still there.
// Of the others somebody must get what he asks for; once it is done, the next may
// be told so.
func (b *building) try(t *testing.T, r route) {
	path := b.paths[r.door.where]
	through, last := false, answer{}
	for _, pass := range []bool{false, true} {
		for _, who := range b.people {
			if r.door.passes(who, path) != pass {
				continue
			}
			got := b.ask(t, who, r, b.things)
			refused := got.refused() || !pass && got.status == http.StatusUnprocessableEntity && r.door.abroad(who, path)
			if pass && through && got.status == http.StatusNotFound { // another did it: it is no longer there
				refused = false
			}
			if refused == pass {
				t.Errorf("%s: %s, want it %s", who.name, got, map[bool]string{true: "to pass", false: "refused"}[pass])
			}
			if r.door.kind == listed && !who.none && strings.Contains(got.body, b.things.Replace(r.shows)) != r.door.allowed(who, path) {
				t.Errorf("%s: %s, the list shows what is the hospital's: %v, want %v", who.name, got, !r.door.allowed(who, path), r.door.allowed(who, path))
			}
			if pass {
				through, last = through || got.through(), got
			}
		}
	}
	if !through {
		t.Errorf("the request is not in order: %s\n%.600s", last, last.body)
	}
	if method, _, _ := strings.Cut(r.request, " "); method == http.MethodGet && b.heads[r.request] {
		b.head(t, r)
	}
}

// head asks with HEAD: it tells nobody more than GET.
func (b *building) head(t *testing.T, r route) {
	h := r
	h.request = strings.Replace(r.request, http.MethodGet, http.MethodHead, 1)
	for _, who := range b.people[len(b.people)-3:] {
		got := b.ask(t, who, h, b.things)
		if got.refused() == r.door.passes(who, b.paths[r.door.where]) {
			t.Errorf("HEAD, %s: %s", who.name, got)
		}
		if got.body != "" {
			t.Errorf("HEAD, %s: an answer with a body", who.name)
		}
	}
}

// guess tries a secret that nobody has, and then the true one, without an
// account.
func (b *building) guess(t *testing.T, r route) {
	nobody := b.people[len(b.people)-1]
	wrong := r
	const none = "0123456789abcdefghjkmnpqrstvwxyz"
	for _, name := range []string{":token", ":code"} {
		wrong.request = strings.ReplaceAll(wrong.request, name, none)
	}
	wrong.body = strings.NewReplacer("{ticket}", none, matrixPassword, none, "{phone}", "0000").Replace(wrong.body)
	if got := b.ask(t, nobody, wrong, b.things); !got.refused() {
		t.Errorf("a guess: %s, want it refused", got)
	}
	if got := b.ask(t, nobody, r, b.things); got.refused() || !got.through() {
		t.Errorf("the true secret: %s, want it to pass\n%.600s", got, got.body)
	}
}

// answer is what came back.
type answer struct {
	status int
	at     string // where a redirect leads
	body   string
}

func (a answer) String() string { return strings.TrimSpace(strconv.Itoa(a.status) + " " + a.at) }

// refused tells that somebody was not let in. A recorder's acts are refused one by
// one.
func (a answer) refused() bool {
	switch a.status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound:
		return true
	}
	return strings.HasPrefix(a.at, "/signin?") || strings.Contains(a.body, `"result":"refused"`)
}

// through tells that the request was one to be done, or was done a moment ago.
func (a answer) through() bool {
	return !a.refused() && (a.status < http.StatusBadRequest || a.status == http.StatusConflict)
}

// send makes the request with real things in its path, and returns the status
// and where a redirect leads.
func (b *building) send(t *testing.T, who tried, method, path, body string) (status int, at string) {
	t.Helper()
	got := b.ask(t, who, route{request: method + " " + path, body: body}, b.things)
	return got.status, got.at
}

// ask makes the request of the route. Where an edit must name what was seen, the
// federation has looked.
func (b *building) ask(t *testing.T, who tried, r route, things *strings.Replacer) answer {
	t.Helper()
	method, path, body, kind := b.request(t, r, things)
	request, err := http.NewRequestWithContext(t.Context(), method, b.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", "text/html, application/json;q=0.9, */*;q=0.8")
	if strings.HasPrefix(path, "/api/") {
		request.Header.Set("Accept", "application/json, */*;q=0.8")
	}
	request.Header.Set("Sec-Fetch-Site", cmp.Or(who.site, "same-origin"))
	if who.origin != "" {
		request.Header.Set("Origin", who.origin)
		request.Header.Del("Sec-Fetch-Site")
	}
	if body != "" {
		request.Header.Set("Content-Type", kind)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, Timeout: time.Minute}
	if strings.HasPrefix(path, "/api/") {
		if who.token != "" {
			request.Header.Set("Authorization", "Bearer "+who.token)
		}
		if method == http.MethodPatch || method == http.MethodPut {
			request.Header.Set("If-Match", b.tag(t, path))
		}
	} else {
		client.Jar = who.jar
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, 4<<20))
	if err != nil && !strings.Contains(response.Header.Get("Content-Type"), "event-stream") {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	got := answer{response.StatusCode, response.Header.Get("Location"), string(text)}
	if got.status >= http.StatusInternalServerError {
		t.Errorf("%s: %s\n%.400s", who.name, got, got.body)
	}
	return got
}

// request puts things and numbers into a route.
func (b *building) request(t *testing.T, r route, things *strings.Replacer) (method, path, body, kind string) {
	t.Helper()
	b.asked++
	n := strconv.Itoa(b.asked)
	method, path, _ = strings.Cut(r.request, " ")
	path, body, kind = things.Replace(path), strings.ReplaceAll(things.Replace(r.body), "{n}", n), "application/x-www-form-urlencoded"
	if query, rest, _ := strings.Cut(body, " "); strings.HasPrefix(query, "?") {
		body = rest
		if strings.Contains(path, "?") {
			query = "&" + query[1:]
		}
		path += query
	}
	fields, file, upload := strings.Cut(body, "@file ")
	switch {
	case strings.HasPrefix(body, "{"):
		kind = "application/json"
	case upload:
		body, kind = form(t, fields, file)
	default: // as a browser would write it
		values, err := url.ParseQuery(body)
		if err != nil {
			t.Fatal(err)
		}
		body = values.Encode()
	}
	return method, path, body, kind
}

// form is one with a file, "NAME TEXT".
func form(t *testing.T, fields, file string) (body, kind string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	values, err := url.ParseQuery(fields)
	for name := range values {
		if err == nil {
			err = w.WriteField(name, values.Get(name))
		}
	}
	name, text, _ := strings.Cut(file, " ")
	part, fault := w.CreateFormFile("file", name)
	if fault == nil {
		_, fault = io.WriteString(part, text)
	}
	if err != nil || fault != nil || w.Close() != nil {
		t.Fatal("cannot write the form")
	}
	return b.String(), w.FormDataContentType()
}

// tag is that of what an edit is about.
func (b *building) tag(t *testing.T, path string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.url+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+b.who("federation at home").token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	return cmp.Or(response.Header.Get("ETag"), `"v1"`)
}

// registered lists the routes that the program has, and notes which answer HEAD.
func (b *building) registered() []string {
	_, engine, err := b.a.faces()
	b.must(err)
	var list []string
	b.heads = map[string]bool{}
	for _, r := range engine.Routes() {
		if r.Method == http.MethodHead {
			b.heads[fmt.Sprintf("%s %s", http.MethodGet, r.Path)] = true
			continue
		}
		list = append(list, r.Method+" "+r.Path)
	}
	return list
}
