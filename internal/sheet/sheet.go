// Package sheet draws the papers around a class: claim slips and the class
// record. They may bear people's names, so they are drawn as certificates are,
// by package pdf, which prints the rarest character of a name or says which it
// was. They are not signed.
//
// It promises that no text is cut: what is long gets smaller letters, then more
// lines; and that the same input gives the same bytes.
package sheet

import (
	"fmt"
	"io"

	"github.com/passmuster/passmuster/assets"
	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/pdf"
)

// Producer is what the documents name as their maker.
const Producer = "Passmuster"

// Press has the fonts. It is safe for concurrent use.
type Press struct{ fonts []*pdf.Font }

// Places of the fonts in a Press.
const (
	sansSC = iota
	sans
	sansBold
	mono
	rare
)

// NewPress lists the fonts; each is read when the first text needs it.
func NewPress() (*Press, error) {
	files, err := assets.Fonts()
	if err != nil {
		return nil, err
	}
	p := &Press{}
	for _, name := range []string{"NotoSansSC", "NotoSans", "NotoSans-Bold", "NotoSansMono-Medium", "HanazonoRare"} {
		n := len(p.fonts)
		for _, f := range files {
			if f.Name == name {
				p.fonts = append(p.fonts, &pdf.Font{Name: f.Name, SHA256: f.SHA256, Open: f.TrueType})
				break
			}
		}
		if len(p.fonts) == n {
			return nil, fmt.Errorf("font %s is not in the program", name)
		}
	}
	return p, nil
}

// Book starts a document with the fonts of the press, for what is added to it
// as it is.
func (p *Press) Book(out io.Writer, info pdf.BookInfo) *pdf.Book {
	info.Producer = Producer
	return pdf.NewBook(out, p.fonts, info)
}

// Colours of all sheets; each is told from the others in black and white.
var (
	navy  = pdf.Color{R: 0x12, G: 0x30, B: 0x5A}
	gold  = pdf.Color{R: 0xB0, G: 0x8D, B: 0x3C}
	black = pdf.Color{R: 0x16, G: 0x1B, B: 0x22}
	grey  = pdf.Color{R: 0x55, G: 0x5E, B: 0x6A}
	pale  = pdf.Color{R: 0xC3, G: 0xCB, B: 0xD6}
	mist  = pdf.Color{R: 0xEE, G: 0xF2, B: 0xF7}
)

// plain is running text of a language. Chinese takes its punctuation from the
// Chinese font.
func plain(lang i18n.Lang, size float64, c pdf.Color) pdf.Ink {
	stack := pdf.Stack{sans, sansSC, rare}
	if lang == i18n.Chinese {
		stack = pdf.Stack{sansSC, sans, rare}
	}
	return pdf.Ink{Stack: stack, Size: size, Color: c}
}

// strong is text that stands out. The Chinese fonts have no bold: their letters
// get an outline.
func strong(lang i18n.Lang, size float64, c pdf.Color) pdf.Ink {
	if lang == i18n.Chinese {
		ink := plain(lang, size, c)
		ink.Bold = 26
		return ink
	}
	return pdf.Ink{Stack: pdf.Stack{sansBold, sansSC, rare}, Size: size, Color: c}
}

// nameInk is for a name in whatever script.
func nameInk(name string, size float64, c pdf.Color) pdf.Ink {
	for _, r := range name {
		if r > 0x2E80 {
			return strong(i18n.Chinese, size, c)
		}
	}
	return strong(i18n.English, size, c)
}

func fixed(size float64, c pdf.Color) pdf.Ink {
	return pdf.Ink{Stack: pdf.Stack{mono, sansSC, rare}, Size: size, Color: c}
}

// leading is the distance between lines of a size, in millimetres.
func leading(size float64) float64 { return size * 1.32 * 25.4 / 72 }

// paragraph sets lines below each other, the first baseline at y, and returns
// where the next line would stand.
func paragraph(l *pdf.Leaf, x, y float64, ink pdf.Ink, lines []string) float64 {
	for _, line := range lines {
		l.Text(x, y, 0, ink, line)
		y += leading(ink.Size)
	}
	return y
}

// printers are those of the languages of a class, at most two.
func printers(langs []string) []*i18n.Printer {
	var out []*i18n.Printer
	for _, lang := range langs {
		p := i18n.For(i18n.Match(lang))
		if len(out) == 0 || len(out) == 1 && out[0].Lang() != p.Lang() {
			out = append(out, p)
		}
	}
	if len(out) == 0 {
		out = []*i18n.Printer{i18n.For(i18n.English)}
	}
	return out
}
