package registry_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
)

// issued is a credential of Shijiazhuang, valid from 2026-11-21 to 2028-11-30.
func issued() registry.Credential {
	return registry.Credential{
		ID: "c", Number: "GAJK-SJZ-2026-000123", State: registry.StateIssued, SignedAt: instant("2026-11-21T08:00:01Z"),
		Snapshot: registry.Snapshot{
			IssuedAt: instant("2026-11-21T08:00:00Z"), IssuedOn: day("2026-11-21"), ValidFrom: day("2026-11-21"), ValidUntil: day("2028-11-30"),
			StartsAt: instant("2026-11-20T16:00:00Z"), ExpiresAt: instant("2028-11-30T16:00:00Z"),
		},
	}
}

func TestTheStatusTurnsAtTheSecond(t *testing.T) {
	for _, tc := range []struct {
		promise string
		at      string
		want    registry.Status
	}{
		{"a second before the first day", "2026-11-20T15:59:59Z", registry.StatusNotYetValid},
		{"the first second of the first day, in the base's zone", "2026-11-20T16:00:00Z", registry.StatusValid},
		{"a second before its last sixty days", "2028-10-01T15:59:59Z", registry.StatusValid},
		{"the first second of its last sixty days", "2028-10-01T16:00:00Z", registry.StatusExpiring},
		{"the last second of the last day", "2028-11-30T15:59:59Z", registry.StatusExpiring},
		{"the second after", "2028-11-30T16:00:00Z", registry.StatusExpired},
		{"for ever", "2099-01-01T00:00:00Z", registry.StatusExpired},
	} {
		if got := issued().StatusAt(instant(tc.at)); got != tc.want {
			t.Errorf("%s, at %s: %s, want %s", tc.promise, tc.at, got, tc.want)
		}
	}
}

func TestWithoutAnEndNothingExpires(t *testing.T) {
	c := issued()
	c.Snapshot.ValidUntil, c.Snapshot.ExpiresAt = registry.Date{}, time.Time{}
	if got := c.StatusAt(instant("2126-01-01T00:00:00Z")); got != registry.StatusValid {
		t.Errorf("in a hundred years: %s, want valid", got)
	}
}

func TestWhatPeopleDecidedComesBeforeTheDates(t *testing.T) {
	for state, want := range map[registry.State]registry.Status{
		registry.StateQueued: registry.StatusNotFound, registry.StateSuspended: registry.StatusSuspended,
		registry.StateRevoked: registry.StatusRevoked, registry.StateSuperseded: registry.StatusSuperseded, "": registry.StatusNotFound,
	} {
		for _, at := range []string{"2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", "2030-01-01T00:00:00Z"} {
			c := issued()
			c.State = state
			if got := c.StatusAt(instant(at)); got != want {
				t.Errorf("%s at %s: %s, want %s", state, at, got, want)
			}
		}
	}
}

var credentialStates = []registry.State{registry.StateQueued, registry.StateIssued, registry.StateSuspended, registry.StateRevoked, registry.StateSuperseded}

// The whole machine: what is not listed is refused.
func TestACredentialMovesOnlyAsItsStateAllows(t *testing.T) {
	allowed := map[registry.State]string{
		registry.StateQueued:    "issued",
		registry.StateIssued:    "suspended revoked superseded",
		registry.StateSuspended: "issued revoked",
	}
	at := instant("2027-01-01T00:00:00Z")
	for _, from := range credentialStates {
		for _, to := range credentialStates {
			before := issued()
			before.State = from
			after, event, err := before.Move(to, "reason", "by", "second", at)
			if want := slices.Contains(strings.Fields(allowed[from]), string(to)); (err == nil) != want {
				t.Errorf("%s → %s: %v, want allowed %t", from, to, err, want)
				continue
			}
			if err != nil {
				if codeOf(err) != "credential.final" || after.State != from {
					t.Errorf("%s → %s: is %s, %v", from, to, after.State, err)
				}
				continue
			}
			want := registry.StatusEvent{Credential: "c", From: from, To: to, Reason: "reason", By: "by", Second: "second", At: at}
			if event != want || after.State != to || !after.StateSince.Equal(at) || after.Reason != "reason" {
				t.Errorf("%s → %s: event %+v, credential %s since %s", from, to, event, after.State, after.StateSince)
			}
		}
	}
}

func TestOnePersonSuspendsAndReinstates(t *testing.T) {
	by, at := registry.Actor{Account: "a", Person: "p"}, instant("2027-01-01T00:00:00Z")
	suspended, event, err := issued().Suspend("under_review", by, at)
	if err != nil || suspended.State != registry.StateSuspended || event.By != "a" {
		t.Fatalf("suspend: %+v, %v", event, err)
	}
	back, event, err := suspended.Reinstate(by, at.Add(time.Hour))
	if err != nil || back.State != registry.StateIssued || event.From != registry.StateSuspended {
		t.Errorf("reinstate: %+v, %v", event, err)
	}
	if back.StatusAt(at.Add(2*time.Hour)) != registry.StatusValid {
		t.Errorf("reinstated, it is %s", back.StatusAt(at.Add(2*time.Hour)))
	}
	if _, _, err := back.Reinstate(by, at); codeOf(err) != "credential.not_suspended" {
		t.Errorf("reinstated twice: %v", err)
	}
	if _, _, err := issued().Suspend("bad mood", by, at); codeOf(err) != "credential.reason" {
		t.Errorf("a reason that the public cannot be told: %v", err)
	}
}

func TestARevocationTakesTwoPersons(t *testing.T) {
	at := instant("2027-01-01T00:00:00Z")
	one, two := registry.Actor{Account: "a", Person: "p"}, registry.Actor{Account: "b", Person: "q"}
	for _, tc := range []struct {
		promise        string
		reason         string
		asked, granted registry.Actor
		want           string
	}{
		{"one asks, another grants", "misconduct", one, two, "<nil>"},
		{"the same account", "misconduct", one, one, "four_eyes.revocation"},
		{"the same person with a second account", "misconduct", one, registry.Actor{Account: "c", Person: "p"}, "four_eyes.revocation"},
		{"an account with nobody behind it grants", "misconduct", one, registry.Actor{Account: "c"}, "four_eyes.no_person"},
		{"an account with nobody behind it asked", "misconduct", registry.Actor{Account: "c"}, two, "four_eyes.no_person"},
		{"a reason that is not in the list", "bad mood", one, two, "credential.reason"},
		{"no reason", "", one, two, "credential.reason"},
	} {
		after, event, err := issued().Revoke(tc.reason, tc.asked, tc.granted, at)
		if codeOf(err) != tc.want {
			t.Errorf("%s: %v, want %s", tc.promise, err, tc.want)
		}
		if err == nil && (after.State != registry.StateRevoked || event.By != "a" || event.Second != "b") {
			t.Errorf("%s: %+v", tc.promise, event)
		}
	}
	revoked, _, err := issued().Revoke("identity", one, two, at)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := revoked.Revoke("identity", one, two, at); codeOf(err) != "credential.final" {
		t.Errorf("revoked twice: %v", err)
	}
	if got := revoked.StatusAt(instant("2030-01-01T00:00:00Z")); got != registry.StatusRevoked {
		t.Errorf("after its end a revoked credential is %s", got)
	}
}
