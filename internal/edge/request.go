package edge

import (
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
)

const (
	requestKey = "passmuster.request"
	accountKey = "passmuster.account"
	faultKey   = "passmuster.fault"
)

// newRequestID makes an id of our own: one from the client could break the log.
func newRequestID() string { return uuid.NewString() }

// RequestID is the request's id, as it stands in the log and in every problem.
func RequestID(c *gin.Context) string { return c.GetString(requestKey) }

// SetAccount names the account in the access log.
func SetAccount(c *gin.Context, id registry.ID) { c.Set(accountKey, string(id)) }

// Lang is the reader's language: ?lang=, the cookie "lang", Accept-Language.
func Lang(c *gin.Context) i18n.Lang {
	cookie, _ := c.Cookie("lang")
	return i18n.Match(c.Query("lang"), cookie, c.GetHeader("Accept-Language"))
}

// Printer writes for the reader and marks the answer as depending on his language.
func Printer(c *gin.Context) *i18n.Printer {
	Vary(c, "Accept-Language")
	return i18n.For(Lang(c))
}

// Vary names a request header that the answer depends on (RFC 9110 §12.5.5).
func Vary(c *gin.Context, header string) {
	for _, v := range c.Writer.Header().Values("Vary") {
		if v == header {
			return
		}
	}
	c.Writer.Header().Add("Vary", header)
}

// Client is the network that asks, to count by: an IPv4 address or the /64 of
// an IPv6 address, which is what one subscriber has.
func Client(c *gin.Context) string {
	addr, err := netip.ParseAddr(c.ClientIP())
	if err != nil {
		return "unknown"
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is4() {
		return addr.String()
	}
	block, err := addr.Prefix(64)
	if err != nil {
		return addr.String()
	}
	return block.String()
}

// access writes one line for each request: its route, never its path, for codes
// and tokens stand in paths. Nobody's address is kept.
func (e *engine) access(c *gin.Context) {
	start := time.Now()
	c.Next()
	route := c.FullPath()
	if route == "" {
		route = "unknown"
	}
	attrs := []any{"request", RequestID(c), "method", method(c.Request.Method), "route", route,
		"status", c.Writer.Status(), "bytes", max(0, c.Writer.Size()), "ms", time.Since(start).Milliseconds()}
	if account := c.GetString(accountKey); account != "" {
		attrs = append(attrs, "account", account)
	}
	if fault, ok := c.Get(faultKey); ok {
		attrs = append(attrs, "code", fault)
	}
	e.Log.Info("request", attrs...)
}

// method keeps invented methods out of the log.
func method(m string) string {
	switch m {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS":
		return m
	}
	return "other"
}

// recover answers for a panic: the log gets the stack, the client the request's
// id.
func (e *engine) recover(c *gin.Context) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if v == http.ErrAbortHandler { // a stream that broke off: the server ends the connection, so nobody takes it for whole
			panic(v)
		}
		e.Log.Error("handler panicked", "request", RequestID(c), "route", c.FullPath(), "panic", v, slog.String("stack", string(debug.Stack())))
		Fail(c, errPanic)
	}()
	c.Next()
}
