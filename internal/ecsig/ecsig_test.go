package ecsig_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/sha256"
	"io"
	"math/big"
	"testing"

	"github.com/passmuster/passmuster/internal/ecsig"
	"github.com/passmuster/passmuster/internal/testkit"
)

func TestWycheproofSignatures(t *testing.T) {
	cases, valid := testkit.Wycheproof(t, "ecdsa_secp256r1_sha256_p1363_test"), 0
	for _, c := range cases {
		digest := sha256.Sum256(c.Message)
		if got := ecsig.Verify(c.Key, digest[:], c.Signature); got != c.Valid {
			t.Errorf("%s: Verify = %t, want %t", c.Name, got, c.Valid)
		}
		if c.Valid {
			valid++
		}
	}
	t.Logf("%d cases, %d of them valid", len(cases), valid)
}

// device is a signer that answers with a DER signature of somebody's.
type device struct {
	key *ecdsa.PublicKey
	der []byte
}

func (d device) Public() crypto.PublicKey { return d.key }

func (d device) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return d.der, nil }

// What a signer returns is taken only in the one form of DER, so that of a broken
// signature never comes a good one.
func TestWycheproofSignaturesFromADevice(t *testing.T) {
	cases, refused := testkit.Wycheproof(t, "ecdsa_secp256r1_sha256_test"), 0
	for _, c := range cases {
		digest := sha256.Sum256(c.Message)
		sig, err := ecsig.SignDigest(digest[:], device{c.Key, c.Signature})
		good := err == nil && ecsig.Verify(c.Key, digest[:], sig)
		if good != c.Valid {
			t.Errorf("%s: read as %x, %v, which verifies: %t, want %t", c.Name, sig, err, good, c.Valid)
		}
		if err != nil {
			refused++
		}
	}
	t.Logf("%d cases, %d of them refused as they are read", len(cases), refused)
}

// FuzzDER holds that DER is read in one form alone: what is accepted is written
// the same.
func FuzzDER(f *testing.F) {
	cases := testkit.Wycheproof(f, "ecdsa_secp256r1_sha256_test")
	for _, c := range cases {
		f.Add(c.Signature)
	}
	key := cases[0].Key
	f.Fuzz(func(t *testing.T, der []byte) {
		sig, err := ecsig.SignDigest(make([]byte, sha256.Size), device{key, der})
		if err != nil {
			return
		}
		if again := write(sig[:32], sig[32:]); !bytes.Equal(again, der) {
			t.Errorf("%x was read as %x, which is written %x", der, sig, again)
		}
	})
}

// write is the DER of r and s.
func write(halves ...[]byte) []byte {
	var body []byte
	for _, h := range halves {
		b := new(big.Int).SetBytes(h).Bytes()
		if len(b) == 0 || b[0] >= 0x80 {
			b = append([]byte{0}, b...)
		}
		body = append(append(body, 2, byte(len(b))), b...)
	}
	return append([]byte{0x30, byte(len(body))}, body...)
}
