package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/testkit"
)

const importPassphrase = "corréct 口令"

// issueOne issues a certificate in a demonstration and returns its file.
func issueOne(t *testing.T, d demonstration, who string) string {
	t.Helper()
	r, doc := issueText(t, d, "陈"+who+",护照,GOODID"+who+"1,90,合格\n", "--approver", "approver@demo.example")
	if r.code != exitOK || len(doc.Files) != 1 {
		t.Fatalf("issue: exit %d, %d files\n%s%s", r.code, len(doc.Files), r.out, r.err)
	}
	return doc.Files[0].File
}

// snug wants the room for the signature to be no larger than chain and key make
// it: an RSA signature has one length, an ECDSA one at most a few bytes less.
func snug(t *testing.T, path, kind string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := bytes.Cut(b, []byte("/Contents<"))
	digits, _, _ := bytes.Cut(rest, []byte(">"))
	message, err := hex.DecodeString(string(digits))
	if err != nil || len(message) < 4 || message[0] != 0x30 || message[1] != 0x82 {
		t.Fatalf("no signature in %s: %v", path, err)
	}
	most := 0
	if kind == "p256" {
		most = 8
	}
	if spare := len(message) - 4 - (int(message[2])<<8 | int(message[3])); spare < 0 || spare > most {
		t.Errorf("%d bytes are left over behind a %s signature, want %d at most", spare, kind, most)
	}
}

// kept remembers files to be compared when they are built again.
type kept map[string][]byte

func (k kept) add(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	k[strings.TrimSuffix(filepath.Base(path), ".pdf")] = b
}

// same builds every file again and wants the same bytes.
func (k kept) same(t *testing.T, d demonstration) {
	t.Helper()
	for number, want := range k {
		out := filepath.Join(t.TempDir(), "again.pdf")
		must(t, d.Data, "credential", "certificate", number, "--out", out, "--actor", "federation@demo.example")
		if got, err := os.ReadFile(out); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s built again has other bytes (%v)", number, err)
		}
	}
}

func verdictOf(t *testing.T, r ran) registry.Answer {
	t.Helper()
	var a registry.Answer
	if err := json.Unmarshal([]byte(r.out), &a); err != nil {
		t.Fatalf("verify printed %q %s", r.out, r.err)
	}
	return a
}

// TestCertificatesOfAPublicCA is an import as an operator does it, from each kind
// of file, with other people's tools as judges: they trust the public root alone.
func TestCertificatesOfAPublicCA(t *testing.T) {
	d := newDemo(t, freeAddr(t))
	all := kept{}
	all.add(t, issueOne(t, d, "OWN"))
	for _, c := range []struct{ name, kind, form string }{
		{"A", "rsa", "pem"}, {"B", "p256", "pem"}, {"C", "rsa", "legacy"}, {"D", "p256", "modern"}, {"E", "rsa4096", "sealed"},
	} {
		t.Run(c.kind+" "+c.form, func(t *testing.T) {
			ca := testkit.NewPublicCA(t, strings.TrimSuffix(c.kind, "4096"))
			leaf := ca.Leaf(t, c.name, c.kind, 365)
			in := []string{"key", "import", "--json"}
			switch c.form {
			case "pem":
				in = append(in, ca.Join(t, "all.pem", ca.Root, ca.Issuing, leaf, ca.Key(c.name), ca.Policy))
			case "legacy":
				in = append(in, ca.PKCS12(t, c.name, importPassphrase, "-legacy"))
			case "modern":
				in = append(in, ca.PKCS12(t, c.name, importPassphrase))
			case "sealed":
				ca.OpenSSL(t, "pkcs8", "-topk8", "-in", ca.Key(c.name), "-passout", "pass:"+importPassphrase, "-out", ca.Dir+"/sealed")
				in = append(in, ca.Join(t, "sealed.pem", ca.Dir+"/sealed", leaf), "--chain", ca.Join(t, "chain.pem", ca.Policy, ca.Root, ca.Issuing))
			}
			in = append(in, "--passphrase-file", ca.Write(t, "passphrase", []byte(importPassphrase+"\n")))
			before := must(t, d.Data, "key", "list")
			must(t, d.Data, append(in, "--dry-run")...)
			if after := must(t, d.Data, "key", "list"); after != before {
				t.Errorf("--dry-run changed the keys:\n%s", after)
			}
			var doc imported
			if err := json.Unmarshal([]byte(must(t, d.Data, in...)), &doc); err != nil || len(doc.Chain) != 4 || doc.KID == "" || len(doc.Warnings) != 0 {
				t.Fatalf("import: %+v, %v", doc, err)
			}
			if list := must(t, d.Data, "key", "list"); !strings.Contains(list, "DEMO Federation "+c.name) || !strings.Contains(list, "DEMO Public Issuing CA") {
				t.Errorf("key list shows no certificate from outside:\n%s", list)
			}
			f := issueOne(t, d, c.name)
			all.add(t, f)
			judge := pkiOf(t, ca.Root)
			judge.accepts(t, f, "")
			judge.changed(t, d, f)
			snug(t, f, c.kind)
			if out := must(t, d.Data, "verify", f); !strings.HasPrefix(out, "VALID") {
				t.Errorf("verify: %s", out)
			}
			for _, more := range [][]string{in, append(in, "--dry-run")} {
				if r := passmuster(t, d.Data, more...); r.code != exitNo || !strings.Contains(r.err, "is here already") {
					t.Errorf("imported a second time: exit %d\n%s", r.code, r.err)
				}
			}
		})
	}
	must(t, d.Data, "key", "rotate", "pdf_signer")
	back := issueOne(t, d, "BACK")
	all.add(t, back)
	newPKI(t, serveDemo(t, d)).accepts(t, back, "")
	all.same(t, d)
}

// TestVerifiersBelieveAnImportedCertificateByTheTrustList: offline and without
// the registry, the list alone makes a file by a public CA the registry's.
func TestVerifiersBelieveAnImportedCertificateByTheTrustList(t *testing.T) {
	d := newDemo(t, freeAddr(t))
	s := serveDemo(t, d)
	_, _, older := s.get("/trust")
	ca := testkit.NewPublicCA(t, "p256")
	leaf := ca.Leaf(t, "ours", "p256", 365)
	must(t, d.Data, "key", "import", ca.Join(t, "all.pem", ca.Key("ours"), leaf, ca.Issuing, ca.Policy, ca.Root))
	f := issueOne(t, d, "PUB")
	_, _, today := s.get("/bundle")
	s.stop()
	tomorrow := "PASSMUSTER_DEMO_CLOCK=+26h" // today's bundle cannot tell of what was issued today
	s = serveDemo(t, d, tomorrow)

	bundle := fresh(t, s, "/bundle", today)
	_, _, list := s.get("/trust")
	_, _, rootPEM := s.get("/pki/root.pem")
	status, _, chain := s.get("/pki/documents.pem")
	want, err := os.ReadFile(ca.Join(t, "want.pem", leaf, ca.Issuing, ca.Policy, ca.Root))
	if err != nil {
		t.Fatal(err)
	}
	if status != http.StatusOK || !bytes.Equal(chain, want) {
		t.Errorf("/pki/documents.pem: %d, want the imported chain, leaf first", status)
	}
	root := file(t, "root.pem", rootPEM)
	verify := func(path string, more ...string) ran { // the directory lends its clock alone
		return passmusterIn(t, d.Data, "", []string{tomorrow}, append([]string{"verify", "--json", "--root", root, path}, more...)...)
	}
	listed, bundled := file(t, "trust", list), file(t, "bundle", bundle)
	if a := verdictOf(t, verify(f, "--offline", "--trust", listed, "--bundle", bundled)); a.Status != registry.StatusValid {
		t.Errorf("offline with the list: %s %+v, want valid", a.Status, a.Reasons)
	}
	if a := verdictOf(t, verify(f, "--offline", "--trust", file(t, "older", older), "--bundle", bundled)); a.Status != registry.StatusCouldNotCheck || a.Reasons[0].Code != "pdf.signer_unknown" {
		t.Errorf("with a list older than the certificate: %s %+v, want could_not_check", a.Status, a.Reasons)
	}
	nowhere := filepath.Join(t.TempDir(), "none")
	if a := verdictOf(t, passmuster(t, nowhere, "verify", "--json", f, "--root", root, "--trust", s.base+"/trust", "--public-url", s.base)); a.Status != registry.StatusValid {
		t.Errorf("online: %s %+v, want valid", a.Status, a.Reasons)
	}

	// The same CA issues to somebody else, who signs a file of his own registry.
	other := newDemo(t, freeAddr(t))
	theirs := ca.Leaf(t, "theirs", "p256", 365)
	must(t, other.Data, "key", "import", ca.Join(t, "their.pem", ca.Key("theirs"), theirs, ca.Issuing, ca.Policy, ca.Root))
	foreign := issueOne(t, other, "FOR")
	if out, _ := exec.Command(testkit.Tool(t, "pdfsig"), "-nssdir", pkiOf(t, ca.Root).nss, foreign).CombinedOutput(); !strings.Contains(string(out), "Certificate is Trusted") {
		t.Errorf("pdfsig does not trust the foreign file, so this proves nothing:\n%s", out)
	}
	if r := passmuster(t, d.Data, "verify", "--json", foreign); r.code != exitNo || verdictOf(t, r).Status != registry.StatusNotFound || verdictOf(t, r).Reasons[0].Code != "pdf.chain" {
		t.Errorf("somebody else's file, here: exit %d\n%s%s; want a no", r.code, r.out, r.err)
	}
	for what, list := range map[string]string{"the list from here": s.base + "/trust", "a list from a file": listed} {
		if a := verdictOf(t, verify(foreign, "--offline", "--trust", list, "--bundle", bundled)); a.Verdict != registry.CannotTell || a.Reasons[0].Code != "pdf.signer_unknown" {
			t.Errorf("somebody else's file, offline with %s: %s %+v; want could_not_check", what, a.Status, a.Reasons)
		}
	}

	// The key is stolen: the signature alone proves nothing any more, the registry
	// knows its own files.
	var keys []struct {
		KID         string
		Certificate *struct{ External bool }
	}
	if err := json.Unmarshal([]byte(must(t, d.Data, "key", "list", "--json")), &keys); err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		if k.Certificate != nil && k.Certificate.External {
			must(t, d.Data, "key", "compromised", k.KID)
		}
	}
	if out := must(t, d.Data, "verify", f); !strings.HasPrefix(out, "VALID") {
		t.Errorf("the registry does not know its own file after a theft: %s", out)
	}
	if a := verdictOf(t, verify(f, "--offline", "--trust", file(t, "newer", fresh(t, s, "/trust", list)), "--bundle", bundled)); a.Status != registry.StatusCouldNotCheck || a.Reasons[0].Code != "pdf.signer_compromised" {
		t.Errorf("offline after a theft: %s %+v, want could_not_check", a.Status, a.Reasons)
	}
}

// fresh waits until the server publishes something else than before.
func fresh(t *testing.T, s *served, path string, before []byte) []byte {
	t.Helper()
	for range 200 {
		if _, _, now := s.get(path); !bytes.Equal(now, before) {
			return now
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%s is not published anew", path)
	return nil
}

func TestAnEndedCertificateSignsNothingAndSaysSo(t *testing.T) {
	d := newDemo(t, freeAddr(t))
	ca := testkit.NewPublicCA(t, "p256")
	leaf := ca.Leaf(t, "short", "p256", 20)
	r := passmuster(t, d.Data, "key", "import", ca.Join(t, "all.pem", ca.Key("short"), leaf, ca.Issuing, ca.Policy))
	if r.code != exitOK || !strings.Contains(r.err, "Nothing renews it") || !strings.Contains(r.err, "ends before its root") {
		t.Errorf("20 days, no root: exit %d, and no warning\n%s%s", r.code, r.out, r.err)
	}
	if r = passmuster(t, d.Data, "key", "list"); !strings.Contains(r.err, "Nothing renews it") {
		t.Errorf("key list does not warn:\n%s", r.err)
	}
	later := []string{"PASSMUSTER_DEMO_CLOCK=+600h"}
	roster := file(t, "class.csv", []byte(rosterHead+"陈一,护照,ENDED1,90,合格\n"))
	args := []string{"issue", roster, "--course", "CPR1", "--base", "SJZ", "--out", t.TempDir(), "--actor", "trainer@demo.example", "--approver", "approver@demo.example"}
	if r = passmusterIn(t, d.Data, "", later, args...); r.code == exitOK || !strings.Contains(r.err, "key import") {
		t.Errorf("25 days on: exit %d; want a refusal with advice\n%s%s", r.code, r.out, r.err)
	}
	must(t, d.Data, "key", "rotate", "pdf_signer")
	if r = passmusterIn(t, d.Data, "", later, args...); r.code != exitOK {
		t.Errorf("rotated: exit %d\n%s%s", r.code, r.out, r.err)
	}
}

func TestImportRefusalsChangeNothing(t *testing.T) {
	d := newDemo(t, freeAddr(t))
	ca := testkit.NewPublicCA(t, "p256")
	leaf := ca.Leaf(t, "leaf", "p256", 90)
	before := must(t, d.Data, "key", "list")
	huge := filepath.Join(t.TempDir(), "huge")
	f, err := os.Create(huge)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(1 << 30); err != nil {
		t.Fatal(err)
	}
	_ = f.Close()
	p12 := ca.PKCS12(t, "leaf", importPassphrase)
	for what, c := range map[string]struct {
		file string
		want string
		exit int
	}{
		"a file of 1 GB":          {huge, "larger than 1 MB", exitNo},
		"a wrong passphrase":      {p12, "passphrase does not open", exitNo},
		"another certificate":     {ca.Join(t, "pair.pem", ca.Key("leaf"), ca.Issuing, ca.Root), "does not belong to the certificate", exitNo},
		"a chain that breaks off": {ca.Join(t, "alone.pem", ca.Key("leaf"), leaf), "is missing", exitNo},
		"no file":                 {filepath.Join(t.TempDir(), "none"), "", exitUsage},
	} {
		r := passmusterIn(t, d.Data, "", []string{"PASSMUSTER_IMPORT_PASSPHRASE=wrong"}, "key", "import", c.file)
		if r.code != c.exit || !strings.Contains(r.err, c.want) {
			t.Errorf("%s: exit %d, want %d and %q\n%s", what, r.code, c.exit, c.want, r.err)
		}
	}
	if after := must(t, d.Data, "key", "list"); after != before {
		t.Errorf("a refused import changed the keys:\n%s", after)
	}
}

// TestDocumentKeyBySetting: RSA-2048 from the start, P-256 at the next rotation,
// and every file is built again whichever key signed it.
func TestDocumentKeyBySetting(t *testing.T) {
	rsa := []string{"PASSMUSTER_DOCUMENT_KEY=rsa2048"}
	d := newDemo(t, freeAddr(t), rsa...)
	if list := must(t, d.Data, "key", "list"); strings.Count(list, "pdf_signer") != strings.Count(list, "RS256") || !strings.Contains(list, "RS256") {
		t.Fatalf("document signers are not RSA:\n%s", list)
	}
	s := serveDemo(t, d)
	judge, all := newPKI(t, s), kept{}
	issue := func(name string) {
		f := issueOne(t, d, name)
		all.add(t, f)
		judge.accepts(t, f, "")
		if out := must(t, d.Data, "verify", f); !strings.HasPrefix(out, "VALID") {
			t.Errorf("verify: %s", out)
		}
	}
	issue("RSA")
	must(t, d.Data, "key", "rotate", "pdf_signer", "--document-key", "p256")
	issue("ECC")
	if out := passmusterIn(t, d.Data, "", rsa, "key", "rotate", "pdf_signer"); !strings.Contains(out.out, "RS256") {
		t.Errorf("rotated to %s", out.out)
	}
	issue("RSB")
	all.same(t, d)
	if r := passmuster(t, d.Data, "key", "rotate", "pdf_signer", "--document-key", "dsa"); r.code != exitUsage {
		t.Errorf("an unknown kind of key: exit %d", r.code)
	}
}
