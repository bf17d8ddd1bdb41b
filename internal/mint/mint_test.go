package mint_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/badge"
	"github.com/passmuster/passmuster/internal/certificate"
	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/mint"
	"github.com/passmuster/passmuster/internal/record"
	"github.com/passmuster/passmuster/internal/registry"
)

// issuer is a signing chain of one certificate and a record key, secrets to
// nobody. DEMO.
type issuer struct {
	press *certificate.Press
	keys  mint.Keys
	pub   *ecdsa.PublicKey
}

func newIssuer(t testing.TB) *issuer {
	t.Helper()
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), append(make([]byte, 31), 5))
	if err != nil {
		t.Fatal(err)
	}
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	c := &x509.Certificate{SerialNumber: big.NewInt(5), Subject: pkix.Name{CommonName: "DEMO registry"}, NotBefore: from, NotAfter: from.AddDate(20, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment}
	der, err := x509.CreateCertificate(nil, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	if c, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	press, err := certificate.NewPress([]*x509.Certificate{c})
	if err != nil {
		t.Fatal(err)
	}
	kid, err := keys.Thumbprint(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	thumb, err := base64.RawURLEncoding.DecodeString(kid)
	if err != nil {
		t.Fatal(err)
	}
	return &issuer{press, mint.Keys{KID: kid, COSEKID: [4]byte(thumb), Record: key, Document: key}, &key.PublicKey}
}

func (by *issuer) template(t testing.TB, kind registry.CredentialKind, langs ...string) *certificate.Template {
	t.Helper()
	template, err := by.press.Template(certificate.Look{Kind: kind, Langs: langs})
	if err != nil {
		t.Fatal(err)
	}
	return template
}

// snapshot is one of a class. DEMO.
func (by *issuer) snapshot(i int, name, latin, last4 string, langs ...string) *registry.Snapshot {
	day := registry.NewDate(2026, 11, 21)
	return &registry.Snapshot{
		Format: 1, Number: registry.NewNumber("GAJK", "SJZ", 2026, i), Code: registry.NewCode([10]byte{byte(i), byte(i >> 8), 3, 4, 5, 6, 7, 8, 9, 10}),
		Kind: registry.Competence, Subject: fmt.Sprintf("urn:uuid:0b8f0c5e-3d6a-4f6e-9a51-%012d", i), Name: name, LatinName: latin, IDLast4: last4,
		Programme: registry.CodeName{Code: "GAJK", Name: registry.Text{"zh": "急救", "en": "First aid", "ru": "Первая помощь"}},
		Course:    registry.CourseName{Code: "CPR-AED", Version: 3, Title: registry.Text{"zh": "心肺复苏与自动体外除颤（AED）", "en": "CPR and Automated External Defibrillation", "ru": "Сердечно-лёгочная реанимация и АНД"}},
		Class:     registry.ClassDates{Code: "SJZ-2026-11-CPR", StartsOn: registry.NewDate(2026, 11, 14), EndsOn: day},
		Minutes:   720, Practical: 450, InPerson: true, Theory: true,
		Base:        registry.BaseName{Code: "SJZ", TZ: "Asia/Shanghai", Offset: 480, Name: registry.Text{"zh": "石家庄志愿医疗培训基地", "en": "Shijiazhuang Volunteer Medical Training Base", "ru": "Шицзячжуанская учебная база"}},
		Issuer:      registry.CodeName{Code: "GAJK", Name: registry.Text{"zh": "国际医学志愿者联合会", "en": "International Federation of Medical Volunteers", "ru": "Международная федерация"}},
		Signatories: []registry.Signatory{{Name: "陈建国", Title: registry.Text{"zh": "培训基地主任", "en": "Director of the training base", "ru": "Руководитель учебной базы"}}},
		CompletedOn: day, IssuedOn: day, IssuedAt: time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC), ValidFrom: day, ValidUntil: registry.NewDate(2028, 11, 30),
		StartsAt: time.Date(2026, 11, 20, 16, 0, 0, 0, time.UTC), ExpiresAt: time.Date(2028, 11, 30, 16, 0, 0, 0, time.UTC),
		Languages: langs, Origin: "https://verify.example", RecordKey: by.keys.KID, Status: registry.StatusEntry{List: 1 + i%2, Index: 7 * i},
	}
}

// people are persons of all sorts, so that every way of setting a text is taken.
func people() [][3]string {
	return [][3]string{
		{"王秀英", "Wang Xiuying", "013X"}, {"李雷", "Li Lei", "0137"}, {"张䶮", "", "AB1x"}, {"李𬱖", "Li Wei", ""}, {"丁𠀀𪛖", "", "9999"},
		{"Иванова Анна Сергеевна", "Ivanova Anna", "4411"}, {"Құдайбергенов Нұрсұлтан Әбдіғаппарұлы", "", "1111"}, {"Łukasz Żółć", "", "77A7"},
		{"阿卜杜热西提·阿布都克里木·麦麦提明江", "Abdurishit Abdukerim", "0000"}, {`O'Neil "Bob" \ <b>&`, "", "1234"}, {"Anna", "Anna", "12AB"}, {"Ли", "Li", "1-34"},
	}
}

func TestRunGivesTheBytesOfEachAlone(t *testing.T) {
	by := newIssuer(t)
	for _, langs := range [][]string{{"zh", "en"}, {"ru", "en"}, {"en"}} {
		template := by.template(t, registry.Competence, langs...)
		var run mint.Mint
		for i, p := range people() {
			number := i + 1
			if i%3 == 2 {
				number += 1_000_000 // numbers of another length
			}
			s := by.snapshot(number, p[0], p[1], p[2], langs...)
			signed, err := run.Sign(template, s, by.keys)
			if err != nil {
				t.Fatalf("%s: %v", s.Name, err)
			}
			if err := run.Verify(template, signed, by.pub); err != nil {
				t.Errorf("%s: %v", s.Name, err)
			}
			var alone mint.Mint
			rebuilt, err := alone.Rebuild(template, s, by.keys.COSEKID, mint.Signatures{Record: signed.RecordSig[:], JWT: signed.JWTSig[:], PDF: signed.File.Signature})
			if err != nil {
				t.Fatalf("%s: %v", s.Name, err)
			}
			if rebuilt.QR != signed.QR || !bytes.Equal(rebuilt.Token, signed.Token) || rebuilt.File.SHA256 != signed.File.SHA256 || !bytes.Equal(rebuilt.File.Bytes(), signed.File.Bytes()) {
				t.Errorf("%s: built alone, it is not the same", s.Name)
			}
			sameAsPlain(t, by, s, signed)
		}
	}
}

// sameAsPlain compares with the packages' own ways for a single credential.
func sameAsPlain(t *testing.T, by *issuer, s *registry.Snapshot, signed *mint.Signed) {
	t.Helper()
	message, err := record.Sign(record.FromSnapshot(*s), s.Code, by.keys.COSEKID, by.keys.Record)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := signed.QR, record.URL(s.Origin, s.Code, message); got != want {
		t.Errorf("%s: QR text\n%s, want\n%s", s.Name, got, want)
	}
	token, _, err := badge.Sign(*s, by.keys.KID, by.keys.Record)
	if err != nil {
		t.Fatal(err)
	}
	if string(signed.Token) != token {
		t.Errorf("%s: token\n%s, want\n%s", s.Name, signed.Token, token)
	}
}

func TestPersonsAreNotMixedWhenManySignAtOnce(t *testing.T) {
	by := newIssuer(t)
	template := by.template(t, registry.Competence, "zh", "en")
	var run mint.Mint
	var wait sync.WaitGroup
	for w := range 4 {
		wait.Go(func() {
			random := rand.New(rand.NewPCG(uint64(w), 1))
			all := people()
			for i := range 40 {
				p := all[random.IntN(len(all))]
				s := by.snapshot(1000*w+i, p[0], p[1], p[2], "zh", "en")
				if i%10 == 0 { // another class in between
					s.Class.Code, s.Credits = "OTHER", "1.0"
				}
				signed, err := run.Sign(template, s, by.keys)
				if err != nil {
					t.Error(err)
					return
				}
				scan, err := record.ParseScan(signed.QR)
				if err != nil {
					t.Error(err)
					return
				}
				message, err := record.Parse(scan.Record)
				if err != nil {
					t.Error(err)
					return
				}
				claims, err := badge.Verify(string(signed.Token), func(string) (*ecdsa.PublicKey, error) { return by.pub, nil })
				if err != nil {
					t.Error(err)
					return
				}
				if message.Claims().Name != s.Name || scan.Code != s.Code || claims.Credential.Subject.LicenseNumber != string(s.Number) || claims.Credential.Subject.Identifier[0].Value != s.Name {
					t.Errorf("%s got what is %s's", s.Name, message.Claims().Name)
				}
				if f, err := template.Rebuild(certificate.Input{Snapshot: *s, QR: signed.QR, JWT: signed.Token}, signed.File.Signature); err != nil || f.SHA256 != signed.File.SHA256 {
					t.Errorf("%s: another file when built alone: %v", s.Name, err)
				}
			}
		})
	}
	wait.Wait()
}

func TestFaultySignerIsFound(t *testing.T) {
	by := newIssuer(t)
	template := by.template(t, registry.Competence, "en")
	var m mint.Mint
	s := by.snapshot(1, "Anna DEMO", "", "", "en")
	signed, err := m.Sign(template, s, by.keys)
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*mint.Signed){
		"record":   func(x *mint.Signed) { x.RecordSig[40] ^= 1 },
		"token":    func(x *mint.Signed) { x.JWTSig[3] ^= 1 },
		"document": func(x *mint.Signed) { x.File.Signature = bytes.Clone(x.File.Signature); x.File.Signature[20] ^= 1 },
	} {
		spoiled := *signed
		spoil(&spoiled)
		if m.Verify(template, &spoiled, by.pub) == nil {
			t.Errorf("%s: the fault is not found", name)
		}
	}
	k := by.keys
	k.KID = "another"
	if _, err := m.Sign(template, s, k); err == nil {
		t.Error("signed with a key that the snapshot does not name")
	}
}

func BenchmarkSign(b *testing.B) {
	by := newIssuer(b)
	template := by.template(b, registry.Competence, "zh", "en")
	var m mint.Mint
	list := make([]*registry.Snapshot, 300)
	for i := range list {
		list[i] = by.snapshot(i+1, string([]rune{'王' + rune(i%7), 0x4E00 + rune(i*37%3000), 0x4E00 + rune(i*91%5000)}), "Wang Xiuying", fmt.Sprintf("%04d", i), "zh", "en")
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if _, err := m.Sign(template, list[i%len(list)], by.keys); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

func BenchmarkThreeSignatures(b *testing.B) {
	by := newIssuer(b)
	digest := make([]byte, 32)
	b.ReportAllocs()
	for b.Loop() {
		for range 3 {
			if _, err := by.keys.Record.Sign(nil, digest, crypto.SHA256); err != nil {
				b.Fatal(err)
			}
		}
	}
}
