package testkit

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// PublicCA is a certification authority of three steps (root, policy, issuing),
// made by openssl as one would be. All its names say DEMO.
type PublicCA struct {
	Dir     string
	Root    string // files, PEM
	Policy  string
	Issuing string
	openssl string
}

// KeyKinds are openssl's words for keys.
var KeyKinds = map[string][]string{
	"rsa":     {"-newkey", "rsa:2048"},
	"rsa4096": {"-newkey", "rsa:4096"},
	"rsa1024": {"-newkey", "rsa:1024"},
	"p256":    {"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"},
	"p384":    {"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp384r1"},
	"ed25519": {"-newkey", "ed25519"},
}

// DocumentUse are the extensions of a certificate that signs documents
// (RFC 9336, and what older viewers look for).
const DocumentUse = "keyUsage=critical,digitalSignature,nonRepudiation\nextendedKeyUsage=1.3.6.1.5.5.7.3.36,emailProtection\n" +
	"crlDistributionPoints=URI:http://crl.demo.example/issuing.crl\n"

const caExtensions = "basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n"

// NewPublicCA makes the three CAs with keys of the kind.
func NewPublicCA(t testing.TB, kind string) *PublicCA {
	t.Helper()
	c := &PublicCA{Dir: t.TempDir(), openssl: Tool(t, "openssl")}
	c.Root = c.path("root.pem")
	c.OpenSSL(t, append([]string{"req", "-x509", "-nodes", "-days", "3650", "-subj", "/O=DEMO Trust/CN=DEMO Public Root", "-keyout", c.path("root.key"), "-out", c.Root}, KeyKinds[kind]...)...)
	c.Policy = c.Certify(t, "policy", "/O=DEMO Trust/CN=DEMO Public Policy CA", kind, "root", caExtensions, 3000)
	c.Issuing = c.Certify(t, "issuing", "/O=DEMO Trust/CN=DEMO Public Issuing CA", kind, "policy", caExtensions, 2000)
	return c
}

func (c *PublicCA) path(name string) string { return filepath.Join(c.Dir, name) }

// Key is the file of a private key that Certify made.
func (c *PublicCA) Key(name string) string { return c.path(name + ".key") }

// Certify has a certificate issued by one of the CA's names: files NAME.key and
// NAME.pem; it returns the latter.
func (c *PublicCA) Certify(t testing.TB, name, subject, kind, by, extensions string, days int) string {
	t.Helper()
	ext := c.path(name + ".ext")
	c.Write(t, name+".ext", []byte(extensions))
	c.OpenSSL(t, append([]string{"req", "-new", "-nodes", "-utf8", "-subj", subject, "-keyout", c.Key(name), "-out", c.path(name + ".csr")}, KeyKinds[kind]...)...)
	c.OpenSSL(t, "x509", "-req", "-in", c.path(name+".csr"), "-CA", c.path(by+".pem"), "-CAkey", c.Key(by), "-CAcreateserial", "-days", strconv.Itoa(days),
		"-sha256", "-extfile", ext, "-out", c.path(name+".pem"))
	return c.path(name + ".pem")
}

// Leaf has the issuing CA issue a certificate for signing documents.
func (c *PublicCA) Leaf(t testing.TB, name, kind string, days int) string {
	t.Helper()
	return c.Certify(t, name, "/C=CN/O=DEMO Federation/CN=DEMO Federation "+name, kind, "issuing", DocumentUse, days)
}

// Join writes the files one after the other into a new one.
func (c *PublicCA) Join(t testing.TB, name string, files ...string) string {
	t.Helper()
	var all []byte
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b...)
	}
	return c.Write(t, name, all)
}

// PKCS12 exports NAME.key and NAME.pem with the chain, sealed by the passphrase.
func (c *PublicCA) PKCS12(t testing.TB, name, passphrase string, more ...string) string {
	t.Helper()
	out := c.path(name + strings.Join(more, "") + ".p12")
	chain := c.Join(t, name+".chain.pem", c.Issuing, c.Policy, c.Root)
	c.OpenSSL(t, append([]string{"pkcs12", "-export", "-inkey", c.Key(name), "-in", c.path(name + ".pem"), "-certfile", chain, "-passout", "pass:" + passphrase, "-out", out}, more...)...)
	return out
}

// Write makes a file in the CA's directory.
func (c *PublicCA) Write(t testing.TB, name string, b []byte) string {
	t.Helper()
	if err := os.WriteFile(c.path(name), b, 0o600); err != nil {
		t.Fatal(err)
	}
	return c.path(name)
}

// OpenSSL runs openssl and wants it to succeed.
func (c *PublicCA) OpenSSL(t testing.TB, args ...string) string {
	t.Helper()
	out, err := exec.Command(c.openssl, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("openssl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}
