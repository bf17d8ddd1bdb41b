package auth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/asn1"
	"errors"
	"math/big"

	"github.com/golang-jwt/jwt/v5"
)

// signing is ES256 (RFC 7518 §3.4) over a crypto.Signer, so that the key may
// live in a file, an HSM or a service. Verifying is golang-jwt's own.
type signing struct{}

func (signing) Alg() string { return jwt.SigningMethodES256.Alg() }

func (signing) Verify(input string, sig []byte, key any) error {
	return jwt.SigningMethodES256.Verify(input, sig, key)
}

func (signing) Sign(input string, key any) ([]byte, error) {
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errors.New("not a signer")
	}
	if _, ok := signer.Public().(*ecdsa.PublicKey); !ok {
		return nil, errors.New("not a P-256 key")
	}
	sum := sha256.Sum256([]byte(input))
	der, err := signer.Sign(nil, sum[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	var rs struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &rs); err != nil {
		return nil, err
	}
	out := make([]byte, 64)
	rs.R.FillBytes(out[:32])
	rs.S.FillBytes(out[32:])
	return out, nil
}
