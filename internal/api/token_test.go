package api_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/auth"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

func b64(v any) string {
	switch b := v.(type) {
	case []byte:
		return base64.RawURLEncoding.EncodeToString(b)
	case string:
		return base64.RawURLEncoding.EncodeToString([]byte(b))
	}
	return base64.RawURLEncoding.EncodeToString(must(json.Marshal(v)))
}

// forge signs header and claims with HMAC under the key.
func forge(key []byte, header, claims any) string {
	input := b64(header) + "." + b64(claims)
	m := hmac.New(sha256.New, key)
	m.Write([]byte(input))
	return input + "." + b64(m.Sum(nil))
}

// Attacks on access tokens (RFC 8725, BCP 225): each is refused with one and the
// same body, and nothing named in a token is fetched.
func TestForgedTokensAreRefused(t *testing.T) {
	w := newWorld(t)
	good := w.token("trainerA")
	parts := strings.Split(good, ".")
	var header, claims map[string]any
	decode(t, parts[0], &header)
	decode(t, parts[1], &claims)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	asked := make(chan struct{}, 100)
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			asked <- struct{}{}
			_ = c.Close()
		}
	}()
	url := "http://" + listener.Addr().String() + "/keys"
	key, _ := w.s.Keys.Find(header["kid"].(string))
	der := must(x509.MarshalPKIXPublicKey(key.Public))
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	head := func(with map[string]any) map[string]any {
		h := maps.Clone(header)
		maps.Copy(h, with)
		return h
	}
	signed := func(h, c any) string { return b64(h) + "." + b64(c) + "." + parts[2] }
	claim := func(with map[string]any) map[string]any {
		c := maps.Clone(claims)
		maps.Copy(c, with)
		return c
	}
	_, list := w.issued(1)
	cred := w.credential(list[0]["number"].(string))
	mutants := map[string]string{
		"no signature": parts[0] + "." + parts[1] + ".", "empty": "..", "two parts": parts[0] + "." + parts[1], "four parts": good + ".x", "a megabyte of dots": strings.Repeat(".", 1<<20),
		"header too long":                b64(head(map[string]any{"x": strings.Repeat("x", 5000)})) + "." + parts[1] + "." + parts[2],
		"HS256 with the public key, PEM": forge(public, head(map[string]any{"alg": "HS256"}), claims), "HS256 with the public key, DER": forge(der, head(map[string]any{"alg": "HS256"}), claims),
		"HS256 with an empty key":    forge(nil, head(map[string]any{"alg": "HS256"}), claims),
		"credential as access token": must(w.s.Issue.Token(cred)), "claims changed": signed(header, claim(map[string]any{"sub": "x"})),
		"r = s = 0": parts[0] + "." + parts[1] + "." + b64(make([]byte, 64)), "signature cut": parts[0] + "." + parts[1] + "." + parts[2][:40],
		"signature padded": good + "=", "duplicate claims": parts[0] + "." + b64(`{"sub":"a","sub":"b"}`) + "." + parts[2], "no JSON": b64("x") + "." + b64("y") + "." + parts[2],
	}
	for _, alg := range []string{"none", "None", "NONE", "nOnE", "", "RS256", "ES384", "EdDSA", "PS256", "HS512"} {
		mutants["alg "+alg] = signed(head(map[string]any{"alg": alg}), claims)
		mutants["alg "+alg+", no signature"] = b64(head(map[string]any{"alg": alg})) + "." + parts[1] + "."
	}
	for _, kid := range []any{"../../keys.json", "' OR 1=1 --", "/dev/null", url, "", nil, 5, cred.Snapshot.RecordKey} {
		mutants["kid "+fmt.Sprint(kid)] = signed(head(map[string]any{"kid": kid}), claims)
	}
	for _, name := range []string{"jku", "x5u", "jwk", "x5c", "crit"} {
		mutants["header "+name] = signed(head(map[string]any{name: url}), claims)
	}
	for _, typ := range []string{"JWT", "vc+jwt", ""} {
		mutants["typ "+typ] = signed(head(map[string]any{"typ": typ}), claims)
	}
	bodies := map[string]bool{}
	for name, token := range mutants {
		a := w.do("", "GET", "/api/v1/me", nil, "Authorization", "Bearer "+token)
		if a.Code != 401 {
			t.Errorf("%s: %d", name, a.Code)
			continue
		}
		m := a.json()
		delete(m, "request_id")
		delete(m, "instance")
		bodies[string(must(json.Marshal(m)))] = true
	}
	if len(bodies) != 1 || len(mutants) < 40 {
		t.Errorf("%d mutants gave %d bodies: %v", len(mutants), len(bodies), bodies)
	}
	select {
	case <-asked:
		t.Error("a token made the server fetch something")
	default:
	}
	w.do("", "GET", "/api/v1/me", nil, "Authorization", "Bearer "+good).want(200)
	w.do("", "GET", "/api/v1/me", nil, "Authorization", "bearer "+good).want(200)
}

// Tokens that we signed ourselves, with something wrong about them.
func TestOwnTokensEnd(t *testing.T) {
	w := newWorld(t)
	token := w.token("trainerA")
	foreign, err := auth.New(w.s.DB, w.s.Keys, "https://elsewhere.example", w.now)
	if err != nil {
		t.Fatal(err)
	}
	var account registry.Account
	if err := w.s.DB.Read(t.Context(), func(tx *store.Tx) (err error) {
		account, err = tx.AccountByEmail(t.Context(), "trainera@demo.example")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	ask := func(token string) answer {
		return w.do("", "GET", "/api/v1/me", nil, "Authorization", "Bearer "+token)
	}
	ask(must(foreign.Token(account, time.Hour))).want(401, "token.refused") // another audience
	ask(must(w.s.Auth.Token(account, -time.Second))).want(401, "token.refused")
	account.Epoch++
	ask(must(w.s.Auth.Token(account, time.Hour))).want(401, "token.refused")
	ask(token).want(200)
	w.later(auth.TokenLife + time.Second)
	ask(token).want(401, "token.refused")
}

func TestWrongPasswordsAreSlowedDown(t *testing.T) {
	w := newWorld(t)
	var last answer
	for range 12 {
		last = w.do("", "POST", "/api/v1/session", object{"email": "approver@demo.example", "password": "wrong password"})
		if last.Code == 429 {
			break
		}
		last.want(401, "signin.wrong")
	}
	if last.Code != 429 || last.Header.Get("Retry-After") == "" {
		t.Errorf("twelve wrong passwords: %d, Retry-After %q", last.Code, last.Header.Get("Retry-After"))
	}
}

func (w *world) credential(number string) registry.Credential {
	w.t.Helper()
	var c registry.Credential
	err := w.s.DB.Read(w.t.Context(), func(tx *store.Tx) (err error) {
		c, err = tx.CredentialByNumber(w.t.Context(), registry.Number(number))
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func decode(t *testing.T, part string, v any) {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(part)
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		t.Fatal(err)
	}
}
