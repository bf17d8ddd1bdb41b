package store_test

import (
	"context"
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/store/storetest"
)

// TestFactsFollowTheirCredential goes through the life of a certificate: what a
// scan is told of it is told from its row as it is now, or by whoever reads it whole.
func TestFactsFollowTheirCredential(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		w := newWorld(t, d)
		var c registry.Credential
		facts := func() (store.Facts, bool) {
			t.Helper()
			f, found, err := d.Facts(t.Context(), c.Code)
			if err != nil {
				t.Fatal(err)
			}
			return f, found
		}
		mustTx(t, d, func(ctx context.Context, tx *store.Tx) (err error) {
			c, err = w.queue(ctx, tx, w.enrol, w.outcome)
			return err
		})
		if _, found := facts(); found {
			t.Error("a queued certificate has facts")
		}
		c.Snapshot.RecordKey = "the next key"
		mustTx(t, d, func(ctx context.Context, tx *store.Tx) error { return tx.ReviseCredential(ctx, c) })
		c.Version++
		c = signed(c)
		c.State, c.StateSince = registry.StateIssued, c.SignedAt
		mustTx(t, d, func(ctx context.Context, tx *store.Tx) error { return tx.SignCredential(ctx, c, hashOf(t, c)) })
		c.Version++
		f, found := facts()
		if s := c.Snapshot; !found || f.Standing != c.Standing() || f.Number != c.Number || f.Name != s.Name || f.LatinName != s.LatinName || f.IDLast4 != s.IDLast4 ||
			f.RecordKey != "the next key" || f.Base != "SJZ" || f.Version != c.Version {
			t.Errorf("issued: %v %+v, want what stands in %+v", found, f, c)
		}

		revoked := c
		revoked.State, revoked.StateSince, revoked.Reason = registry.StateRevoked, day.AddDate(0, 0, 1), "identity"
		mustTx(t, d, func(ctx context.Context, tx *store.Tx) (err error) {
			revoked, err = tx.SaveCredential(ctx, revoked)
			return err
		})
		if f, found = facts(); !found || f.State != registry.StateRevoked || !f.StateSince.Equal(revoked.StateSince) || f.Reason != "identity" || f.Version != revoked.Version {
			t.Errorf("revoked: %v %+v", found, f)
		}
		w.base.Contact = "+86 311 0000 0000\nor the desk"
		mustTx(t, d, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.SaveBase(ctx, w.base)
			return err
		})
		if f, found = facts(); !found || f.Contact != w.base.Contact {
			t.Errorf("the base's contact: %v %q", found, f.Contact)
		}
		mustTx(t, d, func(ctx context.Context, tx *store.Tx) error {
			erased, _, err := revoked.Erase(registry.Actor{Account: "one", Person: "one"}, registry.Actor{Account: "two", Person: "two"}, day.AddDate(0, 0, 2))
			if err != nil {
				return err
			}
			_, err = tx.EraseCredential(ctx, erased)
			return err
		})
		if f, found = facts(); found {
			t.Errorf("erased: %+v", f)
		}
	})
}

// TestANameOfTwoLinesBreaksNoFacts stores names that no intake lets through.
func TestANameOfTwoLinesBreaksNoFacts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		w := newWorld(t, d)
		w.enrol.Name = "DEMO One\nrevoked"
		c := w.issue(t, d, w.enrol, w.outcome)
		if f, found, err := d.Facts(t.Context(), c.Code); err != nil || found {
			t.Errorf("%v %v: %+v", found, err, f)
		}
	})
}
