package access

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/registry"
)

// HolderToken is the secret of a holder's private link: 192 bits, derived from
// the enrolment with the registry's HMAC key, so staff can show the link again
// although the store holds only its hash. Raising the epoch makes a new link and
// ends the old one.
func HolderToken(ring *keys.Ring, enrolment registry.ID, epoch int64) string {
	return ring.IDHash("holder-link", string(enrolment)+"|"+strconv.FormatInt(epoch, 10))[:32]
}

// TokenHash is what the store keeps of a token: hex SHA-256.
func TokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
