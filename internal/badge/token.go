package badge

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/golang-jwt/jwt/v5"
	"github.com/gowebpki/jcs"

	"github.com/passmuster/passmuster/internal/canonical"
	"github.com/passmuster/passmuster/internal/ecsig"
	"github.com/passmuster/passmuster/internal/registry"
)

// signatureSize is that of an ES256 signature: r and s, 32 bytes each (RFC 7518
// §3.4).
const signatureSize = 64

// payload is a VC-JWT's claims: the credential itself and the registered claims
// that repeat parts of it (Open Badges 3.0 §8.2.4).
type payload struct {
	AchievementCredential
	Iss string `json:"iss"`
	JTI string `json:"jti"`
	Sub string `json:"sub"`
	NBF int64  `json:"nbf"`
	Exp int64  `json:"exp,omitzero"`
}

// Payload is what a VC-JWT of the credential says: the credential, and beside it
// the registered claims (Open Badges 3.0 §8.2.4). A value for encoding/json.
func Payload(c AchievementCredential) any { return claimsOf(c) }

func claimsOf(c AchievementCredential) payload {
	p := payload{AchievementCredential: c, Iss: c.Issuer.ID, JTI: c.ID, Sub: c.Subject.ID, NBF: c.ValidFrom.Unix()}
	if !c.ValidUntil.IsZero() {
		p.Exp = c.ValidUntil.Unix()
	}
	return p
}

// SigningInput is what the VC-JWT of the snapshot signs: header and payload,
// each canonical JSON (RFC 8785) in base64url, with a dot between. The header
// holds alg, kid and typ, the only members that Open Badges verifiers take.
func SigningInput(s registry.Snapshot, kidURL string) (string, error) {
	header, body, err := signingParts(s, kidURL)
	if err != nil {
		return "", err
	}
	enc := base64.RawURLEncoding
	b := make([]byte, 0, enc.EncodedLen(len(header))+1+enc.EncodedLen(len(body)))
	b = append(enc.AppendEncode(b, header), '.')
	return string(enc.AppendEncode(b, body)), nil
}

// signingParts are header and payload of a token.
func signingParts(s registry.Snapshot, kidURL string) (header, body []byte, err error) {
	header, err = canonical.JSON(struct {
		Alg string `json:"alg"`
		KID string `json:"kid"`
		Typ string `json:"typ"`
	}{es256, kidURL, "JWT"})
	if err != nil {
		return nil, nil, err
	}
	body, err = canonical.JSON(claimsOf(Credential(s)))
	return header, body, err
}

// Sign makes the VC-JWT of the snapshot, and its 64-byte signature to store.
// The kid is the thumbprint of the issuer's record key, and the one that the
// snapshot names. It does not check the signature: the caller verifies it once
// before storing it.
func Sign(s registry.Snapshot, kid string, key crypto.Signer) (token string, sig []byte, err error) {
	if s.RecordKey != "" && s.RecordKey != kid {
		return "", nil, fmt.Errorf("sign badge %s: snapshot names key %s, not %s", s.Number, s.RecordKey, kid)
	}
	input, err := SigningInput(s, KeyURL(s.Origin, kid))
	if err != nil {
		return "", nil, err
	}
	if sig, err = ecsig.Sign([]byte(input), key); err != nil {
		return "", nil, fmt.Errorf("sign badge %s: %w", s.Number, err)
	}
	return join(input, sig), sig, nil
}

// Rebuild makes the token that Sign made, from its signature.
func Rebuild(s registry.Snapshot, kid string, sig []byte) (string, error) {
	if len(sig) != signatureSize {
		return "", fmt.Errorf("build badge %s: signature of %d bytes", s.Number, len(sig))
	}
	input, err := SigningInput(s, KeyURL(s.Origin, kid))
	if err != nil {
		return "", err
	}
	return join(input, sig), nil
}

func join(input string, sig []byte) string {
	return input + "." + base64.RawURLEncoding.EncodeToString(sig)
}

// Limits of a token that is read.
const (
	MaxToken  = 64 << 10 // bytes of a token
	maxHeader = 4 << 10  // bytes of its encoded header
)

// Claims is what a verified token says.
type Claims struct {
	KID        string // as in the header, see KeyURL
	Credential AchievementCredential
}

// Verify checks the signature and the inner agreement of a VC-JWT: ES256 alone,
// header members alg, kid and typ alone, no member twice, registered claims
// equal to the credential's. It does not look at dates or status: an expired
// credential is genuine. The key comes from the function alone, never from the
// token or the network; its error is returned as it is. Refusals:
// badge.malformed, badge.header, badge.signature, badge.claims. No message
// repeats a text of the token.
func Verify(token string, key func(kid string) (*ecdsa.PublicKey, error)) (*Claims, error) {
	header, body, err := split(token)
	if err != nil {
		return nil, err
	}
	kid, err := readHeader(header)
	if err != nil {
		return nil, err
	}
	pub, err := key(kid)
	if err != nil {
		return nil, err
	}
	parser := jwt.NewParser(jwt.WithValidMethods([]string{es256}), jwt.WithStrictDecoding(), jwt.WithoutClaimsValidation())
	if _, err := parser.ParseWithClaims(token, &unread{}, func(*jwt.Token) (any, error) { return pub, nil }); err != nil {
		return nil, registry.Fail(registry.Invalid, "badge.signature")
	}
	c, err := readClaims(body)
	if err != nil {
		return nil, err
	}
	return &Claims{KID: kid, Credential: c}, nil
}

// split decodes header and payload of a token within its limits.
func split(token string) (header, body []byte, err error) {
	malformed := registry.Fail(registry.Invalid, "badge.malformed")
	if len(token) > MaxToken || strings.ContainsAny(token, "\r\n") { // which base64 would skip: a token has one spelling
		return nil, nil, malformed
	}
	first := indexByte(token, 0)
	second := indexByte(token, first+1)
	if first <= 0 || second < 0 || first > maxHeader || indexByte(token, second+1) >= 0 {
		return nil, nil, malformed
	}
	enc := base64.RawURLEncoding.Strict()
	if header, err = enc.DecodeString(token[:first]); err != nil {
		return nil, nil, malformed
	}
	if body, err = enc.DecodeString(token[first+1 : second]); err != nil {
		return nil, nil, malformed
	}
	if sig, err := enc.DecodeString(token[second+1:]); err != nil || len(sig) != signatureSize {
		return nil, nil, malformed
	}
	return header, body, nil
}

func indexByte(s string, from int) int {
	for i := from; i >= 0 && i < len(s); i++ {
		if s[i] == '.' {
			return i
		}
	}
	return -1
}

// readHeader accepts {alg: ES256, kid, typ: JWT} and nothing beside it: no crit,
// and none of jwk, jku, x5u, x5c, by which a token would bring its own key.
func readHeader(b []byte) (kid string, err error) {
	refused := registry.Fail(registry.Invalid, "badge.header")
	if _, err := jcs.Transform(b); err != nil { // also refuses a member that stands twice
		return "", refused
	}
	var members map[string]any
	if err := json.Unmarshal(b, &members); err != nil || len(members) > 3 {
		return "", refused
	}
	kid, ok := members["kid"].(string)
	typ, hasType := members["typ"]
	if !ok || kid == "" || members["alg"] != es256 || hasType && typ != "JWT" || !hasType && len(members) > 2 {
		return "", refused
	}
	return kid, nil
}

// readClaims reads the payload of a token whose signature is good.
func readClaims(b []byte) (AchievementCredential, error) {
	refused := registry.Fail(registry.Invalid, "badge.claims")
	plain, err := jcs.Transform(b)
	if err != nil {
		return AchievementCredential{}, refused
	}
	var p payload
	d := json.NewDecoder(bytes.NewReader(plain))
	if err := d.Decode(&p); err != nil {
		return AchievementCredential{}, refused
	}
	want := claimsOf(p.AchievementCredential)
	if p.Iss == "" || p.JTI == "" || p.Sub == "" || p.ValidFrom.IsZero() ||
		p.Iss != want.Iss || p.JTI != want.JTI || p.Sub != want.Sub || p.NBF != want.NBF || p.Exp != want.Exp {
		return AchievementCredential{}, refused
	}
	return p.AchievementCredential, nil
}

// unread keeps golang-jwt from decoding claims before the signature is checked.
type unread struct{}

func (unread) UnmarshalJSON([]byte) error                   { return nil }
func (unread) GetExpirationTime() (*jwt.NumericDate, error) { return nil, nil }
func (unread) GetIssuedAt() (*jwt.NumericDate, error)       { return nil, nil }
func (unread) GetNotBefore() (*jwt.NumericDate, error)      { return nil, nil }
func (unread) GetIssuer() (string, error)                   { return "", nil }
func (unread) GetSubject() (string, error)                  { return "", nil }
func (unread) GetAudience() (jwt.ClaimStrings, error)       { return nil, nil }
