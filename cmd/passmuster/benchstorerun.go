package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/passmuster/passmuster/internal/demo"
	"github.com/passmuster/passmuster/internal/issue"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/training"
	"github.com/passmuster/passmuster/internal/verify"
)

// massRun is a national run: many bases, each with a hall full of people.
type massRun struct {
	e     *env
	a     *app
	stage demo.Stage
	per   int

	classes []hall // of the measured people
	extra   int    // people taken for other measurements, counted from the last of classes
	opened  int
}

// hall is one class of the run.
type hall struct {
	first, people int // of the invented people
	base          string
	id            registry.ID
}

// benchBases is how many bases the run is spread over, as in a national programme.
const benchBases = 85

func (m *massRun) set(people, room int) error {
	trainers := (m.per - 1) / 60 // CPR1 has at most 60 trainees to a trainer, the lead included
	var err error
	now := m.a.clock.Now()
	if m.stage, err = demo.Set(m.e.ctx, m.a.demoServices(), now, "demo-"+strconv.FormatInt(rand.Int64(), 36), benchBases, trainers); err != nil {
		return fmt.Errorf("set the stage: %w", err)
	}
	for first := 0; first < people; first += m.per {
		m.classes = append(m.classes, m.hall(first, min(m.per, people-first)))
	}
	m.extra = people
	return nil
}

func (m *massRun) hall(first, people int) hall {
	h := hall{first: first, people: people, base: m.stage.Bases[m.opened%len(m.stage.Bases)]}
	m.opened++
	return h
}

// more is a further class, recorded and submitted, of people not seen before.
func (m *massRun) more(ctx context.Context, people int) (hall, error) {
	h := m.hall(m.extra, people)
	m.extra += people
	return h, m.recordOne(ctx, &h)
}

// stages are the parts of the way. They go on side by side, as in a national
// run: while one base's roster is read, another's class is decided about and a
// third's is signed.
var stages = []string{"import", "approve", "issue"}

// flow takes every class the whole way: rosters are read, enrolled with their
// results and submitted, classes approved by another person, credentials signed
// by the jobs that the approvals leave; beside it the audit trail is chained, as
// in a served registry. It returns how long each stage was at work.
func (m *massRun) flow(ctx context.Context) (map[string]time.Duration, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	jobs, stop := context.WithCancel(ctx)
	defer stop()
	var clocks [3]stopwatch
	submitted := make(chan *hall, len(m.classes))
	var wait, serving sync.WaitGroup
	step := func(err error) {
		if err != nil {
			cancel(err)
		}
	}
	wait.Go(func() {
		defer close(submitted)
		for i := range m.classes {
			if ctx.Err() == nil {
				step(clocks[0].time(func() error { return m.recordOne(ctx, &m.classes[i]) }))
				submitted <- &m.classes[i]
			}
		}
	})
	wait.Go(func() {
		for h := range submitted {
			if ctx.Err() == nil {
				step(clocks[1].time(func() error { return m.approveOne(ctx, h) }))
			}
		}
	})
	all, done := make(chan struct{}), atomic.Int64{}
	workers := m.a.jobs.Workers()
	sign := workers[issue.JobKind]
	workers[issue.JobKind] = func(ctx context.Context, args json.RawMessage) error {
		err := clocks[2].time(func() error { return sign(ctx, args) })
		if n := int(done.Add(1)); err == nil {
			m.e.progress("classes", n, len(m.classes))
			if n == len(m.classes) {
				close(all)
			}
		} else if ctx.Err() == nil {
			step(err)
		}
		return err
	}
	serving.Go(func() { step(m.a.db.Work(jobs, workers)) })
	serving.Go(func() { step(m.chain(jobs)) })
	wait.Wait()
	select {
	case <-all:
	case <-ctx.Done():
	}
	stop()
	serving.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	_, _, err := m.a.db.ChainAudit(ctx)
	took := map[string]time.Duration{}
	for i, name := range stages {
		took[name] = clocks[i].took
	}
	return took, err
}

// chain runs the sequencer of the audit trail every second.
func (m *massRun) chain(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
		if _, _, err := m.a.db.ChainAudit(ctx); err != nil && ctx.Err() == nil {
			return err
		}
	}
}

// stopwatch adds up the time in which at least one of those whom it times is at work.
type stopwatch struct {
	mu    sync.Mutex
	going int
	since time.Time
	took  time.Duration
}

func (w *stopwatch) time(work func() error) error {
	w.mu.Lock()
	if w.going++; w.going == 1 {
		w.since = time.Now()
	}
	w.mu.Unlock()
	err := work()
	w.mu.Lock()
	if w.going--; w.going == 0 {
		w.took += time.Since(w.since)
	}
	w.mu.Unlock()
	return err
}

// recordOne reads the roster of a class, enrols its people with their results,
// and submits it.
func (m *massRun) recordOne(ctx context.Context, h *hall) error {
	on := registry.DateOf(m.a.clock.Now()).AddDays(-1)
	trainers := []registry.ClassTrainer{{Person: m.stage.Lead, Role: "lead"}}
	for _, p := range m.stage.Others {
		trainers = append(trainers, registry.ClassTrainer{Person: p, Role: "instructor"})
	}
	class, err := m.a.training.CreateClass(ctx, m.stage.Trainer, training.ClassInput{Course: m.stage.Course.Code, Base: h.base, Setting: "event", Venue: "DEMO",
		RatioReason: "DEMO: a hall with assistants", Sessions: demo.Sessions(m.stage.Course, on), Trainers: trainers})
	if err != nil {
		return err
	}
	h.id = class.ID
	roster, err := m.a.training.ReadRoster(ctx, m.stage.Trainer, class.ID, "roster.csv", demo.Roster(h.first, h.people))
	if err != nil {
		return err
	}
	report, _, err := m.a.training.Enrol(ctx, m.stage.Trainer, class.ID, roster.Rows, training.EnrolOptions{Source: "import", AllOrNothing: true, Results: true, Statement: rosterStatement})
	if err != nil {
		return err
	}
	if report.Enrolled != h.people {
		return fmt.Errorf("%d of %d enrolled", report.Enrolled, h.people)
	}
	_, err = m.a.training.Submit(ctx, m.stage.Trainer, class.ID)
	return err
}

// approveOne decides a class, as another person than the one who submitted it.
func (m *massRun) approveOne(ctx context.Context, h *hall) error {
	out, err := m.a.issue.Approve(ctx, m.stage.Approver, h.id, issue.ApproveInput{})
	if err == nil && out.Total != h.people {
		err = fmt.Errorf("%d of %d approved", out.Total, h.people)
	}
	return err
}

// small is the time in ms, the median of several, from the approver's word to
// stored signatures for a class of 30.
func (m *massRun) small(ctx context.Context) (float64, error) {
	var took []float64
	for range 9 {
		h, err := m.more(ctx, 30)
		if err != nil {
			return 0, err
		}
		began := time.Now()
		out, err := m.a.issue.Approve(ctx, m.stage.Approver, h.id, issue.ApproveInput{})
		if err != nil {
			return 0, err
		}
		took = append(took, float64(time.Since(began).Microseconds())/1000)
		if out.Issued != h.people {
			return 0, fmt.Errorf("%d of %d issued when the approval answered", out.Issued, h.people)
		}
	}
	slices.Sort(took)
	return took[len(took)/2], nil
}

// askers is how many people verify at a time.
const askers = 8

// room measures verification alone and while a class is issued, in turns, and
// returns the medians and their ratio.
func (m *massRun) room(ctx context.Context, rounds int, alone time.Duration) (idle, busy float64, r goal, err error) {
	codes, err := m.codes(ctx)
	if err != nil {
		return 0, 0, r, err
	}
	var halls []hall
	for range rounds {
		h, err := m.more(ctx, max(m.per, issue.AtOnce+1))
		if err == nil {
			err = m.approveOne(ctx, &h)
		}
		if err != nil {
			return 0, 0, r, err
		}
		halls = append(halls, h)
	}
	if _, _, err := m.a.db.ChainAudit(ctx); err != nil {
		return 0, 0, r, err
	}
	var idles, busies, ratios []float64
	for _, h := range halls {
		quiet, err := m.ask(ctx, codes, func() error { time.Sleep(alone); return nil })
		if err != nil {
			return 0, 0, r, err
		}
		loud, err := m.ask(ctx, codes, func() error { return m.a.issue.SignClass(ctx, h.id) })
		if err != nil {
			return 0, 0, r, err
		}
		idles, busies, ratios = append(idles, quiet), append(busies, loud), append(ratios, loud/quiet)
	}
	if len(ratios) == 0 {
		return 0, 0, r, nil
	}
	return median(idles), median(busies), goal{Value: median(ratios), Floor: roomFloor, Aim: roomAim}, nil
}

// ask verifies as fast as it goes until work is done, and returns answers per second.
func (m *massRun) ask(ctx context.Context, codes []registry.Code, work func() error) (float64, error) {
	var wait sync.WaitGroup
	var answers atomic.Int64
	var wrong atomic.Pointer[error]
	stop := make(chan struct{})
	began := time.Now()
	for k := range askers {
		wait.Go(func() {
			for i := k; ; i += askers {
				select {
				case <-stop:
					return
				default:
				}
				a, err := m.a.verify.Code(ctx, string(codes[i%len(codes)]), verify.ChannelAPI)
				if err == nil && a.Status != registry.StatusValid {
					err = fmt.Errorf("verify %s: %s", a.Credential.Number, a.Status)
				}
				if err != nil {
					wrong.Store(&err)
					return
				}
				answers.Add(1)
			}
		})
	}
	err := work()
	n, took := answers.Load(), time.Since(began)
	close(stop)
	wait.Wait()
	if w := wrong.Load(); w != nil {
		err = errors.Join(err, *w)
	}
	return float64(n) / took.Seconds(), err
}

// codes are some of the issued ones, in no order.
func (m *massRun) codes(ctx context.Context) (list []registry.Code, err error) {
	err = m.a.db.Read(ctx, func(tx *store.Tx) error {
		return tx.EachIssued(ctx, func(c registry.Code) error {
			if len(list) < 20_000 {
				list = append(list, c)
			}
			return nil
		})
	})
	rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list, err
}

func median(list []float64) float64 {
	sorted := slices.Sorted(slices.Values(list))
	return sorted[len(sorted)/2]
}

func keysOf[K comparable, V any](m map[K]V) iter.Seq[K] { return maps.Keys(m) }

// forgetPeak gives memory back that the run does not need, and begins to measure
// the peak anew, where the system can (Linux).
func forgetPeak() {
	debug.FreeOSMemory()
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
}

// peakMemory is the most memory that this process held since, in MiB.
func peakMemory() float64 {
	if status, err := os.ReadFile("/proc/self/status"); err == nil {
		for line := range strings.Lines(string(status)) {
			if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
				kib, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
				return kib / 1024
			}
		}
	}
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return float64(s.Sys) / (1 << 20)
}

// profile writes a CPU profile to the file, if there is one, until it is stopped,
// and then what is in memory to a second one beside it.
func profile(path string) (stop func(), err error) {
	if path == "" {
		return func() {}, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("make profile: %w", err)
	}
	if err := pprof.StartCPUProfile(io.Writer(f)); err != nil {
		return nil, fmt.Errorf("make profile: %w", err)
	}
	return func() {
		pprof.StopCPUProfile()
		_ = f.Close()
		if heap, err := os.Create(path + ".heap"); err == nil {
			_ = pprof.Lookup("heap").WriteTo(heap, 0)
			_ = heap.Close()
		}
	}, nil
}
