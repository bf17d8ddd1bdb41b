package main

import (
	"strconv"
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/testkit"
)

func TestEveryStatusHasTheExitCodeOfTheDocument(t *testing.T) {
	for _, row := range testkit.Table(t, "../../docs/verdicts.md", "## Statuses") {
		status := registry.Status(row["status"])
		got := exitOfAnswer(registry.Answer{Status: status, Verdict: status.Verdict()}, nil)
		if strconv.Itoa(got) != row["exit"] {
			t.Errorf("%s: exit %d, docs/verdicts.md says %s", status, got, row["exit"])
		}
	}
	_, err := registry.ParseCode("7K3Q-D9XM-2HRT-W4BZ")
	if got := exitOfAnswer(registry.Answer{}, err); got != exitUsage {
		t.Errorf("a mistyped code: exit %d, want %d", got, exitUsage)
	}
}
