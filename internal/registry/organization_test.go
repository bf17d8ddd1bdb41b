package registry_test

import (
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
)

func TestANameOfAnOrganizationHidesNothing(t *testing.T) {
	for name, want := range map[string]string{
		"DEMO Hospital No. 1 (East) & Co.": "<nil>",
		"DEMO \u202elatipsoH":              "name.bidi",
		"DEMO\u2066 Hospital":              "name.bidi",
		"DEMO\x00 Hospital":                "name.control",
	} {
		o := registry.Organization{Code: "DEMO", TZ: "Asia/Shanghai", Name: registry.Text{"en": name}}
		if err := o.Validate(); codeOf(err) != want {
			t.Errorf("%q: %v, want %s", name, err, want)
		}
		o.Name, o.Aliases = registry.Text{"en": "DEMO"}, []string{name}
		if err := o.Validate(); codeOf(err) != want {
			t.Errorf("alias %q: %v, want %s", name, err, want)
		}
	}
}
