package passkey

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"

	"github.com/passmuster/passmuster/internal/registry"
)

// Check verifies a kept assertion again, from itself and the challenge alone
// (WebAuthn Level 3 §7.2, steps 11 to 21): it is an assertion, over this
// challenge, made for the origin that it names, by somebody whom the
// authenticator verified, with the kept public key. It returns that origin.
func Check(s registry.PasskeySignature, challenge []byte) (origin string, err error) {
	var client protocol.CollectedClientData
	if json.Unmarshal(s.ClientData, &client) != nil || client.Type != protocol.AssertCeremony {
		return "", registry.Fail(registry.Invalid, "passkey.wrong")
	}
	if client.Challenge != base64.RawURLEncoding.EncodeToString(challenge) {
		return "", registry.Fail(registry.Invalid, "passkey.other")
	}
	u, err := url.Parse(client.Origin)
	if err != nil {
		return "", registry.Fail(registry.Invalid, "passkey.wrong")
	}
	var auth protocol.AuthenticatorData
	host := sha256.Sum256([]byte(u.Hostname()))
	if auth.Unmarshal(s.AuthData) != nil || !bytes.Equal(auth.RPIDHash, host[:]) || !auth.Flags.HasUserPresent() || !auth.Flags.HasUserVerified() {
		return "", registry.Fail(registry.Invalid, "passkey.wrong")
	}
	key, err := webauthncose.ParsePublicKey(s.PublicKey)
	if err != nil {
		return "", registry.Fail(registry.Invalid, "passkey.wrong")
	}
	hash := sha256.Sum256(s.ClientData)
	if ok, err := webauthncose.VerifySignature(key, slices.Concat(s.AuthData, hash[:]), s.Signature); err != nil || !ok {
		return "", registry.Fail(registry.Invalid, "passkey.wrong")
	}
	return client.Origin, nil
}

// Check is [Check], for whoever was given the service.
func (s *Service) Check(signature registry.PasskeySignature, challenge []byte) (string, error) {
	return Check(signature, challenge)
}
