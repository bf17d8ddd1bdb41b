// Package pdf writes signed one-page PDF files (ISO 32000-1) of which nearly
// everything is the same. A Design is compiled once into a Base: the constant
// first part of each file, with art, labels, fonts, tags and colour profile. A
// Page then adds what differs, and Finish closes it into a file whose
// signature covers every byte of it but its own.
//
// The same Base, texts and signature give the same bytes for ever, on every
// processor and with every version of Go: what follows the Base is written
// with whole numbers, by our own compressor and font subsetter. Code that
// writes it may therefore only change together with FormatVersion, the old
// way being kept for old files.
//
// Positions are in hundredths of a point (1/7200 inch), counted from the lower
// left corner of the page.
package pdf

import (
	"errors"
	"fmt"
	"sync"

	"github.com/passmuster/passmuster/internal/pdf/sfnt"
)

// FormatVersion names the rules by which the changing part is written.
const FormatVersion = 3

// A4 in hundredths of a point: landscape is Long wide.
const (
	A4Long  = 84189
	A4Short = 59528
)

// MM converts millimetres to hundredths of a point.
func MM(mm float64) int {
	if mm < 0 {
		return -MM(-mm)
	}
	return int(mm*7200/25.4 + 0.5)
}

// Font is a face that texts can be set in. It is opened when first needed.
type Font struct {
	Name   string // PostScript name without the subset's prefix
	SHA256 string // hex, of the file: a Base finds its fonts by it
	Open   func() ([]byte, error)

	once sync.Once
	face *sfnt.Font
	err  error
}

// Face returns the parsed font.
func (f *Font) Face() (*sfnt.Font, error) {
	f.once.Do(func() {
		var data []byte
		if data, f.err = f.Open(); f.err == nil {
			f.face, f.err = sfnt.Parse(data)
		}
		if f.err != nil {
			f.err = fmt.Errorf("open font %s: %w", f.Name, f.err)
		}
	})
	return f.face, f.err
}

// Stack is an order of fonts, by their place in the Design: each character is
// drawn by the first that has it.
type Stack []int

// MissingGlyph says that no font of a stack draws a character.
type MissingGlyph struct{ Rune rune }

func (e *MissingGlyph) Error() string { return fmt.Sprintf("no font draws %U", e.Rune) }

// find returns the first font of the stack that draws r and its glyph.
func find(fonts []*Font, stack Stack, r rune) (font int, glyph uint16, err error) {
	for _, i := range stack {
		if i < 0 || i >= len(fonts) {
			return 0, 0, errors.New("font stack names a font that is not there")
		}
		face, err := fonts[i].Face()
		if err != nil {
			return 0, 0, err
		}
		if g := face.Glyph(r); g != 0 {
			return i, g, nil
		}
	}
	return 0, 0, &MissingGlyph{r}
}

// Missing returns the characters of text that no font of the stack draws, each once.
func Missing(fonts []*Font, stack Stack, text string) (missing []rune) {
	seen := map[rune]bool{}
	for _, r := range text {
		if _, _, err := find(fonts, stack, r); err != nil && !seen[r] {
			missing = append(missing, r)
			seen[r] = true
		}
	}
	return missing
}

// Share tells which font of the stack draws which characters of a text, by the
// font's place in the Design. Those that none draws are left out.
func Share(fonts []*Font, stack Stack, text string) map[int]string {
	out := map[int]string{}
	for _, r := range text {
		if font, _, err := find(fonts, stack, r); err == nil {
			out[font] += string(r)
		}
	}
	return out
}

// advance is a glyph's width in thousandths of the font size, as the file
// states it, so that a viewer comes to the same place.
func advance(face *sfnt.Font, glyph uint16) int {
	if face.UnitsPerEm == 1000 {
		return face.Advance(glyph)
	}
	return scaled(face, face.Advance(glyph))
}

// scaled converts font units to thousandths of an em, rounded.
func scaled(face *sfnt.Font, v int) int {
	if v < 0 {
		return -scaled(face, -v)
	}
	return (2000*v + face.UnitsPerEm) / (2 * face.UnitsPerEm)
}

// Color is a colour of the sRGB space.
type Color struct {
	R uint8 `json:"r"`
	G uint8 `json:"g"`
	B uint8 `json:"b"`
}
