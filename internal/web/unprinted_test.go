package web_test

import (
	"encoding/base64"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/testkit"
)

// What the registry knows of a holder and does not print stands in no page, no
// receipt, no badge, and nowhere in the file: not in its streams either, nor in
// what it says of itself.
func TestWhatIsNotPrintedIsShownNowhere(t *testing.T) {
	w := newWorld(t)
	c := w.credential(registry.StatusValid)
	var p registry.Person
	must(0, w.db.Read(t.Context(), func(tx *store.Tx) (err error) { p, err = tx.Person(t.Context(), c.Person); return err }))
	secrets := map[string]string{"phone": p.Phone, "hash of the id": p.IDHash, "organization": p.Organization, "department": p.Department, "date of birth": p.BirthDate.String(),
		"person": string(p.ID), "enrolment": string(c.Enrolment), "credential": string(c.ID), "class": string(c.Class), "salt": c.Snapshot.Salt}
	for what, secret := range secrets {
		if len(secret) < 4 {
			t.Fatalf("nothing is known of the %s: %q", what, secret)
		}
	}
	shown := map[string]string{}
	v := w.visitor(t)
	for _, l := range i18n.Langs {
		for _, path := range []string{"/v/" + string(c.Code), "/v/" + string(c.Code) + "/receipt", "/v/" + string(c.Code) + "/report"} {
			shown[path+" in "+string(l)] = v.get(path + "?lang=" + string(l)).want(http.StatusOK).body
		}
	}
	tokens := map[string]string{"the receipt": v.get("/v/" + string(c.Code) + "/receipt.jwt").want(http.StatusOK).body, "the badge": must(w.s.Issue.Token(c))}
	for what, token := range tokens {
		shown[what] = string(must(base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])))
	}
	file := must(w.s.Issue.Certificate(t.Context(), c)).Bytes()
	plain := filepath.Join(t.TempDir(), "plain.pdf")
	testkit.RunOn(t, "qpdf", file, "--qdf", "--object-streams=disable", "FILE", plain)
	shown["the text of the file"] = testkit.RunOn(t, "pdftotext", file, "FILE", "-")
	shown["the streams of the file"] = string(must(os.ReadFile(plain)))
	if !strings.Contains(shown["the text of the file"], c.Snapshot.Name) || !strings.Contains(shown["the streams of the file"], "credential.jwt") {
		t.Fatal("the file was not read")
	}
	for where, text := range shown {
		for what, secret := range secrets {
			if strings.Contains(text, secret) {
				t.Errorf("%s: the %s, %q", where, what, secret)
			}
		}
	}
}
