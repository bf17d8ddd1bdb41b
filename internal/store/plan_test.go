package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/store/storetest"
)

// A page of a register is one query however many rows it has, and none of them
// reads a whole table without an index: so ten thousand certificates are listed
// as fast as a hundred.
func TestListsOfManyRowsUseTheirIndexes(t *testing.T) {
	d := storetest.New(t)
	w := newWorld(t, d)
	mustTx(t, d, func(ctx context.Context, tx *store.Tx) error {
		for i := range 1500 {
			p := newPerson(fmt.Sprint("Demo ", i))
			e := registry.Enrolment{ID: store.NewID(), Class: w.class.ID, Person: p.ID, Position: i + 2, Name: p.Name}
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
	day1, day2 := registry.NewDate(2026, 11, 21), registry.NewDate(2028, 12, 31)
	credentials := func(f store.CredentialFilter) func(context.Context, *store.Tx) error {
		f.Orgs, f.Limit, f.Now = []registry.ID{w.org.ID}, 51, day
		return func(ctx context.Context, tx *store.Tx) error { _, err := tx.Credentials(ctx, f); return err }
	}
	acts := func(f store.AuditFilter) func(context.Context, *store.Tx) error {
		f.Orgs, f.Limit = []registry.ID{"org"}, 51
		return func(ctx context.Context, tx *store.Tx) error { _, err := tx.AuditEntries(ctx, f); return err }
	}
	for name, ask := range map[string]func(context.Context, *store.Tx) error{
		"certificates":              credentials(store.CredentialFilter{}),
		"certificates by number":    credentials(store.CredentialFilter{Search: "GAJK-SJZ-2026-0001"}),
		"certificates by name":      credentials(store.CredentialFilter{Search: "Demo 12"}),
		"certificates by last four": credentials(store.CredentialFilter{Search: "123X"}),
		"certificates by issue":     credentials(store.CredentialFilter{Issued: store.Span{From: day1, Until: day1}}),
		"certificates by end":       credentials(store.CredentialFilter{Ends: store.Span{From: day1, Until: day2}}),
		"certificates that end":     credentials(store.CredentialFilter{Status: registry.StatusExpiring}),
		"acts":                      acts(store.AuditFilter{}),
		"acts of somebody":          acts(store.AuditFilter{Actors: []registry.ID{"actor"}}),
		"acts of a kind":            acts(store.AuditFilter{Action: "credential."}),
		"acts about something":      acts(store.AuditFilter{Object: "object"}),
	} {
		mustRead(t, d, func(ctx context.Context, tx *store.Tx) error {
			plan, asked, err := tx.PlanOf(ctx, func() error { return ask(ctx, tx) })
			if err != nil {
				return err
			}
			if asked != 1 {
				t.Errorf("%s: %d queries for one page", name, asked)
			}
			for _, line := range plan {
				if (strings.HasPrefix(line, "SCAN credentials") || strings.HasPrefix(line, "SCAN audit")) && !strings.Contains(line, "INDEX") {
					t.Errorf("%s reads a whole table: %q", name, plan)
				}
			}
			return nil
		})
	}
}
