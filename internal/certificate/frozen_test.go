package certificate_test

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
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

// past are the looks of which testdata/frozen has a template and a certificate
// made with it. A new version of a design gets a line of its own; the old ones
// stay.
var past = []struct {
	kind  registry.CredentialKind
	langs []string
}{
	{registry.Competence, []string{"zh", "en"}},
	{registry.Competence, []string{"ru", "en"}},
	{registry.Competence, []string{"en"}},
	{registry.Attendance, []string{"zh", "en"}},
	{registry.Instructor, []string{"ru", "en"}},
	{registry.Honour, []string{"zh", "en"}},
}

// TestCertificateOfThePastIsBuiltTheSame holds the promise for ever. When this
// fails, old certificates change: never renew these files, but keep the old way
// of writing for the old format.
func TestCertificateOfThePastIsBuiltTheSame(t *testing.T) {
	press, err := certificate.NewPress(nil)
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("testdata/frozen/*.json.gz")
	if err != nil || len(files) < len(past) {
		t.Fatalf("%d frozen templates, want %d at least: run with -update once for a new version; %v", len(files), len(past), err)
	}
	for _, path := range files {
		id := strings.TrimSuffix(filepath.Base(path), ".json.gz")
		t.Run(id, func(t *testing.T) {
			template, err := press.Thaw(unzip(t, path))
			if err != nil {
				t.Fatal(err)
			}
			was := readIssued(t, id)
			built, err := template.Rebuild(was.Input, was.Signature)
			if err != nil {
				t.Fatalf("template %s: %v", id, err)
			}
			if got := hex.EncodeToString(built.SHA256[:]); got != was.SHA256 {
				t.Errorf("template %s: the file has SHA-256 %s, when it was issued %s", id, got, was.SHA256)
			}
		})
	}
}

// TestDesignsKeepTheirVersion finds a design that lays out otherwise under an
// old version, and one whose version nobody froze.
func TestDesignsKeepTheirVersion(t *testing.T) {
	p := ecPKI(t)
	press := p.press(t)
	for _, look := range past {
		template, err := press.Template(certificate.Look{Kind: look.kind, Langs: look.langs})
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata/frozen", template.ID()+".json.gz")
		if _, err := os.Stat(path); os.IsNotExist(err) && *update {
			freeze(t, press, p, template, look.kind, look.langs)
		}
		now, err := template.Frozen()
		if err != nil {
			t.Fatal(err)
		}
		if a, b := formOf(t, unzip(t, path)), formOf(t, now); !bytes.Equal(a, b) {
			t.Errorf("design %s sets its texts otherwise than it did: give it a new version\nwas %s\nis  %s", template.ID(), a, b)
		}
	}
}

func formOf(t *testing.T, frozen []byte) json.RawMessage {
	t.Helper()
	var f struct{ Form json.RawMessage }
	if err := json.Unmarshal(frozen, &f); err != nil || len(f.Form) == 0 {
		t.Fatalf("read frozen template: %v", err)
	}
	return f.Form
}

func unzip(t *testing.T, path string) []byte {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func issuedPath(id string) string { return filepath.Join("testdata/frozen", id+".issued.json") }

func readIssued(t *testing.T, id string) (was issued) {
	t.Helper()
	data, err := os.ReadFile(issuedPath(id))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &was); err != nil {
		t.Fatal(err)
	}
	return was
}

// freeze makes the files of a new version, once.
func freeze(t *testing.T, press *certificate.Press, p *pki, template *certificate.Template, kind registry.CredentialKind, langs []string) {
	t.Helper()
	s := snapshot(kind, langs...)
	s.Name = "李𬱖𠀀·Қы"
	in := input(s)
	signed := sign(t, press, in, p.key)
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
	if err := os.MkdirAll("testdata/frozen", 0o755); err != nil {
		t.Fatal(err)
	}
	for path, content := range map[string][]byte{filepath.Join("testdata/frozen", template.ID()+".json.gz"): z.Bytes(), issuedPath(template.ID()): append(data, '\n')} {
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
