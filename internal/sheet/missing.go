package sheet

import (
	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/pdf"
)

// Missing adds a page that stands in the place of a certificate that could not
// be rebuilt: whoever cuts and packs sees that one is missing, and which.
func Missing(b *pdf.Book, p *i18n.Printer, number, cause string) {
	const width = 297.0
	l := b.AddPage(width, 210)
	l.Box(20, 40, width-40, 90, nil, 2, black)
	y := 65.0
	for _, line := range []struct {
		ink  pdf.Ink
		text string
	}{{fixed(22, black), number}, {strong(p.Lang(), 16, black), p.T("documents.missing")}, {plain(p.Lang(), 11, black), cause}} {
		ink, lines := b.Fit(line.text, line.ink, 8, width-60, 3)
		l.Tag(pdf.Tag{Name: "P"}, func() { y = paragraph(l, 30, y, ink, lines) })
		y += 6
	}
}
