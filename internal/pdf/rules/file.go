package rules

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
)

// Bounds of what is read: a broken file gives findings, and never exhausts us.
const (
	maxObjects = 1 << 17
	maxStream  = 64 << 20
)

// object is one of the file's (ISO 32000-1, 7.3.10).
type object struct {
	number   int
	from, to int // place in the file, from its number to the end of "endobj"
	value    any
	raw      []byte // of a stream, as stored
	isStream bool
	decoded  []byte
	err      error // of decoding
}

// file is a PDF taken apart. What only its bytes show, and no value tells any
// more, is noted while it is read.
type file struct {
	data    []byte
	objects map[int]*object
	order   []int   // numbers of the objects, ascending
	trailer dict    // of the cross-reference stream
	table   *object // the cross-reference stream
	entries int     // in it
	odd     int     // bytes behind the last of them
	oddHex  []Finding
	oddForm []Finding // obj and endobj
	oddBody []Finding // streams
	oddDict []Finding
}

// read takes a file with one cross-reference stream apart.
func read(data []byte) (*file, error) {
	f := &file{data: data, objects: map[int]*object{}}
	last := bytes.LastIndex(data, []byte("startxref"))
	if last < 0 {
		return nil, errors.New("startxref is missing")
	}
	l := &lexer{b: data, at: last + len("startxref"), refs: true}
	at, err := l.value(0)
	n, ok := at.(int64)
	if err != nil || !ok || n < 0 || n >= int64(last) {
		return nil, errors.New("startxref does not lead to a table")
	}
	places, err := f.readTable(int(n))
	if err != nil {
		return nil, err
	}
	for i, place := range places {
		if place < 0 {
			continue
		}
		o := f.table
		if i != o.number || place != o.from {
			if o, err = f.readObject(i, place); err != nil {
				return nil, fmt.Errorf("object %d: %w", i, err)
			}
		}
		f.objects[i] = o
		f.order = append(f.order, i)
	}
	for _, i := range f.order {
		if f.objects[i] != f.table {
			f.readStream(f.objects[i])
		}
	}
	return f, nil
}

// readTable reads the cross-reference stream (ISO 32000-1, 7.5.8), whose
// dictionary is the trailer; an object that is not there is at -1.
func (f *file) readTable(at int) ([]int, error) {
	l := &lexer{b: f.data, at: at, refs: true}
	v, _ := l.value(0)
	number, ok := v.(int64)
	if !ok || number < 0 || number > maxObjects {
		return nil, errors.New("startxref does not lead to an object")
	}
	var err error
	if f.table, err = f.readObject(int(number), at); err != nil {
		return nil, fmt.Errorf("cross-reference stream: %w", err)
	}
	f.readStream(f.table)
	f.trailer, _ = f.table.value.(dict)
	switch {
	case !f.table.isStream || f.trailer["Type"] != name("XRef"):
		return nil, errors.New("startxref does not lead to a cross-reference stream")
	case f.table.err != nil:
		return nil, fmt.Errorf("cross-reference stream: %w", f.table.err)
	case f.trailer["Prev"] != nil:
		return nil, errors.New("the file has more than one revision")
	case f.trailer["Index"] != nil:
		return nil, errors.New("the cross-reference stream is not one section that counts from 0")
	}
	return f.readEntries()
}

// readEntries reads lines of a type, a place and a generation, in big-endian
// numbers as wide as W says.
func (f *file) readEntries() (places []int, err error) {
	list := f.array(f.trailer["W"])
	var widths [3]int
	for i := range widths {
		widths[i] = -1
		if len(list) == len(widths) {
			widths[i] = f.int(list[i])
		}
		if widths[i] < 0 || widths[i] > 7 {
			return nil, errors.New("the cross-reference stream has no widths")
		}
	}
	size := widths[0] + widths[1] + widths[2]
	rest := f.table.decoded
	if size == 0 || len(rest) > maxObjects*size {
		return nil, errors.New("the cross-reference stream has more entries than are read here")
	}
	for ; len(rest) >= size; rest = rest[size:] {
		kind, place, at := 1, 0, 0
		if widths[0] > 0 {
			kind = 0
		}
		for ; at < widths[0]; at++ {
			kind = kind<<8 | int(rest[at])
		}
		for ; at < widths[0]+widths[1]; at++ {
			place = place<<8 | int(rest[at])
		}
		switch kind {
		case 0:
			place = -1
		case 1:
		default:
			return nil, fmt.Errorf("object %d lies in another, which is not read here", len(places))
		}
		places = append(places, place)
	}
	f.odd = len(rest)
	f.entries = len(places)
	return places, nil
}

// readObject reads the value at a place; a stream's bytes come later, because
// their length may stand in another object.
func (f *file) readObject(number, at int) (*object, error) {
	if at >= len(f.data) {
		return nil, errEnd
	}
	head := fmt.Sprintf("%d 0 obj", number)
	o := &object{number: number, from: at}
	where := fmt.Sprintf("object %d", number)
	l := &lexer{b: f.data, at: at, refs: true, odd: func(_ int, what string) {
		if what[0] == 'a' && bytes.Contains([]byte(what), []byte("hexadecimal")) {
			f.oddHex = append(f.oddHex, Finding{Says: what, Where: where})
			return
		}
		f.oddDict = append(f.oddDict, Finding{Says: what, Where: where})
	}}
	if !bytes.HasPrefix(f.data[at:], []byte(head)) {
		return nil, fmt.Errorf("the table leads to something else than %q", head)
	}
	l.at += len(head)
	if at > 0 && !newline(f.data[at-1]) || !newline(l.peek()) {
		f.oddForm = append(f.oddForm, Finding{Says: "an object's number and obj do not stand on a line of their own", Where: where})
	}
	v, err := l.value(0)
	if err != nil {
		return nil, err
	}
	o.value, o.to = v, l.at
	l.skip()
	if bytes.HasPrefix(f.data[l.at:], []byte("stream")) {
		o.isStream = true
		o.to = l.at + len("stream")
		return o, nil
	}
	return o, f.closeObject(o, l.at)
}

func newline(c byte) bool { return c == '\n' || c == '\r' }

func (f *file) closeObject(o *object, at int) error {
	const end = "endobj"
	if !bytes.HasPrefix(f.data[at:], []byte(end)) {
		return errors.New("endobj is missing")
	}
	o.to = at + len(end)
	if at == 0 || !newline(f.data[at-1]) || o.to >= len(f.data) || !newline(f.data[o.to]) {
		f.oddForm = append(f.oddForm, Finding{Says: "endobj does not stand on a line of its own", Where: fmt.Sprintf("object %d", o.number)})
	}
	return nil
}

// readStream finds the bytes of a stream, by its Length or else by its end, and
// decodes them.
func (f *file) readStream(o *object) {
	if !o.isStream {
		return
	}
	odd := func(says string) {
		f.oddBody = append(f.oddBody, Finding{Says: says, Where: fmt.Sprintf("object %d", o.number)})
	}
	at := o.to
	switch {
	case bytes.HasPrefix(f.data[at:], []byte("\r\n")):
		at += 2
	case bytes.HasPrefix(f.data[at:], []byte("\n")):
		at++
	default:
		odd("stream is not followed by a line feed")
	}
	d, _ := o.value.(dict)
	length, ok := f.resolve(d["Length"]).(int64)
	end := at + int(max(length, 0))
	if !ok || length < 0 || length > int64(len(f.data)-at) || !f.streamEnds(end) {
		odd("Length is not the number of bytes before endstream")
		n := bytes.Index(f.data[at:], []byte("endstream"))
		if n < 0 {
			o.err = errEnd
			return
		}
		end = at + n
		if n > 0 && newline(f.data[end-1]) {
			end--
		}
	}
	o.raw = f.data[at:end]
	l := &lexer{b: f.data, at: end}
	l.skip()
	l.at += len("endstream")
	l.skip()
	if f.closeObject(o, min(l.at, len(f.data))) != nil {
		odd("endobj is missing")
	}
	o.decoded, o.err = f.decode(d, o.raw)
}

// streamEnds reports whether an end of line and endstream stand here.
func (f *file) streamEnds(at int) bool {
	rest := f.data[at:]
	for _, end := range []string{"\nendstream", "\r\nendstream", "\rendstream"} {
		if bytes.HasPrefix(rest, []byte(end)) {
			return true
		}
	}
	return false
}

// filters are the names of a stream's filters, first to decode first.
func (f *file) filters(d dict) (list []name) {
	switch v := f.resolve(d["Filter"]).(type) {
	case name:
		return []name{v}
	case []any:
		for _, one := range v {
			n, _ := f.resolve(one).(name)
			list = append(list, n)
		}
	}
	return list
}

// decode undoes Flate without a predictor, which is all that we write; other
// data stay as they are.
func (f *file) decode(d dict, raw []byte) ([]byte, error) {
	for _, filter := range f.filters(d) {
		if filter != "FlateDecode" || f.resolve(d["DecodeParms"]) != nil {
			return nil, fmt.Errorf("filter %s is not read here", filter)
		}
		z, err := zlib.NewReader(bytes.NewReader(raw))
		if err != nil {
			return nil, fmt.Errorf("decompress: %w", err)
		}
		raw, err = io.ReadAll(io.LimitReader(z, maxStream))
		if err != nil {
			return nil, fmt.Errorf("decompress: %w", err)
		}
	}
	return raw, nil
}

// resolve follows references to a value; what is not there is nil.
func (f *file) resolve(v any) any {
	for range maxDepth {
		r, ok := v.(ref)
		if !ok {
			return v
		}
		o := f.objects[int(r)]
		if o == nil {
			return nil
		}
		v = o.value
	}
	return nil
}

// dict is the dictionary that a value is or leads to, a stream's too; an empty
// one if it is something else.
func (f *file) dict(v any) dict {
	d, _ := f.resolve(v).(dict)
	if d == nil {
		return dict{}
	}
	return d
}

func (f *file) array(v any) []any {
	list, _ := f.resolve(v).([]any)
	return list
}

// stream is the object of the stream that a value leads to, nil if none.
func (f *file) stream(v any) *object {
	if r, ok := v.(ref); ok {
		if o := f.objects[int(r)]; o != nil && o.isStream {
			return o
		}
	}
	return nil
}

func (f *file) name(v any) name {
	n, _ := f.resolve(v).(name)
	return n
}

func (f *file) text(v any) string {
	t, _ := f.resolve(v).(text)
	return textString(t.bytes)
}

// int is a whole number, or -1.
func (f *file) int(v any) int {
	n, ok := f.resolve(v).(int64)
	if !ok {
		return -1
	}
	return int(n)
}

func (f *file) number(v any) (float64, bool) {
	switch n := f.resolve(v).(type) {
	case int64:
		return float64(n), true
	case float64:
		return n, true
	}
	return 0, false
}

// walk calls visit with each dictionary of the file, streams' included.
func (f *file) walk(visit func(where string, d dict)) {
	for _, i := range f.order {
		where := fmt.Sprintf("object %d", i)
		var into func(v any)
		into = func(v any) {
			switch v := v.(type) {
			case dict:
				visit(where, v)
				for _, one := range v {
					into(one)
				}
			case []any:
				for _, one := range v {
					into(one)
				}
			}
		}
		into(f.objects[i].value)
	}
}
