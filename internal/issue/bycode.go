package issue

import (
	"context"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// ByCode returns the signed credential with the code, for whoever has the paper
// that the code stands on. One that is not signed yet is not found; one whose
// holder's data were erased is Gone, credential.erased.
func (s *Service) ByCode(ctx context.Context, code registry.Code) (registry.Credential, error) {
	var c registry.Credential
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		c, err = tx.CredentialByCode(ctx, code)
		return err
	})
	switch {
	case err != nil:
		return c, err
	case c.State == registry.StateQueued:
		return c, registry.Fail(registry.NotFound, "credential.unknown", "")
	}
	return c, kept(c)
}

// kept refuses what cannot be made any more, because the holder's data were
// erased.
func kept(c registry.Credential) error {
	if c.Erased() {
		return registry.Fail(registry.Gone, "credential.erased", c.Number)
	}
	return nil
}
