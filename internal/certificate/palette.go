package certificate

import (
	"github.com/passmuster/passmuster/internal/pdf"
	"github.com/passmuster/passmuster/internal/registry"
)

// palette is the colours of one kind of certificate: kinds can be told apart
// at arm's length, and in grey by their titles.
type palette struct {
	main  pdf.Color // frame, title
	trim  pdf.Color // hairlines, ornament
	faint pdf.Color // the braid in the frame
	seal  pdf.Color
	paper pdf.Color
}

var (
	ink   = pdf.Color{R: 0x1B, G: 0x1E, B: 0x24}
	grey  = pdf.Color{R: 0x5B, G: 0x63, B: 0x70}
	white = pdf.Color{R: 0xFF, G: 0xFF, B: 0xFF}
	ghost = pdf.Color{R: 0xE9, G: 0xE9, B: 0xE7} // the DEMO mark: 8 % of black
)

func paletteOf(kind registry.CredentialKind) palette {
	ivory := pdf.Color{R: 0xFF, G: 0xFD, B: 0xF7}
	gold := pdf.Color{R: 0xB0, G: 0x8D, B: 0x3C}
	paleGold := pdf.Color{R: 0xE3, G: 0xD5, B: 0xAE}
	teal := pdf.Color{R: 0x0E, G: 0x66, B: 0x66}
	switch kind {
	case registry.Attendance:
		slate, silver := pdf.Color{R: 0x4E, G: 0x64, B: 0x7C}, pdf.Color{R: 0x93, G: 0xA4, B: 0xB5}
		return palette{slate, silver, pdf.Color{R: 0xD8, G: 0xDF, B: 0xE6}, slate, pdf.Color{R: 0xFC, G: 0xFD, B: 0xFE}}
	case registry.Instructor:
		return palette{pdf.Color{R: 0x17, G: 0x4A, B: 0x3C}, gold, paleGold, teal, ivory}
	case registry.Honour:
		return palette{pdf.Color{R: 0x6A, G: 0x1F, B: 0x35}, gold, paleGold, teal, ivory}
	}
	return palette{pdf.Color{R: 0x12, G: 0x30, B: 0x5A}, gold, paleGold, teal, ivory}
}
