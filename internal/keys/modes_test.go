//go:build unix

package keys

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestPrivateFilesAreTheOwnersAlone(t *testing.T) {
	for _, pass := range []string{"", secret} {
		o := options()
		o.Passphrase = pass
		r, dir := newRing(t, o)
		must[Key](t)(r.EnsureIssuer("CVF", day0))
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			info := must[fs.FileInfo](t)(d.Info())
			want := fs.FileMode(0o600)
			if d.IsDir() {
				want = 0o700
			}
			if info.Mode().Perm() != want {
				t.Errorf("%s has mode %04o, want %04o", d.Name(), info.Mode().Perm(), want)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(filepath.Join(dir, r.box.name("id_hmac.key")), 0o640); err != nil {
			t.Fatal(err)
		}
		_, err = Open(dir, func() (string, error) { return pass, nil })
		refused(t, err, "keys.exposed")
	}
}
