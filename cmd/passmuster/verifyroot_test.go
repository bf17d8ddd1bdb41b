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

// TestGroundsThatNoAnswerRestsOnAreRefused: who pins a root, or brings a bundle,
// must not be answered by the registry alone as if it had been asked with them.
func TestGroundsThatNoAnswerRestsOnAreRefused(t *testing.T) {
	d := newDemo(t, freeAddr(t))
	s := serveDemo(t, d)
	get := func(name, path string, header ...string) string {
		t.Helper()
		_, _, body := s.get(path, header...)
		return file(t, name, body)
	}
	list, bundle, root := get("trust", "/trust"), get("bundle", "/bundle"), get("root.pem", "/pki/root.pem")
	valid := d.Links[registry.StatusValid][0]
	pdf := get("certificate.pdf", d.Holder[len(s.base):]+"/certificate.pdf")
	token, plain := get("credential.jwt", "/credentials/"+code(valid), "Accept", "application/jwt"), get("credential.json", "/credentials/"+code(valid), "Accept", "application/vc")
	nowhere := filepath.Join(t.TempDir(), "none")
	for _, where := range [][]string{{d.Data}, {nowhere, "--public-url", s.base}} {
		verify := func(lang string, args ...string) ran {
			return passmuster(t, where[0], append(append([]string{"verify", "--lang", lang}, where[1:]...), args...)...)
		}
		for _, c := range []struct {
			flag string
			args []string
		}{
			{"--bundle", []string{"--bundle", bundle, code(valid)}},
			{"--bundle", []string{"--bundle", bundle, pdf}},
			{"--bundle", []string{"--root", root, "--trust", list, "--bundle", bundle, d.QR}},
			{"--root", []string{"--root", root, code(valid)}},
			{"--root", []string{"--root", root, valid}},
			{"--root", []string{"--root", root, "--trust", list, d.QR}},
			{"--root", []string{"--root", root, pdf, code(valid)}},
			{"--root", []string{"--root", root, token}},
			{"--root", []string{"--root", root, "--json", plain}},
			{"--trust", []string{"--trust", list, code(valid)}},
		} {
			for lang, says := range map[string]string{"en": " does nothing here without --offline", "zh": "不加 --offline", "ru": " здесь ни на что не влияет без --offline"} {
				if r := verify(lang, c.args...); r.code != exitUsage || r.out != "" || !strings.Contains(r.err, says) || !strings.Contains(r.err, c.flag) {
					t.Errorf("%v %v: exit %d\n%s%s", where[1:], c.args, r.code, r.out, r.err)
				}
			}
		}
		if r := verify("en", "--root", root, "--trust", list, pdf); r.code != exitOK {
			t.Errorf("%v, a PDF with a root: exit %d\n%s%s", where[1:], r.code, r.out, r.err)
		}
	}
	if r := passmuster(t, d.Data, "verify", "--lang", "en", "--root", root, "nosuch.pdf"); r.code != exitUsage || !strings.Contains(r.err, "There is no file nosuch.pdf") {
		t.Errorf("a file that is not there: exit %d\n%s%s", r.code, r.out, r.err)
	}
	if r := passmusterIn(t, d.Data, code(valid)+"\n", nil, "verify", "--lang", "en", "--root", root, "-"); r.code != exitUsage || r.out != "" {
		t.Errorf("a code on a line: exit %d\n%s%s", r.code, r.out, r.err)
	}
}
