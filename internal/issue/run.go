package issue

import (
	"context"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// Run returns a long piece of work that the actor may watch.
func (s *Service) Run(ctx context.Context, by registry.Actor, id registry.ID) (store.Run, error) {
	var r store.Run
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		if r, err = tx.Run(ctx, id); err != nil {
			return err
		}
		return access.Allow(ctx, tx, by, registry.ReadClass, registry.ReadClass, r.Org, "run", id)
	})
	return r, err
}
