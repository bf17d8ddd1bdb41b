package registry_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
)

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

func someCodes(n int) []registry.Code {
	r := rand.New(rand.NewPCG(1, 2))
	codes := make([]registry.Code, n)
	for i := range codes {
		var b [10]byte
		for j := range b {
			b[j] = byte(r.Uint32())
		}
		codes[i] = registry.NewCode(b)
	}
	return codes
}

func TestEveryWrongCharacterOfACodeIsCaught(t *testing.T) {
	for _, code := range someCodes(50) {
		for i := range code {
			for _, c := range alphabet {
				wrong := string(code[:i]) + string(c) + string(code[i+1:])
				_, err := registry.ParseCode(wrong)
				if want := wrong != string(code); (err != nil) != want {
					t.Fatalf("%s for %s: %v", wrong, code, err)
				}
			}
		}
	}
}

func TestNearlyEverySwapOfNeighboursIsCaught(t *testing.T) {
	swaps, missed := 0, 0
	for _, code := range someCodes(2000) {
		for i := range len(code) - 1 {
			if code[i] == code[i+1] {
				continue
			}
			swaps++
			if _, err := registry.ParseCode(string(code[:i]) + string(code[i+1]) + string(code[i]) + string(code[i+2:])); err == nil {
				missed++
			}
		}
	}
	if caught := 100 - 100*float64(missed)/float64(swaps); caught < 99.7 {
		t.Errorf("%d of %d swaps went unnoticed: %.2f %% are caught, want 99.7 %%", missed, swaps, caught)
	}
}

func TestACodeIsReadAsPeopleTypeIt(t *testing.T) {
	code := registry.NewCode([10]byte{1, 0, 0x20, 0x40, 0, 0x11, 0x42, 0x99, 0xee, 0})
	if !strings.ContainsAny(string(code), "0") || !strings.Contains(string(code), "1") {
		t.Fatalf("the test needs a code with 0 and 1, not %s", code)
	}
	printed := code.String()
	for promise, text := range map[string]string{
		"as printed":                 printed,
		"without hyphens":            string(code),
		"in small letters":           strings.ToLower(printed),
		"with spaces":                strings.ReplaceAll(printed, "-", " "),
		"with spaces around":         "  " + printed + " ",
		"with the letter O":          strings.ReplaceAll(printed, "0", "O"),
		"with the small letter o":    strings.ReplaceAll(printed, "0", "o"),
		"with the letter I":          strings.ReplaceAll(printed, "1", "I"),
		"with the small letter l":    strings.ReplaceAll(printed, "1", "l"),
		"with typographic hyphens":   strings.ReplaceAll(printed, "-", "–"),
		"with ideographic spaces":    strings.ReplaceAll(printed, "-", "\u3000"),
		"with hyphens in odd places": printed[:2] + "-" + printed[2:],
	} {
		if got, err := registry.ParseCode(text); err != nil || got != code {
			t.Errorf("%s, %q: %s, %v, want %s", promise, text, got, err, code)
		}
	}
	for promise, text := range map[string]string{
		"nothing":                       "",
		"one character less":            string(code[:15]),
		"one character more":            string(code) + "0",
		"a letter that codes never use": strings.Replace(string(code), "0", "U", 1),
		"another script":                strings.Replace(string(code), "0", "О", 1), // Cyrillic
		"a link":                        "https://verify.example/v/" + string(code),
		"a NUL":                         string(code[:15]) + "\x00",
	} {
		if got, err := registry.ParseCode(text); codeOf(err) != "code.mistyped" {
			t.Errorf("%s, %q: %s, %v, want code.mistyped", promise, text, got, err)
		}
	}
}

func TestACodeUsesAllItsRandomBits(t *testing.T) {
	seen := map[registry.Code]bool{}
	for bit := range 80 {
		var b [10]byte
		b[bit/8] = 1 << (bit % 8)
		seen[registry.NewCode(b)] = true
	}
	if len(seen) < 75 {
		t.Errorf("80 different bits give %d codes, want 75 at least", len(seen))
	}
}

func FuzzParseCode(f *testing.F) {
	f.Add("7K3Q-D9XM-2HRT-W4BX")
	f.Fuzz(func(t *testing.T, s string) {
		code, err := registry.ParseCode(s)
		if err != nil {
			return
		}
		if again, err := registry.ParseCode(code.String()); err != nil || again != code {
			t.Errorf("%q gives %s, which gives %s, %v", s, code, again, err)
		}
	})
}

func FuzzParseNumber(f *testing.F) {
	f.Add("GAJK-SJZ-2026-000123")
	f.Add(" gajk–sjz–2026–000123 ")
	f.Fuzz(func(t *testing.T, s string) {
		number, err := registry.ParseNumber(s)
		if err != nil {
			return
		}
		if again, err := registry.ParseNumber(string(number)); err != nil || again != number {
			t.Errorf("%q gives %s, which gives %s, %v", s, number, again, err)
		}
	})
}

func TestANumberIsReadAsPeopleTypeIt(t *testing.T) {
	want := registry.NewNumber("GAJK", "SJZ", 2026, 123)
	if want != "GAJK-SJZ-2026-000123" {
		t.Fatalf("number %s", want)
	}
	for _, s := range []string{"GAJK-SJZ-2026-000123", "gajk-sjz-2026-000123", " GAJK–SJZ–2026–000123 ", "GAJK - SJZ - 2026 - 000123"} {
		if got, err := registry.ParseNumber(s); err != nil || got != want {
			t.Errorf("%q: %s, %v, want %s", s, got, err, want)
		}
	}
	for _, s := range []string{"", "GAJK-SJZ-2026", "GAJK-SJZ-26-000123", "GAJK-SJZ-2026-123", "GAJK-SJZ-2026-00O123", "G-SJZ-2026-000123", "GA_K-SJZ-2026-000123", "GAJK-SJZ-2026-000123-1"} {
		if got, err := registry.ParseNumber(s); codeOf(err) != "number.format" {
			t.Errorf("%q: %s, %v, want number.format", s, got, err)
		}
	}
	if n := registry.NewNumber("GAJK", "SJZ", 2026, 1234567); n != "GAJK-SJZ-2026-1234567" {
		t.Errorf("the millionth certificate of a year has the number %s", n)
	} else if _, err := registry.ParseNumber(string(n)); err != nil {
		t.Errorf("%s cannot be read: %v", n, err)
	}
}

// Whatever codes a registry takes for programmes and bases, the numbers made of
// them can be read again.
func TestEveryNumberThatCanBeGivenCanBeRead(t *testing.T) {
	name := registry.Text{"en": "DEMO"}
	for _, programme := range []string{"GAJK", "320", "A1", "ABCDEFGHIJ", "GA-JK", "-A", "a1", "A", "ABCDEFGHIJK"} {
		for _, base := range []string{"SJZ", "AB", "ABCDEF", "A-B", "A1", "A", "ABCDEFG"} {
			p, b := registry.Programme{Code: programme, Name: name}, registry.Base{Code: base, Name: name, TZ: "Asia/Shanghai"}
			if p.Validate() != nil || b.Validate() != nil {
				continue
			}
			if _, err := registry.ParseNumber(string(registry.NewNumber(programme, base, 2026, 1))); err != nil {
				t.Errorf("programme %s and base %s are accepted, their numbers are not", programme, base)
			}
		}
	}
}
