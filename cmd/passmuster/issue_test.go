package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
)

const rosterHead = "姓名,证件类型,证件号码,理论成绩,实操考核\n"

func issueText(t *testing.T, d demonstration, roster string, more ...string) (ran, issuedDoc) {
	t.Helper()
	args := append([]string{"issue", file(t, "class.csv", []byte(rosterHead+roster)), "--course", "CPR1", "--base", "SJZ", "--out", t.TempDir(), "--json",
		"--actor", "trainer@demo.example"}, more...)
	r := passmuster(t, d.Data, args...)
	var doc issuedDoc
	_ = json.Unmarshal([]byte(r.out), &doc)
	return r, doc
}

func TestIssueLeavesNobodyOutInSilence(t *testing.T) {
	d := newDemo(t, freeAddr(t))
	approver := []string{"--approver", "approver@demo.example"}
	// A short id prints no last four and keeps nobody from a certificate.
	r, doc := issueText(t, d, "陈一,护照,GB10001,90,合格\n李四,护照,GOODID12345,90,合格\n", approver...)
	if r.code != exitOK || len(doc.Files) != 2 {
		t.Errorf("short passport number: exit %d, %d files\n%s%s", r.code, len(doc.Files), r.out, r.err)
	}
	// Below the pass mark: told by name.
	r, doc = issueText(t, d, "王五,护照,GOODID22345,90,合格\n赵六,护照,GOODID32345,80,合格\n", approver...)
	if r.code != exitMixed || len(doc.Files) != 1 || len(doc.Failed) != 1 || doc.Failed[0].Row != 3 || !strings.Contains(doc.Failed[0].Message, "赵六") {
		t.Errorf("below the pass mark: exit %d, %+v", r.code, doc)
	}
	if r, _ = issueText(t, d, "钱七,护照,GOODID42345,10,合格\n", approver...); r.code != exitNo {
		t.Errorf("nobody passed: exit %d, want 1", r.code)
	}
}

func TestRefusedIssueLeavesNothingBehind(t *testing.T) {
	d := newDemo(t, freeAddr(t))
	// Refused only at submission, because nobody has a theory score: the class is
	// cancelled, so it cannot be approved later behind the back of a second try.
	r, _ := issueText(t, d, "陈一,护照,GOODID12345,,合格\n", "--approver", "approver@demo.example")
	if r.code != exitNo {
		t.Errorf("no theory score: exit %d\n%s", r.code, r.err)
	}
	for _, status := range []string{"in_progress", "assessing"} {
		if out := must(t, d.Data, "class", "list", "--status", status, "--actor", "federation@demo.example"); out != "" {
			t.Errorf("a class is left %s:\n%s", status, out)
		}
	}
}

func TestDryRunAndRefusalsMakeNoClass(t *testing.T) {
	d := newDemo(t, freeAddr(t))
	roster := "陈一,护照,GOODID12345,90,合格\n"
	before := must(t, d.Data, "class", "list", "--actor", "federation@demo.example", "--json")
	notAFolder := file(t, "out", []byte("x"))
	for what, more := range map[string][]string{
		"approver is the trainer":     {"--approver", "trainer@demo.example"},
		"approver may not":            {"--approver", "hospital@demo.example"},
		"a day that has not come":     {"--approver", "approver@demo.example", "--date", "2099-01-01"},
		"too long ago":                {"--approver", "approver@demo.example", "--date", "2020-01-01"},
		"out is a file":               {"--approver", "approver@demo.example", "--out", notAFolder},
		"dry run, though it would do": {"--approver", "approver@demo.example", "--dry-run"},
	} {
		r, _ := issueText(t, d, roster, more...)
		if dry := strings.HasPrefix(what, "dry run"); dry != (r.code == exitOK) {
			t.Errorf("%s: exit %d\n%s", what, r.code, r.err)
		}
	}
	if after := must(t, d.Data, "class", "list", "--actor", "federation@demo.example", "--json"); after != before {
		t.Error("a refused issue left a class behind")
	}
}

// Keys without their database, or with another registry's, must not become an
// empty registry that calls every certificate unknown.
func TestLostDatabaseIsNotAnEmptyRegistry(t *testing.T) {
	d := newDemo(t, freeAddr(t))
	other := newDemo(t, freeAddr(t))
	valid := code(d.Links[registry.StatusValid][0])
	path := filepath.Join(d.Data, "passmuster.db")
	for _, suffix := range []string{"", "-wal", "-shm"} {
		_ = os.Remove(path + suffix)
	}
	for _, args := range [][]string{{"serve", "--addr", freeAddr(t)}, {"verify", valid}, {"migrate"}} {
		if r := passmuster(t, d.Data, args...); r.code != exitUnknown || strings.Contains(r.out, "NOT FOUND") {
			t.Errorf("%v without the database: exit %d, want 3\n%s%s", args, r.code, r.out, r.err)
		}
	}
	b, err := os.ReadFile(filepath.Join(other.Data, "passmuster.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if r := passmuster(t, d.Data, "verify", valid); r.code != exitUnknown {
		t.Errorf("another registry's database: exit %d, want 3\n%s%s", r.code, r.out, r.err)
	}
}

func TestNothingVerifiedIsNoYes(t *testing.T) {
	d := newDemo(t, freeAddr(t))
	if r := passmusterIn(t, d.Data, "", nil, "verify", "-"); r.code != exitUsage {
		t.Errorf("empty input: exit %d, want 2", r.code)
	}
	if r := passmuster(t, d.Data, "verify", "nosuch.pdf"); r.code != exitUsage || !strings.Contains(r.err, "nosuch.pdf") {
		t.Errorf("missing file: exit %d, %q", r.code, r.err)
	}
	big := file(t, "big.pdf", make([]byte, 6<<20))
	if r := passmuster(t, d.Data, "verify", big); r.code != exitUnknown {
		t.Errorf("a file too large to look at: exit %d, want 3", r.code)
	}
	r := passmuster(t, d.Data, "verify", "--json", "7K3QD9XM2HRTW4BY")
	if !strings.Contains(r.out, `"code": "code.mistyped"`) || strings.Contains(r.out, `"status"`) {
		t.Errorf("mistyped as JSON: %s", r.out)
	}
}
