package store_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/store/storetest"
)

func TestWhatHappenedCannotBeChanged(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		w := newWorld(t, d)
		c := w.issue(t, d, w.enrol, w.outcome)
		mustTx(t, d, func(ctx context.Context, tx *store.Tx) error {
			return firstError(tx.AddStatusEvent(ctx, registry.StatusEvent{ID: store.NewID(), Credential: c.ID, At: day}),
				tx.AddAssessment(ctx, w.class.ID, registry.Assessment{ID: store.NewID(), Enrolment: w.enrol.ID, Kind: registry.Theory, Attempt: 1, Revision: 1}))
		})
		if _, _, err := d.ChainAudit(t.Context()); err != nil {
			t.Fatal(err)
		}
		for table, column := range map[string]string{"audit": "action", "audit_chain": "hash", "status_events": "reason", "assessments": "note"} {
			for _, statement := range []string{"UPDATE " + table + " SET " + column + " = 'x'", "DELETE FROM " + table} {
				if err := d.Exec(t.Context(), statement); err == nil || !strings.Contains(err.Error(), "append-only") {
					t.Errorf("%s = %v, want it refused", statement, err)
				}
			}
		}
	})
}

func TestTheAuditTrailIsChainedAndChecked(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		ctx := t.Context()
		if head, n, err := d.ChainAudit(ctx); head != "" || n != 0 || err != nil {
			t.Errorf("ChainAudit of nothing = %q, %d, %v", head, n, err)
		}
		const writers, each = 8, 20
		var wg sync.WaitGroup
		for range writers {
			wg.Go(func() {
				for range each {
					if err := auditedTx(ctx, d, func(context.Context, *store.Tx) error { return nil }); err != nil {
						t.Error(err)
					}
				}
			})
		}
		for range 3 { // several nodes chain while others write
			wg.Go(func() {
				for range 5 {
					if _, _, err := d.ChainAudit(ctx); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		head, _, err := d.ChainAudit(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.CheckAuditChain(ctx); err != nil {
			t.Errorf("CheckAuditChain = %v", err)
		}
		mustRead(t, d, func(ctx context.Context, tx *store.Tx) error {
			entries, err := tx.AuditEntries(ctx, store.AuditFilter{Orgs: []registry.ID{"org"}, Object: "object", Limit: 1000})
			if len(entries) != writers*each {
				t.Errorf("%d entries, want %d", len(entries), writers*each)
			}
			positions, heads := map[int64]bool{}, 0
			for _, e := range entries {
				positions[e.Position] = true
				if e.Hash == head {
					heads++
				}
			}
			if len(positions) != writers*each || positions[0] || heads != 1 {
				t.Errorf("%d positions (0 among them: %v), %d heads", len(positions), positions[0], heads)
			}
			if none, _ := tx.AuditEntries(ctx, store.AuditFilter{}); len(none) != 0 {
				t.Errorf("no organization sees %d entries", len(none))
			}
			return err
		})
		tampering(t, d)
	})
}

// tampering changes what the triggers protect, as the owner of the database can.
func tampering(t *testing.T, d *store.DB) {
	t.Helper()
	ctx := t.Context()
	off := map[string]string{"sqlite": "DROP TRIGGER audit_no_update", "postgres": "ALTER TABLE audit DISABLE TRIGGER ALL"}[d.Dialect()]
	for _, s := range []string{off, "UPDATE audit SET actor = 'somebody else' WHERE id = (SELECT entry FROM audit_chain WHERE position = 7)"} {
		if err := d.Exec(ctx, s); err != nil {
			t.Fatal(err)
		}
	}
	err := d.CheckAuditChain(ctx)
	var refusal *registry.Error
	if !errors.As(err, &refusal) || refusal.Code != "audit.broken" || refusal.Args[0] != int64(7) {
		t.Errorf("CheckAuditChain after a change = %v, want audit.broken at 7", err)
	}
}

func TestARowHiddenFromTheSequencerIsNoticed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		mustTx(t, d, func(context.Context, *store.Tx) error { return nil })
		if err := d.Exec(t.Context(), "DELETE FROM audit_pending"); err != nil {
			t.Fatal(err)
		}
		if err := d.CheckAuditChain(t.Context()); !errors.Is(err, registry.Conflict) {
			t.Errorf("CheckAuditChain = %v, want it broken", err)
		}
	})
}

func TestDigestsTellChangesAndNothingElse(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		p := newPerson("Demo")
		q := p
		q.Title = "other"
		for _, a := range []store.Act{{Action: "one", Before: nil, After: p, At: day}, {Action: "two", Before: p, After: q, At: day}} {
			if err := d.Tx(t.Context(), func(tx *store.Tx) error { return tx.Audit(t.Context(), a) }); err != nil {
				t.Fatal(err)
			}
		}
		mustRead(t, d, func(ctx context.Context, tx *store.Tx) error {
			e, err := tx.AuditEntries(ctx, store.AuditFilter{AllOrgs: true})
			if err != nil || len(e) != 2 {
				t.Fatal(e, err)
			}
			two, one := e[0], e[1]
			if one.BeforeSHA != "" || one.AfterSHA != two.BeforeSHA || two.AfterSHA == two.BeforeSHA || len(one.AfterSHA) != 64 {
				t.Errorf("digests: %q → %q, %q → %q", one.BeforeSHA, one.AfterSHA, two.BeforeSHA, two.AfterSHA)
			}
			return nil
		})
		other := storetest.New(t)
		if err := other.Tx(t.Context(), func(tx *store.Tx) error { return tx.Audit(t.Context(), store.Act{Action: "one", After: p, At: day}) }); err != nil {
			t.Fatal(err)
		}
		here, _ := d.Strings(t.Context(), "SELECT after_sha FROM audit WHERE action = 'one'")
		there, _ := other.Strings(t.Context(), "SELECT after_sha FROM audit WHERE action = 'one'")
		if here[0] == there[0] {
			t.Error("two registries digest a person alike: a digest can be tried out")
		}
	})
}
