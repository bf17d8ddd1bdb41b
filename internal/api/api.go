// Package api is the face for machines: verification for everybody and the work
// of staff under /api/v1, the keys, lists and files that verifiers fetch, and
// the OpenAPI document that describes all of it.
//
// It promises that a body with a field it does not know, or one that only the
// server decides, is refused rather than ignored; that an answer about a
// certificate holds what its paper shows and nothing more; and that a refusal is
// a problem document (RFC 9457) with a stable code, in the reader's language.
package api

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/accredit"
	"github.com/passmuster/passmuster/internal/auth"
	"github.com/passmuster/passmuster/internal/design"
	"github.com/passmuster/passmuster/internal/documents"
	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/issue"
	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/lifecycle"
	"github.com/passmuster/passmuster/internal/passkey"
	"github.com/passmuster/passmuster/internal/publish"
	"github.com/passmuster/passmuster/internal/report"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/training"
	"github.com/passmuster/passmuster/internal/verify"
)

// Server answers machines with the services it is given.
type Server struct {
	DB        *store.DB
	Keys      *keys.Ring
	Auth      *auth.Service
	Accredit  *accredit.Service
	Design    *design.Service
	Training  *training.Service
	Issue     *issue.Service
	Documents *documents.Service
	Lifecycle *lifecycle.Service
	Passkey   *passkey.Service // nil: no passkeys
	Verify    *verify.Service
	Report    *report.Service
	Publish   *publish.Service
	Lookups   *edge.Lookups  // shared with the pages; nil: its own
	Watchers  *edge.Watchers // likewise
	Now       func() time.Time
	Origin    string // fixed origin of links
	Version   string
	Log       *slog.Logger

	document []byte // the OpenAPI document
	docs     page   // and its page for people
}

// Mount adds the routes to the engine. It is called once.
func (s *Server) Mount(e *gin.Engine) {
	if s.Lookups == nil {
		s.Lookups = edge.NewLookups(s.Now)
	}
	if s.Watchers == nil {
		s.Watchers = &edge.Watchers{}
	}
	api := humagin.New(e, s.config())
	api.UseMiddleware(withRequest)
	s.mountSession(api)
	s.mountRegisters(api)
	s.mountKeeping(api)
	s.mountPeople(api)
	s.mountPersons(api)
	s.mountClasses(api)
	s.mountRecord(api)
	s.mountRecorder(api)
	s.mountJoin(api)
	s.mountDecisions(api)
	s.mountApprovals(api)
	s.mountCredentials(api)
	s.mountReports(api)
	s.mountAudit(api)
	s.mountJobs(api)
	s.mountStaffFiles(e, api)
	s.mountOpening(e, api)
	s.mountDocuments(e, api)
	s.mountTemplates(e, api)
	s.mountVerify(e, api)
	s.mountPublished(e, api)
	s.mountHealth(e, api)
	s.mountDocument(e, api)
}

// Types that others embed are exported although nothing outside uses them: huma
// looks into no embedded struct with a lower-case name.

// operation describes one route of staff.
func operation(method, path, id, summary string, more ...func(*huma.Operation)) huma.Operation {
	op := huma.Operation{Method: method, Path: path, OperationID: id, Summary: summary, Errors: []int{}}
	for _, f := range more {
		f(&op)
	}
	return op
}

func tag(names ...string) func(*huma.Operation) {
	return func(op *huma.Operation) { op.Tags = names }
}

func describe(text string) func(*huma.Operation) {
	return func(op *huma.Operation) { op.Description = text }
}

// refuses lists the statuses of refusals that the route is known to give.
func refuses(statuses ...int) func(*huma.Operation) {
	return func(op *huma.Operation) { op.Errors = append(op.Errors, statuses...) }
}

// created makes 201 the answer of success.
func created(op *huma.Operation) { op.DefaultStatus = http.StatusCreated }

// strictQuery refuses a query parameter that the route does not know: a filter
// with a slip in its name must not list everything.
func strictQuery(op *huma.Operation) { op.RejectUnknownQueryParameters = true }

// large lets a body be as long as the longest list that is taken at once. Put it
// before once, which reads the body.
func large(op *huma.Operation) {
	op.MaxBodyBytes = maxList
	op.Middlewares = append(op.Middlewares, func(ctx huma.Context, next func(huma.Context)) {
		c := humagin.Unwrap(ctx)
		if err := edge.AllowBody(c, maxList); err != nil {
			edge.Fail(c, err)
			return
		}
		next(ctx)
	})
}

// maxList is the largest body of a list of people or marks, in bytes.
const maxList = 8 << 20
