package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"io"
)

// signer is a private key that signs, and shows itself to nobody: neither a
// log line nor a type assertion reaches the key.
type signer struct{ key crypto.Signer }

func (s signer) Public() crypto.PublicKey { return s.key.Public() }

// Sign signs a digest. ECDSA is deterministic (RFC 6979), whatever random
// source the caller passes: the same credential has the same signature.
func (s signer) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if _, ok := s.key.(*ecdsa.PrivateKey); ok {
		return s.key.Sign(nil, digest, opts)
	}
	return s.key.Sign(rand.Reader, digest, opts)
}

// Format prints the same words for every verb.
func (s signer) Format(w fmt.State, _ rune) { _, _ = io.WriteString(w, "private key, not shown") }

// generate makes a key pair for a JOSE algorithm.
func generate(alg string) (crypto.Signer, error) {
	switch alg {
	case ES256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case RS256:
		return rsa.GenerateKey(rand.Reader, 2048)
	}
	return nil, fmt.Errorf("generate key: algorithm %q", alg)
}
