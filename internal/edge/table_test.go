package edge_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/registry"
)

// TestTheTableOfRefusalsIsRight reads docs/api.md: every kind with its status,
// and the budgets that it tells of.
func TestTheTableOfRefusalsIsRight(t *testing.T) {
	b, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	told := strings.Join(strings.Fields(string(b)), " ")
	for _, kind := range []registry.Kind{registry.Invalid, registry.Unauthenticated, registry.Forbidden, registry.NotFound, registry.Gone, registry.Conflict, registry.Stale,
		registry.Precondition, registry.TooLarge, registry.TooMany, registry.Unavailable, edge.MethodNotAllowed, edge.Unsupported} {
		if want := fmt.Sprintf("| `%s` | %d", kind, edge.Status(registry.Fail(kind, "x"))); !strings.Contains(told, want) {
			t.Errorf("docs/api.md does not say %q", want)
		}
	}
	for _, want := range []string{
		fmt.Sprintf("after %d misses from one network", edge.ClientBudget.Burst),
		fmt.Sprintf("%d wrong names for one number, one forgotten in a minute", edge.AnyNumberBudget.Burst),
		fmt.Sprintf("%d numbers with one name, one in %.0f seconds", edge.AnyNameBudget.Burst, edge.AnyNameBudget.Every.Seconds()),
		fmt.Sprintf("%d wrong pairs in one base", edge.BaseBudget.Burst),
	} {
		if !strings.Contains(told, want) {
			t.Errorf("docs/api.md does not say %q", want)
		}
	}
}
