package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
)

// TestFilesAreVerifiedOnlineAndOffline gives the program one certificate in every
// way that it takes one: from the data directory, over the network, and alone.
func TestFilesAreVerifiedOnlineAndOffline(t *testing.T) {
	d := newDemo(t, freeAddr(t))
	s := serveDemo(t, d)
	_, _, good := s.get(d.Holder[len(s.base):] + "/certificate.pdf")
	_, _, list := s.get("/trust")
	_, _, bundle := s.get("/bundle")
	_, _, pem := s.get("/pki/root.pem")
	changed := bytes.Clone(good)
	changed[len(changed)/2] ^= 1
	paper := []byte("%PDF-1.4\n1 0 obj\n<</Type/Catalog>>\nendobj\n")
	root := file(t, "root.pem", pem)
	nowhere := filepath.Join(t.TempDir(), "none")
	ways := map[string]func(path string) ran{
		"data directory": func(path string) ran { return passmuster(t, d.Data, "verify", "--json", path) },
		"network": func(path string) ran {
			return passmuster(t, nowhere, "verify", "--json", "--public-url", s.base, path)
		},
		"network, root pinned": func(path string) ran {
			return passmuster(t, nowhere, "verify", "--json", "--public-url", s.base, "--root", root, path)
		},
		"offline": func(path string) ran {
			return passmuster(t, nowhere, "verify", "--json", "--offline", "--root", root, "--trust", file(t, "trust", list), "--bundle", file(t, "bundle", bundle), path)
		},
	}
	for way, verify := range ways {
		for _, c := range []struct {
			what   string
			body   []byte
			status registry.Status
			exit   int
		}{
			{"the certificate", good, registry.StatusValid, exitOK},
			{"changed", changed, registry.StatusAltered, exitNo},
			{"added to", append(bytes.Clone(good), '\n'), registry.StatusAltered, exitNo},
			{"printed to PDF", paper, registry.StatusCouldNotCheck, exitUnknown},
			{"a text", []byte("hello"), registry.StatusCouldNotCheck, exitUnknown},
			{"nothing", nil, registry.StatusCouldNotCheck, exitUnknown},
		} {
			r := verify(file(t, "certificate.pdf", c.body))
			if a := verdictOf(t, r); a.Status != c.status || r.code != c.exit {
				t.Errorf("%s, %s: exit %d, %s, want %d, %s\n%s%s", way, c.what, r.code, a.Status, c.exit, c.status, r.out, r.err)
			}
		}
	}
	// The registry is away: what is known from here is told, and no more.
	away := httptest.NewServer(http.NotFoundHandler())
	away.Close()
	path := file(t, "certificate.pdf", good)
	a := verdictOf(t, passmuster(t, nowhere, "verify", "--json", "--public-url", away.URL, "--root", root, path))
	if a.Status != registry.StatusCouldNotCheck || a.Checks.Signature.Result != registry.CheckYes || a.Credential != nil {
		t.Errorf("the registry is away: %+v", a)
	}
}

// TestReceiptsAndCredentialsAreFilesToo verifies what a receipt and a credential
// say, from a file and as text.
func TestReceiptsAndCredentialsAreFilesToo(t *testing.T) {
	d := newDemo(t, freeAddr(t))
	s := serveDemo(t, d)
	valid, revoked := code(d.Links[registry.StatusValid][0]), code(d.Links[registry.StatusRevoked][0])
	fetch := func(path, accept string) []byte {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.base+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept", accept)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		var b bytes.Buffer
		if _, err := b.ReadFrom(res.Body); err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d %v", path, res.StatusCode, err)
		}
		return b.Bytes()
	}
	yes, no := fetch("/api/v1/verify/"+valid, "application/jwt"), fetch("/api/v1/verify/"+revoked, "application/jwt")
	token, plain := fetch("/credentials/"+valid, "application/jwt"), fetch("/credentials/"+valid, "application/vc")
	forged := append(bytes.Clone(yes[:len(yes)-10]), no[len(no)-10:]...)
	nowhere := filepath.Join(t.TempDir(), "none")
	for _, where := range [][]string{{d.Data}, {nowhere, "--public-url", s.base}} {
		for _, c := range []struct {
			what   string
			input  []byte
			status registry.Status
			exit   int
		}{
			{"a receipt of a yes", yes, registry.StatusValid, exitOK},
			{"a receipt of a no", no, registry.StatusRevoked, exitNo},
			{"a forged receipt", forged, registry.StatusAltered, exitNo},
			{"a credential", token, registry.StatusValid, exitOK},
			{"a credential without signature", plain, registry.StatusCouldNotCheck, exitUnknown},
		} {
			inputs := []string{file(t, "input.jwt", append(c.input, '\n'))}
			if c.input[0] != '{' {
				inputs = append(inputs, string(bytes.TrimSpace(c.input)))
			}
			for _, in := range inputs {
				r := passmuster(t, where[0], append([]string{"verify", "--json", in}, where[1:]...)...)
				if a := verdictOf(t, r); a.Status != c.status || r.code != c.exit {
					t.Errorf("%s, %v: exit %d, %s, want %d, %s\n%s%s", c.what, where[1:], r.code, a.Status, c.exit, c.status, r.out, r.err)
				}
			}
		}
	}
	if _, err := os.Stat(nowhere); err == nil {
		t.Error("verifying made a directory")
	}
}
