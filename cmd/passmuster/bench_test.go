package main

import (
	"encoding/json"
	"strings"
	"testing"
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
