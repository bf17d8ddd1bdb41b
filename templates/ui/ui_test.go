package ui_test

import (
	"context"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/templates/ui"
)

func render(t *testing.T, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestParts(t *testing.T) {
	p := i18n.For("en")
	wrong := ui.Input{P: p, Name: "score", Label: "Score", Hint: "0 to 100", Error: "too high", Fix: "write 0 to 100", Value: "101", Required: true}
	for _, tc := range []struct {
		name string
		part templ.Component
		want []string
		not  string
	}{
		{"a field names its hint and its error", ui.Field(wrong), []string{`for="f-score"`, `aria-describedby="f-score-wrong f-score-hint"`,
			`aria-invalid="true"`, `value="101"`, "too high", "write 0 to 100", " required"}, ""},
		{"a right field has no error", ui.Field(ui.Input{Name: "score", Label: "Score"}), []string{`id="f-score"`}, "aria-"},
		{"a password never comes back", ui.Field(ui.Input{Name: "p", Label: "P", Type: "password", Value: "secret"}), []string{`type="password"`}, "secret"},
		{"a larger field keeps its text", ui.Field(ui.Input{Name: "n", Label: "N", Type: "textarea", Value: "two\nlines"}), []string{"<textarea", "two\nlines"}, "<input"},
		{"a choice is kept", ui.Select(ui.Input{Name: "c", Label: "C", Value: "b"}, []ui.Option{{Value: "a", Label: "A"}, {Value: "b", Label: "B"}}), []string{`value="b" selected`}, `value="a" selected`},
		{"a summary leads to the field", ui.Summary(p, []ui.Wrong{{FieldID: "f-score", Text: "too high", Fix: "lower it"}}), []string{`role="alert"`, `href="#f-score"`, "lower it"}, ""},
		{"a summary of nothing is nothing", ui.Summary(p, nil), nil, "<"},
		{"good news is said politely", ui.Notice(ui.Good, "saved"), []string{`role="status"`, "saved"}, "alert"},
		{"a first page has no page before it", ui.Pager(p, ui.Pages{Next: "/x?after=2"}), []string{`rel="next"`, "/x?after=2"}, `rel="prev"`},
		{"a single page has no pager", ui.Pager(p, ui.Pages{}), nil, "<nav"},
		{"progress is a bar and a sentence", ui.Progress(3, 10, "3 of 10"), []string{`max="10"`, `value="3"`, `role="status"`, "3 of 10"}, ""},
		{"progress of nothing is no division by zero", ui.Progress(0, 0, "none"), []string{`max="1"`}, ""},
		{"a table says what it is", ui.Table("Roster", []string{"Name", "State"}), []string{`aria-label="Roster"`, `<th scope="col">Name</th>`}, ""},
		{"a tag says the verdict in words", ui.Tag(p, registry.StatusRevoked, registry.Competence), []string{"REVOKED", "tag revoked"}, ""},
		{"attendance is never tagged green", ui.Tag(p, registry.StatusValid, registry.Attendance), []string{"tag attended"}, "yes"},
	} {
		html := render(t, tc.part)
		for _, want := range tc.want {
			if !strings.Contains(html, want) {
				t.Errorf("%s: no %q in %s", tc.name, want, html)
			}
		}
		if tc.not != "" && strings.Contains(html, tc.not) {
			t.Errorf("%s: %q in %s", tc.name, tc.not, html)
		}
	}
}

func TestLangOf(t *testing.T) {
	for name, want := range map[string]string{"张䶮": "zh-CN", "李𬱖": "zh-CN", "Семёнов Пётр": "ru", "Fatima-Zahra El Idrissi": "", "": ""} {
		if got := ui.LangOf(name); got != want {
			t.Errorf("LangOf(%q) = %q, want %q", name, got, want)
		}
	}
}
