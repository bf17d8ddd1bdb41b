package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/big"
)

// Thumbprint is the JWK thumbprint of a public key: SHA-256 over its required
// members, base64url without padding (RFC 7638 §3, RFC 8037 §2). It knows EC
// P-256, RSA and Ed25519.
func Thumbprint(pub crypto.PublicKey) (string, error) {
	sum, err := thumb(pub)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(sum[:]), nil
}

func thumb(pub crypto.PublicKey) ([sha256.Size]byte, error) {
	b64 := base64.RawURLEncoding.EncodeToString
	var jwk string
	switch k := pub.(type) {
	case *ecdsa.PublicKey:
		if k.Curve != elliptic.P256() {
			return [32]byte{}, fmt.Errorf("make thumbprint: curve %s", k.Curve.Params().Name)
		}
		point, err := k.Bytes() // 4 | x | y, SEC 1 §2.3.3
		if err != nil {
			return [32]byte{}, fmt.Errorf("make thumbprint: %w", err)
		}
		jwk = fmt.Sprintf(`{"crv":"P-256","kty":"EC","x":"%s","y":"%s"}`, b64(point[1:33]), b64(point[33:]))
	case *rsa.PublicKey:
		jwk = fmt.Sprintf(`{"e":"%s","kty":"RSA","n":"%s"}`, b64(big.NewInt(int64(k.E)).Bytes()), b64(k.N.Bytes()))
	case ed25519.PublicKey:
		jwk = fmt.Sprintf(`{"crv":"Ed25519","kty":"OKP","x":"%s"}`, b64(k))
	default:
		return [32]byte{}, fmt.Errorf("make thumbprint: key of type %T", pub)
	}
	return sha256.Sum256([]byte(jwk)), nil
}
