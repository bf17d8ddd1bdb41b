package pdf

import (
	"bytes"
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
	offsets        map[int]int
	root           reference
}

// open reads the table of objects at the end of the file.
func openOriginal(prefix, suffix []byte) (*original, error) {
	f := &original{prefix: prefix, suffix: suffix, offsets: map[int]int{}}
	at := bytes.LastIndex(suffix, []byte("startxref"))
	if at < 0 {
		return nil, fmt.Errorf("read file: %w: no startxref", errObject)
	}
	p := &parser{in: suffix, at: at + len("startxref")}
	t, err := p.lexeme()
	start, e := strconv.Atoi(string(t))
	if start -= len(prefix); err != nil || e != nil || start < 0 || start > at {
		return nil, fmt.Errorf("read file: %w: startxref", errObject)
	}
	p.at = start
	if !p.skip("xref") {
		return nil, fmt.Errorf("read file: %w: xref", errObject)
	}
	for !p.skip("trailer") {
		if err := f.section(p); err != nil {
			return nil, err
		}
	}
	v, err := p.value(0)
	d, _ := v.(dictionary)
	ok := false
	if f.root, ok = d.get("Root").(reference); err != nil || !ok {
		return nil, fmt.Errorf("read file: %w: trailer", errObject)
	}
	return f, nil
}

func (f *original) section(p *parser) error {
	first, e1 := p.lexeme()
	count, e2 := p.lexeme()
	from, e3 := strconv.Atoi(string(first))
	n, e4 := strconv.Atoi(string(count))
	if err := errors.Join(e1, e2, e3, e4); err != nil || n > len(p.in) {
		return fmt.Errorf("read file: %w: table of objects", errObject)
	}
	for i := range n {
		offset, e1 := p.lexeme()
		_, e2 := p.lexeme()
		kind, e3 := p.lexeme()
		at, e4 := strconv.Atoi(string(offset))
		if errors.Join(e1, e2, e3, e4) != nil {
			return fmt.Errorf("read file: %w: table of objects", errObject)
		}
		if kind == "n" {
			f.offsets[from+i] = at
		}
	}
	return nil
}

// object reads an object; data is what its stream holds, as it is stored. own
// tells whether it lies in this file's own part.
func (f *original) object(r reference) (v value, data []byte, own bool, err error) {
	at, ok := f.offsets[int(r)]
	in := f.prefix
	if own = at >= len(f.prefix); own {
		in, at = f.suffix, at-len(f.prefix)
	}
	if !ok || at >= len(in) {
		return nil, nil, own, fmt.Errorf("read object %d: %w: it is not there", r, errObject)
	}
	p := &parser{in: in, at: at}
	n, e1 := p.lexeme()
	_, e2 := p.lexeme()
	if errors.Join(e1, e2) != nil || string(n) != strconv.Itoa(int(r)) || !p.skip("obj") {
		return nil, nil, own, fmt.Errorf("read object %d: %w", r, errObject)
	}
	if v, err = p.value(0); err != nil {
		return nil, nil, own, fmt.Errorf("read object %d: %w", r, err)
	}
	d, ok := v.(dictionary)
	if !ok || !p.skip("stream\n") {
		return v, nil, own, nil
	}
	length, isToken := d.get("Length").(lexeme)
	size, err := strconv.Atoi(string(length))
	if !isToken || err != nil || size < 0 || p.at+size > len(in) {
		return nil, nil, own, fmt.Errorf("read object %d: %w: its length", r, errObject)
	}
	return v, in[p.at : p.at+size], own, nil
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
