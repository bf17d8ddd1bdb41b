package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

// errLost is what everybody is told until a restart once the file is no longer
// the one that was opened: SQLite would go on writing into a file without a
// name, and nothing of that would be there afterwards. What is put back is not
// opened: it may be older than what this process remembers and has published, and
// whoever puts it there can start the program again.
var errLost = errors.New("the database file was removed, replaced or cut while in use; nothing is answered until a restart")

// errUnseen says that the file could not be looked at, which may pass.
var errUnseen = errors.New("the database file cannot be looked at")

// glance is how long one look at the file is good for readers.
const glance = time.Second

// watch compares the file under the database's name with the one that was opened.
type watch struct {
	path   string
	file   os.FileInfo
	start  time.Time
	looked atomic.Int64 // time of the last look, nanoseconds after start
	most   atomic.Int64 // largest size seen, bytes; with a WAL the file only grows
	lost   atomic.Pointer[error]
}

// newWatch remembers the open file.
func newWatch(f *os.File) (*watch, error) {
	path, err := filepath.Abs(f.Name()) // the working directory may change
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	w := &watch{path: path, file: info, start: time.Now()}
	w.looked.Store(-int64(glance))
	return w, nil
}

// glance looks at the file unless somebody did within the last second.
func (w *watch) glance() error {
	if err := w.lost.Load(); err != nil {
		return *err
	}
	now, last := int64(time.Since(w.start)), w.looked.Load()
	if now-last < int64(glance) || !w.looked.CompareAndSwap(last, now) {
		return nil
	}
	err := w.look()
	if err != nil {
		w.looked.CompareAndSwap(now, last) // the next reader looks again
	}
	return err
}

// look looks at the file now.
func (w *watch) look() error {
	if err := w.lost.Load(); err != nil {
		return *err
	}
	most := w.most.Load() // before the look: meanwhile the file may grow
	info, err := os.Stat(w.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return w.lose("it is gone")
	case err != nil:
		return fmt.Errorf("%w: %v", errUnseen, err)
	case !os.SameFile(w.file, info):
		return w.lose("another file is in its place")
	case info.Size() < most:
		return w.lose(fmt.Sprintf("it has %d bytes of %d", info.Size(), most))
	case info.Size() > most:
		w.most.CompareAndSwap(most, info.Size())
	}
	return nil
}

func (w *watch) lose(why string) error {
	err := fmt.Errorf("%w: %s", errLost, why)
	w.lost.CompareAndSwap(nil, &err)
	return err
}
