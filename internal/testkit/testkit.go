// Package testkit holds what tests of several packages share.
package testkit

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// LeaveOut ends a test that cannot run here and says why: it is skipped, and
// where CI is set in the environment it fails, so that no check is silently left
// out there. It is the only way in which a test of this tree skips.
func LeaveOut(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("CI must not leave this check out: %s", why)
	}
	t.Skip(why)
}

// Tool returns the path of an outside program that a test needs, or leaves the
// test out.
func Tool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		LeaveOut(t, name+" is not installed: install it to run this check")
	}
	return path
}

// RunOn runs an outside program on a file that is made for it, FILE in the
// arguments, and returns what it says; it must succeed.
func RunOn(t testing.TB, name string, file []byte, args ...string) string {
	t.Helper()
	path, at := Tool(t, name), filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(at, file, 0o600); err != nil {
		t.Fatal(err)
	}
	for i, a := range args {
		args[i] = strings.ReplaceAll(a, "FILE", at)
	}
	out, err := exec.CommandContext(t.Context(), path, args...).Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}
