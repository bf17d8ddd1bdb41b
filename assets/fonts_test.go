package assets_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"

	"github.com/passmuster/passmuster/assets"
)

func TestFontsAreTheOnesOfTheManifest(t *testing.T) {
	fonts, err := assets.Fonts()
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	listed := map[string]bool{"MANIFEST.json": true}
	for _, f := range fonts {
		sum := sha256.Sum256(f.Data)
		if got := hex.EncodeToString(sum[:]); got != f.SHA256 {
			t.Errorf("%s has SHA-256 %s, manifest says %s", f.File, got, f.SHA256)
		}
		if text, err := os.ReadFile(filepath.Join("fonts", f.Licence)); err != nil || len(text) < 1000 {
			t.Errorf("%s: licence text %s: %d bytes, %v", f.File, f.Licence, len(text), err)
		}
		if f.Package == "" || f.Version == "" || f.Path == "" || f.Name == "" {
			t.Errorf("%s: the manifest does not say where it comes from", f.File)
		}
		listed[f.File], listed[f.Licence] = true, true
		total += len(f.Data)
	}
	if total > 41_000_000 {
		t.Errorf("fonts take %d bytes of the program, want at most 41 MB", total)
	}
	files, err := os.ReadDir("fonts")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !listed[f.Name()] {
			t.Errorf("fonts/%s is not in the manifest", f.Name())
		}
	}
}
