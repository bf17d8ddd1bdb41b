package check_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/passmuster/passmuster/internal/pdf/check"
)

// fixedKey is the same key in every process and signs the same way each time, so
// that the processes of a fuzzing run mean the same by a good file.
type fixedKey struct{ *ecdsa.PrivateKey }

func newFixedKey(t testing.TB, n byte) fixedKey {
	t.Helper()
	k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), bytes.Repeat([]byte{n}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return fixedKey{k}
}

func (k fixedKey) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return k.PrivateKey.Sign(nil, digest, opts)
}

// FuzzFile holds that whatever comes is answered, and that nothing is accepted
// but the files that were signed here.
func FuzzFile(f *testing.F) {
	p := newPKIOf(f, newFixedKey(f, 1), newFixedKey(f, 2), newFixedKey(f, 3))
	good := p.original(f)
	if !bytes.Equal(good, p.original(f)) {
		f.Fatal("the good file is not the same each time")
	}
	open, behind := hole(good)
	f.Add(good)
	f.Add(newDraft().file())
	f.Add(append(bytes.Clone(good), "\n%%EOF\n"...))
	f.Add(update(good, 5, stream("", "0 g\n"), true))
	f.Add(good[:behind])
	f.Add(good[:open+40])
	f.Add(newPKIOf(f, newFixedKey(f, 4), newFixedKey(f, 5), newFixedKey(f, 6)).original(f))
	files, _ := filepath.Glob("testdata/pyhanko/*.pdf")
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := check.File(b, p.public())
		switch {
		case err == nil && !bytes.Equal(b, good):
			t.Fatalf("accepted a file that was not signed, with the attachment %q", s.Attachment)
		case err != nil && check.FaultOf(err) == "":
			t.Fatalf("refused without a fault: %v", err)
		}
	})
}
