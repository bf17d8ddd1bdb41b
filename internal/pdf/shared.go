package pdf

import (
	"crypto/sha256"
	"errors"
	"fmt"
)

// Shared is content that several files have in common, written out: it follows
// the prefix, and their hash goes on after it.
type Shared struct {
	object []byte // the whole object, with its stream
	state  []byte // of a SHA-256 that has read prefix and object
	marks  []int
}

// Share writes stamps out for many files. They must be Whole.
func (b *Base) Share(stamps []*Stamp) (*Shared, error) {
	p := b.Begin()
	defer p.Release()
	for _, s := range stamps {
		if !s.Whole() {
			return nil, errors.New("share content: a stamp is not whole")
		}
		p.Paste(s, nil)
	}
	if p.err != nil {
		return nil, p.err
	}
	out := &Shared{object: b.appendShared(nil, p.compressed())}
	for mark, used := range p.used {
		if used {
			out.marks = append(out.marks, mark)
		}
	}
	h := sha256.New()
	if err := resumeHash(h, b.state); err != nil {
		return nil, fmt.Errorf("resume hash: %w", err)
	}
	h.Write(out.object)
	var err error
	out.state, err = saveHash(nil, h)
	return out, err
}

// appendShared writes the object of shared content.
func (b *Base) appendShared(o, compressed []byte) []byte {
	o = append(appendInt(o, b.First+objShared), " 0 obj\n"...)
	return appendPlainStream(o, "/Filter/FlateDecode", 0, compressed)
}
