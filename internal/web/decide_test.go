package web_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/demo"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

const secondEmail = "second@demo.example"

// waiting is the path of the class that the demonstration leaves submitted.
func (p *person) waiting() string {
	p.t.Helper()
	return p.get("/a").want(200).find(`href="(/a/classes/[0-9a-f-]+)"`)
}

func (w *world) read(do func(ctx context.Context, tx *store.Tx) error) {
	w.t.Helper()
	if err := w.db.Read(w.t.Context(), func(tx *store.Tx) error { return do(w.t.Context(), tx) }); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) write(do func(ctx context.Context, tx *store.Tx) error) {
	w.t.Helper()
	err := w.db.Tx(w.t.Context(), func(tx *store.Tx) error {
		if err := do(w.t.Context(), tx); err != nil {
			return err
		}
		return tx.Audit(w.t.Context(), store.Act{Actor: "system", Action: "test.change", ObjectType: "test", Object: store.NewID(), At: now})
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// class reads a class by the end of its path.
func (w *world) class(path string) (class registry.Class) {
	w.t.Helper()
	w.read(func(ctx context.Context, tx *store.Tx) (err error) {
		class, err = tx.Class(ctx, registry.ID(path[strings.LastIndexByte(path, '/')+1:]))
		return err
	})
	return class
}

func (w *world) credentials(status registry.Status) (list []registry.Credential) {
	w.t.Helper()
	w.read(func(ctx context.Context, tx *store.Tx) (err error) {
		list, err = tx.Credentials(ctx, store.CredentialFilter{AllOrgs: true, Status: status, Now: now, Limit: 1000})
		return err
	})
	return list
}

// page is the path of the page of a certificate.
func page(c registry.Credential) string { return "/registry/credentials/" + string(c.Number) }

// run stores a piece of work on the class of a certificate.
func (w *world) run(status string, total, done, failed int) string {
	w.t.Helper()
	cred := w.credentials(registry.StatusValid)[0]
	id := store.NewID()
	message := ""
	if status == "failed" {
		message = "run.failed"
	}
	w.write(func(ctx context.Context, tx *store.Tx) error {
		return tx.AddRun(ctx, store.Run{ID: id, Kind: "issue.class", Object: cred.Class, Org: cred.Org, Status: status, Total: total, Done: done,
			Failed: failed, Message: message, CreatedBy: "system", CreatedAt: now.Add(-time.Minute), UpdatedAt: now})
	})
	return "/jobs/" + string(id)
}

// rows are the ids of the people whom the approver may hold back, in roster order.
func (p *person) rows() []string {
	p.t.Helper()
	var ids []string
	for _, m := range regexp.MustCompile(`name="hold" value="([0-9a-f-]+)"`).FindAllStringSubmatch(p.body, -1) {
		ids = append(ids, m[1])
	}
	return ids
}

func TestTheQueueShowsWhatWaits(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.ApproverEmail)
	p.get("/a").want(200, "CPR and AED", "skills marked for all at once", "working days left", "11 of 12").never("Nothing waits for you")
	if n := strings.Count(p.body, `href="/a/classes/`); n != 1 {
		t.Errorf("%d classes wait, want the one that is submitted", n)
	}
	w.clock.Set(now.Add(10 * 24 * time.Hour))
	w.signIn(t, demo.ApproverEmail).get("/a").want(200, "working days late", "past 5 working days")
	w.clock.Set(now)
	class := p.waiting()
	p.post(class+"/return", "reason", "DEMO: sheets are missing").want(200, "went back to its trainers", "Nothing waits for you")
	w.signIn(t, demo.TrainerEmail).get("/a").want(403)
}

func TestAnApproverIssuesByPage(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.ApproverEmail)
	class := p.waiting()
	p.get(class).want(200, "What is unusual", "theory test failed", "Approve and issue up to 11 certificates", "What the certificates will say", "Valid until")
	form := p.form(class + "/approve")
	before := len(w.credentials(""))
	p.postForm(class+"/approve", form).want(200, "Approved: 11 certificates are issued", "without a certificate")
	if p.path != strings.Replace(class, "/a/", "/registry/", 1) {
		t.Errorf("led to %s", p.path)
	}
	if n := len(w.credentials("")) - before; n != 11 {
		t.Errorf("%d credentials were made, want 11", n)
	}
	if n := strings.Count(p.body, "/certificate.pdf"); n != 11 {
		t.Errorf("%d files are offered, want 11", n)
	}
	p.never("/my/") // an approver hands out no private links
	p.postForm(class+"/approve", form).want(200, "Certificates of the class")
	if n := len(w.credentials("")) - before; n != 11 {
		t.Errorf("sent twice, the form made %d credentials", n)
	}
	p.get(class).want(200, "does not wait for a decision", "See its certificates").never("Return the class")
	w.signIn(t, demo.TrainerEmail).get(strings.Replace(class, "/a/", "/registry/", 1)).want(200, w.url+"/my/", "Claim slips")
}

func TestWhoTaughtTheClassIsToldWhyHeMayNot(t *testing.T) {
	w := newWorld(t)
	class := w.signIn(t, demo.ApproverEmail).waiting()
	p := w.signIn(t, demo.TrainerEmail)
	p.get(class).want(200, `type="button" disabled`, "Your role does not allow this here").never(`action="`+class+`/approve"`, `name="hold"`)
	p.post(class+"/approve", "version", "1").want(403, "Your role does not allow this here")
	p.post(class+"/return", "reason", "x").want(403)
	// The same person with an approver's role is barred by what he did in the class.
	w.write(func(ctx context.Context, tx *store.Tx) error {
		account, err := tx.AccountByEmail(ctx, demo.TrainerEmail)
		if err != nil {
			return err
		}
		for _, g := range account.Grants {
			account.Grants = append(account.Grants, registry.Grant{Role: registry.RoleApprover, Org: g.Org})
		}
		_, err = tx.SaveAccount(ctx, account)
		return err
	})
	p = w.signIn(t, demo.TrainerEmail)
	p.get("/a").want(200, "You submitted this class, so you cannot decide about it")
	p.get(class).want(200, `type="button" disabled`, "You submitted this class", "Have another approver do it")
	p.post(class+"/approve", "version", fmt.Sprint(w.class(class).Version)).want(403, "You submitted this class")
	if got := w.class(class).Status; got != registry.ClassSubmitted {
		t.Errorf("the class is %s", got)
	}
}

func TestAClassIsReturned(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.ApproverEmail)
	class := p.waiting()
	p.get(class)
	form, rows := p.form(class+"/approve"), p.rows()
	form.Set("reason."+rows[2], "DEMO: which score?")
	p.postForm(class+"/return", form).want(422, "The reason is missing", "DEMO: which score?", `href="#f-reason"`)
	form.Set("reason", "DEMO: the afternoon sheet is missing")
	p.postForm(class+"/return", form).want(200, "went back to its trainers")
	if got := w.class(class); got.Status != registry.ClassReturned || got.ReturnReason != "DEMO: the afternoon sheet is missing" {
		t.Errorf("the class is %s because %q", got.Status, got.ReturnReason)
	}
	p.postForm(class+"/return", form).want(200) // sent twice
	p.get(class).want(200, "the afternoon sheet is missing")
}

func TestOnePersonIsHeldBack(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.ApproverEmail)
	class := p.waiting()
	p.get(class)
	form, rows := p.form(class+"/approve"), p.rows()
	form.Set("hold", rows[1])
	form.Set("valid_from", "2026-12-24")
	p.postForm(class+"/approve", form).want(422, "The reason is missing", `href="#reason-`+rows[1]+`"`, `value="2026-12-24"`)
	if !regexp.MustCompile(`value="` + rows[1] + `" checked`).MatchString(p.body) {
		t.Error("the tick is lost")
	}
	form = p.form(class + "/approve")
	form.Set("reason."+rows[1], "DEMO: compare the id")
	form.Set("reason."+rows[3], "DEMO: a reason without its tick")
	form.Set("valid_from", "2020-01-01")
	p.postForm(class+"/approve", form).want(422, "cannot be the first day of validity", "DEMO: compare the id")
	form = p.form(class + "/approve")
	form.Set("valid_from", "2026-12-24")
	p.postForm(class+"/approve", form).want(200, "9 certificates are issued", "DEMO: compare the id", "DEMO: a reason without its tick", "NOT YET VALID")
}

func TestAnotherVersionIsNotApproved(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.ApproverEmail)
	class := p.waiting()
	p.get(class)
	form := p.form(class + "/approve")
	form.Set("note", "DEMO note")
	w.write(func(ctx context.Context, tx *store.Tx) error {
		c, err := tx.Class(ctx, registry.ID(class[len("/a/classes/"):]))
		if err == nil {
			_, err = tx.SaveClass(ctx, c)
		}
		return err
	})
	p.postForm(class+"/approve", form).want(412, "changed by somebody else meanwhile")
	form.Set("reason", "DEMO")
	p.postForm(class+"/return", form).want(412, "changed by somebody else meanwhile")
	p.postForm(class+"/approve", p.form(class+"/approve")).want(200, "certificates are issued") // the page as it came back is the new version
}

func TestABaseThatLostItsAccreditationNeedsANote(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.ApproverEmail)
	class := p.waiting()
	w.write(func(ctx context.Context, tx *store.Tx) error {
		b, err := tx.Base(ctx, "SJZ")
		if err == nil {
			b.Status = registry.BaseSuspended
			_, err = tx.SaveBase(ctx, b)
		}
		return err
	})
	p.get(class).want(200, "accreditation suspended")
	form := p.form(class + "/approve")
	p.postForm(class+"/approve", form).want(409, `aria-invalid="true"`)
	form = p.form(class + "/approve")
	form.Set("note", "DEMO: held before the suspension")
	p.postForm(class+"/approve", form).want(200, "certificates are issued")
	p.get(p.find(`href="(/registry/credentials/[A-Z0-9-]+)"`)).want(200, "DEMO: held before the suspension")
}

// TestCertificates goes through what can be seen of certificates and done about
// them, in one world; each part has a certificate of its own.
func TestCertificates(t *testing.T) {
	w := newWorld(t)
	valid := w.credentials(registry.StatusValid)
	for i, part := range []struct {
		name string
		test func(*testing.T, *world, registry.Credential)
	}{
		{"certificates are found", certificatesAreFound},
		{"a certificate is shown with its file", certificateIsShown},
		{"one person suspends and reinstates", suspendAndReinstate},
		{"two people revoke", twoPeopleRevoke},
		{"a certificate is corrected", certificateIsCorrected},
		{"work in progress is watched", workIsWatched},
	} {
		t.Run(part.name, func(t *testing.T) { part.test(t, w, valid[i]) })
	}
}

func certificatesAreFound(t *testing.T, w *world, cred registry.Credential) {
	p := w.signIn(t, demo.ApproverEmail)
	const list = "/registry/credentials"
	p.get(list).want(200, "Next →")
	seen := map[string]bool{}
	for n := 0; ; n++ {
		for _, m := range regexp.MustCompile(`href="/registry/credentials/([A-Z0-9-]+)"`).FindAllStringSubmatch(p.body, -1) {
			if seen[m[1]] {
				t.Fatalf("%s is on two pages", m[1])
			}
			seen[m[1]] = true
		}
		next := regexp.MustCompile(`rel="next" href="([^"]+)"`).FindStringSubmatch(p.body)
		if next == nil || n > 20 {
			break
		}
		p.get(strings.ReplaceAll(next[1], "&amp;", "&")).want(200, "← Previous")
	}
	if want := len(w.credentials("")); len(seen) != want {
		t.Errorf("%d certificates on all pages, want %d", len(seen), want)
	}
	one := cred
	p.get(list+"?q="+strings.ToLower(string(one.Number))).want(200, string(one.Number), one.Snapshot.Name)
	p.get(list+"?q="+url.QueryEscape(one.Snapshot.Name)).want(200, string(one.Number))
	p.get(list+"?q="+one.Code.String()).want(200, string(one.Number))
	p.get(list+"?status=revoked").want(200, "REVOKED").never(`class="tag yes"`)
	p.get(list+"?course=CPR1&base=MSK").want(200, "MSK").never("-SJZ-")
	p.get(list + "?course=CPR1&status=valid").want(200)
	if next := regexp.MustCompile(`rel="next" href="([^"]+)"`).FindStringSubmatch(p.body); next != nil && !strings.Contains(next[1], "course=CPR1") {
		t.Errorf("the next page forgets its filters: %s", next[1])
	}
	p.get(list+"?q=zzz").want(200, "No certificate matches", `value="zzz"`, "Clear filters").never("No certificates yet")
	p.get(list+"?status=nonsense").want(200, "No certificate matches")
	// Somebody whose organizations have none is told another thing.
	w.write(func(ctx context.Context, tx *store.Tx) error {
		account, err := tx.AccountByEmail(ctx, "trainer-tjx@demo.example")
		if err != nil {
			return err
		}
		org := registry.Organization{ID: store.NewID(), Code: "EMPTY", Type: registry.OrgHospital, Name: registry.Text{"en": "Empty DEMO"}, TZ: "Asia/Shanghai"}
		if err := tx.AddOrganization(ctx, org); err != nil {
			return err
		}
		account.Grants = []registry.Grant{{Role: registry.RoleCoordinator, Org: org.ID}}
		_, err = tx.SaveAccount(ctx, account)
		return err
	})
	stranger := w.signIn(t, "trainer-tjx@demo.example").get(list).want(200, "No certificates yet").never("No certificate matches")
	stranger.get(page(one)).want(404)
	stranger.get(page(one) + "/certificate.pdf").want(404)
	stranger.get("/registry/classes/" + string(one.Class)).want(404)
	w.signIn(t, demo.HospitalEmail).get(list).want(403)
}

func certificateIsShown(t *testing.T, w *world, cred registry.Credential) {
	p := w.signIn(t, demo.ApproverEmail)
	one := cred
	p.get(page(one)).want(200, "VALID", one.Snapshot.Name, string(one.Number), one.Code.String(), one.PDFSHA256, "Signed and issued", "周文静", "Ask for the revocation")
	p.get(page(one) + "/certificate.pdf").want(200)
	if got := p.header.Get("Content-Disposition"); got != `attachment; filename="`+string(one.Number)+`.pdf"` {
		t.Errorf("Content-Disposition %q", got)
	}
	file := must(w.s.Issue.Certificate(t.Context(), one))
	sum := sha256.Sum256([]byte(p.body))
	if !bytes.Equal([]byte(p.body), file.Bytes()) || hex.EncodeToString(sum[:]) != one.PDFSHA256 {
		t.Error("the file is not the issued one to the byte")
	}
	old := w.credentials(registry.StatusSuperseded)[0]
	p.get(page(old)).want(200, "REPLACED", "Replaced by").never("What you can do")
	p.get(p.find(`href="(/registry/credentials/[A-Z0-9-]+)"[^>]*>[A-Z]`)).want(200, "Takes the place of", string(old.Number))
	p.get("/registry/credentials/GAJK-SJZ-2026-999999").want(404)
	p.get("/registry/credentials/nonsense").want(404)
	w.signIn(t, demo.TrainerEmail).get(page(one)).want(200, w.url+"/my/").never("What you can do")
}

func suspendAndReinstate(t *testing.T, w *world, cred registry.Credential) {
	p := w.signIn(t, demo.ApproverEmail)
	one := page(cred)
	p.get(one).want(200)
	p.post(one+"/suspend", "suspend_note", "DEMO: somebody called").want(200, "Suspended. Everybody", "SUSPENDED", "DEMO: somebody called", "under review")
	p.post(one + "/suspend").want(200).never("Suspended. Everybody") // sent twice
	w.signIn(t, secondEmail).post(one+"/suspend", "suspend_note", "kept when refused").want(409, "cannot be changed that way", "SUSPENDED")
	p.post(one+"/reinstate", "reinstate_note", "DEMO: all is well").want(200, "Reinstated.", "VALID", "DEMO: all is well")
	w.signIn(t, demo.TrainerEmail).post(one + "/suspend").want(403)
}

func twoPeopleRevoke(t *testing.T, w *world, cred registry.Credential) {
	first, second := w.signIn(t, demo.ApproverEmail), w.signIn(t, secondEmail)
	one, number := page(cred), string(cred.Number)
	first.post(one+"/revoke", "reason", "identity", "revoke_note", "DEMO note", "typed", "GAJK-SJZ-2026-000000").want(422, "not the one of this certificate", "DEMO note", `<option value="identity" selected`)
	first.post(one+"/revoke", "reason", "", "typed", number).want(422, "The reason is missing")
	first.post(one+"/revoke", "reason", "identity", "revoke_note", "DEMO note", "typed", strings.ToLower(number)).want(200, "Asked for and suspended", "SUSPENDED", "Another person must grant it", "disabled")
	asked := ""
	w.read(func(ctx context.Context, tx *store.Tx) error {
		open, err := tx.OpenRevocationRequests(ctx, cred.ID)
		asked = string(open[0].ID)
		return err
	})
	first.post(one+"/revoke", "reason", "identity", "typed", number).want(200, "SUSPENDED") // sent twice
	first.post(one+"/revoke", "asked", asked, "typed", number).want(403, "You asked for this revocation")
	second.post(one+"/revoke", "reason", "misconduct", "typed", number).want(412, "changed by somebody else") // asked on a page that is old now: it must not grant
	second.get(one).want(200, "Asked by", "failed identity check", "You may grant it", "DEMO note")
	form := second.form(one + "/revoke")
	form.Set("typed", "no")
	second.postForm(one+"/revoke", form).want(422, "not the one of this certificate")
	form.Set("typed", number)
	second.postForm(one+"/revoke", form).want(200, "Revoked for ever", "REVOKED", "asked by 周文静", "granted by 郑国栋")
	second.postForm(one+"/revoke", form).want(200, "REVOKED") // sent twice
	second.post(one + "/reinstate").want(409)
}

func certificateIsCorrected(t *testing.T, w *world, cred registry.Credential) {
	p := w.signIn(t, demo.ApproverEmail)
	old, one := cred, page(cred)
	p.post(one+"/correct", "step", "preview", "name", "张\u3000伟●明", "correct_reason", "DEMO").want(200, "This is how the name will be printed", "张伟·明", "Until now")
	before := len(w.credentials(""))
	p.post(one+"/correct", "step", "preview", "name", "", "correct_reason", "DEMO").want(422, `href="#f-name"`)
	p.post(one+"/correct", "step", "preview", "name", "张伟", "correct_reason", "").want(422, `href="#f-correct_reason"`, `value="张伟"`)
	p.post(one+"/correct", "step", "edit", "name", "张伟", "correct_reason", "DEMO").want(200, `value="张伟"`)
	if n := len(w.credentials("")); n != before {
		t.Fatalf("a preview made %d credentials", n-before)
	}
	fields := []string{"step", "issue", "name", "张\u3000伟●明", "id_last4", "123X", "correct_reason", "DEMO: as on the id"}
	p.post(one+"/correct", fields...).want(200, "takes the place of "+string(old.Number), "张伟·明", "VALID", "Takes the place of")
	fresh := p.path
	if fresh == one {
		t.Error("led back to the old one")
	}
	p.post(one+"/correct", fields...).want(200)
	if p.path != fresh {
		t.Errorf("sent twice, it led to %s", p.path)
	}
	p.get(one).want(200, "REPLACED", "DEMO: as on the id")
	p.post(one+"/correct", "step", "preview", "name", "李伟", "correct_reason", "DEMO").want(409)
	w.signIn(t, demo.TrainerEmail).post(fresh+"/correct", fields...).want(403)
}

func workIsWatched(t *testing.T, w *world, _ registry.Credential) {
	p := w.signIn(t, demo.ApproverEmail)
	p.get(w.run("running", 300, 128, 0)).want(200, "128 of 300 issued", `http-equiv="refresh" content="3"`, "about 80 s left", "You can leave this page")
	p.get(w.run("done", 30, 30, 0)).want(200, "30 of 30 issued", "All certificates are issued").never("http-equiv=\"refresh\"")
	failed := w.run("failed", 300, 298, 2)
	p.get(failed).want(200, "298 of 300 issued · 2 need attention", "Retry only what failed (2)").never("http-equiv=\"refresh\"")
	p.post(failed+"/retry").want(200, "It is tried again", `http-equiv="refresh"`)
	if p.path != failed {
		t.Errorf("led to %s", p.path)
	}
	p.post(failed + "/retry").want(200)
	if err := w.db.Drain(t.Context(), map[string]store.Worker{"issue.class": w.s.Issue.Work}); err != nil {
		t.Fatal(err)
	}
	p.get(failed).want(200, "300 of 300 issued", "All certificates are issued")
	w.signIn(t, demo.HospitalEmail).get(failed).want(404)
	p.get("/jobs/00000000-0000-0000-0000-000000000000").want(404)
}

var (
	rawKeys    = regexp.MustCompile(`[>"][^<>"]*\b(decide|credentials|run|staff|error|verdict|result|status)\.[a-z_]+[^<>"]*[<"]`)
	unfilled   = regexp.MustCompile(`\{[0-9]\}`)
	inlineCode = regexp.MustCompile(`(?i)<script>|<style|\sstyle=|\son[a-z]+=`)
)

func TestPagesOfApprovalSpeakThreeLanguages(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.ApproverEmail)
	class := p.waiting()
	valid, revoked := w.credentials(registry.StatusValid)[0], w.credentials(registry.StatusRevoked)[0]
	suspended := w.credentials(registry.StatusSuspended)[0]
	paths := []string{"/a", class, "/registry/credentials", "/registry/credentials?q=zzz", page(valid), page(revoked), page(suspended), "/registry/classes/" + string(valid.Class),
		w.run("running", 300, 128, 0), w.run("failed", 300, 128, 172)}
	trainer := w.signIn(t, demo.TrainerEmail)
	for _, lang := range []string{"zh", "en", "ru"} {
		p.lang, trainer.lang = lang, lang
		for _, path := range paths {
			readable(t, p.get(path).want(200), lang)
		}
		readable(t, trainer.get(class).want(200), lang)
		readable(t, trainer.get("/t/classes/"+string(valid.Class)+"/documents").want(200), lang)
		readable(t, p.post(page(valid)+"/correct", "step", "preview", "name", "Ivanov", "correct_reason", "DEMO").want(200), lang)
	}
}

func readable(t *testing.T, p *person, lang string) {
	t.Helper()
	if found := rawKeys.FindString(p.body); found != "" {
		t.Errorf("%s in %s shows the key %s", p.path, lang, found)
	}
	if found := unfilled.FindString(p.words()); found != "" {
		t.Errorf("%s in %s shows %s", p.path, lang, found)
	}
	if found := inlineCode.FindString(p.body); found != "" {
		t.Errorf("%s in %s has inline %s", p.path, lang, found)
	}
	for _, h := range []string{"no-store", "private, no-store"} {
		if slices.Contains(p.header.Values("Cache-Control"), h) {
			return
		}
	}
	t.Errorf("%s may be kept: %v", p.path, p.header[http.CanonicalHeaderKey("Cache-Control")])
}
