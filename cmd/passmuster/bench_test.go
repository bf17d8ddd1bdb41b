package main

import (
	"encoding/json"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/testkit"
)

func TestBenchIssueMeasuresAndSaysWhoDidNotRun(t *testing.T) {
	data := t.TempDir()
	got := passmuster(t, data, "bench", "issue", "--json", "--count", "8", "--rounds", "1", "--peers", "none")
	var report struct {
		Machine map[string]any
		Engine  struct {
			CPU       float64 `json:"cpu_us_per_certificate"`
			Three     float64 `json:"three_signatures_cpu_us"`
			PerSecond float64 `json:"per_second"`
			Cores     int
		}
		Peers []map[string]any
	}
	if err := json.Unmarshal([]byte(got.out), &report); err != nil || got.code != exitOK {
		t.Fatalf("exit %d, %v: %s%s", got.code, err, got.out, got.err)
	}
	if e := report.Engine; e.CPU <= 0 || e.Three <= 0 || e.PerSecond <= 0 || e.Cores < 1 || report.Machine["cpu"] == "" {
		t.Errorf("report: %s", got.out)
	}
	for _, p := range report.Peers {
		if p["reason"] == nil || p["ratio"] != nil {
			t.Errorf("peer that was left out: %v", p)
		}
	}
	if got := passmuster(t, data, "bench", "issue", "--count", "8", "--rounds", "1", "--peers", "none"); !strings.Contains(got.out, "not measured: ") {
		t.Errorf("the text names no peer that was left out: %s", got.out)
	}
}

// TestBenchVerifyMeasuresAndLeavesNothing asks two registries and the bare handler
// for a moment: what stays is the folder that was named.
func TestBenchVerifyMeasuresAndLeavesNothing(t *testing.T) {
	if runtime.GOOS != "linux" {
		testkit.LeaveOut(t, "bench verify reads /proc")
	}
	data, temporary := t.TempDir(), t.TempDir()
	got := passmusterIn(t, data, "", []string{"TMPDIR=" + temporary}, "bench", "verify", "--json", "--rows", "400", "--beside", "300", "--rounds", "1", "--time", "50ms",
		"--only", "store", "--only", "beside", "--only", "tokens")
	var report map[string]json.RawMessage
	if err := json.Unmarshal([]byte(got.out), &report); err != nil || got.code != exitOK {
		t.Fatalf("exit %d, %v: %s%s", got.code, err, got.out, got.err)
	}
	for _, name := range []string{"R2", "R4", "R5", "R6", "R7", "R8", "R8_malformed", "R10", "R17", "R18"} {
		var r struct{ Value float64 }
		if err := json.Unmarshal(report[name], &r); err != nil || r.Value <= 0 {
			t.Errorf("%s is %s", name, report[name])
		}
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
		t.Errorf("left in the temporary folder: %v %v", left, err)
	}
	if !hasRegistry(data) {
		t.Error("the folder that was named holds no registry")
	}
}
