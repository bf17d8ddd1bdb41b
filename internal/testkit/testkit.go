// Package testkit holds what tests of several packages share.
package testkit

import (
	"os"
	"os/exec"
	"testing"
)

// Tool returns the path of an outside program that a test needs. Without it the
// test is skipped with a line that says so; in CI it fails, so that no check is
// silently left out there.
func Tool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is not installed: CI must not leave this check out", name)
	}
	t.Skipf("%s is not installed: install it to run this check", name)
	return ""
}
