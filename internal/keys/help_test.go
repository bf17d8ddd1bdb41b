package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

func ed25519Key(b []byte) crypto.PublicKey { return ed25519.PublicKey(b) }

func ecdsaKey(pkcs8 []byte) (*ecdsa.PrivateKey, error) {
	k, err := x509.ParsePKCS8PrivateKey(pkcs8)
	if err != nil {
		return nil, err
	}
	return k.(*ecdsa.PrivateKey), nil
}

// checkSignature checks that what s signs is good under pub.
func checkSignature(t *testing.T, pub crypto.PublicKey, s crypto.Signer) {
	t.Helper()
	digest := sha256.Sum256([]byte("text"))
	sig := must[[]byte](t)(s.Sign(nil, digest[:], crypto.SHA256))
	good := false
	switch k := pub.(type) {
	case *ecdsa.PublicKey:
		good = ecdsa.VerifyASN1(k, digest[:], sig)
	case *rsa.PublicKey:
		good = rsa.VerifyPKCS1v15(k, crypto.SHA256, digest[:], sig) == nil
	}
	if !good {
		t.Errorf("the signature is not good under its %T", pub)
	}
}

func remove(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// cut halves a file, as a full disk would.
func cut(t *testing.T, dir, name string) {
	t.Helper()
	b := must[[]byte](t)(os.ReadFile(filepath.Join(dir, name)))
	write(t, dir, name, b[:len(b)/2])
}

func edit(t *testing.T, dir string, f func(*metadata)) {
	t.Helper()
	var m metadata
	if err := json.Unmarshal(must[[]byte](t)(os.ReadFile(filepath.Join(dir, metadataFile))), &m); err != nil {
		t.Fatal(err)
	}
	f(&m)
	write(t, dir, metadataFile, must[[]byte](t)(m.encode()))
}

// glob returns the one file name that matches.
func glob(t *testing.T, dir, pattern string) string {
	t.Helper()
	list := glob2(t, dir, pattern)
	if len(list) != 1 {
		t.Fatalf("%d files match %s", len(list), pattern)
	}
	return list[0]
}

func glob2(t *testing.T, dir, pattern string) (names []string) {
	t.Helper()
	for _, path := range must[[]string](t)(filepath.Glob(filepath.Join(dir, pattern))) {
		names = append(names, filepath.Base(path))
	}
	return names
}
