package api_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/share"
)

// sharedKeys is the allow-list of what a share shows of a credential.
var sharedKeys = []string{"kind", "name", "latin_name", "course", "issuer", "base", "valid_until", "demo"}

func TestAShareIsVerifiedAndShowsLess(t *testing.T) {
	w := newWorld(t)
	_, list := w.issued(1)
	number := list[0]["number"].(string)
	c := w.credential(number)
	holder := strings.TrimPrefix(w.s.Issue.HolderLink(c.Enrolment), origin+"/my/")
	shares := &share.Service{DB: w.s.DB, Keys: w.s.Keys, Now: w.now, Origin: origin}
	made := must(shares.Latest(t.Context(), holder))
	path := "/api/v1/verify/share/" + strings.ToLower(string(made.Code))

	a := w.do("", "GET", path, nil).want(200)
	if a.text("status") != "valid" || a.text("verdict") != "yes" || a.text("credential", "name") != c.Snapshot.Name {
		t.Errorf("answer %s", a.Body)
	}
	for key := range maps.Keys(a.json()["credential"].(object)) {
		if !slices.Contains(sharedKeys, key) {
			t.Errorf("the share shows %q", key)
		}
	}
	for _, secret := range []string{number, string(c.Code), c.Code.String(), string(c.ID), string(c.Enrolment), holder, c.Snapshot.Subject} {
		if strings.Contains(string(a.Body), secret) {
			t.Errorf("the share holds %q", secret)
		}
	}
	if err := shares.RevokeAll(t.Context(), holder); err != nil {
		t.Fatal(err)
	}
	for _, gone := range []string{path, "/api/v1/verify/share/" + string(registry.NewShareCode([10]byte{5})), "/api/v1/verify/share/x", "/api/v1/verify/share/" + string(c.Code)} {
		w.do("", "GET", gone, nil).want(404, "share.gone")
	}
	for range 100 {
		w.do("", "GET", path, nil)
	}
	w.do("", "GET", path, nil).want(429)
	w.do("", "GET", "/api/v1/verify/"+string(code(1)), nil).want(429) // one budget for every door
	w.do("", "GET", "/api/v1/verify/"+string(c.Code), nil).want(200)  // but not for who scans
}
