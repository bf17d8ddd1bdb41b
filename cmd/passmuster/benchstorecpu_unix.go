//go:build !windows

package main

import (
	"syscall"
	"time"
)

// cpuTime is how long this process has worked on all cores together.
func cpuTime() time.Duration {
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
