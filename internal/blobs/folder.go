package blobs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// folder is a directory of files, for their owner alone.
type folder struct{ dir string }

// parts is the directory in it of files that are being written.
const parts = ".parts"

// abandoned is the age at which such a file belongs to nobody any more: it is
// written in one go, so only a process that was killed leaves it.
const abandoned = 10 * time.Minute

func openFolder(dir string) (*folder, error) {
	if err := makeDirs(filepath.Join(dir, parts)); err != nil {
		return nil, fmt.Errorf("open archive: %w", err)
	}
	return &folder{dir}, nil
}

// Put writes the file aside, brings it to the disk, and only then gives it its
// name: what has the name is whole.
func (f *folder) Put(ctx context.Context, sha string, file []byte) error {
	path, err := place(sha)
	if err != nil {
		return err
	}
	if err := errors.Join(named(sha, file), ctx.Err()); err != nil {
		return err
	}
	path = filepath.Join(f.dir, filepath.FromSlash(path))
	if info, err := os.Stat(path); err == nil && info.Size() == int64(len(file)) {
		return nil
	}
	if err := makeDirs(filepath.Dir(path)); err != nil {
		return fmt.Errorf("archive file: %w", err)
	}
	if err := f.write(path, file); err != nil {
		return fmt.Errorf("archive file: %w", err)
	}
	return nil
}

func (f *folder) write(path string, file []byte) error {
	t, err := os.CreateTemp(filepath.Join(f.dir, parts), "*")
	if err != nil {
		return err
	}
	_, err = t.Write(file)
	if err == nil {
		err = t.Sync()
	}
	f.tidy(t)
	if err = errors.Join(err, t.Close()); err == nil {
		err = os.Rename(t.Name(), path)
	}
	if err != nil {
		_ = os.Remove(t.Name())
		return err
	}
	return syncDir(filepath.Dir(path))
}

// tidy removes what others left half, judged by the clock of the disk, which
// dated the file that was just written too. Failing at it harms nobody: the next
// write tries again.
func (f *folder) tidy(written *os.File) {
	now, err := written.Stat()
	if err != nil {
		return
	}
	list, _ := os.ReadDir(filepath.Join(f.dir, parts))
	for _, left := range list {
		if info, err := left.Info(); err == nil && now.ModTime().Sub(info.ModTime()) > abandoned {
			_ = os.Remove(filepath.Join(f.dir, parts, left.Name()))
		}
	}
}

// makeDirs makes the directory and its parents, each of them on the disk.
func makeDirs(dir string) error {
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	if parent := filepath.Dir(dir); parent != dir {
		if err := makeDirs(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(filepath.Dir(dir))
}

// syncDir brings the names in a directory to the disk; Windows has no such thing.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Get reads the file.
func (f *folder) Get(_ context.Context, sha string) ([]byte, error) {
	path, err := place(sha)
	if err != nil {
		return nil, err
	}
	b, err := os.ReadFile(filepath.Join(f.dir, filepath.FromSlash(path)))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, absent(sha)
	case err != nil:
		return nil, fmt.Errorf("read archive: %w", err)
	}
	return whole(sha, b)
}

// Remove deletes the file and lets the disk know.
func (f *folder) Remove(_ context.Context, sha string) error {
	name, err := place(sha)
	if err != nil {
		return err
	}
	path := filepath.Join(f.dir, filepath.FromSlash(name))
	switch err := os.Remove(path); {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("remove from archive: %w", err)
	}
	return syncDir(filepath.Dir(path))
}
