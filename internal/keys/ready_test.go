package keys_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/registry"
)

// TestReadyNamesThePrivateKeysThatAreGone takes each private file away from under
// an open ring: all but the root's are missed, by use and name, and no longer when
// they are back.
func TestReadyNamesThePrivateKeysThatAreGone(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	for what, passphrase := range map[string]string{"plain": "", "sealed": "correct horse battery"} {
		dir := t.TempDir()
		r, err := keys.Init(dir, keys.Options{Now: now.Add(-time.Hour), Organization: "DEMO", PublicURL: "https://verify.demo.example", Demo: true, Passphrase: passphrase})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.EnsureIssuer("FED", now.Add(-time.Hour)); err != nil {
			t.Fatal(err)
		}
		if err := r.Ready(now); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		files, err := filepath.Glob(filepath.Join(dir, "*.key*"))
		if err != nil || len(files) < 7 {
			t.Fatalf("%d private files, %v", len(files), err)
		}
		for _, path := range files {
			name := filepath.Base(path)
			if err := os.Rename(path, filepath.Join(dir, ".away")); err != nil {
				t.Fatal(err)
			}
			err := r.Ready(now)
			var refusal *registry.Error
			switch root := strings.HasPrefix(name, "root-"); {
			case root && err != nil:
				t.Errorf("%s: an offline root: %v", what, err)
			case !root && (!errors.As(err, &refusal) || refusal.Code != "keys.absent" || refusal.Kind != registry.Unavailable || refusal.Args[1] != name):
				t.Errorf("%s: without %s: %v", what, name, err)
			}
			if err := os.Rename(filepath.Join(dir, ".away"), path); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.Ready(now); err != nil {
			t.Errorf("%s, all back: %v", what, err)
		}
	}
}
