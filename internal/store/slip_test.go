package store_test

import (
	"context"
	"errors"
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/store/storetest"
)

func TestSlipsComeBackAsTheyWereStored(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		w := newWorld(t, d)
		one := registry.Slip{ID: store.NewID(), Class: w.class.ID, Number: 2, MadeBy: "maker", MadeAt: day, Version: 1}
		two := registry.Slip{ID: store.NewID(), Class: w.class.ID, Number: 1, MadeBy: "maker", MadeAt: day, Version: 1}
		mustTx(t, d, func(ctx context.Context, tx *store.Tx) error {
			return firstError(tx.AddSlip(ctx, one, "hash of one"), tx.AddSlip(ctx, two, "hash of two"), tx.Audit(ctx, store.Act{Action: "slip.make", At: day}))
		})
		changed := one
		changed.Enrolment, changed.LinkedBy, changed.LinkedAt, changed.VoidBy, changed.VoidAt = w.enrol.ID, "linker", day, "voider", day
		mustTx(t, d, func(ctx context.Context, tx *store.Tx) (err error) {
			if changed, err = tx.SaveSlip(ctx, changed); err != nil {
				return err
			}
			return tx.Audit(ctx, store.Act{Action: "slip.link", At: day})
		})
		mustRead(t, d, func(ctx context.Context, tx *store.Tx) error {
			same(t, "Slips", []registry.Slip{two, changed})(tx.Slips(ctx, w.class.ID))
			same(t, "Slip", changed)(tx.Slip(ctx, w.class.ID, 2))
			same(t, "SlipByToken", two)(tx.SlipByToken(ctx, "hash of two"))
			if _, err := tx.SlipByToken(ctx, ""); !errors.Is(err, registry.NotFound) {
				t.Errorf("no token: %v", err)
			}
			return nil
		})
		for name, twin := range map[string]registry.Slip{
			"number": {ID: store.NewID(), Class: w.class.ID, Number: 2, MadeAt: day}, "secret": {ID: store.NewID(), Class: w.class.ID, Number: 3, MadeAt: day},
		} {
			err := d.Tx(t.Context(), func(tx *store.Tx) error {
				return firstError(tx.AddSlip(t.Context(), twin, map[string]string{"number": "new", "secret": "hash of one"}[name]), tx.Audit(t.Context(), store.Act{Action: "slip.make", At: day}))
			})
			if !errors.Is(err, registry.Conflict) {
				t.Errorf("a second slip with the same %s: %v", name, err)
			}
		}
		err := d.Tx(t.Context(), func(tx *store.Tx) error {
			_, err := tx.SaveSlip(t.Context(), one) // read before it was changed
			return err
		})
		if !errors.Is(err, registry.Stale) {
			t.Errorf("an old version: %v", err)
		}
	})
}
