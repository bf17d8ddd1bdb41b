package pdf

import (
	"github.com/passmuster/passmuster/internal/pdf/sfnt"
)

// cut is a subset of a font under construction: one glyph for each character,
// even where two characters look the same, so that each is copied out as it
// was written. Its numbers (CIDs) count from 1.
type cut struct {
	face   *sfnt.Font
	runes  []rune
	glyphs []uint16     // the one for missing characters, then one for each rune
	place  map[rune]int // once there are many
}

// many is when looking through a subset takes longer than a map does.
const many = 48

func newCut(face *sfnt.Font) *cut { return &cut{face: face, glyphs: []uint16{0}} }

// empty makes room for another subset of the same font.
func (c *cut) empty() {
	c.runes, c.glyphs, c.place = c.runes[:0], append(c.glyphs[:0], 0), nil
}

// add returns the CID of r, which the glyph draws.
func (c *cut) add(r rune, glyph uint16) uint16 {
	if c.place == nil {
		for i, have := range c.runes {
			if have == r {
				return uint16(i + 1)
			}
		}
	} else if n := c.place[r]; n > 0 {
		return uint16(n)
	}
	c.runes, c.glyphs = append(c.runes, r), append(c.glyphs, glyph)
	switch {
	case c.place != nil:
		c.place[r] = len(c.runes)
	case len(c.runes) > many:
		c.place = make(map[rune]int, 4*many)
		for i, have := range c.runes {
			c.place[have] = i + 1
		}
	}
	return uint16(len(c.runes))
}

// fontObjects is how many objects a font takes: the font, its descendant, its
// descriptor, the font file and the map to Unicode, in this order.
const fontObjects = 5

// fontSink takes the objects of a font: each is begun by its number, and
// streams come with their dictionaries' other entries.
type fontSink interface {
	beginObject(o []byte, number int) []byte
	putStream(o []byte, entries string, length1 int, data []byte) []byte
}

// appendFont writes the objects of an embedded subset, from number first on
// (ISO 32000-1, 9.7). small is memory to work in; it is returned.
func (c *cut) appendFont(o, small []byte, name string, first int, sink fontSink) (out, again []byte) {
	ref := func(o []byte, n int) []byte { return append(appendInt(o, n), " 0 R"...) }
	o = sink.beginObject(o, first)
	o = append(o, "<</Type/Font/Subtype/Type0/BaseFont/"...)
	o = append(o, name...)
	o = ref(append(o, "/Encoding/Identity-H/DescendantFonts["...), first+1)
	o = ref(append(o, "]/ToUnicode "...), first+4)
	o = append(o, ">>\nendobj\n"...)

	o = sink.beginObject(o, first+1)
	o = append(o, "<</Type/Font/Subtype/CIDFontType2/BaseFont/"...)
	o = append(o, name...)
	o = ref(append(o, "/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor "...), first+2)
	o = append(o, "/DW 1000/CIDToGIDMap/Identity/W[0["...)
	for i, g := range c.glyphs {
		if i > 0 {
			o = append(o, ' ')
		}
		o = appendInt(o, advance(c.face, g))
	}
	o = append(o, "]]>>\nendobj\n"...)

	o = sink.beginObject(o, first+2)
	o = c.appendDescriptor(o, name)
	o = ref(append(o, "/FontFile2 "...), first+3)
	o = append(o, ">>\nendobj\n"...)

	small = c.face.AppendSubset(small[:0], c.glyphs)
	o = sink.putStream(sink.beginObject(o, first+3), "", len(small), small)
	small = c.appendToUnicode(small[:0])
	return sink.putStream(sink.beginObject(o, first+4), "", 0, small), small
}

func (c *cut) appendDescriptor(o []byte, name string) []byte {
	o = append(o, "<</Type/FontDescriptor/FontName/"...)
	o = append(o, name...)
	o = append(o, "/Flags 4/FontBBox["...)
	for i, v := range c.face.Bounds {
		if i > 0 {
			o = append(o, ' ')
		}
		o = appendInt(o, scaled(c.face, v))
	}
	o = appendInt(append(o, "]/ItalicAngle 0/Ascent "...), scaled(c.face, c.face.Ascent))
	o = appendInt(append(o, "/Descent "...), scaled(c.face, c.face.Descent))
	o = appendInt(append(o, "/CapHeight "...), scaled(c.face, c.face.CapHeight))
	return append(o, "/StemV 80"...)
}

// appendToUnicode writes the CMap by which texts are copied and searched. Each
// character stands alone, because a range may not cross a multiple of 256.
func (c *cut) appendToUnicode(o []byte) []byte {
	o = append(o, "/CIDInit/ProcSet findresource begin 12 dict begin begincmap/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def/CMapName/Adobe-Identity-UCS def/CMapType 2 def\n1 begincodespacerange\n<0000><FFFF>\nendcodespacerange\n"...)
	const most = 100 // entries of one operator
	for from := 0; from < len(c.runes); from += most {
		part := c.runes[from:min(from+most, len(c.runes))]
		o = append(appendInt(o, len(part)), " beginbfchar\n"...)
		for i, r := range part {
			o = appendHex16(append(o, '<'), uint16(from+i+1))
			o = appendUTF16(append(o, "><"...), r)
			o = append(o, ">\n"...)
		}
		o = append(o, "endbfchar\n"...)
	}
	return append(o, "endcmap CMapName currentdict/CMap defineresource pop end end\n"...)
}

// subsetTag is the six letters before a subset's name: kind and number.
func subsetTag(kind string, i int) string { return "PASS" + kind + string(rune('A'+i)) + "+" }
