package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/store/storetest"
)

func TestOfManyWhoSaveOneVersionExactlyOneWins(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		w := newWorld(t, d)
		const savers = 100
		errs := make([]error, savers)
		var wg sync.WaitGroup
		for i := range savers {
			wg.Go(func() {
				p := w.person
				p.Title = fmt.Sprint(i)
				errs[i] = auditedTx(t.Context(), d, func(ctx context.Context, tx *store.Tx) error {
					_, err := tx.SavePerson(ctx, p)
					return err
				})
			})
		}
		wg.Wait()
		won := -1
		for i, err := range errs {
			switch {
			case err == nil && won >= 0:
				t.Errorf("savers %d and %d both won", won, i)
			case err == nil:
				won = i
			case !errors.Is(err, registry.Stale):
				t.Errorf("saver %d: %v, want stale", i, err)
			}
		}
		mustRead(t, d, func(ctx context.Context, tx *store.Tx) error {
			p, err := tx.Person(ctx, w.person.ID)
			if p.Version != 2 || p.Title != fmt.Sprint(won) {
				t.Errorf("person = version %d by %q, want version 2 by the winner %d", p.Version, p.Title, won)
			}
			return err
		})
	})
}

func TestAChangeWithoutAnAuditRowIsRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		ctx := t.Context()
		tests := []struct {
			name    string
			do      func(*store.Tx) error
			refused bool
		}{
			{"business data", func(tx *store.Tx) error { return tx.AddPerson(ctx, newPerson("Demo")) }, true},
			{"a counter", func(tx *store.Tx) error { _, err := tx.Reserve(ctx, "P", "B", 2026, 1); return err }, true},
			{"an update that changed nothing", func(tx *store.Tx) error {
				if _, err := tx.SavePerson(ctx, newPerson("Demo")); !errors.Is(err, registry.Stale) {
					return err
				}
				return nil
			}, false},
			{"a count of answers", func(tx *store.Tx) error { return tx.Count(ctx, registry.NewDate(2026, 1, 1), "B", "web", "valid") }, false},
			{"a run", func(tx *store.Tx) error { return tx.AddRun(ctx, store.Run{ID: store.NewID(), Kind: "k"}) }, false},
			{"a mark", func(tx *store.Tx) error { return tx.RaiseMark(ctx, "m") }, false},
			{"business data with its row", func(tx *store.Tx) error {
				return firstError(tx.AddPerson(ctx, newPerson("Demo")), audited(ctx, tx))
			}, false},
		}
		for _, tt := range tests {
			err := d.Tx(ctx, tt.do)
			if refused := err != nil; refused != tt.refused {
				t.Errorf("%s: Tx = %v, want refused %v", tt.name, err, tt.refused)
			}
		}
		people, err := d.Strings(ctx, "SELECT id FROM persons")
		if len(people) != 1 || err != nil {
			t.Errorf("%d persons are stored, %v; want the audited one", len(people), err)
		}
	})
}

func TestAReaderCannotWrite(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		ctx := t.Context()
		for name, write := range map[string]func(*store.Tx) error{
			"insert":           func(tx *store.Tx) error { return tx.AddPerson(ctx, newPerson("Demo")) },
			"insert returning": func(tx *store.Tx) error { _, err := tx.Reserve(ctx, "P", "B", 2026, 1); return err },
			"enqueue":          func(tx *store.Tx) error { return tx.Enqueue(ctx, "k", 1, "", day) },
		} {
			if err := d.Read(ctx, write); err == nil {
				t.Errorf("%s in Read: no error", name)
			}
		}
	})
}

func TestNothingIsCommittedAfterAFailedStatement(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		err := auditedTx(t.Context(), d, func(ctx context.Context, tx *store.Tx) error {
			if err := tx.AddPerson(ctx, newPerson("Demo")); err != nil {
				return err
			}
			// A class of an unknown base breaks a foreign key; its error is dropped here.
			_ = tx.AddClass(ctx, registry.Class{ID: store.NewID(), Code: "X", Base: "NOBASE", Programme: "NONE"}, "noorg", day)
			return nil
		})
		if err == nil {
			t.Error("a transaction was committed after a failed statement")
		}
		if people, _ := d.Strings(t.Context(), "SELECT id FROM persons"); len(people) != 0 {
			t.Errorf("%d persons are stored, want none", len(people))
		}
	})
}

func TestAPanicRollsBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			_ = auditedTx(t.Context(), d, func(ctx context.Context, tx *store.Tx) error {
				if err := tx.AddPerson(ctx, newPerson("Demo")); err != nil {
					return err
				}
				panic("worker died")
			})
		}()
		for range 10 { // more than there are connections for writing
			mustTx(t, d, func(context.Context, *store.Tx) error { return nil })
		}
		if people, _ := d.Strings(t.Context(), "SELECT id FROM persons"); len(people) != 0 {
			t.Errorf("%d persons are stored, want none", len(people))
		}
	})
}

func TestAReaderSeesOneMoment(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		w := newWorld(t, d)
		mustRead(t, d, func(ctx context.Context, tx *store.Tx) error {
			before, err := tx.Person(ctx, w.person.ID)
			if err != nil {
				return err
			}
			mustTx(t, d, func(ctx context.Context, tx *store.Tx) error {
				p := before
				p.Title = "changed meanwhile"
				_, err := tx.SavePerson(ctx, p)
				return err
			})
			after, err := tx.Person(ctx, w.person.ID)
			if after.Title != before.Title {
				t.Errorf("the snapshot changed under its reader: %q", after.Title)
			}
			return err
		})
	})
}

func TestACancelledRequestLeavesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		err := auditedTx(ctx, d, func(ctx context.Context, tx *store.Tx) error {
			defer cancel()
			return tx.AddPerson(ctx, newPerson("Demo"))
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Tx = %v, want cancelled", err)
		}
		if people, _ := d.Strings(t.Context(), "SELECT id FROM persons"); len(people) != 0 {
			t.Errorf("%d persons are stored, want none", len(people))
		}
	})
}

func TestAFullDiskIsUnavailableAndHeals(t *testing.T) {
	d := storetest.New(t)
	ctx := t.Context()
	if err := d.Exec(ctx, "PRAGMA max_page_count = 1"); err != nil { // SQLite takes the present size
		t.Fatal(err)
	}
	var err error
	for i := 0; i < 1000 && err == nil; i++ {
		err = auditedTx(ctx, d, func(ctx context.Context, tx *store.Tx) error {
			return tx.PutTemplate(ctx, fmt.Sprint(i), "demo", []byte(strings.Repeat("x", 10000)), day)
		})
	}
	var refusal *registry.Error
	if !errors.As(err, &refusal) || refusal.Code != "store.full" || !errors.Is(err, registry.Unavailable) {
		t.Fatalf("Tx on a full disk = %v, want store.full", err)
	}
	mustRead(t, d, func(ctx context.Context, tx *store.Tx) error { _, err := tx.Programmes(ctx); return err })
	if err := d.Exec(ctx, "PRAGMA max_page_count = 1000000"); err != nil {
		t.Fatal(err)
	}
	mustTx(t, d, func(ctx context.Context, tx *store.Tx) error { return tx.AddPerson(ctx, newPerson("Demo")) })
}

func TestATransactionOutlivesABrokenConnection(t *testing.T) {
	d := storetest.Open(t, store.Config{URL: storetest.Postgres(t)})
	tries := 0
	err := auditedTx(t.Context(), d, func(ctx context.Context, tx *store.Tx) error {
		tries++
		if err := tx.AddPerson(ctx, newPerson("Demo")); err != nil {
			return err
		}
		if tries == 1 { // an operator ends every other connection
			return d.Exec(ctx, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
		}
		return nil
	})
	if err != nil || tries != 2 {
		t.Errorf("Tx = %v after %d tries, want it stored by the second", err, tries)
	}
	if people, _ := d.Strings(t.Context(), "SELECT id FROM persons"); len(people) != 1 {
		t.Errorf("%d persons are stored, want 1", len(people))
	}
}

func TestACommitWhoseAnswerIsLostIsNotRepeated(t *testing.T) {
	d := storetest.Open(t, store.Config{URL: storetest.Postgres(t)})
	tries := 0
	err := d.Tx(t.Context(), func(tx *store.Tx) error {
		tries++
		if err := firstError(tx.AddPerson(t.Context(), newPerson("Demo")), audited(t.Context(), tx)); err != nil {
			return err
		}
		return d.Exec(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
	})
	var refusal *registry.Error
	if !errors.As(err, &refusal) || refusal.Code != "store.outcome_unknown" || tries != 1 {
		t.Errorf("Tx = %v after %d tries, want store.outcome_unknown after one", err, tries)
	}
}

func TestAnAbsentServerIsUnavailable(t *testing.T) {
	_, err := store.Open(t.Context(), store.Config{URL: "postgres://nobody:secret@127.0.0.1:1/none?sslmode=disable&connect_timeout=2"})
	if !errors.Is(err, registry.Unavailable) {
		t.Errorf("Open = %v, want unavailable", err)
	}
	if _, err = store.Open(t.Context(), store.Config{URL: "postgres://nobody:secret@:bad:port/"}); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("Open with a mistyped URL = %v, want an error without the password", err)
	}
}
