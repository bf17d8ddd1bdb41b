package badge_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/badge"
	"github.com/passmuster/passmuster/internal/registry"
)

// TestProofsOfOthersAreRead takes the example of Data Integrity ECDSA
// Cryptosuites v1.0.
func TestProofsOfOthersAreRead(t *testing.T) {
	dir := filepath.Join("testdata", "w3c")
	signed, err := os.ReadFile(filepath.Join(dir, "signedJCSECDSAP256.json"))
	if err != nil {
		t.Fatal(err)
	}
	var pair struct {
		Public string `json:"publicKeyMultibase"`
	}
	text, err := os.ReadFile(filepath.Join(dir, "p256KeyPair.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &pair); err != nil {
		t.Fatal(err)
	}
	public := pointOf(t, pair.Public)
	if err := badge.CheckProof(signed, public); err != nil {
		t.Errorf("their proof: %v", err)
	}
	if own, err := badge.Multikey(public); own != pair.Public || err != nil {
		t.Errorf("their key is %s, %v; want %s", own, err, pair.Public)
	}
	for name, edit := range map[string][2]string{
		"a changed word":      {"School", "Schoo1"},
		"another suite":       {"ecdsa-jcs-2019", "ecdsa-rdfc-2019"},
		"another proof time":  {"2023-02-24T23:36:38Z", "2023-02-24T23:36:39Z"},
		"a digit of no base":  {`"proofValue": "z`, `"proofValue": "z0`},
		"a value too long":    {`"proofValue": "z`, `"proofValue": "z2222`},
		"a value with a mark": {`"proofValue": "z`, `"proofValue": "u`},
	} {
		changed := strings.Replace(string(signed), edit[0], edit[1], 1)
		if changed == string(signed) {
			t.Errorf("%s: nothing to change", name)
		}
		if err := badge.CheckProof(json.RawMessage(changed), public); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// pointOf reads a Multikey with big numbers alone.
func pointOf(t *testing.T, text string) *ecdsa.PublicKey {
	t.Helper()
	n := new(big.Int)
	for _, c := range text[1:] {
		n.Add(n.Mul(n, big.NewInt(58)), big.NewInt(int64(strings.IndexRune("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", c))))
	}
	b := n.Bytes()
	x, y := elliptic.UnmarshalCompressed(elliptic.P256(), b[2:])
	if x == nil || b[0] != 0x80 || b[1] != 0x24 {
		t.Fatalf("no P-256 key: %x", b)
	}
	point := append([]byte{4}, append(x.FillBytes(make([]byte, 32)), y.FillBytes(make([]byte, 32))...)...)
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestAProofHoldsForItsDocumentAlone(t *testing.T) {
	for range 50 { // signatures with leading zeros among them, now and then
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := badge.Prove(map[string]any{"@context": []string{badge.ContextVC}, "name": "张伟 DEMO", "n": 7}, "https://x.example/issuers/A#k", time.Unix(1_800_000_000, 0), key)
		if err != nil {
			t.Fatal(err)
		}
		if err := badge.CheckProof(doc, &key.PublicKey); err != nil {
			t.Errorf("%s: %v", doc, err)
		}
		if err := badge.CheckProof(json.RawMessage(strings.Replace(string(doc), "张伟", "张玮", 1)), &key.PublicKey); err == nil {
			t.Errorf("another name is taken")
		}
	}
	for _, text := range []string{"", "null", "[]", "{}", `{"proof":{}}`, `{"proof":{"type":"DataIntegrityProof","cryptosuite":"ecdsa-jcs-2019","proofValue":"z"}}`} {
		if err := badge.CheckProof(json.RawMessage(text), nil); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

func TestAListsBitStandsForWhatMustNotBeAccepted(t *testing.T) {
	for state, want := range map[registry.State][2]bool{registry.StateQueued: {}, registry.StateIssued: {}, registry.StateSuspended: {true, true},
		registry.StateRevoked: {true, false}, registry.StateSuperseded: {true, false}} {
		if got := [2]bool{badge.Shows(badge.Revocation, state), badge.Shows(badge.Suspension, state)}; got != want {
			t.Errorf("%s: revocation and suspension %v, want %v", state, got, want)
		}
	}
}
