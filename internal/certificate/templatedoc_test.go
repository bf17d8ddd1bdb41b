package certificate_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/certificate"
)

const templatesDoc = "../../docs/templates.md"

// The example of the documentation is a design that works.
func TestExampleOfTheDocumentationWorks(t *testing.T) {
	text, err := os.ReadFile(templatesDoc)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "```json\n")
	example, _, _ := strings.Cut(rest, "```")
	d, err := certificate.ParseDesign([]byte(example))
	if err != nil {
		t.Fatal(err)
	}
	if err := ecPKI(t).press(t).Try(certificate.Look{Design: d}); err != nil {
		t.Error(err)
	}
}

// Every key that a built-in design uses is explained.
func TestDocumentationNamesEveryKey(t *testing.T) {
	text, err := os.ReadFile(templatesDoc)
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{}
	var walk func(v any, named bool)
	walk = func(v any, named bool) { // named: the keys are names of colours and styles
		switch v := v.(type) {
		case []any:
			for _, item := range v {
				walk(item, false)
			}
		case map[string]any:
			for key, item := range v {
				if !named {
					keys[key] = true
				}
				walk(item, key == "colors" || key == "styles")
			}
		}
	}
	for _, info := range certificate.Designs() {
		var tree any
		if err := json.Unmarshal(info.Source, &tree); err != nil {
			t.Fatal(err)
		}
		walk(tree, false)
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if !strings.Contains(string(text), "`"+key+"`") && !strings.Contains(string(text), `"`+key+`"`) {
			t.Errorf("docs/templates.md does not explain %q", key)
		}
	}
}
