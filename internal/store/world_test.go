package store_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

var day = time.Date(2026, 11, 21, 8, 30, 0, 0, time.UTC)

// world is a registry with one class and its first trainee.
type world struct {
	org     registry.Organization
	base    registry.Base
	course  registry.Course
	person  registry.Person
	class   registry.Class
	enrol   registry.Enrolment
	outcome registry.Completion
}

const templateSHA = "demo-template"

// newWorld stores a world; everybody in it is invented.
func newWorld(t testing.TB, d *store.DB) world {
	t.Helper()
	w := world{
		org: registry.Organization{ID: store.NewID(), Code: "DEMO-FED", Type: registry.OrgFederation, Name: registry.Text{"zh": "演示联合会", "en": "DEMO Federation"},
			Aliases: []string{"DF"}, Region: "CN-HE", TZ: "Asia/Shanghai", SchemeOwner: true, Version: 1},
		course: registry.Course{ID: store.NewID(), Code: "CPR1", Version: 1, Programme: "GAJK", Title: registry.Text{"en": "CPR"}, Kind: registry.Competence,
			Minutes: 180, ValidityMonths: 24, Status: registry.CourseActive, Edition: 1, Skills: registry.SkillsSheet{Items: []registry.SkillItem{{Code: "a", Critical: true}}}},
		person: newPerson("Demo One"),
	}
	w.base = registry.Base{ID: store.NewID(), Code: "SJZ", Host: w.org.ID, Accrediting: w.org.ID, Programmes: []string{"GAJK"}, Name: registry.Text{"en": "DEMO Base"},
		TZ: "Asia/Shanghai", AccreditedFrom: registry.NewDate(2026, 1, 1), Status: registry.BaseAccredited,
		Signatories: []registry.Signatory{{Name: "DEMO Signatory", Title: registry.Text{"en": "President"}}}, Version: 1}
	w.class = registry.Class{ID: store.NewID(), Code: "SJZ-CPR1-20261121-1", Course: "CPR1", CourseVersion: 1, Programme: "GAJK", Base: "SJZ", Setting: "hospital",
		Venue: "Hall 100%_A", Language: "zh", Languages: []string{"zh", "en"}, Sessions: []registry.Session{{ID: store.NewID(), On: registry.NewDate(2026, 11, 21), Minutes: 180}},
		Trainers: []registry.ClassTrainer{{Person: w.person.ID, Name: "DEMO Trainer", Role: "lead"}}, Status: registry.ClassOpen, CreatedBy: store.NewID(), Version: 1}
	w.enrol = registry.Enrolment{ID: store.NewID(), Class: w.class.ID, Person: w.person.ID, Position: 1, Name: "Demo One", IDLast4: "123X", Source: "manual", Status: registry.Enrolled, Version: 1}
	w.outcome = registry.Completion{ID: store.NewID(), Enrolment: w.enrol.ID, Class: w.class.ID, Person: w.person.ID, Outcome: registry.Pass, Minutes: 180, CompletedOn: registry.NewDate(2026, 11, 21)}
	mustTx(t, d, func(ctx context.Context, tx *store.Tx) error {
		return firstError(
			tx.AddOrganization(ctx, w.org),
			tx.AddProgramme(ctx, registry.Programme{ID: store.NewID(), Code: "GAJK", Owner: w.org.ID, Name: registry.Text{"en": "DEMO Programme"}, Version: 1}),
			tx.AddBase(ctx, w.base),
			tx.AddCourse(ctx, w.course),
			tx.AddPerson(ctx, w.person),
			tx.AddClass(ctx, w.class, w.org.ID, day),
			tx.AddEnrolment(ctx, w.enrol, "link-hash"),
			tx.PutCompletion(ctx, w.outcome),
			tx.PutTemplate(ctx, templateSHA, "competence-1", []byte{1, 2, 3}, day),
		)
	})
	return w
}

func newPerson(name string) registry.Person {
	return registry.Person{ID: store.NewID(), Name: name, NameKey: registry.NameKey(name), IDType: "passport", IDHash: "hash of " + name + string(store.NewID()),
		IDLast4: "123X", BirthDate: registry.NewDate(1990, 2, 3), Phone: "+86 000", Email: "demo@example.org", Organization: "DEMO", Lang: "zh", Demo: true, Version: 1}
}

// member stores another trainee of the class, with a passed outcome.
func (w world) member(t testing.TB, d *store.DB, position int) (registry.Enrolment, registry.Completion) {
	t.Helper()
	p := newPerson(fmt.Sprintf("Demo %d", position))
	e := registry.Enrolment{ID: store.NewID(), Class: w.class.ID, Person: p.ID, Position: position, Name: p.Name, Source: "manual", Status: registry.Enrolled, Version: 1}
	o := registry.Completion{ID: store.NewID(), Enrolment: e.ID, Class: w.class.ID, Person: p.ID, Outcome: registry.Pass}
	mustTx(t, d, func(ctx context.Context, tx *store.Tx) error {
		return firstError(tx.AddPerson(ctx, p), tx.AddEnrolment(ctx, e, ""), tx.PutCompletion(ctx, o))
	})
	return e, o
}

// queue reserves what a credential needs and stores it as queued, as an
// approval does.
func (w world) queue(ctx context.Context, tx *store.Tx, e registry.Enrolment, o registry.Completion) (registry.Credential, error) {
	n, err := tx.Reserve(ctx, "GAJK", "SJZ", 2026, 1)
	if err != nil {
		return registry.Credential{}, err
	}
	var random [10]byte
	_, _ = rand.Read(random[:])
	entries, err := tx.TakeStatusEntries(ctx, "DEMO-FED", 1, func(most int) int { return (int(random[0])<<8 | int(random[1])) % most })
	if err != nil {
		return registry.Credential{}, err
	}
	c := registry.Credential{ID: store.NewID(), Number: registry.NewNumber("GAJK", "SJZ", 2026, n), Code: registry.NewCode(random), Completion: o.ID,
		Enrolment: e.ID, Class: e.Class, Person: e.Person, Org: w.org.ID, State: registry.StateQueued, StateSince: day, Template: templateSHA, Version: 1}
	c.Snapshot = registry.Snapshot{Format: 1, Number: c.Number, Code: c.Code, Kind: registry.Competence, Name: e.Name, IDLast4: e.IDLast4,
		Course: registry.CourseName{Code: "CPR1", Version: 1, Title: registry.Text{"zh": "心肺复苏 <&>", "en": "CPR"}}, Base: registry.BaseName{Code: "SJZ", TZ: "Asia/Shanghai"},
		Issuer: registry.CodeName{Code: "DEMO-FED"}, IssuedOn: registry.NewDate(2026, 11, 21), IssuedAt: day, StartsAt: day, ExpiresAt: day.AddDate(2, 0, 0),
		Languages: []string{"zh"}, Status: entries[0]}
	return c, tx.AddCredential(ctx, c)
}

// signed is the credential with signatures.
func signed(c registry.Credential) registry.Credential {
	c.RecordSig, c.JWTSig, c.PDFSig = []byte("record"), []byte("jwt"), []byte("pdf")
	c.PDFSHA256, c.LeafHash, c.SignedAt = "sha", "leaf", day.Add(time.Second)
	return c
}

// hashOf is what the signatures of the credential are tied to.
func hashOf(t testing.TB, c registry.Credential) string {
	t.Helper()
	hash, err := store.InputHash(c)
	if err != nil {
		t.Fatal(err)
	}
	return hash
}

// issue stores an issued credential.
func (w world) issue(t testing.TB, d *store.DB, e registry.Enrolment, o registry.Completion) (c registry.Credential) {
	t.Helper()
	mustTx(t, d, func(ctx context.Context, tx *store.Tx) (err error) {
		c, err = w.queue(ctx, tx, e, o)
		return err
	})
	mustTx(t, d, func(ctx context.Context, tx *store.Tx) (err error) {
		if err := tx.SignCredential(ctx, signed(c), hashOf(t, c)); err != nil {
			return err
		}
		c, err = tx.Credential(ctx, c.ID)
		return err
	})
	return c
}

// audited is an act that satisfies the audit rule.
func audited(ctx context.Context, tx *store.Tx) error {
	return tx.Audit(ctx, store.Act{Actor: "actor", Action: "test.act", ObjectType: "test", Object: "object", Org: "org", At: day, Detail: map[string]string{"k": "v"}})
}

// mustTx runs fn in an audited transaction.
func mustTx(t testing.TB, d *store.DB, fn func(context.Context, *store.Tx) error) {
	t.Helper()
	if err := auditedTx(t.Context(), d, fn); err != nil {
		t.Fatalf("transaction: %v", err)
	}
}

func auditedTx(ctx context.Context, d *store.DB, fn func(context.Context, *store.Tx) error) error {
	return d.Tx(ctx, func(tx *store.Tx) error {
		if err := fn(ctx, tx); err != nil {
			return err
		}
		return audited(ctx, tx)
	})
}

func mustRead(t testing.TB, d *store.DB, fn func(context.Context, *store.Tx) error) {
	t.Helper()
	if err := d.Read(t.Context(), func(tx *store.Tx) error { return fn(t.Context(), tx) }); err != nil {
		t.Fatalf("read: %v", err)
	}
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
