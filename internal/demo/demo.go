// Package demo fills a fresh directory with the demonstration federation:
// invented organizations and people, all marked DEMO, and some 300 credentials
// in every status, each of them issued through the same services, rules and four
// eyes as a real one. Only the clock is set, so that two years of classes fit
// into a few seconds.
package demo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/accredit"
	"github.com/passmuster/passmuster/internal/auth"
	"github.com/passmuster/passmuster/internal/intake"
	"github.com/passmuster/passmuster/internal/issue"
	"github.com/passmuster/passmuster/internal/lifecycle"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/training"
)

// Services are what the demonstration is made with.
type Services struct {
	DB        *store.DB
	Clock     *Clock
	Auth      *auth.Service
	Accredit  *accredit.Service
	Training  *training.Service
	Issue     *issue.Service
	Lifecycle *lifecycle.Service
}

// The accounts that everybody may use.
const (
	TrainerEmail    = "trainer@demo.example"
	ApproverEmail   = "approver@demo.example"
	FederationEmail = "federation@demo.example"
	HospitalEmail   = "hospital@demo.example"
)

// Summary is what the demonstration tells the person who started it.
type Summary struct {
	Accounts    []string                     `json:"accounts"`
	Password    string                       `json:"password"`
	Credentials int                          `json:"credentials"`
	Links       map[registry.Status][]string `json:"links"` // verification links by status, as they stood when it was made
	QR          string                       `json:"qr"`    // the QR text of the valid one
	Holder      string                       `json:"holder"`
	Number      registry.Number              `json:"number"` // of the valid one, with the name below
	Name        string                       `json:"name"`
}

// History is how far back the demonstration's first class lies.
const History = 27 * 30 * 24 * time.Hour

type world struct {
	s        Services
	now      time.Time
	begin    registry.Date
	orgs     map[string]registry.ID
	people   map[string]registry.Person
	accounts map[string]registry.Account
	classes  int
	made     []registry.Credential
	d        draw
}

// Fill makes the demonstration; now is the moment that it ends at.
func Fill(ctx context.Context, s Services, now time.Time, password string) (Summary, error) {
	w := &world{s: s, now: now, begin: registry.DateOf(now.Add(-History)), orgs: map[string]registry.ID{"": ""},
		people: map[string]registry.Person{}, accounts: map[string]registry.Account{}, d: 0x9E3779B97F4A7C15}
	s.Clock.Set(now.Add(-History))
	defer s.Clock.Run(0)
	if err := w.plant(ctx); err != nil {
		return Summary{}, err
	}
	if err := w.staff(ctx, password); err != nil {
		return Summary{}, err
	}
	if err := w.history(ctx); err != nil {
		return Summary{}, err
	}
	s.Clock.Set(now)
	if err := w.decisions(ctx); err != nil {
		return Summary{}, err
	}
	if err := w.unfinished(ctx); err != nil {
		return Summary{}, err
	}
	return w.summary(ctx, password)
}

// staff makes the accounts, the persons behind them, and more trainers.
func (w *world) staff(ctx context.Context, password string) error {
	trained := []string{"CPR1", "FAR1", "FARR", "PFA1", "PFAO", "TEL1", "BPM1", "CHD1", "OUT1", "SEM1", "TLD1", "INS1"}
	for _, t := range []struct {
		key, org, name string
		courses        []string
	}{
		{"trainer", "CVF", "李明哲 DEMO", []string{"CPR1", "FAR1"}},
		{"sjz", "CVF", "赵静怡 DEMO", trained}, {"tjx", "CVF", "孙立群 DEMO", trained}, {"msk", "MV", "Орлова Вера Павловна DEMO", trained},
		{"approver", "CVF", "周文静 DEMO", nil}, {"second", "CVF", "郑国栋 DEMO", nil}, {"federation", "CVF", "何晓峰 DEMO", nil},
	} {
		p, err := w.trainer(ctx, t.org, registry.Person{Name: t.name}, t.courses...)
		if err != nil {
			return fmt.Errorf("person %s: %w", t.name, err)
		}
		w.people[t.key] = p
	}
	// trainer@ is accredited by both federations, so that he can be tried everywhere.
	if _, err := w.trainer(ctx, "MV", registry.Person{ID: w.people["trainer"].ID}, "CPR1", "FAR1"); err != nil {
		return fmt.Errorf("trainer in the movement: %w", err)
	}
	at := func(role registry.Role, codes ...string) []registry.Grant {
		var grants []registry.Grant
		for _, c := range codes {
			grants = append(grants, registry.Grant{Role: role, Org: w.orgs[c]})
		}
		return grants
	}
	hosts := []string{"SJZ-H", "TJX-H", "MSK-H"}
	for _, a := range []struct {
		key, email, person string
		grants             []registry.Grant
	}{
		{"trainer", TrainerEmail, "trainer", at(registry.RoleTrainer, hosts...)},
		{"approver", ApproverEmail, "approver", at(registry.RoleApprover, hosts...)},
		{"federation", FederationEmail, "federation", at(registry.RoleFederation, "CVF", "MV")},
		{"hospital", HospitalEmail, "", at(registry.RoleHospital, "SJZ-H")},
		{"second", "second@demo.example", "second", at(registry.RoleApprover, hosts...)},
		{"sjz", "trainer-sjz@demo.example", "sjz", at(registry.RoleTrainer, hosts...)},
		{"tjx", "trainer-tjx@demo.example", "tjx", at(registry.RoleTrainer, hosts...)},
		{"msk", "trainer-msk@demo.example", "msk", at(registry.RoleTrainer, hosts...)},
	} {
		if err := w.account(ctx, a.key, a.email, a.person, a.grants, password); err != nil {
			return fmt.Errorf("account %s: %w", a.email, err)
		}
	}
	return nil
}

func (w *world) account(ctx context.Context, key, email, person string, grants []registry.Grant, password string) error {
	return w.s.DB.Tx(ctx, func(tx *store.Tx) error {
		p := w.people[person]
		name := p.Name
		if name == "" {
			name = "Hospital desk DEMO"
		}
		made, err := w.s.Auth.Create(ctx, tx, access.System, registry.Account{Email: email, Name: name, Person: p.ID, Grants: grants}, password)
		w.accounts[key] = made
		return err
	})
}

// plan is one class of the history: held so many days ago.
type plan struct {
	base, course string
	daysAgo      int
	people       int
	ceremony     int // days after issue on which it becomes valid; 0: at once
	trainer      string
}

var plans = []plan{
	{"SJZ", "CPR1", 800, 14, 0, "sjz"}, {"MSK", "CPR1", 790, 12, 0, "msk"}, {"TJX", "PFAO", 420, 14, 0, "tjx"}, // expired by now
	{"SJZ", "CPR1", 720, 9, 0, "sjz"}, {"MSK", "TEL1", 700, 9, 0, "msk"}, // end soon
	{"SJZ", "FAR1", 500, 24, 0, "sjz"}, {"TJX", "CPR1", 400, 24, 0, "tjx"}, {"MSK", "FAR1", 360, 30, 0, "msk"},
	{"SJZ", "OUT1", 300, 24, 0, "sjz"}, {"TJX", "PFA1", 240, 20, 0, "tjx"}, {"MSK", "CPR1", 180, 24, 0, "msk"},
	{"SJZ", "SEM1", 120, 20, 0, "sjz"}, {"SJZ", "CHD1", 90, 18, 0, "sjz"}, {"TJX", "INS1", 60, 6, 0, "tjx"},
	{"SJZ", "CPR1", 20, 28, 0, "sjz"}, {"MSK", "PFA1", 12, 16, 0, "msk"}, {"SJZ", "FAR1", 3, 10, 7, "sjz"}, // to be handed out at a ceremony
}

// history holds the classes one after the other, each at its own time.
func (w *world) history(ctx context.Context) error {
	for _, p := range plans {
		class, err := w.hold(ctx, p)
		if err != nil {
			return fmt.Errorf("class %s %s: %w", p.base, p.course, err)
		}
		if _, err := w.s.Training.Submit(ctx, w.trainerOf(p), class.ID); err != nil {
			return fmt.Errorf("submit %s: %w", class.Code, err)
		}
		w.s.Clock.Set(w.s.Clock.Now().Add(3 * time.Hour))
		in := issue.ApproveInput{}
		if p.ceremony > 0 {
			in.ValidFrom = registry.DateOf(w.s.Clock.Now()).AddDays(p.ceremony)
		}
		out, err := w.s.Issue.Approve(ctx, w.accounts["approver"].Actor(), class.ID, in)
		if err != nil {
			return fmt.Errorf("approve %s: %w", class.Code, err)
		}
		w.made = append(w.made, out.Credentials...)
	}
	return nil
}

// trainerOf is who records the class: trainer@ for the courses that he is
// accredited for, the base's own trainer for the others.
func (w *world) trainerOf(p plan) registry.Actor {
	if p.course == "CPR1" || p.course == "FAR1" {
		return w.accounts["trainer"].Actor()
	}
	return w.accounts[p.trainer].Actor()
}

// hold creates the class, enrols, and records everybody's results.
func (w *world) hold(ctx context.Context, p plan) (registry.Class, error) {
	on := registry.DateOf(w.now).AddDays(-p.daysAgo)
	evening := 12 * time.Hour // eight at each base: its sessions are over
	if p.base == "MSK" {
		evening = 17 * time.Hour
	}
	w.s.Clock.Set(on.Start(time.UTC).Add(evening))
	by := w.trainerOf(p)
	class, err := w.open(ctx, p, on)
	if err != nil {
		return class, err
	}
	w.classes++
	rows := people(&w.d, p.base == "MSK", p.people, w.classes)
	for i := range rows {
		w.mark(&rows[i], i)
	}
	_, class, err = w.s.Training.Enrol(ctx, by, class.ID, rows, training.EnrolOptions{Source: "import", Results: true,
		Statement: "All trainees performed every critical step before me (DEMO)."})
	return class, err
}

// mark gives the trainee's results: nearly everybody passes.
func (w *world) mark(row *intake.Row, i int) {
	score, skills := 84+w.d.below(17), true
	if i == 7 {
		score = 61 // somebody has to come again
	}
	row.Theory, row.Skills = &score, &skills
}

func (w *world) open(ctx context.Context, p plan, on registry.Date) (registry.Class, error) {
	course := courses()[slices.IndexFunc(courses(), func(c registry.Course) bool { return c.Code == p.course })]
	by := w.trainerOf(p)
	trainers := []registry.ClassTrainer{{Person: by.Person, Role: "lead"}} // who hands it in
	if by.Person != w.people[p.trainer].ID {
		trainers = append(trainers, registry.ClassTrainer{Person: w.people[p.trainer].ID, Role: "instructor"})
	}
	return w.s.Training.CreateClass(ctx, by, training.ClassInput{
		Course: p.course, Base: p.base, Setting: "hospital", Venue: "DEMO", RatioReason: "DEMO: two rooms, assistants present",
		Sessions: Sessions(course, on), Trainers: trainers,
	})
}

// Sessions spreads a course over one day, or over two where it is long: theory
// first, then practice.
func Sessions(course registry.Course, last registry.Date) []registry.Session {
	first := last
	if course.Minutes > 8*hour {
		first = last.AddDays(-1)
	}
	theory := course.Minutes - course.Practical
	var list []registry.Session
	if theory > 0 {
		list = append(list, registry.Session{On: first, From: "08:30", Minutes: theory})
	}
	if course.Practical > 0 {
		list = append(list, registry.Session{On: last, From: "13:30", Minutes: course.Practical, Practical: true})
	}
	for i, each := range list { // more than a day's teaching is spread over days: it has no hours
		if each.Minutes > 10*hour {
			list[i].From = ""
		}
	}
	return list
}

func signatories(base string) []registry.Signatory {
	if base == "MSK" {
		return []registry.Signatory{
			{Name: "Белова Н. А. (DEMO)", Title: text("培训负责人", "Head of training", "Руководитель обучения")},
			{Name: "Громов И. С. (DEMO)", Title: text("运动主席", "Chair of the movement", "Председатель движения")},
		}
	}
	return []registry.Signatory{
		{Name: "陈国华（演示）", Title: text("基地负责人", "Head of the training base", "Руководитель базы")},
		{Name: "林淑芬（演示）", Title: text("联合会秘书长", "Secretary-General", "Генеральный секретарь")},
	}
}

// decisions suspends, revokes and corrects some credentials, each by the people
// who may.
func (w *world) decisions(ctx context.Context) error {
	pick := slices.DeleteFunc(slices.Clone(w.made), func(c registry.Credential) bool {
		return c.StatusAt(w.now) != registry.StatusValid || c.Snapshot.Kind != registry.Competence
	})
	if len(pick) < 12 {
		return fmt.Errorf("only %d valid credentials to decide about", len(pick))
	}
	first, second := w.accounts["approver"].Actor(), w.accounts["second"].Actor()
	step := len(pick) / 12
	for i := range 3 {
		n := pick[(1+i*4)*step].Number
		if _, err := w.s.Lifecycle.Suspend(ctx, first, n, "under_review", "DEMO"); err != nil {
			return err
		}
		n = pick[(2+i*4)*step].Number
		reason := registry.RevokeReasons[i]
		if _, err := w.s.Lifecycle.Revoke(ctx, first, n, reason, "DEMO"); err != nil {
			return err
		}
		if _, err := w.s.Lifecycle.Revoke(ctx, second, n, reason, "DEMO"); err != nil {
			return err
		}
		old := pick[(3+i*4)*step]
		made, err := w.s.Issue.Reissue(ctx, first, old.Number, issue.Correction{Name: corrected(old.Snapshot.Name), Reason: "DEMO: name was written wrong"})
		if err != nil {
			return err
		}
		w.made = append(w.made, made)
	}
	return nil
}

// corrected writes the name with one part changed, as a slip would be put right.
func corrected(name string) string {
	r := []rune(name)
	if r[0] > 0x2E80 {
		return string(r[:1]) + "思齐"
	}
	return name + "-Demo"
}

// unfinished leaves work to try: an open class, one waiting for approval and one
// returned.
func (w *world) unfinished(ctx context.Context) error {
	w.s.Clock.Set(w.now)
	today := registry.DateOf(w.now)
	if _, err := w.open(ctx, plan{base: "SJZ", course: "CPR1", trainer: "sjz"}, today); err != nil {
		return err
	}
	for i, base := range []string{"SJZ", "TJX"} {
		p := plan{base: base, course: "CPR1", daysAgo: 1 + i, people: 12, trainer: map[string]string{"SJZ": "sjz", "TJX": "tjx"}[base]}
		class, err := w.hold(ctx, p)
		if err != nil {
			return err
		}
		if _, err := w.s.Training.Submit(ctx, w.trainerOf(p), class.ID); err != nil {
			return err
		}
		if base == "TJX" {
			if _, err := w.s.Issue.Return(ctx, w.accounts["approver"].Actor(), class.ID, "DEMO: the attendance sheet of the afternoon is missing", nil, 0); err != nil {
				return err
			}
		}
	}
	return nil
}

// summary reads the credentials again and picks a link for every status.
func (w *world) summary(ctx context.Context, password string) (Summary, error) {
	sum := Summary{Password: password, Credentials: len(w.made), Links: map[registry.Status][]string{},
		Accounts: []string{TrainerEmail, ApproverEmail, FederationEmail, HospitalEmail}}
	err := w.s.DB.Read(ctx, func(tx *store.Tx) error {
		for _, m := range w.made {
			c, err := tx.Credential(ctx, m.ID)
			if err != nil {
				return err
			}
			status := c.StatusAt(w.now)
			sum.Links[status] = append(sum.Links[status], w.s.Issue.Origin+"/v/"+string(c.Code))
			if status != registry.StatusValid || sum.QR != "" || c.Snapshot.Kind != registry.Competence {
				continue
			}
			if sum.QR, err = w.s.Issue.QR(c); err != nil {
				return err
			}
			sum.Holder, sum.Number, sum.Name = w.s.Issue.HolderLink(c.Enrolment), c.Number, c.Snapshot.Name
			// The first link of the list is the one whose holder link is printed.
			links := sum.Links[status]
			links[0], links[len(links)-1] = links[len(links)-1], links[0]
		}
		return nil
	})
	for status, links := range sum.Links {
		sum.Links[status] = links[:min(3, len(links))]
	}
	return sum, err
}
