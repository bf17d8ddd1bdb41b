package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/issue"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// job is a long work that somebody watches.
type job struct {
	ID        registry.ID `json:"id"`
	Kind      string      `json:"kind"`
	Object    registry.ID `json:"object" doc:"What it works on: the class, or the import"`
	Status    string      `json:"status" enum:"queued,running,done,failed"`
	Total     int         `json:"total"`
	Done      int         `json:"done"`
	Failed    int         `json:"failed"`
	Left      int         `json:"seconds_left,omitempty" doc:"Guessed from the pace so far; absent where there is none yet"`
	Message   string      `json:"message,omitempty"`
	Failures  []failure   `json:"failures,omitempty" doc:"What could not be done and still waits; not in the events of a stream"`
	CreatedAt time.Time   `json:"created_at"`
	UpdatedAt time.Time   `json:"updated_at"`
}

// failure is a certificate that could not be signed.
type failure struct {
	Number   registry.Number `json:"number"`
	Name     string          `json:"name"`
	Position int             `json:"position" doc:"On the roster"`
	Code     string          `json:"code"`
	Message  string          `json:"message"`
	Fix      string          `json:"fix"`
}

type (
	retryInput struct {
		ID string `path:"id" maxLength:"64"`
	}
	jobOutput struct {
		Status int
		Body   job
	}
)

func (s *Server) mountJobs(api huma.API) {
	huma.Register(api, operation(http.MethodPost, "/api/v1/jobs/{id}/retry", "retryJob", "Try again what a job could not do, and only that", tag("jobs"), s.staff, s.once,
		refuses(404), describe("A job that has not failed is left alone."), func(op *huma.Operation) { op.DefaultStatus = http.StatusAccepted }), s.retryJob)
}

// showJob handles GET /api/v1/jobs/{id}, and streams it where that is asked for.
func (s *Server) showJob(c *gin.Context, by registry.Actor) error {
	ctx, id := c.Request.Context(), registry.ID(c.Param("id"))
	if edge.Prefers(c, "application/json", "text/event-stream") == "text/event-stream" {
		return s.Watchers.Watch(c, by.Account, func(ctx context.Context) (edge.Event, error) {
			if err := s.signIn(c); err != nil { // an account that was disabled sees no more
				return edge.Event{}, err
			}
			run, err := s.Issue.Run(ctx, by, id)
			return s.eventOf(c.Request.Context(), run), err
		})
	}
	run, err := s.Issue.Run(ctx, by, id)
	if err != nil {
		return err
	}
	out := s.showRun(ctx, run)
	if run.Failed > 0 {
		failures, err := s.Issue.Failures(ctx, by, id)
		if err != nil {
			return err
		}
		for _, f := range failures {
			message, fix := of(ctx).printer.Error(&registry.Error{Code: f.Code, Args: f.Args})
			out.Failures = append(out.Failures, failure{Number: f.Number, Name: f.Name, Position: f.Position, Code: f.Code, Message: message, Fix: fix})
		}
	}
	c.PureJSON(http.StatusOK, out)
	return nil
}

func (s *Server) retryJob(ctx context.Context, in *retryInput) (*jobOutput, error) {
	run, err := s.Issue.Retry(ctx, actor(ctx), registry.ID(in.ID))
	if err != nil {
		return nil, err
	}
	return &jobOutput{Status: http.StatusAccepted, Body: s.showRun(ctx, run)}, nil
}

func (s *Server) showRun(ctx context.Context, r store.Run) job {
	message := ""
	if r.Message != "" {
		message, _ = of(ctx).printer.Error(&registry.Error{Code: r.Message})
	}
	return job{ID: r.ID, Kind: r.Kind, Object: r.Object, Status: r.Status, Total: r.Total, Done: r.Done, Failed: r.Failed, Left: issue.SecondsLeft(r, s.Now()),
		Message: message, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt}
}

func (s *Server) eventOf(ctx context.Context, r store.Run) edge.Event {
	e := edge.Event{ID: fmt.Sprintf("%s.%d.%d.%d", r.Status, r.Done, r.Failed, r.UpdatedAt.UnixMicro()), Name: "progress", Data: s.showRun(ctx, r)}
	if issue.Ended(r) {
		e.Name, e.Last = r.Status, true
	}
	return e
}
