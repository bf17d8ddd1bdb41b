package store_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/store/storetest"
)

// TestAStoreWithoutSchemaShowsNoSQL: before Migrate every question is answered
// as unavailable.
func TestAStoreWithoutSchemaShowsNoSQL(t *testing.T) {
	for dialect, config := range map[string]func(*testing.T) store.Config{
		"sqlite":   func(t *testing.T) store.Config { return store.Config{Dir: t.TempDir()} },
		"postgres": func(t *testing.T) store.Config { return store.Config{URL: storetest.Postgres(t)} },
	} {
		t.Run(dialect, func(t *testing.T) {
			d, err := store.Open(t.Context(), config(t))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = d.Close() }()
			ask := func(tx *store.Tx) error { _, err := tx.Bases(t.Context()); return err }
			for what, err := range map[string]error{"Ready": d.Ready(t.Context()), "Read": d.Read(t.Context(), ask), "Tx": d.Tx(t.Context(), ask)} {
				var refusal *registry.Error
				if !errors.Is(err, registry.Unavailable) || !errors.As(err, &refusal) || refusal.Code != "store.unavailable" || strings.Contains(refusal.Error(), "table") {
					t.Errorf("%s = %v, want store.unavailable", what, err)
				}
			}
		})
	}
}
