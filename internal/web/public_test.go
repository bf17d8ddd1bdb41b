package web_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/demo"
	"github.com/passmuster/passmuster/internal/registry"
)

func TestPublicPages(t *testing.T) {
	w := newWorld(t)
	code := func(s registry.Status) string { return strings.TrimPrefix(w.sum.Links[s][0], w.url) }
	valid := code(registry.StatusValid)
	t.Run("answer by status", func(t *testing.T) {
		for status, word := range map[registry.Status]string{registry.StatusValid: "VALID", registry.StatusExpired: "EXPIRED", registry.StatusRevoked: "REVOKED",
			registry.StatusSuspended: "SUSPENDED", registry.StatusSuperseded: "REPLACED", registry.StatusNotYetValid: "NOT YET VALID"} {
			w.visitor(t).get(code(status)).want(200, word, "<h1 class=\"verdict\"")
		}
	})
	for _, tc := range []struct {
		name, path string
		status     int
		says       string
	}{
		{"a code in small letters, with a path in capitals, is found", "/V/" + strings.ToLower(strings.TrimPrefix(valid, "/v/")), 200, "VALID"},
		{"an unknown code is not found", "/v/0000000000000000", 404, "NOT FOUND"},
		{"a wrong check character is mistyped", "/v/0000000000000001", 400, "CODE MISTYPED"},
		{"nothing lies below a code", valid + "/x.css", 404, "There is no such page"},
		{"a private link that nobody has", "/my/00000000000000000000000000000000", 404, "no such private link"},
		{"the holder's own page", strings.TrimPrefix(w.sum.Holder, w.url), 200, "Download certificate"},
		{"home", "/", 200, "Verify a certificate"},
		{"claim", "/claim", 200, "Get my certificate"},
		{"the form", "/verify", 200, "Verification code"},
		{"no such page", "/nothing", 404, "There is no such page"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := w.visitor(t).get(tc.path+"?lang=en").want(tc.status, tc.says)
			if got := p.header.Values("Set-Cookie"); len(got) > 0 {
				t.Errorf("a public page sets the cookie %q", got)
			}
			if strings.HasPrefix(tc.path, "/v/") || strings.HasPrefix(tc.path, "/my/") {
				if got := p.header.Get("Cache-Control"); got != "no-store" {
					t.Errorf("Cache-Control %q", got)
				}
				if got := p.header.Get("X-Robots-Tag"); !strings.Contains(got, "noindex") {
					t.Errorf("X-Robots-Tag %q", got)
				}
			}
		})
	}
	t.Run("a program gets the answer of the API", func(t *testing.T) {
		p := w.visitor(t)
		r := must(http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+valid, nil))
		r.Header.Set("Accept", "application/json")
		answer := must(p.http.Do(r))
		defer answer.Body.Close()
		var a registry.Answer
		if err := json.NewDecoder(answer.Body).Decode(&a); err != nil || a.Status != registry.StatusValid || a.Credential == nil {
			t.Errorf("answer %+v, %v", a, err)
		}
	})
	t.Run("a page of a certificate is small", func(t *testing.T) {
		if n := len(w.visitor(t).get(valid).body); n > 30<<10 {
			t.Errorf("the page has %d bytes", n)
		}
	})
	t.Run("of a long mistyped code 32 characters are shown", func(t *testing.T) {
		wrong := strings.Repeat("x", 6000)
		page := w.visitor(t).get("/v/"+wrong+"?lang=en&more="+wrong).want(400, "CODE MISTYPED", wrong[:32]+"…").never(wrong[:33])
		if n := len(page.body); n > 30<<10 {
			t.Errorf("the page has %d bytes", n)
		}
		w.visitor(t).post("/verify", "code", wrong).want(400, wrong[:32]+"…").never(wrong[:33])
	})
	t.Run("a valid code before much else does not become a link", func(t *testing.T) {
		w.visitor(t).get(valid+strings.Repeat("-", 40)+"x").want(400, "CODE MISTYPED").never(`href="`+valid+`?`, `href="`+valid+`"`)
	})
	t.Run("HEAD answers as GET", func(t *testing.T) {
		answer := must(http.Head(w.url + valid))
		_ = answer.Body.Close()
		if answer.StatusCode != 200 {
			t.Errorf("HEAD: %d", answer.StatusCode)
		}
	})
}

func TestVerifyForm(t *testing.T) {
	w := newWorld(t)
	valid := w.sum.Links[registry.StatusValid][0]
	code := strings.TrimPrefix(valid, w.url+"/v/")
	unread := []string{"COULD NOT CHECK", "The signed data in the QR code are damaged and cannot be read"}
	for _, tc := range []struct {
		name   string
		fields []string
		status int
		says   []string
	}{
		{"a code leads to its page", []string{"code", " " + strings.ToLower(code[:4]) + "-" + code[4:]}, 200, []string{"VALID"}},
		{"a link pasted as a code is understood", []string{"code", valid}, 200, []string{"VALID"}},
		{"a mistyped code comes back with what is wrong", []string{"code", "7K3Q-D9XM"}, 400, []string{"The code is mistyped", "7K3Q-D9XM"}},
		{"number and name", []string{"number", string(w.sum.Number), "name", w.sum.Name}, 200, []string{"VALID", w.sum.Name}},
		{"a wrong name is not found", []string{"number", string(w.sum.Number), "name", "王五"}, 404, []string{"NOT FOUND"}},
		{"a number that is none", []string{"number", "12", "name", "王五"}, 422, []string{"not a certificate number", "王五"}},
		{"the text of a QR code", []string{"qr", w.sum.QR}, 200, []string{"VALID", "Record found"}},
		{"the record of another certificate is altered", []string{"qr", strings.Replace(w.sum.QR, code, strings.TrimPrefix(w.sum.Links[registry.StatusExpired][0], w.url+"/v/"), 1)}, 200, []string{"FILE ALTERED"}},
		{"a QR code with a foreign address is an answer, not a failure", []string{"qr", "https://evil.example/v/" + code + "#" + w.sum.QR[strings.Index(w.sum.QR, "#")+1:]}, 200, []string{"COULD NOT CHECK"}},
		{"a text that is no QR code of ours", []string{"qr", "hello"}, 422, []string{"hello"}},
		{"a record that was cut off leaves the code, and is no yes", []string{"qr", w.sum.QR[:len(w.sum.QR)-40]}, 200, unread},
		{"a record with a smudge, pasted as a code", []string{"code", w.sum.QR[:len(w.sum.QR)-40] + "x"}, 200, unread},
		{"a record of no digits", []string{"qr", valid + "#"}, 200, unread},
		{"a damaged record of a certificate that is suspended", []string{"qr", w.sum.Links[registry.StatusSuspended][0] + "#12"}, 200, []string{"SUSPENDED", unread[1]}},
		{"a damaged record under a code that was never given", []string{"qr", w.url + "/v/" + string(registry.NewCode([10]byte{1})) + "#x"}, 404, []string{"NOT FOUND"}},
		{"a damaged record behind a mistyped code", []string{"qr", valid[:len(valid)-1] + "#x"}, 400, []string{"The code is mistyped"}},
		{"a foreign address without a record", []string{"qr", "https://evil.example/v/" + code}, 200, []string{"COULD NOT CHECK", "evil.example"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := w.visitor(t).post("/verify", tc.fields...).want(tc.status, tc.says...)
			if strings.Contains(p.path, w.sum.Name) || len(p.header.Values("Set-Cookie")) > 0 {
				t.Errorf("path %s, cookies %q", p.path, p.header.Values("Set-Cookie"))
			}
		})
	}
	t.Run("number and name do not tell the last four of the id", func(t *testing.T) {
		w.visitor(t).post("/verify", "number", string(w.sum.Number), "name", w.sum.Name).never("id ends in")
	})
	t.Run("who guesses is slowed down", func(t *testing.T) {
		p := w.visitor(t)
		for range 12 {
			p.post("/verify", "number", string(w.sum.Number), "name", "王五")
		}
		p.want(429, "Too many tries")
	})
}

func TestStoreOutOfReachIsCouldNotCheck(t *testing.T) {
	w := newWorld(t)
	valid := strings.TrimPrefix(w.sum.Links[registry.StatusValid][0], w.url)
	trainer := w.signIn(t, demo.TrainerEmail)
	must(0, w.db.Close())
	w.visitor(t).get(valid).want(503, "COULD NOT CHECK").never("VALID</", "NOT FOUND")
	trainer.get("/t").want(503, "out of reach")
}

// A name in another encoding is not found: that must not read as a no.
func TestAFormInAnotherEncodingIsNoAnswer(t *testing.T) {
	w := newWorld(t)
	gbk := "\xd6\xec\xc0\xda" // 朱磊
	for range 30 {            // more than may miss
		w.visitor(t).post("/verify", "number", "GAJK-SJZ-2026-000001", "name", gbk).want(400, "not UTF-8").never("NOT FOUND")
	}
	w.visitor(t).post("/verify", "number", "GAJK-SJZ-2026-000001", "name", "朱磊").want(404, "NOT FOUND")
	w.visitor(t).post("/verify", "code", gbk).want(400, "not UTF-8")
	w.visitor(t).post("/report", "kind", "other", "text", gbk).want(400, "not UTF-8")
	w.visitor(t).post("/claim", "name", gbk, "phone", "0000", "number", "GAJK-SJZ-2026-000001").want(400, "not UTF-8")
}
