package trust

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/badge"
	"github.com/passmuster/passmuster/internal/record/cose"
	"github.com/passmuster/passmuster/internal/registry"
)

// OfflineCredential answers for a credential as a VC-JWT, credential.jwt inside
// of a certificate, as Offline does for a record: by the same steps, with the key
// that its kid names on the list. A bundle vouches for records alone, so what a
// compromised key signed is never believed in this form.
func OfflineCredential(token string, list *VerifiedList, bundle *VerifiedBundle, seen Seen, now time.Time) registry.Answer {
	c := newCheck(list, bundle, seen, now)
	c.read, c.broken = func() *registry.Reason { return c.readCredential(token) }, "badge.signature"
	return c.conclude()
}

// readCredential finds the token's key, and reads it if that key signed it.
func (c *check) readCredential(token string) *registry.Reason {
	var stranger error
	claims, err := badge.Verify(token, func(kid string) (*ecdsa.PublicKey, error) {
		c.scan.Origin, c.key, c.issuer, stranger = c.list.keyOfURL(kid)
		return c.key.Public, stranger
	})
	var refusal *registry.Error
	switch {
	case errors.Is(stranger, errForeign):
		return c.foreign()
	case stranger != nil:
		return c.strange()
	case errors.As(err, &refusal) && refusal.Code == "badge.signature":
		c.verify = func(*ecdsa.PublicKey) error { return err }
		return nil
	case errors.As(err, &refusal):
		return c.unread(refusal.Code)
	case err != nil:
		return c.unread("badge.malformed")
	}
	vc := claims.Credential
	code, ok := codeOf(vc, c.scan.Origin)
	if !ok {
		return c.unread("badge.claims")
	}
	c.scan.Code = code
	c.claim = claim{
		issuer: issuerOf(vc, c.scan.Origin, c.issuer), startsAt: vc.ValidFrom, expiresAt: vc.ValidUntil,
		issuedBy: vc.AwardedDate.Add(24 * time.Hour), // the registry knew of it by the end of that day, as with a record
		shown:    func() *registry.Shown { return c.withNames(vc.Shown()) },
	}
	c.verify = func(*ecdsa.PublicKey) error { return nil } // Verify did
	return nil
}

// foreign is the doubt about what names an address that the list does not speak for.
func (c *check) foreign() *registry.Reason {
	c.answer.Checks.Signature = registry.Check{Result: registry.CheckCould, Reason: "origin.foreign"}
	return &registry.Reason{Code: "origin.foreign", Args: []any{c.scan.Origin}}
}

var (
	errForeign = errors.New("key of an address that is not on the list")
	errNoKey   = errors.New("key is not on the list")
)

// keyOfURL finds the key of a JWT's kid, see badge.KeyURL: the address of an
// origin of the list, and the whole thumbprint.
func (l *VerifiedList) keyOfURL(kid string) (origin string, key IssuerKey, issuer Issuer, err error) {
	at := strings.LastIndex(kid, "/keys/")
	if at < 0 {
		return "", key, issuer, errNoKey
	}
	if origin = kid[:at]; !l.Ours(origin) {
		if !plainOrigin(origin) {
			return "", key, issuer, errNoKey
		}
		return origin, key, issuer, errForeign
	}
	print, err := base64.RawURLEncoding.DecodeString(kid[at+len("/keys/"):])
	if err != nil || len(print) != sha256.Size {
		return origin, key, issuer, errNoKey
	}
	if key, issuer, err = l.keyOf([sha256.Size]byte(print)); err != nil || badge.KeyURL(origin, base64.RawURLEncoding.EncodeToString(print)) != kid {
		return origin, IssuerKey{}, Issuer{}, errNoKey
	}
	return origin, key, issuer, nil
}

// keyOf finds a key by its whole thumbprint.
func (l *VerifiedList) keyOf(thumbprint [sha256.Size]byte) (IssuerKey, Issuer, error) {
	key, issuer, known := l.Key([4]byte(thumbprint[:4]))
	if !known {
		return key, issuer, errNoKey
	}
	if full, err := cose.Thumbprint(key.Public); err != nil || full != thumbprint {
		return key, issuer, errNoKey
	}
	return key, issuer, nil
}

// codeOf is the code in the credential's id, if that is an address of the origin.
func codeOf(c badge.AchievementCredential, origin string) (registry.Code, bool) {
	code, err := registry.ParseCode(c.ID[strings.LastIndexByte(c.ID, '/')+1:])
	return code, err == nil && badge.CredentialURL(origin, code) == c.ID
}

// issuerOf is the code of the issuer that the credential names: that of the key,
// or what is not.
func issuerOf(c badge.AchievementCredential, origin string, of Issuer) string {
	if c.Issuer.ID == badge.IssuerURL(origin, of.Code) {
		return of.Code
	}
	return ""
}

// withNames adds the names that list and bundle know, in all their languages.
func (c *check) withNames(s *registry.Shown) *registry.Shown {
	s.Issuer.Name = c.issuer.Name
	if c.bundle != nil {
		if t := c.bundle.Courses[s.Course.Code]; len(t) > 0 {
			s.Course.Title = t
		}
		if t := c.bundle.Bases[s.Base.Code]; len(t) > 0 {
			s.Base.Name = t
		}
	}
	return s
}
