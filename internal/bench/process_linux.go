package bench

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// ticks is how many of a second the kernel counts processor time in (USER_HZ,
// the same on every architecture that Go runs on).
const ticks = 100

// ProcessCPU is what a process, and those that it has started and not yet
// forgotten, have used of the processors; family adds its living children, as
// PostgreSQL has one for each connection.
func ProcessCPU(pid int, family bool) (time.Duration, error) {
	used, err := cpuOf(pid)
	if err != nil || !family {
		return used, err
	}
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, err
	}
	for _, name := range stats {
		child, err := strconv.Atoi(filepath.Base(filepath.Dir(name)))
		if err != nil {
			continue
		}
		fields, err := statOf(child)
		if err != nil || fields[1] != strconv.Itoa(pid) { // it may have ended meanwhile
			continue
		}
		more, err := cpuOf(child)
		if err == nil {
			used += more
		}
	}
	return used, nil
}

// statOf returns the fields of /proc/PID/stat behind the name (proc_pid_stat(5)),
// beginning with the state.
func statOf(pid int) ([]string, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil, fmt.Errorf("read process: %w", err)
	}
	_, rest, ok := bytes.Cut(text[bytes.LastIndexByte(text, ')')+1:], []byte(" "))
	fields := strings.Fields(string(rest))
	if !ok || len(fields) < 15 {
		return nil, fmt.Errorf("read process %d: unknown form", pid)
	}
	return fields, nil
}

func cpuOf(pid int) (time.Duration, error) {
	fields, err := statOf(pid)
	if err != nil {
		return 0, err
	}
	var sum int64
	for _, f := range fields[11:15] { // user, system, and of children that were waited for
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("read process %d: %w", pid, err)
		}
		sum += n
	}
	return time.Duration(sum) * time.Second / ticks, nil
}

// MachineCPU is what everybody has used of the processors since the machine was
// started.
func MachineCPU() (time.Duration, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, fmt.Errorf("read machine: %w", err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	fields := strings.Fields(line)
	if len(fields) < 9 {
		return 0, fmt.Errorf("read machine: unknown form %q", line)
	}
	var sum int64
	for i, f := range fields[1:9] {
		if i == 3 || i == 4 { // idle, waiting for disks
			continue
		}
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("read machine: %w", err)
		}
		sum += n
	}
	return time.Duration(sum) * time.Second / ticks, nil
}

// Resident is how much memory a process holds, in bytes.
func Resident(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("read process: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kib << 10, err
		}
	}
	return 0, fmt.Errorf("read process %d: no resident size", pid)
}
