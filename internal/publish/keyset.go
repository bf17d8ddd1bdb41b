package publish

import (
	"time"

	"github.com/passmuster/passmuster/internal/badge"
	"github.com/passmuster/passmuster/internal/keys"
)

// KeySet is the key set under /.well-known/jwks.json. A compromised key is not
// in it, and none whose signatures no longer count: the format has no room to
// say "only before that day".
func KeySet(list []keys.Key, origin string, now time.Time) (badge.JWKSet, error) {
	set := badge.JWKSet{Keys: []badge.JWK{}}
	for _, k := range list {
		if s := k.Status(now); s == keys.Compromised || s == keys.Ended || k.Alg != keys.ES256 {
			continue
		}
		jwk, err := badge.JWKOf(k.Public, badge.KeyURL(origin, k.KID))
		if err != nil {
			return badge.JWKSet{}, err
		}
		set.Keys = append(set.Keys, jwk)
	}
	return set, nil
}
