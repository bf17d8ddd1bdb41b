package web_test

import (
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/passmuster/passmuster/internal/demo"
)

func TestAClassIsStaffedAsItsCourseAsks(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.TrainerEmail)
	first := "/t/classes/new?course=CPR1&base=SJZ&on=2026-11-21"
	p.get(first).want(200, "With a capacity you see here", "Manikins on the day")
	form := p.form("/t/classes")
	form.Set("capacity", "25")
	p.postForm("/t/classes", form).want(409, "Few trainers: 25 trainees, trainers: 1", "Trainees: 25 · trainers: 1", `value="25"`)
	form = p.form("/t/classes")
	form.Set("ratio_reason", "two rooms, one after the other")
	p.postForm("/t/classes", form).want(200, "The class is created", "3 days left")
	path := p.path

	fed := w.signIn(t, demo.FederationEmail)
	fed.get("/registry").want(200, `href="/registry/rules"`, "Rules for classes")
	p.get("/registry").want(200).never("/registry/rules")
	fed.get("/registry/rules").want(200, `href="/registry/audit"`, "How strict are the rules for classes?")
	owners := regexp.MustCompile(`action="(/registry/rules/[^"]+)"`).FindAllStringSubmatch(fed.body, -1)
	if len(owners) == 0 {
		t.Fatal("no scheme owner to set")
	}
	fed.post(owners[0][1], "preset", "lax").want(422, "is not a preset")
	for _, o := range owners {
		fed.post(o[1], "preset", "relaxed").want(200, "Saved for")
	}
	p.get("/registry/rules").want(403)
	p.post(owners[len(owners)-1][1], "preset", "strict").want(404)
	p.get(first).want(200, "Your federation only warns")
	form = p.form("/t/classes")
	form.Set("capacity", "25")
	p.postForm("/t/classes", form).want(200, "The class is created")

	p.get(path).want(200, "Copy as a new class")
	p.get("/t/classes/new").want(200, "Copy the last one")
	last := p.find(`href="(/t/classes/new\?copy=[^"]+)"`)
	w.clock.Set(now.Add(7 * 24 * time.Hour))
	p = w.signIn(t, demo.TrainerEmail) // a week is longer than a session
	p.get(last).want(200, "Copied from", `value="2026-11-28"`, `value="25"`)
	p.postForm("/t/classes", p.form("/t/classes")).want(200, "The class is created", "SJZ-CPR1-20261128-1")
}

func TestTheFirstPageSaysWhatIsDue(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.TrainerEmail)
	class := p.newClass("CPR1")
	p.get("/t").want(200, "Today", "Record", "3 days left", `<a class="button main" href="`+class+`">`)
	p.post(class+"/enrolments", "name", "演示甲", "id_type", "other", "id", "DEMO-1").want(200, "Added")
	p.get("/t").want(200, `<a class="button main" href="`+class+`/attendance">`)
	for _, tc := range []struct {
		days int
		says string
	}{{3, "Submit today"}, {5, "2 days over the deadline: submit it now"}, {11, "the approver will see that it is late"}, {31, "only a regional administrator can submit it now"}} {
		w.clock.Set(now.Add(time.Duration(tc.days) * 24 * time.Hour))
		p = w.signIn(t, demo.TrainerEmail)
		p.get("/t").want(200, "No class today", "Create one", "Needs your attention", tc.says)
	}
}

func TestTheFormCountsWhileItIsFilledIn(t *testing.T) {
	w := newWorld(t)
	look := w.signIn(t, demo.TrainerEmail).look()
	look.open(t, "/t/classes/new?course=CPR1&base=SJZ&on=2026-11-21", "en", 360)
	said := func() string { return look.text(`document.querySelector("[data-staffing]").innerText`) }
	must(0, chromedp.Do(look.ctx, chromedp.SendKeys("#f-capacity", "25")))
	if got, want := said(), "Trainees: 25 · trainers: 1 · manikins: 10"; !regexp.MustCompile(want + `\s+Few trainers: 25 trainees, trainers: 1`).MatchString(got) {
		t.Errorf("it says %q", got)
	}
	look.number(t, `+[...document.querySelectorAll("[name=trainer]")].forEach((e) => { if (!e.checked) e.click(); }) || 0`)
	if got := said(); !regexp.MustCompile(`trainers: [2-9] · manikins: 10\s*$`).MatchString(got) {
		t.Errorf("with every trainer it says %q", got)
	}
	if n := look.number(t, `document.querySelectorAll("script:not([src]), [style], style").length`); n > 0 {
		t.Error(fmt.Sprint(n, " inline scripts or styles"))
	}
}
