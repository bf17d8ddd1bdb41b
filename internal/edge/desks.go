package edge

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/registry"
)

// desks are the places where files are looked at. A neighbourhood has a few of
// them at a time, so that others find one free, whatever it does with its own.
type desks struct {
	places  chan struct{}
	waiting chan struct{}
	grace   time.Duration
	mu      sync.Mutex
	clients map[string]*visitors
}

// visitors are the uploads of one neighbourhood.
type visitors struct {
	places chan struct{}
	here   int // at a place or waiting
}

func newDesks() *desks {
	return &desks{places: make(chan struct{}, filesAtOnce), waiting: make(chan struct{}, filesWaiting), grace: fileGrace, clients: map[string]*visitors{}}
}

// sit waits for a place; the body of who waits lies with his kernel, not here.
func (d *desks) sit(ctx context.Context, client string) (leave func(), err error) {
	busy := registry.Fail(registry.Unavailable, "file.busy")
	v, ok := d.enter(client)
	if !ok {
		return nil, busy
	}
	if !d.take(ctx, v) {
		d.exit(client)
		return nil, busy
	}
	return func() {
		<-d.places
		<-v.places
		d.exit(client)
	}, nil
}

// enter counts an upload of the client; not more than can sit and wait.
func (d *desks) enter(client string) (*visitors, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v := d.clients[client]
	if v == nil {
		v = &visitors{places: make(chan struct{}, filesOfClient)}
		d.clients[client] = v
	}
	if v.here == filesOfClient+waitOfClient {
		return nil, false
	}
	v.here++
	return v, true
}

// exit forgets a client who has no upload left.
func (d *desks) exit(client string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v := d.clients[client]
	if v.here--; v.here == 0 {
		delete(d.clients, client)
	}
}

// take takes one of the client's places and then one of all, at once where both
// are free: who need not wait is not kept out by those who do.
func (d *desks) take(ctx context.Context, v *visitors) bool {
	if try(v.places) {
		if try(d.places) {
			return true
		}
		<-v.places
	}
	if !try(d.waiting) {
		return false
	}
	defer func() { <-d.waiting }()
	ctx, cancel := context.WithTimeout(ctx, fileWait)
	defer cancel()
	if !until(ctx, v.places) {
		return false
	}
	if !until(ctx, d.places) {
		<-v.places
		return false
	}
	return true
}

func try(places chan struct{}) bool {
	select {
	case places <- struct{}{}:
		return true
	default:
		return false
	}
}

func until(ctx context.Context, places chan struct{}) bool {
	select {
	case places <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// pacedBody is a body that has to arrive at a pace: who sends slowly may not keep
// a place from others for long. It reads the clock of the machine, as the deadlines
// of connections do.
type pacedBody struct {
	io.Reader
	control *http.ResponseController
	start   time.Time
	grace   time.Duration
	read    int64
}

func paced(c *gin.Context, grace time.Duration) *pacedBody {
	return &pacedBody{Reader: c.Request.Body, control: http.NewResponseController(c.Writer), start: time.Now(), grace: grace}
}

// Read gives what comes before the time is over that the bytes so far have earned.
func (b *pacedBody) Read(p []byte) (int, error) {
	earned := b.grace + time.Duration(b.read)*time.Second/filePace
	_ = b.control.SetReadDeadline(b.start.Add(min(earned, fileRead))) // not every writer has a connection
	n, err := b.Reader.Read(p)
	b.read += int64(n)
	return n, err
}

// done lets the connection wait again: the deadline was the body's.
func (b *pacedBody) done() { _ = b.control.SetReadDeadline(time.Now().Add(fileRead)) }
