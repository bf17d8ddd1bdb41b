package cose

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"github.com/passmuster/passmuster/internal/ecsig"
)

// foreign is a COSE_Sign1 message of somebody else: read loosely, as our reader
// never would, so that our Sig_structure and our signatures meet theirs.
type foreign struct {
	Protected   []byte
	Unprotected map[int]any
	Payload     []byte
	Signature   []byte
}

// readForeign takes the tags of COSE_Sign1 and CWT, or none.
func readForeign(b []byte) (m foreign, ok bool) {
	for _, tag := range [][]byte{{0xd8, 0x3d}, {0xd2}} {
		b = bytes.TrimPrefix(b, tag)
	}
	var parts []cbor.RawMessage
	if !bytes.HasPrefix(b, []byte{0x84}) { // another tag, which the decoder would skip
		return m, false
	}
	if cbor.Unmarshal(b, &parts) != nil || len(parts) != 4 {
		return m, false
	}
	for i, v := range []any{&m.Protected, &m.Unprotected, &m.Payload, &m.Signature} {
		if cbor.Unmarshal(parts[i], v) != nil {
			return m, false
		}
	}
	if bytes.Equal(m.Protected, []byte{0xa0}) { // an empty header is signed as no bytes (RFC 9052 §4.4)
		m.Protected = nil
	}
	return m, true
}

// header is a member of the protected header, else of the other one.
func (m foreign) header(key int) any {
	var h map[int]any
	if cbor.Unmarshal(m.Protected, &h) == nil && h[key] != nil {
		return h[key]
	}
	return m.Unprotected[key]
}

// es256 checks the message as ours are checked, whatever stands around it.
func (m foreign) es256(key *ecdsa.PublicKey, external []byte) bool {
	sum, err := digest(m.Protected, external, m.Payload)
	return err == nil && m.header(1) == int64(-7) && ecsig.Verify(key, sum, m.Signature)
}

// example is one of the working group's, as far as it is a COSE_Sign1.
type example struct {
	Fail  bool
	Input struct {
		Sign0 *struct {
			Key struct {
				Crv, X, Y string
				XHex      string `json:"x_hex"`
				YHex      string `json:"y_hex"`
			}
			Alg, External string
		}
	}
	Output struct{ CBOR string }
}

func (e example) key(t *testing.T) *ecdsa.PublicKey {
	t.Helper()
	k := e.Input.Sign0.Key
	x, y := unhex(t, k.XHex), unhex(t, k.YHex)
	if k.X != "" {
		x, y = unbase64(t, k.X), unbase64(t, k.Y)
	}
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(append([]byte{4}, x...), y...))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func unbase64(t *testing.T, s string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestCOSEWorkingGroupSignatures(t *testing.T) {
	paths, _ := filepath.Glob(filepath.Join("..", "testdata", "cose", "*.json"))
	verified, failed, others := 0, 0, 0
	for _, path := range paths {
		var e example
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(b, &e); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if e.Input.Sign0 == nil || e.Input.Sign0.Alg != "ES256" {
			others++
			continue
		}
		m, ok := readForeign(unhex(t, e.Output.CBOR))
		good := ok && m.es256(e.key(t), unhex(t, e.Input.Sign0.External))
		if good == e.Fail {
			t.Errorf("%s: verified %t, want %t", filepath.Base(path), good, !e.Fail)
		}
		if good {
			verified++
		} else {
			failed++
		}
	}
	t.Logf("%d verified, %d refused as they should be, %d of other kinds or algorithms", verified, failed, others)
	if verified < 5 || failed < 6 {
		t.Error("fewer examples than there were")
	}
}

// TestEUDCCSignatures checks the messages of the European certificates' corpus
// whose issuer signs by ES256; where it says how the signature ends, so do we.
func TestEUDCCSignatures(t *testing.T) {
	f, err := os.Open(filepath.Join("..", "testdata", "eu-dcc", "dgc-testdata-common.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	verified, failed, others := 0, 0, 0
	for lines.Scan() {
		var c struct {
			Src, Prefix, Cert string
			Expected          struct{ EXPECTEDVERIFY *bool }
		}
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		raw, err := base64.StdEncoding.DecodeString(c.Cert)
		if err != nil {
			t.Fatal(err)
		}
		cert, err := x509.ParseCertificate(raw)
		if err != nil {
			t.Fatal(err)
		}
		key, ok := cert.PublicKey.(*ecdsa.PublicKey)
		if !ok || key.Curve != elliptic.P256() {
			others++
			continue
		}
		m, read := readForeign(inflate(base45(c.Prefix)))
		kid := sha256.Sum256(raw)
		named, _ := m.header(4).([]byte)
		good := read && bytes.Equal(named, kid[:8]) && m.es256(key, nil)
		if want := c.Expected.EXPECTEDVERIFY; want != nil && *want != good {
			t.Errorf("%s: verified %t, want %t", c.Src, good, *want)
		}
		if good {
			verified++
		} else {
			failed++
		}
	}
	t.Logf("%d verified, %d not, %d by RSA", verified, failed, others)
	if verified < 20 || failed < 4 {
		t.Error("fewer messages than there were")
	}
}

// base45 decodes RFC 9285 behind "HC1:", as far as it goes.
func base45(s string) (b []byte) {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
	for s = strings.TrimPrefix(s, "HC1:"); len(s) >= 2; s = s[min(3, len(s)):] {
		n := strings.IndexByte(alphabet, s[0]) + 45*strings.IndexByte(alphabet, s[1])
		if len(s) == 2 {
			return append(b, byte(n))
		}
		n += 2025 * strings.IndexByte(alphabet, s[2])
		b = append(b, byte(n>>8), byte(n))
	}
	return b
}

func inflate(b []byte) []byte {
	r, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		return b
	}
	out, _ := io.ReadAll(io.LimitReader(r, 1<<16))
	return out
}
