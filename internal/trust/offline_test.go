package trust_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/record"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/trust"
)

// scene is one situation at a door: what is scanned, and what the device holds.
type scene struct {
	scan   record.Scan
	list   *trust.VerifiedList
	bundle *trust.VerifiedBundle
	seen   trust.Seen
	now    time.Time
}

func (s scene) answer() registry.Answer {
	return trust.Offline(s.scan, s.list, s.bundle, s.seen, s.now)
}

func codes(a registry.Answer) (all []string) {
	for _, r := range a.Reasons {
		all = append(all, r.Code)
	}
	return all
}

func TestOfflineVerdicts(t *testing.T) {
	l, b := verifiedList(t), verifiedBundle(t)
	scanOf := func(c record.Claims, code registry.Code, key string) record.Scan {
		return record.Scan{Origin: origin, Code: code, Record: recordOf(t, c, code, key)}
	}
	good := scanOf(claims(), plain, "record")
	base := scene{good, l, b, trust.Seen{}, now}
	with := func(f func(*scene)) scene { s := base; f(&s); return s }
	of := func(c record.Claims, code registry.Code, key string) scene {
		return with(func(s *scene) { s.scan = scanOf(c, code, key) })
	}
	old := func(s *scene) { s.now = bundleMade.Add(3 * day) }
	noBundle := func(s *scene) { s.bundle = nil }
	expired := change(func(c *record.Claims) { c.ValidUntil = date("2026-11-19") })
	fresh := change(func(c *record.Claims) {
		c.IssuedOn, c.ValidFrom = date("2026-11-21"), date("2026-11-21")
	})
	tampered := slices.Clone(good.Record)
	tampered[40] ^= 1

	for _, x := range []struct {
		what    string
		s       scene
		status  registry.Status
		reasons []string
		shown   bool
	}{
		{"everything in order", base, registry.StatusValid, []string{"bundle.basis"}, true},
		{"ends in 59 days", of(change(func(c *record.Claims) { c.ValidUntil = date("2027-01-19") }), plain, "record"),
			registry.StatusExpiring, []string{"status.expiring", "bundle.basis"}, true},
		{"without an end", of(change(func(c *record.Claims) { c.ValidUntil = registry.Date{} }), plain, "record"),
			registry.StatusValid, []string{"bundle.basis"}, true},
		{"on the last day, in the base's zone", with(func(s *scene) {
			s.scan = scanOf(change(func(c *record.Claims) { c.ValidUntil = date("2026-11-21") }), plain, "record")
			s.now = time.Date(2026, 11, 21, 15, 59, 59, 0, time.UTC)
		}), registry.StatusExpiring, []string{"status.expiring", "bundle.basis"}, true},
		{"a second after the last day", with(func(s *scene) {
			s.scan = scanOf(change(func(c *record.Claims) { c.ValidUntil = date("2026-11-21") }), plain, "record")
			s.now = time.Date(2026, 11, 21, 16, 0, 0, 0, time.UTC)
		}), registry.StatusExpired, []string{"status.expired"}, true},

		{"expired", of(expired, plain, "record"), registry.StatusExpired, []string{"status.expired"}, true},
		{"expired, without a bundle", with(func(s *scene) { s.scan = scanOf(expired, plain, "record"); s.bundle = nil }),
			registry.StatusExpired, []string{"status.expired"}, true},
		{"expired before a time that was signed, with a list past its end", with(func(s *scene) {
			s.scan = scanOf(expired, plain, "record")
			s.now = listMade.Add(40 * day)
		}), registry.StatusExpired, []string{"status.expired"}, true},
		{"expired by the clock alone, with a list past its end", with(func(s *scene) {
			s.scan = scanOf(change(func(c *record.Claims) { c.ValidUntil = date("2026-12-01") }), plain, "record")
			s.now = listMade.Add(40 * day)
		}), registry.StatusCouldNotCheck, []string{"trust.old", "bundle.basis"}, true},
		{"not yet valid", of(change(func(c *record.Claims) { c.ValidFrom = date("2026-11-28") }), plain, "record"),
			registry.StatusNotYetValid, []string{"status.not_yet_valid"}, true},

		{"revoked", of(claims(), revoked, "record"), registry.StatusRevoked, []string{"status.revoked", "bundle.basis"}, true},
		{"revoked and expired", of(expired, revoked, "record"), registry.StatusRevoked, []string{"status.revoked", "bundle.basis"}, true},
		{"revoked in a bundle past its end", with(func(s *scene) { s.scan = scanOf(claims(), revoked, "record"); old(s) }),
			registry.StatusRevoked, []string{"status.revoked", "bundle.basis"}, true},
		{"superseded", of(claims(), superseded, "record"), registry.StatusSuperseded, []string{"status.superseded", "bundle.basis"}, true},
		{"suspended", of(claims(), suspended, "record"), registry.StatusSuspended, []string{"status.suspended", "bundle.basis"}, true},
		{"suspended in a bundle past its end", with(func(s *scene) { s.scan = scanOf(claims(), suspended, "record"); old(s) }),
			registry.StatusCouldNotCheck, []string{"bundle.old_suspended", "bundle.basis"}, true},
		{"revoked, typed without a record", with(func(s *scene) { s.scan = record.Scan{Code: revoked} }),
			registry.StatusRevoked, []string{"status.revoked", "bundle.basis"}, false},
		{"revoked, record by an unknown key", of(claims(), revoked, "nobody"),
			registry.StatusRevoked, []string{"status.revoked", "bundle.basis"}, false},

		{"without a bundle", with(noBundle), registry.StatusCouldNotCheck, []string{"bundle.missing"}, true},
		{"bundle past its end", with(old), registry.StatusCouldNotCheck, []string{"bundle.old", "bundle.basis"}, true},
		{"list past its end", with(func(s *scene) { s.now = listMade.Add(trust.ListLife) }),
			registry.StatusCouldNotCheck, []string{"trust.old", "bundle.basis"}, true},
		{"without a list", with(func(s *scene) { s.list, s.bundle = nil, nil }), registry.StatusCouldNotCheck, []string{"trust.missing"}, false},
		{"issued on the day of the bundle, not in it", of(fresh, notIssued, "record"),
			registry.StatusCouldNotCheck, []string{"bundle.before_issue", "bundle.basis"}, true},
		{"issued before the bundle, not in it", of(claims(), notIssued, "record"),
			registry.StatusNotFound, []string{"bundle.not_issued", "bundle.basis"}, false},
		{"issued before a bundle past its end, not in it", with(func(s *scene) { s.scan = scanOf(claims(), notIssued, "record"); old(s) }),
			registry.StatusNotFound, []string{"bundle.not_issued", "bundle.basis"}, false},

		{"one byte changed", with(func(s *scene) { s.scan.Record = tampered }), registry.StatusAltered, []string{"record.altered"}, false},
		{"moved to another code", with(func(s *scene) { s.scan.Code = testCode(9) }), registry.StatusAltered, []string{"record.altered"}, false},
		{"one byte changed, without a bundle", with(func(s *scene) { s.scan.Record = tampered; s.bundle = nil }),
			registry.StatusAltered, []string{"record.altered"}, false},
		{"link without a record", with(func(s *scene) { s.scan.Record = nil }), registry.StatusCouldNotCheck, []string{"record.missing"}, false},
		{"record that cannot be read", with(func(s *scene) { s.scan.Record = []byte{} }), registry.StatusCouldNotCheck, []string{"record.unreadable"}, false},
		{"record of a later format", with(func(s *scene) {
			s.scan.Record = bytes.Replace(good.Record, []byte{0x3a, 0, 1, 0, 0}, []byte{0x3a, 0, 1, 0, 1}, 1)
		}), registry.StatusCouldNotCheck, []string{"record.newer"}, false},

		{"unknown key", of(claims(), plain, "nobody"), registry.StatusCouldNotCheck, []string{"key.unknown"}, false},
		{"another issuer's key", of(claims(), plain, "record of another issuer"), registry.StatusCouldNotCheck, []string{"issuer.mismatch"}, false},
		{"compromised key, the registry stands by the record", of(claims(), plain, "record, compromised"),
			registry.StatusValid, []string{"bundle.basis"}, true},
		{"compromised key, another name under a real code", of(change(func(c *record.Claims) { c.Name = "DEMO Thief" }), plain, "record, compromised"),
			registry.StatusCouldNotCheck, []string{"key.compromised"}, false},
		{"compromised key, without a bundle", with(func(s *scene) { s.scan = scanOf(claims(), plain, "record, compromised"); s.bundle = nil }),
			registry.StatusCouldNotCheck, []string{"key.compromised"}, false},
		{"compromised key, expired by its own words", of(expired, plain, "record, compromised"),
			registry.StatusCouldNotCheck, []string{"key.compromised"}, false},
		{"compromised key, code never issued", of(claims(), notIssued, "record, compromised"),
			registry.StatusNotFound, []string{"bundle.not_issued", "bundle.basis"}, false},
		{"compromised key, revoked", of(claims(), revoked, "record, compromised"),
			registry.StatusRevoked, []string{"status.revoked", "bundle.basis"}, false},
		{"key that had stopped signing", of(claims(), plain, "record, replaced"), registry.StatusCouldNotCheck, []string{"key.period"}, false},
		{"replaced key, in its time", of(change(func(c *record.Claims) { c.IssuedOn, c.ValidFrom = date("2026-07-01"), date("2026-07-01") }), plain, "record, replaced"),
			registry.StatusValid, []string{"bundle.basis"}, true},
		{"key that had not begun", of(change(func(c *record.Claims) { c.IssuedOn, c.ValidFrom = date("2025-01-01"), date("2025-01-01") }), plain, "record"),
			registry.StatusCouldNotCheck, []string{"key.period"}, false},
		{"retired key", of(claims(), plain, "record, retired"), registry.StatusCouldNotCheck, []string{"key.retired"}, false},

		{"foreign host", with(func(s *scene) { s.scan.Origin = "https://verify.demo.example.evil.example" }),
			registry.StatusCouldNotCheck, []string{"origin.foreign"}, false},
		{"our other address", with(func(s *scene) { s.scan.Origin = "http://192.168.1.7:8080" }), registry.StatusValid, []string{"bundle.basis"}, true},
		{"clock behind the bundle", with(func(s *scene) { s.now = bundleMade.Add(-time.Hour) }),
			registry.StatusCouldNotCheck, []string{"clock.behind"}, false},
		{"clock behind what was seen, revoked", with(func(s *scene) {
			s.scan, s.seen.Newest = scanOf(claims(), revoked, "record"), now.Add(time.Hour)
		}), registry.StatusCouldNotCheck, []string{"clock.behind"}, false},
	} {
		a := x.s.answer()
		if a.Status != x.status || !slices.Equal(codes(a), x.reasons) {
			t.Errorf("%s: %s %v, want %s %v", x.what, a.Status, codes(a), x.status, x.reasons)
		}
		if (a.Credential != nil) != x.shown {
			t.Errorf("%s: credential %+v, want one: %t", x.what, a.Credential, x.shown)
		}
		if a.Verdict != a.Status.Verdict() || a.CheckedAt != x.s.now {
			t.Errorf("%s: verdict %s, checked at %s", x.what, a.Verdict, a.CheckedAt)
		}
	}
}

func TestEveryOfflineReasonSpeaksEveryLanguage(t *testing.T) {
	for _, lang := range i18n.Langs {
		p := i18n.For(lang)
		for _, code := range []string{"clock.behind", "trust.missing", "trust.old", "origin.foreign",
			"record.altered", "record.missing", "record.unreadable", "record.newer",
			"key.unknown", "key.compromised", "key.retired", "key.period", "issuer.mismatch",
			"bundle.missing", "bundle.old", "bundle.old_suspended", "bundle.before_issue", "bundle.not_issued", "bundle.basis",
			"status.revoked", "status.suspended", "status.superseded", "status.expired", "status.not_yet_valid", "status.expiring"} {
			if !p.Has("reason."+code) || !p.Has("reason."+code+".next") {
				t.Errorf("%s: reason.%s has no message or no next", lang, code)
			}
		}
		for _, area := range []string{"trust", "bundle"} {
			for _, what := range []string{"malformed", "newer", "signature", "publisher", "rolled_back", "clock", "expired"} {
				if !p.Has("error."+area+"."+what) || !p.Has("error."+area+"."+what+".fix") {
					t.Errorf("%s: error.%s.%s has no message or no fix", lang, area, what)
				}
			}
		}
	}
}

func TestTheAnswerShowsItsGrounds(t *testing.T) {
	l, b := verifiedList(t), verifiedBundle(t)
	scan := record.Scan{Origin: origin, Code: plain, Record: recordOf(t, claims(), plain, "record")}
	a := trust.Offline(scan, l, b, trust.Seen{}, now)
	if a.Checks.Status.AsOf == nil || !a.Checks.Status.AsOf.Equal(b.AsOf) || !a.Checks.Issuer.AsOf.Equal(listMade) {
		t.Errorf("as of %v and %v", a.Checks.Status.AsOf, a.Checks.Issuer.AsOf)
	}
	for name, c := range map[string]registry.Check{"signature": a.Checks.Signature, "dates": a.Checks.Dates, "status": a.Checks.Status, "issuer": a.Checks.Issuer} {
		if c.Result != registry.CheckYes {
			t.Errorf("%s: %+v, want yes", name, c)
		}
	}
	if a.Checks.Ledger.Result != registry.CheckNotNeeded {
		t.Errorf("ledger: %+v", a.Checks.Ledger)
	}
	s := a.Credential
	if s.Name != claims().Name || s.Hours != 4 || s.PracticalHours != 3 || s.Course.Title["en"] != "CPR and AED" ||
		s.Base.Name["zh"] != "演示基地" || s.Issuer.Name["en"] != "DEMO Federation" || s.ValidUntil.String() != "2028-11-30" || !s.Demo {
		t.Errorf("shown %+v", s)
	}
	without := trust.Offline(scan, l, nil, trust.Seen{}, now)
	if without.Checks.Signature.Result != registry.CheckYes || without.Checks.Status.Result != registry.CheckCould || without.Checks.Status.Reason != "bundle.missing" {
		t.Errorf("without a bundle: %+v", without.Checks)
	}
}
