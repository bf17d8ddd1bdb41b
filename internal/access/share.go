package access

import (
	"encoding/base64"

	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/registry"
)

// ShareCode is the code of a share, derived from its id with the registry's HMAC
// key: the holder can have the same picture again, although the store holds only
// the code's hash (TokenHash), and a share that was taken back never returns,
// because no other has its id.
func ShareCode(ring *keys.Ring, share registry.ID) registry.ShareCode {
	var secret [10]byte
	sum, _ := base64.RawURLEncoding.DecodeString(ring.IDHash("share-code", string(share))) // its own alphabet: no error
	copy(secret[:], sum)
	return registry.NewShareCode(secret)
}
