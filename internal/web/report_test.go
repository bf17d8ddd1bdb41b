package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/demo"
	"github.com/passmuster/passmuster/internal/registry"
)

func TestAProblemIsReportedAnsweredAndFollowed(t *testing.T) {
	w := newWorld(t)
	v := w.visitor(t)
	path := "/v/" + w.codeOf(registry.StatusExpiring) + "/report"
	v.get(path).want(200, "Report a problem", `maxlength="1000"`)
	if v.header.Get("Cache-Control") != "no-store" || v.header.Get("Set-Cookie") != "" {
		t.Errorf("headers of the form: %v", v.header)
	}
	form := v.find(`name="once" value="([^"]*)"`)
	v.post(path, "text", "").want(422, "Nothing was chosen")
	v.post(path, "kind", "paper", "text", "").want(422, "The description is missing", `value="paper" required checked`)
	fields := []string{"once", form, "kind", "paper", "text", "The paper says <b>CPR</b>.\nDEMO", "contact", "+86 000 DEMO"}
	v.post(path, fields...).want(200, "Your report has arrived", "The paper says &lt;b&gt;CPR&lt;/b&gt;.", "+86 000 DEMO", "27 November 2026")
	mine := strings.TrimSuffix(strings.Split(v.path, "?")[0], "/")
	if v.post(path, fields...); strings.Split(v.path, "?")[0] != mine {
		t.Errorf("the same form sent twice leads to %s and %s", mine, v.path)
	}

	a := w.signIn(t, demo.ApproverEmail)
	a.get("/a").want(200, "1 report of a problem waits")
	a.get("/registry/reports").want(200, "27 November 2026", "Waiting for an answer", "The paper or file says something else")
	entry := a.find(`href="(/registry/reports/[0-9a-f-]+)"`)
	a.get(entry).want(200, "The paper says &lt;b&gt;CPR", "+86 000 DEMO")
	a.post(entry+"/answer", "outcome", "holds", "answer", "").want(422, "The answer is missing")
	w.clock.Set(now.Add(8 * 24 * time.Hour))
	a = w.signIn(t, demo.ApproverEmail)
	a.get("/registry/reports").want(200, "Overdue")
	v.get(mine).want(200, "Overdue")
	a.post(entry+"/answer", "outcome", "holds", "answer", "We compared it: the page is right. DEMO").want(200, "Answered. The reporter sees it")
	a.post(entry+"/answer", "outcome", "stopped", "answer", "once more").want(409, "answered already")
	a.get("/registry/reports").want(200, "No report waits")
	a.get("/registry/reports?state=answered").want(200, "the registry is right")
	v.get(mine).want(200, "Answered", "We compared it: the page is right. DEMO")

	v.post(mine+"/erase").want(200, "erased").never("CPR&lt;", "+86 000")
	a.get(entry).want(200, "erased").never("+86 000")
	v.get("/report/0123456789abcdefghjkmnpqrstvwxyz").want(404, "no report at this address")
	w.signIn(t, demo.TrainerEmail).get("/registry/reports").want(403)
}

// What is asked tells nobody whether there is such a certificate.
func TestAReportTellsNothingOfTheCertificate(t *testing.T) {
	w := newWorld(t)
	say := func(path string) string {
		v := w.visitor(t)
		v.get(path).want(200)
		return strings.ReplaceAll(v.find(`(?s)(<h1>.*)</main>`), v.find(`name="once" value="([^"]*)"`), "")
	}
	known, unknown := w.codeOf(registry.StatusExpiring), "7K3QD9XM2HRTW4BX"
	a, b := say("/v/"+known+"/report"), say("/v/"+unknown+"/report")
	for _, code := range []string{known, unknown} {
		printed := registry.Code(code).String()
		a, b = strings.NewReplacer(code, "", printed, "").Replace(a), strings.NewReplacer(code, "", printed, "").Replace(b)
	}
	if a != b {
		t.Errorf("the forms differ:\n%s\n%s", a, b)
	}
	v := w.visitor(t)
	v.post("/v/"+unknown+"/report", "kind", "other", "text", "DEMO").want(200, "Your report has arrived")
}

func TestReportsAreNotSentWithoutEnd(t *testing.T) {
	w := newWorld(t)
	v := w.visitor(t)
	for range 100 {
		if v.post("/report", "kind", "other", "text", "DEMO"); v.status == http.StatusTooManyRequests {
			if v.header.Get("Retry-After") == "" {
				t.Error("nothing says when to come again")
			}
			return
		}
	}
	t.Error("a hundred reports of one network were taken")
}
