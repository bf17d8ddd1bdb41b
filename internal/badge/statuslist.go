package badge

import (
	"bytes"
	"compress/gzip"
	"crypto"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/canonical"
	"github.com/passmuster/passmuster/internal/ecsig"
	"github.com/passmuster/passmuster/internal/registry"
)

// Suspension is the purpose of the list that tells which of the entries set in
// the list for Revocation may be taken back.
const Suspension = "suspension"

// Purposes are those that a status list is published for, each as a credential
// of its own over the same indexes.
var Purposes = []string{Revocation, Suspension}

// Shows reports whether the bit of a credential in the state is set in the list
// for the purpose. The list for revocation is the one that badges name, so its
// bit stands for every state that must not be accepted.
func Shows(purpose string, state registry.State) bool {
	if purpose == Suspension {
		return state == registry.StateSuspended
	}
	return state == registry.StateRevoked || state == registry.StateSuspended || state == registry.StateSuperseded
}

// ListName is the last part of the address of a list for the purpose.
func ListName(list int, purpose string) string {
	if purpose == Revocation {
		return strconv.Itoa(list)
	}
	return strconv.Itoa(list) + "-" + purpose
}

// ParseListName reads a ListName.
func ParseListName(s string) (list int, purpose string, ok bool) {
	number, purpose, named := strings.Cut(s, "-")
	if !named {
		purpose = Revocation
	}
	list, err := strconv.Atoi(number)
	return list, purpose, err == nil && list > 0 && (!named || purpose == Suspension) && ListName(list, purpose) == s
}

// StatusList is what a status list says.
type StatusList struct {
	Origin     string
	Issuer     string // organization code; verifiers demand that it is the badges' own
	List       int
	Purpose    string
	Bits       []byte // entry 0 is the most significant bit of the first byte
	IssuedAt   time.Time
	ValidUntil time.Time
	TTL        time.Duration // how long a verifier may go by its copy
}

// StatusListCredential is a BitstringStatusListCredential (Bitstring Status List
// v1.0 §2.2).
type StatusListCredential struct {
	Context    []string  `json:"@context"`
	ID         string    `json:"id"`
	Type       []string  `json:"type"`
	Issuer     string    `json:"issuer"`
	ValidFrom  time.Time `json:"validFrom"`
	ValidUntil time.Time `json:"validUntil"`
	Subject    ListBits  `json:"credentialSubject"`
}

// ListBits is a BitstringStatusList.
type ListBits struct {
	ID      string `json:"id"`
	Type    string `json:"type"`
	Purpose string `json:"statusPurpose"`
	Encoded string `json:"encodedList"` // multibase base64url of the gzip stream of the bits
	TTL     int64  `json:"ttl"`         // milliseconds
}

func (l StatusList) credential() (StatusListCredential, error) {
	encoded, err := encodeBits(l.Bits)
	id := l.Origin + "/status/" + ListName(l.List, l.Purpose)
	return StatusListCredential{
		Context: []string{ContextVC}, ID: id, Type: []string{"VerifiableCredential", "BitstringStatusListCredential"},
		Issuer: IssuerURL(l.Origin, l.Issuer), ValidFrom: l.IssuedAt.UTC().Truncate(time.Second), ValidUntil: l.ValidUntil.UTC().Truncate(time.Second),
		Subject: ListBits{ID: id + "#list", Type: "BitstringStatusList", Purpose: l.Purpose, Encoded: encoded, TTL: l.TTL.Milliseconds()},
	}, err
}

// encodeBits follows Bitstring Status List v1.0 §3.3: gzip (RFC 1952), then
// multibase base64url without padding.
func encodeBits(bits []byte) (string, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return "", fmt.Errorf("compress status list: %w", err)
	}
	if _, err := w.Write(bits); err != nil {
		return "", fmt.Errorf("compress status list: %w", err)
	}
	if err := w.Close(); err != nil {
		return "", fmt.Errorf("compress status list: %w", err)
	}
	return "u" + base64.RawURLEncoding.EncodeToString(b.Bytes()), nil
}

// SignedList is one status list credential in the forms in which it is served.
type SignedList struct {
	JWT   string          `json:"jwt"`    // application/jwt: typ JWT, as Open Badges 3.0 has it
	VCJWT string          `json:"vc_jwt"` // application/vc+jwt: typ vc+jwt (VC-JOSE-COSE §3.1)
	VC    json.RawMessage `json:"vc"`     // application/vc: with a proof of its own (ecdsa-jcs-2019)
}

// listClaims repeats parts of the credential as registered claims, as badges do.
type listClaims struct {
	StatusListCredential
	Iss string `json:"iss"`
	JTI string `json:"jti"`
	Sub string `json:"sub"`
	NBF int64  `json:"nbf"`
	Exp int64  `json:"exp"`
}

// SignList signs a status list by the issuer's record key with the thumbprint
// kid, and checks each signature before it returns.
func SignList(l StatusList, kid string, key crypto.Signer) (SignedList, error) {
	var out SignedList
	c, err := l.credential()
	if err != nil {
		return out, err
	}
	public, ok := key.Public().(*ecdsa.PublicKey)
	if !ok {
		return out, fmt.Errorf("sign status list %s: not an EC key", c.ID)
	}
	claims := listClaims{c, c.Issuer, c.ID, c.Subject.ID, c.ValidFrom.Unix(), c.ValidUntil.Unix()}
	if out.JWT, err = signToken("JWT", KeyURL(l.Origin, kid), claims, key); err != nil {
		return out, err
	}
	if out.VCJWT, err = signToken("vc+jwt", KeyURL(l.Origin, kid), claims, key); err != nil {
		return out, err
	}
	if out.VC, err = Prove(c, MethodURL(c.Issuer, kid), c.ValidFrom, key); err != nil {
		return out, err
	}
	return out, out.Check(public)
}

// signToken makes a compact JWS (RFC 7515 §3.1) of canonical parts.
func signToken(typ, kid string, claims any, key crypto.Signer) (string, error) {
	header, err := canonical.JSON(map[string]string{"alg": es256, "kid": kid, "typ": typ})
	if err != nil {
		return "", err
	}
	body, err := canonical.JSON(claims)
	if err != nil {
		return "", err
	}
	enc := base64.RawURLEncoding
	input := enc.EncodeToString(header) + "." + enc.EncodeToString(body)
	sig, err := ecsig.Sign([]byte(input), key)
	if err != nil {
		return "", fmt.Errorf("sign status list: %w", err)
	}
	return join(input, sig), nil
}

// Check reports ("badge.signature") whether a form of the list is not what the
// key signed.
func (l SignedList) Check(public *ecdsa.PublicKey) error {
	for _, token := range []string{l.JWT, l.VCJWT} {
		dot := strings.LastIndexByte(token, '.')
		if dot < 0 {
			return registry.Fail(registry.Invalid, "badge.signature")
		}
		sig, err := base64.RawURLEncoding.Strict().DecodeString(token[dot+1:])
		digest := sha256.Sum256([]byte(token[:dot]))
		if err != nil || !ecsig.Verify(public, digest[:], sig) {
			return registry.Fail(registry.Invalid, "badge.signature")
		}
	}
	return CheckProof(l.VC, public)
}
