package training_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/intake"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/testkit/world"
	"github.com/passmuster/passmuster/internal/training"
)

func brokenRoster(t *testing.T) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "intake", "testdata", "broken.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func ok[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// errorsOf lists the errors of a preview as "row code".
func errorsOf(p training.Preview) (list []string) {
	for _, f := range p.Report.Faults {
		if !f.Warn {
			list = append(list, fmt.Sprint(f.Row, " ", f.Code))
		}
	}
	return list
}

func TestABrokenRosterIsPutRightStepByStep(t *testing.T) {
	w := world.New(t)
	w.Training.Demo = true
	class, by := w.Open("trainer"), w.By("trainer")
	must := ok[training.Preview](t)
	p := must(w.Training.UploadImport(t.Context(), by, class.ID, "broken.xlsx", brokenRoster(t)))
	want := []string{"3 name.empty", "5 id.lost", "7 id.check", "9 id.date", "11 intake.score_range", "13 intake.score_missing", "17 intake.duplicate",
		"21 name.bidi", "23 name.unassigned", "29 intake.formula"}
	if got := errorsOf(p); !slices.Equal(got, want) || p.Report.Enrolled != 20 {
		t.Fatalf("%d to enrol, errors %q, want each once: %q", p.Report.Enrolled, got, want)
	}
	p = must(w.Training.CommitImport(t.Context(), by, p.Import.ID, training.EnrolOptions{}))
	if p.Report.Enrolled != 20 || p.Import.Status != training.ImportSkips {
		t.Fatalf("%d enrolled, %s", p.Report.Enrolled, p.Import.Status)
	}

	again := must(w.Training.UploadImport(t.Context(), by, class.ID, "broken (1).xlsx", brokenRoster(t)))
	if !again.Again || again.Import.ID != p.Import.ID || again.Report.Enrolled != 0 || again.Report.Unchanged != 20 {
		t.Errorf("the same file again: %v, %+v", again.Again, again.Report)
	}

	cell := func(line int, field intake.Field, text string) {
		t.Helper()
		column := p.Roster.Columns.IndexOf(string(field))
		p = must(w.Training.EditImport(t.Context(), by, p.Import.ID, training.ImportEdit{Cells: []training.CellEdit{{Line: line, Column: column, Text: text}}}))
	}
	cell(3, intake.FieldName, "刘洋")
	cell(11, intake.FieldTheory, "84")
	cell(29, intake.FieldName, "孙倩")
	p = must(w.Training.EditImport(t.Context(), by, p.Import.ID, training.ImportEdit{Out: map[int]bool{17: true, 13: true}}))
	want = []string{"5 id.lost", "7 id.check", "9 id.date", "21 name.bidi", "23 name.unassigned"}
	if got := errorsOf(p); !slices.Equal(got, want) || p.Report.Enrolled != 3 {
		t.Errorf("corrected: %d to enrol, errors %q, want %q", p.Report.Enrolled, got, want)
	}
	p = must(w.Training.EditImport(t.Context(), by, p.Import.ID, training.ImportEdit{Out: map[int]bool{13: false}}))
	if got := errorsOf(p); !slices.Contains(got, "13 intake.score_missing") {
		t.Errorf("a row taken back in: %q", got)
	}
	if p = must(w.Training.CommitImport(t.Context(), by, p.Import.ID, training.EnrolOptions{})); p.Report.Enrolled != 3 || p.Last.Enrolled != 3 {
		t.Errorf("%+v enrolled after the corrections", p.Report)
	}
	w.Read(func(tx *store.Tx) error {
		i, err := tx.Import(t.Context(), p.Import.ID)
		if string(i.Body) != string(brokenRoster(t)) {
			t.Error("the uploaded file was changed")
		}
		return err
	})

	// What is left comes back as a file, and is right once it is corrected there.
	rejected, err := intake.RejectedXLSX(p.Roster, i18n.Chinese)
	if err != nil {
		t.Fatal(err)
	}
	table, err := intake.ReadTable("rejected.xlsx", rejected, intake.Limits{})
	if err != nil || len(table.Rows) != 7 {
		t.Fatalf("%d rows come back, %v", len(table.Rows), err)
	}
	next := must(w.Training.UploadImport(t.Context(), by, class.ID, "rejected.xlsx", rejected))
	id := next.Roster.Columns.IndexOf(string(intake.FieldID))
	edit := training.ImportEdit{}
	for i, row := range next.Roster.Rows {
		for field, text := range map[intake.Field]string{intake.FieldName: world.Name(40 + i), intake.FieldTheory: "90"} {
			edit.Cells = append(edit.Cells, training.CellEdit{Line: row.Line, Column: next.Roster.Columns.IndexOf(string(field)), Text: text})
		}
		edit.Cells = append(edit.Cells, training.CellEdit{Line: row.Line, Column: id, Text: syntheticID(i)})
	}
	if next = must(w.Training.EditImport(t.Context(), by, next.Import.ID, edit)); len(errorsOf(next)) != 0 || next.Report.Enrolled != 6 {
		t.Fatalf("corrected in the file: %d, %q", next.Report.Enrolled, errorsOf(next))
	}
	if next = must(w.Training.CommitImport(t.Context(), by, next.Import.ID, training.EnrolOptions{AllOrNothing: true})); next.Import.Status != training.ImportDone {
		t.Errorf("%s", next.Import.Status)
	}
	if n := view(w, class.ID).Active(); n != 29 {
		t.Errorf("%d people in the class, want 29", n)
	}
}

// syntheticID is an id of the area that does not exist, with its check digit.
func syntheticID(n int) string {
	body := fmt.Sprintf("99999919900101%03d", 101+2*n)
	sum := 0
	for i, c := range body {
		sum += int(c-'0') * []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}[i]
	}
	return body + string("10X98765432"[sum%11])
}

func TestColumnsAreAskedOnceOfABase(t *testing.T) {
	w := world.New(t)
	by := w.By("trainer")
	must := ok[training.Preview](t)
	first, second, far := w.Open("trainer"), w.Open("trainer"), w.Open("tianjin", w.At("TJX", "tianjin"))
	file := func(n int) []byte {
		return []byte(fmt.Sprintf("Teilnehmer;Ausweis;Bemerkung\n张伟;DEMO-00000%d;vegetarisch\n", n))
	}
	if _, err := w.Training.StoreImport(t.Context(), by, first.ID, "a.csv", file(1), nil); world.Code(err) != "intake.no_name" {
		t.Errorf("without being asked: %v", err)
	}
	p := must(w.Training.UploadImport(t.Context(), by, first.ID, "a.csv", file(1)))
	if p.Import.Status != training.ImportMapping || p.Look.Named || len(p.Look.Columns) != 3 || p.Look.Columns[1].Samples[0] != "*******0001" {
		t.Fatalf("%s, %+v", p.Import.Status, p.Look)
	}
	if _, err := w.Training.CommitImport(t.Context(), by, p.Import.ID, training.EnrolOptions{}); world.Code(err) != "intake.no_name" {
		t.Errorf("taken before it was explained: %v", err)
	}
	twice := training.ImportEdit{Mapping: map[string]string{"Teilnehmer": "name", "Ausweis": "name"}}
	if _, err := w.Training.EditImport(t.Context(), by, p.Import.ID, twice); world.Code(err) != "intake.field_twice" {
		t.Errorf("two columns for one field: %v", err)
	}
	answer := training.ImportEdit{Mapping: map[string]string{"Teilnehmer": "name", "Ausweis": "id", "Bemerkung": "ignored"}}
	p = must(w.Training.EditImport(t.Context(), by, p.Import.ID, answer))
	if p.Import.Status != training.ImportPreviewed || p.Report.Enrolled != 1 || len(p.Roster.Columns.Unknown) != 0 {
		t.Errorf("explained: %s, %+v", p.Import.Status, p.Report)
	}
	if p = must(w.Training.UploadImport(t.Context(), by, second.ID, "b.csv", file(2))); p.Import.Status != training.ImportPreviewed || p.Report.Enrolled != 1 {
		t.Errorf("the next list with these headings: %s", p.Import.Status)
	}
	if p = must(w.Training.UploadImport(t.Context(), w.By("tianjin"), far.ID, "b.csv", file(2))); p.Import.Status != training.ImportMapping {
		t.Errorf("another base was not asked: %s", p.Import.Status)
	}
}

func TestWhoMayNotEnrolCorrectsNothing(t *testing.T) {
	w := world.New(t)
	class := w.Open("trainer")
	p := ok[training.Preview](t)(w.Training.UploadImport(t.Context(), w.By("trainer"), class.ID, "a.csv", []byte("name,id\n张伟,DEMO-000001\n")))
	edit := training.ImportEdit{Cells: []training.CellEdit{{Line: 2, Column: 0, Text: "王芳"}}}
	for who, want := range map[string]string{"tianjin": "class.unknown", "movement": "class.unknown", "approver": "access.forbidden"} {
		if _, err := w.Training.EditImport(t.Context(), w.By(who), p.Import.ID, edit); world.Code(err) != want {
			t.Errorf("%s corrects: %v", who, err)
		}
		if err := w.Training.DiscardImport(t.Context(), w.By(who), p.Import.ID); world.Code(err) != want {
			t.Errorf("%s discards: %v", who, err)
		}
		if _, err := w.Training.StartImport(t.Context(), w.By(who), p.Import.ID, training.EnrolOptions{}); world.Code(err) != want {
			t.Errorf("%s starts: %v", who, err)
		}
	}
	for _, bad := range []training.CellEdit{{Line: 1, Column: 0}, {Line: 3, Column: 0}, {Line: 2, Column: 2}, {Line: 2, Column: -1}} {
		if _, err := w.Training.EditImport(t.Context(), w.By("trainer"), p.Import.ID, training.ImportEdit{Cells: []training.CellEdit{bad}}); !strings.HasPrefix(world.Code(err), "wizard.no_") {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	if err := w.Training.DiscardImport(t.Context(), w.By("trainer"), p.Import.ID); err != nil {
		t.Fatal(err)
	}
	w.Read(func(tx *store.Tx) error {
		i, err := tx.Import(t.Context(), p.Import.ID)
		if len(i.Body) != 0 || i.Status != training.ImportDiscarded {
			t.Errorf("discarded, %d bytes stay, %s", len(i.Body), i.Status)
		}
		return err
	})
	if _, err := w.Training.CommitImport(t.Context(), w.By("trainer"), p.Import.ID, training.EnrolOptions{}); world.Code(err) != "wizard.discarded" {
		t.Errorf("taken after it was discarded: %v", err)
	}
}

func TestFilesAreForgottenAfterThirtyDays(t *testing.T) {
	w := world.New(t)
	class := w.Open("trainer")
	p := ok[training.Preview](t)(w.Training.UploadImport(t.Context(), w.By("trainer"), class.ID, "a.csv", []byte("name,id\n张伟,DEMO-000001\n")))
	for _, step := range []struct {
		days int
		kept bool
	}{{29, true}, {2, false}} {
		w.Clock.Add(time.Duration(step.days) * 24 * time.Hour)
		if err := w.Training.ForgetImports(t.Context()); err != nil {
			t.Fatal(err)
		}
		if p = ok[training.Preview](t)(w.Training.PreviewImport(t.Context(), w.By("trainer"), p.Import.ID)); (len(p.Import.Body) > 0) != step.kept || (p.Roster != nil) != step.kept {
			t.Errorf("%d days later: %d bytes", step.days, len(p.Import.Body))
		}
	}
}

// large is a roster of n people.
func large(n int) []byte {
	var b strings.Builder
	b.WriteString("name,id,theory,skills\n")
	for i := range n {
		fmt.Fprintf(&b, "%s,DEMO-%06d,%d,pass\n", world.Name(i), i, 85+i%15)
	}
	return []byte(b.String())
}

func TestFiveThousandRowsAreTakenByAJobThatSaysHowFarItIs(t *testing.T) {
	w := world.New(t)
	class, by := w.Open("trainer"), w.By("trainer")
	const n = 5000
	start := time.Now()
	p := ok[training.Preview](t)(w.Training.UploadImport(t.Context(), by, class.ID, "large.csv", large(n)))
	t.Logf("looked at in %v", time.Since(start))
	run, err := w.Training.StartImport(t.Context(), by, p.Import.ID, training.EnrolOptions{Results: true, Statement: world.Statement})
	if err != nil || run.Total != n {
		t.Fatalf("run %+v, %v", run, err)
	}
	if p = ok[training.Preview](t)(w.Training.PreviewImport(t.Context(), by, p.Import.ID)); p.Import.Status != training.ImportCommitting || p.Run.Status != "queued" {
		t.Errorf("while it waits: %s, %+v", p.Import.Status, p.Run)
	}
	if _, err := w.Training.StartImport(t.Context(), by, p.Import.ID, training.EnrolOptions{}); world.Code(err) != "wizard.busy" {
		t.Errorf("started twice: %v", err)
	}
	start = time.Now()
	if err := w.DB.Drain(t.Context(), map[string]store.Worker{training.ImportJob: w.Training.WorkImport}); err != nil {
		t.Fatal(err)
	}
	t.Logf("taken in %v", time.Since(start))
	p = ok[training.Preview](t)(w.Training.PreviewImport(t.Context(), by, p.Import.ID))
	if p.Import.Status != training.ImportDone || p.Run.Status != "done" || p.Run.Done != n || p.Last.Enrolled != n || p.Last.Recorded != n || p.Report.Unchanged != n {
		t.Errorf("%s, run %+v, last %+v", p.Import.Status, p.Run, p.Last)
	}
}

func TestAJobThatIsRefusedGivesTheListBack(t *testing.T) {
	w := world.New(t)
	class, by := w.Open("trainer"), w.By("trainer")
	p := ok[training.Preview](t)(w.Training.UploadImport(t.Context(), by, class.ID, "a.csv", large(3)))
	if _, err := w.Training.StartImport(t.Context(), by, p.Import.ID, training.EnrolOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Training.CancelClass(t.Context(), by, class.ID, "flood"); err != nil {
		t.Fatal(err)
	}
	if err := w.DB.Drain(t.Context(), map[string]store.Worker{training.ImportJob: w.Training.WorkImport}); err != nil {
		t.Fatal(err)
	}
	p = ok[training.Preview](t)(w.Training.PreviewImport(t.Context(), by, p.Import.ID))
	if p.Import.Status != training.ImportPreviewed || p.Run.Status != "failed" || p.Run.Message != "class.closed" || len(view(w, class.ID).Members) != 0 {
		t.Errorf("%s, %+v", p.Import.Status, p.Run)
	}
	if acts := w.Audit(class.ID); acts[0].Action != "import.stopped" {
		t.Errorf("the newest act is %s", acts[0].Action)
	}
	if got := registry.ClassCancelled; view(w, class.ID).Class.Status != got {
		t.Error("the class is open again")
	}
}
