// Package world is a small registry for tests of the services: two federations,
// three bases in two time zones, courses, trainers and accounts, over a real
// SQLite store and real keys. Its clock stands where a test puts it.
package world

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/accredit"
	"github.com/passmuster/passmuster/internal/auth"
	"github.com/passmuster/passmuster/internal/certificate"
	"github.com/passmuster/passmuster/internal/design"
	"github.com/passmuster/passmuster/internal/issue"
	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/lifecycle"
	"github.com/passmuster/passmuster/internal/publish"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/store/storetest"
	"github.com/passmuster/passmuster/internal/training"
	"github.com/passmuster/passmuster/internal/verify"
)

const (
	// Origin is where the links of this registry lead.
	Origin = "https://verify.demo.example"
	// Password is that of every account.
	Password = "correct horse battery"
)

// Start is the time that a world begins at: a Saturday, 17:00 in Shijiazhuang.
var Start = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// Clock stands still until it is moved.
type Clock struct {
	mu sync.Mutex
	t  time.Time
}

// Now is the clock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

// Set puts the clock to t.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = t
}

// Add moves the clock on.
func (c *Clock) Add(d time.Duration) { c.Set(c.Now().Add(d)) }

// World is the registry with all its services.
type World struct {
	T         testing.TB
	Dir       string // of the store
	DB        *store.DB
	Ring      *keys.Ring
	Clock     *Clock
	Auth      *auth.Service
	Accredit  *accredit.Service
	Design    *design.Service
	Training  *training.Service
	Issue     *issue.Service
	Lifecycle *lifecycle.Service
	Verify    *verify.Service
	Publish   *publish.Service

	Orgs     map[string]registry.ID // by code
	People   map[string]registry.Person
	Accounts map[string]registry.Account
}

// uncovered is the same for every world: fonts are parsed once.
var uncovered = sync.OnceValues(func() (func(string) []rune, error) {
	p, err := certificate.NewPress(nil)
	if err != nil {
		return nil, err
	}
	return p.Uncovered, nil
})

// hashed is the password's hash, made once: it takes long, as it should.
var hashed = sync.OnceValues(func() (string, error) { return auth.HashPassword(Password) })

// New makes a world on SQLite.
func New(t testing.TB) *World {
	t.Helper()
	dir := t.TempDir()
	return Over(t, storetest.Open(t, store.Config{Dir: dir}), dir)
}

// Over makes a world over a fresh store.
func Over(t testing.TB, db *store.DB, dir string) *World {
	t.Helper()
	w := &World{T: t, Dir: dir, DB: db, Clock: &Clock{t: Start}, Orgs: map[string]registry.ID{}, People: map[string]registry.Person{},
		Accounts: map[string]registry.Account{}}
	var err error
	w.Ring, err = keys.Init(t.TempDir(), keys.Options{Now: Start.Add(-900 * 24 * time.Hour), Organization: "DEMO Federation", PublicURL: Origin, Demo: true})
	w.must(err)
	glyphs, err := uncovered()
	w.must(err)
	w.Auth, err = auth.New(db, w.Ring, Origin, w.Clock.Now)
	w.must(err)
	w.Accredit = &accredit.Service{DB: db, Keys: w.Ring, Now: w.Clock.Now, Demo: true}
	w.Design = &design.Service{DB: db, Now: w.Clock.Now, Demo: true}
	w.Training = &training.Service{DB: db, Keys: w.Ring, Now: w.Clock.Now, Uncovered: glyphs, Demo: true}
	w.Lifecycle = &lifecycle.Service{DB: db, Now: w.Clock.Now}
	w.Issue = w.NewIssue()
	w.Verify = &verify.Service{DB: db, Keys: w.Ring, Now: w.Clock.Now, Origin: Origin, Log: quiet()}
	w.Publish = w.NewPublish()
	w.plant()
	return w
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// NewIssue is the issuing service as another process would have it: nothing in
// its memory.
func (w *World) NewIssue() *issue.Service {
	return &issue.Service{DB: w.DB, Keys: w.Ring, Now: w.Clock.Now, Origin: Origin, Demo: true, Log: quiet()}
}

// NewPublish is the publishing service of another node.
func (w *World) NewPublish() *publish.Service {
	return &publish.Service{DB: w.DB, Keys: w.Ring, Now: w.Clock.Now, Origin: Origin, Log: quiet()}
}

func (w *World) must(err error) {
	w.T.Helper()
	if err != nil {
		w.T.Fatal(err)
	}
}

// Code returns the message code of a refusal, "" for none and "fault" for what is
// no refusal.
func Code(err error) string {
	var refusal *registry.Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &refusal):
		return refusal.Code
	}
	return "fault: " + err.Error()
}

// Faults lists the codes of what is wrong row by row, warnings left out.
func Faults(err error) (codes []string) {
	var refusal *registry.Error
	if errors.As(err, &refusal) {
		for _, f := range refusal.Faults {
			if !f.Warn {
				codes = append(codes, f.Code)
			}
		}
	}
	return codes
}

// Tx runs f in a transaction of the store.
func (w *World) Tx(f func(tx *store.Tx) error) {
	w.T.Helper()
	w.must(w.DB.Tx(w.T.Context(), f))
}

// Read runs f on a snapshot of the store.
func (w *World) Read(f func(tx *store.Tx) error) {
	w.T.Helper()
	w.must(w.DB.Read(w.T.Context(), f))
}

// By is the account as the one who acts.
func (w *World) By(name string) registry.Actor {
	w.T.Helper()
	a, ok := w.Accounts[name]
	if !ok {
		w.T.Fatalf("no account %q", name)
	}
	return a.Actor()
}

// Account adds an account of the person ("" for nobody) with roles in the
// organization.
func (w *World) Account(name, person, org string, roles ...registry.Role) registry.Actor {
	w.T.Helper()
	a := registry.Account{Email: name + "@demo.example", Name: name, Person: w.People[person].ID}
	for _, r := range roles {
		a.Grants = append(a.Grants, registry.Grant{Role: r, Org: w.Orgs[org]})
	}
	hash, err := hashed()
	w.must(err)
	a.ID, a.Password, a.Status, a.Version = store.NewID(), hash, registry.AccountActive, 1
	w.Tx(func(tx *store.Tx) error {
		if err := tx.AddAccount(w.T.Context(), a); err != nil {
			return err
		}
		return tx.Audit(w.T.Context(), store.Act{Action: "account.create", ObjectType: "account", Object: a.ID, At: w.Clock.Now()})
	})
	w.Accounts[name] = a
	return a.Actor()
}

// Audit lists what was done to the object, newest first.
func (w *World) Audit(object registry.ID) (acts []store.AuditEntry) {
	w.T.Helper()
	w.Read(func(tx *store.Tx) (err error) {
		acts, err = tx.AuditEntries(w.T.Context(), store.AuditFilter{AllOrgs: true, Object: object, Limit: 500})
		return err
	})
	return acts
}

func text(s string) registry.Text {
	return registry.Text{"zh": s + "（演示）", "en": s + " DEMO", "ru": s + " DEMO"}
}

func (w *World) plant() {
	ctx, begin := w.T.Context(), registry.NewDate(2024, 1, 1)
	for _, o := range []struct {
		code, parent, tz string
		kind             registry.OrgType
		owner            bool
	}{
		{"CVF", "", "Asia/Shanghai", registry.OrgFederation, true},
		{"CVF-HE", "CVF", "Asia/Shanghai", registry.OrgBranch, false},
		{"SJZ-H", "CVF-HE", "Asia/Shanghai", registry.OrgHospital, false},
		{"TJX-H", "CVF", "Asia/Shanghai", registry.OrgHospital, false},
		{"MV", "", "Europe/Moscow", registry.OrgMovement, true},
		{"KZN-H", "MV", "Europe/Moscow", registry.OrgHospital, false},
	} {
		made, err := w.Accredit.AddOrganization(ctx, access.System, registry.Organization{Code: o.code, Parent: w.Orgs[o.parent], Type: o.kind, Name: text(o.code), TZ: o.tz, SchemeOwner: o.owner})
		w.must(err)
		w.Orgs[o.code] = made.ID
	}
	for code, owner := range map[string]string{"GAJK": "CVF", "MYV": "MV"} {
		_, err := w.Accredit.AddProgramme(ctx, access.System, registry.Programme{Code: code, Owner: w.Orgs[owner], Name: text(code)})
		w.must(err)
	}
	for _, b := range []struct{ code, host, by, programme, tz string }{
		{"SJZ", "SJZ-H", "CVF", "GAJK", "Asia/Shanghai"}, {"TJX", "TJX-H", "CVF", "GAJK", "Asia/Shanghai"}, {"KZN", "KZN-H", "MV", "MYV", "Europe/Moscow"},
	} {
		_, err := w.Accredit.AddBase(ctx, access.System, registry.Base{Code: b.code, Host: w.Orgs[b.host], Accrediting: w.Orgs[b.by], Programmes: []string{b.programme},
			Name: text(b.code + " base"), TZ: b.tz, Contact: "+86 311 0000 0000 (DEMO)", AccreditedFrom: begin, Status: registry.BaseAccredited,
			Signatories: []registry.Signatory{{Name: "DEMO Head", Title: text("Head")}}})
		w.must(err)
	}
	for _, c := range Courses() {
		_, err := w.Accredit.AddCourse(ctx, access.System, c)
		w.must(err)
	}
	w.staff(begin)
}

// Courses are the courses of a new world: CPR1 with theory and skills, FAR1 the
// same to the exact day, SEM1 that only wants attendance.
func Courses() []registry.Course {
	cpr := registry.Course{Code: "CPR1", Version: 3, Programme: "GAJK", AlsoIn: []string{"MYV"}, Title: text("CPR and AED"), Level: "public", Kind: registry.Competence,
		Delivery: registry.InPerson, Minutes: 180, Practical: 135, AttendanceMin: 90, PassMark: 84, MaxAttempts: 2, MinAge: 14, ValidityMonths: 24,
		Expiry: registry.MonthEnd, RatioWarn: 20, RatioMax: 200, Status: registry.CourseActive,
		Skills: registry.SkillsSheet{OthersPass: 1, Items: []registry.SkillItem{{Code: "compress", Text: text("Compressions"), Critical: true},
			{Code: "breath", Text: text("Breaths")}, {Code: "aed", Text: text("AED"), Critical: true}}}}
	first := cpr
	first.Code, first.Version, first.ValidityMonths, first.Expiry, first.RequireID = "FAR1", 1, 12, registry.ExactDay, true
	seminar := registry.Course{Code: "SEM1", Version: 1, Programme: "GAJK", AlsoIn: []string{"MYV"}, Title: text("Seminar"), Level: "public", Kind: registry.Attendance,
		Delivery: registry.InPerson, Minutes: 90, AttendanceMin: 90, Status: registry.CourseActive}
	return []registry.Course{cpr, first, seminar}
}

// staff are the people who train and decide: trainer and second at Shijiazhuang,
// foreign at Tianjin, kazan in the other federation.
func (w *World) staff(begin registry.Date) {
	for _, p := range []struct{ key, org, name string }{
		{"trainer", "CVF", "李明哲"}, {"other", "CVF", "赵静怡"}, {"tianjin", "CVF", "孙立群"}, {"kazan", "MV", "Орлова Вера"},
		{"approver", "CVF", "周文静"}, {"second", "CVF", "郑国栋"}, {"federation", "CVF", "何晓峰"}, {"movement", "MV", "Белов Иван"}, {"region", "CVF", "林淑芬"},
	} {
		made, err := w.Accredit.AccreditTrainer(w.T.Context(), access.System, accredit.Trainer{Person: registry.Person{Name: p.name},
			Courses: []string{"CPR1", "FAR1", "SEM1"}, Level: "lead", From: begin, Org: w.Orgs[p.org]})
		w.must(err)
		w.People[p.key] = made
	}
	w.Account("trainer", "trainer", "SJZ-H", registry.RoleTrainer)
	w.Account("other", "other", "SJZ-H", registry.RoleTrainer)
	w.Account("tianjin", "tianjin", "TJX-H", registry.RoleTrainer)
	w.Account("kazan", "kazan", "KZN-H", registry.RoleTrainer)
	w.Account("approver", "approver", "CVF", registry.RoleApprover)
	w.Account("second", "second", "CVF", registry.RoleApprover)
	w.Account("region", "region", "CVF", registry.RoleRegion)
	w.Account("federation", "federation", "CVF", registry.RoleFederation)
	w.Account("movement", "movement", "MV", registry.RoleFederation)
}

// Day is a civil date, "2026-11-21".
func Day(s string) registry.Date {
	d, err := registry.ParseDate(s)
	if err != nil {
		panic(fmt.Errorf("date in a test: %w", err))
	}
	return d
}
