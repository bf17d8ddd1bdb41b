package edge

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
)

// MethodNotAllowed is the refusal of a route that does not know the method; it
// belongs to HTTP, not to the registry.
const MethodNotAllowed registry.Kind = "method_not_allowed"

// Unsupported is the refusal of a body in a format that the route does not read.
const Unsupported registry.Kind = "unsupported"

// statuses is the one table from a refusal to an HTTP status.
var statuses = map[registry.Kind]int{
	registry.Invalid:         http.StatusUnprocessableEntity,
	registry.Unauthenticated: http.StatusUnauthorized,
	registry.Forbidden:       http.StatusForbidden,
	registry.NotFound:        http.StatusNotFound,
	registry.Gone:            http.StatusGone,
	registry.Conflict:        http.StatusConflict,
	registry.Stale:           http.StatusPreconditionFailed,
	registry.Precondition:    http.StatusPreconditionRequired,
	registry.TooLarge:        http.StatusRequestEntityTooLarge,
	registry.TooMany:         http.StatusTooManyRequests,
	registry.Unavailable:     http.StatusServiceUnavailable,
	MethodNotAllowed:         http.StatusMethodNotAllowed,
	Unsupported:              http.StatusUnsupportedMediaType,
}

// malformed are the codes of requests that cannot be read at all: 400, where
// other Invalid input is understood and refused (422).
var malformed = map[string]bool{
	"code.mistyped": true, "request.json": true, "request.duplicate_key": true, "request.form": true, "request.cursor": true,
	"request.empty": true, "request.encoding": true, "request.cut": true, "idempotency.key": true,
}

// errPanic stands for a panic that the log has told of already.
var errPanic = errors.New("panic")

// Problem is the answer to a refused request (RFC 9457), with our extensions
// from code on. It is also what a page of an error shows.
type Problem struct {
	Type      string        `json:"type" doc:"Where the kind of problem is described"`
	Title     string        `json:"title" doc:"The kind of problem"`
	Status    int           `json:"status" doc:"HTTP status"`
	Detail    string        `json:"detail" doc:"What is wrong, in the reader's language"`
	Fix       string        `json:"fix,omitempty" doc:"How to put it right"`
	Instance  string        `json:"instance" doc:"Names this occurrence"`
	Code      string        `json:"code" doc:"Stable name of the problem"`
	RequestID string        `json:"request_id" doc:"To be named to the operator"`
	Errors    []ProblemItem `json:"errors,omitempty" doc:"What is wrong field by field"`

	Kind  registry.Kind `json:"-"`
	Lang  i18n.Lang     `json:"-"`
	retry int           // seconds
}

// ProblemItem is one thing that is wrong with one field of the request.
type ProblemItem struct {
	Row     int    `json:"row,omitempty" doc:"Row of the file or item of the list, from 1"`
	Field   string `json:"field,omitempty"`
	Code    string `json:"code"`
	Message string `json:"message"`
	Fix     string `json:"fix,omitempty"`
	Warning bool   `json:"warning,omitempty" doc:"Worth a look; does not stop the row"`
}

// Error is the stable code.
func (p *Problem) Error() string { return p.Code }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is the media type of RFC 9457 in place of plain JSON.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// Describe turns an error into its problem in the reader's language, sets the
// headers that go with it and logs what is not the client's business.
func Describe(c *gin.Context, err error) *Problem {
	refusal := asRefusal(c, err)
	printer := Printer(c)
	p := &Problem{Kind: refusal.Kind, Lang: printer.Lang(), Code: refusal.Code, RequestID: RequestID(c), Errors: Items(printer, refusal.Faults)}
	p.Type = of(c).PublicURL + "/docs#" + string(refusal.Kind)
	p.Instance = "urn:uuid:" + p.RequestID
	p.Title = printer.T("problem." + string(refusal.Kind))
	p.Detail, p.Fix = printer.Error(refusal)
	p.Status = status(refusal)
	if refusal.Field != "" {
		item := ProblemItem{Field: refusal.Field, Code: refusal.Code, Message: p.Detail, Fix: p.Fix}
		p.Errors = append([]ProblemItem{item}, p.Errors...)
	}
	p.retry = retryAfter(refusal)
	if s := about(c); s != nil {
		s.fault = p.Code
	}
	p.headers(c)
	return p
}

// Items writes faults for the reader.
func Items(printer *i18n.Printer, faults []registry.Fault) []ProblemItem {
	var items []ProblemItem
	for _, f := range faults {
		message, fix := printer.Fault(f)
		items = append(items, ProblemItem{Row: f.Row, Field: f.Field, Code: f.Code, Message: message, Fix: fix, Warning: f.Warn})
	}
	return items
}

// internal is the kind of everything that is not a refusal: our fault.
const internal registry.Kind = "internal"

// asRefusal finds the refusal in err. What is none is a fault of ours: logged
// with its request, answered as plain "internal".
func asRefusal(c *gin.Context, err error) *registry.Error {
	var refusal *registry.Error
	var tooLarge *http.MaxBytesError
	var unread *Unread
	switch {
	case errors.As(err, &refusal):
		if refusal.Kind == registry.Unavailable && err != error(refusal) { // what lies behind it is for the operator
			of(c).Log.Error("request not answered", "request", RequestID(c), "route", c.FullPath(), "error", err)
		}
		return refusal
	case errors.As(err, &tooLarge):
		return &registry.Error{Kind: registry.TooLarge, Code: "request.too_large", Args: []any{size(tooLarge.Limit)}}
	case errors.As(err, &unread): // before deadlines: this one is the client's
		return unread.refusal()
	case errors.Is(err, context.Canceled) && c.Request.Context().Err() != nil: // the client is gone; nobody reads this
		return &registry.Error{Kind: registry.Unavailable, Code: "request.ended"}
	case errors.Is(err, context.DeadlineExceeded):
		return &registry.Error{Kind: registry.Unavailable, Code: "request.ended"}
	case !errors.Is(err, errPanic):
		of(c).Log.Error("request failed", "request", RequestID(c), "route", c.FullPath(), "error", err)
	}
	return &registry.Error{Kind: internal, Code: "internal"}
}

func status(e *registry.Error) int {
	switch {
	case malformed[e.Code]:
		return http.StatusBadRequest
	case e.Code == "request.slow":
		return http.StatusRequestTimeout
	}
	if n, ok := statuses[e.Kind]; ok {
		return n
	}
	return http.StatusInternalServerError
}

// Status is the HTTP status of an error, 500 for one that is no refusal.
func Status(err error) int {
	var refusal *registry.Error
	if errors.As(err, &refusal) {
		return status(refusal)
	}
	return http.StatusInternalServerError
}

// retryAfter is how long to wait, in seconds; 0 where waiting does not help. A
// TooMany refusal names the seconds as its first whole number.
func retryAfter(e *registry.Error) int {
	switch {
	case e.Kind == registry.Unavailable:
		return 5
	case e.Code == "idempotency.running":
		return 1
	case e.Kind != registry.TooMany:
		return 0
	}
	for _, a := range e.Args {
		if n, ok := a.(int); ok && n > 0 {
			return n
		}
	}
	return 60
}

// Values of headers that all answers share.
var (
	noStore     = []string{"no-store"}
	problemType = []string{"application/problem+json"}
)

func (p *Problem) headers(c *gin.Context) {
	if p.retry > 0 {
		c.Header("Retry-After", strconv.Itoa(p.retry))
	}
	if p.Status == http.StatusUnauthorized {
		challenge := `Bearer realm="passmuster"`
		if p.Code == "token.refused" { // RFC 6750 §3.1
			challenge += `, error="invalid_token"`
		}
		c.Header("WWW-Authenticate", challenge)
	}
	h := c.Writer.Header()
	delete(h, "X-Robots-Tag") // nobody lists an error; and a map of eight is cheaper than one of nine
	h["Cache-Control"] = noStore
	h["Content-Language"] = languages[p.Lang]
	delete(h, "Etag")
}

// Fail answers for an error: a page where people read and the web face is
// there, a problem document for everyone else.
func Fail(c *gin.Context, err error) {
	p := Describe(c, err)
	c.Abort()
	if c.Writer.Written() {
		return // half an answer is out: the broken connection is all that can be said
	}
	e := of(c)
	if e.ErrorPage != nil && WantsHTML(c) {
		e.ErrorPage(c, *p)
		return
	}
	WriteProblem(c, p)
}

// WriteProblem answers with the problem document.
func WriteProblem(c *gin.Context, p *Problem) {
	body, err := json.Marshal(p)
	if err != nil { // strings and integers: there is nothing in it to fail
		body = []byte("{}")
	}
	c.Writer.Header()["Content-Type"] = problemType
	c.Status(p.Status)
	_, _ = c.Writer.Write(body)
}

// WantsHTML reports whether a browser asks for a page: never below /api/.
func WantsHTML(c *gin.Context) bool {
	return !isAPI(c) && Prefers(c, "application/json", "text/html") == "text/html"
}

// size writes a number of bytes in the largest unit that divides it.
func size(n int64) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return strconv.FormatInt(n>>20, 10) + " MiB"
	case n >= 1<<10 && n%(1<<10) == 0:
		return strconv.FormatInt(n>>10, 10) + " KiB"
	}
	return strconv.FormatInt(n, 10) + " B"
}
