package web_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/demo"
	"github.com/passmuster/passmuster/internal/registry"
)

// From a class roster to signed certificates that anyone can verify, by forms
// alone.
func TestTheWholeFlowByForms(t *testing.T) {
	w := newWorld(t)
	trainer := w.signIn(t, demo.TrainerEmail)
	class := trainer.newClass("CPR1")
	id := strings.TrimPrefix(class, "/t/classes/")

	trainer.upload(class+"/imports", "sjz-cpr-class.xlsx", roster("sjz-cpr-class.xlsx")).want(200, "What is in the file", "Take in 30 people", "Also record the results")
	trainer.post(trainer.path+"/commit", "results", "1", "statement", "1").want(200, "Enrolled: 30, unchanged: 0, results recorded: 30")
	trainer.get(class+"/review").want(200, "30 people will get a certificate", "Few trainers")
	// Thirty trainees with one trainer: a reason is asked for, in the form of the class.
	trainer.post(class+"/submit").want(409, "Few trainers")
	form := trainer.get(class + "/edit").form(class + "/edit")
	form.Set("ratio_reason", "three rooms, two assistants in each")
	trainer.postForm(class+"/edit", form).want(200)
	trainer.post(class+"/submit").want(200, "is submitted and waits")

	// Whoever submitted may not decide, and has no menu for it.
	trainer.never(`href="/a"`).get("/a/classes/" + id)
	if trainer.status != 403 && trainer.status != 200 {
		t.Errorf("the trainer at the approval: %d", trainer.status)
	}
	trainer.never(`formaction="/a/classes/` + id + `/return"`)
	trainer.post("/a/classes/"+id+"/approve", "version", "0").want(403)

	approver := w.signIn(t, demo.ApproverEmail)
	approver.get("/a").want(200, "/a/classes/"+id)
	approval := approver.get("/a/classes/" + id).want(200).form("/a/classes/" + id + "/approve")
	stale := approver.form("/a/classes/" + id + "/approve")
	stale.Set("version", "1")
	approver.postForm("/a/classes/"+id+"/approve", stale).want(412, "changed by somebody else meanwhile")
	approver.postForm("/a/classes/"+id+"/approve", approval).want(200)
	if approver.path != "/registry/classes/"+id {
		t.Errorf("the approval led to %s", approver.path)
	}
	approver.postForm("/a/classes/"+id+"/approve", approval) // pressed twice
	if approver.status >= 500 {
		t.Errorf("the approval sent twice: %d", approver.status)
	}

	trainer.get("/registry/classes/" + id).want(200)
	pdfs := unique(regexp.MustCompile(`/registry/credentials/([A-Z0-9-]+)/certificate\.pdf`).FindAllStringSubmatch(trainer.body, -1))
	links := unique(regexp.MustCompile(regexp.QuoteMeta(w.url)+`(/my/[0-9A-Za-z_-]+)`).FindAllStringSubmatch(trainer.body, -1))
	if len(pdfs) != 30 || len(links) != 30 {
		t.Fatalf("%d certificates and %d private links of 30", len(pdfs), len(links))
	}
	trainer.get("/registry/credentials/"+pdfs[0]+"/certificate.pdf").want(200, "%PDF-", "%%EOF")
	if got := trainer.header.Get("Content-Type"); got != "application/pdf" {
		t.Errorf("Content-Type %q", got)
	}
	holder := w.visitor(t).get(links[0]).want(200, "Download certificate")
	code := holder.find(`href="(/v/[0-9A-Z]{16})"`)
	w.visitor(t).get(code).want(200, "VALID", "CPR and AED")
}

func unique(found [][]string) (list []string) {
	seen := map[string]bool{}
	for _, m := range found {
		if !seen[m[1]] {
			seen[m[1]] = true
			list = append(list, m[1])
		}
	}
	return list
}

// rawKey is a catalogue's key that nobody translated.
var rawKey = regexp.MustCompile(`\b(?:staff|web|error|decide|cert|run|deed|page|fault|verdict|result|status|intake|signin|my|problem|reason|time|list)\.[a-z_]+(?:\.[a-z_]+)*\b`)

// Each page of staff speaks each language, without a raw key, a placeholder left
// open, or anything inline that the policy would stop.
func TestEveryPageSpeaksEveryLanguage(t *testing.T) {
	w := newWorld(t)
	trainer, approver := w.signIn(t, demo.TrainerEmail), w.signIn(t, demo.ApproverEmail)
	class := trainer.newClass("CPR1")
	trainer.upload(class+"/imports", "broken.xlsx", roster("broken.xlsx")).want(200)
	imported := trainer.path
	trainer.post(imported+"/commit", "how", "good", "results", "1", "statement", "1").want(200)
	submitted := approver.get("/a").find(`href="/a/classes/([0-9a-f-]+)"`)
	issued := trainer.get("/t?status=issued").find(`href="/t/classes/([0-9a-f-]+)"`)
	number := string(w.sum.Number)
	for _, tc := range []struct {
		who  *person
		path string
	}{
		{trainer, "/t"}, {trainer, "/t?q=none-such"}, {trainer, "/t/classes/new"}, {trainer, "/t/classes/new?course=CPR1&base=SJZ&on=2026-11-21"},
		{trainer, "/t/classes/new?course=CPR1&base=&on=x"}, {trainer, class}, {trainer, class + "/attendance"}, {trainer, class + "/theory"}, {trainer, class + "/skills"},
		{trainer, class + "/review"}, {trainer, class + "/edit"}, {trainer, imported}, {trainer, "/t/classes/" + issued}, {trainer, "/t/classes/" + issued + "/attendance"},
		{trainer, "/t/classes/" + issued + "/skills"}, {approver, "/a"}, {approver, "/a/classes/" + submitted}, {approver, "/registry/classes/" + issued},
		{approver, "/registry/credentials"}, {approver, "/registry/credentials?q=none-such"}, {approver, "/registry/credentials/" + number},
		{trainer, "/staff"}, {trainer, "/t/classes/none"}, {w.visitor(t), "/signin"}, {w.visitor(t), "/"}, {w.visitor(t), "/claim"}, {w.visitor(t), "/verify"},
		{w.visitor(t), strings.TrimPrefix(w.sum.Links[registry.StatusValid][0], w.url)}, {w.visitor(t), strings.TrimPrefix(w.sum.Holder, w.url)},
	} {
		seen := map[string]string{}
		for _, lang := range []string{"zh", "en", "ru"} {
			sign := "?"
			if strings.Contains(tc.path, "?") {
				sign = "&"
			}
			p := tc.who.get(tc.path + sign + "lang=" + lang)
			where := fmt.Sprintf("%s in %s", tc.path, lang)
			if p.status >= 500 {
				t.Errorf("%s: %d", where, p.status)
			}
			html := map[string]string{"zh": "zh-CN"}[lang]
			if html == "" {
				html = lang
			}
			if !strings.Contains(p.body, `<html lang="`+html+`"`) {
				t.Errorf("%s does not say its language", where)
			}
			text := tags.ReplaceAllString(p.body, " ")
			if raw := rawKey.FindString(text); raw != "" && !strings.Contains(raw, "demo") {
				t.Errorf("%s shows the raw key %q", where, raw)
			}
			if open := regexp.MustCompile(`\{\d\}`).FindString(text); open != "" {
				t.Errorf("%s leaves %s open", where, open)
			}
			code := regexp.MustCompile(`<script [^>]*type="application/json">[^<]*</script>`).ReplaceAllString(p.body, "") // data do not run
			if inline := regexp.MustCompile(`<style|\sstyle="|\son[a-z]+="|<script(?:\s[^>]*)?>[^<]|javascript:`).FindString(code); inline != "" {
				t.Errorf("%s has %q, which its policy stops", where, inline)
			}
			if policy := p.header.Get("Content-Security-Policy"); strings.Contains(policy, "unsafe") || !strings.Contains(policy, "default-src 'none'") {
				t.Errorf("%s: policy %q", where, policy)
			}
			words := p.words()
			if other, same := seen[words]; same {
				t.Errorf("%s reads as in %s", where, other)
			}
			seen[words] = lang
		}
	}
}
