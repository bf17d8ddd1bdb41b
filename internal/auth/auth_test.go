package auth_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/auth"
	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/testkit/world"
)

const email = "trainer@demo.example"

func signIn(w *world.World, email, password, address string) error {
	_, err := w.Auth.SignIn(w.T.Context(), email, password, address)
	return err
}

func TestWhoSignsInIsToldNothingElse(t *testing.T) {
	w := world.New(t)
	if err := w.Auth.Disable(t.Context(), w.By("federation"), "other@demo.example"); err != nil {
		t.Fatal(err)
	}
	for i, tc := range []struct{ promise, email, password, want string }{
		{"as it is", email, world.Password, ""},
		{"with spaces and capitals", " Trainer@DEMO.example ", world.Password, ""},
		{"a wrong password", email, "correct horse batterz", "signin.wrong"},
		{"no password", email, "", "signin.wrong"},
		{"nobody's address", "nobody@demo.example", world.Password, "signin.wrong"},
		{"a disabled account", "other@demo.example", world.Password, "signin.wrong"},
		{"the decoy's words", "nobody@demo.example", "no account has this password", "signin.wrong"},
		{"a megabyte", email, strings.Repeat("x", 1<<20), "signin.wrong"},
		{"a megabyte of address", strings.Repeat("x", 1<<20), world.Password, "signin.wrong"},
	} {
		if err := signIn(w, tc.email, tc.password, "192.0.2."+string(rune('0'+i))); world.Code(err) != tc.want {
			t.Errorf("%s: %v, want %q", tc.promise, err, tc.want)
		}
	}
}

func TestGuessingIsSlowedWhereItComesFrom(t *testing.T) {
	w := world.New(t)
	waits := 0
	for range 20 {
		switch world.Code(signIn(w, email, "a wrong guess", "192.0.2.1")) {
		case "signin.wait":
			waits++
		case "signin.wrong":
		default:
			t.Fatal("a guess was right")
		}
	}
	if waits != 12 {
		t.Errorf("%d of 20 guesses at one account waited, want all after the eighth", waits)
	}
	if err := signIn(w, email, world.Password, "192.0.2.1"); !errors.Is(err, registry.TooMany) {
		t.Errorf("the right password among the guesses: %v", err)
	}
	if err := signIn(w, email, world.Password, "198.51.100.7"); err != nil {
		t.Errorf("the owner from elsewhere: %v", err)
	}
	if err := signIn(w, "second@demo.example", world.Password, "192.0.2.1"); err != nil {
		t.Errorf("somebody else behind the same address: %v", err)
	}
	w.Clock.Add(20 * time.Second)
	if err := signIn(w, email, world.Password, "192.0.2.1"); err != nil {
		t.Errorf("after the pause: %v", err)
	}
	if err := signIn(w, email, "a wrong guess", "192.0.2.1"); world.Code(err) != "signin.wrong" {
		t.Errorf("a success clears the count: %v", err)
	}
	w.Clock.Add(time.Hour)
	last := ""
	for i := range 60 {
		last = world.Code(signIn(w, "a"+string(rune('a'+i))+"@demo.example", "", "203.0.113.9"))
	}
	if last != "signin.wait" {
		t.Errorf("sixty accounts from one address: %s", last)
	}
}

func token(w *world.World, name string, life time.Duration) string {
	w.T.Helper()
	s, err := w.Auth.Token(w.Accounts[name], life)
	if err != nil {
		w.T.Fatal(err)
	}
	return s
}

// forge makes a token with changed header and claims, signed by sign.
func forge(t *testing.T, good string, change func(h, c map[string]any), sign func(input string) []byte) string {
	t.Helper()
	parts := strings.Split(good, ".")
	maps := make([]map[string]any, 2)
	for i := range maps {
		b, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(b, &maps[i]); err != nil {
			t.Fatal(err)
		}
	}
	change(maps[0], maps[1])
	for i, m := range maps {
		b, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		parts[i] = base64.RawURLEncoding.EncodeToString(b)
	}
	input := parts[0] + "." + parts[1]
	return input + "." + base64.RawURLEncoding.EncodeToString(sign(input))
}

func TestOnlyOurOwnAccessTokensAreBelieved(t *testing.T) {
	w := world.New(t)
	good := token(w, "trainer", auth.TokenLife)
	if a, err := w.Auth.Actor(t.Context(), good); err != nil || a.Email != email {
		t.Fatalf("a good token: %+v, %v", a, err)
	}
	key, signer, err := w.Ring.Token(w.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	es256 := func(signer any) func(string) []byte {
		return func(input string) []byte {
			sig, err := keys.JWS.Sign(input, signer)
			if err != nil {
				t.Fatal(err)
			}
			return sig
		}
	}
	ours := es256(signer)
	der, err := x509.MarshalPKIXPublicKey(key.Public)
	if err != nil {
		t.Fatal(err)
	}
	hs256 := func(input string) []byte {
		mac := hmac.New(sha256.New, der)
		mac.Write([]byte(input))
		return mac.Sum(nil)
	}
	none := func(string) []byte { return nil }
	zero := func(string) []byte { return make([]byte, 64) }
	record, recordSigner, err := w.Ring.Record("CVF", w.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	vc, err := w.Issue.Token(w.Issued(1)[0])
	if err != nil {
		t.Fatal(err)
	}
	header := func(k string, v any) func(h, c map[string]any) { return func(h, _ map[string]any) { h[k] = v } }
	claim := func(k string, v any) func(h, c map[string]any) { return func(_, c map[string]any) { c[k] = v } }
	drop := func(k string) func(h, c map[string]any) { return func(_, c map[string]any) { delete(c, k) } }
	at := func(d time.Duration) float64 { return float64(w.Clock.Now().Add(d).Unix()) }
	if _, err := w.Auth.Actor(t.Context(), forge(t, good, claim("jti", "another"), ours)); err != nil {
		t.Fatalf("the forger does not even make a good one: %v", err)
	}
	for promise, bad := range map[string]string{
		"alg none":                        forge(t, good, header("alg", "none"), none),
		"alg None":                        forge(t, good, header("alg", "nOnE"), none),
		"our public key as HMAC secret":   forge(t, good, header("alg", "HS256"), hs256),
		"an RSA header":                   forge(t, good, header("alg", "RS256"), ours),
		"r = s = 0":                       forge(t, good, header("alg", "ES256"), zero),
		"no signature":                    good[:strings.LastIndex(good, ".")+1],
		"another typ":                     forge(t, good, header("typ", "JWT"), ours),
		"no typ":                          forge(t, good, func(h, _ map[string]any) { delete(h, "typ") }, ours),
		"a critical extension":            forge(t, good, header("crit", []string{"b64"}), ours),
		"a kid that is a path":            forge(t, good, header("kid", "../../token.key"), ours),
		"a kid that is SQL":               forge(t, good, header("kid", "' OR 1=1 --"), ours),
		"a kid that is a number":          forge(t, good, header("kid", 1), ours),
		"a kid of another use":            forge(t, good, header("kid", record.KID), es256(recordSigner)),
		"a key of its own":                forge(t, good, func(h, _ map[string]any) { h["kid"], h["jku"] = "x", "http://127.0.0.1:1/jwks" }, ours),
		"another issuer":                  forge(t, good, claim("iss", "https://evil.example"), ours),
		"another audience":                forge(t, good, claim("aud", "https://evil.example"), ours),
		"no audience":                     forge(t, good, drop("aud"), ours),
		"no issuer":                       forge(t, good, drop("iss"), ours),
		"no end":                          forge(t, good, drop("exp"), ours),
		"expired":                         forge(t, good, claim("exp", at(-time.Second)), ours),
		"not yet":                         forge(t, good, claim("nbf", at(time.Minute)), ours),
		"another epoch":                   forge(t, good, claim("epoch", 7), ours),
		"nobody":                          forge(t, good, claim("sub", "nobody"), ours),
		"the registry itself":             forge(t, good, claim("sub", string(access.System.Account)), ours),
		"a badge":                         vc,
		"a badge with our typ":            forge(t, vc, header("typ", "at+jwt"), es256(recordSigner)),
		"a megabyte of dots":              strings.Repeat(".", 1<<20),
		"two dots":                        "..",
		"nothing":                         "",
		"with padding":                    good + "=",
		"another's claims, our signature": swap(good, token(w, "federation", auth.TokenLife)),
	} {
		if _, err := w.Auth.Actor(t.Context(), bad); world.Code(err) != "token.refused" || strings.Contains(err.Error(), "evil") {
			t.Errorf("%s: %v", promise, err)
		}
	}
}

func swap(a, b string) string {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	return x[0] + "." + y[1] + "." + x[2]
}

func TestATokenEndsWithItsTimeItsAccountAndItsKey(t *testing.T) {
	w := world.New(t)
	ctx := t.Context()
	refused := func(what, token string) {
		t.Helper()
		if _, err := w.Auth.Actor(ctx, token); world.Code(err) != "token.refused" {
			t.Errorf("%s: %v", what, err)
		}
	}
	good := func(what, token string) {
		t.Helper()
		if _, err := w.Auth.Actor(ctx, token); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	short := token(w, "trainer", auth.TokenLife)
	w.Clock.Add(auth.TokenLife - time.Second)
	good("a second before its end", short)
	w.Clock.Add(time.Second)
	refused("at its end", short)

	held := token(w, "trainer", time.Hour)
	if err := w.Auth.SetPassword(ctx, w.By("trainer"), email, "another good password"); err != nil {
		t.Fatal(err)
	}
	refused("after a new password", held)
	if _, err := w.Auth.ByID(ctx, w.Accounts["trainer"].ID, 0); world.Code(err) != "signin.needed" {
		t.Errorf("a session of the old password: %v", err)
	}
	account, err := w.Auth.SignIn(ctx, email, "another good password", "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	w.Accounts["trainer"] = account
	held = token(w, "trainer", time.Hour)
	good("of the new password", held)
	if err := w.Auth.Disable(ctx, w.By("federation"), email); err != nil {
		t.Fatal(err)
	}
	refused("after the account is disabled", held)

	held = token(w, "second", time.Hour)
	old, _, err := w.Ring.Token(w.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Ring.Rotate(keys.Token, "", w.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	good("after the key is rotated", held)
	if err := w.Ring.MarkCompromised(old.KID, w.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	refused("after the key is stolen, whatever time the thief writes", held)
	good("by the new key", token(w, "second", time.Hour))
}

func TestAFederationManagesItsOwnAccountsAlone(t *testing.T) {
	w := world.New(t)
	ctx := t.Context()
	both := registry.Account{Email: "both@demo.example", Name: "both", Grants: []registry.Grant{{Role: registry.RoleAuditor, Org: w.Orgs["CVF"]}, {Role: registry.RoleAuditor, Org: w.Orgs["MV"]}}}
	bare := registry.Account{Email: "bare@demo.example", Name: "bare"}
	w.Tx(func(tx *store.Tx) error {
		if _, err := w.Auth.Create(ctx, tx, access.System, both, world.Password); err != nil {
			return err
		}
		_, err := w.Auth.Create(ctx, tx, access.System, bare, world.Password)
		return err
	})
	unknown := w.Auth.Disable(ctx, w.By("movement"), "nobody@demo.example")
	for _, target := range []string{email, "federation@demo.example", "both@demo.example", "bare@demo.example"} {
		err := w.Auth.Disable(ctx, w.By("movement"), target)
		if world.Code(err) != "account.unknown" || err.Error() != unknown.Error() {
			t.Errorf("another federation disables %s: %v; of nobody it is told %v", target, err, unknown)
		}
		if err := w.Auth.SetPassword(ctx, w.By("movement"), target, "a good password"); world.Code(err) != "account.unknown" {
			t.Errorf("another federation sets the password of %s: %v", target, err)
		}
	}
	if err := w.Auth.Disable(ctx, w.By("approver"), email); !errors.Is(err, registry.NotFound) {
		t.Errorf("an approver: %v", err)
	}
	list, err := w.Auth.Accounts(ctx, w.By("movement"))
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range list {
		if a.Email != "kazan@demo.example" && a.Email != "movement@demo.example" {
			t.Errorf("the movement is shown %s", a.Email)
		}
	}
	if len(list) != 2 {
		t.Errorf("%d accounts", len(list))
	}
}

func TestAnAccountNeedsAnAddressAndAPassword(t *testing.T) {
	w := world.New(t)
	create := func(email, password string) error {
		return w.DB.Tx(t.Context(), func(tx *store.Tx) error {
			_, err := w.Auth.Create(t.Context(), tx, access.System, registry.Account{Email: email, Name: "x"}, password)
			return err
		})
	}
	for _, tc := range []struct{ promise, email, password, want string }{
		{"ten characters", "a@demo.example", "ten chars!", ""},
		{"nine", "b@demo.example", "nine char", "password.length"},
		{"ten Chinese characters", "c@demo.example", "一二三四五六七八九十", ""},
		{"two hundred and one", "d@demo.example", strings.Repeat("x", 201), "password.length"},
		{"an address that is taken, in capitals", "A@demo.example", "ten chars!", "account.exists"},
		{"no domain", "a@", "ten chars!", "account.email"},
		{"no name", "@demo.example", "ten chars!", "account.email"},
		{"two lines", "a@demo.example\nbcc: x", "ten chars!", "account.email"},
		{"too long for an address", strings.Repeat("a", 250) + "@demo.example", "ten chars!", "account.email"},
	} {
		if err := create(tc.email, tc.password); world.Code(err) != tc.want {
			t.Errorf("%s: %v, want %q", tc.promise, err, tc.want)
		}
	}
}

// RFC 9106 and the PHC string format: any other program can check the hash.
func TestPasswordsAreArgon2idInPHCFormat(t *testing.T) {
	a, err := auth.HashPassword(world.Password)
	if err != nil {
		t.Fatal(err)
	}
	b, err := auth.HashPassword(world.Password)
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^\$argon2id\$v=19\$m=32768,t=3,p=2\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$`).MatchString(a) {
		t.Errorf("hash %q", a)
	}
	if a == b {
		t.Error("two hashes of one password are equal: no salt")
	}
}

func TestATokenIsAStandardOne(t *testing.T) {
	w := world.New(t)
	parsed, _, err := jwt.NewParser().ParseUnverified(token(w, "trainer", auth.TokenLife), jwt.MapClaims{})
	if err != nil {
		t.Fatal(err)
	}
	claims, _ := parsed.Claims.(jwt.MapClaims)
	for _, name := range []string{"iss", "aud", "sub", "exp", "iat", "jti"} { // RFC 9068 §2.2
		if claims[name] == nil {
			t.Errorf("no %s: %v", name, claims)
		}
	}
	for name, v := range claims {
		if s, ok := v.(string); ok && (strings.Contains(s, "demo.example") && name != "iss" || s == w.Accounts["trainer"].Name) {
			t.Errorf("the token tells %s=%s", name, s)
		}
	}
}
