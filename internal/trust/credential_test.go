package trust_test

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/badge"
	"github.com/passmuster/passmuster/internal/record"
	"github.com/passmuster/passmuster/internal/record/cose"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/testkit"
	"github.com/passmuster/passmuster/internal/testkit/forge"
	"github.com/passmuster/passmuster/internal/trust"
)

// snapshotOf is what the registry froze for a credential whose record says c.
func snapshotOf(c record.Claims, code registry.Code) registry.Snapshot {
	name := func(s string) registry.Text { return registry.Text{"en": "DEMO " + s} }
	return registry.Snapshot{
		Format: 1, Number: "GAJK-SJZ-2026-000123", Code: code, Kind: c.Kind, Subject: "urn:uuid:0b7c6f5e-1d2a-4c3b-9a8f-7e6d5c4b3a21",
		Name: c.Name, IDLast4: c.IDLast4, Programme: registry.CodeName{Code: "GAJK", Name: name("programme")},
		Course: registry.CourseName{Code: c.Course, Version: c.CourseVersion, Title: name("course")}, Minutes: c.Minutes, Practical: c.PracticalMinutes,
		InPerson: c.PracticalAssessed, Base: registry.BaseName{Code: c.Base, Name: name("base"), TZ: "Asia/Shanghai", Offset: c.UTCOffset},
		Issuer: registry.CodeName{Code: c.Issuer, Name: name("issuer")}, IssuedOn: c.IssuedOn,
		IssuedAt:  c.IssuedOn.Start(time.FixedZone("", c.UTCOffset*60)).Add(10 * time.Hour).UTC(),
		ValidFrom: c.ValidFrom, ValidUntil: c.ValidUntil, StartsAt: c.StartsAt(), ExpiresAt: c.ExpiresAt(),
		Languages: []string{"en"}, Origin: origin, Status: registry.StatusEntry{List: 1, Index: 9}, Demo: c.Demo,
	}
}

// tokenOf signs the snapshot as a VC-JWT with the named key.
func tokenOf(t testing.TB, s registry.Snapshot, keyName string) string {
	t.Helper()
	key := testKey(t, keyName)
	print, err := cose.Thumbprint(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := badge.Sign(s, base64.RawURLEncoding.EncodeToString(print[:]), key)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// contradicting is a token, well signed, whose exp is not its validUntil.
func contradicting(t testing.TB, token, keyName string) string {
	t.Helper()
	parts := strings.Split(token, ".")
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	m["exp"] = 4102444800
	if raw, err = json.Marshal(m); err != nil {
		t.Fatal(err)
	}
	return forge.Sign(t, parts[0]+"."+base64.RawURLEncoding.EncodeToString(raw), testKey(t, keyName))
}

var credentialForms = []string{"unreadable", "signed otherwise", "contradicts itself", "foreign address", "unknown key", "altered", "another issuer's", "genuine"}

// credentialEvidence tries all columns of "Without a network" but those that a
// credential does not have.
func credentialEvidence(f func(evidence)) {
	everyEvidence(func(e evidence) {
		if e["address"] != "ours" || e["record"] != "genuine" || e["key"] == "vouched" {
			return
		}
		for _, v := range credentialForms {
			if v != "genuine" && e["key"] != "good" {
				continue
			}
			one := maps.Clone(e)
			delete(one, "address")
			delete(one, "record")
			one["credential"] = v
			f(one)
		}
	})
}

func (d *door) token(t *testing.T, e evidence, made map[string]string) string {
	t.Helper()
	id := e["credential"] + "|" + e["code"] + "|" + e["dates"] + "|" + e["key"]
	if made[id] != "" {
		return made[id]
	}
	s := snapshotOf(d.claims(e), doorCodes[e["code"]])
	key := doorKeys[e["key"]]
	switch e["credential"] {
	case "unreadable":
		made[id] = tokenOf(t, s, key) + "=="
	case "signed otherwise":
		_, rest, _ := strings.Cut(tokenOf(t, s, key), ".")
		made[id] = base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","kid":"x","typ":"JWT"}`)) + "." + rest
	case "contradicts itself":
		made[id] = contradicting(t, tokenOf(t, s, key), key)
	case "foreign address":
		s.Origin = "https://verify.evil.example"
		made[id] = tokenOf(t, s, key)
	case "unknown key":
		made[id] = tokenOf(t, s, "nobody")
	case "another issuer's":
		made[id] = tokenOf(t, s, "record of another issuer")
	case "altered":
		good := tokenOf(t, s, key)
		made[id] = good[:len(good)-20] + strings.ToLower(good[len(good)-20:len(good)-4]) + good[len(good)-4:]
	default:
		made[id] = tokenOf(t, s, key)
	}
	return made[id]
}

func TestACredentialOfflineFollowsTheTable(t *testing.T) {
	rows := testkit.Table(t, "../../docs/verdicts.md", "## A credential without a network")
	d, used, tried, made := openDoor(t), make([]bool, len(rows)), 0, map[string]string{}
	credentialEvidence(func(e evidence) {
		at := slices.IndexFunc(rows, func(row map[string]string) bool { return testkit.Match(row, e) })
		if at < 0 {
			t.Fatalf("no row covers %v", e)
		}
		used[at], tried = true, tried+1
		seen := trust.Seen{}
		if e["clock"] == "behind" {
			seen.Newest = now.Add(time.Hour)
		}
		want, got := rows[at], trust.OfflineCredential(d.token(t, e, made), d.lists[e["list"]], d.bundles[e["bundle"]], seen, now)
		for what, pair := range map[string][2]string{
			"status": {string(got.Status), want["status"]}, "verdict": {string(got.Verdict), string(registry.Status(want["status"]).Verdict())},
			"reasons":      {strings.Join(codes(got), ", "), want["reasons"]},
			"signature":    {string(got.Checks.Signature.Result), want["signature"]},
			"dates check":  {string(got.Checks.Dates.Result), e.by(want["dates check"], "dates")},
			"status check": {string(got.Checks.Status.Result), want["status check"]},
			"issuer":       {string(got.Checks.Issuer.Result), want["issuer"]},
			"ledger":       {string(got.Checks.Ledger.Result), "not_checked"},
		} {
			if pair[0] != pair[1] {
				t.Errorf("%v: %s is %q, row %d says %q", e, what, pair[0], at+1, pair[1])
			}
		}
		if got.Verdict == registry.Yes && got.Credential == nil {
			t.Errorf("%v: a yes shows nothing", e)
		}
	})
	for i, u := range used {
		if !u {
			t.Errorf("row %d of the table is never reached: %v", i+1, rows[i])
		}
	}
	t.Logf("%d situations", tried)
}

// Whoever has no key of ours, and whoever has one and signs nonsense, gets no yes.
func TestForgedCredentialsAreNoYesOffline(t *testing.T) {
	l, b := verifiedList(t), verifiedBundle(t)
	good := tokenOf(t, snapshotOf(claims(), plain), "record")
	if a := trust.OfflineCredential(good, l, b, trust.Seen{}, now); a.Status != registry.StatusValid {
		t.Fatalf("the genuine one: %s %v", a.Status, codes(a))
	}
	forged := forge.Tokens(t, good, testKey(t, "record"), "https://evil.example")
	for _, f := range forged {
		a := trust.OfflineCredential(f.Text, l, b, trust.Seen{}, now)
		if a.Verdict != registry.CannotTell && a.Status != registry.StatusAltered || a.Credential != nil {
			t.Errorf("%s: %s %v, shows %v", f.Name, a.Status, codes(a), a.Credential)
		}
	}
	t.Logf("%d forged tokens", len(forged))
}
