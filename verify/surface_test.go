package verify_test

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const path = "github.com/passmuster/passmuster/verify"

// list runs go list on this package.
func list(t *testing.T, args ...string) []string {
	t.Helper()
	out, err := exec.Command("go", append([]string{"list"}, args...)...).Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	return strings.Fields(string(out))
}

// Whoever embeds the verifier takes no server, no store, no keys, no texts and no
// network with it.
func TestNothingOfAServerComesWithTheLibrary(t *testing.T) {
	deps := list(t, "-deps", ".")
	for _, banned := range []string{"net/http", "database/sql", "os/exec", "log/slog", "html/template", "text/template", "embed", "plugin"} {
		if slices.Contains(deps, banned) {
			t.Errorf("%s is linked", banned)
		}
	}
	known := []string{"registry", "ecsig", "canonical", "record", "record/cose", "pdf/check", "badge", "trust"}
	outside := []string{"github.com/fxamacker/cbor", "github.com/x448/float16", "github.com/golang-jwt/jwt", "github.com/gowebpki/jcs", "golang.org/x/text/"}
	for _, d := range deps {
		if inner, ok := strings.CutPrefix(d, "github.com/passmuster/passmuster/internal/"); ok && !slices.Contains(known, inner) {
			t.Errorf("internal/%s is linked", inner)
		}
		first, _, _ := strings.Cut(d, "/")
		ours := strings.HasPrefix(d, "github.com/passmuster/passmuster/")
		if strings.Contains(first, ".") && !ours && !slices.ContainsFunc(outside, func(o string) bool { return strings.HasPrefix(d, o) }) {
			t.Errorf("the module of %s is linked", d)
		}
	}
}

// Every type that the exported names lead to is the package's own, or the
// standard library's: nobody outside could name another.
func TestEveryExportedTypeIsOurOwn(t *testing.T) {
	pkg := load(t)
	seen := map[types.Type]bool{}
	for _, name := range pkg.Scope().Names() {
		if o := pkg.Scope().Lookup(name); o.Exported() {
			walk(t, name, o.Type(), seen)
		}
	}
	if len(seen) < 20 {
		t.Errorf("%d types walked", len(seen))
	}
}

func load(t *testing.T) *types.Package {
	t.Helper()
	fset := token.NewFileSet()
	var files []*ast.File
	for _, f := range list(t, "-f", `{{join .GoFiles "\n"}}`, ".") {
		parsed, err := parser.ParseFile(fset, f, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, parsed)
	}
	pkg, err := (&types.Config{Importer: importer.ForCompiler(fset, "source", nil)}).Check(path, fset, files, nil)
	if err != nil {
		t.Fatal(err)
	}
	return pkg
}

// walk follows what a user of the package can reach: exported fields and methods.
func walk(t *testing.T, from string, typ types.Type, seen map[types.Type]bool) {
	if seen[typ] {
		return
	}
	seen[typ] = true
	switch typ := typ.(type) {
	case *types.Named:
		at := typ.Obj().Pkg()
		if at != nil && at.Path() != path {
			if first, _, _ := strings.Cut(at.Path(), "/"); strings.Contains(first, ".") {
				t.Errorf("%s shows %s", from, typ)
			}
			return
		}
		for m := range typ.Methods() {
			if m.Exported() {
				walk(t, from+"."+m.Name(), m.Type(), seen)
			}
		}
		walk(t, from, typ.Underlying(), seen)
	case *types.Struct:
		for f := range typ.Fields() {
			if f.Exported() {
				walk(t, from+"."+f.Name(), f.Type(), seen)
			}
		}
	case *types.Signature:
		for _, tuple := range []*types.Tuple{typ.Params(), typ.Results()} {
			for v := range tuple.Variables() {
				walk(t, from, v.Type(), seen)
			}
		}
	case *types.Map:
		walk(t, from, typ.Key(), seen)
		walk(t, from, typ.Elem(), seen)
	case interface{ Elem() types.Type }: // pointer, slice, array, channel
		walk(t, from, typ.Elem(), seen)
	}
}
