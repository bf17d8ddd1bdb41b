package passkey

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// Request is what the browser is given to sign a challenge of 32 bytes
// (PublicKeyCredentialRequestOptionsJSON) with one of the actor's passkeys.
func (s *Service) Request(ctx context.Context, by registry.Actor, challenge []byte) (json.RawMessage, error) {
	if err := s.ready(); err != nil {
		return nil, err
	}
	var o owner
	err := s.db.Read(ctx, func(tx *store.Tx) (err error) {
		o, _, err = s.owner(ctx, tx, by.Account)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(o.keys) == 0 {
		return nil, registry.Fail(registry.Conflict, "passkey.none")
	}
	options, _, err := s.rp.BeginLogin(o, webauthn.WithChallenge(challenge))
	if err != nil {
		return nil, fmt.Errorf("ask for a passkey: %w", err)
	}
	b, err := json.Marshal(options.Response)
	if err != nil {
		return nil, fmt.Errorf("write passkey request: %w", err)
	}
	return b, nil
}

// Assert checks an assertion (AuthenticationResponseJSON) of the actor over the
// challenge, and returns what is to be kept of it. It is refused as passkey.other
// where it signs another challenge: another class, or this one before it changed.
func (s *Service) Assert(ctx context.Context, tx *store.Tx, by registry.Actor, challenge, assertion []byte) (registry.PasskeySignature, error) {
	var none registry.PasskeySignature
	if err := s.ready(); err != nil {
		return none, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(assertion)
	if err != nil {
		return none, registry.FailField(registry.Invalid, "passkey", "passkey.wrong")
	}
	want := base64.RawURLEncoding.EncodeToString(challenge)
	if parsed.Response.CollectedClientData.Challenge != want {
		return none, registry.FailField(registry.Stale, "passkey", "passkey.other")
	}
	o, list, err := s.owner(ctx, tx, by.Account)
	if err != nil {
		return none, err
	}
	i := s.find(o, parsed)
	if i < 0 {
		return none, registry.FailField(registry.Forbidden, "passkey", "passkey.unknown")
	}
	used, err := s.rp.ValidateLogin(o, webauthn.SessionData{Challenge: want, UserID: o.WebAuthnID(), UserVerification: protocol.VerificationRequired}, parsed)
	if err != nil || used.Authenticator.CloneWarning {
		return none, registry.FailField(registry.Forbidden, "passkey", "passkey.wrong")
	}
	if err := s.used(ctx, tx, list[i], used); err != nil {
		return none, err
	}
	raw := parsed.Raw.AssertionResponse
	return registry.PasskeySignature{KeyID: used.ID, PublicKey: used.PublicKey, AuthData: raw.AuthenticatorData, ClientData: raw.ClientDataJSON, Signature: raw.Signature}, nil
}

// find returns which of the owner's keys signed, -1 for none. A key that is
// synced only later becomes "eligible for backup" then, which is no fault.
func (s *Service) find(o owner, parsed *protocol.ParsedCredentialAssertionData) int {
	for i := range o.keys {
		if bytes.Equal(o.keys[i].ID, parsed.RawID) {
			o.keys[i].Flags.BackupEligible = o.keys[i].Flags.BackupEligible || parsed.Response.AuthenticatorData.Flags.HasBackupEligible()
			return i
		}
	}
	return -1
}

// used stores the counter of a key that signed.
func (s *Service) used(ctx context.Context, tx *store.Tx, key registry.Passkey, now *webauthn.Credential) error {
	document, err := json.Marshal(now)
	if err != nil {
		return fmt.Errorf("write passkey: %w", err)
	}
	key.Document, key.UsedAt = string(document), s.now()
	return tx.SavePasskey(ctx, key)
}
