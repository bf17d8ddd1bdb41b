package archtest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/intake"
)

var links = regexp.MustCompile(`\]\(([^)#\s]+)(#[^)\s]*)?\)`)

func TestTheDocumentsLinkToWhatExists(t *testing.T) {
	base := root(t)
	files, err := filepath.Glob(filepath.Join(base, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	more, err := filepath.Glob(filepath.Join(base, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(files, more...) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range links.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(file), filepath.FromSlash(m[1]))); err != nil {
				t.Errorf("%s links to %s, which is not there", filepath.Base(file), m[1])
			}
		}
	}
}

// The README says what the example does: four people are good, one row is not.
func TestTheExampleRosterDoesWhatTheReadmeSays(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(root(t), "docs", "examples", "demo-roster.csv"))
	if err != nil {
		t.Fatal(err)
	}
	table, err := intake.ReadTable("demo-roster.csv", data, intake.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	roster, err := intake.ReadRoster(table, intake.Options{Demo: true, PassMark: 84, RequireID: true})
	if err != nil {
		t.Fatal(err)
	}
	scored := 0
	for _, row := range roster.Good() {
		if row.Theory != nil {
			scored++
		}
	}
	if len(roster.Rows) != 5 || len(roster.Bad()) != 1 || scored != 4 {
		t.Errorf("%d rows, %d of them bad, %d with a score; want 5, 1 and 4", len(roster.Rows), len(roster.Bad()), scored)
	}
}
