package web_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/demo"
	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/registry"
)

// TestPrivateLinksAreAnsweredOnANetworkThatGuessed tries links that nobody has until
// no more of them are looked at: whoever has one is answered there as ever.
func TestPrivateLinksAreAnsweredOnANetworkThatGuessed(t *testing.T) {
	w := newWorld(t)
	visitor := w.visitor(t)
	visitor.post("/report", "kind", "other", "text", "DEMO").want(200, "Your report has arrived")
	report, _, _ := strings.Cut(visitor.path, "?")
	fed := w.signIn(t, demo.FederationEmail)
	fed.post("/registry/invitations", "role", "base_manager", "org", "SJZ-H", "name", "DEMO 王建华").want(200)
	invitation := fed.find(regexp.QuoteMeta(w.url) + `(/invite/[0-9A-Za-z_-]{32})`)
	holder := "/my/" + access.HolderToken(w.s.Issue.Keys, w.credential(registry.StatusExpiring).Enrolment, 1)

	doors := []string{"/my/", "/claim/", "/invite/", "/report/"}
	for i := range edge.ClientBudget.Burst {
		visitor.get(doors[i%len(doors)] + fmt.Sprintf("%032d", i)).want(404)
	}
	stranger := strings.Repeat("a", 32)
	for _, path := range []string{"", "/qr.png", "/certificate.png", "/erasure", "/joined"} {
		visitor.get("/my/" + stranger + path).want(429)
	}
	for _, door := range doors[1:] {
		visitor.get(door + stranger).want(429)
	}
	visitor.post("/report/" + stranger + "/erase").want(429)
	visitor.post("/my/" + stranger + "/picture").want(429)
	visitor.post("/invite/" + stranger).want(429)

	visitor.get(report).want(200, "Your report")
	visitor.post(report+"/erase").want(200, "erased")
	visitor.get(invitation).want(200, "You are invited")
	visitor.post(holder + "/picture").want(200)
	w.visitor(t).post(invitation, "name", "DEMO 王建华", "email", "new@demo.example", "password", password).want(200, "Welcome, DEMO 王建华")
	t.Run("claim slip", func(t *testing.T) { // needs a program that reads QR codes
		trainer, class := w.openRoom("CPR1")
		trainer.post(class+"/slips", "count", "1").want(200)
		slip := scanned(t, trainer.get(class+"/slips-blank.pdf").want(200).body)[0][len(w.url):]
		person := w.visitor(t)
		person.get(slip).want(200, "right room")
		person.postForm(slip, fill(person.form(slip), 0)).want(200, "<b>1</b>")
		w.visitor(t).get(slip).want(200)
	})
}
