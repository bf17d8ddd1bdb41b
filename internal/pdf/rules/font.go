package rules

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"unicode/utf16"
)

// font is a composite font of two-byte codes, which is all that we write
// (ISO 32000-1, 9.7), and the program in it.
type font struct {
	number     int
	dict       dict
	descendant dict
	descriptor dict
	composite  bool
	program    *program
	fileErr    error
	toUnicode  map[int][]rune
	spaces     [][2]int // code space ranges
	mapErr     error
	widths     map[int]float64
	dw         float64
	gids       []byte // CIDToGIDMap stream; nil: identity
}

// fonts reads every font of the file.
func (f *file) fonts() map[int]*font {
	out := map[int]*font{}
	for _, i := range f.order {
		d, _ := f.objects[i].value.(dict)
		if f.name(d["Type"]) != "Font" || f.name(d["Subtype"]) == "CIDFontType2" || f.name(d["Subtype"]) == "CIDFontType0" {
			continue
		}
		out[i] = f.font(i, d)
	}
	return out
}

func (f *file) font(number int, d dict) *font {
	t := &font{number: number, dict: d, dw: 1000, widths: map[int]float64{}}
	t.descriptor = f.dict(d["FontDescriptor"])
	if f.name(d["Subtype"]) == "Type0" {
		if list := f.array(d["DescendantFonts"]); len(list) == 1 {
			t.descendant = f.dict(list[0])
			t.descriptor = f.dict(t.descendant["FontDescriptor"])
		}
		t.composite = f.name(d["Encoding"]) == "Identity-H" && f.name(t.descendant["Subtype"]) == "CIDFontType2"
	}
	if o := f.stream(d["ToUnicode"]); o != nil && o.err == nil {
		t.toUnicode, t.spaces, t.mapErr = readToUnicode(o.decoded)
	}
	if o := f.stream(t.descriptor["FontFile2"]); o != nil {
		if t.fileErr = o.err; o.err == nil {
			t.program, t.fileErr = readProgram(o.decoded)
		}
	}
	if o := f.stream(t.descendant["CIDToGIDMap"]); o != nil && o.err == nil {
		t.gids = append([]byte{}, o.decoded...)
	}
	f.readWidths(t)
	return t
}

// readWidths reads DW and W (ISO 32000-1, 9.7.4.3).
func (f *file) readWidths(t *font) {
	if v, ok := f.number(t.descendant["DW"]); ok {
		t.dw = v
	}
	list := f.array(t.descendant["W"])
	for i := 0; i+1 < len(list); {
		first := f.int(list[i])
		if some := f.array(list[i+1]); some != nil {
			for k, v := range some {
				t.widths[first+k], _ = f.number(v)
			}
			i += 2
			continue
		}
		if i+2 >= len(list) {
			return
		}
		w, _ := f.number(list[i+2])
		for c := first; c <= min(f.int(list[i+1]), 0xFFFF); c++ {
			t.widths[c] = w
		}
		i += 3
	}
}

// codes splits what an operator shows into character codes.
func (t *font) codes(raw []byte) (out []int) {
	if !t.composite {
		for _, c := range raw {
			out = append(out, int(c))
		}
		return out
	}
	for i := 0; i+1 < len(raw); i += 2 {
		out = append(out, int(raw[i])<<8|int(raw[i+1]))
	}
	if len(raw)%2 != 0 {
		out = append(out, -1)
	}
	return out
}

// glyph is the glyph of a code, which Identity-H makes the CID.
func (t *font) glyph(code int) int {
	if t.gids == nil {
		return code
	}
	if code < 0 || 2*code+1 >= len(t.gids) {
		return 0
	}
	return int(t.gids[2*code])<<8 | int(t.gids[2*code+1])
}

func (t *font) width(code int) float64 {
	if w, ok := t.widths[code]; ok {
		return w
	}
	return t.dw
}

// unicode is the text that a code stands for.
func (t *font) unicode(code int) string { return string(t.toUnicode[code]) }

// program is an embedded TrueType font (OpenType 1.9): only what the rules ask.
type program struct {
	tables  map[string][]byte
	upem    int
	glyphs  int
	metrics int
	long    bool
}

func readProgram(b []byte) (*program, error) {
	be := binary.BigEndian
	if len(b) < 12 || be.Uint32(b) != 0x00010000 && be.Uint32(b) != 0x74727565 {
		return nil, fmt.Errorf("the font program is not TrueType")
	}
	p := &program{tables: map[string][]byte{}}
	for i := range int(be.Uint16(b[4:])) {
		at := 12 + 16*i
		if at+16 > len(b) {
			return nil, fmt.Errorf("the font's table of tables ends too early")
		}
		from, length := uint64(be.Uint32(b[at+8:])), uint64(be.Uint32(b[at+12:]))
		if from+length > uint64(len(b)) {
			return nil, fmt.Errorf("the font's table %q ends too early", b[at:at+4])
		}
		p.tables[string(b[at:at+4])] = b[from : from+length]
	}
	for tag, least := range map[string]int{"head": 54, "hhea": 36, "maxp": 6, "hmtx": 4, "loca": 2, "glyf": 0} {
		if t, ok := p.tables[tag]; !ok || len(t) < least {
			return nil, fmt.Errorf("the font's table %q is missing or short", tag)
		}
	}
	p.upem = int(be.Uint16(p.tables["head"][18:]))
	p.long = be.Uint16(p.tables["head"][50:]) != 0
	p.metrics = int(be.Uint16(p.tables["hhea"][34:]))
	p.glyphs = int(be.Uint16(p.tables["maxp"][4:]))
	size := 2
	if p.long {
		size = 4
	}
	if p.upem == 0 || p.metrics == 0 || p.metrics > p.glyphs || len(p.tables["loca"]) < size*(p.glyphs+1) ||
		len(p.tables["hmtx"]) < 4*p.metrics+2*(p.glyphs-p.metrics) {
		return nil, fmt.Errorf("the font's tables do not fit together")
	}
	return p, nil
}

// advance is a glyph's width in thousandths of an em.
func (p *program) advance(glyph int) float64 {
	at := 4 * min(glyph, p.metrics-1)
	return float64(binary.BigEndian.Uint16(p.tables["hmtx"][at:])) * 1000 / float64(p.upem)
}

// outline is a glyph's record, empty for a blank; ok is false where it lies
// outside of the font.
func (p *program) outline(glyph int) (record []byte, ok bool) {
	if glyph < 0 || glyph >= p.glyphs {
		return nil, false
	}
	loca, glyf := p.tables["loca"], p.tables["glyf"]
	var from, to int
	if p.long {
		from, to = int(binary.BigEndian.Uint32(loca[4*glyph:])), int(binary.BigEndian.Uint32(loca[4*glyph+4:]))
	} else {
		from, to = 2*int(binary.BigEndian.Uint16(loca[2*glyph:])), 2*int(binary.BigEndian.Uint16(loca[2*glyph+2:]))
	}
	if from > to || to > len(glyf) {
		return nil, false
	}
	return glyf[from:to], true
}

// isNotdef reports whether a glyph draws the box of a missing character.
func (p *program) isNotdef(glyph int) bool {
	a, _ := p.outline(0)
	b, _ := p.outline(glyph)
	return glyph == 0 || len(a) > 0 && bytes.Equal(a, b)
}

// readToUnicode reads a CMap that leads from codes to text (ISO 32000-1, 9.10.3).
func readToUnicode(b []byte) (codes map[int][]rune, spaces [][2]int, err error) {
	codes = map[int][]rune{}
	l := &lexer{b: b}
	var operands []any
	for {
		v, err := l.value(0)
		if err == errEnd {
			return codes, spaces, nil
		}
		if err != nil {
			return codes, spaces, fmt.Errorf("the map to Unicode cannot be read: %w", err)
		}
		switch v {
		case word("begincodespacerange"), word("beginbfchar"), word("beginbfrange"):
			operands = nil
		case word("endcodespacerange"):
			for i := 0; i+1 < len(operands); i += 2 {
				spaces = append(spaces, [2]int{codeOf(operands[i]), codeOf(operands[i+1])})
			}
		case word("endbfchar"):
			if len(operands) > 200 {
				return codes, spaces, fmt.Errorf("beginbfchar has more than 100 entries")
			}
			for i := 0; i+1 < len(operands); i += 2 {
				codes[codeOf(operands[i])] = utf16Runes(operands[i+1])
			}
		case word("endbfrange"):
			for i := 0; i+2 < len(operands); i += 3 {
				spread(codes, operands[i:i+3])
			}
		default:
			operands = append(operands, v)
		}
	}
}

// spread enters a range of codes, which may not cross a multiple of 256.
func spread(codes map[int][]rune, operands []any) {
	from, to := codeOf(operands[0]), min(codeOf(operands[1]), 0xFFFF)
	if from>>8 != to>>8 {
		return // not allowed: the codes stay without a text, and are found
	}
	if list, ok := operands[2].([]any); ok {
		for i := 0; i < len(list) && from+i <= to; i++ {
			codes[from+i] = utf16Runes(list[i])
		}
		return
	}
	start := utf16Runes(operands[2])
	for c := from; c <= to && len(start) > 0; c++ {
		codes[c] = append([]rune{}, start...)
		codes[c][len(start)-1] += rune(c - from)
	}
}

func codeOf(v any) int {
	t, _ := v.(text)
	n := 0
	for _, c := range t.bytes {
		n = n<<8 | int(c)
	}
	return n
}

// utf16Runes decodes big-endian UTF-16; a lone surrogate becomes U+FFFD.
func utf16Runes(v any) []rune {
	t, _ := v.(text)
	var units []uint16
	for i := 0; i+1 < len(t.bytes); i += 2 {
		units = append(units, binary.BigEndian.Uint16(t.bytes[i:]))
	}
	return utf16.Decode(units)
}

// textString decodes a text string (ISO 32000-1, 7.9.2.2): UTF-16 with a mark,
// else PDFDocEncoding, of which our files use the ASCII part.
func textString(b []byte) string {
	if len(b) >= 2 && b[0] == 0xFE && b[1] == 0xFF {
		return string(utf16Runes(text{bytes: b[2:]}))
	}
	out := make([]rune, len(b))
	for i, c := range b {
		out[i] = rune(c)
	}
	return string(out)
}
