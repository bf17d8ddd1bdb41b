//go:build unix

package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/store/storetest"
)

// TestALostFileIsNoticed, where the system lets go of an open file: what is written into a file without a name is gone
// after a restart, so nothing may be answered for any more.
func TestALostFileIsNoticed(t *testing.T) {
	for what, lose := range map[string]func(path string) error{
		"removed": os.Remove,
		"removed with its journals": func(path string) error {
			return errors.Join(os.Remove(path), os.Remove(path+"-wal"), os.Remove(path+"-shm"))
		},
		"replaced": func(path string) error {
			b, err := os.ReadFile(path)
			return errors.Join(err, os.WriteFile(path+".new", b, 0o600), os.Rename(path+".new", path))
		},
		"cut": func(path string) error { return os.Truncate(path, 0) },
	} {
		for _, first := range []string{"Tx", "Read", "Ready", "Migrate"} {
			t.Run(what+", noticed by "+first, func(t *testing.T) {
				dir := t.TempDir()
				d := storetest.Open(t, store.Config{Dir: dir})
				add := func() error {
					return auditedTx(t.Context(), d, func(ctx context.Context, tx *store.Tx) error {
						return tx.AddPerson(ctx, newPerson("DEMO"))
					})
				}
				ask := map[string]func() error{
					"Tx":      add,
					"Ready":   func() error { return d.Ready(t.Context()) },
					"Migrate": func() error { return d.Migrate(t.Context()) },
					"Read": func() error {
						return d.Read(t.Context(), func(tx *store.Tx) error { _, err := tx.Bases(t.Context()); return err })
					},
				}
				if err := firstError(add(), ask["Read"](), ask["Ready"]()); err != nil {
					t.Fatal(err)
				}
				if err := lose(filepath.Join(dir, "passmuster.db")); err != nil {
					t.Fatal(err)
				}
				for err := ask[first](); first == "Read" && err == nil; err = ask[first]() {
					time.Sleep(10 * time.Millisecond) // readers look once a second
				}
				for name, fn := range ask {
					want := "store.unavailable"
					if name == "Ready" {
						want = "store.lost"
					}
					if err := fn(); !errors.Is(err, registry.Unavailable) || answer(err) != want {
						t.Errorf("%s = %v, want %s", name, err, want)
					}
				}
			})
		}
	}
}

// TestAFileLostDuringATransactionIsNotCommittedTo holds for the time between
// begin and commit.
func TestAFileLostDuringATransactionIsNotCommittedTo(t *testing.T) {
	dir := t.TempDir()
	d := storetest.Open(t, store.Config{Dir: dir})
	err := auditedTx(t.Context(), d, func(ctx context.Context, tx *store.Tx) error {
		if err := os.Remove(filepath.Join(dir, "passmuster.db")); err != nil {
			t.Fatal(err)
		}
		return tx.AddPerson(ctx, newPerson("DEMO"))
	})
	if answer(err) != "store.unavailable" {
		t.Errorf("commit = %v, want store.unavailable", err)
	}
}

// TestOperatorsAreToldWhenALostFileIsNoticed compares what is promised with what
// holds.
func TestOperatorsAreToldWhenALostFileIsNoticed(t *testing.T) {
	b, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	if store.Glance != time.Second || !strings.Contains(string(b), "the server notices within a second, before each write at once") {
		t.Errorf("docs/operations.md does not say that a lost file is noticed within %s", store.Glance)
	}
}
