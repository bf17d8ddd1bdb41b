package passkey

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// Begin starts a registration: options are what the browser is given
// (PublicKeyCredentialCreationOptionsJSON), state is to be kept in the person's
// session and handed to Register once.
func (s *Service) Begin(ctx context.Context, by registry.Actor) (options json.RawMessage, state string, err error) {
	if err := s.ready(); err != nil {
		return nil, "", err
	}
	var o owner
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		o, _, err = s.owner(ctx, tx, by.Account)
		return err
	})
	if err != nil {
		return nil, "", err
	}
	if len(o.keys) >= registry.MaxPasskeys {
		return nil, "", registry.Fail(registry.Conflict, "passkey.many", registry.MaxPasskeys)
	}
	creation, session, err := s.rp.BeginRegistration(o, webauthn.WithExclusions(webauthn.Credentials(o.keys).CredentialDescriptors()))
	if err != nil {
		return nil, "", fmt.Errorf("begin passkey: %w", err)
	}
	if options, err = json.Marshal(creation.Response); err != nil {
		return nil, "", fmt.Errorf("write passkey options: %w", err)
	}
	kept, err := json.Marshal(session)
	if err != nil {
		return nil, "", fmt.Errorf("write passkey session: %w", err)
	}
	return options, string(kept), nil
}

// Register stores the passkey that the browser made (RegistrationResponseJSON)
// under the name that its owner gives it.
func (s *Service) Register(ctx context.Context, by registry.Actor, state, name string, response []byte) (registry.Passkey, error) {
	if err := s.ready(); err != nil {
		return registry.Passkey{}, err
	}
	if name = strings.TrimSpace(name); name == "" || len(name) > 100 {
		return registry.Passkey{}, registry.FailField(registry.Invalid, "name", "passkey.name")
	}
	var session webauthn.SessionData
	if err := json.Unmarshal([]byte(state), &session); err != nil {
		return registry.Passkey{}, registry.Fail(registry.Conflict, "passkey.again")
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(response)
	if err != nil {
		return registry.Passkey{}, registry.Fail(registry.Invalid, "passkey.wrong")
	}
	var key registry.Passkey
	err = s.db.Tx(ctx, func(tx *store.Tx) error {
		o, list, err := s.owner(ctx, tx, by.Account)
		if err != nil {
			return err
		}
		if len(list) >= registry.MaxPasskeys {
			return registry.Fail(registry.Conflict, "passkey.many", registry.MaxPasskeys)
		}
		made, err := s.rp.CreateCredential(o, session, parsed)
		if err != nil {
			return registry.Fail(registry.Invalid, "passkey.wrong")
		}
		if key, err = s.keep(by, name, made); err != nil {
			return err
		}
		if err := tx.AddPasskey(ctx, key); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, "passkey.add", key.ID)
	})
	return key, err
}

func (s *Service) keep(by registry.Actor, name string, made *webauthn.Credential) (registry.Passkey, error) {
	document, err := json.Marshal(made)
	if err != nil {
		return registry.Passkey{}, fmt.Errorf("write passkey: %w", err)
	}
	return registry.Passkey{ID: store.NewID(), Account: by.Account, Name: name, KeyID: made.ID, PublicKey: made.PublicKey, Document: string(document),
		MadeAt: s.now(), Version: 1}, nil
}
