package issue

import (
	"context"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// ByCode returns the signed credential with the code, for whoever has the paper
// that the code stands on. One that is not signed yet, or was removed at the
// holder's request, is not found.
func (s *Service) ByCode(ctx context.Context, code registry.Code) (registry.Credential, error) {
	var c registry.Credential
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		c, err = tx.CredentialByCode(ctx, code)
		return err
	})
	if err == nil && (c.State == registry.StateQueued || c.Reason == registry.HolderRemoved) {
		err = registry.Fail(registry.NotFound, "credential.unknown", "")
	}
	return c, err
}
