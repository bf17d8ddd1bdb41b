package store_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/store/storetest"
)

// BenchmarkCredentialByCode is the look-up behind every scan.
func BenchmarkCredentialByCode(b *testing.B) {
	d := storetest.New(b)
	w := newWorld(b, d)
	c := w.issue(b, d, w.enrol, w.outcome)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			err := d.Read(context.Background(), func(tx *store.Tx) error {
				_, err := tx.CredentialByCode(context.Background(), c.Code)
				return err
			})
			if err != nil {
				b.Error(err)
			}
		}
	})
}

// BenchmarkQueue is what an approval stores per person, 100 in a transaction.
func BenchmarkQueue(b *testing.B) {
	d := storetest.New(b)
	w := newWorld(b, d)
	for b.Loop() {
		err := auditedTx(b.Context(), d, func(ctx context.Context, tx *store.Tx) error {
			for i := range 100 {
				p := newPerson(fmt.Sprint("Demo ", i))
				e := registry.Enrolment{ID: store.NewID(), Class: w.class.ID, Person: p.ID, Position: i, Name: p.Name}
				o := registry.Completion{ID: store.NewID(), Enrolment: e.ID, Class: w.class.ID, Person: p.ID}
				if err := firstError(tx.AddPerson(ctx, p), tx.AddEnrolment(ctx, e, ""), tx.PutCompletion(ctx, o)); err != nil {
					return err
				}
				if _, err := w.queue(ctx, tx, e, o); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
