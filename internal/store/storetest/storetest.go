// Package storetest gives tests a real store: SQLite in a temporary directory,
// and PostgreSQL in a private cluster that dies with the test process.
package storetest

import (
	"testing"

	"github.com/passmuster/passmuster/internal/store"
)

// New returns a fresh, migrated SQLite store that is closed with the test.
func New(t testing.TB) *store.DB {
	t.Helper()
	return Open(t, store.Config{Dir: t.TempDir()})
}

// Open opens and migrates the store of the config, and closes it with the test.
func Open(t testing.TB, c store.Config) *store.DB {
	t.Helper()
	d, err := store.Open(t.Context(), c)
	if err != nil {
		t.Fatalf("open store: %v", err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close store: %v", err)
		}
	})
	if err := d.Migrate(t.Context()); err != nil {
		t.Fatalf("migrate store: %v", err)
	}
	return d
}

// Each runs the test on a fresh store of either engine.
func Each(t *testing.T, f func(t *testing.T, d *store.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, New(t)) })
	t.Run("postgres", func(t *testing.T) { f(t, Open(t, store.Config{URL: migrated(t)})) })
}
