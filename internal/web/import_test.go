package web_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/passmuster/passmuster/internal/demo"
	"github.com/passmuster/passmuster/internal/intake"
	"github.com/passmuster/passmuster/internal/issue"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/training"
)

// fixes lists the forms of faulty cells that the page shows, by line.
func (p *person) fixes() (lines []string) {
	for _, m := range regexp.MustCompile(`<li id="r(\d+)">`).FindAllStringSubmatch(p.body, -1) {
		lines = append(lines, m[1])
	}
	return lines
}

// cell types a faulty cell anew, as the form of the page would.
func (p *person) cell(line int, text string) *person {
	p.t.Helper()
	_, rest, ok := strings.Cut(p.body, fmt.Sprintf(`<li id="r%d">`, line))
	if !ok {
		p.t.Fatalf("%s has no row %d to correct: %s", p.path, line, p.words())
	}
	q := *p
	q.body = rest
	action := q.find(`action="([^"]+/cells)"`)
	form := q.form(action)
	form.Set("text", text)
	form.Set("do", "save")
	return p.postForm(action, form)
}

func TestABrokenRosterIsPutRightOnThePage(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.TrainerEmail)
	path := p.newClass("CPR1")
	p.upload(path+"/imports", "broken.xlsx", roster("broken.xlsx")).want(200, "What is in the file", "10 rows need correcting")
	page := p.path
	if got := strings.Join(p.fixes(), " "); len(p.fixes()) != 10 {
		t.Errorf("rows to correct: %s, want ten, each once", got)
	}
	p.never("999999199", "99999919880229013")
	if ids := regexp.MustCompile(`\d{15,}`).FindAllString(p.words(), -1); len(ids) > 0 {
		t.Errorf("the page shows %v", ids)
	}

	p.cell(3, "刘洋").want(200, "Row 3 is right now", "9 rows need correcting")
	p.cell(11, "184").want(200, "Row 11 is saved, but something is still wrong")
	p.cell(11, "84").want(200, "Row 11 is right now", "8 rows need correcting")
	if !regexp.MustCompile(`<input[^>]*id="c-13-[^>]*autofocus`).MatchString(p.body) {
		t.Error("the next faulty cell is not the one to be typed in")
	}
	p.post(page+"/cells", "line", "17", "do", "out").want(200, "Row 17 is left out", "7 rows need correcting", "1 row left out")
	p.post(page+"/cells", "line", "1", "column", "1", "text", "x").want(404)
	p.post(page+"/cells", "line", "7", "column", "90", "text", "x").want(422)

	p.get(page+"/rows/7").want(200, "Row 7", "Leave it empty to keep it").never("9999991")
	form := p.form(page + "/rows/7")
	p.postForm(page+"/rows/7", form).want(200, "something is still wrong")

	p.post(page+"/commit", "how", "good").want(200, "Rows left to correct: 7", "Taken in on", "22 enrolled")
	p.upload(path+"/imports", "broken.xlsx", roster("broken.xlsx")).want(200, "This very file was sent before", "22 enrolled")
	if !strings.HasPrefix(p.path, page) {
		t.Errorf("the same file led to %s, want %s", p.path, page)
	}
	p.get(page+"/rejected.xlsx").want(200, "PK")
	table, err := intake.ReadTable("x.xlsx", []byte(p.body), intake.Limits{})
	if err != nil || len(table.Rows) != 8 {
		t.Errorf("the file of rejected rows: %v", err)
	}
	p.upload(path+"/imports", "rest.xlsx", []byte(p.body)).want(200, "7 rows need correcting")
	p.post(p.path+"/discard").want(200, "Discarded: rest.xlsx")
	p.get(page).want(200)

	other := w.signIn(t, "trainer-msk@demo.example")
	other.get(page).want(403)
	other.post(page+"/cells", "line", "5", "column", "1", "text", "x").want(403)
	other.get(page + "/rejected.xlsx").want(403)
}

func TestUnknownHeadingsAreAskedOnce(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.TrainerEmail)
	file := func(id, name string) []byte {
		return []byte("Kursist;Pas;Kost\n" + name + ";" + id + ";vega\n")
	}
	path := p.newClass("CPR1")
	p.upload(path+"/imports", "nl.csv", file("99999919880229013X", "张三")).want(200, "What do these columns mean?", "No column is known to hold the names", "Kursist", "**013X").never("99999919880229013X")
	columns := p.path
	form := p.form(columns)
	form.Set("f0", "name")
	form.Set("f1", "name")
	p.postForm(columns, form).want(422, "Two columns were given the field", "Kursist")
	form = p.form(columns)
	form.Set("f1", "id")
	form.Set("f2", "ignored")
	p.postForm(columns, form).want(200, "What is in the file", "Take it in")
	page := strings.TrimSuffix(columns, "/columns")
	p.post(page+"/commit", "how", "good").want(200, "Enrolled: 1")
	next := p.newClass("CPR1")
	p.upload(next+"/imports", "nl2.csv", file("999999199001010014", "李四")).want(200, "What is in the file").never("What do these columns mean?")
}

func TestALargeListIsTakenWhileThePageWatches(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.TrainerEmail)
	path := p.newClass("CPR1")
	var csv bytes.Buffer
	csv.WriteString("name;id type;id\n")
	const n = training.ImportAtOnce + 100
	for i := range n {
		fmt.Fprintf(&csv, "%c%c%c;Volunteer card;DEMO-%06d\n", rune(0x4E00+i), rune(0x5000+i), rune(0x6000+i), i)
	}
	p.upload(path+"/imports", "large.csv", csv.Bytes()).want(200, "Take in")
	page := p.path
	p.post(page+"/commit", "how", "good").want(200, "The list is being taken in", "0 of 600 rows", `http-equiv="refresh"`, "<progress")
	p.post(page+"/commit", "how", "good").want(200, "The list is being taken in")
	if err := w.db.Drain(t.Context(), map[string]store.Worker{training.ImportJob: w.s.Training.WorkImport, issue.JobKind: w.s.Issue.Work}); err != nil {
		t.Fatal(err)
	}
	p.get(page).want(200, "Taken in on", "600 enrolled").never(`http-equiv="refresh"`)
}

func TestHostileListsAreRefusedOnThePage(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.TrainerEmail)
	path := p.newClass("CPR1")
	for _, tc := range []struct {
		promise, name string
		data          []byte
		says          string
	}{
		{"the old format", "a.xls", append([]byte{0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1}, make([]byte, 600)...), "old kind, .xls"},
		{"Numbers", "a.numbers", []byte("PK\x03\x04 nothing"), "damaged"},
		{"NUL bytes", "a.csv", []byte("name,id\x00\n张三,1\n"), "not a table"},
		{"another encoding", "a.csv", []byte("\xff\xfe\x00\xd8\x00\xd8"), "encoding"},
		{"a page", "a.csv", []byte("<html><script>alert(1)</script>"), "not a table"},
	} {
		t.Run(tc.promise, func(t *testing.T) {
			p.with(t).upload(path+"/imports", tc.name, tc.data).want(422, tc.says)
		})
	}
	p.upload(path+"/imports", "x.csv", []byte("name,id,=cmd|' /C calc'!A0\n\"=HYPERLINK(\"\"http://x\"\")\",DEMO-000001,<script>alert(1)</script>\n")).want(200)
	p.never("<script>alert", "<script>")
}

// tabTo presses Tab until what the selector names has the focus, and fails where
// the focus is not to be seen.
func (s *screen) tabTo(t testing.TB, selector string) {
	t.Helper()
	for range 200 {
		if s.number(t, `+(document.activeElement?.matches(`+strconv.Quote(selector)+`) ?? false)`) == 1 {
			if s.number(t, `+(document.activeElement.matches(":focus-visible") && getComputedStyle(document.activeElement).outlineStyle !== "none")`) == 0 {
				t.Errorf("%s has the focus and does not show it: %s", selector, s.text(`document.hasFocus() + getComputedStyle(document.activeElement).outline`))
			}
			return
		}
		if err := chromedp.Do(s.ctx, chromedp.KeyEvent("\t")); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatalf("Tab does not reach %s", selector)
}

// enter presses Enter and waits for the page that it leads to.
func (s *screen) enter(t testing.TB) {
	t.Helper()
	s.number(t, `+(window.old = true)`)
	if err := chromedp.Do(s.ctx, chromedp.KeyEvent("\r")); err != nil {
		t.Fatal(err)
	}
	for limit := time.Now().Add(time.Minute); time.Now().Before(limit); time.Sleep(20 * time.Millisecond) {
		if s.number(t, `+(window.old !== true && document.readyState === "complete")`) == 1 {
			return
		}
	}
	t.Fatal("Enter led nowhere")
}

func TestAListIsPutRightByKeyboardOnAPhone(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.TrainerEmail)
	path := p.newClass("CPR1")
	p.upload(path+"/imports", "broken.xlsx", roster("broken.xlsx")).want(200)
	page := p.path
	look := p.look()
	must(chromedp.Call(look.ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}))
	must(0, chromedp.Do(look.ctx, chromedp.EmulateViewport(360, 640), chromedp.Navigate(w.url+page+"?lang=en&at=1")))
	for _, step := range []struct{ cell, text, says string }{
		{"#c-3-1", "刘洋", "Row 3 is right now"},
		{"#c-5-3", "99999919880229013X", "Row 5"},
	} {
		look.tabTo(t, step.cell)
		for _, k := range step.text {
			must(0, chromedp.Do(look.ctx, chromedp.KeyEvent(string(k))))
		}
		look.enter(t)
		if said := look.words(t, "main"); !strings.Contains(said, step.says) {
			t.Errorf("after %s the page says %q", step.cell, said)
		}
	}
	look.tabTo(t, `form[action$="/commit"] button[type=submit]`)
	look.enter(t)
	if said := look.words(t, "main"); !strings.Contains(said, "Taken in on") && !strings.Contains(said, "statement is not ticked") {
		t.Errorf("at the end the page says %q", said)
	}
	if over := look.number(t, tooWide); over > 0 {
		t.Errorf("%v px too wide", over)
	}
}

func (s *screen) words(t testing.TB, selector string) string {
	t.Helper()
	v, err := chromedp.Run(s.ctx, chromedp.Evaluate[string](`document.querySelector(`+strconv.Quote(selector)+`).innerText`))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Every page of an import fits a phone and a desk in every language; with
// PASSMUSTER_SHOTS they are kept to be looked at.
func TestTheLookOfTheImport(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.TrainerEmail)
	path := p.newClass("CPR1")
	p.upload(path+"/imports", "broken.xlsx", roster("broken.xlsx")).want(200)
	page := p.path
	p.upload(path+"/imports", "nl.csv", []byte("Kursist;Pas;Kost;理论笔试成绩;手机\n张三;99999919880229013X;vega;90;13800000000\n")).want(200, "What do these columns mean?")
	columns := p.path
	p.get("/t/classes/new?course=CPR1&base=SJZ&on=2026-11-21")
	form := p.form("/t/classes")
	form.Set("capacity", "50")
	form.Set("s0-minutes", "")
	p.postForm("/t/classes", form).want(422, "Trainees: 50")
	look := p.look()
	for _, each := range []struct{ name, path string }{{"import_check", page}, {"import_columns", columns}, {"import_row", page + "/rows/7"}, {"today", "/t"}, {"plan", "/t/classes/new?course=CPR1&base=SJZ&on=2026-11-21"}, {"plan_first", "/t/classes/new"}} {
		for _, lang := range []string{"zh", "en", "ru"} {
			for _, width := range []int{360, 1280} {
				look.open(t, each.path, lang, width)
				where := fmt.Sprintf("%s.%s at %d px", each.name, lang, width)
				look.fits(t, where)
				if dir := os.Getenv("PASSMUSTER_SHOTS"); dir != "" {
					must(0, os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s.%s.%d.png", each.name, lang, width)), look.picture(t, width, 2600), 0o600))
				}
			}
		}
	}
}
