package certificate_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/passmuster/passmuster/internal/certificate"
	"github.com/passmuster/passmuster/internal/registry"
)

func TestSigningAgainGivesTheSameBytes(t *testing.T) {
	p := ecPKI(t)
	in := input(snapshot(registry.Competence, "zh", "en"))
	first := sign(t, p.press(t), in, p.key)
	second := sign(t, p.press(t), in, p.key) // another press compiles anew
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("two signings of one certificate differ")
	}
	if first.SHA256 != sha256.Sum256(first.Bytes()) {
		t.Error("SHA256 is not the file's")
	}
	var out bytes.Buffer
	if n, err := first.WriteTo(&out); err != nil || n != int64(out.Len()) || !bytes.Equal(out.Bytes(), first.Bytes()) {
		t.Errorf("WriteTo wrote %d bytes, %v", n, err)
	}
}

func TestManySignAtOnce(t *testing.T) {
	p := ecPKI(t)
	press := p.press(t)
	s := snapshot(registry.Competence, "zh", "en")
	s.Name = "丁𠀀" // unpacks the fallback font
	in := input(s)
	files := make([][]byte, 8)
	var wg sync.WaitGroup
	for i := range files {
		wg.Go(func() {
			template, err := press.Template(certificate.Look{Kind: s.Kind, Langs: s.Languages, Demo: s.Demo})
			if err != nil {
				t.Error(err)
				return
			}
			f, err := template.Sign(in, p.key)
			if err != nil {
				t.Error(err)
				return
			}
			files[i] = f.Bytes()
		})
	}
	wg.Wait()
	for i := range files {
		if !bytes.Equal(files[i], files[0]) {
			t.Errorf("file %d differs from the first", i)
		}
	}
}

func TestRebuildNeedsNoKey(t *testing.T) {
	for name, key := range map[string]*pki{"ECDSA": ecPKI(t), "RSA": newPKI(t, rsaKey(t))} {
		t.Run(name, func(t *testing.T) {
			press := key.press(t)
			in := input(snapshot(registry.Competence, "ru", "en"))
			signed := sign(t, press, in, key.key)
			template, err := press.Template(certificate.Look{Kind: registry.Competence, Langs: []string{"ru", "en"}})
			if err != nil {
				t.Fatal(err)
			}
			built, err := template.Rebuild(in, signed.Signature)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(signed.Bytes(), built.Bytes()) {
				t.Error("the file built again differs from the signed one")
			}
		})
	}
}

func TestRebuildRefusesWhatWasNotSigned(t *testing.T) {
	p := ecPKI(t)
	press := p.press(t)
	in := input(snapshot(registry.Competence, "zh", "en"))
	signed := sign(t, press, in, p.key)
	template, err := press.Template(certificate.Look{Kind: registry.Competence, Langs: []string{"zh", "en"}})
	if err != nil {
		t.Fatal(err)
	}
	in.Snapshot.Name = "王秀莲"
	if _, err := template.Rebuild(in, signed.Signature); err == nil {
		t.Error("another name is built with the old signature")
	}
}

func TestSignRefusesAnotherKey(t *testing.T) {
	p := ecPKI(t)
	template, err := p.press(t).Template(certificate.Look{Kind: registry.Competence, Langs: []string{"zh", "en"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := template.Sign(input(snapshot(registry.Competence, "zh", "en")), ecKey(t, 9)); err == nil {
		t.Error("a key that is not the chain's signs")
	}
}

func TestThawedTemplateBuildsTheSameBytes(t *testing.T) {
	p := ecPKI(t)
	press := p.press(t)
	in := input(snapshot(registry.Competence, "zh", "en"))
	in.Snapshot.Name = "丁𠀀"
	signed := sign(t, press, in, p.key)
	template, err := press.Template(certificate.Look{Kind: registry.Competence, Langs: []string{"zh", "en"}})
	if err != nil {
		t.Fatal(err)
	}
	stored, err := template.Frozen()
	if err != nil {
		t.Fatal(err)
	}
	empty, err := certificate.NewPress(nil) // knows neither chain nor key
	if err != nil {
		t.Fatal(err)
	}
	thawed, err := empty.Thaw(stored)
	if err != nil {
		t.Fatal(err)
	}
	if thawed.ID() != template.ID() || thawed.PrefixSHA256() != template.PrefixSHA256() || thawed.ChainSHA256() != template.ChainSHA256() {
		t.Error("the thawed template has another identity")
	}
	built, err := thawed.Rebuild(in, signed.Signature)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(signed.Bytes(), built.Bytes()) {
		t.Error("the thawed template builds another file")
	}
	if again, err := thawed.Frozen(); err != nil || !bytes.Equal(again, stored) {
		t.Errorf("frozen again it differs: %v", err)
	}
	if _, err := empty.Thaw(bytes.Replace(stored, []byte("Certificate {number}"), []byte("Certificate {namber}"), 1)); err == nil {
		t.Error("a form that is not the prefix's is accepted")
	}
}

func TestEveryKindAndLanguageIsPrinted(t *testing.T) {
	p := ecPKI(t)
	press := p.press(t)
	ids := map[string]bool{}
	for _, kind := range []registry.CredentialKind{registry.Competence, registry.Attendance, registry.Instructor, registry.Honour} {
		for _, langs := range [][]string{{"zh", "en"}, {"ru", "en"}, {"en"}} {
			for _, demo := range []bool{false, true} {
				s := snapshot(kind, langs...)
				s.Demo = demo
				template, err := press.Template(certificate.Look{Kind: kind, Langs: langs, Demo: demo})
				if err != nil {
					t.Fatal(err)
				}
				ids[template.ID()] = true
				if err := press.Check(s); err != nil {
					t.Errorf("%s: %v", template.ID(), err)
				}
				sign(t, press, input(s), p.key)
			}
		}
	}
	if len(ids) != 24 || !ids["competence-1-zh-en"] || !ids["attendance-1-ru-en-demo"] || !ids["honour-1-en"] {
		t.Errorf("templates are %v", ids)
	}
}

func TestTemplateLanguages(t *testing.T) {
	press := ecPKI(t).press(t)
	for _, c := range []struct {
		langs []string
		want  string
	}{
		{[]string{"zh"}, "competence-1-zh-en"},
		{[]string{"zh-Hans", "ru"}, "competence-1-zh-en"},
		{[]string{"en", "zh"}, "competence-1-en"},
		{[]string{"kk"}, "competence-1-en"},
		{nil, "competence-1-en"},
	} {
		template, err := press.Template(certificate.Look{Kind: registry.Competence, Langs: c.langs})
		if err != nil {
			t.Fatal(err)
		}
		if template.ID() != c.want {
			t.Errorf("Template(%v) is %s, want %s", c.langs, template.ID(), c.want)
		}
	}
	if _, err := press.Template(certificate.Look{Kind: "diploma", Langs: []string{"zh"}}); !errors.Is(err, registry.Invalid) {
		t.Errorf("an unknown kind gives %v", err)
	}
}

func TestUncoveredNamesWhatCannotBePrinted(t *testing.T) {
	press := ecPKI(t).press(t)
	for about, name := range names {
		if missing := press.Uncovered(name); len(missing) > 0 {
			t.Errorf("%s: %q is said to lack %q", about, name, missing)
		}
	}
	for _, c := range []struct {
		text string
		want []rune
	}{
		{"张\U0003FFFF三\U0003FFFF", []rune{0x3FFFF}},
		{"محمد", []rune("محمد")[:2]},
		{"王\u200d五", []rune{0x200D}},
		{"Ana\u202eX", []rune{0x202E}},
		{"王🚑", []rune{'🚑'}},
	} {
		got := press.Uncovered(c.text)
		if len(got) == 0 || !slices.Equal(got[:min(len(got), len(c.want))], c.want) {
			t.Errorf("Uncovered(%q) = %q, want %q", c.text, got, c.want)
		}
	}
}

func TestCheckRefusesBeforeAnythingIsSigned(t *testing.T) {
	press := ecPKI(t).press(t)
	for name, c := range map[string]struct {
		change func(*registry.Snapshot)
		code   string
		arg    string
	}{
		"a character of the name":   {func(s *registry.Snapshot) { s.Name = "张\U0003FFFF" }, "name.glyph", "U+3FFFF"},
		"a character of the course": {func(s *registry.Snapshot) { s.Course.Title = registry.Text{"zh": "急救\U0003FFFF"} }, "certificate.glyph", "U+3FFFF"},
		"Arabic in an office":       {func(s *registry.Snapshot) { s.Signatories[0].Title = registry.Text{"zh": "مدير"} }, "certificate.glyph", "U+0645"},
		"no signatory":              {func(s *registry.Snapshot) { s.Signatories = nil }, "certificate.signatories", ""},
		"four signatories":          {func(s *registry.Snapshot) { s.Signatories = slices.Repeat(s.Signatories, 2) }, "certificate.signatories", ""},
		"an endless course title": {func(s *registry.Snapshot) {
			s.Course.Title = registry.Text{"zh": strings.Repeat("急救与灾害医学", 60)}
		}, "certificate.too_long", ""},
		"an endless name": {func(s *registry.Snapshot) { s.Name = strings.Repeat("Щщ", 150) }, "certificate.too_long", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := snapshot(registry.Competence, "zh", "en")
			c.change(&s)
			err := press.Check(s)
			var refusal *registry.Error
			if !errors.As(err, &refusal) || refusal.Code != c.code || refusal.Kind != registry.Invalid {
				t.Fatalf("Check gives %v, want %s", err, c.code)
			}
			if c.arg != "" && !slices.Contains(refusal.Args, any(c.arg)) {
				t.Errorf("the refusal has %v, want %s named", refusal.Args, c.arg)
			}
		})
	}
}

func TestAttendanceCannotBeTakenForCompetence(t *testing.T) {
	p := ecPKI(t)
	press := p.press(t)
	for lang, want := range map[string][]string{"zh": {"参训证明", "不证明具备相应技能"}, "ru": {"Подтверждение участия", "не подтверждает владение навыками"}} {
		file := save(t, t.TempDir(), sign(t, press, input(snapshot(registry.Attendance, lang, "en")), p.key))
		text := run(t, "pdftotext", "-enc", "UTF-8", file, "-")
		for _, w := range append(want, "Proof of Attendance", "does not certify skills") {
			if !strings.Contains(text, w) {
				t.Errorf("%s: the page does not say %q", lang, w)
			}
		}
		for _, w := range []string{"有效期至", "Действителен до", "Valid until"} {
			if strings.Contains(text, w) {
				t.Errorf("%s: the page says %q", lang, w)
			}
		}
	}
}
