package edge_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/testkit"
)

// A cell with two codes has first the one of an answer from the store, then the
// one while the store is out of reach.
func TestEveryStatusHasTheHTTPCodeOfTheDocument(t *testing.T) {
	could := 0
	for _, row := range testkit.Table(t, "../../docs/verdicts.md", "## Statuses") {
		status := registry.Status(row["status"])
		answers := []registry.Answer{{Status: status, Reasons: []registry.Reason{{Code: "origin.foreign"}}}}
		if status == registry.StatusCouldNotCheck {
			answers = append(answers, registry.Answer{Status: status, Reasons: []registry.Reason{{Code: "origin.foreign"}, {Code: "store.unreachable"}}},
				registry.Decide(registry.Evidence{}))
			row["HTTP"] += ", 503"
			could++
		}
		var got []string
		for _, a := range answers {
			got = append(got, strconv.Itoa(edge.AnswerStatus(a)))
		}
		if list := strings.Join(got, ", "); list != row["HTTP"] {
			t.Errorf("%s: %s, docs/verdicts.md says %s", status, list, row["HTTP"])
		}
	}
	if could != 1 {
		t.Errorf("could_not_check stands in %d rows", could)
	}
}
