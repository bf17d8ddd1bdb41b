package bench

import (
	"fmt"
	"io"
)

// Text writes the report for people.
func (r *Report) Text(w io.Writer) {
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(w, format+"\n", args...) }
	m, e := r.Machine, r.Engine
	line("%s, %d cores, %s, %s, load %.1f", m.CPU, m.Cores, m.OS, m.Go, m.Load)
	line("%d people, %d bases, %d courses, classes of %d; %d files read back strictly", r.Workload.People, r.Workload.Bases, r.Workload.Courses, r.Workload.ClassSize, e.Checked)
	line("")
	line("certificate, three signatures   %9.1f µs  (%.1f to %.1f)", e.CPU, e.Spread[0], e.Spread[1])
	line("  each signature verified once  %9.1f µs", e.Verified)
	line("three bare P-256 signatures     %9.1f µs", e.ThreeSignatures)
	line("allocations                     %9.1f     a bare signature's %.1f", e.Allocations, e.BareAllocations)
	line("bytes of a file                 %9d     + %d shared by the design", e.SuffixBytes, e.PrefixBytes)
	line("on %d cores                      %9d /s", e.Cores, e.PerSecond)
	if e.Million != nil {
		line("1,000,000 certificates          %9.1f s   %d /s, peak memory %d MB", e.Million.Seconds, e.Million.PerSecond, e.Million.PeakMemory>>20)
	}
	for _, p := range r.Peers {
		line("")
		p.text(line)
	}
	line("")
	for _, f := range r.Floors {
		f.text(line)
	}
}

func (p Peer) text(line func(format string, args ...any)) {
	if p.Reason != "" {
		line("%s: not measured: %s", p.Name, p.Reason)
		return
	}
	line("%s", p.Name)
	line("  %s; signs with %s", p.With, p.Signs)
	line("  certificate, one signature    %9.0f µs  (%.0f to %.0f)  %.0f times ours", p.CPU, p.Spread[0], p.Spread[1], p.Ratio)
	if p.Unsigned > 0 {
		line("  without its signature         %9.0f µs  %.0f times ours with three", p.Unsigned, p.UnsignedRatio)
	}
}

func (f Floor) text(line func(format string, args ...any)) {
	bound, verdict := "at least", "ok"
	if f.Most {
		bound = "at most"
	}
	if !f.OK {
		verdict = "MISSED"
	}
	aim := ""
	if f.Aim != nil {
		aim = fmt.Sprintf(", aim %g", *f.Aim)
	}
	line("%-6s  %s: %g, promised %s %g%s", verdict, f.Name, f.Value, bound, f.Floor, aim)
}
