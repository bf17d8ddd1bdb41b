package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/bench"
	"github.com/passmuster/passmuster/internal/demo"
	"github.com/passmuster/passmuster/internal/keys"
)

type benchStoreCmd struct {
	People   int           `help:"How many people are imported, approved and issued." default:"100000"`
	PerClass int           `help:"How many of them are in one class." default:"1000"`
	Room     int           `help:"Classes issued while verification is measured, beside the people above." default:"5"`
	Check    bool          `help:"Exit with 1 where time, memory, approval or the room left to verification miss their goals: a check on a quiet machine of two cores."`
	CPU      string        `help:"Write a CPU profile of the three phases here." type:"path" hidden:""`
	Pause    time.Duration `help:"How long verification alone is measured, each time." default:"1500ms" hidden:""`
}

// Goals of the measurement (docs/bench.md).
const (
	roomFloor, roomAim = 0.5, 0.6
	mostSeconds        = 60.0 // for 100,000 people
	mostMemory         = 300  // MiB
	mostApproval       = 100.0
)

// phase is one part of the way and how long it was at work, side by side with
// the others.
type phase struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
	PerSec  float64 `json:"people_per_second"`
}

// goal is a measured number beside what it must keep to.
type goal struct {
	Value float64 `json:"value"`
	Floor float64 `json:"floor"`
	Aim   float64 `json:"aim"`
}

// stored is what the measurement prints.
type stored struct {
	Machine  string           `json:"machine"`
	Model    string           `json:"model"`
	People   int              `json:"people"`
	Classes  int              `json:"classes"`
	Phases   []phase          `json:"phases"`
	Seconds  float64          `json:"seconds"`
	CPU      float64          `json:"cpu_seconds"`
	PerSec   float64          `json:"people_per_second"`
	Most     float64          `json:"most_seconds"` // for this number of people
	Memory   float64          `json:"peak_rss_mib"`
	Memories float64          `json:"most_rss_mib"`
	Approval float64          `json:"approval_of_30_ms"` // median; approved, signed and stored
	Room     goal             `json:"room"`
	Idle     float64          `json:"verify_idle_per_second"`
	Busy     float64          `json:"verify_during_issue_per_second"`
	Files    map[string]int64 `json:"files_bytes"`
	Checked  proof            `json:"checked"`
}

// Run measures the whole way of many people into a fresh registry, from the
// bytes of their rosters to stored signatures, with the services, rules and
// keys of a real one.
func (c *benchStoreCmd) Run(e *env) error {
	dir, clean, err := benchDir(e)
	if err != nil {
		return err
	}
	defer clean()
	a, err := benchRegistry(e, dir)
	if err != nil {
		return err
	}
	defer a.close()
	out, err := c.measure(e, a)
	if err != nil {
		return err
	}
	if e.cli.JSON {
		if err := e.print(out); err != nil {
			return err
		}
	} else {
		out.tell(e)
	}
	if missed := out.missed(); c.Check && len(missed) > 0 {
		e.say("missed: %s", strings.Join(missed, ", "))
		return exit(exitNo)
	}
	return nil
}

// missed names the goals that were not reached.
func (s stored) missed() (names []string) {
	for name, missed := range map[string]bool{"time": s.Seconds > s.Most, "memory": s.Memory > mostMemory, "approval of 30": s.Approval > mostApproval,
		"room": s.Room.Value < s.Room.Floor} {
		if missed {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// benchDir is the folder that --data names, which must hold no registry, or one
// that is removed at the end.
func benchDir(e *env) (string, func(), error) {
	if dir := e.cli.Data; e.getenv("PASSMUSTER_DATA") != "" || dir != absolute("./data") {
		return dir, func() {}, empty(dir)
	}
	dir, err := os.MkdirTemp("", "passmuster-bench-")
	if err != nil {
		return "", nil, fmt.Errorf("make folder: %w", err)
	}
	return dir, func() { _ = os.RemoveAll(dir) }, nil
}

// benchRegistry makes and opens a registry of invented people.
func benchRegistry(e *env, dir string) (*app, error) {
	s := &e.cli.Settings
	s.Data, s.Database = dir, "" // never in anybody's real database
	if s.PublicURL == "" {
		s.PublicURL = "https://verify.demo.example"
	}
	_, err := keys.Init(s.KeyDir(), keys.Options{Now: time.Now().Add(-demo.History - 24*time.Hour), Organization: "Passmuster", PublicURL: s.Origin(), Demo: true})
	if err != nil {
		return nil, err
	}
	quiet := *e
	quiet.err = io.Discard
	a, err := quiet.open(opening{serving: true, migrate: true, create: true})
	if err == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	return a, err
}

func (c *benchStoreCmd) measure(e *env, a *app) (stored, error) {
	m := &massRun{e: e, a: a, per: max(1, c.PerClass)}
	if err := m.set(c.People, c.Room); err != nil {
		return stored{}, err
	}
	out := stored{Machine: machine(), People: c.People, Classes: len(m.classes), Most: mostSeconds * float64(c.People) / 100_000, Memories: mostMemory,
		Model: fmt.Sprintf("%d bases, classes of %d, CPR1 (theory and practice), rosters as CSV, one person of every pair of eyes", len(m.stage.Bases), m.per)}
	stop, err := profile(c.CPU)
	if err != nil {
		return out, err
	}
	forgetPeak() // of making accounts, whose passwords are hashed in 64 MiB each
	began, worked := time.Now(), bench.CPUTime()
	took, err := m.flow(e.ctx)
	if err != nil {
		return out, err
	}
	out.Seconds, out.CPU = time.Since(began).Seconds(), (bench.CPUTime() - worked).Seconds()
	for _, name := range stages {
		out.Phases = append(out.Phases, phase{Name: name, Seconds: took[name].Seconds(), PerSec: float64(c.People) / took[name].Seconds()})
	}
	stop()
	out.PerSec, out.Memory = float64(c.People)/out.Seconds, peakMemory()
	if out.Checked, err = m.check(e.ctx, c.People); err != nil {
		return out, err
	}
	if out.Approval, err = m.small(e.ctx); err != nil {
		return out, err
	}
	if out.Idle, out.Busy, out.Room, err = m.room(e.ctx, c.Room, c.Pause); err != nil {
		return out, err
	}
	out.Files = sizes(a.settings.Data)
	return out, nil
}

func (s stored) tell(e *env) {
	e.say("%s", s.Machine)
	e.say("%d people in %d classes: %s\n", s.People, s.Classes, s.Model)
	for _, p := range s.Phases {
		e.say("  %-10s %8.1f s  %9.0f people/s", p.Name, p.Seconds, p.PerSec)
	}
	e.say("  %-10s %8.1f s  %9.0f people/s, side by side; %.1f s of CPU   (at most %.1f s)", "all", s.Seconds, s.PerSec, s.CPU, s.Most)
	e.say("\n  memory      %6.0f MiB at its peak   (at most %.0f)", s.Memory, s.Memories)
	e.say("  approval    %6.1f ms for a class of 30, signed and stored   (at most %.0f)", s.Approval, mostApproval)
	e.say("  room        %6.2f of %.0f verifications/s left while a class is issued   (floor %.2f, aim %.2f)", s.Room.Value, s.Idle, s.Room.Floor, s.Room.Aim)
	for _, name := range slices.Sorted(keysOf(s.Files)) {
		e.say("  %-18s %8.1f MiB", name, float64(s.Files[name])/(1<<20))
	}
	e.say("\n  checked: %d credentials, %d numbers, %d codes, no twins; each under its own name; audit trail unbroken; %d rebuilt to the byte and verified",
		s.Checked.Credentials, s.Checked.Numbers, s.Checked.Codes, s.Checked.Rebuilt)
}

// sizes are the files of the directory by name.
func sizes(dir string) map[string]int64 {
	list := map[string]int64{}
	for _, name := range []string{"passmuster.db", "passmuster.db-wal"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil {
			list[name] = info.Size()
		}
	}
	return list
}

func machine() string {
	return fmt.Sprintf("%s/%s, %d cores, %s", runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0), runtime.Version())
}
