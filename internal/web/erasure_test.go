package web_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/demo"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// mine is the private page of the credential's holder.
func (w *world) mine(c registry.Credential) string {
	return "/my/" + access.HolderToken(w.s.Issue.Keys, c.Enrolment, 1)
}

func TestStaffErasesAHoldersDataByPage(t *testing.T) {
	w := newWorld(t)
	cred := w.credentials(registry.StatusValid)[0]
	one, number, name := page(cred), string(cred.Number), cred.Snapshot.Name
	first, second := w.signIn(t, demo.ApproverEmail), w.signIn(t, secondEmail)

	first.get(one).want(200, "Erase the holder", "Another person must grant it", "Erased are name, id, contact", "This class alone", "Ask for the erasure")
	form := []string{"reason", registry.HolderRemoved, "erase_note", "DEMO: called us", "alone", "1"}
	wrong := append([]string{"erase_typed", "GAJK-SJZ-2026-000000"}, form...)
	first.post(one+"/revoke", wrong...).want(422, "not the one of this certificate", "DEMO: called us", `value="GAJK-SJZ-2026-000000"`, "VALID").never("Erasure asked for")
	if !strings.Contains(first.find(`(?s)<input[^>]*name="alone"[^>]*>`), "checked") {
		t.Error("the choice of one class is lost")
	}
	first.post(one+"/revoke", form...).want(422, "not the one of this certificate")
	w.signIn(t, demo.TrainerEmail).post(one+"/revoke", "reason", registry.HolderRemoved, "erase_typed", number).want(403)
	asked := []string{"reason", registry.HolderRemoved, "erase_note", "DEMO: called us", "erase_typed", strings.ToLower(number)}
	first.post(one+"/revoke", asked...).want(200, "Another person must grant the erasure", "SUSPENDED", "Erasure asked for", "Every class and certificate of this person that both of you answer for", "disabled", "Grant: erase for good")
	first.post(one+"/revoke", asked...).want(200, "SUSPENDED", name) // sent twice: still asked for
	var request string
	w.read(func(ctx context.Context, tx *store.Tx) error {
		open, err := tx.OpenRevocationRequests(ctx, cred.ID)
		if len(open) != 1 {
			t.Fatalf("%d requests wait", len(open))
		}
		request = string(open[0].ID)
		return err
	})
	first.post(one+"/revoke", "asked", request, "typed", number).want(403)

	second.get(one).want(200, "That erases the data for good", "DEMO: called us", name)
	grant := second.form(one + "/revoke")
	grant.Set("typed", "no")
	second.postForm(one+"/revoke", grant).want(422, "not the one of this certificate", name)
	grant.Set("typed", number)
	second.postForm(one+"/revoke", grant).want(200, "Erased. The certificate is revoked", "REVOKED", "removed at the holder", "asked by 周文静", "granted by 郑国栋").
		never(name, "Erase the holder", "DEMO: called us", "certificate.pdf")
	second.postForm(one+"/revoke", grant).want(200, "REVOKED") // sent twice
}

// docs/erasure.md, "What is answered then".
func TestPagesAfterAnErasure(t *testing.T) {
	w := newWorld(t)
	cred := w.credentials(registry.StatusValid)[0]
	mine, name := w.mine(cred), cred.Snapshot.Name
	v := w.visitor(t)
	v.post(mine+"/shares", "days", "30", "once", "0123456789abcdefghjkmnpqrs").want(200)
	shared := must(w.s.Share.Latest(t.Context(), strings.TrimPrefix(mine, "/my/")))
	picture := mine + "/certificate.png?share=" + string(shared.ID)
	v.get("/s/"+string(shared.Code)).want(200, "VALID")
	v.get(picture).want(200)
	qr := must(w.s.Issue.QR(cred))
	for _, email := range []string{demo.ApproverEmail, secondEmail} {
		must(w.s.Lifecycle.Erase(t.Context(), w.actor(email), cred.Number, false, ""))
	}
	for _, path := range []string{mine, mine + "/erasure", mine + "/qr.png"} {
		v.get(path).want(410, "erased at the holder", "gone for good").never(name)
	}
	v.get(mine+"?lang=zh").want(410, "已应持证人要求删除")
	v.get(mine+"?lang=ru").want(410, "удалены по его просьбе")
	v.post(mine+"/erasure", "sure", "1").want(410)
	v.post(mine + "/picture").want(404)
	v.get(picture).want(404)
	v.get("/s/"+string(shared.Code)).want(404, "nothing").never(name, "REVOKED")
	v.get("/v/"+string(cred.Code)).want(200, "REVOKED", "removed at the holder").never(name)
	v.post("/verify", "qr", qr).want(200, "REVOKED").never(name)
	v.post("/verify", "number", string(cred.Number), "name", name).want(404, "NOT FOUND")
	w.signIn(t, demo.ApproverEmail).get(page(cred)).want(200, "REVOKED").never(name, "certificate.pdf")
}

func TestAHolderAsksForHisErasure(t *testing.T) {
	w := newWorld(t)
	cred := w.credentials(registry.StatusValid)[0]
	mine, number := w.mine(cred), string(cred.Number)
	path := mine + "/erasure"
	v, staff := w.visitor(t), w.signIn(t, demo.ApproverEmail)
	v.get(mine).want(200, `href="`+path+`"`, "Have my data erased")
	v.get(path).want(200, "What is lost for good", "revoked, at the holder", "What stays", "How it goes", "within 5 working days", number)
	v.post(path, "note", "DEMO: I moved away").want(422, "Tick this box first", "DEMO: I moved away")
	v.post(path, "sure", "1", "note", strings.Repeat("x", registry.ReportTextMost+1)).want(422, "longer than 1,000")
	if n := len(staff.wishes()); n != 0 {
		t.Fatalf("%d wishes before one was sent", n)
	}
	for range 2 { // a double click asks once
		v.post(path, "sure", "1", "note", "DEMO: I moved away").want(200, "You asked on 21 November 2026, 17:00:00", "answers by 27 November 2026", "DEMO: I moved away", "I no longer want it").never("Ask for the erasure")
	}
	v.get(mine).want(200, "You asked on 21 November 2026", "answers by 27 November 2026")
	list := staff.wishes()
	if len(list) != 1 {
		t.Fatalf("%d wishes wait, want one", len(list))
	}
	entry := list[0]
	staff.get("/a").want(200, "1 report of a problem waits")
	staff.get(entry).want(200, "The holder wants his data erased", "DEMO: I moved away", number, "Erase the holder’s data", `value="declined"`).never(`value="holds"`, `value="erased"`)
	staff.get(page(cred)).want(200, "The holder asked on 21 November 2026", entry)
	staff.post(entry+"/answer", "outcome", "erased", "answer", "DEMO").want(422, "what it came to")
	staff.post(entry+"/answer", "outcome", "declined", "answer", "DEMO: a court has asked for it").want(200, "Declined")
	staff.get(page(cred)).want(200).never("The holder asked on")
	v.get(mine).want(200, "Your data were not erased", "DEMO: a court has asked for it")
	v.get(path).want(200, "DEMO: a court has asked for it", "Ask for the erasure")

	v.post(path, "sure", "1").want(200, "You asked on")
	v.post(path+"/back").want(200, "Have my data erased").never("You asked on")
	v.post(path + "/back").want(200) // sent twice
	if n := len(staff.wishes()); n != 0 {
		t.Errorf("%d wishes wait after it was taken back", n)
	}
	v.post(path, "sure", "1").want(200, "You asked on")
	w.clock.Set(now.Add(10 * 24 * time.Hour))
	v.get(mine).want(200, "should have answered by 27 November 2026")
	for _, email := range []string{demo.ApproverEmail, secondEmail} {
		must(w.s.Lifecycle.Erase(t.Context(), w.actor(email), cred.Number, false, ""))
	}
	v.get(mine).want(410)
	staff = w.signIn(t, demo.ApproverEmail)
	if n := len(staff.wishes()); n != 0 {
		t.Errorf("%d wishes wait after the erasure", n)
	}
	staff.get("/registry/reports?state=answered").want(200, "The holder wants his data erased", "Erased", "Declined", "Taken back by the holder").never("I moved away", "a court")
}

func TestWhoHasNoCertificateAsksForNoErasure(t *testing.T) {
	w := newWorld(t)
	v := w.visitor(t)
	v.get("/my/00000000000000000000000000000000/erasure").want(404)
	v.post("/my/00000000000000000000000000000000/erasure", "sure", "1").want(404)
	var e registry.Enrolment
	w.read(func(ctx context.Context, tx *store.Tx) error {
		classes, err := tx.Classes(ctx, store.ClassFilter{AllOrgs: true, Status: []registry.ClassStatus{registry.ClassSubmitted}})
		if err != nil {
			return err
		}
		list, err := tx.Enrolments(ctx, classes[0].ID)
		e = list[0]
		return err
	})
	mine := "/my/" + access.HolderToken(w.s.Issue.Keys, e.ID, 1)
	v.get(mine).want(200, `href="`+mine+`/erasure"`, "Have my data erased")
	v.get(mine+"/erasure").want(200, "There is no certificate yet", "What stands here of you", "take you off the list", "within 5 working days", `href="/report`, "+86 311 0000 0000").never("<form method")
	v.get(mine+"/erasure?lang=zh").want(200, "这里还没有证书", "移出名单", `href="/report?lang=zh"`)
	v.get(mine+"/erasure?lang=ru").want(200, "Сертификата ещё нет", "исключить вас из списка", `href="/report?lang=ru"`)
	v.post(mine+"/erasure", "sure", "1").want(409)
	v.get("/report").want(200).never(`value="erasure"`)
	v.post("/report", "kind", "erasure", "text", "DEMO").want(422, "Nothing was chosen")
}

// wishes are the entries of the queue by which holders want to be erased.
func (p *person) wishes() (list []string) {
	p.t.Helper()
	p.get("/registry/reports").want(200)
	for _, row := range strings.Split(p.body, "<tr")[1:] {
		if strings.Contains(row, "The holder wants his data erased") {
			_, rest, _ := strings.Cut(row, `href="`)
			entry, _, _ := strings.Cut(rest, `"`)
			list = append(list, entry)
		}
	}
	return list
}
