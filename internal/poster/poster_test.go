package poster_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/poster"
	"github.com/passmuster/passmuster/internal/testkit"
)

func TestGatePosterIsOnePageAndItsCodeLeadsToTheForm(t *testing.T) {
	g := poster.Gate{Origin: "https://verify.example"}
	pdf, err := g.PDF()
	if err != nil {
		t.Fatal(err)
	}
	again, err := (&poster.Gate{Origin: "https://verify.example"}).PDF()
	if err != nil || !bytes.Equal(pdf, again) {
		t.Errorf("two posters differ (%v)", err)
	}
	path := filepath.Join(t.TempDir(), "poster.pdf")
	if err := os.WriteFile(path, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	info, err := exec.Command(testkit.Tool(t, "pdfinfo"), path).Output()
	if err != nil || !strings.Contains(string(info), "Pages:           1") {
		t.Errorf("pdfinfo: %v\n%s", err, info)
	}
	text, err := exec.Command(testkit.Tool(t, "pdftotext"), path, "-").Output()
	for _, want := range []string{"核验证书", "Check a certificate", "Проверка сертификата", "verify.example"} {
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("poster lacks %q (%v)", want, err)
		}
	}
	png := strings.TrimSuffix(path, ".pdf")
	if err := exec.Command(testkit.Tool(t, "pdftoppm"), "-r", "150", "-png", "-singlefile", path, png).Run(); err != nil {
		t.Fatal(err)
	}
	got, err := exec.Command(testkit.Tool(t, "zbarimg"), "-q", "--raw", png+".png").Output()
	if err != nil || strings.TrimSpace(string(got)) != "https://verify.example/verify" {
		t.Errorf("zbarimg read %q (%v)", got, err)
	}
}

func TestScreenCodeIsReadByOthers(t *testing.T) {
	text := "https://verify.example/v/7K3QD9XM2HRTW4BX#" + strings.Repeat("2718281828", 40)
	png, err := poster.QR(text, 720)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "qr.png")
	if err := os.WriteFile(path, png, 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := exec.Command(testkit.Tool(t, "zbarimg"), "-q", "--raw", path).Output()
	if err != nil || strings.TrimSpace(string(got)) != text {
		t.Errorf("zbarimg read %q (%v)", got, err)
	}
}
