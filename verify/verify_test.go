package verify_test

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/passmuster/passmuster/verify"
)

// vectors are docs/vectors/trust.json, as far as they are read here.
type vectors struct {
	Root, List, Bundle string
	Refused            []struct {
		What, Document, Bytes, Error string
		SeenList                     uint64 `json:"seen_list"`
		SeenPublishers               uint64 `json:"seen_publishers"`
		SeenBundle                   uint64 `json:"seen_bundle"`
		Now                          time.Time
	}
	Offline []struct {
		What, Text   string
		List, Bundle bool
		Now          time.Time
		Status       verify.Status
		Verdict      verify.Verdict
		Reasons      []string
	}
}

func vectorFile(t testing.TB, name string, v any) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "docs", "vectors", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatal(err)
	}
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) // the moment of the vectors

// opened is the world of the vectors: list and bundle.
func opened(t testing.TB) (vectors, verify.Verifier) {
	t.Helper()
	var v vectors
	vectorFile(t, "trust.json", &v)
	root, err := verify.ParseRoot(unhex(t, v.Root))
	if err != nil {
		t.Fatal(err)
	}
	list, err := verify.OpenTrustList(unhex(t, v.List), root, verify.Memory{}, noon)
	if err != nil {
		t.Fatal(err)
	}
	bundle, err := verify.OpenBundle(unhex(t, v.Bundle), list, verify.Memory{}, noon)
	if err != nil {
		t.Fatal(err)
	}
	return v, verify.Verifier{List: list, Bundle: bundle}
}

func codesOf(a verify.Answer) (all []string) {
	for _, r := range a.Reasons {
		all = append(all, r.Code)
	}
	return all
}

func TestTheSharedVectorsOfTheOfflineVerdict(t *testing.T) {
	v, whole := opened(t)
	if len(v.Offline) < 25 {
		t.Fatalf("%d vectors", len(v.Offline))
	}
	for _, x := range v.Offline {
		held := whole
		if !x.List {
			held.List = nil
		}
		if !x.Bundle {
			held.Bundle = nil
		}
		a := held.QR(x.Text, x.Now)
		if a.Status != x.Status || a.Verdict != x.Verdict || !slices.Equal(codesOf(a), x.Reasons) {
			t.Errorf("%s: %s %s %v, want %s %s %v", x.What, a.Status, a.Verdict, codesOf(a), x.Status, x.Verdict, x.Reasons)
		}
		if a.Verdict == verify.Yes && (a.Credential == nil || a.Credential.Course.Code == "") {
			t.Errorf("%s: a yes that names no course", x.What)
		}
	}
}

func TestTheSharedVectorsOfRefusedDocuments(t *testing.T) {
	v, whole := opened(t)
	root, _ := verify.ParseRoot(unhex(t, v.Root))
	for _, x := range v.Refused {
		memory := verify.Memory{List: x.SeenList, Statement: x.SeenPublishers, Bundles: map[string]uint64{"0:": x.SeenBundle}}
		var err error
		genuine := false
		if x.Document == "list" {
			var l *verify.TrustList
			l, err = verify.OpenTrustList(unhex(t, x.Bytes), root, memory, x.Now)
			genuine = l != nil
		} else {
			var b *verify.Bundle
			b, err = verify.OpenBundle(unhex(t, x.Bytes), whole.List, memory, x.Now)
			genuine = b != nil
		}
		if verify.CodeOf(err) != x.Error {
			t.Errorf("%s: %v, want %s", x.What, err, x.Error)
		}
		if still := slices.Contains([]string{"trust.clock", "trust.expired", "bundle.clock", "bundle.expired"}, x.Error); genuine != still {
			t.Errorf("%s: the document is handed out: %t", x.What, genuine)
		}
	}
}

func TestTheSharedVectorsOfScans(t *testing.T) {
	var v struct {
		Scans []struct {
			Text, Error, Origin, Code, Record string
		}
	}
	vectorFile(t, "qr.json", &v)
	if len(v.Scans) == 0 {
		t.Fatal("no vectors")
	}
	for _, x := range v.Scans {
		s, err := verify.ParseQR(x.Text)
		if verify.CodeOf(err) != x.Error {
			t.Errorf("ParseQR(%.60q) = %v, want %q", x.Text, err, x.Error)
		}
		if x.Error == "" && (s.Origin != x.Origin || s.Code != x.Code) {
			t.Errorf("ParseQR(%.60q) = %s, %s", x.Text, s.Origin, s.Code)
		}
	}
}

func TestWhatIsNoInputIsNeitherYesNorNo(t *testing.T) {
	_, held := opened(t)
	for text, want := range map[string]string{
		"": "record.scan", "hello": "record.scan", "https://verify.demo.example/v/AAAA": "code.mistyped",
		"http://verify.demo.example/v/1GVK91N30YX61D5B": "record.scan_http",
	} {
		if a := held.QR(text, noon); a.Verdict != verify.CannotTell || !a.Has(want) {
			t.Errorf("QR(%q) = %s %v, want %s", text, a.Status, codesOf(a), want)
		}
	}
	if a := held.Code("1GVK-91N3-0YX6-1D5C", noon); a.Verdict != verify.CannotTell || !a.Has("code.mistyped") {
		t.Errorf("a mistyped code: %s %v", a.Status, codesOf(a))
	}
	if a := held.Code("1gvk 91n3 0yx6 1d5b", noon); a.Verdict != verify.CannotTell || !a.Has("record.missing") {
		t.Errorf("a code alone: %s %v", a.Status, codesOf(a))
	}
	if a := (verify.Verifier{}).QR("https://verify.demo.example/v/1GVK91N30YX61D5B", noon); a.Verdict != verify.CannotTell || !a.Has("trust.missing") {
		t.Errorf("a verifier that holds nothing: %s %v", a.Status, codesOf(a))
	}
	if a := held.PDF([]byte("%PDF-1.4 printed"), noon); a.Verdict != verify.CannotTell || !a.Has("pdf.unsigned") {
		t.Errorf("a printed file: %s %v", a.Status, codesOf(a))
	}
	if a := held.Credential("a.b.c", noon); a.Verdict != verify.CannotTell || !a.Has("badge.malformed") {
		t.Errorf("no credential: %s %v", a.Status, codesOf(a))
	}
	if c, err := verify.ParseCode(" 1gvk-91n3-oyx6-1d5b"); err != nil || c != "1GVK91N30YX61D5B" {
		t.Errorf("ParseCode = %q, %v", c, err)
	}
}

func TestMemoryKeepsOlderDocumentsOut(t *testing.T) {
	v, held := opened(t)
	root, _ := verify.ParseRoot(unhex(t, v.Root))
	memory := verify.Memory{}.With(held.List, held.Bundle)
	b, err := json.Marshal(memory)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"statement":3,"list":7,"bundle":{"0:":42},"newest":1795240800}`; string(b) != want {
		t.Errorf("memory is written %s, want %s", b, want)
	}
	var back verify.Memory
	if err := json.Unmarshal(b, &back); err != nil || back.List != 7 || back.Bundles["0:"] != 42 || !back.Newest.Equal(memory.Newest) {
		t.Errorf("read back %+v, %v", back, err)
	}
	if _, err := verify.OpenTrustList(unhex(t, v.List), root, back, noon); err != nil {
		t.Errorf("the same list again: %v", err)
	}
	back.List, back.Bundles["0:"] = 8, 43
	if _, err := verify.OpenTrustList(unhex(t, v.List), root, back, noon); verify.CodeOf(err) != "trust.rolled_back" {
		t.Errorf("an older list: %v", err)
	}
	if _, err := verify.OpenBundle(unhex(t, v.Bundle), held.List, back, noon); verify.CodeOf(err) != "bundle.rolled_back" {
		t.Errorf("an older bundle: %v", err)
	}
	held.Memory = memory
	if a := held.QR(v.Offline[0].Text, noon.Add(-48*time.Hour)); a.Verdict != verify.CannotTell || !a.Has("clock.behind") {
		t.Errorf("a clock before a signed time: %s %v", a.Status, codesOf(a))
	}
	if len(memory.Bundles) != 1 || memory.With(nil, nil).List != 7 {
		t.Error("With changes what it was called on, or forgets")
	}
}

func TestABundleOfAnotherRootCountsAsNone(t *testing.T) {
	v, held := opened(t)
	other, err := verify.ParseRoot(unhex(t, "04a6157c13a03cc35a96d9982271bd8bd49b35579e9c60daaebfe6185a03b9fded604b56d858f7b725f5b474943127989200b8f9b89aa89f29a9c645ddb665d2d8"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := verify.OpenTrustList(unhex(t, v.List), other, verify.Memory{}, noon); verify.CodeOf(err) != "trust.root" {
		t.Errorf("a list of another root than the pinned one: %v", err)
	}
	if _, err := verify.OpenTrustList(unhex(t, v.List), nil, verify.Memory{}, noon); verify.CodeOf(err) != "trust.root" {
		t.Errorf("a list without a pinned root: %v", err)
	}
	if _, err := verify.OpenBundle(unhex(t, v.Bundle), nil, verify.Memory{}, noon); err == nil {
		t.Error("a bundle without a list is believed")
	}
	held.List = nil
	if a := held.QR(v.Offline[0].Text, noon); a.Verdict != verify.CannotTell {
		t.Errorf("a bundle without its list: %s", a.Status)
	}
	for _, b := range [][]byte{nil, []byte("x"), []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")} {
		if key, err := verify.ParseRoot(b); key != nil || verify.CodeOf(err) != "trust.root" {
			t.Errorf("ParseRoot(%q) = %v, %v", b, key, err)
		}
	}
}
