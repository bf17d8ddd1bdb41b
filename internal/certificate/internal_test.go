package certificate

import (
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/pdf"
	"github.com/passmuster/passmuster/internal/registry"
	certtext "github.com/passmuster/passmuster/templates/certificate"
)

func TestFill(t *testing.T) {
	f := fields{"name": "Anna [x] {y}", "last4": "013X", "none": ""}
	for _, c := range []struct{ about, pattern, want string }{
		{"a field is put in as it is", "Hello {name}.", "Hello Anna [x] {y}."},
		{"a part with all its fields stays", "a[ ({last4})] b", "a (013X) b"},
		{"a part with an empty field goes", "a[ ({none})] b", "a b"},
		{"a field asked for prints nothing", "[{+last4}yes][{+none}no]", "yes"},
		{"a field asked to be away prints nothing", "[{-last4}no][{-none}yes]", "yes"},
		{"an unknown field is empty", "<{what}>", "<>"},
		{"an open bracket stays as it is", "a [b", "a [b"},
		{"an open brace stays as it is", "a {b", "a {b"},
	} {
		if got := f.fill(c.pattern); got != c.want {
			t.Errorf("%s: %q gives %q, want %q", c.about, c.pattern, got, c.want)
		}
	}
}

func TestDatesSayNothingTwice(t *testing.T) {
	day := registry.NewDate
	for _, c := range []struct {
		lang     string
		from, to registry.Date
		want     string
	}{
		{"zh", day(2026, 11, 3), day(2026, 11, 3), "2026年11月3日"},
		{"zh", day(2026, 11, 3), day(2026, 11, 5), "2026年11月3日至5日"},
		{"zh", day(2026, 10, 31), day(2026, 11, 5), "2026年10月31日至11月5日"},
		{"zh", day(2026, 12, 31), day(2027, 1, 2), "2026年12月31日至2027年1月2日"},
		{"en", day(2026, 11, 3), day(2026, 11, 5), "3–5 November 2026"},
		{"en", day(2026, 12, 31), day(2027, 1, 2), "31 December 2026 – 2 January 2027"},
		{"ru", day(2026, 11, 3), day(2026, 11, 5), "3–5 ноября 2026 г."},
		{"ru", day(2026, 10, 31), day(2026, 11, 5), "31 октября – 5 ноября 2026 г."},
		{"ru", day(2026, 11, 3), registry.Date{}, "3 ноября 2026 г."},
	} {
		w := wordsOf(t, c.lang)
		if got := strings.ReplaceAll(w.span(c.from, c.to), "\u00a0", " "); got != c.want {
			t.Errorf("%s: %s to %s is %q, want %q", c.lang, c.from, c.to, got, c.want)
		}
	}
}

func TestHoursAreAcademic(t *testing.T) {
	for _, c := range []struct {
		lang    string
		minutes int
		want    string
	}{{"zh", 720, "16"}, {"en", 100, "2.2"}, {"ru", 100, "2,2"}, {"en", 45, "1"}, {"en", 0, ""}} {
		if got := wordsOf(t, c.lang).hours(c.minutes); got != c.want {
			t.Errorf("%s: %d minutes are %q, want %q", c.lang, c.minutes, got, c.want)
		}
	}
}

func wordsOf(t *testing.T, lang string) words {
	t.Helper()
	w, err := certtext.In(lang)
	if err != nil {
		t.Fatal(err)
	}
	return writtenIn(w)
}

// Every wording says the same things, and no pattern asks for a field that
// does not exist.
func TestWordingsAreComplete(t *testing.T) {
	known := fieldsOf(sample(registry.Competence, []string{"zh", "en"}).Snapshot, "zh", nil, words{}, "")
	for _, extra := range []string{"signatories1", "signatories3", "signatory3", "title3", "term3"} {
		known[extra] = ""
	}
	zh, err := certtext.In("zh")
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range certtext.Languages {
		w, err := certtext.In(lang)
		if err != nil {
			t.Fatal(err)
		}
		for label := range zh.Labels {
			if w.Labels[label] == "" {
				t.Errorf("%s has no label %q", lang, label)
			}
		}
		patterns := map[string]string{}
		for cell := range zh.Cells {
			patterns["cell "+cell] = w.Cells[cell]
		}
		for kind, k := range zh.Kinds {
			own := w.Kinds[kind]
			patterns[kind+" title"], patterns[kind+" lead"] = own.Title, own.Lead
			patterns[kind+" body"], patterns[kind+" foot"] = own.Body, own.Foot
			if (k.Note == "") != (own.Note == "") {
				t.Errorf("%s: the note of %s is said in one language alone", lang, kind)
			}
		}
		for about, pattern := range patterns {
			if pattern == "" {
				t.Errorf("%s does not say %s", lang, about)
			}
			for _, piece := range strings.Split(pattern, "{")[1:] {
				name, _, _ := strings.Cut(piece, "}")
				if _, ok := known[strings.TrimLeft(name, "+-")]; !ok {
					t.Errorf("%s: %s asks for {%s}", lang, about, name)
				}
			}
		}
	}
}

func TestLinesBreakWhereTheyMay(t *testing.T) {
	text, name := rule{}, rule{name: true}
	for _, c := range []struct {
		about      string
		rule       rule
		last, next rune
		want       bool
	}{
		{"after a space", text, ' ', 'a', true},
		{"not before a space", text, 'a', ' ', false},
		{"between Chinese characters", text, '培', '训', true},
		{"not before a Chinese comma", text, '训', '，', false},
		{"not after an opening bracket", text, '（', '证', false},
		{"not inside a word", text, 'a', 'b', false},
		{"not at a hard space", text, '\u00a0', 'г', false},
		{"a Chinese name stays whole", name, '欧', '阳', false},
		{"a name breaks after its dot", name, '·', '阿', true},
		{"a name stays whole at its hyphen", name, '-', 'П', false},
		{"unless it must break there", rule{name: true, hyphen: true}, '-', 'П', true},
	} {
		if got := c.rule.before(c.last, c.next); got != c.want {
			t.Errorf("%s: break between %q and %q is %t, want %t", c.about, c.last, c.next, got, c.want)
		}
	}
}

// Whatever a name can be set in, the sans serif faces can be set in as well:
// signatories and courses have the same characters.
func TestStylesCoverTheSameHanCharacters(t *testing.T) {
	fonts, err := openFonts()
	if err != nil {
		t.Fatal(err)
	}
	sans, serif := styles()["sans"].Han, styles()["serif"].Han
	missing := 0
	for _, block := range [][2]rune{{0x3400, 0x4DB5}, {0x4E00, 0x9FEF}, {0x20000, 0x2A6D6}, {0x2A700, 0x2B734}, {0x2B740, 0x2B81D}, {0x2B820, 0x2CEA1}, {0x2CEB0, 0x2EBE0}} {
		for r := block[0]; r <= block[1]; r++ {
			a, b := len(pdf.Missing(fonts, sans, string(r))) > 0, len(pdf.Missing(fonts, serif, string(r))) > 0
			if a != b {
				t.Errorf("%U is drawn in one style alone", r)
			}
			if a {
				missing++
			}
		}
	}
	t.Logf("%d of the characters up to Extension F are missing", missing)
	if missing > 60 {
		t.Errorf("%d characters up to Extension F cannot be drawn, want nearly none", missing)
	}
}
