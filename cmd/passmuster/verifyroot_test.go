package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
)

// TestWithoutARootNothingIsKnownOffline gives the program whole and genuine
// evidence, and no root: anybody could have made the like for the same address.
func TestWithoutARootNothingIsKnownOffline(t *testing.T) {
	d := newDemo(t, freeAddr(t))
	s := serveDemo(t, d)
	get := func(name, path string, header ...string) string {
		t.Helper()
		status, _, body := s.get(path, header...)
		if status != 200 {
			t.Fatalf("%s: %d %s", path, status, body)
		}
		return file(t, name, body)
	}
	list, bundle, root := get("trust", "/trust"), get("bundle", "/bundle"), get("root.pem", "/pki/root.pem")
	valid := d.Links[registry.StatusValid][0]
	pdf := get("certificate.pdf", d.Holder[len(s.base):]+"/certificate.pdf")
	token := get("credential.jwt", "/credentials/"+code(valid), "Accept", "application/jwt")
	nowhere := filepath.Join(t.TempDir(), "none")
	for what, in := range map[string]string{"QR text": d.QR, "PDF": pdf, "credential": token, "revoked code": code(d.Links[registry.StatusRevoked][0])} {
		args := []string{"verify", "--lang", "en", "--json", "--offline", "--trust", list, "--bundle", bundle, in}
		r := passmuster(t, nowhere, args...)
		a := verdictOf(t, r)
		if r.code != exitUnknown || a.Status != registry.StatusCouldNotCheck || a.Verdict != registry.CannotTell || a.Credential != nil ||
			len(a.Reasons) != 1 || a.Reasons[0].Code != "root.unpinned" || !strings.Contains(a.Reasons[0].Next, "--root") || !strings.Contains(r.err, "No root is pinned") {
			t.Errorf("%s without a root: exit %d\n%s%s", what, r.code, r.out, r.err)
		}
		for how, r := range map[string]ran{
			"--root":             passmuster(t, nowhere, append(args, "--root", root)...),
			"the data directory": passmuster(t, d.Data, args...),
		} {
			if a := verdictOf(t, r); a.Verdict == registry.CannotTell || strings.Contains(r.err, "No root is pinned") {
				t.Errorf("%s with the root of %s: exit %d\n%s%s", what, how, r.code, r.out, r.err)
			}
		}
	}
}

// TestFlagsThatDoNothingAreRefused: whoever gives one expects something of it. The
// environment may hold anything, for it is there for other commands too.
func TestFlagsThatDoNothingAreRefused(t *testing.T) {
	nowhere := filepath.Join(t.TempDir(), "none")
	root := file(t, "trust", []byte("no list"))
	for _, flag := range [][]string{{"--demo-clock", "+48h"}, {"--addr", "127.0.0.1:1"}, {"--blobs", "x"}, {"--trusted-proxies", "10.0.0.1"}, {"--verify-cache", "0"},
		{"--document-key", "p256"}, {"--public-url", "https://verify.example"}, {"--key-passphrase-file", "x"}} {
		args := []string{"verify", "--lang", "en", "--offline", "--trust", root, "7K3QD9XM2HRTW4BX"}
		r := passmuster(t, nowhere, append(args, flag...)...)
		if r.code != exitUsage || r.out != "" || !strings.Contains(r.err, flag[0]+" does nothing") {
			t.Errorf("%s: exit %d\n%s%s", flag[0], r.code, r.out, r.err)
		}
		name := "PASSMUSTER_" + strings.ToUpper(strings.ReplaceAll(strings.TrimPrefix(flag[0], "--"), "-", "_"))
		if r := passmusterIn(t, nowhere, "", []string{name + "=" + flag[1]}, args...); strings.Contains(r.err, "does nothing") {
			t.Errorf("%s in the environment: exit %d\n%s%s", name, r.code, r.out, r.err)
		}
	}
}
