package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/store/storetest"
)

func TestAJobIsDeliveredByTheCommitAndTakenAlongByTheRollback(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		undone := errors.New("undone")
		enqueue := func(name string, result error) error {
			return d.Tx(t.Context(), func(tx *store.Tx) error {
				if err := tx.PutSetting(t.Context(), name, "1"); err != nil {
					return err
				}
				if err := tx.Audit(t.Context(), store.Act{Action: "test", ObjectType: "setting", At: time.Unix(1, 0)}); err != nil {
					return err
				}
				if err := tx.Enqueue(t.Context(), "greet", name, "", time.Time{}); err != nil {
					return err
				}
				return result
			})
		}
		if err := enqueue("rolled back", undone); !errors.Is(err, undone) {
			t.Fatalf("Tx = %v, want its function's error", err)
		}
		if err := enqueue("committed", nil); err != nil {
			t.Fatal(err)
		}
		var done []string
		err := d.Drain(t.Context(), map[string]store.Worker{"greet": func(_ context.Context, args json.RawMessage) error {
			done = append(done, string(args))
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		if len(done) != 1 || done[0] != `"committed"` {
			t.Errorf("jobs done: %v, want only the committed one", done)
		}
		_ = d.Read(t.Context(), func(tx *store.Tx) error {
			if v, err := tx.Setting(t.Context(), "rolled back"); v != "" || err != nil {
				t.Errorf("setting of the rolled back transaction = %q, %v", v, err)
			}
			if v, _ := tx.Setting(t.Context(), "committed"); v != "1" {
				t.Errorf("setting of the committed transaction = %q", v)
			}
			return nil
		})
	})
}
