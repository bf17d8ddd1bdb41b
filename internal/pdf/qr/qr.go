// Package qr draws QR codes (ISO/IEC 18004) as a matrix of modules. The same
// text and level give the same matrix for ever: certificates are rebuilt byte
// for byte, and the matrix is part of the page.
//
// A row of modules is a few machine words, so that a mask is laid and scored
// for a whole row at once.
package qr

import (
	"errors"
	"slices"
)

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

// Code is a finished symbol, without its quiet zone of 4 modules. The memory of
// one can be used again for the next, see Code.Encode.
type Code struct {
	Version int // 1 to 40
	Size    int // modules per side: 17 + 4 × Version
	Mask    int // 0 to 7, the pattern of least penalty

	modules grid
	data    grid // before masking
	trial   grid
	segment []segment
	stream  []byte
	drawn   []byte // stream with corrections, as it is placed
}

// At reports whether the module in column x and row y is dark; (0, 0) is the
// top left one, and everything outside of the symbol is light.
func (c *Code) At(x, y int) bool {
	return x >= 0 && y >= 0 && x < c.Size && y < c.Size && c.modules.at(c.Size, x, y)
}

// Words are the modules of a row, 64 columns to a word, the first one lowest.
func (c *Code) Words(y int) (w [3]uint64) {
	for i := range sheets(c.Size) {
		w[i] = c.modules[i*c.Size+y]
	}
	return w
}

// Encode makes the smallest symbol that holds text (as UTF-8) at the level,
// splitting it into numeric, alphanumeric and byte segments so that it needs
// the fewest bits, and choosing the mask of least penalty.
func Encode(text string, level Level) (*Code, error) {
	c := &Code{}
	if err := c.Encode(text, level); err != nil {
		return nil, err
	}
	return c, nil
}

// Encode is the function Encode in the memory of an older code.
func (c *Code) Encode(text string, level Level) error {
	class, err := c.fit(text, level)
	if err == nil {
		c.draw(level, class)
	}
	return err
}

// Fit sets Version and Size to those that Encode would choose, and draws nothing.
func (c *Code) Fit(text string, level Level) error {
	_, err := c.fit(text, level)
	return err
}

// fit splits the text for the smallest version that holds it, and returns that
// version's class.
func (c *Code) fit(text string, level Level) (int, error) {
	if level < L || level > H {
		return 0, errors.New("unknown QR level")
	}
	for class, last := range lastVersion {
		c.segment = split(c.segment[:0], text, class)
		need := bitLength(c.segment, class)
		for v := firstVersion[class]; v <= last; v++ {
			if need <= 8*dataCodewords(v, level) {
				c.Version, c.Size = v, planOf(v).size
				return class, nil
			}
		}
	}
	return 0, ErrTooLong
}

func (c *Code) draw(level Level, class int) {
	version := c.Version
	c.stream = codewords(c.stream[:0], c.segment, version, level, class)
	c.drawn = interleave(c.drawn, c.stream, version, level)
	p := planOf(version)
	c.data = append(c.data[:0], p.dark...)
	c.drawn = place(c.data, p.strips, c.drawn)
	c.trial = slices.Grow(c.trial[:0], len(c.data))[:len(c.data)]
	c.modules = slices.Grow(c.modules[:0], len(c.data))[:len(c.data)]
	least := 1 << 30
	for mask := range p.overlays[level] {
		for i, w := range p.overlays[level][mask] {
			c.trial[i] = c.data[i] ^ w
		}
		if penalty := penalty(c.trial, p.size); penalty < least {
			least, c.Mask = penalty, mask
			c.modules, c.trial = c.trial, c.modules
		}
	}
}
