//go:build !linux

package bench

import (
	"errors"
	"time"
)

var errLinux = errors.New("processor time and memory of other processes are read on Linux alone")

// ProcessCPU is what a process has used of the processors.
func ProcessCPU(int, bool) (time.Duration, error) { return 0, errLinux }

// MachineCPU is what everybody has used of the processors.
func MachineCPU() (time.Duration, error) { return 0, errLinux }

// Resident is how much memory a process holds, in bytes.
func Resident(int) (int64, error) { return 0, errLinux }
