package main

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
)

// TestReadyzSaysWhichKeyIsMissing takes the private keys away one by one while the
// registry serves, and asks in three languages. An offline root is no fault.
func TestReadyzSaysWhichKeyIsMissing(t *testing.T) {
	d := newDemo(t, freeAddr(t))
	s := serveDemo(t, d)
	dir := filepath.Join(d.Data, "keys")
	files, err := filepath.Glob(filepath.Join(dir, "*.key"))
	if err != nil || len(files) < 7 {
		t.Fatalf("%d private files, %v", len(files), err)
	}
	missed := map[string]bool{} // by use; keys that an earlier year signed with are no loss
	for _, path := range files {
		name := filepath.Base(path)
		use, _, _ := strings.Cut(strings.TrimSuffix(name, ".key"), "-")
		hide(t, dir, name)
		for lang, says := range map[string]string{"en": "is not here", "zh": "不在这里", "ru": "здесь нет"} {
			status, _, body := s.get("/readyz", "Accept-Language", lang)
			switch {
			case status == http.StatusServiceUnavailable && bytes.Contains(body, []byte(`"keys.absent"`)) && bytes.Contains(body, []byte(name)) && bytes.Contains(body, []byte(says)):
				missed[use] = true
			case status != http.StatusOK:
				t.Errorf("without %s, %s: %d %s", name, lang, status, body)
			}
		}
		if err := os.Rename(path+".away", path); err != nil {
			t.Fatal(err)
		}
	}
	for _, use := range []string{"pdf_ca", "pdf_signer", "publisher", "record", "id_hmac"} { // nobody needed a token in the last demonstrated year
		if !missed[use] {
			t.Errorf("no key of %s is missed", use)
		}
	}
	if missed["root"] {
		t.Error("an offline root is taken for a fault")
	}
	if status, _, body := s.get("/readyz"); status != http.StatusOK {
		t.Errorf("all back: %d %s", status, body)
	}
}

// TestKeysOfAnotherRegistryMakeNoGenuineFileANo exchanges the keys under a serving
// registry: it is not ready, and cannot tell of what it issued, file or code.
func TestKeysOfAnotherRegistryMakeNoGenuineFileANo(t *testing.T) {
	d, other := newDemo(t, freeAddr(t)), newDemo(t, freeAddr(t))
	s := serveDemo(t, d)
	_, _, good := s.get(d.Holder[len(s.base):] + "/certificate.pdf")
	hide(t, d.Data, "keys")
	if err := os.Rename(filepath.Join(other.Data, "keys"), filepath.Join(d.Data, "keys")); err != nil {
		t.Fatal(err)
	}
	status, _, body := s.get("/readyz", "Accept-Language", "en")
	if status != http.StatusServiceUnavailable || !bytes.Contains(body, []byte(`"data.foreign"`)) {
		t.Errorf("/readyz: %d %s", status, body)
	}
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, err := form.CreateFormFile("file", "certificate.pdf")
	if err == nil {
		_, err = part.Write(good)
	}
	if err != nil || form.Close() != nil {
		t.Fatal(err)
	}
	status, _, body = s.do("POST", "/api/v1/verify/file", b.Bytes(), "Content-Type", form.FormDataContentType())
	if status != http.StatusOK || !isStatus(body, registry.StatusCouldNotCheck) || !bytes.Contains(body, []byte(`"signer.unknown"`)) || bytes.Contains(body, []byte("pdf.chain")) {
		t.Errorf("the genuine file: %d %s", status, body)
	}
	if _, _, body = s.get("/api/v1/verify/" + code(d.Links[registry.StatusValid][0])); !isStatus(body, registry.StatusCouldNotCheck) {
		t.Errorf("its code: %s", body)
	}
}
