package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/demo"
)

func TestSignIn(t *testing.T) {
	w := newWorld(t)
	t.Run("wrong and unknown get the same answer", func(t *testing.T) {
		wrong := w.visitor(t).post("/signin", "email", demo.TrainerEmail, "password", "not this one").want(401, "E-mail address or password is wrong")
		unknown := w.visitor(t).post("/signin", "email", "nobody@demo.example", "password", "not this one").want(401)
		if wrong.words() != unknown.words() {
			t.Errorf("the answers differ: %s\n%s", wrong.words(), unknown.words())
		}
		wrong.never("not this one").want(401, `value="`+demo.TrainerEmail+`"`)
	})
	for next, want := range map[string]string{"/t": "/t", "/registry/credentials?q=x": "/registry/credentials?q=x", "//evil.example": "/t", "https://evil.example/t": "/t",
		`/\evil.example`: "/t", "/t\r\nX: y": "/t", "/signout": "/t", "/v/x": "/t", "": "/t",
		"/staff/../..//evil": "/t", "/t/../../evil": "/t", "/staff/%2e%2e/%2e%2e//evil": "/t", "/staff/%2f%2fevil": "/t", "/staff//evil": "/t", "/t/.": "/t", "/t/%5cevil": "/t",
		"/registry/credentials\x00": "/t", "/registry/credentials%0a": "/t", "/../registry/credentials": "/t", "/registry/credentials?q=a%2f..%2fb": "/registry/credentials?q=a%2f..%2fb"} {
		t.Run("next "+next, func(t *testing.T) {
			p := w.visitor(t).post("/signin", "email", demo.TrainerEmail, "password", password, "next", next)
			if p.status != 200 && p.status != 404 || p.path != want {
				t.Errorf("led to %s with %d, want %s", p.path, p.status, want)
			}
		})
	}
	t.Run("the door leads back to where somebody wanted to go", func(t *testing.T) {
		p := w.visitor(t).get("/registry/credentials?q=a%26b")
		if p.path != "/signin?next="+url.QueryEscape("/registry/credentials?q=a%26b") {
			t.Errorf("led to %s", p.path)
		}
	})
	t.Run("the session is renewed, HttpOnly and Lax", func(t *testing.T) {
		p := w.visitor(t)
		p.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		p.post("/signin", "email", demo.TrainerEmail, "password", password).want(303)
		first := p.header.Get("Set-Cookie")
		for _, part := range []string{"passmuster=", "Path=/", "HttpOnly", "SameSite=Lax"} {
			if !strings.Contains(first, part) {
				t.Errorf("cookie %q lacks %s", first, part)
			}
		}
		p.post("/signin", "email", demo.TrainerEmail, "password", password).want(303)
		if second := p.header.Get("Set-Cookie"); second == "" || second[:40] == first[:40] {
			t.Errorf("the token stayed: %q", second)
		}
	})
	t.Run("signed out is out", func(t *testing.T) {
		p := w.signIn(t, demo.TrainerEmail).post("/signout")
		if p.get("/t"); !strings.HasPrefix(p.path, "/signin") {
			t.Errorf("still at %s", p.path)
		}
	})
	t.Run("a disabled account is out with its next request", func(t *testing.T) {
		p := w.signIn(t, "trainer-tjx@demo.example")
		must(0, w.s.Auth.Disable(t.Context(), access.System, "trainer-tjx@demo.example"))
		if p.get("/t"); !strings.HasPrefix(p.path, "/signin") {
			t.Errorf("still at %s", p.path)
		}
		p.post("/t/classes", "course", "CPR1").want(401, "Please sign in")
	})
	t.Run("a session ends", func(t *testing.T) {
		p := w.signIn(t, demo.TrainerEmail)
		w.clock.Set(now.Add(13 * time.Hour))
		defer w.clock.Set(now)
		if p.get("/t"); !strings.HasPrefix(p.path, "/signin") {
			t.Errorf("still at %s", p.path)
		}
	})
	t.Run("who guesses is told to wait", func(t *testing.T) {
		p := w.visitor(t)
		for range 9 {
			p.post("/signin", "email", demo.FederationEmail, "password", "not this one")
		}
		p.want(429, "Too many tries: wait")
	})
	t.Run("the demonstration names its accounts", func(t *testing.T) {
		w.visitor(t).get("/signin").want(200, demo.TrainerEmail, demo.HospitalEmail)
	})
}

func TestAForeignSiteCannotPost(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.TrainerEmail)
	for _, path := range []string{"/signout", "/t/classes", "/verify"} {
		r := must(http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+path, strings.NewReader("code=x")))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		r.Header.Set("Origin", "https://evil.example")
		answer := must(p.http.Do(r))
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusForbidden {
			t.Errorf("POST %s from another site: %d", path, answer.StatusCode)
		}
	}
	if p.get("/t"); strings.HasPrefix(p.path, "/signin") {
		t.Error("the foreign form signed the user out")
	}
}
