package testkit

import (
	"compress/gzip"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// ECDSACase is one case of Wycheproof's for ECDSA on P-256 with SHA-256.
type ECDSACase struct {
	Name      string
	Key       *ecdsa.PublicKey
	Message   []byte
	Signature []byte
	Valid     bool
}

// Wycheproof reads a file of internal/ecsig/testdata/wycheproof: signatures as r
// and s ("ecdsa_secp256r1_sha256_p1363_test") or in DER
// ("ecdsa_secp256r1_sha256_test").
func Wycheproof(t testing.TB, name string) (all []ECDSACase) {
	t.Helper()
	var file struct {
		NumberOfTests int
		TestGroups    []struct {
			PublicKey struct{ Uncompressed string }
			Tests     []struct {
				TcID                      int
				Comment, Msg, Sig, Result string
			}
		}
	}
	read(t, name+".json.gz", &file)
	for _, g := range file.TestGroups {
		key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), unhex(t, g.PublicKey.Uncompressed))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range g.Tests {
			all = append(all, ECDSACase{fmt.Sprintf("%d %s", c.TcID, c.Comment), key, unhex(t, c.Msg), unhex(t, c.Sig), c.Result == "valid"})
		}
	}
	if len(all) != file.NumberOfTests || len(all) == 0 {
		t.Fatalf("%s: %d cases, %d are promised", name, len(all), file.NumberOfTests)
	}
	return all
}

func read(t testing.TB, name string, v any) {
	t.Helper()
	var found []string
	for up := "."; len(found) == 0 && len(up) < 12; up = filepath.Join(up, "..") { // the module's root is not far
		found, _ = filepath.Glob(filepath.Join(up, "internal", "ecsig", "testdata", "wycheproof", name))
	}
	if len(found) == 0 {
		t.Fatalf("%s is not there", name)
	}
	f, err := os.Open(found[0])
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(z).Decode(v); err != nil {
		t.Fatal(err)
	}
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
