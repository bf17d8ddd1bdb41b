package edge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/registry"
)

// Bounds of watching: how many streams one account may have open (a browser
// opens one a page), how many all accounts, how often the state is looked at,
// after how long without news a line says that the connection lives, and how
// long one stream lasts. The client then asks again, and a forgotten one costs
// nothing.
const (
	watchersOfOne = 6
	watchersOfAll = 256
	watchEvery    = 500 * time.Millisecond
	watchAlive    = 15 * time.Second
	watchMost     = 10 * time.Minute
	watchRetry    = 3 * time.Second // after which a browser asks again
)

// Watchers counts the open streams of events, and ends them all when the server
// stops. The zero value serves.
type Watchers struct {
	mu   sync.Mutex
	of   map[registry.ID]int
	all  int
	end  chan struct{}
	over bool
}

// Open is how many streams are open.
func (w *Watchers) Open() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.all
}

// enter counts a stream of the account, or refuses it.
func (w *Watchers) enter(account registry.ID) (end <-chan struct{}, leave func(), err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.of == nil {
		w.of = map[registry.ID]int{}
	}
	if w.end == nil {
		w.end = make(chan struct{})
	}
	switch {
	case w.over:
		return nil, nil, registry.Fail(registry.Unavailable, "edge.stopping")
	case w.of[account] >= watchersOfOne:
		return nil, nil, registry.Fail(registry.TooMany, "edge.watchers", int(watchRetry/time.Second))
	case w.all >= watchersOfAll:
		return nil, nil, registry.Fail(registry.Unavailable, "edge.busy")
	}
	w.of[account]++
	w.all++
	return w.end, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.all--
		if w.of[account]--; w.of[account] == 0 {
			delete(w.of, account)
		}
	}, nil
}

// Close ends every stream and lets no new one begin: a server that stops must not
// wait for those who only watch.
func (w *Watchers) Close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return
	}
	w.over = true
	if w.end == nil {
		w.end = make(chan struct{})
	}
	close(w.end)
}

// Event is the state of something that is watched.
type Event struct {
	ID   string // changes with the state; a client that knows it is not told again
	Name string
	Data any  // as JSON
	Last bool // nothing will change any more
}

// Watch streams events (WHATWG HTML §9.2) until the last, the client's leaving,
// ten minutes, or the server's stop. look is asked twice a second and must hold
// nothing between; an error of it ends the stream, before the first byte as an
// answer. A client that comes again with Last-Event-ID is told only what is new;
// one that knows the last already gets 204, so that it asks no more.
func (w *Watchers) Watch(c *gin.Context, account registry.ID, look func(ctx context.Context) (Event, error)) error {
	ctx, cancel := context.WithTimeout(c.Request.Context(), watchMost)
	defer cancel()
	event, err := look(ctx)
	if err != nil {
		return err
	}
	known := c.GetHeader("Last-Event-ID")
	if event.Last && event.ID == known {
		c.Status(http.StatusNoContent)
		return nil
	}
	end, leave, err := w.enter(account)
	if err != nil {
		return err
	}
	defer leave()
	s := openStream(c)
	told := time.Now()
	for {
		switch {
		case event.ID != known:
			if err := s.send(event); err != nil {
				return nil // the client is gone
			}
			known, told = event.ID, time.Now()
		case time.Since(told) > watchAlive:
			if s.write(": still here\n\n") != nil {
				return nil
			}
			told = time.Now()
		}
		if event.Last {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-end:
			return nil
		case <-time.After(watchEvery):
		}
		if event, err = look(ctx); err != nil {
			return nil // it was begun: the client asks again and is answered then
		}
	}
}

// events is an open stream.
type events struct {
	to      io.Writer
	control *http.ResponseController
}

// openStream sends the headers. The writer below gin's is asked to flush: gin's
// own panics where a layer between has no Flush of its own.
func openStream(c *gin.Context) *events {
	c.Header("Content-Type", "text/event-stream")
	c.Header("Cache-Control", "no-store")
	c.Header("X-Accel-Buffering", "no") // nginx would keep it back
	c.Status(http.StatusOK)
	c.Writer.WriteHeaderNow()
	var below http.ResponseWriter = c.Writer
	if u, ok := c.Writer.(interface{ Unwrap() http.ResponseWriter }); ok {
		below = u.Unwrap()
	}
	s := &events{to: c.Writer, control: http.NewResponseController(below)}
	_ = s.write(fmt.Sprintf("retry: %d\n\n", watchRetry.Milliseconds())) // one who left is met at the first event
	return s
}

func (s *events) send(e Event) error {
	data, err := json.Marshal(e.Data)
	if err != nil {
		return fmt.Errorf("encode event: %w", err)
	}
	return s.write(fmt.Sprintf("id: %s\nevent: %s\ndata: %s\n\n", e.ID, e.Name, data))
}

// write gives the client a while for each piece.
func (s *events) write(text string) error {
	if err := s.control.SetWriteDeadline(time.Now().Add(streamStep)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := io.WriteString(s.to, text); err != nil {
		return err
	}
	if err := s.control.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}
