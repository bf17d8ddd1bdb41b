package cose_test

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/record/cose"
)

// every holds one of each kind of value that our formats are made of.
type every struct {
	Number uint64                       `cbor:"1,keyasint"`
	Text   string                       `cbor:"2,keyasint"`
	Bytes  []byte                       `cbor:"3,keyasint"`
	List   []row                        `cbor:"4,keyasint"`
	Names  map[string]map[string]string `cbor:"5,keyasint"`
	Maybe  *uint64                      `cbor:"6,keyasint"`
}

type row struct {
	_     struct{} `cbor:",toarray"`
	Small uint16
	Signd int16
	Text  string
}

func appendixA(f testing.TB) (all [][]byte) {
	f.Helper()
	b, err := os.ReadFile(filepath.Join("..", "testdata", "cbor", "rfc8949_appendix_a.hex"))
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range strings.Fields(string(b)) {
		v, err := hex.DecodeString(s)
		if err != nil {
			f.Fatal(err)
		}
		all = append(all, v)
	}
	return all
}

// FuzzDecode holds that CBOR has one form for each value: what is read is written
// the same, whatever it is read into.
func FuzzDecode(f *testing.F) {
	for _, v := range appendixA(f) {
		f.Add(v)
	}
	n := uint64(7)
	b, err := cose.Encode(every{1, "a", []byte{2}, []row{{Small: 3, Signd: -4, Text: "ж"}}, map[string]map[string]string{"b": {"zh": "中"}}, &n})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		limits := cose.Limits{Bytes: 1 << 16, Items: 64}
		for _, into := range []any{new(every), new(row), new([]row), new(uint64), new(string), new([]byte), new(map[string]string)} {
			if cose.Decode(b, into, limits) != nil {
				continue
			}
			if again, err := cose.Encode(into); err != nil || !bytes.Equal(again, b) {
				t.Errorf("%x was read as %#v, which is written %x, %v", b, into, again, err)
			}
		}
	})
}

// FuzzMessage holds that a COSE_Sign1 has one form: what is read is put together
// the same from its parts.
func FuzzMessage(f *testing.F) {
	sig := bytes.Repeat([]byte{1}, cose.SignatureSize)
	b, err := cose.Assemble([]byte("DEMO"), [4]byte{1, 2, 3, 4}, sig)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(b[1:])
	f.Add(append(bytes.Clone(b), 0))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := cose.Parse(b, 1<<12)
		if err != nil {
			return
		}
		if again, err := cose.Assemble(m.Payload, m.KID, m.Signature); err != nil || !bytes.Equal(again, b) {
			t.Errorf("%x was read, and is put together as %x, %v", b, again, err)
		}
	})
}

// FuzzPoint holds that a key is read in its one form alone.
func FuzzPoint(f *testing.F) {
	b, err := hex.DecodeString("04f2d4b57b8a594ff4ff0bfa2cafe0644ecea34aab34954ceb68790f6778f06a0aaa02cf8bf7fbf0257ac00fdbcbaba043f72bb6774621ef178fc8a597696915af")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte{4})
	f.Fuzz(func(t *testing.T, b []byte) {
		key, err := cose.ParsePoint(b)
		if err != nil {
			return
		}
		if again, err := cose.Point(key); err != nil || !bytes.Equal(again, b) {
			t.Errorf("%x was read, and is written %x, %v", b, again, err)
		}
	})
}
