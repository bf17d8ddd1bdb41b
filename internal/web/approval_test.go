package web_test

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/demo"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// authenticator gives the screen's browser a phone that knows its user.
func (s *screen) authenticator(t testing.TB) {
	t.Helper()
	must(chromedp.Call(s.ctx, webauthn.Enable, webauthn.EnableParams{}))
	must(chromedp.Call(s.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal, HasResidentKey: true, HasUserVerification: true,
		IsUserVerified: true, AutomaticPresenceSimulation: true}}))
}

// until waits for a script to be true: a page may be on its way.
func (s *screen) until(t testing.TB, script string) {
	t.Helper()
	for range 300 {
		if ok, err := chromedp.Run(s.ctx, chromedp.Evaluate[bool](script)); err == nil && ok {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	text, _ := chromedp.Run(s.ctx, chromedp.Evaluate[string](`location.pathname + ": " + document.querySelector("main").innerText`))
	t.Fatalf("never %s; %s", script, text)
}

func (s *screen) text(script string) string {
	return must(chromedp.Run(s.ctx, chromedp.Evaluate[string](script)))
}

// addPasskey registers the browser's passkey at the account's page.
func (s *screen) addPasskey(t testing.TB) {
	t.Helper()
	s.authenticator(t)
	s.open(t, "/staff/account", "en", 360)
	must(0, chromedp.Do(s.ctx, chromedp.SendKeys("#f-name", "DEMO phone"), chromedp.SendKeys("#f-password", password), chromedp.Click(`button[data-passkey]`)))
	s.until(t, `document.querySelector("main").innerText.includes("The passkey “DEMO phone” is added")`)
}

// signAndApprove presses the button that signs.
func (s *screen) signAndApprove(t testing.TB, class string) {
	t.Helper()
	s.open(t, class, "en", 360)
	must(0, chromedp.Do(s.ctx, chromedp.Click(`#decision button[data-passkey]`)))
}

func TestAnApproverSignsWithAPasskey(t *testing.T) {
	w := newWorldAt(t, "localhost")
	p := w.signIn(t, demo.ApproverEmail)
	class := p.waiting()
	p.get("/staff/account").want(200, "You have none yet", "Passkeys need JavaScript")
	p.get(class).want(200, "Add a passkey to sign").never("data-passkey=")
	screen := p.look()
	screen.addPasskey(t)
	screen.signAndApprove(t, class)
	screen.until(t, `document.querySelector("main").innerText.includes("Approved: 11 certificates are issued")`)

	list := must(w.s.Issue.Approvals(t.Context(), w.actor(demo.ApproverEmail), w.class(class).ID))
	if len(list) != 1 || list[0].Err != nil || list[0].Record.Passkey == nil || list[0].Origin != w.url || len(list[0].Content.People) != 12 {
		t.Fatalf("kept: %+v", list)
	}
	p.get(class).want(200, "signed with a passkey, checked again just now", "11 certificates")
	w.write(func(ctx context.Context, tx *store.Tx) error { return tx.PutPasskeyNeeded(ctx, w.issuer(), true) })
	p.get("/staff/account").want(200, "DEMO phone", "Last used").post(p.find(`action="(/staff/account/passkeys/[^"]+/remove)"`)).want(200, "The passkey is removed")
	p.get(class).want(200, "signed with a passkey, checked again just now") // what it signed stays signed
}

func TestAClassIsApprovedByKeyboardAlone(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.ApproverEmail)
	class := p.waiting()
	screen := p.look()
	screen.open(t, "/a", "en", 1280)
	press := func(key, until string) {
		t.Helper()
		for range 200 {
			must(0, chromedp.Do(screen.ctx, chromedp.KeyEvent(key)))
			if must(chromedp.Run(screen.ctx, chromedp.Evaluate[bool](until))) {
				return
			}
		}
		t.Fatalf("the keyboard never reaches %s", until)
	}
	press(kb.Tab, `document.activeElement.matches('a[href="`+class+`"]')`)
	must(0, chromedp.Do(screen.ctx, chromedp.KeyEvent(kb.Enter)))
	screen.until(t, `location.pathname === "`+class+`" && !!document.querySelector("#decision")`)
	press(kb.Tab, `document.activeElement.matches("#decision button:not([formaction])")`)
	if seen := must(chromedp.Run(screen.ctx, chromedp.Evaluate[bool](`(() => { const b = document.activeElement.getBoundingClientRect(), s = getComputedStyle(document.activeElement);
		return b.top >= 0 && b.bottom <= innerHeight && s.outlineStyle !== "none"; })()`))); !seen {
		t.Error("the focus is not seen")
	}
	must(0, chromedp.Do(screen.ctx, chromedp.KeyEvent(kb.Enter)))
	screen.until(t, `document.querySelector("main").innerText.includes("Approved: 11 certificates are issued")`)
}

// actor is the account as the one who acts.
func (w *world) actor(email string) (a registry.Actor) {
	w.t.Helper()
	w.read(func(ctx context.Context, tx *store.Tx) error {
		account, err := tx.AccountByEmail(ctx, email)
		a = account.Actor()
		return err
	})
	return a
}

// issuer is the organization that issues for the base of the demonstration.
func (w *world) issuer() (id registry.ID) {
	w.t.Helper()
	w.read(func(ctx context.Context, tx *store.Tx) error {
		base, err := tx.Base(ctx, "SJZ")
		if err != nil {
			return err
		}
		path, err := tx.OrganizationPath(ctx, base.Host)
		if err != nil {
			return err
		}
		org, err := registry.IssuerOf(path)
		id = org.ID
		return err
	})
	return id
}

func TestAnEditAfterTheSignatureVoidsIt(t *testing.T) {
	w := newWorldAt(t, "localhost")
	p := w.signIn(t, demo.ApproverEmail)
	class := p.waiting()
	screen := p.look()
	screen.addPasskey(t)
	screen.open(t, class, "en", 360)
	// The phone signs; before the form arrives, a name on the roster is another one.
	hold := `HTMLFormElement.prototype.submit = function () { window.sent = new URLSearchParams(new FormData(this)).toString(); }; true`
	must(chromedp.Run(screen.ctx, chromedp.Evaluate[bool](hold)))
	must(0, chromedp.Do(screen.ctx, chromedp.Click(`#decision button[data-passkey]`)))
	screen.until(t, `!!window.sent`)
	signed := must(url.ParseQuery(screen.text(`window.sent`)))
	id := w.class(class).ID
	w.write(func(ctx context.Context, tx *store.Tx) error {
		list, err := tx.Enrolments(ctx, id)
		if err != nil {
			return err
		}
		list[3].Name = "DEMO 王小明"
		_, err = tx.SaveEnrolment(ctx, list[3])
		return err
	})
	p.postForm(class+"/approve", signed).want(412, "What was signed is not what is here now")
	if got := w.class(class).Status; got != registry.ClassSubmitted {
		t.Errorf("the class is %s", got)
	}
	t.Run("and another decision is another statement", func(t *testing.T) {
		p := p.with(t)
		p.get(class)
		rows := p.rows()
		signed.Set("hold", rows[0])
		signed.Set("reason."+rows[0], "DEMO")
		p.postForm(class+"/approve", signed).want(412, "What was signed is not what is here now")
	})
	t.Run("without a signature it is approved as it is", func(t *testing.T) {
		p := p.with(t)
		signed.Del("passkey")
		signed.Del("hold")
		p.postForm(class+"/approve", signed).want(200, "certificates are issued")
	})
}

func TestAnIssuerMayAskForPasskeys(t *testing.T) {
	w := newWorldAt(t, "localhost")
	p := w.signIn(t, demo.ApproverEmail)
	class := p.waiting()
	p.get("/a").never("Require a passkey")
	p.post("/a/rules", "org", string(w.issuer()), "passkey", "needed").want(404)
	federation := w.signIn(t, demo.FederationEmail)
	federation.get("/a").want(200, "may be approved without a passkey").post("/a/rules", "org", string(w.issuer()), "passkey", "needed").want(200, "are approved with a passkey only")
	p.get(class).want(200, "asks for a signature with a passkey", `disabled aria-describedby="needs-key"`, "Add a passkey")
	p.postForm(class+"/approve", p.form(class+"/approve")).want(403, "lets nothing be approved without a passkey")
	if got := w.class(class).Status; got != registry.ClassSubmitted {
		t.Errorf("the class is %s", got)
	}
	federation.post("/a/rules", "org", string(w.issuer()), "passkey", "").want(200, "may be approved without")
	p.get(class)
	p.postForm(class+"/approve", p.form(class+"/approve")).want(200, "certificates are issued")
}

func TestPasskeysAreNotAskedForAtANumericAddress(t *testing.T) {
	w := newWorldAt(t, "127.0.0.1")
	federation := w.signIn(t, demo.FederationEmail)
	federation.get("/a").want(200).never("may be approved without a passkey")
	federation.post("/a/rules", "org", string(w.issuer()), "passkey", "needed").want(409, "would stop every approval")
	w.write(func(ctx context.Context, tx *store.Tx) error { return tx.PutPasskeyNeeded(ctx, w.issuer(), true) })
	federation.get("/a").want(200, "are approved with a passkey only").post("/a/rules", "org", string(w.issuer()), "passkey", "").want(200).never("are approved with a passkey only")
}

func TestWhoSubmittedSendsALinkToTheApprover(t *testing.T) {
	w := newWorld(t)
	approver := w.signIn(t, demo.ApproverEmail)
	class := approver.waiting()
	own := strings.Replace(class, "/a/", "/t/", 1)
	p := w.signIn(t, demo.TrainerEmail)
	p.get(own).want(200, "waiting for approval since", `href="`+own+`/ask"`)
	p.get(own+"/ask").want(200, "Who may decide", "Please approve: ", "/ask.png", "ends on ")
	link := p.find(`(http://[^\s<]+/a/ask/[\w-]+)`)
	p.get(own + "/ask.png").want(200)
	stranger := w.visitor(t)
	stranger.get(link).want(200, "Sign in")
	stranger.post("/signin", "email", demo.ApproverEmail, "password", password, "next", stranger.find(`name="next" value="([^"]+)"`)).want(200, "Approve and issue up to 11 certificates")
	if stranger.path != class {
		t.Errorf("led to %s", stranger.path)
	}
	w.signIn(t, demo.HospitalEmail).get(link).want(404) // the link gives no right
	approver.get(link[:len(link)-1]+"_").want(404, "This link has ended")
	w.clock.Set(now.Add(15 * 24 * time.Hour))
	w.signIn(t, demo.ApproverEmail).get(link).want(404, "This link has ended")
}

func TestWhoWasHeldBackIsApprovedLater(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.ApproverEmail)
	class := p.waiting()
	p.get(class)
	form, rows := p.form(class+"/approve"), p.rows()
	form.Set("hold", rows[1])
	form.Set("reason."+rows[1], "DEMO: compare the id")
	p.postForm(class+"/approve", form).want(200, "10 certificates are issued")
	p.get(class).want(200, "Held back at the approval", "DEMO: compare the id", "Approve and issue now")
	later := class + "/later"
	w.signIn(t, demo.TrainerEmail).post(later, "enrolment", rows[1]).want(403)
	p.post(later, "enrolment", rows[0]).want(200) // who has his certificate: as if sent twice
	p.post(later, "enrolment", rows[1]).want(200, "is approved: certificate", "Certificates of the class")
	if n := strings.Count(p.body, "/certificate.pdf"); n != 11 {
		t.Errorf("%d files, want 11", n)
	}
	p.get(class).want(200, "What was decided").never("Held back at the approval")
	p.post(later, "enrolment", rows[1]).want(200)
	if n := strings.Count(p.body, "/certificate.pdf"); n != 11 {
		t.Errorf("sent twice: %d files, want 11", n)
	}
}

func TestASmallBaseFallsToTheRegionalQueue(t *testing.T) {
	w := newWorld(t)
	class := w.signIn(t, demo.ApproverEmail).waiting()
	federation := w.signIn(t, demo.FederationEmail)
	federation.get("/a").want(200)
	nearer := regexp.MustCompile(`(?s)Nearer to others.*` + class)
	var host registry.ID
	w.read(func(ctx context.Context, tx *store.Tx) (err error) {
		host, err = tx.ClassOrg(ctx, w.class(class).ID)
		return err
	})
	w.write(func(ctx context.Context, tx *store.Tx) error { // an approver of the base itself
		account, err := tx.AccountByEmail(ctx, demo.ApproverEmail)
		if err != nil {
			return err
		}
		account.Grants = []registry.Grant{{Role: registry.RoleApprover, Org: host}}
		_, err = tx.SaveAccount(ctx, account)
		return err
	})
	federation.get("/a").want(200, "Nearer to others")
	if !nearer.MatchString(federation.body) {
		t.Errorf("the class is not with those who are nearer: %s", federation.words())
	}
	w.signIn(t, demo.ApproverEmail).get("/a").want(200, class).never("Nearer to others", "regional queue")
	w.write(func(ctx context.Context, tx *store.Tx) error { // where everybody then had a hand in the class
		c, err := tx.Class(ctx, w.class(class).ID)
		if err != nil {
			return err
		}
		all, err := tx.Deciders(ctx, host)
		for _, a := range all {
			c.Trainers = append(c.Trainers, registry.ClassTrainer{Person: a.Person, Name: a.Name, Role: "assistant"})
		}
		if err == nil {
			_, err = tx.SaveClass(ctx, c)
		}
		return err
	})
	federation.get("/a").want(200, "regional queue").never("Nearer to others")
	federation.get(class).want(200, "waits with the organization above")
}

func TestAHolderConfirmsOrDenies(t *testing.T) {
	w := newWorld(t)
	approver := w.signIn(t, demo.ApproverEmail)
	class := approver.waiting()
	approver.get(class)
	row := approver.rows()[2]
	mine := "/my/" + access.HolderToken(w.s.Share.Keys, registry.ID(row), 1)
	p := w.visitor(t)
	p.get(mine).want(200, "Recorded, waiting for approval since ", "Were you at this class?", "I was there", "This is not me")
	p.post(mine+"/confirm", "answer", "perhaps").want(422, "no such answer")
	p.post(mine+"/confirm", "answer", "not_me").want(200, "Thank you", "You said: this is not me", "Mistaken?")
	approver.get("/a").want(200, "a holder says: this was not me")
	approver.get(class).want(200, "a holder says: this was not me", "holder says: not me", "answered on the private page that it was not them")
	p.post(mine+"/confirm", "answer", "there").want(200, "You said: I was there")
	approver.get("/a").want(200).never("a holder says")
	approver.get(class).want(200, "confirmed by the holder").never("holder says: not me")
	w.clock.Set(now.Add(25 * time.Hour))
	p.get(mine).want(200, "You said: I was there").never("Mistaken?")
	p.post(mine+"/confirm", "answer", "not_me").want(409, "older than a day")
	p.post("/my/00000000000000000000000000000000/confirm", "answer", "there").want(404, "no such private link")
}

func TestADenialAfterTheIssueIsLookedInto(t *testing.T) {
	w := newWorld(t)
	c := w.credentials(registry.StatusValid)[0]
	mine := "/my/" + access.HolderToken(w.s.Share.Keys, c.Enrolment, 1)
	w.visitor(t).post(mine+"/confirm", "answer", "not_me").want(200, "You said: this is not me")
	approver := w.signIn(t, demo.ApproverEmail)
	approver.get(page(c)).want(200, "The holder says on the private page: this was not me")
	approver.get("/a").want(200, "Holders who say: this was not me", string(c.Number))
	settle := "/a/denials/" + string(c.Enrolment)
	w.signIn(t, demo.TrainerEmail).post(settle, "note", "DEMO").want(403)
	approver.post(settle, "note", " ").want(422, "The reason is missing")
	approver.post(settle, "note", "DEMO: a twin, the id was compared").want(200, "Noted").never(string(c.Number))
	approver.post(settle, "note", "DEMO again").want(200)
	approver.get(page(c)).want(200, "Looked into: DEMO: a twin")
}

func TestABaseShowsTheShareConfirmed(t *testing.T) {
	w := newWorld(t)
	p := w.visitor(t)
	p.get("/bases/sjz").want(200, "accredited", "Confirmed by holders", "0 % of the certificates").never(w.sum.Name)
	there := 0
	for _, c := range w.credentials(registry.StatusValid) {
		if c.Snapshot.Base.Code == "SJZ" && there < 5 {
			there++
			p.post("/my/"+access.HolderToken(w.s.Share.Keys, c.Enrolment, 1)+"/confirm", "answer", "there").want(200)
		}
	}
	p.get("/bases/SJZ").want(200, fmt.Sprintf(": %d of ", there))
	p.get("/bases/NOPE").want(404)
}

// The pages of approval fit a phone and a desk in every language; each was looked at.
func TestTheLookOfAskingSigningAndConfirming(t *testing.T) {
	w := newWorldAt(t, "localhost")
	p := w.signIn(t, demo.ApproverEmail)
	class := p.waiting()
	p.get(class)
	rows := p.rows()
	denied := "/my/" + access.HolderToken(w.s.Share.Keys, registry.ID(rows[2]), 1)
	w.visitor(t).post(denied+"/confirm", "answer", "not_me").want(200)
	c := w.credentials(registry.StatusValid)[0]
	w.visitor(t).post("/my/"+access.HolderToken(w.s.Share.Keys, c.Enrolment, 1)+"/confirm", "answer", "not_me").want(200)
	look(t, w.signIn(t, demo.TrainerEmail), []view{{"ask", strings.Replace(class, "/a/", "/t/", 1) + "/ask"}, {"class_waits", strings.Replace(class, "/a/", "/t/", 1)}})
	look(t, w.signIn(t, demo.FederationEmail), []view{{"queue_denial", "/a"}, {"denial_certificate", page(c)}})
	look(t, w.visitor(t), []view{{"my_waits", "/my/" + access.HolderToken(w.s.Share.Keys, registry.ID(rows[1]), 1)}, {"my_denied", denied}, {"base", "/bases/SJZ"}})
	screen := p.look()
	screen.addPasskey(t)
	look(t, p, []view{{"account", "/staff/account"}, {"decide_key", class}})
	p.get(class)
	form := p.form(class + "/approve")
	form.Set("hold", rows[1])
	form.Set("reason."+rows[1], "DEMO: compare the id")
	p.postForm(class+"/approve", form).want(200)
	look(t, p, []view{{"decided", class}})
}
