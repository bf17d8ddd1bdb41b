package sfnt

import "slices"

// Table is one table of a font file.
type Table struct {
	Tag  string
	Data []byte
}

// Cut returns a glyph cut out: without hints and with its components drawn
// out. It remembers it.
func (f *Font) Cut(glyph uint16) *Glyph {
	if int(glyph) >= len(f.ready) {
		return &Glyph{}
	}
	if g := f.ready[glyph].Load(); g != nil {
		return g
	}
	g := &Glyph{Data: appendGlyph(nil, f.contours(int(glyph), 0))}
	g.Checksum = checksum(g.Data)
	f.ready[glyph].Store(g)
	return g
}

// AppendSubset appends to o a TrueType font of the listed glyphs, in their
// order. Glyph 0 of a font is what stands for a missing character, so list it
// first. The font has the tables that a PDF asks of an embedded CIDFontType2
// (ISO 32000-1, 9.9) and no cmap.
func (f *Font) AppendSubset(o []byte, glyphs []uint16) []byte {
	total := 0
	for _, g := range glyphs {
		total += len(f.Cut(g).Data)
	}
	long := total > 2*0xFFFF
	lengths := [...]int{total, len(f.head), len(f.hhea), 4 * len(glyphs), 2 * (len(glyphs) + 1), len(f.maxp)}
	if long {
		lengths[4] *= 2
	}
	start := len(o)
	o = appendDirectory(o, lengths[:])
	glyfAt := len(o)
	sum := uint32(0)
	for _, g := range glyphs {
		cut := f.Cut(g)
		o, sum = append(o, cut.Data...), sum+cut.Checksum
	}
	putChecksum(o, start, 0, sum)
	headAt := len(o)
	o = append(o, f.head...)
	be.PutUint32(o[headAt+8:], 0)
	be.PutUint16(o[headAt+50:], 0)
	if long {
		be.PutUint16(o[headAt+50:], 1)
	}
	o = closeTable(o, start, 1, headAt)
	at := len(o)
	o = append(o, f.hhea...)
	be.PutUint16(o[at+34:], uint16(len(glyphs)))
	o = closeTable(o, start, 2, at)
	at = len(o)
	for _, g := range glyphs {
		o = be.AppendUint16(o, uint16(f.Advance(g)))
		o = be.AppendUint16(o, uint16(f.bearing(g)))
	}
	o = closeTable(o, start, 3, at)
	at = len(o)
	place := 0
	for i := 0; i <= len(glyphs); i++ {
		if long {
			o = be.AppendUint32(o, uint32(place))
		} else {
			o = be.AppendUint16(o, uint16(place/2))
		}
		if i < len(glyphs) {
			place += len(f.Cut(glyphs[i]).Data)
		}
	}
	o = closeTable(o, start, 4, at)
	at = len(o)
	o = appendSimplified(o, f.maxp, len(glyphs))
	o = closeTable(o, start, 5, at)
	// The file's checksum is the sum of its directory and of its tables.
	whole := checksum(o[start:glyfAt])
	for i := range subsetTags {
		whole += be.Uint32(o[start+headLength+entryLength*i+4:])
	}
	be.PutUint32(o[headAt+8:], 0xB1B0AFBA-whole)
	return o
}

// Subset is AppendSubset in new memory.
func (f *Font) Subset(glyphs []uint16) []byte { return f.AppendSubset(nil, glyphs) }

var subsetTags = [...]string{"glyf", "head", "hhea", "hmtx", "loca", "maxp"}

const (
	headLength  = 12
	entryLength = 16
)

// appendDirectory writes the head of a font file of the subset's tables,
// leaving out their checksums.
func appendDirectory(o []byte, lengths []int) []byte {
	o = be.AppendUint32(o, 0x00010000)
	for _, v := range [4]uint16{uint16(len(subsetTags)), 64, 2, 32} {
		o = be.AppendUint16(o, v)
	}
	at := headLength + entryLength*len(subsetTags)
	for i, tag := range subsetTags {
		o = be.AppendUint32(append(o, tag...), 0)
		o = be.AppendUint32(be.AppendUint32(o, uint32(at)), uint32(lengths[i]))
		at += (lengths[i] + 3) &^ 3
	}
	return o
}

func putChecksum(o []byte, start, i int, sum uint32) {
	be.PutUint32(o[start+headLength+entryLength*i+4:], sum)
}

// closeTable pads the table that begins at the place and notes its checksum.
func closeTable(o []byte, start, i, at int) []byte {
	for (len(o)-at)%4 != 0 {
		o = append(o, 0)
	}
	putChecksum(o, start, i, checksum(o[at:]))
	return o
}

// SubsetTables returns the tables of Subset, for a tool that joins fonts: glyf, head, hhea, hmtx, loca, maxp.
func (f *Font) SubsetTables(glyphs []uint16) []Table {
	var glyf, hmtx []byte
	starts := make([]int, 0, len(glyphs)+1)
	for _, g := range glyphs {
		starts = append(starts, len(glyf))
		glyf = append(glyf, f.Cut(g).Data...)
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
	return []Table{{"glyf", glyf}, {"head", head}, {"hhea", hhea}, {"hmtx", hmtx}, {"loca", loca}, {"maxp", appendSimplified(nil, f.maxp, len(glyphs))}}
}

// appendSimplified appends maxp without hints and components: their points
// count as the glyph's own.
func appendSimplified(o []byte, maxp table, glyphs int) []byte {
	at := len(o)
	o = append(o, maxp...)
	t := o[at:]
	be.PutUint16(t[4:], uint16(glyphs))
	if len(t) < 32 {
		return o
	}
	be.PutUint16(t[6:], uint16(max(maxp.u16(6), maxp.u16(10)))) // points
	be.PutUint16(t[8:], uint16(max(maxp.u16(8), maxp.u16(12)))) // contours
	clear(t[10:14])
	be.PutUint16(t[14:], 1) // zones
	clear(t[16:32])
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
