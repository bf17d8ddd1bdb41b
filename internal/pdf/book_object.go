package pdf

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
)

// value is what stands in a PDF file (ISO 32000-1, 7.3): a reference, a
// dictionary, an array, or any other token as it is written.
type value any

type (
	reference int
	array     []value
	entry     struct {
		name string // without the slash
		value
	}
	dictionary []entry
	lexeme     string // numbers, names with their slash, strings
)

func (d dictionary) get(name string) value {
	for _, e := range d {
		if e.name == name {
			return e.value
		}
	}
	return nil
}

var errObject = errors.New("not a PDF object of ours")

// parser reads the objects that this package writes: no comments in them, no
// object streams.
type parser struct {
	in []byte
	at int
}

func (p *parser) space() {
	for p.at < len(p.in) && bytes.IndexByte([]byte(" \n\r\t"), p.in[p.at]) >= 0 {
		p.at++
	}
}

func (p *parser) skip(s string) bool {
	p.space()
	if bytes.HasPrefix(p.in[p.at:], []byte(s)) {
		p.at += len(s)
		return true
	}
	return false
}

// maxDepth is how deep values lie in each other at most.
const maxDepth = 20

func (p *parser) value(depth int) (value, error) {
	if depth > maxDepth {
		return nil, errObject
	}
	switch {
	case p.skip("<<"):
		var d dictionary
		for !p.skip(">>") {
			name, err := p.lexeme()
			if err != nil || name == "" || name[0] != '/' {
				return nil, errObject
			}
			v, err := p.value(depth + 1)
			if err != nil {
				return nil, err
			}
			d = append(d, entry{string(name[1:]), v})
		}
		return d, nil
	case p.skip("["):
		var a array
		for !p.skip("]") {
			v, err := p.value(depth + 1)
			if err != nil {
				return nil, err
			}
			a = append(a, v)
		}
		return a, nil
	}
	return p.scalar()
}

// scalar is a token or, where two numbers and an R stand, a reference.
func (p *parser) scalar() (value, error) {
	t, err := p.lexeme()
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(string(t))
	if err != nil || n < 0 {
		return t, nil
	}
	back := p.at
	if g, err := p.lexeme(); err == nil && g == "0" {
		if r, err := p.lexeme(); err == nil && r == "R" {
			return reference(n), nil
		}
	}
	p.at = back
	return t, nil
}

func (p *parser) lexeme() (lexeme, error) {
	p.space()
	from := p.at
	if from >= len(p.in) {
		return "", errObject
	}
	switch p.in[from] {
	case '(':
		return p.literal()
	case '<':
		end := bytes.IndexByte(p.in[from:], '>')
		if end < 0 {
			return "", errObject
		}
		p.at = from + end + 1
	default:
		p.at++
		for p.at < len(p.in) && bytes.IndexByte([]byte(" \n\r\t()<>[]/"), p.in[p.at]) < 0 {
			p.at++
		}
	}
	return lexeme(p.in[from:p.at]), nil
}

// literal is a string in brackets, which may hold brackets.
func (p *parser) literal() (lexeme, error) {
	from := p.at
	for depth := 0; p.at < len(p.in); p.at++ {
		switch p.in[p.at] {
		case '\\':
			p.at++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				p.at++
				return lexeme(p.in[from:p.at]), nil
			}
		}
	}
	return "", errObject
}

// appendValue writes a value.
func appendValue(o []byte, v value) []byte {
	switch v := v.(type) {
	case reference:
		return append(strconv.AppendInt(o, int64(v), 10), " 0 R"...)
	case array:
		o = append(o, '[')
		for i, e := range v {
			if i > 0 {
				o = append(o, ' ')
			}
			o = appendValue(o, e)
		}
		return append(o, ']')
	case dictionary:
		o = append(o, "<<"...)
		for _, e := range v {
			o = append(append(append(o, '/'), e.name...), ' ')
			o = appendValue(o, e.value)
		}
		return append(o, ">>"...)
	case lexeme:
		return append(o, v...)
	}
	return append(o, "null"...)
}

// original is a finished file of ours: what all of its template share, and what
// is its own.
type original struct {
	prefix, suffix []byte
	offsets        []int // by number; 0 is none
	root           reference
}

// openOriginal reads the table of objects, which stands before the signature, or
// is the last object of a file without one.
func openOriginal(prefix, suffix []byte) (*original, error) {
	f := &original{prefix: prefix, suffix: suffix}
	at := bytes.LastIndex(suffix, []byte("startxref"))
	if at < 0 {
		return nil, fmt.Errorf("read file: %w: no startxref", errObject)
	}
	p := &parser{in: suffix, at: at + len("startxref")}
	t, err := p.lexeme()
	start, e := strconv.Atoi(string(t))
	if err != nil || e != nil {
		return nil, fmt.Errorf("read file: %w: startxref", errObject)
	}
	_, v, entries, own, err := f.read(start)
	d, _ := v.(dictionary)
	if err != nil || !own || d.get("Type") != lexeme("/XRef") || d.get("Filter") != nil {
		return nil, fmt.Errorf("read file: %w: table of objects", errors.Join(errObject, err))
	}
	ok := false
	if f.root, ok = d.get("Root").(reference); !ok {
		return nil, fmt.Errorf("read file: %w: no catalog", errObject)
	}
	for len(entries) >= entrySize {
		f.offsets = append(f.offsets, int(binary.BigEndian.Uint32(entries[1:])))
		entries = entries[entrySize:]
	}
	return f, nil
}

// object reads an object; data is what its stream holds, as it is stored. own
// tells whether it lies in this file's own part.
func (f *original) object(r reference) (v value, data []byte, own bool, err error) {
	if int(r) >= len(f.offsets) || f.offsets[r] == 0 {
		return nil, nil, false, fmt.Errorf("read object %d: %w: it is not there", r, errObject)
	}
	n, v, data, own, err := f.read(f.offsets[r])
	if err == nil && n != strconv.Itoa(int(r)) {
		err = errObject
	}
	if err != nil {
		return nil, nil, own, fmt.Errorf("read object %d: %w", r, err)
	}
	return v, data, own, nil
}

// read reads the object that lies at a place, with its number.
func (f *original) read(at int) (number string, v value, data []byte, own bool, err error) {
	in := f.prefix
	if own = at >= len(f.prefix); own {
		in, at = f.suffix, at-len(f.prefix)
	}
	if at < 0 || at >= len(in) {
		return "", nil, nil, own, errObject
	}
	p := &parser{in: in, at: at}
	n, e1 := p.lexeme()
	_, e2 := p.lexeme()
	if errors.Join(e1, e2) != nil || !p.skip("obj") {
		return "", nil, nil, own, errObject
	}
	if v, err = p.value(0); err != nil {
		return "", nil, nil, own, err
	}
	d, ok := v.(dictionary)
	if !ok || !p.skip("stream\n") {
		return string(n), v, nil, own, nil
	}
	length, isToken := d.get("Length").(lexeme)
	size, err := strconv.Atoi(string(length))
	if !isToken || err != nil || size < 0 || size > len(in)-p.at {
		return "", nil, nil, own, fmt.Errorf("%w: its length", errObject)
	}
	return string(n), v, in[p.at : p.at+size], own, nil
}

// dictionary follows a reference to a dictionary, or is one.
func (f *original) dictionary(v value) (dictionary, error) {
	if r, ok := v.(reference); ok {
		var err error
		if v, _, _, err = f.object(r); err != nil {
			return nil, err
		}
	}
	d, ok := v.(dictionary)
	if !ok {
		return nil, errObject
	}
	return d, nil
}
