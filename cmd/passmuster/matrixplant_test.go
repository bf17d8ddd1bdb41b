package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/assets"
	"github.com/passmuster/passmuster/internal/accredit"
	"github.com/passmuster/passmuster/internal/design"
	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/intake"
	"github.com/passmuster/passmuster/internal/issue"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/report"
	"github.com/passmuster/passmuster/internal/share"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/training"
)

// unsignedHeader says that a token needs no signature (RFC 8725 §3.1).
var unsignedHeader = base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`))

// signedElsewhere is an ES256 signature by a key that the registry does not know.
func signedElsewhere(t *testing.T, text string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
}

// swaps are things by the names that stand for them in routes. What stands first
// counts first.
type swaps []string

func (s *swaps) put(pairs ...string) { *s = append(*s, pairs...) }

// ids puts an id into the paths.
func (s *swaps) ids(id registry.ID, paths ...string) {
	for _, path := range paths {
		s.put(path, strings.Replace(path, ":id", string(id), 1))
	}
}

// plant makes the things that the routes are about.
func (b *building) plant() {
	var s swaps
	day := registry.DateOf(b.a.clock.Now().UTC().Add(8 * time.Hour)) // at the base
	s.put("{day}", day.String(), "{later}", day.AddDays(30).String(), "{trainer}", string(b.people[0].actor.Person))
	b.plantRegisters(&s, day)
	b.plantLook(&s)
	b.plantIssued(&s, day)
	b.plantJoin(&s, day)
	b.plantClasses(&s, day)
	b.things = strings.NewReplacer(s...)
}

// class makes one of the trainer's, on the day.
func (b *building) class(day registry.Date, from, to string) registry.Class {
	b.t.Helper()
	trainer := b.people[0].actor
	made, err := b.a.training.CreateClass(b.t.Context(), trainer, training.ClassInput{Course: "CPR1", Base: "SJZ", Venue: "DEMO", Setting: "hospital",
		Languages: []string{"zh", "en"}, Sessions: []registry.Session{{On: day, From: from, To: to, Minutes: 180, Practical: true}},
		Trainers: []registry.ClassTrainer{{Person: trainer.Person, Role: "lead"}}})
	b.must(err)
	return made
}

// enrol puts people into the class, all who are tried in layouts: a long name, a
// rare character, other scripts.
func (b *building) enrol(id registry.ID, results bool) []training.Member {
	b.t.Helper()
	score, passed := 95, true
	var rows []intake.Row
	for i, name := range []string{"张伟 DEMO", "欧阳娜 DEMO", "阿卜杜热西提·阿布都克里木·麦麦提明江", "Семёнов Пётр Ильич DEMO", "Fatima-Zahra El Idrissi Boutaleb"} {
		id := fmt.Sprintf("DEMO-%d%04d", b.planted, i+1)
		rows = append(rows, intake.Row{Line: i + 2, Name: name, IDType: registry.IDVolunteer, ID: id, IDLast4: id[len(id)-4:], BirthDate: registry.NewDate(1990, 5, 17), Phone: "13900001234", Theory: &score, Skills: &passed, Hash: id})
	}
	b.planted++
	o := training.EnrolOptions{Source: "import", Results: results}
	if results {
		o.Statement = "I saw each person do it."
	}
	_, _, err := b.a.training.Enrol(b.t.Context(), b.people[0].actor, id, rows, o)
	b.must(err)
	view, err := b.a.training.Class(b.t.Context(), b.people[0].actor, id)
	b.must(err)
	return view.Members
}

// full is a class of yesterday with people who passed.
func (b *building) full(day registry.Date) (registry.Class, []training.Member) {
	c := b.class(day.AddDays(-1), "09:00", "12:00")
	return c, b.enrol(c.ID, true)
}

func (b *building) submitted(day registry.Date) registry.Class {
	c, _ := b.full(day)
	c, err := b.a.training.Submit(b.t.Context(), b.people[0].actor, c.ID)
	b.must(err)
	return c
}

// plantClasses makes the open class that most routes are about, and one for each
// deed that ends a class.
func (b *building) plantClasses(s *swaps, day registry.Date) {
	ctx, trainer := b.t.Context(), b.people[0].actor
	waiting, second := b.submitted(day), b.submitted(day)
	link, _, err := b.a.issue.Ask(ctx, trainer, second.ID)
	b.must(err)
	s.ids(second.ID, "/classes/:id/ask")
	s.put("/a/ask/:token", "/a/ask/"+code(link))
	s.ids(waiting.ID, "/a/classes/:id")
	s.ids(second.ID, "/api/v1/classes/:id/approve", "/api/v1/classes/:id/return")
	ready, people := b.full(day)
	s.ids(ready.ID, "/classes/:id/submit")
	s.put("{other person}", string(people[3].Enrolment.Person))
	spare, _ := b.full(day)
	s.ids(spare.ID, "/classes/:id/cancel")
	edited := b.class(day.AddDays(20), "09:00", "12:00")
	s.ids(edited.ID, "/classes/:id/edit")
	s.put("{edited}", strconv.FormatInt(edited.Version, 10))
	recorded := b.class(day.AddDays(-1), "14:00", "17:00")
	blank := b.enrol(recorded.ID, false)
	results, err := b.a.training.Record(ctx, trainer, recorded.ID, []training.Act{{ID: "matrix-everybody", Kind: training.ActAllPresent}})
	b.must(err)
	if results[0].Result != training.ActDone {
		b.t.Fatalf("nobody was marked: %+v", results[0])
	}
	s.ids(recorded.ID, "/classes/:id/undo")
	for _, part := range []string{"/skills/:enrolment", "/enrolments/:enrolment"} {
		s.put("/classes/:id"+part, "/classes/"+string(recorded.ID)+strings.Replace(part, ":enrolment", string(blank[1].Enrolment.ID), 1))
	}
	opened, members := b.full(day)
	s.put("{class}", string(opened.ID), "{member}", b.a.issue.HolderLink(members[0].Enrolment.ID), "{enrolment}", string(members[0].Enrolment.ID), "{second}", string(members[1].Enrolment.ID), "{session}", string(opened.Sessions[0].ID),
		"{person}", string(members[1].Enrolment.Person))
	s.put("/people/:id/merge/ask", "/people/"+string(members[3].Enrolment.Person)+"/merge/ask", "/persons/:id/merge/ask", "/persons/"+string(members[3].Enrolment.Person)+"/merge/ask")
	s.put("/people/:id/merge", "/people/"+string(members[3].Enrolment.Person)+"/merge", "/people/:id", "/people/"+string(members[1].Enrolment.Person),
		"/persons/:id/merge", "/persons/"+string(members[3].Enrolment.Person)+"/merge", "/persons/:id", "/persons/"+string(members[1].Enrolment.Person))
	b.plantPapers(s, opened, members)
	station, err := b.a.training.OpenStation(ctx, trainer, opened.ID, "A", []string{"compress"})
	b.must(err)
	s.put(":station", string(station.ID))
	for _, name := range []string{"/imports/:id/discard", "/imports/:id"} {
		preview, err := b.a.training.StoreImport(ctx, trainer, opened.ID, "r.csv", []byte("姓名,证件类型,证件号码\n李娜,其他,DEMO-777002"+strconv.Itoa(len(name))+"\n"), nil)
		b.must(err)
		s.ids(preview.Import.ID, name)
	}
	s.put(":line", "2")
	s.ids(opened.ID, "/classes/:id")
}

// plantPapers makes blank slips of the class, one of them linked.
func (b *building) plantPapers(s *swaps, class registry.Class, members []training.Member) {
	ctx, trainer := b.t.Context(), b.people[0]
	place := "/t/classes/" + string(class.ID) + "/slips"
	if status, _ := b.send(b.t, trainer, http.MethodPost, place, "count=8"); status != http.StatusSeeOther {
		b.t.Fatalf("make slips: %d", status)
	}
	for i, m := range members[2:4] {
		if status, _ := b.send(b.t, trainer, http.MethodPost, place+"/link", fmt.Sprintf("slip=%d&enrolment=%s", i+2, m.Enrolment.ID)); status != http.StatusSeeOther {
			b.t.Fatalf("link slip: %d", status)
		}
	}
	var slips []registry.Slip
	b.must(b.a.db.Read(ctx, func(tx *store.Tx) (err error) { slips, err = tx.Slips(ctx, class.ID); return err }))
	for _, slip := range slips {
		token := b.a.ring.IDHash("claim-slip", string(slip.ID))[:24]
		switch slip.Number {
		case 6:
			s.put("/claim/:token", "/claim/"+token)
		case 7:
			s.put("/t/slips/:token", "/t/slips/"+token)
		}
	}
}

// plantIssued makes a class with certificates, one of its people held back, and
// what a holder has.
func (b *building) plantIssued(s *swaps, day registry.Date) {
	ctx := b.t.Context()
	issued, members := b.full(day)
	issued, err := b.a.training.Submit(ctx, b.people[0].actor, issued.ID)
	b.must(err)
	held := members[4].Enrolment.ID
	out, err := b.a.issue.Approve(ctx, b.byEmail("approver@demo.example").Actor(), issued.ID, issue.ApproveInput{Hold: []issue.Held{{Enrolment: held, Reason: "DEMO"}}})
	b.must(err)
	s.put("{held}", string(held), "{phone}", "1234")
	s.ids(issued.ID, "/a/classes/:id/later", "/api/v1/classes/:id/approve-later", "/classes/:id/approvals", "/registry/classes/:id", "/classes/:id/print.pdf", "/classes/:id/certificates.zip",
		"/classes/:id/cards.pdf")
	s.ids(out.Run, "/jobs/:id")
	at := func(i int) string { return string(out.Credentials[i].Number) }
	s.put("/api/v1/credentials/:number/revoke", "/api/v1/credentials/"+at(3)+"/revoke", ":number/correct", at(1)+"/correct", ":number/reissue", at(1)+"/reissue", ":number/revoke", at(2)+"/revoke", "{revoked}", at(2), ":number", at(0), "{number}", at(0))
	b.plantReport(s, out.Credentials[0])
	for _, path := range []string{"/verify/:code", "/v/:code", "/V/:code", "/credentials/:code"} {
		s.put(path, strings.Replace(path, ":code", string(out.Credentials[0].Code), 1))
	}
	denied := code(b.a.issue.HolderLink(members[3].Enrolment.ID))
	_, err = b.a.issue.Confirm(ctx, denied, registry.NotMe)
	b.must(err)
	s.put("/denials/:enrolment", "/denials/"+string(members[3].Enrolment.ID))
	token := code(b.a.issue.HolderLink(out.Credentials[0].Enrolment))
	shares := &share.Service{DB: b.a.db, Keys: b.a.ring, Now: b.a.clock.Now, Origin: b.a.origin}
	revoked, err := shares.Make(ctx, token, registry.ShareDefaultDays)
	b.must(err)
	shown, err := shares.Make(ctx, token, registry.ShareDefaultDays)
	b.must(err)
	s.put("/my/:token/shares/:id", "/my/"+token+"/shares/"+string(revoked.ID), "{share}", string(shown.ID))
	for _, path := range []string{"/share/", "/s/", "/S/"} {
		s.put(path+":code", path+string(shown.Code))
	}
	s.put("/my/:token", "/my/"+token, "{holder}", "/my/"+token)
}

// plantJoin makes a class of today that people join.
// plantReport plants a problem that somebody told of.
func (b *building) plantReport(s *swaps, c registry.Credential) {
	token, err := b.a.report.File(b.t.Context(), report.Filed{About: string(c.Code), Kind: registry.ReportData, Text: "DEMO", Contact: "DEMO", Lang: "zh"})
	b.must(err)
	list, err := b.a.report.Reports(b.t.Context(), b.byEmail("approver@demo.example").Actor(), store.ReportFilter{Limit: 100})
	b.must(err)
	s.put("/report/:token", "/report/"+token, "{code of one}", string(c.Code))
	s.ids(list[len(list)-1].ID, "/reports/:id")
}

func (b *building) plantJoin(s *swaps, day registry.Date) {
	ctx, trainer := b.t.Context(), b.people[0].actor
	class := b.class(day, "00:01", "23:59")
	view, err := b.a.training.OpenJoin(ctx, trainer, class.ID)
	b.must(err)
	room, err := b.a.training.EnterJoin(ctx, view.Code)
	b.must(err)
	for i, name := range []string{"钱进 DEMO", "孙悦 DEMO"} {
		_, err := b.a.training.JoinSelf(ctx, training.Pass{Ticket: room.Ticket}, training.SelfInput{Key: fmt.Sprintf("a form of the matrix %d", i), Name: name, Agreed: name,
			IDType: string(registry.IDVolunteer), ID: fmt.Sprintf("DEMO-55500%d", i)})
		b.must(err)
	}
	view, err = b.a.training.ShowJoin(ctx, trainer, class.ID)
	b.must(err)
	struck := view.Unconfirmed()[1].ID
	_, err = b.a.training.ConfirmHeads(ctx, trainer, class.ID, training.HeadsInput{Heads: 1, Strike: []registry.ID{struck}})
	b.must(err)
	s.put("{struck}", string(struck), "{ticket}", room.Ticket, "/join/:code", "/join/"+view.Code)
	s.ids(class.ID, "/classes/:id/join", "/classes/:id/heads", "/classes/:id/head-count")
}

// plantRegisters makes entries of the registers, accounts and invitations.
func (b *building) plantRegisters(s *swaps, day registry.Date) {
	ctx, federation := b.t.Context(), b.who("federation at home").actor
	for _, code := range []string{"SJZ-H", "CVF"} {
		s.put("{"+code+"}", string(b.paths[code][0]))
	}
	s.put("/organizations/:code/approval", "/organizations/CVF/approval", "/organizations/:code/signatories", "/organizations/CVF/signatories", "/organizations/:code", "/organizations/SJZ-H",
		"/bases/:code", "/bases/SJZ", "/signatories/:owner", "/signatories/issuer")
	s.ids(b.paths["CVF"][0], "/rules/:id")
	all, err := b.a.accredit.Registers(ctx)
	b.must(err)
	course := all.Courses[slices.IndexFunc(all.Courses, func(c registry.Course) bool { return c.Code == "CPR1" })]
	course.AlsoIn, course.Version = nil, 1
	for code, status := range map[string]registry.CourseStatus{"MTX1": registry.CourseDraft, "MTX2": registry.CourseActive} {
		course.Code, course.Status = code, status
		_, err := b.a.accredit.AddCourse(ctx, federation, course)
		b.must(err)
	}
	s.put("/courses/:code/versions/:version", "/courses/MTX1/versions/1", "/courses/:code/versions", "/courses/MTX2/versions", "/courses/:code/:version", "/courses/MTX1/1", "/courses/:code", "/courses/MTX1")
	for _, o := range all.Organizations {
		if o.Code == "SJZ-H" {
			s.put("{org version}", strconv.FormatInt(o.Version, 10))
		}
	}
	for _, base := range all.Bases {
		if base.Code == "SJZ" {
			s.put("{base version}", strconv.FormatInt(base.Version, 10))
		}
	}
	candidate, err := b.a.accredit.ProposeTrainer(ctx, b.who("base_manager at home").actor, accredit.Trainer{Person: registry.Person{Name: "马丽 DEMO"}, Courses: []string{"CPR1", "FAR1"},
		Level: "instructor", From: day, Org: b.paths["SJZ-H"][0]})
	b.must(err)
	var held []registry.Accreditation
	b.must(b.a.db.Read(ctx, func(tx *store.Tx) (err error) { held, err = tx.AccreditationsOf(ctx, candidate.ID); return err }))
	s.ids(candidate.ID, "/trainers/:id")
	s.ids(held[1].ID, "/accreditations/:id")
	s.put("/trainers/:person", "/trainers/"+string(candidate.ID), "{accreditation}", string(held[0].ID))
	target := b.account("somebody managed", b.person("managed DEMO"), registry.Grant{Role: registry.RoleTrainer, Org: b.paths["SJZ-H"][0]})
	s.ids(target.id, "/users/:id")
	for _, path := range []string{"/invite/:token", "/invitations/:id/withdraw", "/invitations/:id"} {
		link, err := b.a.auth.Invite(ctx, federation, registry.Invitation{Org: b.paths["SJZ-H"][0], Role: registry.RoleTrainer, Name: "马丽 DEMO"})
		b.must(err)
		s.put(path, strings.NewReplacer(":token", link.Token, ":id", string(link.ID)).Replace(path))
	}
	p := i18n.For(i18n.English)
	var list strings.Builder
	for i, name := range []string{"code", "parent", "type", "name_en", "tz"} {
		if i > 0 {
			list.WriteByte(',')
		}
		list.WriteString(p.T("registers.col." + name))
	}
	s.put("{list}", list.String()+"\nMTXI,SJZ-H,team,Matrix (DEMO),Asia/Shanghai\n")
	stored, err := b.a.accredit.StoreList(ctx, federation, accredit.ImportOrganizations, "list.csv", []byte(list.String()+"\nMTXL,SJZ-H,team,Matrix (DEMO),Asia/Shanghai\n"))
	b.must(err)
	s.ids(stored.ID, "/registry/imports/:id", "/register-imports/:id")
}

// plantLook gives the federation a logo, and a design to be changed.
func (b *building) plantLook(s *swaps) {
	ctx, federation := b.t.Context(), b.who("federation at home").actor
	var logo bytes.Buffer
	b.must(png.Encode(&logo, image.NewGray(image.Rect(0, 0, 200, 200))))
	use, err := b.a.design.UsePicture(ctx, federation, "CVF", design.PictureInput{Role: "logo", File: logo.Bytes(), Rights: true})
	b.must(err)
	source, err := b.a.design.Draft(ctx, federation, "CVF", "competence-1")
	b.must(err)
	text, err := json.Marshal(string(source))
	b.must(err)
	s.put("{logo}", logo.String(), "{source}", url.QueryEscape(string(source)), `"{source text}"`, string(text), "/artwork/:sha", "/artwork/"+use.SHA256+"?issuer=CVF", "/artwork/:role", "/artwork/logo",
		"/templates/:id/preview.pdf", "/templates/competence-1/preview.pdf?issuer=CVF", "/templates/:id", "/templates/competence-1", "/choices/:kind", "/choices/competence")
	got := b.ask(b.t, b.people[len(b.people)-1], route{request: "GET /.well-known/jwks.json"}, b.things)
	var set struct {
		Keys []struct {
			KID string `json:"kid"`
		} `json:"keys"`
	}
	b.must(json.Unmarshal([]byte(got.body), &set))
	kid := set.Keys[0].KID[strings.LastIndex(set.Keys[0].KID, "/")+1:]
	list, err := b.a.publish.TrustFile(ctx, 0)
	b.must(err)
	bundle, err := b.a.publish.BundleFile(ctx, 0)
	b.must(err)
	s.put("/trust/:version", list.Numbered, "/bundle/:version", bundle.Numbered, "/status/:list", "/status/1", "/issuers/:code", "/issuers/CVF")
	s.put("/keys/:kid", "/keys/"+kid, "/pki/:file", "/pki/root.pem", "/assets/*path", assets.Path("img/icon.svg"))
}
