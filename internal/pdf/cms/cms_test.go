package cms_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/pdf/cms"
)

func certificate(t *testing.T, key crypto.Signer, serial *big.Int) *x509.Certificate {
	t.Helper()
	template := x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: "DEMO"}, NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0)}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func p256(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// attributes mirrors SignerInfo far enough to find the signed attributes.
type signerInfo struct {
	Version    int
	SID        asn1.RawValue
	Digest     asn1.RawValue
	Attributes asn1.RawValue `asn1:"tag:0"`
	Algorithm  asn1.RawValue
	Value      []byte
}

func TestSealFitsAndSaysWhatWasSigned(t *testing.T) {
	big2048, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string]crypto.Signer{"ECDSA": p256(t), "RSA": big2048} {
		t.Run(name, func(t *testing.T) {
			// A serial number with its highest bit set needs a zero in front.
			s, err := cms.New([]*x509.Certificate{certificate(t, key, big.NewInt(200)), certificate(t, p256(t), big.NewInt(1))})
			if err != nil {
				t.Fatal(err)
			}
			document := sha256.Sum256([]byte("a document"))
			digest := s.Digest(document)
			value, err := key.Sign(nil, digest[:], crypto.SHA256)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Check(digest, value); err != nil {
				t.Errorf("own signature: %v", err)
			}
			if s.Check(s.Digest(sha256.Sum256([]byte("another"))), value) == nil {
				t.Error("a signature is good for another document")
			}
			message, err := s.Seal(document, value)
			if err != nil || len(message) > s.Size() {
				t.Fatalf("sealed in %d bytes, at most %d promised; %v", len(message), s.Size(), err)
			}
			var outer struct {
				Type asn1.ObjectIdentifier
				Data struct {
					Version      int
					Digests      asn1.RawValue
					Content      asn1.RawValue
					Certificates asn1.RawValue `asn1:"tag:0"`
					Signers      []signerInfo  `asn1:"set"`
				} `asn1:"explicit,tag:0"`
			}
			if rest, err := asn1.Unmarshal(message, &outer); err != nil || len(rest) > 0 {
				t.Fatalf("not one DER value: %v, %d bytes left", err, len(rest))
			}
			signed := outer.Data.Signers[0].Attributes.FullBytes
			signed[0] = 0x31
			if sha256.Sum256(signed) != digest {
				t.Error("the signed attributes in the message are not those that were signed")
			}
		})
	}
}

func TestNewRefusesOtherKeys(t *testing.T) {
	if _, err := cms.New(nil); err == nil {
		t.Error("no chain is accepted")
	}
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cms.New([]*x509.Certificate{certificate(t, edwards, big.NewInt(1))}); err == nil {
		t.Error("Ed25519 is accepted")
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cms.New([]*x509.Certificate{certificate(t, p384, big.NewInt(1))}); err == nil {
		t.Error("P-384 is accepted")
	}
}
