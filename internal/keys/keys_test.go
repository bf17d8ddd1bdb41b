package keys

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
)

var day0 = time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)

const secret = "correct horse battery"

// options make cheap keys: seal with few scrypt rounds.
func options() Options {
	return Options{Now: day0, Organization: "河北省志愿服务联合会", PublicURL: "https://verify.example/", work: 4}
}

func newRing(t *testing.T, o Options) (*Ring, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data", "keys")
	r, err := Init(dir, o)
	if err != nil {
		t.Fatalf("Init: %v", err)
	}
	r.work = 4
	return r, dir
}

func open(t *testing.T, dir, passphrase string) *Ring {
	t.Helper()
	r, err := Open(dir, func() (string, error) { return passphrase, nil })
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	r.work = 4
	return r
}

// refused checks that err is a refusal with the code.
func refused(t *testing.T, err error, code string) {
	t.Helper()
	var e *registry.Error
	if !errors.As(err, &e) || e.Code != code {
		t.Errorf("refused with %v, want %s", err, code)
	}
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestThumbprint(t *testing.T) {
	t.Run("RFC 7638 section 3.1", func(t *testing.T) {
		const n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs" +
			"tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbI" +
			"SD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
		b := must[[]byte](t)(base64.RawURLEncoding.DecodeString(n))
		got := must[string](t)(Thumbprint(&rsa.PublicKey{N: new(big.Int).SetBytes(b), E: 65537}))
		if want := "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"; got != want {
			t.Errorf("Thumbprint = %s, want %s", got, want)
		}
	})
	t.Run("RFC 8037 appendix A.3, Ed25519", func(t *testing.T) {
		b := must[[]byte](t)(base64.RawURLEncoding.DecodeString("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"))
		got := must[string](t)(Thumbprint(ed25519Key(b)))
		if want := "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"; got != want {
			t.Errorf("Thumbprint = %s, want %s", got, want)
		}
	})
}

func TestInitMakesTheHierarchy(t *testing.T) {
	r, dir := newRing(t, options())
	for _, use := range []Use{Root, PDFCA, PDFSigner, Publisher, Token, IDHMAC} {
		if n := len(r.Keys(use)); n != 1 {
			t.Errorf("%d keys of use %s, want 1", n, use)
		}
	}
	if _, err := Init(dir, options()); err == nil {
		t.Error("Init overwrote a directory that holds keys")
	} else {
		refused(t, err, "keys.exists")
	}
	if r.Demo() || r.Sealed() || r.PublicURL() != "https://verify.example" {
		t.Errorf("demo %t, sealed %t, url %q", r.Demo(), r.Sealed(), r.PublicURL())
	}
}

func TestOpenRefuses(t *testing.T) {
	sealed := options()
	sealed.Passphrase = secret
	cases := map[string]struct {
		o    Options
		harm func(t *testing.T, dir string)
		pass func() (string, error)
		code string
	}{
		"a directory without keys":     {options(), func(t *testing.T, dir string) { remove(t, dir, metadataFile) }, nil, "keys.missing"},
		"sealed keys, nobody to ask":   {sealed, nil, nil, "keys.sealed"},
		"a wrong passphrase":           {sealed, nil, func() (string, error) { return "wrong horse", nil }, "keys.passphrase"},
		"an empty passphrase":          {sealed, nil, func() (string, error) { return "", nil }, "keys.passphrase"},
		"sealed keys without the seal": {sealed, func(t *testing.T, dir string) { remove(t, dir, sealFile) }, nil, "keys.damaged"},
		"a cut list":                   {options(), func(t *testing.T, dir string) { cut(t, dir, metadataFile) }, nil, "keys.damaged"},
		"a cut private key":            {options(), func(t *testing.T, dir string) { cut(t, dir, glob(t, dir, "token-*")) }, nil, "keys.damaged"},
		"a private key of another": {options(), func(t *testing.T, dir string) {
			b := must[[]byte](t)(os.ReadFile(filepath.Join(dir, glob(t, dir, "token-*"))))
			write(t, dir, glob(t, dir, "publisher-*"), b)
		}, nil, "keys.damaged"},
		"a changed kid": {options(), func(t *testing.T, dir string) {
			edit(t, dir, func(m *metadata) { m.Keys[0].KID = m.Keys[1].KID })
		}, nil, "keys.damaged"},
		"a file name that leads elsewhere": {options(), func(t *testing.T, dir string) {
			edit(t, dir, func(m *metadata) { m.Keys[0].File = "../root.key" })
		}, nil, "keys.damaged"},
		"a missing id key":       {options(), func(t *testing.T, dir string) { remove(t, dir, "id_hmac.key") }, nil, "keys.damaged"},
		"a format from tomorrow": {options(), func(t *testing.T, dir string) { edit(t, dir, func(m *metadata) { m.Format = 3 }) }, nil, "keys.newer"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, dir := newRing(t, c.o)
			if c.harm != nil {
				c.harm(t, dir)
			}
			_, err := Open(dir, c.pass)
			refused(t, err, c.code)
			if !errors.Is(err, registry.Unavailable) {
				t.Errorf("%v is not of kind unavailable", err)
			}
		})
	}
}

func TestSealedKeysOpenWithTheirPassphrase(t *testing.T) {
	o := options()
	o.Passphrase = secret
	r, dir := newRing(t, o)
	key := must[Key](t)(r.EnsureIssuer("CVF", day0))
	again := open(t, dir, secret)
	_, s, err := again.Record("CVF", day0)
	if err != nil {
		t.Fatalf("Record after opening: %v", err)
	}
	checkSignature(t, key.Public, s)
	for _, name := range glob2(t, dir, "*") {
		b := must[[]byte](t)(os.ReadFile(filepath.Join(dir, name)))
		if bytes.Contains(b, []byte("PRIVATE KEY")) || bytes.Contains(b, []byte("HMAC KEY")) {
			t.Errorf("%s holds a key in the clear", name)
		}
	}
	o.Passphrase = "short"
	_, err = Init(filepath.Join(t.TempDir(), "k"), o)
	refused(t, err, "keys.passphrase_short")
}

func TestInterruptedChangeLeavesTheOldState(t *testing.T) {
	r, dir := newRing(t, options())
	must[Key](t)(r.EnsureIssuer("CVF", day0))
	before := must[[]byte](t)(os.ReadFile(filepath.Join(dir, metadataFile)))
	crash := errors.New("power cut")
	for step := range 2 { // the rename of the private file, that of keys.json
		t.Run(fmt.Sprintf("at rename %d", step+1), func(t *testing.T) {
			n := 0
			r.rename = func(from, to string) error {
				if n++; n > step {
					return crash
				}
				return os.Rename(from, to)
			}
			if _, err := r.EnsureIssuer("RUS", day0); !errors.Is(err, crash) {
				t.Fatalf("EnsureIssuer = %v, want the crash", err)
			}
			r.rename = os.Rename
			if after := must[[]byte](t)(os.ReadFile(filepath.Join(dir, metadataFile))); !bytes.Equal(before, after) {
				t.Error("keys.json changed")
			}
			again := open(t, dir, "")
			if _, _, err := again.Record("CVF", day0); err != nil {
				t.Errorf("the old key no longer signs: %v", err)
			}
			if _, _, err := again.Record("RUS", day0); !errors.Is(err, registry.NotFound) {
				t.Errorf("half a change is visible: %v", err)
			}
			if tmp := glob2(t, dir, ".tmp-*"); len(tmp) > 0 {
				t.Errorf("temporary files stay: %v", tmp)
			}
		})
	}
	if _, err := r.EnsureIssuer("RUS", day0); err != nil {
		t.Errorf("the change cannot be made again: %v", err)
	}
}

func TestInterruptedInitLeavesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	err := publish(dir, func(tmp string) error {
		write(t, tmp, "root-00000000.key", []byte("half"))
		return errors.New("power cut")
	})
	if err == nil {
		t.Fatal("publish hid the fault")
	}
	if list := must[[]fs.DirEntry](t)(os.ReadDir(filepath.Dir(dir))); len(list) > 0 {
		t.Errorf("%v is left", list)
	}
}

func TestBackup(t *testing.T) {
	for _, pass := range []string{"", secret} {
		o := options()
		o.Passphrase = pass
		r, _ := newRing(t, o)
		must[Key](t)(r.EnsureIssuer("CVF", day0))
		var b bytes.Buffer
		refused(t, r.Backup(&b, "short"), "keys.passphrase_short")
		if err := r.Backup(&b, "another good phrase"); err != nil {
			t.Fatalf("Backup: %v", err)
		}
		if bytes.Contains(b.Bytes(), []byte("PRIVATE")) {
			t.Error("the backup is not sealed")
		}
		dir := filepath.Join(t.TempDir(), "restored")
		refused(t, restore(dir, bytes.NewReader(b.Bytes()), "a wrong phrase", 4), "keys.passphrase")
		harmed := bytes.Clone(b.Bytes())
		harmed[len(harmed)-1] ^= 1
		refused(t, restore(dir, bytes.NewReader(harmed), "another good phrase", 4), "keys.damaged")
		if _, err := os.Stat(dir); !os.IsNotExist(err) {
			t.Error("a refused restore left a directory")
		}
		if err := restore(dir, bytes.NewReader(b.Bytes()), "another good phrase", 4); err != nil {
			t.Fatalf("restore: %v", err)
		}
		refused(t, restore(dir, bytes.NewReader(b.Bytes()), "another good phrase", 4), "keys.exists")
		again := open(t, dir, "another good phrase")
		want, got := must[[]byte](t)(json.Marshal(r.List())), must[[]byte](t)(json.Marshal(again.List()))
		if !bytes.Equal(want, got) {
			t.Errorf("restored keys differ:\n%s\n%s", want, got)
		}
		if again.Sealed() != (pass != "") {
			t.Errorf("restored sealed = %t", again.Sealed())
		}
		if r.IDHash("cn_id", "999999198001010013") != again.IDHash("cn_id", "999999198001010013") {
			t.Error("people are not found again after a restore")
		}
	}
}

func TestListHoldsNothingSecret(t *testing.T) {
	r, dir := newRing(t, options())
	must[Key](t)(r.EnsureIssuer("CVF", day0))
	_, s, err := r.Token(day0)
	if err != nil {
		t.Fatal(err)
	}
	shown := string(must[[]byte](t)(json.Marshal(r.List()))) + fmt.Sprintf("%v %+v %#v %s %x %d", s, s, s, s, s, s) +
		string(must[[]byte](t)(os.ReadFile(filepath.Join(dir, metadataFile))))
	for _, name := range glob2(t, dir, "*.key") {
		block, _ := pem.Decode(must[[]byte](t)(os.ReadFile(filepath.Join(dir, name))))
		raw := block.Bytes
		if block.Type == "PRIVATE KEY" {
			k := must[*ecdsa.PrivateKey](t)(ecdsaKey(block.Bytes))
			raw = must[[]byte](t)(k.Bytes())
		}
		for _, text := range []string{string(raw), hex.EncodeToString(raw), base64.StdEncoding.EncodeToString(raw)[:40], base64.RawURLEncoding.EncodeToString(raw)[:40], new(big.Int).SetBytes(raw).String()} {
			if strings.Contains(shown, text) {
				t.Errorf("%s can be read", name)
			}
		}
	}
}

func TestRecordKeys(t *testing.T) {
	r, dir := newRing(t, options())
	_, _, err := r.Record("CVF", day0)
	refused(t, err, "keys.no_issuer")
	first := must[Key](t)(r.EnsureIssuer("CVF", day0))
	if again := must[Key](t)(r.EnsureIssuer("CVF", day0.Add(time.Hour))); again.KID != first.KID {
		t.Error("EnsureIssuer made a second key")
	}
	if other := must[Key](t)(r.EnsureIssuer("RUS", day0)); other.KID == first.KID {
		t.Error("two issuers share a key")
	}
	sum := must[[]byte](t)(base64.RawURLEncoding.DecodeString(first.KID))
	if !bytes.Equal(first.COSEKID[:], sum[:4]) {
		t.Errorf("COSE kid %x, want the first bytes of %x", first.COSEKID, sum)
	}
	if k, ok := open(t, dir, "").Find(first.KID); !ok || k.Issuer != "CVF" {
		t.Error("the key is not found after opening again")
	}
	k, s, err := r.Record("CVF", day0)
	if err != nil {
		t.Fatal(err)
	}
	checkSignature(t, k.Public, s)
	digest := sha256.Sum256([]byte("same"))
	a, b := must[[]byte](t)(s.Sign(rand.Reader, digest[:], crypto.SHA256)), must[[]byte](t)(s.Sign(nil, digest[:], crypto.SHA256))
	if !bytes.Equal(a, b) {
		t.Error("the same text has two signatures")
	}
}

func TestRenewal(t *testing.T) {
	t.Run("a record key is followed by one announced 30 days ahead", func(t *testing.T) {
		r, _ := newRing(t, options())
		old := must[Key](t)(r.EnsureIssuer("CVF", day0))
		now := old.SignUntil.Add(-29 * day)
		if k, _, err := r.Record("CVF", now); err != nil || k.KID != old.KID {
			t.Errorf("before its end another key signs (%v)", err)
		}
		all := r.RecordKeys()
		if len(all) != 2 || all[1].Status(now) != Pending || !all[1].SignFrom.Equal(old.SignUntil) {
			t.Fatalf("no successor is announced: %+v", all)
		}
		if k, _, err := r.Record("CVF", old.SignUntil); err != nil || k.KID != all[1].KID {
			t.Errorf("at its end the successor does not sign: %v", err)
		}
		if k, _ := r.Find(old.KID); k.Status(old.SignUntil.Add(50*year)) != VerifyOnly {
			t.Error("what an old record key signed stopped counting")
		}
	})
	t.Run("the publisher renews itself from the root", func(t *testing.T) {
		r, _ := newRing(t, options())
		first, _, err := r.Publisher(day0)
		if err != nil {
			t.Fatal(err)
		}
		if got := first.SignUntil.Sub(day0); got != 90*day {
			t.Errorf("signs for %s", got)
		}
		if k, _, _ := r.Publisher(day0.Add(60 * day)); k.KID != first.KID {
			t.Error("renewed with 30 days left")
		}
		k, s, err := r.Publisher(day0.Add(61 * day))
		if err != nil || k.KID == first.KID {
			t.Fatalf("not renewed with 29 days left: %v", err)
		}
		checkSignature(t, k.Public, s)
	})
	t.Run("without the root the publisher serves to its end", func(t *testing.T) {
		_, dir := newRing(t, options())
		remove(t, dir, glob(t, dir, "root-*"))
		r := open(t, dir, "")
		if _, _, err := r.Publisher(day0.Add(89 * day)); err != nil {
			t.Errorf("refused before its end: %v", err)
		}
		_, _, err := r.Publisher(day0.Add(90 * day))
		refused(t, err, "keys.root_absent")
		_, _, err = r.Root()
		refused(t, err, "keys.root_absent")
		if _, err := r.EnsureIssuer("CVF", day0); err != nil {
			t.Errorf("a new issuer needs no root: %v", err)
		}
		if _, _, err := r.PDFSigner(day0.Add(2 * year)); err != nil {
			t.Errorf("a new document signer needs no root: %v", err)
		}
	})
	t.Run("tokens go on for decades", func(t *testing.T) {
		r, _ := newRing(t, options())
		for y := range 5 {
			if _, _, err := r.Token(day0.Add(time.Duration(y) * year)); err != nil {
				t.Fatalf("year %d: %v", y, err)
			}
		}
	})
	t.Run("a clock before the keys is refused", func(t *testing.T) {
		r, _ := newRing(t, options())
		_, _, err := r.Token(day0.Add(-day))
		refused(t, err, "keys.not_yet")
	})
}

func TestRotate(t *testing.T) {
	r, dir := newRing(t, options())
	old := must[Key](t)(r.EnsureIssuer("CVF", day0))
	later := day0.Add(40 * day)
	next := must[Key](t)(r.Rotate(Record, "CVF", later))
	if k, _, err := r.Record("CVF", later); err != nil || k.KID != next.KID {
		t.Errorf("the new key does not sign: %v", err)
	}
	if k, _ := r.Find(old.KID); k.Status(later) != VerifyOnly || !k.SignUntil.Equal(later) {
		t.Errorf("the old key is %s until %s", k.Status(later), k.SignUntil)
	}
	if len(open(t, dir, "").RecordKeys()) != 2 {
		t.Error("the rotation is not stored")
	}
	for _, use := range []Use{Root, IDHMAC, "odd"} {
		_, err := r.Rotate(use, "", later)
		refused(t, err, "keys.fixed")
	}
	_, err := r.Rotate(Record, "NONE", later)
	refused(t, err, "keys.no_issuer")
	token := r.Keys(Token)[0]
	for _, use := range []Use{Token, Publisher, PDFSigner} {
		if _, err := r.Rotate(use, "", later); err != nil {
			t.Errorf("Rotate(%s): %v", use, err)
		}
	}
	if token, _ = r.Find(token.KID); token.Status(later.Add(23*time.Hour)) != VerifyOnly || token.Status(later.Add(day)) != Ended {
		t.Errorf("tokens of a replaced key count until %s", token.VerifyUntil)
	}
}

func TestCompromisedKeySignsNoMore(t *testing.T) {
	r, dir := newRing(t, options())
	k := must[Key](t)(r.EnsureIssuer("CVF", day0))
	if err := r.MarkCompromised(k.KID, day0.Add(day)); err != nil {
		t.Fatal(err)
	}
	if err := r.MarkCompromised(k.KID, day0.Add(9*day)); err != nil {
		t.Fatal(err)
	}
	again := open(t, dir, "")
	if k, _ := again.Find(k.KID); !k.CompromisedAt.Equal(day0.Add(day)) || k.Status(day0) != Compromised {
		t.Errorf("compromised at %s", k.CompromisedAt)
	}
	_, _, err := again.Record("CVF", day0.Add(2*day))
	refused(t, err, "keys.compromised")
	_, err = again.EnsureIssuer("CVF", day0.Add(2*day))
	refused(t, err, "keys.compromised")
	refused(t, again.MarkCompromised("none", day0), "keys.unknown")
	next := must[Key](t)(again.Rotate(Record, "CVF", day0.Add(2*day)))
	if k, _, err := r.Record("CVF", day0.Add(2*day)); err != nil || k.KID != next.KID {
		t.Errorf("the replacement, made by another process, does not sign: %v", err)
	}
}

func TestCOSEKidsAreUnique(t *testing.T) {
	r, _ := newRing(t, options())
	k := must[Key](t)(r.EnsureIssuer("CVF", day0))
	_, s, err := r.Record("CVF", day0)
	if err != nil {
		t.Fatal(err)
	}
	tries := 0
	r.generate = func(alg string) (crypto.Signer, error) {
		if tries++; tries <= 3 {
			return s.(signer).key, nil // the same key, thus the same kid
		}
		return generate(alg)
	}
	other := must[Key](t)(r.EnsureIssuer("RUS", day0))
	if other.COSEKID == k.COSEKID || tries != 4 {
		t.Errorf("COSE kid %x after %d tries", other.COSEKID, tries)
	}
	r.generate = func(string) (crypto.Signer, error) { return s.(signer).key, nil }
	if _, err := r.EnsureIssuer("THI", day0); err == nil {
		t.Error("two keys share a COSE kid")
	}
}

func TestStatementIsMadeOnceByTheRoot(t *testing.T) {
	r, dir := newRing(t, options())
	p, _, err := r.Publisher(day0)
	if err != nil {
		t.Fatal(err)
	}
	root, _, err := r.Root()
	if err != nil {
		t.Fatal(err)
	}
	calls := 0
	sign := func(subject, by Key, s crypto.Signer) ([]byte, error) {
		calls++
		if subject.KID != p.KID || by.KID != root.KID {
			t.Errorf("asked for %s by %s", subject.KID, by.KID)
		}
		digest := sha256.Sum256([]byte(subject.KID))
		return s.Sign(nil, digest[:], crypto.SHA256)
	}
	first := must[[]byte](t)(r.Statement(p.KID, sign))
	remove(t, dir, glob(t, dir, "root-*"))
	again := must[[]byte](t)(open(t, dir, "").Statement(p.KID, sign))
	if !bytes.Equal(first, again) || calls != 1 {
		t.Errorf("made %d times", calls)
	}
	_, err = r.Statement("none", sign)
	refused(t, err, "keys.unknown")
}

func TestDemoKeysSignDemoDataAlone(t *testing.T) {
	o := options()
	demo, _ := newRing(t, o)
	refused(t, demo.Suits(true), "keys.not_demo")
	o.Demo = true
	demo, dir := newRing(t, o)
	refused(t, open(t, dir, "").Suits(false), "keys.demo_only")
	if err := demo.Suits(true); err != nil {
		t.Error(err)
	}
	if cn := demo.Keys(PDFSigner)[0].Certificate.Subject.CommonName; !strings.HasPrefix(cn, "DEMO ") {
		t.Errorf("a demonstration signs documents as %q", cn)
	}
}

func TestIDHash(t *testing.T) {
	r, _ := newRing(t, options())
	a := r.IDHash("cn_id", "999999198001010013")
	if len(a) != 43 || strings.ContainsAny(a, "+/=") {
		t.Errorf("IDHash = %q", a)
	}
	for _, other := range []string{r.IDHash("cn_id", "99999919880229013X"), r.IDHash("passport", "999999198001010013"), r.IDHash("cn_i", "d999999198001010013")} {
		if other == a {
			t.Error("two people have one hash")
		}
	}
	s, _ := newRing(t, options())
	if s.IDHash("cn_id", "999999198001010013") == a {
		t.Error("the hash does not depend on the key")
	}
}

func TestConcurrentUse(t *testing.T) {
	r, dir := newRing(t, options())
	second := open(t, dir, "")
	done := make(chan error)
	for i := range 8 {
		ring := []*Ring{r, second}[i%2]
		go func() {
			_, err := ring.EnsureIssuer("CVF", day0)
			if err == nil {
				_, err = ring.EnsureIssuer(fmt.Sprintf("F%d", i), day0)
			}
			_ = ring.List()
			done <- err
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	keys := r.RecordKeys()
	if len(keys) != 9 || len(second.RecordKeys()) != 9 {
		t.Errorf("%d and %d record keys, want 9", len(keys), len(second.RecordKeys()))
	}
	if slices.ContainsFunc(keys, func(k Key) bool { return !k.Present }) {
		t.Error("a private key is lost")
	}
}
