package certificate_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/certificate"
	"github.com/passmuster/passmuster/internal/pdf"
	"github.com/passmuster/passmuster/internal/pdf/rules"
	"github.com/passmuster/passmuster/internal/registry"
)

var (
	everyKind = []registry.CredentialKind{registry.Competence, registry.Attendance, registry.Instructor, registry.Honour}
	everyPair = [][]string{{"zh", "en"}, {"ru", "en"}, {"en"}}
)

// TestEveryLookKeepsTheRules holds certificates of every kind, language and
// design against the clauses of PDF/A-3 and PDF/UA. Each design is drawn with
// three of the hard names, and one in each pair of languages with all of them;
// PASSMUSTER_RELEASE draws everything with everything.
func TestEveryLookKeepsTheRules(t *testing.T) {
	p := ecPKI(t)
	press := p.press(t)
	all := slices.Sorted(maps.Values(names))
	some := []string{names["Extension B, fallback font"], names["100 characters on two lines"], names["19 characters, middle dots"]}
	for _, kind := range everyKind {
		for _, langs := range everyPair {
			for _, demo := range []bool{false, true} {
				t.Run(lookName(kind, langs, demo), func(t *testing.T) {
					hard := some
					if os.Getenv("PASSMUSTER_RELEASE") != "" || kind == registry.Competence && !demo {
						hard = all
					}
					for _, name := range hard {
						s := snapshot(kind, langs...)
						s.Name, s.Demo = name, demo
						keepsRules(t, name, sign(t, press, input(s), p.key).Bytes())
					}
				})
			}
		}
	}
}

func lookName(kind registry.CredentialKind, langs []string, demo bool) string {
	title := string(kind) + " " + strings.Join(langs, "+")
	if demo {
		title += " demo"
	}
	return title
}

func keepsRules(t *testing.T, about string, file []byte) {
	t.Helper()
	for _, f := range rules.Check(file) {
		t.Errorf("%s: %s", about, f)
	}
}

// TestArtworkCardsAndPreviewsKeepTheRules does it with logo and seal, and for
// what is drawn beside the signed page.
func TestArtworkCardsAndPreviewsKeepTheRules(t *testing.T) {
	p := ecPKI(t)
	press := p.press(t)
	logo := &pdf.Image{Width: 2, Height: 2, RGB: []byte("abcdefghijkl")}
	seal := &pdf.Image{Width: 2, Height: 2, RGB: []byte("abcdefghijkl"), Alpha: []byte{0, 90, 180, 255}}
	for _, info := range certificate.Designs() {
		design, err := certificate.BuiltIn(info.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, langs := range everyPair {
			look := certificate.Look{Kind: info.Kinds[0], Langs: langs, Demo: true, Design: design, Logo: logo, Seal: seal}
			s := snapshot(look.Kind, langs...)
			s.Demo = true
			t.Run(info.ID+" "+strings.Join(langs, "+"), func(t *testing.T) {
				if info.Medium == certificate.Card {
					one, err := press.Card(look, input(s))
					if err != nil {
						t.Fatal(err)
					}
					keepsRules(t, "card", one)
					sheet, err := press.CardSheet(look, []certificate.Input{input(s), input(s)})
					if err != nil {
						t.Fatal(err)
					}
					keepsRules(t, "sheet of cards", sheet)
					return
				}
				template, err := press.Template(look)
				if err != nil {
					t.Fatal(err)
				}
				file, err := template.Sign(input(s), p.key)
				if err != nil {
					t.Fatal(err)
				}
				keepsRules(t, "certificate", file.Bytes())
				preview, err := press.Preview(look, s)
				if err != nil {
					t.Fatal(err)
				}
				keepsRules(t, "preview", preview)
			})
		}
	}
}
