package badge

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/canonical"
	"github.com/passmuster/passmuster/internal/ecsig"
	"github.com/passmuster/passmuster/internal/registry"
)

// Prove returns the document with an embedded proof by the cryptosuite
// ecdsa-jcs-2019 (Data Integrity ECDSA Cryptosuites v1.0 §3.3) under the
// verification method.
func Prove(document any, method string, created time.Time, key crypto.Signer) (json.RawMessage, error) {
	doc, err := members(document)
	if err != nil {
		return nil, err
	}
	proof := map[string]any{"type": "DataIntegrityProof", "cryptosuite": "ecdsa-jcs-2019", "created": created.UTC().Format(time.RFC3339),
		"verificationMethod": method, "proofPurpose": "assertionMethod", "@context": doc["@context"]}
	data, err := proofData(doc, proof)
	if err != nil {
		return nil, err
	}
	sig, err := ecsig.Sign(data, key)
	if err != nil {
		return nil, fmt.Errorf("prove document: %w", err)
	}
	proof["proofValue"] = "z" + base58(sig)
	doc["proof"] = proof
	return canonical.JSON(doc)
}

// proofData is what the suite signs: the hash of the proof's options, then the
// hash of the document, each in canonical form (§3.3.4).
func proofData(doc, proof map[string]any) ([]byte, error) {
	options, err := canonical.JSON(proof)
	if err != nil {
		return nil, err
	}
	text, err := canonical.JSON(doc)
	if err != nil {
		return nil, err
	}
	a, b := sha256.Sum256(options), sha256.Sum256(text)
	return slices.Concat(a[:], b[:]), nil
}

// CheckProof reports ("badge.signature") whether the document's embedded proof is
// none by the key.
func CheckProof(document json.RawMessage, public *ecdsa.PublicKey) error {
	refused := registry.Fail(registry.Invalid, "badge.signature")
	doc, err := members(document)
	if err != nil {
		return refused
	}
	proof, ok := doc["proof"].(map[string]any)
	if !ok || proof["type"] != "DataIntegrityProof" || proof["cryptosuite"] != "ecdsa-jcs-2019" {
		return refused
	}
	value, _ := proof["proofValue"].(string)
	sig, ok := unbase58(strings.TrimPrefix(value, "z"), signatureSize)
	if !ok || !strings.HasPrefix(value, "z") {
		return refused
	}
	delete(doc, "proof")
	delete(proof, "proofValue")
	data, err := proofData(doc, proof)
	if err != nil {
		return refused
	}
	digest := sha256.Sum256(data)
	if !ecsig.Verify(public, digest[:], sig) {
		return refused
	}
	return nil
}

// members are the members of a JSON object; numbers keep their digits.
func members(document any) (map[string]any, error) {
	b, err := json.Marshal(document)
	if err != nil {
		return nil, fmt.Errorf("write document: %w", err)
	}
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.UseNumber()
	var m map[string]any
	if err := d.Decode(&m); err != nil {
		return nil, fmt.Errorf("read document: %w", err)
	}
	return m, nil
}

// digits58 are those of base58btc (Multibase, Base58 Encoding Scheme §2).
const digits58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

var fiftyEight = big.NewInt(58)

func base58(b []byte) string {
	var out []byte
	n, digit := new(big.Int).SetBytes(b), new(big.Int)
	for n.Sign() > 0 {
		n.DivMod(n, fiftyEight, digit)
		out = append(out, digits58[digit.Int64()])
	}
	for _, c := range b { // each leading zero byte is a leading first digit
		if c != 0 {
			break
		}
		out = append(out, digits58[0])
	}
	slices.Reverse(out)
	return string(out)
}

// unbase58 reads size bytes.
func unbase58(s string, size int) ([]byte, bool) {
	if s == "" || len(s) > 2*size {
		return nil, false
	}
	n := new(big.Int)
	for _, c := range []byte(s) {
		at := strings.IndexByte(digits58, c)
		if at < 0 {
			return nil, false
		}
		n.Add(n.Mul(n, fiftyEight), big.NewInt(int64(at)))
	}
	if n.BitLen() > 8*size {
		return nil, false
	}
	b := n.FillBytes(make([]byte, size))
	return b, base58(b) == s
}
