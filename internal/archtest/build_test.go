package archtest

import (
	"bytes"
	"go/format"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestEveryFileIsFormatted(t *testing.T) {
	base := root(t)
	err := filepath.WalkDir(base, func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && file != base && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules"):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(file, ".go"):
			return nil
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		want, err := format.Source(text)
		if err != nil || !bytes.Equal(text, want) {
			t.Errorf("%s is not formatted: run gofmt -w on it (%v)", file, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestNothingIsSilentlyLeftOut: a test skips by testkit.LeaveOut alone, which
// fails in CI.
func TestNothingIsSilentlyLeftOut(t *testing.T) {
	base := root(t)
	skips := regexp.MustCompile(`\b(t|b|f|tb)[.]Skip(f|Now)?[(]`)
	err := filepath.WalkDir(base, func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && file != base && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules"):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(file, ".go") || file == filepath.Join(base, "internal", "testkit", "testkit.go"):
			return nil
		}
		text, err := os.ReadFile(file)
		if err == nil && bytes.Contains(text, []byte(`"testing"`)) && skips.Match(text) {
			t.Errorf("%s skips on its own: use testkit.LeaveOut", file)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// command runs the go command in the module's root.
func command(t *testing.T, env []string, args ...string) {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Env = root(t), append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s go %s: %v\n%s", strings.Join(env, " "), strings.Join(args, " "), err, out)
	}
}

// With -short only the rules of the registry are vetted.
func TestVetFindsNothing(t *testing.T) {
	packages := "./..."
	if testing.Short() {
		packages = "./internal/registry"
	}
	command(t, nil, "vet", "-tags=nomsgpack", packages)
}

// The release is one static binary for each of these systems, made without a C
// compiler. With -short it is built for this system alone, from what go test has
// compiled already.
func TestTheBinaryBuildsForEveryPlatform(t *testing.T) {
	if testing.Short() {
		command(t, nil, "build", "-tags=nomsgpack", "-o", filepath.Join(t.TempDir(), "passmuster"), "./cmd/passmuster")
		return
	}
	for _, target := range []string{"linux/amd64", "linux/arm64", "windows/amd64"} {
		t.Run(target, func(t *testing.T) {
			goos, arch, _ := strings.Cut(target, "/")
			env := []string{"CGO_ENABLED=0", "GOOS=" + goos, "GOARCH=" + arch}
			command(t, env, "build", "-tags=nomsgpack", "-trimpath", "-ldflags=-s -w", "-o", filepath.Join(t.TempDir(), "passmuster"), "./cmd/passmuster")
		})
	}
}

func TestTheModuleFileAsksForNoCompilerTooNew(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root(t), "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(text, []byte("\ngo 1.26")) || bytes.Contains(text, []byte("\ntoolchain ")) {
		t.Error("go.mod asks for another Go than 1.26")
	}
}

// sqlite works with exactly the C library translation that it was made with:
// another version builds and corrupts (modernc.org/sqlite, issue 177).
func TestSQLiteHasItsOwnLibc(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root(t), "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	for _, pin := range []string{"modernc.org/sqlite v1.60.1", "modernc.org/libc v1.77.1"} {
		if !bytes.Contains(text, []byte(pin)) {
			t.Errorf("go.mod does not pin %s: renew both together, by what sqlite's own go.mod says", pin)
		}
	}
}
