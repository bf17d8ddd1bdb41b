package verify

import (
	"crypto/ecdsa"
	"errors"

	"github.com/passmuster/passmuster/internal/badge"
	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/pdf/check"
	"github.com/passmuster/passmuster/internal/record"
	"github.com/passmuster/passmuster/internal/trust"
)

// attached finds what an intact file says of itself: the link in its QR code, and
// why that and the credential attached to it contradict each other, "" where they
// agree. A credential under a key that nobody knows is believed as far as the
// file's own signature over it goes.
func (s *Service) attached(signed *check.Signed) (scan record.Scan, contradiction string) {
	scan, err := record.ParseScan(signed.Link)
	if err != nil || len(scan.Record) == 0 {
		return scan, "" // nothing that could contradict
	}
	said, err := badge.Verify(string(signed.Attachment), s.recordKey)
	switch {
	case errors.Is(err, errKeyUnknown):
		return scan, ""
	case err != nil:
		return scan, "badge.signature"
	case !trust.SayTheSame(scan, said.Credential):
		return scan, "badge.differs"
	}
	return scan, ""
}

// errKeyUnknown says that a credential can be neither believed nor called false.
var errKeyUnknown = errors.New("no key of this registry")

// recordKey finds a record key of this registry by the kid of a JWT.
func (s *Service) recordKey(kid string) (*ecdsa.PublicKey, error) {
	for _, k := range s.Keys.Keys(keys.Record) {
		public, ok := k.Public.(*ecdsa.PublicKey)
		if ok && badge.KeyURL(s.Origin, k.KID) == kid {
			return public, nil
		}
	}
	return nil, errKeyUnknown
}
