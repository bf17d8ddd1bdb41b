package demo

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/accredit"
	"github.com/passmuster/passmuster/internal/registry"
)

// Stage is the demonstration without its classes, made wide enough for a mass
// run: as many bases as a national programme has, and enough trainers for a hall.
type Stage struct {
	Trainer  registry.Actor
	Approver registry.Actor
	Course   registry.Course // CPR1: theory and practice
	Bases    []string        // codes
	Lead     registry.ID     // person of Trainer
	Others   []registry.ID   // persons of the further trainers
}

// Set makes the stage now, with the given numbers of bases and of trainers.
func Set(ctx context.Context, s Services, now time.Time, password string, bases, trainers int) (Stage, error) {
	w := &world{s: s, now: now, begin: registry.DateOf(now.Add(-History)), orgs: map[string]registry.ID{"": ""},
		people: map[string]registry.Person{}, accounts: map[string]registry.Account{}, d: 0x9E3779B97F4A7C15}
	if err := w.plant(ctx); err != nil {
		return Stage{}, err
	}
	if err := w.staff(ctx, password); err != nil {
		return Stage{}, err
	}
	stage := Stage{Trainer: w.accounts["trainer"].Actor(), Approver: w.accounts["approver"].Actor(), Course: courses()[0], Lead: w.people["trainer"].ID}
	for i := range bases {
		code := "B" + string([]byte{byte('A' + i/26%26), byte('A' + i%26)})
		_, err := s.Accredit.AddBase(ctx, access.System, registry.Base{Code: code, Host: w.orgs["SJZ-H"], Accrediting: w.orgs["CVF"],
			Programmes: []string{"GAJK"}, Name: text(fmt.Sprintf("第%d培训基地（演示）", i+1), fmt.Sprintf("Training Base %d (DEMO)", i+1), fmt.Sprintf("Учебная база %d (DEMO)", i+1)),
			TZ: shanghai, Contact: "DEMO", AccreditedFrom: w.begin, Status: registry.BaseAccredited, Manikins: 10, Signatories: signatories("")})
		if err != nil {
			return stage, fmt.Errorf("base %s: %w", code, err)
		}
		stage.Bases = append(stage.Bases, code)
	}
	for i := range trainers {
		p, err := s.Accredit.AccreditTrainer(ctx, access.System, accredit.Trainer{Person: registry.Person{Name: invented(i * 7919)},
			Courses: []string{stage.Course.Code}, Level: "lead", From: w.begin, Org: w.orgs["CVF"]})
		if err != nil {
			return stage, fmt.Errorf("trainer %d: %w", i, err)
		}
		stage.Others = append(stage.Others, p.ID)
	}
	return stage, nil
}

// Roster is a CSV roster of n invented people who passed, counted from first: the
// same number is the same person, with an id of his own.
func Roster(first, n int) []byte {
	var b bytes.Buffer
	b.WriteString("姓名,证件类型,证件号码,手机,单位,科室,理论成绩,实操考核\n")
	for i := first; i < first+n; i++ {
		fmt.Fprintf(&b, "%s,身份证,%s,139%08d,%s,%s,%d,合格\n", invented(i), inventedID(i), i, hospitals[i%len(hospitals)], departments[i%len(departments)], 84+i%17)
	}
	return b.Bytes()
}

// invented is the name of the i-th person: not unique, as names are not.
func invented(i int) string {
	return surnames[i%len(surnames)] + given[i/len(surnames)%len(given)]
}

// inventedID is the resident id of the i-th person, of the area that does not
// exist; it repeats after 15 million. These people were born before all those of
// the demonstration (from 1962), so that none has the id of one of them.
func inventedID(i int) string {
	const days = 15330
	return chineseID(registry.NewDate(1920, 1, 1).AddDays(i*37%days), i/days)
}
