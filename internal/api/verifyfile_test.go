package api_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/interop"
	"github.com/passmuster/passmuster/internal/pdf/check"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// upload is a form with one file in it.
func upload(field string, files ...[]byte) (body io.Reader, kind string) {
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for _, f := range files {
		part := must(form.CreateFormFile(field, "DEMO.pdf"))
		must(part.Write(f))
	}
	must(0, form.Close())
	return &b, form.FormDataContentType()
}

// file asks about a file.
func (w *world) file(b []byte, header ...string) answer {
	w.t.Helper()
	body, kind := upload("file", b)
	return w.do("", "POST", "/api/v1/verify/file", body, append([]string{"Content-Type", kind}, header...)...)
}

// certificate is the file of a credential as its holder has it.
func (w *world) certificate(number string) []byte {
	w.t.Helper()
	c := w.credential(number)
	return w.do("", "GET", strings.TrimPrefix(w.s.Issue.HolderLink(c.Enrolment), origin)+"/certificate.pdf", nil).want(200).Body
}

func (a answer) part(name string) string { return a.text("checks", "file", name, "result") }

func TestAFileIsAnsweredPartByPart(t *testing.T) {
	w := newWorld(t)
	_, list := w.issued(2)
	number, code := list[0]["number"].(string), list[0]["code"].(string)
	good := w.certificate(number)
	a := w.file(good).want(200)
	if a.text("status") != "valid" || a.part("intact") != "yes" || a.part("signer") != "yes" || a.part("issued") != "yes" || a.text("credential", "number") != number {
		t.Errorf("the issued file: %s", a.Body)
	}
	if a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("X-Robots-Tag") != "noindex" {
		t.Errorf("the answer may be kept: %v", a.Header)
	}
	for key := range a.json() {
		if !slices.Contains(answerKeys, key) {
			t.Errorf("the answer holds %q", key)
		}
	}
	// What was changed is refused, and the registry's own record stands apart.
	own := w.do("", "GET", "/api/v1/verify/"+code, nil).want(200).json()["credential"].(object)
	for what, b := range map[string][]byte{"changed": flipped(good), "added to": append(bytes.Clone(good), "\n%%EOF\n"...)} {
		a := w.file(b).want(200)
		if a.text("status") != "altered" || a.part("intact") != "no" || !maps.EqualFunc(own, a.json()["credential"].(object), func(x, y any) bool { return fmt.Sprint(x) == fmt.Sprint(y) }) {
			t.Errorf("%s: %s", what, a.Body)
		}
	}
	// Paper is no forgery, and nothing is read from it.
	for what, b := range map[string][]byte{"printed": []byte("%PDF-1.4\n(" + origin + "/v/" + code + ")"), "photo": []byte("\xff\xd8\xff\xe0" + code), "HEIC": []byte("\x00\x00\x00\x18ftypheic" + code)} {
		a := w.file(b, "Accept-Language", "en").want(200)
		if a.text("status") != "could_not_check" || a.json()["credential"] != nil || a.json()["reasons"].([]any)[0].(object)["next"] == "" {
			t.Errorf("%s: %s", what, a.Body)
		}
	}
	// People's decisions reach whoever has the file.
	for _, who := range []string{"approver", "second"} {
		w.do(who, "POST", "/api/v1/credentials/"+number+"/revoke", object{"reason": "misconduct"})
	}
	if a := w.file(good); a.text("status") == "valid" || a.part("issued") != "yes" {
		t.Errorf("a revoked certificate's file: %s", a.Body)
	}
	if strings.Contains(w.log.String(), code) || strings.Contains(w.log.String(), "DEMO.pdf") || strings.Contains(w.log.String(), number) {
		t.Error("something of a file is in the log")
	}
}

func flipped(b []byte) []byte {
	b = bytes.Clone(b)
	b[len(b)/2] ^= 1
	return b
}

func TestOneSmallPDFAndNothingElseIsTaken(t *testing.T) {
	w := newWorld(t)
	post := func(body io.Reader, kind string) answer {
		t.Helper()
		return w.do("", "POST", "/api/v1/verify/file", body, "Content-Type", kind)
	}
	pdf := []byte("%PDF-1.4\n")
	w.file(append(pdf, make([]byte, check.MaxFile-len(pdf))...)).want(200)
	w.file(append(pdf, make([]byte, check.MaxFile+1-len(pdf))...)).want(413, "pdf.too_large")
	w.file(make([]byte, 3*check.MaxFile)).want(413, "pdf.too_large")
	w.file(nil).want(422, "file.empty")
	w.file([]byte("PK\x03\x04 a sheet")).want(415, "pdf.not_pdf")
	two, kind := upload("file", pdf, pdf)
	post(two, kind).want(422, "file.form")
	other, kind := upload("document", pdf)
	post(other, kind).want(422, "file.form")
	none, kind := upload("file")
	post(none, kind).want(422, "file.form")
	for _, kind := range []string{"application/pdf", "application/json", "multipart/mixed; boundary=x", "multipart/form-data", "text/html", ";"} {
		post(bytes.NewReader(pdf), kind).want(415, "file.media_type")
	}
	whole, kind := upload("file", pdf)
	half := must(io.ReadAll(whole))
	for _, n := range []int{0, 10, 60, len(half) - 3} {
		post(bytes.NewReader(half[:n]), kind).want(422, "file.form")
	}
	post(strings.NewReader("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\""+strings.Repeat("a", 2<<20)+"\"\r\n\r\n%PDF\r\n--x--\r\n"), "multipart/form-data; boundary=x")
	post(strings.NewReader("--x\r\n"+strings.Repeat("A: b\r\n", 100_000)+"\r\n%PDF\r\n--x--\r\n"), "multipart/form-data; boundary=x").want(422, "file.form")
	w.do("", "GET", "/api/v1/verify/file", nil).want(400, "code.mistyped") // as any other word in place of a code
}

// A hospital checks hundreds of files; who shows others is slowed down.
func TestFilesOfOursAreNeverRefused(t *testing.T) {
	w := newWorld(t)
	_, list := w.issued(1)
	good := w.certificate(list[0]["number"].(string))
	for range 150 {
		w.file(good).want(200)
	}
	var refused answer
	for i := range 100 {
		if refused = w.file([]byte("%PDF-1.4 DEMO"), "X-Forwarded-For", fmt.Sprintf("10.0.0.%d", i)); refused.Code == 429 {
			break
		}
	}
	refused.want(429, "edge.misses")
	if refused.Header.Get("Retry-After") == "" {
		t.Error("it is not said how long to wait")
	}
	w.file(good).want(200)
	w.do("", "GET", "/api/v1/verify/"+list[0]["code"].(string), nil).want(200)
}

// Nobody knows the status while the store is away; that the file is whole and
// ours can be told all the same.
func TestAFileWhileTheStoreIsAway(t *testing.T) {
	w := newWorld(t)
	_, list := w.issued(1)
	good := w.certificate(list[0]["number"].(string))
	token := w.do("", "GET", "/credentials/"+list[0]["code"].(string), nil, "Accept", "application/jwt").want(200).Body
	receipt := w.do("", "GET", "/api/v1/verify/"+list[0]["code"].(string), nil, "Accept", "application/jwt").want(200).Body
	broken := must(store.Open(t.Context(), store.Config{Dir: t.TempDir()}))
	defer func() { _ = broken.Close() }()
	w.s.DB, w.s.Verify.DB = broken, broken
	a := w.file(good).want(503)
	if a.text("status") != "could_not_check" || a.part("intact") != "yes" || a.part("signer") != "yes" || a.part("issued") != "could_not_check" || a.Header.Get("Retry-After") == "" {
		t.Errorf("%v %s", a.Header, a.Body)
	}
	if a := w.file(flipped(good)).want(200); a.text("status") != "altered" {
		t.Errorf("a changed file: %s", a.Body)
	}
	w.do("", "POST", "/api/v1/verify", object{"credential": string(token)}).want(503)
	w.do("", "POST", "/api/v1/verify", object{"receipt": string(receipt)}).want(503)
	b := w.do("", "GET", "/api/v1/verify/"+list[0]["code"].(string), nil, "Accept", "application/jwt").want(503)
	if b.Header.Get("Content-Type") == "application/jwt" || b.text("status") != "could_not_check" {
		t.Errorf("what nobody knows is signed: %s", b.Body)
	}
}

func TestACredentialIsPosted(t *testing.T) {
	w := newWorld(t)
	_, list := w.issued(1)
	path := "/credentials/" + list[0]["code"].(string)
	token := string(w.do("", "GET", path, nil, "Accept", "application/jwt").want(200).Body)
	plain := w.do("", "GET", path, nil, "Accept", "application/vc").want(200).Body
	ask := func(credential any) answer {
		t.Helper()
		return w.do("", "POST", "/api/v1/verify", object{"credential": credential})
	}
	if a := ask(token).want(200); a.text("status") != "valid" || a.text("checks", "signature", "result") != "yes" {
		t.Errorf("its own token: %s", a.Body)
	}
	if a := ask(json.RawMessage(plain)).want(200); a.text("status") != "could_not_check" || a.text("credential", "number") == "" {
		t.Errorf("its own JSON: %s", a.Body)
	}
	parts := strings.Split(token, ".")
	header := func(h string) string { return b64(h) + "." + parts[1] + "." + parts[2] }
	for what, text := range map[string]string{
		"no algorithm": header(`{"alg":"none","typ":"JWT"}`), "HMAC": header(`{"alg":"HS256","kid":"x","typ":"JWT"}`), "a key of its own": header(`{"alg":"ES256","jwk":{},"kid":"x","typ":"JWT"}`),
		"a key elsewhere": header(`{"alg":"ES256","jku":"http://127.0.0.1:1","kid":"x","typ":"JWT"}`), "critical": header(`{"alg":"ES256","crit":["x"],"kid":"x","typ":"JWT"}`),
		"dots": strings.Repeat(".", 20_000), "no signature": parts[0] + "." + parts[1] + ".", "spaces": parts[0] + " ." + parts[1] + "." + parts[2],
	} {
		if a := ask(text); a.Code != 422 {
			t.Errorf("%s: %d %s", what, a.Code, a.Body)
		}
	}
	for what, body := range map[string]string{"a number": `{"credential":5}`, "a list": `{"credential":[]}`, "nothing": `{"credential":null}`, "two forms": `{"credential":"x","code":"y"}`} {
		if a := w.do("", "POST", "/api/v1/verify", body); a.Code != 422 {
			t.Errorf("%s: %d %s", what, a.Code, a.Body)
		}
	}
	var changed object
	must(0, json.Unmarshal(plain, &changed))
	changed["name"] = "DEMO Surgeon"
	if a := ask(changed).want(200); a.text("status") != "altered" {
		t.Errorf("changed JSON: %s", a.Body)
	}
}

// A receipt says what the answer said, no more; others verify it; and it never
// says yes of what was not checked.
func TestReceiptsAreVerifiedByAnotherLibrary(t *testing.T) {
	w := newWorld(t)
	_, list := w.issued(1)
	code, number := list[0]["code"].(string), list[0]["number"].(string)
	ask := func(path string) answer { t.Helper(); return w.do("", "GET", path, nil, "Accept", "application/jwt") }
	yes := ask("/api/v1/verify/" + code).want(200)
	again := ask("/api/v1/verify/" + code).want(200)
	unknown := ask("/api/v1/verify/" + string(registry.NewCode([10]byte{1}))).want(404)
	file := w.file(w.certificate(number), "Accept", "application/jwt").want(200)
	pair := w.do("", "POST", "/api/v1/verify", object{"number": number, "name": "张伟"}, "Accept", "application/jwt").want(200)
	if !bytes.Equal(yes.Body, again.Body) || yes.Header.Get("Content-Type") != "application/jwt" || !slices.Contains(yes.Header.Values("Vary"), "Accept") {
		t.Errorf("%v, then another receipt: %v", yes.Header, !bytes.Equal(yes.Body, again.Body))
	}
	if a := w.do("", "GET", "/api/v1/verify/"+code, nil, "Accept", "application/json, application/jwt;q=0.5").want(200); a.text("status") != "valid" {
		t.Errorf("who prefers JSON gets %s", a.Body)
	}
	server := httptest.NewServer(w.http)
	defer server.Close()
	var got []struct {
		OK      bool
		Code    string
		Payload object
	}
	text := string(yes.Body)
	interop.Run(t, "jose.mjs", object{"jwks": server.URL + "/.well-known/jwks.json", "at": w.now().Format(time.RFC3339), "issuer": origin, "typ": "passmuster-receipt+jwt",
		"tokens": []string{text, string(unknown.Body), string(file.Body), string(pair.Body), text[:len(text)-9] + "AAAAAAAAA", text[:200] + "A" + text[201:]}}, &got)
	for i, want := range []string{"valid", "not_found", "valid", "valid"} {
		if !got[i].OK || got[i].Payload["status"] != want || got[i].Payload["iss"] != origin {
			t.Errorf("receipt %d: %+v", i, got[i])
		}
	}
	if got[4].OK || got[5].OK {
		t.Error("a changed receipt is taken")
	}
	keys := []string{"iss", "iat", "exp", "jti", "sub", "code_sha256", "file_sha256", "text_sha256", "pair_sha256", "status", "verdict", "reasons", "credential"}
	for _, r := range got[:4] {
		for k := range r.Payload {
			if !slices.Contains(keys, k) {
				t.Errorf("a receipt holds %q", k)
			}
		}
		if c, ok := r.Payload["credential"].(object); ok && (c["id_last4"] != nil || c["name"] == nil) {
			t.Errorf("a receipt holds %v", c)
		}
	}
	if strings.Contains(fmt.Sprint(got[0].Payload), code) {
		t.Error("a receipt holds the code")
	}
	// It comes back, and what holds now is another matter.
	back := w.do("", "POST", "/api/v1/verify", object{"receipt": text}).want(200)
	if back.text("status") != "valid" || back.text("receipt", "genuine", "result") != "yes" || back.text("receipt", "said", "sub") != number || back.text("credential", "id_last4") != "" {
		t.Errorf("it comes back: %s", back.Body)
	}
	w.do("approver", "POST", "/api/v1/credentials/"+number+"/suspend", nil).want(200)
	back = w.do("", "POST", "/api/v1/verify", object{"receipt": text}).want(200)
	if back.text("status") != "suspended" || back.text("receipt", "said", "status") != "valid" || back.json()["reasons"].([]any)[0].(object)["code"] != "receipt.since" {
		t.Errorf("it comes back after a suspension: %s", back.Body)
	}
	w.do("", "POST", "/api/v1/verify", object{"receipt": "eyJ.x.y"}).want(422, "receipt.malformed")
	w.do("", "POST", "/api/v1/verify", object{"credential": text}).want(422, "badge.header")
}

// Anybody can change a byte of a certificate: what the registry signs then is
// about that object and names nobody.
func TestAReceiptOfSomethingAlteredNamesNoHolder(t *testing.T) {
	w := newWorld(t)
	_, list := w.issued(1)
	code, number := list[0]["code"].(string), list[0]["number"].(string)
	jwt := []string{"Accept", "application/jwt"}
	bad := flipped(w.certificate(number))
	qr := must(w.s.Issue.QR(w.credential(number)))
	last := "0"
	if strings.HasSuffix(qr, last) {
		last = "1"
	}
	qr = qr[:len(qr)-1] + last
	said := w.do("", "GET", "/credentials/"+code, nil, "Accept", "application/vc").want(200).json()
	said["name"] = "DEMO somebody else"
	for what, x := range map[string]struct {
		receipt answer
		claim   string
		object  []byte
	}{
		"a file":       {w.file(bad, jwt...), "file_sha256", bad},
		"a credential": {w.do("", "POST", "/api/v1/verify", object{"credential": said}, jwt...), "text_sha256", nil},
		"a QR text":    {w.do("", "POST", "/api/v1/verify", object{"qr": qr}, jwt...), "text_sha256", []byte(qr)},
	} {
		claims := claimsOf(t, x.receipt.want(200))
		if claims["status"] != "altered" || claims["sub"] != nil || claims["credential"] != nil || claims["code_sha256"] != nil || len(claims["reasons"].([]any)) != 1 {
			t.Errorf("%s: the receipt says %v", what, claims)
		}
		if sum := sha256.Sum256(x.object); claims[x.claim] == nil || x.object != nil && claims[x.claim] != base64.RawURLEncoding.EncodeToString(sum[:]) {
			t.Errorf("%s: the receipt is bound to %v", what, claims[x.claim])
		}
		back := w.do("", "POST", "/api/v1/verify", object{"receipt": string(x.receipt.Body)}).want(200)
		if back.text("status") != "could_not_check" || back.json()["reasons"].([]any)[0].(object)["code"] != "receipt.object" || strings.Contains(string(back.Body), number) {
			t.Errorf("%s: the receipt comes back as %s", what, back.Body)
		}
	}
}

// A receipt that found nothing for a number and a name fits that question alone.
func TestAReceiptFitsItsNumberAndName(t *testing.T) {
	w := newWorld(t)
	_, list := w.issued(1)
	ask := func(number, name string) any {
		t.Helper()
		return claimsOf(t, w.do("", "POST", "/api/v1/verify", object{"number": number, "name": name}, "Accept", "application/jwt").want(404))["pair_sha256"]
	}
	number := list[0]["number"].(string)
	one := ask(number, "DEMO Li Na")
	if one == nil || one != ask(strings.ToLower(number), " demo  li na") {
		t.Errorf("the same question has another receipt: %v", one)
	}
	if one == ask(number, "DEMO Li Ne") || one == ask(number[:len(number)-1]+"9", "DEMO Li Na") {
		t.Error("two questions have one receipt")
	}
}

func claimsOf(t *testing.T, a answer) (claims object) {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(strings.Split(string(a.Body), ".")[1])
	if err == nil {
		err = json.Unmarshal(b, &claims)
	}
	if err != nil {
		t.Fatal(err)
	}
	return claims
}
