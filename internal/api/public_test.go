package api_test

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"crypto/x509"

	"github.com/passmuster/passmuster/internal/badge"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// code makes a code with a right check character that nobody has.
func code(n int) registry.Code {
	return registry.NewCode([10]byte{byte(n), byte(n >> 8), 7, 7, 7, 7, 7, 7, 7, 7})
}

func TestUnknownMistypedAndWrongForms(t *testing.T) {
	w := newWorld(t)
	unknown := w.do("", "GET", "/api/v1/verify/"+string(code(1)), nil, "Accept-Language", "zh-CN").want(404)
	if unknown.text("status") != "not_found" || unknown.text("verdict") != "no" {
		t.Errorf("unknown: %s", unknown.Body)
	}
	reason := unknown.json()["reasons"].([]any)[0].(object)
	if reason["code"] != "status.not_found" || reason["message"] == "" || reason["next"] == "" {
		t.Errorf("the reason: %v", reason)
	}
	other := w.do("", "POST", "/api/v1/verify", object{"code": code(2)}, "Accept-Language", "zh").want(404)
	if !bytes.Equal(unknown.Body, other.Body) {
		t.Errorf("two unknown codes, two bodies: %s %s", unknown.Body, other.Body)
	}
	wrong := []byte(code(1))
	wrong[15] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[(strings.IndexByte("0123456789ABCDEFGHJKMNPQRSTVWXYZ", wrong[15])+1)%32]
	for _, c := range []string{string(wrong), "7K3Q", "'", "%00", "..%2f..%2fetc", "a%0d%0ab"} {
		if a := w.do("", "GET", "/api/v1/verify/"+c, nil); a.Code != 400 && a.Code != 404 || a.Code == 400 && a.text("code") != "code.mistyped" {
			t.Errorf("%s: %d %s", c, a.Code, a.Body)
		}
	}
	for _, body := range []string{`{}`, `{"code":""}`, `{"code":"x","qr":"y"}`, `{"number":"GAJK-SJZ-2026-000001"}`, `{"name":"张伟"}`, `{"code":"x","name":"y"}`, `[]`, `"x"`, `null`} {
		w.do("", "POST", "/api/v1/verify", body).want(422, "verify.form")
	}
	w.do("", "POST", "/api/v1/verify", `{"Code":"x"}`).want(422, "request.unknown_field")
	w.do("", "POST", "/api/v1/verify", `{"code":5}`).want(422, "request.type")
	w.do("", "POST", "/api/v1/verify", `{"code":"x","code":"y"}`).want(400, "request.duplicate_key")
	w.do("", "POST", "/api/v1/verify", `{"code":`).want(400, "request.json")
	for _, name := range []string{"\xd6\xec\xc0\xda", "\xff\xfe", `\ud800`, `\udc00`, `\ud800\u0041`, `a\\\ud800`, `\ud83d\ud83d`} { // the first is 朱磊 in GBK
		w.do("", "POST", "/api/v1/verify", `{"number":"GAJK-SJZ-2026-000001","name":"`+name+`"}`).want(400, "request.encoding")
	}
	w.do("", "POST", "/api/v1/verify", `{"number":"GAJK-SJZ-2026-000001","name":"\ud83d\ude00 \\ud800"}`).want(404)
	w.do("", "POST", "/api/v1/verify", `{"qr":"`+strings.Repeat("x", 40_000)+`"}`).want(413)
	w.do("", "GET", "/api/v1/verify", nil).want(405)
}

func TestVerifyReadsJSONAlone(t *testing.T) {
	w := newWorld(t)
	question := `{"code":"` + string(code(1)) + `"}`
	for _, media := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json", "application/jsonx", "application/", ";"} {
		w.do("", "POST", "/api/v1/verify", question, "Content-Type", media).want(415, "request.media_type")
	}
	for _, media := range []string{"application/json", "Application/JSON; charset=utf-8", ""} {
		w.do("", "POST", "/api/v1/verify", question, "Content-Type", media).want(404)
	}
}

// Asking again helps where the store was out of reach, and nowhere else.
func TestAForeignAddressIsNoFailureOfOurs(t *testing.T) {
	w := newWorld(t)
	_, list := w.issued(1)
	a := w.do("", "POST", "/api/v1/verify", object{"qr": "https://evil.example/v/" + list[0]["code"].(string)}).want(200)
	if a.text("status") != "could_not_check" || a.text("verdict") != "cannot_tell" || a.Header.Get("Retry-After") != "" {
		t.Errorf("%v %s", a.Header, a.Body)
	}
}

// answerKeys is the allow-list of what a verification may hold.
var answerKeys = []string{"status", "verdict", "checked_at", "checks", "reasons", "credential"}

var credentialKeys = []string{"number", "kind", "name", "latin_name", "id_last4", "course", "hours", "practical_hours", "practical_assessed", "issuer", "base", "base_contact",
	"class_starts_on", "class_ends_on", "issued_on", "valid_from", "valid_until", "status_since", "superseded_by", "renewed_by", "demo", "reason"}

// Whatever is known of a person beside what the paper shows stays inside: in no
// public answer, file, refusal or log line.
func TestPublicAnswersHoldWhatThePaperShows(t *testing.T) {
	w := newWorld(t)
	id := w.class()
	canaries := []string{"13800138000", "canary@demo.example", "CANARY HOSPITAL", "CANARY WARD", "CANARY TITLE", "DEMO-774411"}
	person := object{"name": "张伟", "id_type": "volunteer", "id": canaries[5], "phone": canaries[0], "email": canaries[1], "organization": canaries[2],
		"department": canaries[3], "title": canaries[4], "theory": 90, "skills": true, "birth_date": "1990-05-17"}
	w.do("trainerA", "POST", "/api/v1/classes/"+id+"/enrolments", object{"people": []object{person}, "record_results": true, "statement": "CANARY STATEMENT", "all_or_nothing": true}).want(200)
	canaries = append(canaries, "CANARY", "1990-05-17", string(w.people["trainerA"]))
	w.do("trainerA", "POST", "/api/v1/classes/"+id+"/submit", nil).want(200)
	number := w.do("approver", "POST", "/api/v1/classes/"+id+"/approve", nil).want(200).json()["credentials"].([]any)[0].(object)["number"].(string)
	c := w.credential(number)
	canaries = append(canaries, string(c.ID), string(c.Person), string(c.Enrolment), c.Snapshot.Salt)
	if err := w.s.Publish.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	qr, err := w.s.Issue.QR(c)
	if err != nil {
		t.Fatal(err)
	}
	answers := []answer{
		w.do("", "GET", "/api/v1/verify/"+string(c.Code), nil).want(200),
		w.do("", "POST", "/api/v1/verify", object{"qr": qr}).want(200),
		w.do("", "POST", "/api/v1/verify", object{"number": number, "name": "张伟"}).want(200),
		w.do("", "POST", "/api/v1/verify", object{"number": number, "name": "王芳"}).want(404),
		w.do("", "GET", "/credentials/"+string(c.Code), nil, "Accept", "application/vc").want(200),
		w.do("", "GET", "/trust", nil).want(200), w.do("", "GET", "/bundle", nil).want(200),
		w.do("", "GET", "/.well-known/jwks.json", nil).want(200),
		w.do("", "GET", strings.TrimPrefix(w.s.Issue.HolderLink(c.Enrolment), origin)+"/certificate.pdf", nil).want(200),
		w.do("", "GET", "/api/v1/verify/"+string(code(3)), nil).want(404),
	}
	for _, a := range answers {
		for _, secret := range canaries {
			if bytes.Contains(a.Body, []byte(secret)) {
				t.Errorf("%s holds %q", a.what, secret)
			}
		}
	}
	for _, a := range answers[:3] {
		m := a.json()
		for key := range maps.Keys(m) {
			if !slices.Contains(answerKeys, key) {
				t.Errorf("%s: key %q is not on the list", a.what, key)
			}
		}
		for key := range maps.Keys(m["credential"].(object)) {
			if !slices.Contains(credentialKeys, key) {
				t.Errorf("%s: credential key %q is not on the list", a.what, key)
			}
		}
	}
	secrets := append(canaries[:6:6], string(c.Code), "张伟", w.token("trainerA"), password, strings.TrimPrefix(w.s.Issue.HolderLink(c.Enrolment), origin+"/my/"))
	for _, secret := range secrets {
		if strings.Contains(w.log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

func TestGuessersAreSlowedDownAndScannersAreNot(t *testing.T) {
	w := newWorld(t)
	_, list := w.issued(30)
	for i := range 300 { // ten minutes at a hospital's door
		w.later(2 * time.Second)
		if a := w.do("", "GET", "/api/v1/verify/"+list[i%30]["code"].(string), nil); a.Code != 200 {
			t.Fatalf("scan %d: %d %s", i, a.Code, a.Body)
		}
	}
	guess := func(i int) answer {
		return w.do("", "GET", "/api/v1/verify/"+string(code(i)), nil, "X-Forwarded-For", fmt.Sprintf("198.51.100.%d", i%250), "X-Real-IP", fmt.Sprint(i))
	}
	first := 0
	for i := range 5000 {
		if a := guess(i); a.Code == 429 {
			first = i
			if a.Header.Get("Retry-After") == "" {
				t.Error("429 without Retry-After")
			}
			break
		}
	}
	if first == 0 || first >= 100 {
		t.Errorf("the first 429 came after %d guesses", first)
	}
	w.do("", "GET", "/credentials/"+string(code(9999)), nil).want(429) // nor through another door
	w.do("", "GET", "/my/"+strings.Repeat("x", 32)+"/certificate.pdf", nil).want(429)
	c := w.credential(list[0]["number"].(string)) // who has a code or a link is answered on that network too
	holder := strings.TrimPrefix(w.s.Issue.HolderLink(c.Enrolment), origin) + "/certificate.pdf"
	pdf := w.do("", "GET", holder, nil).want(200)
	w.do("", "GET", holder, nil, "If-None-Match", pdf.Header.Get("ETag")).want(304)
	for _, accept := range []string{"application/vc", "application/jwt"} {
		w.do("", "GET", "/credentials/"+string(c.Code), nil, "Accept", accept).want(200)
	}
	for _, accept := range []string{"application/json", "application/jwt"} {
		w.do("", "GET", "/api/v1/verify/"+string(c.Code), nil, "Accept", accept).want(200)
	}
	w.later(10 * time.Minute)
	w.do("", "GET", "/api/v1/verify/"+list[0]["code"].(string), nil).want(200)
}

func TestNamesOfOneNumberCannotBeTried(t *testing.T) {
	w := newWorld(t)
	_, list := w.issued(1)
	number := list[0]["number"].(string)
	refused := 0
	for i := range 40 {
		if w.do("", "POST", "/api/v1/verify", object{"number": number, "name": fmt.Sprint("张", i)}).Code == 429 {
			refused++
		}
	}
	if refused != 30 {
		t.Errorf("of 40 wrong names %d were refused, want 30", refused)
	}
	w.do("", "POST", "/api/v1/verify", object{"number": number, "name": "张伟"}).want(429) // not even the right one
	w.do("", "GET", "/api/v1/verify/"+list[0]["code"].(string), nil).want(200)           // the paper still works
}

func TestStoreOutOfReachIsNeitherYesNorNo(t *testing.T) {
	w := newWorld(t)
	_, list := w.issued(1)
	w.token("trainerA")
	broken, err := store.Open(t.Context(), store.Config{Dir: t.TempDir()}) // without a schema every question fails
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = broken.Close() }()
	w.s.DB, w.s.Verify.DB, w.s.Issue.DB, w.s.Publish.DB, w.s.Auth.DB = broken, broken, broken, broken, broken
	a := w.do("", "GET", "/api/v1/verify/"+list[0]["code"].(string), nil).want(503)
	if a.text("status") != "could_not_check" || a.text("verdict") != "cannot_tell" || a.Header.Get("Retry-After") == "" {
		t.Errorf("store closed: %s", a.Body)
	}
	for _, path := range []string{"/trust", "/bundle", "/readyz", "/credentials/" + list[0]["code"].(string)} {
		if b := w.do("", "GET", path, nil); b.Code < 500 || strings.Contains(strings.ToLower(string(b.Body)), "sql") {
			t.Errorf("%s: %d %s", path, b.Code, b.Body)
		}
	}
	if b := w.do("trainerA", "GET", "/api/v1/me", nil); b.Code < 500 || strings.Contains(strings.ToLower(string(b.Body)), "sql") {
		t.Errorf("staff: %d %s", b.Code, b.Body)
	}
	w.do("", "GET", "/healthz", nil).want(200)
}

func TestPublishedFiles(t *testing.T) {
	w := newWorld(t)
	_, list := w.issued(1)
	if w.do("", "GET", "/bundle", nil).want(503, "publication.absent").Header.Get("Retry-After") == "" {
		t.Error("what is being made does not say when to come again")
	}
	if err := w.s.Publish.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/trust", "/bundle"} {
		a := w.do("", "GET", path, nil).want(200)
		tag := a.Header.Get("ETag")
		if a.Header.Get("Content-Type") != "application/cose" || tag == "" || !strings.HasPrefix(a.Header.Get("Cache-Control"), "public") || a.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %v", path, a.Header)
		}
		if b := w.do("", "GET", path, nil, "If-None-Match", tag); b.Code != 304 || len(b.Body) != 0 {
			t.Errorf("%s again: %d", path, b.Code)
		}
	}
	var set badge.JWKSet
	if err := json.Unmarshal(w.do("", "GET", "/.well-known/jwks.json", nil).want(200).Body, &set); err != nil || len(set.Keys) != 3 {
		t.Fatalf("key set: %v %v", set, err)
	}
	key := w.do("", "GET", strings.TrimPrefix(set.Keys[0].KID, origin), nil).want(200)
	if key.Header.Get("Content-Type") != "application/jwk+json" || key.text("kid") != set.Keys[0].KID {
		t.Errorf("one key: %s", key.Body)
	}
	token, _ := w.s.Keys.Find(set.Keys[0].KID)
	for _, k := range w.s.Keys.List() { // the keys of tokens, ids and PDFs are nobody's business here
		if k.Use != token.Use && k.Use != "record" && k.Use != "publisher" {
			w.do("", "GET", "/keys/"+k.KID, nil).want(404)
		}
	}
	root, _ := pem.Decode(w.do("", "GET", "/pki/root.pem", nil).want(200).Body)
	if _, err := x509.ParseCertificate(root.Bytes); err != nil {
		t.Error(err)
	}
	if _, err := x509.ParseRevocationList(w.do("", "GET", "/pki/issuer.crl", nil).want(200).Body); err != nil {
		t.Error(err)
	}
	w.do("", "GET", "/pki/other.crl", nil).want(404)
	w.do("", "GET", "/pki/root.key", nil).want(404)
	vc := w.do("", "GET", "/credentials/"+list[0]["code"].(string), nil).want(200)
	if vc.Header.Get("Content-Type") != "application/jwt" || strings.Count(string(vc.Body), ".") != 2 || vc.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("badge: %v", vc.Header)
	}
	if a := w.do("", "GET", "/credentials/"+list[0]["code"].(string), nil, "Accept", "application/vc").want(200); a.Header.Get("Content-Type") != "application/vc" || a.text("type") != "" {
		t.Errorf("badge as JSON: %v", a.Header)
	}
	w.do("", "GET", "/credentials/"+list[0]["code"].(string)+"/x.css", nil).want(404)
	w.do("", "GET", "/readyz", nil).want(200)
}

func TestHostHeadersChangeNoLink(t *testing.T) {
	w := newWorld(t)
	_, list := w.issued(1)
	for _, path := range []string{"/api/v1/credentials/" + list[0]["number"].(string), "/.well-known/jwks.json", "/openapi.json", "/credentials/" + list[0]["code"].(string)} {
		plain := w.do("approver", "GET", path, nil).want(200)
		forged := w.do("approver", "GET", path, nil, "Host", "evil.example", "X-Forwarded-Host", "evil.example", "X-Forwarded-Proto", "http", "X-Forwarded-Prefix", "/evil").want(200)
		if !bytes.Equal(plain.Body, forged.Body) || bytes.Contains(forged.Body, []byte("evil")) {
			t.Errorf("%s: a header of the request changed the answer", path)
		}
	}
}

func TestQRTextIsComparedWithTheRegistry(t *testing.T) {
	w := newWorld(t)
	_, list := w.issued(2)
	a, b := w.credential(list[0]["number"].(string)), w.credential(list[1]["number"].(string))
	first, second := must(w.s.Issue.QR(a)), must(w.s.Issue.QR(b))
	if got := w.do("", "POST", "/api/v1/verify", object{"qr": first}).want(200); got.text("status") != "valid" {
		t.Errorf("genuine: %s", got.Body)
	}
	_, record, _ := strings.Cut(second, "#")
	link, _, _ := strings.Cut(first, "#")
	if got := w.do("", "POST", "/api/v1/verify", object{"qr": link + "#" + record}).want(200); got.text("status") != "altered" || got.text("verdict") != "no" {
		t.Errorf("the code of one beside the record of another: %s", got.Body)
	}
}
