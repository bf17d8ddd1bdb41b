package trust_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/certificate"
	"github.com/passmuster/passmuster/internal/pdf/check"
	"github.com/passmuster/passmuster/internal/record"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/testkit"
	"github.com/passmuster/passmuster/internal/trust"
)

// printer signs certificates' files under a root.
type printer struct {
	key   crypto.Signer
	press *certificate.Press
	chain [32]byte
}

func newPrinter(t testing.TB, rootName string) printer {
	t.Helper()
	root, ca, key := testKey(t, rootName), testKey(t, "document CA"), testKey(t, "document signer")
	make := func(name string, serial int64, isCA bool, parent *x509.Certificate, public crypto.PublicKey, by crypto.Signer) *x509.Certificate {
		c := x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name}, BasicConstraintsValid: true, IsCA: isCA,
			NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(9, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment}
		if isCA {
			c.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
		}
		if parent == nil {
			parent = &c
		}
		raw, err := x509.CreateCertificate(rand.Reader, &c, parent, public, by)
		if err != nil {
			t.Fatal(err)
		}
		made, err := x509.ParseCertificate(raw)
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	top := make("DEMO Root", 1, true, nil, root.Public(), root)
	middle := make("DEMO Document CA", 2, true, top, ca.Public(), root)
	leaf := make("DEMO Signer", 3, false, middle, key.Public(), ca)
	press, err := certificate.NewPress([]*x509.Certificate{leaf, middle})
	if err != nil {
		t.Fatal(err)
	}
	return printer{key, press, sha256.Sum256(slices.Concat(leaf.Raw, middle.Raw))}
}

// print makes the file of a certificate with that QR text and that credential.
func (p printer) print(t testing.TB, c record.Claims, code registry.Code, text, token string) []byte {
	t.Helper()
	s := snapshotOf(c, code)
	s.CompletedOn, s.Class = c.IssuedOn, registry.ClassDates{Code: "SJZ-1", StartsOn: c.IssuedOn, EndsOn: c.IssuedOn}
	office := registry.Text{"en": "Director"}
	s.Signatories = []registry.Signatory{{Name: "DEMO", Title: office}, {Name: "DEMO", Title: office}}
	template, err := p.press.Template(certificate.Look{Kind: s.Kind, Langs: s.Languages, Demo: s.Demo})
	if err != nil {
		t.Fatal(err)
	}
	f, err := template.Sign(certificate.Input{Snapshot: s, QR: text, JWT: []byte(token)}, p.key)
	if err != nil {
		t.Fatal(err)
	}
	return f.Bytes()
}

var fileColumns = []struct {
	name   string
	values []string
}{
	{"file", []string{"too large", "no PDF", "not signed", "signed otherwise", "changed", "added to", "whole"}},
	{"signer", []string{"ours", "compromised", "unknown"}},
	{"record", []string{"none", "altered", "unjudged", "no", "yes"}},
	{"attached", []string{"the same", "altered", "different", "unjudged"}},
}

// bench makes what the evidence describes.
type fileBench struct {
	ours, outside, stranger printer
	list                    *trust.VerifiedList
	bundle                  *trust.VerifiedBundle
}

func newFileBench(t *testing.T) fileBench {
	b := fileBench{ours: newPrinter(t, "root"), outside: newPrinter(t, "a public root"), stranger: newPrinter(t, "nobody's root"), bundle: verifiedBundle(t)}
	l := list(t)
	l.Signers = []trust.Signer{{Chain: b.outside.chain, CompromisedAt: listMade.Add(-day)}}
	raw, err := trust.SignList(l, testKey(t, "publisher"))
	if b.list, err = trust.ParseList(signed(t, raw, err), &testKey(t, "root").PublicKey, trust.Seen{}, now); err != nil {
		t.Fatal(err)
	}
	return b
}

// text is the QR code's, and the answer that the record alone gets.
func (b fileBench) text(t *testing.T, e evidence) (text string, code registry.Code) {
	key := "record"
	code = plain
	switch e["record"] {
	case "none":
		return record.URL(origin, code, nil), code
	case "no":
		code = revoked
	case "unjudged":
		key = "nobody"
	}
	r := recordOf(t, claims(), code, key)
	if e["record"] == "altered" {
		r[len(r)-1] ^= 1
	}
	return record.URL(origin, code, r), code
}

func (b fileBench) file(t *testing.T, e evidence) []byte {
	text, code := b.text(t, e)
	s, key := snapshotOf(claims(), code), "record"
	switch e["attached"] {
	case "different":
		s.Name = "DEMO Somebody Else"
	case "unjudged":
		key = "nobody"
	}
	token := tokenOf(t, s, key)
	if e["attached"] == "altered" {
		other := tokenOf(t, snapshotOf(change(func(c *record.Claims) { c.Name = "DEMO X" }), code), key)
		token = token[:len(token)-86] + other[len(other)-86:]
	}
	by := map[string]printer{"ours": b.ours, "compromised": b.outside, "unknown": b.stranger}[e["signer"]]
	return spoil(e["file"], by.print(t, claims(), code, text, token))
}

func spoil(how string, f []byte) []byte {
	switch how {
	case "too large":
		return append(f, make([]byte, check.MaxFile)...)
	case "no PDF":
		return []byte("\x89PNG\r\n\x1a\n")
	case "not signed":
		return []byte("%PDF-1.4\n1 0 obj\n<</Type/Catalog>>\nendobj\n")
	case "signed otherwise":
		return []byte("%PDF-1.4\n1 0 obj\n<</ByteRange [ 0 10 20 30 ]/Contents <00>>>\nendobj\n")
	case "changed":
		return bytes.Replace(f, []byte("/Lang"), []byte("/Long"), 1)
	case "added to":
		return append(f, "\n% more\n"...)
	}
	return f
}

func everyFile(f func(evidence)) {
	for _, file := range fileColumns[0].values {
		for _, signer := range fileColumns[1].values {
			for _, r := range fileColumns[2].values {
				for _, attached := range fileColumns[3].values {
					plainly := r == "yes" && attached == "the same"
					touched := file == "changed" || file == "added to"
					if file != "whole" && (!plainly || signer != "ours" && (!touched || signer == "compromised")) || signer == "unknown" && !plainly {
						continue // nothing further is looked at
					}
					f(evidence{"file": file, "signer": signer, "record": r, "attached": attached})
				}
			}
		}
	}
}

func TestAFileOfflineFollowsTheTable(t *testing.T) {
	rows := testkit.Table(t, "../../docs/verdicts.md", "## A file without a network")
	b, used, tried := newFileBench(t), make([]bool, len(rows)), 0
	everyFile(func(e evidence) {
		at := slices.IndexFunc(rows, func(row map[string]string) bool { return testkit.Match(row, e) })
		if at < 0 {
			t.Fatalf("no row covers %v", e)
		}
		used[at], tried = true, tried+1
		text, _ := b.text(t, e)
		scan, err := record.ParseScan(text)
		if err != nil {
			t.Fatal(err)
		}
		row, alone := rows[at], trust.Offline(scan, b.list, b.bundle, trust.Seen{}, now)
		got := trust.OfflineFile(b.file(t, e), b.list, b.bundle, trust.Seen{}, now)
		want := map[string]string{"status": row["status"], "reason": row["first reason"], "signature": row["signature"]}
		for what, stays := range map[string]string{"status": string(alone.Status), "reason": codes(alone)[0], "signature": string(alone.Checks.Signature.Result)} {
			if want[what] == "stays" {
				want[what] = stays
			}
		}
		if file := got.Checks.File; file == nil || file.Issued.Result != registry.CheckNotNeeded || (file.Intact.Result == registry.CheckYes) != (e["file"] == "whole") ||
			file.Signer.Result == registry.CheckYes && e["signer"] != "ours" {
			t.Errorf("%v: checks of the file are %+v", e, file)
		}
		have := map[string]string{"status": string(got.Status), "reason": codes(got)[0], "signature": string(got.Checks.Signature.Result)}
		if fmt.Sprint(have) != fmt.Sprint(want) || got.Verdict != got.Status.Verdict() {
			t.Errorf("%v: %v %s, row %d wants %v", e, have, got.Verdict, at+1, want)
		}
		if yes := e["file"] == "whole" && e["signer"] == "ours" && e["record"] == "yes" && e["attached"] == "the same"; yes != (got.Verdict == registry.Yes) {
			t.Errorf("%v: %s", e, got.Verdict)
		}
	})
	for i, u := range used {
		if !u {
			t.Errorf("row %d of the table is never reached: %v", i+1, rows[i])
		}
	}
	t.Logf("%d situations", tried)
	whole := b.file(t, evidence{"file": "whole", "signer": "ours", "record": "yes", "attached": "the same"})
	if a := trust.OfflineFile(whole, nil, nil, trust.Seen{}, now); a.Status != registry.StatusCouldNotCheck || codes(a)[0] != "trust.missing" {
		t.Errorf("without a list: %s %v", a.Status, codes(a))
	}
	if a := trust.OfflineFile(whole, b.list, b.bundle, trust.Seen{Newest: now.Add(time.Hour)}, now); codes(a)[0] != "clock.behind" {
		t.Errorf("with a clock that is behind: %s %v", a.Status, codes(a))
	}
}
