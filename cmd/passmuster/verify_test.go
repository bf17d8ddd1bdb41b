package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
)

func nowISO() string { return time.Now().UTC().Format(time.RFC3339) }

func TestExitCodesTellTheVerdict(t *testing.T) {
	d := newDemo(t, freeAddr(t))
	for status, want := range map[registry.Status]int{registry.StatusValid: exitOK, registry.StatusExpiring: exitOK, registry.StatusExpired: exitNo,
		registry.StatusRevoked: exitNo, registry.StatusSuspended: exitNo, registry.StatusSuperseded: exitNo, registry.StatusNotYetValid: exitNo} {
		if len(d.Links[status]) == 0 {
			t.Errorf("no link for %s", status)
			continue
		}
		if r := passmuster(t, d.Data, "verify", code(d.Links[status][0])); r.code != want {
			t.Errorf("%s: exit %d, want %d\n%s%s", status, r.code, want, r.out, r.err)
		}
	}
	valid := code(d.Links[registry.StatusValid][0])
	typed := strings.ToLower(valid[:4] + "-" + valid[4:8] + " " + valid[8:])
	if r := passmuster(t, d.Data, "verify", typed); r.code != exitOK {
		t.Errorf("typed %q: exit %d\n%s", typed, r.code, r.err)
	}
	wrong := []byte(valid)
	if wrong[3]++; wrong[3] == ':' || wrong[3] == 'I' || wrong[3] == 'L' || wrong[3] == 'O' || wrong[3] == 'U' || wrong[3] > 'Z' {
		wrong[3] = '2'
	}
	if r := passmuster(t, d.Data, "verify", string(wrong)); r.code != exitUsage {
		t.Errorf("mistyped: exit %d, want 2\n%s%s", r.code, r.out, r.err)
	}
	unknown := registry.NewCode([10]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
	if r := passmuster(t, d.Data, "verify", string(unknown)); r.code != exitNo || !strings.Contains(r.out, "NOT FOUND") {
		t.Errorf("unknown: exit %d\n%s", r.code, r.out)
	}
	if r := passmuster(t, d.Data, "verify", valid, string(unknown)); r.code != exitMixed {
		t.Errorf("one yes and one no: exit %d, want 4", r.code)
	}
}

func TestOfflineVerdictNeedsABundleInDate(t *testing.T) {
	d := newDemo(t, freeAddr(t))
	s := serveDemo(t, d)
	_, _, list := s.get("/trust")
	_, _, pem := s.get("/pki/root.pem")
	trustFile, root := file(t, "trust", list), file(t, "root.pem", pem)
	nowhere := filepath.Join(t.TempDir(), "none") // a verifier's laptop has no registry
	offline := func(bundle string, more ...string) ran {
		args := append([]string{"verify", "--offline", "--json", "--trust", trustFile, "--root", root}, more...)
		if bundle != "" {
			args = append(args, "--bundle", bundle)
		}
		return passmuster(t, nowhere, append(args, d.QR)...)
	}
	_, _, first := s.get("/bundle")
	before := file(t, "bundle", first)
	expect := func(what string, r ran, status string, exit int) {
		t.Helper()
		var a registry.Answer
		if err := json.Unmarshal([]byte(r.out), &a); err != nil || string(a.Status) != status || r.code != exit {
			t.Errorf("%s: status %s, exit %d; want %s, %d\n%s%s", what, a.Status, r.code, status, exit, r.out, r.err)
		}
	}
	expect("without a bundle", offline(""), "could_not_check", exitUnknown)
	expect("with a bundle", offline(before), "valid", exitOK)

	number := d.Number
	for _, who := range []string{"approver@demo.example", "second@demo.example"} {
		must(t, d.Data, "credential", "revoke", number, "--reason", "misconduct", "--actor", who)
	}
	expect("revoked, old bundle", offline(before), "valid", exitOK) // honest: it says how old its data are
	deadline := time.Now().Add(20 * time.Second)
	var fresh []byte
	for time.Now().Before(deadline) {
		if _, _, fresh = s.get("/bundle"); string(fresh) != string(first) {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	expect("revoked, new bundle", offline(file(t, "bundle", fresh)), "revoked", exitNo)
	damaged := append([]byte{}, first...)
	damaged[len(damaged)/2] ^= 1
	expect("damaged bundle", offline(file(t, "bundle", damaged)), "could_not_check", exitUnknown)
	if status, _, _ := s.get("/v/" + code(d.Links[registry.StatusValid][0])); status != http.StatusOK {
		t.Errorf("page of a revoked credential: %d", status)
	}
}

// A store that cannot be read is "could not check" everywhere: never valid,
// never not found.
func TestStoreDownIsCouldNotCheck(t *testing.T) {
	d := newDemo(t, freeAddr(t))
	valid := code(d.Links[registry.StatusValid][0])
	path := filepath.Join(d.Data, "passmuster.db")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 4096; i < len(b); i++ { // the header stays, every page behind it is lost
		b[i] = 0xA5
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	_ = os.Remove(path + "-wal")
	r := passmuster(t, d.Data, "verify", "--json", valid)
	var a registry.Answer
	_ = json.Unmarshal([]byte(r.out), &a)
	if r.code != exitUnknown || a.Status != registry.StatusCouldNotCheck {
		t.Errorf("exit %d, status %q; want 3, could_not_check\n%s%s", r.code, a.Status, r.out, r.err)
	}
}

func TestVerifyReadsLinesAndTheirExitCode(t *testing.T) {
	d := newDemo(t, freeAddr(t))
	lines := strings.Join([]string{code(d.Links[registry.StatusValid][0]), code(d.Links[registry.StatusRevoked][0])}, "\n")
	r := passmusterIn(t, d.Data, lines, nil, "verify", "-", "--json")
	var all []registry.Answer
	if err := json.Unmarshal([]byte(r.out), &all); err != nil || len(all) != 2 || r.code != exitMixed {
		t.Errorf("exit %d, %d answers: %v\n%s", r.code, len(all), err, r.out)
	}
}

// What cannot be read is no evidence: the code in it is answered where there is
// one, and nothing that could not be checked exits as a no.
func TestWhatCannotBeReadIsNeverANo(t *testing.T) {
	d := newDemo(t, freeAddr(t))
	s := serveDemo(t, d)
	_, _, list := s.get("/trust")
	_, _, bundle := s.get("/bundle")
	_, _, pem := s.get("/pki/root.pem")
	valid, revoked := d.Links[registry.StatusValid][0], d.Links[registry.StatusRevoked][0]
	_, host, _ := strings.Cut(valid, "://")
	wide := strings.NewReplacer("0", "０", "1", "１", "2", "２").Replace(d.QR[strings.IndexByte(d.QR, '#'):])
	nowhere := filepath.Join(t.TempDir(), "none")
	ways := map[string]func(in string) ran{
		"data directory": func(in string) ran { return passmuster(t, d.Data, "verify", "--json", in) },
		"network":        func(in string) ran { return passmuster(t, nowhere, "verify", "--json", "--public-url", s.base, in) },
		"offline": func(in string) ran {
			return passmuster(t, nowhere, "verify", "--json", "--offline", "--root", file(t, "root.pem", pem), "--trust", file(t, "trust", list), "--bundle", file(t, "bundle", bundle), in)
		},
	}
	for way, verify := range ways {
		for _, c := range []struct {
			in          string
			status, why string
			exit        int
		}{
			{valid + "#0123", "could_not_check", "record.unreadable", exitUnknown},
			{valid + "#", "could_not_check", "record.unreadable", exitUnknown},
			{valid + "#12#34", "could_not_check", "record.unreadable", exitUnknown},
			{valid + wide, "could_not_check", "record.unreadable", exitUnknown},
			{revoked + "#12x4", "revoked", "", exitNo},
			{revoked + "?lang=ru", "revoked", "", exitNo},
			{strings.Replace(revoked, "http://", "", 1), "revoked", "", exitNo},
			{valid + "/", "", "record.scan", exitUsage},
			{"http://me@" + host, "", "record.scan", exitUsage},
			{"http://verify.example/v/" + code(valid), "", "record.scan_http", exitUsage},
			{"eyJ.x.y", "could_not_check", "badge.malformed", exitUnknown},
			{"eyJhbGciOiJub25lIn0.e30." + strings.Repeat("A", 86), "could_not_check", "badge.header", exitUnknown},
		} {
			r := verify(c.in)
			var a struct {
				Status  string            `json:"status"`
				Reasons []registry.Reason `json:"reasons"`
				Code    string            `json:"code"`
			}
			_ = json.Unmarshal([]byte(r.out), &a)
			why := a.Code
			if len(a.Reasons) > 0 {
				why = a.Reasons[0].Code
			}
			if a.Status != c.status || r.code != c.exit || c.why != "" && why != c.why {
				t.Errorf("%s, %.60q: %s %s, exit %d; want %s %s, %d\n%s", way, c.in, a.Status, why, r.code, c.status, c.why, c.exit, r.err)
			}
		}
	}
}

// A slip of the pen in the options is told as what it is.
func TestWrongGroundsAreNamed(t *testing.T) {
	d := newDemo(t, freeAddr(t))
	s := serveDemo(t, d)
	_, _, list := s.get("/trust")
	_, _, bundle := s.get("/bundle")
	_, _, pem := s.get("/pki/root.pem")
	trust, pack, root := file(t, "trust", list), file(t, "bundle", bundle), file(t, "root.pem", pem)
	nowhere := filepath.Join(t.TempDir(), "none")
	for _, c := range []struct {
		what string
		args []string
		says string
		exit int
	}{
		{"no such list", []string{"--root", root, "--trust", "nope", "--bundle", pack}, "There is no file nope", exitUsage},
		{"no such bundle", []string{"--root", root, "--trust", trust, "--bundle", "nope"}, "There is no file nope", exitUsage},
		{"no certificate", []string{"--root", file(t, "pubkey.pem", []byte("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")), "--trust", trust}, "is not the root certificate", exitUsage},
		{"swapped", []string{"--root", root, "--trust", pack, "--bundle", trust}, "is an offline bundle, not a trust list", exitUnknown},
		{"the list twice", []string{"--root", root, "--trust", trust, "--bundle", trust}, "is a trust list, not an offline bundle", exitUnknown},
		{"no list", []string{"--root", root}, "Name one with --trust", exitUnknown},
	} {
		r := passmuster(t, nowhere, append(append([]string{"verify", "--lang", "en", "--offline"}, c.args...), d.QR)...)
		if said := r.out + r.err; r.code != c.exit || !strings.Contains(said, c.says) || strings.Contains(said, "the scanner") || strings.Contains(said, "newer format") {
			t.Errorf("%s: exit %d, want %d\n%s", c.what, r.code, c.exit, said)
		}
	}
}
