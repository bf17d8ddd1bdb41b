package badge_test

import (
	"crypto/ecdsa"
	"encoding/base64"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/passmuster/passmuster/internal/badge"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/testkit"
	"github.com/passmuster/passmuster/internal/testkit/forge"
)

func golden(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile("testdata/credential.jwt")
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}

func issuerKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, _ := fixedKey(t)
	return key
}

// FuzzVerify holds that no token passes but the one that was signed, and that
// every refusal has words.
func FuzzVerify(f *testing.F) {
	good := golden(f)
	f.Add(good)
	f.Add("..")
	for _, x := range forge.Tokens(f, good, issuerKey(f), "https://evil.example") {
		if len(x.Text) < 4096 {
			f.Add(x.Text)
		}
	}
	f.Fuzz(func(t *testing.T, token string) {
		_, err := badge.Verify(token, own(t))
		var refusal *registry.Error
		if err != nil && !errors.As(err, &refusal) {
			t.Errorf("refused without words: %v", err)
		}
		if at := strings.LastIndexByte(good, '.'); err == nil && !strings.HasPrefix(token, good[:at]) {
			t.Errorf("accepted %q", token)
		}
	})
}

// FuzzPayload holds that whatever the issuer's key signs is read or refused in
// words, and can be shown.
func FuzzPayload(f *testing.F) {
	key := issuerKey(f)
	head, payload, _ := strings.Cut(golden(f), ".")
	payload, _, _ = strings.Cut(payload, ".")
	raw, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte(`{}`))
	f.Add([]byte(`{"iss":1,"validFrom":"0001-01-01T00:00:00Z"}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		c, err := badge.Verify(forge.Sign(t, head+"."+base64.RawURLEncoding.EncodeToString(payload), key), own(t))
		var refusal *registry.Error
		switch {
		case err != nil && !errors.As(err, &refusal):
			t.Errorf("refused without words: %v", err)
		case err == nil && (c.Credential.ID == "" || c.Credential.Shown() == nil):
			t.Errorf("accepted without an id, or cannot be shown: %s", payload)
		}
	})
}

// The library that checks the signature of a token, by Wycheproof's cases.
func TestWycheproofSignaturesOfTokens(t *testing.T) {
	cases := testkit.Wycheproof(t, "ecdsa_secp256r1_sha256_p1363_test")
	for _, c := range cases {
		if good := jwt.SigningMethodES256.Verify(string(c.Message), c.Signature, c.Key) == nil; good != c.Valid {
			t.Errorf("%s: taken %t, want %t", c.Name, good, c.Valid)
		}
	}
	t.Logf("%d cases", len(cases))
}
