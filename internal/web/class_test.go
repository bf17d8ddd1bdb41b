package web_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/demo"
)

// upload sends a file by the form of the page.
func (p *person) upload(path, name string, data []byte) *person {
	p.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	part := must(m.CreateFormFile("file", name))
	must(part.Write(data))
	must(0, m.Close())
	r := must(http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.at(path), &b))
	r.Header.Set("Content-Type", m.FormDataContentType())
	return p.do(r)
}

func roster(name string) []byte {
	return must(os.ReadFile(filepath.Join("..", "intake", "testdata", name)))
}

// form returns what the form that posts to action would send, untouched: the
// values that a browser has when nobody types anything.
func (p *person) form(action string) url.Values {
	p.t.Helper()
	_, rest, ok := strings.Cut(p.body, `action="`+action+`"`)
	if !ok {
		p.t.Fatalf("%s has no form for %s: %s", p.path, action, p.words())
	}
	body, _, _ := strings.Cut(rest, "</form>")
	values := url.Values{}
	attr := func(attrs, name string) (string, bool) {
		m := regexp.MustCompile(`(?:^|\s)` + name + `(?:="([^"]*)")?(?:\s|/|$)`).FindStringSubmatch(attrs)
		if m == nil {
			return "", false
		}
		return strings.NewReplacer("&amp;", "&", "&#34;", `"`, "&#39;", "'", "&lt;", "<", "&gt;", ">").Replace(m[1]), true
	}
	for _, tag := range regexp.MustCompile(`<input\b([^>]*)>`).FindAllStringSubmatch(body, -1) {
		name, _ := attr(tag[1], "name")
		kind, _ := attr(tag[1], "type")
		value, _ := attr(tag[1], "value")
		_, checked := attr(tag[1], "checked")
		if name == "" || (kind == "checkbox" || kind == "radio") && !checked {
			continue
		}
		values.Add(name, value)
	}
	for _, tag := range regexp.MustCompile(`(?s)<select\b([^>]*)>(.*?)</select>`).FindAllStringSubmatch(body, -1) {
		name, _ := attr(tag[1], "name")
		chosen := ""
		for i, o := range regexp.MustCompile(`<option\b([^>]*)>`).FindAllStringSubmatch(tag[2], -1) {
			value, _ := attr(o[1], "value")
			if _, selected := attr(o[1], "selected"); selected || i == 0 {
				chosen = value
			}
		}
		values.Add(name, chosen)
	}
	for _, tag := range regexp.MustCompile(`(?s)<textarea\b([^>]*)>(.*?)</textarea>`).FindAllStringSubmatch(body, -1) {
		name, _ := attr(tag[1], "name")
		values.Add(name, tag[2])
	}
	return values
}

// newClass makes a class of today by the forms and returns its path.
func (p *person) newClass(course string) string {
	p.t.Helper()
	p.get("/t/classes/new").want(200, "First day")
	p.get("/t/classes/new?course="+course+"&base=SJZ&on=2026-11-21").want(200, "Create the class")
	form := p.form("/t/classes")
	p.postForm("/t/classes", form).want(200, "The class is created")
	if !strings.HasPrefix(p.path, "/t/classes/") {
		p.t.Fatalf("the new class led to %s", p.path)
	}
	return p.path
}

func TestAClassIsMadeByForms(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.TrainerEmail)
	t.Run("what is missing is said beside its field, and the rest is kept", func(t *testing.T) {
		p := p.with(t)
		p.get("/t/classes/new?course=CPR1&base=&on=21.11.2026").want(422, "This is needed", "This is not a date")
		p.get("/t/classes/new?course=CPR1&base=SJZ&on=2026-11-21").want(200, "李明哲 DEMO", "陈国华")
		form := p.form("/t/classes")
		form.Del("trainer")
		form.Set("venue", "Room 301 & more")
		form.Set("s0-minutes", "many")
		form.Set("capacity", "-1")
		p.postForm("/t/classes", form).want(422, "The class has no trainer", "from 1 to 1440", `value="Room 301 &amp; more"`, `value="many"`, "whole number from 0 to 5000",
			`href="#f-s0-minutes"`)
	})
	t.Run("the form sent twice makes one class", func(t *testing.T) {
		p := p.with(t)
		p.get("/t/classes/new?course=CPR1&base=SJZ&on=2026-11-21")
		form := p.form("/t/classes")
		first := p.postForm("/t/classes", form).want(200).path
		if second := p.postForm("/t/classes", form).want(200).path; first != second {
			t.Errorf("the same form made %s and %s", first, second)
		}
	})
	t.Run("an edit over an older version is told", func(t *testing.T) {
		p := p.with(t)
		path := p.newClass("CPR1")
		p.get(path+"/edit").want(200, "Save the changes")
		form := p.form(path + "/edit")
		form.Set("ratio_reason", "two rooms")
		p.postForm(path+"/edit", form).want(200, "The changes are saved")
		p.postForm(path+"/edit", form).want(412, "Somebody changed it first")
	})
	t.Run("a date on which the base was not accredited", func(t *testing.T) {
		p := p.with(t)
		p.get("/t/classes/new?course=CPR1&base=SJZ&on=2019-01-01").want(422, "SJZ")
	})
	t.Run("a class is cancelled with a reason", func(t *testing.T) {
		p := p.with(t)
		path := p.newClass("CPR1")
		p.post(path+"/cancel", "reason", " ").want(422, "The reason is missing")
		p.post(path+"/cancel", "reason", "flood").want(200, "is cancelled", "flood").never("Add one person")
	})
	t.Run("another trainer's class is to be seen, not recorded", func(t *testing.T) {
		path := p.with(t).newClass("CPR1")
		other := w.signIn(t, "trainer-msk@demo.example")
		other.get(path).want(200).never("Import a roster", "Cancel this class")
		other.get(path + "/theory").want(200).never("Save</button>")
		other.post(path+"/theory", "x", "y").want(200)
		other.post(path+"/cancel", "reason", "x").want(403)
	})
	t.Run("an account without classes sees none", func(t *testing.T) {
		h := w.signIn(t, demo.HospitalEmail)
		h.want(200, "Check a list of certificates").never(`href="/t"`, `href="/a"`, `href="/registry/credentials"`)
		h.get("/t").want(403)
		h.get("/t/classes/new").want(403)
	})
}

func TestOnePersonIsEnrolled(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.TrainerEmail)
	path := p.newClass("CPR1")
	for _, tc := range []struct {
		name   string
		fields []string
		status int
		says   []string
	}{
		{"a name with a space between Han letters is shown as it is printed", []string{"name", "张 三", "id_type", "cn_id", "id", "99999919880229013X"}, 200, []string{"The certificate will read", "张三"}},
		{"and taken once it is agreed to", []string{"name", "张 三", "id_type", "cn_id", "id", "99999919880229013X", "agreed", "张三"}, 200, []string{"Added: 张三", "…013X"}},
		{"again it changes nothing", []string{"name", "张三", "id_type", "cn_id", "id", "99999919880229013X"}, 200, []string{"on the roster already"}},
		{"a wrong check character", []string{"name", "李四", "id_type", "cn_id", "id", "999999198802290131"}, 422, []string{`value="李四"`, `aria-invalid="true"`}},
		{"no id where the course asks for one", []string{"name", "李四"}, 422, []string{`value="李四"`}},
		{"no name", []string{"name", ""}, 422, []string{`aria-invalid="true"`}},
		{"an id that is another's", []string{"name", "李四", "id_type", "cn_id", "id", "99999919880229013X"}, 422, []string{"another name"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := p.with(t)
			p.post(path+"/enrolments", tc.fields...).want(tc.status, tc.says...)
		})
	}
	p.get(path).never("99999919880229013X")
}

func TestARosterIsImported(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.TrainerEmail)
	path := p.newClass("CPR1")
	t.Run("no file, an unreadable one, one too large", func(t *testing.T) {
		p := p.with(t)
		p.upload(path+"/imports", "", nil).want(422, "No file was chosen")
		p.upload(path+"/imports", "x.xlsx", []byte("hello")).want(422)
		p.upload(path+"/imports", "x.csv", bytes.Repeat([]byte("a,b\n"), 4<<20)).want(413)
	})
	t.Run("bad rows are told by what repairs them, good ones taken", func(t *testing.T) {
		p := p.with(t)
		p.upload(path+"/imports", "broken.xlsx", roster("broken.xlsx")).want(200, "What is in the file", "need correcting", "Only the", "Row ")
		place := p.path
		p.post(place+"/commit", "how", "all").want(422, "nobody was enrolled")
		p.post(place+"/commit", "how", "good", "results", "1").want(422, "statement is not ticked")
		p.post(place+"/commit", "how", "good").want(200, "Enrolled:", "Rows left to correct")
		p.post(place+"/commit", "how", "good").want(200, "Enrolled: 0")
		p.get(place+"/rejected.xlsx").want(200, "PK")
		if got := p.header.Get("Content-Disposition"); !strings.Contains(got, "broken-to-repair.xlsx") {
			t.Errorf("Content-Disposition %q", got)
		}
	})
	t.Run("the template", func(t *testing.T) {
		p := p.with(t)
		p.get("/t/roster-template.xlsx").want(200, "PK")
	})
}

// sheet marks every item of the person whose form posts to the action.
func (p *person) sheet(action, mark string) *person {
	p.t.Helper()
	form := p.get(action[:strings.LastIndex(action, "/")]).form(action)
	for name := range form {
		if strings.HasPrefix(name, "i-") {
			form.Set(name, mark)
		}
	}
	form.Set("do", "save")
	return p.postForm(action, form)
}

func TestRecording(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.TrainerEmail)
	path := p.newClass("CPR1")
	for i, id := range []string{"99999919880229013X", "999999199001010014", "999999199001010030"} {
		p.post(path+"/enrolments", "name", []string{"张三", "李四", "王五"}[i], "id_type", "other", "id", id).want(200, "Added")
	}
	p.get(path+"/review").want(200, "no attendance recorded", "disabled")
	p.post(path+"/submit").want(409, "no attendance recorded")

	attendance := path + "/attendance"
	p.post(attendance, "do", "all").want(200, "6 marks changed")
	p.post(attendance, "do", "all").want(200, "0 marks changed")
	form := p.form(attendance)
	if strings.Contains(p.body, `action="`+attendance+`"`) { // the second form of the page holds the marks
		_, p.body, _ = strings.Cut(p.body, `value="all"`)
		form = p.form(attendance)
	}
	marks := 0
	var last string
	for name, values := range form {
		if strings.HasPrefix(name, "a-") {
			marks++
			last = name
			if values[0] != "present" {
				t.Errorf("%s is %q", name, values)
			}
		}
	}
	if marks != 6 {
		t.Fatalf("%d marks: %v", marks, form)
	}
	form.Set("do", "save")
	form.Set(last, "late")
	form.Set("m"+last[1:], "20")
	p.postForm(attendance, form).want(200, "1 mark changed")

	theory := path + "/theory"
	p.get(theory).want(200, "84 passes")
	form = p.form(theory)
	var scores []string
	for name := range form {
		if strings.HasPrefix(name, "s-") {
			scores = append(scores, name)
		}
	}
	if len(scores) != 3 {
		t.Fatalf("fields %v", form)
	}
	form.Set(scores[0], "92")
	form.Set(scores[1], "abc")
	form.Set(scores[2], "70")
	p.postForm(theory, form).want(422, "is not a whole number", `value="92"`, `value="abc"`)
	form.Set(scores[1], "0")
	p.postForm(theory, form).want(200, "3 changed", "Not passed")
	p.postForm(theory, form).want(200, "0 changed")
	form = p.form(theory)
	form.Set(scores[2], "85")
	form.Set("r-"+scores[2][2:], "1")
	p.postForm(theory, form).want(200, "1 changed", "attempt 2")
	p.postForm(theory, form).want(200, "0 changed") // the re-test sent again is no third attempt
	if strings.Contains(p.body, "attempt 3") {
		t.Error("the same form made another attempt")
	}

	skills := path + "/skills"
	p.get(skills).want(200, "everybody passed", "critical")
	one := p.find(`id="p-([0-9a-f-]+)"`)
	p.post(skills).want(422, "statement is not ticked")
	p.sheet(skills+"/"+one, "fail").want(200, "Not passed")
	p.post(skills, "statement", "1").want(200, "2 people passed")
	p.post(skills, "statement", "1").want(200, "0 people passed")
	p.post(skills+"/00000000-0000-0000-0000-000000000000", "seen", "0").want(404)
	p.get(path+"/review").want(200, "Who gets no certificate this time", "Submit for approval").never("Before it can be submitted")
	p.post(path+"/submit").want(200, "is submitted and waits")
	p.post(path + "/submit").want(200)
	p.get(path+"/theory").want(200, "can no longer be changed")
}

func TestTheListOfClasses(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.TrainerEmail)
	p.get("/t").want(200, "Needs your attention", "attendance sheet of the afternoon", "Today", "Record")
	p.get("/t?status=issued").want(200, "Issued").never("Needs your attention")
	p.get("/t?q=SJZ-FAR1").want(200, "SJZ-FAR1").never("TJX-CPR1")
	p.get("/t?q=nothing-like-it").want(200, "No class matches", "Clear the filter")
	for i := range 40 {
		p.get("/t/classes/new?course=CPR1&base=SJZ&on=2026-11-21")
		form := p.form("/t/classes")
		form.Set("venue", fmt.Sprintf("Hall %d", i))
		p.postForm("/t/classes", form).want(200)
	}
	seen := map[string]bool{}
	next := "/t?q=-"
	for pages := 0; next != ""; pages++ {
		if pages > 3 {
			t.Fatal("the list does not end")
		}
		p.get(next).want(200)
		for _, m := range regexp.MustCompile(`<th scope="row">\s*<a href="([^"]+)"`).FindAllStringSubmatch(p.body, -1) {
			if seen[m[1]] {
				t.Errorf("%s stands on two pages", m[1])
			}
			seen[m[1]] = true
		}
		m := regexp.MustCompile(`rel="next" href="([^"]+)"`).FindStringSubmatch(p.body)
		next = ""
		if m != nil {
			next = strings.ReplaceAll(m[1], "&amp;", "&")
			if !strings.Contains(next, "q=-") {
				t.Errorf("the filter is lost in %s", next)
			}
		}
	}
	if len(seen) < 55 {
		t.Errorf("%d classes seen", len(seen))
	}
}
