package api_test

import (
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/share"
)

// docs/erasure.md, "What is answered then".
func TestWhatIsAnsweredAfterAnErasure(t *testing.T) {
	w := newWorld(t)
	_, list := w.issued(2)
	number, code := list[0]["number"].(string), list[0]["code"].(string)
	his := w.credential(number)
	link := w.s.Issue.HolderLink(his.Enrolment)
	holder, token := strings.TrimPrefix(link, origin), link[strings.LastIndex(link, "/")+1:]
	shares := &share.Service{DB: w.s.DB, Keys: w.s.Keys, Now: w.s.Now, Origin: origin}
	shown := must(shares.Make(t.Context(), token, 30))
	one, shared := "/api/v1/credentials/"+number, "/api/v1/verify/share/"+string(shown.Code)
	qr := must(w.s.Issue.QR(his))
	w.do("", "GET", holder+"/certificate.pdf", nil).want(200)
	w.do("", "GET", "/credentials/"+string(his.Code), nil).want(200)
	w.do("", "GET", shared, nil).want(200)

	w.do("approver", "POST", one+"/revoke", object{"reason": registry.HolderRemoved}).want(202)
	w.do("approver", "POST", one+"/revoke", object{"reason": registry.HolderRemoved}).want(403, "four_eyes.revocation")
	w.do("second", "POST", one+"/revoke", object{"reason": "misconduct"}).want(409, "credential.another_request")
	w.do("second", "POST", one+"/revoke", object{"reason": registry.HolderRemoved}).want(200)

	w.do("approver", "GET", one+"/certificate.pdf", nil).want(410, "credential.erased")
	w.do("", "GET", holder+"/certificate.pdf", nil).want(410, "credential.erased")
	w.do("", "GET", "/credentials/"+string(his.Code), nil).want(410, "credential.erased")
	w.do("", "GET", shared, nil).want(404, "share.gone")
	staff := w.do("approver", "GET", one, nil).want(200)
	byCode := w.do("", "GET", "/api/v1/verify/"+code, nil).want(200)
	byText := w.do("", "POST", "/api/v1/verify", object{"qr": qr}).want(200)
	byName := w.do("", "POST", "/api/v1/verify", object{"number": number, "name": his.Snapshot.Name})
	if byName.text("status") != "not_found" {
		t.Errorf("by number and name: %s", byName.Body)
	}
	for what, a := range map[string]answer{"code": byCode, "QR code": byText, "staff": staff} {
		if what != "staff" && (a.text("status") != "revoked" || !strings.Contains(string(a.Body), registry.HolderRemoved)) {
			t.Errorf("by %s: %s", what, a.Body)
		}
		if strings.Contains(string(a.Body), his.Snapshot.Name) {
			t.Errorf("by %s the holder is named: %s", what, a.Body)
		}
	}
	w.do("", "GET", "/api/v1/verify/"+list[1]["code"].(string), nil).want(200)
}
