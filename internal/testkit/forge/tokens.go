// Package forge makes what an attacker would send, for the tests of every door
// that takes it. Nothing that it makes may be accepted.
package forge

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
)

// Token is a forged VC-JWT.
type Token struct {
	Name  string
	Text  string
	Fault string // code of the refusal of badge.Verify; "" where the key function refuses the kid
}

// The faults of badge.Verify.
const (
	malformed = "badge.malformed"
	header    = "badge.header"
	signature = "badge.signature"
	claims    = "badge.claims"
	noKey     = ""
)

// Tokens forges a genuine token of a credential that expires. key is the one that
// signed it: some forgeries are those of a thief who has it. bait is an address
// that a verifier must never ask.
func Tokens(t testing.TB, good string, key *ecdsa.PrivateKey, bait string) []Token {
	t.Helper()
	f := newForger(t, good, key, bait)
	all := f.shapes()
	all = append(all, f.headers()...)
	all = append(all, f.foreignKeys()...)
	all = append(all, f.signatures()...)
	return append(all, f.payloads()...)
}

// forger holds the parts of the genuine token.
type forger struct {
	t         testing.TB
	good      string
	head, pay string // base64url
	sign      string
	kid       string
	raw       []byte // payload
	sig       []byte // r, s
	key       *ecdsa.PrivateKey
	bait      string
}

var b64 = base64.RawURLEncoding

func newForger(t testing.TB, good string, key *ecdsa.PrivateKey, bait string) *forger {
	t.Helper()
	parts := strings.Split(good, ".")
	if len(parts) != 3 {
		t.Fatalf("the genuine token has %d parts", len(parts))
	}
	f := &forger{t: t, good: good, head: parts[0], pay: parts[1], sign: parts[2], key: key, bait: bait}
	f.raw, f.sig = f.decode(parts[1]), f.decode(parts[2])
	var h struct{ KID string }
	if err := json.Unmarshal(f.decode(parts[0]), &h); err != nil || h.KID == "" {
		t.Fatalf("the genuine token names no key: %v", err)
	}
	f.kid = h.KID
	return f
}

func (f *forger) decode(s string) []byte {
	f.t.Helper()
	b, err := b64.DecodeString(s)
	if err != nil {
		f.t.Fatal(err)
	}
	return b
}

// Sign signs a signing input (header and payload, with a dot between) as it is.
func Sign(t testing.TB, input string, key *ecdsa.PrivateKey) string {
	t.Helper()
	digest := sha256.Sum256([]byte(input))
	r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return input + "." + b64.EncodeToString(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
}

// headed is the genuine payload under another header, with a good signature. KID
// and BAIT in the header are filled in.
func (f *forger) headed(header string) string {
	header = strings.NewReplacer("KID", f.kid, "BAIT", f.bait).Replace(header)
	return Sign(f.t, b64.EncodeToString([]byte(header))+"."+f.pay, f.key)
}

// shapes are no tokens.
func (f *forger) shapes() []Token {
	last := f.good[len(f.good)-1:]
	return []Token{
		{"nothing", "", malformed},
		{"one part", "abc", malformed},
		{"two parts", f.head + "." + f.pay, malformed},
		{"four parts", f.good + ".x", malformed},
		{"an encrypted token of five parts", f.good + "..", malformed},
		{"a megabyte of dots", strings.Repeat(".", 1<<20), malformed},
		{"dots within the limit", strings.Repeat(".", 64<<10), malformed},
		{"a header over 4 KiB", strings.Repeat("A", 5000) + "." + f.pay + "." + f.sign, malformed},
		{"a payload over 64 KiB", f.head + "." + strings.Repeat("A", 70_000) + "." + f.sign, malformed},
		{"padding", f.good + "==", malformed},
		{"line feeds", strings.Replace(f.good, ".", ".\n", 1), malformed},
		{"a line feed in the signature", f.head + "." + f.pay + "." + f.sign[:9] + "\n" + f.sign[9:], malformed},
		{"base64 that is not for URLs", f.head + ".+/+/." + f.sign, malformed},
		{"no signature", f.head + "." + f.pay + ".", malformed},
		{"a cut signature", f.good[:len(f.good)-4], malformed},
		{"stray bits in the signature", strings.TrimSuffix(f.good, last) + "_", malformed},
		{"an ASN.1 signature", f.head + "." + f.pay + "." + b64.EncodeToString(append([]byte{0x30, 0x44}, make([]byte, 68)...)), malformed},
	}
}

// headers say something else than the profile, under a good signature.
func (f *forger) headers() (all []Token) {
	none := func(alg string) string {
		return b64.EncodeToString([]byte(`{"alg":"`+alg+`","kid":"`+f.kid+`","typ":"JWT"}`)) + "." + f.pay
	}
	all = []Token{
		{"alg none, with the old signature", none("none") + "." + f.sign, header},
		{"alg none, with no signature", none("none") + ".", malformed},
		{"alg nOnE", none("nOnE") + "." + f.sign, header},
	}
	for _, h := range [][2]string{
		{"a header that is no JSON", `{`},
		{"a header that is a list", `["ES256"]`},
		{"alg None", `{"alg":"None","kid":"KID"}`},
		{"alg es256 in lower case", `{"alg":"es256","kid":"KID"}`},
		{"alg HS256", `{"alg":"HS256","kid":"KID"}`},
		{"alg RS256", `{"alg":"RS256","kid":"KID"}`},
		{"alg PS256", `{"alg":"PS256","kid":"KID"}`},
		{"alg ES384", `{"alg":"ES384","kid":"KID"}`},
		{"alg EdDSA", `{"alg":"EdDSA","kid":"KID"}`},
		{"no alg", `{"kid":"KID","typ":"JWT"}`},
		{"alg null", `{"alg":null,"kid":"KID"}`},
		{"alg a list", `{"alg":["ES256"],"kid":"KID"}`},
		{"alg twice", `{"alg":"none","alg":"ES256","kid":"KID"}`},
		{"alg twice, by an escape", `{"\u0061lg":"none","alg":"ES256","kid":"KID"}`},
		{"ALG beside alg", `{"ALG":"none","alg":"ES256","kid":"KID"}`},
		{"an access token's type", `{"alg":"ES256","kid":"KID","typ":"at+jwt"}`},
		{"no kid", `{"alg":"ES256","typ":"JWT"}`},
		{"an empty kid", `{"alg":"ES256","kid":"","typ":"JWT"}`},
		{"a kid that is a number", `{"alg":"ES256","kid":7}`},
		{"kid twice", `{"alg":"ES256","kid":"../x","kid":"KID"}`},
		{"a key of its own", `{"alg":"ES256","jwk":{},"kid":"KID"}`},
		{"a key address of its own (jku)", `{"alg":"ES256","jku":"BAIT","kid":"KID"}`},
		{"a certificate address (x5u)", `{"alg":"ES256","kid":"KID","x5u":"BAIT"}`},
		{"a certificate chain (x5c)", `{"alg":"ES256","kid":"KID","x5c":["MIIB"]}`},
		{"a crit member", `{"alg":"ES256","crit":["b64"],"kid":"KID"}`},
		{"an unencoded payload (b64)", `{"alg":"ES256","b64":false,"kid":"KID"}`},
		{"compression (zip)", `{"alg":"ES256","kid":"KID","zip":"DEF"}`},
	} {
		all = append(all, Token{h[0], f.headed(h[1]), header})
	}
	for _, h := range [][2]string{
		{"a kid that is a path", `{"alg":"ES256","kid":"../../etc/passwd"}`},
		{"a kid with SQL", `{"alg":"ES256","kid":"' OR 1=1--"}`},
		{"a kid with a zero byte", `{"alg":"ES256","kid":"KID\u0000"}`},
		{"a kid that leads to a stranger", `{"alg":"ES256","kid":"BAIT/keys/x"}`},
		{"a kid of a stranger with our thumbprint", `{"alg":"ES256","kid":"BAIT/KID"}`},
		{"a kid with a query", `{"alg":"ES256","kid":"KID?x=1"}`},
	} {
		all = append(all, Token{h[0], f.headed(h[1]), noKey})
	}
	return all
}

// foreignKeys are signed by somebody who has only what is public.
func (f *forger) foreignKeys() []Token {
	t := f.t
	thief, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := thief.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	jwk := `{"crv":"P-256","kty":"EC","x":"` + b64.EncodeToString(point[1:33]) + `","y":"` + b64.EncodeToString(point[33:]) + `"}`
	brought := b64.EncodeToString([]byte(`{"alg":"ES256","jwk":`+jwk+`,"kid":"`+f.kid+`"}`)) + "." + f.pay
	// The public key in every form that a careless verifier might take for a secret.
	der, err := x509.MarshalPKIXPublicKey(&f.key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := f.key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	confused := b64.EncodeToString([]byte(`{"alg":"HS256","kid":"`+f.kid+`","typ":"JWT"}`)) + "." + f.pay
	mac := func(secret []byte) string {
		h := hmac.New(sha256.New, secret)
		h.Write([]byte(confused))
		sum := h.Sum(nil)
		return confused + "." + b64.EncodeToString(append(sum, sum...)) // as long as the door wants it
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	long := make([]byte, rsaKey.Size())
	return []Token{
		{"signed by another key under our kid", Sign(t, f.head+"."+f.pay, thief), signature},
		{"signed by the key that it brings", Sign(t, brought, thief), header},
		{"HS256 by the public key in PEM", mac(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), header},
		{"HS256 by the public key in DER", mac(der), header},
		{"HS256 by the public point", mac(raw), header},
		{"HS256 by nothing", mac(nil), header},
		{"RS256 with a signature of its length", b64.EncodeToString([]byte(`{"alg":"RS256","kid":"`+f.kid+`"}`)) + "." + f.pay + "." + b64.EncodeToString(long), malformed},
	}
}

// signatures are of the right length and wrong.
func (f *forger) signatures() []Token {
	n := elliptic.P256().Params().N
	with := func(r, s []byte) string {
		return f.head + "." + f.pay + "." + b64.EncodeToString(append(bytes.Clone(r), s...))
	}
	zero, order := make([]byte, 32), n.FillBytes(make([]byte, 32))
	beyond := new(big.Int).Add(n, big.NewInt(1)).FillBytes(make([]byte, 32))
	one := big.NewInt(1).FillBytes(make([]byte, 32))
	r, s := f.sig[:32], f.sig[32:]
	return []Token{
		{"a changed header", flip(f.head) + "." + f.pay + "." + f.sign, ""},
		{"a changed payload", f.head + "." + flip(f.pay) + "." + f.sign, signature},
		{"a changed signature", f.head + "." + f.pay + "." + flip(f.sign), signature},
		{"r = s = 0", with(zero, zero), signature},
		{"r = 0", with(zero, s), signature},
		{"s = 0", with(r, zero), signature},
		{"r = s = 1", with(one, one), signature},
		{"r = n", with(order, s), signature},
		{"s = n", with(r, order), signature},
		{"r = s = n + 1", with(beyond, beyond), signature},
		{"r and s swapped", with(s, r), signature},
		{"signature of the payload alone", f.head + "." + strings.SplitN(Sign(f.t, f.pay, f.key), ".", 2)[0] + "." + strings.SplitN(Sign(f.t, f.pay, f.key), ".", 2)[1], signature},
	}
}

// payloads are what a thief of the key signs.
func (f *forger) payloads() []Token {
	edited := func(edit func(map[string]any)) string {
		var m map[string]any
		if err := json.Unmarshal(f.raw, &m); err != nil {
			f.t.Fatal(err)
		}
		edit(m)
		raw, err := json.Marshal(m)
		if err != nil {
			f.t.Fatal(err)
		}
		return Sign(f.t, f.head+"."+b64.EncodeToString(raw), f.key)
	}
	set := func(key string, v any) string { return edited(func(m map[string]any) { m[key] = v }) }
	drop := func(key string) string { return edited(func(m map[string]any) { delete(m, key) }) }
	as := func(raw string) string { return Sign(f.t, f.head+"."+b64.EncodeToString([]byte(raw)), f.key) }
	return []Token{
		{"another's iss", set("iss", f.bait+"/issuers/OTHER"), claims},
		{"another's jti", set("jti", f.bait+"/credentials/0000000000000000"), claims},
		{"another's sub", set("sub", "urn:uuid:0"), claims},
		{"an earlier nbf", set("nbf", 1), claims},
		{"a later exp", set("exp", 4102444800), claims},
		{"no exp though it expires", drop("exp"), claims},
		{"exp that is a text", set("exp", "4102444800"), claims},
		{"no iss", drop("iss"), claims},
		{"no jti", drop("jti"), claims},
		{"no sub", drop("sub"), claims},
		{"no nbf", drop("nbf"), claims},
		{"no issuer", drop("issuer"), claims},
		{"no validFrom", drop("validFrom"), claims},
		{"an access token", as(`{"iss":"x","sub":"x","exp":4102444800,"scope":"admin"}`), claims},
		{"a subject that is a list", set("credentialSubject", []any{}), claims},
		{"a payload that is no JSON", as("{"), signature},
		{"a payload that is a list", as("[]"), claims},
		{"a member twice in the payload", as(`{"iss":"x",` + string(f.raw[1:])), claims},
		{"a member twice, by an escape", as(`{"\u0069ss":"x",` + string(f.raw[1:])), claims},
		{"a payload of ten thousand brackets", as(strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000)), claims},
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
