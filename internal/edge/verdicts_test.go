package edge_test

import (
	"strconv"
	"testing"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/testkit"
)

func TestEveryStatusHasTheHTTPCodeOfTheDocument(t *testing.T) {
	for _, row := range testkit.Table(t, "../../docs/verdicts.md", "## Statuses") {
		got := edge.AnswerStatus(registry.Answer{Status: registry.Status(row["status"])})
		if strconv.Itoa(got) != row["HTTP"] {
			t.Errorf("%s: %d, docs/verdicts.md says %s", row["status"], got, row["HTTP"])
		}
	}
}
