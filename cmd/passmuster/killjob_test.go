package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/demo"
	"github.com/passmuster/passmuster/internal/issue"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// TestAJobKilledHalfwayIsFinishedAndItsPageSaysSo kills the real program as soon
// as about half of a class is issued. The server that starts next goes on by
// itself, the job's page tells how far it is and that it is done, and everybody
// has exactly one certificate.
func TestAJobKilledHalfwayIsFinishedAndItsPageSaysSo(t *testing.T) {
	const people = 1000
	d := newMassDemo(t)
	data := d.Data
	roster := file(t, "roster.csv", demo.Roster(0, people))
	cmd := exec.Command(binary, "issue", roster, "--course", massCourse, "--base", "SJZ", "--out", t.TempDir(), "--actor", demo.TrainerEmail, "--approver", demo.ApproverEmail)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "PASSMUSTER_DATA=" + data, "PASSMUSTER_LANG=en", "PASSMUSTER_LOG=error"}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	db := openStore(t, data)
	defer func() { _ = db.Close() }()
	var run store.Run
	for limit := time.Now().Add(3 * time.Minute); run.Done < people/2; time.Sleep(2 * time.Millisecond) {
		if time.Now().After(limit) || cmd.ProcessState != nil {
			t.Fatalf("half of the class was never seen: %+v", run)
		}
		if found, err := runOfCourse(t.Context(), db, massCourse); err == nil {
			run = found
		}
	}
	_ = cmd.Process.Kill() // SIGKILL: nothing is cleaned up
	_ = cmd.Wait()
	t.Logf("killed with %d of %d issued", run.Done, run.Total)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}

	s := serveDemo(t, d)
	browser := &http.Client{Jar: value(cookiejar.New(nil))}
	open := func(path string, form url.Values) string {
		t.Helper()
		method, body := http.MethodGet, io.Reader(nil)
		if form != nil {
			method, body = http.MethodPost, strings.NewReader(form.Encode())
		}
		r := value(http.NewRequestWithContext(t.Context(), method, s.base+path, body))
		r.Header.Set("Accept", "text/html")
		r.Header.Set("Accept-Language", "en")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		if form != nil {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		answer, err := browser.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		return string(value(io.ReadAll(answer.Body)))
	}
	open("/signin", url.Values{"email": {demo.ApproverEmail}, "password": {d.Password}})
	page := ""
	for limit := time.Now().Add(3 * time.Minute); !strings.Contains(page, "All certificates are issued"); time.Sleep(50 * time.Millisecond) {
		page = open("/jobs/"+string(run.ID), nil)
		if !regexp.MustCompile(`[\d,]+ of 1,?000 issued`).MatchString(page) || time.Now().After(limit) {
			t.Fatalf("the page of the job: %s", page)
		}
	}
	s.stop()
	db = openStore(t, data)
	numbers, holders := map[registry.Number]bool{}, map[registry.ID]bool{}
	err := db.Read(t.Context(), func(tx *store.Tx) error {
		return eachOf(t.Context(), tx, massCourse, func(c registry.Credential) error {
			if c.State != registry.StateIssued {
				t.Errorf("%s is %s", c.Number, c.State)
			}
			numbers[c.Number], holders[c.Person] = true, true
			return nil
		})
	})
	if err != nil || len(numbers) != people || len(holders) != people {
		t.Errorf("%d certificates of %d people, want %d of each, %v", len(numbers), len(holders), people, err)
	}
}

// runOfCourse is the newest issue of a class of the course.
func runOfCourse(ctx context.Context, db *store.DB, course string) (run store.Run, err error) {
	err = db.Read(ctx, func(tx *store.Tx) error {
		classes, err := tx.Classes(ctx, store.ClassFilter{AllOrgs: true, Search: course, Limit: 1})
		if err != nil || len(classes) == 0 {
			return errors.Join(err, registry.NotFound)
		}
		run, err = tx.RunFor(ctx, issue.JobKind, classes[0].ID)
		return err
	})
	return run, err
}

func value[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
