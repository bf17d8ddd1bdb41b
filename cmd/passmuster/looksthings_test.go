package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/intake"
	"github.com/passmuster/passmuster/internal/issue"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/report"
	"github.com/passmuster/passmuster/internal/share"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/testkit/world"
	"github.com/passmuster/passmuster/internal/training"
)

// scene is what the pages are about: the names in braces of their addresses.
type scene struct {
	*building
	names []string // {name}, value, …
	made  int      // people
}

func (s *scene) name(name, value string) { s.names = append(s.names, "{"+name+"}", value) }

// furnish plants a thing of each kind that a page shows.
func (b *building) furnish() *strings.Replacer {
	b.t.Helper()
	// It is the next morning in Shijiazhuang, a class is being taught, and time
	// stands still, so that codes on screens last.
	b.a.clock.Set(b.a.clock.Now().UTC().Truncate(24 * time.Hour).Add(26*time.Hour + 20*time.Minute))
	s := &scene{building: b}
	s.name("origin", b.a.origin)
	s.classes()
	s.joining()
	s.holders()
	s.imports()
	s.runs()
	s.people()
	s.registers()
	s.reports()
	s.erasures()
	_, _, err := b.a.db.ChainAudit(b.t.Context())
	b.must(err)
	return strings.NewReplacer(s.names...)
}

// leaveUnsent marks somebody while nothing can be sent, and signs out: the page
// asks what becomes of the mark. Nothing is left for the pages after it.
const leaveUnsent = `{ window.fetch = () => new Promise(() => {});
	document.querySelectorAll("main [data-cycle]")[3].click();
	const step = async () => {
		const base = await new Promise((done) => { const r = indexedDB.open("passmuster-recorder"); r.onsuccess = () => done(r.result); });
		const acts = (mode) => base.transaction("acts", mode).objectStore("acts");
		const count = () => new Promise((done) => { const r = acts("readonly").count(); r.onsuccess = () => done(r.result); });
		while (!await count()) await new Promise((done) => setTimeout(done, 50));
		document.querySelector('form[action="/signout"]').requestSubmit();
		while (!document.getElementById("leaving")) await new Promise((done) => setTimeout(done, 50));
		acts("readwrite").clear();
		window.before = false;
	};
	step(); }`

func (s *scene) by(email string) registry.Actor { return s.byEmail(email).Actor() }

// class is one of today's, which is being taught, or of some days ago.
func (s *scene) class(capacity, daysAgo int) registry.Class {
	s.t.Helper()
	trainer := s.by(trainerSees)
	zone, err := time.LoadLocation("Asia/Shanghai")
	s.must(err)
	today := registry.DateOf(s.a.clock.Now().In(zone))
	day := today.AddDays(-daysAgo)
	c, err := s.a.training.CreateClass(s.t.Context(), trainer, training.ClassInput{Course: "CPR1", Base: "SJZ", Venue: "二号楼 305 DEMO", Setting: "hospital", Languages: []string{"zh", "en"}, Capacity: capacity,
		RatioReason: "three rooms, one after the other DEMO", Sessions: []registry.Session{{On: day, From: "09:00", To: "12:00", Minutes: 180, Practical: true}},
		Trainers: []registry.ClassTrainer{{Person: trainer.Person, Role: "lead"}}})
	s.must(err)
	s.name("today", today.String())
	return c
}

// longNames come first on every list.
var longNames = []string{"阿卜杜热西提·阿布都克里木·麦麦提明江", "Александрова-Преображенская Екатерина Константиновна", "Fatima-Zahra El Idrissi Boutaleb", "欧阳娜娜"}

// enrol puts people into the class, with results or none.
func (s *scene) enrol(c registry.Class, n int, results bool) []training.Member {
	s.t.Helper()
	rows := make([]intake.Row, n)
	for i := range rows {
		s.made++
		rows[i] = world.Row(5000 + s.made)
		rows[i].Line = i + 2
		if rows[i].Name = world.Name(i); i < len(longNames) {
			rows[i].Name = longNames[i]
		}
		if !results {
			rows[i].Theory, rows[i].Skills = nil, nil
		}
	}
	_, _, err := s.a.training.Enrol(s.t.Context(), s.by(trainerSees), c.ID, rows, training.EnrolOptions{Source: "import", Results: results, Statement: "I saw each person do it. DEMO"})
	s.must(err)
	view, err := s.a.training.Class(s.t.Context(), s.by(trainerSees), c.ID)
	s.must(err)
	if len(view.Members) != n {
		s.t.Fatalf("%d people are in the class, want %d", len(view.Members), n)
	}
	return view.Members
}

// classes makes one of thirty people half recorded, one that waits for approval
// and one that was sent back.
func (s *scene) classes() {
	ctx, trainer := s.t.Context(), s.by(trainerSees)
	full := s.class(30, 0)
	members := s.enrol(full, 30, false)
	s.record(full.ID, members)
	view, err := s.a.training.Class(ctx, trainer, full.ID)
	s.must(err)
	items := view.Course.Skills.Items
	station, err := s.a.training.OpenStation(ctx, trainer, full.ID, "Table 1 DEMO", []string{items[0].Code, items[1].Code})
	s.must(err)
	s.name("full", string(full.ID))
	s.name("station", string(station.ID))

	waiting := s.class(0, 1)
	s.enrol(waiting, 9, true)
	_, err = s.a.training.Submit(ctx, trainer, waiting.ID)
	s.must(err)
	s.name("waiting", string(waiting.ID))

	returned := s.class(0, 1)
	s.enrol(returned, 6, true)
	returned, err = s.a.training.Submit(ctx, trainer, returned.ID)
	s.must(err)
	_, err = s.a.issue.Return(ctx, s.by(approverSees), returned.ID, "DEMO: 请核对第 3 位学员的姓名", nil, returned.Version)
	s.must(err)
	s.name("returned", string(returned.ID))
}

// record marks most of the class: two came late or not at all, ten have no score
// yet, one failed a step.
func (s *scene) record(class registry.ID, members []training.Member) {
	var marks []training.AttendanceInput
	var results []training.ResultInput
	passed := true
	for i, m := range members {
		mark := training.AttendanceInput{Enrolment: m.Enrolment.ID, State: registry.Present}
		switch i {
		case 4:
			mark.State = registry.Late
		case 7:
			mark.State = registry.Absent
		}
		marks = append(marks, mark)
		if i < 20 && mark.State != registry.Absent {
			score := 72 + i
			results = append(results, training.ResultInput{Enrolment: m.Enrolment.ID, Kind: registry.Theory, Score: &score})
		}
		if i < 8 && mark.State != registry.Absent {
			results = append(results, training.ResultInput{Enrolment: m.Enrolment.ID, Kind: registry.Skills, Passed: &passed, Statement: "I saw each person do it. DEMO"})
		}
	}
	_, err := s.a.training.RecordAttendance(s.t.Context(), s.by(trainerSees), class, marks)
	s.must(err)
	_, err = s.a.training.RecordResults(s.t.Context(), s.by(trainerSees), class, results)
	s.must(err)
}

// joining makes a class whose door is open and one whose door is shut.
func (s *scene) joining() {
	ctx, trainer := s.t.Context(), s.by(trainerSees)
	shut := s.class(0, 0)
	view, err := s.a.training.OpenJoin(ctx, trainer, shut.ID)
	s.must(err)
	_, err = s.a.training.CloseJoin(ctx, trainer, shut.ID)
	s.must(err)
	s.name("closed", string(shut.ID))
	s.name("shut", view.Code)

	room := s.class(0, 0)
	view, err = s.a.training.OpenJoin(ctx, trainer, room.ID)
	s.must(err)
	s.name("room", string(room.ID))
	s.name("code", view.Code)
	for i, name := range []string{"张伟 DEMO", "欧阳娜 DEMO", "阿卜杜热西提·阿布都克里木·麦麦提明江", "Семёнов Пётр Ильич DEMO", "Fatima-Zahra El Idrissi Boutaleb", "张伟 DEMO"} {
		entered, err := s.a.training.EnterJoin(ctx, view.Code)
		s.must(err)
		agreed, _ := s.a.training.PrintedName(name)
		joined, err := s.a.training.JoinSelf(ctx, training.Pass{Ticket: entered.Ticket}, training.SelfInput{Key: fmt.Sprintf("a key of the form %08d", i), Name: name, IDType: "volunteer",
			ID: fmt.Sprintf("DEMO-%06d", 7000+i), Phone: fmt.Sprintf("1380000%04d", i), Lang: "zh", Other: i == 5, Agreed: agreed})
		s.must(err)
		if i == 0 {
			s.name("joined", joined.Token)
		}
	}
	slips, err := s.a.documents().MakeSlips(ctx, trainer, room.ID, 3)
	s.must(err)
	s.name("slip", s.a.ring.IDHash("claim-slip", string(slips[0].ID))[:24])
}

// holders names the demonstration's certificates and the private pages of some.
func (s *scene) holders() {
	ctx, approver := s.t.Context(), s.by(approverSees)
	sum, err := loadSummary(filepath.Join(s.a.settings.Data, "demo.json"))
	s.must(err)
	credentials := map[registry.Status]registry.Credential{}
	for status, links := range sum.Links {
		s.name(string(status), code(links[0]))
		credentials[status], err = s.a.issue.ByCode(ctx, registry.Code(strings.ReplaceAll(code(links[0]), "-", "")))
		s.must(err)
	}
	one, _, err := s.a.issue.Credential(ctx, approver, sum.Number)
	s.must(err)
	holder := code(sum.Holder)
	s.name("number", string(one.Number))
	s.name("issued", string(one.Class))
	s.name("holder", holder)
	s.name("suspended number", string(credentials[registry.StatusSuspended].Number))
	s.name("replaced number", string(credentials[registry.StatusSuperseded].Number))

	list, err := s.a.issue.OfClass(ctx, approver, one.Class)
	s.must(err)
	denied := list[len(list)-1]
	token := access.HolderToken(s.a.ring, denied.Enrolment, 1)
	_, err = s.a.issue.Confirm(ctx, token, registry.NotMe)
	s.must(err)
	s.name("denied", token)
	s.name("denied number", string(denied.Number))

	shares := &share.Service{DB: s.a.db, Keys: s.a.ring, Now: s.a.clock.Now, Origin: s.url}
	gone, err := shares.Make(ctx, holder, 30)
	s.must(err)
	s.must(shares.Revoke(ctx, holder, gone.ID))
	shown, err := shares.Make(ctx, holder, 90)
	s.must(err)
	s.name("gone", string(gone.Code))
	s.name("share", string(shown.Code))
}

// imports brings a list with faults, and one whose columns nobody knows.
func (s *scene) imports() {
	class := s.class(0, 0)
	list := "姓名,证件类型,证件号码,理论笔试成绩\n李娜 DEMO,其他,DEMO-777002,88\n,其他,DEMO-777003,90\n王芳 DEMO,身份证,1.30102E+17,91\n陈静 DEMO,身份证,130102199005171234,92\n赵强 DEMO,其他,DEMO-777006,101\n李娜 DEMO,其他,DEMO-777002,88\n扎西•顿珠 DEMO,其他,DEMO-777008,85\n"
	faulty, err := s.a.training.StoreImport(s.t.Context(), s.by(trainerSees), class.ID, "名单 DEMO.csv", []byte(list), nil)
	s.must(err)
	foreign, err := s.a.training.UploadImport(s.t.Context(), s.by(trainerSees), class.ID, "cursisten DEMO.csv", []byte("Kursist;Pas;Kost;理论笔试成绩;手机\n张三 DEMO;99999919880229013X;vega;90;13800000000\n"))
	s.must(err)
	s.name("import", string(faulty.Import.ID))
	s.name("foreign", string(foreign.Import.ID))
}

// runs writes how far three jobs are.
func (s *scene) runs() {
	approver, now := s.by(approverSees), s.a.clock.Now()
	sum, err := loadSummary(filepath.Join(s.a.settings.Data, "demo.json"))
	s.must(err)
	of, _, err := s.a.issue.Credential(s.t.Context(), approver, sum.Number)
	s.must(err)
	s.must(s.a.db.Tx(s.t.Context(), func(tx *store.Tx) error {
		for _, r := range []store.Run{{Status: "running", Done: 128}, {Status: "done", Done: 300}, {Status: "failed", Done: 298, Failed: 2, Message: "run.failed"}} {
			r.ID, r.Kind, r.Object, r.Org, r.Total, r.CreatedBy = store.NewID(), "issue.class", of.Class, of.Org, 300, approver.Account
			r.CreatedAt, r.UpdatedAt = now.Add(-time.Minute), now
			if err := tx.AddRun(s.t.Context(), r); err != nil {
				return err
			}
			s.name(r.Status, string(r.ID))
			if r.Failed == 0 {
				continue
			}
			failures := []store.RunFailure{{Credential: of.ID, Number: of.Number, Name: "阿卜杜热西提·阿布都克里木·麦麦提明江", Position: 3, Code: "run.failed"}}
			if err := tx.Audit(s.t.Context(), store.Act{Actor: "system", Action: "demo.run", ObjectType: "run", Object: r.ID, Org: of.Org, At: now}); err != nil {
				return err
			}
			if err := tx.PutRunFailures(s.t.Context(), r.ID, failures); err != nil {
				return err
			}
		}
		return nil
	}))
}

// people makes a second record of a holder, as an import without the full id
// would.
func (s *scene) people() {
	ctx, class := s.t.Context(), s.class(0, 0)
	sum, err := loadSummary(filepath.Join(s.a.settings.Data, "demo.json"))
	s.must(err)
	of, _, err := s.a.issue.Credential(ctx, s.by(approverSees), sum.Number)
	s.must(err)
	s.must(s.a.db.Tx(ctx, func(tx *store.Tx) error {
		first, err := tx.Person(ctx, of.Person)
		if err != nil {
			return err
		}
		first.IDLast4 = "4321"
		if first, err = tx.SavePerson(ctx, first); err != nil {
			return err
		}
		second := registry.Person{ID: store.NewID(), Name: first.Name, IDLast4: "4321", Phone: "13800001234", Demo: true, Version: 1}
		if err := tx.AddPerson(ctx, second); err != nil {
			return err
		}
		s.name("first", string(first.ID))
		s.name("second", string(second.ID))
		if err := tx.Audit(ctx, store.Act{Actor: "system", Action: "demo.second_record", ObjectType: "person", Object: second.ID, Org: of.Org, At: s.a.clock.Now()}); err != nil {
			return err
		}
		return tx.AddEnrolment(ctx, registry.Enrolment{ID: store.NewID(), Class: class.ID, Person: second.ID, Position: 1, Name: second.Name, IDLast4: "4321", Source: "manual", Status: registry.Enrolled, Version: 1}, "")
	}))
	list, err := s.a.issue.OfClass(ctx, s.by(approverSees), of.Class)
	s.must(err)
	s.papers(class.ID, list[1].Person, "one paper", "another paper", 2)
	keep, gone := s.papers(class.ID, list[2].Person, "kept", "merged", 3)
	_, err = s.a.training.AskMerge(ctx, s.by(approverSees), training.MergeInput{Keep: keep.ID, Gone: gone.ID, KeepVersion: keep.Version, GoneVersion: gone.Version, Reason: "同一人：护照和身份证都看过了。DEMO"})
	s.must(err)
}

// papers makes a second record of somebody who came with another document.
func (s *scene) papers(class, person registry.ID, first, second string, position int) (keep, gone registry.Person) {
	ctx := s.t.Context()
	s.must(s.a.db.Tx(ctx, func(tx *store.Tx) (err error) {
		if keep, err = tx.Person(ctx, person); err != nil {
			return err
		}
		gone = registry.Person{ID: store.NewID(), Name: keep.Name, NameKey: keep.NameKey, IDType: "passport", IDLast4: "88K2", IDHash: "DEMO " + first, Phone: keep.Phone, Demo: true, Version: 1}
		if err := tx.AddPerson(ctx, gone); err != nil {
			return err
		}
		if err := tx.Audit(ctx, store.Act{Actor: "system", Action: "demo.second_record", ObjectType: "person", Object: gone.ID, At: s.a.clock.Now()}); err != nil {
			return err
		}
		return tx.AddEnrolment(ctx, registry.Enrolment{ID: store.NewID(), Class: class, Person: gone.ID, Position: position, Name: gone.Name, IDLast4: "88K2", Source: "manual", Status: registry.Enrolled, Version: 1}, "")
	}))
	s.name(first, string(keep.ID))
	s.name(second, string(gone.ID))
	return keep, gone
}

// registers makes drafts, invitations, and a federation that has nothing yet.
func (s *scene) registers() {
	ctx, federation := s.t.Context(), s.by(federationSees)
	draft, err := s.a.accredit.NewVersion(ctx, federation, "CPR1")
	s.must(err)
	s.name("draft", strconv.Itoa(draft.Version))
	s.name("trainer", string(s.by(trainerSees).Person))
	s.name("user", string(s.by(approverSees).Account))

	invite := func(name string) (registry.ID, string) {
		link, err := s.a.auth.Invite(ctx, federation, registry.Invitation{Role: registry.RoleHospital, Org: s.paths["SJZ-H"][0], Name: name})
		s.must(err)
		return link.ID, link.Token
	}
	id, token := invite("DEMO 王建华")
	s.name("invitation", string(id))
	s.name("invited", token)
	id, token = invite("DEMO 刘洋")
	s.must(s.a.auth.WithdrawInvitation(ctx, federation, id))
	s.name("withdrawn", token)

	list, err := s.a.accredit.StoreList(ctx, federation, "organizations", "orgs DEMO.csv", []byte("Code,Parent code,Type,Name in English\r\nNEW-A,CVF,branch,First DEMO\r\nbad code,CVF,branch,Third DEMO\r\nNEW-D,CVF,zoo,Odd DEMO\r\n"))
	s.must(err)
	s.name("list", string(list.ID))

	org, err := s.a.accredit.AddOrganization(ctx, access.System, registry.Organization{Code: "EXF", Type: registry.OrgFederation, TZ: "Asia/Shanghai", SchemeOwner: true,
		Name: registry.Text{"en": "Example Federation DEMO", "zh": "示例联合会（演示）", "ru": "Пример федерации DEMO"}})
	s.must(err)
	s.must(s.a.db.Tx(ctx, func(tx *store.Tx) error {
		p := registry.Person{ID: store.NewID(), Name: "Ada Example DEMO", NameKey: registry.NameKey("Ada Example DEMO"), Demo: true, Version: 1}
		if err := tx.AddPerson(ctx, p); err != nil {
			return err
		}
		var grants []registry.Grant
		for _, role := range []registry.Role{registry.RoleFederation, registry.RoleTrainer, registry.RoleApprover} {
			grants = append(grants, registry.Grant{Role: role, Org: org.ID})
		}
		_, err := s.a.auth.Create(ctx, tx, access.System, registry.Account{Email: newcomerSees, Name: p.Name, Person: p.ID, Grants: grants}, s.password)
		return err
	}))
}

// send is a script that fills in a form as somebody without a script would, and
// sends it. The form is the one whose address ends, or as a whole is, action; a
// selector may follow.
func send(action string, fields ...string) string {
	end, more, _ := strings.Cut(action, ":")
	if more != "" {
		more = ":" + more
	}
	return fill(fmt.Sprintf(`main form[action*=%q]%s`, end, more), fields...)
}

func fill(form string, fields ...string) string {
	values := map[string]string{}
	for i := 0; i+1 < len(fields); i += 2 {
		values[fields[i]] = fields[i+1]
	}
	b, _ := json.Marshal(values)
	quoted, _ := json.Marshal(form)
	return fmt.Sprintf(`{ const form = document.querySelector(%s); const values = %s;
		for (const name in values) { if (form.elements[name]) form.elements[name].value = values[name]; }
		HTMLFormElement.prototype.submit.call(form); }`, quoted, b)
}

// sendFirst gives a value to the first field whose name begins so.
func sendFirst(action, prefix, v string) string {
	return fmt.Sprintf(`{ const form = document.querySelector('main form[action$=%q]'); form.querySelector('[name^=%q]').value = %q; HTMLFormElement.prototype.submit.call(form); }`, action, prefix, v)
}

// press presses the button that sends its form elsewhere.
func press(action string) string {
	return fmt.Sprintf(`{ const b = document.querySelector('main button[formaction$=%q]'); b.form.noValidate = true; b.form.requestSubmit(b); }`, action)
}

// attach sends a file as somebody without a script would.
func attach(name, kind, content string) string {
	return fmt.Sprintf(`{ const data = new DataTransfer(); data.items.add(new File([%q], %q, {type: %q})); const form = document.querySelector("form[data-file]");
		form.querySelector("input[type=file]").files = data.files; HTMLFormElement.prototype.submit.call(form); }`, content, name, kind)
}

// dropped drops the file at an address, with something added to it, on the page.
func dropped(path string, added string) string {
	return fmt.Sprintf(`fetch(%q).then((answer) => answer.blob()).then((file) => { const data = new DataTransfer();
		data.items.add(new File([file, %q], "DEMO.pdf", {type: "application/pdf"}));
		document.body.dispatchEvent(new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true})); })`, path, added)
}

// reports are problems that people told of: one waits, one was answered.
func (s *scene) reports() {
	ctx, approver := s.t.Context(), s.by(approverSees)
	file := func(kind registry.ReportKind, text string) string {
		token, err := s.a.report.File(ctx, report.Filed{About: strings.NewReplacer(s.names...).Replace("{valid}"), Kind: kind, Text: text, Contact: "+86 311 0000 0000", Lang: "zh"})
		s.must(err)
		return token
	}
	done := file(registry.ReportData, "证书上的姓名少了一个字。DEMO")
	list, err := s.a.report.Reports(ctx, approver, store.ReportFilter{})
	s.must(err)
	_, err = s.a.report.Answer(ctx, approver, list[0].ID, registry.ReportCorrected, "已核对证件并换发新证书。DEMO")
	s.must(err)
	s.name("answered report", done)
	s.name("report", file(registry.ReportPaper, "纸质证书上写的是“救护员”，网页显示的是“心肺复苏与AED”。DEMO"))
	list, err = s.a.report.Reports(ctx, approver, store.ReportFilter{})
	s.must(err)
	s.name("report id", string(list[0].ID))
}

// erasures are holders who want to be erased: one waits for an answer, one was
// declined, one waits for the second person, one is gone.
func (s *scene) erasures() {
	ctx, approver, second := s.t.Context(), s.by(approverSees), s.by(secondSees)
	class := s.class(0, 1)
	s.enrol(class, 5, true)
	class, err := s.a.training.Submit(ctx, s.by(trainerSees), class.ID)
	s.must(err)
	out, err := s.a.issue.Approve(ctx, approver, class.ID, issue.ApproveInput{})
	s.must(err)
	token := func(c registry.Credential) string { return access.HolderToken(s.a.ring, c.Enrolment, 1) }
	asks, declined, erasing, erased := out.Credentials[0], out.Credentials[1], out.Credentials[2], out.Credentials[3]
	for _, c := range []registry.Credential{declined, asks} {
		_, _, err := s.a.report.AskErasure(ctx, token(c), "我已搬到外地，不再参加服务。DEMO", "zh")
		s.must(err)
		list, err := s.a.report.Reports(ctx, approver, store.ReportFilter{})
		s.must(err)
		for _, e := range list {
			if e.Credential == declined.ID {
				_, err := s.a.report.Answer(ctx, approver, e.ID, registry.ReportDeclined, "营地仍在进行事故调查，结案后请再次申请。DEMO")
				s.must(err)
			} else if e.Credential == asks.ID {
				s.name("wish id", string(e.ID))
			}
		}
	}
	_, err = s.a.lifecycle.Erase(ctx, approver, erasing.Number, false, "本人来电 DEMO")
	s.must(err)
	for _, by := range []registry.Actor{approver, second} {
		_, err = s.a.lifecycle.Erase(ctx, by, erased.Number, false, "")
		s.must(err)
	}
	s.name("asks", token(asks))
	s.name("asks number", string(asks.Number))
	s.name("declined", token(declined))
	s.name("erasing number", string(erasing.Number))
	s.name("erased", token(erased))
	s.name("erased number", string(erased.Number))
}
