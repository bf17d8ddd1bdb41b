package keys

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/passmuster/passmuster/internal/registry"
)

const (
	dirMode  fs.FileMode = 0o700
	fileMode fs.FileMode = 0o600
)

// writeFile puts a file in its place whole or not at all: it is written beside
// its name, synced, renamed, and the rename is synced. A crash before the
// rename leaves the old file, and a temporary one that nobody reads.
func writeFile(dir, name string, data []byte, rename func(from, to string) error) (err error) {
	f, err := os.CreateTemp(dir, ".tmp-*") // CreateTemp opens with 0600
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
			err = fmt.Errorf("write %s: %w", name, err)
		}
	}()
	if _, err = f.Write(data); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = rename(f.Name(), filepath.Join(dir, name)); err != nil {
		return err
	}
	return syncDir(dir)
}

// syncDir makes renames in dir survive a power cut. Windows has no such call.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	return d.Sync()
}

// readPrivate reads a file that only its owner may open. A missing file is
// (nil, nil): a private key may be kept elsewhere.
func readPrivate(dir, name string) ([]byte, error) {
	path := filepath.Join(dir, name)
	info, err := os.Stat(path)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read key file: %w", err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, registry.Fail(registry.Unavailable, "keys.exposed", name, fmt.Sprintf("%04o", info.Mode().Perm()))
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read key file: %w", err)
	}
	return b, nil
}

// publish fills a new directory and moves it to its place in one step, so that
// a crash leaves no half-made set of keys. It refuses a place that is not empty.
func publish(dir string, fill func(tmp string) error) (err error) {
	if err := vacant(dir); err != nil {
		return err
	}
	dir = filepath.Clean(dir)
	if err := os.MkdirAll(filepath.Dir(dir), dirMode); err != nil {
		return fmt.Errorf("make key directory: %w", err)
	}
	tmp, err := os.MkdirTemp(filepath.Dir(dir), ".keys-*") // MkdirTemp makes it 0700
	if err != nil {
		return fmt.Errorf("make key directory: %w", err)
	}
	defer func() { _ = os.RemoveAll(tmp) }()
	if err := fill(tmp); err != nil {
		return err
	}
	if err := os.Remove(dir); err != nil && !os.IsNotExist(err) { // an empty one stands in the way on Windows
		return fmt.Errorf("make key directory: %w", err)
	}
	if err := os.Rename(tmp, dir); err != nil {
		return fmt.Errorf("make key directory: %w", err)
	}
	return syncDir(filepath.Dir(dir))
}

func vacant(dir string) error {
	list, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("read key directory: %w", err)
	}
	if len(list) > 0 {
		return registry.Fail(registry.Conflict, "keys.exists", dir)
	}
	return nil
}
