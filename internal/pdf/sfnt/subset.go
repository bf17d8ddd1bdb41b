package sfnt

import "slices"

// Table is one table of a font file.
type Table struct {
	Tag  string
	Data []byte
}

// Subset makes a TrueType font of the listed glyphs, in their order, without
// hints and with components drawn out. Glyph 0 of a font is what stands for a
// missing character, so list it first. The font has the tables that a PDF asks
// of an embedded CIDFontType2 (ISO 32000-1, 9.9) and no cmap.
func (f *Font) Subset(glyphs []uint16) []byte {
	return Assemble(f.SubsetTables(glyphs))
}

// SubsetTables returns the tables of Subset: glyf, head, hhea, hmtx, loca, maxp.
func (f *Font) SubsetTables(glyphs []uint16) []Table {
	var glyf, hmtx []byte
	starts := make([]int, 0, len(glyphs)+1)
	for _, g := range glyphs {
		starts = append(starts, len(glyf))
		glyf = appendGlyph(glyf, f.contours(int(g), 0))
		hmtx = be.AppendUint16(hmtx, uint16(f.Advance(g)))
		hmtx = be.AppendUint16(hmtx, uint16(f.bearing(g)))
	}
	starts = append(starts, len(glyf))
	head, hhea := slices.Clone(f.head), slices.Clone(f.hhea)
	be.PutUint32(head[8:], 0) // Assemble fills it in
	long := len(glyf) > 2*0xFFFF
	be.PutUint16(head[50:], 0)
	var loca []byte
	for _, s := range starts {
		if long {
			loca = be.AppendUint32(loca, uint32(s))
		} else {
			loca = be.AppendUint16(loca, uint16(s/2))
		}
	}
	if long {
		be.PutUint16(head[50:], 1)
	}
	be.PutUint16(hhea[34:], uint16(len(glyphs)))
	return []Table{{"glyf", glyf}, {"head", head}, {"hhea", hhea}, {"hmtx", hmtx}, {"loca", loca}, {"maxp", simplified(f.maxp, len(glyphs))}}
}

// simplified is maxp without hints and components: their points count as the
// glyph's own.
func simplified(maxp table, glyphs int) []byte {
	o := slices.Clone(maxp)
	be.PutUint16(o[4:], uint16(glyphs))
	if len(o) < 32 {
		return o
	}
	be.PutUint16(o[6:], uint16(max(maxp.u16(6), maxp.u16(10)))) // points
	be.PutUint16(o[8:], uint16(max(maxp.u16(8), maxp.u16(12)))) // contours
	clear(o[10:14])
	be.PutUint16(o[14:], 1) // zones
	clear(o[16:32])
	return o
}

// Assemble puts tables, sorted by tag, into a font file with its checksums.
func Assemble(tables []Table) []byte {
	n := len(tables)
	power, log := 1, 0
	for 2*power <= n {
		power, log = 2*power, log+1
	}
	o := be.AppendUint32(nil, 0x00010000)
	for _, v := range []int{n, 16 * power, log, 16 * (n - power)} {
		o = be.AppendUint16(o, uint16(v))
	}
	at := 12 + 16*n
	for _, t := range tables {
		o = append(o, t.Tag...)
		o = be.AppendUint32(o, checksum(t.Data))
		o = be.AppendUint32(o, uint32(at))
		o = be.AppendUint32(o, uint32(len(t.Data)))
		at += (len(t.Data) + 3) &^ 3
	}
	head := -1
	for _, t := range tables {
		if t.Tag == "head" {
			head = len(o)
		}
		o = append(o, t.Data...)
		for len(o)%4 != 0 {
			o = append(o, 0)
		}
	}
	if head >= 0 {
		be.PutUint32(o[head+8:], 0xB1B0AFBA-checksum(o))
	}
	return o
}

func checksum(b []byte) (sum uint32) {
	for ; len(b) >= 4; b = b[4:] {
		sum += be.Uint32(b)
	}
	var rest [4]byte
	copy(rest[:], b)
	return sum + be.Uint32(rest[:])
}
