package verify_test

import (
	"slices"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/store/storetest"
	"github.com/passmuster/passmuster/internal/testkit/world"
)

// TestAPairIsAnsweredForTheCredentialOfThatNumber: a number that is not there
// is compared with a neighbour, whose name must not open anything.
func TestAPairIsAnsweredForTheCredentialOfThatNumber(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world.Over(t, db, "")
		ask := func(number, name string) registry.Status {
			t.Helper()
			a, err := w.Verify.NumberName(t.Context(), number, name)
			if err != nil {
				t.Fatal(err)
			}
			return a.Status
		}
		if got := ask("GAJK-SJZ-2026-000001", "王芳"); got != registry.StatusNotFound {
			t.Errorf("an empty registry: %s", got)
		}
		list := named(w, "王芳", "李四")
		for _, c := range list {
			if got := ask(string(c.Number), c.Snapshot.Name); got != registry.StatusValid {
				t.Errorf("%s with its name: %s", c.Number, got)
			}
			for _, number := range []string{"AAAA-AAA-2020-000001", "GAJK-SJZ-2026-009999", "ZZZZ-ZZZ-2099-999999"} {
				if got := ask(number, c.Snapshot.Name); got != registry.StatusNotFound {
					t.Errorf("%s with a neighbour's name: %s", number, got)
				}
			}
		}
		if got := ask(string(list[0].Number), list[1].Snapshot.Name); got != registry.StatusNotFound {
			t.Errorf("the other's name: %s", got)
		}
	})
}

// TestAPairTellsNothingByItsTime reports how long a wrong name takes against an
// unknown number. It holds nothing against a clock, which a busy machine moves:
// the floor, a ratio from 0.95 to 1.05, is R19 of `passmuster bench verify` (docs/bench.md).
func TestAPairTellsNothingByItsTime(t *testing.T) {
	w := world.New(t)
	list := w.Issued(5)
	took := map[string][]time.Duration{}
	pairs := []string{string(list[2].Number), "GAJK-SJZ-2026-009999"}
	for range 1000 {
		for _, number := range pairs {
			start := time.Now()
			if _, err := w.Verify.NumberName(t.Context(), number, "赵六"); err != nil {
				t.Fatal(err)
			}
			took[number] = append(took[number], time.Since(start))
		}
	}
	median := func(number string) time.Duration {
		slices.Sort(took[number])
		return took[number][len(took[number])/2]
	}
	wrong, none := median(pairs[0]), median(pairs[1])
	t.Logf("wrong name %v, unknown number %v, ratio %.3f", wrong, none, float64(wrong)/float64(none))
}
