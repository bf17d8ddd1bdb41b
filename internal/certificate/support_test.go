package certificate_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/certificate"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/testkit"
)

// pki is a throw-away root, its issuing CA and a document-signing certificate.
// It is the same in each run, because the certificate's fingerprint is printed.
type pki struct {
	root  *x509.Certificate
	chain []*x509.Certificate // leaf, CA
	key   crypto.Signer
}

func newPKI(t testing.TB, key crypto.Signer) *pki {
	t.Helper()
	rootKey, caKey := ecKey(t, 1), ecKey(t, 2)
	ca := x509.Certificate{IsCA: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign}
	root := newCertificate(t, 1, "DEMO root", ca, nil, rootKey.Public(), rootKey)
	issuing := newCertificate(t, 2, "DEMO document CA", ca, root, caKey.Public(), rootKey)
	leaf := newCertificate(t, 200, "DEMO registry", x509.Certificate{
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment,
		CRLDistributionPoints: []string{"https://verify.example/pki/issuer.crl"},
	}, issuing, key.Public(), caKey)
	return &pki{root: root, chain: []*x509.Certificate{leaf, issuing}, key: key}
}

// newCertificate issues without a source of randomness, so deterministically.
func newCertificate(t testing.TB, serial int64, name string, template x509.Certificate, parent *x509.Certificate, public crypto.PublicKey, signer crypto.Signer) *x509.Certificate {
	t.Helper()
	template.SerialNumber, template.Subject = big.NewInt(serial), pkix.Name{CommonName: name, Organization: []string{"DEMO"}}
	template.NotBefore, template.NotAfter = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2046, 1, 1, 0, 0, 0, 0, time.UTC)
	template.BasicConstraintsValid = true
	if parent == nil {
		parent = &template
	}
	der, err := x509.CreateCertificate(nil, &template, parent, public, signer)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// ecKey is the P-256 key of a small number: a secret to nobody.
func ecKey(t testing.TB, number byte) crypto.Signer {
	t.Helper()
	k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), append(make([]byte, 31), number))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// ecPKI is the usual one.
func ecPKI(t testing.TB) *pki {
	t.Helper()
	return newPKI(t, ecKey(t, 3))
}

func rsaKey(t testing.TB) crypto.Signer {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func (p *pki) press(t testing.TB) *certificate.Press {
	t.Helper()
	press, err := certificate.NewPress(p.chain)
	if err != nil {
		t.Fatal(err)
	}
	return press
}

// pemFile writes certificates to a file.
func pemFile(t testing.TB, path string, certificates ...*x509.Certificate) string {
	t.Helper()
	var out []byte
	for _, c := range certificates {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	if err := os.WriteFile(path, out, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// snapshot is a typical credential of invented people. DEMO.
func snapshot(kind registry.CredentialKind, langs ...string) registry.Snapshot {
	s := registry.Snapshot{
		Format: 1, Number: "GAJK-SJZ-2026-000123", Code: registry.NewCode([10]byte{7, 3, 9, 200, 41, 5, 77, 130, 99, 18}), Kind: kind,
		Subject: "urn:uuid:0b8f0c5e-3d6a-4f6e-9a51-6a1f6f3c2d11", Name: "王秀英", LatinName: "Wang Xiuying", IDLast4: "013X",
		Programme: registry.CodeName{Code: "GAJK"},
		Course:    registry.CourseName{Code: "CPR-AED", Version: 3, Title: registry.Text{"zh": "心肺复苏与自动体外除颤（AED）", "en": "CPR and Automated External Defibrillation", "ru": "Сердечно-лёгочная реанимация и АНД"}},
		Class:     registry.ClassDates{Code: "SJZ-2026-11-CPR", StartsOn: registry.NewDate(2026, 11, 14), EndsOn: registry.NewDate(2026, 11, 21)},
		Minutes:   720, Practical: 450, InPerson: true, Theory: true,
		Base:   registry.BaseName{Code: "SJZ", TZ: "Asia/Shanghai", Offset: 480, Name: registry.Text{"zh": "石家庄志愿医疗培训基地", "en": "Shijiazhuang Volunteer Medical Training Base", "ru": "Шицзячжуанская учебная база"}},
		Issuer: registry.CodeName{Code: "GAJK", Name: registry.Text{"zh": "国际医学志愿者联合会", "en": "International Federation of Medical Volunteers", "ru": "Международная федерация медицинских волонтёров"}},
		Signatories: []registry.Signatory{
			{Name: "陈建国", Title: registry.Text{"zh": "培训基地主任", "en": "Director of the training base", "ru": "Руководитель учебной базы"}},
			{Name: "李淑芳", Title: registry.Text{"zh": "首席培训师", "en": "Chief instructor", "ru": "Старший инструктор"}},
		},
		CompletedOn: registry.NewDate(2026, 11, 21), IssuedOn: registry.NewDate(2026, 11, 21), IssuedAt: time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC),
		ValidFrom: registry.NewDate(2026, 11, 21), ValidUntil: registry.NewDate(2028, 11, 30),
		Languages: langs, Origin: "https://verify.example",
	}
	if langs[0] == "ru" {
		s.Number, s.Class.Code = "VDM-MSK-2026-000047", "MSK-2026-11-PP"
		s.Name, s.LatinName = "Иванова Анна Сергеевна", "Ivanova Anna Sergeevna"
		s.Course.Code, s.Course.Title = "PP", registry.Text{"ru": "Первая помощь пострадавшим", "en": "First Aid to the Injured"}
		s.Base = registry.BaseName{Code: "MSK", TZ: "Europe/Moscow", Offset: 180, Name: registry.Text{"ru": "Московский учебный центр волонтёров-медиков", "en": "Moscow Training Centre of Medical Volunteers"}}
		s.Issuer = registry.CodeName{Code: "VDM", Name: registry.Text{"ru": "Движение волонтёров-медиков", "en": "Movement of Medical Volunteers"}}
		s.Signatories = []registry.Signatory{
			{Name: "Соколов Пётр Ильич", Title: registry.Text{"ru": "Руководитель учебного центра", "en": "Director of the training centre"}},
			{Name: "Белова Мария Андреевна", Title: registry.Text{"ru": "Старший инструктор", "en": "Chief instructor"}},
		}
	}
	if kind != registry.Competence {
		s.InPerson, s.Theory = false, false
	}
	if kind == registry.Attendance || kind == registry.Honour {
		s.ValidUntil = registry.Date{}
	}
	return s
}

// input adds a stand-in for the record in the code, 2.41 digits for each byte
// of it, of which the name is the part that varies, and one for the VC-JWT.
func input(s registry.Snapshot) certificate.Input {
	digits := strings.Repeat("31415926535897932384", 60)[:241*(170+len(s.Name))/100]
	return certificate.Input{
		Snapshot: s,
		QR:       s.Origin + "/v/" + string(s.Code) + "#" + digits,
		JWT:      []byte("eyJhbGciOiJFUzI1NiIsInR5cCI6InZjK2p3dCJ9." + strings.Repeat("REVNTw", 200) + ".REVNTw"),
	}
}

func sign(t testing.TB, press *certificate.Press, in certificate.Input, key crypto.Signer) *certificate.File {
	t.Helper()
	s := in.Snapshot
	template, err := press.Template(certificate.Look{Kind: s.Kind, Langs: s.Languages, Demo: s.Demo})
	if err != nil {
		t.Fatal(err)
	}
	f, err := template.Sign(in, key)
	if err != nil {
		t.Fatalf("sign %s: %v", s.Name, err)
	}
	return f
}

func save(t testing.TB, dir string, f *certificate.File) string {
	t.Helper()
	path := filepath.Join(dir, "certificate.pdf")
	if err := os.WriteFile(path, f.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// output runs a tool and returns all that it prints.
func output(t testing.TB, name string, args ...string) (string, error) {
	t.Helper()
	out, err := exec.Command(testkit.Tool(t, name), args...).CombinedOutput()
	return string(out), err
}

func run(t testing.TB, name string, args ...string) string {
	t.Helper()
	out, err := output(t, name, args...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return out
}

// stdout is run for tools that talk to themselves on stderr.
func stdout(t testing.TB, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(testkit.Tool(t, name), args...).Output()
	if err != nil {
		t.Fatalf("%s %s: %v", name, strings.Join(args, " "), err)
	}
	return string(out)
}
