package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/store/storetest"
	"github.com/passmuster/passmuster/internal/testkit"
)

// commitAndTell commits three times and says what came of each, and of a read.
func commitAndTell() {
	ctx := context.Background()
	d, err := store.Open(ctx, store.Config{Dir: os.Getenv("STORE_DIR")})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	for i := range 3 {
		err := auditedTx(ctx, d, func(ctx context.Context, tx *store.Tx) error { return tx.AddPerson(ctx, newPerson(fmt.Sprint(i))) })
		fmt.Println("ack", i, answer(err))
	}
	fmt.Println("read", answer(d.Read(ctx, func(tx *store.Tx) error { _, err := tx.Programmes(ctx); return err })))
	fmt.Println("ready", d.Ready(ctx) == nil)
	os.Exit(0)
}

func answer(err error) string {
	var refusal *registry.Error
	if errors.As(err, &refusal) {
		return refusal.Code
	}
	return fmt.Sprint(err)
}

// traced runs commitAndTell on a migrated store under strace, and returns what
// it said and what strace wrote.
func traced(t *testing.T, dir string, options ...string) (said, trace string) {
	t.Helper()
	strace := testkit.Tool(t, "strace")
	d, err := store.Open(t.Context(), store.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(d.Migrate(t.Context()), d.Close()); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "trace")
	cmd := exec.Command(strace, append(append([]string{"-f", "-y", "-o", file}, options...), os.Args[0])...)
	cmd.Env = append(os.Environ(), "STORE_TEST_ROLE=commit", "STORE_DIR="+dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		testkit.LeaveOut(t, fmt.Sprintf("strace cannot trace here: %v: %s", err, out))
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(out), string(b)
}

// TestACommitIsOnTheDiskBeforeItIsAnswered holds against a power loss, which
// ending the process would not show.
func TestACommitIsOnTheDiskBeforeItIsAnswered(t *testing.T) {
	said, trace := traced(t, t.TempDir(), "-e", "trace=pwrite64,fdatasync,fsync,write")
	if strings.Count(said, "<nil>") != 4 {
		t.Fatalf("the process said: %s", said)
	}
	unsynced, acks := false, 0
	for line := range strings.Lines(trace) {
		switch {
		case strings.Contains(line, "pwrite64(") && strings.Contains(line, "passmuster.db-wal"):
			unsynced = true
		case strings.Contains(line, "sync(") && strings.Contains(line, "passmuster.db-wal"):
			unsynced = false
		case strings.Contains(line, `write(1`) && strings.Contains(line, "ack"):
			acks++
			if unsynced {
				t.Errorf("answered before the log was on the disk: %s", line)
			}
		}
	}
	if acks != 3 {
		t.Errorf("saw %d answers in the trace, want 3", acks)
	}
}

// TestAFailingDiskStopsWritesAndNotReads: after a failed sync nobody knows what
// the disk holds, so the first answer is "unknown", and nothing more is written
// until a restart.
func TestAFailingDiskStopsWritesAndNotReads(t *testing.T) {
	dir := t.TempDir()
	said, _ := traced(t, dir, "-e", "trace=fdatasync,fsync", "-e", "inject=fdatasync,fsync:error=EIO")
	want := "ack 0 store.outcome_unknown\nack 1 store.unavailable\nack 2 store.unavailable\nread <nil>\nready false\n"
	if said != want {
		t.Errorf("on a failing disk the process said:\n%swant:\n%s", said, want)
	}
	d := storetest.Open(t, store.Config{Dir: dir})
	mustTx(t, d, func(ctx context.Context, tx *store.Tx) error {
		return tx.AddPerson(ctx, newPerson("after the restart"))
	})
	if sound, err := d.Strings(t.Context(), "PRAGMA integrity_check"); err != nil || sound[0] != "ok" {
		t.Errorf("integrity after the restart: %v, %v", sound, err)
	}
}
