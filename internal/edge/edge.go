// Package edge is what the faces share: the engine with its limits, headers and
// log, and the one way from a refusal to an answer (RFC 9457 for machines, a
// page for people), in the reader's language.
//
// It promises that an answer repeats nothing of a request but what a refusal
// names, that the log holds routes and never the codes, tokens or names in
// them, and that a client's address comes from a header only where the
// connection is one of the named proxies.
package edge

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/registry"
)

func init() {
	gin.SetMode(gin.ReleaseMode) // the library's debug mode prints every route to standard output
}

// Limits of a request, unless a route asks for others.
const (
	MaxBody     = 1 << 20  // bytes of a body
	MaxHeader   = 16 << 10 // bytes of all headers
	maxInFlight = 512      // requests worked on at a time
)

// Options say how the engine is set up; the zero value serves.
type Options struct {
	Log            *slog.Logger                    // nil: silent
	PublicURL      string                          // fixed origin; https turns HSTS on, and problem types point to it
	TrustedProxies []string                        // addresses or CIDR blocks whose X-Forwarded-For counts; none: no header counts
	MaxBody        int64                           // bytes; 0: MaxBody
	InFlight       int                             // requests at a time, the rest get 503; 0: 512
	Now            func() time.Time                // nil: time.Now
	ErrorPage      func(c *gin.Context, p Problem) // answers with a page for people; nil: always problem+json
}

// engine is what a request's handlers find again in its context.
type engine struct {
	Options
	slots  chan struct{}
	origin *http.CrossOriginProtection
}

// state is what the edge knows of a request.
type state struct {
	*engine
	id      string
	account string        // who asks, for the log
	fault   string        // code of the problem that was answered
	body    io.ReadCloser // before it was limited
}

const stateKey = "passmuster.edge"

// about returns what is known of the request, nil outside an engine of ours.
func about(c *gin.Context) *state {
	v, _ := c.Get(stateKey)
	s, _ := v.(*state)
	return s
}

// New builds the engine, ready for the routes of the faces. The one error is a
// trusted proxy that is no address ("edge.proxy").
func New(o Options) (*gin.Engine, error) {
	e := &engine{Options: o, origin: http.NewCrossOriginProtection()}
	if e.Log == nil {
		e.Log = slog.New(slog.DiscardHandler)
	}
	if e.Now == nil {
		e.Now = time.Now
	}
	if e.MaxBody <= 0 {
		e.MaxBody = MaxBody
	}
	if e.InFlight <= 0 {
		e.InFlight = maxInFlight
	}
	e.slots = make(chan struct{}, e.InFlight)
	g := gin.New()
	g.HandleMethodNotAllowed = true
	g.RedirectTrailingSlash = false // its redirect repeats a header of the request
	g.RemoteIPHeaders = []string{"X-Forwarded-For"}
	if err := g.SetTrustedProxies(o.TrustedProxies); err != nil {
		return nil, fmt.Errorf("trust proxies: %w", registry.Fail(registry.Invalid, "edge.proxy", strings.Join(o.TrustedProxies, " ")))
	}
	g.Use(e.begin, e.access, e.recover, headers(o.PublicURL), e.admit, e.sameOrigin, e.body)
	g.NoRoute(Route(func(*gin.Context) error { return registry.Fail(registry.NotFound, "route.unknown") }))
	g.NoMethod(Route(func(*gin.Context) error { return registry.Fail(MethodNotAllowed, "route.method") }))
	return g, nil
}

// Server is the http.Server for the engine: every wait has an end, so that slow
// clients cost a socket and no more. What it has to say by itself goes to log, nil
// for nowhere, without anybody's address.
func Server(addr string, h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Addr: addr, Handler: h, MaxHeaderBytes: MaxHeader, ConnContext: withConn, ErrorLog: errorLog(log),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 60 * time.Second, WriteTimeout: 90 * time.Second, IdleTimeout: 90 * time.Second,
	}
}

// begin gives the request its id and the engine's settings.
func (e *engine) begin(c *gin.Context) {
	s := &state{engine: e, id: newRequestID()}
	c.Set(stateKey, s)
	c.Writer.Header()["X-Request-Id"] = []string{s.id}
}

// of returns the engine that serves the request.
func of(c *gin.Context) *engine {
	if s := about(c); s != nil {
		return s.engine
	}
	return &engine{Options: Options{Log: slog.New(slog.DiscardHandler), Now: time.Now}} // a handler outside an engine of ours
}

// Route adapts a handler that returns its error: nil means that it answered.
func Route(h func(*gin.Context) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := h(c); err != nil {
			Fail(c, err)
		}
	}
}
