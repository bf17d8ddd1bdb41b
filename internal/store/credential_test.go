package store_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/store/storetest"
)

func TestACredentialIsQueuedSignedAndFound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		w := newWorld(t, d)
		var c registry.Credential
		mustTx(t, d, func(ctx context.Context, tx *store.Tx) (err error) {
			c, err = w.queue(ctx, tx, w.enrol, w.outcome)
			return err
		})
		mustRead(t, d, func(ctx context.Context, tx *store.Tx) error {
			got, err := tx.Credential(ctx, c.ID)
			if !reflect.DeepEqual(got, c) {
				t.Errorf("stored credential differs:\n got %+v\nwant %+v", got, c)
			}
			if n, err := tx.CountQueued(ctx, w.class.ID); n != 1 || err != nil {
				t.Errorf("CountQueued = %d, %v", n, err)
			}
			if q, err := tx.QueuedCredentials(ctx, "", 5); len(q) != 1 || err != nil {
				t.Errorf("QueuedCredentials = %d, %v", len(q), err)
			}
			return err
		})
		s := signed(c)
		mustTx(t, d, func(ctx context.Context, tx *store.Tx) error { return tx.SignCredential(ctx, s, hashOf(t, s)) })
		s.State, s.StateSince, s.Version = registry.StateIssued, s.SignedAt, 2
		mustRead(t, d, func(ctx context.Context, tx *store.Tx) error {
			byID, err1 := tx.Credential(ctx, c.ID)
			byNumber, err2 := tx.CredentialByNumber(ctx, c.Number)
			byCode, err3 := tx.CredentialByCode(ctx, c.Code)
			byEnrolment, err4 := tx.CredentialOfEnrolment(ctx, c.Enrolment)
			for _, got := range []registry.Credential{byID, byNumber, byCode, byEnrolment} {
				if !reflect.DeepEqual(got, s) {
					t.Errorf("signed credential differs:\n got %+v\nwant %+v", got, s)
				}
			}
			if list, err := tx.CredentialsOfClass(ctx, c.Class); len(list) != 1 || err != nil {
				t.Errorf("CredentialsOfClass = %d, %v", len(list), err)
			}
			if list, err := tx.CredentialsOfPerson(ctx, c.Person); len(list) != 1 || err != nil {
				t.Errorf("CredentialsOfPerson = %d, %v", len(list), err)
			}
			if n, err := tx.CountQueued(ctx, ""); n != 0 || err != nil {
				t.Errorf("CountQueued = %d, %v", n, err)
			}
			_, err5 := tx.CredentialByCode(ctx, "0000000000000000")
			if !errors.Is(err5, registry.NotFound) || strings.Contains(err5.Error(), "0000") {
				t.Errorf("unknown code = %v, want not found without the code", err5)
			}
			return firstError(err1, err2, err3, err4)
		})
		again := auditedTx(t.Context(), d, func(ctx context.Context, tx *store.Tx) error { return tx.SignCredential(ctx, s, hashOf(t, s)) })
		if !errors.Is(again, registry.Conflict) {
			t.Errorf("signing twice = %v, want conflict", again)
		}
		unsigned := auditedTx(t.Context(), d, func(ctx context.Context, tx *store.Tx) error { return tx.SignCredential(ctx, c, hashOf(t, c)) })
		if unsigned == nil {
			t.Error("a credential became issued without signatures")
		}
	})
}

func TestAQueuedCredentialIsDescribedAnewUntilItIsSigned(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		w := newWorld(t, d)
		var c registry.Credential
		mustTx(t, d, func(ctx context.Context, tx *store.Tx) (err error) {
			c, err = w.queue(ctx, tx, w.enrol, w.outcome)
			return err
		})
		c.Snapshot.RecordKey = "the next key"
		mustTx(t, d, func(ctx context.Context, tx *store.Tx) error { return tx.ReviseCredential(ctx, c) })
		c.Version++
		mustRead(t, d, func(ctx context.Context, tx *store.Tx) error {
			same(t, "revised credential", c)(tx.Credential(ctx, c.ID))
			return nil
		})
		mustTx(t, d, func(ctx context.Context, tx *store.Tx) error { return tx.SignCredential(ctx, signed(c), hashOf(t, c)) })
		err := auditedTx(t.Context(), d, func(ctx context.Context, tx *store.Tx) error { return tx.ReviseCredential(ctx, c) })
		if !errors.Is(err, registry.Conflict) {
			t.Errorf("describing a signed credential anew = %v, want conflict", err)
		}
	})
}

func TestTheStoredSnapshotIsCanonical(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		w := newWorld(t, d)
		w.issue(t, d, w.enrol, w.outcome)
		rows, err := d.Strings(t.Context(), "SELECT snapshot FROM credentials")
		if err != nil || len(rows) != 1 {
			t.Fatal(rows, err)
		}
		if !strings.HasPrefix(rows[0], `{"base":{"code":"SJZ"`) || !strings.Contains(rows[0], `"心肺复苏 <&>"`) {
			t.Errorf("snapshot is not in the form of RFC 8785: %s", rows[0])
		}
	})
}

func TestOnePersonHoldsOneLiveCredentialOfAClass(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		w := newWorld(t, d)
		const doors = 10
		errs := make([]error, doors)
		var wg sync.WaitGroup
		for i := range doors {
			wg.Go(func() {
				errs[i] = auditedTx(t.Context(), d, func(ctx context.Context, tx *store.Tx) error {
					_, err := w.queue(ctx, tx, w.enrol, w.outcome)
					return err
				})
			})
		}
		wg.Wait()
		stored := 0
		for _, err := range errs {
			if err == nil {
				stored++
			} else if !errors.Is(err, registry.Conflict) {
				t.Errorf("a second credential: %v, want conflict", err)
			}
		}
		if stored != 1 {
			t.Fatalf("%d live credentials were stored, want 1", stored)
		}
		supersede(t, d, w)
	})
}

func TestSignaturesAreStoredOnlyForWhatTheyWereMadeFor(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		w := newWorld(t, d)
		var c registry.Credential
		mustTx(t, d, func(ctx context.Context, tx *store.Tx) (err error) {
			c, err = w.queue(ctx, tx, w.enrol, w.outcome)
			return err
		})
		for what, change := range map[string]func(c *registry.Credential){
			"a name":      func(c *registry.Credential) { c.Snapshot.Name += "!" },
			"a person":    func(c *registry.Credential) { c.Person = "somebody else" },
			"an intent":   func(c *registry.Credential) { c.ID = store.NewID() },
			"a roll call": func(c *registry.Credential) { c.Enrolment = "another row" },
		} {
			other := c
			change(&other)
			err := auditedTx(t.Context(), d, func(ctx context.Context, tx *store.Tx) error {
				return tx.SignCredential(ctx, signed(c), hashOf(t, other))
			})
			var refusal *registry.Error
			if !errors.As(err, &refusal) || refusal.Code != "credential.mixed" {
				t.Errorf("signed for %s that is another's: %v, want credential.mixed", what, err)
			}
		}
		mustTx(t, d, func(ctx context.Context, tx *store.Tx) error { return tx.SignCredential(ctx, signed(c), hashOf(t, c)) })
	})
}

// supersede replaces the credential of the world's trainee.
func supersede(t *testing.T, d *store.DB, w world) {
	t.Helper()
	var first, next registry.Credential
	mustTx(t, d, func(ctx context.Context, tx *store.Tx) (err error) {
		if first, err = tx.CredentialOfEnrolment(ctx, w.enrol.ID); err != nil {
			return err
		}
		if err = tx.SignCredential(ctx, signed(first), hashOf(t, first)); err != nil {
			return err
		}
		first, err = tx.Credential(ctx, first.ID)
		return err
	})
	mustTx(t, d, func(ctx context.Context, tx *store.Tx) (err error) {
		first.State, first.Reason, first.StateSince = registry.StateSuperseded, "corrected", day
		if first, err = tx.SaveCredential(ctx, first); err != nil {
			return err
		}
		if next, err = w.queue(ctx, tx, w.enrol, w.outcome); err != nil {
			return err
		}
		first.SupersededBy = next.ID
		first, err = tx.SaveCredential(ctx, first)
		return err
	})
	mustRead(t, d, func(ctx context.Context, tx *store.Tx) error {
		got, err := tx.CredentialOfEnrolment(ctx, w.enrol.ID)
		if got.ID != next.ID {
			t.Errorf("CredentialOfEnrolment = %s, want the live one %s", got.Number, next.Number)
		}
		old, err2 := tx.Credential(ctx, first.ID)
		if old.SupersededBy != next.ID || old.State != registry.StateSuperseded {
			t.Errorf("old credential = %+v", old)
		}
		return firstError(err, err2)
	})
}

func TestCredentialFilters(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		w := newWorld(t, d)
		valid := w.issue(t, d, w.enrol, w.outcome)
		e2, o2 := w.member(t, d, 2)
		suspended := w.issue(t, d, e2, o2)
		mustTx(t, d, func(ctx context.Context, tx *store.Tx) error {
			suspended.State, suspended.Reason = registry.StateSuspended, "under_review"
			_, err := tx.SaveCredential(ctx, suspended)
			return err
		})
		e3, o3 := w.member(t, d, 3)
		var queued registry.Credential
		mustTx(t, d, func(ctx context.Context, tx *store.Tx) (err error) {
			queued, err = w.queue(ctx, tx, e3, o3)
			return err
		})
		all := store.CredentialFilter{AllOrgs: true, Now: day}
		with := func(change func(*store.CredentialFilter)) store.CredentialFilter {
			f := all
			change(&f)
			return f
		}
		tests := []struct {
			name string
			f    store.CredentialFilter
			want []registry.Credential
		}{
			{"all, newest first", all, []registry.Credential{queued, suspended, valid}},
			{"no organization sees nothing", store.CredentialFilter{}, nil},
			{"own organization", store.CredentialFilter{Orgs: []registry.ID{"other", w.org.ID}}, []registry.Credential{queued, suspended, valid}},
			{"foreign organization", store.CredentialFilter{Orgs: []registry.ID{"other"}}, nil},
			{"page", with(func(f *store.CredentialFilter) { f.Before, f.Limit = queued.ID, 1 }), []registry.Credential{suspended}},
			{"number", with(func(f *store.CredentialFilter) { f.Search = strings.ToLower(string(valid.Number)) }), []registry.Credential{valid}},
			{"beginning of a number", with(func(f *store.CredentialFilter) { f.Search = "GAJK-SJZ-2026" }), []registry.Credential{queued, suspended, valid}},
			{"code as printed", with(func(f *store.CredentialFilter) { f.Search = valid.Code.String() }), []registry.Credential{valid}},
			{"beginning of a name", with(func(f *store.CredentialFilter) { f.Search = "DEMO o" }), []registry.Credential{valid}},
			{"last four", with(func(f *store.CredentialFilter) { f.Search = "123x" }), []registry.Credential{valid}},
			{"what looks like SQL", with(func(f *store.CredentialFilter) { f.Search = "%' OR 1=1 --" }), nil},
			{"course", with(func(f *store.CredentialFilter) { f.Course = "CPR1" }), []registry.Credential{queued, suspended, valid}},
			{"other base", with(func(f *store.CredentialFilter) { f.Base = "TJ" }), nil},
			{"valid", with(func(f *store.CredentialFilter) { f.Status = registry.StatusValid }), []registry.Credential{valid}},
			{"suspended", with(func(f *store.CredentialFilter) { f.Status = registry.StatusSuspended }), []registry.Credential{suspended}},
			{"not yet valid", with(func(f *store.CredentialFilter) { f.Status, f.Now = registry.StatusNotYetValid, day.Add(-time.Second) }), []registry.Credential{valid}},
			{"expiring", with(func(f *store.CredentialFilter) { f.Status, f.Now = registry.StatusExpiring, day.AddDate(2, 0, -1) }), []registry.Credential{valid}},
			{"expired", with(func(f *store.CredentialFilter) { f.Status, f.Now = registry.StatusExpired, day.AddDate(2, 0, 0) }), []registry.Credential{valid}},
		}
		for _, tt := range tests {
			mustRead(t, d, func(ctx context.Context, tx *store.Tx) error {
				got, err := tx.Credentials(ctx, tt.f)
				if !slices.Equal(numbers(got), numbers(tt.want)) {
					t.Errorf("%s: %v, want %v", tt.name, numbers(got), numbers(tt.want))
				}
				return err
			})
		}
		sameStatusAsTheRules(t, d, valid)
	})
}

// sameStatusAsTheRules compares the filter with registry.Credential.StatusAt
// around every instant at which the status changes.
func sameStatusAsTheRules(t *testing.T, d *store.DB, c registry.Credential) {
	t.Helper()
	expires := c.Snapshot.ExpiresAt
	for _, change := range []time.Time{c.Snapshot.StartsAt, expires.AddDate(0, 0, -registry.ExpiringDays), expires} {
		for _, at := range []time.Time{change.Add(-time.Second), change, change.Add(time.Second)} {
			mustRead(t, d, func(ctx context.Context, tx *store.Tx) error {
				for _, s := range registry.Statuses {
					got, err := tx.Credentials(ctx, store.CredentialFilter{AllOrgs: true, Search: string(c.Number), Status: s, Now: at})
					if err != nil {
						return err
					}
					if found, want := len(got) == 1, c.StatusAt(at) == s; found != want {
						t.Errorf("at %s the filter for %s finds it: %v, but its status is %s", at, s, found, c.StatusAt(at))
					}
				}
				return nil
			})
		}
	}
}

func numbers(list []registry.Credential) (out []string) {
	for _, c := range list {
		out = append(out, string(c.Number))
	}
	return out
}

func TestStreamsGiveEveryCredentialOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		w := newWorld(t, d)
		states := []registry.State{registry.StateIssued, registry.StateSuspended, registry.StateRevoked, registry.StateSuperseded}
		want := map[registry.Code]registry.State{}
		for i, s := range states {
			e, o := w.member(t, d, i+2)
			c := w.issue(t, d, e, o)
			want[c.Code] = s
			mustTx(t, d, func(ctx context.Context, tx *store.Tx) error {
				c.State = s
				_, err := tx.SaveCredential(ctx, c)
				return err
			})
		}
		mustTx(t, d, func(ctx context.Context, tx *store.Tx) error {
			c, err := w.queue(ctx, tx, w.enrol, w.outcome)
			want[c.Code] = registry.StateQueued
			return err
		})
		mustRead(t, d, func(ctx context.Context, tx *store.Tx) error {
			given, exceptions, entries := 0, 0, 0
			err1 := tx.EachIssued(ctx, func(c registry.Code) error {
				given++
				if want[c] == "" {
					t.Errorf("EachIssued gives %s", c)
				}
				return nil
			})
			err2 := tx.EachException(ctx, func(c store.Exception) error {
				exceptions++
				if want[c.Code] != c.State || c.State == registry.StateIssued {
					t.Errorf("EachException gives %s in state %s", c.Code, c.State)
				}
				return nil
			})
			last := -1
			err3 := tx.EachListException(ctx, 1, func(i int, state registry.State) error {
				entries++
				if i <= last || state == registry.StateIssued || state == registry.StateQueued {
					t.Errorf("EachListException gives %d, %s, after %d", i, state, last)
				}
				last = i
				return nil
			})
			if given != 5 || exceptions != 3 || entries != 3 {
				t.Errorf("streams gave %d codes, %d exceptions, %d entries; want 5, 3, 3", given, exceptions, entries)
			}
			stop := errors.New("enough")
			if err := tx.EachIssued(ctx, func(registry.Code) error { return stop }); !errors.Is(err, stop) {
				t.Errorf("EachIssued = %v, want its function's error", err)
			}
			return firstError(err1, err2, err3)
		})
	})
}

func TestRevocationRequestsAreDecidedOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		w := newWorld(t, d)
		c := w.issue(t, d, w.enrol, w.outcome)
		r := store.RevocationRequest{ID: store.NewID(), Credential: c.ID, Reason: "identity", Private: "note", By: "asker", At: day}
		mustTx(t, d, func(ctx context.Context, tx *store.Tx) error { return tx.AddRevocationRequest(ctx, r) })
		mustRead(t, d, func(ctx context.Context, tx *store.Tx) error {
			open, err := tx.OpenRevocationRequests(ctx, c.ID)
			if !reflect.DeepEqual(open, []store.RevocationRequest{r}) {
				t.Errorf("open requests: %+v", open)
			}
			return err
		})
		r.DecidedBy, r.DecidedAt, r.Granted = "granter", day.Add(time.Hour), true
		mustTx(t, d, func(ctx context.Context, tx *store.Tx) error { return tx.DecideRevocationRequest(ctx, r) })
		again := auditedTx(t.Context(), d, func(ctx context.Context, tx *store.Tx) error { return tx.DecideRevocationRequest(ctx, r) })
		if !errors.Is(again, registry.Conflict) {
			t.Errorf("deciding twice = %v, want conflict", again)
		}
		event := registry.StatusEvent{ID: store.NewID(), Credential: c.ID, From: registry.StateIssued, To: registry.StateRevoked, Reason: "identity", Private: "note", By: "asker", Second: "granter", At: day}
		mustTx(t, d, func(ctx context.Context, tx *store.Tx) error { return tx.AddStatusEvent(ctx, event) })
		mustRead(t, d, func(ctx context.Context, tx *store.Tx) error {
			got, err := tx.RevocationRequest(ctx, r.ID)
			if got != r {
				t.Errorf("decided request: %+v, want %+v", got, r)
			}
			open, err2 := tx.OpenRevocationRequests(ctx, c.ID)
			events, err3 := tx.StatusEvents(ctx, c.ID)
			if len(open) != 0 || !reflect.DeepEqual(events, []registry.StatusEvent{event}) {
				t.Errorf("open: %v, events: %+v", open, events)
			}
			return firstError(err, err2, err3)
		})
	})
}

func TestManyAtOnceAreQueuedInOneTransaction(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		w := newWorld(t, d)
		const n = 40
		mustTx(t, d, func(ctx context.Context, tx *store.Tx) error {
			for i := range n {
				p := newPerson(fmt.Sprint("Demo ", i))
				e := registry.Enrolment{ID: store.NewID(), Class: w.class.ID, Person: p.ID, Position: i + 2, Name: p.Name, Status: registry.Enrolled}
				o := registry.Completion{ID: store.NewID(), Enrolment: e.ID, Class: w.class.ID, Person: p.ID, Outcome: registry.Pass}
				if err := firstError(tx.AddPerson(ctx, p), tx.AddEnrolment(ctx, e, ""), tx.PutCompletion(ctx, o)); err != nil {
					return err
				}
				if _, err := w.queue(ctx, tx, e, o); err != nil {
					return err
				}
			}
			return nil
		})
		mustRead(t, d, func(ctx context.Context, tx *store.Tx) error {
			list, err := tx.QueuedCredentials(ctx, w.class.ID, 1000)
			if len(list) != n {
				t.Errorf("%d queued, want %d", len(list), n)
			}
			return err
		})
	})
}
