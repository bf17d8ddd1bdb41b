package registry_test

import (
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
)

func TestShownSaysWhyAStatusWasDecided(t *testing.T) {
	since := time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		name  string
		state registry.State
		want  string
	}{
		{"issued again after a suspension: nothing to explain", registry.StateIssued, ""},
		{"suspended", registry.StateSuspended, "under_review"},
		{"revoked", registry.StateRevoked, "under_review"},
	} {
		shown := registry.Show(&registry.Credential{State: tc.state, StateSince: since, Reason: "under_review"})
		if shown.StatusReason != tc.want || (shown.StatusSince != nil) != (tc.want != "") {
			t.Errorf("%s: reason %q since %v, want %q", tc.name, shown.StatusReason, shown.StatusSince, tc.want)
		}
	}
}

func TestAnswerNamesTheFaultOfTheSigner(t *testing.T) {
	now := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	issued := registry.Credential{State: registry.StateIssued, Snapshot: registry.Snapshot{StartsAt: now.AddDate(0, 0, -1)}}
	for _, tc := range []struct {
		name     string
		evidence registry.Evidence
		status   registry.Status
		reason   string
	}{
		{"a key that we do not know leaves the answer open", registry.Evidence{}, registry.StatusCouldNotCheck, "signer.unknown"},
		{"a compromised key leaves the registry's record", registry.Evidence{KeyKnown: true, KeyCompromised: true}, registry.StatusValid, "signer.compromised"},
	} {
		tc.evidence.Now, tc.evidence.Looked, tc.evidence.Credential = now, true, &issued
		a := registry.Decide(tc.evidence)
		if a.Status != tc.status || a.Checks.Signature.Reason != tc.reason || len(a.Reasons) != 1 || a.Reasons[0].Code != tc.reason {
			t.Errorf("%s: %s, %+v, %+v; want %s and %s", tc.name, a.Status, a.Checks.Signature, a.Reasons, tc.status, tc.reason)
		}
	}
}
