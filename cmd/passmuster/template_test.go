package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/certificate"
)

func TestADesignIsCheckedForPeopleAndForMachines(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "design.json")
	for _, c := range []struct {
		what, source string
		ok           bool
		field, line  string
	}{
		{"a good one", "", true, "", ""},
		{"a key nobody knows", "{\n\"colour\": 1}", false, "colour", ":2: colour: "},
		{"brackets without end", strings.Repeat("[", 200_000), false, "1:14", ":1:14: "},
	} {
		if c.source == "" {
			c.source = string(certificate.Designs()[0].Source)
		}
		if err := os.WriteFile(file, []byte(c.source), 0o600); err != nil {
			t.Fatal(err)
		}
		text := passmuster(t, dir, "template", "check", file)
		if (text.code == exitOK) != c.ok || !strings.Contains(text.out, c.line) {
			t.Errorf("%s: exit %d, %q; want the place %q", c.what, text.code, text.out, c.line)
		}
		var doc struct {
			OK     bool
			Errors []struct{ Field, Code, Message, Fix string }
		}
		r := passmuster(t, dir, "template", "check", file, "--json")
		if err := json.Unmarshal([]byte(r.out), &doc); err != nil || r.code != text.code || doc.OK != c.ok {
			t.Errorf("%s: exit %d, %v, %s", c.what, r.code, err, r.out)
			continue
		}
		if !c.ok && (len(doc.Errors) == 0 || doc.Errors[0].Field != c.field || doc.Errors[0].Fix == "") {
			t.Errorf("%s: the first fault is %+v, want one at %s", c.what, doc.Errors, c.field)
		}
	}
}
