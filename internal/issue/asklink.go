package issue

import (
	"context"
	"crypto/hmac"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// AskWithin is how long the link to an approver leads somewhere.
const AskWithin = 14 * 24 * time.Hour

// askMAC is how many bytes of the HMAC the link has: it is worth nothing to
// whoever forges one, and keeps strangers from probing ids.
const askMAC = 10

// Ask makes the link that whoever submitted a class sends to an approver. It
// opens the class after the sign-in and gives no right of its own; it ends.
func (s *Service) Ask(ctx context.Context, by registry.Actor, id registry.ID) (link string, until time.Time, err error) {
	err = s.DB.Read(ctx, func(tx *store.Tx) error {
		class, _, err := access.Class(ctx, tx, by, registry.SubmitClass, id)
		if err == nil && class.Status != registry.ClassSubmitted {
			err = registry.Fail(registry.Conflict, "class.not_submitted", class.Code, string(class.Status))
		}
		return err
	})
	if err != nil {
		return "", until, err
	}
	raw, err := uuid.Parse(string(id))
	if err != nil {
		return "", until, registry.Fail(registry.NotFound, "class.unknown", id)
	}
	until = s.Now().Add(AskWithin).UTC().Truncate(time.Hour)
	b := binary.BigEndian.AppendUint32(raw[:], uint32(until.Unix()/3600))
	return s.Origin + "/a/ask/" + base64.RawURLEncoding.EncodeToString(append(b, s.askMAC(b)...)), until, nil
}

func (s *Service) askMAC(b []byte) []byte {
	sum, _ := base64.RawURLEncoding.DecodeString(s.Keys.IDHash("approval-link", string(b))) // our own encoding
	return sum[:askMAC]
}

// Asked is the class that such a link leads to. One that has ended, and one that
// we did not make, are one refusal.
func (s *Service) Asked(token string) (registry.ID, error) {
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(b) != 16+4+askMAC || !hmac.Equal(b[20:], s.askMAC(slices.Clone(b[:20]))) {
		return "", registry.Fail(registry.NotFound, "approve.link")
	}
	if s.Now().Unix() >= int64(binary.BigEndian.Uint32(b[16:20]))*3600 {
		return "", registry.Fail(registry.NotFound, "approve.link")
	}
	return registry.ID(uuid.UUID(b[:16]).String()), nil
}
