package main

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store/storetest"
)

// TestWholeFlowOnPostgreSQL runs the same program over the other database:
// roster in, certificates out, verified, revoked by two, seen at once.
func TestWholeFlowOnPostgreSQL(t *testing.T) {
	env := []string{"PASSMUSTER_DATABASE=" + storetest.Postgres(t)}
	d := newDemo(t, freeAddr(t), env...)
	s := serveDemo(t, d, env...)
	run := func(want int, args ...string) string {
		t.Helper()
		r := passmusterIn(t, d.Data, "", env, args...)
		if r.code != want {
			t.Fatalf("%v: exit %d, want %d\n%s%s", args, r.code, want, r.out, r.err)
		}
		return r.out
	}
	path, err := filepath.Abs(rosters + "sjz-cpr-class.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	var doc issuedDoc
	out := run(exitOK, "issue", path, "--course", "CPR1", "--base", "SJZ", "--out", t.TempDir(), "--json",
		"--actor", "trainer@demo.example", "--approver", "approver@demo.example")
	if err := json.Unmarshal([]byte(out), &doc); err != nil || len(doc.Files) != 30 {
		t.Fatalf("%d certificates: %v", len(doc.Files), err)
	}
	first := doc.Files[0]
	run(exitOK, "verify", first.Code)
	run(exitOK, "verify", first.File)
	status, _, body := s.get("/api/v1/verify/" + code(first.Link))
	if status != http.StatusOK || !isStatus(body, registry.StatusValid) {
		t.Errorf("served answer: %d %s", status, body)
	}
	for _, who := range []string{"approver@demo.example", "second@demo.example"} {
		run(exitOK, "credential", "revoke", first.Number, "--reason", "identity", "--actor", who)
	}
	run(exitNo, "verify", first.Code)
	if _, _, body = s.get("/api/v1/verify/" + code(first.Link)); !isStatus(body, registry.StatusRevoked) {
		t.Errorf("after the revocation the server says %s", body)
	}
	run(exitOK, "audit", "check")
}

func isStatus(body []byte, want registry.Status) bool {
	var a registry.Answer
	return json.Unmarshal(body, &a) == nil && a.Status == want && a.Verdict == want.Verdict()
}
