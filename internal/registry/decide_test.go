package registry_test

import (
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/testkit"
)

const verdicts = "../../docs/verdicts.md"

func TestEveryStatusHasTheVerdictOfTheDocument(t *testing.T) {
	rows := testkit.Table(t, verdicts, "## Statuses")
	if len(rows) != len(registry.Statuses) {
		t.Fatalf("%d statuses in the document, %d in the program", len(rows), len(registry.Statuses))
	}
	for i, row := range rows {
		status := registry.Statuses[i]
		if row["status"] != string(status) || row["verdict"] != string(status.Verdict()) {
			t.Errorf("row %d: %s is %s, the program says %s is %s", i+1, row["status"], row["verdict"], status, status.Verdict())
		}
	}
	if v := registry.Status("new in a later version").Verdict(); v != registry.CannotTell {
		t.Errorf("a status that this version does not know is %s, want %s", v, registry.CannotTell)
	}
}

// clocks are moments around the credential of issued, by the document's words.
var clocks = map[string]string{
	"before": "2026-11-20T15:59:59Z", "within": "2027-11-21T00:00:00Z", "last 60 days": "2028-11-30T15:59:59Z", "after": "2028-11-30T16:00:00Z",
	"no end": "2099-01-01T00:00:00Z",
}

func evidenceOf(e map[string]string) registry.Evidence {
	c := issued()
	c.State, c.StateSince = registry.State(e["state"]), instant("2026-12-01T00:00:00Z")
	if e["clock"] == "no end" {
		c.Snapshot.ValidUntil, c.Snapshot.ExpiresAt = registry.Date{}, time.Time{}
	}
	out := registry.Evidence{Now: instant(clocks[e["clock"]]), Looked: e["store"] == "answers", KeyKnown: e["key"] != "unknown", KeyCompromised: e["key"] == "compromised"}
	if e["state"] != "none" {
		out.Credential = &c
	}
	return out
}

// TestDecideFollowsTheTable tries every combination of the evidence.
func TestDecideFollowsTheTable(t *testing.T) {
	rows := testkit.Table(t, verdicts, "## The registry's own answer")
	used := make([]bool, len(rows))
	for _, store := range []string{"out of reach", "answers"} {
		for _, state := range []string{"none", "queued", "issued", "suspended", "revoked", "superseded"} {
			for clock := range clocks {
				for _, key := range []string{"known", "compromised", "unknown"} {
					e := map[string]string{"store": store, "state": state, "clock": clock, "key": key}
					used[walk(t, rows, e)] = true
				}
			}
		}
	}
	for i, u := range used {
		if !u {
			t.Errorf("row %d of the table is never reached: %v", i+1, rows[i])
		}
	}
}

// walk compares the answer with the first row that covers the evidence.
func walk(t *testing.T, rows []map[string]string, e map[string]string) int {
	t.Helper()
	at := 0
	for at < len(rows) && !testkit.Match(rows[at], e) {
		at++
	}
	if at == len(rows) {
		t.Fatalf("no row covers %v", e)
	}
	want, evidence := rows[at], evidenceOf(e)
	got := registry.Decide(evidence)
	dates := want["dates"]
	if dates == "by clock" {
		dates = map[bool]string{true: "no", false: "yes"}[e["clock"] == "before" || e["clock"] == "after"]
	}
	for what, pair := range map[string][2]string{
		"status": {string(got.Status), want["status"]}, "verdict": {string(got.Verdict), want["verdict"]},
		"reasons": {reasonsOf(got), strings.Replace(want["reasons"], "none", "", 1)}, "signature": {string(got.Checks.Signature.Result), want["signature"]},
		"dates": {string(got.Checks.Dates.Result), dates}, "status check": {string(got.Checks.Status.Result), want["status check"]},
		"issuer": {string(got.Checks.Issuer.Result), want["issuer"]}, "ledger": {string(got.Checks.Ledger.Result), "not_checked"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%v: %s is %q, row %d says %q", e, what, pair[0], at+1, pair[1])
		}
	}
	promises(t, e, evidence, got)
	return at
}

// promises are what no table may break.
func promises(t *testing.T, e map[string]string, evidence registry.Evidence, got registry.Answer) {
	t.Helper()
	c := got.Checks
	for name, check := range map[string]registry.Check{"dates": c.Dates, "status": c.Status, "issuer": c.Issuer} {
		if got.Verdict == registry.Yes && check.Result != registry.CheckYes {
			t.Errorf("%v: a yes although %s is %s", e, name, check.Result)
		}
	}
	if got.Verdict == registry.No && c.Dates.Result != registry.CheckNo && c.Status.Result != registry.CheckNo {
		t.Errorf("%v: a no although nothing speaks against it", e)
	}
	if got.Status != registry.StatusValid && len(got.Reasons) == 0 {
		t.Errorf("%v: %s without a reason", e, got.Status)
	}
	found := evidence.Looked && evidence.Credential != nil && evidence.Credential.State != registry.StateQueued
	if (got.Credential != nil) != found || !got.CheckedAt.Equal(evidence.Now) {
		t.Errorf("%v: credential %v, checked at %s", e, got.Credential, got.CheckedAt)
	}
	if c.Signature.Result == registry.CheckYes && !c.Signature.AsOf.Equal(evidence.Credential.SignedAt) {
		t.Errorf("%v: the signature was checked at %s, not at issue", e, c.Signature.AsOf)
	}
}

func reasonsOf(a registry.Answer) string {
	var all []string
	for _, r := range a.Reasons {
		all = append(all, r.Code)
	}
	return strings.Join(all, ", ")
}

// The list of what an answer shows is the whole of what the public may read.
func TestAnAnswerShowsWhatThePaperShows(t *testing.T) {
	c := issued()
	c.Person, c.Class, c.Reason, c.State, c.StateSince = "person", "class", "misconduct", registry.StateRevoked, instant("2027-01-01T00:00:00Z")
	c.Snapshot.Name, c.Snapshot.IDLast4, c.Snapshot.Minutes, c.Snapshot.Practical = "DEMO 欧阳娜", "013X", 180, 135
	s := registry.Show(&c)
	if s.Name != "DEMO 欧阳娜" || s.IDLast4 != "013X" || s.Hours != 4 || s.PracticalHours != 3 || *s.ValidUntil != day("2028-11-30") {
		t.Errorf("shown %+v", s)
	}
	if s.StatusSince == nil || !s.StatusSince.Equal(c.StateSince) {
		t.Errorf("revoked since %v", s.StatusSince)
	}
	c.State = registry.StateIssued
	if s := registry.Show(&c); s.StatusSince != nil {
		t.Errorf("plainly issued, with a decision of %s", s.StatusSince)
	}
}
