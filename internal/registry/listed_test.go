package registry_test

import (
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/testkit"
)

// Every combination of what is known about a row is found in the table of
// docs/verdicts.md, and the program says what stands there.
func TestRowsOfListsFollowTheTable(t *testing.T) {
	rows := testkit.Table(t, "../../docs/verdicts.md", "## A row of a list")
	word := func(yes bool, a, b string) string {
		if yes {
			return a
		}
		return b
	}
	used := map[int]bool{}
	for _, status := range registry.Statuses {
		for _, kind := range []registry.CredentialKind{registry.Competence, registry.Attendance, registry.Instructor, registry.Honour} {
			for _, differs := range []bool{false, true} {
				for _, twice := range []bool{false, true} {
					evidence := map[string]string{"status": string(status), "kind": string(kind), "name": word(differs, "differs", "same"), "above": word(twice, "yes", "no")}
					at := -1
					for i, row := range rows {
						if testkit.Match(row, evidence) {
							at = i
							break
						}
					}
					if at < 0 {
						t.Fatalf("the table has no row for %v", evidence)
					}
					used[at] = true
					if got := registry.ListedAs(status, kind, differs, twice); string(got) != rows[at]["row"] {
						t.Errorf("ListedAs(%v) = %s, want %s", evidence, got, rows[at]["row"])
					}
				}
			}
		}
	}
	for i := range rows {
		if !used[i] {
			t.Errorf("row %d of the table covers nothing", i+1)
		}
	}
	if registry.ListedAs("unheard of", registry.Competence, false, false) != registry.ListedCould {
		t.Error("a status that nobody knows is not one that could not be checked")
	}
}
