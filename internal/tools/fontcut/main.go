// Command fontcut makes the fallback font for rare characters: those that the
// main Chinese fonts lack, out of the Hanazono fonts, in one TrueType file
// without hints, vertical metrics and layout tables, compressed.
//
//	apt-get download fonts-hanazono && dpkg -x fonts-hanazono_*.deb hana
//	H=hana/usr/share/fonts/truetype/hanazono
//	go run ./internal/tools/fontcut assets/fonts/HanazonoRare.ttf.gz $H/HanaMinA.ttf $H/HanaMinB.ttf \
//	   -- assets/fonts/NotoSansSC_400Regular.ttf NotoSerifSC_500Medium.ttf
//
// where the last is assets/fonts/NotoSerifSC_500Medium.ttf.gz, unpacked.
// A character is taken from the first font that has it. The same fonts give the
// same file.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"unicode"

	"github.com/passmuster/passmuster/internal/pdf/sfnt"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "fontcut:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	cut := slices.Index(args, "--")
	if cut < 2 {
		return fmt.Errorf("want OUT.ttf.gz SOURCE.ttf… -- KNOWN.ttf…")
	}
	sources, err := load(args[1:cut])
	if err != nil {
		return err
	}
	known, err := load(args[cut+1:])
	if err != nil {
		return err
	}
	font, runes := merge(sources, known)
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return fmt.Errorf("make compressor: %w", err)
	}
	if _, err := w.Write(font); err != nil {
		return fmt.Errorf("compress font: %w", err)
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("compress font: %w", err)
	}
	fmt.Printf("%d characters, %d bytes, %d compressed\n", runes, len(font), out.Len())
	return os.WriteFile(args[0], out.Bytes(), 0o644)
}

func load(names []string) (fonts []*sfnt.Font, err error) {
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read font: %w", err)
		}
		f, err := sfnt.Parse(data)
		if err != nil {
			return nil, fmt.Errorf("parse font %s: %w", name, err)
		}
		fonts = append(fonts, f)
	}
	return fonts, nil
}

// merge collects the Han characters that not every known font has, and their
// glyphs, behind the missing-character glyph of the first source.
func merge(sources, known []*sfnt.Font) (font []byte, runes int) {
	taken := map[rune]int{} // character to its place in the new font
	place := 1
	var parts [][]uint16
	for i, f := range sources {
		var glyphs []uint16
		if i == 0 {
			glyphs = append(glyphs, 0)
		}
		for r := range f.Runes {
			_, have := taken[r]
			if have || !unicode.Is(unicode.Han, r) || place > 0xFFFF || everyHas(known, r) {
				continue
			}
			taken[r] = place
			place++
			glyphs = append(glyphs, f.Glyph(r))
		}
		parts = append(parts, glyphs)
	}
	tables := sources[0].SubsetTables(parts[0])
	for i, f := range sources[1:] {
		tables = appendGlyphs(tables, f.SubsetTables(parts[i+1]))
	}
	tables = append(tables, sfnt.Table{Tag: "cmap", Data: cmap(taken)})
	slices.SortFunc(tables, func(a, b sfnt.Table) int { return bytes.Compare([]byte(a.Tag), []byte(b.Tag)) })
	return sfnt.Assemble(tables), len(taken)
}

func everyHas(fonts []*sfnt.Font, r rune) bool {
	for _, f := range fonts {
		if f.Glyph(r) == 0 {
			return false
		}
	}
	return true
}

// appendGlyphs joins the glyphs of b to those of a; both fonts count the same
// units per em, and the result has long offsets.
func appendGlyphs(a, b []sfnt.Table) []sfnt.Table {
	find := func(t []sfnt.Table, tag string) *sfnt.Table {
		return &t[slices.IndexFunc(t, func(t sfnt.Table) bool { return t.Tag == tag })]
	}
	be := binary.BigEndian
	offsets := func(t []sfnt.Table) (out []uint32) {
		loca := find(t, "loca").Data
		if be.Uint16(find(t, "head").Data[50:]) == 0 {
			for i := 0; i < len(loca); i += 2 {
				out = append(out, 2*uint32(be.Uint16(loca[i:])))
			}
			return out
		}
		for i := 0; i < len(loca); i += 4 {
			out = append(out, be.Uint32(loca[i:]))
		}
		return out
	}
	base := uint32(len(find(a, "glyf").Data))
	starts := offsets(a)
	for _, s := range offsets(b)[1:] {
		starts = append(starts, base+s)
	}
	var loca []byte
	for _, s := range starts {
		loca = be.AppendUint32(loca, s)
	}
	find(a, "loca").Data = loca
	find(a, "glyf").Data = append(find(a, "glyf").Data, find(b, "glyf").Data...)
	find(a, "hmtx").Data = append(find(a, "hmtx").Data, find(b, "hmtx").Data...)
	n := uint16(len(starts) - 1)
	be.PutUint16(find(a, "head").Data[50:], 1)
	be.PutUint16(find(a, "hhea").Data[34:], n)
	be.PutUint16(find(a, "maxp").Data[4:], n)
	return a
}

// cmap writes one subtable of format 12 (platform 3, encoding 10).
func cmap(taken map[rune]int) []byte {
	var runes []rune
	for r := range taken {
		runes = append(runes, r)
	}
	slices.Sort(runes)
	be := binary.BigEndian
	var groups []byte
	n := 0
	for i := 0; i < len(runes); {
		first, j := runes[i], i
		for j < len(runes) && runes[j] == first+rune(j-i) && taken[runes[j]] == taken[first]+j-i {
			j++
		}
		groups = be.AppendUint32(groups, uint32(first))
		groups = be.AppendUint32(groups, uint32(runes[j-1]))
		groups = be.AppendUint32(groups, uint32(taken[first]))
		i = j
		n++
	}
	o := []byte{0, 0, 0, 1, 0, 3, 0, 10, 0, 0, 0, 12, 0, 12, 0, 0}
	o = be.AppendUint32(o, uint32(16+len(groups)))
	o = be.AppendUint32(o, 0)
	o = be.AppendUint32(o, uint32(n))
	return append(o, groups...)
}
