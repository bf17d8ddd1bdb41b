package certificate_test

import (
	"bytes"
	"crypto"
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
)

// names that a certificate must get right, and what is special about them. DEMO.
var names = map[string]string{
	"one Han character after another": "吕一",
	"19 characters, middle dots":      "阿卜杜热西提·阿布都克里木·麦麦提明江",
	"Extension A":                     "张䶮",
	"Extension E":                     "李𬱖",
	"Extension B, fallback font":      "丁𠀀𪛖",
	"59 Cyrillic characters":          "Константинопольская-Преображенская Александра Владиславовна",
	"100 characters on two lines":     "Константинопольская-Преображенская-Задунайская Александра Владиславовна Константиновна Амвросиевна",
	"Kazakh":                          "Құдайбергенов Нұрсұлтан Әбдіғаппарұлы",
	"Akan":                            "Ɔkɔmfoɔ Akosua Ɛdwoa",
	"Polish and an apostrophe":        "O'Brien-Łukasiewicz",
	"small particle":                  "Nkosinathi van der Westhuizen",
	"ё":                               "Семёнов Пётр",
	"two scripts":                     "欧阳娜 Анна",
}

// nss makes a store for pdfsig that trusts the root.
func (p *pki) nss(t testing.TB, dir string) string {
	t.Helper()
	root := pemFile(t, filepath.Join(dir, "root.pem"), p.root)
	store := filepath.Join(dir, "nss")
	if err := os.Mkdir(store, 0o700); err != nil {
		t.Fatal(err)
	}
	run(t, "certutil", "-N", "-d", "sql:"+store, "--empty-password")
	run(t, "certutil", "-A", "-d", "sql:"+store, "-n", "root", "-t", "CT,CT,CT", "-i", root)
	return store
}

func TestOtherProgramsAcceptTheSignature(t *testing.T) {
	for name, key := range map[string]crypto.Signer{"ECDSA P-256": ecKey(t, 3), "RSA 2048": rsaKey(t)} {
		t.Run(name, func(t *testing.T) {
			p := newPKI(t, key)
			dir := t.TempDir()
			file := save(t, dir, sign(t, p.press(t), input(snapshot(registry.Competence, "zh", "en")), key))
			t.Run("pdfsig", func(t *testing.T) {
				said := run(t, "pdfsig", "-nssdir", p.nss(t, dir), file)
				for _, want := range []string{"Signature is Valid", "Certificate is Trusted", "Total document signed", "ETSI.CAdES.detached", "Signing Time: Nov 21 2026 "} {
					if !strings.Contains(said, want) {
						t.Errorf("pdfsig does not say %q:\n%s", want, said)
					}
				}
			})
			t.Run("openssl", func(t *testing.T) { opensslVerifies(t, p, dir, file) })
			t.Run("qpdf", func(t *testing.T) { run(t, "qpdf", "--check", file) })
			t.Run("mutool", func(t *testing.T) {
				said, _ := output(t, "mutool", "sign", "-v", file) // ends with 1: it does not know the root
				if !strings.Contains(said, "unchanged since signing") {
					t.Errorf("mutool does not say that the document is unchanged:\n%s", said)
				}
			})
		})
	}
}

// opensslVerifies cuts signature and signed bytes out as a person would.
func opensslVerifies(t *testing.T, p *pki, dir, file string) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var zero, a, b, c int
	at := bytes.Index(data, []byte("/ByteRange["))
	if _, err := fmt.Sscanf(string(data[at:at+60]), "/ByteRange[%d %d %d %d]", &zero, &a, &b, &c); err != nil {
		t.Fatal(err)
	}
	if zero != 0 || b+c != len(data) || data[a] != '<' || data[b-1] != '>' {
		t.Fatalf("byte range [%d %d %d %d] of %d bytes leaves more than the signature out", zero, a, b, c, len(data))
	}
	padded, err := hex.DecodeString(string(data[a+1 : b-1]))
	if err != nil {
		t.Fatal(err)
	}
	var message asn1.RawValue
	if _, err := asn1.Unmarshal(padded, &message); err != nil {
		t.Fatal(err)
	}
	write := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	signature, signed := write("signature.der", message.FullBytes), write("signed.bin", append(bytes.Clone(data[:a]), data[b:]...))
	root := pemFile(t, filepath.Join(dir, "trusted.pem"), p.root)
	for _, extra := range [][]string{nil, {"-cades"}} {
		args := append([]string{"cms", "-verify", "-inform", "DER", "-in", signature, "-content", signed, "-binary", "-CAfile", root, "-purpose", "any", "-out", os.DevNull}, extra...)
		if said := run(t, "openssl", args...); !strings.Contains(said, "erification successful") {
			t.Errorf("openssl cms %v: %s", extra, said)
		}
	}
}

func TestOneChangedByteIsRefused(t *testing.T) {
	p := ecPKI(t)
	f := sign(t, p.press(t), input(snapshot(registry.Competence, "zh", "en")), p.key)
	dir := t.TempDir()
	store := p.nss(t, dir)
	whole := f.Bytes()
	for name, at := range map[string]int{"in the constant part": len(f.Prefix) / 2, "in the page": len(f.Prefix) + 400, "at the end": len(whole) - 2} {
		t.Run(name, func(t *testing.T) {
			bad := bytes.Clone(whole)
			bad[at] ^= 1
			path := filepath.Join(dir, fmt.Sprint(at, ".pdf"))
			if err := os.WriteFile(path, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			if said, _ := output(t, "pdfsig", "-nssdir", store, path); strings.Contains(said, "Signature is Valid") {
				t.Errorf("pdfsig accepts the file with byte %d changed:\n%s", at, said)
			}
		})
	}
}

func TestNamesAreCopiedOutAsTheyWentIn(t *testing.T) {
	p := ecPKI(t)
	press := p.press(t)
	for about, name := range names {
		t.Run(about, func(t *testing.T) {
			dir := t.TempDir()
			for _, langs := range [][]string{{"zh", "en"}, {"ru", "en"}} {
				s := snapshot(registry.Competence, langs...)
				s.Name = name
				file := save(t, dir, sign(t, press, input(s), p.key))
				for _, mode := range []string{"-raw", "-layout"} {
					text := strings.Join(strings.Fields(run(t, "pdftotext", mode, "-enc", "UTF-8", file, "-")), " ")
					if !strings.Contains(text, name) {
						t.Errorf("%v: pdftotext %s does not return %q", langs, mode, name)
					}
				}
				if info := run(t, "pdfinfo", "-enc", "UTF-8", file); !strings.Contains(info, "Certificate "+string(s.Number)+" – "+name) {
					t.Errorf("%v: the title does not have %q:\n%s", langs, name, info)
				}
			}
		})
	}
}

func TestCodeIsReadFromAnOfficeCopy(t *testing.T) {
	p := ecPKI(t)
	press := p.press(t)
	for about, name := range names {
		t.Run(about, func(t *testing.T) {
			s := snapshot(registry.Competence, "zh", "en")
			s.Name, s.Demo = name, true
			dir := t.TempDir()
			in := input(s)
			file := save(t, dir, sign(t, press, in, p.key))
			run(t, "pdftoppm", "-r", "150", "-png", "-singlefile", file, filepath.Join(dir, "page"))
			got := stdout(t, "zbarimg", "-q", "--raw", "-Sdisable", "-Sqrcode.enable", filepath.Join(dir, "page.png"))
			if strings.TrimRight(got, "\n") != in.QR {
				t.Errorf("zbarimg reads %.80q…, want %.80q…", got, in.QR)
			}
		})
	}
}

func TestFileIsWholeAndTagged(t *testing.T) {
	p := ecPKI(t)
	dir := t.TempDir()
	s := snapshot(registry.Competence, "zh", "en")
	s.Name = "丁𠀀 Құ"
	in := input(s)
	file := save(t, dir, sign(t, p.press(t), in, p.key))

	info := run(t, "pdfinfo", file)
	for _, want := range []string{"Pages:           1\n", "Tagged:          yes\n", "841.89 x 595.28 pts (A4)", "PDF version:     1.7"} {
		if !strings.Contains(info, want) {
			t.Errorf("pdfinfo does not say %q:\n%s", want, info)
		}
	}
	tags := run(t, "pdfinfo", "-struct-text", file)
	for _, want := range []string{"H1", "培训合格证书", "Figure", s.Name, s.Code.String(), "verify.example"} {
		if !strings.Contains(tags, want) {
			t.Errorf("the tags do not hold %q:\n%s", want, tags)
		}
	}
	for _, line := range strings.Split(strings.TrimSpace(run(t, "pdffonts", file)), "\n")[2:] {
		if !strings.Contains(line, "Identity-H       yes yes yes") {
			t.Errorf("a font is not embedded, cut and readable: %s", line)
		}
	}
	if trace := run(t, "mutool", "trace", file); strings.Contains(trace, `glyph="0"`) || !strings.Contains(trace, "glyph=") {
		t.Error("the page draws a missing-character glyph")
	}
	run(t, "pdfdetach", "-save", "1", "-o", filepath.Join(dir, "credential.jwt"), file)
	if got, err := os.ReadFile(filepath.Join(dir, "credential.jwt")); err != nil || !bytes.Equal(got, in.JWT) {
		t.Errorf("the attached credential is not what was given: %d bytes, %v", len(got), err)
	}
	if size := len(in.JWT); size == 0 || fileSize(t, file) > 300_000 {
		t.Errorf("the file has %d bytes, want at most 300,000", fileSize(t, file))
	}
}

func fileSize(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}
