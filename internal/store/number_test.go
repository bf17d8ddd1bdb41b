package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/store/storetest"
)

func TestNumbersHaveNoTwinsUnderLoad(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		const callers, calls, each = 16, 10, 3
		var mu sync.Mutex
		var all []int
		var wg sync.WaitGroup
		for range callers {
			wg.Go(func() {
				for range calls {
					first := 0
					err := auditedTx(t.Context(), d, func(ctx context.Context, tx *store.Tx) (err error) {
						first, err = tx.Reserve(ctx, "GAJK", "SJZ", 2026, each)
						return err
					})
					if err != nil {
						t.Errorf("Reserve: %v", err)
						return
					}
					mu.Lock()
					for i := range each {
						all = append(all, first+i)
					}
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		slices.Sort(all)
		for i, n := range all {
			if n != i+1 {
				t.Fatalf("the %d. number is %d: a twin or a gap where nothing was rolled back", i+1, n)
			}
		}
	})
}

func TestCountersRunPerProgrammeBaseAndYear(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		mustTx(t, d, func(ctx context.Context, tx *store.Tx) error {
			for _, tt := range []struct {
				programme, base string
				year, n, first  int
			}{
				{"GAJK", "SJZ", 2026, 5, 1}, {"GAJK", "SJZ", 2026, 1, 6}, {"GAJK", "SJZ", 2027, 1, 1}, {"GAJK", "TJ", 2026, 1, 1}, {"KMRT", "SJZ", 2026, 2, 1}, {"GAJK", "SJZ", 2026, 1, 7},
			} {
				if first, err := tx.Reserve(ctx, tt.programme, tt.base, tt.year, tt.n); first != tt.first || err != nil {
					t.Errorf("Reserve(%s, %s, %d, %d) = %d, %v, want %d", tt.programme, tt.base, tt.year, tt.n, first, err, tt.first)
				}
			}
			return nil
		})
	})
}

func TestStatusEntriesAreRandomAndNeverGivenTwice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		w := newWorld(t, d)
		taken := w.issue(t, d, w.enrol, w.outcome).Snapshot.Status
		mustTx(t, d, func(ctx context.Context, tx *store.Tx) error {
			stuck := func(int) int { return taken.Index } // chance that gives the same each time
			seen := map[registry.StatusEntry]bool{taken: true}
			for range 2 {
				entries, err := tx.TakeStatusEntries(ctx, "DEMO-FED", 100, stuck)
				if err != nil {
					return err
				}
				for _, e := range entries {
					if seen[e] {
						t.Errorf("entry %v was given twice", e)
					}
					seen[e] = true
				}
			}
			return nil
		})
	})
}

func TestANewStatusListOpensWhenTheLastIsThreeQuartersFull(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		take := func(issuer string, n int) (entries []registry.StatusEntry) {
			mustTx(t, d, func(ctx context.Context, tx *store.Tx) (err error) {
				entries, err = tx.TakeStatusEntries(ctx, issuer, n, rand.IntN)
				return err
			})
			return entries
		}
		take("CVF", 1)
		if err := d.Exec(t.Context(), fmt.Sprintf("UPDATE status_lists SET taken = %d", store.ListFull-2)); err != nil {
			t.Fatal(err)
		}
		lists := map[int]int{}
		for _, e := range take("CVF", 5) {
			lists[e.List]++
		}
		if lists[1] != 2 || lists[2] != 3 {
			t.Errorf("5 entries with room for 2 came from lists %v, want 2 of list 1 and 3 of list 2", lists)
		}
		mustRead(t, d, func(ctx context.Context, tx *store.Tx) error {
			got, err := tx.StatusLists(ctx)
			if want := []store.StatusList{{ID: 1, Issuer: "CVF"}, {ID: 2, Issuer: "CVF"}}; !slices.Equal(got, want) || err != nil {
				t.Errorf("StatusLists = %v, %v", got, err)
			}
			return nil
		})
	})
}

func TestAStatusListIsOfOneIssuer(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		for _, turn := range []struct {
			issuer string
			list   int
		}{{"CVF", 1}, {"MV", 2}, {"CVF", 1}, {"MV", 2}} {
			mustTx(t, d, func(ctx context.Context, tx *store.Tx) error {
				entries, err := tx.TakeStatusEntries(ctx, turn.issuer, 3, rand.IntN)
				for _, e := range entries {
					if e.List != turn.list {
						t.Errorf("an entry of %s is in list %d, want %d", turn.issuer, e.List, turn.list)
					}
				}
				return err
			})
		}
	})
}

func TestOneRequestClaimsAKey(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		const callers = 20
		var wg sync.WaitGroup
		var mu sync.Mutex
		won := []string{}
		for i := range callers {
			wg.Go(func() {
				k := store.IdempotencyKey{Principal: "p", Route: "r", Key: "k", BodySHA: fmt.Sprint("body ", i), CreatedAt: day}
				claimed, stored := false, store.IdempotencyKey{}
				err := d.Tx(t.Context(), func(tx *store.Tx) (err error) {
					stored, claimed, err = tx.ClaimKey(t.Context(), k)
					return err
				})
				if err != nil {
					t.Errorf("ClaimKey: %v", err)
				}
				if claimed != (stored.BodySHA == k.BodySHA) {
					t.Errorf("claimed = %v, but the stored body is %q", claimed, stored.BodySHA)
				}
				if claimed {
					mu.Lock()
					won = append(won, k.BodySHA)
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if len(won) != 1 {
			t.Fatalf("%d requests claimed the key, want 1", len(won))
		}
		finishAndSweepKey(t, d, won[0])
	})
}

func finishAndSweepKey(t *testing.T, d *store.DB, body string) {
	k := store.IdempotencyKey{Principal: "p", Route: "r", Key: "k", Status: 201, Headers: map[string]string{"Location": "/x"}, Response: []byte("answer"), CreatedAt: day}
	claim := func() (stored store.IdempotencyKey, claimed bool) {
		err := d.Tx(t.Context(), func(tx *store.Tx) (err error) {
			stored, claimed, err = tx.ClaimKey(t.Context(), k)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return stored, claimed
	}
	run := func(fn func(ctx context.Context, tx *store.Tx) error) {
		t.Helper()
		if err := d.Tx(t.Context(), func(tx *store.Tx) error { return fn(t.Context(), tx) }); err != nil {
			t.Fatal(err)
		}
	}
	run(func(ctx context.Context, tx *store.Tx) error { return tx.FinishKey(ctx, k) })
	stored, claimed := claim()
	if claimed || stored.Status != 201 || string(stored.Response) != "answer" || stored.Headers["Location"] != "/x" || stored.BodySHA != body || !stored.CreatedAt.Equal(day) {
		t.Errorf("the finished key gives %+v, claimed %v", stored, claimed)
	}
	run(func(ctx context.Context, tx *store.Tx) error { return tx.SweepKeys(ctx, day) })
	if _, claimed := claim(); claimed {
		t.Error("a key made at the limit was swept")
	}
	run(func(ctx context.Context, tx *store.Tx) error { return tx.SweepKeys(ctx, day.Add(time.Second)) })
	if _, claimed := claim(); !claimed {
		t.Error("an old key was not swept")
	}
	run(func(ctx context.Context, tx *store.Tx) error { return tx.DropKey(ctx, k) })
	if _, claimed := claim(); !claimed {
		t.Error("a dropped key cannot be claimed again")
	}
	err := d.Tx(t.Context(), func(tx *store.Tx) error {
		return tx.FinishKey(t.Context(), store.IdempotencyKey{Principal: "nobody"})
	})
	if !errors.Is(err, registry.NotFound) {
		t.Errorf("FinishKey of an unclaimed key = %v, want not found", err)
	}
}
