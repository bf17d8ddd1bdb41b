//go:build unix

package main

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// room refuses to fill a disk: it wants so many bytes free, and some more.
func room(dir string, bytes int64) error {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return fmt.Errorf("look at the disk: %w", err)
	}
	if free := int64(s.Bavail) * int64(s.Bsize); free < bytes+bytes/8 {
		return fmt.Errorf("%s has %d MiB free, and this takes %d", dir, free>>20, bytes>>20)
	}
	return nil
}
