package cose

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
)

// Thumbprint is the RFC 7638 thumbprint (SHA-256) of a P-256 key: its full
// name. base64url of it, without padding, is the kid of the JWK.
func Thumbprint(pub *ecdsa.PublicKey) ([32]byte, error) {
	point, err := Point(pub)
	if err != nil {
		return [32]byte{}, err
	}
	enc := base64.RawURLEncoding.EncodeToString
	jwk := fmt.Sprintf(`{"crv":"P-256","kty":"EC","x":%q,"y":%q}`, enc(point[1:33]), enc(point[33:]))
	return sha256.Sum256([]byte(jwk)), nil
}

// KID is the key's short name in a COSE header: the first 4 bytes of its
// thumbprint. A registry keeps them unique among all keys it ever had.
func KID(pub *ecdsa.PublicKey) ([4]byte, error) {
	full, err := Thumbprint(pub)
	return [4]byte(full[:4]), err
}

// Point is the key as the uncompressed point of SEC 1 §2.3.3: 0x04, x, y, 65
// bytes (the "raw" form of WebCrypto).
func Point(pub *ecdsa.PublicKey) ([]byte, error) {
	if pub == nil || pub.Curve != elliptic.P256() {
		return nil, errors.New("encode key: not a P-256 key")
	}
	b, err := pub.Bytes()
	if err != nil {
		return nil, fmt.Errorf("encode key: %w", err)
	}
	return b, nil
}

// ParsePoint is the inverse of Point; a point off the curve is refused.
func ParsePoint(b []byte) (*ecdsa.PublicKey, error) {
	pub, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), b)
	if err != nil {
		return nil, fmt.Errorf("parse key: %w", err)
	}
	return pub, nil
}
