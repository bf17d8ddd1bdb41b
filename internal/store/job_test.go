package store_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/store/storetest"
)

// TestMain lets this binary stand for a process that crashes at a job, or whose
// disk fails.
func TestMain(m *testing.M) {
	switch os.Getenv("STORE_TEST_ROLE") {
	case "crash":
		crashAtJob()
	case "commit":
		commitAndTell()
	}
	os.Exit(m.Run())
}

// crashAtJob takes a job, says so and hangs until it is killed.
func crashAtJob() {
	d, err := store.Open(context.Background(), store.Config{URL: os.Getenv("STORE_URL"), Dir: os.Getenv("STORE_DIR")})
	if err == nil {
		err = d.Work(context.Background(), map[string]store.Worker{"slow": func(context.Context, json.RawMessage) error {
			fmt.Println("leased")
			select {}
		}})
	}
	fmt.Println(err)
	os.Exit(1)
}

func TestAJobSurvivesACrashOfItsProcess(t *testing.T) {
	crash := func(t *testing.T, c store.Config) {
		d, err := store.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		enqueue(t, d, "slow", 1, "", time.Time{})
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		killAtJob(t, c)
		d = storetest.Open(t, c)
		done := 0
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err = d.Work(ctx, map[string]store.Worker{"slow": func(context.Context, json.RawMessage) error {
			done++
			cancel()
			return nil
		}})
		if done != 1 || err != nil {
			t.Errorf("the job was done %d times after the crash, %v; want once", done, err)
		}
	}
	t.Run("sqlite", func(t *testing.T) { crash(t, store.Config{Dir: t.TempDir()}) })
	t.Run("postgres", func(t *testing.T) { crash(t, store.Config{URL: storetest.Postgres(t)}) })
}

// killAtJob runs this binary until it has taken the job, and kills it.
func killAtJob(t *testing.T, c store.Config) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "STORE_TEST_ROLE=crash", "STORE_URL="+c.URL, "STORE_DIR="+c.Dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if line != "leased\n" {
		t.Fatalf("the other process says %q", line)
	}
}

func enqueue(t testing.TB, d *store.DB, kind string, args any, unique string, at time.Time) {
	t.Helper()
	err := d.Tx(t.Context(), func(tx *store.Tx) error { return tx.Enqueue(t.Context(), kind, args, unique, at) })
	if err != nil {
		t.Fatal(err)
	}
}

// notes collects what workers did.
type notes struct {
	sync.Mutex
	list []string
}

func (n *notes) add(s string) {
	n.Lock()
	defer n.Unlock()
	n.list = append(n.list, s)
}

func (n *notes) sorted() []string {
	n.Lock()
	defer n.Unlock()
	list := slices.Clone(n.list)
	slices.Sort(list)
	return list
}

func TestDrainDoesWhatIsReadyAndWhatThatLeaves(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		var n notes
		workers := map[string]store.Worker{
			"parent": func(ctx context.Context, args json.RawMessage) error {
				n.add("parent " + string(args))
				return d.Tx(ctx, func(tx *store.Tx) error { return tx.Enqueue(ctx, "child", 1, "", time.Time{}) })
			},
			"child": func(context.Context, json.RawMessage) error { n.add("child"); return nil },
			"fails": func(context.Context, json.RawMessage) error { n.add("fails"); return errors.New("no mail server") },
			"dies":  func(context.Context, json.RawMessage) error { panic("index out of range") },
		}
		enqueue(t, d, "parent", map[string]int{"x": 1}, "", time.Time{})
		enqueue(t, d, "fails", nil, "", time.Now().Add(-time.Hour))
		enqueue(t, d, "dies", nil, "", time.Time{})
		enqueue(t, d, "stranger", nil, "", time.Time{})
		enqueue(t, d, "child", nil, "", time.Now().Add(time.Hour))
		err := d.Drain(t.Context(), workers)
		for _, want := range []string{"no mail server", "panic: index out of range", `no worker for jobs of kind "stranger"`} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("Drain = %v, want it to tell of %q", err, want)
			}
		}
		// A failed job may be due again before the others are done.
		if got, want := slices.Compact(n.sorted()), []string{"child", "fails", `parent {"x":1}`}; !slices.Equal(got, want) {
			t.Errorf("done: %q, want %q", got, want)
		}
	})
}

func TestAJobWithTheKeyOfAWaitingOneIsNotNeeded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		var n notes
		for range 3 {
			enqueue(t, d, "publish", "first", "bundle", time.Time{})
		}
		enqueue(t, d, "publish", "other", "crl", time.Time{})
		enqueue(t, d, "sweep", "sweep", "bundle", time.Time{}) // another kind is another job
		workers := map[string]store.Worker{
			"publish": func(ctx context.Context, args json.RawMessage) error {
				n.add(string(args))
				if string(args) != `"first"` {
					return nil
				}
				// What changes while it runs needs another run.
				return d.Tx(ctx, func(tx *store.Tx) error { return tx.Enqueue(ctx, "publish", "again", "bundle", time.Time{}) })
			},
			"sweep": func(_ context.Context, args json.RawMessage) error { n.add(string(args)); return nil },
		}
		if err := d.Drain(t.Context(), workers); err != nil {
			t.Fatal(err)
		}
		enqueue(t, d, "publish", "later", "bundle", time.Time{})
		if err := d.Drain(t.Context(), workers); err != nil {
			t.Fatal(err)
		}
		if got, want := n.sorted(), []string{`"again"`, `"first"`, `"later"`, `"other"`, `"sweep"`}; !slices.Equal(got, want) {
			t.Errorf("done: %q, want %q", got, want)
		}
	})
}

func TestAWorkerWakesUpAndEndsWithItsContext(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		started, ended, finished := make(chan string, 100), make(chan struct{}), make(chan error, 1)
		go func() {
			finished <- d.Work(ctx, map[string]store.Worker{
				"quick": func(context.Context, json.RawMessage) error { started <- "quick"; return nil },
				"long": func(ctx context.Context, _ json.RawMessage) error {
					started <- "long"
					<-ctx.Done()
					close(ended)
					return ctx.Err()
				},
			})
		}()
		for range 20 { // each is announced by its commit, none waits for a poll
			enqueue(t, d, "quick", nil, "", time.Time{})
			<-started
		}
		enqueue(t, d, "long", nil, "", time.Time{})
		if got := <-started; got != "long" {
			t.Fatalf("started %q", got)
		}
		cancel()
		if err := <-finished; err != nil {
			t.Errorf("Work = %v", err)
		}
		select {
		case <-ended:
		default:
			t.Error("Work returned before its job")
		}
		again := 0
		if err := d.Drain(t.Context(), map[string]store.Worker{"long": func(context.Context, json.RawMessage) error { again++; return nil }}); err != nil || again != 1 {
			t.Errorf("a stopped job was done %d times afterwards, %v; want once", again, err)
		}
	})
}

func TestAJobOfSQLiteIsTriedLaterAndLaterAndThenKept(t *testing.T) {
	d := storetest.New(t)
	now := day
	d.SetNow(func() time.Time { return now })
	enqueue(t, d, "fails", nil, "", now)
	tries := 0
	workers := map[string]store.Worker{"fails": func(context.Context, json.RawMessage) error { tries++; return errors.New("out of order") }}
	var pauses []time.Duration
	for last := now; tries < 25; now = now.Add(time.Minute) {
		before := tries
		_ = d.Drain(t.Context(), workers)
		if tries > before {
			pauses = append(pauses, now.Sub(last))
			last = now
			now = now.Add(time.Duration(tries*tries*tries*tries)*time.Second*9/10 - time.Minute) // most of the pause
		}
	}
	if pauses[24] < 70*time.Hour || pauses[24] > 110*time.Hour {
		t.Errorf("the 25th attempt came %v after the 24th, want about four days", pauses[24])
	}
	now = now.Add(1000 * time.Hour)
	if err := d.Drain(t.Context(), workers); err != nil || tries != 25 {
		t.Errorf("a dead job was tried: %d tries, %v", tries, err)
	}
	if rows, _ := d.Strings(t.Context(), "SELECT state || ' ' || last_error FROM jobs"); !slices.Equal(rows, []string{"dead out of order"}) {
		t.Errorf("jobs: %q, want the dead one kept with its error", rows)
	}
}
