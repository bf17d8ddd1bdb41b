package interop_test

import (
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/issue"
	"github.com/passmuster/passmuster/internal/testkit/world"
)

// TestANameTooLongForPaperHoldsItsClassBack approves a class with a name that
// the registry's rules allow and no certificate can show: nothing is issued, and
// the refusal says which text it is.
func TestANameTooLongForPaperHoldsItsClassBack(t *testing.T) {
	w := world.New(t)
	class := w.Open("trainer")
	row := world.Row(1)
	row.Name, row.LatinName = strings.Repeat("Щ", 100), strings.Repeat("W", 100)
	w.Enrol("trainer", class.ID, row, world.Row(2))
	if _, err := w.Training.Submit(t.Context(), w.By("trainer"), class.ID); err != nil {
		t.Fatal(err)
	}
	out, err := w.Issue.Approve(t.Context(), w.By("approver"), class.ID, issue.ApproveInput{})
	if codes := append(world.Faults(err), world.Code(err)); !strings.Contains(strings.Join(codes, " "), "certificate.too_long") {
		t.Errorf("the approval says %q", codes)
	}
	if len(out.Credentials) > 0 {
		t.Errorf("%d credentials are issued", len(out.Credentials))
	}
	if list, err := w.Issue.OfClass(t.Context(), w.By("approver"), class.ID); err != nil || len(list) > 0 {
		t.Errorf("the class has %d credentials, %v", len(list), err)
	}
}
