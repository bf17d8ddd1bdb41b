package sfnt_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/passmuster/passmuster/internal/pdf/sfnt"
)

func open(t testing.TB, name string) ([]byte, *sfnt.Font) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../../../assets/fonts", name))
	if err != nil {
		t.Fatal(err)
	}
	f, err := sfnt.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return data, f
}

func TestGlyphKnowsWhatTheFontDraws(t *testing.T) {
	_, sc := open(t, "NotoSansSC_400Regular.ttf")
	_, sans := open(t, "NotoSans_400Regular.ttf")
	for _, c := range []struct {
		font *sfnt.Font
		r    rune
		want bool
	}{
		{sc, '张', true}, {sc, '䶮', true}, {sc, 0x2CC56, true}, {sc, 0x20000, false}, {sc, 0x3FFFF, false}, {sc, 'Қ', false},
		{sans, 'Қ', true}, {sans, 'Ɔ', true}, {sans, 'ё', true}, {sans, '张', false}, {sans, -1, false},
	} {
		if got := c.font.Glyph(c.r) != 0; got != c.want {
			t.Errorf("Glyph(%U) found: %t, want %t", c.r, got, c.want)
		}
	}
}

// A subset of a subset is byte-identical: nothing is lost and nothing depends
// on where a glyph stood.
func TestSubsetKeepsItsGlyphs(t *testing.T) {
	for name, text := range map[string]string{"NotoSansSC_400Regular.ttf": "张䶮心肺复苏", "NotoSans_400Regular.ttf": "Éñ Құғ Ɔɛ", "NotoSerif_500Medium.ttf": "Ёлкин Łukasz"} {
		_, f := open(t, name)
		glyphs := []uint16{0}
		for _, r := range text {
			glyphs = append(glyphs, f.Glyph(r))
		}
		first := f.Subset(glyphs)
		tables := f.SubsetTables(glyphs)
		// a font without a cmap cannot be parsed, so give it an empty one
		cmap := []byte{0, 0, 0, 1, 0, 3, 0, 10, 0, 0, 0, 12, 0, 12, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0}
		again, err := sfnt.Parse(sfnt.Assemble(append([]sfnt.Table{{Tag: "cmap", Data: cmap}}, tables...)))
		if err != nil {
			t.Fatal(err)
		}
		own := make([]uint16, len(glyphs))
		for i := range own {
			own[i] = uint16(i)
		}
		if second := again.Subset(own); string(second) != string(first) {
			t.Errorf("%s: a subset of the subset differs", name)
		}
		for i, g := range glyphs {
			if a, b := f.Advance(g), again.Advance(uint16(i)); a != b {
				t.Errorf("%s: glyph %d is %d wide, in the subset %d", name, g, a, b)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	data, font := open(f, "NotoSansMono_500Medium.ttf")
	f.Add(data[:2000])
	f.Add(font.Subset([]uint16{0, 5, 9}))
	f.Fuzz(func(_ *testing.T, data []byte) {
		if font, err := sfnt.Parse(data); err == nil {
			font.Subset([]uint16{0, 1, font.Glyph('A')})
		}
	})
}
