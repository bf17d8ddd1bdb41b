package bench

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/certificate"
	"github.com/passmuster/passmuster/internal/registry"
)

func TestTheReportSaysWhatIsPromised(t *testing.T) {
	r, err := Issue(t.Context(), Options{Count: 24, Rounds: 1})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Machine struct{ CPU string }
		Engine  map[string]any
		Peers   []struct{ Name, Reason string }
		Floors  []struct {
			Name         string
			Value, Floor float64
		}
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"cpu_us_per_certificate", "three_signatures_cpu_us", "verified_cpu_us", "allocations_per_certificate",
		"allocations_per_signature", "prefix_bytes", "suffix_bytes", "per_second", "cores", "checked"} {
		if v, ok := got.Engine[key].(float64); !ok || v <= 0 {
			t.Errorf("engine.%s = %v, want a number above 0", key, got.Engine[key])
		}
	}
	if got.Machine.CPU == "" || len(got.Floors) != 2 {
		t.Errorf("machine %q, floors %v: want a name, and the floors of time and memory", got.Machine.CPU, got.Floors)
	}
	for _, p := range got.Peers {
		if p.Reason == "" {
			t.Errorf("%s has no reason for having no numbers", p.Name)
		}
	}
	if len(got.Peers) != 3 || strings.Contains(string(text), `"ratio":`) {
		t.Errorf("peers that did not run: %s", text)
	}
}

func TestAPeerThatCannotRunIsNamedWithTheReason(t *testing.T) {
	r, err := Issue(t.Context(), Options{Count: 8, Rounds: 1, Peers: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range r.Peers {
		if p.Reason == "" || p.CPU != 0 {
			t.Errorf("%s: reason %q, %v µs; want a reason and no number", p.Name, p.Reason, p.CPU)
		}
	}
}

func TestTheWorkloadIsAYearOfDifferentPeople(t *testing.T) {
	people := workload(4096)
	press, err := certificate.NewPress(nil)
	if err != nil {
		t.Fatal(err)
	}
	names, seen, rareNames := map[string]bool{}, map[string]bool{}, 0
	langs, places, taught := map[string]int{}, map[string]bool{}, map[string]bool{}
	for _, p := range people {
		if missing := press.Uncovered(p.Name); len(missing) > 0 {
			t.Errorf("%s cannot be printed: %q", p.Name, missing)
		}
		if seen[string(p.Code)] || seen[p.Subject] || seen[p.Salt] {
			t.Fatalf("%s has another's code, subject or salt", p.Number)
		}
		seen[string(p.Code)], seen[p.Subject], seen[p.Salt] = true, true, true
		names[p.Name], places[p.Base.Code], taught[p.Course.Code] = true, true, true
		langs[strings.Join(p.Languages, "+")]++
		if slices.Contains(rare, p.Name) {
			rareNames++
		}
	}
	if len(names) < 2000 || len(places) < 85 || len(taught) != 12 || len(langs) != 3 || rareNames < 50 {
		t.Errorf("%d names, %d bases, %d courses, languages %v, %d rare names", len(names), len(places), len(taught), langs, rareNames)
	}
	if again := workload(4096); again[4000].Name != people[4000].Name || again[4000].Code != people[4000].Code {
		t.Error("the same workload has other people")
	}
}

func TestNumberedGivesEachItsOwn(t *testing.T) {
	s := &session{people: workload(30)}
	a, b := s.numbered(7), s.numbered(37)
	if a.Name != b.Name || a.Code == b.Code || a.Number == b.Number || a.Subject == b.Subject {
		t.Errorf("7th and 37th of 30 people: %s %s and %s %s", a.Number, a.Code, b.Number, b.Code)
	}
	if _, err := registry.ParseCode(string(b.Code)); err != nil {
		t.Errorf("code %s: %v", b.Code, err)
	}
}
