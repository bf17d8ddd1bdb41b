package web_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

// program asks for a page as JSON.
func (w *world) program(t *testing.T, path string, v any) *http.Response {
	t.Helper()
	r := must(http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+path, nil))
	r.Header.Set("Accept", "application/json")
	answer := must(http.DefaultClient.Do(r))
	defer answer.Body.Close()
	body := must(io.ReadAll(answer.Body))
	if answer.StatusCode == 200 {
		must(0, json.Unmarshal(body, v))
	}
	return answer
}

func TestEverybodyFindsBasesAndWhatTheyMayDo(t *testing.T) {
	w := newWorld(t)
	v := w.visitor(t)
	v.get("/bases").want(200, "Shijiazhuang", "accredited", "+86 311 0000 0000")
	if cache := v.header.Get("Cache-Control"); cache != "public, max-age=60" || v.header.Get("Set-Cookie") != "" {
		t.Errorf("kept as %q, cookie %q", cache, v.header.Get("Set-Cookie"))
	}
	if vary := strings.Join(v.header.Values("Vary"), ","); !strings.Contains(vary, "Accept-Language") || !strings.Contains(vary, "Cookie") {
		t.Errorf("varies by %s", vary)
	}
	if chip, name := strings.Index(v.body, `class="state`), strings.Index(v.body, "Moscow Training Base"); chip > name {
		t.Error("the name stands before the status")
	}
	v.get("/bases?q=moscow").want(200, "1 base", "Moscow").never("Tianjin Chest")
	v.get("/bases?q=МОСКВА").want(200)
	v.get("/bases?status=suspended").want(200, "No base matches", "Show all")
	v.get("/bases?q=%3Cscript%3E").want(200, "No base matches").never("<script>")
	v.get("/bases/SJZ").want(200, "/courses/CPR1", "All bases")
	v.get("/bases/NONE").want(404)

	var list struct {
		Items []struct{ Code, Status string }
	}
	answer := w.program(t, "/bases", &list)
	if len(list.Items) == 0 || list.Items[0].Status == "" || answer.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("as JSON: %+v, %v", list, answer.Header)
	}
}

func TestACourseSaysWhatItsCertificateMeans(t *testing.T) {
	w := newWorld(t)
	v := w.visitor(t)
	v.get("/courses").want(200, "CPR and AED", "/courses/CPR1")
	v.get("/courses/cpr1").want(200, "What the holder has shown", "What the certificate does not say", "no licence", "valid for 24 months")
	v.get("/courses/CPR1?version=99").want(404)
	v.get("/courses/NONE").want(404)
	var course struct {
		Code     string
		Versions []int
		Skills   []any
	}
	w.program(t, "/courses/CPR1", &course)
	if course.Code != "CPR1" || len(course.Versions) == 0 || len(course.Skills) == 0 {
		t.Errorf("as JSON: %+v", course)
	}
}

func TestHelpSaysHowToCheckAndWhatIsKept(t *testing.T) {
	w := newWorld(t)
	v := w.visitor(t)
	v.get("/help/verify").want(200, "Look", "Compare", "Decide", "/help/verify.pdf", "COULD NOT CHECK")
	v.get("/privacy").want(200, "180 days", "30 days", "12 hours", "Who answers for the data")
	v.get("/accessibility").want(200, "WCAG 2.2", "axe-core")
	v.get("/").want(200, `href="/privacy"`, `href="/bases"`, `href="/help/verify"`)
	v.get("/privacy?lang=zh").want(200, `href="/bases?lang=zh"`, "隐私")
}

// What is kept about people can be read while nothing else can be asked.
func TestThePrivacyPageNeedsNoStore(t *testing.T) {
	w := newWorld(t)
	v := w.visitor(t)
	if got := v.get("/privacy").want(200).header.Get("Cache-Control"); got == "no-store" {
		t.Error("with the store nobody may keep the page")
	}
	must(0, w.db.Close())
	v.get("/privacy").want(200, "180 days", "30 days", "12 hours").never("Who answers for the data")
	if got := v.header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("a page without names may be kept: %q", got)
	}
	for _, lang := range []string{"zh", "ru"} {
		v.get("/privacy?lang=" + lang).want(200)
	}
}
