package bench

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// op is one thing to draw: a path to paint, or a run of text in one font.
// Lengths are points from the page's lower left corner.
type op struct {
	Path []segment `json:"path,omitempty"`

	Text   string     `json:"text,omitempty"`
	Font   int        `json:"font"`
	Size   float64    `json:"size,omitempty"`
	Matrix [6]float64 `json:"matrix"` // of the text's origin
	Track  float64    `json:"track,omitempty"`
	Width  float64    `json:"width,omitempty"` // that it takes

	Fill    *[3]int `json:"fill,omitempty"`
	Stroke  *[3]int `json:"stroke,omitempty"`
	Line    float64 `json:"line,omitempty"` // its width
	Round   bool    `json:"round,omitempty"`
	EvenOdd bool    `json:"even_odd,omitempty"`

	name string // of the font, before it has a number
}

// segment is m, l, c, h or re with its operands.
type segment struct {
	Op string    `json:"op"`
	P  []float64 `json:"p,omitempty"`
}

// place is where the modules of the QR code go.
type place struct{ X, Y, Side float64 }

// page is what one of our own files draws, read back from it, so that a peer
// draws that and nothing less.
type page struct {
	art, ops []op // the constant part, and this file's own
	code     place
	xmp      string
}

// face is a font of the page.
type face struct {
	name   string
	runes  map[int]string
	widths map[int]float64 // thousandths of the size
}

// document reads the objects of one of our own files; it is no reader of PDF.
type document struct {
	file    []byte
	offsets []int
}

var (
	startRE    = regexp.MustCompile(`startxref\s+(\d+)\s+%%EOF\s*$`)
	pageRE     = regexp.MustCompile(`/Type/Page/.*?/Contents\[(\d+) 0 R (\d+) 0 R (\d+) 0 R\].*?/Resources (\d+) 0 R`)
	metadataRE = regexp.MustCompile(`/Type/Catalog.*?/Metadata (\d+) 0 R`)
	fontsRE    = regexp.MustCompile(`/Font<<(.*?)>>`)
	fontRE     = regexp.MustCompile(`/(\w+) (\d+) 0 R`)
	nameRE     = regexp.MustCompile(`/BaseFont/(?:\w{6}\+)?([\w-]+)`)
	mapRE      = regexp.MustCompile(`/ToUnicode (\d+) 0 R`)
	descentRE  = regexp.MustCompile(`/DescendantFonts\[(\d+) 0 R\]`)
	widthsRE   = regexp.MustCompile(`/W\[(\d+)\[([^\]]*)\]\]`)
	charRE     = regexp.MustCompile(`<([0-9A-Fa-f]{4})>\s*<([0-9A-Fa-f]+)>`)
	lengthRE   = regexp.MustCompile(`/Length (\d+)`)
)

// readPage reads what a file of ours draws.
func readPage(file []byte) (*page, error) {
	d := &document{file: file}
	if err := d.index(); err != nil {
		return nil, err
	}
	p := &page{}
	var found, catalog []string
	for n := range d.offsets {
		head := string(d.head(n))
		if m := pageRE.FindStringSubmatch(head); m != nil {
			found = m
		}
		if m := metadataRE.FindStringSubmatch(head); m != nil {
			catalog = m
		}
	}
	if found == nil || catalog == nil {
		return nil, errors.New("read own page: it is not built as expected")
	}
	faces, err := d.faces(found[4])
	if err != nil {
		return nil, err
	}
	xmp, err := d.stream(catalog[1])
	if err != nil {
		return nil, err
	}
	p.xmp = string(xmp)
	for i, list := range []*[]op{&p.art, &p.ops, &p.ops} { // art, what a class shares, a person's own
		content, err := d.stream(found[1+i])
		if err != nil {
			return nil, err
		}
		in := &interpreter{faces: faces}
		if err := in.run(content); err != nil {
			return nil, fmt.Errorf("read own page: %w", err)
		}
		*list = append(*list, in.ops...)
		if in.code.Side > 0 {
			p.code = in.code
		}
	}
	if p.code.Side == 0 || len(p.art) == 0 {
		return nil, errors.New("read own page: code or art is missing")
	}
	return p, nil
}

// index reads the cross-reference stream (ISO 32000-2, 7.5.8).
func (d *document) index() error {
	m := startRE.FindSubmatch(d.file)
	if m == nil {
		return errors.New("read own page: no cross-reference stream")
	}
	at, _ := strconv.Atoi(string(m[1]))
	d.offsets = []int{0, at} // where stream finds it, for now
	entries, err := d.stream("1")
	if err != nil {
		return err
	}
	const size = 5
	d.offsets = d.offsets[:0]
	for ; len(entries) >= size; entries = entries[size:] {
		d.offsets = append(d.offsets, int(binary.BigEndian.Uint32(entries[1:])))
	}
	return nil
}

// head is an object up to its stream or its end.
func (d *document) head(n int) []byte {
	if n <= 0 || n >= len(d.offsets) || d.offsets[n] >= len(d.file) {
		return nil
	}
	o := d.file[d.offsets[n]:]
	end := len(o)
	for _, mark := range []string{"endobj", "stream"} {
		if i := bytes.Index(o[:end], []byte(mark)); i >= 0 {
			end = i
		}
	}
	return o[:end]
}

func (d *document) stream(number string) ([]byte, error) {
	n, err := strconv.Atoi(number)
	if err != nil {
		return nil, fmt.Errorf("read own page: object %q", number)
	}
	head := d.head(n)
	m := lengthRE.FindSubmatch(head)
	if m == nil {
		return nil, fmt.Errorf("read own page: object %d has no stream", n)
	}
	length, _ := strconv.Atoi(string(m[1]))
	from := d.offsets[n] + len(head) + len("stream\n")
	if from+length > len(d.file) {
		return nil, fmt.Errorf("read own page: object %d is cut off", n)
	}
	data := d.file[from : from+length]
	if !bytes.Contains(head, []byte("/FlateDecode")) {
		return data, nil
	}
	z, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("read own page: object %d: %w", n, err)
	}
	out, err := io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("read own page: object %d: %w", n, err)
	}
	return out, nil
}

// faces reads the fonts of the page's resources.
func (d *document) faces(resources string) (map[string]*face, error) {
	n, _ := strconv.Atoi(resources)
	list := fontsRE.FindSubmatch(d.head(n))
	if list == nil {
		return nil, errors.New("read own page: no fonts")
	}
	out := map[string]*face{}
	for _, m := range fontRE.FindAllStringSubmatch(string(list[1]), -1) {
		number, _ := strconv.Atoi(m[2])
		head := d.head(number)
		name, toUnicode, descendant := nameRE.FindSubmatch(head), mapRE.FindSubmatch(head), descentRE.FindSubmatch(head)
		if name == nil || toUnicode == nil || descendant == nil {
			return nil, fmt.Errorf("read own page: font %s is not as expected", m[1])
		}
		f := &face{name: string(name[1]), runes: map[int]string{}, widths: map[int]float64{}}
		cmap, err := d.stream(string(toUnicode[1]))
		if err != nil {
			return nil, err
		}
		for _, c := range charRE.FindAllSubmatch(cmap, -1) {
			id, _ := strconv.ParseInt(string(c[1]), 16, 32)
			f.runes[int(id)] = utf16BE(string(c[2]))
		}
		number, _ = strconv.Atoi(string(descendant[1]))
		if widths := widthsRE.FindSubmatch(d.head(number)); widths != nil {
			first, _ := strconv.Atoi(string(widths[1]))
			for i, w := range strings.Fields(string(widths[2])) {
				f.widths[first+i], _ = strconv.ParseFloat(w, 64)
			}
		}
		out[m[1]] = f
	}
	return out, nil
}
