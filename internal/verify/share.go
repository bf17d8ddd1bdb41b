package verify

import (
	"context"
	"errors"
	"fmt"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// ChannelShare counts answers to share codes.
const ChannelShare = "share"

// Share answers for a share code as people type it: the verdict of now, the
// course and the name (registry.Answer.Shared). A share that never was, has
// ended or was taken back, and one whose holder was removed, is the one refusal
// "share.gone": it says nothing of any certificate, so it is counted nowhere.
func (s *Service) Share(ctx context.Context, text string) (registry.Answer, error) {
	code, err := registry.ParseShareCode(text)
	if err != nil {
		return registry.Answer{}, err
	}
	found, err := s.find(ctx, func(ctx context.Context, tx *store.Tx) (registry.Credential, error) { return s.shared(ctx, tx, code) })
	if errors.Is(err, registry.NotFound) {
		return registry.Answer{}, registry.Fail(registry.NotFound, "share.gone")
	}
	a := s.judge(found, err)
	s.count(found, a.Status, ChannelShare)
	return a.Shared(), nil
}

// shared is the credential that a share shows.
func (s *Service) shared(ctx context.Context, tx *store.Tx, code registry.ShareCode) (registry.Credential, error) {
	gone := registry.Fail(registry.NotFound, "share.gone")
	share, err := tx.ShareByCode(ctx, access.TokenHash(string(code)))
	if err != nil {
		return registry.Credential{}, err
	}
	if !share.LastsAt(s.Now()) {
		return registry.Credential{}, gone
	}
	c, err := tx.Credential(ctx, share.Credential)
	if err != nil { // not %w: that ours is missing must never read as "no such share"
		return c, fmt.Errorf("read what share %s shows: %v", share.ID, err)
	}
	if c.State == registry.StateQueued || c.Erased() {
		return c, gone
	}
	return c, nil
}
