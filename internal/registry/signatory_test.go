package registry_test

import (
	"errors"
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
)

func signs(name, from, until string) registry.Signatory {
	s := registry.Signatory{Name: name, Title: registry.Text{"en": "Head"}}
	s.From, _ = registry.ParseDate(from)
	s.Until, _ = registry.ParseDate(until)
	return s
}

func TestNobodySignsOutsideOfHisTerm(t *testing.T) {
	usual := []registry.Signatory{signs("Old", "", "2026-06-30"), signs("New", "2026-07-01", ""), signs("Secretary", "", "")}
	day := func(s string) registry.Date { d, _ := registry.ParseDate(s); return d }
	for _, tc := range []struct {
		promise string
		named   []registry.Signatory
		usual   []registry.Signatory
		on      string
		want    string // names, or the code of the refusal
	}{
		{"the last day of a term", nil, usual, "2026-06-30", "Old Secretary "},
		{"the first day of the next", nil, usual, "2026-07-01", "New Secretary "},
		{"nobody in office", nil, usual[:1], "2026-07-01", "signatory.nobody"},
		{"nobody known", nil, nil, "2026-07-01", ""},
		{"somebody else by name", []registry.Signatory{signs("Guest", "", "")}, usual, "2026-07-01", "Guest "},
		{"somebody in office by name", []registry.Signatory{signs("New", "", "")}, usual, "2026-07-01", "New "},
		{"somebody by name whose term is over", []registry.Signatory{signs("Old", "", "")}, usual, "2026-07-01", "signatory.term"},
		{"a term of his own that is to come", []registry.Signatory{signs("Guest", "2026-08-01", "")}, usual, "2026-07-01", "signatory.term"},
		{"a second term", []registry.Signatory{signs("Old", "", "")}, append(usual, signs("Old", "2027-01-01", "")), "2027-05-01", "Old "},
	} {
		list, err := registry.Signs(tc.named, tc.usual, day(tc.on))
		got := ""
		for _, s := range list {
			got += s.Name + " "
		}
		var refusal *registry.Error
		if errors.As(err, &refusal) {
			got = refusal.Code
		}
		if got != tc.want {
			t.Errorf("%s: %q, want %q", tc.promise, got, tc.want)
		}
	}
}

func TestAListOfSignatoriesMustMakeSense(t *testing.T) {
	four := []registry.Signatory{signs("A", "", ""), signs("B", "", ""), signs("C", "", "2026-01-31"), signs("D", "2026-02-01", "")}
	for promise, tc := range map[string]struct {
		list []registry.Signatory
		want string
	}{
		"none":                         {nil, ""},
		"four, never more than three":  {four, ""},
		"four on one day":              {append(four[:3:3], signs("D", "2026-01-31", "")), "signatory.together"},
		"nameless":                     {[]registry.Signatory{{}}, "signatory.name"},
		"a term that ends first":       {[]registry.Signatory{signs("A", "2026-02-01", "2026-01-01")}, "signatory.order"},
		"more than anybody looks over": {make([]registry.Signatory, 13), "signatory.many"},
	} {
		err := registry.CheckSignatories(tc.list)
		var refusal *registry.Error
		if got := ""; errors.As(err, &refusal) && refusal.Code != tc.want || !errors.As(err, &refusal) && tc.want != got {
			t.Errorf("%s: %v, want %q", promise, err, tc.want)
		}
	}
}
