package store_test

import (
	"context"
	"errors"
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/store/storetest"
)

func TestClosedStoreIsUnavailable(t *testing.T) {
	ctx := context.Background()
	db := storetest.New(t)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	read := func(tx *store.Tx) error { _, err := tx.Bases(ctx); return err }
	for what, err := range map[string]error{"Ready": db.Ready(ctx), "Read": db.Read(ctx, read), "Tx": db.Tx(ctx, read)} {
		if !errors.Is(err, registry.Unavailable) {
			t.Errorf("%s after Close = %v, want unavailable", what, err)
		}
	}
}
