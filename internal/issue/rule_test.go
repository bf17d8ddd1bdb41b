package issue_test

import (
	"testing"

	"github.com/passmuster/passmuster/internal/passkey"
	"github.com/passmuster/passmuster/internal/testkit/world"
)

// A rule that nobody could keep would stop every approval.
func TestPasskeysAreAskedForOnlyWhereTheyWork(t *testing.T) {
	w := world.New(t)
	issuer, fed := w.Orgs["CVF"], w.By("federation")
	rule := func(want bool) {
		t.Helper()
		if needed, err := w.Issue.PasskeyRule(t.Context(), fed, issuer); err != nil || needed != want {
			t.Errorf("the rule is %v, %v; want %v", needed, err, want)
		}
	}
	at := func(origin string) {
		t.Helper()
		keys, err := passkey.New(w.DB, origin, w.Clock.Now)
		if err != nil {
			t.Fatal(err)
		}
		w.Issue.Passkeys = keys
	}
	set := func(needed bool, want string) {
		t.Helper()
		if err := w.Issue.RequirePasskey(t.Context(), fed, issuer, needed); world.Code(err) != want {
			t.Errorf("required %v: %v, want %q", needed, err, want)
		}
	}
	w.Issue.Passkeys = nil
	set(true, "approve.rule_origin")
	for _, numeric := range []string{"http://127.0.0.1:8080", "https://192.0.2.7", "http://registry.example"} {
		at(numeric)
		set(true, "approve.rule_origin")
		rule(false)
	}
	at("https://registry.example")
	set(true, "")
	rule(true)
	at("http://127.0.0.1:8080") // the registry moved
	set(false, "")
	rule(false)
}
