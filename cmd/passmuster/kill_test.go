package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/accredit"
	"github.com/passmuster/passmuster/internal/demo"
	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/testkit"
)

// TestKilledIssueGoesOnAndMixesNobody kills the real program at random points of
// an issue, again and again, and lets it finish: everybody on the rosters has
// exactly one certificate, his own. One round in the everyday tests, a small one
// with -short; PASSMUSTER_RELEASE=1 does 30 of 10,000 people.
func TestKilledIssueGoesOnAndMixesNobody(t *testing.T) {
	r := killing{rounds: 1, files: 1, people: 1500, kills: 3, seed: uint64(time.Now().UnixNano())}
	switch {
	case testing.Short():
		r.people, r.kills = 200, 1
	case os.Getenv("PASSMUSTER_RELEASE") != "":
		r = killing{rounds: 30, files: 2, people: 5000, kills: 2, seed: r.seed}
	}
	if s, err := strconv.ParseUint(os.Getenv("PASSMUSTER_SEED"), 10, 64); err == nil {
		r.seed = s
	}
	if n, err := strconv.Atoi(os.Getenv("PASSMUSTER_ROUNDS")); err == nil {
		r.rounds = n
	}
	t.Logf("PASSMUSTER_SEED=%d: %d rounds of %d people in %d rosters, %d kills each", r.seed, r.rounds, r.files*r.people, r.files, r.kills)
	r.random = rand.New(rand.NewPCG(r.seed, 0))
	r.pdftotext = testkit.Tool(t, "pdftotext")
	r.first = newMassDemo(t).Data
	for round := range r.rounds {
		if !t.Run(fmt.Sprintf("round %d", round+1), r.round) {
			return
		}
	}
}

// killing is how the program is killed.
type killing struct {
	rounds, files, people, kills int
	seed                         uint64
	random                       *rand.Rand
	pdftotext                    string
	first                        string        // a data directory to begin from
	longest                      time.Duration // that an issue took
}

// massCourse is CPR1 for as many trainees as come.
const massCourse = "MASS1"

// newMassDemo is a demonstration with a course for a hall full of people.
func newMassDemo(t *testing.T) demonstration {
	d := newDemo(t, freeAddr(t))
	ctx, db, ring := t.Context(), openStore(t, d.Data), openKeys(t, d.Data)
	defer func() { _ = db.Close() }()
	var course registry.Course
	var account registry.Account
	err := db.Read(ctx, func(tx *store.Tx) (err error) {
		if course, err = tx.ActiveCourse(ctx, "CPR1"); err != nil {
			return err
		}
		account, err = tx.AccountByEmail(ctx, demo.TrainerEmail)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	course.ID, course.Code, course.Version, course.RatioWarn, course.RatioMax = "", massCourse, 1, 0, 0
	s := &accredit.Service{DB: db, Keys: ring, Now: time.Now, Demo: true}
	if _, err := s.AddCourse(ctx, access.System, course); err != nil {
		t.Fatal(err)
	}
	_, err = s.AccreditTrainer(ctx, access.System, accredit.Trainer{Person: registry.Person{ID: account.Person}, Courses: []string{massCourse}, Level: "lead",
		From: registry.DateOf(time.Now()).AddDays(-30)})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func openStore(t *testing.T, dir string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), store.Config{Dir: dir, Shared: true})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func openKeys(t *testing.T, dir string) *keys.Ring {
	t.Helper()
	ring, err := keys.Open(filepath.Join(dir, "keys"), nil)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// round issues every roster, killed and begun again, and looks at what there is.
func (r *killing) round(t *testing.T) {
	data, out := filepath.Join(t.TempDir(), "data"), t.TempDir()
	if err := os.CopyFS(data, os.DirFS(r.first)); err != nil {
		t.Fatal(err)
	}
	if err := private(data); err != nil {
		t.Fatal(err)
	}
	var expected [][]string
	first := r.random.IntN(1_000_000)
	for i := range r.files {
		roster := demo.Roster(first+i*r.people, r.people)
		rows, err := csv.NewReader(bytes.NewReader(roster)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		expected = append(expected, rows[1:]...)
		r.issue(t, data, out, file(t, fmt.Sprintf("roster-%d.csv", i), roster))
	}
	inspect(t, data, out, expected, r.pdftotext)
}

// private gives copied keys the mode that the program asks for.
func private(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return os.Chmod(path, 0o700)
		}
		return os.Chmod(path, 0o600)
	})
}

// issue runs `passmuster issue` on the roster until it ends by itself.
func (r *killing) issue(t *testing.T, data, out, roster string) {
	t.Helper()
	span := max(r.longest, time.Duration(r.people)*4*time.Millisecond)
	for n := 0; ; n++ {
		ctx, stop := context.WithTimeout(t.Context(), 20*time.Minute)
		limit := time.Duration(0)
		if n < r.kills {
			limit = time.Duration(r.random.Int64N(int64(span)))
		}
		cmd := exec.CommandContext(ctx, binary, "issue", roster, "--course", massCourse, "--base", "SJZ", "--out", out, "--json",
			"--actor", demo.TrainerEmail, "--approver", demo.ApproverEmail)
		cmd.Dir, cmd.Env = t.TempDir(), []string{"PATH=" + os.Getenv("PATH"), "PASSMUSTER_DATA=" + data, "PASSMUSTER_LANG=en", "PASSMUSTER_LOG=error"}
		var said bytes.Buffer
		cmd.Stdout = &said
		began := time.Now()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if n < r.kills {
			time.AfterFunc(limit, func() { _ = cmd.Process.Kill() }) // SIGKILL: nothing is cleaned up
		}
		err := cmd.Wait()
		stop()
		took := time.Since(began)
		var exited *exec.ExitError
		switch {
		case err == nil && n < r.kills: // done before it was to be killed: what follows only finds everything there
			r.longest = max(r.longest, took)
			span = took
		case err == nil:
			r.longest = max(r.longest, took)
			return
		case errors.As(err, &exited) && exited.ExitCode() == -1 && n < r.kills:
			t.Logf("killed after %s", took.Round(time.Millisecond))
		default:
			t.Fatalf("issue: %v\n%s", err, problems(said.Bytes()))
		}
	}
}

// problems are the lines of the printed document that tell of rows left out.
func problems(said []byte) []byte {
	var doc struct {
		Errors []map[string]any `json:"errors"`
		Failed []map[string]any `json:"not_passed"`
	}
	if json.Unmarshal(said, &doc) != nil {
		return said
	}
	return fmt.Append(nil, doc.Errors, doc.Failed)
}

// inspect compares what the registry and the folder hold with the rosters.
func inspect(t *testing.T, data, out string, expected [][]string, pdftotext string) {
	t.Helper()
	ctx, db := t.Context(), openStore(t, data)
	defer func() { _ = db.Close() }()
	have := map[string][]registry.Credential{} // by name and last four
	numbers, codes, people := map[registry.Number]bool{}, map[registry.Code]bool{}, map[registry.ID]bool{}
	total := 0
	err := db.Read(ctx, func(tx *store.Tx) error {
		if queued, err := tx.CountQueued(ctx, ""); err != nil || queued != 0 {
			t.Errorf("%d intents left unsigned, %v", queued, err)
		}
		return eachOf(ctx, tx, massCourse, func(c registry.Credential) error {
			total++
			numbers[c.Number], codes[c.Code], people[c.Person] = true, true, true
			e, err := tx.Enrolment(ctx, c.Enrolment)
			if err != nil {
				return err
			}
			if c.State != registry.StateIssued || e.Name != c.Snapshot.Name || e.IDLast4 != c.Snapshot.IDLast4 || e.Person != c.Person {
				t.Errorf("%s: %s, %q on paper for %q", c.Number, c.State, c.Snapshot.Name, e.Name)
			}
			key := c.Snapshot.Name + c.Snapshot.IDLast4
			have[key] = append(have[key], c)
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(expected); total != n || len(numbers) != n || len(codes) != n || len(people) != n {
		t.Errorf("%d credentials, %d numbers, %d codes, %d people; want %d of each", total, len(numbers), len(codes), len(people), n)
	}
	for i, row := range expected {
		name, id := row[0], row[2]
		key := name + id[len(id)-4:]
		if len(have[key]) == 0 {
			t.Errorf("%s (row %d) got nothing", name, i+2)
			continue
		}
		c := have[key][0]
		have[key] = have[key][1:]
		paper(t, out, c, i%max(1, len(expected)/30) == 0, pdftotext)
	}
	if files, _ := filepath.Glob(filepath.Join(out, "*.pdf")); len(files) != len(expected) {
		t.Errorf("%d files for %d people", len(files), len(expected))
	}
	trail(t, db, total)
}

// eachOf calls fn with every credential of the course.
func eachOf(ctx context.Context, tx *store.Tx, course string, fn func(registry.Credential) error) error {
	return tx.EachIssued(ctx, func(code registry.Code) error {
		c, err := tx.CredentialByCode(ctx, code)
		if err != nil || c.Snapshot.Course.Code != course {
			return err
		}
		return fn(c)
	})
}

// paper checks that the file of the credential is the issued one, and reads some.
func paper(t *testing.T, out string, c registry.Credential, read bool, pdftotext string) {
	t.Helper()
	path := filepath.Join(out, string(c.Number)+".pdf")
	b, err := os.ReadFile(path)
	if sum := sha256.Sum256(b); err != nil || hex.EncodeToString(sum[:]) != c.PDFSHA256 {
		t.Errorf("%s: not the issued file, %v", c.Number, err)
		return
	}
	if !read {
		return
	}
	text, err := exec.Command(pdftotext, path, "-").Output()
	for _, want := range []string{c.Snapshot.Name, string(c.Number)} {
		if !strings.Contains(strings.ReplaceAll(string(text), " ", ""), strings.ReplaceAll(want, " ", "")) {
			t.Errorf("%s: %q does not stand on it, %v", c.Number, want, err)
		}
	}
}

// trail checks that the audit tells of each issue once, in an unbroken chain.
func trail(t *testing.T, db *store.DB, issued int) {
	t.Helper()
	ctx := t.Context()
	if _, _, err := db.ChainAudit(ctx); err != nil {
		t.Fatal(err)
	}
	if err := db.CheckAuditChain(ctx); err != nil {
		t.Error(err)
	}
	told := map[registry.ID]int{}
	err := db.Read(ctx, func(tx *store.Tx) error {
		return eachOf(ctx, tx, massCourse, func(c registry.Credential) error {
			acts, err := tx.AuditEntries(ctx, store.AuditFilter{AllOrgs: true, Object: c.ID})
			told[c.ID] = len(slices.DeleteFunc(acts, func(e store.AuditEntry) bool { return e.Action != "credential.issue" }))
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	for id, n := range told {
		if n != 1 {
			t.Errorf("credential %s: %d rows of the audit tell of its issue", id, n)
		}
	}
	if len(told) != issued {
		t.Errorf("%d credentials looked up in the audit, want %d", len(told), issued)
	}
}
