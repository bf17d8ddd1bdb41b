package trust_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/record"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/trust"
)

// situation is one point of the product of all that can be right or wrong.
type situation struct {
	key    string // that signed the record
	dates  registry.Status
	code   registry.Code
	record string // "signed", "changed", "damaged" or "none"
	origin string
	clock  string
	list   bool
	bundle bool
}

func (s situation) String() string {
	return fmt.Sprintf("record %s by key %q, %s by its dates, code %s, from %s, clock %s, list %t, bundle %t",
		s.record, s.key, s.dates, s.code, s.origin, s.clock, s.list, s.bundle)
}

// solid: the clock may be right, a list is there, and the address is ours.
func (s situation) solid() bool { return s.list && s.origin == origin && s.clock != "behind" }

// believed: the record says what the registry stands by.
func (s situation) believed() bool {
	vouched := s.key == "record, compromised" && s.bundle && s.code == plain && s.dates == registry.StatusValid
	return s.solid() && s.record == "signed" && (s.key == "record" || vouched)
}

// yes: everything that has to be right is right.
func (s situation) yes() bool {
	return s.believed() && s.bundle && s.clock == "right" && s.code == plain && s.dates == registry.StatusValid
}

// evidence: something signed, or a signature that fails, speaks against it.
func (s situation) evidence() bool {
	decided := s.bundle && (s.code == revoked || s.code == superseded || s.code == suspended && s.clock == "right")
	broken := s.record == "changed" && s.key != "nobody"
	stranger := s.record == "signed" && s.bundle && s.code == notIssued
	return s.solid() && (decided || broken || stranger || s.believed() && s.dates != registry.StatusValid)
}

func situations(f func(situation)) {
	for _, key := range []string{"record", "record, compromised", "record, retired", "record, replaced", "record of another issuer", "nobody"} {
		for _, dates := range []registry.Status{registry.StatusValid, registry.StatusExpired, registry.StatusNotYetValid} {
			for _, code := range []registry.Code{plain, revoked, suspended, superseded, notIssued} {
				for _, made := range []string{"signed", "changed", "damaged", "none"} {
					for _, from := range []string{origin, "https://evil.example"} {
						for _, clock := range []string{"right", "behind", "two days on", "a year on"} {
							for held := range 4 {
								f(situation{key, dates, code, made, from, clock, held&1 == 0, held&2 == 0})
							}
						}
					}
				}
			}
		}
	}
}

// No combination of what can be wrong gives a yes, unless everything is right,
// and none gives a no without evidence.
func TestNoYesWithoutEveryCheckAndNoNoWithoutEvidence(t *testing.T) {
	l, b := verifiedList(t), verifiedBundle(t)
	claimsBy := map[registry.Status]record.Claims{
		registry.StatusValid:       claims(),
		registry.StatusExpired:     change(func(c *record.Claims) { c.ValidUntil = date("2026-11-19") }),
		registry.StatusNotYetValid: change(func(c *record.Claims) { c.ValidFrom = date("2027-11-28") }),
	}
	clocks := map[string]time.Time{"right": now, "behind": listMade.Add(-time.Hour), "two days on": now.Add(2 * day), "a year on": now.Add(365 * day)}
	signed := map[string][]byte{} // each is made once
	tried, yes := 0, 0
	situations(func(s situation) {
		name := s.key + string(s.dates) + string(s.code)
		if signed[name] == nil {
			signed[name] = recordOf(t, claimsBy[s.dates], s.code, s.key)
		}
		scan := record.Scan{Origin: s.origin, Code: s.code}
		switch s.record {
		case "signed":
			scan.Record = signed[name]
		case "changed":
			scan.Record = slices.Clone(signed[name])
			scan.Record[len(scan.Record)-1] ^= 1
		case "damaged":
			scan.Record = []byte{}
		}
		held, known := l, b
		if !s.list {
			held = nil
		}
		if !s.bundle {
			known = nil
		}
		a := trust.Offline(scan, held, known, trust.Seen{}, clocks[s.clock])
		tried++
		if a.Verdict == registry.Yes {
			yes++
		}
		if (a.Verdict == registry.Yes) != s.yes() {
			t.Errorf("%s: %s, want a yes: %t", s, a.Status, s.yes())
		}
		if (a.Verdict == registry.No || a.Verdict == registry.Replaced) && !s.evidence() {
			t.Errorf("%s: %s without evidence", s, a.Status)
		}
		if len(a.Reasons) == 0 {
			t.Errorf("%s: %s without a reason", s, a.Status)
		}
	})
	t.Logf("%d situations, %d of them a yes", tried, yes)
}
