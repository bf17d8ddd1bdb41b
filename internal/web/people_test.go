package web_test

import (
	"context"
	"encoding/csv"
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/demo"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// twin makes a second record of the holder of a certificate, with a class of its
// own, as an import without the full id would.
func (w *world) twin(of registry.Credential) (first, second registry.Person) {
	w.t.Helper()
	w.write(func(ctx context.Context, tx *store.Tx) (err error) {
		if first, err = tx.Person(ctx, of.Person); err != nil {
			return err
		}
		first.IDLast4 = "4321"
		if first, err = tx.SavePerson(ctx, first); err != nil {
			return err
		}
		second = registry.Person{ID: store.NewID(), Name: first.Name, IDLast4: "4321", Phone: "13800001234", Demo: true, Version: 1}
		if err = tx.AddPerson(ctx, second); err != nil {
			return err
		}
		classes, err := tx.Classes(ctx, store.ClassFilter{AllOrgs: true, Limit: 500})
		if err != nil {
			return err
		}
		org, err := tx.ClassOrg(ctx, of.Class)
		if err != nil {
			return err
		}
		for _, c := range classes {
			at, err := tx.ClassOrg(ctx, c.ID)
			if err != nil {
				return err
			}
			if _, err := tx.EnrolmentOf(ctx, c.ID, first.ID); err == nil || at != org {
				continue
			}
			return tx.AddEnrolment(ctx, registry.Enrolment{ID: store.NewID(), Class: c.ID, Person: second.ID, Position: 99, Name: second.Name, IDLast4: "4321", Source: "manual", Status: registry.Enrolled, Version: 1}, "")
		}
		return registry.Fail(registry.NotFound, "class.unknown", "")
	})
	return first, second
}

func TestTwoRecordsOfOnePersonAreMergedByPage(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.ApproverEmail)
	one := w.credentials(registry.StatusValid)[0]
	first, second := w.twin(one)
	keep, gone := "/registry/people/"+string(first.ID), "/registry/people/"+string(second.ID)

	p.get("/registry/people").want(200, "records may be one person")
	p.get("/registry/people?q="+url.QueryEscape(first.Name)).want(200, "ends in", "138****1234").never("13800001234")
	p.get("/registry/people/duplicates").want(200, first.Name, "Two different people", keep+"/merge?with="+string(second.ID))
	p.get(keep).want(200, string(one.Number), "May be the same person", "Compare")
	preview := keep + "/merge?with=" + string(second.ID)
	p.get(preview).want(200, "Stays", "Is merged in", "Nobody can undo a merge", string(one.Number), one.Code.String(), "2 classes, ")
	form := p.form(keep + "/merge")
	p.postForm(keep+"/merge", form).want(422, "Write it down")
	form.Set("reason", "DEMO: the same volunteer")
	for range 2 { // a double click merges once
		p.postForm(keep+"/merge", form).want(200, "Another record was merged in", "DEMO: the same volunteer", "Came along: 1 class; 0 certificates", string(one.Number))
		if p.path != keep {
			t.Errorf("led to %s", p.path)
		}
	}
	p.get(gone).want(200, "merged into another")
	if p.path != keep {
		t.Errorf("the merged record leads to %s", p.path)
	}
	p.get("/registry/people/duplicates").want(200, "no possible duplicates")
	w.visitor(t).get("/v/"+string(one.Code)).want(200, "VALID", one.Snapshot.Name) // numbers and codes stay
	p.get("/registry/audit?action=person.merge").want(200, "Two records merged", string(second.ID)).never(first.Name)
	w.read(func(ctx context.Context, tx *store.Tx) error {
		left, err := tx.EnrolmentsOfPerson(ctx, second.ID)
		if len(left) != 0 {
			t.Errorf("%d enrolments are left behind", len(left))
		}
		return err
	})
}

func TestARecordWithAnotherIDIsMergedByTwoPeople(t *testing.T) {
	w := newWorld(t)
	one := w.credentials(registry.StatusValid)[0]
	first, second := w.twin(one)
	w.write(func(ctx context.Context, tx *store.Tx) (err error) {
		second, err = tx.Person(ctx, second.ID)
		if err == nil {
			second.IDLast4 = "9876"
			second, err = tx.SavePerson(ctx, second)
		}
		return err
	})
	keep, gone := "/registry/people/"+string(first.ID), "/registry/people/"+string(second.ID)
	preview := keep + "/merge?with=" + string(second.ID)

	asker := w.signIn(t, demo.ApproverEmail)
	asker.get(preview).want(200, "two people decide", "These may grant it").never("Grant: merge")
	form := asker.form(keep + "/merge/ask")
	form.Set("reason", "DEMO: passport and identity card")
	asker.postForm(keep+"/merge", form).want(403, "one person asks for the merge")
	asker.postForm(keep+"/merge/ask", form).want(200, "Asked. Another person must grant it", "You asked. Somebody else must grant it", "These may grant it").never(`action="` + keep + `/merge`)
	form.Del("once")
	asker.postForm(keep+"/merge", form).want(403, "so somebody else must grant it")
	w.signIn(t, demo.TrainerEmail).postForm(keep+"/merge", form).want(403)

	second2 := w.signIn(t, demo.FederationEmail)
	second2.get("/registry/people").want(200, "1 merge waits for a second person")
	second2.get("/registry/people/duplicates").want(200, "Waiting for a second person", "DEMO: passport and identity card", preview, "21 November 2026, 17:00:00 (UTC+8)")
	second2.get(gone+"/merge?with="+string(first.ID)).want(200, "asked for the other way round").never("Grant: merge")
	second2.get(preview).want(200, "DEMO: passport and identity card", "21 November 2026, 17:00:00 (UTC+8)", "Grant: merge the two records")
	grant := second2.form(keep + "/merge")
	grant.Set("reason", "DEMO: saw both documents")
	second2.postForm(keep+"/merge", grant).want(200, "Another record was merged in", "Somebody asked to merge another record in", "DEMO: saw both documents")
	second2.get("/registry/people/duplicates").want(200).never("Waiting for a second person")
	second2.get("/registry/audit?action=person.merge.ask").want(200, "A merge of two records asked for")
}

func TestPeopleAreSeenAndEditedByThoseWhoMay(t *testing.T) {
	w := newWorld(t)
	one := w.credentials(registry.StatusValid)[0]
	first, second := w.twin(one)
	keep := "/registry/people/" + string(first.ID)
	trainer := w.signIn(t, demo.TrainerEmail)
	for _, path := range []string{"/registry/people", "/registry/people/duplicates", keep, keep + "/merge?with=" + string(second.ID)} {
		w.signIn(t, demo.HospitalEmail).get(path)
		w.visitor(t).get(path).want(200, `name="password"`)
	}
	w.signIn(t, demo.HospitalEmail).get("/registry/people").want(403)
	w.signIn(t, demo.HospitalEmail).get(keep).want(404)
	trainer.get("/registry/people").want(200).never("/registry/people/export")
	trainer.post("/registry/people/export", "format", "csv", "reason", "DEMO").want(403)
	trainer.post(keep+"/name", "name", "李四", "reason", "DEMO", "version", "1")
	if trainer.status != 403 && trainer.status != 404 {
		t.Errorf("a trainer renames somebody: %d", trainer.status)
	}

	p := w.signIn(t, demo.ApproverEmail)
	form := p.get(keep).want(200, "Correct or change the name").form(keep + "/name")
	form.Set("reason", "DEMO: as on the id")
	form.Set("name", "张=1")
	p.postForm(keep+"/name", form).want(422)
	form.Set("name", "欧阳娜娜")
	p.postForm(keep+"/name", form).want(200, "欧阳娜娜", "Renamed; was “"+first.Name+"”", "The former name stays", "on the roster as")
	p.get("/registry/people?q="+url.QueryEscape(first.Name)).want(200, "欧阳娜娜") // found by the former name
	form.Set("name", "欧阳娜")
	p.postForm(keep+"/name", form).want(412)      // somebody else was first
	p.get(page(one)).want(200, one.Snapshot.Name) // what was issued stays
}

// A role that may export opens its own place alone, whatever else its holder reads.
func TestNamesLeaveOnlyFromWhereTheyMay(t *testing.T) {
	w := newWorld(t)
	must(0, w.db.Tx(t.Context(), func(tx *store.Tx) error {
		var grants []registry.Grant
		for code, role := range map[string]registry.Role{"CVF": registry.RoleApprover, "SJZ-H": registry.RoleBaseManager} {
			o, err := tx.OrganizationByCode(t.Context(), code)
			if err != nil {
				return err
			}
			grants = append(grants, registry.Grant{Role: role, Org: o.ID})
		}
		_, err := w.s.Auth.Create(t.Context(), tx, access.System, registry.Account{Email: "both@demo.example", Name: "Both DEMO", Grants: grants}, password)
		return err
	}))
	p := w.signIn(t, "both@demo.example")
	bases := func(whole string) map[string]int {
		t.Helper()
		p.post("/registry/credentials/export", "format", "csv", "whole", whole, "reason", "DEMO: roster of the camp").want(200)
		list, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(p.body, "\ufeff"))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]int{}
		for _, r := range list[1:] {
			found[r[5]]++
		}
		return found
	}
	masked, whole := bases(""), bases("1")
	if len(masked) < 2 || len(whole) != 1 {
		t.Errorf("masked from %v, with names from %v", masked, whole)
	}
	everybody, own := strings.Count(p.post("/registry/credentials/export", "format", "csv").want(200).body, "\n"), strings.Count(p.post("/registry/people/export", "format", "csv", "reason", "DEMO: roster of the camp").want(200).body, "\n")
	if own < 2 || own >= everybody {
		t.Errorf("%d people of %d certificates", own, everybody)
	}
}

func TestAnExportIsMaskedNotedAndNoFormula(t *testing.T) {
	w := newWorld(t)
	w.write(func(ctx context.Context, tx *store.Tx) error {
		list, err := tx.Persons(ctx, store.PersonFilter{AllOrgs: true, Limit: 500})
		for _, p := range list {
			p.Organization = "=HYPERLINK(\"http://x\")"
			if _, err := tx.SavePerson(ctx, p); err != nil {
				return err
			}
		}
		return err
	})
	p := w.signIn(t, demo.FederationEmail)
	rows := func() [][]string {
		t.Helper()
		list, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(p.body, "\ufeff"))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	p.post("/registry/people/export", "format", "csv").want(422, "needs a reason")
	p.post("/registry/people/export", "format", "csv", "reason", "DEMO: roster of the camp").want(200)
	for _, r := range rows()[1:] {
		if !strings.HasPrefix(r[4], "'=") || r[2] != "" && !strings.HasPrefix(r[2], "****") {
			t.Fatalf("row %q", r)
		}
	}
	all := len(w.credentials(""))
	p.post("/registry/credentials/export", "format", "csv").want(200)
	masked := rows()
	if len(masked) < 100 || len(masked) > all+1 {
		t.Errorf("%d rows, %d certificates", len(masked), all)
	}
	for _, r := range masked[1:] {
		if !strings.HasSuffix(r[1], "*") {
			t.Fatalf("a masked name: %q", r[1])
		}
	}
	p.post("/registry/credentials/export", "format", "csv", "whole", "1").want(422, "needs a reason")
	p.post("/registry/credentials/export", "format", "csv", "whole", "1", "reason", "x", "status", "revoked").want(422, "needs a reason of at least 10 letters")
	p.post("/registry/credentials/export", "format", "csv", "whole", "1", "reason", "DEMO: asked by the court", "status", "revoked").want(200)
	if n := len(rows()) - 1; n != len(w.credentials(registry.StatusRevoked)) || strings.Contains(rows()[1][1], "*") {
		t.Errorf("%d revoked: %q", n, rows())
	}
	p.post("/registry/credentials/export", "format", "xlsx").want(200)
	if !strings.HasPrefix(p.body, "PK") {
		t.Error("the workbook is no archive")
	}
	w.signIn(t, demo.ApproverEmail).post("/registry/credentials/export", "format", "csv", "whole", "1", "reason", "DEMO").want(403)
	p.get("/registry/audit?action=export.credentials").want(200, "Certificates exported", "masked", "whole").never("DEMO: roster", "DEMO: asked")
	if n := len(regexp.MustCompile(`Certificates exported</th>|Certificates exported\s*<`).FindAllString(p.body, -1)); n < 3 {
		t.Errorf("%d exports are noted", n)
	}
}

func TestCertificatesAreFilteredByDatesAndKeptThroughPages(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.FederationEmail)
	soon := w.credentials(registry.StatusExpiring)
	p.get("/registry/credentials").want(200, `href="/registry/credentials?status=expiring"`, "Ends in 60 days")
	p.get("/registry/credentials?status=expiring").want(200, `aria-current="page">Ends in 60 days`, string(soon[0].Number))
	one := w.credentials(registry.StatusValid)[0].Snapshot
	day := one.IssuedOn.String()
	p.get("/registry/credentials?dates=issued&from="+day+"&until="+day).want(200, string(one.Number))
	p.get("/registry/credentials?dates=issued&from=" + one.IssuedOn.AddDays(1).String() + "&until=" + one.IssuedOn.AddDays(1).String()).never(string(one.Number))
	if !one.ValidUntil.IsZero() {
		p.get("/registry/credentials?dates=ends&from="+one.ValidUntil.String()+"&until="+one.ValidUntil.String()).want(200, string(one.Number))
	}
	p.get("/registry/credentials?dates=issued&from=2026-12-01&until=2026-01-01").want(422, "no range")
	p.get("/registry/credentials?dates=issued&from=2020-01-01").want(200, "Next →")
	p.get(html.UnescapeString(p.find(`rel="next" href="([^"]+)"`))).want(200, `value="2020-01-01"`, "← Previous")
	if !strings.Contains(p.path, "from=2020-01-01") || !strings.Contains(p.path, "dates=issued") {
		t.Errorf("the filter is lost: %s", p.path)
	}
	p.get("/registry/credentials?q=zzz").want(200, "No certificate matches", "Take a filter away")
}

func TestTheAuditLogSaysWhetherTheChainHolds(t *testing.T) {
	w := newWorld(t)
	must(0, func() error { _, _, err := w.db.ChainAudit(t.Context()); return err }())
	p := w.signIn(t, demo.FederationEmail)
	p.get("/registry/audit").want(200, "Chain intact up to no.", "Who did what")
	p.post("/registry/audit/check").want(200, "Chain intact up to no.")
	p.get("/registry/audit?action=class.approve").want(200, "Class approved").never("Certificate issued</th>")
	p.get("/registry/audit?actor=nobody-at-all").want(200, "No act matches")
	one := w.credentials(registry.StatusRevoked)[0]
	p.get("/registry/audit?object="+string(one.Number)).want(200, "Certificate revoked", string(one.ID))
	p.get("/registry/audit?from=2026-11-01&until=2026-10-01").want(422, "no range")
	p.get("/registry/audit?lang=en").want(200, "walked at 21\u00a0November 2026, 17:00:00\u00a0(UTC+8)").never("(UTC)")
	p.get("/registry/audit?from=2099-01-01").want(200, "No act matches")
	p.get("/registry/audit").want(200)
	p.get(p.find(`rel="next" href="([^"]+)"`)).want(200, "← Previous")
	p.post("/registry/audit/export", "format", "csv", "action", "class.approve").want(200, "class.approve").never("credential.issue")
	own := w.signIn(t, demo.TrainerEmail)
	own.get("/registry/audit").want(200, "You see your own acts here").never("Chain intact")
	own.post("/registry/audit/check").want(403)
	w.signIn(t, demo.HospitalEmail).get("/registry/audit").want(403)

	w.clock.Set(time.Date(2026, 11, 21, 20, 30, 0, 0, time.UTC)) // the next day where the federation is
	late := w.signIn(t, demo.FederationEmail)
	late.post("/registry/audit/export", "format", "csv", "action", "class.approve").want(200)
	late.get("/registry/audit?action=export.audit&from=2026-11-22&until=2026-11-22").want(200, "22\u00a0November 2026, 04:30:00\u00a0(UTC+8)").never("No act matches", "17:00:00")
	late.get("/registry/audit?action=export.audit&from=2026-11-21&until=2026-11-21").want(200, "21\u00a0November 2026, 17:00:00\u00a0(UTC+8)")
}

func TestTheLookOfTheRegisters(t *testing.T) {
	w := newWorld(t)
	one := w.credentials(registry.StatusValid)[0]
	first, second := w.twin(one)
	must(0, func() error { _, _, err := w.db.ChainAudit(t.Context()); return err }())
	keep := "/registry/people/" + string(first.ID)
	look(t, w.signIn(t, demo.FederationEmail), []view{{"people", "/registry/people"}, {"people_nomatch", "/registry/people?q=zzzz"}, {"twins", "/registry/people/duplicates"},
		{"person", keep}, {"merge", keep + "/merge?with=" + string(second.ID)}, {"audit", "/registry/audit"}, {"credentials", "/registry/credentials"}, {"credential", page(one)}})
}
