package badge_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/passmuster/passmuster/internal/badge"
	"github.com/passmuster/passmuster/internal/interop"
)

// TestBadgesKeepTheSchema holds the badges against our own schema of the classes
// of Open Badges 3.0, and where the official one lies beside the repository,
// which its licence keeps it out of, against that too.
func TestBadgesKeepTheSchema(t *testing.T) {
	root := interop.Root(t)
	schemas := map[string]string{"own": filepath.Join(root, "internal", "badge", "testdata", "schema.json")}
	official := filepath.Join(root, "..", "shared", "data", "ob3", "schema", "ob_v3p0_achievementcredential_schema.2019-09.json")
	if _, err := os.Stat(official); err == nil {
		schemas["official"] = official
	}
	var names []string
	var docs []any
	for name, s := range variants() {
		names, docs = append(names, name), append(docs, badge.Credential(s))
	}
	for name, edit := range broken {
		names, docs = append(names, name), append(docs, edited(t, edit))
	}
	for whose, schema := range schemas {
		t.Run(whose, func(t *testing.T) {
			var faults [][]string
			interop.Run(t, "schema.mjs", map[string]any{"schema": schema, "documents": docs}, &faults)
			for i, name := range names {
				if bad := broken[name] != nil; bad != (len(faults[i]) > 0) {
					t.Errorf("%s: faults %v", name, faults[i])
				}
			}
		})
	}
}

type object = map[string]any

// broken are badges that no schema of Open Badges 3.0 takes.
var broken = map[string]func(doc, subject, achievement object){
	"contexts swapped":            func(d, _, _ object) { c := d["@context"].([]any); c[0], c[1] = c[1], c[0] },
	"without an id":               func(d, _, _ object) { delete(d, "id") },
	"no credential by its type":   func(d, _, _ object) { d["type"] = []string{"OpenBadgeCredential"} },
	"no badge by its type":        func(d, _, _ object) { d["type"] = []string{"VerifiableCredential"} },
	"without an issuer":           func(d, _, _ object) { delete(d, "issuer") },
	"an issuer without an id":     func(d, _, _ object) { delete(d["issuer"].(object), "id") },
	"without a beginning":         func(d, _, _ object) { delete(d, "validFrom") },
	"a beginning without a zone":  func(d, _, _ object) { d["validFrom"] = "2026-11-20T16:00:00" },
	"an end that is a day":        func(d, _, _ object) { d["validUntil"] = "2028-11-30" },
	"a status without a type":     func(d, _, _ object) { delete(d["credentialStatus"].(object), "type") },
	"two statuses":                func(d, _, _ object) { d["credentialStatus"] = []any{d["credentialStatus"], d["credentialStatus"]} },
	"without a subject":           func(d, _, _ object) { delete(d, "credentialSubject") },
	"a subject without a type":    func(_, s, _ object) { delete(s, "type") },
	"a subject of another type":   func(_, s, _ object) { s["type"] = []string{"Person"} },
	"nothing achieved":            func(_, s, _ object) { delete(s, "achievement") },
	"an unknown kind of identity": func(_, s, _ object) { s["identifier"].([]any)[0].(object)["identityType"] = "nickname" },
	"hashed, by a word":           func(_, s, _ object) { s["identifier"].([]any)[0].(object)["hashed"] = "no" },
	"a source without a type":     func(_, s, _ object) { delete(s["source"].(object), "type") },
	"an achievement untyped":      func(_, _, a object) { a["type"] = nil },
	"an unknown kind of award":    func(_, _, a object) { a["achievementType"] = "Trophy" },
	"without criteria":            func(_, _, a object) { delete(a, "criteria") },
	"without a description":       func(_, _, a object) { delete(a, "description") },
}

// edited is the badge of a snapshot, changed.
func edited(t *testing.T, edit func(doc, subject, achievement object)) object {
	t.Helper()
	text, err := json.Marshal(badge.Credential(snapshot()))
	if err != nil {
		t.Fatal(err)
	}
	var doc object
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	subject := doc["credentialSubject"].(object)
	edit(doc, subject, subject["achievement"].(object))
	return doc
}

// TestTheSchemaIsClosed: what nobody decided to publish is found.
func TestTheSchemaIsClosed(t *testing.T) {
	docs := []object{
		edited(t, func(d, _, _ object) { d["evidence"] = []any{} }),
		edited(t, func(_, s, _ object) { s["email"] = "demo@example.org" }),
		edited(t, func(_, _, a object) { a["tag"] = []string{"x"} }),
		edited(t, func(_, s, _ object) { s["identifier"].([]any)[0].(object)["salt"] = "c2FsdA" }),
		edited(t, func(_, s, _ object) { s["source"].(object)["phone"] = "1" }),
		edited(t, func(d, _, _ object) { d["credentialStatus"].(object)["statusPurpose"] = "message" }),
	}
	var faults [][]string
	interop.Run(t, "schema.mjs", object{"schema": filepath.Join(interop.Root(t), "internal", "badge", "testdata", "schema.json"), "documents": docs}, &faults)
	for i, f := range faults {
		if len(f) == 0 {
			t.Errorf("document %d is taken", i)
		}
	}
}
