package check

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
)

// maxObjects bounds the table of objects.
const maxObjects = 1 << 13

// document is a file all of whose bytes are accounted for: header, objects one
// behind the other, table, trailer. There is no room in it for a second
// definition of anything, for a second revision, or for what another reader
// could find and we do not.
type document struct {
	objects []object // by number; 0 is none
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
	table, err := d.table(p)
	if err != nil {
		return nil, err
	}
	if err := d.trailer(p, table); err != nil {
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
	if p.at != table {
		return nil, errors.New("something lies between the objects and their table")
	}
	return d, nil
}

const start = "startxref\n"

// table finds the only cross-reference table, by the last lines of the file, and
// reads it (ISO 32000-1, 7.5.4). It leaves p behind it.
func (d *document) table(p *parser) (at int, err error) {
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
	if err := p.literal("xref\n0 "); err != nil {
		return 0, err
	}
	size, err := p.int()
	if err != nil || size < 2 || size > maxObjects {
		return 0, errSyntax
	}
	if err := p.literal("\n0000000000 65535 f\r\n"); err != nil {
		return 0, err
	}
	d.objects = make([]object, size)
	for i := 1; i < size; i++ {
		entry := p.b[p.at:min(len(p.b), p.at+rangeDigits)]
		from, ok := decimal(entry)
		p.at += len(entry)
		if !ok || p.literal(" 00000 n\r\n") != nil {
			return 0, errSyntax
		}
		d.objects[i] = object{number: i, from: int(min(from, int64(len(p.b))))}
	}
	return n, nil
}

func (p *parser) int() (int, error) {
	n, ok := decimal(p.run())
	if !ok || n > MaxFile {
		return 0, errSyntax
	}
	return int(n), nil
}

// trailer reads what follows the table, to the end.
func (d *document) trailer(p *parser, table int) error {
	if err := p.literal("trailer\n"); err != nil {
		return err
	}
	v, err := p.value(0)
	if err != nil {
		return err
	}
	t, ok := v.(dict)
	if !ok || !t.only("Size", "Root", "Info", "ID") || t["Size"] != int64(len(d.objects)) {
		return errors.New("trailer is not as ours are")
	}
	if d.root, ok = t["Root"].(ref); !ok {
		return errSyntax
	}
	d.info, _ = t["Info"].(ref)
	return p.literal("\n" + start)
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
