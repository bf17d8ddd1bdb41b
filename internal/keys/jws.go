package keys

import (
	"crypto"

	"github.com/golang-jwt/jwt/v5"

	"github.com/passmuster/passmuster/internal/ecsig"
)

// JWS is the ES256 of golang-jwt (RFC 7518 §3.4) over any crypto.Signer, so that
// the key may be in a file, an HSM or a key service.
var JWS jwt.SigningMethod = es256{}

type es256 struct{}

func (es256) Alg() string { return ES256 }

func (es256) Verify(input string, sig []byte, key any) error {
	return jwt.SigningMethodES256.Verify(input, sig, key)
}

func (es256) Sign(input string, key any) ([]byte, error) {
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, jwt.ErrInvalidKeyType
	}
	return ecsig.Sign([]byte(input), signer)
}
