package certificate_test

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"testing"

	"github.com/passmuster/passmuster/internal/certificate"
	"github.com/passmuster/passmuster/internal/registry"
)

// issued is a certificate of the past: what the store keeps of one.
type issued struct {
	Input     certificate.Input
	Signature []byte
	SHA256    string // of the file that was given out
}

// TestCertificateOfThePastIsBuiltTheSame holds the promise for ever: testdata
// has a template as it was frozen at format 1 and a certificate made with it.
// When this fails, old certificates change: never renew these files, but keep
// the old way of writing for the old format.
func TestCertificateOfThePastIsBuiltTheSame(t *testing.T) {
	press, err := certificate.NewPress(nil)
	if err != nil {
		t.Fatal(err)
	}
	const frozen, record = "testdata/frozen-1.json.gz", "testdata/issued-1.json"
	if _, err := os.Stat(frozen); os.IsNotExist(err) && *update {
		freeze(t, frozen, record)
	}
	file, err := os.Open(frozen)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(record)
	if err != nil {
		t.Fatal(err)
	}
	var past issued
	if err := json.Unmarshal(data, &past); err != nil {
		t.Fatal(err)
	}
	template, err := press.Thaw(stored)
	if err != nil {
		t.Fatal(err)
	}
	built, err := template.Rebuild(past.Input, past.Signature)
	if err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(built.SHA256[:]); got != past.SHA256 {
		t.Errorf("the file has SHA-256 %s, when it was issued %s", got, past.SHA256)
	}
}

// freeze makes the files of a new format, once.
func freeze(t *testing.T, frozen, record string) {
	p := ecPKI(t)
	press := p.press(t)
	s := snapshot(registry.Competence, "zh", "en")
	s.Name = "李𬱖𠀀·Қы"
	in := input(s)
	signed := sign(t, press, in, p.key)
	template, err := press.Template(certificate.Look{Kind: s.Kind, Langs: s.Languages, Demo: s.Demo})
	if err != nil {
		t.Fatal(err)
	}
	stored, err := template.Frozen()
	if err != nil {
		t.Fatal(err)
	}
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	if _, err := w.Write(stored); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := json.MarshalIndent(issued{in, signed.Signature, hex.EncodeToString(signed.SHA256[:])}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	for path, content := range map[string][]byte{frozen: z.Bytes(), record: append(data, '\n')} {
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
