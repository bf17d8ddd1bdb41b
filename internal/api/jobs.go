package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// job is a long work that somebody watches.
type job struct {
	ID        registry.ID `json:"id"`
	Kind      string      `json:"kind"`
	Object    registry.ID `json:"object" doc:"What it works on: the class"`
	Status    string      `json:"status" enum:"queued,running,done,failed"`
	Total     int         `json:"total"`
	Done      int         `json:"done"`
	Failed    int         `json:"failed"`
	Message   string      `json:"message,omitempty"`
	CreatedAt time.Time   `json:"created_at"`
	UpdatedAt time.Time   `json:"updated_at"`
}

// How often a watched job is looked at, and how long one stream lasts: the
// client then asks again, and a forgotten one costs nothing.
const (
	watchEvery = 500 * time.Millisecond
	watchMost  = 10 * time.Minute
)

// showJob handles GET /api/v1/jobs/{id}.
func (s *Server) showJob(c *gin.Context, by registry.Actor) error {
	id := registry.ID(c.Param("id"))
	run, err := s.Issue.Run(c.Request.Context(), by, id)
	if err != nil {
		return err
	}
	if edge.Prefers(c, "application/json", "text/event-stream") == "text/event-stream" {
		return s.watchJob(c, by, run)
	}
	c.PureJSON(http.StatusOK, showRun(c.Request.Context(), run))
	return nil
}

func showRun(ctx context.Context, r store.Run) job {
	message := ""
	if r.Message != "" {
		message, _ = of(ctx).printer.Error(&registry.Error{Code: r.Message})
	}
	return job{ID: r.ID, Kind: r.Kind, Object: r.Object, Status: r.Status, Total: r.Total, Done: r.Done, Failed: r.Failed, Message: message,
		CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt}
}

// ended reports that nothing more will happen.
func ended(r store.Run) bool { return r.Status == "done" || r.Status == "failed" }

// watchJob sends an event for each change until the work ends, the client goes,
// or the account may no longer look (WHATWG HTML §9.2, server-sent events).
func (s *Server) watchJob(c *gin.Context, by registry.Actor, run store.Run) error {
	ctx, cancel := context.WithTimeout(c.Request.Context(), watchMost)
	defer cancel()
	control := http.NewResponseController(c.Writer)
	if err := control.SetWriteDeadline(time.Now().Add(watchMost + time.Minute)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	c.Header("Content-Type", "text/event-stream")
	c.Status(http.StatusOK)
	for last := (store.Run{}); ; {
		if run != last {
			if err := send(c, eventName(run), showRun(c.Request.Context(), run)); err != nil || ended(run) {
				return nil // the client is gone, or has all there is
			}
			last = run
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(watchEvery):
		}
		var err error
		if err = s.signIn(c); err == nil {
			run, err = s.Issue.Run(ctx, by, run.ID)
		}
		if err != nil {
			return err
		}
	}
}

func eventName(r store.Run) string {
	if ended(r) {
		return r.Status
	}
	return "progress"
}

func send(c *gin.Context, name string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode event: %w", err)
	}
	if _, err := fmt.Fprintf(c.Writer, "event: %s\ndata: %s\n\n", name, data); err != nil {
		return err
	}
	c.Writer.Flush()
	return nil
}
