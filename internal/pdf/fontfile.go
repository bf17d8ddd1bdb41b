package pdf

import (
	"strconv"

	"github.com/passmuster/passmuster/internal/pdf/sfnt"
)

// cut is a subset of a font under construction: one glyph for each character,
// even where two characters look the same, so that each is copied out as it
// was written. Its numbers (CIDs) count from 1.
type cut struct {
	face  *sfnt.Font
	runes []rune
	place map[rune]int
}

func newCut(face *sfnt.Font, runes ...rune) *cut {
	c := &cut{face: face, place: map[rune]int{}}
	for _, r := range runes {
		c.add(r)
	}
	return c
}

// add returns the CID of r.
func (c *cut) add(r rune) int {
	if n := c.place[r]; n > 0 {
		return n
	}
	c.runes = append(c.runes, r)
	c.place[r] = len(c.runes)
	return len(c.runes)
}

func (c *cut) glyphs() []uint16 {
	out := make([]uint16, 1, len(c.runes)+1)
	for _, r := range c.runes {
		out = append(out, c.face.Glyph(r))
	}
	return out
}

// fontObjects is how many objects a font takes: the font, its descendant, its
// descriptor, the font file and the map to Unicode, in this order.
const fontObjects = 5

// appendFont writes the objects of an embedded subset, from number first on
// (ISO 32000-1, 9.7). begin is called with each object's number before it is
// written; stream writes a stream with its dictionary's other entries.
func (c *cut) appendFont(o []byte, name string, first int, begin func(o []byte, number int) []byte, stream func(o []byte, entries string, data []byte) []byte) []byte {
	ref := func(o []byte, n int) []byte { return append(strconv.AppendInt(o, int64(n), 10), " 0 R"...) }
	o = begin(o, first)
	o = append(o, "<</Type/Font/Subtype/Type0/BaseFont/"...)
	o = append(o, name...)
	o = ref(append(o, "/Encoding/Identity-H/DescendantFonts["...), first+1)
	o = ref(append(o, "]/ToUnicode "...), first+4)
	o = append(o, ">>\nendobj\n"...)

	o = begin(o, first+1)
	o = append(o, "<</Type/Font/Subtype/CIDFontType2/BaseFont/"...)
	o = append(o, name...)
	o = ref(append(o, "/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor "...), first+2)
	o = append(o, "/DW 1000/CIDToGIDMap/Identity/W[0["...)
	glyphs := c.glyphs()
	for i, g := range glyphs {
		if i > 0 {
			o = append(o, ' ')
		}
		o = strconv.AppendInt(o, int64(advance(c.face, g)), 10)
	}
	o = append(o, "]]>>\nendobj\n"...)

	o = begin(o, first+2)
	o = c.appendDescriptor(o, name)
	o = ref(append(o, "/FontFile2 "...), first+3)
	o = append(o, ">>\nendobj\n"...)

	file := c.face.Subset(glyphs)
	o = begin(o, first+3)
	o = stream(o, "/Length1 "+strconv.Itoa(len(file)), file)
	o = begin(o, first+4)
	return stream(o, "", c.appendToUnicode(nil))
}

func (c *cut) appendDescriptor(o []byte, name string) []byte {
	o = append(o, "<</Type/FontDescriptor/FontName/"...)
	o = append(o, name...)
	o = append(o, "/Flags 4/FontBBox["...)
	for i, v := range c.face.Bounds {
		if i > 0 {
			o = append(o, ' ')
		}
		o = strconv.AppendInt(o, int64(scaled(c.face, v)), 10)
	}
	o = append(o, "]/ItalicAngle 0/Ascent "...)
	o = strconv.AppendInt(o, int64(scaled(c.face, c.face.Ascent)), 10)
	o = append(o, "/Descent "...)
	o = strconv.AppendInt(o, int64(scaled(c.face, c.face.Descent)), 10)
	o = append(o, "/CapHeight "...)
	o = strconv.AppendInt(o, int64(scaled(c.face, c.face.CapHeight)), 10)
	return append(o, "/StemV 80"...)
}

// appendToUnicode writes the CMap by which texts are copied and searched. Each
// character stands alone, because a range may not cross a multiple of 256.
func (c *cut) appendToUnicode(o []byte) []byte {
	o = append(o, "/CIDInit/ProcSet findresource begin 12 dict begin begincmap/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def/CMapName/Adobe-Identity-UCS def/CMapType 2 def\n1 begincodespacerange\n<0000><FFFF>\nendcodespacerange\n"...)
	const most = 100 // entries of one operator
	for from := 0; from < len(c.runes); from += most {
		part := c.runes[from:min(from+most, len(c.runes))]
		o = strconv.AppendInt(o, int64(len(part)), 10)
		o = append(o, " beginbfchar\n"...)
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
