package js_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/testkit"
	"github.com/passmuster/passmuster/verify/js"
)

// node runs the tests of one file in the tests directory, which read the
// vectors and the tables of docs themselves.
func node(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), testkit.Tool(t, "node"), args...).CombinedOutput()
	if err != nil {
		t.Errorf("node %v: %v\n%s", args, err, out)
	}
	return string(out)
}

func TestModulesReadTheVectors(t *testing.T) {
	node(t, "--test", filepath.Join("tests", "vectors.test.mjs"))
}

func TestModulesRefuseWhatIsHostile(t *testing.T) {
	out := node(t, "--test", filepath.Join("tests", "hostile.test.mjs"))
	t.Log(regexp.MustCompile(`\d+ bytes, \d+ entries in \d+ ms`).FindString(out))
}

func TestModulesReadARootFromPEM(t *testing.T) {
	node(t, "--test", filepath.Join("tests", "root.test.mjs"))
}

func TestTheFragmentFollowsItsTable(t *testing.T) {
	node(t, "--test", filepath.Join("tests", "fragment.test.mjs"))
}

// The example says of every published vector what the vector says of itself.
func TestTheExampleSaysWhatTheVectorsSay(t *testing.T) {
	vectors := filepath.Join("..", "..", "docs", "vectors", "trust.json")
	text, err := os.ReadFile(vectors)
	if err != nil {
		t.Fatal(err)
	}
	var said struct {
		Offline []struct {
			What, Status, Verdict string
			Reasons               []string
		}
	}
	if err := json.Unmarshal(text, &said); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(node(t, "example.mjs", vectors)), "\n")
	if len(lines) != len(said.Offline) || len(lines) < 20 {
		t.Fatalf("%d lines for %d vectors:\n%s", len(lines), len(said.Offline), strings.Join(lines, "\n"))
	}
	for i, v := range said.Offline {
		head, tail := fmt.Sprintf("%-11s %-15s %s: ", v.Verdict, v.Status, v.What), " ("+strings.Join(v.Reasons, ", ")+")"
		if !strings.HasPrefix(lines[i], head) || !strings.HasSuffix(lines[i], tail) {
			t.Errorf("example.mjs says %q, the vector %q … %q", lines[i], head, tail)
		}
	}
}

var imports = regexp.MustCompile(`from "([^"]+)"`)

var reaching = regexp.MustCompile(`\b(document\.|window\.|fetch\(|require\(|process\.|Buffer\b|indexedDB|localStorage)`)

// A verifier that others embed brings nothing along and reaches for nothing but
// WebCrypto.
func TestModulesNeedNothing(t *testing.T) {
	var about struct {
		Name, Type                                      string
		Exports                                         map[string]string
		Dependencies, DevDependencies, PeerDependencies map[string]string
	}
	text, err := os.ReadFile("package.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &about); err != nil {
		t.Fatal(err)
	}
	if about.Name != "passmuster-verify" || about.Type != "module" || len(about.Dependencies)+len(about.DevDependencies)+len(about.PeerDependencies) > 0 {
		t.Errorf("package.json: %+v", about)
	}
	for what, file := range about.Exports {
		if _, err := fs.Stat(js.Files, strings.TrimPrefix(file, "./")); err != nil {
			t.Errorf("package.json exports %s from %s: %v", what, file, err)
		}
	}
	names, err := fs.Glob(js.Files, "*.js")
	if err != nil || len(names) < 10 {
		t.Fatalf("modules %v, %v", names, err)
	}
	for _, name := range names {
		body, err := fs.ReadFile(js.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		if found := reaching.Find(imports.ReplaceAll(body, nil)); found != nil {
			t.Errorf("%s reaches out: %s", name, found)
		}
		for _, m := range imports.FindAllSubmatch(body, -1) {
			if !strings.HasPrefix(string(m[1]), "./") {
				t.Errorf("%s imports %s", name, m[1])
			}
		}
	}
}
