package registry_test

import (
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
)

func TestNoTextIsACodeAndAShareCode(t *testing.T) {
	for i := range 2000 {
		secret := [10]byte{byte(i), byte(i >> 8), 3, 14, 15, 92, 65, 35, 89, byte(i * 7)}
		code, share := registry.NewCode(secret), registry.NewShareCode(secret)
		if code[:15] != registry.Code(share[:15]) || string(code) == string(share) {
			t.Fatalf("code %s, share code %s", code, share)
		}
		if _, err := registry.ParseCode(string(share)); err == nil {
			t.Fatalf("share code %s is a code", share)
		}
		if _, err := registry.ParseShareCode(string(code)); err == nil {
			t.Fatalf("code %s is a share code", code)
		}
		if got, err := registry.ParseShareCode(" " + strings.ToLower(share.String())); err != nil || got != share {
			t.Fatalf("%s read back: %s, %v", share, got, err)
		}
	}
}

func TestNewShareRefusesWhatMustNotBePassedOn(t *testing.T) {
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		name       string
		state      registry.State
		days, live int
		ok         bool
	}{
		{"issued", registry.StateIssued, 90, 19, true},
		{"on hold: the verdict says so", registry.StateSuspended, 7, 0, true},
		{"revoked", registry.StateRevoked, 90, 0, false},
		{"replaced", registry.StateSuperseded, 90, 0, false},
		{"not signed yet", registry.StateQueued, 90, 0, false},
		{"for ever", registry.StateIssued, 0, 0, false},
		{"one too many", registry.StateIssued, 30, 20, false},
	} {
		s, err := registry.NewShare(registry.Credential{ID: "c", Enrolment: "e", State: tc.state}, tc.days, tc.live, now)
		if (err == nil) != tc.ok {
			t.Errorf("%s: %v", tc.name, err)
		}
		if tc.ok && (!s.LastsAt(now) || !s.LastsAt(s.EndsAt.Add(-1)) || s.LastsAt(s.EndsAt) || s.EndsAt != now.AddDate(0, 0, tc.days)) {
			t.Errorf("%s: %+v", tc.name, s)
		}
	}
}
