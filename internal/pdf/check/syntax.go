package check

import (
	"bytes"
	"errors"
)

// The values of a PDF (ISO 32000-1, 7.3), beside bool, int64, nil, []any.
type (
	name string // "#" escapes resolved, so that no spelling hides one
	ref  int    // of generation 0
	dict map[name]any
	real struct{} // nothing asks for its value
	text struct {
		value    []byte // escapes resolved; the raw digits of a hexadecimal string
		from, to int    // place in the file, delimiters included
	}
)

// Bounds of what is read, many times what our files have.
const (
	maxDepth  = 16
	maxValues = 1 << 16 // in all objects together
)

var errSyntax = errors.New("file is not written as ours are")

// parser reads values in the narrow spelling of package pdf: a reference is
// "7 0 R", there are no comments, and a dictionary has each key once.
type parser struct {
	b    []byte
	at   int
	left int // values that may still be read
}

// literal takes exactly these bytes.
func (p *parser) literal(want string) error {
	if !bytes.HasPrefix(p.b[p.at:], []byte(want)) {
		return errSyntax
	}
	p.at += len(want)
	return nil
}

// peek returns the next byte, 0 at the end.
func (p *parser) peek() byte {
	if p.at < len(p.b) {
		return p.b[p.at]
	}
	return 0
}

func (p *parser) space() {
	for p.peek() == ' ' || p.peek() == '\n' {
		p.at++
	}
}

func (p *parser) value(depth int) (any, error) {
	if p.left--; p.left < 0 || depth > maxDepth {
		return nil, errors.New("file has more in it than ours have")
	}
	p.space()
	rest := p.b[p.at:]
	switch c := p.peek(); {
	case bytes.HasPrefix(rest, []byte("<<")):
		return p.dict(depth)
	case c == '<':
		return p.hex()
	case c == '(':
		return p.string()
	case c == '/':
		return p.name()
	case c == '[':
		return p.array(depth)
	}
	return p.word()
}

func (p *parser) array(depth int) (any, error) {
	list := []any{}
	p.at++
	for {
		if p.space(); p.peek() == ']' {
			p.at++
			return list, nil
		}
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
}

func (p *parser) dict(depth int) (any, error) {
	d := dict{}
	p.at += len("<<")
	for {
		if p.space(); p.literal(">>") == nil {
			return d, nil
		}
		key, err := p.name()
		if err != nil {
			return nil, err
		}
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		if _, twice := d[key]; twice {
			return nil, errors.New("file has a dictionary with a key twice")
		}
		d[key] = v
	}
}

// regular are the bytes that names, numbers and words are made of.
func regular(c byte) bool {
	return c > ' ' && c < 0x7F && bytes.IndexByte([]byte("()<>[]{}/%"), c) < 0
}

func (p *parser) run() []byte {
	from := p.at
	for regular(p.peek()) {
		p.at++
	}
	return p.b[from:p.at]
}

func (p *parser) name() (name, error) {
	if p.peek() != '/' {
		return "", errSyntax
	}
	p.at++
	raw := p.run()
	if bytes.IndexByte(raw, '#') < 0 {
		return name(raw), nil
	}
	var out []byte
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c == '#' {
			if i+2 >= len(raw) || digit(raw[i+1]) > 15 || digit(raw[i+2]) > 15 {
				return "", errSyntax
			}
			c = digit(raw[i+1])<<4 | digit(raw[i+2])
			i += 2
		}
		out = append(out, c)
	}
	return name(out), nil
}

// digit is the value of a hexadecimal digit, more than 15 for another byte.
func digit(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	}
	return 0xFF
}

func (p *parser) hex() (any, error) {
	from := p.at
	p.at++
	for digit(p.peek()) <= 15 {
		p.at++
	}
	digits := p.b[from+1 : p.at]
	if p.peek() != '>' || len(digits)%2 != 0 {
		return nil, errSyntax
	}
	p.at++
	return text{digits, from, p.at}, nil
}

// string reads a string in parentheses; nested ones are counted.
func (p *parser) string() (any, error) {
	from, open := p.at, 0
	var out []byte
	for p.at < len(p.b) {
		c := p.b[p.at]
		p.at++
		switch c {
		case '\\':
			// Ours are ASCII without escapes but those of the delimiters.
			if c = p.peek(); c != '\\' && c != '(' && c != ')' {
				return nil, errSyntax
			}
			p.at++
		case '(':
			if open++; open == 1 {
				continue
			}
		case ')':
			if open--; open == 0 {
				return text{out, from, p.at}, nil
			}
		}
		out = append(out, c)
	}
	return nil, errSyntax
}

// word reads a number, a reference or a word of the language.
func (p *parser) word() (any, error) {
	switch raw := p.run(); string(raw) {
	case "":
		return nil, errSyntax
	case "true":
		return true, nil
	case "false":
		return false, nil
	case "null":
		return nil, nil
	default:
		return p.number(raw)
	}
}

func (p *parser) number(raw []byte) (any, error) {
	digits, negative := bytes.CutPrefix(raw, []byte("-"))
	whole, fraction, broken := bytes.Cut(digits, []byte("."))
	n, ok := decimal(whole)
	if broken {
		_, ok2 := decimal(fraction)
		if !ok || !ok2 {
			return nil, errSyntax
		}
		return real{}, nil
	}
	if !ok {
		return nil, errSyntax
	}
	if negative {
		return -n, nil
	}
	if rest := p.b[p.at:]; bytes.HasPrefix(rest, []byte(" 0 R")) && (len(rest) == 4 || !regular(rest[4])) {
		p.at += len(" 0 R")
		return ref(n), nil
	}
	return n, nil
}

// maxDigits keeps a number within 63 bits.
const maxDigits = 12

func decimal(digits []byte) (n int64, ok bool) {
	if len(digits) == 0 || len(digits) > maxDigits {
		return 0, false
	}
	for _, d := range digits {
		if d < '0' || d > '9' {
			return 0, false
		}
		n = 10*n + int64(d-'0')
	}
	return n, true
}
