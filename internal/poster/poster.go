// Package poster draws the sheets that bear no person's name, with gofpdf, and
// the QR codes for screens and posters, with go-qrcode. Certificates are not
// made here: they are drawn by package certificate.
package poster

import (
	"bytes"
	"fmt"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/jung-kurt/gofpdf"
	"github.com/skip2/go-qrcode"

	"github.com/passmuster/passmuster/assets"
	"github.com/passmuster/passmuster/internal/i18n"
)

// QR draws the text as a PNG of size × size pixels with the quiet zone that
// cameras need, for a screen. Level M.
func QR(text string, size int) ([]byte, error) {
	code, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		return nil, fmt.Errorf("make QR code: %w", err)
	}
	png, err := code.PNG(size)
	if err != nil {
		return nil, fmt.Errorf("draw QR code: %w", err)
	}
	return png, nil
}

// Gate keeps the poster of one origin, made when it is first asked for: a sheet
// for the gate, in three languages, that says how to check a certificate.
type Gate struct {
	Origin string

	once sync.Once
	pdf  []byte
	err  error
}

// PDF returns the poster, A5 portrait.
func (g *Gate) PDF() ([]byte, error) {
	g.once.Do(func() { g.pdf, g.err = gate(g.Origin) })
	return g.pdf, g.err
}

// Measures of the poster, in millimetres.
const (
	width  = 148.0
	margin = 11.0
	column = width - 2*margin
	qrSize = 30.0
)

// fonts of the poster: one face for Han, one for Latin and Cyrillic.
var fonts = map[string]string{"han": "NotoSansSC", "latin": "NotoSans", "bold": "NotoSans-Bold"}

func gate(origin string) ([]byte, error) {
	u, err := url.Parse(origin)
	if err != nil {
		return nil, fmt.Errorf("read origin: %w", err)
	}
	doc := gofpdf.New("P", "mm", "A5", "")
	if err := addFonts(doc); err != nil {
		return nil, err
	}
	doc.SetCatalogSort(true) // the same bytes each time
	doc.SetCreationDate(time.Unix(0, 0).UTC())
	doc.SetModificationDate(time.Unix(0, 0).UTC())
	doc.SetTitle("Passmuster: how to check a certificate", true)
	doc.SetAutoPageBreak(false, 0)
	doc.AddPage()
	if err := heading(doc, origin); err != nil {
		return nil, err
	}
	boxes(doc, steps(doc, u.Host, 44)+1)
	var out bytes.Buffer
	if err := doc.Output(&out); err != nil {
		return nil, fmt.Errorf("write poster: %w", err)
	}
	return out.Bytes(), nil
}

func addFonts(doc *gofpdf.Fpdf) error {
	files, err := assets.Fonts()
	if err != nil {
		return err
	}
	for family, name := range fonts {
		i := slices.IndexFunc(files, func(f assets.FontFile) bool { return f.Name == name })
		if i < 0 {
			return fmt.Errorf("font %s is not in the program", name)
		}
		doc.AddUTF8FontFromBytes(family, "", slices.Clone(files[i].Data)) // gofpdf writes into what it is given
	}
	return doc.Error()
}

func heading(doc *gofpdf.Fpdf, origin string) error {
	doc.SetFillColor(18, 48, 90)
	doc.Rect(0, 0, width, 38, "F")
	doc.SetTextColor(255, 255, 255)
	y := 12.0
	for _, lang := range i18n.Langs {
		p := i18n.For(lang)
		face(doc, lang, true, 15)
		doc.Text(margin, y, p.T("poster.title"))
		y += 9
	}
	code, err := QR(origin+"/verify", 600)
	if err != nil {
		return err
	}
	const name = "verify"
	doc.RegisterImageOptionsReader(name, gofpdf.ImageOptions{ImageType: "PNG"}, bytes.NewReader(code))
	doc.ImageOptions(name, width-margin-qrSize+4, 4, qrSize, qrSize, false, gofpdf.ImageOptions{ImageType: "PNG"}, 0, "")
	return doc.Error()
}

// face picks the font that has the language's letters.
func face(doc *gofpdf.Fpdf, lang i18n.Lang, bold bool, size float64) {
	family := "latin"
	switch {
	case lang == i18n.Chinese:
		family = "han"
	case bold:
		family = "bold"
	}
	doc.SetFont(family, "", size)
}
