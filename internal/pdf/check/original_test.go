package check_test

import (
	"bytes"
	"compress/zlib"
	"crypto"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jung-kurt/gofpdf"

	"github.com/passmuster/passmuster/internal/certificate"
	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/pdf/check"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/testkit"
)

// credential is of an invented person. DEMO.
func credential(langs ...string) certificate.Input {
	title := registry.Text{"zh": "心肺复苏与自动体外除颤", "en": "CPR and AED", "ru": "Первая помощь"}
	place := registry.Text{"zh": "培训基地", "en": "Training base", "ru": "Учебная база"}
	office := registry.Text{"zh": "主任", "en": "Director", "ru": "Руководитель"}
	return certificate.Input{
		Snapshot: registry.Snapshot{
			Format: 1, Number: "GAJK-SJZ-2026-000123", Code: registry.NewCode([10]byte{1, 2, 3}), Kind: registry.Competence,
			Subject: "urn:uuid:0b8f0c5e-3d6a-4f6e-9a51-6a1f6f3c2d11", Name: "王𬱖 Қанат", LatinName: "Wang Wei", IDLast4: "013X",
			Course:  registry.CourseName{Code: "CPR-AED", Version: 1, Title: title},
			Class:   registry.ClassDates{Code: "SJZ-2026-11", StartsOn: registry.NewDate(2026, 11, 14), EndsOn: registry.NewDate(2026, 11, 21)},
			Minutes: 720, Practical: 450, InPerson: true, Theory: true,
			Base:        registry.BaseName{Code: "SJZ", TZ: "Asia/Shanghai", Offset: 480, Name: place},
			Issuer:      registry.CodeName{Code: "GAJK", Name: place},
			Signatories: []registry.Signatory{{Name: "DEMO", Title: office}, {Name: "DEMO", Title: office}},
			CompletedOn: registry.NewDate(2026, 11, 21), IssuedOn: registry.NewDate(2026, 11, 21), IssuedAt: time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC),
			ValidFrom: registry.NewDate(2026, 11, 21), ValidUntil: registry.NewDate(2028, 11, 30),
			Languages: langs, Origin: "https://verify.example", Demo: true,
		},
		QR:  "https://verify.example/v/" + string(registry.NewCode([10]byte{1, 2, 3})) + "#" + strings.Repeat("3141592653", 38),
		JWT: []byte(token),
	}
}

// issued makes a real certificate, signed by the chain.
func issued(t testing.TB, p *pki, withRoot bool, langs ...string) []byte {
	t.Helper()
	chain := p.letter().certificates
	if withRoot {
		chain = append(chain, p.root)
	}
	press, err := certificate.NewPress(chain)
	if err != nil {
		t.Fatal(err)
	}
	in := credential(langs...)
	template, err := press.Template(certificate.Look{Kind: in.Snapshot.Kind, Langs: langs, Demo: in.Snapshot.Demo})
	if err != nil {
		t.Fatal(err)
	}
	f, err := template.Sign(in, p.key)
	if err != nil {
		t.Fatal(err)
	}
	return f.Bytes()
}

func TestAcceptsIssuedCertificates(t *testing.T) {
	for name, key := range map[string]crypto.Signer{"P-256": ecKey(t), "RSA-2048": rsaKey(t, 2048)} {
		p := newPKI(t, key)
		for _, langs := range [][]string{{"zh", "en"}, {"ru", "en"}, {"en"}} {
			t.Run(name+" "+strings.Join(langs, "+"), func(t *testing.T) {
				s, err := check.File(issued(t, p, langs[0] == "en", langs...), p.public())
				if err != nil {
					t.Fatal(err)
				}
				if string(s.Attachment) != token || !s.SignedAt.Equal(credential(langs...).Snapshot.IssuedAt) || !s.Chain[0].Equal(p.leaf) {
					t.Errorf("File = %q, %s", s.Attachment, s.SignedAt)
				}
			})
		}
	}
}

// The registry's own keys give chains that the check follows, renewed ones too.
func TestAcceptsTheRegistrysChains(t *testing.T) {
	for _, byRSA := range []bool{false, true} {
		now := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
		ring, err := keys.Init(filepath.Join(t.TempDir(), "keys"), keys.Options{Now: now, Organization: "DEMO", PublicURL: "https://verify.example", DocumentRSA: byRSA, Demo: true})
		if err != nil {
			t.Fatal(err)
		}
		block, _ := pem.Decode(ring.RootPEM())
		root, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		for year := range 4 {
			at := now.AddDate(year, 0, 0)
			signer, chain, err := ring.PDFSigner(at)
			if err != nil {
				t.Fatal(err)
			}
			l := letter{key: signer, leaf: chain[0], hashed: chain[0], certificates: chain, signers: 1}
			d := newDraft()
			d.change(t, signature, "D:20261121093000", at.Format("D:20060102150405"))
			s, err := check.File(seal(t, d.file(), l), root.PublicKey.(*ecdsa.PublicKey))
			if err != nil {
				t.Fatalf("RSA %v, %s: %v", byRSA, at, err)
			}
			if !s.SignedAt.Equal(at) {
				t.Errorf("signed at %s, want %s", s.SignedAt, at)
			}
		}
	}
}

func TestIssuedCertificatesChanged(t *testing.T) {
	p, other := newPKI(t, ecKey(t)), newPKI(t, ecKey(t))
	b := issued(t, p, true, "zh", "en")
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		bad := bytes.Clone(b)
		i := r.IntN(len(bad))
		bad[i] ^= byte(1 + r.IntN(255))
		if _, err := check.File(bad, p.public()); err == nil {
			t.Fatalf("byte %d of %d changed: accepted", i, len(b))
		}
	}
	for n := 0; n < len(b); n += 97 {
		if _, err := check.File(b[:n], p.public()); err == nil {
			t.Fatalf("cut to %d of %d bytes: accepted", n, len(b))
		}
	}
	refused(t, append(bytes.Clone(b), 0), p.public(), check.Appended)
	refused(t, update(b, 3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 10 10]>>", true), p.public(), check.Appended)
	refused(t, issued(t, other, true, "zh", "en"), p.public(), check.Chain)
	refused(t, bytes.Replace(b, []byte("REVNTw"), []byte("REVNTx"), 1), p.public(), check.Altered)
}

// TestToolsThatWriteAgain has our file opened and saved by others.
func TestToolsThatWriteAgain(t *testing.T) {
	p := newPKI(t, ecKey(t))
	b := issued(t, p, false, "zh", "en")
	in, out := filepath.Join(t.TempDir(), "in.pdf"), filepath.Join(t.TempDir(), "out.pdf")
	if err := os.WriteFile(in, b, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		tool []string
		want check.Fault
	}{
		"saved by qpdf":            {[]string{"qpdf", in, out}, check.Altered},
		"linearized":               {[]string{"qpdf", "--linearize", in, out}, check.Altered},
		"object streams":           {[]string{"qpdf", "--object-streams=generate", in, out}, check.Altered},
		"encrypted":                {[]string{"qpdf", "--encrypt", "", "x", "256", "--", in, out}, check.Altered},
		"saved by mutool":          {[]string{"mutool", "clean", in, out}, check.Altered},
		"printed by poppler":       {[]string{"pdftocairo", "-pdf", in, out}, check.Unsigned},
		"a screenshot":             {[]string{"pdftoppm", "-png", "-r", "50", "-singlefile", in, strings.TrimSuffix(out, ".pdf")}, check.NotPDF},
		"page pulled out of a PDF": {[]string{"pdfseparate", in, out}, check.Structure},
	} {
		t.Run(name, func(t *testing.T) {
			tool := testkit.Tool(t, c.tool[0])
			if text, err := exec.Command(tool, c.tool[1:]...).CombinedOutput(); err != nil {
				t.Fatalf("%v: %v\n%s", c.tool, err, text)
			}
			path := out
			if c.want == check.NotPDF {
				path = strings.TrimSuffix(out, ".pdf") + ".png"
			}
			changed, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			refused(t, changed, p.public(), c.want)
		})
	}
}

// TestOthersAcceptOurs asks other readers about the file that the check takes.
func TestOthersAcceptOurs(t *testing.T) {
	p := newPKI(t, ecKey(t))
	path := filepath.Join(t.TempDir(), "original.pdf")
	for name, b := range map[string][]byte{"issued": issued(t, p, false, "zh", "en"), "small": p.original(t)} {
		if _, err := check.File(b, p.public()); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		t.Run(name+" by qpdf", func(t *testing.T) {
			if text, err := exec.Command(testkit.Tool(t, "qpdf"), "--check", path).CombinedOutput(); err != nil {
				t.Errorf("qpdf --check: %v\n%s", err, text)
			}
		})
		t.Run(name+" by pdfsig", func(t *testing.T) {
			text, _ := exec.Command(testkit.Tool(t, "pdfsig"), "-nocert", path).CombinedOutput()
			for _, want := range []string{"Signature is Valid", "Total document signed"} {
				if !strings.Contains(string(text), want) {
					t.Errorf("pdfsig does not say %q:\n%s", want, text)
				}
			}
		})
	}
}

func TestUnsignedFromGofpdf(t *testing.T) {
	f := gofpdf.New("L", "mm", "A4", "")
	f.AddPage()
	f.SetFont("Helvetica", "", 24)
	f.Cell(40, 10, "Certificate DEMO")
	var out bytes.Buffer
	if err := f.Output(&out); err != nil {
		t.Fatal(err)
	}
	refused(t, out.Bytes(), new(ecdsa.PublicKey), check.Unsigned)
}

// A compressed attachment is read too: nothing says that ours stays plain.
func TestReadsCompressedAttachment(t *testing.T) {
	p := newPKI(t, ecKey(t))
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	if _, err := io.WriteString(z, token); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	d := newDraft()
	d.objects[embedded] = stream("/Type/EmbeddedFile/Filter/FlateDecode", packed.String())
	s, err := check.File(seal(t, d.file(), p.letter()), p.public())
	if err != nil || string(s.Attachment) != token {
		t.Errorf("File = %v, %v", s, err)
	}
}
