package trust_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/record"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/testkit"
	"github.com/passmuster/passmuster/internal/trust"
)

// evidence is one combination of the columns of docs/verdicts.md, "Without a
// network", in the document's words.
type evidence map[string]string

var evidenceColumns = []struct {
	name   string
	values []string
}{
	{"clock", []string{"behind", "right"}},
	{"list", []string{"none", "in date", "past its end"}},
	{"address", []string{"foreign", "ours"}},
	{"record", []string{"none", "unreadable", "later format", "unknown key", "another issuer's", "altered", "genuine"}},
	{"code", []string{"issued", "absent", "newer", "revoked", "suspended", "superseded"}},
	{"bundle", []string{"none", "in date", "past its end"}},
	{"key", []string{"good", "vouched", "compromised", "retired", "out of its period"}},
	{"dates", []string{"within", "no end", "last 60 days", "before", "ended", "ended by clock"}},
}

// possible leaves out what cannot come together.
func (e evidence) possible() bool {
	switch {
	case e["list"] == "none" && e["bundle"] != "none": // a bundle is believed by the list's publishers
		return false
	case e["record"] != "genuine" && e["record"] != "altered" && e["key"] != "good": // no key of ours is involved
		return false
	case e["key"] == "vouched" && (e["bundle"] == "none" || e["code"] == "absent" || e["code"] == "newer"):
		return false
	case e["code"] == "newer" && strings.HasPrefix(e["dates"], "ended"): // issued today
		return false
	}
	return true
}

func everyEvidence(f func(evidence)) {
	e := evidence{}
	var next func(int)
	next = func(i int) {
		if i == len(evidenceColumns) {
			if e.possible() {
				f(e)
			}
			return
		}
		for _, v := range evidenceColumns[i].values {
			e[evidenceColumns[i].name] = v
			next(i + 1)
		}
	}
	next(0)
}

// door makes what the evidence describes: the scan, the list and the bundle.
type door struct {
	lists   map[string]*trust.VerifiedList
	bundles map[string]*trust.VerifiedBundle
	records map[string][]byte

	signedLists, signedBundles map[string][]byte // as they are published
}

var doorCodes = map[string]registry.Code{
	"issued": testCode(1), "revoked": testCode(2), "suspended": testCode(3), "superseded": testCode(4), "absent": testCode(5), "newer": testCode(6),
}

var doorKeys = map[string]string{
	"good": "record", "vouched": "record, compromised", "compromised": "record, compromised", "retired": "record, retired", "out of its period": "record, replaced",
}

var doorReasons = map[registry.Status]string{registry.StatusRevoked: registry.HolderRemoved, registry.StatusSuspended: "under_review"}

func openDoor(t *testing.T) *door {
	t.Helper()
	d := &door{lists: map[string]*trust.VerifiedList{}, bundles: map[string]*trust.VerifiedBundle{}, records: map[string][]byte{},
		signedLists: map[string][]byte{}, signedBundles: map[string][]byte{}}
	root := testKey(t, "root")
	from := now.Add(-60 * day)
	statement, err := trust.SignPublishers(trust.Publishers{Number: 1, IssuedAt: from,
		Keys: []trust.PublisherKey{{Public: &testKey(t, "publisher").PublicKey, From: from, Until: from.Add(trust.PublisherLife)}}}, root)
	signed(t, statement, err)
	for name, made := range map[string]time.Time{"in date": now.Add(-day), "past its end": now.Add(-40 * day)} {
		l := list(t) // its issuers and addresses, with ends counted from now
		l.IssuedAt, l.ValidUntil, l.Statement = made, made.Add(trust.ListLife), statement
		b, err := trust.SignList(l, testKey(t, "publisher"))
		d.signedLists[name] = signed(t, b, err)
		d.lists[name], err = trust.ParseList(b, &root.PublicKey, trust.Seen{}, made)
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, made := range map[string]time.Time{"in date": now.Add(-6 * time.Hour), "past its end": now.Add(-3 * day)} {
		d.bundles[name], d.signedBundles[name] = d.bundle(t, made)
	}
	return d
}

// bundle is the registry's state at made: all codes but two, three decisions,
// and every record that is called vouched.
func (d *door) bundle(t *testing.T, made time.Time) (*trust.VerifiedBundle, []byte) {
	t.Helper()
	b := trust.Bundle{Number: 42, IssuedAt: made, ValidUntil: made.Add(trust.GeneralLife), AsOf: made}
	for standing, code := range doorCodes {
		if standing == "absent" || standing == "newer" {
			continue
		}
		b.Issued = append(b.Issued, trust.KeyOf(code))
		for _, dates := range evidenceColumns[7].values {
			payload, err := d.claims(evidence{"key": "vouched", "dates": dates, "code": standing}).Payload()
			b.Issued = append(b.Issued, trust.KeyOfRecord(code, signed(t, payload, err)))
		}
		if status := registry.Status(standing); status != "issued" {
			b.Exceptions = append(b.Exceptions, trust.Exception{Key: trust.KeyOf(code), Status: status, On: date("2026-11-01"), Reason: doorReasons[status]})
		}
	}
	raw, err := trust.SignBundle(b, testKey(t, "publisher"))
	v, err := trust.ParseBundle(signed(t, raw, err), d.lists["in date"], trust.Seen{}, now)
	if v == nil || err != nil && refusal(err) != "bundle.expired" {
		t.Fatal(err)
	}
	return v, raw
}

// claims are what the record says. now is 2026-11-21 12:00 UTC.
func (d *door) claims(e evidence) record.Claims {
	c := claims()
	c.IssuedOn, c.ValidFrom, c.ValidUntil = date("2026-09-01"), date("2026-09-01"), date("2028-11-30")
	if e["key"] == "vouched" {
		c.Name = "DEMO vouched for"
	}
	if e["code"] == "newer" {
		c.IssuedOn, c.ValidFrom = date("2026-11-21"), date("2026-11-21")
	}
	switch e["dates"] {
	case "no end":
		c.ValidUntil = registry.Date{}
	case "last 60 days":
		c.ValidUntil = date("2027-01-10")
	case "before":
		c.ValidFrom = date("2026-12-01")
	case "ended":
		c.ValidUntil = date("2026-10-01")
	case "ended by clock": // at 08:00 UTC, after the newest bundle, before now
		c.ValidUntil, c.UTCOffset = date("2026-11-20"), -480
	}
	return c
}

func (d *door) signed(t *testing.T, e evidence, key string) []byte {
	t.Helper()
	name := e["code"] + "|" + e["dates"] + "|" + e["key"] + "|" + key
	if d.records[name] == nil {
		d.records[name] = recordOf(t, d.claims(e), doorCodes[e["code"]], key)
	}
	return slices.Clone(d.records[name])
}

func (d *door) scan(t *testing.T, e evidence) record.Scan {
	t.Helper()
	scan := record.Scan{Origin: origin, Code: doorCodes[e["code"]]}
	if e["address"] == "foreign" {
		scan.Origin = "https://verify.evil.example"
	}
	switch e["record"] {
	case "genuine":
		scan.Record = d.signed(t, e, doorKeys[e["key"]])
	case "altered":
		scan.Record = d.signed(t, e, doorKeys[e["key"]])
		scan.Record[len(scan.Record)-1] ^= 1
	case "unreadable":
		scan.Record = []byte{}
	case "later format":
		scan.Record = slices.Clone(d.signed(t, e, "record"))
		at := slices.Index(scan.Record, 0x3a) // the claim -65537 becomes -65538
		scan.Record[at+4]++
	case "unknown key":
		scan.Record = d.signed(t, e, "nobody")
	case "another issuer's":
		scan.Record = d.signed(t, e, "record of another issuer")
	}
	return scan
}

func (d *door) seen(e evidence) trust.Seen {
	if e["clock"] == "behind" {
		return trust.Seen{Newest: now.Add(time.Hour)}
	}
	return trust.Seen{}
}

func (d *door) answer(t *testing.T, e evidence) registry.Answer {
	t.Helper()
	return trust.Offline(d.scan(t, e), d.lists[e["list"]], d.bundles[e["bundle"]], d.seen(e), now)
}

// by spells out the document's "by record" and "by dates".
func (e evidence) by(what, column string) string {
	switch {
	case what == "by dates" && e["dates"] == "ended by clock":
		return "could_not_check"
	case what == "by dates":
		return "yes"
	case what != "by record":
		return what
	}
	switch e["record"] {
	case "genuine":
		return "yes"
	case "none":
		return "not_checked"
	case "another issuer's":
		return map[string]string{"signature": "yes", "issuer": "no"}[column]
	case "unknown key":
		return "could_not_check"
	}
	return map[string]string{"signature": "could_not_check", "issuer": "not_checked"}[column]
}

// TestOfflineFollowsTheTable tries every combination that can come together.
func TestOfflineFollowsTheTable(t *testing.T) {
	rows := testkit.Table(t, "../../docs/verdicts.md", "## Without a network")
	d, used, tried := openDoor(t), make([]bool, len(rows)), 0
	everyEvidence(func(e evidence) {
		at := slices.IndexFunc(rows, func(row map[string]string) bool { return testkit.Match(row, e) })
		if at < 0 {
			t.Fatalf("no row covers %v", e)
		}
		used[at] = true
		tried++
		want, got := rows[at], d.answer(t, e)
		for what, pair := range map[string][2]string{
			"status": {string(got.Status), want["status"]}, "verdict": {string(got.Verdict), string(registry.Status(want["status"]).Verdict())},
			"reasons":      {strings.Join(codes(got), ", "), want["reasons"]},
			"signature":    {string(got.Checks.Signature.Result), e.by(want["signature"], "signature")},
			"dates check":  {string(got.Checks.Dates.Result), e.by(want["dates check"], "dates")},
			"status check": {string(got.Checks.Status.Result), want["status check"]},
			"issuer":       {string(got.Checks.Issuer.Result), e.by(want["issuer"], "issuer")},
			"ledger":       {string(got.Checks.Ledger.Result), "not_checked"},
		} {
			if pair[0] != pair[1] {
				t.Errorf("%v: %s is %q, row %d says %q", e, what, pair[0], at+1, pair[1])
			}
		}
	})
	for i, u := range used {
		if !u {
			t.Errorf("row %d of the table is never reached: %v", i+1, rows[i])
		}
	}
	t.Logf("%d situations", tried)
	told, err := os.ReadFile("../../docs/trust.md")
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("A test walks %d,%03d combinations", tried/1000, tried%1000); !strings.Contains(string(told), want) {
		t.Errorf("docs/trust.md does not say %q", want)
	}
}
