package web_test

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/demo"
	"github.com/passmuster/passmuster/internal/registry"
	trainees "github.com/passmuster/passmuster/internal/testkit/world"

	"github.com/passmuster/passmuster/internal/testkit"
)

// morning is while the class of newClass is taught, in Shijiazhuang.
var morning = time.Date(2026, 11, 21, 1, 0, 0, 0, time.UTC)

// openRoom makes a class of the course and lets people join it.
func (w *world) openRoom(course string) (trainer *person, class string) {
	w.t.Helper()
	w.clock.Set(morning)
	trainer = w.signIn(w.t, demo.TrainerEmail)
	class = trainer.newClass(course)
	trainer.get(class).want(200, "Let people join by QR code")
	trainer.get(class+"/join").want(200, "Show the code")
	trainer.post(class+"/join").want(200, "Scan with your phone", `http-equiv="refresh" content="15"`)
	return trainer, class
}

// code is the way in that the trainer's screen shows now.
func (p *person) code(class string) string {
	p.t.Helper()
	return p.get(class + "/join").want(200).find(`href="[^"]*(/join/[0-9A-Z]{12})"`)
}

// scan opens the code on a phone of its own and returns what the form would send.
func (w *world) scan(t testing.TB, code string) (*person, url.Values) {
	t.Helper()
	p := w.visitor(t)
	p.get(code).want(200, "Are you in the right room?")
	return p, p.form(code)
}

func fill(form url.Values, i int) url.Values {
	form.Set("name", trainees.Name(i))
	form.Set("id_type", "volunteer")
	form.Set("id", fmt.Sprintf("DEMO-%06d", 500+i))
	form.Set("phone", fmt.Sprintf("138%08d", i))
	return form
}

var privateLink = regexp.MustCompile(`/my/[A-Za-z0-9_-]{32}`)

func TestPeopleJoinByTheirPhonesWithoutAccountCookieOrScript(t *testing.T) {
	w := newWorld(t)
	trainer, class := w.openRoom("CPR1")
	code := trainer.code(class)

	one, form1 := w.scan(t, code)
	two, form2 := w.scan(t, code)
	one.postForm(code, fill(form1, 0)).want(200, "You are no.", "<b>1</b>", "Keep this page", "counts heads next")
	two.postForm(code, fill(form2, 1)).want(200, "<b>2</b>")
	links := map[string]bool{}
	for _, p := range []*person{one, two} {
		links[privateLink.FindString(p.body)] = true
		if got := p.header.Values("Set-Cookie"); len(got) > 0 || len(p.http.Jar.Cookies(must(url.Parse(w.url)))) > 0 {
			t.Errorf("joining set the cookie %q", got)
		}
		if got := p.header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("the page with the link is kept by caches: %q", got)
		}
	}
	if len(links) != 2 {
		t.Errorf("two people have the links %v", links)
	}
	for link := range links {
		w.visitor(t).get(link).want(200, "Progress")
	}
	one.postForm(code, form1).want(200, "<b>1</b>") // the answer got lost, and the form was sent again

	t.Run("a namesake is asked, and learns a number and nothing else", func(t *testing.T) {
		p, form := w.scan(t, code)
		fill(form, 2).Set("name", trainees.Name(0))
		p.postForm(code, form).want(200, "Are you already no. 1?").never("DEMO-000500", "/my/", "…0500")
		if p.form(p.path).Get("id") != "DEMO-000502" {
			t.Error("what was typed is gone")
		}
		me := cloned(form, "twin", "me")
		w.visitor(t).postForm(code, me).want(409, "on the list already", "ask the trainer").never("/my/")
		other := cloned(form, "twin", "other")
		p.postForm(code, other).want(200, "<b>3</b>")
	})
	t.Run("the same id on another phone gives no link", func(t *testing.T) {
		p, form := w.scan(t, code)
		p.postForm(code, cloned(fill(form, 1), "twin", "other")).want(409, "as no. 2").never("/my/")
	})
	t.Run("a dot is put right and shown before it is printed", func(t *testing.T) {
		p, form := w.scan(t, code)
		fill(form, 3).Set("name", "扎西•顿珠")
		p.postForm(code, form).want(200, "Your certificate will read:", "扎西·顿珠", "Yes, this is my name")
		p.postForm(code, p.form(code)).want(200, "<b>4</b>", "扎西·顿珠")
	})
	t.Run("a glyph that nobody can print is named, with advice", func(t *testing.T) {
		p, form := w.scan(t, code)
		fill(form, 4).Set("name", "张\U00031350")
		p.postForm(code, form).want(422, "No font here can print", "U+31350", "tell your trainer", `value="DEMO-000504"`)
		answer := w.visitor(t).post("/join-name", "name", "张\U00031350", "ticket", form.Get("ticket")).want(200, `"wrong":true`, `"name":""`)
		if !strings.HasPrefix(answer.header.Get("Content-Type"), "application/json") {
			t.Errorf("preview is %s", answer.header.Get("Content-Type"))
		}
		w.visitor(t).post("/join-name", "name", "王芳", "ticket", "x").want(404)
	})
	t.Run("a code whose time is over asks for the one on the screen, and keeps what was typed", func(t *testing.T) {
		p, form := w.scan(t, code)
		w.clock.Set(morning.Add(20 * time.Minute))
		defer w.clock.Set(morning)
		w.visitor(t).get(code).want(410, "The code has changed")
		p.postForm(code, fill(form, 5)).want(409, "The code has changed", trainees.Name(5), `value="DEMO-000505"`)
		again := p.form(code)
		again.Set("code", strings.ToLower(strings.TrimPrefix(trainer.code(class), "/join/")))
		again.Set("id_type", "volunteer")
		p.postForm(code, again).want(200, "<b>5</b>")
	})
	t.Run("a course that wants the whole id is told so", func(t *testing.T) {
		p, form := w.scan(t, code)
		p.postForm(code, cloned(fill(form, 8), "id", "0508")).want(422, "needs the whole number")
		p.postForm(code, cloned(form, "id", "")).want(422, "personal id is empty", "Write the number of your id")
	})
	t.Run("codes that never were", func(t *testing.T) {
		w.visitor(t).get("/join").want(200, "Code on the trainer")
		w.visitor(t).get("/join/0000-0000-0000").want(404, "leads to no class")
		w.visitor(t).get("/join?code=zz").want(404, "leads to no class")
		typed := strings.TrimPrefix(code, "/join/")
		w.visitor(t).get("/join?code="+strings.ToLower(typed[:4]+"-"+typed[4:8]+"+"+typed[8:])).want(200, "right room")
	})
	t.Run("a closed class takes nobody, and keeps what was typed", func(t *testing.T) {
		p, form := w.scan(t, code)
		trainer.post(class+"/join/close").want(200, "Nobody can join any more", "Head-count")
		p.postForm(code, fill(form, 6)).want(409, "takes nobody more", trainees.Name(6))
		w.visitor(t).get(code).want(410, "takes nobody more")
		trainer.post(class + "/join").want(200)
		p.postForm(code, p.form(code)).want(200, "<b>6</b>")
	})
	t.Run("the screen's code is read by others", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "qr.png")
		must(0, os.WriteFile(file, []byte(trainer.get(class+"/join/qr.png").want(200).body), 0o600))
		text := strings.TrimSpace(string(must(exec.Command(testkit.Tool(t, "zbarimg"), "-q", "--raw", file).Output())))
		if text != w.url+trainer.code(class) {
			t.Errorf("zbarimg read %q", text)
		}
		w.visitor(t).get(class+"/join").want(200, "Sign in")
	})
}

func cloned(form url.Values, name, value string) url.Values {
	out := url.Values{}
	for k, v := range form {
		out[k] = v
	}
	out.Set(name, value)
	return out
}

// Thirty phones behind one address, some at once; then the trainer counts.
// Who switches the language after a form came back keeps what was typed, without
// a script, and nothing is done by it.
func TestAnotherLanguageKeepsWhatWasTyped(t *testing.T) {
	w := newWorld(t)
	trainer, class := w.openRoom("CPR1")
	code := trainer.code(class)
	one, form := w.scan(t, code)
	form = fill(form, 3)
	form.Set("name", "+1 Alan")
	one.postForm(code, form).want(422, `name="switch"`, `formaction="`+code, `form="joining"`)
	to := html.UnescapeString(one.find(`formaction="(` + code + `[^"]*lang=ru[^"]*)"`))
	form.Set("name", "张 伟")
	form.Set("switch", "1")
	one.postForm(to, form).want(200, `lang="ru"`, `value="张 伟"`, `value="DEMO-000503"`, `name="switch"`)
	trainer.get(class+"/heads").want(200).never("DEMO-000503", "张伟")
	form.Del("switch")
	form.Set("name", trainees.Name(3))
	one.postForm(to, form).want(200, "<b>1</b>")

	p := w.visitor(t)
	p.post("/verify", "number", "GAJK-XX", "name", "王芳 DEMO").want(422, `form="by-number"`, `formaction="/verify?lang=zh"`)
	p.post("/verify?lang=zh", "number", "GAJK-XX", "name", "王芳 DEMO", "switch", "1").want(200, `lang="zh`, "王芳 DEMO", `value="GAJK-XX"`)
	p.post("/claim", "name", "王芳 DEMO", "phone", "1").want(422, `form="lost"`, `formaction="/claim?lang=ru"`)
	p.post("/claim?lang=ru", "name", "王芳 DEMO", "phone", "1", "switch", "1").want(200, `lang="ru"`, "王芳 DEMO")
	p.post("/join/000000000000?lang=ru", "name", "x").want(404, `hreflang="zh`) // a page of a refusal has its links, too
	p.post("/my/"+strings.Repeat("a", 32)+"/confirm?lang=ru").want(404, `href="/my/`+strings.Repeat("a", 32)+`?lang=en"`)
}

func TestWhatIsWrongWithAJoinFormIsSaidInItsOwnWords(t *testing.T) {
	w := newWorld(t)
	trainer, class := w.openRoom("CPR1")
	code := trainer.code(class)
	one, form := w.scan(t, code)
	for _, tc := range []struct{ name, lang, want string }{
		{"", "en", "The name is empty"}, {"", "zh", "请按证件填写姓名"}, {"", "ru", "Напишите имя, как в документе"},
		{"+1 Alan", "en", "It cannot begin with =, +, - or @"}, {"+1 Alan", "zh", "不能以 =、+、-、@ 开头"}, {"+1 Alan", "ru", "Нельзя начинать с =, +, - или @"},
	} {
		form.Set("name", tc.name)
		form.Set("id", "")
		one.postForm(code+"?lang="+tc.lang, form).want(422, tc.want).never("heading", "cell", "单元格", "表头", "ячейк", "заголовк")
	}
}

func TestThirtyPhonesBehindOneAddressAndAHeadCount(t *testing.T) {
	w := newWorld(t)
	trainer, class := w.openRoom("CPR1")
	code := trainer.code(class)
	join := func(i int) {
		p, form := w.scan(t, code)
		p.postForm(code, fill(form, i))
		if p.status != http.StatusOK || !strings.Contains(p.body, "You are no.") {
			t.Errorf("person %d: %d %s", i, p.status, p.words())
		}
	}
	for i := range 15 {
		join(i)
	}
	var wait sync.WaitGroup
	for i := 15; i < 31; i++ {
		wait.Go(func() { join(i) })
	}
	wait.Wait()
	trainer.get(class+"/join/now").want(200, `"joined":31`, `"waiting":31`)
	trainer.get(class).want(200, "31 people wait for your head-count", "Not confirmed")
	trainer.post(class+"/submit").want(409, "31 people who joined are not confirmed")
	trainer.get(class+"/heads").want(200, "31 on the list")
	struck := trainer.find(`name="strike" value="([0-9a-f-]+)"`)
	trainer.post(class+"/heads", "heads", "30").want(409, "30 in the room, 31 on the list", `value="30"`)
	trainer.post(class+"/heads", "heads", "30", "strike", struck).want(200, "Confirmed: 30 on the list")
	trainer.never("Not confirmed").want(200, "Withdrawn")
	trainer.get(class+"/heads").want(200, "Nobody waits", "Struck out", "Last count: 30")
	struckOut := w.visitor(t).get("/my/" + access.HolderToken(w.s.Share.Keys, registry.ID(struck), 1))
	struckOut.want(200, "You were taken off the list of this class", "ask the trainer").never("This class was cancelled")
	trainer.post(class+"/heads/back", "enrolment", struck).want(200, "1 on the list", "31 on the list")
	trainer.get(class+"/join/now").want(200, `"joined":31`, `"waiting":1`)
}

func TestASlipWithoutANameLeadsToTheFormAndThenToItsPerson(t *testing.T) {
	w := newWorld(t)
	trainer, class := w.openRoom("CPR1")
	trainer.get(class+"/join").want(200, "Blank slips")
	trainer.post(class+"/slips", "count", "2").want(200)
	for _, typed := range []string{"0", "-1", "abc", "1000", "１７x"} {
		trainer.post(class+"/slips/link", "slip", typed, "enrolment", "x").want(422, "This is no slip number", "1 to 999")
	}
	trainer.post(class+"/slips/link", "slip", "9", "enrolment", "x").want(422, "There is no slip 9")
	trainer.post(class+"/slips/link", "slip", w.url+"/claim/AAAAAAAAAAAAAAAAAAAAAAAA", "enrolment", "x").want(422, "of no slip of this class").never("AAAAAAAA\"")
	links := scanned(t, trainer.get(class+"/slips-blank.pdf").want(200).body)
	var paths []string
	for _, link := range links {
		paths = append(paths, link[len(w.url):])
	}
	p := w.visitor(t)
	p.get(paths[0]).want(200, "right room", "Slip", "Give this slip to somebody on the list")
	form := fill(p.form(paths[0]), 0)
	p.postForm(paths[0], form).want(200, "<b>1</b>")
	mine := privateLink.FindString(p.body)
	if w.visitor(t).get(paths[0]).want(200); !strings.HasPrefix(w.visitor(t).get(paths[0]).path, mine) {
		t.Errorf("the slip leads to %s", w.visitor(t).get(paths[0]).path)
	}
	other := w.visitor(t)
	other.get(paths[1])
	w.visitor(t).postForm(paths[0], fill(other.form(paths[1]), 1)).want(409).never("/my/")
	trainer.get("/t/slips/"+strings.TrimPrefix(paths[1], "/claim/")).want(200, `name="slip"`, `value="00`)
	w.visitor(t).get("/t/slips/x").want(200, "Sign in")
}

func TestALostLinkIsFoundByNameAndPhoneAndNeverByThePaper(t *testing.T) {
	w := newWorld(t)
	trainer, class := w.openRoom("CPR1")
	code := trainer.code(class)
	p, form := w.scan(t, code)
	p.postForm(code, fill(form, 7)).want(200, "<b>1</b>")
	mine := privateLink.FindString(p.body)
	v := w.visitor(t)
	v.get("/claim").want(200, "Lost your link?", "Training base")
	ask := func(fields ...string) *person { return w.visitor(t).post("/claim", fields...) }
	if got := ask("name", trainees.Name(7), "phone", "0007", "base", "SJZ", "month", "2026-11").want(200); !strings.HasPrefix(got.path, mine) {
		t.Errorf("led to %s, want %s", got.path, mine)
	}
	neutral := ask("name", trainees.Name(7), "phone", "0008", "base", "SJZ", "month", "2026-11").want(404, "Nothing was found").never("/my/").words()
	for promise, fields := range map[string][]string{
		"another month":        {"name", trainees.Name(7), "phone", "0007", "base", "SJZ", "month", "2026-10"},
		"another base":         {"name", trainees.Name(7), "phone", "0007", "base", "TJX", "month", "2026-11"},
		"nobody":               {"name", "无名氏", "phone", "0007", "base", "SJZ", "month", "2026-11"},
		"what is on the paper": {"name", w.sum.Name, "phone", w.credentials("valid")[0].Snapshot.IDLast4, "number", string(w.sum.Number)},
	} {
		got := ask(fields...)
		if promise == "what is on the paper" && got.status == 422 {
			continue // last four with a letter is no phone
		}
		if got.status != 404 || !strings.Contains(got.body, "Nothing was found") || len(neutral) == 0 {
			t.Errorf("%s: %d %s", promise, got.status, got.words())
		}
	}
	ask("name", "", "phone", "12a4").want(422, "Write your name as on your id", "Four digits", "base and month")
	ask("name", "王芳", "phone", "0007", "number", "nonsense").want(422)
}

// A true browser: the dot, the preview, a line that breaks, a page loaded again,
// and the count on the trainer's screen.
func TestJoiningInABrowserThatLosesItsNetwork(t *testing.T) {
	w := newWorld(t)
	trainer, class := w.openRoom("CPR1")
	desk := trainer.look()
	desk.open(t, class+"/join", "en", 1280)
	phone := w.visitor(t).look()
	code := trainer.code(class)
	open := func() {
		must(0, chromedp.Do(phone.ctx, chromedp.EmulateViewport(360, 640), chromedp.Navigate(w.url+code)))
	}
	run := func(s *screen, script string) string {
		t.Helper()
		out, err := chromedp.Run(s.ctx, chromedp.Evaluate[string](script))
		if err != nil {
			t.Fatalf("%s: %v", script, err)
		}
		return out
	}
	until := func(s *screen, script, want string) {
		t.Helper()
		got := ""
		for range 150 {
			if got, _ = chromedp.Run(s.ctx, chromedp.Evaluate[string](script)); strings.Contains(got, want) { // no answer while it loads
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
		t.Fatalf("%s: %q, want %q", script, got, want)
	}
	open()
	must(0, chromedp.Do(phone.ctx, chromedp.SendKeys(`#f-name`, "扎西"), chromedp.Click(`[data-insert]`), chromedp.SendKeys(`#f-name`, "顿珠"),
		chromedp.SendKeys(`#f-id`, "DEMO-000017"), chromedp.SendKeys(`#f-phone`, "13800000017")))
	until(phone, `document.querySelector("#live .printed")?.textContent || ""`, "扎西·顿珠")
	open()
	if got := run(phone, `document.querySelector("#f-name").value + document.querySelector("#f-phone").value`); got != "扎西·顿珠13800000017" {
		t.Errorf("loaded again, the form has %q", got)
	}
	run(phone, `(window.whole = window.fetch, window.fetch = () => Promise.reject(new TypeError("offline")), "off")`)
	must(0, chromedp.Do(phone.ctx, chromedp.Click(`form[data-join] button[type=submit]`)))
	until(phone, `document.querySelector("#net").textContent`, "What you typed is kept. Trying again in")
	run(phone, `(window.fetch = window.whole, "on")`)
	until(phone, `document.querySelector("h1").textContent`, "You are no. 1")
	if got := run(phone, `Object.keys(sessionStorage).filter((k) => k.startsWith("join:")).length + " " + location.pathname.endsWith("/joined")`); got != "0 true" {
		t.Errorf("afterwards: %s", got)
	}
	until(desk, `document.querySelector("#joined").textContent`, "1")
	w.clock.Set(morning.Add(31 * time.Second))
	now := must(url.Parse(trainer.code(class))).Path
	until(desk, `document.querySelector("#code").textContent.replaceAll("-", "")`, strings.TrimPrefix(now, "/join/"))
	until(desk, `document.querySelector("#qr").src`, strings.TrimPrefix(now, "/join/"))
}

// The pages of joining fit a phone and a desk in every language; each was looked
// at.
func TestTheLookOfJoining(t *testing.T) {
	w := newWorld(t)
	trainer, class := w.openRoom("CPR1")
	code := trainer.code(class)
	p, form := w.scan(t, code)
	p.postForm(code, fill(form, 0)).want(200)
	mine := p.path
	p, form = w.scan(t, code)
	fill(form, 1).Set("name", trainees.Name(0))
	p.postForm(code, cloned(form, "twin", "other")).want(200)
	look(t, trainer, []view{{"join-form", code}, {"join-code", "/join"}, {"join-done", mine}, {"join-screen", class + "/join"}, {"join-heads", class + "/heads"},
		{"join-roster", class}, {"claim", "/claim"}})
}
