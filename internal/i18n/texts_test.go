package i18n

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// printed finds the texts that the program asks for by a literal key, in Go and
// in templ sources.
var printed = regexp.MustCompile(`\.T\("([a-z0-9_.]+)"[,)]|\bcannot(?:Tell)?\((?:a, )?"([a-z_.]+)"`)

func TestEveryPrintedTextIsInTheCatalogue(t *testing.T) {
	p := For(English)
	for _, top := range []string{"../../cmd", "../../internal", "../../templates"} {
		err := filepath.WalkDir(top, func(file string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasSuffix(file, "_test.go") || filepath.Ext(file) != ".go" && filepath.Ext(file) != ".templ" {
				return err
			}
			text, err := os.ReadFile(file)
			for _, m := range printed.FindAllStringSubmatch(string(text), -1) {
				key := m[1]
				if m[2] != "" {
					key = "reason." + m[2]
				}
				if !p.Has(key) {
					t.Errorf("%s prints %s, which no catalogue has", file, key)
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
