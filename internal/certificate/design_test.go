package certificate_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/certificate"
	"github.com/passmuster/passmuster/internal/registry"
)

var kinds = []registry.CredentialKind{registry.Competence, registry.Attendance, registry.Instructor, registry.Honour}

func TestEveryKindHasADesignAndACard(t *testing.T) {
	for _, kind := range kinds {
		for _, medium := range []certificate.Medium{certificate.Paper, certificate.Card} {
			d, err := certificate.DesignFor(kind, medium)
			if err != nil {
				t.Fatal(err)
			}
			if again, err := certificate.BuiltIn(d.ID()); err != nil || again.ID() != d.ID() {
				t.Errorf("BuiltIn(%s) gives %v, %v", d.ID(), again, err)
			}
			if info := d.Info(); info.Title["zh"] == "" || info.Title["en"] == "" || info.Title["ru"] == "" || len(info.Source) == 0 {
				t.Errorf("%s does not introduce itself: %v", d.ID(), info.Title)
			}
		}
	}
	if n := len(certificate.Designs()); n != 5 {
		t.Errorf("%d designs are built in, want 5: is one of the files broken?", n)
	}
	if _, err := certificate.BuiltIn("competence-99"); !errors.Is(err, registry.NotFound) {
		t.Errorf("a design that is not there gives %v", err)
	}
}

// Every design holds the hardest names and titles, in each pair of languages.
func TestDesignsHoldTheHardestTexts(t *testing.T) {
	press := ecPKI(t).press(t)
	for _, info := range certificate.Designs() {
		t.Run(info.ID, func(t *testing.T) {
			d, err := certificate.ParseDesign(info.Source)
			if err != nil {
				t.Fatal(err)
			}
			if err := press.Try(certificate.Look{Design: d}); err != nil {
				t.Error(err)
			}
		})
	}
}

// source is a built-in design as a tree that a test may break.
func source(t testing.TB, id string) map[string]any {
	t.Helper()
	d, err := certificate.BuiltIn(id)
	if err != nil {
		t.Fatal(err)
	}
	var tree map[string]any
	if err := json.Unmarshal(d.Info().Source, &tree); err != nil {
		t.Fatal(err)
	}
	return tree
}

func written(t testing.TB, tree map[string]any) []byte {
	t.Helper()
	data, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// at walks into a tree by keys and indexes.
func at(v any, path ...any) map[string]any {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			v = v.(map[string]any)[p]
		case int:
			v = v.([]any)[p]
		}
	}
	return v.(map[string]any)
}

// find returns the place of the first element that has the key and value.
func find(tree map[string]any, list, key string, value any) int {
	return slices.IndexFunc(tree[list].([]any), func(e any) bool { return e.(map[string]any)[key] == value })
}

func TestBrokenDesignIsRefusedPlaceByPlace(t *testing.T) {
	type tree = map[string]any
	for about, c := range map[string]struct {
		change func(d tree)
		where  string // the place, or its beginning
		code   string
	}{
		"a key nobody knows":           {func(d tree) { at(d, "elements", 3)["colour"] = "red" }, "elements[3].colour", "design.unknown_key"},
		"a text for a number":          {func(d tree) { at(d, "elements", 3, "box")["w"] = "wide" }, "elements[3].box.w", "design.type"},
		"a number for a list":          {func(d tree) { d["art"] = 3 }, "art", "design.type"},
		"another format":               {func(d tree) { d["format"] = 2 }, "format", "design.format"},
		"a name with a slash":          {func(d tree) { d["name"] = "../x" }, "name", "design.name"},
		"version nought":               {func(d tree) { d["version"] = 0 }, "version", "design.range"},
		"no Russian title":             {func(d tree) { delete(at(d, "title"), "ru") }, "title.ru", "design.missing"},
		"an unknown kind":              {func(d tree) { d["kinds"] = []any{"diploma"} }, "kinds[0]", "design.choice"},
		"another page":                 {func(d tree) { at(d, "page")["width"] = 210 }, "page", "design.page"},
		"a colour by a name":           {func(d tree) { at(d, "colors")["main"] = "navy" }, "colors.main", "design.color"},
		"a style with no such colour":  {func(d tree) { at(d, "styles", "name")["color"] = "sky" }, "styles.name.color", "design.color"},
		"a style with no such face":    {func(d tree) { at(d, "styles", "name")["face"] = "comic" }, "styles.name.face", "design.choice"},
		"styles in a circle":           {func(d tree) { at(d, "styles", "body")["like"] = "body2" }, "styles.body", "design.cycle"},
		"like a style that is not":     {func(d tree) { at(d, "styles", "body2")["like"] = "nobody" }, "styles.body2.like", "design.style"},
		"type of two points":           {func(d tree) { at(d, "styles", "foot", "sizes", 0)["to"] = 2 }, "styles.foot.sizes[0].to", "design.range"},
		"a box off the page":           {func(d tree) { at(d, "elements", 3, "box")["x"] = 250 }, "elements[3].box", "design.off_page"},
		"a text at the very edge":      {func(d tree) { at(d, "elements", 3, "box")["x"] = 1 }, "elements[3].box", "design.off_page"},
		"a box of no width":            {func(d tree) { at(d, "elements", 3, "box")["w"] = 0 }, "elements[3].box", "design.box"},
		"art off the page":             {func(d tree) { at(d, "art", find(d, "art", "draw", "mark"))["x"] = 294 }, "art[", "design.off_page"},
		"art nobody draws":             {func(d tree) { at(d, "art", 0)["draw"] = "star" }, "art[0].draw", "design.choice"},
		"art without its colour":       {func(d tree) { delete(at(d, "art", 0), "color") }, "art[0].color", "design.missing"},
		"a key that art does not take": {func(d tree) { at(d, "art", 0)["band"] = 3 }, "art[0].band", "design.not_for"},
		"an unknown style":             {func(d tree) { at(d, "elements", 3, "texts", 0)["style"] = "huge" }, "elements[3].texts[0].style", "design.style"},
		"an unknown wording":           {func(d tree) { at(d, "elements", 3, "texts", 0)["say"] = "label.motto" }, "elements[3].texts[0].say", "design.wording"},
		"two sources of one text":      {func(d tree) { at(d, "elements", 3, "texts", 0)["pattern"] = "{name}" }, "elements[3].texts[0]", "design.one_source"},
		"an unknown field":             {func(d tree) { at(d, "elements", 1, "texts", 0)["pattern"] = "{salary}" }, "elements[1].texts[0].pattern", "design.field"},
		"a bracket alone":              {func(d tree) { at(d, "elements", 1, "texts", 0)["pattern"] = "[{issuer}" }, "elements[1].texts[0].pattern", "design.brackets"},
		"grey on white":                {func(d tree) { at(d, "colors")["main"] = "#AAAAAA" }, "elements[", "design.contrast"},
		"a text over the code":         {func(d tree) { at(d, "elements", 5, "box")["h"] = 60 }, "elements[5].box", "design.qr_quiet"},
		"a rule over the code":         {func(d tree) { at(d, "art", find(d, "art", "draw", "rule"))["w"] = 240 }, "art[", "design.qr_quiet"},
		"a code that cannot be read":   {func(d tree) { at(d, "elements", find(d, "elements", "kind", "qr"))["module"] = 0.3 }, "elements[", "design.range"},
		"a code in a small box": {func(d tree) {
			b := at(d, "elements", find(d, "elements", "kind", "qr"), "box")
			b["w"], b["h"] = 30, 30
		}, "elements[", "design.qr_small"},
		"no code": {func(d tree) {
			d["elements"] = slices.Delete(d["elements"].([]any), find(d, "elements", "kind", "qr"), find(d, "elements", "kind", "qr")+1)
		}, "elements", "design.must"},
		"a code only sometimes":     {func(d tree) { at(d, "elements", find(d, "elements", "kind", "qr"))["when"] = "own logo" }, "elements[", "design.qr_always"},
		"no name":                   {func(d tree) { at(d, "elements", find(d, "elements", "about", "name"))["for"] = []any{"honour"} }, "elements", "design.must"},
		"a number only with a logo": {func(d tree) { at(d, "elements", find(d, "elements", "about", "number"))["when"] = "own logo" }, "elements", "design.must"},
		"no signatories": {func(d tree) {
			d["elements"] = slices.Delete(d["elements"].([]any), find(d, "elements", "kind", "signatories"), find(d, "elements", "kind", "signatories")+1)
		}, "elements", "design.must"},
		"an element too many": {func(d tree) { d["elements"] = slices.Repeat(d["elements"].([]any), 10) }, "elements", "design.too_many"},
		"columns wider than their box": {func(d tree) {
			at(d, "elements", find(d, "elements", "kind", "facts"))["columns"] = []any{100, 100, 100, 100}
		}, "elements[", "design.columns"},
		"more rows than their box":    {func(d tree) { at(d, "elements", find(d, "elements", "kind", "facts"))["row"] = 20 }, "elements[", "design.rows"},
		"three signatories too close": {func(d tree) { at(d, "elements", find(d, "elements", "kind", "signatories"), "box")["w"] = 50 }, "elements[", "design.narrow"},
		"art without end": {func(d tree) {
			d["art"] = slices.Repeat([]any{tree{"draw": "rosette", "x": 148, "y": 80, "r": 40, "color": "main", "line": 0.3, "count": 200, "lines": 24}}, 40)
		}, "art", "design.too_many"},
		"a braid too thin":         {func(d tree) { at(d, "art", find(d, "art", "draw", "braid"))["band"] = 0.01 }, "art[", "design.range"},
		"a condition nobody knows": {func(d tree) { at(d, "elements", 0)["when"] = "sunny" }, "elements[0].when", "design.choice"},
		"a key that no text takes": {func(d tree) { at(d, "elements", 1)["rows"] = []any{[]any{}} }, "elements[1].rows", "design.not_for"},
	} {
		t.Run(about, func(t *testing.T) {
			d := source(t, "competence-1")
			c.change(d)
			_, err := certificate.ParseDesign(written(t, d))
			var refusal *registry.Error
			if !errors.As(err, &refusal) || !errors.Is(err, registry.Invalid) {
				t.Fatalf("ParseDesign gives %v, want a refusal", err)
			}
			found := slices.ContainsFunc(refusal.Faults, func(f registry.Fault) bool {
				return f.Code == c.code && strings.HasPrefix(f.Field, c.where)
			})
			if !found {
				t.Errorf("the faults are %v, want %s at %s", refusal.Faults, c.code, c.where)
			}
		})
	}
}

func TestDesignThatIsNoJSONIsRefusedWithItsPlace(t *testing.T) {
	d, err := certificate.BuiltIn("competence-1")
	if err != nil {
		t.Fatal(err)
	}
	good := d.Info().Source
	for about, c := range map[string]struct {
		data  []byte
		where string
		code  string
	}{
		"nothing":             {nil, "1:1", "design.json"},
		"half of it":          {good[:len(good)/2], "", "design.json"},
		"something after it":  {append(bytes.Clone(good), "{}"...), "", "design.json"},
		"a comma too many":    {[]byte("{\n  \"format\": 1,,\n}"), "2:", "design.json"},
		"a key twice":         {[]byte(`{"format": 1, "format": 1}`), "format", "design.twice"},
		"a bomb of brackets":  {bytes.Repeat([]byte("["), 5000), "", "design.json"},
		"a key of a book":     {[]byte(`{"` + strings.Repeat("k", 101) + `": 1}`), "1:", "design.json"},
		"a list":              {[]byte("[]"), "", "design.type"},
		"bytes of an archive": {[]byte("PK\x03\x04\x00\x00"), "", "design.json"},
	} {
		_, err := certificate.ParseDesign(c.data)
		var refusal *registry.Error
		if !errors.As(err, &refusal) || len(refusal.Faults) == 0 {
			t.Errorf("%s: ParseDesign gives %v, want faults", about, err)
			continue
		}
		if f := refusal.Faults[0]; f.Code != c.code || !strings.HasPrefix(f.Field, c.where) {
			t.Errorf("%s: the fault is %v, want %s at %s", about, f, c.code, c.where)
		}
	}
	if _, err := certificate.ParseDesign(bytes.Repeat([]byte(" "), 1<<20)); !errors.Is(err, registry.TooLarge) {
		t.Errorf("a design of a megabyte gives %v", err)
	}
}

// FuzzParseDesign: whatever is sent, there is an answer and no crash.
func FuzzParseDesign(f *testing.F) {
	for _, info := range certificate.Designs() {
		f.Add(info.Source)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := certificate.ParseDesign(data)
		if (d == nil) == (err == nil) {
			t.Errorf("ParseDesign gives %v and %v", d, err)
		}
	})
}

func TestTryRefusesADesignThatIsTooSmallForNames(t *testing.T) {
	tree := source(t, "competence-1")
	box := at(tree, "elements", find(tree, "elements", "about", "name"), "box")
	box["x"], box["w"] = 120, 57
	d, err := certificate.ParseDesign(written(t, tree))
	if err != nil {
		t.Fatal(err)
	}
	err = ecPKI(t).press(t).Try(certificate.Look{Design: d})
	var refusal *registry.Error
	if !errors.As(err, &refusal) || refusal.Code != "design.does_not_fit" {
		t.Fatalf("Try gives %v, want design.does_not_fit", err)
	}
	if !slices.Contains(refusal.Args, any("long_uyghur")) {
		t.Errorf("the refusal does not name the sample: %v", refusal.Args)
	}
}

// ownDesign is a federation's: the built-in one with another name and colour.
func ownDesign(t testing.TB) *certificate.Design {
	t.Helper()
	tree := source(t, "competence-1")
	tree["name"], tree["version"] = "example-federation", 3
	at(tree, "colors")["main"] = "#4A1D5C"
	d, err := certificate.ParseDesign(written(t, tree))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestOwnDesignWithLogoIsFrozenWithIt(t *testing.T) {
	p := ecPKI(t)
	press := p.press(t)
	in := input(snapshot(registry.Competence, "zh", "en"))
	look := certificate.Look{Kind: registry.Competence, Langs: in.Snapshot.Languages, Design: ownDesign(t), Logo: picture(200, 160, true), Seal: picture(120, 120, false)}
	template, err := press.Template(look)
	if err != nil {
		t.Fatal(err)
	}
	if template.ID() != "example-federation-3-zh-en" {
		t.Errorf("the template is %s", template.ID())
	}
	look.Logo = picture(200, 160, false)
	other, err := press.Template(look)
	if err != nil {
		t.Fatal(err)
	}
	if other.PrefixSHA256() == template.PrefixSHA256() {
		t.Error("another logo gives the same prefix")
	}
	signed, err := template.Sign(in, p.key)
	if err != nil {
		t.Fatal(err)
	}
	file := save(t, t.TempDir(), signed)
	run(t, "qpdf", "--check", file)
	if list := run(t, "pdfimages", "-list", file); strings.Count(list, "\n") != 5 || strings.Count(list, " smask ") != 1 { // two lines of head
		t.Errorf("the file's pictures are\n%s", list)
	}
	stored, err := template.Frozen()
	if err != nil {
		t.Fatal(err)
	}
	empty, err := certificate.NewPress(nil)
	if err != nil {
		t.Fatal(err)
	}
	thawed, err := empty.Thaw(stored)
	if err != nil {
		t.Fatal(err)
	}
	built, err := thawed.Rebuild(in, signed.Signature)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(built.Bytes(), signed.Bytes()) {
		t.Error("the thawed own design builds another file")
	}
}

func TestLookRefusesWhatDoesNotGoTogether(t *testing.T) {
	press := ecPKI(t).press(t)
	card, err := certificate.DesignFor(registry.Competence, certificate.Card)
	if err != nil {
		t.Fatal(err)
	}
	for about, c := range map[string]struct {
		look certificate.Look
		code string
	}{
		"a design of another kind": {certificate.Look{Kind: registry.Honour, Design: ownDesign(t)}, "design.kind"},
		"a card for a certificate": {certificate.Look{Kind: registry.Competence, Design: card}, "design.medium"},
		"a picture of no size":     {certificate.Look{Kind: registry.Competence, Logo: picture(0, 0, false)}, "design.image"},
		"a picture too large":      {certificate.Look{Kind: registry.Competence, Seal: picture(1201, 10, false)}, "design.image"},
	} {
		_, err := press.Template(c.look)
		var refusal *registry.Error
		if !errors.As(err, &refusal) || refusal.Code != c.code {
			t.Errorf("%s gives %v, want %s", about, err, c.code)
		}
	}
}

func TestDesignMayBeginWithAByteOrderMark(t *testing.T) {
	for _, info := range certificate.Designs() {
		if _, err := certificate.ParseDesign(append([]byte("\uFEFF"), info.Source...)); err != nil {
			t.Errorf("%s is refused: %v", info.ID, err)
		}
	}
}
