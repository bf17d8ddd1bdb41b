package record_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	gocose "github.com/veraison/go-cose"

	"github.com/passmuster/passmuster/internal/record"
	"github.com/passmuster/passmuster/internal/record/cose"
	"github.com/passmuster/passmuster/internal/registry"
)

// testKey makes a published test key from its name: the same for everyone.
func testKey(t testing.TB, name string) (*ecdsa.PrivateKey, [4]byte) {
	t.Helper()
	seed := sha256.Sum256([]byte("passmuster test key: " + name))
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), seed[:])
	if err != nil {
		t.Fatal(err)
	}
	kid, err := cose.KID(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return key, kid
}

func testCode(n byte) registry.Code {
	return registry.NewCode([10]byte{n, 0x5a, 0x13, 0x77, 0xc0, 0x1d, 0x42, 0x99, 0xee, n})
}

func date(s string) registry.Date {
	d, _ := registry.ParseDate(s)
	return d
}

func claims() record.Claims {
	return record.Claims{
		Issuer: "GAJK", Name: "DEMO 欧阳·阿依古丽", IDLast4: "123X", Kind: registry.Competence,
		Course: "CPR1", CourseVersion: 3, Base: "SJZ",
		IssuedOn: date("2026-11-21"), ValidFrom: date("2026-11-21"), ValidUntil: date("2028-11-30"),
		UTCOffset: 480, Minutes: 180, PracticalMinutes: 135, PracticalAssessed: true, Demo: true,
	}
}

func change(f func(*record.Claims)) record.Claims {
	c := claims()
	f(&c)
	return c
}

func refusal(err error) string {
	var e *registry.Error
	if errors.As(err, &e) {
		return e.Code
	}
	if err != nil {
		return "no refusal: " + err.Error()
	}
	return ""
}

func TestRecordSaysWhatItsIssuerSigned(t *testing.T) {
	key, kid := testKey(t, "record")
	for name, c := range map[string]record.Claims{
		"competence":          claims(),
		"without end":         change(func(c *record.Claims) { c.ValidUntil = registry.Date{} }),
		"without id":          change(func(c *record.Claims) { c.IDLast4 = "" }),
		"west of Greenwich":   change(func(c *record.Claims) { c.UTCOffset = -210 }),
		"attendance":          change(func(c *record.Claims) { c.Kind, c.PracticalAssessed = registry.Attendance, false }),
		"honour, not a demo":  change(func(c *record.Claims) { c.Kind, c.Demo = registry.Honour, false }),
		"instructor, no time": change(func(c *record.Claims) { c.Kind, c.Minutes, c.PracticalMinutes = registry.Instructor, 0, 0 }),
		"the first day":       change(func(c *record.Claims) { c.ValidFrom = date("1970-01-01") }),
		"the last day":        change(func(c *record.Claims) { c.ValidUntil = date("2149-06-06") }),
		"200 bytes of name":   change(func(c *record.Claims) { c.Name = strings.Repeat("𬱖", 50) }),
		"longest of all": change(func(c *record.Claims) {
			c.Name, c.Issuer, c.Course, c.Base = strings.Repeat("n", 200), strings.Repeat("I", 16), strings.Repeat("C", 16), strings.Repeat("B", 16)
			c.CourseVersion, c.UTCOffset, c.Minutes, c.PracticalMinutes = 65535, -1080, 65535, 65535
		}),
	} {
		t.Run(name, func(t *testing.T) {
			b, err := record.Sign(c, testCode(1), kid, key)
			if err != nil {
				t.Fatal(err)
			}
			if again, _ := record.Sign(c, testCode(1), kid, key); !bytes.Equal(b, again) {
				t.Error("signed twice, the bytes differ")
			}
			if len(b) > 400 {
				t.Errorf("record has %d bytes, at most 400 are promised", len(b))
			}
			m, err := record.Parse(b)
			if err != nil {
				t.Fatal(err)
			}
			if m.Claims() != c {
				t.Errorf("Claims() = %+v, want %+v", m.Claims(), c)
			}
			if m.KID() != kid {
				t.Errorf("KID() = %x, want %x", m.KID(), kid)
			}
			if err := m.Verify(&key.PublicKey, testCode(1)); err != nil {
				t.Errorf("Verify: %v", err)
			}
			rebuilt, err := record.Rebuild(c, kid, m.Signature())
			if err != nil || !bytes.Equal(rebuilt, b) {
				t.Errorf("Rebuild = %x, %v, want the bytes that were signed", rebuilt, err)
			}
			back, err := record.FromDigits(record.Digits(b))
			if err != nil || !bytes.Equal(back, b) {
				t.Errorf("FromDigits(Digits(b)) = %x, %v", back, err)
			}
		})
	}
}

func TestClaimsThatTheFormCannotHoldAreRefused(t *testing.T) {
	key, kid := testKey(t, "record")
	for name, c := range map[string]record.Claims{
		"no name":                change(func(c *record.Claims) { c.Name = "" }),
		"201 bytes of name":      change(func(c *record.Claims) { c.Name = strings.Repeat("n", 201) }),
		"name not UTF-8":         change(func(c *record.Claims) { c.Name = "a\xff" }),
		"three last characters":  change(func(c *record.Claims) { c.IDLast4 = "123" }),
		"last four not ASCII":    change(func(c *record.Claims) { c.IDLast4 = "1é3" }),
		"unknown kind":           change(func(c *record.Claims) { c.Kind = "friendship" }),
		"no issuer":              change(func(c *record.Claims) { c.Issuer = "" }),
		"blank in a code":        change(func(c *record.Claims) { c.Base = "S Z" }),
		"17 characters of code":  change(func(c *record.Claims) { c.Course = strings.Repeat("C", 17) }),
		"course version 0":       change(func(c *record.Claims) { c.CourseVersion = 0 }),
		"no day of issue":        change(func(c *record.Claims) { c.IssuedOn = registry.Date{} }),
		"before 1970":            change(func(c *record.Claims) { c.ValidFrom = date("1969-12-31") }),
		"after 2149":             change(func(c *record.Claims) { c.ValidUntil = date("2149-06-07") }),
		"ends before it begins":  change(func(c *record.Claims) { c.ValidUntil = date("2026-11-20") }),
		"offset of 19 hours":     change(func(c *record.Claims) { c.UTCOffset = 1140 }),
		"more practice than all": change(func(c *record.Claims) { c.PracticalMinutes = 181 }),
		"negative time":          change(func(c *record.Claims) { c.Minutes, c.PracticalMinutes = -1, -1 }),
	} {
		if _, err := record.Sign(c, testCode(1), kid, key); refusal(err) != "record.claims" {
			t.Errorf("%s: Sign = %v, want record.claims", name, err)
		}
		if _, err := record.Rebuild(c, kid, bytes.Repeat([]byte{1}, 64)); refusal(err) != "record.claims" {
			t.Errorf("%s: Rebuild = %v, want record.claims", name, err)
		}
	}
}

func TestDatesAreInstantsOfTheBasesDay(t *testing.T) {
	c := claims()
	for _, x := range []struct {
		what      string
		got, want time.Time
	}{
		{"first second in Shijiazhuang", c.StartsAt(), time.Date(2026, 11, 20, 16, 0, 0, 0, time.UTC)},
		{"after the last second", c.ExpiresAt(), time.Date(2028, 11, 30, 16, 0, 0, 0, time.UTC)},
		{"after the day of issue", c.IssuedBy(), time.Date(2026, 11, 21, 16, 0, 0, 0, time.UTC)},
		{"without end", change(func(c *record.Claims) { c.ValidUntil = registry.Date{} }).ExpiresAt(), time.Time{}},
	} {
		if !x.got.Equal(x.want) {
			t.Errorf("%s: %s, want %s", x.what, x.got, x.want)
		}
	}
}

func TestSnapshotGivesTheClaimsThatThePaperShows(t *testing.T) {
	s := registry.Snapshot{
		Kind: registry.Competence, Name: "DEMO 欧阳·阿依古丽", IDLast4: "123X",
		Course: registry.CourseName{Code: "CPR1", Version: 3}, Minutes: 180, Practical: 135, InPerson: true,
		Base: registry.BaseName{Code: "SJZ", Offset: 480}, Issuer: registry.CodeName{Code: "GAJK"},
		IssuedOn: date("2026-11-21"), ValidFrom: date("2026-11-21"), ValidUntil: date("2028-11-30"), Demo: true,
	}
	if got := record.FromSnapshot(s); got != claims() {
		t.Errorf("FromSnapshot = %+v, want %+v", got, claims())
	}
}

func TestAnythingElseThanWhatWasSignedIsRefused(t *testing.T) {
	key, kid := testKey(t, "record")
	other, _ := testKey(t, "another")
	b, err := record.Sign(claims(), testCode(1), kid, key)
	if err != nil {
		t.Fatal(err)
	}
	m, err := record.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Verify(&key.PublicKey, testCode(2)); refusal(err) != "record.signature" {
		t.Errorf("moved to another code: %v, want record.signature", err)
	}
	if err := m.Verify(&other.PublicKey, testCode(1)); refusal(err) != "record.signature" {
		t.Errorf("another key: %v, want record.signature", err)
	}
	if err := m.Verify(nil, testCode(1)); refusal(err) != "record.signature" {
		t.Errorf("no key: %v, want record.signature", err)
	}
	for i := range b {
		for bit := range 8 {
			changed := bytes.Clone(b)
			changed[i] ^= 1 << bit
			m, err := record.Parse(changed)
			if err == nil {
				err = m.Verify(&key.PublicKey, testCode(1))
			}
			if code := refusal(err); !slices.Contains([]string{"record.malformed", "record.newer", "record.signature"}, code) {
				t.Fatalf("bit %d of byte %d turned: %v, want a refusal", bit, i, err)
			}
		}
	}
}

// The other of the two signatures that ECDSA allows passes: it says the same,
// and identity goes by the code.
func TestTheOtherSignatureOfTheSameWordsSaysTheSame(t *testing.T) {
	key, kid := testKey(t, "record")
	b, _ := record.Sign(claims(), testCode(1), kid, key)
	s := new(big.Int).SetBytes(b[len(b)-32:])
	s.Sub(elliptic.P256().Params().N, s).FillBytes(b[len(b)-32:])
	m, err := record.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Verify(&key.PublicKey, testCode(1)); err != nil || m.Claims() != claims() {
		t.Errorf("(r, n-s): %v, %+v, want the same claims", err, m.Claims())
	}
}

func TestGoCOSEReadsOurRecord(t *testing.T) {
	key, kid := testKey(t, "record")
	b, _ := record.Sign(claims(), testCode(1), kid, key)
	var msg gocose.Sign1Message
	if err := msg.UnmarshalCBOR(b); err != nil {
		t.Fatal(err)
	}
	v, err := gocose.NewVerifier(gocose.AlgorithmES256, &key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	if err := msg.Verify([]byte(testCode(1)), v); err != nil {
		t.Errorf("go-cose refuses our record: %v", err)
	}
	if err := msg.Verify([]byte(testCode(2)), v); err == nil {
		t.Error("go-cose takes our record for another code")
	}
	if got := msg.Headers.Protected[gocose.HeaderLabelKeyID]; !bytes.Equal(got.([]byte), kid[:]) {
		t.Errorf("go-cose reads kid %x, want %x", got, kid)
	}
}

func TestGoCOSESignsWhatWeRead(t *testing.T) {
	key, kid := testKey(t, "record")
	payload, _ := claims().Payload()
	signer, err := gocose.NewSigner(gocose.AlgorithmES256, key)
	if err != nil {
		t.Fatal(err)
	}
	headers := gocose.Headers{Protected: gocose.ProtectedHeader{
		gocose.HeaderLabelAlgorithm: gocose.AlgorithmES256, gocose.HeaderLabelKeyID: kid[:]}}
	b, err := gocose.Sign1(nil, signer, headers, payload, []byte(testCode(1)))
	if err != nil {
		t.Fatal(err)
	}
	m, err := record.Parse(b)
	if err != nil {
		t.Fatalf("%v (%s)", err, hex.EncodeToString(b))
	}
	if err := m.Verify(&key.PublicKey, testCode(1)); err != nil {
		t.Error(err)
	}
}
