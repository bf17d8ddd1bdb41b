package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/passmuster/passmuster/"

// pkg is what the rules look at: what the files of one directory import, those
// for other systems included, tests left out.
type pkg struct {
	path    string // from the module's root: "internal/store"
	imports []string
	clock   []string // places that read the machine's clock
}

// tree reads every package of the module.
func tree(t *testing.T) []*pkg {
	t.Helper()
	base := root(t)
	found := map[string]*pkg{}
	err := filepath.WalkDir(base, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if file != base && (strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata" || name == "node_modules") {
				return fs.SkipDir
			}
			if _, err := os.Stat(filepath.Join(file, "go.mod")); err == nil && file != base {
				return fs.SkipDir // another module: the peers of the bench, the tools
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		rel, err := filepath.Rel(base, filepath.Dir(file))
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if found[rel] == nil {
			found[rel] = &pkg{path: rel}
		}
		return found[rel].read(file)
	})
	if err != nil {
		t.Fatal(err)
	}
	all := make([]*pkg, 0, len(found))
	for _, p := range found {
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b *pkg) int { return strings.Compare(a.path, b.path) })
	return all
}

func (p *pkg) read(file string) error {
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, file, nil, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	for _, i := range f.Imports {
		if s, err := strconv.Unquote(i.Path.Value); err == nil && !slices.Contains(p.imports, s) {
			p.imports = append(p.imports, s)
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && setsDeadline(call) {
			return false // the network's clock is the machine's
		}
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := sel.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains([]string{"Now", "Since", "Until"}, sel.Sel.Name) {
			p.clock = append(p.clock, path.Base(filepath.ToSlash(file))+":"+strconv.Itoa(set.Position(n.Pos()).Line))
		}
		return true
	})
	return nil
}

// setsDeadline reports whether the call is SetDeadline, SetReadDeadline or
// SetWriteDeadline of a connection.
func setsDeadline(call *ast.CallExpr) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	return ok && strings.HasPrefix(sel.Sel.Name, "Set") && strings.HasSuffix(sel.Sel.Name, "Deadline")
}

func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil {
		t.Fatal(err)
	}
	return dir
}

func row(p string) int {
	return slices.IndexFunc(layers, func(l layer) bool { return slices.Contains(l.packages, p) })
}

// under reports whether p is one of the packages or below one of them.
func under(p string, list []string) bool {
	return slices.ContainsFunc(list, func(l string) bool { return p == l || strings.HasPrefix(p, l+"/") })
}

func TestAPackageImportsLowerLayersOnly(t *testing.T) {
	for _, p := range tree(t) {
		if slices.Contains(beside, p.path) {
			continue
		}
		own := row(p.path)
		if own < 0 {
			t.Errorf("%s stands in no layer: give it a row in table_test.go and in docs/architecture.md", p.path)
			continue
		}
		for _, i := range p.imports {
			to, ours := strings.CutPrefix(i, module)
			if !ours {
				continue
			}
			switch at := row(to); {
			case slices.Contains(beside, to):
				t.Errorf("%s imports %s, which serves tests and tools alone", p.path, to)
			case at >= own:
				t.Errorf("%s (layer %s) imports %s (layer %s): only lower layers may be imported", p.path, layers[own].name, to, layers[at].name)
			}
		}
	}
}

func TestTheTableNamesNoPackageTwice(t *testing.T) {
	seen := map[string]string{}
	for _, l := range append(slices.Clone(layers), layer{"beside", beside}) {
		for _, p := range l.packages {
			if seen[p] != "" {
				t.Errorf("%s stands in layer %s and in layer %s", p, seen[p], l.name)
			}
			seen[p] = l.name
		}
	}
}

// Whoever reads the document reads the table that is held.
func TestTheDocumentNamesEveryPackage(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root(t), "docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range tree(t) {
		if !strings.Contains(string(text), "`"+p.path+"`") {
			t.Errorf("docs/architecture.md does not name `%s`", p.path)
		}
	}
}

func TestTheGroundStandsOnTheStandardLibrary(t *testing.T) {
	for _, p := range tree(t) {
		allowed, low := ground[p.path]
		if !low {
			continue
		}
		for _, i := range p.imports {
			first, _, _ := strings.Cut(i, "/")
			if !strings.Contains(first, ".") || strings.HasPrefix(i, module) {
				continue
			}
			if !slices.ContainsFunc(allowed, func(a string) bool { return strings.HasPrefix(i, a) }) {
				t.Errorf("%s imports %s; it may import the standard library and %v", p.path, i, allowed)
			}
		}
	}
}

func TestAModuleIsKnownInOnePlace(t *testing.T) {
	for _, p := range tree(t) {
		if slices.Contains(beside, p.path) {
			continue
		}
		for _, i := range p.imports {
			for _, o := range outside {
				if (i == o.path || strings.HasPrefix(i, o.path+"/")) && !under(p.path, o.in) {
					t.Errorf("%s imports %s, which only %v may know", p.path, i, o.in)
				}
			}
		}
	}
}

func TestRulesAndFormatsReachOutForNothing(t *testing.T) {
	for _, p := range tree(t) {
		if !under(p.path, pure) || slices.Contains(beside, p.path) {
			continue
		}
		for _, i := range p.imports {
			if slices.Contains(reaching, i) {
				t.Errorf("%s imports %s: it is a function of its arguments and does no input or output", p.path, i)
			}
		}
	}
}

func TestTheClockIsPassedIn(t *testing.T) {
	for _, p := range tree(t) {
		if len(p.clock) > 0 && !under(p.path, clocks) && !slices.Contains(beside, p.path) {
			t.Errorf("%s reads the machine's clock at %v: take the time as an argument or a Now field", p.path, p.clock)
		}
	}
}
