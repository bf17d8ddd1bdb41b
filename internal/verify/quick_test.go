package verify_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/issue"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/store/storetest"
	"github.com/passmuster/passmuster/internal/testkit/world"
	"github.com/passmuster/passmuster/internal/verify"
)

// node is a process that serves the world's store, with its memory.
func node(t *testing.T, w *world.World, db *store.DB) *verify.Service {
	t.Helper()
	s := &verify.Service{DB: db, Keys: w.Ring, Now: w.Clock.Now, Origin: world.Origin, Log: slog.New(slog.DiscardHandler), Cache: 100}
	ctx, stop := context.WithCancel(t.Context())
	var wait sync.WaitGroup
	wait.Go(func() { s.Watch(ctx) })
	t.Cleanup(func() { stop(); wait.Wait() })
	return s
}

// written is the JSON of an answer as it leaves the server.
func written(t *testing.T, answer func(c *gin.Context)) map[string]any {
	t.Helper()
	w := httptest.NewRecorder()
	c, _ := gin.CreateTestContext(w)
	c.Request = httptest.NewRequest("GET", "/", nil)
	answer(c)
	var v map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	return v
}

// quick asks the short way.
func quick(t *testing.T, s *verify.Service, code registry.Code) verify.Plain {
	t.Helper()
	p, err := s.Quick(t.Context(), string(code), verify.ChannelAPI)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestTheShortWayGivesTheSameAnswer compares what leaves the server, member by
// member, for every status, cold and from memory, in the store's two engines.
func TestTheShortWayGivesTheSameAnswer(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world.Over(t, db, "")
		s := node(t, w, db)
		list := named(w, "王芳", "阿卜杜热西提·阿布都克里木", `O'Brien-Łukasiewicz "Siobhán" \ <b>`, "Семёнов Пётр", "李四", "张丽")
		ctx := t.Context()
		for _, err := range []error{
			second(w.Lifecycle.Suspend(ctx, w.By("approver"), list[1].Number, "under_review", "")),
			second(w.Lifecycle.Revoke(ctx, w.By("approver"), list[2].Number, "identity", "")),
			second(w.Lifecycle.Revoke(ctx, w.By("second"), list[2].Number, "identity", "")),
			second(w.Issue.Reissue(ctx, w.By("approver"), list[3].Number, issue.Correction{Name: "Семёнова Пётр", Reason: "misspelt"})),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		codes := []registry.Code{unknown}
		for _, c := range list {
			codes = append(codes, c.Code)
		}
		for _, at := range []time.Time{world.Start, time.Date(2028, 10, 1, 16, 0, 0, 0, time.UTC), time.Date(2028, 11, 30, 16, 0, 0, 0, time.UTC), world.Start.AddDate(0, 0, -2)} {
			w.Clock.Set(at)
			for _, code := range codes {
				full, err := w.Verify.QR(ctx, world.Origin+"/v/"+string(code)) // a link alone: read the long way
				if err != nil {
					t.Fatal(err)
				}
				want := written(t, func(c *gin.Context) { edge.WriteAnswer(c, full) })
				for _, when := range []string{"first", "again"} {
					p := quick(t, s, code)
					if got := written(t, func(c *gin.Context) { edge.WritePlain(c, p.Answer, p.Shown) }); !reflect.DeepEqual(got, want) {
						t.Errorf("%s at %s, %s:\n%v\nwant\n%v", full.Status, at, when, got, want)
					}
					whole, err := p.Whole()
					if err != nil || !reflect.DeepEqual(written(t, func(c *gin.Context) { edge.WriteAnswer(c, whole) }), want) {
						t.Errorf("%s at %s, read again: %+v, %v", full.Status, at, whole, err)
					}
				}
			}
		}
	})
}

// TestARevocationIsSeenAtOnceAndStays revokes while others ask: whoever asks
// after the revocation was answered for, or after somebody has seen it, sees it.
func TestARevocationIsSeenAtOnceAndStays(t *testing.T) {
	w := world.New(t)
	s := node(t, w, w.DB)
	list := w.Issued(100)
	var done [100]atomic.Bool // the revocation was acknowledged, or seen
	var wrong atomic.Int64
	stop := make(chan struct{})
	var wait sync.WaitGroup
	for k := range 4 {
		wait.Go(func() {
			for i := k; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				n := i % len(list)
				seen := done[n].Load()
				p, err := s.Quick(context.Background(), string(list[n].Code), verify.ChannelAPI)
				switch {
				case err != nil || p.Status != registry.StatusValid && p.Status != registry.StatusSuspended:
					wrong.Add(1)
				case p.Status == registry.StatusSuspended:
					done[n].Store(true)
				case seen:
					wrong.Add(1)
				}
			}
		})
	}
	for i, c := range list {
		if _, err := w.Lifecycle.Revoke(t.Context(), w.By("approver"), c.Number, "identity", ""); err != nil {
			t.Fatal(err)
		}
		done[i].Store(true)
		if p := quick(t, s, c.Code); p.Status != registry.StatusSuspended {
			t.Fatalf("%d: %s after it was suspended", i, p.Status)
		}
	}
	close(stop)
	wait.Wait()
	for _, c := range list {
		if _, err := w.Lifecycle.Revoke(t.Context(), w.By("second"), c.Number, "identity", ""); err != nil {
			t.Fatal(err)
		}
		if p := quick(t, s, c.Code); p.Status != registry.StatusRevoked {
			t.Fatalf("%s after it was revoked", p.Status)
		}
	}
	if n := wrong.Load(); n > 0 {
		t.Errorf("%d answers were of before", n)
	}
}

// TestTwoNodesAgree has one node change what the other remembers.
func TestTwoNodesAgree(t *testing.T) {
	url := storetest.Postgres(t)
	var dbs [2]*store.DB
	for i := range dbs {
		db, err := store.Open(t.Context(), store.Config{URL: url})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		dbs[i] = db
	}
	w := world.Over(t, dbs[0], "")
	here, there := node(t, w, dbs[0]), node(t, w, dbs[1])
	list := w.Issued(60)
	for i, c := range list {
		if p := quick(t, there, c.Code); p.Status != registry.StatusValid { // issued by the other node a moment ago
			t.Fatalf("%d on the other node: %s", i, p.Status)
		}
		quick(t, here, c.Code)
	}
	for i, c := range list {
		if _, err := w.Lifecycle.Suspend(t.Context(), w.By("approver"), c.Number, "under_review", ""); err != nil {
			t.Fatal(err)
		}
		if p := quick(t, here, c.Code); p.Status != registry.StatusSuspended {
			t.Fatalf("%d on this node: %s", i, p.Status)
		}
	}
	var seen []int
	for range 40 { // two seconds, and long after the lease
		for i, c := range list {
			p := quick(t, there, c.Code)
			switch {
			case p.Status == registry.StatusSuspended && !slices.Contains(seen, i):
				seen = append(seen, i)
			case p.Status != registry.StatusSuspended && slices.Contains(seen, i):
				t.Fatalf("%d flipped back to %s", i, p.Status)
			}
		}
		if len(seen) == len(list) {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if len(seen) != len(list) {
		t.Errorf("%d of %d suspensions were seen on the other node", len(seen), len(list))
	}
	// A code that another node adds is found the moment it is issued, filter or not.
	for i := range 20 {
		class := w.Submitted(1, world.On(fmt.Sprintf("2026-11-%02d", 1+i%20)))
		c := w.Approve(class.ID).Credentials[0]
		if p := quick(t, there, c.Code); p.Status != registry.StatusValid {
			t.Fatalf("issued on one node, on the other: %s", p.Status)
		}
	}
}

// TestWhatIsRememberedAgesWithTheClock crosses the end of validity with the facts
// in memory.
func TestWhatIsRememberedAgesWithTheClock(t *testing.T) {
	w := world.New(t)
	s := node(t, w, w.DB)
	c := w.Issued(1)[0]
	end := c.Snapshot.ExpiresAt
	for at, want := range map[time.Time]registry.Status{world.Start: registry.StatusValid, end.Add(-time.Second): registry.StatusExpiring, end: registry.StatusExpired} {
		w.Clock.Set(at)
		for range 2 {
			if p := quick(t, s, c.Code); p.Status != want {
				t.Errorf("at %s: %s, want %s", at, p.Status, want)
			}
		}
	}
}

// TestWithoutItsStoreMemoryTellsNothing closes the store under a warm memory.
func TestWithoutItsStoreMemoryTellsNothing(t *testing.T) {
	db := storetest.Open(t, store.Config{Dir: t.TempDir()})
	w := world.Over(t, db, "")
	s := node(t, w, db)
	c := w.Issued(1)[0]
	for _, code := range []registry.Code{c.Code, c.Code, unknown} {
		quick(t, s, code)
	}
	_ = db.Close()
	time.Sleep(300 * time.Millisecond) // more than what memory may be believed for
	for _, code := range []registry.Code{c.Code, unknown} {
		if p := quick(t, s, code); p.Status != registry.StatusCouldNotCheck || p.Shown != nil {
			t.Errorf("%s of a store that is gone: %s", code, p.Status)
		}
	}
}

// TestMemoryHasABound asks for more credentials than are remembered.
func TestMemoryHasABound(t *testing.T) {
	w := world.New(t)
	s := node(t, w, w.DB)
	list := w.Issued(60)
	s2 := &verify.Service{DB: w.DB, Keys: w.Ring, Now: w.Clock.Now, Origin: world.Origin, Log: slog.New(slog.DiscardHandler), Cache: 10}
	ctx, stop := context.WithCancel(t.Context())
	var wait sync.WaitGroup
	wait.Go(func() { s2.Watch(ctx) })
	t.Cleanup(func() { stop(); wait.Wait() })
	for range 3 {
		for _, c := range list {
			for _, one := range []*verify.Service{s, s2} {
				if p := quick(t, one, c.Code); p.Status != registry.StatusValid {
					t.Fatal(p.Status)
				}
			}
		}
	}
}
