package certificate

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/passmuster/passmuster/assets"
	"github.com/passmuster/passmuster/internal/pdf"
)

// fontOrder are the fonts of new designs, by their names in the manifest.
var fontOrder = []string{"NotoSansSC", "NotoSerifSC-Medium", "NotoSans", "NotoSans-Bold", "NotoSerif-Medium", "NotoSansMono-Medium", "HanazonoRare"}

// Places in fontOrder.
const (
	fontSansSC = iota
	fontSerifSC
	fontSans
	fontSansBold
	fontSerif
	fontMono
	fontRare
)

// everyFont is what a person's name can be set in; texts in sans serif have
// the same characters (a test holds this).
var everyFont = pdf.Stack{fontSerif, fontSerifSC, fontRare}

// openFonts lists the vendored fonts: those of fontOrder first, then any that
// only older designs use.
func openFonts() ([]*pdf.Font, error) {
	files, err := assets.Fonts()
	if err != nil {
		return nil, err
	}
	var fonts, older []*pdf.Font
	for _, name := range fontOrder {
		n := len(fonts)
		for _, f := range files {
			if f.Name == name && len(fonts) == n {
				fonts = append(fonts, fontOf(f))
			}
		}
		if len(fonts) == n {
			return nil, fmt.Errorf("font %s is not in the manifest", name)
		}
	}
	for _, f := range files {
		known := false
		for _, have := range fonts {
			known = known || have.SHA256 == f.SHA256
		}
		if !known {
			older = append(older, fontOf(f))
		}
	}
	return append(fonts, older...), nil
}

// fontOf defers the work: the rare characters are unpacked (31 MB) when the
// first of them is asked for.
func fontOf(f assets.FontFile) *pdf.Font {
	return &pdf.Font{Name: f.Name, SHA256: f.SHA256, Open: func() ([]byte, error) {
		if !strings.HasSuffix(f.File, ".gz") {
			return f.Data, nil
		}
		r, err := gzip.NewReader(bytes.NewReader(f.Data))
		if err != nil {
			return nil, fmt.Errorf("unpack font: %w", err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			return nil, fmt.Errorf("unpack font: %w", err)
		}
		return data, nil
	}}
}

// printable reports whether r belongs to a script that is set right character
// by character, from left to right.
func printable(r rune) bool {
	return unicode.IsPrint(r) && unicode.In(r, unicode.Han, unicode.Latin, unicode.Cyrillic, unicode.Greek,
		unicode.Hiragana, unicode.Katakana, unicode.Bopomofo, unicode.Common, unicode.Inherited)
}
