package rules

import (
	"bytes"
	"errors"
	"strconv"
)

// The values of a PDF (ISO 32000-1, 7.3), beside bool, int64, float64, nil and []any.
type (
	name string // "#" escapes resolved
	ref  int    // the object's number
	dict map[name]any
	text struct {
		bytes []byte
		hex   bool
	}
	word string // what is none of these: an operator of a content stream
)

const maxDepth = 64

var (
	errEnd    = errors.New("it ends too early")
	errSyntax = errors.New("it is not written as the syntax wants")
)

// lexer reads values in every spelling that the standard allows.
type lexer struct {
	b    []byte
	at   int
	refs bool // "7 0 R" is a reference: not so in a content stream
	odd  func(at int, what string)
}

func blank(c byte) bool {
	return c == 0 || c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == ' '
}

func delimiter(c byte) bool { return bytes.IndexByte([]byte("()<>[]{}/%"), c) >= 0 }

func (l *lexer) peek() byte {
	if l.at < len(l.b) {
		return l.b[l.at]
	}
	return 0
}

// skip passes white space and comments.
func (l *lexer) skip() {
	for l.at < len(l.b) {
		switch c := l.b[l.at]; {
		case blank(c):
			l.at++
		case c == '%':
			for l.at < len(l.b) && l.b[l.at] != '\n' && l.b[l.at] != '\r' {
				l.at++
			}
		default:
			return
		}
	}
}

// value reads the next value or word; errEnd where there is none.
func (l *lexer) value(depth int) (any, error) {
	if depth > maxDepth {
		return nil, errors.New("it is nested too deep")
	}
	l.skip()
	if l.at >= len(l.b) {
		return nil, errEnd
	}
	switch rest := l.b[l.at:]; {
	case bytes.HasPrefix(rest, []byte("<<")):
		l.at += 2
		return l.dict(depth)
	case rest[0] == '<':
		return l.hex()
	case rest[0] == '(':
		return l.literal()
	case rest[0] == '/':
		return l.name(), nil
	case rest[0] == '[':
		l.at++
		return l.array(depth)
	case delimiter(rest[0]):
		l.at++
		return word(rest[:1]), nil
	}
	return l.word(), nil
}

func (l *lexer) array(depth int) (any, error) {
	list := []any{}
	for {
		if l.skip(); l.peek() == ']' {
			l.at++
			return list, nil
		}
		v, err := l.value(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
}

func (l *lexer) dict(depth int) (any, error) {
	d := dict{}
	for {
		if l.skip(); bytes.HasPrefix(l.b[l.at:], []byte(">>")) {
			l.at += 2
			return d, nil
		}
		if l.peek() != '/' {
			return nil, errSyntax
		}
		key := l.name()
		v, err := l.value(depth + 1)
		if err != nil {
			return nil, err
		}
		if _, twice := d[key]; twice {
			l.note(l.at, "a dictionary has "+string(key)+" twice")
		}
		d[key] = v
	}
}

func (l *lexer) note(at int, what string) {
	if l.odd != nil {
		l.odd(at, what)
	}
}

// run takes the regular characters from here.
func (l *lexer) run() []byte {
	from := l.at
	for l.at < len(l.b) && !blank(l.b[l.at]) && !delimiter(l.b[l.at]) {
		l.at++
	}
	return l.b[from:l.at]
}

func (l *lexer) name() name {
	l.at++
	raw := l.run()
	var out []byte
	for i := 0; i < len(raw); i++ {
		if raw[i] == '#' && i+2 < len(raw) {
			if v, err := strconv.ParseUint(string(raw[i+1:i+3]), 16, 8); err == nil {
				out = append(out, byte(v))
				i += 2
				continue
			}
		}
		out = append(out, raw[i])
	}
	return name(out)
}

// hex reads a hexadecimal string; what ISO 19005-3 forbids in one is noted.
func (l *lexer) hex() (any, error) {
	from := l.at
	end := bytes.IndexByte(l.b[from:], '>')
	if end < 0 {
		return nil, errEnd
	}
	var digits []byte
	for _, c := range l.b[from+1 : from+end] {
		if blank(c) {
			continue
		}
		if bytes.IndexByte([]byte("0123456789abcdefABCDEF"), c) < 0 {
			l.note(from, "a hexadecimal string has something else than digits")
			continue
		}
		digits = append(digits, c)
	}
	l.at = from + end + 1
	if len(digits)%2 != 0 {
		l.note(from, "a hexadecimal string has an odd number of digits")
		digits = append(digits, '0')
	}
	out := make([]byte, len(digits)/2)
	for i := range out {
		v, _ := strconv.ParseUint(string(digits[2*i:2*i+2]), 16, 8)
		out[i] = byte(v)
	}
	return text{out, true}, nil
}

// literal reads a string in parentheses (ISO 32000-1, 7.3.4.2).
func (l *lexer) literal() (any, error) {
	open := 0
	var out []byte
	for l.at < len(l.b) {
		c := l.b[l.at]
		l.at++
		switch c {
		case '(':
			if open++; open == 1 {
				continue
			}
		case ')':
			if open--; open == 0 {
				return text{bytes: out}, nil
			}
		case '\\':
			out = l.escape(out)
			continue
		}
		out = append(out, c)
	}
	return nil, errEnd
}

func (l *lexer) escape(out []byte) []byte {
	c := l.peek()
	l.at++
	switch c {
	case 'n', 'r', 't', 'b', 'f':
		return append(out, map[byte]byte{'n': '\n', 'r': '\r', 't': '\t', 'b': '\b', 'f': '\f'}[c])
	case '\n':
		return out
	case '\r':
		if l.peek() == '\n' {
			l.at++
		}
		return out
	}
	if c < '0' || c > '7' {
		return append(out, c)
	}
	v := int(c - '0')
	for i := 0; i < 2 && l.peek() >= '0' && l.peek() <= '7'; i++ {
		v = 8*v + int(l.peek()-'0')
		l.at++
	}
	return append(out, byte(v))
}

// word reads a number, a reference, a constant or an operator.
func (l *lexer) word() any {
	raw := string(l.run())
	switch raw {
	case "true":
		return true
	case "false":
		return false
	case "null":
		return nil
	}
	if n, err := strconv.ParseInt(raw, 10, 64); err == nil {
		if l.refs && n > 0 && l.reference() {
			return ref(n)
		}
		return n
	}
	if v, err := strconv.ParseFloat(raw, 64); err == nil && raw[0] != 'n' && raw[0] != 'i' && raw[0] != 'N' && raw[0] != 'I' {
		return v
	}
	return word(raw)
}

// reference takes the " 0 R" that makes a number a reference.
func (l *lexer) reference() bool {
	back := l.at
	l.skip()
	if string(l.run()) == "0" {
		l.skip()
		if string(l.run()) == "R" {
			return true
		}
	}
	l.at = back
	return false
}
