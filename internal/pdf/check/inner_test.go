package check

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/passmuster/passmuster/internal/testkit"
)

// The two readers below stand behind others: the structure is read only where
// the signature is good, the message only where the byte range is. They are
// tried here with everything, as if nothing stood before them.

// FuzzRead holds that a structure is read without a crash, and an attachment
// never exceeds the limit.
func FuzzRead(f *testing.F) {
	const catalog = "<</Type/Catalog/AF[3 0 R]/Names<</EmbeddedFiles<</Names[(credential.jwt)3 0 R]>>>>/AcroForm<</Fields[2 0 R]/SigFlags 3>>/Perms<</DocMDP 5 0 R>>>>"
	f.Add(assemble(catalog, "<</Type/Annot/Subtype/Widget/FT/Sig/V 5 0 R>>",
		"<</Type/Filespec/F(credential.jwt)/UF(credential.jwt)/EF<</F 4 0 R/UF 4 0 R>>>>", "<</Length 3>>\nstream\nabc\nendstream",
		"<</Type/Sig/SubFilter/ETSI.CAdES.detached/M(D:20261121093000+00'00')/Reference[<</TransformMethod/DocMDP/TransformParams<</P 1>>>>]/ByteRange[0 1 3 2]/Contents<00>>>"))
	f.Add(assemble("[[[[1 0 R 2.5 -3]]](a(b)\\)c)<00ff>/x#20y true false null]", "<</a<</b[]>>>>"))
	for _, b := range samples(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		at, err := locate(b)
		if err != nil {
			at = place{open: 1, close: 2, end: len(b)}
		}
		if s, err := read(b, at); err == nil && len(s.Attachment) > maxAttachment {
			t.Fatalf("attachment of %d bytes", len(s.Attachment))
		}
	})
}

// assemble writes objects with a table that fits.
func assemble(objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	table := make([]byte, entrySize)
	entry := func() { table = binary.BigEndian.AppendUint32(append(table, 1), uint32(b.Len())) }
	for i, o := range objects {
		entry()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	at := b.Len()
	entry()
	fmt.Fprintf(&b, "%d 0 obj\n<</Type/XRef/W[1 4 0]/Size %d/Root 1 0 R/Length %d>>\nstream\n%s\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n",
		len(objects)+1, len(objects)+2, len(table), table, at)
	return b.Bytes()
}

// FuzzMessage holds that a signature message is read without a crash.
func FuzzMessage(f *testing.F) {
	f.Add([]byte("3003020101"))
	f.Add([]byte("30800000"))
	for _, b := range samples(f) {
		if i := bytes.Index(b, []byte("/Contents <")); i >= 0 {
			digits, _, _ := bytes.Cut(b[i+len("/Contents <"):], []byte(">"))
			f.Add(bytes.ToUpper(digits))
		}
	}
	f.Fuzz(func(t *testing.T, digits []byte) {
		if m, err := parseMessage(digits); err == nil && m.covers(sha256.Sum256(nil)) == nil {
			if _, err := m.chain(nil); err == nil {
				t.Fatal("a chain was found without a root")
			}
		}
	})
}

func samples(t testing.TB) (all [][]byte) {
	names, _ := filepath.Glob("testdata/pyhanko/*.pdf")
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b)
	}
	return all
}

// Wycheproof's signatures in DER, as a PDF's message carries them.
func TestWycheproofSignaturesInAMessage(t *testing.T) {
	cases := testkit.Wycheproof(t, "ecdsa_secp256r1_sha256_test")
	document := sha256.Sum256([]byte("DEMO"))
	for _, c := range cases {
		m := &message{leaf: &x509.Certificate{Raw: []byte("DEMO"), PublicKey: c.Key}, document: document[:], certHash: document[:],
			attributes: c.Message, algorithm: algECDSA, signature: c.Signature}
		if good := m.covers(document) == nil; good != c.Valid {
			t.Errorf("%s: taken %t, want %t", c.Name, good, c.Valid)
		}
	}
	t.Logf("%d cases", len(cases))
}
