package keys

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
)

const idKeySize = 32

// IDHash is the keyed hash by which a person is found again without storing
// the id: HMAC-SHA-256 (RFC 2104) over type, NUL and id, base64url, 43
// characters. The caller brings the id into its canonical form first.
func (r *Ring) IDHash(idType, id string) string {
	h := hmac.New(sha256.New, r.seen().idKey)
	h.Write([]byte(idType))
	h.Write([]byte{0})
	h.Write([]byte(id))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}
