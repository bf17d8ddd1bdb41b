package check

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"slices"
	"strconv"
)

// maxObjects bounds the table of objects.
const maxObjects = 1 << 13

// document is a file all of whose bytes are accounted for: header, objects one
// behind the other, the place of their table. There is no room in it for a second
// definition of anything, for a second revision, or for what another reader
// could find and we do not.
type document struct {
	objects []object // by number; 0 is none
	table   int      // the number of the one that says where all are
	root    ref
	info    ref
}

type object struct {
	number   int
	from     int // place in the file
	value    any
	stream   []byte
	isStream bool
}

// readDocument takes the whole file apart.
func readDocument(b []byte) (*document, error) {
	d := &document{}
	p := &parser{b: b, left: maxValues}
	end, err := d.end(p)
	if err != nil {
		return nil, err
	}
	if err := d.readTable(p); err != nil {
		return nil, err
	}
	p.at = 0
	if err := p.header(); err != nil {
		return nil, err
	}
	order := slices.SortedFunc(slices.Values(d.objects[1:]), func(a, b object) int { return cmp.Compare(a.from, b.from) })
	for _, o := range order {
		if o.from != p.at {
			return nil, errors.New("objects do not lie one behind the other")
		}
		if err := p.object(&d.objects[o.number]); err != nil {
			return nil, err
		}
	}
	if p.at != end {
		return nil, errors.New("something lies behind the objects")
	}
	return d, nil
}

const start = "startxref\n"

// end reads the last lines of the file, and leaves p at the only table, to which
// they lead.
func (d *document) end(p *parser) (at int, err error) {
	last := bytes.LastIndex(p.b, []byte(start))
	if last < 0 || bytes.Index(p.b, []byte(start)) != last {
		return 0, errors.New("file has no end, or two")
	}
	p.at = last + len(start)
	n, err := p.int()
	if err != nil || n <= 0 || n >= last || string(p.b[p.at:]) != "\n%%EOF\n" {
		return 0, errors.New("file does not end as ours do")
	}
	p.at = n
	return last, nil
}

// entrySize is of an object's line in the table: a byte of type, four of its
// place in the file.
const entrySize = 5

// readTable reads the cross-reference stream (ISO 32000-2, 7.5.8) in the one form
// that package pdf gives it: neither filtered nor in sections, for a file of one
// revision in which each object is there, and none lies in another.
func (d *document) readTable(p *parser) error {
	n, err := p.int()
	if err != nil || n < 1 || n >= maxObjects {
		return errSyntax
	}
	o := object{number: n, from: p.at - len(strconv.Itoa(n))}
	p.at = o.from
	if err := p.object(&o); err != nil {
		return err
	}
	t, _ := o.value.(dict)
	widths, _ := t["W"].([]any)
	if !o.isStream || !t.only("Type", "W", "Root", "Info", "Size", "ID", "Length") || t["Type"] != name("XRef") ||
		!slices.Equal(widths, []any{int64(1), int64(entrySize - 1), int64(0)}) {
		return errors.New("table is not as ours are")
	}
	size := len(o.stream) / entrySize
	if size*entrySize != len(o.stream) || t["Size"] != int64(size) || n >= size || size > maxObjects {
		return errors.New("table has another size than it says")
	}
	d.objects = make([]object, size)
	for i := range d.objects {
		entry := o.stream[i*entrySize:][:entrySize]
		from := int64(binary.BigEndian.Uint32(entry[1:]))
		if there := i > 0; there != (entry[0] == 1) || !there && (entry[0] != 0 || from != 0) {
			return errors.New("table has an object that is not there")
		}
		d.objects[i] = object{number: i, from: int(min(from, int64(len(p.b))))}
	}
	ok := false
	if d.root, ok = t["Root"].(ref); !ok || d.objects[n].from != o.from {
		return errSyntax
	}
	d.info, _ = t["Info"].(ref)
	d.table = n
	return nil
}

func (p *parser) int() (int, error) {
	n, ok := decimal(p.run())
	if !ok || n > MaxFile {
		return 0, errSyntax
	}
	return int(n), nil
}

// header reads the first lines, which are comments.
func (p *parser) header() error {
	if err := p.literal(magic + "1."); err != nil {
		return err
	}
	for first := true; first || p.peek() == '%'; first = false {
		length := bytes.IndexByte(p.b[p.at:], '\n')
		if length < 0 {
			return errSyntax
		}
		line := p.b[p.at : p.at+length]
		if bytes.Contains(line, []byte(magic)) || bytes.Contains(line, []byte("%%EOF")) {
			return errors.New("file has two headers")
		}
		p.at += length + 1
	}
	return nil
}

// object reads one from its number to its end.
func (p *parser) object(o *object) (err error) {
	if n, err := p.int(); err != nil || n != o.number {
		return errors.New("table leads to another object")
	}
	if err := p.literal(" 0 obj\n"); err != nil {
		return err
	}
	if o.value, err = p.value(0); err != nil {
		return err
	}
	if p.literal("\nstream\n") == nil {
		if err := p.stream(o); err != nil {
			return err
		}
	}
	return p.literal("\nendobj\n")
}

// stream reads as many bytes as the dictionary says, no others being searched.
func (p *parser) stream(o *object) error {
	head, _ := o.value.(dict)
	length, ok := head["Length"].(int64)
	if !ok || length < 0 || length > int64(len(p.b)-p.at) {
		return errSyntax
	}
	for _, elsewhere := range []name{"F", "FFilter", "FDecodeParms"} {
		if _, ok := head[elsewhere]; ok {
			return errors.New("stream lies in another file")
		}
	}
	o.stream, o.isStream = p.b[p.at:p.at+int(length)], true
	p.at += int(length)
	return p.literal("\nendstream")
}

// at returns what a value is, where it is a reference: the object.
func (d *document) at(v any) *object {
	if r, ok := v.(ref); ok && r > 0 && int(r) < len(d.objects) {
		return &d.objects[r]
	}
	return nil
}

// dict returns a dictionary that is no stream's, direct or by reference; nil if
// it is something else.
func (d *document) dict(v any) dict {
	if o := d.at(v); o != nil && !o.isStream {
		v = o.value
	}
	found, _ := v.(dict)
	return found
}

// only reports whether there are no other keys.
func (d dict) only(keys ...name) bool {
	for k := range d {
		if !slices.Contains(keys, k) {
			return false
		}
	}
	return true
}

// one returns the only element of an array.
func one(v any) any {
	if list, ok := v.([]any); ok && len(list) == 1 {
		return list[0]
	}
	return nil
}
