package registry_test

import (
	"errors"
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
)

func TestTwoRecordsBecomeOnePerson(t *testing.T) {
	kept := registry.Person{ID: "a", Name: "张伟", IDLast4: "1234", Phone: "1", Version: 3}
	gone := registry.Person{ID: "b", Name: "张 伟", IDType: registry.IDChina, IDHash: "h", IDLast4: "1234", BirthDate: registry.NewDate(1990, 1, 2), Phone: "2", Email: "e"}
	out, doubts, err := kept.Merge(gone)
	if err != nil || len(doubts) != 0 {
		t.Fatalf("%+v, %v", doubts, err)
	}
	want := kept
	want.IDType, want.IDHash, want.BirthDate, want.Email = gone.IDType, "h", gone.BirthDate, "e"
	if out != want {
		t.Errorf("kept %+v, want %+v", out, want)
	}
	if into := gone.Into("a"); into.MergedInto != "a" || into.Name != gone.Name {
		t.Errorf("the record taken in: %+v", into)
	}
}

func TestWhatTellsTwoRecordsApart(t *testing.T) {
	base := registry.Person{ID: "a", Name: "张伟", IDType: registry.IDChina, IDHash: "h", IDLast4: "1234", BirthDate: registry.NewDate(1990, 1, 2)}
	with := func(f func(*registry.Person)) registry.Person {
		p := base
		p.ID = "b"
		f(&p)
		return p
	}
	for _, tc := range []struct {
		what, refused string
		doubts        int
		gone          registry.Person
	}{
		{"the same again", "", 0, with(func(p *registry.Person) {})},
		{"another id of the kind", "person.merge.ids", 0, with(func(p *registry.Person) { p.IDHash = "x" })},
		{"a passport beside a card", "", 1, with(func(p *registry.Person) { p.IDHash, p.IDType, p.IDLast4 = "x", registry.IDPassport, "9999" })},
		{"another birth date and name", "", 2, with(func(p *registry.Person) { p.BirthDate, p.Name = registry.NewDate(1991, 1, 2), "李娜" })},
		{"one that is gone already", "person.merged", 0, with(func(p *registry.Person) { p.MergedInto = "c" })},
		{"itself", "person.merge.self", 0, base},
	} {
		_, doubts, err := base.Merge(tc.gone)
		var refusal *registry.Error
		code := ""
		if errors.As(err, &refusal) {
			code = refusal.Code
		}
		if code != tc.refused || len(doubts) != tc.doubts {
			t.Errorf("%s: %q and %d doubts, want %q and %d", tc.what, code, len(doubts), tc.refused, tc.doubts)
		}
	}
}
