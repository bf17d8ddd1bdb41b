// Package ecsig signs with P-256 keys in the form that JOSE and COSE carry: r
// and s of 32 bytes each (RFC 7518 §3.4, RFC 9053 §2.1), where crypto.Signer
// returns ASN.1.
package ecsig

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
)

// Size of a signature, in bytes.
const Size = 64

// Sign returns the ES256 signature of the message, see SignDigest.
func Sign(message []byte, key crypto.Signer) ([]byte, error) {
	digest := sha256.Sum256(message)
	return SignDigest(digest[:], key)
}

// SignDigest signs a SHA-256 digest: deterministically where the signer does
// (RFC 6979). It refuses a key that is not on P-256 and a signer that returns
// something else than a signature.
func SignDigest(digest []byte, key crypto.Signer) ([]byte, error) {
	if pub, ok := key.Public().(*ecdsa.PublicKey); !ok || pub.Curve != elliptic.P256() {
		return nil, errors.New("sign with ES256: the key is not on P-256")
	}
	der, err := key.Sign(nil, digest, crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("sign with ES256: %w", err)
	}
	return raw(der)
}

func raw(der []byte) ([]byte, error) {
	var v struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &v); err != nil || len(rest) > 0 {
		return nil, errors.New("signer returned no ASN.1 signature")
	}
	if v.R.Sign() <= 0 || v.S.Sign() <= 0 || v.R.BitLen() > 256 || v.S.BitLen() > 256 {
		return nil, errors.New("signer returned a signature out of range")
	}
	out := make([]byte, Size)
	v.R.FillBytes(out[:Size/2])
	v.S.FillBytes(out[Size/2:])
	return out, nil
}
