package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/certificate"
)

func TestADesignIsCheckedForPeopleAndForMachines(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "design.json")
	builtIn := certificate.Designs()[0]
	good := strings.Replace(string(builtIn.Source), strconv.Quote(builtIn.Name), `"own"`, 1)
	words := func(text string) string {
		own := fmt.Sprintf(`"texts": [{"words": {"zh": "好", "en": "%s", "ru": "Да"}, "style": "title"}, `, text)
		return strings.Replace(good, `"texts": [`, own, 1)
	}
	for _, c := range []struct {
		what, source string
		ok           bool
		field, line  string
	}{
		{"a good one", good, true, "", "own-1"},
		{"a good one that has the name of a built-in one", string(builtIn.Source), false, "", ""},
		{"a key nobody knows", "{\n\"colour\": 1}", false, "colour", ":2: colour: "},
		{"brackets without end", strings.Repeat("[", 200_000), false, "1:14", ":1:14: "},
		{"an emoji", words("Well done 🎉"), false, "elements[1].texts[0].words.en", "“🎉” (U+1F389)"},
		{"a control character", words("Well\\u0000done"), false, "elements[1].texts[0].words.en", "“␀” (U+0000)"},
		{"a key that would steer the terminal", `{"\u001b[2J": 1}`, false, "\x1b[2J", "␛[2J"},
	} {
		if err := os.WriteFile(file, []byte(c.source), 0o600); err != nil {
			t.Fatal(err)
		}
		text := passmuster(t, dir, "template", "check", file)
		if (text.code == exitOK) != c.ok || !strings.Contains(text.out, c.line) {
			t.Errorf("%s: exit %d, %q; want the place %q", c.what, text.code, text.out, c.line)
		}
		if strings.ContainsAny(text.out+text.err, "\x00\x1b") {
			t.Errorf("%s: control characters go to the terminal: %q", c.what, text.out+text.err)
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
		if c.field != "" && (len(doc.Errors) == 0 || doc.Errors[0].Field != c.field || doc.Errors[0].Fix == "") {
			t.Errorf("%s: the first fault is %+v, want one at %s", c.what, doc.Errors, c.field)
		}
	}
}
