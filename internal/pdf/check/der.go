package check

import "bytes"

// Tags of the DER that a signature is made of.
const (
	tagInteger  = 0x02
	tagOctets   = 0x04
	tagSequence = 0x30
	tagSet      = 0x31
	tagContext0 = 0xA0
)

// reader takes DER elements (X.690) one after the other. After the first thing
// that is not as asked for it is bad and gives nothing more, so that a caller
// may read on and ask once in the end.
type reader struct {
	rest []byte
	bad  *bool // shared with the readers of what is inside
}

func newReader(b []byte) *reader { return &reader{rest: b, bad: new(bool)} }

// whole takes one element with the given tag, its head included, and returns
// it with its content.
func (r *reader) whole(tag byte) (element, content []byte) {
	head, length, ok := header(r.rest)
	if *r.bad || !ok || r.rest[0] != tag || length > len(r.rest)-head {
		*r.bad = true
		return nil, nil
	}
	element, r.rest = r.rest[:head+length], r.rest[head+length:]
	return element, element[head:]
}

func (r *reader) content(tag byte) []byte {
	_, c := r.whole(tag)
	return c
}

// in takes one element and returns a reader of its content.
func (r *reader) in(tag byte) *reader { return &reader{rest: r.content(tag), bad: r.bad} }

// expect takes exactly these bytes.
func (r *reader) expect(want []byte) {
	rest, ok := bytes.CutPrefix(r.rest, want)
	if !ok {
		*r.bad = true
	}
	r.rest = rest
}

// end says that nothing may follow.
func (r *reader) end() {
	if len(r.rest) > 0 {
		*r.bad = true
	}
}

// more reports whether something follows that can be read.
func (r *reader) more() bool { return !*r.bad && len(r.rest) > 0 }

// header reads the length of the element that b begins with, in its shortest
// form (X.690, 10.1), up to three bytes of length. Tags here have one byte.
func header(b []byte) (head, length int, ok bool) {
	if len(b) < 2 {
		return 0, 0, false
	}
	if b[1] < 0x80 {
		return 2, int(b[1]), true
	}
	n := int(b[1] & 0x7F)
	if n < 1 || n > 3 || len(b) < 2+n || b[2] == 0 {
		return 0, 0, false
	}
	for _, v := range b[2 : 2+n] {
		length = length<<8 | int(v)
	}
	return 2 + n, length, length >= 0x80
}
