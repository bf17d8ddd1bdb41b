package i18n

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// root is the module, seen from this package.
const root = "../.."

// TestEveryCodeHasItsMessage reads the source of the whole module: a refusal, a
// fault or a reason that is written anywhere must speak all languages, and say
// what to do.
func TestEveryCodeHasItsMessage(t *testing.T) {
	all, _ := load(files)
	codes := literalCodes(t)
	if len(codes) < 3 {
		t.Fatalf("found %d codes in the source: the search is broken", len(codes))
	}
	for key, where := range codes {
		for _, l := range Langs {
			if _, ok := all[l][key]; !ok {
				t.Errorf("%s: catalog/%s has no %q", where, l, key)
			}
		}
	}
}

// literalCodes returns the catalogue keys of every code written as a literal,
// each with one place where it stands.
func literalCodes(t *testing.T) map[string]string {
	keys := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if d != nil && d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "node_modules") {
				return filepath.SkipDir
			}
			return err
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "_templ.go") {
			return nil
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			for _, key := range codesOf(n) {
				keys[key] = set.Position(n.Pos()).String()
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// codesOf returns the keys that the node needs, if it makes a refusal, a fault
// or a reason with a literal code.
func codesOf(n ast.Node) []string {
	switch n := n.(type) {
	case *ast.CallExpr:
		at := map[string]int{"Fail": 1, "FailField": 2}[lastName(n.Fun)]
		if at > 0 && len(n.Args) > at {
			return errorKeys(n.Args[at])
		}
	case *ast.CompositeLit:
		return literalKeys(lastName(n.Type), n)
	}
	return nil
}

// literalKeys reads the Code field of a literal of the named type, and of the
// elements of a slice of that type, where Go lets the type be left out.
func literalKeys(typeName string, lit *ast.CompositeLit) (keys []string) {
	if list, ok := lit.Type.(*ast.ArrayType); ok {
		for _, e := range lit.Elts {
			if inner, ok := e.(*ast.CompositeLit); ok && inner.Type == nil {
				keys = append(keys, literalKeys(lastName(list.Elt), inner)...)
			}
		}
		return keys
	}
	for _, e := range lit.Elts {
		kv, ok := e.(*ast.KeyValueExpr)
		if !ok || lastName(kv.Key) != "Code" {
			continue
		}
		switch typeName {
		case "Fault", "Error":
			keys = append(keys, errorKeys(kv.Value)...)
		case "Reason":
			if code := literal(kv.Value); code != "" {
				keys = append(keys, "reason."+code, "reason."+code+".next")
			}
		}
	}
	return keys
}

func errorKeys(e ast.Expr) []string {
	if code := literal(e); strings.Contains(code, ".") {
		return []string{"error." + code, "error." + code + ".fix"}
	}
	return nil
}

func literal(e ast.Expr) string {
	if b, ok := e.(*ast.BasicLit); ok && b.Kind == token.STRING {
		s, _ := strconv.Unquote(b.Value)
		return s
	}
	return ""
}

// lastName is X of X, p.X, *X and &X.
func lastName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.StarExpr:
		return lastName(e.X)
	}
	return ""
}
