package record_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/record"
	"github.com/passmuster/passmuster/internal/record/cose"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/testkit"
)

var update = flag.Bool("update", false, "write the test vectors anew")

// vectors is docs/vectors/qr.json, which other implementers test against.
type vectors struct {
	Note    string         `json:"note"`
	Keys    []vectorKey    `json:"keys"`
	Records []vectorRecord `json:"records"`
	Refused []vectorFault  `json:"refused"`
	Scans   []vectorScan   `json:"scans"`
}

type vectorKey struct {
	Name       string            `json:"name"`
	KID        string            `json:"kid"`        // hex, as in the COSE header
	Thumbprint string            `json:"thumbprint"` // RFC 7638, base64url
	JWK        map[string]string `json:"jwk"`        // with d: a published test key
}

type vectorClaims struct {
	Issuer            string `json:"issuer"`
	Name              string `json:"name"`
	IDLast4           string `json:"id_last4"`
	Kind              string `json:"kind"`
	Course            string `json:"course"`
	CourseVersion     int    `json:"course_version"`
	Base              string `json:"base"`
	IssuedOn          string `json:"issued_on"`
	ValidFrom         string `json:"valid_from"`
	ValidUntil        string `json:"valid_until"`
	UTCOffset         int    `json:"utc_offset"`
	StartsAt          string `json:"starts_at"`
	ExpiresAt         string `json:"expires_at"`
	Minutes           int    `json:"minutes"`
	PracticalMinutes  int    `json:"practical_minutes"`
	PracticalAssessed bool   `json:"practical_assessed"`
	Demo              bool   `json:"demo"`
}

type vectorRecord struct {
	Name      string       `json:"name"`
	Key       string       `json:"key"`
	Code      string       `json:"code"`
	Claims    vectorClaims `json:"claims"`
	Payload   string       `json:"payload"`   // hex
	Signature string       `json:"signature"` // hex, r and s
	Record    string       `json:"record"`    // hex
	URL       string       `json:"url"`
	QRVersion int          `json:"qr_version"` // at level M
}

type vectorFault struct {
	Name   string `json:"name"`
	Key    string `json:"key"`
	Code   string `json:"code"`
	Record string `json:"record"` // hex
	Error  string `json:"error"`
}

type vectorScan struct {
	Text   string `json:"text"`
	Origin string `json:"origin"`
	Code   string `json:"code"`
	Digits bool   `json:"has_record"`
	Error  string `json:"error,omitempty"`
}

func spell(c record.Claims) vectorClaims {
	v := vectorClaims{
		Issuer: c.Issuer, Name: c.Name, IDLast4: c.IDLast4, Kind: string(c.Kind),
		Course: c.Course, CourseVersion: c.CourseVersion, Base: c.Base,
		IssuedOn: c.IssuedOn.String(), ValidFrom: c.ValidFrom.String(), ValidUntil: c.ValidUntil.String(),
		UTCOffset: c.UTCOffset, StartsAt: c.StartsAt().Format("2006-01-02T15:04:05Z"),
		Minutes: c.Minutes, PracticalMinutes: c.PracticalMinutes, PracticalAssessed: c.PracticalAssessed, Demo: c.Demo,
	}
	if !c.ExpiresAt().IsZero() {
		v.ExpiresAt = c.ExpiresAt().Format("2006-01-02T15:04:05Z")
	}
	return v
}

func (v vectorClaims) claims() record.Claims {
	return record.Claims{
		Issuer: v.Issuer, Name: v.Name, IDLast4: v.IDLast4, Kind: registry.CredentialKind(v.Kind),
		Course: v.Course, CourseVersion: v.CourseVersion, Base: v.Base,
		IssuedOn: date(v.IssuedOn), ValidFrom: date(v.ValidFrom), ValidUntil: date(v.ValidUntil), UTCOffset: v.UTCOffset,
		Minutes: v.Minutes, PracticalMinutes: v.PracticalMinutes, PracticalAssessed: v.PracticalAssessed, Demo: v.Demo,
	}
}

func vectorsPath() string { return filepath.Join("..", "..", "docs", "vectors", "qr.json") }

func TestVectorsOfTheQRCodeHold(t *testing.T) {
	if *update {
		writeVectors(t)
	}
	b, err := os.ReadFile(vectorsPath())
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Records) < 6 || len(v.Refused) < 40 || len(v.Scans) < 8 {
		t.Fatalf("%d records, %d faults, %d scans: vectors are missing", len(v.Records), len(v.Refused), len(v.Scans))
	}
	for _, r := range v.Records {
		t.Run(r.Name, func(t *testing.T) { checkVector(t, r) })
	}
	for _, f := range v.Refused {
		key, _ := testKey(t, f.Key)
		raw, _ := hex.DecodeString(f.Record)
		m, err := record.Parse(raw)
		if err == nil {
			err = m.Verify(&key.PublicKey, registry.Code(f.Code))
		}
		if refusal(err) != f.Error {
			t.Errorf("%s: refused as %q, want %q", f.Name, refusal(err), f.Error)
		}
	}
	for _, s := range v.Scans {
		got, err := record.ParseScan(s.Text)
		if refusal(err) != s.Error || got.Origin != s.Origin || string(got.Code) != s.Code || (got.Record != nil) != s.Digits {
			t.Errorf("%s: %+v, %v, want %+v", s.Text, got, err, s)
		}
	}
}

func checkVector(t *testing.T, r vectorRecord) {
	key, kid := testKey(t, r.Key)
	code := registry.Code(r.Code)
	made, err := record.Sign(r.Claims.claims(), code, kid, key)
	if err != nil {
		t.Fatal(err)
	}
	if hex.EncodeToString(made) != r.Record {
		t.Errorf("Sign = %x, want %s", made, r.Record)
	}
	scan, err := record.ParseScan(r.URL)
	if err != nil {
		t.Fatal(err)
	}
	m, err := record.Parse(scan.Record)
	if err != nil {
		t.Fatal(err)
	}
	if spell(m.Claims()) != r.Claims {
		t.Errorf("Claims() = %+v, want %+v", spell(m.Claims()), r.Claims)
	}
	if hex.EncodeToString(m.Payload()) != r.Payload || hex.EncodeToString(m.Signature()) != r.Signature {
		t.Errorf("payload %x, signature %x", m.Payload(), m.Signature())
	}
	if err := m.Verify(&key.PublicKey, scan.Code); err != nil || scan.Code != code {
		t.Errorf("Verify for %s: %v", scan.Code, err)
	}
	if got := qrVersion(r.URL); got != r.QRVersion {
		t.Errorf("QR version %d, want %d", got, r.QRVersion)
	}
}

func writeVectors(t *testing.T) {
	v := vectors{Note: "Test vectors of docs/qr.md. The keys are published test keys, the people are invented: DEMO."}
	for _, name := range []string{"record", "another"} {
		v.Keys = append(v.Keys, describeKey(t, name))
	}
	records := []struct {
		name, origin string
		claims       record.Claims
	}{
		{"competence", "https://verify.demo.example", claims()},
		{"attendance without an end", "https://verify.demo.example", change(func(c *record.Claims) {
			c.Kind, c.PracticalAssessed, c.ValidUntil = registry.Attendance, false, registry.Date{}
		})},
		{"instructor, Cyrillic, no id", "https://verify.demo.example", change(func(c *record.Claims) {
			c.Kind, c.Name, c.IDLast4, c.Base, c.UTCOffset = registry.Instructor, "DEMO Әлия Қасымова", "", "MSK", 180
		})},
		{"honour, offset west, http on this machine", "http://localhost:8080", change(func(c *record.Claims) {
			c.Kind, c.UTCOffset, c.Minutes, c.PracticalMinutes, c.PracticalAssessed = registry.Honour, -210, 0, 0, false
		})},
		{"rare Han character", "https://verify.demo.example", change(func(c *record.Claims) { c.Name = "DEMO 䶮𬱖" })},
		{"name of 200 bytes", "https://verify.demo.example", change(func(c *record.Claims) { c.Name = "DEMO " + strings.Repeat("n", 195) })},
	}
	for i, r := range records {
		key, kid := testKey(t, "record")
		b, err := record.Sign(r.claims, testCode(byte(i+1)), kid, key)
		if err != nil {
			t.Fatal(err)
		}
		payload, _ := r.claims.Payload()
		url := record.URL(r.origin, testCode(byte(i+1)), b)
		v.Records = append(v.Records, vectorRecord{
			Name: r.name, Key: "record", Code: string(testCode(byte(i + 1))), Claims: spell(r.claims),
			Payload: hex.EncodeToString(payload), Signature: hex.EncodeToString(b[len(b)-64:]), Record: hex.EncodeToString(b),
			URL: url, QRVersion: qrVersion(url),
		})
	}
	v.Refused = faults(t)
	v.Scans = scans(v.Records[0].URL)
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(vectorsPath(), out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func describeKey(t *testing.T, name string) vectorKey {
	key, kid := testKey(t, name)
	full, err := cose.Thumbprint(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	point, _ := cose.Point(&key.PublicKey)
	d, err := key.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	enc := base64.RawURLEncoding.EncodeToString
	return vectorKey{Name: name, KID: hex.EncodeToString(kid[:]), Thumbprint: enc(full[:]),
		JWK: map[string]string{"kty": "EC", "crv": "P-256", "x": enc(point[1:33]), "y": enc(point[33:]), "d": enc(d)}}
}

// faults are the mutations of one record, and the genuine record under a code
// and a key that are not its own.
func faults(t *testing.T) (all []vectorFault) {
	good := goodParts(t)
	for name, p := range mutations(good) {
		_, err := record.Parse(p.bytes(t))
		all = append(all, vectorFault{name, "record", string(testCode(1)), hex.EncodeToString(p.bytes(t)), refusal(err)})
	}
	slices.SortFunc(all, func(a, b vectorFault) int { return strings.Compare(a.Name, b.Name) })
	whole := hex.EncodeToString(good.bytes(t))
	renamed := good
	renamed.payload = strings.Replace(good.payload, hex.EncodeToString([]byte("DEMO")), hex.EncodeToString([]byte("OMED")), 1)
	return append(all,
		vectorFault{"another code", "record", string(testCode(2)), whole, "record.signature"},
		vectorFault{"another key", "another", string(testCode(1)), whole, "record.signature"},
		vectorFault{"another name", "record", string(testCode(1)), hex.EncodeToString(renamed.bytes(t)), "record.signature"},
	)
}

func scans(url string) (all []vectorScan) {
	link, _, _ := strings.Cut(url, "#")
	for _, text := range []string{
		url, strings.ToUpper(url), link, link + "#", link + "?a=b",
		strings.Replace(link, "https://", "http://", 1), strings.Replace(link, "verify.", "user@verify.", 1),
		strings.Replace(link, "verify.", "xn--verfy-2va.", 1), strings.Replace(link, "/v/", "/w/", 1),
		strings.Replace(link, "https://verify.demo.example", "http://10.0.0.7:8080", 1),
	} {
		s, err := record.ParseScan(text)
		all = append(all, vectorScan{text, s.Origin, string(s.Code), s.Record != nil, refusal(err)})
	}
	return all
}

// An implementation that shares nothing with this one, in JavaScript over
// WebCrypto, reads every vector.
func TestJavaScriptReadsTheVectors(t *testing.T) {
	node := testkit.Tool(t, "node")
	out, err := exec.Command(node, filepath.Join("testdata", "verify.mjs"), vectorsPath()).CombinedOutput()
	if err != nil {
		t.Errorf("verify.mjs: %v\n%s", err, out)
	}
}
