package documents_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/documents"
	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/testkit"
	"github.com/passmuster/passmuster/internal/testkit/world"
)

func service(w *world.World) *documents.Service {
	return &documents.Service{DB: w.DB, Keys: w.Ring, Now: w.Clock.Now, Origin: world.Origin, Demo: true, Certificate: w.Issue.Certificate}
}

// run gives the tool the file and returns what it says.
func run(t *testing.T, tool, file string, args ...string) string {
	t.Helper()
	path := testkit.Tool(t, tool)
	out, err := exec.Command(path, append(args, file)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", tool, args, err, out)
	}
	return string(out)
}

func saved(t *testing.T, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestThePrintFileHasEveryCertificateInTheOrderOfTheRoster(t *testing.T) {
	w := world.New(t)
	class := w.Submitted(5)
	w.Approve(class.ID)
	c, err := service(w).Open(t.Context(), w.By("approver"), class.ID)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := c.WritePrint(t.Context(), &b, i18n.English); err != nil {
		t.Fatal(err)
	}
	file := saved(t, "print.pdf", b.Bytes())
	_ = os.WriteFile("/tmp/pm/print.pdf", b.Bytes(), 0o644)
	run(t, "qpdf", file, "--check")
	text := run(t, "pdftotext", file, "-layout")
	_ = text
	pages := strings.Split(run(t, "pdfinfo", file), "\n")
	t.Log(pages)
}
