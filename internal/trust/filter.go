package trust

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/passmuster/passmuster/internal/registry"
)

// Key stands for something that was issued: 8 bytes of a hash, from which
// nobody finds the code.
type Key [8]byte

// KeyOf is the key of a credential: the first 8 bytes of SHA-256(code), the
// code being its 16 characters.
func KeyOf(code registry.Code) Key {
	sum := sha256.Sum256([]byte(code))
	return Key(sum[:8])
}

// KeyOfRecord is the key of one record of a credential: the first 8 bytes of
// SHA-256(code ‖ payload). The registry adds it to the filter for each record
// that a compromised key signed in its time: only those are still believed,
// and a thief who takes a real code for another name is not.
func KeyOfRecord(code registry.Code, payload []byte) Key {
	h := sha256.New()
	h.Write([]byte(code))
	h.Write(payload)
	return Key(h.Sum(nil)[:8])
}

// The filter is a Golomb-Rice coded set (the shape of BIP 158): each key is
// mapped to a number below N × 2^riceBits, the sorted numbers are written as
// differences. A key that is not in it seems to be once in 2^20 times.
const (
	riceBits   = 20
	maxEntries = 1 << 24
)

// place maps a key to its number: the upper 64 bits of key × (n << riceBits).
// The keys are hashes already, so nothing has to be hashed again.
func place(k Key, n uint64) uint64 {
	hi, _ := bits.Mul64(binary.BigEndian.Uint64(k[:]), n<<riceBits)
	return hi
}

// encodeFilter writes the set of the keys and tells how many they are.
func encodeFilter(keys []Key) (n uint64, data []byte) {
	set := slices.Clone(keys)
	slices.SortFunc(set, compareKeys)
	set = slices.Compact(set)
	n = uint64(len(set))
	w := bitWriter{out: make([]byte, 0, len(set)*(riceBits+2)/8)}
	last := uint64(0)
	for _, k := range set { // place keeps the order of the keys
		p := place(k, n)
		w.rice(p - last)
		last = p
	}
	return n, w.out
}

// decodeFilter reads what encodeFilter wrote, once, into the sorted numbers.
func decodeFilter(n uint64, data []byte) ([]uint64, bool) {
	if n > maxEntries || n*(riceBits+1) > uint64(len(data))*8 {
		return nil, false
	}
	places := make([]uint64, 0, n)
	r, last := bitReader{in: data}, uint64(0)
	for range n {
		d, ok := r.rice(n)
		last += d
		if !ok || last >= n<<riceBits {
			return nil, false
		}
		places = append(places, last)
	}
	return places, r.atEnd()
}

func compareKeys(a, b Key) int {
	x, y := binary.BigEndian.Uint64(a[:]), binary.BigEndian.Uint64(b[:])
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

// bitWriter writes bits, the most significant first.
type bitWriter struct {
	out  []byte
	free int // bits left in the last byte
}

func (w *bitWriter) bit(b uint64) {
	if w.free == 0 {
		w.out, w.free = append(w.out, 0), 8
	}
	w.free--
	w.out[len(w.out)-1] |= byte(b&1) << w.free
}

// rice writes the quotient as that many ones and a zero, then the remainder.
func (w *bitWriter) rice(d uint64) {
	for range d >> riceBits {
		w.bit(1)
	}
	w.bit(0)
	for i := riceBits - 1; i >= 0; i-- {
		w.bit(d >> i)
	}
}

type bitReader struct {
	in []byte
	at int // bits read
}

func (r *bitReader) bit() (uint64, bool) {
	if r.at>>3 >= len(r.in) {
		return 0, false
	}
	b := r.in[r.at>>3] >> (7 - r.at&7) & 1
	r.at++
	return uint64(b), true
}

// rice reads one number whose quotient is at most most.
func (r *bitReader) rice(most uint64) (uint64, bool) {
	quotient := uint64(0)
	for {
		b, ok := r.bit()
		if !ok || quotient > most {
			return 0, false
		}
		if b == 0 {
			break
		}
		quotient++
	}
	d := quotient
	for range riceBits {
		b, ok := r.bit()
		if !ok {
			return 0, false
		}
		d = d<<1 | b
	}
	return d, true
}

// atEnd reports whether nothing but the zero bits of the last byte is left.
func (r *bitReader) atEnd() bool {
	if (r.at+7)>>3 != len(r.in) {
		return false
	}
	for r.at&7 != 0 {
		if b, _ := r.bit(); b != 0 {
			return false
		}
	}
	return true
}
