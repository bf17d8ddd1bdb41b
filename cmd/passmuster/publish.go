package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/passmuster/passmuster/internal/publish"
)

type publishCmd struct {
	Dir   string `arg:"" help:"Directory to write; what is in it already stays if it is the same." type:"path"`
	Watch bool   `help:"Go on, and write what changes within two seconds, until stopped."`
}

// Run writes everything that verifiers fetch as files, for any web server or
// CDN: the registry's machine may then be out of their reach.
func (c *publishCmd) Run(e *env) error {
	a, err := e.open(opening{})
	if err != nil {
		return err
	}
	defer a.close()
	out, err := c.write(e, a)
	if err != nil {
		return err
	}
	if e.cli.JSON {
		err = e.print(out)
	} else {
		e.say("%s: %d files, %d written, %d bytes", c.Dir, out.Files, out.Written, out.Bytes)
	}
	if err != nil || !c.Watch {
		return err
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-e.ctx.Done():
			return nil
		case <-tick.C:
		}
		if _, err := c.write(e, a); err != nil && e.ctx.Err() == nil {
			a.log.Error("not published", "error", err) // what is there stays, and says itself how old it is
		}
	}
}

// published is what one pass did.
type published struct {
	Dir     string `json:"dir"`
	Files   int    `json:"files"`
	Written int    `json:"written"` // those that changed
	Bytes   int64  `json:"bytes"`   // of all of them
}

func (c *publishCmd) write(e *env, a *app) (published, error) {
	out := published{Dir: c.Dir}
	if err := a.publish.Refresh(e.ctx); err != nil {
		return out, err
	}
	files, err := a.publish.Files(e.ctx)
	if err != nil {
		return out, err
	}
	for _, f := range files { // in their order: nothing is named before it is there
		changed, err := lay(filepath.Join(c.Dir, staticName(f)), f)
		if err != nil {
			return out, fmt.Errorf("write %s: %w", f.Path, err)
		}
		out.Files, out.Bytes = out.Files+1, out.Bytes+int64(len(f.Body))
		if changed {
			out.Written++
		}
	}
	return out, errors.Join(thin(filepath.Join(c.Dir, "trust"), 16), thin(filepath.Join(c.Dir, "bundle"), 4))
}

// staticName is the file of a path. /trust and /bundle are directories of
// versions on a disk, so the newest has a name in them.
func staticName(f publish.File) string {
	name := filepath.FromSlash(f.Path[1:])
	if f.Numbered != "" && f.Path != f.Numbered {
		name = filepath.Join(name, "newest")
	}
	return name
}

// lay gives a file its bytes all at once: who reads it meanwhile has the old ones
// or the new ones. It reports whether they are others than before.
func lay(path string, f publish.File) (bool, error) {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, f.Body) {
		return false, nil
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return false, err
	}
	t, err := os.CreateTemp(dir, ".passmuster-*")
	if err != nil {
		return false, err
	}
	_, err = t.Write(f.Body)
	err = errors.Join(err, t.Chmod(0o644), t.Sync(), t.Close())
	if err == nil && !f.Modified.IsZero() {
		err = os.Chtimes(t.Name(), f.Modified, f.Modified)
	}
	if err == nil {
		err = os.Rename(t.Name(), path)
	}
	if err != nil {
		return false, errors.Join(err, os.Remove(t.Name()))
	}
	return true, nil
}

// thin removes all but the newest versions in a directory.
func thin(dir string, keep int) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var numbers []int64
	for _, entry := range entries {
		if n, err := strconv.ParseInt(entry.Name(), 10, 64); err == nil && n > 0 {
			numbers = append(numbers, n)
		}
	}
	slices.SortFunc(numbers, func(a, b int64) int { return cmp.Compare(b, a) })
	for _, n := range numbers[min(keep, len(numbers)):] {
		if err := os.Remove(filepath.Join(dir, strconv.FormatInt(n, 10))); err != nil {
			return err
		}
	}
	return nil
}
