package web_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/demo"
	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// save writes how far a run is, as the work does.
func (w *world) save(path, status string, done, failed int, failures ...store.RunFailure) {
	w.t.Helper()
	id := registry.ID(strings.TrimPrefix(path, "/jobs/"))
	w.write(func(ctx context.Context, tx *store.Tx) error {
		run, err := tx.Run(ctx, id)
		if err != nil {
			return err
		}
		run.Status, run.Done, run.Failed, run.UpdatedAt = status, done, failed, run.UpdatedAt.Add(time.Second)
		if status == "failed" {
			run.Message = "run.failed"
		}
		if err := tx.PutRunFailures(ctx, id, failures); err != nil {
			return err
		}
		return tx.SaveRun(ctx, run)
	})
}

// sse is one event of a stream.
type sse struct{ id, name, sentence string }

// watch opens the stream of a job; the channel closes when the stream ends.
func (p *person) watch(path, known string) (<-chan sse, int, func()) {
	p.t.Helper()
	ctx, stop := context.WithCancel(p.t.Context())
	r := must(http.NewRequestWithContext(ctx, http.MethodGet, p.at(path+"/events"), nil))
	r.Header.Set("Accept", "text/event-stream")
	r.Header.Set("Accept-Language", p.lang)
	if known != "" {
		r.Header.Set("Last-Event-ID", known)
	}
	answer, err := p.http.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	events := make(chan sse, 100)
	go func() {
		defer close(events)
		defer answer.Body.Close()
		lines, e := bufio.NewScanner(answer.Body), sse{}
		for lines.Scan() {
			name, value, _ := strings.Cut(lines.Text(), ": ")
			switch name {
			case "id":
				e.id = value
			case "event":
				e.name = value
			case "data":
				var job struct{ Sentence string }
				_ = json.Unmarshal([]byte(value), &job)
				e.sentence = job.Sentence
				events <- e
			}
		}
	}()
	return events, answer.StatusCode, stop
}

// next is the next event; the limit is for a hang alone.
func next(t *testing.T, events <-chan sse) (sse, bool) {
	t.Helper()
	select {
	case e, ok := <-events:
		return e, ok
	case <-time.After(time.Minute):
		t.Fatal("no event came")
	}
	return sse{}, false
}

func TestAJobIsWatchedByEvents(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.ApproverEmail)
	job := w.run("running", 300, 30, 0)
	p.get(job).want(200, `data-events="`+job+`/events"`, `<noscript><meta http-equiv="refresh" content="3"></noscript>`, `role="status"`)
	events, status, stop := p.watch(job, "")
	defer stop()
	if status != 200 {
		t.Fatalf("the stream answers %d", status)
	}
	first, _ := next(t, events)
	if first.name != "progress" || first.sentence != "30 of 300 issued · about 9 min left" {
		t.Errorf("first event %+v", first)
	}
	w.save(job, "running", 150, 0)
	if e, _ := next(t, events); e.id == first.id || !strings.HasPrefix(e.sentence, "150 of 300 issued") {
		t.Errorf("second event %+v", e)
	}
	w.save(job, "done", 300, 0)
	last, _ := next(t, events)
	if last.name != "done" || last.sentence != "300 of 300 issued" {
		t.Errorf("last event %+v", last)
	}
	if e, open := next(t, events); open {
		t.Errorf("after the last came %+v", e)
	}
	again, status, _ := p.watch(job, last.id)
	if e, open := next(t, again); open || status != http.StatusNoContent {
		t.Errorf("somebody who knows the end is answered %d and %+v", status, e)
	}
	fresh, _, _ := p.watch(job, first.id)
	if e, _ := next(t, fresh); e != last {
		t.Errorf("somebody who missed the end is told %+v", e)
	}
	if _, status, _ := w.signIn(t, demo.HospitalEmail).watch(job, ""); status != 404 {
		t.Errorf("a stranger watches: %d", status)
	}
}

// A class of a camp is watched from many desks: fifty streams on one server are
// all told the end, and none is left behind.
func TestFiftyWatchersAreToldTheEnd(t *testing.T) {
	w := newWorld(t)
	job := w.run("running", 300, 30, 0)
	var grant registry.Grant
	w.read(func(ctx context.Context, tx *store.Tx) error {
		o, err := tx.OrganizationByCode(ctx, "CVF")
		grant = registry.Grant{Role: registry.RoleApprover, Org: o.ID}
		return err
	})
	before := w.s.Watchers.Open()
	var streams []<-chan sse
	for i := range 9 {
		email := fmt.Sprintf("desk-%d@demo.example", i)
		w.write(func(ctx context.Context, tx *store.Tx) error {
			_, err := w.s.Auth.Create(ctx, tx, access.System, registry.Account{Email: email, Name: email, Grants: []registry.Grant{grant}}, password)
			return err
		})
		p := w.signIn(t, email)
		for range min(6, 50-len(streams)) {
			events, status, stop := p.watch(job, "")
			defer stop()
			if status != http.StatusOK {
				t.Fatalf("stream %d answers %d", len(streams), status)
			}
			next(t, events)
			streams = append(streams, events)
		}
	}
	w.save(job, "done", 300, 0)
	for i, events := range streams {
		last, _ := next(t, events)
		if last.name != "done" {
			t.Errorf("stream %d was told %+v last", i, last)
		}
		if e, open := next(t, events); open {
			t.Errorf("stream %d goes on with %+v", i, e)
		}
	}
	for end := time.Now().Add(time.Minute); w.s.Watchers.Open() != before; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d streams are left, of %d", w.s.Watchers.Open(), before)
		}
	}
	if len(streams) != 50 {
		t.Errorf("%d streams", len(streams))
	}
}

func TestWatchersAreCountedAndSentAway(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.ApproverEmail)
	job := w.run("running", 300, 30, 0)
	var open []<-chan sse
	for range 6 {
		events, status, _ := p.watch(job, "")
		if status != 200 {
			t.Fatalf("a stream answers %d", status)
		}
		next(t, events)
		open = append(open, events)
	}
	if _, status, _ := p.watch(job, ""); status != http.StatusTooManyRequests {
		t.Errorf("the seventh stream of an account answers %d", status)
	}
	if _, status, _ := w.signIn(t, demo.FederationEmail).watch(job, ""); status != 200 {
		t.Errorf("another account is answered %d", status)
	}
	w.s.Watchers.Close() // as the server does when it stops
	for i, events := range open {
		if e, more := next(t, events); more {
			t.Errorf("stream %d was told %+v when the server stopped", i, e)
		}
	}
	if _, status, _ := p.watch(job, ""); status != http.StatusServiceUnavailable {
		t.Errorf("a server that stops answers a new stream %d", status)
	}
	var zero edge.Watchers
	zero.Close()
	zero.Close() // twice does no harm
}

func TestAJobSaysWhatFailedAndHowToPutItRight(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.ApproverEmail)
	one := w.credentials(registry.StatusValid)[0]
	job := w.run("running", 300, 298, 0)
	// What is signed already is no failure any more, whatever was noted.
	w.save(job, "failed", 298, 2, store.RunFailure{Credential: one.ID, Code: "credential.key_changed", Args: []any{string(one.Number)}})
	p.get(job).want(200, "298 of 300 issued · 2 need attention", "Retry only what failed (2)").never(string(one.Number))
	p.post(job+"/retry").want(200, "It is tried again", "298 of 300 issued")
	w.signIn(t, demo.TrainerEmail).post(job + "/retry").want(403)
	w.clock.Set(now.Add(5 * time.Minute))
	still := w.run("running", 300, 100, 0)
	p.get(still).want(200, "Nothing has moved since", "nobody gets two")
	p.lang = "ru"
	p.get(still).want(200, "никто не получит два сертификата")
}

// A phone looks at a job that goes on and ends: the bar moves without the page
// being loaded again, a screen reader hears every tenth, and at the end the files
// are there.
func TestAPhoneWatchesAJobToItsEnd(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.ApproverEmail)
	job := w.run("running", 300, 30, 0)
	screen := p.look()
	screen.open(t, job, "en", 360)
	wait := func(what, script string) {
		t.Helper()
		for limit := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
			ok, err := chromedp.Run(screen.ctx, chromedp.Evaluate[bool](script))
			if err == nil && ok {
				return
			}
			if time.Now().After(limit) {
				t.Fatalf("%s: waited in vain, %v", what, err)
			}
		}
	}
	wait("the page is open", `window.stays = document.querySelector("[data-sentence]").textContent.startsWith("30 of 300")`)
	w.save(job, "running", 45, 0)
	wait("the bar moves", `window.stays && document.querySelector("progress").value === 45 && document.querySelector("[data-sentence]").textContent.startsWith("45 of 300")`)
	wait("nobody hears every certificate", `document.querySelector("[data-said]").textContent.startsWith("30 of 300")`)
	w.save(job, "running", 90, 0)
	wait("a screen reader hears the tenths", `document.querySelector("[data-said]").textContent.startsWith("90 of 300")`)
	w.save(job, "done", 300, 0)
	wait("the files are there", `!window.stays && [...document.querySelectorAll("main a")].some((a) => a.pathname.endsWith("/certificates.zip"))`)
}

func TestTheLookOfAJob(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.ApproverEmail)
	queued := w.run("running", 300, 128, 2)
	failed := w.run("failed", 300, 298, 2)
	look(t, p, []view{{"job", queued}, {"job_failed", failed}, {"job_done", w.run("done", 300, 300, 0)}})
}
