package trust_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/record"
	"github.com/passmuster/passmuster/internal/record/cose"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/testkit"
	"github.com/passmuster/passmuster/internal/trust"
)

var update = flag.Bool("update", false, "write the test vectors anew")

// vectors is docs/vectors/trust.json, which other implementers test against.
type vectors struct {
	Note       string          `json:"note"`
	Keys       []vectorKey     `json:"keys"`
	Root       string          `json:"root"`       // the pinned key, 65 bytes, hex
	Publishers string          `json:"publishers"` // signed, hex, as all documents
	List       string          `json:"list"`
	Signers    vectorSigners   `json:"list_with_signers"`
	Bundle     string          `json:"bundle"`
	Says       vectorSays      `json:"says"`
	Lookups    []vectorLookup  `json:"lookups"`
	Vouched    []vectorVouched `json:"vouched"`
	Refused    []vectorFault   `json:"refused"`
	Offline    []vectorOffline `json:"offline"`
}

// vectorSigners is the same list that also names signers of PDF files under CAs
// of others (field 9).
type vectorSigners struct {
	Bytes string         `json:"bytes"`
	Says  []vectorSigner `json:"says"`
}

type vectorSigner struct {
	Chain         string    `json:"chain"` // SHA-256, hex
	CompromisedAt time.Time `json:"compromised_at,omitzero"`
}

type vectorKey struct {
	Name       string            `json:"name"`
	KID        string            `json:"kid"`
	Thumbprint string            `json:"thumbprint"` // RFC 7638, base64url
	JWK        map[string]string `json:"jwk"`        // with d: a published test key
}

// vectorSays are the plain values in list and bundle, to compare with.
type vectorSays struct {
	ListNumber       uint64                   `json:"list_number"`
	ListIssuedAt     time.Time                `json:"list_issued_at"`
	ListValidUntil   time.Time                `json:"list_valid_until"`
	Origins          []string                 `json:"origins"`
	Issuers          map[string]registry.Text `json:"issuers"`
	IssuerKeys       map[string][]string      `json:"issuer_keys"` // kids, hex
	BundleNumber     uint64                   `json:"bundle_number"`
	BundleIssuedAt   time.Time                `json:"bundle_issued_at"`
	BundleAsOf       time.Time                `json:"bundle_as_of"`
	BundleValidUntil time.Time                `json:"bundle_valid_until"`
	Count            int                      `json:"count"`
	Bases            map[string]registry.Text `json:"bases"`
	Courses          map[string]registry.Text `json:"courses"`
}

type vectorLookup struct {
	Code     string          `json:"code"`
	Key      string          `json:"key"` // hex, first 8 bytes of SHA-256(code)
	Standing string          `json:"standing"`
	Status   registry.Status `json:"status,omitempty"`
	On       registry.Date   `json:"on,omitzero"`
	Reason   string          `json:"reason,omitempty"`
}

type vectorVouched struct {
	Code    string `json:"code"`
	Payload string `json:"payload"` // hex
	Vouched bool   `json:"vouched"`
}

type vectorFault struct {
	What     string    `json:"what"`
	Document string    `json:"document"` // "list" or "bundle"
	Bytes    string    `json:"bytes"`
	SeenList uint64    `json:"seen_list,omitempty"`
	SeenPub  uint64    `json:"seen_publishers,omitempty"`
	SeenPack uint64    `json:"seen_bundle,omitempty"`
	Now      time.Time `json:"now"`
	Error    string    `json:"error"`
}

type vectorOffline struct {
	What    string           `json:"what"`
	Text    string           `json:"text"` // as scanned
	List    bool             `json:"list"`
	Bundle  bool             `json:"bundle"`
	Now     time.Time        `json:"now"`
	Status  registry.Status  `json:"status"`
	Verdict registry.Verdict `json:"verdict"`
	Reasons []string         `json:"reasons"`
	Decided string           `json:"status_reason,omitempty"` // the public reason of what people decided
}

var standings = map[trust.Standing]string{trust.Absent: "absent", trust.InFilter: "in_filter", trust.Excepted: "excepted"}

func vectorsPath() string { return filepath.Join("..", "..", "docs", "vectors", "trust.json") }

func TestVectorsOfListAndBundleHold(t *testing.T) {
	want := makeVectors(t)
	if *update {
		writeVectors(t, want)
	}
	b, err := os.ReadFile(vectorsPath())
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	checkSigners(t, v.Signers)
	if v.Signers.Bytes != want.Signers.Bytes || v.List != want.List || v.Bundle != want.Bundle || v.Publishers != want.Publishers {
		t.Error("the documents are not what is signed today: a format changed")
	}
	root := &testKey(t, "root").PublicKey
	l, err := trust.ParseList(unhex(t, v.List), root, trust.Seen{}, now)
	if err != nil {
		t.Fatal(err)
	}
	p, err := trust.ParseBundle(unhex(t, v.Bundle), l, trust.Seen{}, now)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range v.Lookups {
		standing, e := p.Lookup(registry.Code(x.Code))
		if standings[standing] != x.Standing || e.Status != x.Status || e.On != x.On || e.Reason != x.Reason {
			t.Errorf("Lookup(%s) = %d %+v, want %+v", x.Code, standing, e, x)
		}
	}
	for _, x := range v.Vouched {
		if got := p.Vouches(registry.Code(x.Code), unhex(t, x.Payload)); got != x.Vouched {
			t.Errorf("Vouches(%s) = %t", x.Code, got)
		}
	}
	for _, x := range v.Refused {
		if got := readAs(t, x, l); got != x.Error {
			t.Errorf("%s: %q, want %q", x.What, got, x.Error)
		}
	}
	for _, x := range v.Offline {
		checkOffline(t, x, l, p)
	}
}

func checkSigners(t *testing.T, v vectorSigners) {
	t.Helper()
	l, err := trust.ParseList(unhex(t, v.Bytes), &testKey(t, "root").PublicKey, trust.Seen{}, now)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(saysOf(l.Signers), v.Says) {
		t.Errorf("signers %+v, want %+v", l.Signers, v.Says)
	}
}

func saysOf(signers []trust.Signer) (all []vectorSigner) {
	for _, s := range signers {
		all = append(all, vectorSigner{hex.EncodeToString(s.Chain[:]), s.CompromisedAt})
	}
	return all
}

func readAs(t *testing.T, x vectorFault, l *trust.VerifiedList) string {
	seen := trust.Seen{List: x.SeenList, Publishers: x.SeenPub, Bundle: x.SeenPack}
	var err error
	if x.Document == "list" {
		_, err = trust.ParseList(unhex(t, x.Bytes), &testKey(t, "root").PublicKey, seen, x.Now)
	} else {
		_, err = trust.ParseBundle(unhex(t, x.Bytes), l, seen, x.Now)
	}
	return refusal(err)
}

func checkOffline(t *testing.T, x vectorOffline, l *trust.VerifiedList, p *trust.VerifiedBundle) {
	scan, _ := record.ParseScan(x.Text) // damage is for the verdict to tell
	if !x.List {
		l = nil
	}
	if !x.Bundle {
		p = nil
	}
	a := trust.Offline(scan, l, p, trust.Seen{}, x.Now)
	if a.Status != x.Status || a.Verdict != x.Verdict || !slices.Equal(codes(a), x.Reasons) || decided(a) != x.Decided {
		t.Errorf("%s: %s %s %v, want %+v", x.What, a.Status, a.Verdict, codes(a), x)
	}
}

// decided is the public reason that stands with an answer's first reason, and
// beside what is shown.
func decided(a registry.Answer) string {
	if args := a.Reasons[0].Args; strings.HasPrefix(a.Reasons[0].Code, "status.") && len(args) > 0 {
		if a.Credential == nil || a.Credential.StatusReason == args[0] {
			return fmt.Sprint(args[0])
		}
	}
	return ""
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func makeVectors(t *testing.T) vectors {
	listBytes, err := trust.SignList(list(t), testKey(t, "publisher"))
	signed(t, listBytes, err)
	bundleBytes, err := trust.SignBundle(bundle(t), testKey(t, "publisher"))
	signed(t, bundleBytes, err)
	point, _ := cose.Point(&testKey(t, "root").PublicKey)
	v := vectors{
		Note: "Test vectors of docs/trust.md. The keys are published test keys, all names are invented: DEMO.",
		Root: hex.EncodeToString(point), Publishers: hex.EncodeToString(list(t).Statement),
		List: hex.EncodeToString(listBytes), Bundle: hex.EncodeToString(bundleBytes), Says: says(t),
	}
	l := list(t)
	l.Signers = signers()
	named, err := trust.SignList(l, testKey(t, "publisher"))
	v.Signers = vectorSigners{hex.EncodeToString(signed(t, named, err)), saysOf(l.Signers)}
	for _, name := range []string{"root", "publisher", "publisher, next", "publisher, stolen",
		"record", "record, compromised", "record, replaced", "record, retired", "record of another issuer"} {
		v.Keys = append(v.Keys, describeKey(t, name))
	}
	b := verifiedBundle(t)
	for _, code := range []registry.Code{plain, revoked, suspended, superseded, erased, notIssued, testCode(77), testCode(201)} {
		standing, e := b.Lookup(code)
		key := trust.KeyOf(code)
		v.Lookups = append(v.Lookups, vectorLookup{string(code), hex.EncodeToString(key[:]), standings[standing], e.Status, e.On, e.Reason})
	}
	for _, c := range []record.Claims{claims(), change(func(c *record.Claims) { c.Name = "DEMO Thief" })} {
		payload, _ := c.Payload()
		v.Vouched = append(v.Vouched, vectorVouched{string(plain), hex.EncodeToString(payload), b.Vouches(plain, payload)})
	}
	v.Refused = faults(t, listBytes, bundleBytes)
	v.Offline = offlineVectors(t)
	return v
}

func says(t *testing.T) vectorSays {
	l, b := verifiedList(t), verifiedBundle(t)
	s := vectorSays{
		ListNumber: l.Number, ListIssuedAt: l.IssuedAt, ListValidUntil: l.ValidUntil, Origins: l.Origins,
		Issuers: map[string]registry.Text{}, IssuerKeys: map[string][]string{},
		BundleNumber: b.Number, BundleIssuedAt: b.IssuedAt, BundleAsOf: b.AsOf, BundleValidUntil: b.ValidUntil,
		Count: b.Count, Bases: b.Bases, Courses: b.Courses,
	}
	for _, i := range l.Issuers {
		s.Issuers[i.Code] = i.Name
		for _, k := range i.Keys {
			kid, _ := cose.KID(k.Public)
			s.IssuerKeys[i.Code] = append(s.IssuerKeys[i.Code], hex.EncodeToString(kid[:]))
		}
	}
	return s
}

func describeKey(t *testing.T, name string) vectorKey {
	key := testKey(t, name)
	full, _ := cose.Thumbprint(&key.PublicKey)
	point, _ := cose.Point(&key.PublicKey)
	d, err := key.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	enc := base64.RawURLEncoding.EncodeToString
	return vectorKey{name, hex.EncodeToString(full[:4]), enc(full[:]),
		map[string]string{"kty": "EC", "crv": "P-256", "x": enc(point[1:33]), "y": enc(point[33:]), "d": enc(d)}}
}

func faults(t *testing.T, listBytes, bundleBytes []byte) (all []vectorFault) {
	last := func(b []byte) string {
		b = bytes.Clone(b)
		b[len(b)-1] ^= 1
		return hex.EncodeToString(b)
	}
	byStolen, err := trust.SignList(list(t), testKey(t, "publisher, stolen"))
	signed(t, byStolen, err)
	byRoot, err := trust.SignBundle(bundle(t), testKey(t, "root"))
	signed(t, byRoot, err)
	l, b := hex.EncodeToString(listBytes), hex.EncodeToString(bundleBytes)
	for _, x := range []vectorFault{
		{What: "list changed", Document: "list", Bytes: last(listBytes), Now: now},
		{What: "list with a byte behind", Document: "list", Bytes: l + "00", Now: now},
		{What: "list of a revoked publisher", Document: "list", Bytes: hex.EncodeToString(byStolen), Now: now},
		{What: "list older than one seen", Document: "list", Bytes: l, SeenList: 8, Now: now},
		{What: "statement older than one seen", Document: "list", Bytes: l, SeenPub: 4, Now: now},
		{What: "list past its end", Document: "list", Bytes: l, Now: listMade.Add(trust.ListLife)},
		{What: "clock before the list", Document: "list", Bytes: l, Now: listMade.Add(-time.Hour)},
		{What: "bundle in the place of a list", Document: "list", Bytes: b, Now: now},
		{What: "bundle changed", Document: "bundle", Bytes: last(bundleBytes), Now: now},
		{What: "bundle of the root", Document: "bundle", Bytes: hex.EncodeToString(byRoot), Now: now},
		{What: "bundle older than one seen", Document: "bundle", Bytes: b, SeenPack: 43, Now: now},
		{What: "bundle past its end", Document: "bundle", Bytes: b, Now: bundleMade.Add(trust.GeneralLife)},
		{What: "list in the place of a bundle", Document: "bundle", Bytes: l, Now: now},
	} {
		x.Error = readAs(t, x, verifiedList(t))
		all = append(all, x)
	}
	return all
}

func offlineVectors(t *testing.T) (all []vectorOffline) {
	url := func(c record.Claims, code registry.Code, key string) string {
		return record.URL(origin, code, recordOf(t, c, code, key))
	}
	good := url(claims(), plain, "record")
	for _, x := range []vectorOffline{
		{What: "valid", Text: good, List: true, Bundle: true, Now: now},
		{What: "expiring", Text: url(change(func(c *record.Claims) { c.ValidUntil = date("2026-12-24") }), plain, "record"), List: true, Bundle: true, Now: now},
		{What: "expired", Text: url(change(func(c *record.Claims) { c.ValidUntil = date("2026-11-19") }), plain, "record"), List: true, Bundle: true, Now: now},
		{What: "not yet valid", Text: url(change(func(c *record.Claims) { c.ValidFrom = date("2026-11-28") }), plain, "record"), List: true, Bundle: true, Now: now},
		{What: "revoked", Text: url(claims(), revoked, "record"), List: true, Bundle: true, Now: now},
		{What: "suspended", Text: url(claims(), suspended, "record"), List: true, Bundle: true, Now: now},
		{What: "superseded", Text: url(claims(), superseded, "record"), List: true, Bundle: true, Now: now},
		{What: "erased at the holder's request", Text: url(claims(), erased, "record"), List: true, Bundle: true, Now: now},
		{What: "erased, link alone", Text: record.URL(origin, erased, nil), List: true, Bundle: true, Now: now},
		{What: "erased, bundle past its end", Text: url(claims(), erased, "record"), List: true, Bundle: true, Now: now.Add(2 * day)},
		{What: "without a bundle", Text: good, List: true, Now: now},
		{What: "without a list", Text: good, Now: now},
		{What: "bundle past its end", Text: good, List: true, Bundle: true, Now: now.Add(2 * day)},
		{What: "suspended, bundle past its end", Text: url(claims(), suspended, "record"), List: true, Bundle: true, Now: now.Add(2 * day)},
		{What: "list past its end", Text: good, List: true, Bundle: true, Now: now.Add(60 * day)},
		{What: "clock behind", Text: good, List: true, Bundle: true, Now: listMade.Add(-day)},
		{What: "issued before the bundle, not in it", Text: url(claims(), notIssued, "record"), List: true, Bundle: true, Now: now},
		{What: "issued on the day of the bundle, not in it", Text: url(change(func(c *record.Claims) {
			c.IssuedOn, c.ValidFrom = date("2026-11-21"), date("2026-11-21")
		}), notIssued, "record"), List: true, Bundle: true, Now: now},
		{What: "moved to another code", Text: record.URL(origin, testCode(9), recordOf(t, claims(), plain, "record")), List: true, Bundle: true, Now: now},
		{What: "link alone", Text: record.URL(origin, plain, nil), List: true, Bundle: true, Now: now},
		{What: "damaged digits", Text: good[:len(good)-1], List: true, Bundle: true, Now: now},
		{What: "unknown key", Text: url(claims(), plain, "nobody"), List: true, Bundle: true, Now: now},
		{What: "another issuer's key", Text: url(claims(), plain, "record of another issuer"), List: true, Bundle: true, Now: now},
		{What: "compromised key, vouched for", Text: url(claims(), plain, "record, compromised"), List: true, Bundle: true, Now: now},
		{What: "compromised key, another name", Text: url(change(func(c *record.Claims) { c.Name = "DEMO Thief" }), plain, "record, compromised"), List: true, Bundle: true, Now: now},
		{What: "key out of its period", Text: url(claims(), plain, "record, replaced"), List: true, Bundle: true, Now: now},
		{What: "retired key", Text: url(claims(), plain, "record, retired"), List: true, Bundle: true, Now: now},
		{What: "foreign host", Text: record.URL("https://evil.example", plain, recordOf(t, claims(), plain, "record")), List: true, Bundle: true, Now: now},
	} {
		l, b := verifiedList(t), verifiedBundle(t)
		if !x.List {
			l = nil
		}
		if !x.Bundle {
			b = nil
		}
		scan, _ := record.ParseScan(x.Text)
		a := trust.Offline(scan, l, b, trust.Seen{}, x.Now)
		x.Status, x.Verdict, x.Reasons, x.Decided = a.Status, a.Verdict, codes(a), decided(a)
		all = append(all, x)
	}
	return all
}

func writeVectors(t *testing.T, v vectors) {
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

// An implementation that shares nothing with this one, in JavaScript over
// WebCrypto, reads list and bundle and finds every code.
func TestJavaScriptReadsListAndBundle(t *testing.T) {
	node := testkit.Tool(t, "node")
	out, err := exec.Command(node, filepath.Join("testdata", "verify.mjs"), vectorsPath()).CombinedOutput()
	if err != nil {
		t.Errorf("verify.mjs: %v\n%s", err, out)
	}
}
