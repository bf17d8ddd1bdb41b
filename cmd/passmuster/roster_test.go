package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/interop"
	"github.com/passmuster/passmuster/internal/testkit"
)

const rosters = "../../internal/intake/testdata/"

// issuedDoc is what `passmuster issue --json` prints.
type issuedDoc struct {
	Class    string
	Files    []struct{ Number, Code, Name, File, Link, Holder string }
	Rows     int
	Rejected int
	Failed   []faultDoc `json:"not_passed"`
	Errors   []faultDoc
	Warnings []faultDoc
}

type faultDoc struct {
	Row                       int
	Field, Code, Message, Fix string
}

func issueRoster(t testing.TB, data, file, course, base string, wantExit int) issuedDoc {
	t.Helper()
	path, err := filepath.Abs(rosters + file)
	if err != nil {
		t.Fatal(err)
	}
	r := passmuster(t, data, "issue", path, "--course", course, "--base", base, "--out", filepath.Join(t.TempDir(), "out"),
		"--actor", "trainer@demo.example", "--approver", "approver@demo.example", "--json")
	if r.code != wantExit {
		t.Fatalf("issue %s: exit %d, want %d\n%s%s", file, r.code, wantExit, r.out, r.err)
	}
	var doc issuedDoc
	if err := json.Unmarshal([]byte(r.out), &doc); err != nil {
		t.Fatalf("issue %s printed %q: %v", file, r.out, err)
	}
	return doc
}

// TestThreeRostersBecomeNinetyFiveCertificatesThatOthersAccept is the main job:
// real rosters in, and every PDF out held against other people's tools.
func TestThreeRostersBecomeNinetyFiveCertificatesThatOthersAccept(t *testing.T) {
	d := newDemo(t, freeAddr(t))
	s := serveDemo(t, d) // the command works beside the running server
	pki := newPKI(t, s)
	total := 0
	for _, roster := range []struct {
		file, course, base string
		people             int
	}{{"sjz-cpr-class.xlsx", "CPR1", "SJZ", 30}, {"tjx-cpr-class-excel.csv", "CPR1", "TJX", 25}, {"msk-first-aid.csv", "FAR1", "MSK", 40}} {
		doc := issueRoster(t, d.Data, roster.file, roster.course, roster.base, exitOK)
		if len(doc.Files) != roster.people || doc.Rejected != 0 {
			t.Fatalf("%s: %d certificates and %d rejected rows, want %d and 0", roster.file, len(doc.Files), doc.Rejected, roster.people)
		}
		for i, f := range doc.Files {
			pki.accepts(t, f.File, f.Name)
			if i%10 == 0 {
				pki.scans(t, d, f.File, f.Link)
			}
		}
		total += len(doc.Files)
	}
	if total != 95 {
		t.Errorf("%d certificates in all, want 95", total)
	}
}

// pki is what an outside verifier is given: the root, and tools.
type pki struct {
	s       *served
	root    string // PEM
	nss     string
	pdfsig  string
	qpdf    string
	mutool  string
	openssl string
	text    string
}

func newPKI(t *testing.T, s *served) pki {
	t.Helper()
	_, _, pem := s.get("/pki/root.pem")
	p := pkiOf(t, file(t, "root.pem", pem))
	p.s = s
	return p
}

// pkiOf are outside tools that trust one root, a PEM file, and nothing else.
func pkiOf(t *testing.T, root string) pki {
	t.Helper()
	p := pki{s: &served{t: t}, root: root, nss: filepath.Join(t.TempDir(), "nss"), pdfsig: testkit.Tool(t, "pdfsig"),
		qpdf: testkit.Tool(t, "qpdf"), mutool: testkit.Tool(t, "mutool"), openssl: testkit.Tool(t, "openssl"), text: testkit.Tool(t, "pdftotext")}
	if err := os.MkdirAll(p.nss, 0o700); err != nil {
		t.Fatal(err)
	}
	certutil := testkit.Tool(t, "certutil")
	tool(t, certutil, "-N", "-d", "sql:"+p.nss, "--empty-password")
	tool(t, certutil, "-A", "-d", "sql:"+p.nss, "-n", "root", "-t", "CT,C,C", "-i", p.root)
	return p
}

// tool runs an outside program and wants exit code 0.
func tool(t testing.TB, name string, args ...string) string {
	t.Helper()
	var out, errOut bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = &out, &errOut // some print noise about D-Bus on stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s%s", filepath.Base(name), strings.Join(args, " "), err, out.Bytes(), errOut.Bytes())
	}
	return out.String()
}

// accepts holds one file against pdfsig, qpdf, mutool, openssl and pdftotext.
func (p pki) accepts(t *testing.T, path, name string) {
	t.Helper()
	out := tool(t, p.pdfsig, "-nssdir", p.nss, path)
	for _, want := range []string{"Signature is Valid", "Certificate is Trusted", "Total document signed", "ETSI.CAdES.detached"} {
		if !strings.Contains(out, want) {
			t.Errorf("pdfsig %s lacks %q:\n%s", filepath.Base(path), want, out)
		}
	}
	if out := tool(t, p.qpdf, "--check", path); strings.Contains(out, "WARNING") {
		t.Errorf("qpdf warns: %s", out)
	}
	mutool, _ := exec.Command(p.mutool, "sign", "-v", path).CombinedOutput() // exits 1: it does not know the root
	if !bytes.Contains(mutool, []byte("unchanged since signing")) {
		t.Errorf("mutool: %s", mutool)
	}
	p.cms(t, path)
	if text := tool(t, p.text, "-raw", path, "-"); !strings.Contains(strings.ReplaceAll(text, "\n", ""), strings.ReplaceAll(name, "\n", "")) &&
		!strings.Contains(squeeze(text), squeeze(name)) {
		t.Errorf("pdftotext %s does not return the name %q:\n%s", filepath.Base(path), name, text)
	}
}

// squeeze drops white space: a long name may be printed on two lines.
func squeeze(s string) string { return strings.Join(strings.Fields(s), "") }

var byteRange = regexp.MustCompile(`/ByteRange ?\[ ?0 0*(\d+) 0*(\d+) 0*(\d+) ?\]`)

// cms takes the signature out of the file and has openssl verify it as CAdES.
func (p pki) cms(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m := byteRange.FindSubmatch(b)
	if m == nil {
		t.Fatalf("%s has no ByteRange", path)
	}
	at := func(i int) int { n, _ := strconv.Atoi(string(m[i])); return n }
	first, second, length := at(1), at(2), at(3)
	if second+length != len(b) {
		t.Errorf("%s: ByteRange ends at %d of %d bytes", path, second+length, len(b))
	}
	der, err := hex.DecodeString(strings.Trim(string(b[first:second]), "<>"))
	if err != nil {
		t.Fatal(err)
	}
	signed := file(t, "signed.bin", append(append([]byte{}, b[:first]...), b[second:]...))
	sig := file(t, "sig.der", der)
	for _, cades := range []string{"-binary", "-cades"} {
		tool(t, p.openssl, "cms", "-verify", cades, "-inform", "DER", "-in", sig, "-content", signed, "-binary", "-CAfile", p.root, "-purpose", "any", "-out", os.DevNull)
	}
}

// scans prints the page at 150 dpi, reads its QR code, verifies it with no
// network, and has another library verify the attached credential.
func (p pki) scans(t *testing.T, d demonstration, path, link string) {
	t.Helper()
	png := filepath.Join(t.TempDir(), "page")
	tool(t, testkit.Tool(t, "pdftoppm"), "-r", "150", "-png", "-singlefile", path, png)
	qr := strings.TrimSpace(tool(t, testkit.Tool(t, "zbarimg"), "-q", "--raw", png+".png"))
	if !strings.HasPrefix(qr, link+"#") {
		t.Fatalf("zbarimg read %q, want %s#…", qr, link)
	}
	r := passmuster(t, d.Data, "verify", "--offline", "--json", qr)
	var a struct {
		Status string
		Checks struct{ Signature struct{ Result string } }
	}
	if err := json.Unmarshal([]byte(r.out), &a); err != nil {
		t.Fatalf("verify printed %q %s", r.out, r.err)
	}
	if r.code != exitUnknown || a.Status != "could_not_check" || a.Checks.Signature.Result != "yes" {
		t.Errorf("offline without a bundle: exit %d, status %s, signature %s; want 3, could_not_check, yes", r.code, a.Status, a.Checks.Signature.Result)
	}
	if out := must(t, d.Data, "verify", path); !strings.HasPrefix(out, "VALID") {
		t.Errorf("verify %s: %s", filepath.Base(path), out)
	}
	p.changed(t, d, path)
	p.badge(t, path)
}

// changed flips one byte: pdfsig and we refuse.
func (p pki) changed(t *testing.T, d demonstration, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/3] ^= 1
	bad := file(t, "changed.pdf", b)
	if out, _ := exec.Command(p.pdfsig, "-nssdir", p.nss, bad).CombinedOutput(); strings.Contains(string(out), "Signature is Valid") {
		t.Errorf("pdfsig accepts a changed byte:\n%s", out)
	}
	if r := passmuster(t, d.Data, "verify", bad); r.code != exitNo || !strings.Contains(r.out, "ALTERED") {
		t.Errorf("verify of a changed byte: exit %d\n%s%s", r.code, r.out, r.err)
	}
}

// badge takes the credential out of the file and has jose verify it against the
// keys that the server publishes.
func (p pki) badge(t *testing.T, path string) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "credential.jwt")
	tool(t, testkit.Tool(t, "pdfdetach"), "-savefile", "credential.jwt", "-o", out, path)
	token, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	changed := []byte(string(token))
	changed[len(changed)/2] ^= 1
	in := map[string]any{"jwks": p.s.base + "/.well-known/jwks.json", "at": "2026-11-22T00:00:00Z", "tokens": []string{string(token), string(changed)}}
	var answers []struct {
		OK   bool `json:"ok"`
		Code string
	}
	in["at"] = nowISO()
	interop.Run(t, "jose.mjs", in, &answers)
	if len(answers) != 2 || !answers[0].OK || answers[1].OK {
		t.Errorf("jose: %+v, want the attached credential accepted and the changed one refused", answers)
	}
}

// TestBrokenRosterLosesNobodyGood: every fault is told once with row, column and
// repair, and the good rows get their certificates.
func TestBrokenRosterLosesNobodyGood(t *testing.T) {
	d := newDemo(t, freeAddr(t))
	doc := issueRoster(t, d.Data, "broken.xlsx", "CPR1", "SJZ", exitMixed)
	if len(doc.Files) != 19 || doc.Rejected != 10 || len(doc.Failed) != 1 || doc.Rows != 30 {
		t.Errorf("%d certificates, %d rejected, %d not passed of %d rows; want 19, 10, 1 of 30", len(doc.Files), doc.Rejected, len(doc.Failed), doc.Rows)
	}
	want := map[int]string{3: "name.empty", 5: "id.lost", 7: "id.check", 9: "id.date", 11: "intake.score_range", 13: "intake.score_missing",
		17: "intake.duplicate", 21: "name.bidi", 23: "name.unassigned", 29: "intake.formula"}
	for _, f := range doc.Errors {
		if want[f.Row] != f.Code {
			t.Errorf("row %d: %s, want %q", f.Row, f.Code, want[f.Row])
		}
		if f.Message == "" || f.Fix == "" || f.Field == "" {
			t.Errorf("row %d: %+v lacks column, message or repair", f.Row, f)
		}
		delete(want, f.Row)
	}
	for row, code := range want {
		t.Errorf("row %d: no word of %s", row, code)
	}
	again := issueRoster(t, d.Data, "broken.xlsx", "CPR1", "SJZ", exitMixed)
	if len(again.Files) != 19 || again.Class != doc.Class {
		t.Fatalf("the same roster again: %d certificates of class %s, want the 19 of %s", len(again.Files), again.Class, doc.Class)
	}
	for i, f := range doc.Files {
		if again.Files[i].Number != f.Number {
			t.Errorf("%s was certified twice: %s and %s", f.Name, f.Number, again.Files[i].Number)
		}
	}
}
