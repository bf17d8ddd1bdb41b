package training_test

import (
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/accredit"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/store/storetest"
	"github.com/passmuster/passmuster/internal/testkit/world"
	"github.com/passmuster/passmuster/internal/training"
)

// What the registers and imports ask of the store, both engines answer alike.
func TestRegistersAndImportsOnBothEngines(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		w := world.Over(t, d, t.TempDir())
		ctx := t.Context()
		class := w.Open("trainer")
		w.Enrol("trainer", class.ID, world.Rows(3)...)
		var b strings.Builder
		b.WriteString("姓名,证件类型,证件号码\n")
		for range 2 {
			b.WriteString("欧阳娜,其他,DEMO-900001\n")
		}
		p, err := w.Training.StoreImport(ctx, w.By("trainer"), class.ID, "roster.csv", []byte(b.String()), nil)
		if err != nil {
			t.Fatal(err)
		}
		done, err := w.Training.CommitImport(ctx, w.By("trainer"), p.Import.ID, training.EnrolOptions{})
		if err != nil || done.Report.Enrolled != 1 {
			t.Errorf("taken: %+v, %v", done.Report, err)
		}

		people, err := w.Training.Persons(ctx, w.By("federation"), store.PersonFilter{Base: "SJZ", Search: world.Name(0), Limit: 10})
		if err != nil || len(people) == 0 {
			t.Fatalf("found %d, %v", len(people), err)
		}
		keep := people[0]
		other := w.Open("trainer")
		var gone registry.Person
		w.Tx(func(tx *store.Tx) error { // the same name with another document, of another class
			e, err := tx.EnrolmentsOfPerson(ctx, keep.ID)
			if err != nil {
				return err
			}
			gone = registry.Person{ID: store.NewID(), Name: keep.Name, NameKey: keep.NameKey, IDLast4: "7777", Phone: "13800000001", Demo: true, Version: 1}
			if err := tx.AddPerson(ctx, gone); err != nil {
				return err
			}
			third := e[0]
			third.ID, third.Person, third.Position, third.IDLast4, third.Version, third.Class = store.NewID(), gone.ID, 50, "7777", 1, other.ID
			if err := tx.AddEnrolment(ctx, third, ""); err != nil {
				return err
			}
			return tx.Audit(ctx, store.Act{Actor: "system", Action: "demo.plant", ObjectType: "person", Object: gone.ID, At: w.Clock.Now()})
		})
		if _, err := w.Training.Twins(ctx, w.By("federation"), 10); err != nil {
			t.Error(err)
		}
		if list, err := w.Training.AskedMerges(ctx, w.By("federation"), 10); err != nil || len(list) != 0 {
			t.Errorf("%d merges wait, %v", len(list), err)
		}
		w.Read(func(tx *store.Tx) error {
			n, err := tx.WrongClocks(ctx, class.ID)
			if n != 0 || err != nil {
				t.Errorf("%d wrong clocks, %v", n, err)
			}
			return err
		})
		w.Tx(func(tx *store.Tx) error {
			change := store.PersonChange{ID: store.NewID(), Person: keep.ID, Kind: store.ChangeAsk, Other: gone.ID, Reason: "DEMO", By: w.By("federation").Account, At: w.Clock.Now()}
			if err := tx.AddPersonChange(ctx, change); err != nil {
				return err
			}
			return tx.Audit(ctx, store.Act{Actor: change.By, Action: "person.merge.ask", ObjectType: "person", Object: keep.ID, At: w.Clock.Now()})
		})
		w.Read(func(tx *store.Tx) error {
			list, err := tx.AskedMerges(ctx, gone.ID, 10)
			if len(list) != 1 || err != nil {
				t.Errorf("%d requests, %v", len(list), err)
			}
			return err
		})

		var base registry.Base
		w.Read(func(tx *store.Tx) (err error) { base, err = tx.Base(ctx, "SJZ"); return err })
		base.Hours = registry.Hours{{Day: 1, From: "08:00", To: "16:30"}}
		base.Address = registry.Text{"zh": "建华南大街 DEMO"}
		if base, err = w.Accredit.ChangeBase(ctx, w.By("federation"), base, ""); err != nil || base.Hours.Times(1) != "08:00–16:30" {
			t.Errorf("%+v, %v", base, err)
		}
		i, err := w.Accredit.StoreList(ctx, w.By("federation"), accredit.ImportOrganizations, "list.csv", []byte("Code,Parent code,Type,Name in English,Time zone\nNEW-T,SJZ-H,team,Team DEMO,Asia/Shanghai\n"))
		if err != nil {
			t.Fatal(err)
		}
		if taken, err := w.Accredit.CommitList(ctx, w.By("federation"), i.ID, true); err != nil || taken.Report.Created != 1 {
			t.Errorf("%+v, %v", taken.Report, err)
		}
	})
}
