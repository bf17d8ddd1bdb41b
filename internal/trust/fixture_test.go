package trust_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"errors"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/record"
	"github.com/passmuster/passmuster/internal/record/cose"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/trust"
)

const (
	day    = 24 * time.Hour
	origin = "https://verify.demo.example"
)

// The moments of all tests: the list is made, the bundle is made, somebody scans.
var (
	listMade   = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	bundleMade = time.Date(2026, 11, 21, 6, 0, 0, 0, time.UTC)
	now        = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
)

// testKey makes a published test key from its name: the same for everyone.
func testKey(t testing.TB, name string) *ecdsa.PrivateKey {
	t.Helper()
	seed := sha256.Sum256([]byte("passmuster test key: " + name))
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), seed[:])
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func testCode(n byte) registry.Code {
	return registry.NewCode([10]byte{n, 0x5a, 0x13, 0x77, 0xc0, 0x1d, 0x42, 0x99, 0xee, n})
}

func date(s string) registry.Date {
	d, _ := registry.ParseDate(s)
	return d
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

func statement(t testing.TB) trust.Publishers {
	t.Helper()
	retired, err := cose.Thumbprint(&testKey(t, "publisher, stolen").PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	from := listMade.Add(-30 * day)
	return trust.Publishers{
		Number: 3, IssuedAt: from,
		Keys: []trust.PublisherKey{
			{Public: &testKey(t, "publisher").PublicKey, From: from, Until: from.Add(90 * day)},
			{Public: &testKey(t, "publisher, next").PublicKey, From: from.Add(80 * day), Until: from.Add(170 * day)},
			{Public: &testKey(t, "publisher, stolen").PublicKey, From: from, Until: from.Add(90 * day)},
		},
		Revoked: []trust.RevokedKey{{Thumbprint: retired, At: listMade.Add(-day)}},
	}
}

func signed(t testing.TB, b []byte, err error) []byte {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func list(t testing.TB) trust.List {
	t.Helper()
	st, err := trust.SignPublishers(statement(t), testKey(t, "root"))
	key := func(name string) trust.IssuerKey {
		return trust.IssuerKey{Public: &testKey(t, name).PublicKey, SignFrom: listMade.Add(-300 * day)}
	}
	stolen := key("record, compromised")
	stolen.SignUntil, stolen.CompromisedAt = listMade.Add(-2*day), listMade.Add(-3*day)
	old := key("record, replaced")
	old.SignUntil = listMade.Add(-100 * day)
	retired := key("record, retired")
	retired.VerifyUntil = listMade.Add(-day)
	return trust.List{
		Number: 7, IssuedAt: listMade, ValidUntil: listMade.Add(trust.ListLife),
		Origins: []string{origin, "http://192.168.1.7:8080"}, Root: &testKey(t, "root").PublicKey, Statement: signed(t, st, err),
		Issuers: []trust.Issuer{
			{Code: "GAJK", Name: registry.Text{"zh": "演示联盟", "en": "DEMO Federation", "ru": "ДЕМО Федерация"},
				Keys: []trust.IssuerKey{key("record"), stolen, old, retired}},
			{Code: "RUSM", Name: registry.Text{"ru": "ДЕМО Движение"}, Keys: []trust.IssuerKey{key("record of another issuer")}},
		},
	}
}

// signers are two of PDF files under CAs of others, the second one compromised.
func signers() []trust.Signer {
	return []trust.Signer{{Chain: sha256.Sum256([]byte("DEMO chain"))},
		{Chain: sha256.Sum256([]byte("DEMO chain, compromised")), CompromisedAt: listMade.Add(-4 * day)}}
}

func verifiedList(t testing.TB) *trust.VerifiedList {
	t.Helper()
	b, err := trust.SignList(list(t), testKey(t, "publisher"))
	l, err := trust.ParseList(signed(t, b, err), &testKey(t, "root").PublicKey, trust.Seen{}, now)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// The codes of the fixture, by their standing in the bundle.
var (
	plain      = testCode(1)
	revoked    = testCode(2)
	suspended  = testCode(3)
	superseded = testCode(4)
	notIssued  = testCode(5)
	erased     = testCode(7)
)

func bundle(t testing.TB) trust.Bundle {
	t.Helper()
	payload, err := claims().Payload()
	if err != nil {
		t.Fatal(err)
	}
	var issued []trust.Key
	for n := range byte(200) {
		if testCode(n) != notIssued {
			issued = append(issued, trust.KeyOf(testCode(n)))
		}
	}
	issued = append(issued, trust.KeyOfRecord(plain, payload))
	return trust.Bundle{
		Number: 42, IssuedAt: bundleMade, ValidUntil: bundleMade.Add(trust.GeneralLife - time.Minute), AsOf: bundleMade.Add(-time.Minute),
		Issued: issued,
		Exceptions: []trust.Exception{
			{Key: trust.KeyOf(revoked), Status: registry.StatusRevoked, On: date("2026-11-19"), Reason: "issued_in_error"},
			{Key: trust.KeyOf(suspended), Status: registry.StatusSuspended, On: date("2026-11-20"), Reason: "under_review"},
			{Key: trust.KeyOf(superseded), Status: registry.StatusSuperseded, On: date("2026-11-18")},
			{Key: trust.KeyOf(erased), Status: registry.StatusRevoked, On: date("2026-11-20"), Reason: registry.HolderRemoved},
		},
		Bases:   map[string]registry.Text{"SJZ": {"zh": "演示基地", "en": "DEMO base"}},
		Courses: map[string]registry.Text{"CPR1": {"zh": "心肺复苏与AED", "en": "CPR and AED", "ru": "СЛР и АНД"}},
	}
}

func verifiedBundle(t testing.TB) *trust.VerifiedBundle {
	t.Helper()
	b, err := trust.SignBundle(bundle(t), testKey(t, "publisher"))
	v, err := trust.ParseBundle(signed(t, b, err), verifiedList(t), trust.Seen{}, now)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func claims() record.Claims {
	return record.Claims{
		Issuer: "GAJK", Name: "DEMO 欧阳·阿依古丽", IDLast4: "123X", Kind: registry.Competence,
		Course: "CPR1", CourseVersion: 3, Base: "SJZ",
		IssuedOn: date("2026-11-10"), ValidFrom: date("2026-11-10"), ValidUntil: date("2028-11-30"),
		UTCOffset: 480, Minutes: 180, PracticalMinutes: 135, PracticalAssessed: true, Demo: true,
	}
}

func change(f func(*record.Claims)) record.Claims {
	c := claims()
	f(&c)
	return c
}

// recordOf signs the claims for the code with the named key.
func recordOf(t testing.TB, c record.Claims, code registry.Code, keyName string) []byte {
	t.Helper()
	key := testKey(t, keyName)
	kid, err := cose.KID(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	b, err := record.Sign(c, code, kid, key)
	return signed(t, b, err)
}
