package certificate_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/pdf/rules"
	"github.com/passmuster/passmuster/internal/registry"
)

// TestEveryCertificateKeepsTheRules draws every design with every hard name, and
// holds the file against the clauses of PDF/A-3 and PDF/UA.
func TestEveryCertificateKeepsTheRules(t *testing.T) {
	p := ecPKI(t)
	press := p.press(t)
	hard := slices.Sorted(maps.Values(names))
	for _, kind := range []registry.CredentialKind{registry.Competence, registry.Attendance, registry.Instructor, registry.Honour} {
		for _, langs := range [][]string{{"zh", "en"}, {"ru", "en"}, {"en"}} {
			for _, demo := range []bool{false, true} {
				title := string(kind) + " " + strings.Join(langs, "+")
				if demo {
					title += " demo"
				}
				t.Run(title, func(t *testing.T) {
					for _, name := range hard {
						s := snapshot(kind, langs...)
						s.Name, s.Demo = name, demo
						for _, f := range rules.Check(sign(t, press, input(s), p.key).Bytes()) {
							t.Errorf("%s: %s", name, f)
						}
					}
				})
			}
		}
	}
}
