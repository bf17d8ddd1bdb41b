package web_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/demo"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// federation plants a federation of its own beside the demonstration, as
// "passmuster init" does, and signs its administrator in.
func (w *world) federation(t testing.TB) *person {
	t.Helper()
	org := must(w.s.Accredit.AddOrganization(t.Context(), access.System, registry.Organization{Code: "EXF", Type: registry.OrgFederation,
		Name: registry.Text{"en": "Example Federation DEMO", "zh": "示例联合会（演示）", "ru": "Пример федерации DEMO"}, TZ: "Asia/Shanghai", SchemeOwner: true}))
	must(0, w.db.Tx(t.Context(), func(tx *store.Tx) error {
		p := registry.Person{ID: store.NewID(), Name: "Ada Example DEMO", NameKey: registry.NameKey("Ada Example DEMO"), Version: 1}
		if err := tx.AddPerson(t.Context(), p); err != nil {
			return err
		}
		_, err := w.s.Auth.Create(t.Context(), tx, access.System, registry.Account{Email: "ada@demo.example", Name: p.Name, Person: p.ID,
			Grants: []registry.Grant{{Role: registry.RoleFederation, Org: org.ID}}}, password)
		return err
	}))
	return w.signIn(t, "ada@demo.example")
}

// accept uses the invitation that the page shows, as somebody new.
func (w *world) accept(t testing.TB, from *person, name, email string) *person {
	t.Helper()
	link := from.find(regexp.QuoteMeta(w.url) + `(/invite/[0-9A-Za-z_-]{32})`)
	q := w.visitor(t).get(link).want(200, "You are invited")
	q.post(link, "name", name, "email", email, "password", "short").want(422, "10 to 200 characters")
	q.post(link, "name", name, "email", email, "password", password).want(200, "Welcome, "+name)
	w.visitor(t).get(link).want(409, "was used already")
	return q
}

// A federation starts with nothing: it takes courses, opens a base, and people
// come in by links; nobody needs an API, a mail server or the command line.
func TestAFederationStartsByPagesAlone(t *testing.T) {
	w := newWorld(t)
	ada := w.federation(t)
	ada.get("/t/classes/new").want(200, "There is no base yet", `href="/registry/bases/open"`)
	ada.get("/registry").want(200, "Getting started", "Take the courses", "Open the first base")
	ada.get("/registry/courses").want(200, "There is no course yet", "/registry/courses/starter")

	// The demonstration's federations have taken every code, which are unique; the
	// catalogue says so instead of failing half-way.
	ada.post("/registry/courses/starter", "org", "EXF").want(200)

	// One form: organization, base, and the manager's invitation.
	form := ada.get("/registry/bases/open").want(200, "Open a base").form("/registry/bases/open")
	form.Set("org_name_en", "Example Hospital DEMO")
	form.Set("org_code", "EX-H")
	form.Set("code", "toolongcode")
	ada.postForm("/registry/bases/open", form).want(422, "Use 2 to 6 of the letters", "Example Hospital DEMO")
	if _, err := w.s.Accredit.View(t.Context(), registry.Actor{}); err == nil {
		t.Error("nobody reads the registers")
	}
	form.Set("code", "EXH")
	form.Set("manager", "Max Manager DEMO")
	form.Set("signer", "Grace Example DEMO")
	form.Set("signer_title", "Director")
	ada.postForm("/registry/bases/open", form).want(200, "Base EXH is open", "Max Manager DEMO", "Text to send")
	again := ada.path
	ada.postForm("/registry/bases/open", form).want(200) // sent twice: one base, one invitation
	if ada.path != again {
		t.Errorf("the form sent twice led to %s and %s", again, ada.path)
	}
	ada.get("/t/classes/new").want(200, "There is no course in use that your bases may hold", `href="/registry/courses"`).never("<form method=\"get\" action=\"/t/classes/new\"")
	max := w.accept(t, ada.get(again), "Max Manager DEMO", "max@demo.example")
	max.get("/t/classes/new").want(200, "There is no course in use that your bases may hold", "These can help", "Ada").never("<select")
	max.get("/registry/bases/EXH").want(200, "Max Manager DEMO", "you").never("Invite the manager first")
	w.visitor(t).get("/invite/"+strings.Repeat("a", 32)).want(404, "This link does not work", "Ask whoever invited you for a new one").never(`name="code"`)
	ada.get("/a/ask/"+strings.Repeat("a", 40)).want(404, "This link does not work", "Ask whoever submitted the class for a new one").never(`name="code"`)

	// The manager invites a trainer, and nobody above himself.
	max.get("/registry/invitations/new").want(200, "Trainer").never(`value="approver"`, `value="federation"`)
	max.post("/registry/invitations", "role", "approver", "org", "EX-H").want(403, "may not give")
	max.post("/registry/invitations", "role", "trainer", "org", "SJZ-H").want(422, "no such organization")
	max.post("/registry/invitations", "role", "trainer", "org", "EX-H", "name", "Tom Trainer DEMO").want(200, "Text to send")
	tom := w.accept(t, max, "Tom Trainer DEMO", "tom@demo.example")
	if !strings.HasPrefix(tom.path, "/t") {
		t.Errorf("the trainer arrives at %s", tom.path)
	}
	tom.get("/registry/users").want(403)
	tom.get("/registry/bases/open").want(403)

	// A course of its own, with a skills sheet, by forms.
	course := ada.get("/registry/courses/new").form("/registry/courses")
	for k, v := range map[string]string{"code": "EXC1", "title_en": "Example course", "minutes": "180", "practical_minutes": "90"} {
		course.Set(k, v)
	}
	ada.postForm("/registry/courses", course).want(200, "Draft", "No skills assessment")
	sheet := ada.get("/registry/courses/EXC1/1/skills").want(200, "Step 3").form("/registry/courses/EXC1/1/skills")
	sheet.Set("en-0", "Checks the scene")
	sheet.Set("ru-0", "Проверяет место")
	sheet.Set("critical-0", "1")
	sheet.Set("en-2", "Calls for help")
	sheet.Set("others_pass", "2")
	ada.postForm("/registry/courses/EXC1/1/skills", sheet).want(422, "More of the other steps are asked for", "Checks the scene")
	sheet.Set("others_pass", "1")
	ada.postForm("/registry/courses/EXC1/1/skills", sheet).want(200, "1. Checks the scene", "2. Calls for help")
	edition := ada.find(`name="edition" value="(\d+)"`)
	ada.post("/registry/courses/EXC1/1/state", "to", "active", "edition", edition).want(200, "In use")
	ada.get("/registry/courses/EXC1/1/edit").want(409, "is no draft")
	ada.post("/registry/courses/EXC1/versions").want(200, "Draft", "Version 2")

	// The trainer is accredited, and may then hold the class.
	who := ada.get("/registry/trainers?state=none").want(200, "Tom Trainer DEMO", "Not accredited yet").find(`href="/registry/trainers/([0-9a-f-]{36})"`)
	ada.post("/registry/trainers", "person", who, "courses", "EXC1", "level", "lead", "from", "2026-01-01", "org", "EXF").want(200, "Tom Trainer DEMO", "0 of 4 classes")
	ada.post("/registry/trainers", "person", who, "courses", "EXC1", "level", "lead", "from", "2026-01-01", "org", "EXF").want(409, "accredited for EXC1 already")
	tom.get("/t/classes/new?course=EXC1&base=EXH&on=2026-11-28").want(200, "Tom Trainer DEMO")
	ada.get("/registry").want(200).never("Getting started")

	// A suspension shows at once; the base holds no class then.
	version := ada.get("/registry/bases/EXH").find(`name="version" value="(\d+)"`)
	ada.post("/registry/bases/EXH/state", "version", version, "to", "suspended").want(200, "Suspended")
	ada.post("/registry/bases/EXH/state", "version", version, "to", "accredited").want(412)
	ada.get("/registry/bases?state=suspended").want(200, "Example Hospital DEMO")
	max.post("/registry/bases/EXH/state", "version", "2", "to", "accredited").want(403)

	var acts []string
	must(0, w.db.Read(t.Context(), func(tx *store.Tx) error {
		list, err := tx.AuditEntries(t.Context(), store.AuditFilter{AllOrgs: true, Limit: 400})
		for _, e := range list {
			acts = append(acts, e.Action)
			if strings.HasSuffix(e.Action, ".edit") && (e.BeforeSHA == "" || e.AfterSHA == "") {
				t.Errorf("%s has no before or after", e.Action)
			}
		}
		return err
	}))
	for _, want := range []string{"organization.add", "base.add", "invitation.make", "invitation.use", "account.create", "course.add", "course.edit", "course.active", "trainer.accredit", "base.suspended"} {
		if !strings.Contains(" "+strings.Join(acts, " ")+" ", " "+want+" ") {
			t.Errorf("the audit trail has no %s", want)
		}
	}
}

func TestRolesAreGivenAndTakenWithinOnesReach(t *testing.T) {
	w := newWorld(t)
	ada, fed := w.federation(t), w.signIn(t, demo.FederationEmail)
	user := fed.get("/registry/users?q="+demo.TrainerEmail).want(200, demo.TrainerEmail).find(`href="(/registry/users/[0-9a-f-]{36})"`)
	ada.get(user).want(404)
	ada.post(user+"/state", "to", "disabled").want(404)
	own := fed.get("/registry/users?q=" + demo.FederationEmail).find(`href="(/registry/users/[0-9a-f-]{36})"`)
	fed.get(own).want(200, "your own account")
	fed.post(own+"/grant", "role", "approver", "org", "CVF").want(409, "cannot change your own account")

	fed.post(user+"/grant", "role", "coordinator", "org", "SJZ-H").want(200, "Class coordinator")
	fed.post(user+"/withdraw", "role", "coordinator", "org", "SJZ-H").want(200).never(">Class coordinator, ")
	trainer := w.signIn(t, demo.TrainerEmail)
	fed.post(user+"/password").want(200, "new password")
	link := fed.find(regexp.QuoteMeta(w.url) + `(/invite/[0-9A-Za-z_-]{32})`)
	q := w.visitor(t)
	q.get(link).want(200, "Set a new password", demo.TrainerEmail)
	q.post(link, "password", "another horse battery").want(200, "Welcome")
	trainer.get("/t")
	if !strings.HasPrefix(trainer.path, "/signin") {
		t.Error("a session of the old password goes on")
	}
	q.get("/t").want(200)
	fed.post(user+"/state", "to", "disabled").want(200, "Disabled")
	q.get("/t")
	if !strings.HasPrefix(q.path, "/signin") {
		t.Error("a disabled account goes on")
	}
	fed.post(user+"/password").want(409, "disabled")
	fed.post(user+"/state", "to", "active").want(200, "Active")
}

// partners makes a list of n organizations without codes.
func partners(n int) []byte {
	var b bytes.Buffer
	b.WriteString("\ufeffType,Name in English,Name in Russian,Region\r\n")
	for i := range n {
		fmt.Fprintf(&b, "Company,Partner %d DEMO,Партнёр %d DEMO,RU\r\n", i+1, i+1)
	}
	return b.Bytes()
}

// The largest movement of the sources has 9,402 partners.
func TestThousandsOfPartnersAreTakenOnce(t *testing.T) {
	const n = 9402
	w := newWorld(t)
	ada := w.federation(t)
	for i, created := range []string{"9,402", "0"} {
		ada.upload("/registry/imports?kind=organizations", "partners.csv", partners(n)).want(200, "To create")
		if got := ada.find(`To create</dt><dd>([0-9,]+)`); got != created {
			t.Fatalf("upload %d would create %s, want %s", i+1, got, created)
		}
		ada.post(ada.path+"/commit").want(200, "Created: "+created)
	}
	ada.get("/registry/organizations?q=Partner+9402").want(200, "Partner 9402 DEMO", "1 organization").never("Partner 9401 DEMO")
	ada.get("/registry/organizations?type=company").want(200, "9,402 organizations", "type=company")
	if len(ada.body) > 120<<10 {
		t.Errorf("a page of the register has %d bytes", len(ada.body))
	}
	next := ada.find(`rel="next" href="([^"]+)"`)
	ada.get(strings.ReplaceAll(next, "&amp;", "&")).want(200, "9,402 organizations", `rel="prev"`)
	if !strings.Contains(ada.path, "type=company") {
		t.Errorf("the next page forgets the filter: %s", ada.path)
	}
}

func TestListsSayWhatIsWrongWithThem(t *testing.T) {
	w := newWorld(t)
	w.federation(t)
	fed := w.signIn(t, demo.FederationEmail)
	list := "机构代码,上级机构代码\r\nx,y\r\n"
	fed.upload("/registry/imports?kind=bases", "bases.csv", []byte(list)).want(422, "These columns are missing")
	list = "Code,Parent code,Type,Name in English\r\nNEW-B,NEW-A,branch,Second DEMO\r\nNEW-A,CVF,Отделение,First DEMO\r\nbad code,CVF,branch,Third DEMO\r\nNEW-C,EXF,branch,Foreign DEMO\r\nNEW-D,CVF,zoo,Odd DEMO\r\nNEW-E,CVF,branch,\r\nNEW-A,CVF,branch,First DEMO\r\n"
	fed.upload("/registry/imports?kind=organizations", "orgs.csv", []byte(list)).want(200, "5 rows need correcting", "“BAD CODE”", "“zoo” is not a known type", "has no name", "The same as row 3", "Take in 2 rows")
	at := fed.path
	fed.get(at + "/rejected.xlsx").want(200)
	fed.post(at+"/commit", "how", "all").want(409, "nothing was done")
	fed.post(at+"/commit", "how", "good").want(200, "Created: 2, updated: 0, unchanged: 0, left out: 5")
	fed.get("/registry/organizations/NEW-B").want(200, "Second DEMO", "First DEMO")

	list = "Name,E-mail,Course,Level,Valid until\r\nNina Newcomer DEMO,nina@demo.example,CPR1;FAR1,Lead,2028-01-31\r\nOtto Other DEMO,,NOPE,Lead,\r\n"
	fed.upload("/registry/imports?kind=trainers", "trainers.csv", []byte(list)).want(200, "1 row needs correcting")
	fed.post(fed.path+"/commit", "how", "good").want(200, "Created: 1")
	fed.upload("/registry/imports?kind=trainers", "trainers.csv", []byte(list)).want(200)
	fed.post(fed.path+"/commit", "how", "good").want(200, "Created: 0, updated: 0, unchanged: 1")
	list = "E-mail,Name,Role,Organization code\r\nnew@demo.example,New Manager DEMO,Base manager,SJZ-H\r\nbad,Bad DEMO,Trainer,SJZ-H\r\nfar@demo.example,Far DEMO,Trainer,EXF\r\n"
	fed.upload("/registry/imports?kind=accounts", "users.csv", []byte(list)).want(200, "2 rows need correcting")
	fed.post(fed.path+"/commit", "how", "good").want(200, "Created: 1")
	fed.get("/registry/invitations?state=open").want(200, "New Manager DEMO", "Base manager")
	fed.post("/registry/invitations/export", "state", "open", "format", "csv", "reason", "mail merge to the new people").want(200, w.url+"/invite/")
}

func TestExportsRunNoFormula(t *testing.T) {
	w := newWorld(t)
	ada := w.federation(t)
	for i, name := range []string{`=HYPERLINK("http://x")`, "+1+1", "-2+3", "@SUM(A1)"} {
		form := ada.get("/registry/organizations/new?under=EXF").form("/registry/organizations")
		form.Set("name_en", name)
		form.Set("code", fmt.Sprintf("EV-%d", i))
		ada.postForm("/registry/organizations", form).want(200)
	}
	ada.get("/registry/organizations?q=EV-&format=csv").want(200)
	rows := must(csv.NewReader(strings.NewReader(strings.TrimPrefix(ada.body, "\ufeff"))).ReadAll())
	if len(rows) != 5 {
		t.Fatalf("%d rows, want a heading and four: the filter holds for the file", len(rows))
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
				t.Errorf("the cell %q would be run", cell)
			}
		}
	}
	ada.get("/registry/organizations?q=EV-&format=xlsx").want(200)
	sent := []byte(ada.body)
	ada.upload("/registry/imports?kind=organizations", "back.xlsx", sent).want(200)
	ada.post(ada.path+"/commit").want(200, "Created: 0, updated: 0, unchanged: 4") // and comes back as it was
}

func TestRegistersAreForThoseWhoMay(t *testing.T) {
	w := newWorld(t)
	w.federation(t)
	hospital, trainer, approver := w.signIn(t, demo.HospitalEmail), w.signIn(t, demo.TrainerEmail), w.signIn(t, demo.ApproverEmail)
	for _, path := range []string{"/registry", "/registry/organizations", "/registry/bases", "/registry/courses", "/registry/trainers", "/registry/users", "/registry/invitations", "/registry/imports/new?kind=bases"} {
		hospital.get(path).want(403)
		w.visitor(t).get(path)
	}
	trainer.get("/registry/courses/CPR1").want(200, "Skills sheet").never("/skills\"", "Begin a draft")
	trainer.get("/registry/organizations/EXF").want(404)
	for _, tc := range []struct {
		path   string
		fields []string
	}{
		{"/registry/organizations", []string{"code", "X-1", "name_en", "X", "type", "branch", "tz", "UTC", "parent", "SJZ-H"}},
		{"/registry/organizations/SJZ-H", []string{"name_en", "X", "type", "branch", "tz", "UTC", "version", "1"}},
		{"/registry/bases/SJZ/state", []string{"to", "withdrawn", "version", "1"}}, {"/registry/courses/CPR1/versions", nil},
		{"/registry/courses/CPR1/3/state", []string{"to", "retired", "edition", "1"}},
		{"/registry/trainers", []string{"name", "X Y", "courses", "CPR1", "level", "lead", "from", "2026-01-01", "org", "SJZ-H"}},
		{"/registry/invitations", []string{"role", "trainer", "org", "SJZ-H"}},
	} {
		for who, p := range map[string]*person{"trainer": trainer, "approver": approver} {
			if p.post(tc.path, tc.fields...); p.status != http.StatusForbidden && p.status != http.StatusNotFound {
				t.Errorf("%s: %s: %d", who, tc.path, p.status)
			}
		}
	}
}

// A base says where it is and when it is open, and everybody reads it.
func TestABaseHasAnAddressAndHours(t *testing.T) {
	w := newWorld(t)
	fed := w.signIn(t, demo.FederationEmail)
	form := fed.get("/registry/bases/SJZ").want(200, "Opening hours", "Monday").form("/registry/bases/SJZ")
	for day := 1; day <= 5; day++ {
		form.Set("hours-"+strconv.Itoa(day), "8:00-16:30")
	}
	form.Set("hours-6", "soon")
	form.Set("address_zh", "建华南大街 365 号 DEMO")
	form.Set("address_en", "365 South Jianhua Street DEMO")
	fed.postForm("/registry/bases/SJZ", form).want(422, "“soon” are no opening hours", "365 South Jianhua Street DEMO", `value="8:00-16:30"`)
	form.Set("hours-6", "9-12，14—16")
	fed.postForm("/registry/bases/SJZ", form).want(200, "Mon–Fri 08:00–16:30", "Sat 09:00–12:00, 14:00–16:00", "365 South Jianhua Street DEMO")
	w.visitor(t).get("/bases/SJZ").want(200, "Mon–Fri 08:00–16:30", "Sun closed", "365 South Jianhua Street DEMO", "by the clock of the base")
	w.visitor(t).get("/bases/SJZ?lang=zh").want(200, "周一–周五 08:00–16:30", "建华南大街 365 号 DEMO")
	w.visitor(t).get("/bases/SJZ?lang=ru").want(200, "пн–пт 08:00–16:30", "вс закрыто")
}

// Lists with people's names leave only with a reason, and that is written down.
func TestListsOfStaffNeedAReason(t *testing.T) {
	w := newWorld(t)
	fed, trainer := w.signIn(t, demo.FederationEmail), w.signIn(t, demo.TrainerEmail)
	fed.post("/registry/invitations", "role", "trainer", "org", "SJZ-H", "name", "Ivy Example DEMO").want(200)
	for path, text := range map[string]string{"/registry/trainers": "CPR1", "/registry/users": demo.TrainerEmail, "/registry/invitations": "/invite/"} {
		trainer.post(path+"/export", "format", "csv", "reason", "to look").want(403)
		fed.get(path+"?q=zzzz&format=csv").want(200, "Nothing").never("filename=")
		fed.get(path).want(200, `action="`+path+`/export"`).never("format=csv")
		fed.post(path+"/export", "format", "csv").want(422, "needs a reason")
		fed.post(path+"/export", "format", "csv", "reason", "roster for the hospital").want(200, text)
		if kind := fed.header.Get("Content-Type"); !strings.HasPrefix(kind, "text/csv") {
			t.Errorf("%s: %s", path, kind)
		}
		rows := strings.Count(fed.body, "\n")
		fed.post(path+"/export", "format", "csv", "reason", "roster for the hospital", "q", "nobody has this name").want(200)
		if n := strings.Count(fed.body, "\n"); n != 1 || rows < 2 {
			t.Errorf("%s: %d rows, and of a filter that finds nobody %d; want the heading", path, rows, n)
		}
		fed.get("/registry/audit?action=export."+path[len("/registry/"):]).want(200, "export."+path[len("/registry/"):])
	}
}
