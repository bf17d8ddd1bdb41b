package main

import (
	"fmt"
	"maps"
	"slices"
)

// ratio is a measured number beside what it must keep to. Where Most is set it
// must stay below, else above; Both: within, on either side of 1.
type ratio struct {
	Value  float64    `json:"value"`
	Floor  float64    `json:"floor"`
	Aim    float64    `json:"aim"`
	Spread [2]float64 `json:"spread,omitzero"` // of the rounds
	What   string     `json:"what"`
	most   bool
	both   bool
}

// promised is what bench verify measures (docs/bench.md).
var promised = map[string]ratio{
	"R0":           {What: "constant bytes with the full middleware / bare handler: what the rest can come to"},
	"R1":           {Floor: 0.60, Aim: 0.75, What: "answer from memory, full middleware / bare handler, answers per second"},
	"R2":           {Floor: 0.30, Aim: 0.45, What: "answer from SQLite / bare handler"},
	"R3":           {Floor: 0.25, Aim: 0.33, What: "answer from PostgreSQL / bare handler"},
	"R4":           {Floor: 0.22, Aim: 0.30, What: "page made from the store / bare handler"},
	"R4_memory":    {Floor: 0.45, Aim: 0.60, What: "page from memory / bare handler"},
	"R5":           {Floor: 5, Aim: 3, most: true, What: "processor time of an answer from SQLite / of the bare handler"},
	"R6":           {Floor: 4, Aim: 2.5, most: true, What: "median wait at one connection, SQLite / bare handler"},
	"R7":           {Floor: 0.8, Aim: 0.9, What: "answers per second with all rows / with 1,000,000"},
	"R8":           {Floor: 0.4, Aim: 0.8, What: "unknown code / bare handler"},
	"R8_malformed": {Floor: 0.55, Aim: 0.7, What: "malformed code / bare handler"},
	"R10":          {Floor: 1.6, Aim: 1.25, most: true, What: "check of a QR code's record / of its bare signature, time"},
	"R17":          {Floor: 4, Aim: 2, most: true, What: "memory under load without remembering / of the bare handler"},
	"R18":          {Floor: 2, Aim: 1, most: true, What: "most hostile QR text / honest one, time"},
	"R19":          {Floor: 1.05, Aim: 1.02, both: true, What: "wrong name / unknown number, median wait"},
}

// kept reports whether the ratio keeps to a bound.
func (r ratio) kept(bound float64) bool {
	switch {
	case r.both:
		return r.Value <= bound && r.Value >= 2-bound
	case r.most:
		return r.Value <= bound
	}
	return r.Value >= bound
}

// startMost is how soon the first answer must come, in seconds; growthMost is how
// much memory hostile texts may add, in MiB.
const (
	startMost  = 1.0
	growthMost = 1.0
)

// verified is what the measurement prints.
type verified struct {
	Machine     string
	Rows        int
	Rounds      int
	Ratios      map[string]*ratio
	CPU         map[string]float64 // µs of the server for an answer
	PerSecond   map[string]float64
	P99         map[string]float64 // ms
	Start       float64            // s from the start of the process to the first answer
	SeedSeconds float64
	Growth      float64 // MiB
	RSS         [2]float64
	Disturbed   int // turns during which others had more than 0.15 of a core, to the last try
	Skipped     []string
}

func (v *verified) set(name string, values ...float64) {
	r := promised[name]
	slices.Sort(values)
	r.Value, r.Spread = median(values), [2]float64{values[0], values[len(values)-1]}
	v.Ratios[name] = &r
}

func (v *verified) note(name string, perSecond, cpu, p99 float64) {
	if v.CPU == nil {
		v.CPU, v.PerSecond, v.P99 = map[string]float64{}, map[string]float64{}, map[string]float64{}
	}
	v.PerSecond[name], v.CPU[name], v.P99[name] = perSecond, cpu, p99
}

func (v *verified) missed() (names []string) {
	for name, r := range v.Ratios {
		if !r.kept(r.Floor) {
			names = append(names, name)
		}
	}
	if v.Start > startMost {
		names = append(names, "start")
	}
	if v.Growth > growthMost {
		names = append(names, "R18 memory")
	}
	slices.Sort(names)
	return names
}

// doc is the JSON form: a member for each ratio, and the rest beside them.
func (v *verified) doc() map[string]any {
	doc := map[string]any{"machine": v.Machine, "rows": v.Rows, "rounds": v.Rounds, "start_to_first_answer_seconds": v.Start, "seed_seconds": v.SeedSeconds,
		"cpu_us_per_answer": v.CPU, "answers_per_second": v.PerSecond, "p99_ms": v.P99, "r18_growth_mib": v.Growth, "rss_mib": v.RSS,
		"disturbed_turns": v.Disturbed, "skipped": v.Skipped}
	for name, r := range v.Ratios {
		doc[name] = r
	}
	return doc
}

func (v *verified) tell(e *env) {
	e.say("%s; %d certificates, %d rounds\n", v.Machine, v.Rows, v.Rounds)
	for _, name := range slices.Sorted(maps.Keys(v.Ratios)) {
		r := v.Ratios[name]
		sign := "at least"
		if r.most || r.both {
			sign = "at most"
		}
		mark := "  "
		switch {
		case r.Floor == 0:
			e.say("%s%-13s %6.2f  (%.2f to %.2f)   %s", mark, name, r.Value, r.Spread[0], r.Spread[1], r.What)
			continue
		case !r.kept(r.Floor):
			mark = "! "
		case r.kept(r.Aim):
			mark = "* "
		}
		e.say("%s%-13s %6.2f  (%.2f to %.2f)   %s %.2f, aim %.2f   %s", mark, name, r.Value, r.Spread[0], r.Spread[1], sign, r.Floor, r.Aim, r.What)
	}
	e.say("")
	for _, name := range slices.Sorted(maps.Keys(v.PerSecond)) {
		e.say("  %-16s %8.0f answers/s  %6.1f µs of CPU each  p99 %.1f ms", name, v.PerSecond[name], v.CPU[name], v.P99[name])
	}
	e.say("\n  first answer %.2f s after the start (at most %.0f); memory %.0f MiB, bare handler %.0f MiB; hostile texts added %.1f MiB", v.Start, startMost, v.RSS[0], v.RSS[1], v.Growth)
	if v.SeedSeconds > 0 {
		e.say("  filled in %.0f s", v.SeedSeconds)
	}
	for _, s := range v.Skipped {
		e.say("  not measured: %s", s)
	}
	if v.Disturbed > 0 {
		e.say("  %s", fmt.Sprintf("%d turns were measured while others had more than 0.15 of a core: measure again on a quiet machine", v.Disturbed))
	}
}
