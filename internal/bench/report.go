package bench

import (
	"math"
	"os"
	"runtime"
	"strconv"
	"strings"
)

// Report is what `passmuster bench issue --json` prints.
type Report struct {
	Machine  Machine  `json:"machine"`
	Workload Workload `json:"workload"`
	Engine   Engine   `json:"engine"`
	Peers    []Peer   `json:"peers"`
	Floors   []Floor  `json:"floors"`
}

// Machine names where it was measured.
type Machine struct {
	CPU   string  `json:"cpu"`
	Cores int     `json:"cores"`
	OS    string  `json:"os"`
	Go    string  `json:"go"`
	Load  float64 `json:"load"` // of the minute before, -1: unknown
}

// Workload says for whom the certificates were.
type Workload struct {
	People    int `json:"people"`
	Bases     int `json:"bases"`
	Courses   int `json:"courses"`
	ClassSize int `json:"class_size"`
}

// Engine is what this program needs; times are medians of the rounds, of one
// core, in microseconds.
type Engine struct {
	CPU             float64    `json:"cpu_us_per_certificate"` // record, VC-JWT and PDF with their signatures
	Spread          [2]float64 `json:"cpu_us_spread"`          // of the rounds
	ThreeSignatures float64    `json:"three_signatures_cpu_us"`
	Ratio           float64    `json:"ratio_to_signatures"`
	Verified        float64    `json:"verified_cpu_us"` // with each signature verified once
	Allocations     float64    `json:"allocations_per_certificate"`
	BareAllocations float64    `json:"allocations_per_signature"`
	PrefixBytes     int        `json:"prefix_bytes"` // shared by the files of a design; both are means
	SuffixBytes     int        `json:"suffix_bytes"`
	PerSecond       int        `json:"per_second"` // on all cores, wall time
	Cores           int        `json:"cores"`
	Checked         int        `json:"checked"` // files read back strictly
	Million         *Million   `json:"million,omitempty"`
}

// Million is the run of 1,000,000 different certificates on all cores.
type Million struct {
	Seconds    float64 `json:"seconds"`
	PerSecond  int     `json:"per_second"`
	PeakMemory int64   `json:"peak_memory_bytes"` // of the process; 0: unknown
}

// Peer is another stack that draws the same page and signs the file once; record
// and VC-JWT are given to it.
type Peer struct {
	Name   string     `json:"name"`
	With   string     `json:"with,omitempty"` // versions
	Signs  string     `json:"signs,omitempty"`
	CPU    float64    `json:"cpu_us_per_certificate,omitempty"`
	Spread [2]float64 `json:"cpu_us_spread,omitzero"`
	Ratio  float64    `json:"ratio,omitempty"` // to the engine, in the same round
	Bytes  int        `json:"bytes_per_file,omitempty"`
	// Unsigned is the peer's time without its signature, where it signs with
	// another algorithm than the engine.
	Unsigned      float64 `json:"unsigned_cpu_us,omitempty"`
	UnsignedRatio float64 `json:"unsigned_ratio,omitempty"`
	Reason        string  `json:"reason,omitempty"` // why it has no numbers
}

// Floor is a promise and whether it is kept.
type Floor struct {
	Name  string   `json:"name"`
	Value float64  `json:"value"`
	Floor float64  `json:"floor"`
	Aim   *float64 `json:"aim,omitempty"`
	Most  bool     `json:"most,omitempty"` // the value may be at most, not at least, the floor
	OK    bool     `json:"ok"`
}

// Kept reports whether every floor that was measured is kept.
func (r *Report) Kept() bool {
	for _, f := range r.Floors {
		if !f.OK {
			return false
		}
	}
	return true
}

// Complete reports whether every peer ran.
func (r *Report) Complete() bool {
	for _, p := range r.Peers {
		if p.Reason != "" {
			return false
		}
	}
	return true
}

func (s *session) summarize(rounds []round) {
	e := &s.report.Engine
	cpu := func(r round) float64 { return r.engine.cpu }
	e.CPU, e.Spread = hundredth(median(rounds, cpu)), spread(rounds, cpu)
	e.Spread[0], e.Spread[1] = hundredth(e.Spread[0]), hundredth(e.Spread[1])
	e.ThreeSignatures = hundredth(median(rounds, func(r round) float64 { return signatures * r.bare.cpu }))
	e.Ratio = hundredth(median(rounds, func(r round) float64 { return r.engine.cpu / (signatures * r.bare.cpu) }))
	e.Verified = hundredth(median(rounds, func(r round) float64 { return r.verified.cpu }))
	e.Allocations = tenth(median(rounds, func(r round) float64 { return r.engine.allocs }))
	e.BareAllocations = tenth(median(rounds, func(r round) float64 { return r.bare.allocs }))
	for _, p := range s.peers {
		s.report.Peers = append(s.report.Peers, p.summary(rounds))
	}
}

// judge holds what was measured against what is promised.
func (s *session) judge() {
	e := s.report.Engine
	most := func(name string, value, floor float64, aim *float64) {
		s.report.Floors = append(s.report.Floors, Floor{name, value, floor, aim, true, value <= floor})
	}
	most("cpu_to_three_signatures", e.Ratio, 1.9, nil)
	most("allocations", e.Allocations, signatures*e.BareAllocations+20, nil)
	for _, p := range s.report.Peers {
		if floor, ok := leastRatio[p.Name]; ok && p.Reason == "" {
			s.report.Floors = append(s.report.Floors, Floor{Name: p.Name, Value: p.Ratio, Floor: floor, OK: p.Ratio >= floor})
		}
	}
	if e.Million != nil {
		aim := 60.0
		most("million_seconds", e.Million.Seconds, 75, &aim)
	}
}

// leastRatio is how many times a peer's processor time must be ours. The peer that
// writes operators by hand is told without a promise.
var leastRatio = map[string]float64{goPeer: 150, nodePeer: 800}

func hundredth(v float64) float64 { return math.Round(v*100) / 100 }
func tenth(v float64) float64     { return math.Round(v*10) / 10 }
func whole(v float64) int         { return int(math.Round(v)) }

func machine() Machine {
	m := Machine{CPU: runtime.GOARCH, Cores: runtime.NumCPU(), OS: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version(), Load: -1}
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				m.CPU = strings.TrimSpace(value)
				break
			}
		}
	}
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		first, _, _ := strings.Cut(string(load), " ")
		if v, err := strconv.ParseFloat(first, 64); err == nil {
			m.Load = v
		}
	}
	return m
}
