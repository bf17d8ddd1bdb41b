package api_test

import (
	"strings"
	"testing"
)

// TestCredentialsAreTrimmed: what is copied brings spaces and line ends along, as
// receipts and QR texts do.
func TestCredentialsAreTrimmed(t *testing.T) {
	w := newWorld(t)
	_, list := w.issued(1)
	token := must(w.s.Issue.Token(w.credential(list[0]["number"].(string))))
	for _, text := range []string{token, " " + token, token + "\n", "\r\n\t" + token + " \n"} {
		if a := w.do("", "POST", "/api/v1/verify", object{"credential": text}).want(200); a.text("status") != "valid" {
			t.Errorf("%q: %s", text[:5], a.Body)
		}
	}
	w.do("", "POST", "/api/v1/verify", object{"credential": token[:20] + " " + token[20:]}).want(422, "badge.malformed")
}

// TestTheFormNamesEveryQuestion asks nothing, in each language.
func TestTheFormNamesEveryQuestion(t *testing.T) {
	w := newWorld(t)
	for _, lang := range []string{"zh", "en", "ru"} {
		a := w.do("", "POST", "/api/v1/verify", `{}`, "Accept-Language", lang).want(422, "verify.form")
		for _, question := range []string{"code", "number", "name", "qr", "credential", "receipt"} {
			if !strings.Contains(a.text("title")+a.text("detail"), question) {
				t.Errorf("%s does not name %s: %s", lang, question, a.Body)
			}
		}
	}
}
