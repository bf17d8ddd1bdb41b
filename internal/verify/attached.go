package verify

import (
	"crypto/ecdsa"
	"errors"
	"slices"
	"strconv"

	"github.com/passmuster/passmuster/internal/badge"
	"github.com/passmuster/passmuster/internal/pdf/check"
	"github.com/passmuster/passmuster/internal/record"
	"github.com/passmuster/passmuster/internal/registry"
)

// ErrKeyUnknown is what a key function returns for a kid that it does not know:
// a credential under it can be neither believed nor called false.
var ErrKeyUnknown = errors.New("no key of this registry")

// Attached finds that the three things in an intact file say the same: the
// credential attached to it, the record in its QR code, and the code in its
// link. It returns the link. A file that contradicts itself is refused as
// "file.contradicts". key finds the public record key of a JWT's kid, or returns
// ErrKeyUnknown, and then the credential is believed as far as the file's own
// signature over it goes.
func Attached(signed *check.Signed, key func(kid string) (*ecdsa.PublicKey, error)) (record.Scan, error) {
	contradicts := registry.Fail(registry.Invalid, "file.contradicts")
	scan, err := record.ParseScan(signed.Link)
	if err != nil || scan.Record == nil {
		return scan, contradicts
	}
	message, err := record.Parse(scan.Record)
	if err != nil {
		return scan, contradicts
	}
	said, err := badge.Verify(string(signed.Attachment), key)
	if errors.Is(err, ErrKeyUnknown) {
		return scan, nil
	}
	if err != nil || !same(said.Credential, message.Claims(), scan) {
		return scan, contradicts
	}
	return scan, nil
}

// same compares what credential and record both say.
func same(c badge.AchievementCredential, r record.Claims, scan record.Scan) bool {
	named := slices.ContainsFunc(c.Subject.Identifier, func(id badge.Identity) bool { return id.Kind == "name" && id.Value == r.Name })
	return named && c.ID == badge.CredentialURL(scan.Origin, scan.Code) &&
		c.Subject.Achievement.HumanCode == r.Course && c.Subject.Achievement.Version == strconv.Itoa(r.CourseVersion) &&
		c.ValidFrom.Equal(r.StartsAt()) && c.ValidUntil.Equal(r.ExpiresAt())
}
