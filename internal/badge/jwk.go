package badge

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
	"fmt"
	"slices"

	"github.com/passmuster/passmuster/internal/registry"
)

// es256 is ECDSA on P-256 with SHA-256 (RFC 7518 §3.1), the one algorithm here.
const es256 = "ES256"

// JWK is a public P-256 signing key (RFC 7517, RFC 7518 §6.2).
type JWK struct {
	Kty    string   `json:"kty"`
	Crv    string   `json:"crv"`
	X      string   `json:"x"`
	Y      string   `json:"y"`
	KID    string   `json:"kid"`
	Use    string   `json:"use,omitempty"`
	Alg    string   `json:"alg,omitempty"`
	KeyOps []string `json:"key_ops,omitempty"`
}

// JWKSet is a set of public keys (RFC 7517 §5).
type JWKSet struct {
	Keys []JWK `json:"keys"`
}

// JWKOf describes a P-256 key under the kid, which is a KeyURL wherever tokens
// are checked.
func JWKOf(pub crypto.PublicKey, kid string) (JWK, error) {
	k, ok := pub.(*ecdsa.PublicKey)
	if !ok || k.Curve != elliptic.P256() {
		return JWK{}, fmt.Errorf("describe key: %T is not P-256", pub)
	}
	point, err := k.Bytes() // 4 | x | y, SEC 1 §2.3.3
	if err != nil {
		return JWK{}, fmt.Errorf("describe key: %w", err)
	}
	b64 := base64.RawURLEncoding.EncodeToString
	return JWK{Kty: "EC", Crv: "P-256", X: b64(point[1:33]), Y: b64(point[33:]), KID: kid, Use: "sig", Alg: es256}, nil
}

// Key reads the public key. It refuses ("badge.key") what is not a P-256 key
// for verifying ES256 signatures, a key marked for another use among them.
func (j JWK) Key() (*ecdsa.PublicKey, error) {
	refused := registry.Fail(registry.Invalid, "badge.key")
	if j.Kty != "EC" || j.Crv != "P-256" || j.Use != "" && j.Use != "sig" || j.Alg != "" && j.Alg != es256 ||
		len(j.KeyOps) > 0 && !slices.Contains(j.KeyOps, "verify") {
		return nil, refused
	}
	x, errX := base64.RawURLEncoding.Strict().DecodeString(j.X)
	y, errY := base64.RawURLEncoding.Strict().DecodeString(j.Y)
	if errX != nil || errY != nil || len(x) != 32 || len(y) != 32 {
		return nil, refused
	}
	pub, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, x, y)) // refuses a point off the curve
	if err != nil {
		return nil, refused
	}
	return pub, nil
}
