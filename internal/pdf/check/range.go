package check

import (
	"bytes"
	"crypto/sha256"
	"errors"
)

// place is where the signature stands: the bytes of its hexadecimal string,
// brackets included, are all that the signature does not cover.
type place struct {
	open  int // of "<"
	close int // of ">"
	end   int // of what is covered
}

const (
	rangeKey    = "/ByteRange"
	contentsKey = "/Contents"
	rangeDigits = 10 // of each number but the first
)

// locate reads the first byte range of the file, in the one spelling that
// package pdf gives it: [0 a b c]/Contents<...>, where a is the place of "<" and
// b that behind ">" (ISO 32000-1, 12.8.1). So what is left out is exactly the
// signature, however the file is read later.
func locate(b []byte) (place, error) {
	at := bytes.Index(b, []byte(rangeKey))
	if at < 0 {
		return place{}, errors.New("signature has no byte range")
	}
	rest := b[at+len(rangeKey):]
	var n [3]int64
	ok := skip(&rest, "[0")
	for i := range n {
		n[i], ok = field(&rest, ok)
	}
	if ok = ok && skip(&rest, "]"+contentsKey); !ok {
		return place{}, errors.New("byte range is not written as ours are")
	}
	open, behind, end := int64(len(b)-len(rest)), n[1], n[1]+n[2]
	switch {
	case n[0] != open || len(rest) == 0 || rest[0] != '<':
		return place{}, errors.New("byte range does not stop at the signature")
	case behind < open+2 || behind >= end || end > int64(len(b)):
		return place{}, errors.New("byte range leaves the file")
	case b[behind-1] != '>':
		return place{}, errors.New("byte range does not go on behind the signature")
	}
	return place{open: int(open), close: int(behind - 1), end: int(end)}, nil
}

func skip(b *[]byte, prefix string) bool {
	rest, ok := bytes.CutPrefix(*b, []byte(prefix))
	*b = rest
	return ok
}

// field reads a space and a number of fixed width: too short to overflow.
func field(b *[]byte, ok bool) (n int64, _ bool) {
	if !ok || !skip(b, " ") || len(*b) < rangeDigits {
		return 0, false
	}
	for _, d := range (*b)[:rangeDigits] {
		if d < '0' || d > '9' {
			return 0, false
		}
		n = 10*n + int64(d-'0')
	}
	*b = (*b)[rangeDigits:]
	return n, true
}

// digest is the SHA-256 of all but the signature.
func (p place) digest(revision []byte) (sum [sha256.Size]byte) {
	h := sha256.New()
	h.Write(revision[:p.open])
	h.Write(revision[p.close+1:])
	h.Sum(sum[:0])
	return sum
}
