package keyfile_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/keys/keyfile"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/testkit"
)

const secret = "парольная фраза 口令 1"

func read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func is(passphrase string) func() (string, error) {
	return func() (string, error) { return passphrase, nil }
}

func refused(t *testing.T, err error, want string) {
	t.Helper()
	var e *registry.Error
	if !errors.As(err, &e) || e.Code != want || e.Kind != registry.Invalid {
		t.Errorf("refused with %v, want %s", err, want)
	}
}

func TestReadsWhatOpenSSLWrites(t *testing.T) {
	ca := testkit.NewPublicCA(t, "p256")
	chain := ca.Join(t, "chain.pem", ca.Root, ca.Policy, ca.Issuing)
	for _, kind := range []string{"rsa", "p256"} {
		leaf := ca.Leaf(t, kind, kind, 365)
		key := ca.Key(kind)
		sealed := func(name string, more ...string) string {
			out := ca.Dir + "/" + kind + name
			ca.OpenSSL(t, append([]string{"pkcs8", "-topk8", "-in", key, "-passout", "pass:" + secret, "-out", out}, more...)...)
			return ca.Join(t, kind+name+".pem", chain, out, leaf)
		}
		old := ca.Dir + "/" + kind + ".trad"
		if kind == "rsa" {
			ca.OpenSSL(t, "rsa", "-in", key, "-traditional", "-out", old) // PKCS #1
		} else {
			ca.OpenSSL(t, "ec", "-in", key, "-out", old) // SEC 1
		}
		p12text := ca.Dir + "/" + kind + ".text.pem" // with bag attributes between the blocks
		ca.OpenSSL(t, "pkcs12", "-in", ca.PKCS12(t, kind, secret), "-passin", "pass:"+secret, "-nodes", "-out", p12text)
		for name, path := range map[string]string{
			"PKCS #8":                             ca.Join(t, kind+".8.pem", key, leaf, chain),
			"the old form":                        ca.Join(t, kind+".t.pem", chain, leaf, old),
			"sealed, AES-256":                     sealed(".aes256", "-v2", "aes-256-cbc"),
			"sealed, AES-128, SHA-1":              sealed(".aes128", "-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA1"),
			"sealed, 3DES, SHA-512":               sealed(".des3", "-v2", "des3", "-v2prf", "hmacWithSHA512"),
			"PKCS #12, new":                       ca.PKCS12(t, kind, secret),
			"PKCS #12, AES-128, 600,000 rounds":   ca.PKCS12(t, kind, secret, "-keypbe", "AES-128-CBC", "-certpbe", "AES-128-CBC", "-iter", "600000"),
			"PKCS #12, legacy":                    ca.PKCS12(t, kind, secret, "-legacy"),
			"PKCS #12, key 3DES, certificates so": ca.PKCS12(t, kind, secret, "-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"),
			"PKCS #12, certificates not sealed":   ca.PKCS12(t, kind, secret, "-certpbe", "NONE"),
			"as pkcs12 -nodes prints it":          p12text,
		} {
			t.Run(kind+", "+name, func(t *testing.T) {
				c, err := keyfile.Read(t.Context(), read(t, path), is(secret))
				if err != nil {
					t.Fatal(err)
				}
				want, err := x509.ParseCertificate(decode(t, leaf))
				if err != nil {
					t.Fatal(err)
				}
				if len(c.Certificates) != 4 {
					t.Errorf("%d certificates, want 4", len(c.Certificates))
				}
				if k, ok := c.Key.Public().(interface{ Equal(crypto.PublicKey) bool }); !ok || !k.Equal(want.PublicKey) {
					t.Error("another key than the certificate's")
				}
			})
		}
	}
}

func decode(t testing.TB, path string) []byte {
	t.Helper()
	block, _ := pem.Decode(read(t, path))
	if block == nil {
		t.Fatalf("%s is no PEM", path)
	}
	return block.Bytes
}

func TestRefusals(t *testing.T) {
	ca := testkit.NewPublicCA(t, "p256")
	leaf := ca.Leaf(t, "leaf", "p256", 365)
	key := ca.Key("leaf")
	p12, legacy := read(t, ca.PKCS12(t, "leaf", secret)), read(t, ca.PKCS12(t, "leaf", secret, "-legacy"))
	out := func(name string, args ...string) []byte {
		ca.OpenSSL(t, append(args, "-out", ca.Dir+"/"+name)...)
		return read(t, ca.Dir+"/"+name)
	}
	sealed := out("sealed", "pkcs8", "-topk8", "-in", key, "-passout", "pass:"+secret)
	scrypt := out("scrypt", "pkcs8", "-topk8", "-scrypt", "-in", key, "-passout", "pass:"+secret)
	oldPEM := out("old", "ec", "-in", key, "-aes128", "-passout", "pass:"+secret)
	certificatesOnly := out("certs.p12", "pkcs12", "-export", "-nokeys", "-in", leaf, "-passout", "pass:"+secret)
	keyOnly := out("key.p12", "pkcs12", "-export", "-nocerts", "-inkey", key, "-passout", "pass:"+secret)
	camellia := out("camellia.p12", "pkcs12", "-export", "-inkey", key, "-in", leaf, "-passout", "pass:"+secret, "-keypbe", "camellia-256-cbc")
	request := out("request.pem", "req", "-new", "-key", key, "-subj", "/CN=DEMO")
	for name, c := range map[string]struct {
		file []byte
		with string
		want string
	}{
		"empty":                               {nil, secret, "keyfile.foreign"},
		"a picture":                           {[]byte("\x89PNG\r\n"), secret, "keyfile.foreign"},
		"a certificate in DER":                {decode(t, leaf), secret, "keyfile.foreign"},
		"too large":                           {make([]byte, keyfile.MaxFile+1), secret, "keyfile.large"},
		"PKCS #12, wrong passphrase":          {p12, "wrong", "keyfile.passphrase"},
		"PKCS #12, legacy, wrong passphrase":  {legacy, "wrong", "keyfile.passphrase"},
		"PKCS #12, no passphrase":             {p12, "", "keyfile.passphrase"},
		"PKCS #12, cut":                       {p12[:len(p12)*2/3], secret, "keyfile.damaged"},
		"PKCS #12, bytes behind it":           {append(bytes.Clone(p12), 0), secret, "keyfile.damaged"},
		"PKCS #12 without a key":              {certificatesOnly, secret, "keyfile.no_key"},
		"PKCS #12 without a certificate":      {keyOnly, secret, "keyfile.no_certificate"},
		"PKCS #12, a cipher of its own":       {camellia, secret, "keyfile.cipher"},
		"sealed key, wrong passphrase":        {sealed, "wrong", "keyfile.passphrase"},
		"sealed key, scrypt":                  {scrypt, secret, "keyfile.cipher"},
		"sealed key, old way":                 {oldPEM, secret, "keyfile.old_pem"},
		"sealed key, cut":                     {sealed[:len(sealed)-60], secret, "keyfile.damaged"},
		"certificates alone":                  {read(t, leaf), secret, "keyfile.no_key"},
		"two keys":                            {append(read(t, key), read(t, ca.Key("issuing"))...), secret, "keyfile.two_keys"},
		"a request":                           {request, secret, "keyfile.block"},
		"PEM that holds no DER":               {pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("no")}), secret, "keyfile.damaged"},
		"a certificate that holds no DER":     {pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("no")}), secret, "keyfile.damaged"},
		"65 certificates":                     {bytes.Repeat(read(t, leaf), 65), secret, "keyfile.many"},
		"a sealed key with 10^9 rounds":       {pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: rounds(t, decodeBytes(t, sealed))}), secret, "keyfile.slow"},
		"PKCS #12 with 10^9 rounds":           {rounds(t, p12), secret, "keyfile.slow"},
		"PKCS #12, legacy, with 10^9 rounds":  {rounds(t, legacy), secret, "keyfile.slow"},
		"PKCS #12 with 10^9 rounds, key only": {rounds(t, keyOnly), secret, "keyfile.slow"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := keyfile.Read(t.Context(), c.file, is(c.with))
			refused(t, err, c.want)
		})
	}
	if _, err := keyfile.Read(t.Context(), sealed, nil); err == nil {
		t.Error("a sealed key was opened without a passphrase")
	}
	if _, err := keyfile.ReadCertificates(read(t, key)); err == nil {
		t.Error("a private key was taken for a chain")
	} else {
		refused(t, err, "keyfile.chain_key")
	}
	if list, err := keyfile.ReadCertificates(decode(t, leaf)); err != nil || len(list) != 1 {
		t.Errorf("a certificate in DER: %d, %v", len(list), err)
	}
}

func decodeBytes(t testing.TB, b []byte) []byte {
	t.Helper()
	block, _ := pem.Decode(b)
	return block.Bytes
}

// rounds writes a thousand million rounds for OpenSSL's 2,048, everywhere.
func rounds(t testing.TB, der []byte) []byte {
	t.Helper()
	changed, n := raise(der)
	if n == 0 {
		t.Fatal("no count of rounds found")
	}
	return changed
}

func raise(der []byte) (out []byte, n int) {
	for len(der) > 0 {
		var v asn1.RawValue
		rest, err := asn1.Unmarshal(der, &v)
		if err != nil {
			return append(out, der...), n
		}
		if v.Tag == asn1.TagInteger && bytes.Equal(v.Bytes, []byte{8, 0}) {
			v = asn1.RawValue{Tag: asn1.TagInteger, Bytes: []byte{0x3B, 0x9A, 0xCA, 0}}
			n++
		} else if inner, m := raise(v.Bytes); m > 0 && (v.IsCompound || v.Tag == asn1.TagOctetString) {
			v = asn1.RawValue{Class: v.Class, Tag: v.Tag, IsCompound: v.IsCompound, Bytes: inner}
			n += m
		}
		b, err := asn1.Marshal(v)
		if err != nil {
			return out, n
		}
		out, der = append(out, b...), rest
	}
	return out, n
}

// A file may hide its rounds inside what is encrypted: then the caller's time
// ends the waiting.
func TestOpeningEndsWithItsTime(t *testing.T) {
	ca := testkit.NewPublicCA(t, "p256")
	ca.Leaf(t, "leaf", "p256", 365)
	slow := read(t, ca.PKCS12(t, "leaf", secret, "-iter", "4000000"))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := keyfile.Read(ctx, slow, is(secret))
	refused(t, err, "keyfile.slow")
}

func FuzzRead(f *testing.F) {
	ca := testkit.NewPublicCA(f, "p256")
	leaf := ca.Leaf(f, "leaf", "p256", 365)
	f.Add(read(f, ca.PKCS12(f, "leaf", secret)))
	f.Add(read(f, ca.PKCS12(f, "leaf", secret, "-legacy")))
	f.Add(append(read(f, ca.Key("leaf")), read(f, leaf)...))
	f.Add([]byte(strings.Repeat("0\x80", 100)))
	f.Fuzz(func(t *testing.T, b []byte) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		c, err := keyfile.Read(ctx, b, is(secret))
		if err == nil && c.Key == nil {
			t.Error("a file without a key was accepted")
		}
	})
}
