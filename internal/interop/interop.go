// Package interop runs other people's clients against what Passmuster signs:
// an outside reader finds what a package's own tests cannot. It serves tests
// alone; the npm packages it uses are pinned in package-lock.json.
package interop

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/passmuster/passmuster/internal/testkit"
)

// Run gives in as JSON to a script of this directory and decodes the JSON that
// it answers into out. Without Node or the installed packages the test is left
// out.
func Run(t testing.TB, script string, in, out any) {
	t.Helper()
	node, dir := testkit.Tool(t, "node"), Dir(t)
	if _, err := os.Stat(filepath.Join(dir, "node_modules")); err != nil {
		testkit.LeaveOut(t, "npm packages are not installed: run npm ci in internal/interop")
	}
	input, err := json.Marshal(in)
	if err != nil {
		t.Fatalf("encode input of %s: %v", script, err)
	}
	cmd := exec.Command(node, filepath.Join(dir, script))
	var stdout, stderr bytes.Buffer
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = dir, bytes.NewReader(input), &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", script, err, stderr.Bytes())
	}
	if err := json.Unmarshal(stdout.Bytes(), out); err != nil {
		t.Fatalf("%s answered %q: %v", script, stdout.Bytes(), err)
	}
}

// Dir is this directory, found from the module's root.
func Dir(t testing.TB) string {
	t.Helper()
	return filepath.Join(Root(t), "internal", "interop")
}

// Root is the module's directory.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test's directory")
		}
		dir = filepath.Dir(dir)
	}
}
