package report_test

import (
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/report"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/store/storetest"
	"github.com/passmuster/passmuster/internal/testkit/world"
)

// desk is a registry with a certificate that somebody has something to say about.
type desk struct {
	*world.World
	s    *report.Service
	cred registry.Credential
}

func each(t *testing.T, f func(t *testing.T, d desk)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world.Over(t, db, "")
		f(t, desk{w, &report.Service{DB: db, Keys: w.Ring, Now: w.Clock.Now}, w.Issued(1)[0]})
	})
}

// alone is each on SQLite alone.
func alone(t *testing.T, f func(t *testing.T, d desk)) {
	w := world.New(t)
	f(t, desk{w, &report.Service{DB: w.DB, Keys: w.Ring, Now: w.Clock.Now}, w.Issued(1)[0]})
}

func (d desk) file(t *testing.T, change ...func(*report.Filed)) string {
	t.Helper()
	in := report.Filed{About: d.cred.Code.String(), Kind: registry.ReportPaper, Text: "The paper says something else. DEMO", Contact: "+86 000 DEMO", Lang: "en"}
	for _, f := range change {
		f(&in)
	}
	token, err := d.s.File(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func (d desk) queue(t *testing.T, by registry.Actor, closed bool) []report.Entry {
	t.Helper()
	list, err := d.s.Reports(t.Context(), by, store.ReportFilter{Closed: closed})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestAReportReachesThoseWhoAnswerForTheCertificate(t *testing.T) {
	each(t, func(t *testing.T, d desk) {
		ctx := t.Context()
		hebei := d.Account("r-hebei", "", "CVF-HE", registry.RoleApprover)
		tianjin := d.Account("r-tianjin", "", "TJX-H", registry.RoleApprover)
		moscow := d.Account("r-moscow", "", "MV", registry.RoleFederation)
		token := d.file(t)
		list := d.queue(t, hebei, false)
		if len(list) != 1 {
			t.Fatalf("the approver above the base sees %d reports", len(list))
		}
		e := list[0]
		if e.Owner.Code != "SJZ-H" || e.Number != d.cred.Number || e.DueOn != registry.NewDate(2026, 11, 27) { // filed on a Saturday
			t.Errorf("owned by %s, about %s, due on %s", e.Owner.Code, e.Number, e.DueOn)
		}
		for name, by := range map[string]registry.Actor{"another base": tianjin, "another federation": moscow} {
			if n := len(d.queue(t, by, false)); n != 0 {
				t.Errorf("%s sees %d reports", name, n)
			}
			if _, err := d.s.Report(ctx, by, e.ID); world.Code(err) != "report.unknown" {
				t.Errorf("%s opens it: %v", name, err)
			}
			if _, err := d.s.Answer(ctx, by, e.ID, registry.ReportHolds, "no"); world.Code(err) != "report.unknown" {
				t.Errorf("%s answers it: %v", name, err)
			}
		}
		if _, err := d.s.Reports(ctx, d.By("trainer"), store.ReportFilter{}); world.Code(err) != "access.forbidden" {
			t.Errorf("a trainer reads the reports: %v", err)
		}
		if waiting, late, err := d.s.Waiting(ctx, hebei); waiting != 1 || late != 0 || err != nil {
			t.Errorf("waiting %d, late %d, %v", waiting, late, err)
		}
		d.Clock.Add(7 * 24 * time.Hour)
		if waiting, late, err := d.s.Waiting(ctx, hebei); waiting != 1 || late != 1 || err != nil {
			t.Errorf("a week later: waiting %d, late %d, %v", waiting, late, err)
		}
		if _, err := d.s.Answer(ctx, hebei, e.ID, registry.ReportHolds, " It is right. DEMO "); err != nil {
			t.Fatal(err)
		}
		if _, err := d.s.Answer(ctx, hebei, e.ID, registry.ReportStopped, "again"); world.Code(err) != "report.answered" {
			t.Errorf("a second answer: %v", err)
		}
		f, err := d.s.Follow(ctx, token)
		if err != nil || f.Outcome != registry.ReportHolds || f.Answer != "It is right. DEMO" {
			t.Errorf("the reporter reads %+v, %v", f, err)
		}
		if open, closed := len(d.queue(t, hebei, false)), len(d.queue(t, hebei, true)); open != 0 || closed != 1 {
			t.Errorf("%d wait, %d are answered", open, closed)
		}
		var acts []string
		for _, a := range d.Audit(e.ID) {
			acts = append(acts, a.Action)
			if strings.Contains(strings.Join(values(a.Detail), " "), "DEMO") {
				t.Errorf("the audit repeats the reporter's words: %v", a.Detail)
			}
		}
		if strings.Join(acts, " ") != "report.answer report.file" {
			t.Errorf("the audit says %v", acts)
		}
	})
}

func values(m map[string]string) (list []string) {
	for _, v := range m {
		list = append(list, v)
	}
	return list
}

func TestWhoIsComplainedOfDoesNotAnswer(t *testing.T) {
	alone(t, func(t *testing.T, d desk) {
		base := d.Account("r-base", "", "SJZ-H", registry.RoleApprover)
		d.file(t, func(f *report.Filed) { f.Kind = registry.ReportTraining })
		if n := len(d.queue(t, base, false)); n != 0 {
			t.Errorf("the base reads the complaint about itself: %d", n)
		}
		list := d.queue(t, d.By("approver"), false)
		if len(list) != 1 || list[0].Owner.Code != "CVF" {
			t.Errorf("the issuer has %+v", list)
		}
	})
}

func TestAReportAboutNothingThatIsKnownHasAnOwner(t *testing.T) {
	alone(t, func(t *testing.T, d desk) {
		for about, issuer := range map[string]string{"": "MV", "7K3Q-D9XM-2HRT-W4BX": "MV", "something else": "MV"} {
			d.file(t, func(f *report.Filed) { f.About, f.Issuer = about, issuer })
		}
		d.file(t, func(f *report.Filed) { f.About = "" })
		moscow := d.Account("r-moscow", "", "MV", registry.RoleFederation)
		if n := len(d.queue(t, moscow, false)); n != 3 {
			t.Errorf("the body that was named has %d reports of 3", n)
		}
		if n := len(d.queue(t, d.By("approver"), false)); n != 1 {
			t.Errorf("the first body has %d reports of 1", n)
		}
	})
}

// Numbers follow one another: what the reporter reads must not tell which exist.
func TestAReportByNumberTellsNotWhetherItExists(t *testing.T) {
	alone(t, func(t *testing.T, d desk) {
		known := string(d.cred.Number)
		unknown := known[:len(known)-6] + "987654"
		for _, kind := range []registry.ReportKind{registry.ReportPaper, registry.ReportTraining} {
			var told [2]string
			for i, number := range []string{known, unknown} {
				f, err := d.s.Follow(t.Context(), d.file(t, func(f *report.Filed) { f.About, f.Kind = number, kind }))
				if err != nil {
					t.Fatal(err)
				}
				told[i] = f.Owner.Code + " " + f.DueOn.String()
			}
			if told[0] != told[1] {
				t.Errorf("%s: told %q of one that exists and %q of one that does not", kind, told[0], told[1])
			}
		}
	})
}

func TestOneFormMakesOneReport(t *testing.T) {
	alone(t, func(t *testing.T, d desk) {
		name := d.s.NewForm()
		once := func(f *report.Filed) { f.Form = name }
		if a, b := d.file(t, once), d.file(t, once); a != b || len(d.queue(t, d.By("approver"), false)) != 1 {
			t.Errorf("two links of one form: %s, %s", a, b)
		}
		mine := d.file(t, once)
		if other := d.file(t, once, func(f *report.Filed) { f.Text = "Something else. DEMO" }); other == mine {
			t.Error("who sends other words in the same form gets the first one's link")
		}
		for _, chosen := range []string{"a form", name + "x", ".", strings.Split(name, ".")[0]} {
			byChoice := func(f *report.Filed) { f.Form = chosen }
			if a, b := d.file(t, byChoice), d.file(t, byChoice); a == b {
				t.Errorf("a form named %q by its sender leads to the link of before", chosen)
			}
		}
		if a, b := d.file(t), d.file(t); a == b {
			t.Error("two reports have one link")
		}
	})
}

func TestWhatTheReporterWroteIsErased(t *testing.T) {
	each(t, func(t *testing.T, d desk) {
		ctx, approver := t.Context(), d.By("approver")
		gone := func(what, token string) {
			t.Helper()
			f, err := d.s.Follow(ctx, token)
			if err != nil || f.Text+f.Contact+f.About != "" || f.ErasedAt.IsZero() {
				t.Errorf("%s: %+v, %v", what, f.Report, err)
			}
		}
		mine := d.file(t)
		for range 2 {
			if err := d.s.Withdraw(ctx, mine); err != nil {
				t.Fatal(err)
			}
		}
		gone("by its maker", mine)
		theirs := d.file(t)
		id := d.queue(t, approver, false)[1].ID
		if err := d.s.Erase(ctx, approver, id); err != nil {
			t.Fatal(err)
		}
		gone("by its owner", theirs)
		old := d.file(t)
		id = d.queue(t, approver, false)[2].ID
		if _, err := d.s.Answer(ctx, approver, id, registry.ReportNotOurs, "DEMO"); err != nil {
			t.Fatal(err)
		}
		d.Clock.Add(registry.ReportKept - time.Hour)
		if err := d.s.Forget(ctx); err != nil {
			t.Fatal(err)
		}
		if f, _ := d.s.Follow(ctx, old); f.Text == "" {
			t.Error("forgotten before its time")
		}
		d.Clock.Add(2 * time.Hour)
		if err := d.s.Forget(ctx); err != nil {
			t.Fatal(err)
		}
		gone("by time", old)
		if f, _ := d.s.Follow(ctx, old); f.Answer != "DEMO" {
			t.Error("the answer went along")
		}
		if a := d.Audit(id)[0]; a.Action != "report.erase" || a.Actor != access.System.Account {
			t.Errorf("the audit says %s by %s", a.Action, a.Actor)
		}
	})
}

func TestAReportNeedsAKindAndWords(t *testing.T) {
	w := world.New(t)
	s := &report.Service{DB: w.DB, Keys: w.Ring, Now: w.Clock.Now}
	for code, in := range map[string]report.Filed{
		"report.kind": {Text: "DEMO"},
		"report.text": {Kind: registry.ReportOther, Text: " \n "},
		"report.long": {Kind: registry.ReportOther, Text: strings.Repeat("字", registry.ReportTextMost+1)},
	} {
		if _, err := s.File(t.Context(), in); world.Code(err) != code {
			t.Errorf("%+v: %v, want %s", in.Kind, err, code)
		}
	}
	if _, err := s.Follow(t.Context(), "no such secret"); world.Code(err) != "report.gone" {
		t.Errorf("a guess: %v", err)
	}
}
