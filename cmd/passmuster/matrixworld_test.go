package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/auth"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// tried is somebody who tries.
type tried struct {
	name  string
	id    registry.ID // account
	actor registry.Actor
	token string
	jar   http.CookieJar
	own   bool // teaches the class
	none  bool // has no account

	site, origin string // whose page sends the request; "": our own
}

// building is the served program with all who try its doors.
type building struct {
	t        *testing.T
	a        *app
	url      string
	planted  int                      // classes
	asked    int                      // requests
	password string                   // of the accounts of the demonstration
	paths    map[string][]registry.ID // of organizations, by code
	people   []tried
	heads    map[string]bool // routes that answer HEAD
	things   *strings.Replacer
}

// newBuilding serves a demonstration with one account of each role at home and
// abroad.
func newBuilding(t *testing.T) *building {
	t.Helper()
	d := newDemo(t, freeAddr(t))
	e := &env{ctx: t.Context(), cli: &cli{}, out: io.Discard, err: os.Stderr, getenv: func(string) string { return "" }}
	e.cli.Data, e.cli.Addr, e.cli.Log = d.Data, strings.TrimPrefix(d.Address, "http://"), "error"
	a, err := e.open(opening{serving: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.close)
	handler, err := a.handler()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	b := &building{t: t, a: a, url: server.URL, password: d.Password, paths: map[string][]registry.ID{}, things: strings.NewReplacer()}
	b.must(a.db.Read(t.Context(), func(tx *store.Tx) error {
		for _, code := range []string{"SJZ-H", "MSK-H", "CVF", "MV"} {
			o, err := tx.OrganizationByCode(t.Context(), code)
			if err != nil {
				return err
			}
			if b.paths[code], err = access.Path(t.Context(), tx, o.ID); err != nil {
				return err
			}
		}
		return nil
	}))
	b.staff()
	b.plant()
	return b
}

func (b *building) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

const matrixPassword = "a long enough password"

// staff makes an account of each role in the hospital that the things belong to,
// and one of each in another federation.
func (b *building) staff() {
	trainer := b.byEmail("trainer-sjz@demo.example")
	for _, role := range registry.Roles {
		home := "SJZ-H"
		if role == registry.RoleFederation || role == registry.RoleRegion {
			home = "CVF"
		}
		person := b.person(string(role) + " DEMO")
		if role == registry.RoleTrainer {
			person = trainer.Person
		}
		b.people = append(b.people, b.account(string(role)+" at home", person, registry.Grant{Role: role, Org: b.paths[home][0]}))
		abroad := map[string]string{"SJZ-H": "MSK-H", "CVF": "MV"}[home]
		b.people = append(b.people, b.account(string(role)+" abroad", b.person("abroad DEMO"), registry.Grant{Role: role, Org: b.paths[abroad][0]}))
	}
	b.people = append(b.people, b.account("trainer of other classes", b.person("other DEMO"), registry.Grant{Role: registry.RoleTrainer, Org: b.paths["SJZ-H"][0]}),
		b.account("account of no role", ""), tried{name: "nobody", none: true})
	b.people[0].own = true // the first role is the trainer's
}

func (b *building) byEmail(email string) registry.Account {
	account, err := b.a.byEmail(b.t.Context(), email)
	b.must(err)
	return account
}

// who finds somebody by his name.
func (b *building) who(name string) tried {
	b.t.Helper()
	for _, who := range b.people {
		if who.name == name {
			return who
		}
	}
	b.t.Fatalf("there is no %s", name)
	return tried{}
}

// person makes somebody: four eyes count persons.
func (b *building) person(name string) registry.ID {
	p := registry.Person{ID: store.NewID(), Name: name, NameKey: registry.NameKey(name), Demo: true, Version: 1}
	b.must(b.a.db.Tx(b.t.Context(), func(tx *store.Tx) error {
		if err := tx.AddPerson(b.t.Context(), p); err != nil {
			return err
		}
		return tx.Audit(b.t.Context(), store.Act{Actor: access.System.Account, Action: "person.add", ObjectType: "person", Object: p.ID, At: b.a.clock.Now()})
	}))
	return p.ID
}

// account makes one, with its token and its session.
func (b *building) account(name string, person registry.ID, grants ...registry.Grant) tried {
	b.t.Helper()
	email := strings.ReplaceAll(name, " ", "-") + "@demo.example"
	var made registry.Account
	b.must(b.a.db.Tx(b.t.Context(), func(tx *store.Tx) (err error) {
		made, err = b.a.auth.Create(b.t.Context(), tx, access.System, registry.Account{Email: email, Name: name + " DEMO", Person: person, Grants: grants}, matrixPassword)
		return err
	}))
	token, err := b.a.auth.Token(made, auth.TokenLife)
	b.must(err)
	jar, err := cookiejar.New(nil)
	b.must(err)
	who := tried{name: name, id: made.ID, actor: made.Actor(), token: token, jar: jar}
	form := url.Values{"email": {email}, "password": {matrixPassword}}
	if status, at := b.send(b.t, who, http.MethodPost, "/signin", form.Encode()); status != http.StatusSeeOther {
		b.t.Fatalf("%s cannot sign in: %d %s", name, status, at)
	}
	return who
}

// otherSites sends every form from a page of another site, with the cookies of
// somebody who may do everything.
func (b *building) otherSites(t *testing.T) {
	for _, from := range []struct{ site, origin string }{{site: "cross-site"}, {site: "same-site"}, {origin: "https://elsewhere.example"}, {origin: "null"}} {
		who := b.who("federation at home")
		who.site, who.origin = from.site, from.origin
		for _, r := range routes {
			if method, _, _ := strings.Cut(r.request, " "); method == http.MethodGet {
				continue
			}
			if got := b.ask(t, who, r, b.things); got.status != http.StatusForbidden {
				t.Errorf("%s from %v: %s, want 403", r.request, from, got)
			}
		}
	}
}

// guardedRoutes stand for all that ask who is there.
var guardedRoutes = []route{
	{request: "GET /staff"},
	{request: "GET /t/classes/:id"},
	{request: "POST /t/classes/:id/enrolments", body: "name=王芳 DEMO&agreed=王芳 DEMO&id_type=volunteer&id=DEMO-88{n}"},
	{request: "GET /registry/users"},
	{request: "GET /registry/credentials/:number/certificate.pdf"},
	{request: "GET /jobs/:id/events"},
	{request: "GET /api/v1/me"},
	{request: "GET /api/v1/classes/:id"},
	{request: "POST /api/v1/classes/:id/enrolments", body: `{"people":[{"name":"王芳","id_type":"volunteer","id":"DEMO-88{n}"}]}`},
	{request: "GET /api/v1/credentials/:number/certificate.pdf"},
	{request: "GET /api/v1/jobs/:id"},
}

// putOut tries what is left of an account to somebody whose roles were taken
// away, whose account was disabled, who signed out, or whose token is not one of
// ours that lasts.
func (b *building) putOut(t *testing.T) {
	ctx := t.Context()
	federation := registry.Grant{Role: registry.RoleFederation, Org: b.paths["CVF"][0]}
	none := func(who tried) {
		b.must(b.a.db.Tx(ctx, func(tx *store.Tx) error {
			a, err := tx.Account(ctx, who.id)
			if err != nil {
				return err
			}
			a.Grants = nil
			if _, err = tx.SaveAccount(ctx, a); err != nil {
				return err
			}
			return tx.Audit(ctx, store.Act{Actor: access.System.Account, Action: "account.withdraw", ObjectType: "account", Object: a.ID, At: b.a.clock.Now()})
		}))
	}
	disabled := func(who tried) {
		_, err := b.a.auth.SetStatus(ctx, b.who("federation at home").actor, who.id, registry.AccountDisabled)
		b.must(err)
	}
	signedOut := func(who tried) {
		kept, err := cookiejar.New(nil)
		b.must(err)
		home, err := url.Parse(b.url)
		b.must(err)
		kept.SetCookies(home, who.jar.Cookies(home))
		who.jar = kept // the cookie that somebody wrote down; signing out takes it from the browser alone
		if status, _ := b.send(t, who, http.MethodPost, "/signout", ""); status != http.StatusSeeOther {
			t.Fatalf("sign out: %d", status)
		}
	}
	for i, c := range []struct {
		name string
		out  func(tried)
		left []string // what is one's own, not a role's
	}{
		{"without roles", none, []string{"GET /staff", "GET /api/v1/me"}},
		{"disabled", disabled, nil},
		{"signed out", signedOut, nil},
	} {
		who := b.account(fmt.Sprintf("put out %d", i), b.person("put out DEMO"), federation)
		for _, r := range guardedRoutes {
			if got := b.ask(t, who, r, b.things); !got.through() {
				t.Fatalf("before: %s: %s", r.request, got)
			}
		}
		c.out(who)
		for _, r := range guardedRoutes {
			api := strings.Contains(r.request, " /api/")
			if strings.Contains(strings.Join(c.left, ","), r.request) || c.name == "signed out" && api { // a token is no session
				continue
			}
			if got := b.ask(t, who, r, b.things); !got.refused() {
				t.Errorf("%s: %s: %s, want it refused", c.name, r.request, got)
			}
		}
	}
	b.badTokens(t)
}

// badTokens tries access tokens that are over, were made by somebody else, or say
// something else than what was signed.
func (b *building) badTokens(t *testing.T) {
	who := b.who("federation at home")
	var account registry.Account
	b.must(b.a.db.Read(t.Context(), func(tx *store.Tx) (err error) { account, err = tx.Account(t.Context(), who.id); return err }))
	over, err := b.a.auth.Token(account, -time.Minute)
	b.must(err)
	part := strings.Split(who.token, ".")
	other := strings.Split(b.who("region at home").token, ".")
	for name, token := range map[string]string{
		"over":            over,
		"of another key":  part[0] + "." + part[1] + "." + signedElsewhere(t, part[0]+"."+part[1]),
		"of another name": part[0] + "." + part[1] + "." + other[2],
		"unsigned":        unsignedHeader + "." + part[1] + ".",
		"nonsense":        "x.y.z",
	} {
		who.token = token
		for _, r := range guardedRoutes {
			if !strings.Contains(r.request, " /api/") {
				continue
			}
			if got := b.ask(t, who, r, b.things); got.status != http.StatusUnauthorized {
				t.Errorf("a token %s: %s: %s, want 401", name, r.request, got)
			}
		}
	}
}

// furtherDoors stand inside routes of the matrix: what is asked for opens them.
var furtherDoors = []route{
	{"POST /registry/credentials/export", somewhere(registry.ExportPersonal), "format=csv&whole=1&reason=DEMO list for the hospital", ""},
	{"POST /registry/credentials/:number/correct", inClass(registry.RevokeAction), "name=欧阳娜娜 DEMO&correct_reason=DEMO", ""},
}

// linkPages show private links of holders.
var linkPages = []route{
	{"GET /registry/classes/:id", asTrainer(registry.EnrolPerson), "", "{holder}"},
	{"GET /registry/credentials/:number", asTrainer(registry.EnrolPerson), "", "{holder}"},
	{"GET /api/v1/classes/:id/enrolments", asTrainer(registry.EnrolPerson), "", "{member}"},
}

// privateLinks looks who is shown them: whoever has one has the certificate.
func (b *building) privateLinks(t *testing.T) {
	for _, r := range linkPages {
		for _, who := range b.people {
			want := r.door.allowed(who, b.paths[r.door.where])
			if got := b.ask(t, who, r, b.things); strings.Contains(got.body, b.things.Replace(r.shows)) != want {
				t.Errorf("%s: %s: %s: the link is shown: %v, want %v", r.request, who.name, got, !want, want)
			}
		}
	}
}
