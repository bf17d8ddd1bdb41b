package publish_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/badge"
	"github.com/passmuster/passmuster/internal/publish"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/store/storetest"
	"github.com/passmuster/passmuster/internal/testkit/world"
)

// TestWhatIsSpoiledInTheStoreIsNotServedAndMadeAnew changes stored publications
// behind the program's back.
func TestWhatIsSpoiledInTheStoreIsNotServedAndMadeAnew(t *testing.T) {
	for name, change := range map[string]string{
		"a changed letter": "substr(body, 1, 400) || CASE substr(body, 401, 1) WHEN 'A' THEN 'B' ELSE 'A' END || substr(body, 402)",
		"half of it":       "substr(body, 1, length(body) / 2)",
		"no encoding":      "'<html>'",
		"nothing":          "''",
	} {
		t.Run(name, func(t *testing.T) {
			w := world.New(t)
			c := w.Issued(1)[0]
			refresh(t, w.Publish)
			raw, err := sql.Open("sqlite", "file:"+filepath.Join(w.Dir, "passmuster.db")+"?_pragma=busy_timeout(10000)")
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = raw.Close() }()
			if _, err := raw.ExecContext(t.Context(), "UPDATE publications SET body = "+change); err != nil {
				t.Fatal(err)
			}
			for kind, p := range eachFile(t, w.NewPublish()) {
				if world.Code(p.err) != "publication.spoiled" {
					t.Errorf("%s: %v", kind, p.err)
				}
			}
			node := w.NewPublish() // the one that made them has them in memory
			refresh(t, node)
			for kind, p := range eachFile(t, node) {
				if p.err != nil {
					t.Errorf("%s is not made anew: %v", kind, p.err)
				}
			}
			if a := download(t, node).check(t, qr(t, w, c)); a.Status != registry.StatusValid {
				t.Errorf("made anew: %s", a.Status)
			}
			if a := validate(t, w, node, c)[0]; a != (outside{Entries: 131072}) {
				t.Errorf("made anew: %+v", a)
			}
		})
	}
}

type filed struct {
	publish.File
	err error
}

// eachFile is each kind of publication with the error of getting it.
func eachFile(t *testing.T, s *publish.Service) map[string]filed {
	t.Helper()
	all := map[string]filed{}
	f, err := s.TrustFile(t.Context(), 0)
	all["trust"] = filed{f, err}
	f, err = s.BundleFile(t.Context(), 0)
	all["bundle"] = filed{f, err}
	f, err = s.StatusFile(t.Context(), "1", publish.TypeVC)
	all["status"] = filed{f, err}
	return all
}

func TestWhatWasCheckedOutlivesTheStore(t *testing.T) {
	w := world.New(t)
	w.Issued(1)
	refresh(t, w.Publish)
	before, fresh := eachFile(t, w.Publish), w.NewPublish()
	if err := w.DB.Close(); err != nil {
		t.Fatal(err)
	}
	for kind, f := range eachFile(t, w.Publish) {
		if f.err != nil || !bytes.Equal(f.Body, before[kind].Body) || f.ETag != before[kind].ETag || !f.Modified.Equal(before[kind].Modified) {
			t.Errorf("%s, which was served before: %v", kind, f.err)
		}
	}
	for kind, f := range eachFile(t, fresh) {
		if !errors.Is(f.err, registry.Unavailable) {
			t.Errorf("%s, from a process that never had it: %v", kind, f.err)
		}
	}
	if err := w.Publish.Refresh(t.Context()); err == nil {
		t.Error("refreshed without a store")
	}
}

func TestNumberedVersionsNeverChange(t *testing.T) {
	w := world.New(t)
	c := w.Issued(1)[0]
	refresh(t, w.Publish)
	first := map[string]publish.File{}
	for kind, f := range eachFile(t, w.Publish) {
		first[kind] = f.File
	}
	suspended := false
	for range 3 {
		w.Clock.Add(time.Minute)
		if suspended {
			must(t, second(w.Lifecycle.Reinstate(t.Context(), w.By("approver"), c.Number, "")))
		} else {
			must(t, second(w.Lifecycle.Suspend(t.Context(), w.By("approver"), c.Number, "under_review", "")))
		}
		suspended = !suspended
		refresh(t, w.Publish)
	}
	for _, s := range []*publish.Service{w.Publish, w.NewPublish()} {
		n, err := strconv.ParseInt(strings.TrimPrefix(first["bundle"].Numbered, "/bundle/"), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		f, err := s.BundleFile(t.Context(), n)
		if err != nil || !bytes.Equal(f.Body, first["bundle"].Body) || !strings.Contains(f.Cache, "immutable") || f.ETag != first["bundle"].ETag {
			t.Errorf("bundle %d after three more: %v", n, err)
		}
		if _, err := s.BundleFile(t.Context(), n+1000); world.Code(err) != "publication.unknown" {
			t.Errorf("a number that there is not: %v", err)
		}
	}
}

// TestADecisionIsOutWithinTwoSecondsOfItsCommit runs the watch that a server runs,
// and reports how long it took; it fails only when nothing comes.
func TestADecisionIsOutWithinTwoSecondsOfItsCommit(t *testing.T) {
	w := world.New(t)
	list := w.Issued(5)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); w.Publish.Watch(ctx) }()
	defer func() { stop(); <-done }()
	tags := func() [2]string { // of the bundle and of the status list
		b, err1 := w.Publish.BundleFile(ctx, 0)
		s, err2 := w.Publish.StatusFile(ctx, badge.ListName(1, badge.Revocation), publish.TypeVC)
		if err1 != nil || err2 != nil {
			return [2]string{}
		}
		return [2]string{b.ETag, s.ETag}
	}
	both := func(a, b [2]string) bool { return a[0] != b[0] && a[1] != b[1] }
	await := func(what string, changed func() bool) time.Duration {
		start := time.Now()
		for !changed() {
			if time.Since(start) > time.Minute {
				t.Fatalf("%s: nothing for a minute", what)
			}
			time.Sleep(5 * time.Millisecond)
		}
		return time.Since(start)
	}
	await("first", func() bool { return tags() != [2]string{} })
	var slowest time.Duration
	for _, c := range list {
		before := tags()
		revoke(t, w, c)
		slowest = max(slowest, await(string(c.Number), func() bool { return both(before, tags()) }))
		if a := download(t, w.Publish).check(t, qr(t, w, c)); a.Status != registry.StatusRevoked {
			await("revoked, not suspended", func() bool { return download(t, w.Publish).check(t, qr(t, w, c)).Status == registry.StatusRevoked })
		}
	}
	t.Logf("slowest of %d: %d ms after the commit", len(list), slowest.Milliseconds())
}

func TestTwoNodesOnPostgreSQLServeTheSameLists(t *testing.T) {
	url := storetest.Postgres(t)
	db := storetest.Open(t, store.Config{URL: url})
	w := world.Over(t, db, "")
	list := w.Issued(6)
	nodes := []*publish.Service{w.Publish, w.NewPublish(), w.NewPublish()}
	for round, c := range list {
		done := make(chan error, len(nodes))
		for _, n := range nodes {
			go func() { done <- n.Refresh(t.Context()) }()
		}
		for range nodes {
			if err := <-done; err != nil {
				t.Errorf("round %d: %v", round, err)
			}
		}
		first := eachFile(t, nodes[0])
		for i, n := range nodes[1:] {
			for kind, f := range eachFile(t, n) {
				if f.err != nil || f.ETag != first[kind].ETag || !bytes.Equal(f.Body, first[kind].Body) {
					t.Errorf("round %d: node %d has another %s: %v", round, i+2, kind, f.err)
				}
			}
		}
		if bits := fmt.Sprint(validate(t, w, nodes[2], list...)); strings.Count(bits, "{1 ") != round {
			t.Errorf("round %d: %s", round, bits)
		}
		w.Clock.Add(time.Minute)
		revoke(t, w, c)
	}
}
