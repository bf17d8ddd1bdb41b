package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
)

// request is what a handler may know of its request beside the input.
type request struct {
	client  string
	printer *i18n.Printer
	account registry.Account
}

type requestKey struct{}

// withRequest puts the request's facts where handlers find them. It runs before
// everything else of a route.
func withRequest(ctx huma.Context, next func(huma.Context)) {
	attach(humagin.Unwrap(ctx))
	next(ctx)
}

func attach(c *gin.Context) *request {
	if r, ok := c.Request.Context().Value(requestKey{}).(*request); ok {
		return r
	}
	r := &request{client: edge.Client(c), printer: edge.Printer(c)}
	c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), requestKey{}, r))
	c.Header("Content-Language", string(r.printer.Lang()))
	return r
}

// of returns the facts of the request that ctx belongs to.
func of(ctx context.Context) *request {
	if r, ok := ctx.Value(requestKey{}).(*request); ok {
		return r
	}
	return &request{client: "unknown", printer: i18n.For(i18n.English)}
}

// actor is the account that signed the request with its token.
func actor(ctx context.Context) registry.Actor { return of(ctx).account.Actor() }

// bearerScheme names the security scheme of staff routes in the document.
const bearerScheme = "bearer"

// staff makes a route one for signed-in accounts. The token comes in the
// Authorization header alone (RFC 6750 §2.1), and the account is read again for
// each request: one that was disabled a moment ago is refused.
func (s *Server) staff(op *huma.Operation) {
	op.Security = []map[string][]string{{bearerScheme: {}}}
	op.Errors = append(op.Errors, http.StatusUnauthorized, http.StatusForbidden)
	op.Middlewares = append(op.Middlewares, func(ctx huma.Context, next func(huma.Context)) {
		c := humagin.Unwrap(ctx)
		if err := s.signIn(c); err != nil {
			edge.Fail(c, err)
			return
		}
		next(ctx)
	})
}

func (s *Server) signIn(c *gin.Context) error {
	header := c.Request.Header.Values("Authorization")
	if len(header) == 0 {
		return registry.Fail(registry.Unauthenticated, "token.missing")
	}
	scheme, token, _ := strings.Cut(header[0], " ")
	if len(header) > 1 || !strings.EqualFold(scheme, "Bearer") {
		return registry.Fail(registry.Unauthenticated, "token.refused")
	}
	account, err := s.Auth.Actor(c.Request.Context(), strings.TrimSpace(token))
	if err != nil {
		return err
	}
	attach(c).account = account
	edge.SetAccount(c, account.ID)
	return nil
}

// route adapts a staff handler that works on gin itself: files and streams.
func (s *Server) route(h func(c *gin.Context, by registry.Actor) error) gin.HandlerFunc {
	return edge.Route(func(c *gin.Context) error {
		r := attach(c)
		if err := s.signIn(c); err != nil {
			return err
		}
		return h(c, r.account.Actor())
	})
}
