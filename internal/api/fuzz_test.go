package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// The public routes that take a body: whatever comes, they answer in JSON, never
// with a fault of ours, and in a registry of which nothing holds never with a yes.

func (w *world) fuzzRoute(f *testing.F, path, contentType string) {
	from := 0
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		from++ // each from somewhere else, so that nobody is slowed down
		r.RemoteAddr = fmt.Sprintf("10.%d.%d.%d:4000", from>>16&255, from>>8&255, from&255)
		answer := httptest.NewRecorder()
		w.http.ServeHTTP(answer, r)
		var said struct{ Verdict, Code string }
		if err := json.Unmarshal(answer.Body.Bytes(), &said); err != nil {
			t.Fatalf("%d, no JSON: %s", answer.Code, answer.Body)
		}
		if answer.Code >= http.StatusInternalServerError || said.Verdict == "yes" || said.Verdict == "" && said.Code == "" && answer.Code != http.StatusOK {
			t.Errorf("%d %s", answer.Code, answer.Body)
		}
	})
}

// revoked is what can be shown of the only certificate, all genuine and made while
// it held. It is revoked since. Each process that fuzzes has keys of its own, so to
// those that a run starts the seeds are of another registry.
func (w *world) revoked() map[string]string {
	w.t.Helper()
	_, list := w.issued(1)
	number, code := list[0]["number"].(string), list[0]["code"].(string)
	as := func(path string) string {
		return string(w.do("", "GET", path, nil, "Accept", "application/jwt").want(http.StatusOK).Body)
	}
	shown := map[string]string{"code": code, "qr": must(w.s.Issue.QR(w.credential(number))), "credential": as("/credentials/" + code), "receipt": as("/api/v1/verify/" + code)}
	each := func(verdict string) {
		for what, text := range shown {
			if a := w.do("", "POST", "/api/v1/verify", object{what: text}).want(http.StatusOK); a.text("verdict") != verdict {
				w.t.Fatalf("%s: want %s: %s", what, verdict, a.Body)
			}
		}
	}
	each("yes") // or the seeds would prove nothing
	for _, who := range []string{"approver", "second"} {
		w.do(who, "POST", "/api/v1/credentials/"+number+"/revoke", object{"reason": "identity"})
	}
	each("no")
	return shown
}

func FuzzVerifyQuestion(f *testing.F) {
	for _, body := range []string{
		`{"code":"7K3Q-D9XM-2HRT-W4BX"}`, `{"code":"1GVK91N30YX61D5B"}`, `{"number":"GAJK-SJZ-2026-000123","name":"DEMO"}`,
		`{"qr":"https://verify.demo.example/v/1GVK91N30YX61D5B#12345"}`, `{"credential":"a.b.c"}`, `{"credential":{"id":"x"}}`,
		`{"code":"a","code":"b"}`, `{"Code":"a"}`, `{"code":1}`, `{`, `[]`, `null`, ``, `{"code":"\ud800"}`, `{"receipt":"a.b.c"}`,
		`{"credential":` + strings.Repeat("[", 50) + strings.Repeat("]", 50) + `}`,
	} {
		f.Add(body)
	}
	w := newWorld(f)
	for what, text := range w.revoked() {
		f.Add(string(must(json.Marshal(object{what: text}))))
	}
	w.fuzzRoute(f, "/api/v1/verify", "application/json")
}

func FuzzVerifyList(f *testing.F) {
	for _, body := range []string{`{"codes":["1GVK91N30YX61D5B","x"]}`, `{"codes":[]}`, `{"codes":null}`, `{"codes":[1]}`, `{"codes":{}}`, `{"codes":["a"],"codes":["b"]}`, ``} {
		f.Add(body)
	}
	newWorld(f).fuzzRoute(f, "/api/v1/verify/list", "application/json")
}

func FuzzVerifyFile(f *testing.F) {
	part := func(head, body string) string { return "--b\r\n" + head + "\r\n\r\n" + body + "\r\n--b--\r\n" }
	for _, body := range []string{
		part(`Content-Disposition: form-data; name="file"; filename="c.pdf"`, "%PDF-1.7\n/ByteRange[0 0000000040 0000000050 0000000001]/Contents<30>"),
		part(`Content-Disposition: form-data; name="file"; filename="c.pdf"`, "%PDF-1.4\n"), part(`Content-Disposition: form-data; name="file"`, "\x89PNG\r\n\x1a\n"),
		part(`Content-Disposition: form-data; name="other"`, "x"), part("", ""), "--b", "",
	} {
		f.Add(body)
	}
	newWorld(f).fuzzRoute(f, "/api/v1/verify/file", "multipart/form-data; boundary=b")
}
