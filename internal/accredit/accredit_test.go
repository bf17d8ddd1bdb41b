package accredit_test

import (
	"errors"
	"testing"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/accredit"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/testkit/world"
)

func name(s string) registry.Text { return registry.Text{"en": s + " DEMO"} }

func TestAFederationKeepsItsOwnSubtreeAndNothingElse(t *testing.T) {
	w := world.New(t)
	ctx := t.Context()
	organization := func(parent string) func(by registry.Actor) error {
		return func(by registry.Actor) error {
			_, err := w.Accredit.AddOrganization(ctx, by, registry.Organization{Code: "TEAM", Parent: w.Orgs[parent], Type: registry.OrgTeam, Name: name("Team"), TZ: "UTC"})
			return err
		}
	}
	base := func(code, host, accrediting, programme string) func(by registry.Actor) error {
		return func(by registry.Actor) error {
			_, err := w.Accredit.AddBase(ctx, by, registry.Base{Code: code, Host: w.Orgs[host], Accrediting: w.Orgs[accrediting], Programmes: []string{programme}, Name: name(code), TZ: "UTC", Status: registry.BaseAccredited})
			return err
		}
	}
	course := func(code string, version int, programme string) func(by registry.Actor) error {
		return func(by registry.Actor) error {
			c := world.Courses()[0]
			c.Code, c.Version, c.Programme, c.AlsoIn = code, version, programme, []string{"GAJK", "MYV"}
			_, err := w.Accredit.AddCourse(ctx, by, c)
			return err
		}
	}
	trainer := func(org, course string) func(by registry.Actor) error {
		return func(by registry.Actor) error {
			_, err := w.Accredit.AccreditTrainer(ctx, by, accredit.Trainer{Person: registry.Person{Name: "吕一"}, Courses: []string{course}, Level: "lead", From: world.Day("2026-01-01"), Org: w.Orgs[org]})
			return err
		}
	}
	if err := course("OWN1", 1, "GAJK")(access.System); err != nil {
		t.Fatal(err)
	}
	only := world.Courses()[0]
	only.Code, only.AlsoIn = "ONLY", nil
	if _, err := w.Accredit.AddCourse(ctx, access.System, only); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		promise, by string
		do          func(by registry.Actor) error
		want        string
	}{
		{"an organization of its own", "federation", organization("CVF-HE"), ""},
		{"an organization of another", "movement", organization("CVF-HE"), "organization.unknown"},
		{"a new top of the tree", "federation", organization(""), "access.forbidden"},
		{"by the region", "region", organization("CVF-HE"), "organization.unknown"},
		{"a base of its own", "federation", base("NEW", "SJZ-H", "CVF", "GAJK"), ""},
		{"a base at another's host", "movement", base("BAD", "SJZ-H", "MV", "MYV"), "base.foreign_host"},
		{"a base in another's name", "movement", base("BAD", "KZN-H", "CVF", "MYV"), "organization.unknown"},
		{"a base for another's programme", "movement", base("BAD", "KZN-H", "MV", "GAJK"), "programme.unknown"},
		{"a base for a programme that there is not", "movement", base("BAD", "KZN-H", "MV", "XXXX"), "programme.unknown"},
		{"a course of its own", "movement", course("NEW1", 1, "MYV"), ""},
		{"a further version of its own", "federation", course("CPR1", 4, "GAJK"), ""},
		{"the same version again", "federation", course("CPR1", 4, "GAJK"), "course.exists"},
		{"a course in another's programme", "movement", course("NEW2", 1, "GAJK"), "organization.unknown"},
		{"a version of another's course under its own programme", "movement", course("CPR1", 99, "MYV"), "course.exists"},
		{"a trainer of a shared course", "movement", trainer("MV", "CPR1"), ""},
		{"a trainer of another's course", "movement", trainer("MV", "ONLY"), "course.unknown"},
		{"a trainer in another's name", "movement", trainer("CVF", "CPR1"), "organization.unknown"},
		{"a trainer, by the region", "region", trainer("CVF", "ONLY"), ""},
		{"a trainer of a course that there is not", "federation", trainer("CVF", "XXXX"), "course.unknown"},
		{"a trainer, by an approver", "approver", trainer("CVF", "CPR1"), "organization.unknown"},
	} {
		if err := tc.do(w.By(tc.by)); world.Code(err) != tc.want {
			t.Errorf("%s: %v, want %q", tc.promise, err, tc.want)
		}
	}
	r, err := w.Accredit.Registers(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range r.Bases {
		if b.Code == "BAD" {
			t.Errorf("a refused base is there: %+v", b)
		}
	}
}

func TestANewIssuerCanSignAtOnce(t *testing.T) {
	w := world.New(t)
	o := registry.Organization{Code: "NEW", Parent: w.Orgs["CVF"], Type: registry.OrgFederation, Name: name("New"), TZ: "UTC", SchemeOwner: true}
	if _, err := w.Accredit.AddOrganization(t.Context(), w.By("federation"), o); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.Ring.Record("NEW", w.Clock.Now()); err != nil {
		t.Errorf("its key: %v", err)
	}
	o.Code = "BAD"
	if _, err := w.Accredit.AddOrganization(t.Context(), w.By("movement"), o); err == nil {
		t.Error("added by another federation")
	}
	if _, _, err := w.Ring.Record("BAD", w.Clock.Now()); !errors.Is(err, registry.NotFound) {
		t.Errorf("a refused issuer has a key: %v", err)
	}
}

func TestABaseMovesAsItsFederationDecides(t *testing.T) {
	w := world.New(t)
	for _, s := range []struct {
		by      string
		version int64
		to      registry.BaseStatus
		want    string
	}{
		{"movement", 1, registry.BaseSuspended, "base.unknown"},
		{"approver", 1, registry.BaseSuspended, "access.forbidden"},
		{"federation", 1, registry.BaseSuspended, ""},
		{"federation", 1, registry.BaseAccredited, "base.stale"},
		{"federation", 2, registry.BaseAccredited, ""},
		{"federation", 3, registry.BaseCandidate, "base.move"},
		{"federation", 3, registry.BaseWithdrawn, ""},
		{"federation", 4, registry.BaseAccredited, "base.move"},
	} {
		if _, err := w.Accredit.MoveBase(t.Context(), w.By(s.by), "SJZ", s.version, s.to); world.Code(err) != s.want {
			t.Errorf("%s to %s: %v, want %q", s.by, s.to, err, s.want)
		}
	}
}

func TestTrainersAreListedForTheDayTheyMayTeach(t *testing.T) {
	w := world.New(t)
	p, err := w.Accredit.AccreditTrainer(t.Context(), access.System, accredit.Trainer{Person: registry.Person{Name: " 吕　一 "}, Courses: []string{"CPR1"}, Level: "lead",
		From: world.Day("2026-11-10"), Until: world.Day("2026-11-20"), Org: w.Orgs["CVF"]})
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[string]int{"2026-11-09": 7, "2026-11-10": 8, "2026-11-20": 8, "2026-11-21": 7} {
		list, err := w.Accredit.TrainersFor(t.Context(), w.By("trainer"), "CPR1", world.Day(day), "SJZ")
		if err != nil || len(list) != want {
			t.Errorf("%s: %d trainers, want %d; %v", day, len(list), want, err)
		}
	}
	again, err := w.Accredit.AccreditTrainer(t.Context(), access.System, accredit.Trainer{Person: registry.Person{ID: p.ID}, Courses: []string{"FAR1"}, Level: "lead", From: world.Day("2026-01-01"), Org: w.Orgs["CVF"]})
	if err != nil || again.ID != p.ID {
		t.Errorf("a person who is known: %+v, %v", again, err)
	}
	if _, err := w.Accredit.AccreditTrainer(t.Context(), access.System, accredit.Trainer{Person: registry.Person{Name: "a\u202eb"}, Org: w.Orgs["CVF"]}); world.Code(err) == "" {
		t.Error("a name with a hidden character was taken")
	}
}
