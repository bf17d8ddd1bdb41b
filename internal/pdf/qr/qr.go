// Package qr draws QR codes (ISO/IEC 18004) as a matrix of modules. The same
// text and level give the same matrix for ever: certificates are rebuilt byte
// for byte, and the matrix is part of the page.
package qr

import "errors"

// Level is how much damage a code survives.
type Level int

// The four levels: about 7, 15, 25 and 30 % of the codewords can be restored.
const (
	L Level = iota
	M
	Q
	H
)

// ErrTooLong says that the text does not fit the largest version, 40.
var ErrTooLong = errors.New("text is too long for a QR code")

// Code is a finished symbol, without its quiet zone of 4 modules.
type Code struct {
	Version int // 1 to 40
	Size    int // modules per side: 17 + 4 × Version
	Mask    int // 0 to 7, the pattern of least penalty
	dark    []bool
}

// At reports whether the module in column x and row y is dark; (0, 0) is the
// top left one, and everything outside of the symbol is light.
func (c *Code) At(x, y int) bool {
	return x >= 0 && y >= 0 && x < c.Size && y < c.Size && c.dark[y*c.Size+x]
}

// Encode makes the smallest symbol that holds text (as UTF-8) at the level,
// splitting it into numeric, alphanumeric and byte segments so that it needs
// the fewest bits, and choosing the mask of least penalty.
func Encode(text string, level Level) (*Code, error) {
	if level < L || level > H {
		return nil, errors.New("unknown QR level")
	}
	for class, last := range lastVersion {
		segments := split(text, class)
		need := bitLength(segments, class)
		for v := firstVersion[class]; v <= last; v++ {
			if need <= 8*dataCodewords(v, level) {
				return draw(v, level, interleave(codewords(segments, v, level, class), v, level)), nil
			}
		}
	}
	return nil, ErrTooLong
}

func draw(version int, level Level, stream []byte) *Code {
	s := newSymbol(version)
	s.place(stream)
	best, least := 0, 1<<30
	for mask := range 8 {
		if p := s.masked(mask, level).penalty(); p < least {
			best, least = mask, p
		}
	}
	return &Code{Version: version, Size: s.size, Mask: best, dark: s.masked(best, level).dark}
}
