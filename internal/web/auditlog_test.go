package web_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/i18n"
)

// Every act that the program writes into the audit log has words there.
func TestEveryActHasWords(t *testing.T) {
	written, found := regexp.MustCompile(`Action:\s+"([a-z_]+\.[a-z_.]*[a-z_])"`), 0
	must(0, filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, act := range written.FindAllSubmatch(source, -1) {
			found++
			for _, lang := range i18n.Langs {
				if key := "auditlog.act." + string(act[1]); !i18n.For(lang).Has(key) {
					t.Errorf("%s: %s has no words in %s", path, act[1], lang)
				}
			}
		}
		return err
	}))
	if found < 40 {
		t.Errorf("%d acts were found", found)
	}
}
