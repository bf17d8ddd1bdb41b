package keys

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/keys/keyfile"
	"github.com/passmuster/passmuster/internal/testkit"
)

// soon is a moment at which certificates made by this test are good.
func soon() time.Time { return time.Now().UTC().Add(time.Hour) }

func load2(t *testing.T, files ...string) (crypto.Signer, []*x509.Certificate) {
	t.Helper()
	var all []byte
	for _, f := range files {
		all = append(all, must[[]byte](t)(os.ReadFile(f))...)
	}
	c, err := keyfile.Read(t.Context(), all, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c.Key, c.Certificates
}

func candidate(t *testing.T, ca *testkit.PublicCA, name, kind string, days int) *Candidate {
	t.Helper()
	leaf := ca.Leaf(t, name, kind, days)
	key, list := load2(t, ca.Key(name), ca.Root, ca.Issuing, leaf, ca.Policy) // in no order
	c, err := Fit(key, list, soon())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestFitPutsTheChainInOrder(t *testing.T) {
	for _, kind := range []string{"rsa", "p256"} {
		ca := testkit.NewPublicCA(t, kind)
		c := candidate(t, ca, "leaf", kind, 365)
		want := []string{"DEMO Federation leaf", "DEMO Public Issuing CA", "DEMO Public Policy CA", "DEMO Public Root"}
		if len(c.Chain) != len(want) || c.EndsSoon(soon()) || c.Left != 0 {
			t.Fatalf("chain of %d, ends soon %v, %d left", len(c.Chain), c.EndsSoon(soon()), c.Left)
		}
		for i, name := range want {
			if c.Chain[i].Subject.CommonName != name {
				t.Errorf("place %d: %s, want %s", i, c.Chain[i].Subject.CommonName, name)
			}
		}
		key, list := load2(t, ca.Key("leaf"), ca.Dir+"/leaf.pem", ca.Policy, ca.Issuing)
		if c, err := Fit(key, list, soon()); err != nil || len(c.Chain) != 3 {
			t.Errorf("without the root: %v; want the chain to the last intermediate", err)
		}
		other := testkit.NewPublicCA(t, "p256")
		key, list = load2(t, ca.Key("leaf"), ca.Dir+"/leaf.pem", ca.Policy, ca.Issuing, ca.Root, ca.Root, other.Leaf(t, "other", "p256", 9))
		if c, err := Fit(key, list, soon()); err != nil || len(c.Chain) != 4 || c.Left != 1 {
			t.Errorf("with a stranger's certificate: %v; want it left out", err)
		}
		if c := candidate(t, ca, "short", kind, 20); !c.EndsSoon(soon()) {
			t.Error("20 days are left, and nothing warns")
		}
	}
}

func TestFitRefuses(t *testing.T) {
	ca, twin := testkit.NewPublicCA(t, "p256"), testkit.NewPublicCA(t, "p256") // the same names, other keys
	leaf, root, policy, issuing := ca.Leaf(t, "leaf", "p256", 90), ca.Root, ca.Policy, ca.Issuing
	key := ca.Key("leaf")
	of := func(name, kind, extensions string) []string {
		c := ca.Certify(t, name, "/CN=DEMO "+name, kind, "issuing", extensions, 90)
		return []string{ca.Key(name), c, issuing, policy, root}
	}
	const signs = "keyUsage=digitalSignature,nonRepudiation\n"
	byLeaf := ca.Certify(t, "byleaf", "/CN=DEMO by leaf", "p256", "leaf", signs, 90)
	ca.Certify(t, "narrow", "/CN=DEMO Narrow CA", "p256", "policy", "basicConstraints=critical,CA:true,pathlen:0\nkeyUsage=keyCertSign\n", 90)
	ca.Certify(t, "deeper", "/CN=DEMO Deeper CA", "p256", "narrow", "basicConstraints=critical,CA:true\nkeyUsage=keyCertSign\n", 90)
	deep := ca.Certify(t, "deep", "/CN=DEMO deep", "p256", "deeper", signs, 90)
	ca.Certify(t, "x1", "/CN=DEMO X1", "p256", "issuing", "basicConstraints=critical,CA:true\nkeyUsage=keyCertSign\n", 90)
	ca.Certify(t, "x2", "/CN=DEMO X2", "p256", "x1", "basicConstraints=critical,CA:true\nkeyUsage=keyCertSign\n", 90)
	ca.Certify(t, "x3", "/CN=DEMO X3", "p256", "x2", "basicConstraints=critical,CA:true\nkeyUsage=keyCertSign\n", 90)
	long := ca.Certify(t, "long", "/CN=DEMO long", "p256", "x3", signs, 90)
	now := soon()
	for name, c := range map[string]struct {
		files []string
		at    time.Time
		want  string
	}{
		"the key of another certificate":    {[]string{ca.Key("issuing"), leaf, policy}, now, "keyfile.pair"},
		"no certificate":                    {[]string{key}, now, "keyfile.no_certificate"},
		"RSA-1024":                          {of("small", "rsa1024", signs), now, "keyfile.key"},
		"P-384":                             {of("p384", "p384", signs), now, "keyfile.key"},
		"Ed25519":                           {of("edwards", "ed25519", signs), now, "keyfile.key"},
		"no issuer":                         {[]string{key, leaf}, now, "keyfile.no_issuer"},
		"no issuer, but the root":           {[]string{key, leaf, root}, now, "keyfile.no_issuer"},
		"a gap below the root":              {[]string{key, leaf, issuing, root}, now, "keyfile.gap"},
		"self-signed":                       {[]string{ca.Key("root"), root}, now, "keyfile.self_signed"},
		"an issuer of the same name":        {[]string{key, leaf, twin.Issuing, policy, root}, now, "keyfile.signature"},
		"issued by no CA":                   {[]string{ca.Key("byleaf"), byLeaf, leaf, issuing, policy, root}, now, "keyfile.issuer"},
		"a CA as leaf":                      {[]string{ca.Key("issuing"), issuing, policy, root}, now, "keyfile.is_ca"},
		"expired":                           {[]string{key, leaf, issuing, policy, root}, now.AddDate(0, 0, 91), "keyfile.expired"},
		"an issuer expired":                 {of("outlives", "p256", signs), now.AddDate(8, 0, 0), "keyfile.expired"},
		"not yet valid":                     {[]string{key, leaf, issuing, policy, root}, now.AddDate(0, 0, -2), "keyfile.not_yet"},
		"no key usage for signing":          {of("encipher", "p256", "keyUsage=keyAgreement\n"), now, "keyfile.usage"},
		"no key usage at all":               {of("nousage", "p256", "subjectKeyIdentifier=hash\n"), now, "keyfile.usage"},
		"for web servers":                   {of("web", "p256", signs+"extendedKeyUsage=serverAuth,clientAuth\n"), now, "keyfile.purpose"},
		"for time stamps":                   {of("tsa", "p256", signs+"extendedKeyUsage=critical,timeStamping\n"), now, "keyfile.purpose"},
		"path length overrun":               {[]string{ca.Key("deep"), deep, ca.Dir + "/deeper.pem", ca.Dir + "/narrow.pem", policy, root}, now, "keyfile.chain"},
		"longer than what travels in a PDF": {[]string{ca.Key("long"), long, ca.Dir + "/x3.pem", ca.Dir + "/x2.pem", ca.Dir + "/x1.pem", issuing, policy, root}, now, "keyfile.long"},
	} {
		t.Run(name, func(t *testing.T) {
			k, list := load2(t, c.files...)
			_, err := Fit(k, list, c.at)
			refused(t, err, c.want)
		})
	}
	for name, extensions := range map[string]string{
		"document signing (RFC 9336)": signs + "extendedKeyUsage=1.3.6.1.5.5.7.3.36\n",
		"Adobe":                       signs + "extendedKeyUsage=1.2.840.113583.1.1.5\n",
		"Microsoft":                   signs + "extendedKeyUsage=1.3.6.1.4.1.311.10.3.12\n",
		"e-mail":                      signs + "extendedKeyUsage=emailProtection,clientAuth\n",
		"any":                         signs + "extendedKeyUsage=anyExtendedKeyUsage\n",
		"no extended use":             "keyUsage=critical,nonRepudiation\n",
	} {
		k, list := load2(t, of(strings.Fields(name)[0]+"ok", "p256", extensions)...)
		if _, err := Fit(k, list, now); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnImportedCertificateSignsToItsEndAndNoLonger(t *testing.T) {
	ca := testkit.NewPublicCA(t, "p256")
	now := soon()
	o := options()
	o.Now, o.Passphrase = now.Add(-day), secret
	r, dir := newRing(t, o)
	_, own, err := r.PDFSigner(now)
	if err != nil {
		t.Fatal(err)
	}
	before := must[[]byte](t)(os.ReadFile(filepath.Join(dir, metadataFile)))
	c := candidate(t, ca, "leaf", "rsa", 365)
	if err := r.Admits(c, now); err != nil {
		t.Fatal(err)
	}
	if after := must[[]byte](t)(os.ReadFile(filepath.Join(dir, metadataFile))); !bytes.Equal(before, after) {
		t.Error("asking changed the keys")
	}
	k, err := r.Import(c, now)
	if err != nil || !k.External() || k.Alg != RS256 || k.Status(now) != Signing {
		t.Fatalf("Import = %+v, %v", k, err)
	}
	again := open(t, dir, secret) // another process
	s, chain, err := again.PDFSigner(now.Add(time.Hour))
	if err != nil || len(chain) != 4 || !chain[0].Equal(c.Chain[0]) {
		t.Fatalf("signs with a chain of %d, %v", len(chain), err)
	}
	checkSignature(t, chain[0].PublicKey, s)
	if found, ok := again.Chain(ChainHash(chain)); !ok || len(found) != 4 {
		t.Error("the chain is not found by its hash")
	}
	if found, ok := again.Chain(ChainHash(own)); !ok || !found[0].Equal(own[0]) {
		t.Error("the chain before is lost")
	}
	if list := again.Outsides(); len(list) != 1 || ChainHash(list[0].Chain) != ChainHash(chain) {
		t.Errorf("%d chains from outside, want 1", len(list))
	}
	if old := again.Keys(PDFSigner)[0]; old.Status(now) != VerifyOnly {
		t.Errorf("the signer before is %s", old.Status(now))
	}

	late := c.Until.Add(-10 * day)
	if _, chain, err = again.PDFSigner(late); err != nil || !chain[0].Equal(c.Chain[0]) {
		t.Errorf("10 days before its end: %v; want it to sign on, not renewed", err)
	}
	if k, _ := again.Find(k.KID); !k.EndsSoon(late) || k.EndsSoon(now) {
		t.Error("its end is not told 30 days ahead")
	}
	_, _, err = again.PDFSigner(c.Until)
	refused(t, err, "keys.external_ended")

	must[Key](t)(again.Rotate(PDFCA, "", now.Add(2*time.Hour)))
	if _, chain, err = again.PDFSigner(now.Add(3 * time.Hour)); err != nil || !chain[0].Equal(c.Chain[0]) {
		t.Errorf("after a new CA of our own: %v; want the certificate from outside to sign on", err)
	}
	must[Key](t)(again.Rotate(PDFSigner, "", now.Add(4*time.Hour)))
	if _, chain, err = again.PDFSigner(now.Add(5 * time.Hour)); err != nil || len(chain) != 3 || chain[2].Subject.CommonName != own[2].Subject.CommonName {
		t.Errorf("rotated back: %v; want the registry's own chain", err)
	}
	if _, err = again.Import(c, now.Add(6*time.Hour)); err != nil {
		t.Errorf("imported again: %v", err)
	}
	if _, chain, err = again.PDFSigner(now.Add(7 * time.Hour)); err != nil || !chain[0].Equal(c.Chain[0]) {
		t.Errorf("it does not sign again: %v", err)
	}
	_, err = again.Import(c, now.Add(8*time.Hour))
	refused(t, err, "keyfile.again")
}

func TestImportRefuses(t *testing.T) {
	ca := testkit.NewPublicCA(t, "p256")
	now := soon()
	o := options()
	o.Now = now.Add(-day)
	r, _ := newRing(t, o)
	c := candidate(t, ca, "leaf", "p256", 90)
	k := must[Key](t)(r.Import(c, now))
	ca.OpenSSL(t, "x509", "-req", "-in", ca.Dir+"/leaf.csr", "-CA", ca.Issuing, "-CAkey", ca.Key("issuing"), "-CAcreateserial", "-days", "99",
		"-extfile", ca.Dir+"/leaf.ext", "-out", ca.Dir+"/renewed.pem")
	key, list := load2(t, ca.Key("leaf"), ca.Dir+"/renewed.pem", ca.Issuing, ca.Policy, ca.Root)
	renewed, err := Fit(key, list, now)
	if err != nil {
		t.Fatal(err)
	}
	must[Key](t)(r.Rotate(PDFSigner, "", now.Add(time.Hour)))
	_, err = r.Import(renewed, now.Add(2*time.Hour))
	refused(t, err, "keyfile.again")
	if err := r.MarkCompromised(k.KID, now); err != nil {
		t.Fatal(err)
	}
	_, err = r.Import(c, now.Add(3*time.Hour))
	refused(t, err, "keys.compromised")
	if list := r.Outsides(); len(list) != 1 || !list[0].CompromisedAt.Equal(now.Truncate(time.Second)) {
		t.Errorf("outside chains %+v, want one that is compromised", list)
	}

	o.Demo = true
	demo, _ := newRing(t, o)
	if err := demo.Admits(candidate(t, ca, "other", "p256", 90), now); err != nil {
		t.Errorf("a certificate of a DEMO: %v", err)
	}
	real := ca.Certify(t, "real", "/CN=Federation", "p256", "issuing", testkit.DocumentUse, 90)
	key, list = load2(t, ca.Key("real"), real, ca.Issuing, ca.Policy, ca.Root)
	in, err := Fit(key, list, now)
	if err != nil {
		t.Fatal(err)
	}
	refused(t, demo.Admits(in, now), "keyfile.demo")
	_, err = demo.Import(in, now)
	refused(t, err, "keyfile.demo")
}

func TestBackupHoldsTheImportedKeyAndOldFormatsStay(t *testing.T) {
	ca := testkit.NewPublicCA(t, "p256")
	now := soon()
	o := options()
	o.Now = now.Add(-day)
	r, dir := newRing(t, o)
	format := func(dir string) int {
		var m struct{ V int }
		if err := json.Unmarshal(must[[]byte](t)(os.ReadFile(filepath.Join(dir, metadataFile))), &m); err != nil {
			t.Fatal(err)
		}
		return m.V
	}
	if got := format(dir); got != plainFormat {
		t.Errorf("without an import keys.json has format %d", got)
	}
	c := candidate(t, ca, "leaf", "p256", 90)
	must[Key](t)(r.Import(c, now))
	if got := format(dir); got != metadataFormat {
		t.Errorf("with an import keys.json has format %d: earlier programs would renew it as their own", got)
	}
	var b bytes.Buffer
	if err := r.Backup(&b, secret); err != nil {
		t.Fatal(err)
	}
	restored := filepath.Join(t.TempDir(), "keys")
	if err := restore(restored, &b, secret, 4); err != nil {
		t.Fatal(err)
	}
	s, chain, err := open(t, restored, "").PDFSigner(now.Add(time.Hour))
	if err != nil || !chain[0].Equal(c.Chain[0]) {
		t.Fatalf("after a restore: %v", err)
	}
	checkSignature(t, chain[0].PublicKey, s)
	list := r.DocumentChainPEM(now.Add(time.Hour))
	for i := range c.Chain {
		var block *pem.Block
		if block, list = pem.Decode(list); block == nil || !bytes.Equal(block.Bytes, c.Chain[i].Raw) {
			t.Errorf("certificate %d of the published chain is another", i)
		}
	}
}

func TestTheKindOfDocumentKeyChangesWithTheNextOne(t *testing.T) {
	r, _ := newRing(t, options())
	if err := r.SetDocumentKey(true); err != nil {
		t.Fatal(err)
	}
	_, chain, err := r.PDFSigner(day0.Add(day))
	if err != nil || chain[0].PublicKeyAlgorithm != x509.ECDSA {
		t.Errorf("the setting alone changed the signer: %v", err)
	}
	if k := must[Key](t)(r.Rotate(PDFSigner, "", day0.Add(2*day))); k.Alg != RS256 {
		t.Errorf("rotated to %s, want RS256", k.Alg)
	}
	if _, chain, err = r.PDFSigner(day0.Add(350 * day)); err != nil || chain[0].PublicKeyAlgorithm != x509.RSA {
		t.Errorf("renewed by itself: %v; want RSA again", err)
	}
}
