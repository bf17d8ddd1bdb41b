package picture

import (
	"fmt"
	"sync"

	"github.com/passmuster/passmuster/assets"
	"github.com/passmuster/passmuster/internal/pdf/sfnt"
)

// Fonts by their names in the manifest: those of the certificate.
const (
	sansSC  = "NotoSansSC"
	serifSC = "NotoSerifSC-Medium"
	sans    = "NotoSans"
	bold    = "NotoSans-Bold"
	serif   = "NotoSerif-Medium"
	mono    = "NotoSansMono-Medium"
	rare    = "HanazonoRare"
)

// style is the fonts of a text in the order in which they are asked for a
// character: one order for texts with Chinese characters, another for all else.
type style struct {
	han, other []string
	thick      int // of Chinese characters, in thousandths of the size: their font has no bold of its own
}

var (
	plainStyle  = style{han: []string{sansSC, sans, rare}, other: []string{sans, sansSC, rare}}
	strongStyle = style{han: []string{sansSC, bold, rare}, other: []string{bold, sansSC, rare}, thick: 30}
	serifStyle  = style{han: []string{serifSC, serif, rare}, other: []string{serif, serifSC, rare}}
	monoStyle   = style{han: []string{mono, sansSC, rare}, other: []string{mono, sansSC, rare}}
)

func (s style) stack(text string) []string {
	if hasHan(text) {
		return s.han
	}
	return s.other
}

// library opens fonts when they are first asked for.
type library struct {
	files map[string]assets.FontFile
	mu    sync.Mutex
	open  map[string]*sfnt.Font
}

func newLibrary() (*library, error) {
	list, err := assets.Fonts()
	if err != nil {
		return nil, err
	}
	l := &library{files: map[string]assets.FontFile{}, open: map[string]*sfnt.Font{}}
	for _, f := range list {
		if _, ok := l.files[f.Name]; !ok {
			l.files[f.Name] = f
		}
	}
	return l, nil
}

func (l *library) font(name string) (*sfnt.Font, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if f := l.open[name]; f != nil {
		return f, nil
	}
	file, ok := l.files[name]
	if !ok {
		return nil, fmt.Errorf("font %s is not in the manifest", name)
	}
	data, err := file.TrueType()
	if err != nil {
		return nil, err
	}
	f, err := sfnt.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("read font %s: %w", name, err)
	}
	if name != rare { // 31 MB for the sake of few names: not kept
		l.open[name] = f
	}
	return f, nil
}

// glyph is one character as it is drawn.
type glyph struct {
	font  *sfnt.Font
	id    uint16
	thick bool // drawn thicker in a bold text
}

// typesetter finds the glyphs of one picture; it keeps what it found.
type typesetter struct {
	fonts *library
	rare  *sfnt.Font
	found map[string]glyph
}

// glyphOf is the character in the first font of the stack that has it.
func (t *typesetter) glyphOf(r rune, stack []string) (glyph, error) {
	key := stack[0] + stack[1] + string(r)
	if g, ok := t.found[key]; ok {
		return g, nil
	}
	for _, name := range stack {
		f, err := t.font(name)
		if err != nil {
			return glyph{}, err
		}
		if id := f.Glyph(r); id != 0 {
			g := glyph{f, id, name == sansSC || name == rare}
			t.found[key] = g
			return g, nil
		}
	}
	return glyph{}, fmt.Errorf("no font draws %U", r)
}

func (t *typesetter) font(name string) (f *sfnt.Font, err error) {
	if name != rare {
		return t.fonts.font(name)
	}
	if t.rare == nil {
		t.rare, err = t.fonts.font(name)
	}
	return t.rare, err
}

// advance is the glyph's width at a size, in 1/256 pixel.
func (g glyph) advance(size int) int { return g.font.Advance(g.id) * size * one / g.font.UnitsPerEm }
