package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/store/storetest"
)

// put leaves out the revision.
func put(_ int, err error) error { return err }

func TestEveryNounComesBackAsItWasStored(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		w := newWorld(t, d)
		account := registry.Account{ID: store.NewID(), Email: "demo@example.org", Name: "DEMO", Person: w.person.ID, Password: "$argon2id$x", Lang: "ru",
			Status: registry.AccountActive, Epoch: 3, Grants: []registry.Grant{{Role: registry.RoleApprover, Org: w.org.ID}, {Role: registry.RoleTrainer, Org: w.org.ID}}, Version: 1}
		permit := registry.Accreditation{ID: store.NewID(), Person: w.person.ID, Course: "CPR1", Level: "lead", Base: w.base.ID, ValidFrom: registry.NewDate(2026, 1, 1), Status: registry.TrainerActive, Version: 1}
		attended := registry.SessionAttendance{Session: w.class.Sessions[0].ID, Enrolment: w.enrol.ID, State: registry.Late, Minutes: 170, Revision: 1, By: account.ID, At: day}
		attempt := registry.Assessment{ID: store.NewID(), Enrolment: w.enrol.ID, Kind: registry.Skills, Attempt: 1, Revision: 1, Items: map[string]bool{"a": true}, Passed: true,
			State: registry.AttemptOpen, Marks: registry.SkillMarks{"a": {Passed: true, Assessor: w.person.ID, By: account.ID, At: day, Revision: 1}},
			Bulk: true, Statement: "s", Note: "n", Assessor: w.person.ID, By: account.ID, On: registry.NewDate(2026, 11, 21), At: day}
		upload := store.Import{ID: store.NewID(), Class: w.class.ID, Filename: "名单.xlsx", SHA256: "x", Body: []byte{0, 255, 'a'}, Mapping: map[string]string{"姓名": "name"},
			Status: "preview", Report: json.RawMessage(`{"rows":3}`), CreatedBy: account.ID, CreatedAt: day, Version: 1}
		run := store.Run{ID: store.NewID(), Kind: "issue", Object: w.class.ID, Org: w.org.ID, Status: "queued", Total: 9, CreatedBy: account.ID, CreatedAt: day, UpdatedAt: day}
		mustTx(t, d, func(ctx context.Context, tx *store.Tx) error {
			return firstError(tx.AddAccount(ctx, account), tx.AddAccreditation(ctx, permit), put(tx.PutAttendance(ctx, w.class.ID, attended)),
				tx.AddAssessment(ctx, w.class.ID, attempt), tx.AddImport(ctx, upload), tx.AddRun(ctx, run), tx.AddOrganizationRole(ctx, w.org.ID, w.class.ID, "host"), tx.PutSetting(ctx, "demo", "1"))
		})
		mustRead(t, d, func(ctx context.Context, tx *store.Tx) error {
			same(t, "Organization", w.org)(tx.Organization(ctx, w.org.ID))
			same(t, "OrganizationByCode", w.org)(tx.OrganizationByCode(ctx, w.org.Code))
			same(t, "Organizations", []registry.Organization{w.org})(tx.Organizations(ctx))
			same(t, "OrganizationRoles", []store.OrganizationRole{{Org: w.org.ID, Object: w.class.ID, Role: "host"}})(tx.OrganizationRoles(ctx, w.class.ID))
			same(t, "Base", w.base)(tx.Base(ctx, "SJZ"))
			same(t, "Bases", []registry.Base{w.base})(tx.Bases(ctx))
			same(t, "Course", w.course)(tx.Course(ctx, "CPR1", 1))
			same(t, "ActiveCourse", w.course)(tx.ActiveCourse(ctx, "CPR1"))
			same(t, "Courses", []registry.Course{w.course})(tx.Courses(ctx))
			same(t, "Person", w.person)(tx.Person(ctx, w.person.ID))
			same(t, "PersonByIDHash", w.person)(tx.PersonByIDHash(ctx, w.person.IDHash))
			same(t, "PersonsByNameKey", []registry.Person{w.person})(tx.PersonsByNameKey(ctx, w.person.NameKey))
			same(t, "AccreditationsOf", []registry.Accreditation{permit})(tx.AccreditationsOf(ctx, w.person.ID))
			same(t, "TrainersFor", []registry.Accreditation{permit})(tx.TrainersFor(ctx, "CPR1"))
			same(t, "Account", account)(tx.Account(ctx, account.ID))
			same(t, "AccountByEmail", account)(tx.AccountByEmail(ctx, account.Email))
			same(t, "Accounts", []registry.Account{account})(tx.Accounts(ctx))
			same(t, "Class", w.class)(tx.Class(ctx, w.class.ID))
			same(t, "ClassByCode", w.class)(tx.ClassByCode(ctx, w.class.Code))
			same(t, "ClassOrg", w.org.ID)(tx.ClassOrg(ctx, w.class.ID))
			same(t, "Enrolments", []registry.Enrolment{w.enrol})(tx.Enrolments(ctx, w.class.ID))
			same(t, "Enrolment", w.enrol)(tx.Enrolment(ctx, w.enrol.ID))
			same(t, "EnrolmentByLink", w.enrol)(tx.EnrolmentByLink(ctx, "link-hash"))
			same(t, "EnrolmentOf", w.enrol)(tx.EnrolmentOf(ctx, w.class.ID, w.person.ID))
			same(t, "EnrolmentsOfPerson", []registry.Enrolment{w.enrol})(tx.EnrolmentsOfPerson(ctx, w.person.ID))
			same(t, "Attendance", []registry.SessionAttendance{attended})(tx.Attendance(ctx, w.class.ID))
			same(t, "Assessments", []registry.Assessment{attempt})(tx.Assessments(ctx, w.class.ID))
			same(t, "Completions", []registry.Completion{w.outcome})(tx.Completions(ctx, w.class.ID))
			same(t, "CompletionOf", w.outcome)(tx.CompletionOf(ctx, w.enrol.ID))
			same(t, "Import", upload)(tx.Import(ctx, upload.ID))
			same(t, "ImportsOf", []store.Import{upload})(tx.ImportsOf(ctx, w.class.ID))
			same(t, "Run", run)(tx.Run(ctx, run.ID))
			same(t, "RunFor", run)(tx.RunFor(ctx, "issue", w.class.ID))
			same(t, "Setting", "1")(tx.Setting(ctx, "demo"))
			same(t, "an absent setting", "")(tx.Setting(ctx, "nothing"))
			id, body, err := tx.Template(ctx, templateSHA)
			same(t, "Template", "competence-1")(id, err)
			same(t, "Template's body", []byte{1, 2, 3})(body, err)
			p, err := tx.Programme(ctx, "GAJK")
			same(t, "Programmes", []registry.Programme{p})(tx.Programmes(ctx))
			return err
		})
		savesRaiseTheVersion(t, d, w, account, permit, upload)
	})
}

func same[T any](t *testing.T, what string, want T) func(T, error) {
	return func(got T, err error) {
		t.Helper()
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s = %+v, %v; want %+v", what, got, err, want)
		}
	}
}

func savesRaiseTheVersion(t *testing.T, d *store.DB, w world, account registry.Account, permit registry.Accreditation, upload store.Import) {
	t.Helper()
	account.Grants = account.Grants[:1]
	w.class.Status, w.class.Venue = registry.ClassSubmitted, "elsewhere"
	mustTx(t, d, func(ctx context.Context, tx *store.Tx) error {
		o, err1 := tx.SaveOrganization(ctx, w.org)
		b, err2 := tx.SaveBase(ctx, w.base)
		c, err3 := tx.SaveCourse(ctx, w.course)
		p, err4 := tx.SavePerson(ctx, w.person)
		a, err5 := tx.SaveAccount(ctx, account)
		k, err6 := tx.SaveClass(ctx, w.class)
		e, err7 := tx.SaveEnrolment(ctx, w.enrol)
		r, err8 := tx.SaveAccreditation(ctx, permit)
		i, err9 := tx.SaveImport(ctx, upload)
		if versions := []int64{o.Version, b.Version, c.Edition, p.Version, a.Version, k.Version, e.Version, r.Version, i.Version}; slices.Max(versions) != 2 || slices.Min(versions) != 2 {
			t.Errorf("versions after a save: %v, want 2", versions)
		}
		same(t, "saved account", a)(tx.Account(ctx, a.ID))
		same(t, "saved class", k)(tx.Class(ctx, k.ID))
		same(t, "saved course", c)(tx.Course(ctx, c.Code, c.Version))
		return firstError(err1, err2, err3, err4, err5, err6, err7, err8, err9)
	})
	for name, save := range map[string]func(context.Context, *store.Tx) error{
		"organization": func(ctx context.Context, tx *store.Tx) error { _, err := tx.SaveOrganization(ctx, w.org); return err },
		"base":         func(ctx context.Context, tx *store.Tx) error { _, err := tx.SaveBase(ctx, w.base); return err },
		"course":       func(ctx context.Context, tx *store.Tx) error { _, err := tx.SaveCourse(ctx, w.course); return err },
		"account":      func(ctx context.Context, tx *store.Tx) error { _, err := tx.SaveAccount(ctx, account); return err },
		"class":        func(ctx context.Context, tx *store.Tx) error { _, err := tx.SaveClass(ctx, w.class); return err },
		"enrolment":    func(ctx context.Context, tx *store.Tx) error { _, err := tx.SaveEnrolment(ctx, w.enrol); return err },
		"import":       func(ctx context.Context, tx *store.Tx) error { _, err := tx.SaveImport(ctx, upload); return err },
	} {
		err := auditedTx(t.Context(), d, save)
		var refusal *registry.Error
		if !errors.As(err, &refusal) || refusal.Kind != registry.Stale || refusal.Code != name+".stale" {
			t.Errorf("saving an old %s = %v, want %s.stale", name, err, name)
		}
	}
}

func TestTwinsAreRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		w := newWorld(t, d)
		other := newPerson("Another")
		mustTx(t, d, func(ctx context.Context, tx *store.Tx) error { return tx.AddPerson(ctx, other) })
		for name, add := range map[string]func(context.Context, *store.Tx) error{
			"organization": func(ctx context.Context, tx *store.Tx) error {
				o := w.org
				o.ID = store.NewID()
				return tx.AddOrganization(ctx, o)
			},
			"person": func(ctx context.Context, tx *store.Tx) error {
				p := newPerson("Twin")
				p.IDHash = w.person.IDHash
				return tx.AddPerson(ctx, p)
			},
			"class": func(ctx context.Context, tx *store.Tx) error {
				c := w.class
				c.ID = store.NewID()
				return tx.AddClass(ctx, c, w.org.ID, day)
			},
			"enrolment": func(ctx context.Context, tx *store.Tx) error {
				e := w.enrol
				e.ID = store.NewID()
				return tx.AddEnrolment(ctx, e, "")
			},
		} {
			err := auditedTx(t.Context(), d, add)
			var refusal *registry.Error
			if !errors.As(err, &refusal) || refusal.Kind != registry.Conflict || refusal.Code != name+".exists" {
				t.Errorf("a twin of the %s = %v, want %s.exists", name, err, name)
			}
		}
		err := auditedTx(t.Context(), d, func(ctx context.Context, tx *store.Tx) error {
			other.IDHash = w.person.IDHash
			_, err := tx.SavePerson(ctx, other)
			return err
		})
		if !errors.Is(err, registry.Conflict) {
			t.Errorf("saving a person as another's twin = %v, want conflict", err)
		}
	})
}

func TestWhatIsNotThereIsNotFound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		mustRead(t, d, func(ctx context.Context, tx *store.Tx) error {
			_, err1 := tx.Organization(ctx, "x")
			_, err2 := tx.PersonByIDHash(ctx, "")
			_, err3 := tx.EnrolmentByLink(ctx, "")
			_, err4 := tx.AccountByEmail(ctx, "nobody@example.org")
			_, err5 := tx.OrganizationPath(ctx, "x")
			_, err6 := tx.Publication(ctx, "bundle")
			_, err7 := tx.Import(ctx, "x")
			_, err8 := tx.ClassOrg(ctx, "x")
			_, _, err9 := tx.Template(ctx, "x")
			for i, err := range []error{err1, err2, err3, err4, err5, err6, err7, err8, err9} {
				if !errors.Is(err, registry.NotFound) {
					t.Errorf("look-up %d = %v, want not found", i+1, err)
				}
			}
			return nil
		})
	})
}

func TestTheTreeOfOrganizations(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		ids := map[string]registry.ID{}
		add := func(code, parent string) {
			ids[code] = store.NewID()
			mustTx(t, d, func(ctx context.Context, tx *store.Tx) error {
				return tx.AddOrganization(ctx, registry.Organization{ID: ids[code], Parent: ids[parent], Code: code, TZ: "UTC", Version: 1})
			})
		}
		for _, o := range [][2]string{{"FED", ""}, {"NORTH", "FED"}, {"SOUTH", "FED"}, {"HOSP", "NORTH"}, {"OTHER", ""}} {
			add(o[0], o[1])
		}
		mustRead(t, d, func(ctx context.Context, tx *store.Tx) error {
			path, err := tx.OrganizationPath(ctx, ids["HOSP"])
			if got := codes(path); !slices.Equal(got, []string{"HOSP", "NORTH", "FED"}) || err != nil {
				t.Errorf("path = %v, %v", got, err)
			}
			tree, err := tx.Subtree(ctx, []registry.ID{ids["NORTH"], ids["FED"], ids["FED"]})
			if len(tree) != 4 || slices.Contains(tree, ids["OTHER"]) || err != nil {
				t.Errorf("subtree = %v, %v", tree, err)
			}
			return nil
		})
		mustTx(t, d, func(ctx context.Context, tx *store.Tx) error { // a slip makes a circle
			o, err := tx.Organization(ctx, ids["FED"])
			if err != nil {
				return err
			}
			o.Parent = ids["HOSP"]
			_, err = tx.SaveOrganization(ctx, o)
			return err
		})
		mustRead(t, d, func(ctx context.Context, tx *store.Tx) error {
			path, err := tx.OrganizationPath(ctx, ids["HOSP"])
			tree, err2 := tx.Subtree(ctx, []registry.ID{ids["NORTH"]})
			if len(path) != 3 || len(tree) != 4 {
				t.Errorf("in a circle: path %v, subtree %v", codes(path), tree)
			}
			return firstError(err, err2)
		})
	})
}

func codes(list []registry.Organization) (out []string) {
	for _, o := range list {
		out = append(out, o.Code)
	}
	return out
}

func TestAnApprovedOutcomeNeverChanges(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		w := newWorld(t, d)
		changed := w.outcome
		changed.ID, changed.Outcome, changed.Minutes = store.NewID(), registry.Incomplete, 10
		mustTx(t, d, func(ctx context.Context, tx *store.Tx) error { return tx.PutCompletion(ctx, changed) })
		changed.ID = w.outcome.ID // the first id stays
		changed.ApprovedBy, changed.ApprovedAt, changed.Held = "approver", day, "why"
		mustTx(t, d, func(ctx context.Context, tx *store.Tx) error { return tx.ApproveCompletion(ctx, changed) })
		for name, again := range map[string]func(context.Context, *store.Tx) error{
			"put":     func(ctx context.Context, tx *store.Tx) error { return tx.PutCompletion(ctx, w.outcome) },
			"approve": func(ctx context.Context, tx *store.Tx) error { return tx.ApproveCompletion(ctx, changed) },
		} {
			if err := auditedTx(t.Context(), d, again); !errors.Is(err, registry.Conflict) {
				t.Errorf("%s after approval = %v, want conflict", name, err)
			}
		}
		mustRead(t, d, func(ctx context.Context, tx *store.Tx) error {
			same(t, "outcome", changed)(tx.CompletionOf(ctx, w.enrol.ID))
			return nil
		})
	})
}

func TestClassFilters(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		w := newWorld(t, d)
		second := w.class
		second.ID, second.Code, second.Venue, second.Status, second.SubmittedAt = store.NewID(), "SJZ-CPR1-20261122-1", "Village", registry.ClassSubmitted, day.Add(time.Hour)
		third := second
		third.ID, third.Code, third.SubmittedAt = store.NewID(), "SJZ-CPR1-20261123-1", day
		mustTx(t, d, func(ctx context.Context, tx *store.Tx) error {
			return firstError(tx.AddClass(ctx, second, w.org.ID, day), tx.AddClass(ctx, third, w.org.ID, day))
		})
		tests := []struct {
			name string
			f    store.ClassFilter
			want []registry.ID
		}{
			{"all, newest first", store.ClassFilter{AllOrgs: true}, []registry.ID{third.ID, second.ID, w.class.ID}},
			{"none", store.ClassFilter{}, nil},
			{"own", store.ClassFilter{Orgs: []registry.ID{w.org.ID}, Limit: 1}, []registry.ID{third.ID}},
			{"next page", store.ClassFilter{Orgs: []registry.ID{w.org.ID}, Before: third.ID, Limit: 1}, []registry.ID{second.ID}},
			{"longest waiting first", store.ClassFilter{AllOrgs: true, Status: []registry.ClassStatus{registry.ClassSubmitted, registry.ClassReturned}, OldestSubmitted: true}, []registry.ID{third.ID, second.ID}},
			{"part of a venue", store.ClassFilter{AllOrgs: true, Search: "ILLAG"}, []registry.ID{third.ID, second.ID}},
			{"signs that LIKE knows", store.ClassFilter{AllOrgs: true, Search: "100%_a"}, []registry.ID{w.class.ID}},
			{"no such class", store.ClassFilter{AllOrgs: true, Search: "%_%_%x"}, nil},
		}
		for _, tt := range tests {
			mustRead(t, d, func(ctx context.Context, tx *store.Tx) error {
				list, err := tx.Classes(ctx, tt.f)
				var got []registry.ID
				for _, c := range list {
					got = append(got, c.ID)
				}
				if !slices.Equal(got, tt.want) {
					t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
				}
				return err
			})
		}
	})
}

func TestPublicationsCountsAndMarks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		ctx := t.Context()
		for n := range int64(6) {
			p := store.Publication{Kind: "bundle", Number: n, Body: []byte{byte(n)}, IssuedAt: day, ValidUntil: day.Add(time.Hour)}
			if err := d.Tx(ctx, func(tx *store.Tx) error { return firstError(tx.AddPublication(ctx, p, 3), tx.RaiseMark(ctx, "bundle")) }); err != nil {
				t.Fatal(err)
			}
			if n == 3 {
				if _, _, err := d.ChainAudit(ctx); err != nil { // folds the marks so far
					t.Fatal(err)
				}
			}
			mustRead(t, d, func(ctx context.Context, tx *store.Tx) error {
				same(t, "Publication", p)(tx.Publication(ctx, "bundle"))
				same(t, "NumberedPublication", p)(tx.NumberedPublication(ctx, "bundle", n))
				same(t, "PublicationHead", store.Publication{Kind: "bundle", Number: n, IssuedAt: p.IssuedAt, ValidUntil: p.ValidUntil})(tx.PublicationHead(ctx, "bundle"))
				for old := range n {
					if _, err := tx.NumberedPublication(ctx, "bundle", old); (err == nil) != (old > n-3) {
						t.Errorf("of %d, number %d: %v; three are kept", n, old, err)
					}
				}
				same(t, "Mark", n+1)(tx.Mark(ctx, "bundle"))
				same(t, "another Mark", int64(0))(tx.Mark(ctx, "crl"))
				return nil
			})
		}
		if err := d.Tx(ctx, func(tx *store.Tx) error {
			return tx.AddPublication(ctx, store.Publication{Kind: "bundle", Number: 5}, 3)
		}); !errors.Is(err, registry.Conflict) {
			t.Errorf("a number given twice = %v, want conflict", err)
		}
		on := registry.NewDate(2026, 11, 21)
		if err := d.Tx(ctx, func(tx *store.Tx) error {
			return firstError(tx.Count(ctx, on, "SJZ", "web", registry.StatusValid), tx.CountMany(ctx, on, "SJZ", "web", registry.StatusValid, 4))
		}); err != nil {
			t.Fatal(err)
		}
		mustRead(t, d, func(ctx context.Context, tx *store.Tx) error {
			same(t, "Counts", []store.AnswerCount{{Day: on, Base: "SJZ", Channel: "web", Status: registry.StatusValid, N: 5}})(tx.Counts(ctx, on, on))
			return nil
		})
	})
}

func TestSessions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		now := day
		d.SetNow(func() time.Time { return now })
		ctx, s := t.Context(), d.Sessions()
		if err := s.CommitCtx(ctx, "token", []byte("data"), day.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		find := func() bool {
			data, ok, err := s.FindCtx(ctx, "token")
			if err != nil || ok && string(data) != "data" {
				t.Errorf("FindCtx = %q, %v", data, err)
			}
			return ok
		}
		if !find() {
			t.Error("a session is not found")
		}
		if tokens, _ := d.Strings(ctx, "SELECT token FROM sessions"); len(tokens) != 1 || tokens[0] == "token" {
			t.Errorf("tokens stored: %v, want one hash", tokens)
		}
		now = day.Add(time.Hour)
		if find() {
			t.Error("a session is found after its end")
		}
		if err := s.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		now = day
		if find() {
			t.Error("an ended session was not swept")
		}
		if err := firstError(s.CommitCtx(ctx, "token", []byte("data"), day.Add(time.Hour)), s.DeleteCtx(ctx, "token"), s.DeleteCtx(ctx, "token")); err != nil || find() {
			t.Errorf("a deleted session: %v", err)
		}
	})
}
