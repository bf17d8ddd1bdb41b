package store_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/store/storetest"
)

// TestEachIsToldOfItsOwn asks for many certificates side by side, some of which
// there are not: nobody is told another's facts, and all are answered.
func TestEachIsToldOfItsOwn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		w := newWorld(t, d)
		var list []registry.Credential
		for i := range 8 {
			e, o := w.member(t, d, i+2)
			list = append(list, w.issue(t, d, e, o))
		}
		var wait sync.WaitGroup
		for k := range 16 {
			wait.Go(func() {
				for i := range 40 {
					c := list[(i+k)%len(list)]
					if f, found, err := d.Facts(t.Context(), c.Code); err != nil || !found || f.Number != c.Number || f.Name != c.Snapshot.Name {
						t.Errorf("%s: %v %v %+v", c.Number, found, err, f)
						return
					}
					if _, found, err := d.Facts(t.Context(), registry.NewCode([10]byte{byte(i), byte(k)})); err != nil || found {
						t.Errorf("a code that there is not: %v %v", found, err)
						return
					}
				}
			})
		}
		wait.Wait()
	})
}

// TestWhoLeavesDoesNotTakeOthersWithHim ends the context of one who asks.
func TestWhoLeavesDoesNotTakeOthersWithHim(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		w := newWorld(t, d)
		c := w.issue(t, d, w.enrol, w.outcome)
		var wait sync.WaitGroup
		for k := range 12 {
			wait.Go(func() {
				for range 30 {
					ctx, cancel := context.WithTimeout(t.Context(), time.Duration(k%3)*200*time.Microsecond)
					if _, found, err := d.Facts(ctx, c.Code); err == nil && !found {
						t.Error("a certificate was not found")
					} else if err != nil && ctx.Err() == nil {
						t.Errorf("who stayed: %v", err)
					}
					cancel()
					if _, found, err := d.Facts(t.Context(), c.Code); err != nil || !found {
						t.Errorf("who stayed: %v %v", found, err)
					}
				}
			})
		}
		wait.Wait()
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if _, _, err := d.Facts(gone, c.Code); !errors.Is(err, context.Canceled) {
			t.Errorf("who had left: %v", err)
		}
	})
}
