package sheet_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/pdf/rules"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/sheet"
	"github.com/passmuster/passmuster/internal/testkit"
)

// names are those that break other people's software (all invented).
var names = []string{"欧阳娜", "阿卜杜热西提·阿布都克里木·麦麦提明江", "张䶮", "李𬱖", "Константинопольская-Преображенская Александра Владиславовна",
	"Құдайбергенов Нұрсұлтан Әбдіғаппарұлы", "Ɔkɔmfoɔ Akosua Ɛdwoa", "Nkosinathi van der Westhuizen", "吕一",
	strings.Repeat("W", 90), strings.Repeat("赵", 66), "O'Brien-Łukasiewicz"}

var at = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// one is the press of all tests: the rare characters are unpacked once.
var one = sync.OnceValues(sheet.NewPress)

func press(t *testing.T) *sheet.Press {
	t.Helper()
	p, err := one()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// keeps fails where the file breaks a rule of PDF/A or PDF/UA that is checked.
func keeps(t *testing.T, pdf []byte) {
	t.Helper()
	for _, f := range rules.Check(pdf) {
		t.Errorf("%v", f)
	}
}

func occasion(langs ...string) sheet.Occasion {
	return sheet.Occasion{Class: "SJZ-CPR1-20261121-2", Course: registry.Text{"zh": "心肺复苏与AED（演示）", "en": "CPR and AED DEMO", "ru": "СЛР и АНД DEMO"},
		Base: registry.Text{"zh": "石家庄市人民医院建华院区培训基地（演示）", "en": "Shijiazhuang People's Hospital, Jianhua campus DEMO", "ru": "Учебная база DEMO, Шицзячжуан"},
		From: registry.NewDate(2026, 11, 21), To: registry.NewDate(2026, 11, 22), Languages: langs, Host: "verify.demo.example", Demo: true, At: at}
}

func link(i int) string {
	return fmt.Sprintf("https://verify.demo.example/my/AbCdEfGhIjKlMnOpQrStUvWxYz01%04d", i)
}

func slips(n int) (list []sheet.Slip) {
	for i := range n {
		list = append(list, sheet.Slip{Name: names[i%len(names)], Position: i + 1, Link: link(i)})
	}
	return list
}

func drawn(t *testing.T, o sheet.Occasion, list []sheet.Slip) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := press(t).Slips(&b, o, list); err != nil {
		t.Fatal(err)
	}
	if dir := os.Getenv("PASSMUSTER_SHOTS"); dir != "" {
		_ = os.WriteFile(filepath.Join(dir, "slips-"+o.Languages[0]+".pdf"), b.Bytes(), 0o600)
	}
	return b.Bytes()
}

func TestSlipsBearEveryNameWholeAndInOrder(t *testing.T) {
	for _, langs := range [][]string{{"zh", "en"}, {"en"}, {"ru", "en"}} {
		pdf := drawn(t, occasion(langs...), slips(23))
		testkit.RunOn(t, "qpdf", pdf, "--check", "FILE")
		if info := testkit.RunOn(t, "pdfinfo", pdf, "FILE"); !strings.Contains(info, "Pages:           3\n") || !strings.Contains(info, "Tagged:          yes") {
			t.Errorf("%v: %s", langs, info)
		}
		text := packed(testkit.RunOn(t, "pdftotext", pdf, "-raw", "FILE", "-"))
		from := 0
		for _, s := range slips(23) {
			i := strings.Index(text[from:], packed(s.Name))
			if i < 0 {
				t.Fatalf("%v: %q is not there, or not in its place", langs, s.Name)
			}
			from += i
		}
		inside(t, pdf)
		keeps(t, pdf)
	}
}

// packed leaves out what line breaks put in.
func packed(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\n' || r == '"' || r == '\u00a0' }), "")
}

var word = regexp.MustCompile(`xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">`)

// inside fails where a word leaves its slip: 105 × 59.4 mm, less 4 mm that a
// printer may not reach, or a knife may take.
func inside(t *testing.T, pdf []byte) {
	t.Helper()
	const mm = 72 / 25.4
	for _, m := range word.FindAllStringSubmatch(testkit.RunOn(t, "pdftotext", pdf, "-bbox", "FILE", "-"), -1) {
		var v [4]float64
		for i := range v {
			v[i], _ = strconv.ParseFloat(m[i+1], 64)
		}
		left, top := math.Mod(v[0], 105*mm), math.Mod(v[1], 59.4*mm)
		if left < 4*mm || left+v[2]-v[0] > 101*mm || top < 4*mm || top+v[3]-v[1] > 57.5*mm {
			t.Errorf("a word leaves its slip: %s (%.1f %.1f mm)", m[0], left/mm, top/mm)
		}
	}
}

func TestEverySlipIsReadFromAnOfficeCopy(t *testing.T) {
	zbar, ppm := testkit.Tool(t, "zbarimg"), testkit.Tool(t, "pdftoppm")
	list := append(slips(8), sheet.Slip{Number: "SJZ-CPR1-20261121-2-017", Link: "https://verify.demo.example/claim/AbCdEfGhIjKlMnOpQrStUvWx"},
		sheet.Slip{Name: "吕一", Position: 10, Link: "https://certificates.volunteers.example/my/AbCdEfGhIjKlMnOpQrStUvWxYz012345"}) // a long origin
	dir := t.TempDir()
	file := filepath.Join(dir, "slips.pdf")
	pdf := drawn(t, occasion("zh", "en"), list)
	keeps(t, pdf)
	if err := os.WriteFile(file, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	for i, s := range list { // one slip at a time, as a phone sees it
		picture := filepath.Join(dir, strconv.Itoa(i))
		cut := []string{"-r", "150", "-gray", "-singlefile", "-x", strconv.Itoa(i % 2 * 620), "-y", strconv.Itoa(i / 2 * 351), "-W", "620", "-H", "351", file, picture}
		if err := exec.CommandContext(t.Context(), ppm, cut...).Run(); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), zbar, "-q", "--raw", picture+".pgm").Output()
		if err != nil || strings.TrimSpace(string(out)) != s.Link {
			t.Errorf("slip %d: %q, %v; want %s", i+1, out, err, s.Link)
		}
	}
}

func TestASheetIsTheSameEachTimeAndTellsOfAStreamThatEnds(t *testing.T) {
	a, b := drawn(t, occasion("zh", "en"), slips(11)), drawn(t, occasion("zh", "en"), slips(11))
	if !bytes.Equal(a, b) {
		t.Error("the same slips, other bytes")
	}
	r, w := io.Pipe()
	go func() { _, _ = io.CopyN(io.Discard, r, 5000); _ = r.CloseWithError(io.ErrClosedPipe) }()
	if err := press(t).Slips(w, occasion("zh"), slips(2000)); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("a reader that goes away: %v", err)
	}
}

func record(lang i18n.Lang, sessions, people int) sheet.Record {
	o := occasion()
	r := sheet.Record{Base: registry.Base{Code: "SJZ", Name: o.Base}, Approver: "周文静", Statements: []string{"每位学员均在我面前完成全部关键步骤（演示）"}, At: at, Lang: lang,
		Demo: true, Loc: time.FixedZone("", 8*3600)}
	r.Course = registry.Course{Code: "CPR1", Version: 3, Title: o.Course, Minutes: 180, Practical: 135, AttendanceMin: 90, PassMark: 84,
		Skills: registry.SkillsSheet{Items: []registry.SkillItem{{Code: "compress", Critical: true}, {Code: "aed", Critical: true}}}}
	r.Class = registry.Class{Code: "SJZ-CPR1-20261121-2", Venue: "春城驿家·朝阳25℃南湖新村党群服务站妇女微家 😀", Status: registry.ClassIssued, Version: 7, RatioReason: "two rooms", ApprovedAt: at,
		Trainers: []registry.ClassTrainer{{Name: "李明哲", Role: "lead"}, {Name: "赵静怡", Role: "assistant"}}}
	for i := range sessions {
		r.Class.Sessions = append(r.Class.Sessions, registry.Session{ID: registry.ID("s" + strconv.Itoa(i)), On: registry.NewDate(2026, 11, 1+i%28), From: "09:00", To: "12:00",
			Minutes: 90, Practical: i%2 == 1, Topic: "AED"})
	}
	for i := range people {
		row := sheet.RecordRow{Position: i + 1, Name: names[i%len(names)], Last4: "013X", Attendance: map[registry.ID]registry.SessionAttendance{},
			Theory: []registry.Assessment{{Score: 78}, {Score: 90}}, Skills: []registry.Assessment{{Items: map[string]bool{"aed": true}}, {Passed: true, Bulk: true}},
			Outcome: registry.Pass, Number: registry.Number(fmt.Sprintf("GAJK-SJZ-2026-%06d", i+1))}
		for k, s := range r.Class.Sessions {
			state := registry.Present
			if (i+k)%7 == 3 {
				state = registry.Late
			}
			row.Attendance[s.ID] = registry.SessionAttendance{State: state, Minutes: 80}
		}
		r.Rows = append(r.Rows, row)
	}
	return r
}

func written(t *testing.T, r sheet.Record) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := press(t).WriteRecord(&b, r); err != nil {
		t.Fatal(err)
	}
	if dir := os.Getenv("PASSMUSTER_SHOTS"); dir != "" {
		_ = os.WriteFile(filepath.Join(dir, fmt.Sprintf("record-%s-%d-%d.pdf", r.Lang, len(r.Class.Sessions), len(r.Rows))), b.Bytes(), 0o600)
	}
	return b.Bytes()
}

func TestARecordHoldsEverybodyAndNumbersItsPages(t *testing.T) {
	for _, tc := range []struct {
		lang             i18n.Lang
		sessions, people int
		size             string
	}{{i18n.Chinese, 2, 40, "595.276 x 841.89"}, {i18n.English, 6, 30, "841.89 x 595.276"}, {i18n.Russian, 3, 12, "595.276 x 841.89"}, {i18n.English, 30, 25, "841.89 x 595.276"}} {
		r := record(tc.lang, tc.sessions, tc.people)
		pdf := written(t, r)
		testkit.RunOn(t, "qpdf", pdf, "--check", "FILE")
		keeps(t, pdf)
		info := testkit.RunOn(t, "pdfinfo", pdf, "FILE")
		pages := regexp.MustCompile(`Pages: +(\d+)`).FindStringSubmatch(info)[1]
		if !strings.Contains(info, tc.size) {
			t.Errorf("%s, %d sessions: %s", tc.lang, tc.sessions, info)
		}
		text := packed(testkit.RunOn(t, "pdftotext", pdf, "FILE", "-"))
		n, _ := strconv.Atoi(pages)
		for i := range n {
			if want := fmt.Sprintf("%d/%d", i+1, n); !strings.Contains(text, want) {
				t.Errorf("%s: no page says %s", tc.lang, want)
			}
		}
		heads := strings.Count(text, packed(i18n.For(tc.lang).T("sheet.col.outcome")))
		if tables := (tc.people + 29) / 30; heads < tables {
			t.Errorf("%s: %d headings on %d pages", tc.lang, heads, n)
		}
		structure := packed(testkit.RunOn(t, "pdftotext", pdf, "-raw", "FILE", "-"))
		if tc.people < 20 { // what readers aloud go by; slow to print
			structure = packed(testkit.RunOn(t, "pdfinfo", pdf, "-struct-text", "FILE"))
			for _, tag := range []string{"Table", "TR", "TH", "TD", "H1"} {
				if !strings.Contains(structure, tag) {
					t.Errorf("no element %s", tag)
				}
			}
		}
		for _, row := range r.Rows {
			for _, want := range []string{row.Name, string(row.Number)} {
				if !strings.Contains(structure, packed(want)) {
					t.Errorf("%s, %d sessions: no %q", tc.lang, tc.sessions, want)
				}
			}
		}
		for _, want := range []string{"78→90", "[U+1F600]", "李明哲", "周文静", "…013X", "(compress)"} {
			if !strings.Contains(structure, want) {
				t.Errorf("%s, %d sessions: no %q", tc.lang, tc.sessions, want)
			}
		}
	}
}

func TestAnEmptyRecordHasLinesAndNoMarks(t *testing.T) {
	r := record(i18n.English, 2, 0)
	r.Blank = 20
	pdf := written(t, r)
	keeps(t, pdf)
	text := testkit.RunOn(t, "pdftotext", pdf, "-layout", "FILE", "-")
	if !strings.Contains(text, "Empty sheet") || !regexp.MustCompile(`(?m)^ *20\s*$`).MatchString(text) || strings.Contains(text, "Approved in the registry") {
		t.Errorf("empty sheet: %s", text)
	}
}

// Paper is read on another day: the slips of a class that waits for approval say
// since when, at the clock of the base.
func TestSlipsOfAWaitingClassSaySinceWhen(t *testing.T) {
	for lang, want := range map[string]string{"zh": "已记录，自 2026年11月21日 17:05 起等待审核", "en": "Recorded, waiting for approval since 21 November 2026, 17:05",
		"ru": "Записано, ждёт утверждения с 21 ноября 2026 г., 17:05"} {
		o := occasion(lang, "en")
		if text := packed(testkit.RunOn(t, "pdftotext", drawn(t, o, slips(1)), "-raw", "FILE", "-")); strings.Contains(text, packed(want)) {
			t.Errorf("%s: a class that does not wait: %s", lang, text)
		}
		o.Waits, o.Loc = at.Add(5*time.Minute), time.FixedZone("", 8*3600)
		pdf := drawn(t, o, append(slips(12), sheet.Slip{Number: "SJZ-CPR1-20261121-2-017", Link: link(1)}))
		if text := packed(testkit.RunOn(t, "pdftotext", pdf, "-raw", "FILE", "-")); strings.Count(text, packed(want)) != 13 {
			t.Errorf("%s: %d times in %s", lang, strings.Count(text, packed(want)), text)
		}
		inside(t, pdf)
		keeps(t, pdf)
	}
}
