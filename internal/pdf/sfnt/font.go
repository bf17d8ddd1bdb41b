// Package sfnt reads TrueType fonts and cuts small ones out of them for
// embedding in a PDF (OpenType 1.9: glyf outlines, cmap format 12). A parsed
// font is read-only and safe for concurrent use. Equal glyphs of an equal font
// always give equal bytes.
package sfnt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sort"
	"sync/atomic"
)

// table reads big-endian numbers; outside of its bytes everything is 0, so
// that a broken font gives odd glyphs and never a panic.
type table []byte

func (t table) u8(i int) int {
	if i < 0 || i >= len(t) {
		return 0
	}
	return int(t[i])
}

func (t table) u16(i int) int { return t.u8(i)<<8 | t.u8(i+1) }
func (t table) i16(i int) int { return int(int16(t.u16(i))) }
func (t table) u32(i int) int { return t.u16(i)<<16 | t.u16(i+2) }

func (t table) cut(from, to int) table {
	if from < 0 || to > len(t) || from > to {
		return nil
	}
	return t[from:to:to]
}

// Font is a parsed TrueType font.
type Font struct {
	UnitsPerEm int
	Ascent     int // font units, above the baseline
	Descent    int // font units, negative below the baseline
	CapHeight  int
	Bounds     [4]int // xMin, yMin, xMax, yMax over all glyphs

	head, hhea, maxp, hmtx, loca, glyf table

	glyphs  int
	metrics int // glyphs with an advance of their own
	long    bool
	ranges  []runeRange
	plane   [1 << 16]uint16         // glyphs of the basic multilingual plane
	ready   []atomic.Pointer[Glyph] // by glyph: what was cut out before
}

// Glyph is an outline in the form of an embedded font.
type Glyph struct {
	Data     []byte // of the glyf table, a multiple of 4 bytes
	Checksum uint32 // of Data
}

// runeRange maps first..last to consecutive glyphs (cmap format 12).
type runeRange struct {
	first, last rune
	glyph       int
}

// Parse reads a TrueType font with quadratic outlines. It keeps and reads
// data, which must not change afterwards.
func Parse(data []byte) (*Font, error) {
	file := table(data)
	if file.u32(0) != 0x00010000 {
		return nil, errors.New("not a TrueType font with glyf outlines")
	}
	tables := map[string]table{}
	for i := range file.u16(4) {
		entry := 12 + 16*i
		offset := file.u32(entry + 8)
		tables[string(file.cut(entry, entry+4))] = file.cut(offset, offset+file.u32(entry+12))
	}
	for name, least := range map[string]int{"head": 54, "hhea": 36, "maxp": 6, "hmtx": 4, "loca": 2, "glyf": 0, "cmap": 4} {
		if t := tables[name]; t == nil || len(t) < least {
			return nil, fmt.Errorf("font table %q is missing or short", name)
		}
	}
	if tables["fvar"] != nil {
		return nil, errors.New("variable font: only static instances are drawn right")
	}
	f := &Font{head: tables["head"], hhea: tables["hhea"], maxp: tables["maxp"], hmtx: tables["hmtx"], loca: tables["loca"], glyf: tables["glyf"]}
	f.readMetrics(tables["OS/2"])
	return f, f.readRanges(tables["cmap"])
}

func (f *Font) readMetrics(os2 table) {
	f.UnitsPerEm = max(f.head.u16(18), 1)
	for i := range f.Bounds {
		f.Bounds[i] = f.head.i16(36 + 2*i)
	}
	f.Ascent, f.Descent = f.hhea.i16(4), f.hhea.i16(6)
	f.glyphs, f.metrics = f.maxp.u16(4), max(f.hhea.u16(34), 1)
	f.long = f.head.u16(50) != 0
	f.ready = make([]atomic.Pointer[Glyph], f.glyphs)
	f.CapHeight = f.UnitsPerEm * 7 / 10
	if h := os2.i16(88); len(os2) > 89 && h > 0 {
		f.CapHeight = h
	}
}

func (f *Font) readRanges(cmap table) error {
	for i := range cmap.u16(2) {
		sub := cmap.cut(min(cmap.u32(4+8*i+4), len(cmap)), len(cmap))
		if sub.u16(0) != 12 {
			continue
		}
		f.ranges = make([]runeRange, 0, min(sub.u32(12), len(sub)/12))
		for g := range cap(f.ranges) {
			at := 16 + 12*g
			f.ranges = append(f.ranges, runeRange{rune(sub.u32(at)), rune(sub.u32(at + 4)), sub.u32(at + 8)})
		}
		for _, r := range f.ranges {
			for c := max(r.first, 0); c <= min(r.last, 1<<16-1); c++ {
				f.plane[c] = f.find(c)
			}
		}
		return nil
	}
	return errors.New("font has no cmap of format 12")
}

// Glyph returns the glyph that draws r, or 0 where the font has none.
func (f *Font) Glyph(r rune) uint16 {
	if uint32(r) < 1<<16 {
		return f.plane[r]
	}
	return f.find(r)
}

func (f *Font) find(r rune) uint16 {
	i := sort.Search(len(f.ranges), func(i int) bool { return f.ranges[i].last >= r })
	if i == len(f.ranges) || r < f.ranges[i].first {
		return 0
	}
	if g := f.ranges[i].glyph + int(r-f.ranges[i].first); g < f.glyphs {
		return uint16(g)
	}
	return 0
}

// Runes calls yield with each character that the font draws, in order.
func (f *Font) Runes(yield func(rune) bool) {
	for _, g := range f.ranges {
		for r := g.first; r <= g.last; r++ {
			if f.Glyph(r) != 0 && !yield(r) {
				return
			}
		}
	}
}

// Advance is the width of a glyph in font units.
func (f *Font) Advance(glyph uint16) int { return f.hmtx.u16(4 * min(int(glyph), f.metrics-1)) }

func (f *Font) bearing(glyph uint16) int {
	if g := int(glyph); g >= f.metrics {
		return f.hmtx.u16(4*f.metrics + 2*(g-f.metrics))
	}
	return f.hmtx.u16(4*int(glyph) + 2)
}

// data is the glyph's record in the font, empty for a blank.
func (f *Font) data(glyph int) table {
	if glyph >= f.glyphs {
		return nil
	}
	if f.long {
		return f.glyf.cut(f.loca.u32(4*glyph), f.loca.u32(4*glyph+4))
	}
	return f.glyf.cut(2*f.loca.u16(2*glyph), 2*f.loca.u16(2*glyph+2))
}

var be = binary.BigEndian
