package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/store/storetest"
)

// Many rows are stored by few statements; how many they are must not show.
func TestManyRowsAreStoredAsOneByOne(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		w := newWorld(t, d)
		for _, n := range []int{0, 1, 2, 15, 16, 17, 31, 50} {
			people, links := make([]registry.Person, n), make([]string, n)
			enrolments, hashes := make([]registry.Enrolment, n), make([]string, n)
			for i := range n {
				people[i] = newPerson(fmt.Sprintf("Demo %d of %d", i, n))
				people[i].IDHash, people[i].Phone = fmt.Sprintf("hash %d of %d", i, n), fmt.Sprint("phone ", i)
				enrolments[i] = registry.Enrolment{ID: store.NewID(), Class: w.class.ID, Person: people[i].ID, Position: i, Name: people[i].Name}
				links[i], hashes[i] = fmt.Sprintf("link %d of %d", i, n), people[i].IDHash
			}
			mustTx(t, d, func(ctx context.Context, tx *store.Tx) error {
				return firstError(tx.AddPersons(ctx, people), tx.AddEnrolments(ctx, enrolments, links))
			})
			mustRead(t, d, func(ctx context.Context, tx *store.Tx) error {
				known, err := tx.KnownIDHashes(ctx, append([]string{"of nobody"}, hashes...))
				if err != nil {
					return err
				}
				if len(known) != n || known["of nobody"] {
					t.Errorf("%d of %d hashes are known", len(known), n)
				}
				for i := range n {
					p, err := tx.PersonByIDHash(ctx, hashes[i])
					if err != nil || p.ID != people[i].ID || p.Name != people[i].Name || p.Phone != people[i].Phone || !known[hashes[i]] {
						t.Errorf("%d of %d: %+v, %v", i, n, p, err)
					}
					e, err := tx.EnrolmentByLink(ctx, links[i])
					if err != nil || e.ID != enrolments[i].ID || e.Person != people[i].ID || e.Name != people[i].Name || e.Position != i {
						t.Errorf("%d of %d: %+v, %v", i, n, e, err)
					}
				}
				return nil
			})
		}
	})
}

// A twin among many keeps all of them out.
func TestOneTwinAmongManyRowsKeepsAllOut(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		twin := newPerson("Demo twin")
		twin.IDHash = "the same"
		mustTx(t, d, func(ctx context.Context, tx *store.Tx) error { return tx.AddPerson(ctx, twin) })
		list := make([]registry.Person, 20)
		for i := range list {
			list[i] = newPerson(fmt.Sprint("Demo ", i))
		}
		list[18].IDHash = "the same"
		err := auditedTx(t.Context(), d, func(ctx context.Context, tx *store.Tx) error { return tx.AddPersons(ctx, list) })
		if !errors.Is(err, registry.Conflict) {
			t.Errorf("a twin among twenty: %v", err)
		}
		mustRead(t, d, func(ctx context.Context, tx *store.Tx) error {
			for i, p := range list {
				if _, err := tx.Person(ctx, p.ID); !errors.Is(err, registry.NotFound) {
					t.Errorf("%d of them is stored: %v", i, err)
				}
			}
			return nil
		})
	})
}
