package i18n

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestCatalogueIsComplete(t *testing.T) {
	all, err := load(files)
	if err != nil {
		t.Error(err)
	}
	for key := range union(all) {
		for _, l := range Langs {
			forms, ok := all[l][key]
			if !ok {
				t.Errorf("%s has no %q", l, key)
				continue
			}
			checkForms(t, l, key, forms)
		}
	}
}

// checkForms reports an empty form, and one that the language needs and lacks.
func checkForms(t *testing.T, l Lang, key string, forms text) {
	want := []string{"other"}
	if len(forms) > 1 {
		want = map[Lang][]string{Chinese: {"other"}, English: {"one", "other"}, Russian: {"few", "many", "one", "other"}}[l]
	}
	if got := slices.Sorted(maps.Keys(forms)); !slices.Equal(got, want) {
		t.Errorf("%s %q has the plural forms %v, want %v", l, key, got, want)
	}
	for form, s := range forms {
		if s == "" {
			t.Errorf("%s %q is empty (%s)", l, key, form)
		}
	}
}

var placeholder = regexp.MustCompile(`\{[^}]*\}`)

func TestPlaceholdersAgreeBetweenLanguages(t *testing.T) {
	all, _ := load(files)
	for key := range union(all) {
		seen := map[Lang]string{}
		for _, l := range Langs {
			found := map[string]bool{}
			for _, s := range all[l][key] {
				for _, p := range placeholder.FindAllString(s, -1) {
					found[p] = true
				}
			}
			seen[l] = strings.Join(slices.Sorted(maps.Keys(found)), " ")
		}
		for _, l := range Langs[1:] {
			if seen[l] != seen[Langs[0]] {
				t.Errorf("%q fills {%s} in %s, but {%s} in %s", key, seen[Langs[0]], Langs[0], seen[l], l)
			}
		}
	}
}

// Letters of another script in a text are a slip of the keyboard or of the copy.
func TestTextsAreInTheirLanguage(t *testing.T) {
	all, _ := load(files)
	han, cyrillic := regexp.MustCompile(`\p{Han}`), regexp.MustCompile(`\p{Cyrillic}`)
	for l, wrong := range map[Lang][]*regexp.Regexp{Chinese: {cyrillic}, English: {han, cyrillic}, Russian: {han}} {
		for key, forms := range all[l] {
			for _, s := range forms {
				for _, re := range wrong {
					if re.MatchString(s) && !strings.HasPrefix(key, "names.") {
						t.Errorf("%s %q holds letters of another language: %q", l, key, s)
					}
				}
			}
		}
	}
}

func TestLoadNamesWhatIsWrong(t *testing.T) {
	for _, tc := range []struct {
		name  string
		files fstest.MapFS
		want  string
	}{
		{"broken JSON", fstest.MapFS{"catalog/en/a.json": {Data: []byte(`{"a":`)}}, "catalog/en/a.json"},
		{"a key in two files", fstest.MapFS{"catalog/en/a.json": {Data: []byte(`{"a":"x"}`)}, "catalog/en/b.json": {Data: []byte(`{"a":"y"}`)}}, `"a"`},
		{"a value that is no text", fstest.MapFS{"catalog/ru/a.json": {Data: []byte(`{"a":[1]}`)}}, "catalog/ru/a.json"},
	} {
		if _, err := load(tc.files); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: load = %v, want an error that names %s", tc.name, err, tc.want)
		}
	}
}

func TestTypeset(t *testing.T) {
	for _, tc := range []struct{ in, want string }{
		{"请核对,再试:好", "请核对\uff0c再试\uff1a好"},
		{"第 {0} 行,列 {1}", "第 {0} 行\uff0c列 {1}"},
		{"“{0}”,请改正", "“{0}”\uff0c请改正"},
		{"已到期({0})", "已到期\uff08{0}\uff09"},
		{"学时(实操 {1})", "学时\uff08实操 {1}\uff09"},
		{"14:32:05 (UTC+8)", "14:32:05 (UTC+8)"},
		{"例如 GAJK,SJZ 或 https://a.example", "例如 GAJK,SJZ 或 https://a.example"},
		{"咨询: {0}", "咨询\uff1a{0}"},
	} {
		if got := typeset(tc.in); got != tc.want {
			t.Errorf("typeset(%q) = %q, want %q", tc.in, got, tc.want)
		}
	}
}

func union(all map[Lang]catalogue) map[string]bool {
	keys := map[string]bool{}
	for _, c := range all {
		for key := range c {
			keys[key] = true
		}
	}
	return keys
}
