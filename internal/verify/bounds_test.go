package verify_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/verify"
)

// TestOperatorsAreToldHowOldAnAnswerMayBe compares what is promised to operators
// with what holds.
func TestOperatorsAreToldHowOldAnAnswerMayBe(t *testing.T) {
	b, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	ms := verify.Lease.Milliseconds()
	for _, want := range []string{fmt.Sprintf("beside the server | within %d ms", ms), fmt.Sprintf("PostgreSQL does not answer | within %d ms", ms),
		fmt.Sprintf("another | within 1.%d s", ms/10)} { // a look at the file is good for a second
		if !strings.Contains(string(b), want) {
			t.Errorf("docs/operations.md does not say %q", want)
		}
	}
}
