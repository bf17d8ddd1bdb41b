package keys

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/passmuster/passmuster/internal/testkit"
)

func TestOpenSSLAcceptsTheChain(t *testing.T) {
	openssl := testkit.Tool(t, "openssl")
	for name, rsa := range map[string]bool{"P-256": false, "RSA-2048": true} {
		t.Run(name, func(t *testing.T) {
			o := options()
			o.DocumentRSA = rsa
			r, _ := newRing(t, o)
			s, chain, err := r.PDFSigner(day0)
			if err != nil || len(chain) != 3 {
				t.Fatalf("chain of %d, %v", len(chain), err)
			}
			checkSignature(t, chain[0].PublicKey, s)
			dir := t.TempDir()
			put(t, dir, "root.pem", r.RootPEM())
			put(t, dir, "ca.pem", certPEM(chain[1]))
			put(t, dir, "leaf.pem", certPEM(chain[0]))
			crl := must[[]byte](t)(r.CRL(day0))
			put(t, dir, "crl.pem", pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: crl}))
			verify := func(at time.Time) string {
				cmd := exec.Command(openssl, "verify", "-x509_strict", "-crl_check", "-attime", fmt.Sprint(at.Unix()),
					"-CAfile", "root.pem", "-untrusted", "ca.pem", "-CRLfile", "crl.pem", "leaf.pem")
				cmd.Dir = dir
				out, _ := cmd.CombinedOutput()
				return string(out)
			}
			if out := verify(day0.Add(time.Hour)); !strings.Contains(out, "leaf.pem: OK") {
				t.Fatalf("openssl: %s", out)
			}
			leaf := r.Keys(PDFSigner)[0]
			if err := r.MarkCompromised(leaf.KID, day0.Add(day)); err != nil {
				t.Fatal(err)
			}
			crl = must[[]byte](t)(r.CRL(day0.Add(2 * day)))
			put(t, dir, "crl.pem", pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: crl}))
			if out := verify(day0.Add(3 * day)); !strings.Contains(out, "certificate revoked") {
				t.Errorf("openssl does not see the revocation: %s", out)
			}
			_, _, err = r.PDFSigner(day0.Add(2 * day))
			refused(t, err, "keys.compromised")
		})
	}
}

func TestDocumentSignerCertificate(t *testing.T) {
	r, _ := newRing(t, options())
	_, chain, err := r.PDFSigner(day0)
	if err != nil {
		t.Fatal(err)
	}
	leaf := chain[0]
	if want := x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment; leaf.KeyUsage != want || leaf.IsCA {
		t.Errorf("key usage %b, want %b", leaf.KeyUsage, want)
	}
	if want := "https://verify.example/pki/issuer.crl"; len(leaf.CRLDistributionPoints) != 1 || leaf.CRLDistributionPoints[0] != want {
		t.Errorf("CRL at %v, want %s", leaf.CRLDistributionPoints, want)
	}
	if leaf.Subject.CommonName != "河北省志愿服务联合会" {
		t.Errorf("signs as %q", leaf.Subject.CommonName)
	}
	if chain[1].MaxPathLen != 0 || !chain[1].MaxPathLenZero {
		t.Error("the document CA may make more CAs")
	}
	found, ok := r.Chain(ChainHash(chain))
	if !ok || !found[0].Equal(leaf) {
		t.Error("the chain is not found by its hash")
	}
}

func TestDocumentSignerIsRenewedAndOldFilesStayGood(t *testing.T) {
	r, _ := newRing(t, options())
	_, old, err := r.PDFSigner(day0.Add(300 * day))
	if err != nil {
		t.Fatal(err)
	}
	now := day0.Add(340 * day)
	_, next, err := r.PDFSigner(now)
	if err != nil {
		t.Fatal(err)
	}
	if old[0].Equal(next[0]) || !old[1].Equal(next[1]) {
		t.Error("25 days before it stops signing, the document signer is not renewed by its CA")
	}
	if left := old[0].NotAfter.Sub(day0.Add(year)); left < 5*year {
		t.Errorf("the last file that it signed can be checked for %s", left)
	}
	if again, ok := r.Chain(ChainHash(old)); !ok || !again[0].Equal(old[0]) {
		t.Error("the old chain is lost")
	}
}

func TestDocumentSigningForTheLifeOfTheRoot(t *testing.T) {
	r, _ := newRing(t, options())
	for y := range 24 { // the root ends in year 25
		now := day0.Add(time.Duration(y) * year)
		_, chain, err := r.PDFSigner(now)
		if err != nil {
			t.Fatalf("year %d: %v", y, err)
		}
		roots, between := x509.NewCertPool(), x509.NewCertPool()
		roots.AddCert(chain[2])
		between.AddCert(chain[1])
		if _, err := chain[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}); err != nil {
			t.Errorf("year %d: %v", y, err)
		}
	}
	if files := r.CRLFiles(); len(files) != 2 || files[0] != FirstCRL || files[0] == files[1] {
		t.Errorf("revocation lists %v", files)
	}
}

func TestNewDocumentCAKeepsTheOldListGoing(t *testing.T) {
	r, _ := newRing(t, options())
	_, old, err := r.PDFSigner(day0)
	if err != nil {
		t.Fatal(err)
	}
	must[Key](t)(r.Rotate(PDFCA, "", day0.Add(day)))
	_, next, err := r.PDFSigner(day0.Add(day))
	if err != nil || next[1].Equal(old[1]) {
		t.Fatalf("the new CA does not sign: %v", err)
	}
	for i, file := range r.CRLFiles() {
		list := must[*x509.RevocationList](t)(x509.ParseRevocationList(must[[]byte](t)(r.CRLFile(file, day0.Add(2*day)))))
		if err := list.CheckSignatureFrom([]*x509.Certificate{old[1], next[1]}[i]); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	if !strings.HasSuffix(next[0].CRLDistributionPoints[0], r.CRLFiles()[1]) {
		t.Errorf("the new signer points to %v", next[0].CRLDistributionPoints)
	}
	_, err = r.CRLFile("none.crl", day0)
	refused(t, err, "keys.unknown")
}

func TestNothingIsSignedUnderACompromisedCA(t *testing.T) {
	for _, use := range []Use{PDFCA, Root} {
		r, _ := newRing(t, options())
		if err := r.MarkCompromised(r.Keys(use)[0].KID, day0); err != nil {
			t.Fatal(err)
		}
		_, _, err := r.PDFSigner(day0.Add(day))
		refused(t, err, "keys.compromised")
	}
}

func TestCRLNumbersGrow(t *testing.T) {
	r, _ := newRing(t, options())
	a := must[*x509.RevocationList](t)(x509.ParseRevocationList(must[[]byte](t)(r.CRL(day0))))
	b := must[*x509.RevocationList](t)(x509.ParseRevocationList(must[[]byte](t)(r.CRL(day0.Add(time.Second)))))
	if a.Number.Cmp(b.Number) >= 0 || !a.NextUpdate.Equal(day0.Add(7*day)) {
		t.Errorf("numbers %s, %s, next update %s", a.Number, b.Number, a.NextUpdate)
	}
}

func TestLongOrganizationNamesFitX509(t *testing.T) {
	o := options()
	o.Organization = strings.Repeat("志", 90)
	r, _ := newRing(t, o)
	for _, use := range []Use{Root, PDFCA, PDFSigner} {
		name := r.Keys(use)[0].Certificate.Subject
		if n := utf8.RuneCountInString(name.CommonName); n > 64 || utf8.RuneCountInString(name.Organization[0]) > 64 {
			t.Errorf("%s: common name of %d characters", use, n)
		}
	}
}

func put(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func certPEM(c *x509.Certificate) []byte {
	var b bytes.Buffer
	_ = pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
	return b.Bytes()
}
