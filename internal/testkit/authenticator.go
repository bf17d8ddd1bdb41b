package testkit

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net/url"
	"slices"
	"testing"

	"github.com/fxamacker/cbor/v2"
)

// Authenticator answers the options of passkeys as a browser with a phone does
// (WebAuthn Level 3): one key, ES256, no attestation, the user verified.
type Authenticator struct {
	t      testing.TB
	origin string
	key    *ecdsa.PrivateKey
	id     []byte
	count  uint32
	// Unverified leaves the user unverified: somebody touched it and nobody knows who.
	Unverified bool
}

// NewAuthenticator makes an authenticator in a browser that is at the origin.
func NewAuthenticator(t testing.TB, origin string) *Authenticator {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := key.PublicKey.ECDH()
	if err != nil {
		t.Fatal(err)
	}
	id := sha256.Sum256(point.Bytes())
	return &Authenticator{t: t, origin: origin, key: key, id: id[:]}
}

// Create answers creation options (RegistrationResponseJSON).
func (a *Authenticator) Create(options []byte) []byte {
	a.t.Helper()
	point, err := a.key.PublicKey.ECDH()
	a.must(err)
	xy := point.Bytes()
	cose, err := cbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: xy[1:33], -3: xy[33:]})
	a.must(err)
	attested := slices.Concat(make([]byte, 16), binary.BigEndian.AppendUint16(nil, uint16(len(a.id))), a.id, cose)
	object, err := cbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": append(a.data(0x40), attested...)})
	a.must(err)
	client, _ := a.client("webauthn.create", options)
	return a.answer(map[string]any{"clientDataJSON": b64(client), "attestationObject": b64(object), "transports": []string{"internal"}})
}

// Sign answers request options (AuthenticationResponseJSON).
func (a *Authenticator) Sign(options []byte) []byte {
	a.t.Helper()
	a.count++
	client, hash := a.client("webauthn.get", options)
	data := a.data(0)
	sum := sha256.Sum256(slices.Concat(data, hash))
	signature, err := ecdsa.SignASN1(rand.Reader, a.key, sum[:])
	a.must(err)
	return a.answer(map[string]any{"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature)})
}

// data is the authenticator data up to the counter, with more flags.
func (a *Authenticator) data(flags byte) []byte {
	u, err := url.Parse(a.origin)
	a.must(err)
	host := sha256.Sum256([]byte(u.Hostname()))
	flags |= 0x05
	if a.Unverified {
		flags &^= 0x04
	}
	return binary.BigEndian.AppendUint32(append(host[:], flags), a.count)
}

func (a *Authenticator) client(kind string, options []byte) (data, hash []byte) {
	var o struct {
		Challenge string `json:"challenge"`
	}
	a.must(json.Unmarshal(options, &o))
	data, err := json.Marshal(map[string]any{"type": kind, "challenge": o.Challenge, "origin": a.origin, "crossOrigin": false})
	a.must(err)
	sum := sha256.Sum256(data)
	return data, sum[:]
}

func (a *Authenticator) answer(response map[string]any) []byte {
	b, err := json.Marshal(map[string]any{"id": b64(a.id), "rawId": b64(a.id), "type": "public-key", "clientExtensionResults": map[string]any{}, "response": response})
	a.must(err)
	return b
}

func (a *Authenticator) must(err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
