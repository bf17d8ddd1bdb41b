package store_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestRefusalsOfEveryNounHaveMessages: their codes are put together from noun and
// suffix, so a search for whole codes in the source does not see them.
func TestRefusalsOfEveryNounHaveMessages(t *testing.T) {
	calls := map[*regexp.Regexp]string{
		regexp.MustCompile(`\bone\(row, err, .*"(\w+)", [^"]`):          ".unknown",
		regexp.MustCompile(`\b(?:found|changed)\(.*err, "(\w+)"`):       ".unknown",
		regexp.MustCompile(`\badded\(n, err, "(\w+)"`):                  ".exists",
		regexp.MustCompile(`\bsaved\(n, err, "(\w+)"`):                  ".stale",
		regexp.MustCompile(`registry\.Fail\(registry\.\w+, "([\w.]+)"`): "",
	}
	codes := map[string]bool{}
	files, _ := filepath.Glob("*.go")
	for _, f := range files {
		source, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for call, suffix := range calls {
			for _, m := range call.FindAllSubmatch(source, -1) {
				codes[string(m[1])+suffix] = true
			}
		}
	}
	if len(codes) < 30 {
		t.Fatalf("found %d codes: the search is broken", len(codes))
	}
	for _, lang := range []string{"zh", "en", "ru"} {
		texts := map[string]any{}
		names, _ := filepath.Glob("../i18n/catalog/" + lang + "/*.json")
		for _, name := range names {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(b, &texts); err != nil {
				t.Fatal(err)
			}
		}
		for code := range codes {
			for _, key := range []string{"error." + code, "error." + code + ".fix"} {
				if texts[key] == nil {
					t.Errorf("catalog/%s has no %q", lang, key)
				}
			}
		}
	}
}
