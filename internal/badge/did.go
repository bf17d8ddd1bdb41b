package badge

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// Contexts of documents that describe keys.
const (
	contextDID = "https://www.w3.org/ns/did/v1"
	contextJWS = "https://w3id.org/security/suites/jws-2020/v1"
	contextCID = "https://www.w3.org/ns/cid/v1"
)

// PublicKey is a key as a document describes it.
type PublicKey struct {
	KID     string // RFC 7638 thumbprint
	Public  crypto.PublicKey
	Expires time.Time // no signature counts from here on; zero: never
	Asserts bool      // it signs credentials
}

// KeyDocument is a DID document (DID v1.0 §5) or a controlled identifier
// document (CID v1.0 §2).
type KeyDocument struct {
	Context     []string  `json:"@context"`
	ID          string    `json:"id"`
	AlsoKnownAs []string  `json:"alsoKnownAs,omitempty"`
	Methods     []Method  `json:"verificationMethod"`
	Assertion   []string  `json:"assertionMethod"`
	Services    []Service `json:"service,omitempty"`
}

// Method is a verification method (CID v1.0 §2.2): a key in one of two forms.
type Method struct {
	ID         string    `json:"id"`
	Type       string    `json:"type"`
	Controller string    `json:"controller"`
	Expires    time.Time `json:"expires,omitzero"`
	JWK        *JWK      `json:"publicKeyJwk,omitempty"`
	Multibase  string    `json:"publicKeyMultibase,omitempty"`
}

// Service tells where more is to be had (DID v1.0 §5.4).
type Service struct {
	ID       string `json:"id"`
	Type     string `json:"type"`
	Endpoint string `json:"serviceEndpoint"`
}

// DIDOf is the did:web of an origin (did:web Method Specification §3.1): the
// colon before a port is written %3A.
func DIDOf(origin string) string {
	_, host, _ := strings.Cut(origin, "://")
	return "did:web:" + strings.ReplaceAll(host, ":", "%3A")
}

// MethodURL is the id of a key in the document of its issuer.
func MethodURL(issuer, kid string) string { return issuer + "#" + url.PathEscape(kid) }

// DIDDocument describes every key of the origin, with the JWK that the key set
// has. Those that sign credentials are its assertion methods; the others have no
// relationship, so that nobody takes their signature for a credential's.
func DIDDocument(origin string, keys []PublicKey) (KeyDocument, error) {
	did := DIDOf(origin)
	d := KeyDocument{Context: []string{contextDID, contextJWS}, ID: did, AlsoKnownAs: []string{origin}, Methods: []Method{}, Assertion: []string{},
		Services: []Service{
			{did + "#trust", "PassmusterTrustList", origin + "/trust"},
			{did + "#bundle", "PassmusterBundle", origin + "/bundle"},
			{did + "#verify", "PassmusterVerification", origin + "/api/v1/verify"},
		}}
	for _, k := range keys {
		m := Method{ID: MethodURL(did, k.KID), Type: "JsonWebKey2020", Controller: did, Expires: k.Expires}
		if k.Asserts {
			d.Assertion = append(d.Assertion, m.ID)
		}
		jwk, err := JWKOf(k.Public, KeyURL(origin, k.KID))
		if err != nil {
			return d, err
		}
		m.JWK = &jwk
		d.Methods = append(d.Methods, m)
	}
	return d, nil
}

// IssuerDocument describes the keys of one issuer under the id that its
// credentials bear: as JWK under the kid of a token, and as Multikey for
// embedded proofs.
func IssuerDocument(origin, code string, keys []PublicKey) (KeyDocument, error) {
	id := IssuerURL(origin, code)
	d := KeyDocument{Context: []string{contextCID}, ID: id, Methods: []Method{}, Assertion: []string{}}
	for _, k := range keys {
		jwk, err := JWKOf(k.Public, KeyURL(origin, k.KID))
		if err != nil {
			return d, err
		}
		multi, err := Multikey(k.Public)
		if err != nil {
			return d, err
		}
		d.Methods = append(d.Methods, Method{ID: jwk.KID, Type: "JsonWebKey", Controller: id, Expires: k.Expires, JWK: &jwk},
			Method{ID: MethodURL(id, k.KID), Type: "Multikey", Controller: id, Expires: k.Expires, Multibase: multi})
		d.Assertion = append(d.Assertion, jwk.KID, MethodURL(id, k.KID))
	}
	return d, nil
}

// Multikey writes a P-256 key as Multikey (CID v1.0 §2.2.2): the varint 0x1200,
// the compressed point, base58btc.
func Multikey(pub crypto.PublicKey) (string, error) {
	k, ok := pub.(*ecdsa.PublicKey)
	if !ok || k.Curve != elliptic.P256() {
		return "", fmt.Errorf("describe key: %T is not P-256", pub)
	}
	point, err := k.Bytes()
	if err != nil {
		return "", fmt.Errorf("describe key: %w", err)
	}
	compressed := append([]byte{0x80, 0x24, 2 + point[64]&1}, point[1:33]...)
	return "z" + base58(compressed), nil
}
