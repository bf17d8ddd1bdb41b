package badge_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/badge"
	"github.com/passmuster/passmuster/internal/interop"
	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/publish"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/testkit/forge"
)

var update = flag.Bool("update", false, "write the golden files")

var issued = time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)

// snapshot is a DEMO credential, like thousands of real ones.
func snapshot() registry.Snapshot {
	return registry.Snapshot{
		Format: 1, Number: "GAJK-SJZ-2026-000123", Code: registry.NewCode([10]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}), Kind: registry.Competence,
		Subject: "urn:uuid:0b7c6f5e-1d2a-4c3b-9a8f-7e6d5c4b3a21", Name: "阿卜杜热西提·阿布都克里木", LatinName: "Abdurishit Abdukerim", IDLast4: "013X",
		Programme: registry.CodeName{Code: "GAJK", Name: registry.Text{"zh": "关爱健康", "en": "Caring for Health"}},
		Course:    registry.CourseName{Code: "CPR1", Version: 3, Title: registry.Text{"zh": "心肺复苏与AED", "en": "CPR and AED", "ru": "СЛР и АНД"}},
		Class:     registry.ClassDates{Code: "SJZ-2026-031", StartsOn: registry.NewDate(2026, 11, 20), EndsOn: registry.NewDate(2026, 11, 21)},
		Minutes:   180, Practical: 135, InPerson: true, Theory: true,
		Base:        registry.BaseName{Code: "SJZ", Name: registry.Text{"zh": "石家庄市人民医院", "en": "Shijiazhuang People's Hospital"}, TZ: "Asia/Shanghai", Offset: 480},
		Issuer:      registry.CodeName{Code: "CVF", Name: registry.Text{"zh": "中国志愿服务联合会(演示)", "en": "China Volunteer Service Federation (DEMO)"}},
		CompletedOn: registry.NewDate(2026, 11, 21), IssuedOn: registry.NewDate(2026, 11, 21), IssuedAt: issued,
		ValidFrom: registry.NewDate(2026, 11, 21), ValidUntil: registry.NewDate(2028, 11, 30),
		StartsAt: time.Date(2026, 11, 20, 16, 0, 0, 0, time.UTC), ExpiresAt: time.Date(2028, 11, 30, 16, 0, 0, 0, time.UTC),
		Languages: []string{"zh", "en"}, Origin: "https://verify.example", Salt: "c2FsdA", Template: "competence-1-zh-en",
		Status: registry.StatusEntry{List: 4, Index: 90210}, Demo: true,
	}
}

// variants are snapshots whose badges differ in shape.
func variants() map[string]registry.Snapshot {
	v := map[string]registry.Snapshot{"competence, zh and en": snapshot()}
	s := snapshot()
	s.Kind, s.ValidUntil, s.ExpiresAt, s.LatinName = registry.Attendance, registry.Date{}, time.Time{}, ""
	s.Practical, s.InPerson, s.Theory, s.Languages = 0, false, false, []string{"ru", "en"}
	v["attendance, ru and en, no expiry"] = s
	s = snapshot()
	s.Kind = registry.Instructor
	v["instructor"] = s
	s = snapshot()
	s.Kind, s.Minutes, s.Practical, s.Theory, s.InPerson, s.Class = registry.Honour, 0, 0, false, false, registry.ClassDates{}
	v["honour"] = s
	return v
}

// fixedKey is a test key that everybody may know: d is a SHA-256.
func fixedKey(t testing.TB) (*ecdsa.PrivateKey, string) {
	t.Helper()
	d := sha256.Sum256([]byte("passmuster badge test key"))
	k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), d[:])
	if err != nil {
		t.Fatal(err)
	}
	kid, err := keys.Thumbprint(&k.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return k, kid
}

func sign(t *testing.T, s registry.Snapshot) (token string, sig []byte) {
	t.Helper()
	k, kid := fixedKey(t)
	token, sig, err := badge.Sign(s, kid, k)
	if err != nil {
		t.Fatalf("Sign: %v", err)
	}
	return token, sig
}

// own answers with the test key for its kid.
func own(t testing.TB) func(string) (*ecdsa.PublicKey, error) {
	k, kid := fixedKey(t)
	return func(asked string) (*ecdsa.PublicKey, error) {
		if asked != badge.KeyURL("https://verify.example", kid) {
			return nil, registry.Fail(registry.NotFound, "test.key")
		}
		return &k.PublicKey, nil
	}
}

func TestGoldenCredential(t *testing.T) {
	token, _ := sign(t, snapshot())
	doc, err := json.MarshalIndent(badge.Credential(snapshot()), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string][]byte{"credential.json": append(doc, '\n'), "credential.jwt": []byte(token + "\n")} {
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s changed: badges that were issued can no longer be built again\n%s", name, got)
		}
	}
	t.Logf("the token is %d bytes", len(token))
}

func TestOneSnapshotHasOneToken(t *testing.T) {
	_, kid := fixedKey(t)
	for name, s := range variants() {
		t.Run(name, func(t *testing.T) {
			token, sig := sign(t, s)
			if again, _ := sign(t, s); again != token {
				t.Error("signing again gives another token")
			}
			rebuilt, err := badge.Rebuild(s, kid, sig)
			if err != nil || rebuilt != token || len(sig) != 64 {
				t.Errorf("rebuilt from %d bytes: %v", len(sig), err)
			}
			stored, err := json.Marshal(s) // as the store keeps it
			if err != nil {
				t.Fatal(err)
			}
			var back registry.Snapshot
			if err := json.Unmarshal(stored, &back); err != nil {
				t.Fatal(err)
			}
			if again, err := badge.Rebuild(back, kid, sig); err != nil || again != token {
				t.Errorf("rebuilt from the stored snapshot: another token, %v", err)
			}
			c, err := badge.Verify(token, own(t))
			if err != nil {
				t.Fatalf("Verify: %v", err)
			}
			want, _ := json.Marshal(badge.Credential(s))
			got, _ := json.Marshal(c.Credential)
			if !bytes.Equal(want, got) {
				t.Errorf("read %s\nwant %s", got, want)
			}
		})
	}
	if _, err := badge.Rebuild(snapshot(), kid, make([]byte, 63)); err == nil {
		t.Error("a signature of 63 bytes is taken")
	}
	s := snapshot()
	s.RecordKey = "another"
	k, _ := fixedKey(t)
	if _, _, err := badge.Sign(s, kid, k); err == nil {
		t.Error("signed with a key that the snapshot does not name")
	}
}

func TestRingSigns(t *testing.T) {
	ring, err := keys.Init(filepath.Join(t.TempDir(), "keys"), keys.Options{Now: issued, Demo: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ring.EnsureIssuer("CVF", issued); err != nil {
		t.Fatal(err)
	}
	k, s, err := ring.Record("CVF", issued)
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := badge.Sign(snapshot(), k.KID, s)
	if err != nil {
		t.Fatal(err)
	}
	set, err := publish.KeySet(ring.RecordKeys(), "https://verify.example", issued)
	if err != nil || len(set.Keys) != 1 {
		t.Fatalf("%d keys served, %v", len(set.Keys), err)
	}
	find := func(kid string) (*ecdsa.PublicKey, error) {
		if kid != set.Keys[0].KID {
			t.Errorf("token names %s, the key set %s", kid, set.Keys[0].KID)
		}
		return set.Keys[0].Key()
	}
	if _, err := badge.Verify(token, find); err != nil {
		t.Errorf("Verify: %v", err)
	}
	if err := ring.MarkCompromised(k.KID, issued); err != nil {
		t.Fatal(err)
	}
	if set, _ := publish.KeySet(ring.RecordKeys(), "https://verify.example", issued); len(set.Keys) != 0 {
		t.Error("a compromised key is served for verification")
	}
}

func TestVerifyRefuses(t *testing.T) {
	token, sig := sign(t, snapshot())
	k, _ := fixedKey(t)
	parts := strings.Split(token, ".")
	b64 := base64.RawURLEncoding.EncodeToString
	s, n := new(big.Int).SetBytes(sig[32:]), elliptic.P256().Params().N
	forged := forge.Tokens(t, token, k, "https://evil.example")
	if len(forged) < 80 {
		t.Errorf("%d forged tokens, at least 80 are promised", len(forged))
	}
	for _, c := range forged {
		t.Run(c.Name, func(t *testing.T) {
			_, err := badge.Verify(c.Text, own(t))
			var e *registry.Error
			switch {
			case !errors.As(err, &e):
				t.Errorf("Verify = %v, want a refusal", err)
			case c.Fault != "" && e.Code != c.Fault:
				t.Errorf("Verify = %v, want %s", err, c.Fault)
			case strings.Contains(err.Error(), "evil"):
				t.Errorf("the refusal repeats the token: %v", err)
			}
		})
	}
	t.Run("a key store out of reach is no verdict", func(t *testing.T) {
		_, err := badge.Verify(token, func(string) (*ecdsa.PublicKey, error) { return nil, registry.Unavailable })
		if !errors.Is(err, registry.Unavailable) {
			t.Errorf("Verify = %v", err)
		}
	})
	t.Run("the twin signature (r, n-s) says the same, no more", func(t *testing.T) {
		twin := append(bytes.Clone(sig[:32]), new(big.Int).Sub(n, s).FillBytes(make([]byte, 32))...)
		c, err := badge.Verify(parts[0]+"."+parts[1]+"."+b64(twin), own(t))
		if err != nil || c.Credential.ID != badge.CredentialURL("https://verify.example", snapshot().Code) {
			t.Errorf("Verify = %v", err)
		}
	})
}

func TestDemonstrationSaysSo(t *testing.T) {
	s := snapshot()
	c := badge.Credential(s)
	if !strings.HasPrefix(c.Name, "DEMO · ") || !strings.HasPrefix(c.Subject.Achievement.Name, "DEMO · ") {
		t.Errorf("a demonstration's badge is named %q, %q", c.Name, c.Subject.Achievement.Name)
	}
	s.Demo = false
	if c := badge.Credential(s); c.Name != "心肺复苏与AED" {
		t.Errorf("a badge is named %q", c.Name)
	}
}

func TestNothingPrivateIsInABadge(t *testing.T) {
	doc, err := json.Marshal(badge.Credential(snapshot()))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"013X", "c2FsdA", `"salt"`, "sha256$", `"hashed":true`} {
		if bytes.Contains(doc, []byte(text)) {
			t.Errorf("the badge holds %s", text)
		}
	}
}

func TestJoseVerifies(t *testing.T) {
	k, kid := fixedKey(t)
	jwk, err := badge.JWKOf(&k.PublicKey, badge.KeyURL("https://verify.example", kid))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/.well-known/jwks.json" {
			http.NotFound(w, r)
			return
		}
		_ = json.NewEncoder(w).Encode(badge.JWKSet{Keys: []badge.JWK{jwk}})
	}))
	defer server.Close()
	token, _ := sign(t, snapshot())
	p := strings.Split(token, ".")
	var got []struct {
		OK      bool
		Code    string
		Payload struct{ Iss, Jti, Sub string }
	}
	interop.Run(t, "jose.mjs", map[string]any{
		"jwks": server.URL + "/.well-known/jwks.json", "at": "2026-11-21T12:00:00Z", "issuer": "https://verify.example/issuers/CVF",
		"tokens": []string{token, p[0] + "." + flip(p[1]) + "." + p[2], p[0] + "." + p[1] + "." + flip(p[2])},
	}, &got)
	if len(got) != 3 || !got[0].OK || got[0].Payload.Jti != badge.CredentialURL("https://verify.example", snapshot().Code) || got[0].Payload.Sub != snapshot().Subject {
		t.Fatalf("jose refuses the token: %+v", got)
	}
	for _, changed := range got[1:] {
		if changed.OK || changed.Code != "ERR_JWS_SIGNATURE_VERIFICATION_FAILED" {
			t.Errorf("jose takes a changed byte: %+v", changed)
		}
	}
}

func TestJWK(t *testing.T) {
	k, _ := fixedKey(t)
	good, err := badge.JWKOf(&k.PublicKey, "kid")
	if err != nil {
		t.Fatal(err)
	}
	if pub, err := good.Key(); err != nil || !pub.Equal(&k.PublicKey) {
		t.Errorf("read back: %v", err)
	}
	for name, edit := range map[string]func(*badge.JWK){
		"for encryption":        func(j *badge.JWK) { j.Use = "enc" },
		"for signing alone":     func(j *badge.JWK) { j.KeyOps = []string{"sign"} },
		"for another algorithm": func(j *badge.JWK) { j.Alg = "ES384" },
		"of another type":       func(j *badge.JWK) { j.Kty = "RSA" },
		"on another curve":      func(j *badge.JWK) { j.Crv = "P-384" },
		"off the curve":         func(j *badge.JWK) { j.Y = j.X },
		"with a short x":        func(j *badge.JWK) { j.X = j.X[:40] },
		"with padding":          func(j *badge.JWK) { j.X += "=" },
	} {
		j := good
		edit(&j)
		if _, err := j.Key(); !errors.Is(err, registry.Invalid) {
			t.Errorf("a key %s is taken: %v", name, err)
		}
	}
}

// flip changes one character in the middle.
func flip(s string) string {
	b := []byte(s)
	if i := len(b) / 2; b[i] == 'A' {
		b[i] = 'B'
	} else {
		b[i] = 'A'
	}
	return string(b)
}
